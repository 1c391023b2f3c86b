/** The tools of the guard: preview, journal, undo, and the way of a secret into a file. */
import * as z from 'zod';
import { unknownChange } from '../../guard/errors.js';
import type { Guard } from '../../guard/guard.js';
import type { Secrets } from '../../guard/secrets/secrets.js';
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
  { id, at, client, profile, operation, arguments: given, outcome, undone, putBack }: JournalEntry,
  hidden: LogtoError | undefined,
  obstacle: string | undefined,
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
  ...(undone ? { undone } : putBack.length > 0 && { partly_undone: true }),
  ...(!undone && obstacle !== undefined && { cannot_undo: obstacle }),
});

/** Makes the tools of the guard over the operations that are permitted. */
export function changeTools(
  permitted: readonly Tool[],
  gate: Guard,
  secrets: Secrets,
  refuse: (name: string) => LogtoError,
): BuiltInTool[] {
  const byName = new Map(permitted.map((tool) => [tool.name, tool]));
  const writes = permitted.some(({ operation }) => operation.effect !== 'reads');

  const preview: BuiltInTool = {
    listing: {
      name: 'preview_operation',
      description:
        'Show what a write would do, without doing it: on what, before and after, what is lost, what goes along.',
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
      return { result: await gate.preview(tool, values, context, { replaceWhole }) };
    },
  };

  const list: BuiltInTool = {
    listing: {
      name: 'list_changes',
      description:
        'List changes made through this server, newest first, and why one cannot be put back.',
      annotations: reads,
    },
    async run(sent) {
      const { limit = 10, change } = validateArguments('list_changes', changesSchema, sent);
      const changes = gate.changes();
      if (change !== undefined) {
        const one = changes.find(({ id }) => id === change);
        if (one === undefined) {
          throw unknownChange(change);
        }
        const { before, after, attached, undoes } = one;
        const hidden = gate.hides(one);
        const details = {
          ...shownOf(one, hidden, gate.obstacle(one)),
          ...(hidden === undefined && { before, after, attached }),
          undoes,
        };
        return { result: markInvisibleDeep(JSON.parse(JSON.stringify(details))) };
      }
      const shown = changes
        .slice(0, limit)
        .map((one) => shownOf(one, gate.hides(one), gate.obstacle(one)));
      return { items: shown.map(markInvisibleDeep) };
    },
  };

  const undo: BuiltInTool = {
    listing: {
      name: 'undo_change',
      description:
        'Put a change back: an update, an assignment, a replaced set, something created. Not a deletion.',
      annotations: { ...reads, readOnlyHint: false, destructiveHint: true, idempotentHint: false },
    },
    async run(sent, context) {
      const { change, plan } = validateArguments('undo_change', undoSchema, sent);
      const outcome = await gate.undo(change, context, { plan });
      return outcome.kind === 'planned'
        ? plannedResult(outcome.plan, outcome.preview)
        : { done: true, notes: [`${change} is put back.`, ...outcome.notes] };
    },
  };

  const save: BuiltInTool = {
    listing: {
      name: 'save_secret',
      description: 'Write a withheld secret into a file, without showing it.',
      annotations: { ...reads, readOnlyHint: false, destructiveHint: true },
    },
    async run(sent) {
      const { secret, file, name } = validateArguments('save_secret', saveSchema, sent);
      return { result: secrets.save(secret, file, name) };
    },
  };

  return writes ? [preview, list, undo, save] : [list];
}
