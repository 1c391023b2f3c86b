/** A policy that names organizations allows no change outside them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPolicy } from '../../../src/guard/policy/policy-file.js';
import type { Sandbox } from '../../../src/sandbox/index.js';
import { type Connected, connectClient, connectSandbox, tools } from '../../support/client.js';
import { answerOf } from '../../support/faults.js';

const own = 'alpine-rentals';
const other = 'harbour-wheels';
const policy = readPolicy(
  JSON.stringify({ confirm: 'never', organizations: [own] }),
  undefined,
  tools,
);

const refused = {
  ok: false,
  error: { code: 'forbidden_by_policy', message: expect.stringContaining(`organizations: ${own}`) },
};

describe('the scope to organizations', () => {
  let scoped: Connected;
  let free: Connected;
  let sandboxFetch: Sandbox['fetch'];
  const ids = async (list: string, values: object): Promise<string[]> => {
    const outcome = await free.call(list, { ...values });
    return outcome.ok ? (outcome.answer.items ?? []).map(({ id }) => String(id)) : [];
  };
  const people = async () => {
    const [mine, theirs] = await Promise.all([
      ids('list_organization_users', { id: own }),
      ids('list_organization_users', { id: other }),
    ]);
    return {
      member: mine.find((item) => !theirs.includes(item)) ?? '',
      stranger: theirs.find((item) => !mine.includes(item)) ?? '',
    };
  };

  beforeAll(async () => {
    const sandbox = await connectSandbox();
    free = sandbox;
    sandboxFetch = sandbox.sandbox.fetch;
    scoped = await connectClient({ fetch: sandboxFetch, policy });
  });
  afterAll(async () => {
    await scoped.close();
    await free.close();
  });

  it('allows changes to the organization, its invitations and the accounts that belong to it alone', async () => {
    const { member } = await people();
    expect(member).not.toBe('');
    for (const [tool, values] of [
      ['update_organization', { id: own, description: 'x' }],
      ['update_user', { userId: member, name: 'Member' }],
      ['add_organization_users', { id: own, userIds: [member] }],
      [
        'replace_organization_users',
        { id: own, userIds: await ids('list_organization_users', { id: own }) },
      ],
      [
        'create_organization_invitation',
        {
          organizationId: own,
          invitee: 'new@northwind.example',
          expiresAt: Date.now() + 1e6,
          messagePayload: false,
        },
      ],
      ['list_organization_users', { id: other }],
    ] as const) {
      expect(await scoped.call(tool, values), tool).toMatchObject({ ok: true });
    }
  });

  it('refuses to admit accounts from outside, by every operation', async () => {
    const { stranger, member } = await people();
    const [invitation] = (await free
      .call('create_organization_invitation', {
        organizationId: own,
        invitee: 'other@northwind.example',
        expiresAt: Date.now() + 1e6,
        messagePayload: false,
      })
      .then((created) => (created.ok ? [created.answer.result?.id] : []))) as string[];
    const before = await ids('list_organization_users', { id: own });
    for (const [tool, values] of [
      ['add_organization_users', { id: own, userIds: [member, stranger] }],
      ['replace_organization_users', { id: own, userIds: [...before, stranger] }],
      ['add_organization_applications', { id: own, applicationIds: ['warehouse-sync'] }],
      ['replace_organization_applications', { id: own, applicationIds: ['warehouse-sync'] }],
      [
        'replace_organization_invitation_status',
        { id: invitation, status: 'Accepted', acceptedUserId: stranger },
      ],
    ] as const) {
      expect(await scoped.call(tool, values), tool).toMatchObject(refused);
    }
    expect(await ids('list_organization_users', { id: own })).toEqual(before);
  });

  it('refuses to add a way to join, and allows removing one', async () => {
    const connector = await free.call('create_sso_connector', {
      providerName: 'GoogleWorkspace',
      connectorName: 'Elsewhere',
      domains: ['elsewhere.example'],
    });
    const sso = String(connector.ok ? connector.answer.result?.id : undefined);
    const domains = await free.call('list_organization_jit_email_domains', { id: own });
    const present = (domains.ok ? (domains.answer.items ?? []) : []).map((item) =>
      String(item['emailDomain']),
    );
    for (const [tool, values] of [
      ['create_organization_jit_email_domain', { emailDomain: 'mail.example' }],
      ['replace_organization_jit_email_domains', { emailDomains: [...present, 'mail.example'] }],
      ['create_organization_jit_sso_connector', { ssoConnectorIds: [sso] }],
      ['replace_organization_jit_sso_connectors', { ssoConnectorIds: [sso] }],
    ] as const) {
      expect(await scoped.call(tool, { id: own, ...values }), tool).toMatchObject(refused);
    }
    const emailDomain = 'closed.example';
    await free.call('create_organization_jit_email_domain', { id: own, emailDomain });
    for (const [tool, values] of [
      ['replace_organization_jit_email_domains', { emailDomains: [...present, emailDomain] }],
      ['delete_organization_jit_email_domain', { emailDomain }],
      ['replace_organization_jit_sso_connectors', { ssoConnectorIds: [] }],
    ] as const) {
      expect(await scoped.call(tool, { id: own, ...values }), tool).toMatchObject({ ok: true });
    }
  });

  it('refuses changes to what does not belong to the organization alone, even if the call names it', async () => {
    const { stranger, member } = await people();
    const access = { userIds: [], userRoleIds: [], organizationRoleRules: [] };
    for (const [tool, values] of [
      ['update_organization', { id: other, description: 'x' }],
      ['delete_organization', { id: other }],
      ['create_organization', { name: 'x' }],
      ['update_user', { userId: stranger, name: 'x' }],
      ['update_user_password', { userId: stranger, password: 'Abcdefgh1!xyz' }],
      ['delete_user', { userId: stranger }],
      ['create_user', { username: 'made_up' }],
      ['assign_user_roles', { userId: member, roleIds: ['support'] }],
      ['replace_user_roles', { userId: member, roleIds: ['support'] }],
      [
        'replace_application_access_control',
        { ...access, applicationId: 'shop-web', organizationIds: [own] },
      ],
      [
        'replace_application_consent_organizations',
        { id: 'shop-web', userId: member, organizationIds: [own] },
      ],
      ['create_subject_token', { userId: member }],
      ['add_one_time_tokens', { email: 'new@northwind.example' }],
      ['create_organization_role', { name: 'x' }],
      ['update_sign_in_exp', { signInMode: 'SignIn' }],
    ] as const) {
      expect(await scoped.call(tool, values), tool).toMatchObject(refused);
    }
  });

  it('refuses changes to an account that belongs to no organization', async () => {
    const created = await free.call('create_user', { username: 'in_no_organization' });
    const userId = String(created.ok ? created.answer.result?.id : undefined);
    for (const [tool, values] of [
      ['update_user', { userId, name: 'x' }],
      ['delete_user', { userId }],
      ['add_organization_users', { id: own, userIds: [userId] }],
    ] as const) {
      expect(await scoped.call(tool, values), tool).toMatchObject(refused);
    }
    expect((await free.call('get_user', { userId })).ok).toBe(true);
  });

  it('refuses changes to an invitation to another organization, and allows revoking its own', async () => {
    const invitationTo = async (organizationId: string) => {
      const created = await free.call('create_organization_invitation', {
        organizationId,
        invitee: `${organizationId}@northwind.example`,
        expiresAt: Date.now() + 1e6,
        messagePayload: false,
      });
      return String(created.ok ? created.answer.result?.id : undefined);
    };
    const [theirs, mine] = [await invitationTo(other), await invitationTo(own)];
    for (const [tool, values] of [
      ['replace_organization_invitation_status', { id: theirs, status: 'Revoked' }],
      ['delete_organization_invitation', { id: theirs }],
      ['delete_organization_invitation', { id: 'not-there' }],
      [
        'create_organization_invitation',
        {
          organizationId: other,
          invitee: 'new@northwind.example',
          expiresAt: Date.now() + 1e6,
          messagePayload: false,
        },
      ],
    ] as const) {
      expect(await scoped.call(tool, values), tool).toMatchObject({
        ...refused,
        error: { message: expect.stringContaining('an invitation to another organization') },
      });
    }
    expect(
      await scoped.call('replace_organization_invitation_status', { id: mine, status: 'Revoked' }),
    ).toMatchObject({ ok: true });
    for (const id of [theirs, mine]) {
      await free.call('delete_organization_invitation', { id });
    }
  });

  it('names the organizations that may change, and the reason, in its error', async () => {
    const both = await connectClient({
      fetch: sandboxFetch,
      policy: readPolicy(
        JSON.stringify({ confirm: 'never', organizations: [own, other] }),
        undefined,
        tools,
      ),
    });
    const { stranger } = await people();
    const why = async (tool: string, values: object) => {
      const outcome = await both.call(tool, { ...values });
      return outcome.ok ? 'done' : outcome.error.message;
    };
    expect(await why('create_role', { name: 'x', description: 'y' })).toContain(
      `organizations: ${own}, ${other}; it acts on more than an organization and its members`,
    );
    expect(await why('update_organization', { id: 'third', name: 'x' })).toContain(
      'another organization',
    );
    expect(await why('update_user', { userId: 'not-there', name: 'x' })).toContain(
      'a user who does not belong to these alone',
    );
    expect(
      await why('add_organization_applications', { id: own, applicationIds: ['shop-web'] }),
    ).toContain('shop-web is not a member of these alone');
    // Users who belong only to these may be in each of them.
    expect(await why('add_organization_users', { id: own, userIds: [stranger] })).toBe('done');
    await free.call('delete_organization_user', { id: own, userId: stranger });
    await both.close();
  });

  it('counts more roles than can be read as roles of the whole tenant', async () => {
    const { member } = await people();
    const crowded = await connectClient({
      policy,
      fetch: (url, init) =>
        new URL(url).pathname.endsWith(`/users/${member}/roles`)
          ? Promise.resolve(
              answerOf(
                200,
                JSON.stringify(
                  Array.from({ length: 100 }, (_, index) => ({
                    id: `r${index}`,
                    isDefault: true,
                  })),
                ),
                { 'content-type': 'application/json', 'total-number': '90000' },
              ),
            )
          : sandboxFetch(url, init),
    });
    expect(await crowded.call('update_user', { userId: member, name: 'x' })).toMatchObject({
      ...refused,
      error: { message: expect.stringContaining('a role of the whole tenant') },
    });
    await crowded.close();
  });

  it('refuses changes to an account that also belongs to another organization', async () => {
    const { member } = await people();
    await free.call('add_organization_users', { id: other, userIds: [member] });
    expect(await scoped.call('update_user', { userId: member, name: 'x' })).toMatchObject(refused);
    expect(await scoped.call('delete_user', { userId: member })).toMatchObject(refused);
    await free.call('delete_organization_user', { id: other, userId: member });
    expect((await scoped.call('update_user', { userId: member, name: 'x' })).ok).toBe(true);
  });

  it('allows changes to membership and roles in this organization for a user of two organizations', async () => {
    const { member } = await people();
    await free.call('add_organization_users', { id: other, userIds: [member] });
    const path = { userId: member, organizationRoleIds: [] };
    for (const [tool, values] of [
      ['replace_organization_user_roles', { ...path, id: own }],
      ['add_organization_users', { id: own, userIds: [member] }],
      ['delete_organization_user', { id: own, userId: member }],
    ] as const) {
      expect(await scoped.call(tool, values), tool).toMatchObject({ ok: true });
    }
    expect(
      await scoped.call('replace_organization_user_roles', { ...path, id: other }),
    ).toMatchObject(refused);
    await free.call('add_organization_users', { id: own, userIds: [member] });
    await free.call('delete_organization_user', { id: other, userId: member });
  });
});

describe('a policy for organizations that do not exist', () => {
  it('allows no write, and says so in whoami too', async () => {
    const { call, close } = await connectSandbox({
      policy: readPolicy('{"organizations": ["nope"]}', undefined, tools),
    });
    expect(await call('update_organization', { id: own, description: 'x' })).toMatchObject({
      ok: false,
      error: { kind: 'configuration', message: expect.stringContaining('"nope"') },
    });
    expect((await call('list_organizations', {})).ok).toBe(true);
    expect(await call('whoami', {})).toMatchObject({
      ok: true,
      answer: { result: { policy_problem: expect.stringContaining('"nope"') } },
    });
    await close();
  });
});
