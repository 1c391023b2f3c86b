/**
 * State in PostgreSQL, for any number of processes: journal, plans that are consumed once, counters, and locks. A process
 * keeps no state, so each call can reach another one.
 */
import { randomBytes } from 'node:crypto';
import postgres, { type Sql, type TransactionSql } from 'postgres';
import { isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import { KeyedMutex } from './keyed-mutex.js';
import { migrate } from './postgres-schema.js';
import { readTls } from './postgres-tls.js';
import { Sealed } from './sealed.js';
import type {
  CounterAddition,
  CounterStore,
  CounterUse,
  ExceededCeiling,
  JournalLines,
  LockStore,
  PlanKey,
  PlanStore,
  RateStore,
  SharedState,
  StoredPlan,
} from './store.js';

/** Lines of the journal that are read: the newest. Two make one change. */
const MAX_LINES = 20_000;

/** Connections for queries, and for locks: each acquired lock needs one. */
const MAX_CONNECTIONS = 10;
const MAX_LOCKS = 20;

const CONNECT_TIMEOUT_S = 10;

/** Milliseconds that a call waits for the one before it on the same entity. */
const LOCK_TIMEOUT_MS = 55_000;

/** Milliseconds between two signs of life of a process, and after which it counts as ended. */
const HEARTBEAT_MS = 15_000;
const DEAD_AFTER_MS = 60_000;

/** Milliseconds for which additions to a counter are kept; no window is longer. */
const COUNTS_KEPT_MS = 24 * 3_600_000;

export interface PostgresOptions {
  /** `postgres://user:password@host/database?sslmode=verify-full` */
  readonly url: string;
  /** What the state is about: the address of the tenant. Servers of several tenants can share a database. */
  readonly tenant: string;
  /** Encrypts plans. At least 32 bytes, the same for all processes. */
  readonly key: Uint8Array;
}

export interface PostgresStore extends SharedState {
  readonly journal: JournalLines;
  /** @throws LogtoError where the database cannot be reached */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** The error for a database that does not answer. */
const unavailable = (error: unknown): LogtoError =>
  new LogtoError(
    {
      kind: 'unavailable',
      code: 'store_unavailable',
      message: 'The database of this server cannot be used. Nothing was sent.',
      hint: 'Try again in a moment. The operator finds the reason in the log of this server.',
    },
    { cause: error },
  );

/** Runs a query. @throws LogtoError instead of an error of the database */
async function query<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof LogtoError ? error : unavailable(error);
  }
}

class PostgresJournal implements JournalLines {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: string,
  ) {}

  async append(line: string): Promise<void> {
    await query(
      () => this.sql`insert into logto_mcp.journal (tenant, line) values (${this.tenant}, ${line})`,
    );
  }

  async read(): Promise<readonly string[]> {
    const rows = await query(
      () => this.sql<{ line: string }[]>`
        select line from logto_mcp.journal where tenant = ${this.tenant}
        order by id desc limit ${MAX_LINES}`,
    );
    return rows.map(({ line }) => line).reverse();
  }
}

class PostgresPlans implements PlanStore {
  readonly #sealed: Sealed;

  constructor(
    private readonly sql: Sql,
    private readonly tenant: string,
    key: Uint8Array,
  ) {
    this.#sealed = new Sealed(key);
  }

  #context({ kind, owner, id }: PlanKey): string {
    return JSON.stringify([this.tenant, kind, owner, id]);
  }

  async put(key: PlanKey, plan: StoredPlan): Promise<void> {
    const data = this.#sealed.seal(JSON.stringify(plan), this.#context(key));
    const expiresAt = new Date(plan.expiresAt);
    await query(async () => {
      await this.sql`delete from logto_mcp.plans where expires_at < clock_timestamp()`;
      await this.sql`
        insert into logto_mcp.plans (id, kind, owner, expires_at, data)
        values (${key.id}, ${key.kind}, ${key.owner}, ${expiresAt}, ${data})`;
    });
  }

  async take(key: PlanKey): Promise<StoredPlan | undefined> {
    const [row] = await query(
      () => this.sql<{ data: Uint8Array }[]>`
        delete from logto_mcp.plans
        where id = ${key.id} and kind = ${key.kind} and owner = ${key.owner}
        returning data`,
    );
    const text = row && this.#sealed.open(row.data, this.#context(key));
    const plan: unknown = text === undefined ? undefined : JSON.parse(text);
    return isObject(plan) &&
      typeof plan['call'] === 'string' &&
      typeof plan['expiresAt'] === 'number'
      ? { call: plan['call'], expiresAt: plan['expiresAt'], payload: plan['payload'] }
      : undefined;
  }
}

