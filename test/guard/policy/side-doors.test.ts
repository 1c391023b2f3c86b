/** A policy cannot be bypassed: by another member, another spelling, or an account with more power. */
import { afterEach, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { readPolicy } from '../../../src/guard/policy/policy-file.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import { type Connected, connectClient, succeed, tools } from '../../support/client.js';

let connected: Connected[] = [];
afterEach(async () => {
  await Promise.all(connected.map(({ close }) => close()));
  connected = [];
});

/** A client under a policy, and one without restrictions, on the same tenant. */
async function under(rules: (ids: { organization: string; member: string }) => object) {
  const sandbox = createSandbox();
  const able = await connectClient({ fetch: sandbox.fetch });
  const created = async (tool: string, values: object) =>
    String((await succeed(able.call, tool, { ...values })).result?.id);
  const organization = await created('create_organization', { name: 'Guarded' });
  const member = await created('create_user', {
    username: 'member',
    primaryEmail: 'member@example.com',
  });
  await able.call('add_organization_users', { id: organization, userIds: [member] });
  const policy = readPolicy(
    JSON.stringify({ confirm: 'never', ...rules({ organization, member }) }),
    undefined,
    tools,
  );
  const limited = await connectClient({ fetch: sandbox.fetch, policy });
  connected.push(able, limited);
  return { able: able.call, call: limited.call, organization, member };
}

const refused = { ok: false, error: { code: 'forbidden_by_policy' } };

describe('protect', () => {
  it('applies to an organization, whichever argument names it', async () => {
    const { call, able, organization } = await under((ids) => ({
      protect: { organizations: [ids.organization] },
    }));
    const { result } = await succeed(able, 'add_one_time_tokens', {
      email: 'stranger@example.com',
      context: { jitOrganizationIds: [organization] },
    });
    for (const [tool, values] of [
      [
        'add_one_time_tokens',
        { email: 'stranger@example.com', context: { jitOrganizationIds: [organization] } },
      ],
      ['delete_one_time_token', { id: result?.id }],
      [
        'create_organization_invitation',
        { organizationId: organization, invitee: 'x@example.com', expiresAt: 4102444800000 },
      ],
      ['add_organization_users', { id: organization, userIds: [] }],
      ['create_organization_jit_email_domain', { id: organization, emailDomain: 'a.example' }],
      [
        'replace_application_access_control',
        {
          applicationId: 'shop-web',
          userIds: [],
          userRoleIds: [],
          organizationIds: [organization],
          organizationRoleRules: [],
        },
      ],
      [
        'replace_application_access_control',
        {
          applicationId: 'shop-web',
          userIds: [],
          userRoleIds: [],
          organizationIds: [],
          organizationRoleRules: [{ organizationId: organization, organizationRoleIds: ['x'] }],
        },
      ],
    ] as const) {
      const outcome = await call(tool, values);
      if (tool === 'add_organization_users') {
        expect(outcome.ok, tool).toBe(false);
      } else {
        expect(outcome, tool).toMatchObject(refused);
      }
    }
  });

  it('applies to a person, by id, address and verification code', async () => {
    const { call, member } = await under(() => ({ protect: { users: ['member'] } }));
    for (const [tool, values] of [
      ['update_user', { userId: member, name: 'x' }],
      ['add_one_time_tokens', { email: 'Member@Example.com' }],
      ['create_verification_code', { recipient: { email: 'member@example.com' } }],
      ['create_subject_token', { userId: member }],
      ['assign_user_roles', { userId: member, roleIds: ['support'] }],
      ['create_role_user', { id: 'support', userIds: [member] }],
      ['delete_secret', { id: 'any' }],
    ] as const) {
      expect(await call(tool, values), tool).toMatchObject(refused);
    }
  });
});

describe('organizations', () => {
  it('excludes the account of a member who has a role of the tenant', async () => {
    const { call, able, member } = await under((ids) => ({ organizations: [ids.organization] }));
    const token = { userId: member, name: 'key' };
    expect((await call('create_user_personal_access_token', token)).ok).toBe(true);
    await succeed(able, 'assign_user_roles', { userId: member, roleIds: ['support'] });
    expect(
      await call('create_user_personal_access_token', { ...token, name: 'second' }),
    ).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('a role of the whole tenant') },
    });
  });
});

it('an operation that carries no risk still asks if its undo would be impossible', async () => {
  const { fetch } = createSandbox();
  const client = await connectClient({ fetch, policy: defaultPolicy() });
  connected.push(client);
  const created = await succeed(client.call, 'create_user', {
    username: 'keyed',
    customData: { api_key: 'first', plan: 'a' },
  });
  const userId = created.result?.id;
  expect(
    await client.call('update_user_custom_data', { userId, customData: { api_key: 'second' } }),
  ).toMatchObject({
    answer: { result: { preview: { risks: { irreversible: expect.any(String) } } } },
  });
});
