/** A limit on removals counts everything that is removed, whatever the name of the call. */
import { afterEach, describe, expect, it } from 'vitest';
import { operation } from '../../../src/catalog/operation.js';
import { countDropped } from '../../../src/guard/confirm/diff.js';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { RateLimits } from '../../../src/guard/policy/rate-limits.js';
import { LogtoError } from '../../../src/logto/errors.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import { memoryState } from '../../../src/store/memory.js';
import { type Connected, connectClient, succeed as succeedBy } from '../../support/client.js';
import { answerOf } from '../../support/faults.js';

const getStatus = operation('GET /api/status', { summary: 'Status.' });

type Values = Readonly<Record<string, unknown>>;
type Limits = NonNullable<Parameters<typeof defaultPolicy>[0]>['limits'];

let connected: Connected | undefined;
afterEach(() => connected?.close());

/** A server with limits, and everything that it has written since `forget`. */
async function limited(limits: Limits, confirm: 'never' | 'risks' = 'never') {
  const sandbox = createSandbox();
  const written: string[] = [];
  let clock = Date.now();
  connected = await connectClient({
    policy: defaultPolicy({ confirm, ...(limits && { limits }) }),
    now: () => clock,
    fetch: (url, init) => {
      if (init.method !== 'GET' && !url.endsWith('/oidc/token')) {
        written.push(`${init.method} ${new URL(url).pathname}`);
      }
      return sandbox.fetch(url, init);
    },
  });
  const { call } = connected;
  const succeed = (tool: string, values: Values) => succeedBy(call, tool, values);
  /** The limit refuses the call with these words, and nothing is sent. */
  const refuses = async (tool: string, values: Values, words: string) => {
    written.length = 0;
    expect(await call(tool, values), tool).toMatchObject({
      ok: false,
      error: { code: 'forbidden_by_policy', message: expect.stringContaining(words) },
    });
    expect(written).toEqual([]);
  };
  const wait = () => {
    clock += 61_000;
  };
  return { call, succeed, refuses, wait, written };
}

const uris = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `https://shop.example/${index + from}`);

describe('rate limits', () => {
  const MINUTE_MS = 60_000;
  function limitsOf(limits: ConstructorParameters<typeof RateLimits>[0]) {
    const clock = { ms: 1_000_000 };
    const rateLimits = new RateLimits(limits, memoryState(() => clock.ms).counters, () => clock.ms);
    const refusal = async (removals?: number, writes?: number) => {
      try {
        await rateLimits.check('x', removals, '', writes);
        return undefined;
      } catch (error) {
        return error instanceof LogtoError ? error.failure.message : error;
      }
    };
    return { rateLimits, clock, refusal };
  }

  it('per minute count the last 60 seconds', async () => {
    const { rateLimits, clock, refusal } = limitsOf({ writes_per_minute: 2 });
    await rateLimits.count('x', 0, '');
    clock.ms += 1;
    await rateLimits.count('x', 0, '');
    expect(await refusal(0)).toContain('writes_per_minute: 2; 0 are left');
    await expect(rateLimits.count('x', 0, '')).rejects.toThrow(LogtoError);
    clock.ms += MINUTE_MS - 2;
    expect(await refusal(0)).toContain('0 are left');
    clock.ms += 1;
    expect(await refusal(0)).toBeUndefined();
    expect(await refusal(0, 2)).toContain('it takes 2 writes, and 1 are left');
  });

  it('per run never expire', async () => {
    const { rateLimits, clock, refusal } = limitsOf({ writes_per_run: 1 });
    await rateLimits.count('x', 0, '');
    clock.ms += 100 * MINUTE_MS;
    expect(await refusal(0)).toContain('writes_per_run: 1; 0 are left');
  });

  it('on removals count each removal, and do not limit other writes', async () => {
    const { rateLimits, clock, refusal } = limitsOf({
      removals_per_minute: 3,
      removals_per_run: 4,
    });
    await rateLimits.count('x', 2, '');
    await rateLimits.count('x', 0, '');
    expect(await refusal(1)).toBeUndefined();
    expect(await refusal(2)).toContain('removals_per_minute: 3; it would remove 2, and 1 are left');
    expect(await refusal(undefined)).toContain(
      'it cannot be told how much it would remove, and 1 are left',
    );
    expect(await refusal(0)).toBeUndefined();
    clock.ms += MINUTE_MS;
    expect(await refusal(1)).toBeUndefined();
    expect(await refusal(3)).toContain('removals_per_run: 4; it would remove 3, and 2 are left');
  });

  it('that are lower than the used amount leave 0, and no negative number', async () => {
    const limits: { writes_per_run: number } = { writes_per_run: 2 };
    const { rateLimits, refusal } = limitsOf(limits);
    await rateLimits.count('x', 0, '');
    await rateLimits.count('x', 0, '');
    limits.writes_per_run = 1;
    expect(await refusal(0)).toContain('0 are left');
  });

  it.each([
    [{}, false],
    [{ writes_per_run: 1 }, false],
    [{ removals_per_minute: 1 }, true],
    [{ removals_per_run: 1 }, true],
  ])('%j need to know how much a write removes: %s', (limits, isNeeded) => {
    expect(limitsOf(limits).rateLimits.countsRemovals).toBe(isNeeded);
  });

  it('of one operation count its calls for the same values, and say when the next may be made', async () => {
    const { rateLimits, clock } = limitsOf({});
    const entry = { name: 'verify', domain: 'users', operation: getStatus };
    const limit = { calls: 2, windowMs: 2 * MINUTE_MS, per: ['userId'] };
    const call = (userId: string) => rateLimits.countCall(entry, limit, { userId });
    await call('a');
    clock.ms += 30_500;
    await call('a');
    await call('b');
    const refusal = await (async () => {
      try {
        await call('a');
      } catch (error) {
        return error instanceof LogtoError ? error.failure : undefined;
      }
      return undefined;
    })();
    expect(refusal).toMatchObject({
      kind: 'rate_limit',
      code: 'too_many_calls',
      message: expect.stringContaining('verify 2 times in 2 minutes for the same userId'),
      retry_after: 90,
    });
    clock.ms += 2 * MINUTE_MS - 30_500 - 1;
    await expect(call('a')).rejects.toThrow(LogtoError);
    clock.ms += 1;
    await call('a');
    await expect(call('a')).rejects.toThrow(LogtoError);
  });
});

