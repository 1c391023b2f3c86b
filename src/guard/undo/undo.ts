/** Whether a change can be undone, and by which calls. */
import { type Change, cannotUndo, reasons, type UndoPlan } from '../changes/change.js';
import type { Reads } from '../tenant-reader.js';
import type { JournalEntry } from './journal.js';

/**
 * Why a change cannot be undone, as far as that is known without reading the tenant.
 *
 * @param change the kind of change that the operation of the record makes; undefined for an operation that is not known
 * @returns a clause; undefined where nothing blocks it
 */
export function undoBlocker(record: JournalEntry, change: Change | undefined): string | undefined {
  const { outcome, undone, operation, cannot_undo: never } = record;
  if (never !== undefined) {
    return never;
  }
  if (change === undefined) {
    return `this server does not know the operation ${operation}`;
  }
  if (undone) {
    return 'it has been undone already';
  }
  if (outcome === 'refused') {
    return 'it was not made: Logto had refused it';
  }
  const blocked = change.neverUndone();
  if (blocked !== undefined) {
    return blocked;
  }
  return outcome === 'unknown' && !change.verifiable
    ? reasons.outcomeUnknown
    : change.blocker(record);
}

/**
 * The calls that undo a change. Of one that was undone in part, those that are left.
 *
 * @throws LogtoError of kind `conflict` with the reason when there are none
 */
export async function undoPlanFor(
  record: JournalEntry,
  change: Change | undefined,
  reads: Reads,
): Promise<UndoPlan> {
  const why = undoBlocker(record, change);
  if (change === undefined || why !== undefined) {
    throw cannotUndo(record.id, why ?? reasons.notKnown);
  }
  return change.inverse(record, reads);
}
