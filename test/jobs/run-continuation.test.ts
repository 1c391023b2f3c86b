/** A run that does not end at once: the limit of time, a cancelled call, progress, and a changed tenant meanwhile. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { memberOf, objectsIn } from '../../src/json.js';
import { users } from '../../src/sandbox/entities.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { Tenant } from '../../src/sandbox/tenant.js';
import { type Connected, connectClient, succeed } from '../support/client.js';

const open: Connected[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(open.splice(0).map((item) => item.close()));
});

/** Names everybody anew: one write for each of the 60 users. */
const RENAME_ALL = `
  const users = await logto.all('list_users', {});
  for (const { id } of users) await logto.update_user({ userId: id, name: 'Renamed' });
  return users.length;`;

/** @param onWrite is called with the number of each write before it is answered */
async function connect(onWrite: (number: number) => unknown = () => {}) {
  // The server takes its clock when it is made. Only the date is replaced, and it stands still until a test moves it.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  const tenant = new Tenant(Date.now);
  const { fetch } = createSandbox({ tenant });
  let writes = 0;
  const connected = await connectClient({
    policy: defaultPolicy(),
    fetch: async (url, request) => {
      if (request.method === 'PATCH') {
        writes += 1;
        await onWrite(writes);
      }
      return fetch(url, request);
    },
  });
  open.push(connected);
  const renamed = () =>
    tenant
      .table(users)
      .all()
      .filter(({ name }) => name === 'Renamed').length;
  const planOf = async (): Promise<string> =>
    String(
      memberOf((await succeed(connected.call, 'run_script', { code: RENAME_ALL })).result, 'plan'),
    );
  const runOf = async (plan: string) =>
    memberOf((await succeed(connected.call, 'run_script', { plan })).result, 'run');
  return { ...connected, tenant, renamed, planOf, runOf, total: tenant.table(users).all().length };
}

/** Moves the clock beyond the time of one call with this write. */
function stopAt(number: number): (current: number) => void {
  return (current) => {
    if (current === number) {
      vi.setSystemTime(Date.now() + 41_000);
    }
  };
}

describe('a run that is not finished in time', () => {
  it('is continued with the same plan, and is one run in the journal', async () => {
    const { planOf, runOf, renamed, total, call } = await connect(stopAt(20));
    const plan = await planOf();
    const first = await runOf(plan);
    expect(first).toMatchObject({ plan, failed: [] });
    const sent = Number(memberOf(first, 'sent'));
    expect(sent).toBeGreaterThanOrEqual(20);
    expect(sent).toBeLessThan(total);
    expect(memberOf(first, 'left')).toBe(total - sent);
    expect(renamed()).toBe(sent);
    const { items: [between] = [] } = await succeed(call, 'list_changes', { limit: 1 });
    expect(between).toMatchObject({ outcome: { done: sent }, not_sent: total - sent });
    expect(await runOf(plan)).toMatchObject({ sent: total, left: 0, failed: [] });
    expect(renamed()).toBe(total);
    const { items = [] } = await succeed(call, 'list_changes', { limit: 10 });
    expect(items).toMatchObject([{ writes: { update_user: total }, outcome: { done: total } }]);
    expect(items[0]).not.toHaveProperty('not_sent');
  });

  it('is not continued when the remaining targets have changed since', async () => {
    const { planOf, runOf, renamed, total, call, tenant } = await connect(stopAt(20));
    const plan = await planOf();
    await runOf(plan);
    const before = renamed();
    const left = tenant.table(users).find(({ name }) => name !== 'Renamed');
    if (left !== undefined) {
      tenant.table(users).insert({ ...left, name: 'Changed in the console' });
    }
    expect(await call('run_script', { plan })).toMatchObject({
      ok: false,
      error: {
        code: 'plan_refused',
        message: expect.stringMatching(/1 of the targets changed.*Changed in the console/),
      },
    });
    expect(renamed()).toBe(before);
    expect(before).toBeLessThan(total);
  });

  it('is not continued after a quarter of an hour', async () => {
    const { planOf, runOf, call } = await connect(stopAt(20));
    const plan = await planOf();
    await runOf(plan);
    vi.setSystemTime(Date.now() + 16 * 60_000);
    expect(await call('run_script', { plan })).toMatchObject({
      ok: false,
      error: { code: 'plan_refused', message: expect.stringContaining('left for too long') },
    });
  });
});

describe('a run whose call is cancelled', () => {
  it('finishes the writes in progress, sends no others, and can be continued', async () => {
    const cancel = new AbortController();
    const { client, planOf, runOf, renamed, total, call } = await connect((number) => {
      if (number === 15) {
        cancel.abort();
      }
    });
    const plan = await planOf();
    await expect(
      client.callTool({ name: 'run_script', arguments: { plan } }, { signal: cancel.signal }),
    ).rejects.toThrow();
    await expect
      .poll(async () => objectsIn((await succeed(call, 'list_changes', { limit: 1 })).items)[0])
      .toMatchObject({ outcome: { done: expect.any(Number) } });
    const { items: [entry] = [] } = await succeed(call, 'list_changes', { limit: 1 });
    const done = renamed();
    expect(done).toBeGreaterThanOrEqual(15);
    expect(done).toBeLessThan(40);
    expect(entry).toMatchObject({ outcome: { done }, not_sent: total - done });
    expect(await runOf(plan)).toMatchObject({ sent: total, left: 0 });
    expect(renamed()).toBe(total);
  });
});

describe('a run', () => {
  it('reports its progress, write by write', async () => {
    const { client, planOf, total } = await connect();
    const plan = await planOf();
    const progress: number[] = [];
    await client.callTool(
      { name: 'run_script', arguments: { plan } },
      { onprogress: ({ progress: done, total: of }) => progress.push(of === total ? done : -1) },
    );
    expect(progress.length).toBeGreaterThan(total / 2);
    expect(progress.at(-1)).toBe(total);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  it('of creates sends them at the same time, each before the writes that need it', async () => {
    const tenant = new Tenant(Date.now);
    const { fetch } = createSandbox({ tenant });
    let underWay = 0;
    let mostAtOnce = 0;
    const connected = await connectClient({
      policy: defaultPolicy(),
      fetch: async (url, request) => {
        underWay += request.method === 'POST' ? 1 : 0;
        mostAtOnce = Math.max(mostAtOnce, underWay);
        await new Promise((resolve) => setTimeout(resolve, 10));
        underWay -= request.method === 'POST' ? 1 : 0;
        return fetch(url, request);
      },
    });
    open.push(connected);
    const { result } = await succeed(connected.call, 'run_script', {
      code: `
        const { id } = await logto.create_organization({ name: 'Many' });
        const made = [];
        for (let index = 0; index < 30; index += 1) made.push(await logto.create_user({ username: 'many_' + index }));
        await logto.add_organization_users({ id, userIds: made.map((user) => user.id) });
        for (const user of made) {
          await logto.assign_organization_roles_to_user({ id, userId: user.id, organizationRoleNames: ['Dealer buyer'] });
        }
        return id;`,
    });
    const plan = memberOf(result, 'plan');
    const done = await succeed(connected.call, 'run_script', { plan });
    expect(done.result).toMatchObject({ run: { sent: 62, left: 0, failed: [] } });
    expect(mostAtOnce).toBeGreaterThan(4);
    const members = await succeed(connected.call, 'list_organization_users', {
      id: memberOf(done.result, 'returned'),
      page_size: 100,
    });
    expect(members.items).toHaveLength(30);
    expect(members.items?.every((member) => JSON.stringify(member).includes('Dealer buyer'))).toBe(
      true,
    );
  });
});
