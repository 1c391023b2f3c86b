/**
 * Sends a recorded run: side by side where targets differ, in order where they are the same, with the ids that Logto has
 * given in the place of placeholders. What is left when the time is over goes on with the same plan.
 */
import { setMaxListeners } from 'node:events';
import type { Actor } from '../guard/actor.js';
import type { Guard } from '../guard/guard.js';
import { queueKeyOf, type Values } from '../guard/operation-graph.js';
import { isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import { type RecordedWrite, substitute } from './recorded-run.js';

/** Writes that are under way at a time. */
const MAX_PARALLEL = 8;

/** What has become of one write. */
export type WriteResult =
  | { readonly state: 'waiting' }
  | { readonly state: 'done' }
  | { readonly state: 'failed'; readonly message: string; readonly hint: string | undefined }
  /** Not sent, since something that it needs was not made. */
  | { readonly state: 'skipped'; readonly message: string };

export interface SendOptions {
  readonly client: string;
  readonly actor: Actor | undefined;
  /** Ends the run between two writes; what was sent stays, and is on record. */
  readonly signal: AbortSignal;
  /** Whether to go on after a write that Logto refuses. */
  readonly goOn: boolean;
  /** Epoch milliseconds after which no further write is begun. */
  readonly until: number;
  readonly now: () => number;
  readonly progress: (done: number, total: number) => void;
}

/** A run that is being sent, with how far it has come. It can be gone on with. */
export class RunSender {
  readonly results: WriteResult[];
  /** The ids that Logto has given, by placeholder. */
  readonly ids = new Map<string, string>();
  readonly #writes: readonly RecordedWrite[];

  constructor(
    private readonly guard: Guard,
    private readonly runId: string,
    writes: readonly RecordedWrite[],
    private readonly isUnsent: (text: string) => boolean,
  ) {
    this.#writes = writes;
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

  /** Sends what is waiting, until the end, the first failure, the end of the time or a cancellation. */
  async send(options: SendOptions): Promise<void> {
    const { signal, goOn, until, now, progress } = options;
    const total = this.#writes.length;
    // Every write that is under way listens to one signal; Node would warn of a leak on stderr.
    setMaxListeners(0, signal);
    const lastOf = new Map<string, Promise<void>>();
    const makers = new Map<string, Promise<void>>();
    const running = new Set<Promise<void>>();
    for (const [index, recorded] of this.#writes.entries()) {
      if (this.results[index]?.state !== 'waiting') {
        continue;
      }
      while (running.size >= MAX_PARALLEL) {
        await Promise.race(running);
      }
      if (signal.aborted || now() > until || (this.failed && !goOn)) {
        break;
      }
      const { entry, values } = recorded.write;
      const key = queueKeyOf(entry, values);
      const needed = this.#placeholdersIn(values);
      const before = [lastOf.get(key), ...needed.map((one) => makers.get(one))];
      const task = Promise.all(before).then(async () => {
        await this.#sendOne(index, recorded, options);
        progress(this.done, total);
      });
      lastOf.set(key, task);
      for (const placeholder of recorded.makes) {
        makers.set(placeholder, task);
      }
      running.add(task);
      void task.finally(() => running.delete(task));
    }
    await Promise.all(running);
  }

  #placeholdersIn(value: unknown): string[] {
    if (typeof value === 'string') {
      return this.isUnsent(value) ? [...this.#known()].filter((one) => value.includes(one)) : [];
    }
    if (typeof value === 'object' && value !== null) {
      return Object.values(value).flatMap((one) => this.#placeholdersIn(one));
    }
    return [];
  }

  #known(): readonly string[] {
    return this.#writes.flatMap(({ makes }) => makes);
  }

  async #sendOne(index: number, { write, makes }: RecordedWrite, options: SendOptions) {
    if (this.failed && !options.goOn) {
      return;
    }
    const missing = this.#placeholdersIn(write.values).filter((one) => !this.ids.has(one));
    if (missing.length > 0) {
      this.results[index] = {
        state: 'skipped',
        message: 'Not sent: something that it needs was not made.',
      };
      return;
    }
    try {
      // Placeholders stand in arguments alone, which stay an object.
      const values = substitute(write.values, this.ids) as Values;
      const { reply } = await this.guard.runs.send(write, values, this.runId, options);
      const made = Array.isArray(reply.body) ? reply.body : [reply.body];
      for (const [place, placeholder] of makes.entries()) {
        const thing: unknown = made[place];
        const id = isObject(thing) ? (thing['id'] ?? thing['name']) : undefined;
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
