/** Who runs a script when, and who is refused. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ScriptPool, type ScriptPoolLimits } from '../../src/jobs/script-pool.js';

const limits: ScriptPoolLimits = {
  running: 3,
  runningPerOwner: 2,
  waiting: 6,
  waitingPerOwner: 4,
  waitMs: 1_000,
};

const never = new AbortController().signal;

/** A pool whose scripts run until they are ended by their names. */
function pool() {
  const scripts = new ScriptPool(limits);
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    started,
    start(owner: string, name: string, signal: AbortSignal = never): Promise<string> {
      const run = scripts.run(owner, signal, async () => {
        started.push(name);
        await new Promise<void>((resolve) => ends.set(name, resolve));
        return name;
      });
      run.catch(() => {});
      return run;
    },
    async end(name: string): Promise<void> {
      ends.get(name)?.();
      await settle();
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the pool of scripts', () => {
  it('runs as many scripts at once as the limits allow, and leaves capacity for a second person', () => {
    const { start, started } = pool();
    for (const name of ['a1', 'a2', 'a3']) {
      void start('a', name);
    }
    void start('b', 'b1');
    void start('b', 'b2');
    expect(started).toEqual(['a1', 'a2', 'b1']);
  });

  it('gives the next turn to the person with the fewest running scripts, then by order', async () => {
    const { start, started, end } = pool();
    for (const name of ['a1', 'a2', 'a3', 'a4']) {
      void start('a', name);
    }
    for (const name of ['b1', 'b2']) {
      void start('b', name);
    }
    void start('c', 'c1');
    await end('a1');
    await end('b1');
    await end('a2');
    expect(started).toEqual(['a1', 'a2', 'b1', 'c1', 'b2', 'a3']);
  });

  it('refuses a person who has too many waiting, and everybody when too many wait', async () => {
    const { start } = pool();
    for (let index = 0; index < 6; index += 1) {
      void start('a', `a${index}`);
    }
    await expect(start('a', 'more')).rejects.toMatchObject({
      failure: { kind: 'rate_limit', code: 'scripts_busy', retry_after: 10 },
    });
    for (let index = 0; index < 3; index += 1) {
      void start('b', `b${index}`);
    }
    await expect(start('c', 'c')).rejects.toThrow('6 scripts are waiting already');
  });

  it('refuses a script that has waited for too long, and does not run it later', async () => {
    const { start, started, end } = pool();
    void start('a', 'a1');
    void start('a', 'a2');
    const late = start('a', 'a3');
    await vi.advanceTimersByTimeAsync(limits.waitMs);
    await expect(late).rejects.toThrow('within 1 seconds');
    await end('a1');
    expect(started).toEqual(['a1', 'a2']);
    void start('a', 'a4');
    expect(started).toEqual(['a1', 'a2', 'a4']);
  });

  it('removes a waiting script whose call is cancelled', async () => {
    const { start, started, end } = pool();
    const cancel = new AbortController();
    void start('a', 'a1');
    void start('a', 'a2');
    const cancelled = start('a', 'a3', cancel.signal);
    void start('a', 'a4');
    cancel.abort(new Error('cancelled'));
    await expect(cancelled).rejects.toThrow('cancelled');
    await end('a1');
    expect(started).toEqual(['a1', 'a2', 'a4']);
  });

  it('frees the slot of a script that fails', async () => {
    const scripts = new ScriptPool({ ...limits, running: 1, runningPerOwner: 1 });
    const fail = () => scripts.run('a', never, () => Promise.reject(new Error('failed')));
    await expect(fail()).rejects.toThrow('failed');
    await expect(fail()).rejects.toThrow('failed');
  });
});
