/** `whoami`: which tenant this server acts on, whether it has access, and what it lists. */
import * as z from 'zod';
import { CATALOG_RELEASE } from '../../catalog/release-names.js';
import type { ConfirmVia } from '../../guard/confirm/confirmation-required.js';
import type { Guard } from '../../guard/guard.js';
import { LogtoError } from '../../logto/errors.js';
import type { TenantLabel } from '../instructions.js';
import type { Tool } from '../operation-tools.js';
import type { ServedScope } from '../served/served-catalog.js';
import type { BuiltInTool, CallContext } from '../tool-call.js';
import type { ToolSelection } from '../tool-selection.js';
import { validateArguments } from '../validate-arguments.js';

export const whoamiTool = 'whoami';

export const whoamiSchema = z.strictObject({
  details: z.boolean().optional().describe('name all that differs'),
});

/** The cheapest read that needs the Management API, to test the access; undefined where none is permitted. */
const probeAmong = (permitted: readonly Tool[]): Tool | undefined => {
  const lists = permitted.filter(
    ({ operation: { effect, url, paging } }) =>
      effect === 'reads' && paging !== undefined && !url.includes('{'),
  );
  return lists.find(({ name }) => name === 'list_roles') ?? lists[0];
};

export interface WhoamiOptions {
  readonly tenant: TenantLabel;
  readonly version: string;
  readonly selected: ToolSelection;
  /** All operations of the catalog, permitted or not. */
  readonly catalog: readonly Tool[];
  readonly guard: Guard;
  /** What the running Logto has beside the catalog. */
  readonly scope: (signal: AbortSignal) => Promise<ServedScope>;
  /** The value of `--tools`. */
  readonly selection: string;
  /** What the policy forbids or confirms, in words. */
  readonly rules: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Up to this many tools are named one by one; of more, domains with numbers are enough. */
const MAX_NAMED_TOOLS = 45;

/** What is listed: names where they are few, the number for each domain where they are many. */
function listedIn({ listed }: ToolSelection): readonly string[] | Readonly<Record<string, number>> {
  if (listed.length <= MAX_NAMED_TOOLS) {
    return listed.map(({ name }) => name);
  }
  const domains = [...new Set(listed.map(({ domain }) => domain))];
  return Object.fromEntries(
    domains.map((name) => [name, listed.filter(({ domain }) => domain === name).length]),
  );
}

/** How a write that must be confirmed is, by what this client can do. */
const CONFIRMATIONS: Readonly<Record<ConfirmVia, string>> = {
  question: 'question: this client shows it to the person, and the call waits for the answer',
  plan: 'plan: the call answers with a preview and a plan; a second call with the plan confirms it',
  none: 'refusal: only the answer to a question confirms, and this client declares no questions',
};

/** The terms of a selection that exclude something. */
const exclusionsIn = (selection: string): string[] =>
  selection.split(/[\s,]+/).filter((term) => term.startsWith('!'));

/** Makes the tool. */
export function whoami(options: WhoamiOptions): BuiltInTool {
  const {
    tenant,
    version,
    selected,
    catalog,
    guard,
    scope,
    rules,
    selection,
    now = Date.now,
  } = options;
  const probe = probeAmong(selected.permitted);
  const writes =
    guard.policy.confirm !== 'never' &&
    selected.permitted.some(({ operation }) => operation.effect !== 'reads');

  /** Whether the caller may know the application of this server: over HTTP, those who may read applications. */
  const showsApplication = ({ actor }: CallContext): boolean =>
    tenant.kind !== 'unconfigured' &&
    (actor === undefined || selected.permitted.some(({ name }) => name === 'get_application'));

  /** Whether the Management API grants access; the error in words when not. */
  const access = async (context: CallContext) => {
    const { signal } = context;
    if (probe === undefined) {
      return { granted: false, message: 'Not tested: no list may be read here.' };
    }
    try {
      await guard.perform(probe, { page: 1, page_size: 1 }, context);
      return { granted: true };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LogtoError) {
        const { kind, message, hint } = error.failure;
        return { granted: false, kind, message, ...(hint !== undefined && { hint }) };
      }
      throw error;
    }
  };

  /** Which Logto runs there, by its document. */
  const logto = async ({ signal }: CallContext, isDetailed: boolean) => {
    const current = await scope(signal);
    return current.state.kind === 'unknown'
      ? { not_known_because: current.state.reason, so: 'The catalog alone decides.' }
      : (await import('../served/describe-logto.js')).describeLogto(
          current.state,
          current,
          catalog,
          selected.permitted,
          isDetailed,
        );
  };

  /** What is wrong with the policy, in words. */
  const policyProblem = async ({ signal }: CallContext): Promise<string | undefined> => {
    try {
      await guard.checkPolicy(signal);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LogtoError) {
        return error.failure.message;
      }
      throw error;
    }
  };

  return {
    listing: {
      name: whoamiTool,
      description:
        'Tell which Logto tenant this server acts on, live or sandbox, whether it has access, what is listed and what is forbidden.',
      annotations: {
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      },
    },
    async run(sent, context) {
      const { details = false } = validateArguments(whoamiTool, whoamiSchema, sent, {
        reads: true,
      });
      const granted = await access(context);
      const problem = granted.granted ? await policyProblem(context) : undefined;
      return {
        result: {
          mode: tenant.kind,
          ...(tenant.kind === 'live' && { endpoint: tenant.endpoint, tenant: tenant.tenant }),
          ...(showsApplication(context) && { application: { id: guard.applicationId } }),
          management_api: granted,
          logto: {
            catalog_made_for: CATALOG_RELEASE,
            ...(await logto(context, details)),
          },
          server: version,
          now: { epoch_ms: now(), utc: new Date(now()).toISOString() },
          operations: {
            permitted: selected.permitted.length,
            listed_as_tools: selected.listed.length,
            listed: listedIn(selected),
            selection,
            excluded: exclusionsIn(selection),
          },
          rules,
          ...(writes && { confirmed_by: CONFIRMATIONS[context.confirmVia] }),
          ...(problem !== undefined && { policy_problem: problem }),
        },
      };
    },
  };
}
