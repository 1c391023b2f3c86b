/** Listens in on a fetch: when the answers came, and what time it was there. */
import type { Transport } from '../logto/transport.js';

/** The time there and here at one answer, in milliseconds since the epoch. */
interface Moment {
  readonly sent: number;
  readonly received: number;
  /** The `Date` header, which is cut to the second. */
  readonly there: number;
}

export interface Listening {
  readonly fetch: Transport;
  /**
   * Milliseconds by which this machine's clock is ahead of the one there (negative: behind), as little as the answers
   * allow; undefined while none carried a time.
   */
  skew(): number | undefined;
}

const second = 1000;

/** What a moment proves: the clock there stood between `there` and a second later while here it went from sent to received. */
function skewAt({ sent, received, there }: Moment): number {
  const least = sent - (there + second);
  const most = received - there;
  return Math.max(least, Math.min(most, 0));
}

/** @param now milliseconds since the epoch */
export function measureClockSkew(fetch: Transport, now: () => number): Listening {
  const moments: Moment[] = [];
  return {
    fetch: async (url, init) => {
      const sent = now();
      const answer = await fetch(url, init);
      const there = Date.parse(answer.headers.get('date') ?? '');
      if (!Number.isNaN(there)) {
        moments.push({ sent, received: now(), there });
      }
      return answer;
    },
    skew() {
      const [first, ...others] = moments.map(skewAt);
      return first === undefined
        ? undefined
        : others.reduce((best, one) => (Math.abs(one) < Math.abs(best) ? one : best), first);
    },
  };
}
