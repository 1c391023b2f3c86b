/** A preview lets a person decide: who is meant, where data goes, and how many people are affected. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Connected, connectSandbox, succeed } from '../../support/client.js';

let connected: Connected;
beforeEach(async () => {
  connected = await connectSandbox();
});
afterEach(() => connected.close());

const preview = async (operation: string, values: Readonly<Record<string, unknown>>) =>
  (await succeed(connected.call, 'preview_operation', { operation, arguments: values })).result ??
  {};

it('shows the same for a right and for a wrong guess of a secret', async () => {
  const created = await succeed(connected.call, 'create_sso_connector', {
    providerName: 'OIDC',
    connectorName: 'Acme',
    config: { issuer: 'https://idp.example.com', clientId: 'a', clientSecret: 'right-guess' },
  });
  const id = created.result?.id;
  const guess = (clientSecret: string) =>
    preview('update_sso_connector', { id, config: { clientSecret } });
  const shown = await guess('right-guess');
  expect(shown).toEqual(await guess('wrong-guess'));
  expect(shown['changes']).not.toEqual([]);
  expect(JSON.stringify(shown)).not.toContain('guess');
});

it('shows the addresses of settings in clear, before and after', async () => {
  const created = await succeed(connected.call, 'create_hook', {
    events: ['User.Created'],
    config: { url: 'https://hooks.example.com/in', headers: { Authorization: 'Bearer secret' } },
  });
  const shown = await preview('update_hook', {
    id: created.result?.id,
    config: { url: 'https://evil.example' },
  });
  expect(shown['changes']).toEqual([
    { field: 'config.url', before: 'https://hooks.example.com/in', after: 'https://evil.example' },
  ]);
  expect(shown['risks']).toHaveProperty('egress');
});

it('hides a key in the address or the name that identifies a webhook', async () => {
  const created = await succeed(connected.call, 'create_hook', {
    name: 'https://hooks.example.com/in?token=in-the-name',
    events: ['User.Created'],
    config: { url: 'https://hooks.example.com/in?api_key=in-the-address' },
  });
  const shown = await preview('delete_hook', { id: created.result?.id });
  expect(shown['known_by']).toEqual({ url: 'https://hooks.example.com/in?api_key=[secret]' });
  expect(shown['acts_on']).toBe('https://hooks.example.com/in?token=[secret]');
  expect(JSON.stringify(shown)).not.toContain('in-the');
});

it('distinguishes a display name from a verified address', async () => {
  const created = await succeed(connected.call, 'create_user', {
    name: 'boss@example.com',
    primaryEmail: 'someone@example.com',
  });
  expect(await preview('delete_user', { userId: created.result?.id })).toMatchObject({
    acts_on: 'boss@example.com',
    known_by: { primaryEmail: 'someone@example.com' },
  });
});

it('names the entities that a removal has in its body', async () => {
  const created = await succeed(connected.call, 'create_user', { username: 'holder' });
  const values = { userId: created.result?.id, name: 'deploy key' };
  await succeed(connected.call, 'create_user_personal_access_token', values);
  expect(await preview('delete_personal_access_token_post', values)).toMatchObject({
    target: { name: 'deploy key' },
  });
});

it('names an invitation by its address and an SSO connector by its own name', async () => {
  const invitation = await succeed(connected.call, 'create_organization_invitation', {
    organizationId: 'alpine-rentals',
    invitee: 'new@example.com',
    expiresAt: 4102444800000,
  });
  const sso = await succeed(connected.call, 'create_sso_connector', {
    providerName: 'OIDC',
    connectorName: 'Acme login',
  });
  expect(
    await preview('delete_organization_invitation', { id: invitation.result?.id }),
  ).toMatchObject({ acts_on: 'new@example.com' });
  expect(await preview('delete_sso_connector', { id: sso.result?.id })).toMatchObject({
    acts_on: 'Acme login',
  });
});

it('counts the people who lose a scope, and names ids in lists', async () => {
  const shown = await preview('delete_role_scope', { id: 'support', scopeId: 'refund-orders' });
  expect(shown).toMatchObject({
    cascades: { role_users: expect.stringMatching(/^\d+ users lose this scope$/) },
  });
  const { items = [] } = await succeed(connected.call, 'list_users', { page_size: 1 });
  expect(
    await preview('assign_user_roles', { userId: items[0]?.id, roleIds: ['support'] }),
  ).toMatchObject({ names: { support: 'Support' } });
});

it('allows only a few verifications of a password', async () => {
  const created = await succeed(connected.call, 'create_user', {
    username: 'guessed',
    password: 'Long-enough-1234',
  });
  const other = await succeed(connected.call, 'create_user', { username: 'other' });
  const values = { userId: created.result?.id, password: 'wrong' };
  for (let turn = 0; turn < 5; turn += 1) {
    expect(await connected.call('verify_user_password', values)).toMatchObject({
      error: { status: 422 },
    });
  }
  expect(await connected.call('verify_user_password', values)).toMatchObject({
    ok: false,
    error: { kind: 'rate_limit', code: 'too_many_calls', retry_after: expect.any(Number) },
  });
  expect(
    await connected.call('verify_user_password', { ...values, userId: other.result?.id }),
  ).toMatchObject({ error: { status: 422 } });
});
