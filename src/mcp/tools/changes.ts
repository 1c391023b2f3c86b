/** The tools of the guard: preview a write, list changes, undo a change, write a secret into a file. */
import * as z from 'zod';
import { unknownChange } from '../../guard/errors.js';
import type { Guard } from '../../guard/guard.js';
import type { JournalEntry } from '../../guard/undo/journal.js';
import { LogtoError } from '../../logto/errors.js';
import { type Annotations, belongsTo, type Tool } from '../operation-tools.js';
import type { ResolveReferences } from '../references.js';
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

/** Entries in one answer of the list. */
const MAX_CHANGES = 100;

const changesSchema = z.strictObject({
  limit: z.int().min(1).max(MAX_CHANGES).optional().describe('1 to 100; default 10'),
  change: z.string().optional().describe('id of one change, to see it with the state before'),
});

const undoSchema = z.strictObject({
  change: z.string().describe('id, from list_changes'),
  plan: z.string().optional().describe('id from the first call'),
});

const saveSchema = z.strictObject({
  secret: z.string().describe('as an answer shows it: [redacted: ...]'),
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
    undoes,
  }: JournalEntry,
  { hidden, blocker }: Awaited<ReturnType<Guard['describeChange']>>,
): Readonly<Record<string, unknown>> => ({
  id,
  at,
  client,
  ...(actor !== undefined && { by: actor }),
  ...(profile !== undefined && { profile }),
  operation,
  ...(undoes !== undefined && { undoes }),
  ...(hidden === undefined
    ? { arguments: input }
    : { hidden: hidden.message.replace(' Nothing was sent.', '') }),
  outcome,
  ...(undone ? { undone } : undoSteps.length > 0 && { partly_undone: true }),
  ...(!undone && blocker !== undefined && { cannot_undo: blocker }),
});

const isRun = (id: string): boolean => id.startsWith('run-');

/** Changes that the list shows as one entry. */
interface ChangeGroup {
  /** The run that they belong to, or that they undo. */
  readonly run: string | undefined;
  readonly isUndo: boolean;
  /** The newest first. */
  readonly entries: JournalEntry[];
}

/** The changes with one group for each run, which is undone as one, and one for the undo of each run. */
function groupedByRun(changes: readonly JournalEntry[]): readonly ChangeGroup[] {
  const runOf = new Map(changes.map(({ id, run }) => [id, run]));
  const groups = new Map<string, ChangeGroup>();
  for (const entry of changes) {
    const { id, undoes } = entry;
    const undone = undoes === undefined ? undefined : runOf.get(undoes);
    const run = entry.run ?? undone;
    const isUndo = entry.run === undefined && undone !== undefined;
    const key = run === undefined ? id : `${isUndo ? 'undo of ' : ''}${run}`;
    const group = groups.get(key) ?? { run, isUndo, entries: [] };
    group.entries.push(entry);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** A run as the list shows it: how many writes of which operation, and how they ended. The same for the undo of a run. */
function shownRun(
  id: string,
  writes: readonly JournalEntry[],
  isUndo: boolean,
): Readonly<Record<string, unknown>> {
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
    ...(isUndo ? { undoes: id } : { id }),
    at: latest?.at,
    client: latest?.client,
    ...(latest?.actor !== undefined && { by: latest.actor }),
    operation: isUndo ? 'undo_change' : (latest?.tool ?? 'run_script'),
    writes: count(({ operation }) => operation),
    outcome: count(({ outcome }) => outcome),
    ...(notSent > 0 && { not_sent: notSent }),
    ...(writes.every(({ undone }) => undone) && { undone: true }),
  };
}

export interface ChangeToolOptions {
  readonly permitted: readonly Tool[];
  readonly guard: Guard;
  /** The error for an operation that may not be run. */
  readonly refuse: (name: string) => LogtoError;
  readonly resolve: ResolveReferences;
  /** The operations that only the running Logto has. */
  readonly served: (signal: AbortSignal) => Promise<readonly Tool[]>;
}

/** The tools of the guard over the operations that are permitted. */
export function changeTools({
  permitted,
  guard,
  refuse,
  resolve,
  served,
}: ChangeToolOptions): BuiltInTool[] {
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
      const checked = await tool.check(input, 'arguments');
      const {
        values,
        replaceWhole,
        notes,
        operation: checkedAs,
      } = await resolve(tool, checked, context);
      const result = await guard.preview(
        { ...tool, operation: checkedAs ?? tool.operation },
        values,
        context,
        { replaceWhole },
      );
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
        // With the calls that undo it, which the list shows as one entry.
        const writes = groupedByRun(changes)
          .filter(({ run }) => run === change)
          .flatMap(({ entries }) => entries);
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
      const groups = groupedByRun(changes);
      const more = groups.length - limit;
      const shown = await Promise.all(
        groups.slice(0, limit).map(async ({ run, isUndo, entries }) => {
          const [entry] = entries;
          return run === undefined && entry !== undefined
            ? shownChange(entry, await guard.describeChange(entry))
            : shownRun(run ?? '', entries, isUndo);
        }),
      );
      return {
        items: shown,
        ...(more > 0 && {
          notes: [
            `${more} older ${more === 1 ? 'entry is' : 'entries are'} not shown${limit < MAX_CHANGES ? `: give a limit of up to ${MAX_CHANGES}` : ''}.`,
          ],
        }),
      };
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
            ...(outcome.change !== undefined && { change: outcome.change }),
            notes: [...(isRun(change) ? [] : [`${change} is undone.`]), ...outcome.notes],
          };
    },
  };

  const save: BuiltInTool = {
    listing: {
      name: 'save_secret',
      description: 'Write a redacted secret into a file, without showing it.',
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
