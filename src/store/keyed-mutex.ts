/**
 * Runs work with the same key one after another: a value that was read for a write must still be current when the write is
 * sent.
 */

import type { LockStore } from './store.js';

/** Work of one group that runs at the same time, and what came before it. */
interface SharedTail {
  readonly group: string;
  readonly before: Promise<unknown>;
}

export class KeyedMutex implements LockStore {
  readonly #tails = new Map<string, Promise<unknown>>();
  /** The group that the last work of a key belongs to, where it is shared. */
  readonly #shared = new Map<string, SharedTail>();

  /** Runs `work` once all work on the same `key` that came before has ended, however it ended. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    this.#shared.delete(key);
    const current = before.then(work, work);
    this.#follow(key, current);
    return current;
  }

  /**
   * Runs `work` at the same time as other work of its `group` on the same `key`, and after all other work that came before.
   *
   * @param group names work that may run in any order, such as one operation on different members of a collection
   */
  runShared<T>(key: string, group: string, work: () => Promise<T>): Promise<T> {
    const tail = this.#tails.get(key) ?? Promise.resolve();
    const shared = this.#shared.get(key);
    const before = shared?.group === group ? shared.before : tail;
    const current = before.then(work, work);
    this.#shared.set(key, { group, before });
    this.#follow(key, Promise.allSettled([tail, current]));
    return current;
  }

  #follow(key: string, last: Promise<unknown>): void {
    this.#tails.set(key, last);
    const leave = (): void => {
      if (this.#tails.get(key) === last) {
        this.#tails.delete(key);
        this.#shared.delete(key);
      }
    };
    last.then(leave, leave);
  }
}
