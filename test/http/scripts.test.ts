/** Scripts of several people at the same time. */
import { afterEach, expect, it } from 'vitest';
import { defaultPoolLimits, ScriptPool } from '../../src/jobs/script-pool.js';
import { memberOf } from '../../src/json.js';
import { type Serving, serveForTest } from './serve.js';

let serving: Serving | undefined;

afterEach(async () => {
  await serving?.close();
});

const contentOf = (json: unknown) => memberOf(memberOf(json, 'result'), 'structuredContent');

it('twenty scripts of one person do not keep another from running one, and the next one is refused', async () => {
  let release: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let reading = 0;
  serving = await serveForTest({
    // Longer than the rest of this test may take on a busy machine.
    scriptPool: new ScriptPool({ ...defaultPoolLimits, waitMs: 40_000 }),
    before: async (_, url) => {
      if (url.includes('/api/hooks')) {
        reading += 1;
        await gate;
      }
    },
  });
  const { call, token } = serving;
  const [ada, rio] = [token('Ada'), token('Rio')];
  const slow = { code: 'return (await logto.list_hooks({})).length;' };
  const running = Array.from({ length: 20 }, () => call(ada, 'run_read_script', slow));
  await expect.poll(() => reading, { timeout: 10_000 }).toBe(4);
  const refused = await call(ada, 'run_read_script', slow);
  expect(memberOf(contentOf(refused.json), 'error')).toMatchObject({
    kind: 'rate_limit',
    code: 'scripts_busy',
    retry_after: 10,
  });
  const quick = { code: 'return (await logto.list_roles({})).length;' };
  const other = await call(rio, 'run_read_script', quick);
  expect(memberOf(contentOf(other.json), 'result')).toBeGreaterThan(0);
  expect(reading).toBe(4);
  release?.();
  const answers = await Promise.all(running);
  const errors = answers.map(({ json }) => memberOf(contentOf(json), 'error'));
  expect(errors.filter((error) => error !== undefined)).toEqual([]);
  expect(reading).toBe(20);
}, 60_000);
