/** Runs work with the same key one after another: what is read for a write must still be so when the write is sent. */

import type { LockStore } from './store.js';

export class KeyedMutex implements LockStore {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs `work` once all work on the same `key` that came before has ended, however it ended. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#tails.set(key, mine);
    const leave = (): void => {
      if (this.#tails.get(key) === mine) {
        this.#tails.delete(key);
      }
    };
    mine.then(leave, leave);
    return mine;
  }
}
