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
    const stated = undo?.blocked ?? undo?.nothing;
    if (stated !== undefined) {
      return stated;
    }
    if (effect === 'removes') {
      return reasons.deleted;
    }
    const irreversible = rulesOf(risk).find((rule) => rule.risk === 'irreversible');
    if (irreversible !== undefined) {
      return irreversible.because;
    }
    if (reaches !== undefined) {
      return 'what has been sent cannot be recalled';
    }
    return effect === 'changes'
      ? 'the journal does not know what was there before'
      : 'Logto has no operation that reverses it';
  }

  blocker(): string {
    return this.neverUndone();
  }

  async inverse({ id }: JournalEntry): Promise<UndoPlan> {
    throw cannotUndo(id, this.neverUndone());
  }
}
