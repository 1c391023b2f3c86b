/** Decisions while a write is prepared: reads that fail, plans that become stale, and refusals before anything is sent. */
import { afterEach, describe, expect, it } from 'vitest';
import { defaultPolicy, type Rules } from '../../src/guard/policy/policy.js';
import { Secrets } from '../../src/guard/secrets/secrets.js';
import { createSandbox } from '../../src/sandbox/index.js';
import {
  type Connected,
  connectClient,
  type Setup,
  succeed as succeedBy,
} from '../support/client.js';
import { answerOf } from '../support/faults.js';
import { mailer } from '../support/mailer.js';

type Values = Readonly<Record<string, unknown>>;

const open: Connected[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ close }) => close()));
});

/** A server under rules; `refuse` answers a status to matching reads, and writes are recorded. */
async function server(rules: Rules = {}, more: Partial<Setup> = {}) {
  const sandbox = createSandbox();
  const written: string[] = [];
  const refuse: { path?: RegExp; status: number } = { status: 403 };
  const free = await connectClient({ fetch: sandbox.fetch });
  const connected = await connectClient({
    policy: defaultPolicy(rules),
    session: { clock: { now: Date.now, random: () => 0, sleep: async () => {} } },
    fetch: async (url, init) => {
      const { pathname } = new URL(url);
      if (init.method === 'GET' && refuse.path?.test(pathname)) {
        return answerOf(refuse.status, '{"code":"auth.forbidden","message":"no"}', {
          'content-type': 'application/json',
        });
      }
      if (init.method !== 'GET' && pathname.startsWith('/api/')) {
        written.push(`${init.method} ${pathname}`);
      }
      return sandbox.fetch(url, init);
    },
    ...more,
  });
  const { call } = connected;
  const succeed = (tool: string, values: Values) => succeedBy(call, tool, values);
  open.push(free, connected);
  /** Another program, whose calls the guard does not check. */
  const elsewhere = (tool: string, values: Values) => succeedBy(free.call, tool, values);
  return { call, succeed, elsewhere, written, refuse };
}

describe('a read that fails', () => {
  const metadata = { id: 'shop-web', oidcClientMetadata: { redirectUris: ['https://a.example/'] } };

  it('stops an update that would be merged into the current value', async () => {
    const { call, written, refuse } = await server({ confirm: 'never' });
    refuse.path = /\/applications\/shop-web$/;
    expect(await call('update_application', metadata)).toMatchObject({
      ok: false,
      error: { status: 403 },
    });
    expect(written).toEqual([]);
  });

  it('does not stop an update that is sent unchanged', async () => {
    const { call, written, refuse } = await server({ confirm: 'never' });
    refuse.path = /\/applications\/shop-web$/;
    const whole = {
      id: 'shop-web',
      oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] },
      replace_whole: true,
    };
    expect(await call('update_application', whole)).toMatchObject({ ok: true });
    expect(await call('update_application', { id: 'shop-web', name: 'Shop' })).toMatchObject({
      ok: true,
    });
    expect(written).toHaveLength(2);
  });

  it('because Logto does not answer stops every write', async () => {
    const { call, written, refuse } = await server({ confirm: 'never' });
    refuse.path = /\/applications\/shop-web$/;
    refuse.status = 503;
    expect(await call('update_application', { id: 'shop-web', name: 'Shop' })).toMatchObject({
      ok: false,
      error: { kind: 'unavailable', status: 503 },
    });
    expect(written).toEqual([]);
  });

  it('makes an update ask, because it could not be undone; a removal still asks', async () => {
    const { succeed, refuse, written } = await server();
    refuse.path = /\/(applications\/shop-web|roles\/support)$/;
    for (const [tool, values] of [
      ['update_application', { id: 'shop-web', name: 'Shop' }],
      ['delete_role', { id: 'support' }],
    ] as const) {
      const { result } = await succeed(tool, values);
      expect(result?.['plan'], tool).toEqual(expect.any(String));
    }
    expect(written).toEqual([]);
  });
});