class PostgresCounters implements CounterStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: string,
    private readonly run: string,
  ) {}

  #key(counter: string): string {
    return `${this.tenant} ${counter}`;
  }

  async #use(
    sql: Sql | TransactionSql,
    counter: string,
    windowMs: number | undefined,
  ): Promise<CounterUse> {
    const key = this.#key(counter);
    if (windowMs === undefined) {
      const [row] = await sql<{ used: string }[]>`
        select amount::text as used from logto_mcp.totals
        where run = ${this.run} and counter = ${key}`;
      return { used: Number(row?.used ?? 0), oldestAt: undefined };
    }
    const [row] = await sql<{ used: string; oldest: Date | null }[]>`
      select coalesce(sum(amount), 0)::text as used, min(at) as oldest from logto_mcp.counts
      where counter = ${key}
        and at > clock_timestamp() - make_interval(secs => ${windowMs / 1000})`;
    return { used: Number(row?.used ?? 0), oldestAt: row?.oldest?.getTime() };
  }

  use(counter: string, windowMs: number | undefined): Promise<CounterUse> {
    return query(() => this.#use(this.sql, counter, windowMs));
  }

  async add(additions: readonly CounterAddition[]): Promise<ExceededCeiling | undefined> {
    // In a fixed order, so that two processes never wait for each other.
    const sorted = additions
      .filter(({ amount }) => amount > 0)
      .sort((left, right) => (left.counter < right.counter ? -1 : 1));
    if (sorted.length === 0) {
      return undefined;
    }
    return query(() =>
      this.sql.begin(async (transaction) => {
        for (const { counter } of sorted) {
          await transaction`
            select pg_advisory_xact_lock(hashtextextended(${this.#key(counter)}, 1))`;
        }
        for (const { counter, amount, ceilings } of sorted) {
          for (const ceiling of ceilings) {
            const use = await this.#use(transaction, counter, ceiling.windowMs);
            if (use.used + amount > ceiling.max) {
              return { ...use, counter, ceiling };
            }
          }
        }
        for (const { counter, amount } of sorted) {
          const key = this.#key(counter);
          await transaction`
            delete from logto_mcp.counts where counter = ${key}
              and at < clock_timestamp() - make_interval(secs => ${COUNTS_KEPT_MS / 1000})`;
          await transaction`
            insert into logto_mcp.counts (counter, amount) values (${key}, ${amount})`;
          await transaction`
            insert into logto_mcp.totals (run, counter, amount)
            values (${this.run}, ${key}, ${amount})
            on conflict (run, counter) do update set amount = totals.amount + excluded.amount`;
        }
        return undefined;
      }),
    );
  }
}

class PostgresRates implements RateStore {
  constructor(
    private readonly sql: Sql,
    private readonly tenant: string,
  ) {}

  async take(key: string, perMinute: number): Promise<number | undefined> {
    const bucket = `${this.tenant} ${key}`;
    const perSecond = perMinute / 60;
    // One statement, so that requests of one person to several processes count one after another.
    const filled = this.sql`least(${perMinute}::double precision, rates.remaining
      + extract(epoch from clock_timestamp() - rates.at) * ${perSecond}::double precision)`;
    const [row] = await query(
      () => this.sql<{ taken: boolean; remaining: number }[]>`
        insert into logto_mcp.rates (bucket, remaining, taken, at)
        values (${bucket}, ${perMinute - 1}, true, clock_timestamp())
        on conflict (bucket) do update set
          remaining = case when ${filled} >= 1 then ${filled} - 1 else ${filled} end,
          taken = ${filled} >= 1,
          at = clock_timestamp()
        returning taken, remaining`,
    );
    return row === undefined || row.taken ? undefined : Math.ceil((1 - row.remaining) / perSecond);
  }

  /** Drops the buckets that are full again. */
  async clean(): Promise<void> {
    await this.sql`
      delete from logto_mcp.rates where at < clock_timestamp() - make_interval(secs => 60)`;
  }
}

/** Locks that end with their connection, so that those of a killed process are free at once. */
class PostgresLocks implements LockStore {
  /** Within this process without the database: a key needs one connection, however many calls wait for it. */
  readonly #local = new KeyedMutex();
  /** Locks that work of one group shares, by their key. */
  readonly #shared = new Map<
    string,
    { users: number; readonly release: Promise<() => Promise<void>> }
  >();

