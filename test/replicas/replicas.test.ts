/** What several processes promise together, and what a process that is killed or stopped leaves. */
import { afterEach, describe, expect, it } from 'vitest';
import { memberOf, objectsIn } from '../../src/json.js';
import type { Received } from '../support/tenant.js';
import { type Cluster, codeOf, resultOf, startCluster } from './cluster.js';

let cluster: Cluster | undefined;

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

/** Runs work for each item, a number of them at a time. */
async function each<T, R>(
  items: readonly T[],
  parallel: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      const item = items[index];
      if (item !== undefined) {
        results[index] = await work(item);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}

const range = (length: number) => Array.from({ length }, (_, index) => index);

/** Calls in one request: what a batch may hold is 20. */
const BATCH = 10;

const inBatches = <T>(items: readonly T[]): T[][] =>
  range(Math.ceil(items.length / BATCH)).map((index) =>
    items.slice(index * BATCH, (index + 1) * BATCH),
  );

/** The ids in the paths of writes to roles that reached the tenant. */
const writtenIds = (received: readonly Received[], method: string): string[] =>
  received
    .filter((item) => item.method === method && item.url.startsWith('/api/roles/'))
    .map(({ url }) => decodeURIComponent(url.split('/')[3] ?? ''));

describe.each([
  [2, 1_000, 50, 40],
  [4, 10_000, 500, 400],
])('%i processes behind nginx', (count, races, plans, ceiling) => {
  it(`use none of ${plans} plans twice in ${races} races, and stop at the ceiling of ${ceiling} removals`, async () => {
    cluster = await startCluster(count, {
      confirm: 'risks',
      limits: { removals_per_run: ceiling },
    });
    const { callBatch, makeRoles, token, received, journal } = cluster;
    const ada = token('Ada');
    const ids = await makeRoles(plans);
    const planned = await each(inBatches(ids), 8, async (batch) => {
      const inputs = batch.map((id) => ({ id }));
      const shown = await callBatch(ada, 'delete_role', inputs);
      return shown.map((answer, place) => ({
        id: batch[place],
        plan: memberOf(resultOf(answer), 'plan'),
      }));
    });
    expect(planned.flat().every(({ plan }) => typeof plan === 'string')).toBe(true);
    expect(writtenIds(received, 'DELETE')).toEqual([]);
    // All attempts at a plan follow each other in requests of their own, so that different processes make them together.
    const attempts = planned.flatMap((batch) => Array.from({ length: races / plans }, () => batch));
    const answered = await each(attempts, 40, async (batch) => {
      const answers = await callBatch(ada, 'delete_role', batch);
      return answers.map((answer, place) => ({ id: batch[place]?.id, answer }));
    });
    const answers = answered.flat();
    expect(answers).toHaveLength(races);
    expect(answers.every(({ answer }) => answer.status === 200)).toBe(true);
    const outcomes = new Map<unknown, number>();
    for (const { answer } of answers) {
      const code = codeOf(answer) ?? 'done';
      outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
    }
    expect(Object.fromEntries(outcomes)).toEqual({
      done: ceiling,
      plan_refused: races - plans,
      forbidden_by_policy: plans - ceiling,
    });
    const removed = writtenIds(received, 'DELETE');
    expect(removed).toHaveLength(ceiling);
    expect(new Set(removed).size).toBe(ceiling);
    const done = answers.filter(({ answer }) => codeOf(answer) === undefined);
    expect(new Set(done.map(({ id }) => id))).toEqual(new Set(removed));
    const lines = JSON.stringify(await journal());
    expect(removed.filter((id) => !lines.includes(id))).toEqual([]);
  });
});

describe('a process', () => {
  it('that is killed during writes leaves each write that reached Logto in the journal', async () => {
    cluster = await startCluster(4, { confirm: 'never' }, async ({ method }) => {
      await new Promise((resolve) => setTimeout(resolve, method === 'PATCH' ? 20 : 0));
    });
    const { call, makeRoles, token, received, journal, processes } = cluster;
    const ada = token('Ada');
    const ids = await makeRoles(120);
    let answered = 0;
    const answers = each(ids, 32, async (id) => {
      const answer = await call(ada, 'update_role', { id, description: 'changed' }).catch(
        () => undefined,
      );
      answered += 1;
      if (answered === 40) {
        processes[1]?.child.kill('SIGKILL');
      }
      return { id, isDone: answer?.status === 200 && codeOf(answer) === undefined };
    });
    const outcomes = await answers;
    expect(await processes[1]?.ended).toBe('SIGKILL');
    const reached = new Set(writtenIds(received, 'PATCH'));
    const done = outcomes.filter(({ isDone }) => isDone).map(({ id }) => id);
    expect(done.length).toBeGreaterThan(80);
    expect(done.every((id) => reached.has(id))).toBe(true);
    const lines = await journal();
    const recorded = new Set(
      lines
        .filter((line) => memberOf(line, 'operation') === 'update_role')
        .map((line) => memberOf(memberOf(line, 'arguments'), 'id')),
    );
    expect([...reached].filter((id) => !recorded.has(id))).toEqual([]);
    // The others go on, and list what the killed one has begun.
    const listed = await call(ada, 'list_changes', { limit: 100 });
    const changes = objectsIn(
      memberOf(memberOf(memberOf(listed.json, 'result'), 'structuredContent'), 'items'),
    );
    expect(changes.length).toBeGreaterThan(0);
    const unknown = changes.filter(({ outcome }) => outcome === 'unknown');
    expect(unknown.length).toBeLessThanOrEqual(ids.length - done.length);
  });

  it('that gets a signal finishes its calls and takes no new one, and the others continue to serve', async () => {
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    cluster = await startCluster(2, { confirm: 'never' }, ({ url }) =>
      url.startsWith('/api/hooks') ? held : Promise.resolve(),
    );
    const { call, token, received, processes } = cluster;
    const [ending] = processes;
    const ada = token('Ada');
    const running = call(ada, 'list_hooks', {}, ending?.port);
    await expect
      .poll(() => received.some(({ url }) => url.startsWith('/api/hooks')), { timeout: 20_000 })
      .toBe(true);
    ending?.child.kill('SIGTERM');
    await expect
      .poll(async () => (await call(ada, 'list_roles', {}, ending?.port)).status)
      .toBe(503);
    for (let count = 0; count < 10; count += 1) {
      const { status } = await call(ada, 'list_roles', {});
      // nginx does not send a call twice, and passes the refusal of the ending process on.
      expect([200, 503]).toContain(status);
    }
    release?.();
    expect((await running).status).toBe(200);
    expect(await ending?.ended).toBe(0);
    const after = await each(range(20), 4, () => call(ada, 'list_roles', {}));
    expect(after.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(19);
  });
});
