/** `explain_user` and references, by a real client over the sandbox. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { insertUser } from '../../../src/sandbox/behaviours/users.js';
import { logs, tenantId } from '../../../src/sandbox/entities.js';
import { sandboxSettings } from '../../../src/sandbox/settings.js';
import { Tenant } from '../../../src/sandbox/tenant.js';
import { type Connected, connectSandbox, succeed } from '../../support/client.js';
import { ManagementApi } from '../../support/management-api.js';

/** A tenant with an account that Logto has locked. */
const lockedTenant = new Tenant(Date.now);
insertUser(lockedTenant, {
  username: 'locked',
  createdAt: Date.now(),
  password: { plain: 'Sufficiently-Long-1' },
});
lockedTenant.table(logs).insert({
  tenantId,
  id: 'locked-1',
  key: 'Interaction.SignIn.Verification.Password.Submit',
  payload: {
    key: 'Interaction.SignIn.Verification.Password.Submit',
    result: 'Error',
    error: { code: 'session.verification_blocked_too_many_attempts' },
    payload: { identifier: { type: 'username', value: 'locked' } },
  },
  createdAt: Date.now() - 60_000,
});

let connected: Connected;
let user: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  connected = await connectSandbox({ policy: defaultPolicy() });
  const created = await succeed(connected.call, 'create_user', {
    username: 'explained',
    primaryEmail: 'explained@example.com',
    name: 'Explained Person',
    password: 'Sufficiently-Long-1',
  });
  user = created.result as Readonly<Record<string, unknown>>;
});
afterAll(() => connected.close());

const explain = async (user: unknown) => {
  const { result } = await succeed(connected.call, 'explain_user', { user });
  return result as Record<string, never>;
};

describe('explain_user', () => {
  it.each([
    ['id', () => user['id']],
    ['e-mail address', () => 'explained@example.com'],
    ['reference by e-mail', () => 'email:Explained@Example.com'],
    ['reference by username', () => 'username:explained'],
    ['reference by name', () => 'name:Explained Person'],
  ])('finds an account by its %s', async (_, who) => {
    expect((await explain(who()))['user']).toMatchObject({ id: user['id'] });
  });

  it('names what blocks a sign-in', async () => {
    expect((await explain(user['id']))['sign_in']).toMatchObject({ blockers: [] });
    await succeed(connected.call, 'update_user_is_suspended', {
      userId: user['id'],
      isSuspended: true,
    });
    expect((await explain(user['id']))['sign_in']).toMatchObject({
      can_sign_in: false,
      blockers: ['the account is suspended'],
      ways: expect.not.arrayContaining([expect.objectContaining({ works: true })]),
    });
  });

  it('lists failures under every name of the account', async () => {
    const { items = [] } = await succeed(connected.call, 'collect_pages', {
      operation: 'list_logs',
      where: [{ field: 'payload.result', is: 'equals', value: 'Error' }],
      fields: ['payload', 'createdAt'],
    });
    // A wrong password is logged with what was typed and without the id of the account.
    const emails = new Set(
      items.flatMap((item) => /"value":"([^"]+@[^"]+)"/.exec(JSON.stringify(item))?.[1] ?? []),
    );
    const failures: unknown[] = [];
    for (const email of emails) {
      const outcome = await connected.call('explain_user', { user: email });
      if (outcome.ok) {
        failures.push(...(outcome.answer.result as { recent_failures: unknown[] }).recent_failures);
      }
    }
    expect(failures).toContainEqual(
      expect.objectContaining({ by: 'identifier', event: expect.stringContaining('Password') }),
    );
  });

  it('finds an account by a bare username', async () => {
    expect((await explain('explained'))['user']).toMatchObject({ id: user['id'] });
    expect(await connected.call('explain_user', { user: 'never-there' })).toMatchObject({
      ok: false,
    });
  });

  it('does not count failures of others for an account whose name is a word of the log', async () => {
    await succeed(connected.call, 'create_user', { username: 'email' });
    expect((await explain('username:email'))['recent_failures']).toEqual([]);
  });

  it('reports an unknown sign-in if the connectors could not be read', async () => {
    const other = await connectSandbox({
      policy: defaultPolicy({ deny: ['list_sso_connectors'] }),
    });
    await new ManagementApi(other.sandbox.fetch, sandboxSettings).send('PATCH', 'sign-in-exp', {
      singleSignOnEnabled: true,
      signIn: {
        methods: [
          { identifier: 'email', password: true, verificationCode: false, isPasswordPrimary: true },
        ],
      },
    });
    const created = await succeed(other.call, 'create_user', {
      primaryEmail: 'sso@example.com',
      password: 'Sufficiently-Long-1',
    });
    const { result } = await succeed(other.call, 'explain_user', {
      user: (created.result as { id: string }).id,
    });
    const { sign_in: verdict } = result as { sign_in: { ways: Record<string, unknown>[] } };
    const way = verdict.ways.find((item) => item['way'] === 'email and password');
    expect(way).toMatchObject({ works: 'not known', because: expect.stringContaining('SSO') });
    await other.close();
  });

  it('names a lockout from the log, until it is over', async () => {
    const other = await connectSandbox({ policy: defaultPolicy(), tenant: lockedTenant });
    const { result } = await succeed(other.call, 'explain_user', { user: 'username:locked' });
    expect((result as { sign_in: unknown }).sign_in).toMatchObject({
      can_sign_in: false,
      blockers: [expect.stringContaining('too many attempts have failed')],
    });
    await other.close();
  });

  it('refuses an account that does not exist', async () => {
    expect(
      await connected.call('explain_user', { user: 'email:nobody@nowhere.example' }),
    ).toMatchObject({
      ok: false,
      error: { code: 'unknown_reference' },
    });
  });

  it('says what it could not read under a policy', async () => {
    const restricted = await connectSandbox({ policy: defaultPolicy({ deny: ['list_logs'] }) });
    const { items: [first] = [] } = await succeed(restricted.call, 'list_users', { page_size: 1 });
    const { result } = await succeed(restricted.call, 'explain_user', {
      user: (first as { id: string }).id,
    });
    expect((result as { not_read: string[] }).not_read.join(' ')).toContain('list_logs');
    await restricted.close();
  });
});

