/** Entities that a policy protects cannot be changed by any tool, argument or cascade. */
import { afterEach, describe, expect, it } from 'vitest';
import { readPolicy } from '../../../src/guard/policy/policy-file.js';
import {
  type Connected,
  connectClient,
  connectSandbox,
  succeed,
  tools,
} from '../../support/client.js';
import { answerOf } from '../../support/faults.js';
import { mailer } from '../../support/mailer.js';

const policyOf = (protect: object) =>
  readPolicy(JSON.stringify({ confirm: 'never', protect }), undefined, tools);

const refusedFor = (term: string) => ({
  ok: false,
  error: { code: 'forbidden_by_policy', message: expect.stringContaining(`protect: ${term}`) },
});

const open: Connected[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ close }) => close()));
});

/** One tenant, seen without restrictions and through a policy. */
async function tenant() {
  const free = await connectSandbox();
  open.push(free);
  return {
    free: free.call,
    under: async (protect: object) => {
      const guarded = await connectClient({
        fetch: free.sandbox.fetch,
        policy: policyOf(protect),
      });
      open.push(guarded);
      return guarded.call;
    },
  };
}

const access = { applicationId: 'shop-web', userRoleIds: [], organizationIds: [] };

describe('a protected user', () => {
  it('cannot be changed by address, by omission from a list, or inside a body', async () => {
    const { free, under } = await tenant();
    const members = await free('list_organization_users', { id: 'alpine-rentals' });
    const [victim] = members.ok ? (members.answer.items ?? []) : [];
    const email = String(victim?.['primaryEmail']);
    const others = members.ok ? (members.answer.items ?? []).slice(1).map(({ id }) => id) : [];
    await free('replace_application_access_control', {
      ...access,
      userIds: [victim?.id],
      organizationRoleRules: [],
    });
    const call = await under({ users: [email.toUpperCase()] });
    for (const [tool, values] of [
      ['update_user', { userId: victim?.id, name: 'x' }],
      ['replace_organization_users', { id: 'alpine-rentals', userIds: others }],
      ['add_one_time_tokens', { email: email.toUpperCase() }],
      ['verify_one_time_token', { token: 'x', email }],
      ['create_verification_code', { recipient: { email } }],
      ['verify_verification_code', { verification: { email, verificationCode: '123456' } }],
      ['delete_sentinel_activities', { targetType: 'User', targets: [email] }],
      ['create_subject_token', { userId: victim?.id }],
      [
        'create_organization_invitation',
        {
          organizationId: 'alpine-rentals',
          invitee: email,
          expiresAt: Date.now() + 1e6,
          messagePayload: false,
        },
      ],
      ['replace_application_access_control', { ...access, userIds: [], organizationRoleRules: [] }],
      ['delete_secret', { id: 'any' }],
    ] as const) {
      expect(await call(tool, values), tool).toMatchObject(refusedFor('users'));
    }
    expect((await call('update_user', { userId: others[0], name: 'x' })).ok).toBe(true);
  });

  it('stays protected when it is renamed, and its tokens are protected', async () => {
    const { free, under } = await tenant();
    const created = await free('create_user', {
      username: 'keeper',
      primaryEmail: 'keeper@northwind.example',
    });
    const userId = created.ok ? created.answer.result?.id : undefined;
    const token = await free('add_one_time_tokens', { email: 'keeper@northwind.example' });
    const call = await under({ users: ['keeper'] });
    expect((await call('update_role', { id: 'customer', description: 'x' })).ok).toBe(true);
    await free('update_user', { userId, username: 'somebody_else' });
    expect(await call('delete_user', { userId })).toMatchObject(refusedFor('users keeper'));
    const id = token.ok ? token.answer.result?.id : undefined;
    expect(id).toBeDefined();
    expect(await call('delete_one_time_token', { id })).toMatchObject(refusedFor('users keeper'));
  });
});