describe('a limit on removals counts', () => {
  it('the members that a replaced set loses, by id and by name, and says how many are left', async () => {
    const { succeed, refuses, wait } = await limited({ removals_per_minute: 2 });
    const created = await succeed('create_user', { username: 'counted' });
    const userId = created.result?.id;
    const roleIds = ['customer', 'support', 'shop-manager'];
    await succeed('assign_user_roles', { userId, roleIds });
    await refuses(
      'replace_user_roles',
      { userId, roleIds: [] },
      'removals_per_minute: 2; it would remove 3, and 2 are left',
    );
    await succeed('replace_user_roles', { userId, roleIds: ['customer', 'support'] });
    await refuses(
      'replace_user_roles',
      { userId, roleIds: [] },
      'it would remove 2, and 1 are left',
    );
    // A write that only adds loses nothing.
    await succeed('replace_user_roles', { userId, roleIds });
    wait();
    await succeed('replace_user_roles', { userId, roleIds: ['customer'] });

    wait();
    const id = 'alpine-rentals';
    const { items: all = [] } = await succeed('list_organization_roles', {});
    const names = all.filter(({ type }) => type === 'User').map(({ name }) => name);
    const { items = [] } = await succeed('list_organization_users', { id, fields: ['id'] });
    const member = { id, userId: items[0]?.id };
    await succeed('assign_organization_roles_to_user', { ...member, organizationRoleNames: names });
    expect(names.length).toBeGreaterThan(1);
    // One is kept by its name, so only the others count.
    await succeed('replace_organization_user_roles', {
      ...member,
      organizationRoleNames: names.slice(0, 1),
    });
    const left = 2 - (names.length - 1);
    await refuses(
      'replace_organization_users',
      { id, userIds: [] },
      `it would remove ${items.length}, and ${left} are left`,
    );
  });

  it('entries of replaced lists and members of replaced objects', async () => {
    const { succeed, refuses } = await limited({ removals_per_run: 3 });
    const application = (redirectUris: readonly string[]) => ({
      id: 'shop-web',
      oidcClientMetadata: { redirectUris, postLogoutRedirectUris: [] },
    });
    const { result } = await succeed('get_application', { id: 'shop-web' });
    const metadata = Object(result?.['oidcClientMetadata']);
    const there: string[] = metadata.redirectUris;
    // Keeps the current items and adds a hundred: nothing is removed.
    await succeed('update_application', {
      id: 'shop-web',
      oidcClientMetadata: { ...metadata, redirectUris: [...there, ...uris(100)] },
    });
    const others = metadata.postLogoutRedirectUris.length;
    await refuses(
      'update_application',
      application([]),
      `removals_per_run: 3; it would remove ${100 + there.length + others}, and 3 are left`,
    );
    const created = await succeed('create_user', {
      username: 'counted',
      customData: { a: 1, b: { c: 2, d: 3 }, e: [1, 2] },
    });
    await refuses(
      'update_user',
      { userId: created.result?.id, customData: {}, replace_whole: true },
      'it would remove 5, and 3 are left',
    );
    // Merged, the same call drops nothing.
    await succeed('update_user', { userId: created.result?.id, customData: { a: 2 } });
    await succeed('update_user', { userId: created.result?.id, customData: { e: [1] } });
    await refuses(
      'update_user',
      { userId: created.result?.id, customData: { b: 'x', e: [] } },
      'it would remove 3, and 2 are left',
    );
  });

  it('each entity of a removal of several', async () => {
    const { succeed, refuses } = await limited({ removals_per_run: 1 });
    const details = { subject: 's', content: 'c' };
    await succeed('replace_email_templates', {
      templates: ['SignIn', 'Register'].map((templateType) => ({
        languageTag: 'ja',
        templateType,
        details,
      })),
    });
    await refuses(
      'delete_email_templates',
      { languageTag: 'ja' },
      'it would remove 2, and 1 are left',
    );
    await refuses(
      'delete_sentinel_activities',
      { targetType: 'User', targets: ['a', 'b', 'c'] },
      'it would remove 3, and 1 are left',
    );
    await succeed('delete_email_templates', { languageTag: 'ja', templateType: 'SignIn' });
    await refuses('delete_role', { id: 'support' }, 'it would remove 1, and 0 are left');
  });

  it('the connector that a new one displaces', async () => {
    const { succeed, refuses } = await limited({ removals_per_run: 0 });
    const { items = [] } = await succeed('list_connectors', {});
    const email = items.find(({ type }) => type === 'Email');
    expect(email).toBeDefined();
    await refuses(
      'create_connector',
      { connectorId: email?.['connectorId'], config: {} },
      'removals_per_run: 0; it would remove 1, and 0 are left',
    );
  });

  it('all calls of an undo before the first of them', async () => {
    const { call, succeed, written } = await limited({ removals_per_run: 1 });
    const created = await succeed('create_user', { username: 'counted' });
    await succeed('assign_user_roles', {
      userId: created.result?.id,
      roleIds: ['shop-manager', 'support'],
    });
    const { items = [] } = await succeed('list_changes', { limit: 1 });
    written.length = 0;
    const undone = await call('undo_change', { change: items[0]?.id });
    expect(undone).toMatchObject({
      ok: false,
      error: {
        message: expect.stringMatching(/removals_per_run: 1; it would remove 2, and 1 are/),
      },
    });
    expect(written).toEqual([]);
  });
});

