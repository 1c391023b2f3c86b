/** The tools of the guard: preview, journal, undo, and the way of a secret into a file. */
import * as z from 'zod';
import { unknownChange } from '../../guard/errors.js';
import type { Guard } from '../../guard/guard.js';
import type { JournalEntry } from '../../guard/undo/journal.js';
import { markInvisibleDeep } from '../../guard/visible-text.js';
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
  change: z.string().optional().describe('id of one, to see it with what was there before'),
});

const undoSchema = z.strictObject({
  change: z.string().describe('id, from list_changes'),
  plan: z.string().optional().describe('id from the first call'),
});

const saveSchema = z.strictObject({
  secret: z.string().describe('as it stands in an answer: [withheld: ...]'),
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

/** What each of these tools takes. */
export const changeSchemas = {
  preview_operation: previewSchema,
  list_changes: changesSchema,
  undo_change: undoSchema,
  save_secret: saveSchema,
} as const;

/** A change as a list shows it; of one that may not be shown, that it was made. */
const shownOf = (
  {
    id,
    at,
    client,
    profile,
    operation,
    arguments: given,
    outcome,
    undone,
    undoSteps,
  }: JournalEntry,
  { hidden, blocker }: Awaited<ReturnType<Guard['describeChange']>>,
): Readonly<Record<string, unknown>> => ({
  id,
  at,
  client,
  ...(profile !== undefined && { profile }),
  operation,
  ...(hidden === undefined
    ? { arguments: given }
    : { hidden: hidden.message.replace(' Nothing was sent.', '') }),
  outcome,
  ...(undone ? { undone } : undoSteps.length > 0 && { partly_undone: true }),
  ...(!undone && blocker !== undefined && { cannot_undo: blocker }),
});

/** Makes the tools of the guard over the operations that are permitted. */
export function changeTools(
  permitted: readonly Tool[],
  guard: Guard,
  refuse: (name: string) => LogtoError,
): BuiltInTool[] {
  const byName = new Map(permitted.map((tool) => [tool.name, tool]));
  const writes = permitted.some(({ operation }) => operation.effect !== 'reads');

  const preview: BuiltInTool = {
    listing: {
      name: 'preview_operation',
      description:
        'Show what a write would do, without doing it: on what, before and after, what is lost, what it cascades to.',
      annotations: reads,
    },
    async run(sent, context) {
      const { operation, arguments: given = {} } = validateArguments(
        'preview_operation',
        previewSchema,
        sent,
        { belongs: belongsTo(byName) },
      );
      const tool = byName.get(operation);
      if (tool === undefined) {
        throw refuse(operation);
      }
      if (tool.operation.effect === 'reads') {
        throw new LogtoError({
          kind: 'input',
          code: 'no_write',
          message: `${operation} only reads: there is nothing to preview.`,
          hint: 'Call it itself.',
        });
      }
      const { values, replaceWhole } = await tool.check(given, 'arguments');
      return { result: await guard.preview(tool, values, context, { replaceWhole }) };
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
      const { limit = 10, change } = validateArguments('list_changes', changesSchema, sent);
      const changes = guard.changes();
      if (change !== undefined) {
        const one = changes.find(({ id }) => id === change);
        if (one === undefined) {
          throw unknownChange(change);
        }
        const { before, after, attached, undoes } = one;
        const facts = await guard.describeChange(one);
        const { hidden } = facts;
        const details = {
          ...shownOf(one, facts),
          ...(hidden === undefined && { before, after, attached }),
          undoes,
        };
        return { result: markInvisibleDeep(JSON.parse(JSON.stringify(details))) };
      }
      const shown = await Promise.all(
        changes.slice(0, limit).map(async (one) => shownOf(one, await guard.describeChange(one))),
      );
      return { items: shown.map(markInvisibleDeep) };
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
        : { done: true, notes: [`${change} is undone.`, ...outcome.notes] };
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
