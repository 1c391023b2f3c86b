/**
 * Which calls ask first: everyday work does not, dangerous calls do, in both protocol eras. Each dangerous call is made as
 * a client would, and must answer with a plan and leave the tenant as it was.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { readPolicy } from '../../../src/guard/policy/policy-file.js';
import { isObject, memberOf } from '../../../src/json.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import {
  type Connected,
  connectClient,
  connectSandbox,
  type Era,
  succeed,
  tools,
} from '../../support/client.js';
import { mailer } from '../../support/mailer.js';

type Values = Readonly<Record<string, unknown>>;
type Call = readonly [tool: string, values: Values];

/** A tenant with an account and an organization that have the Management API, and ordinary ones beside them. */
async function tenant(era: Era) {
  const sandbox = createSandbox();
  const able = await connectClient({ fetch: sandbox.fetch });
  const created = async (tool: string, values: Values) =>
    String((await succeed(able.call, tool, values)).result?.id);
  const opener = await created('create_organization_role', {
    name: 'Opener',
    resourceScopeIds: ['management-api-all'],
  });
  const machineOpener = await created('create_organization_role', {
    name: 'Machine opener',
    type: 'MachineToMachine',
    resourceScopeIds: ['management-api-all'],
  });
  const ordinaryRole = await created('create_organization_role', { name: 'Ordinary' });
  const powerfulOrganization = await created('create_organization', {
    name: 'Powerful',
    isMfaRequired: true,
  });
  const ordinaryOrganization = await created('create_organization', { name: 'Plain' });
  const admin = await created('create_user', {
    username: 'admin',
    primaryEmail: 'admin@example.com',
    primaryPhone: '4915112345678',
  });
  const person = await created('create_user', {
    username: 'person',
    primaryEmail: 'person@example.com',
    name: 'Person',
    customData: { plan: 'free', tags: ['a', 'b'] },
  });
  const anonymous = await created('create_user', { primaryEmail: 'only@example.com' });
  const machine = await created('create_application', {
    name: 'Machine',
    type: 'MachineToMachine',
  });
  const third = await created('create_application', {
    name: 'Third',
    type: 'Traditional',
    isThirdParty: true,
  });
  await able.call('add_organization_users', { id: powerfulOrganization, userIds: [admin] });
  await able.call('add_organization_users', { id: ordinaryOrganization, userIds: [person] });
  await able.call('add_organization_applications', {
    id: powerfulOrganization,
    applicationIds: [machine],
  });
  await able.call('assign_organization_roles_to_user', {
    id: powerfulOrganization,
    userId: admin,
    organizationRoleIds: [opener],
  });
  await able.call('create_organization_jit_role', {
    id: powerfulOrganization,
    organizationRoleIds: [opener],
  });
  const hook = await created('create_hook', {
    name: 'Hook',
    events: ['User.Created'],
    config: { url: 'https://hooks.example.com/a', headers: { Authorization: 'Bearer secret' } },
  });
  const protocol = await created('create_connector', {
    connectorId: 'oidc',
    metadata: { target: 'company', name: { en: 'Company' } },
    config: {
      authorizationEndpoint: 'https://idp.example.com/auth',
      tokenEndpoint: 'https://idp.example.com/token',
      clientId: 'a',
      clientSecret: 'b',
    },
  });
  const sso = await created('create_sso_connector', {
    providerName: 'OIDC',
    connectorName: 'Acme',
    config: { issuer: 'https://idp.example.com', clientId: 'a', clientSecret: 'b' },
  });
  const invitation = await created('create_organization_invitation', {
    organizationId: ordinaryOrganization,
    invitee: 'invited@example.com',
    expiresAt: 4102444800000,
  });
  const token = await created('add_one_time_tokens', { email: 'person@example.com' });
  const resource = await created('create_resource', {
    name: 'Api',
    indicator: 'https://api.example',
  });
  const mcp = await created('create_resource', {
    name: 'MCP',
    indicator: 'https://mcp.example/mcp',
  });
  const mcpScope = await created('create_resource_scope', { resourceId: mcp, name: 'logto:read' });
  const mcpOtherScope = await created('create_resource_scope', { resourceId: mcp, name: 'other' });
  const mcpRole = await created('create_role', {
    name: 'MCP reader',
    description: 'x',
    scopeIds: [mcpScope],
  });
  const mcpAdmin = await created('create_user', { username: 'mcp_admin' });
  await able.call('assign_user_roles', { userId: mcpAdmin, roleIds: [mcpRole] });
  await able.call('update_user_custom_data', { userId: admin, customData: { api_key: 'secret' } });
  await able.call('assign_user_roles', { userId: person, roleIds: ['support'] });
  await able.close();
  const { call, close } = await connectClient({
    fetch: sandbox.fetch,
    era,
    policy: defaultPolicy(),
  });
  const ids = {
    opener,
    machineOpener,
    ordinaryRole,
    powerfulOrganization,
    ordinaryOrganization,
    admin,
    person,
    anonymous,
    machine,
    third,
    hook,
    protocol,
    sso,
    invitation,
    token,
    resource,
    mcp,
    mcpScope,
    mcpOtherScope,
    mcpRole,
    mcpAdmin,
  };
  return { call, close, ids };
}

