/**
 * Decides whether a call may happen. Every call of every tool passes here: a read only the policy, a write the steps of
 * prepare-write.ts, its confirmation, and the journal.
 */
import type { LogtoError } from '../logto/errors.js';
import type { Reply, Session } from '../logto/session.js';
import { memoryState } from '../store/memory.js';
import type { JournalLines, LockStore, SharedState } from '../store/store.js';
import { ownerOf } from './actor.js';
import {
  type Caller,
  confirmedBy,
  type Done,
  type Outcome,
  type Planned,
  planIdOf,
  type WriteOptions,
} from './call.js';
import { isAbsent } from './changes/absent.js';
import {
  Confirmation,
  ConfirmationRequired,
  type ElicitationAnswer,
  requireShowable,
  requireUnchanged,
  type ShownWrite,
} from './confirm/confirmation.js';
import { PLAN_LIFETIME_S, type PlansOptions } from './confirm/plans.js';
import type { Preview } from './confirm/preview.js';
import { excludedError, forbiddenError, nothingToRemove, withReadableErrors } from './errors.js';
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
import type { OwnAccess } from './policy/privilege-grants.js';
import { RateLimits } from './policy/rate-limits.js';
import { WritePreparation } from './prepare-write.js';
import { type SavedSecret, SecretSaver } from './save-secret.js';
import type { SaveRequest, Secrets } from './secrets/secrets.js';
import { type WriteLink, WriteSender } from './send-write.js';
import { type Reads, TenantReader } from './tenant-reader.js';
import { Journal, type JournalEntry } from './undo/journal.js';
import { type ChangeDescription, type PlannedUndo, UndoRunner } from './undo/undo-runner.js';
import { refuseMembersPresent } from './whole-refusal.js';
import { WriteRuns } from './write-runs.js';

export { type Caller, ConfirmationRequired, type ElicitationAnswer, type Outcome, PLAN_LIFETIME_S };

export interface GuardOptions {
  readonly session: Session;
  /**
   * The session for the reads that the guard makes by itself, where another one checks calls against the served document:
   * what Logto does not serve it answers by itself, so the document need not be read for them. Default `session`.
   */
  readonly readSession?: Session;
  /**
   * Loads the catalog, for the first write: its facts have functions, which the manifest of tools cannot store. It answers
   * another object when a served document has added operations or fields.
   */
  readonly load: () => Promise<Catalog>;
  /** Names of the operations that may be run at all: by a tool, a runner, a resource, a preview or an undo. */
  readonly permitted: Iterable<string>;
  /** Whether an operation that only a served document has may be run. */
  readonly permitsServed?: (name: string) => boolean;
  readonly policy: Policy;
  readonly self: OwnAccess;
  readonly secrets: Secrets;
  readonly lines: JournalLines;
  /** Plans, counters and locks; by default in the memory of this process. */
  readonly state?: SharedState;
  readonly now?: () => number;
}

export class Guard {
  readonly policy: Policy;
  /** Many writes as one, for scripts. */
  readonly runs: WriteRuns;
  /** Where plans are kept, for scripts. */
  readonly plans: Omit<PlansOptions, 'kind'>;
  readonly #options: GuardOptions;
  readonly #permitted: ReadonlySet<string>;
  readonly #reader: TenantReader;
  readonly #limits: RateLimits;
  readonly #journal: Journal;
  readonly #sender: WriteSender;
  readonly #writes: Confirmation<ShownWrite>;
  readonly #saver: SecretSaver;
  readonly #undo: UndoRunner;
  readonly #queues: LockStore;
  #preparation: { readonly catalog: Catalog; readonly made: WritePreparation } | undefined;

