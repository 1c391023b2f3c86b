/** Writes that fit no kind: they send something, run something, or change what no operation reads. */
import { rulesOf } from '../../catalog/risk.js';
import type { JournalEntry } from '../undo/journal.js';
import { Change, cannotUndo, reasons, type UndoPlan } from './change.js';

export class OtherChange extends Change {
  readonly kind = 'other';

  override get deletes(): boolean {
    return this.entry.operation.effect === 'removes';
  }

  override neverUndone(): string {
    const { effect, risk, reaches, undo } = this.entry.operation;
    const irreversible = rulesOf(risk).find((rule) => rule.risk === 'irreversible');
    return (
      undo?.blocked ??
      undo?.nothing ??
      (effect === 'removes' ? reasons.deleted : irreversible?.because) ??
      (reaches === undefined
        ? 'Logto has no operation that reverses it'
        : 'what has been sent cannot be recalled')
    );
  }

  async inverse({ id }: JournalEntry): Promise<UndoPlan> {
    throw cannotUndo(id, this.neverUndone());
  }
}
