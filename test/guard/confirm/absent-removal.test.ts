/** A removal of an entity that does not exist answers not found: the person is not asked about it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { toolName } from '../../../src/catalog/operation.js';
import { changeOf } from '../../../src/guard/changes/index.js';
import { OperationGraph, parametersOf } from '../../../src/guard/operation-graph.js';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import type { TransportResponse } from '../../../src/logto/transport.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import { type Connected, connectClient, connectSandbox, succeed } from '../../support/client.js';
import { answerOf } from '../../support/faults.js';

let connected: Connected;
beforeAll(async () => {
  // The release that has every operation of the catalog.
  connected = await connectSandbox({ policy: defaultPolicy(), release: 'next' });
});
afterAll(() => connected.close());

const ABSENT = 'not-there';

/** Entities of the sandbox below which there is nothing of the name `not-there`. */
const parents: Readonly<Record<string, string>> = {
  users: 'ada',
  roles: 'support',
  resources: 'orders-api',
  applications: 'shop-web',
  organizations: 'alpine-rentals',
};

/** Path parameters that are no ids. */
const words: Readonly<Record<string, string>> = {
  keyType: 'private-keys',
  tokenTypePath: 'access-token',
  actionType: 'action.postSignIn',
  scopeType: 'user-scopes',
  languageTag: 'ja',
  templateType: 'SignIn',
};

/** Removals whose missing target the guard cannot detect, with the reason. */
const unknowable: Readonly<Record<string, string>> = {
  delete_secret: 'no operation reads a secret',
  cleanup_domains: 'what is stale is known to Logto alone',
  delete_logs: 'it names no log, and Logto alone knows how far it reaches',
  delete_sentinel_activities: 'no operation reads the blocks',
};

const removals = Object.values(catalog).flatMap(({ operations }) =>
  Object.entries(operations).flatMap(([key, operation]) =>
    operation.effect === 'removes' ? [{ name: toolName(key, operation), operation }] : [],
  ),
);

/** Arguments of a call that names no existing entity, below `parent` if it is given. */
function argumentsOf({ operation }: (typeof removals)[number], parent: string | undefined) {
  const names = [...Object.keys(operation.path), ...Object.keys(operation.query ?? {})];
  const values = Object.fromEntries(
    names
      .filter((name) => name !== 'revokeGrantsTarget')
      .map((name, index) => [name, (index === 0 ? parent : undefined) ?? words[name] ?? ABSENT]),
  );
  return operation.method === 'POST' ? { ...values, name: ABSENT } : values;
}

it.each(removals.filter(({ name }) => !Object.hasOwn(unknowable, name)))(
  '$name of an entity that does not exist answers not found, without a plan',
  async (removal) => {
    const root = removal.operation.url.split('/')[2] ?? '';
    const parent = Object.keys(removal.operation.path).length > 1 ? parents[root] : undefined;
    for (const top of new Set([undefined, parent])) {
      const values = argumentsOf(removal, top);
      const outcome = await connected.call(removal.name, values);
      // Logto refuses to list the roles of a user who is no member: that error is the cause then.
      const isRefused = !outcome.ok && outcome.error['status'] === 422;
      expect(outcome, JSON.stringify(values)).toMatchObject({
        ok: false,
        error: { kind: isRefused ? 'input' : 'not_found' },
      });
    }
  },
);

it.each(Object.entries(unknowable))('%s still asks: %s', async (name) => {
  const values = {
    delete_secret: { id: ABSENT },
    delete_logs: {},
    cleanup_domains: { staleDays: 3 },
    delete_sentinel_activities: { targetType: 'User', targets: ['nobody@example.com'] },
  }[name];
  expect(await connected.call(name, values ?? {})).toMatchObject({
    ok: true,
    answer: { result: { plan: expect.any(String) } },
  });
});

describe('a removal from a set that is not known asks', () => {
  const graph = new OperationGraph(catalog);
  // What could take this server its own access is refused where the set is not known.
  const fromSets = graph.operations.filter(
    (entry) =>
      entry.operation.effect === 'removes' &&
      entry.operation.lockout === undefined &&
      changeOf(entry, graph).setField !== undefined,
  );
  let set = '';
  let answer: TransportResponse;
  let asking: Connected;
  beforeAll(async () => {
    const { fetch } = createSandbox({ release: 'next' });
    asking = await connectClient({
      policy: defaultPolicy(),
      fetch: async (url, init) => (new URL(url).pathname === set ? answer : fetch(url, init)),
    });
  });
  afterAll(() => asking.close());

  const items = JSON.stringify(Array.from({ length: 100 }, (_, index) => ({ id: `m${index}` })));
  const json = { 'content-type': 'application/json' };

  it.each(fromSets)('$name', async (entry) => {
    const { read } = changeOf(entry, graph);
    const names = parametersOf(entry.operation.url);
    const values = Object.fromEntries(names.map((name, index) => [name, `of-${index}`]));
    set = parametersOf(read?.operation.url ?? '').reduce(
      (url, name, index) => url.replace(`{${name}}`, `of-${index}`),
      read?.operation.url ?? '',
    );
    const unknown = [answerOf(403, '{"code":"auth.forbidden","message":"no"}', json)];
    if (read?.operation.paging !== undefined) {
      unknown.push(answerOf(200, items, { ...json, 'total-number': '3000' }));
    }
    for (answer of unknown) {
      expect(await asking.call(entry.name, values)).toMatchObject({
        ok: true,
        answer: { result: { plan: expect.any(String) } },
      });
    }
  });
});

it('delete_logs deletes the logs once the person has agreed', async () => {
  const { call, close } = await connectSandbox({ policy: defaultPolicy(), release: 'next' });
  expect((await succeed(call, 'list_logs', {})).items).not.toEqual([]);
  const planned = await succeed(call, 'delete_logs', {});
  await succeed(call, 'delete_logs', { plan: planned.result?.['plan'] });
  expect((await succeed(call, 'list_logs', {})).items).toEqual([]);
  await close();
});
