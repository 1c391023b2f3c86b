/**
 * Decides whether a call may happen. Every call of every tool passes here: a read only the policy, a write the steps of
 * prepare-write.ts, its confirmation, and the journal.
 */
import { LogtoError } from '../logto/errors.js';
import type { Reply, Session } from '../logto/session.js';
import {
  Confirmation,
  ConfirmationRequired,
  type ElicitationAnswer,
  type PlannedWrite,
  requireSameSteps,
  requireShowable,
  requireUnchanged,
} from './confirm/confirmation.js';
import { PLAN_LIFETIME_S } from './confirm/plans.js';
import type { Preview } from './confirm/preview.js';
import {
  excludedError,
  forbiddenError,
  partlyUndone,
  unknownChange,
  withReadableErrors,
} from './errors.js';
import { KeyedMutex } from './keyed-mutex.js';
import {
  type Catalog,
  type CatalogOperation,
  type NamedOperation,
  queueKeyOf,
  type Values,
  type WriteStep,
} from './operation-graph.js';
import type { PreparedWrite } from './pending-write.js';
import type { Policy } from './policy/policy.js';
import { RateLimits } from './policy/rate-limits.js';
import type { OwnAccess } from './policy/self-lockout.js';
import { WritePreparation } from './prepare-write.js';
import { type SavedSecret, SecretSaver } from './save-secret.js';
import type { SaveRequest, Secrets } from './secrets/secrets.js';
import { WriteSender } from './send-write.js';
import { type Reads, TenantReader } from './tenant-reader.js';
import { Journal, type JournalEntry, type JournalStore } from './undo/journal.js';
import { undoBlocker, undoPlanFor } from './undo/undo.js';
import { markInvisibleDeep } from './visible-text.js';

export { ConfirmationRequired, type ElicitationAnswer, PLAN_LIFETIME_S };

export interface Caller {
  readonly signal: AbortSignal;
  /** The client, by the name that it gives itself. */
  readonly client: string;
  /** Whether the client can ask the person. */
  readonly canAsk: boolean;
  readonly answer: ElicitationAnswer | undefined;
}

/** How a write is made. */
export interface WriteOptions {
  /** The id of a plan, from the first call. */
  readonly plan?: string | undefined;
  /** Send nested objects as they are given, instead of merging them into what is there. */
  readonly replaceWhole?: boolean | undefined;
}

export interface Done {
  readonly kind: 'done';
  readonly reply: Reply;
  readonly notes: readonly string[];
}

export interface Planned {
  readonly kind: 'planned';
  readonly plan: string;
  readonly preview: Preview;
}

export type Outcome = Done | Planned;

export interface GuardOptions {
  readonly session: Session;
  /** Loads the catalog, for the first write: its facts have functions, which the manifest of tools cannot store. */
  readonly load: () => Promise<Catalog>;
  /** Names of the operations that may be run at all: by a tool, a runner, a resource, a preview or an undo. */
  readonly permitted: Iterable<string>;
  readonly policy: Policy;
  readonly self: OwnAccess;
  readonly secrets: Secrets;
  readonly lines: JournalStore;
  readonly now?: () => number;
}

export class Guard {
  readonly policy: Policy;
  readonly #options: GuardOptions;
  readonly #permitted: ReadonlySet<string>;
  readonly #reader: TenantReader;
  readonly #limits: RateLimits;
  readonly #journal: Journal;
  readonly #sender: WriteSender;
  readonly #writes: Confirmation<PlannedWrite>;
  readonly #saver: SecretSaver;
  readonly #queues = new KeyedMutex();
  #preparation: Promise<WritePreparation> | undefined;

  constructor(options: GuardOptions) {
    const { session, policy, permitted, secrets, lines, now = Date.now } = options;
    this.#options = options;
    this.policy = policy;
    this.#permitted = new Set(permitted);
    this.#reader = new TenantReader(session);
    this.#limits = new RateLimits(policy.limits, now);
    this.#journal = new Journal(lines, now);
    this.#sender = new WriteSender(session, this.#reader, this.#journal, secrets);
    this.#writes = new Confirmation(now);
    this.#saver = new SecretSaver(secrets, policy, this.#limits, this.#journal, now);
  }

