/** Undoes changes of the journal. Each call of an undo is prepared, confirmed and sent as any other write. */
import { LogtoError } from '../../logto/errors.js';
import type { LockStore } from '../../store/store.js';
import { ownerOf } from '../actor.js';
import {
  type Caller,
  confirmedBy,
  type Done,
  type Outcome,
  type Planned,
  planIdOf,
  type WriteOptions,
} from '../call.js';
import { cannotUndo, reasons, undoEffects } from '../changes/change.js';
import { type Confirmation, requireSameSteps, type ShownWrite } from '../confirm/confirmation.js';
import type { LeftWrites } from '../confirm/preview.js';
import { partlyUndone, unknownChange } from '../errors.js';
import { type NamedOperation, queueKeyOf, type WriteStep } from '../operation-graph.js';
import type { PreparedWrite } from '../pending-write.js';
import type { RateLimits } from '../policy/rate-limits.js';
import type { WritePreparation } from '../prepare-write.js';
import type { TenantReader } from '../tenant-reader.js';
import type { Journal, JournalEntry } from './journal.js';
import { undoBlocker } from './undo.js';

/** The undo of one change, when it is planned. */
export interface PlannedUndo {
  /** The id of the change. */
  readonly undoes: string;
  /** What the change did: the summary of its operation. */
  readonly undone: string;
  /** The calls that it makes. */
  readonly steps: readonly WriteStep[];
  /** Why the calls after the first ask. */
  readonly because: readonly string[];
}

/** What an undo needs of the guard. */
export interface UndoContext {
  readonly preparation: () => Promise<WritePreparation>;
  readonly reader: TenantReader;
  readonly limits: RateLimits;
  readonly journal: Journal;
  readonly writes: Confirmation<ShownWrite>;
  /** Plans for the undo of whole runs. */
  readonly runs: Confirmation<null>;
  /** Whether the undo of a run of several writes has to be confirmed. */
  readonly asksForRuns: boolean;
  readonly queues: LockStore;
  /** Why an operation may not be run; undefined when it may. */
  readonly refusal: (entry: NamedOperation) => LogtoError | undefined;
  readonly plan: (
    call: unknown,
    write: PreparedWrite,
    caller: Caller,
    undo: PlannedUndo,
  ) => Promise<Planned>;
  readonly requireUnchanged: (
    plan: string,
    shown: ShownWrite,
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

  async #record(id: string): Promise<JournalEntry> {
    const record = (await this.context.journal.list()).find((change) => change.id === id);
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
    return this.#inOrder(await this.#record(id), () => this.#undo(id, caller, options, false));
  }

