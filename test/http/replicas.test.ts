/** Two processes that share state: what one has shown the other confirms, once, and undoes; and what is theirs alone stays so. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HttpSettings } from '../../src/config/http-settings.js';
import { memberOf, objectsIn } from '../../src/json.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { openPostgres, type PostgresStore } from '../../src/store/postgres.js';
import { anyDatabase, type Database } from '../store/databases.js';
import { clientHeaders, type Serving, sendTo, serveForTest } from './serve.js';

const key = new Uint8Array(32).fill(3);
let database: Database;
const stores: PostgresStore[] = [];
const servers: Serving[] = [];

beforeAll(async () => {
  database = await anyDatabase();
}, 60_000);

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await Promise.all(stores.splice(0).map((store) => store.close()));
});

afterAll(() => database.stop());

/** Two servers over one tenant and one database, under one address as behind a load balancer. */
async function replicas(
  tenant: string,
  before?: (method: string, url: string) => Promise<void>,
  http: Partial<HttpSettings> = {},
): Promise<readonly [Serving, Serving]> {
  const sandbox = createSandbox();
  const created: Serving[] = [];
  for (let index = 0; index < 2; index += 1) {
    const store = await openPostgres({ url: database.url, tenant, key });
    stores.push(store);
    const [first] = created;
    const server = await serveForTest({
      sandbox,
      state: store,
      lines: store.journal,
      stateKey: key,
      http: { baseUrl: 'http://127.0.0.1:1', ...http },
      ...(before !== undefined && { before }),
      ...(first !== undefined && {
        people: first.people,
        authorization: first.authorization,
        resource: first.resource,
      }),
    });
    created.push(server);
    servers.push(server);
  }
  const [one, second] = created;
  if (one === undefined || second === undefined) {
    throw new Error('no servers');
  }
  return [one, second];
}

const contentOf = (json: unknown): unknown =>
  memberOf(memberOf(json, 'result'), 'structuredContent');
const resultOf = (json: unknown): unknown => memberOf(contentOf(json), 'result');
const codeOf = (json: unknown): unknown => memberOf(memberOf(contentOf(json), 'error'), 'code');

const makeRole = async (server: Serving, token: string, name: string): Promise<string> => {
  const { json } = await server.call(token, 'create_role', { name, description: 'x' });
  return String(memberOf(resultOf(json), 'id'));
};

