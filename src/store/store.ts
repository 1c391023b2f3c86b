/**
 * Where state that outlives one call is kept: the journal, plans, counters and locks. Memory and files serve one process;
 * PostgreSQL serves any number of processes.
 */

/** The journal as lines of JSON, the oldest first. */
export interface JournalLines {
  /** @param isDurable whether the line must survive a stop of the machine once this has ended; default true */
  append(line: string, isDurable?: boolean): void | Promise<void>;
  read(): readonly string[] | Promise<readonly string[]>;
}

/** The identity of a plan. A plan of another owner or of another kind does not exist for the caller. */
export interface PlanKey {
  /** What is planned: a write, the undo of a run, a script. */
  readonly kind: string;
  /** Its owner; empty if there is only one person. */
  readonly owner: string;
  readonly id: string;
}

export interface StoredPlan {
  /** Fingerprint of the call that it was made for. */
  readonly call: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** JSON data. */
  readonly payload: unknown;
}

export interface PlanStore {
  put(key: PlanKey, plan: StoredPlan): Promise<void>;
  /** Removes a plan and returns it. Of several concurrent callers one gets it, the others undefined. */
  take(key: PlanKey): Promise<StoredPlan | undefined>;
}

/** The maximum of a counter. */
export interface Ceiling {
  /** Milliseconds that are looked back; undefined since the start of the server. */
  readonly windowMs: number | undefined;
  readonly max: number;
}

/** What is added to a counter, and the ceilings that it must not pass. */
export interface CounterAddition {
  readonly counter: string;
  readonly amount: number;
  readonly ceilings: readonly Ceiling[];
}

export interface CounterUse {
  readonly used: number;
  /** Epoch milliseconds of the oldest addition in the window; undefined where there is none. */
  readonly oldestAt: number | undefined;
}

/** The ceiling that an addition would pass. */
export interface ExceededCeiling extends CounterUse {
  readonly counter: string;
  readonly ceiling: Ceiling;
}

export interface CounterStore {
  /** @param windowMs milliseconds that are looked back; undefined since the start of the server */
  use(counter: string, windowMs: number | undefined): Promise<CounterUse>;
  /** Adds everything, or nothing where one ceiling would be passed. @returns that ceiling */
  add(additions: readonly CounterAddition[]): Promise<ExceededCeiling | undefined>;
}

export interface LockStore {
  /** Runs `work` once all work on the same `key` that came before has ended, however it ended. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
  /**
   * Runs `work` at the same time as other work of its `group` on the same `key`, and after all other work that came before.
   *
   * @param group names work of this process that may run in any order
   */
  runShared<T>(key: string, group: string, work: () => Promise<T>): Promise<T>;
}

export interface RateStore {
  /**
   * Takes one from the bucket of a key, which fills evenly and is full at first.
   *
   * @param perMinute how many it fills with in a minute, which is also how many it holds
   * @returns seconds until there is one; undefined where one was taken
   */
  take(key: string, perMinute: number): Promise<number | undefined>;
}

/** Everything but the journal, which files keep too. */
export interface SharedState {
  readonly rates: RateStore;
  readonly plans: PlanStore;
  readonly counters: CounterStore;
  readonly locks: LockStore;
}