describe('an operation that the policy forbids', () => {
  const rules: Rules = { confirm: 'never', deny: ['delete_hook', 'create_hook'] };

  it.each([
    ['by its runner', 'run_destructive_operation'],
    ['as a preview', 'preview_operation'],
  ])('is refused %s too', async (_, runner) => {
    const { call, written } = await server(rules);
    expect(await call(runner, { operation: 'delete_hook', arguments: { id: 'x' } })).toMatchObject({
      ok: false,
      error: { code: 'forbidden_by_policy' },
    });
    expect(written).toEqual([]);
  });
});

describe('a call that carries a denied risk', () => {
  const redirect = (uri: string) => ({
    id: 'shop-web',
    oidcClientMetadata: { redirectUris: [uri] },
  });

  it('is refused, and the same operation without the risk is sent', async () => {
    const { call, written } = await server({ confirm: 'never', deny: ['trust'] });
    expect(
      await call('update_application', redirect('https://elsewhere.example/cb')),
    ).toMatchObject({ ok: false, error: { message: expect.stringContaining('deny: trust') } });
    expect(written).toEqual([]);
    expect(await call('update_application', { id: 'shop-web', name: 'x' })).toMatchObject({
      ok: true,
    });
  });
});

describe('a policy without removals', () => {
  const rules: Rules = { confirm: 'never', deny: ['removes'] };
  const wouldRemove = {
    ok: false,
    error: {
      code: 'forbidden_by_policy',
      message: expect.stringContaining('it would remove what is there'),
    },
  };

  it('allows a replacement of a set that loses no member', async () => {
    const { call, succeed } = await server(rules);
    const created = await succeed('create_user', { username: 'member' });
    const userId = created.result?.id;
    const { items = [] } = await succeed('list_user_roles', { userId });
    const roleIds = items.map(({ id }) => id);
    const more = { userId, roleIds: [...roleIds, 'support'] };
    expect(await call('replace_user_roles', more)).toMatchObject({ ok: true });
    expect(await call('replace_user_roles', { userId, roleIds })).toMatchObject(wouldRemove);
  });

  it('refuses a replacement whose set cannot be read', async () => {
    const { call, refuse, written } = await server(rules);
    refuse.path = /\/users\/[^/]+\/roles$/;
    const { items = [] } = await succeedBy(call, 'list_users', { page_size: 1 });
    expect(
      await call('replace_user_roles', { userId: items[0]?.id, roleIds: ['support'] }),
    ).toMatchObject(wouldRemove);
    expect(written).toEqual([]);
  });

  it('refuses an update that clears a value, and allows one that changes it', async () => {
    const { call, succeed } = await server(rules);
    const created = await succeed('create_user', { username: 'named', name: 'Ada' });
    const userId = created.result?.id;
    expect(await call('update_user', { userId, name: 'Bob' })).toMatchObject({ ok: true });
    expect(await call('update_user', { userId, name: null })).toMatchObject(wouldRemove);
  });

  it('refuses a connector that displaces another', async () => {
    const { call, written } = await server(rules);
    const { items = [] } = await succeedBy(call, 'list_connectors', {});
    expect(items.map(({ type }) => type)).toContain('Email');
    expect(await call('create_connector', mailer)).toMatchObject(wouldRemove);
    expect(written).toEqual([]);
  });
});

it('a factory that does not exist displaces nothing, and Logto answers that it does not exist', async () => {
  const { call } = await server({ confirm: 'never' });
  expect(await call('create_connector', { connectorId: 'no-such', config: {} })).toMatchObject({
    ok: false,
    error: { status: expect.any(Number) },
  });
});

describe('a value that Logto shows once', () => {
  const hidden = { secrets: new Secrets(false, undefined) };

  it('is not created if it could be neither shown nor saved', async () => {
    const { call, written } = await server({ confirm: 'never' }, hidden);
    const { items = [] } = await succeedBy(call, 'list_users', { page_size: 1 });
    expect(await call('create_subject_token', { userId: items[0]?.id })).toMatchObject({
      ok: false,
      error: { code: 'no_place_for_secret' },
    });
    expect(written).toEqual([]);
  });

  it('is accepted if the caller chose it', async () => {
    const { call } = await server({ confirm: 'never' }, hidden);
    const verification = { type: 'Totp' };
    const { items = [] } = await succeedBy(call, 'list_users', { page_size: 1 });
    const userId = items[0]?.id;
    expect(await call('create_user_mfa_verification', { userId, verification })).toMatchObject({
      error: { code: 'no_place_for_secret' },
    });
    expect(
      await call('create_user_mfa_verification', {
        userId,
        verification: { ...verification, secret: 'JBSWY3DPEHPK3PXP' },
      }),
    ).toMatchObject({ ok: true });
  });
});