  constructor(options: GuardOptions) {
    const { session, policy, permitted, secrets, lines, now = Date.now } = options;
    const state = options.state ?? memoryState(now);
    const plans = { store: state.plans, now };
    this.plans = plans;
    this.#queues = state.locks;
    this.#options = options;
    this.policy = policy;
    this.#permitted = new Set(permitted);
    this.#reader = new TenantReader(options.readSession ?? session);
    this.#limits = new RateLimits(policy.limits, state.counters, now, policy.personLimits);
    this.#journal = new Journal(lines, now);
    this.#sender = new WriteSender(session, this.#reader, this.#journal, secrets);
    this.#writes = new Confirmation({ ...plans, kind: 'write' });
    this.runs = new WriteRuns({
      session,
      limits: this.#limits,
      preparation: () => this.#prepared(),
      requirePermitted: (entry) => this.#require(entry),
      read: async (entry, values, other, signal) =>
        this.#shown(entry, await other.send(entry.operation, values, signal), []),
      send: (write, caller, run) =>
        // The run itself sends writes on the same target in order.
        this.#queues.runShared(
          queueKeyOf(write.entry, write.values),
          `${run.id} ${write.entry.name}`,
          () => this.send(write, caller, { run: run.id, of: run.writes, tool: run.tool }),
        ),
    });
    this.#saver = new SecretSaver(secrets, policy, this.#limits, this.#journal, plans);
    this.#undo = new UndoRunner({
      preparation: () => this.#prepared(),
      reader: this.#reader,
      limits: this.#limits,
      journal: this.#journal,
      writes: this.#writes,
      runs: new Confirmation({ ...plans, kind: 'undo of a run' }),
      asksForRuns: policy.confirm !== 'never',
      queues: this.#queues,
      refusal: (entry) => this.refusal(entry),
      plan: (...call) => this.#plan(...call),
      requireUnchanged: (...call) => this.#requireUnchanged(...call),
      send: (...call) => this.send(...call),
    });
  }

  /** Made with the first write, since it needs the whole catalog, and again when a served document adds to the catalog. */
  async #prepared(): Promise<WritePreparation> {
    const catalog = await this.#options.load();
    if (this.#preparation?.catalog !== catalog) {
      const limits = this.#limits;
      const refusal = (entry: NamedOperation) => this.refusal(entry);
      const made = new WritePreparation(catalog, { ...this.#options, limits, refusal });
      this.#preparation = { catalog, made };
    }
    return this.#preparation.made;
  }

  /** The id of the application that this server signs in with. */
  get applicationId(): string {
    return this.#options.self.appId;
  }

  /** Why an operation may not be run; undefined when it may. */
  refusal(entry: NamedOperation): LogtoError | undefined {
    const rule = this.policy.forbids(entry);
    if (rule !== undefined) {
      return forbiddenError(entry.name, rule);
    }
    return this.#permitted.has(entry.name) || this.#options.permitsServed?.(entry.name) === true
      ? undefined
      : excludedError(entry.name);
  }

  #require(entry: NamedOperation): void {
    const refusal = this.refusal(entry);
    if (refusal !== undefined) {
      throw refusal;
    }
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

  /**
   * Reads with secrets in clear, for what compares whole configurations and shows none of them.
   *
   * @param session of another tenant; default this one
   * @throws LogtoError for an operation that may not be run
   */
  async readForComparison(
    entry: NamedOperation,
    values: Values,
    signal: AbortSignal,
    session: Session = this.#options.session,
  ): Promise<Reply> {
    this.#require(entry);
    return session.send(entry.operation, values, signal);
  }

  async #write(
    outline: NamedOperation,
    values: Values,
    caller: Caller,
    options: WriteOptions,
  ): Promise<Outcome> {
    const entry = (await this.#prepared()).graph.keyed(outline.name);
    // One after another on the same entity: what is read for a merge must still be so when it is sent.
    return this.#queues.run(queueKeyOf(entry, values), async () => {
      caller.signal.throwIfAborted();
      // What would be sent is what was shown: the same arguments, merged or not, are two calls.
      const { method, url, notInCatalog } = entry.operation;
      const call = [
        entry.name,
        values,
        options.replaceWhole === true,
        // A document that is read again may give the name to another route.
        ...(notInCatalog === true ? [`${method} ${url}`] : []),
      ];
      const confirmed = await this.#writes.confirmed(
        entry.name,
        call,
        confirmedBy(caller, options),
      );
      const reads = this.#readsFor(entry, caller.signal, confirmed?.state);
      const write = await this.prepare(entry, values, options, reads, caller);
      if (confirmed !== undefined) {
        await this.#requireUnchanged(planIdOf(caller, options), confirmed.state, write);
      } else if (write.asks) {
        return this.#plan(call, write, caller);
      }
      return this.send(write, caller);
    });
  }

  #readsFor(
    { operation }: CatalogOperation,
    signal: AbortSignal,
    confirmed: ShownWrite | undefined,
  ): Reads {
    if (confirmed !== undefined) {
      return this.#reader.forConfirmation(signal, confirmed.lists);
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
    { actor }: Pick<Caller, 'actor'>,
  ): Promise<PreparedWrite> {
    const preparation = await this.#prepared();
    const write = await preparation.prepare(entry, values, { replaceWhole, actor }, reads);
    refuseMembersPresent(write);
    return write;
  }

  async #plan(
    call: unknown,
    write: PreparedWrite,
    caller: Caller,
    undo?: PlannedUndo,
  ): Promise<Planned> {
    requireShowable(write);
    const preparation = await this.#prepared();
    if (await isAbsent(write, preparation.graph)) {
      throw nothingToRemove(write.entry.name);
    }
    const planned = await preparation.describe(write);
    const { steps = [], undoes, undone, because = [] } = undo ?? {};
    const calls = callsOf(steps);
    // All calls of an undo, where there are several.
    const shownCalls =
      calls.length > 1
        ? await preparation.showSteps(
            steps.map(({ entry, values }) => ({ operation: entry.name, entry, values })),
            write.reads,
          )
        : [];
    const preview = {
      ...planned.preview,
      ...(undoes !== undefined && { undoes, undone }),
      ...(because.length > 0 && { asks_because: because }),
      ...(calls.length > 1 && { steps: shownCalls }),
    };
    const { before, displaced, counts, observed } = planned;
    const state = { before, displaced, counts, observed, lists: write.reads.lists, steps: calls };
    const asks = { confirmVia: caller.confirmVia, owner: ownerOf(caller) };
    const shown = { preview, expected: planned.expected };
    return { kind: 'planned', ...(await this.#writes.plan(call, shown, state, asks)) };
  }

  async #requireUnchanged(id: string, shown: ShownWrite, write: PreparedWrite): Promise<void> {
    requireUnchanged(id, shown, await (await this.#prepared()).stateOf(write));
  }

  /**
   * Sends a prepared write, and answers with what has become of it.
   *
   * @param link the change that it undoes, or the run that it belongs to
   */
  async send(
    write: PreparedWrite,
    { signal, client, actor }: Pick<Caller, 'signal' | 'client' | 'actor'>,
    link?: WriteLink,
  ): Promise<Done> {
    const { entry, values, notes } = write;
    const { limit } = entry.operation;
    const { profile } = this.policy;
    if (limit !== undefined) {
      await this.#limits.countCall(entry, limit, values);
    }
    await this.#limits.count(entry.name, write.removals, ownerOf({ actor }));
    const sent = await this.#sender.send(write, { signal, client, actor, profile, link });
    const profiled = profile === undefined ? [] : [`Profile: ${profile}.`];
    const done = this.#shown(entry, sent.reply, [...notes, ...sent.notes, ...profiled]);
    return { ...done, change: sent.change };
  }

  /** An answer without its secrets. */
  #shown({ operation }: NamedOperation, reply: Reply, said: readonly string[]): Done {
    const { secrets } = this.#options;
    const { body, note } = secrets.redact(operation, reply.body);
    const notes = [...said, reply.note, note].filter((line) => line !== undefined);
    return { kind: 'done', reply: { ...reply, body }, notes };
  }

  /** What a write would do, without doing it. */
  preview(
    outline: NamedOperation,
    values: Values,
    caller: Caller,
    options: WriteOptions = {},
  ): Promise<Preview> {
    const work = async () => {
      const entry = (await this.#prepared()).graph.keyed(outline.name);
      const write = await this.prepare(
        entry,
        values,
        options,
        this.#reader.forPlan(caller.signal),
        caller,
      );
      return (await (await this.#prepared()).describe(write)).preview;
    };
    return withReadableErrors(work, outline, values);
  }

  /** The changes that were made on this tenant from this machine, the newest first. */
  changes(): Promise<JournalEntry[]> {
    return this.#journal.list();
  }

  /** Whether a change can be undone, and whether its values may be shown. */
  describeChange(change: JournalEntry): Promise<ChangeDescription> {
    return this.#undo.describe(change);
  }

  /**
   * Undoes a change.
   *
   * @throws LogtoError when it cannot be undone, or what it changed has changed since
   */
  undo(id: string, caller: Caller, options: WriteOptions = {}): Promise<Outcome> {
    return withReadableErrors(() =>
      id.startsWith('run-')
        ? this.#undo.runAll(id, caller, options)
        : this.#undo.run(id, caller, options),
    );
  }

  /**
   * Writes a redacted secret into a file. It has an effect, so it obeys the policy and its ceilings, and is in the journal
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

const callsOf = (steps: readonly WriteStep[]) =>
  steps.map(({ entry, values }) => ({ operation: entry.name, arguments: values }));