type Ids = Awaited<ReturnType<typeof tenant>>['ids'];

/** Everyday work. The first six remove something; the others do not ask. */
const everyday = (
  ids: Ids,
): { readonly asks: readonly Call[]; readonly free: readonly Call[] } => ({
  asks: [
    ['delete_user_role', { userId: ids.person, roleId: 'support' }],
    ['delete_organization_user', { id: ids.ordinaryOrganization, userId: ids.person }],
    ['update_user_password', { userId: ids.person, password: 'Long-enough-1234' }],
  ],
  free: [
    ['create_user', { username: 'newcomer', primaryEmail: 'newcomer@example.com' }],
    ['update_user', { userId: ids.person, name: 'Another name' }],
    ['update_user', { userId: ids.person, avatar: 'https://pictures.example.com/a.png' }],
    ['update_user', { userId: ids.person, customData: { plan: 'paid' } }],
    ['update_user', { userId: ids.person, profile: { givenName: 'Ann' } }],
    ['update_user', { userId: ids.person, name: null }],
    ['update_user_custom_data', { userId: ids.person, customData: { vip: true } }],
    ['update_user_profile', { userId: ids.person, profile: { familyName: 'Berg' } }],
    ['update_user_is_suspended', { userId: ids.person, isSuspended: true }],
    ['update_user_is_suspended', { userId: ids.person, isSuspended: false }],
    ['assign_user_roles', { userId: ids.person, roleIds: ['support'] }],
    ['create_role', { name: 'Reader', description: 'Reads orders', scopeIds: ['read-orders'] }],
    ['update_role', { id: 'support', description: 'Helps customers' }],
    ['create_role_scope', { id: 'customer', scopeIds: ['refund-orders'] }],
    ['create_role_user', { id: 'support', userIds: [ids.anonymous] }],
    ['create_resource', { name: 'Stock', indicator: 'https://stock.example.com' }],
    ['create_resource_scope', { resourceId: ids.resource, name: 'read:stock' }],
    ['update_resource', { id: ids.resource, name: 'Renamed API' }],
    ['create_application', { name: 'Web', type: 'SPA' }],
    ['update_application', { id: 'shop-web', name: 'Renamed shop' }],
    ['update_application', { id: 'shop-web', description: 'The shop' }],
    [
      'update_application',
      {
        id: 'shop-web',
        oidcClientMetadata: {
          redirectUris: [
            'https://shop.northwind.example/callback',
            'https://shop.northwind.example/second',
          ],
        },
      },
    ],
    [
      'update_application',
      {
        id: 'shop-web',
        oidcClientMetadata: {
          redirectUris: [
            'https://shop.northwind.example/callback',
            'https://shop.northwind.example/second',
            'http://localhost:3000/callback',
          ],
        },
      },
    ],
    ['create_organization', { name: 'Customer' }],
    ['update_organization', { id: ids.ordinaryOrganization, name: 'Renamed' }],
    ['update_organization', { id: ids.ordinaryOrganization, isMfaRequired: true }],
    ['add_organization_users', { id: ids.ordinaryOrganization, userIds: [ids.anonymous] }],
    [
      'assign_organization_roles_to_user',
      {
        id: ids.ordinaryOrganization,
        userId: ids.person,
        organizationRoleIds: [ids.ordinaryRole],
      },
    ],
    ['create_organization_role', { name: 'Editor' }],
    ['create_organization_scope', { name: 'edit:page' }],
    [
      'create_organization_invitation',
      {
        organizationId: ids.ordinaryOrganization,
        invitee: 'someone@example.com',
        expiresAt: 4102444800000,
      },
    ],
    ['update_hook', { id: ids.hook, name: 'Renamed hook' }],
    ['update_connector', { id: ids.protocol, metadata: { name: { en: 'Company account' } } }],
    ['update_connector', { id: 'google', syncProfile: true }],
    [
      'update_sign_in_exp',
      { color: { primaryColor: '#ff0000', isDarkModeEnabled: false, darkPrimaryColor: '#ff0000' } },
    ],
    ['update_sign_in_exp', { termsOfUseUrl: 'https://shop.northwind.example/terms' }],
    ['update_sign_in_exp', { branding: { logoUrl: 'https://shop.northwind.example/logo.png' } }],
    ['replace_custom_phrase', { languageTag: 'fr', translation: {} }],
  ],
});

