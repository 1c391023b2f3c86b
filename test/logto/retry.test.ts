import { describe, expect, it } from 'vitest';
import { MAX_RETRY_AFTER_S, readRetryAfter, retryDelay } from '../../src/logto/retry.js';

const least = () => 0;
const delay = (attempt: Partial<Parameters<typeof retryDelay>[0]>) =>
  retryDelay({ method: 'GET', number: 0, ...attempt }, least);

describe('a retry', () => {
  it.each(['GET', 'PUT', 'DELETE'])(
    'is made for %s after 502, 503, 504 and a broken connection',
    (method) => {
      for (const status of [502, 503, 504]) {
        expect(delay({ method, status })).toBe(500);
      }
      expect(delay({ method })).toBe(500);
    },
  );

  it.each(['POST', 'PATCH'])(
    'is made for %s only when nothing was sent, or after a 429',
    (method) => {
      expect(delay({ method, status: 503 })).toBeUndefined();
      expect(delay({ method })).toBeUndefined();
      expect(delay({ method, neverSent: true })).toBe(500);
      expect(delay({ method, status: 429 })).toBe(500);
    },
  );

  it.each([400, 401, 403, 404, 409, 422, 501])('is never made after %i', (status) => {
    expect(delay({ status })).toBeUndefined();
  });

  it('is made once after a 500, which wrong arguments can cause', () => {
    expect(delay({ status: 500 })).toBe(500);
    expect(delay({ status: 500, number: 1 })).toBeUndefined();
  });

  it('waits longer each time, at most twice', () => {
    expect(delay({ status: 503, number: 1 })).toBe(1000);
    expect(delay({ status: 503, number: 2 })).toBeUndefined();
  });

  it('waits up to a quarter less, so that clients do not retry at the same time', () => {
    expect(retryDelay({ method: 'GET', number: 0, status: 503 }, () => 1)).toBe(375);
  });

  it('waits as long as Retry-After says, up to a limit', () => {
    expect(delay({ status: 429, retryAfter: 3 })).toBe(3000);
    expect(delay({ status: 429, retryAfter: MAX_RETRY_AFTER_S })).toBe(MAX_RETRY_AFTER_S * 1000);
    expect(delay({ status: 429, retryAfter: MAX_RETRY_AFTER_S + 1 })).toBeUndefined();
  });
});

describe('Retry-After', () => {
  it.each([
    ['7', 7],
    ['0', 0],
    ['Thu, 01 Jan 1970 00:00:10 GMT', 10],
    ['soon', undefined],
    ['', undefined],
    [' ', undefined],
    [null, undefined],
  ])('%s is read as %s seconds', (header, seconds) => {
    expect(readRetryAfter(header, 0)).toBe(seconds);
  });

  it('as a date is read as the remaining time, and as 0 after that date', () => {
    expect(readRetryAfter('Thu, 01 Jan 1970 00:00:10 GMT', 4000)).toBe(6);
    expect(readRetryAfter('Thu, 01 Jan 1970 00:00:10 GMT', 60_000)).toBe(0);
  });
});
