/** The tools of the guard: preview a write, list changes, undo a change, write a secret into a file. */
import * as z from 'zod';
import { unknownChange } from '../../guard/errors.js';
import type { Guard } from '../../guard/guard.js';
import type { JournalEntry } from '../../guard/undo/journal.js';
import { LogtoError } from '../../logto/errors.js';
import { type Annotations, belongsTo, type Tool } from '../operation-tools.js';
import { type BuiltInTool, plannedResult } from '../tool-call.js';
import { validateArguments } from '../validate-arguments.js';

const reads: Annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

const previewSchema = z.strictObject({
  operation: z.string(),
  arguments: z.record(z.string(), z.unknown()).optional(),
});

const changesSchema = z.strictObject({
  limit: z.int().min(1).max(100).optional().describe('1 to 100; default 10'),
  change: z.string().optional().describe('id of one change, to see it with the state before'),
});

const undoSchema = z.strictObject({
  change: z.string().describe('id, from list_changes'),
  plan: z.string().optional().describe('id from the first call'),
});

const saveSchema = z.strictObject({
  secret: z.string().describe('as an answer shows it: [withheld: ...]'),
  file: z.string().min(1).describe('path inside the allowed folder'),
  plan: z.string().optional().describe('id from the first call, where it has to be confirmed'),
  name: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, 'must be letters, digits and _, not beginning with a digit')
    .optional()
    .describe(
      'letters, digits and _; writes NAME=value into an .env file; without it the value is the whole file',
    ),
});

/** The input schemas of these tools, by name. */
export const changeSchemas = {
  preview_operation: previewSchema,
  list_changes: changesSchema,
  undo_change: undoSchema,
  save_secret: saveSchema,
} as const;

/** A change as the list shows it. Of one that may not be read here, only that it was made. */
const shownChange = (
  {
    id,
    at,
    client,
    actor,
    profile,
    operation,
    arguments: input,
    outcome,
    undone,
    undoSteps,
  }: JournalEntry,
  { hidden, blocker }: Awaited<ReturnType<Guard['describeChange']>>,
): Readonly<Record<string, unknown>> => ({
  id,
  at,
  client,
  ...(actor !== undefined && { by: actor }),
  ...(profile !== undefined && { profile }),
  operation,
  ...(hidden === undefined
    ? { arguments: input }
    : { hidden: hidden.message.replace(' Nothing was sent.', '') }),
  outcome,
  ...(undone ? { undone } : undoSteps.length > 0 && { partly_undone: true }),
  ...(!undone && blocker !== undefined && { cannot_undo: blocker }),
});

const isRun = (id: string): boolean => id.startsWith('run-');

/** Changes with one entry for each run: a run is shown, and undone, as one. */
function withoutRepeatedRuns(changes: readonly JournalEntry[]): readonly JournalEntry[] {
  const seen = new Set<string>();
  return changes.filter(({ run }) => {
    if (run === undefined) {
      return true;
    }
    const isFirst = !seen.has(run);
    seen.add(run);
    return isFirst;
  });
}

/** A run as the list shows it: how many writes of which operation, and how they ended. */
function shownRun(id: string, writes: readonly JournalEntry[]): Readonly<Record<string, unknown>> {
  const count = (keyOf: (entry: JournalEntry) => string) => {
    const counts: Record<string, number> = {};
    for (const entry of writes) {
      counts[keyOf(entry)] = (counts[keyOf(entry)] ?? 0) + 1;
    }
    return counts;
  };
  const [latest] = writes;
  const notSent = (latest?.of ?? writes.length) - writes.length;
  return {
    id,
    at: latest?.at,
    client: latest?.client,
    ...(latest?.actor !== undefined && { by: latest.actor }),
    operation: latest?.tool ?? 'run_script',
    writes: count(({ operation }) => operation),
    outcome: count(({ outcome }) => outcome),
    ...(notSent > 0 && { not_sent: notSent }),
    ...(writes.every(({ undone }) => undone) && { undone: true }),
  };
}