/** Calls that remove, cannot be undone, or give access. */
const dangerous = (ids: Ids): readonly Call[] => {
  const { admin, person, powerfulOrganization: id } = ids;
  const invitation = { invitee: 'x@example.com', expiresAt: 4102444800000 };
  const template = {
    languageTag: 'en',
    templateType: 'SignIn',
    details: { subject: 's', content: 'c' },
  };
  return [
    // Removals and replacements
    ['delete_user', { userId: person }],
    ['delete_role', { id: 'support' }],
    ['delete_role_scope', { id: 'support', scopeId: 'refund-orders' }],
    ['delete_resource', { id: ids.resource }],
    ['delete_resource_scope', { resourceId: 'orders-api', scopeId: 'read-orders' }],
    ['delete_application', { id: 'shop-web' }],
    ['delete_application_secret', { id: 'warehouse-sync', name: 'Default secret' }],
    ['delete_organization', { id: ids.ordinaryOrganization }],
    ['delete_organization_role', { id: ids.ordinaryRole }],
    ['delete_organization_user', { id, userId: admin }],
    ['delete_organization_invitation', { id: ids.invitation }],
    ['delete_connector', { id: 'google' }],
    ['delete_sso_connector', { id: ids.sso }],
    ['delete_hook', { id: ids.hook }],
    ['delete_one_time_token', { id: ids.token }],
    ['delete_email_templates', { languageTag: 'en' }],
    ['replace_user_roles', { userId: person, roleIds: [] }],
    ['replace_organization_users', { id: ids.ordinaryOrganization, userIds: [] }],
    ['create_connector', mailer],
    [
      'update_application',
      { id: 'shop-web', oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] } },
    ],
    ['update_user', { userId: person, customData: { tags: [] }, replace_whole: true }],
    // Accounts and credentials
    ['update_user', { userId: admin, primaryEmail: 'evil@example.com' }],
    ['update_user', { userId: admin, primaryPhone: '4915100000000' }],
    ['update_user', { userId: admin, username: 'other' }],
    ['update_user', { userId: ids.anonymous, primaryEmail: null }],
    ['update_user', { userId: person, username: null, primaryEmail: null, primaryPhone: null }],
    ['update_user_password', { userId: admin, password: 'Long-enough-1234' }],
    ['create_user_personal_access_token', { userId: admin, name: 'key' }],
    ['create_user_personal_access_token', { userId: person, name: 'key' }],
    ['add_one_time_tokens', { email: 'admin@example.com', expiresIn: 31_536_000 }],
    ['add_one_time_tokens', { email: 'a@b.example', context: { jitOrganizationIds: [id] } }],
    ['create_user_mfa_verification', { userId: admin, verification: { type: 'Totp' } }],
    ['update_user_logto_configs', { userId: admin, mfa: { skipMfaOnSignIn: true } }],
    ['create_subject_token', { userId: admin }],
    ['replace_user_identity', { id: admin, target: 'google', userId: 'evil' }],
    ['create_application_secret', { id: 'sandbox', name: 'second' }],
    // Grants of the Management API
    [
      'assign_application_roles',
      { applicationId: ids.machine, roleIds: ['management-api-access'] },
    ],
    ['create_role_application', { id: 'management-api-access', applicationIds: [ids.machine] }],
    ['create_role_scope', { id: 'stock-keeper', scopeIds: ['management-api-all'] }],
    ['create_role', { name: 'All', description: 'x', scopeIds: ['management-api-all'] }],
    ['create_organization_role', { name: 'All', resourceScopeIds: ['management-api-all'] }],
    [
      'create_organization_role_resource_scope',
      { id: ids.ordinaryRole, scopeIds: ['management-api-all'] },
    ],
    ['assign_organization_roles_to_user', { id, userId: admin, organizationRoleIds: [ids.opener] }],
    ['assign_organization_roles_to_user', { id, userId: admin, organizationRoleNames: ['Opener'] }],
    [
      'assign_organization_roles_to_users',
      { id, userIds: [admin], organizationRoleIds: [ids.opener] },
    ],
    [
      'assign_organization_roles_to_application',
      { id, applicationId: ids.machine, organizationRoleIds: [ids.machineOpener] },
    ],
    [
      'create_organization_jit_role',
      { id: ids.ordinaryOrganization, organizationRoleIds: [ids.opener] },
    ],
    ['create_organization_jit_email_domain', { id, emailDomain: 'evil.example' }],
    [
      'create_organization_jit_email_domain',
      { id: ids.ordinaryOrganization, emailDomain: 'gmail.com' },
    ],
    ['create_organization_jit_sso_connector', { id, ssoConnectorIds: [ids.sso] }],
    [
      'create_organization_invitation',
      { ...invitation, organizationId: id, organizationRoleIds: [ids.opener] },
    ],
    ['update_role', { id: 'management-api-access', isDefault: true }],
    // Grants of a scope by which people administer Logto through this server
    ['assign_user_roles', { userId: person, roleIds: [ids.mcpRole] }],
    ['assign_user_roles', { userId: person, roleIds: ['name:MCP reader'] }],
    ['replace_user_roles', { userId: person, roleIds: ['support', ids.mcpRole] }],
    ['create_role_user', { id: ids.mcpRole, userIds: [person] }],
    ['create_role_scope', { id: 'support', scopeIds: [ids.mcpScope] }],
    ['create_role', { name: 'Other', description: 'x', scopeIds: [ids.mcpScope] }],
    ['create_organization_role', { name: 'Other', resourceScopeIds: [ids.mcpScope] }],
    ['create_organization_role_resource_scope', { id: ids.ordinaryRole, scopeIds: [ids.mcpScope] }],
    ['update_role', { id: ids.mcpRole, isDefault: true }],
    [
      'create_application_user_consent_scope',
      { applicationId: ids.third, resourceScopes: [ids.mcpScope] },
    ],
    [
      'update_resource_scope',
      { resourceId: ids.mcp, scopeId: ids.mcpOtherScope, name: 'logto:write' },
    ],
    ['create_resource_scope', { resourceId: ids.mcp, name: 'logto:secrets' }],
    ['create_subject_token', { userId: ids.mcpAdmin }],
    // Trust
    [
      'update_application',
      {
        id: 'shop-web',
        oidcClientMetadata: {
          redirectUris: ['https://shop.northwind.example/callback', 'https://evil.example/cb'],
        },
      },
    ],
    [
      'update_application',
      { id: 'shop-web', customClientMetadata: { corsAllowedOrigins: ['https://evil.example'] } },
    ],
    [
      'create_sso_connector',
      { providerName: 'OIDC', connectorName: 'Evil', domains: ['northwind.example'] },
    ],
    ['update_sso_connector', { id: ids.sso, config: { issuer: 'https://evil.example' } }],
    ['update_connector', { id: 'google', config: { tokenEndpoint: 'https://evil.example' } }],
    ['update_sign_in_exp', { mfa: { policy: 'NoPrompt', factors: [] } }],
    ['update_sign_in_exp', { signInMode: 'SignIn' }],
    ['update_sign_in_exp', { customCss: 'body { background: url(https://evil.example) }' }],
    ['update_organization', { id, isMfaRequired: false }],
    ['replace_email_templates', { templates: [template] }],
    ['create_application_user_consent_scope', { applicationId: ids.third, userScopes: ['email'] }],
    ['update_cimd_config', { enabled: true }],
    ['upsert_jwt_customizer', { tokenTypePath: 'access-token', script: 'x' }],
    ['upsert_action', { actionType: 'action.postSignIn', script: 'x' }],
    // Data and secrets to an address
    ['create_hook', { events: ['User.Created'], config: { url: 'https://evil.example' } }],
    ['update_hook', { id: ids.hook, config: { url: 'https://evil.example' } }],
    [
      'create_hook_test',
      { id: ids.hook, events: ['User.Created'], config: { url: 'https://e.example' } },
    ],
    [
      'create_connector_test',
      {
        factoryId: 'simple-mail-transfer-protocol',
        email: 'a@b.example',
        config: { host: 'e.example' },
      },
    ],
    ['create_verification_code', { recipient: { email: 'admin@example.com' } }],
    // What undo could not restore
    [
      'update_hook',
      { id: ids.hook, config: { url: 'https://hooks.example.com/a' }, replace_whole: true },
    ],
    ['update_user_custom_data', { userId: admin, customData: { api_key: 'other' } }],
    ['update_hook_signing_key', { id: ids.hook }],
    ['rotate_oidc_keys', { keyType: 'private-keys' }],
    ['update_user_password_expiration', { userId: person, isExpired: false }],
    ['replace_one_time_token_status', { id: ids.token, status: 'revoked' }],
  ];
};

