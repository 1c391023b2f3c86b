/** The preview of a removal shows its cascades in counts, and names a count that is unknown. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { OperationGraph } from '../../../src/guard/operation-graph.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import {
  type Connected,
  connectClient,
  connectSandbox,
  succeed as succeedBy,
} from '../../support/client.js';
import { answerOf } from '../../support/faults.js';

type Values = Readonly<Record<string, unknown>>;

let connected: Connected;
beforeEach(async () => {
  connected = await connectSandbox();
});
afterEach(() => connected.close());

const succeed = (tool: string, values: Values) => succeedBy(connected.call, tool, values);

const preview = async (operation: string, values: Values) =>
  (await succeed('preview_operation', { operation, arguments: values })).result ?? {};

/** The texts of the cascades of a removal. */
const textsOf = async (operation: string, values: Values): Promise<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(Object((await preview(operation, values))['cascades'])).map(([label, text]) => [
      label,
      String(text),
    ]),
  );

/** The counts in these texts. */
const along = async (operation: string, values: Values): Promise<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(await textsOf(operation, values)).map(([label, text]) => {
      const [, bound, digits] = /^(at least )?(\d+) /.exec(text) ?? [];
      const count = bound === undefined ? Number(digits) : `${bound}${digits}`;
      return [label, digits === undefined ? /: number (not known)$/.exec(text)?.[1] : count];
    }),
  );

describe('the catalog', () => {
  const graph = new OperationGraph(catalog);
  const removals = graph.operations.filter(({ operation }) => operation.effect === 'removes');

  /** Lists below an entity that are not deleted with it, and answers that are a part of it. */
  const notCascaded: readonly string[] = [
    'listHookRecentLogs',
    'listUserCustomData',
    'listUserLogtoConfigs',
    'getUserHasPassword',
  ];

  it('states the cascades of every removal', () => {
    expect(removals.length).toBeGreaterThan(50);
    for (const { name, operation } of removals) {
      expect(operation.cascades, name).toBeDefined();
    }
  });

  it('says of counted entities that stay that they lose something', () => {
    for (const { name, operation } of removals) {
      for (const { label, words } of operation.cascades ?? []) {
        const [one, other] = words;
        expect(one, `${name} ${label}`).not.toBe(other);
        for (const text of words) {
          // Users, members, roles, organizations and applications are not deleted with anything else.
          expect(text, `${name} ${label}`).not.toMatch(
            /^((third-party |linked )?applications?|(linked )?users?|members?|(organization )?roles?|organizations?)$/,
          );
        }
      }
    }
    const holders = removals.flatMap(({ operation }) =>
      (operation.cascades ?? []).filter(({ kind }) => kind !== undefined),
    );
    expect(holders.length).toBeGreaterThan(8);
    for (const { label, words } of holders) {
      expect(words[1], label).toMatch(
        / (lose|are no longer|can no longer) |(assignment|membership)s$/,
      );
    }
  });

  it('names only reads that exist', () => {
    const keys = graph.operations.flatMap(({ operation }) =>
      (operation.cascades ?? []).flatMap((row) => [
        row.idsIn,
        'below' in row ? row.below : undefined,
        'inside' in row ? row.inside : undefined,
        'among' in row ? row.among : undefined,
        ...('per' in row ? [row.per, row.list] : []),
      ]),
    );
    for (const key of keys.filter((item) => item !== undefined)) {
      expect(graph.keyed(key).operation.effect, key).toBe('reads');
    }
  });

  it('counts every list below a deleted entity, or says that it stays', () => {
    const shape = (url: string) => url.replaceAll(/\{\w+\}/g, '{}');
    for (const { name, operation } of removals) {
      // Members of a set are removed from it, and their roles are counted separately.
      const isMember = graph.at('PUT', operation.url.replace(/\/[^/]+$/, '')) !== undefined;
      if (!operation.url.endsWith('}') || operation.method !== 'DELETE' || isMember) {
        continue;
      }
      const base = `${shape(operation.url)}/`;
      const lists = graph.operations.filter(
        ({ operation: { method, url, answer } }) =>
          method === 'GET' &&
          answer === undefined &&
          shape(url).startsWith(base) &&
          !shape(url).slice(base.length).includes('{'),
      );
      const counted = (operation.cascades ?? []).map((row) =>
        'below' in row ? row.below : 'inside' in row ? row.inside : '',
      );
      for (const { key } of lists.filter((item) => !notCascaded.includes(item.key))) {
        expect(counted, `${name} ${key}`).toContain(key);
      }
    }
  });
});

