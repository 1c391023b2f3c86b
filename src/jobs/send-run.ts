/**
 * Sends a recorded run: writes to different targets at the same time, writes to the same target in order, with the ids from
 * Logto instead of placeholders. Writes that are left when the time is over are sent by a further call with the same plan.
 */
import type { Actor } from '../guard/actor.js';
import type { Guard } from '../guard/guard.js';
import { queueKeyOf, type Values } from '../guard/operation-graph.js';
import type { PreparedWrite } from '../guard/pending-write.js';
import type { RunLabel } from '../guard/write-runs.js';
import { fingerprint, isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import { addressOf } from './overlay-session.js';
import { type RecordedWrite, type StoredWrite, storedWrite, substitute } from './recorded-run.js';

/** Writes that are under way at a time. */
const MAX_PARALLEL = 10;

/** The state of one write. */
export type WriteResult =
  | { readonly state: 'waiting' }
  | { readonly state: 'done' }
  | { readonly state: 'failed'; readonly message: string; readonly hint: string | undefined }
  /** Not sent, because an entity that it needs was not created. */
  | { readonly state: 'skipped'; readonly message: string };

export interface SendOptions {
  readonly client: string;
  readonly actor: Actor | undefined;
  /** Ends the run between two writes: writes in progress are finished, and the others are not sent. */
  readonly signal: AbortSignal;
  /** Whether to continue after a write that Logto refuses. */
  readonly continues: boolean;
  /** Epoch milliseconds after which no further write is started. */
  readonly until: number;
  readonly now: () => number;
  readonly progress: (done: number, total: number) => void;
}

/** The started writes on one entity. */
interface Lane {
  /** The operation whose writes on different addresses may run at the same time. */
  operation: string;
  /** Resolves when everything that was started before this operation has ended. */
  before: Promise<unknown>;
  /** The last write for each address, of this operation. */
  readonly addresses: Map<string, Promise<void>>;
}

/** A request of a run is not aborted together with the call: its outcome would be unknown. */
const NEVER = new AbortController().signal;

/** Why a write was skipped. */
const SKIPPED = 'Not sent: something that it needs was not made.';

/** A run that is being sent, and its progress. It can be continued. */
export class RunSender {
  readonly results: WriteResult[];
  /** The ids from Logto, by placeholder. */
  readonly ids = new Map<string, string>();
  readonly #writes: readonly RecordedWrite[];
  readonly #placeholders: readonly string[];

  constructor(
    private readonly guard: Guard,
    private readonly run: RunLabel,
    writes: readonly RecordedWrite[],
    private readonly isUnsent: (text: string) => boolean,
  ) {
    this.#writes = writes;
    this.#placeholders = writes.flatMap(({ makes }) => makes);
    this.results = writes.map(() => ({ state: 'waiting' }));
  }

  get done(): number {
    return this.results.filter(({ state }) => state === 'done').length;
  }

  get failed(): boolean {
    return this.results.some(({ state }) => state === 'failed' || state === 'skipped');
  }

  get waiting(): number {
    return this.results.filter(({ state }) => state === 'waiting').length;
  }

  /** The waiting writes whose target no earlier write of this run has changed. */
  get untouched(): readonly RecordedWrite[] {
    const keyOf = ({ write }: RecordedWrite) => queueKeyOf(write.entry, write.input);
    const waiting = new Set(
      this.#writes.filter((_, index) => this.results[index]?.state === 'waiting'),
    );
    const touched = new Set(this.#writes.filter((write) => !waiting.has(write)).map(keyOf));
    return [...waiting].filter((write) => !touched.has(keyOf(write)));
  }

  /**
   * The waiting writes as JSON data, with the ids from Logto, for another process that continues. Writes that need an
   * entity that was not created are skipped.
   */
  storeWaiting(): readonly StoredWrite[] {
    const comparable = new Set(this.untouched);
    const knownPlaceholders = new Set(this.ids.keys());
    const stored: StoredWrite[] = [];
    for (const [index, recorded] of this.#writes.entries()) {
      if (this.results[index]?.state !== 'waiting') {
        continue;
      }
      const { write, makes } = recorded;
      const needed = this.#placeholdersIn(write.input);
      if (needed.some((placeholder) => !knownPlaceholders.has(placeholder))) {
        this.results[index] = { state: 'skipped', message: SKIPPED };
        continue;
      }
      for (const placeholder of makes) {
        knownPlaceholders.add(placeholder);
      }
      stored.push({
        ...storedWrite(recorded),
        // Placeholders occur in arguments only, and the arguments remain an object.
        values: substitute(write.input, this.ids) as Values,
        comparesBefore: comparable.has(recorded) && needed.length === 0,
      });
    }
    return stored;
  }

  /** Sends the waiting writes until the end, the first failure, the end of the time or a cancellation. */
  async send(options: SendOptions): Promise<void> {
    const { signal, continues, until, now, progress } = options;
    const total = this.#writes.length;
    const lanes = new Map<string, Lane>();
    const makers = new Map<string, Promise<void>>();
    const running = new Set<Promise<void>>();
    const unexpected: unknown[] = [];
    const mayStart = () =>
      !signal.aborted && now() <= until && unexpected.length === 0 && (continues || !this.failed);
    for (const [index, recorded] of this.#writes.entries()) {
      if (this.results[index]?.state !== 'waiting') {
        continue;
      }
      while (running.size >= MAX_PARALLEL) {
        await Promise.race(running);
      }
      if (!mayStart()) {
        break;
      }
      const needed = this.#placeholdersIn(recorded.write.values).map((placeholder) =>
        makers.get(placeholder),
      );
      const task = Promise.all([this.#before(recorded, lanes), ...needed])
        // It may have waited for others meanwhile.
        .then(() => (mayStart() ? this.#sendOne(index, recorded, options) : undefined))
        .then(() => progress(this.done, total))
        .catch((error: unknown) => void unexpected.push(error));
      this.#follow(recorded, lanes, task);
      for (const placeholder of recorded.makes) {
        makers.set(placeholder, task);
      }
      running.add(task);
      void task.then(() => running.delete(task));
    }
    await Promise.all(running);
    if (unexpected.length > 0) {
      throw unexpected[0];
    }
  }

  /** What a write waits for: all writes on the same entity, except those of the same operation on another part of it. */
  #before({ write }: RecordedWrite, lanes: Map<string, Lane>): Promise<unknown> | undefined {
    const lane = lanes.get(queueKeyOf(write.entry, write.values));
    if (lane === undefined) {
      return undefined;
    }
    return lane.operation === write.entry.name
      ? Promise.all([lane.before, lane.addresses.get(partOf(write))])
      : Promise.all([lane.before, ...lane.addresses.values()]);
  }

  #follow({ write }: RecordedWrite, lanes: Map<string, Lane>, task: Promise<void>): void {
    const key = queueKeyOf(write.entry, write.values);
    const lane = lanes.get(key);
    if (lane !== undefined && lane.operation === write.entry.name) {
      lane.addresses.set(partOf(write), task);
      return;
    }
    lanes.set(key, {
      operation: write.entry.name,
      before: Promise.all([lane?.before, ...(lane?.addresses.values() ?? [])]),
      addresses: new Map([[partOf(write), task]]),
    });
  }

  #placeholdersIn(value: unknown): string[] {
    if (typeof value === 'string') {
      return this.isUnsent(value)
        ? this.#placeholders.filter((placeholder) => value.includes(placeholder))
        : [];
    }
    if (typeof value === 'object' && value !== null) {
      return Object.values(value).flatMap((member) => this.#placeholdersIn(member));
    }
    return [];
  }

  async #sendOne(index: number, { write, makes }: RecordedWrite, options: SendOptions) {
    const missing = this.#placeholdersIn(write.values).filter(
      (placeholder) => !this.ids.has(placeholder),
    );
    if (missing.length > 0) {
      this.results[index] = {
        state: 'skipped',
        message: SKIPPED,
      };
      return;
    }
    try {
      // Placeholders occur in arguments only, and the arguments remain an object.
      const values = substitute(write.values, this.ids) as Values;
      const { reply } = await this.guard.runs.send(write, values, this.run, {
        client: options.client,
        actor: options.actor,
        signal: NEVER,
      });
      const created = Array.isArray(reply.body) ? reply.body : [reply.body];
      for (const [index, placeholder] of makes.entries()) {
        const entity: unknown = created[index];
        const id = isObject(entity) ? (entity['id'] ?? entity['name']) : undefined;
        if (typeof id === 'string') {
          this.ids.set(placeholder, id);
        }
      }
      this.results[index] = { state: 'done' };
    } catch (error) {
      if (!(error instanceof LogtoError)) {
        throw error;
      }
      const { message, hint } = error.failure;
      this.results[index] = { state: 'failed', message, hint };
    }
  }
}

/** The part of an entity that a write changes: its address, and for a write that adds to a collection also what it adds. */
const partOf = ({ entry, values, change }: PreparedWrite): string =>
  change.kind === 'create'
    ? `${addressOf(entry.operation, values)} ${fingerprint(values)}`
    : addressOf(entry.operation, values);