/** The tools of the guard over the operations that are permitted. */
export function changeTools(
  permitted: readonly Tool[],
  guard: Guard,
  refuse: (name: string) => LogtoError,
  served: (signal: AbortSignal) => Promise<readonly Tool[]>,
): BuiltInTool[] {
  const byName = new Map(permitted.map((tool) => [tool.name, tool]));
  const writes = permitted.some(({ operation }) => operation.effect !== 'reads');

  const preview: BuiltInTool = {
    listing: {
      name: 'preview_operation',
      description:
        'Show what a write would do, without doing it: the target, fields before and after, what is lost, what it cascades to.',
      annotations: reads,
    },
    async run(sent, context) {
      const { operation, arguments: input = {} } = validateArguments(
        'preview_operation',
        previewSchema,
        sent,
        { belongs: belongsTo(byName), reads: true },
      );
      const tool =
        byName.get(operation) ??
        (await served(context.signal)).find(({ name }) => name === operation);
      if (tool === undefined) {
        throw refuse(operation);
      }
      if (tool.operation.effect === 'reads') {
        throw new LogtoError({
          kind: 'input',
          code: 'no_write',
          message: `${operation} only reads: there is nothing to preview.`,
          hint: 'Call the operation itself.',
        });
      }
      const { values, replaceWhole, notes } = await tool.check(input, 'arguments');
      const result = await guard.preview(tool, values, context, { replaceWhole });
      return { result, ...(notes !== undefined && { notes }) };
    },
  };

  const list: BuiltInTool = {
    listing: {
      name: 'list_changes',
      description:
        'List changes made through this server, newest first, and why one cannot be undone.',
      annotations: reads,
    },
    async run(sent) {
      const { limit = 10, change } = validateArguments('list_changes', changesSchema, sent, {
        reads: true,
      });
      const changes = await guard.changes();
      if (change !== undefined) {
        const writes = changes.filter(({ run }) => run === change);
        if (isRun(change) && writes.length > 0) {
          const items = await Promise.all(
            writes.map(async (entry) => shownChange(entry, await guard.describeChange(entry))),
          );
          return { items };
        }
        const entry = changes.find(({ id }) => id === change);
        if (entry === undefined) {
          throw unknownChange(change);
        }
        const { before, after, attached, undoes } = entry;
        const facts = await guard.describeChange(entry);
        const { hidden } = facts;
        const details = {
          ...shownChange(entry, facts),
          ...(hidden === undefined && { before, after, attached }),
          undoes,
        };
        return { result: details };
      }
      const shown = await Promise.all(
        withoutRepeatedRuns(changes)
          .slice(0, limit)
          .map(async (entry) =>
            entry.run === undefined
              ? shownChange(entry, await guard.describeChange(entry))
              : shownRun(
                  entry.run,
                  changes.filter(({ run }) => run === entry.run),
                ),
          ),
      );
      return { items: shown };
    },
  };

  const undo: BuiltInTool = {
    listing: {
      name: 'undo_change',
      description:
        'Undo a change: an update, an assignment, a replaced set, something created. Not a deletion.',
      annotations: { ...reads, readOnlyHint: false, destructiveHint: true, idempotentHint: false },
    },
    async run(sent, context) {
      const { change, plan } = validateArguments('undo_change', undoSchema, sent);
      const outcome = await guard.undo(change, context, { plan });
      return outcome.kind === 'planned'
        ? plannedResult(outcome.plan, outcome.preview)
        : {
            done: true,
            notes: [...(isRun(change) ? [] : [`${change} is undone.`]), ...outcome.notes],
          };
    },
  };

  const save: BuiltInTool = {
    listing: {
      name: 'save_secret',
      description: 'Write a withheld secret into a file, without showing it.',
      annotations: { ...reads, readOnlyHint: false, destructiveHint: true },
    },
    async run(sent, context) {
      const { plan, secret, file, name } = validateArguments('save_secret', saveSchema, sent);
      const request = { secret, file, name };
      const outcome = await guard.saveSecret('save_secret', request, context, { plan });
      return outcome.kind === 'planned'
        ? plannedResult(outcome.plan, outcome.preview)
        : { result: { file: outcome.file } };
    },
  };

  return writes ? [preview, list, undo, save] : [list];
}
