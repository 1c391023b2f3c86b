/** Which failures are retried and after how long. Pure: nothing sleeps here. */

/** Attempts after the first one. */
export const MAX_RETRIES = 2;
/** Milliseconds before the first retry; each further one waits twice as long. */
const FIRST_DELAY_MS = 500;
/** Seconds. A longer `Retry-After` is passed to the caller instead of waited for. */
export const MAX_RETRY_AFTER_S = 20;

/** Methods that have the same effect once and several times (RFC 9110, 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'PUT', 'DELETE']);

export interface Attempt {
  readonly method: string;
  /** 0 for the first attempt. */
  readonly number: number;
  /** The status of the answer; undefined when none came. */
  readonly status?: number | undefined;
  /** The connection was never made, so the request had no effect. */
  readonly neverSent?: boolean;
  /** Seconds that the server asked for. */
  readonly retryAfter?: number | undefined;
}

/**
 * Milliseconds to wait before the next attempt, or undefined if there must be none.
 *
 * A 429 was not processed, so any method is retried. After a 5xx, a reset or a timeout the request may have been processed, so
 * only idempotent methods are retried. Logto answers 500 to some wrong arguments and 501 to what it is not configured for: the
 * first is retried once, the second never. 409 and 422 are decisions of Logto and are not retried.
 */
export function retryDelay(attempt: Attempt, random: () => number): number | undefined {
  const { method, number, status, neverSent, retryAfter } = attempt;
  if (number >= MAX_RETRIES) {
    return undefined;
  }
  const isRetryable =
    status === undefined
      ? neverSent === true || IDEMPOTENT.has(method)
      : status === 429 ||
        (IDEMPOTENT.has(method) &&
          status >= 500 &&
          status !== 501 &&
          !(status === 500 && number > 0));
  if (!isRetryable) {
    return undefined;
  }
  if (retryAfter !== undefined) {
    return retryAfter <= MAX_RETRY_AFTER_S ? retryAfter * 1000 : undefined;
  }
  // Up to a quarter less, so that clients which failed at the same time do not retry at the same time.
  return FIRST_DELAY_MS * 2 ** number * (1 - random() / 4);
}

/** Seconds of a `Retry-After` header, which is a number of seconds or a date. */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') {
    return undefined;
  }
  const seconds = Number(header);
  if (Number.isFinite(seconds)) {
    return Math.max(0, seconds);
  }
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}