describe('the cascades of a removal', () => {
  it('of a user are everything that the account has', async () => {
    const created = await succeed('create_user', {
      username: 'whole',
      primaryEmail: 'w@example.com',
    });
    const userId = created.result?.id;
    const { items: connectors = [] } = await succeed('list_connectors', {});
    const target = connectors.find(({ type }) => type === 'Social')?.['target'];
    await succeed('assign_user_roles', { userId, roleIds: ['support'] });
    await succeed('add_organization_users', { id: 'alpine-rentals', userIds: [userId] });
    await succeed('replace_user_identity', { id: userId, target, userId: 'x' });
    await succeed('create_user_mfa_verification', { userId, verification: { type: 'Totp' } });
    await succeed('create_user_personal_access_token', { userId, name: 'a' });
    await succeed('create_user_personal_access_token', { userId, name: 'b' });
    await succeed('create_organization_invitation', {
      organizationId: 'alpine-rentals',
      invitee: 'someone@example.com',
      inviterId: userId,
      expiresAt: Date.now() + 1e8,
    });
    const roles = (await succeed('list_user_roles', { userId })).items?.length;
    expect(await along('delete_user', { userId })).toEqual({
      user_roles: roles,
      user_organizations: 1,
      user_social_identities: 1,
      user_mfa_verifications: 1,
      user_personal_access_tokens: 2,
      organization_invitations: 1,
    });
  });

  it('of a user include the sessions and grants, which are nested in an answer', async () => {
    await connected.close();
    const sandbox = createSandbox();
    connected = await connectClient({
      fetch: async (url, init) => {
        const [, name] = /\/users\/[^/]+\/(sessions|grants)(?:\?|$)/.exec(url) ?? [];
        return name === undefined
          ? sandbox.fetch(url, init)
          : answerOf(200, JSON.stringify({ [name]: [{ id: 'a' }, { id: 'b' }] }), {
              'content-type': 'application/json',
            });
      },
    });
    const created = await succeed('create_user', { username: 'present' });
    expect(await along('delete_user', { userId: created.result?.id })).toMatchObject({
      user_sessions: 2,
      user_grants: 2,
    });
  });

  it('of an application are its entities, and grants of users as unknown', async () => {
    const app = await succeed('create_application', {
      name: 'Third',
      type: 'Traditional',
      isThirdParty: true,
    });
    const id = app.result?.id;
    await succeed('create_application_secret', { id, name: 'second' });
    await succeed('create_application_user_consent_scope', {
      applicationId: id,
      userScopes: ['email', 'phone'],
      resourceScopes: ['read-orders'],
    });
    await succeed('replace_application_sign_in_experience', {
      applicationId: id,
      displayName: 'Third',
    });
    const { items: secrets = [] } = await succeed('list_application_secrets', { id });
    expect(await along('delete_application', { id })).toEqual({
      application_secrets: secrets.length,
      application_user_consent_scopes: 3,
      application_sign_in_experiences: 1,
      user_grants: 'not known',
    });
    // No user signs in to a machine-to-machine application.
    const machine = await along('delete_application', { id: 'warehouse-sync' });
    expect(machine).toMatchObject({ application_roles: expect.any(Number) });
    expect(machine).not.toHaveProperty('user_grants');
  });

  it('of a role are its users, applications and scopes', async () => {
    expect(await along('delete_role', { id: 'support' })).toMatchObject({
      role_users: expect.any(Number),
      role_scopes: 2,
    });
    expect(await along('delete_role', { id: 'stock-keeper' })).toMatchObject({
      role_applications: 1,
    });
    expect(await textsOf('delete_role', { id: 'support' })).toMatchObject({
      role_users: expect.stringMatching(/^\d+ users lose this role$/),
      role_scopes: '2 scope assignments',
    });
    expect(await textsOf('delete_role', { id: 'stock-keeper' })).toMatchObject({
      role_applications: '1 application loses this role',
    });
  });

  it('of an API, and of one of its scopes, are all holders who lose it', async () => {
    const role = await succeed('create_organization_role', { name: 'Orders' });
    await succeed('create_organization_role_resource_scope', {
      id: role.result?.id,
      scopeIds: ['read-orders'],
    });
    const app = await succeed('create_application', {
      name: 'Third',
      type: 'Traditional',
      isThirdParty: true,
    });
    await succeed('create_application_user_consent_scope', {
      applicationId: app.result?.id,
      resourceScopes: ['read-orders'],
    });
    const { items: roles = [] } = await succeed('list_roles', {});
    let holders = 0;
    for (const { id } of roles) {
      const { items = [] } = await succeed('list_role_scopes', { id });
      holders += items.some((scope) => scope.id === 'read-orders') ? 1 : 0;
    }
    expect(holders).toBeGreaterThan(0);
    const { items: organizationRoles = [] } = await succeed('list_organization_roles', {});
    const granting = organizationRoles.filter((item) =>
      JSON.stringify(item['resourceScopes']).includes('"read-orders"'),
    ).length;
    const scope = { resourceId: 'orders-api', scopeId: 'read-orders' };
    const of = (counts: unknown) => ({
      roles: Object(counts)['roles'],
      organization_roles: Object(counts)['organization_roles'],
      third_party_applications: Object(counts)['third_party_applications'],
    });
    const { items: thirds = [] } = await succeed('list_applications', { isThirdParty: true });
    const scopeCascades = of(await along('delete_resource_scope', scope));
    expect(scopeCascades).toMatchObject({ roles: holders, organization_roles: granting });
    expect(scopeCascades.third_party_applications).toBeGreaterThanOrEqual(1);
    expect(scopeCascades.third_party_applications).toBeLessThanOrEqual(thirds.length);
    const all = await along('delete_resource', { id: 'orders-api' });
    const { items: scopes = [] } = await succeed('list_resource_scopes', {
      resourceId: 'orders-api',
    });
    expect(all).toMatchObject({ resource_scopes: scopes.length });
    expect(of(all).roles).toBeGreaterThanOrEqual(holders);
  });

  it('of an organization include its invitations, and not those of others', async () => {
    const invite = (organizationId: string, invitee: string) =>
      succeed('create_organization_invitation', {
        organizationId,
        invitee,
        expiresAt: Date.now() + 1e8,
      });
    const count = async () =>
      Object(await along('delete_organization', { id: 'alpine-rentals' }))[
        'organization_invitations'
      ] ?? 0;
    const before = await count();
    const { items = [] } = await succeed('list_organizations', {});
    const other = items.find(({ id }) => id !== 'alpine-rentals')?.id;
    await invite('alpine-rentals', 'one@example.com');
    await invite('alpine-rentals', 'two@example.com');
    await invite(String(other), 'three@example.com');
    expect(await count()).toBe(before + 2);
    expect(await along('delete_organization', { id: 'alpine-rentals' })).toMatchObject({
      organization_users: expect.any(Number),
      user_consents: 'not known',
    });
  });

  it('of an organization role are its holders, and of an organization scope the roles', async () => {
    const created = await succeed('create_organization_role', { name: 'Held' });
    const role = created.result?.id;
    const scope = (await succeed('create_organization_scope', { name: 'held' })).result?.id;
    await succeed('create_organization_role_scope', { id: role, organizationScopeIds: [scope] });
    const id = 'alpine-rentals';
    const { items = [] } = await succeed('list_organization_users', { id });
    const userIds = items.slice(0, 2).map((item) => item.id);
    await succeed('assign_organization_roles_to_users', {
      id,
      userIds,
      organizationRoleIds: [role],
    });
    await succeed('create_organization_jit_role', { id, organizationRoleIds: [role] });
    expect(await along('delete_organization_role', { id: role })).toEqual({
      organization_users: userIds.length,
      organization_role_scopes: 1,
      // The budget of requests goes to the people first.
      organization_jit_roles: 'at least 1',
    });
    expect(await along('delete_organization_scope', { id: scope })).toEqual({
      organization_roles: 1,
    });
  });

  it('of a social connector are the users who sign in with it, and of an SSO connector what is known', async () => {
    const { items = [] } = await succeed('list_connectors', {});
    const social = items.find(({ type }) => type === 'Social');
    const cascades = async () => Object(await along('delete_connector', { id: social?.id }));
    const before = (await cascades())['linked_users'] ?? 0;
    const created = await succeed('create_user', { username: 'linked' });
    await succeed('replace_user_identity', {
      id: created.result?.id,
      target: social?.['target'],
      userId: 'x',
    });
    expect((await cascades())['linked_users']).toBe(before + 1);
    const sso = await succeed('create_sso_connector', {
      providerName: 'OIDC',
      connectorName: 'Counted',
    });
    const id = 'alpine-rentals';
    await succeed('create_organization_jit_sso_connector', {
      id,
      ssoConnectorIds: [sso.result?.id],
    });
    expect(await along('delete_sso_connector', { id: sso.result?.id })).toEqual({
      user_sso_identities: 'not known',
      organization_jit_sso_connectors: 1,
    });
  });

  it('of a removal of several entities are counted for each of them', async () => {
    const details = { subject: 's', content: 'c' };
    await succeed('replace_email_templates', {
      templates: ['SignIn', 'Register'].map((templateType) => ({
        languageTag: 'ja',
        templateType,
        details,
      })),
    });
    expect(await along('delete_email_templates', { languageTag: 'ja' })).toEqual({
      email_templates: 2,
    });
    expect(
      await along('delete_email_templates', { languageTag: 'ja', templateType: 'SignIn' }),
    ).toEqual({ email_templates: 1 });
    expect(
      await along('delete_sentinel_activities', { targetType: 'User', targets: ['a', 'b'] }),
    ).toEqual({ identifiers: 2 });
    expect(await along('cleanup_domains', { staleDays: 3 })).toEqual({ domains: 'not known' });
    // The journal has the previous state.
    await succeed('delete_email_templates', { languageTag: 'ja' });
    const { items = [] } = await succeed('list_changes', { limit: 1 });
    const { result } = await succeed('list_changes', { change: items[0]?.id });
    expect(result?.['before']).toHaveLength(2);
  });

  it('leave out what cannot be read, without an error', async () => {
    await connected.close();
    const sandbox = createSandbox();
    connected = await connectClient({
      fetch: async (url, init) =>
        /\/roles\/support\/users/.test(url)
          ? answerOf(403, '{"code":"auth.forbidden","message":"no"}', {
              'content-type': 'application/json',
            })
          : sandbox.fetch(url, init),
    });
    expect(await along('delete_role', { id: 'support' })).toMatchObject({
      role_users: 'not known',
      role_scopes: 2,
    });
  });
});