  constructor(
    private readonly sql: Sql,
    private readonly tenant: string,
  ) {}

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    return this.#local.run(key, async () => {
      const release = await this.#acquire(key);
      try {
        return await work();
      } finally {
        await release();
      }
    });
  }

  runShared<T>(key: string, group: string, work: () => Promise<T>): Promise<T> {
    return this.#local.runShared(key, group, async () => {
      // Only work of one group is here at the same time: the first of it acquires the lock, the last one releases it.
      const lock = this.#shared.get(key) ?? { users: 0, release: this.#acquire(key) };
      this.#shared.set(key, lock);
      lock.users += 1;
      try {
        await lock.release;
        return await work();
      } finally {
        lock.users -= 1;
        if (lock.users === 0) {
          this.#shared.delete(key);
          const release = await lock.release.catch(() => undefined);
          await release?.();
        }
      }
    });
  }

  /** Acquires the lock of a key among all processes. @returns releases it */
  async #acquire(key: string): Promise<() => Promise<void>> {
    const connection = await query(() => this.sql.reserve());
    const lock = `${this.tenant} ${key}`;
    try {
      await query(async () => {
        await connection`select set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, false)`;
        await connection`select pg_advisory_lock(hashtextextended(${lock}, 0))`;
      });
    } catch (error) {
      connection.release();
      throw error;
    }
    return async () => {
      // If the connection was lost, the lock has ended with it.
      await connection`select pg_advisory_unlock(hashtextextended(${lock}, 0))`.catch(() => {});
      connection.release();
    };
  }
}

/**
 * Joins the run of the processes that are alive, or begins one: a ceiling "per run" counts from the start of the first of
 * them until the last one has ended.
 */
async function joinRun(sql: Sql, tenant: string, id: string): Promise<string> {
  return sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(hashtextextended(${tenant}, 2))`;
    await transaction`
      delete from logto_mcp.processes where tenant = ${tenant}
        and seen_at < clock_timestamp() - make_interval(secs => ${DEAD_AFTER_MS / 1000})`;
    const [present] = await transaction<{ run: string }[]>`
      select run from logto_mcp.processes where tenant = ${tenant} limit 1`;
    const run = present?.run ?? randomBytes(8).toString('hex');
    await transaction`
      insert into logto_mcp.processes (id, tenant, run, seen_at)
      values (${id}, ${tenant}, ${run}, clock_timestamp())`;
    return run;
  });
}

/**
 * Connects, and creates or updates the tables.
 *
 * @throws LogtoError of kind `configuration` where the database cannot be used
 */
export async function openPostgres(opened: PostgresOptions): Promise<PostgresStore> {
  const { tenant, key } = opened;
  const { url, ssl } = readTls(opened.url);
  const options = {
    ssl,
    connect_timeout: CONNECT_TIMEOUT_S,
    // Works behind a pooler too, as long as it keeps the connection of a session.
    prepare: false,
    onnotice: () => {},
    connection: { application_name: 'logto-management-mcp' },
  } as const;
  const sql = postgres(url, { ...options, max: MAX_CONNECTIONS });
  const locks = postgres(url, { ...options, max: MAX_LOCKS, idle_timeout: 60 });
  const id = randomBytes(8).toString('hex');
  let run: string;
  try {
    await migrate(sql);
    run = await joinRun(sql, tenant, id);
  } catch (error) {
    await Promise.all([sql.end({ timeout: 1 }), locks.end({ timeout: 1 })]);
    throw new LogtoError(
      {
        kind: 'configuration',
        code: 'store_unavailable',
        message: `The database of LOGTO_MCP_DATABASE_URL cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
        hint: 'The user needs the right to create a schema, or to own the schema logto_mcp.',
      },
      { cause: error },
    );
  }
  const alive = async (): Promise<void> => {
    await sql`
      insert into logto_mcp.processes (id, tenant, run, seen_at)
      values (${id}, ${tenant}, ${run}, clock_timestamp())
      on conflict (id) do update set seen_at = excluded.seen_at`;
  };
  const rates = new PostgresRates(sql, tenant);
  const heartbeat = setInterval(() => {
    // A database that is away for a moment is noticed by the calls that need it.
    alive()
      .then(() => rates.clean())
      .catch(() => {});
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    journal: new PostgresJournal(sql, tenant),
    plans: new PostgresPlans(sql, tenant, key),
    counters: new PostgresCounters(sql, tenant, run),
    locks: new PostgresLocks(locks, tenant),
    rates,
    ready: async () => {
      await query(() => sql`select 1`);
    },
    close: async () => {
      clearInterval(heartbeat);
      await sql`delete from logto_mcp.processes where id = ${id}`.catch(() => {});
      await Promise.all([sql.end({ timeout: 5 }), locks.end({ timeout: 5 })]);
    },
  };
}
