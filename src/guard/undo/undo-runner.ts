/** Undoes changes of the journal. Each call of an undo is prepared, confirmed and sent as any other write. */
import { LogtoError } from '../../logto/errors.js';
import {
  type Caller,
  confirmedBy,
  type Done,
  type Outcome,
  type Planned,
  planIdOf,
  type WriteOptions,
} from '../call.js';
import { type Confirmation, type PlannedWrite, requireSameSteps } from '../confirm/confirmation.js';
import { partlyUndone, unknownChange } from '../errors.js';
import type { KeyedMutex } from '../keyed-mutex.js';
import { type NamedOperation, queueKeyOf, type WriteStep } from '../operation-graph.js';
import type { PreparedWrite } from '../pending-write.js';
import type { RateLimits } from '../policy/rate-limits.js';
import type { WritePreparation } from '../prepare-write.js';
import type { TenantReader } from '../tenant-reader.js';
import type { Journal, JournalEntry } from './journal.js';
import { undoBlocker, undoPlanFor } from './undo.js';

/** What an undo needs of the guard. */
export interface UndoContext {
  readonly preparation: () => Promise<WritePreparation>;
  readonly reader: TenantReader;
  readonly limits: RateLimits;
  readonly journal: Journal;
  readonly writes: Confirmation<PlannedWrite>;
  readonly queues: KeyedMutex;
  /** Why an operation may not be run; undefined when it may. */
  readonly refusal: (entry: NamedOperation) => LogtoError | undefined;
  readonly plan: (
    call: unknown,
    write: PreparedWrite,
    caller: Caller,
    steps: readonly WriteStep[],
  ) => Promise<Planned>;
  readonly requireUnchanged: (
    plan: string,
    planned: PlannedWrite,
    write: PreparedWrite,
  ) => Promise<void>;
  readonly send: (
    write: PreparedWrite,
    caller: Caller,
    undo: { readonly undoes: string; readonly left: number },
  ) => Promise<Done>;
}

/** How a change may be shown. */
export interface ChangeDescription {
  /** Why it cannot be undone. */
  readonly blocker: string | undefined;
  /** Why its values are hidden: they could neither be written nor read now. */
  readonly hidden: LogtoError | undefined;
}

export class UndoRunner {
  constructor(private readonly context: UndoContext) {}

  async describe(change: JournalEntry): Promise<ChangeDescription> {
    const preparation = await this.context.preparation();
    const entry = preparation.graph.named(change.operation);
    const refusal = entry && this.context.refusal(entry);
    const read = entry && preparation.graph.observing(entry);
    const isReadable = read !== undefined && this.context.refusal(read) === undefined;
    return {
      blocker: undoBlocker(change, preparation.changeBy(change.operation)),
      hidden: isReadable ? undefined : refusal,
    };
  }

  #record(id: string): JournalEntry {
    const record = this.context.journal.list().find((change) => change.id === id);
    if (record === undefined) {
      throw unknownChange(id);
    }
    return record;
  }

  /**
   * Undoes a change, or answers with the plan for it.
   *
   * @throws LogtoError when it cannot be undone, or what it changed has changed since
   */
  async run(id: string, caller: Caller, options: WriteOptions): Promise<Outcome> {
    const record = this.#record(id);
    const entry = (await this.context.preparation()).graph.named(record.operation);
    const key = entry === undefined ? id : queueKeyOf(entry, record.arguments);
    return this.context.queues.run(key, () => this.#undo(id, caller, options));
  }

  async #undo(id: string, caller: Caller, options: WriteOptions): Promise<Outcome> {
    const { reader, writes, limits, refusal } = this.context;
    const preparation = await this.context.preparation();
    // Read again: another undo may have come before in the queue.
    const record = this.#record(id);
    const call = ['undo', id];
    const confirmed = writes.confirmed(`the undo of ${id}`, call, confirmedBy(caller, options));
    const reads =
      confirmed === undefined
        ? reader.forPlan(caller.signal)
        : reader.forConfirmation(caller.signal, confirmed.write.reads);
    const change = preparation.changeBy(record.operation);
    const { steps, notes } = await undoPlanFor(record, change, reads);
    for (const { entry } of steps) {
      const refused = refusal(entry);
      if (refused !== undefined) {
        throw refused;
      }
    }
    const [first, ...others] = steps;
    if (first === undefined) {
      throw new Error('An undo without steps.');
    }
    if (confirmed !== undefined) {
      requireSameSteps(planIdOf(caller, options), confirmed, steps);
    }
    const write = await preparation.prepare(first.entry, first.values, true, reads);
    const more = others.filter(({ entry }) => entry.operation.effect === 'removes').length;
    const removals = write.removals === undefined ? undefined : write.removals + more;
    limits.check(first.entry.name, removals, steps.length);
    if (confirmed !== undefined) {
      await this.context.requireUnchanged(planIdOf(caller, options), confirmed, write);
    } else if (write.asks || (await preparation.asksLater(others, reads))) {
      return this.context.plan(call, write, caller, steps);
    }
    return this.#send(id, { first: write, others, notes }, caller);
  }

  async #send(
    id: string,
    undo: { first: PreparedWrite; others: readonly WriteStep[]; notes: readonly string[] },
    caller: Caller,
  ): Promise<Done> {
    const { first, others, notes } = undo;
    const preparation = await this.context.preparation();
    let outcome = await this.context.send(first, caller, { undoes: id, left: others.length });
    for (const [index, { entry, values }] of others.entries()) {
      try {
        const reads = this.context.reader.unlimited(caller.signal);
        const write = await preparation.prepare(entry, values, true, reads);
        const left = others.length - index - 1;
        outcome = await this.context.send(write, caller, { undoes: id, left });
      } catch (error) {
        throw error instanceof LogtoError
          ? partlyUndone(error, id, index + 1, others.length + 1)
          : error;
      }
    }
    return { ...outcome, notes: [...notes, ...outcome.notes] };
  }
}
