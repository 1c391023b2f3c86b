/** Which failures are tried again and after how long. Pure: nothing sleeps here. */

/** Tries after the first one. */
const most = 2;
/** Milliseconds before the first retry; each further one waits twice as long. */
const base = 500;
/** A `Retry-After` beyond this many seconds is handed to the caller instead of waited for. */
export const MAX_WAIT_MS = 20;

/** Verbs whose repetition leaves the tenant as one call does (RFC 9110, 9.2.2). */
const idempotent = new Set(['GET', 'PUT', 'DELETE']);

export interface Attempt {
  readonly method: string;
  /** 0 for the first try. */
  readonly number: number;
  /** The status of the answer; undefined when none came. */
  readonly status?: number | undefined;
  /** No answer came and none can: the connection was never made. */
  readonly neverSent?: boolean;
  /** Seconds that the server asked for. */
  readonly retryAfter?: number | undefined;
}

/**
 * Milliseconds to wait before the next try, or undefined if there must be none.
 *
 * A 429 was not processed, so any verb may go again. After a 5xx, a reset or a timeout the request may have been
 * processed, so only idempotent verbs go again. Logto answers 500 to some bad input and 501 to what it is not set up
 * for: the first is tried once more, the second never. 409 and 422 are Logto's considered answers.
 */
export function retryDelay(attempt: Attempt, random: () => number): number | undefined {
  const { method, number, status, neverSent, retryAfter } = attempt;
  if (number >= most) {
    return undefined;
  }
  const worthwhile =
    status === undefined
      ? neverSent === true || idempotent.has(method)
      : status === 429 ||
        (idempotent.has(method) &&
          status >= 500 &&
          status !== 501 &&
          !(status === 500 && number > 0));
  if (!worthwhile) {
    return undefined;
  }
  if (retryAfter !== undefined) {
    return retryAfter <= MAX_WAIT_MS ? retryAfter * 1000 : undefined;
  }
  // Up to a quarter less, so that clients which failed together do not come back together.
  return base * 2 ** number * (1 - random() / 4);
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