describe('a rate limit', () => {
  it('refuses a write before it asks', async () => {
    const { refuses } = await limited({ removals_per_run: 0 }, 'risks');
    await refuses('delete_role', { id: 'support' }, 'removals_per_run: 0');
  });

  it('refuses a set that is too large to be counted', async () => {
    const sandbox = createSandbox();
    const written: string[] = [];
    connected = await connectClient({
      policy: defaultPolicy({ confirm: 'never', limits: { removals_per_run: 1000 } }),
      fetch: async (url, init) => {
        if (init.method === 'PUT') {
          written.push(url);
        }
        if (init.method === 'GET' && /\/organizations\/[^/]+\/users\?/.test(url)) {
          const items = Array.from({ length: 100 }, (_, index) => ({ id: `u${index}` }));
          return answerOf(200, JSON.stringify(items), {
            'content-type': 'application/json',
            'total-number': '5000',
          });
        }
        return sandbox.fetch(url, init);
      },
    });
    expect(
      await connected.call('replace_organization_users', { id: 'alpine-rentals', userIds: [] }),
    ).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('it cannot be told how much it would remove') },
    });
    expect(written).toEqual([]);
  });
});

describe('the number of dropped members', () => {
  it.each([
    [[1, 2, 3], [3], 2],
    [[{ a: 1, b: 2 }], [{ b: 2, a: 1 }], 0],
    [[{ a: 1 }], [{ a: 2 }], 1],
    [{ a: { b: [1, 2] } }, { a: {} }, 2],
    [{ a: { b: [1, 2] } }, { a: null }, 2],
    [{ a: null, b: '' }, {}, 0],
    ['text', 'other', 0],
    ['text', null, 1],
    [undefined, [1], 0],
  ])('from %j to %j is %i', (before, after, count) => {
    expect(countDropped(before, after)).toBe(count);
  });
});