it('a protected user cannot be changed by an address that was added later', async () => {
  const { free, under } = await tenant();
  const created = await free('create_user', { username: 'moving', primaryEmail: 'old@a.example' });
  const userId = created.ok ? created.answer.result?.id : undefined;
  const call = await under({ users: ['moving'] });
  const token = (email: string) => call('add_one_time_tokens', { email });
  expect(await token('old@a.example')).toMatchObject(refusedFor('users moving'));
  await free('update_user', { userId, primaryEmail: 'New@a.example' });
  expect(await token('new@a.example')).toMatchObject(refusedFor('users moving'));
  expect((await token('other@a.example')).ok).toBe(true);
});

describe('a protected entity', () => {
  it('cannot be changed as a SAML application', async () => {
    const { free, under } = await tenant();
    const saml = await free('create_saml_application', { name: 'SAML one' });
    const id = saml.ok ? saml.answer.result?.id : undefined;
    const call = await under({ applications: ['saml one'] });
    for (const [tool, values] of [
      ['update_saml_application', { id, description: 'touched' }],
      ['create_saml_application_secret', { id, lifeSpanInYears: 1 }],
      ['delete_saml_application', { id }],
    ] as const) {
      expect(await call(tool, values), tool).toMatchObject(refusedFor('applications saml one'));
    }
  });

  it('is not removed by a list that omits it', async () => {
    const { free, under } = await tenant();
    const created = await free('create_user', { username: 'holder' });
    const userId = created.ok ? created.answer.result?.id : undefined;
    await free('assign_user_roles', { userId, roleIds: ['support', 'customer'] });
    const call = await under({ roles: ['Support'] });
    expect(await call('replace_user_roles', { userId, roleIds: ['customer'] })).toMatchObject(
      refusedFor('roles Support'),
    );
    const userRoles = await free('list_user_roles', { userId });
    expect(JSON.stringify(userRoles)).toContain('support');
  });

  it('is not removed by a cascade, and loses nothing to one', async () => {
    const { free, under } = await tenant();
    const created = async (username: string) => {
      const user = await free('create_user', { username });
      return String(user.ok ? user.answer.result?.id : undefined);
    };
    const holder = await created('holder');
    const other = await created('other');
    await free('assign_user_roles', { userId: holder, roleIds: ['shop-manager'] });
    await free('add_organization_users', { id: 'harbour-wheels', userIds: [holder] });
    const refused = async (protect: object, term: string, calls: readonly [string, object][]) => {
      const call = await under(protect);
      for (const [tool, values] of calls) {
        expect(await call(tool, { ...values }), tool).toMatchObject(refusedFor(term));
      }
      return call;
    };
    await refused({ users: ['holder'] }, 'users holder', [
      ['delete_role', { id: 'shop-manager' }],
      ['delete_organization', { id: 'harbour-wheels' }],
    ]);
    await refused({ organizations: ['Harbour Wheels'] }, 'organizations Harbour Wheels', [
      ['delete_user', { userId: holder }],
    ]);
    const scopes = await free('list_role_scopes', { id: 'shop-manager' });
    const [scope] = scopes.ok ? (scopes.answer.items ?? []) : [];
    const call = await refused({ roles: ['Shop manager'] }, 'roles Shop manager', [
      ['delete_user', { userId: holder }],
      ['delete_resource', { id: scope?.['resourceId'] }],
      ['delete_resource_scope', { resourceId: scope?.['resourceId'], scopeId: scope?.id }],
    ]);
    await refused({ applications: ['warehouse-sync'] }, 'applications warehouse-sync', [
      ['delete_role', { id: 'stock-keeper' }],
    ]);
    expect((await call('delete_user', { userId: other })).ok).toBe(true);
    // All users have the default role, so it would protect all of them.
    const everybody = await created('everybody');
    const userRoles = await free('list_user_roles', { userId: everybody });
    expect(JSON.stringify(userRoles)).toContain('"id":"customer"');
    const guarded = await under({ roles: ['customer'] });
    expect((await guarded('delete_user', { userId: everybody })).ok).toBe(true);
    expect((await call('delete_role', { id: 'stock-keeper' })).ok).toBe(true);
  });

  it('is not dropped from a rule inside a body', async () => {
    const { free, under } = await tenant();
    const roles = await free('list_organization_roles', {});
    const [role] = roles.ok ? (roles.answer.items ?? []) : [];
    const organizationId = 'harbour-wheels';
    const rules = [{ organizationId, organizationRoleIds: [role?.id] }];
    const values = { ...access, userIds: [] };
    const set = { ...values, organizationRoleRules: rules };
    expect((await free('replace_application_access_control', set)).ok).toBe(true);
    const call = await under({ organizations: [organizationId] });
    expect(
      await call('replace_application_access_control', { ...values, organizationRoleRules: [] }),
    ).toMatchObject(refusedFor('organizations harbour-wheels'));
  });

  it('cannot be changed through its invitations', async () => {
    const { free, under } = await tenant();
    const listed = await free('list_organization_invitations', {});
    const [invitation] = listed.ok ? (listed.answer.items ?? []) : [];
    const organization = String(invitation?.['organizationId']);
    const call = await under({ organizations: [organization] });
    expect(await call('delete_organization_invitation', { id: invitation?.id })).toMatchObject(
      refusedFor(`organizations ${organization}`),
    );
  });

  it('is not replaced by a new connector, nor dropped from the sign-in page', async () => {
    const { free, under } = await tenant();
    await free('update_sign_in_exp', { socialSignInConnectorTargets: ['github'] });
    const call = await under({ connectors: ['mail', 'github'] });
    expect(await call('create_connector', mailer)).toMatchObject(refusedFor('connectors mail'));
    expect(await call('update_sign_in_exp', { socialSignInConnectorTargets: [] })).toMatchObject(
      refusedFor('connectors github'),
    );
  });
});

