/** How many requests each person may make, over all processes that share a store. */
import { LogtoError } from '../logto/errors.js';
import { memoryRates } from '../store/memory.js';
import type { RateStore } from '../store/store.js';

export interface CallRateOptions {
  /** Requests of one person; also how many can be made at once. */
  readonly perMinute: number;
  readonly rates: RateStore;
  readonly report: (error: unknown) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export class CallRate {
  /** Counts the requests of this process alone while the store cannot be used: reads need no store. */
  readonly #ownRates: RateStore;

  constructor(private readonly options: CallRateOptions) {
    this.#ownRates = memoryRates(options.now);
  }

  /** Counts a request. @returns seconds until the next one is accepted; undefined when this one is */
  async take(person: string): Promise<number | undefined> {
    const { rates, perMinute, report } = this.options;
    const key = `calls ${person}`;
    try {
      return await rates.take(key, perMinute);
    } catch (error) {
      if (!(error instanceof LogtoError)) {
        throw error;
      }
      report(error);
      return this.#ownRates.take(key, perMinute);
    }
  }
}
