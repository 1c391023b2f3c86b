/** A bounded number of scripts at a time, shared fairly between the people who run them. */
import { LogtoError } from '../logto/errors.js';

export interface ScriptPoolLimits {
  /** Scripts that run at a time. Each has a thread and up to 64 MB of its interpreter. */
  readonly running: number;
  /** Scripts of one person that run at a time: less than `running`, so that another person need not wait for them. */
  readonly runningPerOwner: number;
  /** Scripts that wait, in total and of one person. */
  readonly waiting: number;
  readonly waitingPerOwner: number;
  /** Milliseconds that a script waits. Together with its running time it must be shorter than the timeout of a client. */
  readonly waitMs: number;
}

export const defaultPoolLimits: ScriptPoolLimits = {
  running: 8,
  runningPerOwner: 4,
  waiting: 64,
  waitingPerOwner: 16,
  waitMs: 10_000,
};

interface Waiting {
  readonly owner: string;
  readonly start: () => void;
}

/** The error for a script that cannot be run now. */
const busy = (why: string): LogtoError =>
  new LogtoError({
    kind: 'rate_limit',
    code: 'scripts_busy',
    message: `${why}. Nothing was run.`,
    hint: 'Wait for scripts that are running, then call again. One script can do the work of several.',
    retry_after: 10,
  });

export class ScriptPool {
  /** In the order of their arrival. */
  readonly #waiting: Waiting[] = [];
  readonly #running = new Map<string, number>();
  #total = 0;

  constructor(private readonly limits: ScriptPoolLimits = defaultPoolLimits) {}

  /**
   * Runs a script in its turn: the person with the fewest running scripts is next.
   *
   * @param owner whose script it is
   * @throws LogtoError of kind `rate_limit` if too many scripts wait or this one has waited too long; the reason of the
   * signal
   */
  async run<T>(owner: string, signal: AbortSignal, script: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#mayStart(owner)) {
      this.#start(owner);
    } else {
      await this.#turn(owner, signal);
    }
    try {
      return await script();
    } finally {
      this.#end(owner);
    }
  }

  #countOf(owner: string): number {
    return this.#running.get(owner) ?? 0;
  }

  #mayStart(owner: string): boolean {
    const { running, runningPerOwner } = this.limits;
    return this.#total < running && this.#countOf(owner) < runningPerOwner;
  }

  #start(owner: string): void {
    this.#total += 1;
    this.#running.set(owner, this.#countOf(owner) + 1);
  }

  #end(owner: string): void {
    this.#total -= 1;
    const left = this.#countOf(owner) - 1;
    if (left > 0) {
      this.#running.set(owner, left);
    } else {
      this.#running.delete(owner);
    }
    const [next] = this.#waiting
      .filter((waiting) => this.#mayStart(waiting.owner))
      .sort((a, b) => this.#countOf(a.owner) - this.#countOf(b.owner));
    if (next !== undefined) {
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#start(next.owner);
      next.start();
    }
  }

  /** Waits for the turn and takes it. */
  #turn(owner: string, signal: AbortSignal): Promise<void> {
    const { waiting, waitingPerOwner, waitMs } = this.limits;
    if (this.#waiting.filter((other) => other.owner === owner).length >= waitingPerOwner) {
      throw busy(`${waitingPerOwner} scripts of yours are waiting already`);
    }
    if (this.#waiting.length >= waiting) {
      throw busy(`${waiting} scripts are waiting already`);
    }
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
      };
      const entry: Waiting = {
        owner,
        start: () => {
          settle();
          resolve();
        },
      };
      const leave = (reason: unknown): void => {
        settle();
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(reason);
      };
      const abort = (): void => leave(signal.reason);
      const timer = setTimeout(
        () => leave(busy(`No other script has ended within ${waitMs / 1000} seconds`)),
        waitMs,
      );
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.push(entry);
    });
  }
}