/** The risks for which a call asks; undefined if it was made, or the error that refused it. */
const asksFirst = async (call: Connected['call'], [tool, values]: Call): Promise<unknown> => {
  const outcome = await call(tool, values);
  if (!outcome.ok) {
    return outcome.error.message;
  }
  const { plan, preview } = outcome.answer.result ?? {};
  return typeof plan === 'string' && isObject(preview)
    ? { asks: memberOf(preview, 'risks') }
    : undefined;
};

describe.each(['legacy', 'modern'] as const)('without any policy, in the %s era', (era) => {
  let connected: Awaited<ReturnType<typeof tenant>>;
  beforeAll(async () => {
    connected = await tenant(era);
  });
  afterAll(() => connected.close());

  it('dangerous calls ask first, and change nothing', async () => {
    const { call, ids } = connected;
    const calls = dangerous(ids);
    expect(calls.length).toBeGreaterThanOrEqual(60);
    const free: unknown[] = [];
    for (const request of calls) {
      const isAsked = await asksFirst(call, request);
      if (!isObject(isAsked)) {
        free.push([...request, isAsked]);
      }
    }
    expect(free).toEqual([]);
    expect(await call('list_changes', {})).toMatchObject({ answer: { items: [] } });
  });

  it('everyday calls do not ask, except a few that remove something', async () => {
    const { call, ids } = connected;
    const { asks, free } = everyday(ids);
    expect(asks.length + free.length).toBeGreaterThanOrEqual(30);
    expect(asks.length).toBeLessThanOrEqual(6);
    const wrong: unknown[] = [];
    for (const request of free) {
      const isAsked = await asksFirst(call, request);
      if (isAsked !== undefined) {
        wrong.push([...request, isAsked]);
      }
    }
    for (const request of asks) {
      const isAsked = await asksFirst(call, request);
      if (!isObject(isAsked)) {
        wrong.push([...request, isAsked]);
      }
    }
    expect(wrong).toEqual([]);
  });
});

