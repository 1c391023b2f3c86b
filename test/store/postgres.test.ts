/** The store in PostgreSQL, as several processes use it. */
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres, type PostgresStore } from '../../src/store/postgres.js';
import { anyDatabase, type Database, hasServer } from './databases.js';

const key = new Uint8Array(32).fill(1);

describe('a store in PostgreSQL', () => {
  let database: Database;
  /** Two processes of one tenant that start together on an empty database. Each connection costs the server a process. */
  let pair: readonly [PostgresStore, PostgresStore];
  const stores: PostgresStore[] = [];
  const open = async (tenant = 'test', secret = key): Promise<PostgresStore> => {
    const store = await openPostgres({ url: database.url, tenant, key: secret });
    stores.push(store);
    return store;
  };

  beforeAll(async () => {
    database = await anyDatabase();
    const { url } = database;
    const start = () => openPostgres({ url, tenant: 'test', key });
    pair = await Promise.all([start(), start()]);
  }, 240_000);

  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });

  afterAll(async () => {
    await Promise.all(pair.map((store) => store.close()));
    await database.stop();
  });

  const planKey = (id: string) => ({ kind: 'write', owner: 'client ada', id });
  const plan = {
    call: 'c',
    expiresAt: Date.now() + 60_000,
    payload: { before: { name: 'x', secret: 'hush-hush' }, gone: undefined },
  };

  it('is created once by processes that start together, and not again later', async () => {
    const [first, second] = pair;
    await Promise.all([first.ready(), second.ready()]);
    await open();
  });

  it('keeps the journal in order, for each tenant alone', async () => {
    const [first, second] = [await open('a'), await open('a')];
    const other = await open('b');
    await first.journal.append('{"id":"1"}');
    await second.journal.append('{"id":"2","text":"\\u0000"}');
    await other.journal.append('{"id":"3"}');
    expect(await second.journal.read()).toEqual(['{"id":"1"}', '{"id":"2","text":"\\u0000"}']);
  });

  it('counts the rate of a key over two processes, and separately for another key', async () => {
    const [first, second] = pair;
    const takers = Array.from({ length: 12 }, (_, index) =>
      (index % 2 === 0 ? first : second).rates.take('calls ada', 6),
    );
    const waits = await Promise.all(takers);
    expect(waits.filter((seconds) => seconds === undefined)).toHaveLength(6);
    expect(waits.filter((seconds) => seconds !== undefined && seconds <= 10)).toHaveLength(6);
    expect(await second.rates.take('calls rio', 6)).toBeUndefined();
    const other = await open('another tenant');
    expect(await other.rates.take('calls ada', 6)).toBeUndefined();
    // A bucket of 6,000 a minute fills with one in 10 ms.
    await Promise.all(Array.from({ length: 3 }, () => first.rates.take('fast', 6000)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await second.rates.take('fast', 6000)).toBeUndefined();
  });

  it('gives a plan to only one of many callers in two processes', async () => {
    const [first, second] = pair;
    await first.plans.put(planKey('p1'), plan);
    const takers = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? first : second).plans.take(planKey('p1')),
    );
    const received = (await Promise.all(takers)).filter((item) => item !== undefined);
    expect(received).toEqual([
      { ...plan, payload: { before: { name: 'x', secret: 'hush-hush' } } },
    ]);
  });

  it('gives no plan to another owner, kind or tenant, and does not consume it for them', async () => {
    const [store] = pair;
    const other = await open('another tenant');
    await store.plans.put(planKey('p2'), plan);
    expect(await store.plans.take({ ...planKey('p2'), owner: 'client rio' })).toBeUndefined();
    expect(await store.plans.take({ ...planKey('p2'), kind: 'script' })).toBeUndefined();
    expect(await store.plans.take(planKey('p2'))).toBeDefined();
    await store.plans.put(planKey('p3'), plan);
    expect(await other.plans.take(planKey('p3'))).toBeUndefined();
  });

  it('stores plans encrypted, and gives them to no process with another key', async () => {
    const [store] = pair;
    await store.plans.put(planKey('p4'), plan);
    const sql = postgres(database.url, { max: 1, onnotice: () => {} });
    const rows = await sql<{ data: Uint8Array }[]>`
      select data from logto_mcp.plans where id = 'p4'`;
    await sql.end();
    expect(Buffer.from(rows[0]?.data ?? []).toString('latin1')).not.toContain('hush');
    const stranger = await open('test', new Uint8Array(32).fill(2));
    expect(await stranger.plans.take(planKey('p4'))).toBeUndefined();
  });

  it('passes no ceiling, whichever process counts', async () => {
    const [first, second] = [await open('ceilings'), await open('ceilings')];
    const ceilings = [{ windowMs: 60_000, max: 7 }];
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? first : second).counters.add([
          { counter: 'writes', amount: 1, ceilings },
          { counter: 'removals', amount: 2, ceilings: [{ windowMs: undefined, max: 100 }] },
        ]),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(7);
    expect(await second.counters.use('writes', 60_000)).toMatchObject({ used: 7 });
    // Nothing of an addition that was refused is counted.
    expect(await first.counters.use('removals', undefined)).toMatchObject({ used: 14 });
  });

  it('counts a run over all processes until the last one has ended', async () => {
    const one = await open('runs');
    const add = (store: PostgresStore) =>
      store.counters.add([
        { counter: 'writes', amount: 1, ceilings: [{ windowMs: undefined, max: 1 }] },
      ]);
    expect(await add(one)).toBeUndefined();
    const two = await open('runs');
    expect(await add(two)).toMatchObject({ used: 1, ceiling: { max: 1 } });
    await Promise.all(stores.splice(0).map((store) => store.close()));
    expect(await add(await open('runs'))).toBeUndefined();
  });

  it('runs work on one key one after another, and on others side by side', async () => {
    const [first, second] = pair;
    // The embedded database has one session for all connections, so that only one process is exclusive there.
    const other = hasServer ? second : first;
    let inside = 0;
    let maxInside = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      maxInside = Math.max(maxInside, inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
    };
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? first : other).locks.run('user 1', work),
      ),
    );
    expect(maxInside).toBe(1);
    // Each work ends only when all have begun, however long their connections take: it would wait forever one by one.
    const users = ['a', 'b', 'c'];
    let begun = 0;
    let endAll = (): void => {};
    const allBegun = new Promise<void>((resolve) => {
      endAll = resolve;
    });
    await Promise.all(
      users.map((user) =>
        first.locks.run(user, async () => {
          begun += 1;
          if (begun === users.length) {
            endAll();
          }
          await allBegun;
        }),
      ),
    );
    expect(begun).toBe(users.length);
  });

  it('runs work of one group on a key side by side, and excludes all other work on it', async () => {
    const [first, second] = pair;
    const other = hasServer ? second : first;
    let inGroup = 0;
    let mostInGroup = 0;
    let others = 0;
    const overlaps: string[] = [];
    const member = async (): Promise<void> => {
      inGroup += 1;
      mostInGroup = Math.max(mostInGroup, inGroup);
      if (others > 0) {
        overlaps.push('a member of the group beside other work');
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
      inGroup -= 1;
    };
    const single = async (): Promise<void> => {
      others += 1;
      if (inGroup > 0 || others > 1) {
        overlaps.push('other work beside the group');
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
      others -= 1;
    };
    await Promise.all([
      other.locks.run('role 1', single),
      ...Array.from({ length: 5 }, () => first.locks.runShared('role 1', 'run-1 add', member)),
      other.locks.runShared('role 1', 'run-2 add', single),
      other.locks.run('role 1', single),
    ]);
    expect(overlaps).toEqual([]);
    expect(mostInGroup).toBe(5);
    await expect(
      first.locks.runShared('role 1', 'run-3', () => Promise.reject(new Error('of the work'))),
    ).rejects.toThrow('of the work');
    expect(await other.locks.run('role 1', async () => 5)).toBe(5);
  });

  it('returns the result or throws the error of the work, and frees the lock after both', async () => {
    const [store] = pair;
    await expect(
      store.locks.run('k', () => Promise.reject(new Error('of the work'))),
    ).rejects.toThrow('of the work');
    expect(await store.locks.run('k', async () => 5)).toBe(5);
  });
});

describe('a database that cannot be used', () => {
  it.each([
    ['postgres://mcp:hush@db.example.com/mcp', /does not say whether .* encrypted/],
    ['postgres://mcp:hush@db.example.com:5432/mcp?sslmode=verifyfull', /sslmode .* does not exist/],
    [
      'postgres://mcp:hush@127.0.0.1/mcp?sslmode=verify-full&sslrootcert=/missing.pem',
      /sslrootcert/,
    ],
  ])('%s is refused before anything is sent', async (url, reason) => {
    const opened = openPostgres({ url, tenant: 'test', key });
    await expect(opened).rejects.toThrow(reason);
    await expect(opened).rejects.toMatchObject({ failure: { kind: 'configuration' } });
    await expect(opened).rejects.not.toThrow(/hush/);
  });

  it('stops the start with the reason and without the password', async () => {
    const url = 'postgres://mcp:hush-hush@127.0.0.1:9/mcp';
    const opened = openPostgres({ url, tenant: 'test', key });
    await expect(opened).rejects.toThrow(/LOGTO_MCP_DATABASE_URL cannot be used/);
    await expect(opened).rejects.not.toThrow(/hush/);
  }, 30_000);
});
