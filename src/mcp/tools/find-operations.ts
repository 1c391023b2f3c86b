/** Finding and running operations that are not listed as tools of their own. */
import * as z from 'zod';
import { LogtoError } from '../../logto/errors.js';
import { type Annotations, belongsTo, isDestructive, type Tool } from '../operation-tools.js';
import { type BuiltInTool, callOperation, type Perform } from '../tool-call.js';
import { validateArguments } from '../validate-arguments.js';

type Runner = 'run_read_operation' | 'run_write_operation' | 'run_destructive_operation';

/** The runner that an operation must be run with. */
export const runnerOf = ({ operation }: Tool): Runner =>
  operation.effect === 'reads'
    ? 'run_read_operation'
    : isDestructive(operation)
      ? 'run_destructive_operation'
      : 'run_write_operation';

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
  run_read_operation: 'Run an operation that only reads.',
  run_write_operation: 'Run an operation that adds or changes something.',
  run_destructive_operation: 'Run an operation that removes something or cannot be undone.',
};

const runSchema = z.strictObject({
  operation: z.string().describe('name, from find_operations'),
  arguments: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('all that the operation takes, page and fields too'),
});

/** A plan belongs beside the arguments of an operation that asks first. */
const askingSchema = runSchema.extend({
  plan: z.string().optional().describe('id from the first call'),
});

const findSchema = z.strictObject({
  words: z
    .string()
    .min(1)
    .describe('what you want to do, e.g. "suspend a user"; or the exact name of an operation'),
  limit: z.int().min(1).max(20).optional().describe('matches, 1 to 20; default 5'),
});

/** What each of these tools takes. */
export const findOperationsSchemas = {
  find_operations: findSchema,
  run_read_operation: runSchema,
  run_write_operation: askingSchema,
  run_destructive_operation: askingSchema,
} as const;

/**
 * What is told of a match. Only the best one brings its arguments, and only where the client does not have them from its
 * list; of the others it is the names that a call cannot do without, which often saves asking again.
 */
function described(
  tool: Tool,
  isBest: boolean,
  { listed, lists }: Pick<FindOperationsOptions, 'listed' | 'lists'>,
) {
  const { name, operation, listing } = tool;
  const runner = runnerOf(tool);
  const isListed = listed.has(name);
  return {
    operation: name,
    summary: isBest && !isListed ? listing.description : operation.summary,
    effect: operation.effect,
    ...(isListed || lists(runner)
      ? { run_with: isListed ? name : runner }
      : { cannot_run: `the configuration excludes ${runner}` }),
    ...(!isListed &&
      (isBest
        ? { arguments: listing.inputSchema }
        : { required: listing.inputSchema['required'] ?? [] })),
  };
}

export interface FindOperationsOptions {
  /** Every operation that there is, so that what is left out can be told from what does not exist. */
  readonly tools: readonly Tool[];
  readonly permitted: readonly Tool[];
  /** Names of the operations that are listed as tools, so that an agent is sent there. */
  readonly listed: ReadonlySet<string>;
  /** Whether a tool that belongs to no operation is listed. */
  readonly lists: (extra: string) => boolean;
  /** The error for an operation that may not be run, or that there is not. */
  readonly refuse: (name: string) => LogtoError;
  readonly perform: Perform;
}

/** The finder over the operations that are permitted. */
export function findOperationsTools(options: FindOperationsOptions): readonly BuiltInTool[] {
  const { tools, permitted, lists, refuse, perform } = options;
  const byName = new Map(permitted.map((tool) => [tool.name, tool]));
  let ranking: Promise<(words: string) => Tool[]> | undefined;

  /** What has to be said of matches that may not be run: silence would send an agent to the next best. */
  const excludedNote = (matches: readonly Tool[]): string[] => {
    const excluded = matches.filter(({ name }) => !byName.has(name));
    const best = matches[0];
    if (excluded.length === 0 || best === undefined) {
      return [];
    }
    if (byName.has(best.name)) {
      return [`${excluded.length} of the matches are left out: this server excludes them.`];
    }
    const { message, hint } = refuse(best.name).failure;
    return [`The best match is ${best.name}. ${message} ${hint ?? ''}`.trim()];
  };

  const find: BuiltInTool = {
    listing: {
      name: 'find_operations',
      description:
        'Find operations of the Logto Management API that are not in your list of tools, by what you want to do. Answers names, what they do, their arguments and the tool to run them with.',
      annotations: {
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      },
    },
    async run(sent) {
      const { words, limit = 5 } = validateArguments('find_operations', findSchema, sent);
      // The index and its words take a while to read and to build, and many sessions never search.
      ranking ??= import('../search/ranking.js').then(({ createRanking }) => createRanking(tools));
      const ranked = (await ranking)(words);
      const matches = ranked.filter(({ name }) => byName.has(name)).slice(0, limit);
      const notes = excludedNote(ranked.slice(0, limit));
      if (matches.length === 0) {
        return {
          items: [],
          notes:
            notes.length > 0
              ? notes
              : ['Nothing matches. Use other words: a thing (user, role, hook) and an action.'],
        };
      }
      const items = matches.map((tool, index) => described(tool, index === 0, options));
      if (matches.length > 1) {
        notes.push(
          'Of the other matches only required arguments are named; to see all of one, ask again with its name.',
        );
      }
      return { items, ...(notes.length > 0 && { notes }) };
    },
  };

  const runner = (name: Runner): BuiltInTool => {
    // It follows from the policy: one that asks before every write has plans for all of them.
    const asks = permitted.some(
      (tool) =>
        runnerOf(tool) === name &&
        Object.hasOwn(Object(tool.listing.inputSchema['properties']), 'plan'),
    );
    const schema = asks ? askingSchema : runSchema;
    return {
      asks,
      listing: {
        name,
        description: descriptions[name],
        annotations: annotations[name],
      },
      async run(sent, context) {
        const asked: z.output<typeof askingSchema> = validateArguments(name, schema, sent, {
          belongs: belongsTo(byName),
        });
        const { operation, arguments: given = {}, plan } = asked;
        const values = plan === undefined ? given : { ...given, plan };
        const tool = byName.get(operation);
        if (tool === undefined) {
          throw refuse(operation);
        }
        const right = runnerOf(tool);
        if (right !== name) {
          throw new LogtoError({
            kind: 'input',
            code: 'wrong_runner',
            message: `${operation} is not for ${name}. Nothing was sent.`,
            hint: lists(right)
              ? `Call ${right} with the same arguments.`
              : `It is for ${right}, which the configuration of this server excludes: say so, and do not look for a way around it.`,
          });
        }
        return callOperation(tool, values, perform, context, 'arguments');
      },
    };
  };

  const runners = (Object.keys(descriptions) as Runner[]).filter((name) =>
    permitted.some((tool) => runnerOf(tool) === name),
  );
  return [find, ...runners.map(runner)];
}
