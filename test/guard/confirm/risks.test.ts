/** Risks that follow from the current state: what undo could not restore, and lists that are emptied. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import type { Sandbox } from '../../../src/sandbox/index.js';
import { type Connected, connectClient, connectSandbox, succeed } from '../../support/client.js';
import { answerOf } from '../../support/faults.js';
import { mailer } from '../../support/mailer.js';

let free: Connected & { readonly sandbox: Sandbox };
let careful: Connected;
let userId: unknown;
beforeAll(async () => {
  free = await connectSandbox();
  careful = await connectClient({ fetch: free.sandbox.fetch, policy: defaultPolicy() });
  const created = await succeed(free.call, 'create_user', { username: 'risky', name: 'Ada' });
  userId = created.result?.id;
});
afterAll(async () => {
  await free.close();
  await careful.close();
});

/** The risks of a call, as its preview shows them. */
async function risksOf(
  operation: string,
  values: object,
  call = careful.call,
): Promise<Readonly<Record<string, string>>> {
  const { result } = await succeed(call, 'preview_operation', { operation, arguments: values });
  return { ...(result?.['risks'] as Record<string, string> | undefined) };
}

describe('an update', () => {
  it('that changes a name carries no risk, nor does one that changes nothing', async () => {
    expect(await risksOf('update_user', { userId, name: 'Bob' })).toEqual({});
    expect(await risksOf('update_user', { userId, name: 'Ada' })).toEqual({});
  });

  it('of a value that no operation answers is irreversible', async () => {
    const risks = await risksOf('update_user_password', { userId, password: 'n3w-Passw0rd-x' });
    expect(risks['irreversible']).toBe('the old password cannot be restored');
  });

  it('of an entity that does not exist is not irreversible', async () => {
    expect(await risksOf('update_user', { userId: 'not-there', name: 'x' })).toEqual({});
  });

  it('of an entity that could not be read is irreversible, with the reason', async () => {
    const blind = await connectClient({
      policy: defaultPolicy(),
      fetch: async (url, init) =>
        init.method === 'GET' && new URL(url).pathname === `/api/users/${userId}`
          ? answerOf(403, '{"code":"auth.forbidden","message":"no"}', {
              'content-type': 'application/json',
            })
          : free.sandbox.fetch(url, init),
    });
    const risks = await risksOf('update_user', { userId, name: 'Bob' }, blind.call);
    expect(risks['irreversible']).toMatch(/^it cannot be undone: /);
    await blind.close();
  });

  it('that empties a list is destructive and names it, and one that shortens it is not', async () => {
    const uris = ['https://shop.example/a', 'https://shop.example/b'];
    const metadata = (redirectUris: readonly string[]) => ({
      id: 'shop-web',
      oidcClientMetadata: { redirectUris, postLogoutRedirectUris: [] },
    });
    await succeed(free.call, 'update_application', metadata(uris));
    const emptied = await risksOf('update_application', metadata([]));
    expect(emptied['destructive']).toContain('it empties oidcClientMetadata.redirectUris');
    const shorter = await risksOf('update_application', metadata(uris.slice(1)));
    expect(shorter['destructive'] ?? '').not.toContain('it empties');
  });
});

describe('a write that only adds', () => {
  it('an existing member carries no risk', async () => {
    const ids = { id: 'alpine-rentals', userIds: [userId] };
    expect(await risksOf('add_organization_users', ids)).toEqual({});
    await succeed(free.call, 'add_organization_users', ids);
    expect(await risksOf('add_organization_users', ids)).toEqual({});
  });

  it('an entity is not irreversible because it has no state yet', async () => {
    expect(await risksOf('create_organization_scope', { name: 'new' })).toEqual({});
  });

  it('to a set that could not be read is irreversible', async () => {
    const blind = await connectClient({
      policy: defaultPolicy(),
      fetch: async (url, init) =>
        init.method === 'GET' && new URL(url).pathname === '/api/organizations/alpine-rentals/users'
          ? answerOf(403, '{"code":"auth.forbidden","message":"no"}', {
              'content-type': 'application/json',
            })
          : free.sandbox.fetch(url, init),
    });
    const ids = { id: 'alpine-rentals', userIds: [userId] };
    const risks = await risksOf('add_organization_users', ids, blind.call);
    expect(risks['irreversible']).toMatch(/^it cannot be undone: /);
    await blind.close();
  });
});

describe('a rule of the catalog', () => {
  it('about the connector that a new one displaces applies only if there is one', async () => {
    const displacing = await risksOf('create_connector', mailer);
    expect(displacing['destructive']).toContain('deletes the one in its place');
    const { items = [] } = await succeed(free.call, 'list_connectors', {});
    for (const { id } of items.filter(({ type }) => type === 'Email')) {
      await succeed(free.call, 'delete_connector', { id });
    }
    expect(Object.keys(await risksOf('create_connector', mailer))).toEqual(['trust']);
  });

  it('about overwritten settings applies after the first write', async () => {
    const config = { type: 'Turnstile', siteKey: 'site', secretKey: 'key-1' };
    expect(await risksOf('update_captcha_provider', { config })).not.toHaveProperty('irreversible');
    await succeed(free.call, 'update_captcha_provider', { config });
    expect(
      await risksOf('update_captcha_provider', { config: { ...config, secretKey: 'key-2' } }),
    ).toHaveProperty('irreversible');
  });

  it('about a field applies if it changes, and a guessed secret always counts as a change', async () => {
    const config = { type: 'Turnstile', siteKey: 'site', secretKey: 'key-1' };
    await succeed(free.call, 'update_captcha_provider', { config });
    const right = await risksOf('update_captcha_provider', { config });
    const wrong = await risksOf('update_captcha_provider', {
      config: { ...config, secretKey: 'key-9' },
    });
    expect(right).toEqual(wrong);
    expect(right).toHaveProperty('irreversible');
  });
});

it('a removal has only the risks of the catalog', async () => {
  expect(await risksOf('delete_user', { userId })).toEqual({
    destructive: expect.any(String),
    irreversible: 'Logto cannot restore a deleted account',
  });
  expect(Object.keys(await risksOf('delete_role', { id: 'support' }))).not.toContain('credential');
});