describe('a replacing write shows', () => {
  it('the entries that its lists drop', async () => {
    const uris = ['https://a.example/1', 'https://a.example/2'];
    const metadata = (redirectUris: readonly string[]) => ({
      id: 'shop-web',
      oidcClientMetadata: { redirectUris, postLogoutRedirectUris: [] },
    });
    await succeed('update_application', metadata(uris));
    expect((await preview('update_application', metadata(uris.slice(0, 1))))['loses']).toEqual([
      'oidcClientMetadata.redirectUris: https://a.example/2',
    ]);
    await succeed('replace_application_access_control', {
      applicationId: 'shop-web',
      userIds: [],
      userRoleIds: ['support'],
      organizationIds: ['alpine-rentals'],
      organizationRoleRules: [],
    });
    const shown = await preview('replace_application_access_control', {
      applicationId: 'shop-web',
      userIds: [],
      userRoleIds: [],
      organizationIds: ['alpine-rentals'],
      organizationRoleRules: [],
    });
    expect(shown['loses']).toEqual(['userRoleIds: support']);
  });

  it('no entry that is a secret', async () => {
    const created = await succeed('create_user', {
      username: 'hidden',
      customData: { access_token: ['s3cret-one', 's3cret-two'] },
    });
    const shown = await preview('update_user', {
      userId: created.result?.id,
      customData: { access_token: ['s3cret-one'] },
    });
    expect(JSON.stringify(shown)).not.toContain('s3cret-two');
  });

  it('the templates that it overwrites, and the connector that it displaces', async () => {
    const template = (subject: string) => ({
      languageTag: 'ja',
      templateType: 'SignIn',
      details: { subject, content: 'c' },
    });
    await succeed('replace_email_templates', { templates: [template('old')] });
    const shown = await preview('replace_email_templates', { templates: [template('new')] });
    expect(shown['changes']).toMatchObject([{ before: [{ details: { subject: 'old' } }] }]);
    const { items = [] } = await succeed('list_connectors', {});
    const email = items.find(({ type }) => type === 'Email');
    const replaced = await preview('create_connector', {
      connectorId: email?.['connectorId'],
      config: {},
    });
    expect(replaced['loses']).toHaveLength(1);
  });
});
