/** Writes that fit no kind: they send something, run something, or change what no operation reads. */

import type { JournalEntry } from '../undo/journal.js';
import { Change, cannotUndo, reasons, type UndoPlan } from './change.js';

export class OtherChange extends Change {
  readonly kind = 'other';

  override get deletes(): boolean {
    return this.entry.operation.effect === 'removes';
  }

  override neverUndone(): string {
    const { effect, irreversible, reaches, undo } = this.entry.operation;
    if (undo?.blocked !== undefined) {
      return undo.blocked;
    }
    if (effect === 'removes') {
      return reasons.deleted;
    }
    if (irreversible !== undefined) {
      return irreversible;
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
