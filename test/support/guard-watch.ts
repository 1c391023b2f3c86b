/** Observes whether requests leave through the guard. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Guard } from '../../src/guard/guard.js';
import type { Transport } from '../../src/logto/transport.js';

export interface GuardWatch {
  readonly fetch: Transport;
  /** Requests that were sent while no method of the guard was running for the call, as `GET /api/users`. */
  readonly outside: readonly string[];
  /** How many requests were sent by methods of the guard. */
  inside(): number;
  /** Stops observing the guard. */
  restore(): void;
}

/** Whether a method of the guard runs. One for the module: each instance in use makes every promise slower. */
const insideGuard = new AsyncLocalStorage<true>();

/**
 * Marks the asynchronous context of every method of `Guard` and checks for the mark in the transport: a request of code
 * with its own session has no mark.
 */
export function watchGuard(fetch: Transport): GuardWatch {
  const originals = Object.entries(Object.getOwnPropertyDescriptors(Guard.prototype)).filter(
    ([name, { value }]) => name !== 'constructor' && typeof value === 'function',
  );
  for (const [name, descriptor] of originals) {
    const method: (...args: unknown[]) => unknown = descriptor.value;
    Object.defineProperty(Guard.prototype, name, {
      ...descriptor,
      value(...args: unknown[]) {
        return insideGuard.run(true, () => Reflect.apply(method, this, args));
      },
    });
  }
  const outside: string[] = [];
  let inside = 0;
  return {
    outside,
    inside: () => inside,
    fetch: (url, init) => {
      if (insideGuard.getStore() === true) {
        inside += 1;
      } else {
        outside.push(`${init.method} ${new URL(url).pathname}`);
      }
      return fetch(url, init);
    },
    restore: () => {
      for (const [name, descriptor] of originals) {
        Object.defineProperty(Guard.prototype, name, descriptor);
      }
    },
  };
}
