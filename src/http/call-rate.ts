/** How many requests each person may make: a token bucket per person, in the memory of this process. */

const MINUTE_MS = 60_000;

/** People whose buckets are remembered; a forgotten bucket is full again. */
const MAX_PEOPLE = 10_000;

interface Bucket {
  left: number;
  /** Milliseconds since the epoch. */
  at: number;
}

export class CallRate {
  readonly #buckets = new Map<string, Bucket>();

  /** @param perMinute requests; also how many can be made at once */
  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Counts a request. @returns seconds until the next one is let through; undefined when this one is */
  take(person: string): number | undefined {
    const now = this.now();
    const known = this.#buckets.get(person) ?? { left: this.perMinute, at: now };
    const refilled = ((now - known.at) / MINUTE_MS) * this.perMinute;
    const left = Math.min(this.perMinute, known.left + refilled);
    this.#buckets.delete(person);
    this.#buckets.set(person, { left: left >= 1 ? left - 1 : left, at: now });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_PEOPLE && oldest !== undefined) {
      this.#buckets.delete(oldest);
    }
    return left >= 1 ? undefined : Math.ceil(((1 - left) * MINUTE_MS) / this.perMinute / 1000);
  }
}