  /** Made with the first write, since it needs the whole catalog. */
  #prepared(): Promise<WritePreparation> {
    this.#preparation ??= this.#options.load().then((catalog) => {
      const limits = this.#limits;
      const refusal = (entry: NamedOperation) => this.refusal(entry);
      return new WritePreparation(catalog, { ...this.#options, limits, refusal });
    });
    return this.#preparation;
  }

  /** Why an operation may not be run; undefined when it may. */
  refusal(entry: NamedOperation): LogtoError | undefined {
    const rule = this.policy.forbids(entry);
    if (rule !== undefined) {
      return forbiddenError(entry.name, rule);
    }
    return this.#permitted.has(entry.name) ? undefined : excludedError(entry.name);
  }

  #require(entry: NamedOperation): void {
    const refusal = this.refusal(entry);
    if (refusal !== undefined) {
      throw refusal;
    }
  }

  /** The operation with all its facts. */
  async #known({ name }: NamedOperation): Promise<CatalogOperation> {
    const entry = (await this.#prepared()).graph.named(name);
    if (entry === undefined) {
      throw new Error(`The catalog has no ${name}.`);
    }
    return entry;
  }

  /**
   * Whether everything that the policy names exists.
   *
   * @throws LogtoError of kind `configuration` that names what does not
   */
  async checkPolicy(signal: AbortSignal): Promise<void> {
    if (this.policy.namesEntities) {
      await (await this.#prepared()).checkPolicy(this.#reader.unlimited(signal));
    }
  }

  /**
   * Performs one operation, or answers with the plan for it.
   *
   * @throws LogtoError for everything that is refused; ConfirmationRequired where the client can ask the person
   */
  perform(
    entry: NamedOperation,
    values: Values,
    caller: Caller,
    options: WriteOptions = {},
  ): Promise<Outcome> {
    const work = () =>
      entry.operation.effect === 'reads'
        ? this.#read(entry, values, caller.signal)
        : this.#write(entry, values, caller, options);
    return withReadableErrors(work, entry, values);
  }

  async #read(entry: NamedOperation, values: Values, signal: AbortSignal): Promise<Outcome> {
    this.#require(entry);
    const reply = await this.#options.session.send(entry.operation, values, signal);
    return this.#shown(entry, reply, []);
  }

  async #write(
    outline: NamedOperation,
    values: Values,
    caller: Caller,
    options: WriteOptions,
  ): Promise<Outcome> {
    this.#require(outline);
    const entry = await this.#known(outline);
    // One after another on the same entity: what is read for a merge must still be so when it is sent.
    return this.#queues.run(queueKeyOf(entry, values), async () => {
      caller.signal.throwIfAborted();
      // What would be sent is what was shown: the same arguments, merged or not, are two calls.
      const call = [entry.name, values, options.replaceWhole === true];
      const confirmed = this.#writes.confirmed(entry.name, call, confirmedBy(caller, options));
      const reads = this.#readsFor(entry, caller.signal, confirmed);
      const write = await this.prepare(entry, values, options, reads);
      if (confirmed !== undefined) {
        await this.#requireUnchanged(planId(caller, options), confirmed, write);
      } else if (write.asks) {
        return this.#plan(call, write, caller);
      }
      return this.send(write, caller);
    });
  }

  #readsFor(
    { operation }: CatalogOperation,
    signal: AbortSignal,
    confirmed: PlannedWrite | undefined,
  ): Reads {
    if (confirmed !== undefined) {
      return this.#reader.forConfirmation(signal, confirmed.write.reads);
    }
    return this.policy.mayAsk(operation)
      ? this.#reader.forPlan(signal)
      : this.#reader.unlimited(signal);
  }

  /**
   * Checks a write and finds out everything that decides about it. Nothing is sent but reads.
   *
   * @param reads the reads for this write alone
   * @throws LogtoError for everything that is refused
   */
  async prepare(
    entry: CatalogOperation,
    values: Values,
    { replaceWhole = false }: WriteOptions,
    reads: Reads,
  ): Promise<PreparedWrite> {
    return (await this.#prepared()).prepare(entry, values, replaceWhole, reads);
  }

  async #plan(
    call: unknown,
    write: PreparedWrite,
    { canAsk }: Caller,
    steps: readonly WriteStep[] = [],
  ): Promise<Planned> {
    requireShowable(write);
    const planned = await (await this.#prepared()).describe(write);
    const preview = { ...planned.preview, ...stepsShown(steps) };
    const shown = { ...planned, preview, steps: callsOf(steps) };
    return { kind: 'planned', ...this.#writes.plan(call, shown, canAsk) };
  }

  async #requireUnchanged(id: string, planned: PlannedWrite, write: PreparedWrite): Promise<void> {
    const state = await (await this.#prepared()).stateOf(write);
    requireUnchanged(id, planned, { write, ...state });
  }

  /**
   * Sends a prepared write, and answers with what has become of it.
   *
   * @param undo the change that it undoes, and how many calls are still to come for that
   */
  async send(
    write: PreparedWrite,
    { signal, client }: Pick<Caller, 'signal' | 'client'>,
    undo?: { readonly undoes: string; readonly left: number },
  ): Promise<Done> {
    const { entry, values, notes } = write;
    const { limit } = entry.operation;
    const { profile } = this.policy;
    if (limit !== undefined) {
      this.#limits.countCall(entry, limit, values);
    }
    this.#limits.count(entry.name, write.removals);
    const sent = await this.#sender.send(write, { signal, client, profile, undo });
    const profiled = profile === undefined ? [] : [`Profile: ${profile}.`];
    return this.#shown(entry, sent.reply, [...notes, ...sent.notes, ...profiled]);
  }

  /** An answer as it may be seen: secrets withheld, and everything visible. */
  #shown({ operation }: NamedOperation, reply: Reply, said: readonly string[]): Done {
    const { secrets } = this.#options;
    const { body, note } = secrets.withhold(operation, reply.body);
    const notes = [...said, reply.note, note].filter((line) => line !== undefined);
    return { kind: 'done', reply: { ...reply, body: markInvisibleDeep(body) }, notes };
  }

  /** What a write would do, without doing it. */
  preview(
    outline: NamedOperation,
    values: Values,
    caller: Caller,
    options: WriteOptions = {},
  ): Promise<Preview> {
    const work = async () => {
      this.#require(outline);
      const entry = await this.#known(outline);
      const write = await this.prepare(entry, values, options, this.#reader.forPlan(caller.signal));
      return (await (await this.#prepared()).describe(write)).preview;
    };
    return withReadableErrors(work, outline, values);
  }

  /** The changes that were made on this tenant from this machine, the newest first. */
  changes(): JournalEntry[] {
    return this.#journal.list();
  }

  /**
   * How a change may be shown: why it cannot be undone, and why its values are hidden, because they could neither be
   * written nor read now.
   */
  async describeChange(change: JournalEntry): Promise<{
    readonly blocker: string | undefined;
    readonly hidden: LogtoError | undefined;
  }> {
    const preparation = await this.#prepared();
    const entry = preparation.graph.named(change.operation);
    const refusal = entry && this.refusal(entry);
    const read = entry && preparation.graph.observing(entry);
    const isReadable = read !== undefined && this.refusal(read) === undefined;
    return {
      blocker: undoBlocker(change, preparation.changeBy(change.operation)),
      hidden: isReadable ? undefined : refusal,
    };
  }

  #record(id: string): JournalEntry {
    const record = this.#journal.list().find((change) => change.id === id);
    if (record === undefined) {
      throw unknownChange(id);
    }
    return record;
  }

  /**
   * Undoes a change.
   *
   * @throws LogtoError when it cannot be undone, or what it changed has changed since
   */
  undo(id: string, caller: Caller, options: WriteOptions = {}): Promise<Outcome> {
    return withReadableErrors(async () => {
      const record = this.#record(id);
      const entry = (await this.#prepared()).graph.named(record.operation);
      const key = entry === undefined ? id : queueKeyOf(entry, record.arguments);
      return this.#queues.run(key, () => this.#undo(id, caller, options));
    });
  }

  async #undo(id: string, caller: Caller, options: WriteOptions): Promise<Outcome> {
    const preparation = await this.#prepared();
    // Read again: another undo may have come before in the queue.
    const record = this.#record(id);
    const call = ['undo', id];
    const confirmed = this.#writes.confirmed(
      `the undo of ${id}`,
      call,
      confirmedBy(caller, options),
    );
    const reads =
      confirmed === undefined
        ? this.#reader.forPlan(caller.signal)
        : this.#reader.forConfirmation(caller.signal, confirmed.write.reads);
    const change = preparation.changeBy(record.operation);
    const { steps, notes } = await undoPlanFor(record, change, reads);
    for (const { entry } of steps) {
      this.#require(entry);
    }
    const [first, ...others] = steps;
    if (first === undefined) {
      throw new Error('An undo without steps.');
    }
    if (confirmed !== undefined) {
      requireSameSteps(planId(caller, options), confirmed, steps);
    }
    const write = await this.prepare(first.entry, first.values, { replaceWhole: true }, reads);
    const more = others.filter(({ entry }) => entry.operation.effect === 'removes').length;
    const removals = write.removals === undefined ? undefined : write.removals + more;
    this.#limits.check(first.entry.name, removals, steps.length);
    if (confirmed !== undefined) {
      await this.#requireUnchanged(planId(caller, options), confirmed, write);
    } else if (write.asks || (await preparation.asksLater(others, reads))) {
      return this.#plan(call, write, caller, steps);
    }
    return this.#sendUndo(id, { steps, first: write, notes }, caller);
  }

  async #sendUndo(
    id: string,
    undo: { steps: readonly WriteStep[]; first: PreparedWrite; notes: readonly string[] },
    caller: Caller,
  ): Promise<Done> {
    const { steps, first, notes } = undo;
    let outcome: Done | undefined;
    for (const [index, { entry, values }] of steps.entries()) {
      try {
        const reads = this.#reader.unlimited(caller.signal);
        const write =
          index === 0 ? first : await this.prepare(entry, values, { replaceWhole: true }, reads);
        outcome = await this.send(write, caller, { undoes: id, left: steps.length - index - 1 });
      } catch (error) {
        throw index > 0 && error instanceof LogtoError
          ? partlyUndone(error, id, index, steps.length)
          : error;
      }
    }
    if (outcome === undefined) {
      throw new Error('An undo without steps.');
    }
    return { ...outcome, notes: [...notes, ...outcome.notes] };
  }

  /**
   * Writes a withheld secret into a file. It has an effect, so it obeys the policy and its ceilings, and is in the journal
   * without the value.
   *
   * @param tool the name under which it is called
   * @throws LogtoError for what may not be saved, or not there
   */
  saveSecret(
    tool: string,
    request: SaveRequest,
    caller: Caller,
    options: WriteOptions = {},
  ): Promise<SavedSecret | Planned> {
    const by = confirmedBy(caller, options);
    return withReadableErrors(async () => this.#saver.save(tool, request, caller, by));
  }
}

const confirmedBy = ({ answer }: Caller, { plan }: WriteOptions) => ({ plan, answer });

/** The plan that a call confirms. */
const planId = ({ answer }: Caller, { plan }: WriteOptions): string => answer?.plan ?? plan ?? '';

const callsOf = (steps: readonly WriteStep[]) =>
  steps.map(({ entry, values }) => ({ operation: entry.name, arguments: values }));

/** All calls of an undo, where there are several. */
function stepsShown(steps: readonly WriteStep[]): Partial<Preview> {
  const all = callsOf(steps);
  return steps.length > 1 ? { steps: markInvisibleDeep(all) as typeof all } : {};
}
