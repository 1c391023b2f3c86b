/** Whether a change can be undone. */
import { type Change, reasons } from '../changes/change.js';
import type { JournalEntry } from './journal.js';

/**
 * Why a change cannot be undone, if that is known without reading the tenant.
 *
 * @param change the kind of change that the operation of the record makes; undefined for an unknown operation
 * @returns a clause; undefined if nothing blocks the undo
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
