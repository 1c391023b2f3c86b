/** The tables of the store, and how they are brought up to date. */
import type { Sql } from 'postgres';

/** Any number: processes that start at the same time migrate one after another. */
const MIGRATION_LOCK = 7_203_411_905;

/** What each version adds to the one before. A version that was released is never changed. */
const MIGRATIONS: readonly string[] = [
  `create table logto_mcp.journal (
    id bigint generated always as identity primary key,
    tenant text not null,
    at timestamptz not null default clock_timestamp(),
    line text not null
  );
  create index journal_by_tenant on logto_mcp.journal (tenant, id desc);
  create table logto_mcp.plans (
    id text primary key,
    kind text not null,
    owner text not null,
    expires_at timestamptz not null,
    data bytea not null
  );
  create index plans_by_expiry on logto_mcp.plans (expires_at);
  create table logto_mcp.counts (
    counter text not null,
    at timestamptz not null default clock_timestamp(),
    amount integer not null
  );
  create index counts_by_counter on logto_mcp.counts (counter, at);
  create table logto_mcp.totals (
    run text not null,
    counter text not null,
    amount bigint not null,
    primary key (run, counter)
  );
  create table logto_mcp.processes (
    id text primary key,
    tenant text not null,
    run text not null,
    seen_at timestamptz not null
  )`,
  // Not logged, because a bucket is full again after a minute anyway.
  `create unlogged table logto_mcp.rates (
    bucket text primary key,
    remaining double precision not null,
    taken boolean not null,
    at timestamptz not null
  );
  create index rates_by_time on logto_mcp.rates (at)`,
];

/** Creates the schema, or brings it up to date. @throws Error of PostgreSQL; Error for tables of a newer version */
export async function migrate(sql: Sql): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(${MIGRATION_LOCK})`;
    await transaction.unsafe('create schema if not exists logto_mcp');
    await transaction.unsafe(
      'create table if not exists logto_mcp.versions (version integer primary key)',
    );
    const [row] = await transaction<{ version: number }[]>`
      select coalesce(max(version), 0)::integer as version from logto_mcp.versions`;
    const present = row?.version ?? 0;
    if (present > MIGRATIONS.length) {
      throw new Error(
        `The tables in the schema logto_mcp are of version ${present}, and this server knows ${MIGRATIONS.length}. Start a newer one.`,
      );
    }
    for (const [index, statements] of MIGRATIONS.entries()) {
      if (index >= present) {
        await transaction.unsafe(statements);
        await transaction`insert into logto_mcp.versions (version) values (${index + 1})`;
      }
    }
  });
}
