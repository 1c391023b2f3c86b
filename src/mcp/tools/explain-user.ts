/** `explain_user`: everything that bears on one account in one call. */
import * as z from 'zod';
import { explainUser, type ReadOperation } from '../../jobs/explain-user.js';
import { parseReference, probableReference } from '../../jobs/references.js';
import { isObject } from '../../json.js';
import { LogtoError } from '../../logto/errors.js';
import type { Tool } from '../operation-tools.js';
import type { ResolveReferences } from '../references.js';
import { shapeResult } from '../results.js';
import type { ShapedResult } from '../shaped-result.js';
import type { BuiltInTool, CallContext, Perform } from '../tool-call.js';
import { validateArguments } from '../validate-arguments.js';

export const explainUserTool = 'explain_user';

export const explainUserSchema = z.strictObject({
  user: z.string().min(1).describe('id, e-mail address, or name:, username:, phone:'),
});

/** The reference that a text probably is, where no prefix says it. */
function referenceFor(user: string): string {
  if (parseReference(user) !== undefined) {
    return user;
  }
  const probable = probableReference(user);
  // An id, a username or a name, which explain_user tries in this order.
  return probable.startsWith('name:') ? user : probable;
}

export interface ExplainUserOptions {
  readonly permitted: readonly Tool[];
  readonly perform: Perform;
  /** The error for an operation that may not be run. */
  readonly refuse: (name: string) => LogtoError;
  /** Finds the user that a reference names. */
  readonly resolve: ResolveReferences;
  readonly now?: () => number;
}

/** Makes the tool over the operations that are permitted. */
export function explainUserTools(options: ExplainUserOptions): BuiltInTool[] {
  const { permitted, perform, refuse, resolve, now = Date.now } = options;
  const tools = new Map(permitted.map((tool) => [tool.name, tool]));
  const readingFor =
    (context: CallContext): ReadOperation =>
    async (name, values) => {
      const tool = tools.get(name);
      if (tool === undefined) {
        throw refuse(name);
      }
      const checked = await tool.check(values);
      const outcome = await perform(tool, checked, context);
      if (outcome.kind !== 'done') {
        throw new Error(`${name} reads, and has not answered with a result.`);
      }
      const { items, page, result } = shapeResult(tool.operation, outcome.reply);
      return { value: items ?? result, hasMore: page?.has_more === true };
    };
  return [
    {
      listing: {
        name: explainUserTool,
        description:
          'Explain an account: state, factors, roles with scopes, organizations, recent failed sign-ins, ways to sign in and what blocks them. For "why can this person not sign in".',
        annotations: {
          readOnlyHint: true,
          destructiveHint: false,
          idempotentHint: true,
          openWorldHint: false,
        },
      },
      async run(sent, context): Promise<ShapedResult> {
        const { user } = validateArguments(explainUserTool, explainUserSchema, sent);
        const reference = referenceFor(user.trim());
        const account = tools.get('get_user');
        if (account === undefined) {
          throw refuse('get_user');
        }
        const explain = async (name: string) => {
          const named = await resolve(account, { values: { userId: name } }, context);
          return explainUser(String(named.values['userId']), readingFor(context), now());
        };
        const explained = await explain(reference).catch((error: unknown) => {
          // A text without a prefix that is no id is probably a username.
          const isUnknownId =
            error instanceof LogtoError &&
            error.failure.kind === 'not_found' &&
            parseReference(reference) === undefined;
          if (!isUnknownId) {
            throw error;
          }
          return explain(`username:${reference}`);
        });
        return {
          result: explained,
          ...(isObject(explained.user) && explained.not_read !== undefined
            ? { complete: false }
            : {}),
        };
      },
    },
  ];
}
