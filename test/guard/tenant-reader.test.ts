/** Reads of the guard: whole lists, samples and counts within a budget of requests, and what is known from a plan. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { type CatalogOperation, OperationGraph } from '../../src/guard/operation-graph.js';
import { TenantReader } from '../../src/guard/tenant-reader.js';
import { memberOf } from '../../src/json.js';
import { LogtoError } from '../../src/logto/errors.js';
import { createSession, type Session } from '../../src/logto/session.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { answerOf } from '../support/faults.js';

const graph = new OperationGraph(catalog);
const users = graph.keyed('listUsers');
const roles = graph.keyed('listRoles');
const { signal } = new AbortController();

/** More users than the plan of a write reads, and fewer than a write without a plan does. */
const USERS = 830;

const sandbox = createSandbox();
let sent: string[] = [];
/** Answers 500 to reads whose address contains it. */
let broken: string | undefined;
const session = createSession({
  ...sandboxSettings,
  fetch: (url, init) => {
    const { pathname, search } = new URL(url);
    if (pathname.startsWith('/api/')) {
      sent.push(`${pathname}${search}`);
    }
    return broken !== undefined && url.includes(broken)
      ? Promise.resolve(
          answerOf(422, '{"code":"x.y","message":"no"}', { 'content-type': 'application/json' }),
        )
      : sandbox.fetch(url, init);
  },
});
const reader = new TenantReader(session);

let total = 0;
const createUser = (name: string) =>
  session.send(graph.keyed('createUser').operation, { username: name }, signal);

beforeAll(async () => {
  for (let index = 0; index < USERS; index += 1) {
    await createUser(`user_${index}`);
  }
  const { page } = await session.send(users.operation, { page: 1, page_size: 1 }, signal);
  total = page?.total ?? 0;
});
beforeEach(() => {
  sent = [];
  broken = undefined;
});

/** The items of a list that needs no argument. */
const all = (reads: ReturnType<TenantReader['unlimited']>, list: CatalogOperation = users) =>
  reads.items(list, list, {});

describe('a whole list', () => {
  it('is read page by page, and once', async () => {
    const reads = reader.unlimited(signal);
    const items = await all(reads);
    expect(new Set(items?.map((item) => JSON.stringify(item))).size).toBe(total);
    expect(sent).toHaveLength(Math.ceil(total / 100));
    expect(await all(reads)).toBe(items);
    expect(sent).toHaveLength(Math.ceil(total / 100));
    expect(Object.values(reads.lists)).toMatchObject([{ complete: true, total }]);
  });

  it('that is too long for the plan of a write costs one request and is unknown', async () => {
    const reads = reader.forPlan(signal);
    expect(await all(reads)).toBeUndefined();
    expect(sent).toHaveLength(1);
    expect(reads.lists).toEqual({});
  });

  it('of one page costs one request', async () => {
    const items = await all(reader.forPlan(signal), roles);
    expect(items?.length).toBeGreaterThan(0);
    expect(sent).toHaveLength(1);
  });

  it('with a search is a different list than without', async () => {
    const reads = reader.unlimited(signal);
    const matches = await reads.items(users, users, {}, { search: 'user_829' });
    expect(matches).toMatchObject([{ username: 'user_829' }]);
    expect((await all(reads))?.length).toBe(total);
  });
});

describe('a sample', () => {
  it('has as many pages as a plan may read, and is marked as incomplete', async () => {
    const sample = await reader.forPlan(signal).sample(users, users, {});
    expect(sample?.items).toHaveLength(800);
    expect(sample?.complete).toBe(false);
    expect(sent).toHaveLength(8);
  });

  it('has fewer pages if the budget is nearly spent, and none if it is spent', async () => {
    const reads = reader.forPlan(signal);
    for (let id = 0; id < 10; id += 1) {
      await reads.read(graph.keyed('getRole'), { id: String(id) });
    }
    expect(reads.left).toBe(2);
    // The first page is one of the two requests, and shows that there are more.
    expect((await reads.sample(users, users, {}))?.items).toHaveLength(200);
    expect(reads.left).toBe(0);
    expect(await reads.sample(roles, roles, {})).toBeUndefined();
    expect(sent).toHaveLength(12);
    // What a check requires is read nevertheless.
    expect((await all(reads, roles))?.length).toBeGreaterThan(0);
    expect(reads.left).toBe(0);
  });

  it('of one requested page is complete only if there is no other page', async () => {
    const reads = reader.forPlan(signal);
    expect(await reads.sample(users, users, {}, {}, 1)).toMatchObject({ complete: false });
    expect(await reads.sample(roles, roles, {}, {}, 1)).toMatchObject({ complete: true });
    expect(sent).toHaveLength(2);
  });
});

