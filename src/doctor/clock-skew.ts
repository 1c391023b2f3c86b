/** Measures the clock skew from the answers that pass through a transport. */
import type { Transport } from '../logto/transport.js';

/** The times of one answer, in milliseconds since the epoch. */
interface ClockSample {
  readonly sent: number;
  readonly received: number;
  /** The `Date` header, which is truncated to the second. */
  readonly remote: number;
}

export interface ClockSkewMeter {
  readonly fetch: Transport;
  /**
   * Milliseconds by which this machine's clock is ahead of the remote one (negative: behind), as little as the answers allow;
   * undefined while no answer had a time.
   */
  skewMs(): number | undefined;
}

const SECOND_MS = 1000;

/** The smallest skew that a sample allows: the remote clock was within a second while the local one went from sent to received. */
function skewOf({ sent, received, remote }: ClockSample): number {
  const lowest = sent - (remote + SECOND_MS);
  const highest = received - remote;
  return Math.max(lowest, Math.min(highest, 0));
}

/** @param now milliseconds since the epoch */
export function measureClockSkew(fetch: Transport, now: () => number): ClockSkewMeter {
  const samples: ClockSample[] = [];
  return {
    fetch: async (url, init) => {
      const sent = now();
      const answer = await fetch(url, init);
      const remote = Date.parse(answer.headers.get('date') ?? '');
      if (!Number.isNaN(remote)) {
        samples.push({ sent, received: now(), remote });
      }
      return answer;
    },
    skewMs() {
      const [first, ...others] = samples.map(skewOf);
      return first === undefined
        ? undefined
        : others.reduce((best, skew) => (Math.abs(skew) < Math.abs(best) ? skew : best), first);
    },
  };
}