it('a protected user who was deleted by another program keeps the addresses refused', async () => {
  const { free, under } = await tenant();
  const created = await free('create_user', {
    username: 'leaving',
    primaryEmail: 'left@a.example',
  });
  const call = await under({ users: ['leaving'] });
  expect((await call('update_role', { id: 'customer', description: 'x' })).ok).toBe(true);
  await free('delete_user', { userId: created.ok ? created.answer.result?.id : undefined });
  expect(await call('add_one_time_tokens', { email: 'left@a.example' })).toMatchObject(
    refusedFor('users leaving'),
  );
});

it('a user who registered through a protected application can be changed', async () => {
  const { call, sandbox } = await connectSandbox();
  const { result } = await succeed(call, 'create_user', { username: 'registered' });
  const guarded = await connectClient({
    fetch: async (url, init) => {
      const answer = await sandbox.fetch(url, init);
      if (init.method !== 'GET' || !url.endsWith(`/api/users/${result?.id}`)) {
        return answer;
      }
      const user = { ...JSON.parse(await answer.text()), applicationId: 'shop-web' };
      return answerOf(200, JSON.stringify(user), { 'content-type': 'application/json' });
    },
    policy: policyOf({ applications: ['shop-web'] }),
  });
  open.push(guarded);
  const shown = await succeed(guarded.call, 'get_user', { userId: result?.id });
  expect(shown.result).toMatchObject({ applicationId: 'shop-web' });
  await succeed(guarded.call, 'update_user', { userId: result?.id, name: 'Changed' });
});

it('a removal that deletes an invitation to another organization is not refused', async () => {
  const { free, under } = await tenant();
  const role = await succeed(free, 'create_organization_role', { name: 'Invited' });
  await succeed(free, 'create_organization_invitation', {
    organizationId: 'harbour-wheels',
    invitee: 'someone@a.example',
    expiresAt: Date.now() + 1e6,
    organizationRoleIds: [role.result?.id],
    messagePayload: false,
  });
  const remove = async (organization: string) => {
    const call = await under({ organizations: [organization] });
    return call('delete_organization_role', { id: role.result?.id });
  };
  expect(await remove('Harbour Wheels')).toMatchObject(refusedFor('organizations Harbour Wheels'));
  expect(await remove('Alpine Rentals')).toMatchObject({ ok: true });
});

it('a policy with an organization that does not exist names it, and allows no write', async () => {
  const { sandbox } = await connectSandbox();
  const rules = { confirm: 'never', organizations: ['no-such'] };
  const guarded = await connectClient({
    fetch: sandbox.fetch,
    policy: readPolicy(JSON.stringify(rules), undefined, tools),
  });
  open.push(guarded);
  expect(
    await guarded.call('update_organization', { id: 'alpine-rentals', description: 'x' }),
  ).toMatchObject({
    ok: false,
    error: {
      code: 'policy_names_nothing',
      message: expect.stringContaining('organizations: "no-such"'),
    },
  });
});