describe('a reference', () => {
  it('replaces an id, in the path and in a list', async () => {
    await succeed(connected.call, 'create_role', { name: 'Referred', description: 'x' });
    const answer = await succeed(connected.call, 'assign_user_roles', {
      userId: 'username:explained',
      roleIds: ['name:Referred'],
    });
    expect(answer.result).toBeDefined();
    const { items = [] } = await succeed(connected.call, 'list_user_roles', { userId: user['id'] });
    expect(JSON.stringify(items)).toContain('Referred');
  });

  it('that matches several entities is refused with the candidates', async () => {
    await succeed(connected.call, 'create_organization', { name: 'Twin' });
    await succeed(connected.call, 'create_organization', { name: 'Twin' });
    const outcome = await connected.call('get_organization', { id: 'name:Twin' });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'ambiguous_reference' } });
    expect(JSON.stringify(outcome)).toMatch(/names 2 organizations/);
  });

  it('that matches no entity is refused with similar ones', async () => {
    const outcome = await connected.call('get_role', { id: 'name:Referre' });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'unknown_reference' } });
    expect(JSON.stringify(outcome)).toContain('Referred');
  });

  it.each([
    ['explain_user', { user: 'Explained Person' }],
    ['get_user', { userId: 'username:Explained Person' }],
    ['get_user', { userId: 'email:Explained Person' }],
  ])('by the wrong member is refused with the right one: %s %j', async (tool, values) => {
    expect(await connected.call(tool, values)).toMatchObject({
      ok: false,
      error: {
        code: 'unknown_reference',
        hint: `Did you mean name:Explained Person (${String(user['id'])})?`,
      },
    });
  });

  it.each([
    ['name:explained@example.com', 'email:explained@example.com'],
    ['name:explained', 'username:explained'],
  ])('by a name that is another member is refused with that one: %s', async (reference, meant) => {
    expect(await connected.call('get_user', { userId: reference })).toMatchObject({
      error: { hint: `Did you mean ${meant} (${String(user['id'])})?` },
    });
  });

  it('that is an id is refused with the advice to leave out the prefix', async () => {
    const id = String(user['id']);
    expect(await connected.call('get_user', { userId: `name:${id}` })).toMatchObject({
      error: { hint: `"${id}" is an id: write it without a prefix.` },
    });
  });

  it('that several entities match by another member is refused with each of them', async () => {
    const ids = await Promise.all(
      [1, 2].map(async (number) => {
        const values = { name: 'Twin Person', username: `twin_${number}` };
        return (await succeed(connected.call, 'create_user', values)).result?.['id'];
      }),
    );
    const outcome = await connected.call('explain_user', { user: 'Twin Person' });
    for (const id of ids) {
      expect(outcome).toMatchObject({ error: { hint: expect.stringContaining(String(id)) } });
    }
  });

  it('to a scope includes its API', async () => {
    const { items = [] } = await succeed(connected.call, 'list_resources', {});
    const apis = items as { id: string; indicator: string }[];
    const { id, indicator } = apis.find((api) => !api.indicator.endsWith('logto.app/api')) ?? {
      id: '',
      indicator: '',
    };
    const created = await succeed(connected.call, 'create_resource_scope', {
      resourceId: `indicator:${indicator}`,
      name: 'referred:scope',
    });
    expect(created.result).toMatchObject({ resourceId: id });
    const role = await succeed(connected.call, 'create_role', {
      name: 'With scope',
      description: 'x',
      scopeIds: [`name:${indicator} referred:scope`],
    });
    expect(role.result).toMatchObject({ name: 'With scope' });
    expect(
      await connected.call('create_role', {
        name: 'No',
        description: 'x',
        scopeIds: ['name:referred:scope'],
      }),
    ).toMatchObject({ ok: false, error: { code: 'no_reference' } });
  });
});
