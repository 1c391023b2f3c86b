/**
 * How long the writes of a script take against single calls, on a tenant that takes 100 ms for each answer. `npm run bench`
 * measures it with 500 writes; here the limit leaves room for a machine that is busy.
 */
import { expect, it } from 'vitest';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { insertUser } from '../../src/sandbox/behaviours/users.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { Tenant } from '../../src/sandbox/tenant.js';
import { connectClient, succeed } from '../support/client.js';

/** Milliseconds that each answer takes. */
const LATENCY_MS = 100;

const WRITES = 80;

/** Single calls that are measured. */
const SINGLE_CALLS = 5;

async function slowTenant() {
  const tenant = new Tenant(Date.now);
  const { fetch } = createSandbox({ tenant });
  for (let index = 0; index < 2 * WRITES; index += 1) {
    insertUser(tenant, { username: `speed_${index}`, createdAt: Date.now() });
  }
  let requests = 0;
  let underWay = 0;
  let mostAtOnce = 0;
  const { call, close } = await connectClient({
    policy: defaultPolicy(),
    fetch: async (url, request) => {
      requests += 1;
      underWay += 1;
      mostAtOnce = Math.max(mostAtOnce, underWay);
      await new Promise((resolve) => setTimeout(resolve, LATENCY_MS));
      underWay -= 1;
      return fetch(url, request);
    },
  });
  return { call, close, requests: () => requests, mostAtOnce: () => mostAtOnce };
}

const scripts = {
  'one after the other': `
    const users = await logto.all('list_users', {});
    for (const { id } of users.slice(0, ${WRITES})) {
      await logto.update_user({ userId: id, customData: { reviewed: true } });
    }`,
  together: `
    const users = (await logto.all('list_users', {})).slice(0, ${WRITES});
    await Promise.all(users.map(({ id }) =>
      logto.update_user({ userId: id, customData: { reviewed: true } })));`,
  'of every second item': `
    const users = await logto.all('list_users', {});
    for (const { id } of users.filter((_, index) => index % 2 === 0).slice(0, ${WRITES})) {
      await logto.update_user({ userId: id, customData: { reviewed: true } });
    }`,
};

// At the same time, because they mostly wait.
it.concurrent.for(Object.entries(scripts))(
  'a script that writes %s is several times as fast as single calls',
  async ([, code], { onTestFinished }) => {
    const { call, close, requests, mostAtOnce } = await slowTenant();
    onTestFinished(close);
    const { items = [] } = await succeed(call, 'list_users', { page_size: SINGLE_CALLS });
    const single = performance.now();
    for (const { id } of items) {
      await succeed(call, 'update_user', { userId: id, customData: { seen: true } });
    }
    const singleMs = ((performance.now() - single) / items.length) * WRITES;
    const before = requests();
    const script = performance.now();
    const planned = await succeed(call, 'run_script', { code });
    const done = await succeed(call, 'run_script', { plan: planned.result?.['plan'] });
    const scriptMs = performance.now() - script;
    expect(done.result).toMatchObject({ run: { sent: WRITES, left: 0, failed: [] } });
    expect(singleMs / scriptMs).toBeGreaterThan(2);
    // Each target is read for the script and compared once more; what was read ahead in vain is bounded.
    expect(requests() - before).toBeLessThan(5 * WRITES);
    expect(mostAtOnce()).toBeGreaterThan(8);
    expect(mostAtOnce()).toBeLessThanOrEqual(40);
  },
);
