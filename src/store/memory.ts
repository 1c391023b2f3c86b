/** State in the memory of one process. */
import { KeyedMutex } from './keyed-mutex.js';
import type {
  CounterAddition,
  CounterStore,
  CounterUse,
  ExceededCeiling,
  PlanKey,
  PlanStore,
  RateStore,
  SharedState,
  StoredPlan,
} from './store.js';

/** Plans of one kind that one owner can have open. */
const MAX_PENDING_PLANS = 100;

/** Owners with open plans; those of the oldest are dropped. */
const MAX_OWNERS = 1000;

/** Counters at a time. Rate limits need few; the others count calls for each value of an argument. */
const MAX_COUNTERS = 10_000;

/** Buckets of rates; the one that was used longest ago is dropped, and is full again. */
const MAX_BUCKETS = 10_000;

const MINUTE_MS = 60_000;

class MemoryPlans implements PlanStore {
  readonly #owners = new Map<string, Map<string, StoredPlan>>();

  async put({ kind, owner, id }: PlanKey, plan: StoredPlan): Promise<void> {
    const key = JSON.stringify([kind, owner]);
    const plans = this.#owners.get(key) ?? new Map<string, StoredPlan>();
    const [oldest] = plans.keys();
    if (plans.size >= MAX_PENDING_PLANS && oldest !== undefined) {
      plans.delete(oldest);
    }
    plans.set(id, plan);
    this.#owners.delete(key);
    this.#owners.set(key, plans);
    const [first] = this.#owners.keys();
    if (this.#owners.size > MAX_OWNERS && first !== undefined) {
      this.#owners.delete(first);
    }
  }

  async take({ kind, owner, id }: PlanKey): Promise<StoredPlan | undefined> {
    const plans = this.#owners.get(JSON.stringify([kind, owner]));
    const plan = plans?.get(id);
    plans?.delete(id);
    return plan;
  }
}

interface Addition {
  readonly at: number;
  readonly amount: number;
}

class MemoryCounters implements CounterStore {
  /** The recent additions of each counter, and its sum since the start. */
  readonly #counters = new Map<string, { recent: Addition[]; total: number; windowMs: number }>();

  constructor(private readonly now: () => number) {}

  #use(counter: string, windowMs: number | undefined): CounterUse {
    const { recent = [], total = 0 } = this.#counters.get(counter) ?? {};
    if (windowMs === undefined) {
      return { used: total, oldestAt: undefined };
    }
    const since = this.now() - windowMs;
    const inside = recent.filter(({ at }) => at > since);
    return { used: inside.reduce((sum, { amount }) => sum + amount, 0), oldestAt: inside[0]?.at };
  }

  async use(counter: string, windowMs: number | undefined): Promise<CounterUse> {
    return this.#use(counter, windowMs);
  }

  async add(additions: readonly CounterAddition[]): Promise<ExceededCeiling | undefined> {
    for (const { counter, amount, ceilings } of additions) {
      for (const ceiling of ceilings) {
        const use = this.#use(counter, ceiling.windowMs);
        if (amount > 0 && use.used + amount > ceiling.max) {
          return { ...use, counter, ceiling };
        }
      }
    }
    const at = this.now();
    for (const { counter, amount, ceilings } of additions.filter(
      (addition) => addition.amount > 0,
    )) {
      const present = this.#counters.get(counter);
      const windowMs = Math.max(
        present?.windowMs ?? 0,
        ...ceilings.map((ceiling) => ceiling.windowMs ?? 0),
      );
      const recent = (present?.recent ?? []).filter((addition) => addition.at > at - windowMs);
      recent.push({ at, amount });
      const [first] = this.#counters.keys();
      if (present === undefined && this.#counters.size >= MAX_COUNTERS && first !== undefined) {
        this.#counters.delete(first);
      }
      this.#counters.set(counter, { recent, total: (present?.total ?? 0) + amount, windowMs });
    }
    return undefined;
  }
}

interface Bucket {
  readonly left: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

class MemoryRates implements RateStore {
  readonly #buckets = new Map<string, Bucket>();

  constructor(private readonly now: () => number) {}

  async take(key: string, perMinute: number): Promise<number | undefined> {
    const at = this.now();
    const bucket = this.#buckets.get(key) ?? { left: perMinute, at };
    const left = Math.min(perMinute, bucket.left + ((at - bucket.at) / MINUTE_MS) * perMinute);
    this.#buckets.delete(key);
    this.#buckets.set(key, { left: left >= 1 ? left - 1 : left, at });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_BUCKETS && oldest !== undefined) {
      this.#buckets.delete(oldest);
    }
    return left >= 1 ? undefined : Math.ceil(((1 - left) * MINUTE_MS) / perMinute / 1000);
  }
}

/** @param now milliseconds since the epoch */
export const memoryRates = (now: () => number = Date.now): RateStore => new MemoryRates(now);

/** @param now milliseconds since the epoch */
export const memoryState = (now: () => number = Date.now): SharedState => ({
  plans: new MemoryPlans(),
  counters: new MemoryCounters(now),
  locks: new KeyedMutex(),
  rates: new MemoryRates(now),
});