describe('a plan', () => {
  it.each(['sessions', 'grants'])(
    'for a user stays valid while only the %s of the user have changed',
    async (kind) => {
      let count = 1;
      const sandbox = createSandbox();
      const { succeed, call } = await server(
        {},
        {
          fetch: async (url, init) =>
            new RegExp(`/users/[^/]+/${kind}$`).test(new URL(url).pathname)
              ? answerOf(
                  200,
                  JSON.stringify({ [kind]: Array.from({ length: count }, (_, id) => ({ id })) }),
                  { 'content-type': 'application/json' },
                )
              : sandbox.fetch(url, init),
        },
      );
      const created = await succeed('create_user', { username: 'signed_in' });
      const userId = created.result?.id;
      const { result } = await succeed('delete_user', { userId });
      expect(result?.['preview']).toMatchObject({
        cascades: { [`user_${kind}`]: expect.stringMatching(/^1 /) },
      });
      count = 2;
      expect(await call('delete_user', { userId, plan: result?.['plan'] })).toMatchObject({
        ok: true,
      });
    },
  );

  it('of a call without a current state is refused when an entity that it depends on has changed', async () => {
    const domains: object[] = [];
    const written: string[] = [];
    const sandbox = createSandbox();
    const { call, succeed } = await server(
      {},
      {
        fetch: async (url, init) => {
          const { pathname } = new URL(url);
          if (init.method === 'POST' && pathname.startsWith('/api/')) {
            written.push(pathname);
          }
          return init.method === 'GET' && pathname === '/api/domains'
            ? answerOf(200, JSON.stringify(domains), { 'content-type': 'application/json' })
            : sandbox.fetch(url, init);
        },
      },
    );
    const stale = { staleDays: 3 };
    const { result } = await succeed('cleanup_domains', stale);
    domains.push({ id: 'd1', domain: 'new.example.com', status: 'Error' });
    expect(await call('cleanup_domains', { ...stale, plan: result?.['plan'] })).toMatchObject({
      error: { code: 'plan_refused' },
    });
    expect(written).toEqual([]);
    const again = await succeed('cleanup_domains', stale);
    await call('cleanup_domains', { ...stale, plan: again.result?.['plan'] });
    expect(written).toEqual(['/api/domains/cleanup']);
  });

  it('of a token that is removed by a POST depends on the tokens of the user', async () => {
    const { call, succeed, elsewhere } = await server();
    const { items = [] } = await succeed('list_users', { page_size: 1 });
    const userId = items[0]?.id;
    const create = (name: string) =>
      elsewhere('create_user_personal_access_token', { userId, name });
    await create('a');
    const token = { userId, name: 'a' };
    const { result } = await succeed('delete_personal_access_token_post', token);
    await create('b');
    expect(
      await call('delete_personal_access_token_post', { ...token, plan: result?.['plan'] }),
    ).toMatchObject({ error: { code: 'plan_refused' } });
  });

  it('of a call that only sends something depends on nothing', async () => {
    const { call, succeed, elsewhere, written } = await server({ confirm: 'all-writes' });
    const { items = [] } = await succeed('list_hooks', {});
    const hook =
      items[0] ??
      (
        await elsewhere('create_hook', {
          name: 'One',
          events: ['User.Created'],
          config: { url: 'https://hooks.example.com/' },
        })
      ).result;
    const test = {
      id: hook?.id,
      events: ['User.Created'],
      config: { url: 'https://h.example.com/' },
    };
    const { result } = await succeed('create_hook_test', test);
    await elsewhere('update_hook', { id: hook?.id, name: 'Two' });
    await call('create_hook_test', { ...test, plan: result?.['plan'] });
    expect(written).toEqual([`POST /api/hooks/${hook?.id}/test`]);
  });
});