it('a reading operation is a GET, or only computes', () => {
  const others = tools.filter(
    ({ operation: { effect, method, reaches } }) =>
      effect === 'reads' && (method !== 'GET' || reaches !== undefined),
  );
  expect(others.map(({ name }) => name)).toEqual([
    'create_connector_authorization_uri',
    'check_password_policy',
  ]);
});

describe('read-only mode', () => {
  it.each([
    'create_hook_test',
    'create_connector_test',
    'test_jwt_customizer',
    'test_action',
    'verify_user_password',
    'create_verification_code',
  ])('has no %s, which has an effect', async (operation) => {
    const { call, close } = await connectSandbox({
      policy: readPolicy('{"read_only": true}', undefined, tools),
    });
    for (const outcome of [
      await call(operation, {}),
      await call('run_read_operation', { operation }),
    ]) {
      expect(outcome).toMatchObject({
        ok: false,
        error: { message: expect.stringContaining('(read_only)') },
      });
    }
    await close();
  });

  it('has the operations that only compute', async () => {
    const { call, close } = await connectSandbox({
      policy: readPolicy('{"read_only": true}', undefined, tools),
    });
    const values = { connectorId: 'github', state: 's', redirectUri: 'https://a.example/back' };
    expect((await call('create_connector_authorization_uri', values)).ok).toBe(true);
    await close();
  });
});