describe('the reads for a confirmation', () => {
  /** The list that a plan has read, under its name. */
  const planned = async () => {
    const reads = reader.unlimited(signal);
    await all(reads);
    sent = [];
    return reads.lists;
  };

  it('take a list from the plan if its first page and its total are unchanged', async () => {
    const lists = await planned();
    const reads = reader.forConfirmation(signal, lists);
    expect(await all(reads)).toHaveLength(total);
    expect(sent).toHaveLength(1);
    expect(reads.confirms).toBe(true);
    expect(reader.forPlan(signal).confirms).toBe(false);
  });

  it('do not take a list from the plan if its total, first page or end differs', async () => {
    const lists = await planned();
    const [[name, list] = []] = Object.entries(lists);
    if (name === undefined || list === undefined) {
      throw new Error('There is no list.');
    }
    const others = [
      { ...list, total: total + 1 },
      { ...list, complete: false },
      { ...list, items: [{ id: 'other' }, ...list.items.slice(1)] },
    ];
    for (const other of others) {
      // Too long to be read as a whole for a confirmation.
      const reads = reader.forConfirmation(signal, { [name]: other });
      expect(await all(reads)).toBeUndefined();
    }
  });
});

describe('one entity', () => {
  const secrets = graph.keyed('listApplicationSecrets');
  const remove = graph.keyed('deleteApplicationSecret');

  it('is selected from a list by its name or id, or by its current name', async () => {
    const reads = reader.unlimited(signal);
    const items = (await reads.items(secrets, secrets, { id: 'warehouse-sync' })) ?? [];
    const [first] = items;
    expect(first).toMatchObject({ name: expect.any(String) });
    const name = memberOf(first, 'name');
    const named = (values: object) =>
      reads.entity(secrets, remove, { id: 'warehouse-sync', ...values });
    expect(await named({ name })).toBe(first);
    expect(await named({ name: 'new name', currentName: name })).toBe(first);
    expect(await named({ name: 'no such name' })).toBeUndefined();
    expect(await named({})).toBeUndefined();
  });

  it('that does not exist is undefined; any other failure is thrown', async () => {
    const role = graph.keyed('getRole');
    expect(await reader.unlimited(signal).entity(role, role, { id: 'nope' })).toBeUndefined();
    broken = '/api/roles/support';
    await expect(reader.unlimited(signal).entity(role, role, { id: 'support' })).rejects.toThrow(
      LogtoError,
    );
  });
});

describe('an optional read', () => {
  it('that fails is unknown; one that was cancelled ends the call', async () => {
    broken = '/api/roles';
    expect(await reader.forPlan(signal).sample(roles, roles, {})).toBeUndefined();
    const abort = new AbortController();
    const reads = reader.forPlan(abort.signal);
    abort.abort(new Error('given up'));
    await expect(reads.sample(users, users, {})).rejects.toThrow('given up');
  });

  it('does not hide a bug in this server', async () => {
    const reads = reader.forPlan(signal);
    await expect(reads.optional(() => Promise.reject(new TypeError('a mistake')))).rejects.toThrow(
      'a mistake',
    );
  });
});

describe('a count', () => {
  it('is the total from Logto, with a page of one item', async () => {
    expect(await reader.forPlan(signal).count(users, users, {})).toBe(total);
    expect(sent).toEqual(['/api/users?page=1&page_size=1']);
  });

  it('of a list that was read is known', async () => {
    const reads = reader.forPlan(signal);
    const items = await all(reads, roles);
    expect(await reads.count(roles, roles, {})).toBe(items?.length);
    expect(sent).toHaveLength(1);
  });

  it('of a list without pages is its length', async () => {
    const list = graph.keyed('listApplicationSecrets');
    const reads = reader.forPlan(signal);
    const count = await reads.count(list, list, { id: 'warehouse-sync' });
    expect(count).toBe((await reads.items(list, list, { id: 'warehouse-sync' }))?.length);
  });

  it('below an entity that does not exist is 0, as is that of a list that this Logto does not serve', async () => {
    const below = graph.keyed('listRoleUsers');
    expect(await reader.forPlan(signal).count(below, below, { id: 'nope' })).toBe(0);
    const older: Session = {
      tokenRequests: 0,
      redact: (text) => text,
      check: async () => {},
      send: async () => {
        throw new LogtoError({ kind: 'input', code: 'operation_not_served', message: 'older' });
      },
    };
    expect(await new TenantReader(older).forPlan(signal).count(users, users, {})).toBe(0);
  });

  it('that cannot be read is unknown', async () => {
    broken = '/api/users';
    expect(await reader.forPlan(signal).count(users, users, {})).toBeUndefined();
  });
});

describe('the budget of a check', () => {
  it('is larger than that of a plan, and both count each request once', async () => {
    const role = graph.keyed('getRole');
    const reads = reader.forCheck(signal);
    const before = reads.left;
    expect(before).toBeGreaterThan(reader.forPlan(signal).left);
    await reads.read(role, { id: 'support' });
    await reads.read(role, { id: 'support' });
    expect(reads.left).toBe(before - 1);
    expect((await all(reads))?.length).toBe(total);
  });
});