  /** Runs `work` after all writes to the entity that a change is about. */
  async #inOrder<T>(
    { id, operation, arguments: values }: JournalEntry,
    work: () => Promise<T>,
  ): Promise<T> {
    const entry = (await this.context.preparation()).graph.named(operation);
    return this.context.queues.run(entry === undefined ? id : queueKeyOf(entry, values), work);
  }

  /**
   * Undoes the writes of a run, the last first, after one confirmation for all. What cannot be undone is named and left.
   *
   * @throws LogtoError when nothing of it can be undone, or the person did not agree
   */
  async runAll(run: string, caller: Caller, options: WriteOptions): Promise<Outcome> {
    const records = (await this.context.journal.list()).filter(
      (change) => change.run === run && !change.undone && change.outcome !== 'refused',
    );
    if (records.length === 0) {
      throw unknownChange(run);
    }
    const preparation = await this.context.preparation();
    const left: string[] = [];
    const blocked = new Map<string, LeftWrites>();
    const undoable = records.filter((record) => {
      const { id, operation } = record;
      const because = undoBlocker(record, preparation.changeBy(operation));
      if (because !== undefined) {
        left.push(`${id} ${operation}: ${because}`);
        const key = `${operation} ${because}`;
        const changes = [...(blocked.get(key)?.changes ?? []), id];
        const does = preparation.graph.named(operation)?.operation.summary ?? operation;
        blocked.set(key, { operation, does, times: changes.length, because, changes });
      }
      return because === undefined;
    });
    if (undoable.length === 0) {
      throw cannotUndo(run, left.join('; '));
    }
    const call = ['undo run', run];
    const confirmed = await this.context.runs.confirmed(
      `the undo of ${run}`,
      call,
      confirmedBy(caller, options),
    );
    if (confirmed === undefined && this.context.asksForRuns) {
      const preview = {
        operation: `the undo of ${run}`,
        does: `Undo ${undoable.length} of ${records.length} writes of one run, the last first.`,
        asks_because: ['the undo of a run changes several things at once'],
        arguments: { change: run },
        ...(blocked.size > 0 && { not_undone: [...blocked.values()] }),
        steps: await preparation.showSteps(
          undoable.flatMap((record) => {
            const { operation, arguments: values, before } = record;
            const entry = preparation.graph.named(operation);
            const read = entry && preparation.graph.observing(entry);
            const isReadable = read !== undefined && this.context.refusal(read) === undefined;
            const change = preparation.changeBy(operation);
            const undo = {
              sets: isReadable ? change?.formerFields(record) : undefined,
              effect: undoEffects[change?.kind ?? 'other'],
            };
            return entry === undefined
              ? []
              : [{ operation: `undo of ${operation}`, entry, values, before, undo }];
          }),
          this.context.reader.forPlan(caller.signal),
        ),
      };
      const expected = `${undoable.length} writes`;
      return {
        kind: 'planned',
        ...(await this.context.runs.plan(call, { preview, expected }, null, {
          confirmVia: caller.confirmVia,
          owner: ownerOf(caller),
        })),
      };
    }
    // The answer to the question was for the whole; no single step asks again.
    const quiet: Caller = { ...caller, answer: undefined };
    let done = 0;
    const said = new Set<string>();
    for (const record of undoable) {
      try {
        const outcome = await this.#inOrder(record, () => this.#undo(record.id, quiet, {}, true));
        done += 1;
        for (const note of outcome.kind === 'done' ? outcome.notes : []) {
          said.add(note);
        }
      } catch (error) {
        if (!(error instanceof LogtoError)) {
          throw error;
        }
        left.push(`${record.id} ${record.operation}: ${error.failure.message}`);
      }
    }
    return {
      kind: 'done',
      reply: { status: 200, body: undefined },
      notes: [
        `${done} of ${records.length} writes are undone.`,
        // What the undo of each write leaves is said once for all of them.
        ...said,
        ...(left.length > 0 ? [`Not undone: ${left.join('; ')}.`] : []),
      ],
    };
  }

  async #undo(
    id: string,
    caller: Caller,
    options: WriteOptions,
    isConfirmed: boolean,
  ): Promise<Outcome> {
    const { reader, writes, limits, refusal } = this.context;
    const preparation = await this.context.preparation();
    // Read again: another undo may have come before in the queue.
    const record = await this.#record(id);
    const call = ['undo', id];
    const by = confirmedBy(caller, options);
    const confirmed = (await writes.confirmed(`the undo of ${id}`, call, by))?.state;
    const reads =
      confirmed === undefined
        ? reader.forPlan(caller.signal)
        : reader.forConfirmation(caller.signal, confirmed.lists);
    const change = preparation.changeBy(record.operation);
    const blocker = undoBlocker(record, change);
    if (change === undefined || blocker !== undefined) {
      throw cannotUndo(record.id, blocker ?? reasons.notKnown);
    }
    const { steps, notes } = await change.inverse(record, reads);
    for (const { entry } of steps) {
      const refused = refusal(entry);
      if (refused !== undefined) {
        throw refused;
      }
    }
    const how = { replaceWhole: true, actor: caller.actor };
    const [first, ...others] = steps;
    if (first === undefined) {
      throw new Error('An undo without steps.');
    }
    if (confirmed !== undefined) {
      requireSameSteps(planIdOf(caller, options), confirmed, steps);
    }
    const write = await preparation.prepare(first.entry, first.values, how, reads);
    const more = others.filter(({ entry }) => entry.operation.effect === 'removes').length;
    const removals = write.removals === undefined ? undefined : write.removals + more;
    await limits.check(first.entry.name, removals, ownerOf(caller), steps.length);
    if (confirmed !== undefined) {
      await this.context.requireUnchanged(planIdOf(caller, options), confirmed, write);
    } else if (!isConfirmed) {
      const because = await preparation.reasonsLater(others, reads);
      if (write.asks || because.length > 0) {
        const undone = change.entry.operation.summary;
        return this.context.plan(call, write, caller, { undoes: id, undone, steps, because });
      }
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
    const how = { replaceWhole: true, actor: caller.actor };
    let outcome = await this.context.send(first, caller, { undoes: id, left: others.length });
    for (const [index, { entry, values }] of others.entries()) {
      try {
        const reads = this.context.reader.unlimited(caller.signal);
        const write = await preparation.prepare(entry, values, how, reads);
        const left = others.length - index - 1;
        outcome = await this.context.send(write, caller, { undoes: id, left });
      } catch (error) {
        throw error instanceof LogtoError
          ? partlyUndone(error, id, index + 1, others.length + 1)
          : error;
      }
    }
    // One of several calls is not the whole undo, so its id would undo a part.
    const change = others.length === 0 ? outcome.change : undefined;
    return { ...outcome, change, notes: [...notes, ...outcome.notes] };
  }
}
