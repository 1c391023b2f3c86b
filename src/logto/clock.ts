/** Time and waiting, replaceable in tests. */
import { setMaxListeners } from 'node:events';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** 0 to 1, for jitter. */
  random(): number;
}

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, milliseconds);
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) {
        abort();
      }
    }),
};

/**
 * Runs `task` with a signal that aborts with the caller's signal, or with `expired()` after `timeoutMs`.
 *
 * @throws the reason of the abort, whatever the task did with it; otherwise the error of the task
 */
export async function withTimeout<T>(
  timeoutMs: number,
  signal: AbortSignal,
  expired: () => Error,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  // A call can have many requests in progress. Each removes its listener, but from 11 on Node warns of a leak on stderr.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => controller.abort(expired()), timeoutMs);
  try {
    return await task(controller.signal);
  } catch (error) {
    // The transport may wrap the reason of an abort; the original reason distinguishes a timeout from a cancelled call.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
