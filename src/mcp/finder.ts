/** Finding and running operations that are not listed as tools of their own. */
import * as z from 'zod';
import { LogtoError } from '../logto/errors.js';
import { checkArguments, nearest } from './arguments.js';
import { type Callable, callOperation, type Perform, type Refusal } from './callable.js';
import { createRanking } from './ranking.js';
import type { Answered } from './results.js';
import { inputSchema } from './schema.js';
import { type Annotations, isDestructive, type Tool } from './tools.js';

export const finderTools = [
  'find_operations',
  'run_read_operation',
  'run_write_operation',
  'run_destructive_operation',
] as const;

type Runner = Exclude<(typeof finderTools)[number], 'find_operations'>;

/** The runner that an operation must be run with. */
export const runnerOf = ({ operation }: Tool): Runner =>
  operation.effect === 'reads'
    ? 'run_read_operation'
    : isDestructive(operation)
      ? 'run_destructive_operation'
      : 'run_write_operation';

/** Characters of schemas that one answer of the finder spends; the best match brings its schema whatever it takes. */
const schemaRoom = 8000;

const annotations: Readonly<Record<Runner, Annotations>> = {
  run_read_operation: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: true,
  },
  run_write_operation: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: true,
  },
  run_destructive_operation: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: false,
    openWorldHint: true,
  },
};

const descriptions: Readonly<Record<Runner, string>> = {
  run_read_operation: 'Run an operation that only reads, by its name from find_operations.',
  run_write_operation:
    'Run an operation that adds or changes something, by its name from find_operations.',
  run_destructive_operation:
    'Run an operation that removes something or cannot be undone, by its name from find_operations.',
};

const runSchema = z.strictObject({
  operation: z.string().describe('name, from find_operations'),
  arguments: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('as the operation takes them, see its arguments in find_operations'),
});

/** A plan belongs beside the arguments of an operation that asks first. */
const destructiveSchema = runSchema.extend({
  plan: z.string().optional().describe('id from the first call'),
});

const findSchema = z.strictObject({
  words: z
    .string()
    .min(1)
    .describe('what you want to do, e.g. "suspend a user"; or the exact name of an operation'),
  limit: z.int().min(1).max(20).optional().describe('matches, 1 to 20; default 5'),
});

/** A summary of a match, and its arguments where there is room for them. */
function described(matches: readonly Tool[], listed: ReadonlySet<string>): Answered {
  let room = schemaRoom;
  const items = matches.map((tool, index) => {
    const { name, operation, listing } = tool;
    const size = JSON.stringify(listing.inputSchema).length;
    const withArguments = index === 0 || size <= room;
    room -= withArguments ? size : 0;
    return {
      operation: name,
      summary: withArguments ? listing.description : operation.summary,
      effect: operation.effect,
      run_with: listed.has(name) ? name : runnerOf(tool),
      ...(withArguments && { arguments: listing.inputSchema }),
    };
  });
  const notes = items.some((item) => !('arguments' in item))
    ? ['Ask again with the name of an operation to see its arguments.']
    : [];
  return { items, ...(notes.length > 0 && { notes }) };
}

/**
 * The finder over the operations that are permitted.
 *
 * @param listed names of the tools that are listed anyway, so that an agent is sent there
 * @param refusal says why an operation may not be run
 */
export function finder(
  permitted: readonly Tool[],
  listed: ReadonlySet<string>,
  perform: Perform,
  refusal: Refusal,
): readonly Callable[] {
  const byName = new Map(permitted.map((tool) => [tool.name, tool]));
  let rank: ReturnType<typeof createRanking> | undefined;

  const find: Callable = {
    listing: {
      name: 'find_operations',
      description:
        'Find operations of the Logto Management API that are not in your list of tools, by what you want to do. Answers names, what they do, their arguments and the tool to run them with.',
      inputSchema: inputSchema(findSchema),
      annotations: {
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      },
    },
    async run(sent) {
      const { words, limit = 5 } = checkArguments('find_operations', findSchema, sent);
      // The index takes some milliseconds, and many sessions never search.
      rank ??= createRanking(permitted);
      const matches = rank(words).slice(0, limit);
      return matches.length > 0
        ? described(matches, listed)
        : {
            items: [],
            notes: ['Nothing matches. Use other words: a thing (user, role, hook) and an action.'],
          };
    },
  };

  const runner = (name: Runner): Callable => ({
    listing: {
      name,
      description: descriptions[name],
      inputSchema: inputSchema(
        name === 'run_destructive_operation' ? destructiveSchema : runSchema,
      ),
      annotations: annotations[name],
    },
    async run(sent, context) {
      const {
        operation,
        arguments: given = {},
        plan,
      } = checkArguments(name, destructiveSchema, sent);
      const values = plan === undefined ? given : { ...given, plan };
      const tool = byName.get(operation);
      if (tool === undefined) {
        const refused = refusal(operation);
        if (refused !== undefined) {
          throw refused;
        }
        const meant = nearest(operation, byName.keys());
        throw new LogtoError({
          kind: 'input',
          code: 'unknown_operation',
          message: `There is no operation "${operation}" that may be run here.`,
          hint:
            meant.length > 0
              ? `Did you mean ${meant.join(', ')}?`
              : 'Look it up with find_operations.',
        });
      }
      const right = runnerOf(tool);
      if (right !== name) {
        throw new LogtoError({
          kind: 'input',
          code: 'wrong_runner',
          message: `${operation} is not for ${name}. Nothing was sent.`,
          hint: `Call ${right} with the same arguments.`,
        });
      }
      return callOperation(tool, values, perform, context);
    },
  });

  const runners = (Object.keys(descriptions) as Runner[]).filter((name) =>
    permitted.some((tool) => runnerOf(tool) === name),
  );
  return [find, ...runners.map(runner)];
}
