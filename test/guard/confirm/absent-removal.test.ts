/** A removal of what does not exist is answered as not found: the person is not asked about it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { toolName } from '../../../src/catalog/operation.js';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { type Connected, connectSandbox, succeed } from '../../support/client.js';

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

it('delete_logs deletes the logs once the person has agreed', async () => {
  const { call, close } = await connectSandbox({ policy: defaultPolicy(), release: 'next' });
  expect((await succeed(call, 'list_logs', {})).items).not.toEqual([]);
  const planned = await succeed(call, 'delete_logs', {});
  await succeed(call, 'delete_logs', { plan: planned.result?.['plan'] });
  expect((await succeed(call, 'list_logs', {})).items).toEqual([]);
  await close();
});