describe('a policy that protects an entity that does not exist', () => {
  it('allows reads and no writes, and names it, in whoami too', async () => {
    const { under } = await tenant();
    const call = await under({ roles: ['Suport'], users: ['nobody@northwind.example'] });
    const complaint = expect.stringMatching(/roles "Suport".*users|users.*roles "Suport"/);
    expect(await call('update_role', { id: 'customer', description: 'x' })).toMatchObject({
      ok: false,
      error: { kind: 'configuration', code: 'policy_names_nothing', message: complaint },
    });
    expect((await call('list_roles', {})).ok).toBe(true);
    expect(await call('whoami', {})).toMatchObject({
      ok: true,
      answer: { result: { policy_problem: complaint } },
    });
  });
});

it('a set that cannot be read may contain a protected entity, so it is not replaced', async () => {
  const { call, sandbox } = await connectSandbox();
  const { items } = await succeed(call, 'list_organization_users', { id: 'alpine-rentals' });
  const [victim, other] = (items ?? []).map(({ id }) => String(id));
  const replace = async (protect: object) => {
    const guarded = await connectClient({
      fetch: async (url, init) => {
        const isList = init.method === 'GET' && url.includes('/organizations/alpine-rentals/users');
        return isList
          ? answerOf(422, '{"code":"x.y","message":"not now"}', {
              'content-type': 'application/json',
            })
          : sandbox.fetch(url, init);
      },
      policy: policyOf(protect),
    });
    const values = { id: 'alpine-rentals', userIds: [other] };
    const outcome = await guarded.call('replace_organization_users', values);
    await guarded.close();
    return outcome;
  };
  expect(await replace({ users: [victim] })).toMatchObject(refusedFor('users'));
  // No role is a member of that set.
  expect(await replace({ roles: ['Support'] })).toMatchObject({ ok: true });
});

it('a protected entity is named by its id or its name, in any letter case, and not by a part of it', async () => {
  const { free, under } = await tenant();
  const created = await free('create_role', { name: 'Support team', description: 'another one' });
  const otherId = created.ok ? created.answer.result?.id : '';
  for (const term of ['support', 'SUPPORT', 'Support']) {
    const call = await under({ roles: [term] });
    expect(await call('update_role', { id: 'support', description: 'x' }), term).toMatchObject(
      refusedFor(`roles ${term}`),
    );
    const other = await call('update_role', { id: otherId, description: term });
    expect(other, term).toMatchObject({ ok: true });
    // An entity of another kind whose id equals the name of a protected entity.
    expect(
      await call('update_organization', { id: 'alpine-rentals', description: term }),
    ).toMatchObject({
      ok: true,
    });
  }
});

it.each(['users', 'organizations'] as const)(
  'an organization role of protected %s is not deleted',
  async (kind) => {
    const { call, sandbox, close } = await connectSandbox();
    const id = 'alpine-rentals';
    const { items } = await succeed(call, 'list_organization_users', { id });
    const userId = String(items?.[0]?.id);
    const created = async (name: string) =>
      (await succeed(call, 'create_organization_role', { name, type: 'User' })).result?.id;
    const [held, spare] = [await created('Held'), await created('Spare')];
    await succeed(call, 'assign_organization_roles_to_user', {
      id,
      userId,
      organizationRoleIds: [held],
    });
    const careful = await connectClient({
      fetch: sandbox.fetch,
      policy: policyOf({ [kind]: [kind === 'users' ? userId : id] }),
    });
    expect(await careful.call('delete_organization_role', { id: held })).toMatchObject({
      ok: false,
      error: { code: 'forbidden_by_policy', message: expect.stringContaining(`protect: ${kind}`) },
    });
    expect(await careful.call('delete_organization_role', { id: spare })).toMatchObject({
      ok: true,
    });
    await careful.close();
    await close();
  },
);