describe('two processes', () => {
  it('confirm a plan of the other, once, and name the person in one journal', async () => {
    const [first, second] = await replicas('confirm');
    const ada = first.token('Ada');
    const id = await makeRole(first, ada, 'Temporary');
    const { json } = await first.call(ada, 'delete_role', { id });
    const plan = memberOf(resultOf(json), 'plan');
    expect(typeof plan).toBe('string');
    const outcomes = await Promise.all(
      [second, first, second, first].map(async (server) =>
        codeOf((await server.call(ada, 'delete_role', { id, plan })).json),
      ),
    );
    expect(outcomes.filter((code) => code === undefined)).toHaveLength(1);
    expect(outcomes.filter((code) => code === 'plan_refused')).toHaveLength(3);
    const changes = objectsIn(
      memberOf(contentOf((await second.call(ada, 'list_changes', {})).json), 'items'),
    );
    expect(changes.map(({ operation, outcome }) => [operation, outcome])).toEqual([
      ['delete_role', 'done'],
      ['create_role', 'done'],
    ]);
    expect(changes.every(({ by }) => memberOf(by, 'sub') === first.people[0]?.id)).toBe(true);
  });

  it('count the requests of a person together, and each alone without the database', async () => {
    const [first, second] = await replicas('rate', undefined, { callsPerMinute: 4 });
    const [ada, rio] = [first.token('Ada'), first.token('Rio')];
    const statuses: number[] = [];
    for (const server of [first, second, first, second, first, second]) {
      statuses.push((await server.post(ada, 'ping')).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
    expect((await second.post(rio, 'ping')).status).toBe(200);
    await Promise.all(stores.splice(0).map((store) => store.close()));
    const alone: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      alone.push((await first.post(rio, 'ping')).status);
    }
    expect(alone).toEqual([200, 200, 200, 200, 429]);
  });

  it('undo changes of the other', async () => {
    const [first, second] = await replicas('undo');
    const ada = first.token('Ada');
    const id = await makeRole(first, ada, 'Before');
    await first.call(ada, 'update_role', { id, name: 'After' });
    const [change] = objectsIn(
      memberOf(contentOf((await second.call(ada, 'list_changes', {})).json), 'items'),
    );
    const undone = await second.call(ada, 'undo_change', { change: change?.['id'] });
    expect(codeOf(undone.json)).toBeUndefined();
    const role = await first.call(ada, 'run_read_operation', {
      operation: 'get_role',
      arguments: { id },
    });
    expect(resultOf(role.json)).toMatchObject({ name: 'Before' });
  });

  it('send a script that the other has planned, with the ids of the created entities', async () => {
    const [first, second] = await replicas('script');
    const ada = first.token('Ada');
    const victim = await makeRole(first, ada, 'Victim');
    const code = `
      const role = await logto.create_role({ name: 'Made', description: 'x' });
      await logto.update_role({ id: role.id, description: 'changed' });
      await logto.delete_role({ id: '${victim}' });
      return role.id;`;
    const shown = await first.call(ada, 'run_script', { code });
    const plan = memberOf(resultOf(shown.json), 'plan');
    expect(typeof plan).toBe('string');
    const sent = await second.call(ada, 'run_script', { plan });
    expect(codeOf(sent.json)).toBeUndefined();
    expect(memberOf(resultOf(sent.json), 'run')).toMatchObject({ sent: 3, left: 0, failed: [] });
    const again = await first.call(ada, 'run_script', { plan });
    expect(codeOf(again.json)).toBe('plan_refused');
    const roles = await first.call(ada, 'list_roles', { page_size: 100 });
    expect(JSON.stringify(roles.json)).toContain('changed');
    expect(JSON.stringify(roles.json)).not.toContain('Victim');
  });

  /** Moves the clock beyond the time of one call with each of these writes. */
  function stoppingAt(...numbers: readonly number[]): (method: string) => Promise<void> {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    let writes = 0;
    return async (method) => {
      writes += method === 'GET' ? 0 : 1;
      if (method !== 'GET' && numbers.includes(writes)) {
        vi.setSystemTime(Date.now() + 41_000);
      }
    };
  }

  const MAKE_ROLES = `
    const ids = [];
    for (let index = 0; index < 30; index += 1) {
      ids.push((await logto.create_role({ name: 'Made ' + index, description: 'x' })).id);
    }
    for (const [index, id] of ids.entries()) {
      await logto.update_role({ id, description: 'changed ' + index });
    }
    return ids;`;

  it('continue a script that the other could not finish in time, each write once', async () => {
    const [first, second] = await replicas('unfinished', stoppingAt(15, 35));
    const ada = first.token('Ada');
    const shown = await first.call(ada, 'run_script', { code: MAKE_ROLES });
    const plan = memberOf(resultOf(shown.json), 'plan');
    const runs: unknown[] = [];
    let returned: unknown;
    for (const server of [first, second, first]) {
      const result = resultOf((await server.call(ada, 'run_script', { plan })).json);
      runs.push(memberOf(result, 'run'));
      returned = memberOf(result, 'returned');
    }
    const sent = runs.map((run) => Number(memberOf(run, 'sent')));
    expect(sent[0]).toBeGreaterThanOrEqual(15);
    expect(sent[1]).toBeGreaterThanOrEqual(35);
    expect(sent[1]).toBeLessThan(60);
    expect(runs[2]).toMatchObject({ sent: 60, left: 0, failed: [] });
    expect(first.writes.length + second.writes.length).toBe(60);
    for (const [index, id] of (Array.isArray(returned) ? returned : []).entries()) {
      const role = await second.call(ada, 'get_role', { id });
      expect(resultOf(role.json)).toMatchObject({
        name: `Made ${index}`,
        description: `changed ${index}`,
      });
    }
    expect(returned).toHaveLength(30);
    const changes = memberOf(contentOf((await second.call(ada, 'list_changes', {})).json), 'items');
    expect(objectsIn(changes)).toMatchObject([{ outcome: { done: 60 } }]);
    expect(objectsIn(changes)).toHaveLength(1);
    const again = await second.call(ada, 'run_script', { plan });
    expect(codeOf(again.json)).toBe('plan_refused');
  });

  it('do not continue a script whose next target has changed, or for another person', async () => {
    const [one, second] = await replicas('unfinished, changed', stoppingAt(40));
    const ada = one.token('Ada');
    const ids: string[] = [];
    for (let index = 0; index < 25; index += 1) {
      ids.push(await makeRole(one, ada, `Role ${index}`));
    }
    const code = `for (const id of ${JSON.stringify(ids)}) await logto.update_role({ id, description: 'changed' });`;
    const shown = await one.call(ada, 'run_script', { code });
    const plan = memberOf(resultOf(shown.json), 'plan');
    const first = memberOf(resultOf((await one.call(ada, 'run_script', { plan })).json), 'run');
    expect(memberOf(first, 'left')).toBeGreaterThan(0);
    const scope = 'logto:read logto:write logto:remove logto:secrets';
    const rio = await second.call(one.token('Rio', { scope }), 'run_script', { plan });
    expect(codeOf(rio.json)).toBe('plan_refused');
    await one.call(ada, 'update_role', { id: ids.at(-1), name: 'Renamed' });
    const writes = second.writes.length;
    expect(codeOf((await second.call(ada, 'run_script', { plan })).json)).toBe('plan_refused');
    expect(second.writes).toHaveLength(writes);
  });

  it('refuse a script whose target has changed meanwhile', async () => {
    const [first, second] = await replicas('changed');
    const ada = first.token('Ada');
    const victim = await makeRole(first, ada, 'Victim');
    const code = `await logto.delete_role({ id: '${victim}' });`;
    const shown = await first.call(ada, 'run_script', { code });
    await first.call(ada, 'update_role', { id: victim, name: 'Renamed' });
    const plan = memberOf(resultOf(shown.json), 'plan');
    expect(codeOf((await second.call(ada, 'run_script', { plan })).json)).toBe('plan_refused');
  });

  it('accept the sealed answer to a question of the other, from the same person only', async () => {
    const [first, second] = await replicas('question');
    const ada = first.token('Ada');
    const id = await makeRole(first, ada, 'Asked');
    let count = 0;
    const call = (server: Serving, token: string, more: object, target = id) => {
      count += 1;
      const meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
      };
      const params = { name: 'delete_role', arguments: { id: target }, _meta: meta, ...more };
      return sendTo(
        server.port,
        'POST',
        '/mcp',
        {
          ...clientHeaders(token),
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/call',
          'mcp-name': 'delete_role',
        },
        JSON.stringify({ jsonrpc: '2.0', id: count, method: 'tools/call', params }),
      );
    };
    const question = await call(first, ada, {});
    const requestState = memberOf(memberOf(question.json, 'result'), 'requestState');
    expect(typeof requestState).toBe('string');
    const inputResponses = { confirm: { action: 'accept', content: { name: 'Asked' } } };
    const scope = 'logto:read logto:write logto:remove logto:secrets';
    const rio = await call(second, first.token('Rio', { scope }), { requestState, inputResponses });
    expect(memberOf(memberOf(rio.json, 'error'), 'message')).toMatch(/requestState/);
    const forged = `${String(requestState).slice(0, -4)}AAAA`;
    const other = await call(second, ada, { requestState: forged, inputResponses });
    expect(memberOf(memberOf(other.json, 'error'), 'message')).toMatch(/requestState/);
    const moved = await call(second, ada, { requestState, inputResponses }, 'support');
    expect(codeOf(moved.json)).toBe('plan_refused');
    expect(
      first.writes.concat(second.writes).filter((write) => write.startsWith('DELETE')),
    ).toEqual([]);
    const confirmed = await call(second, ada, { requestState, inputResponses });
    expect(codeOf(confirmed.json)).toBeUndefined();
    expect(second.writes).toContain(`DELETE /api/roles/${id}`);
  });
});
