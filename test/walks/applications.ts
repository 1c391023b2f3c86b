import { expect } from 'vitest';
import { type Item, textOf, type Walk, type Walker } from './walk.js';

const create = (walker: Walker, values: Record<string, unknown>): Promise<Item> =>
  walker.create('create_application', values, ({ id }) => ['delete_application', { id }]);

export const applicationsWalk: Walk = async (walker) => {
  const name = walker.name('Web');
  const app = await create(walker, {
    name,
    type: 'SPA',
    description: 'walked',
    oidcClientMetadata: {
      redirectUris: ['https://app.example/callback'],
      postLogoutRedirectUris: ['https://app.example/'],
    },
    customClientMetadata: { corsAllowedOrigins: ['https://app.example'] },
    customData: { team: 'web' },
  });
  const id = textOf(app);
  await walker.refused(
    'create_application',
    { name, type: 'SAML' },
    { status: 400, code: 'application.saml.use_saml_app_api' },
  );
  await walker.refused(
    'create_application',
    { name, type: 'SPA', customClientMetadata: { isDeviceFlow: true } },
    { status: 422, code: 'application.device_flow_native_only' },
  );

  const listed = await walker.call('list_applications', {
    search: name,
    types: ['SPA', 'Native'],
    page_size: 1,
  });
  expect(listed).toMatchObject({ items: [{ id }], page: { page: 1, total: 1, has_more: false } });
  expect(
    (await walker.call('list_applications', { search: name, isThirdParty: true })).items,
  ).toEqual([]);
  expect(
    (await walker.call('list_applications', { search: name, isThirdParty: false })).items,
  ).toHaveLength(1);
  expect((await walker.call('get_application', { id })).result).toMatchObject({
    name,
    isAdmin: false,
  });
  await walker.refused('get_application', { id: 'nope' }, { status: 404, kind: 'not_found' });
  const changed = await walker.call('update_application', {
    id,
    description: null,
    customData: { owner: 'ann' },
  });
  expect(changed.result).toMatchObject({ description: null, customData: { owner: 'ann' } });
  const merged = await walker.call('update_application_custom_data', {
    applicationId: id,
    customData: { team: 'web' },
  });
  expect(merged.result).toEqual({ owner: 'ann', team: 'web' });

  // Access control
  const user = await walker.create(
    'create_user',
    { username: walker.name('ann') },
    ({ id: userId }) => ['delete_user', { userId }],
  );
  await walker.refused(
    'update_application',
    { id, appLevelAccessControlEnabled: true },
    { status: 422, code: 'request.invalid_input' },
  );
  const rules = {
    userIds: [user.id],
    userRoleIds: [],
    organizationIds: [],
    organizationRoleRules: [],
  };
  await walker.call('replace_application_access_control', { applicationId: id, ...rules });
  expect(
    (await walker.call('get_application_access_control', { applicationId: id })).result,
  ).toEqual(rules);

  // Sign-in branding
  await walker.refused(
    'get_application_sign_in_experience',
    { applicationId: id },
    { status: 404 },
  );
  await walker.call('replace_application_sign_in_experience', {
    applicationId: id,
    displayName: 'Walked',
    color: { primaryColor: '#445566' },
    termsOfUseUrl: 'https://app.example/terms',
  });
  await walker.call('replace_application_sign_in_experience', {
    applicationId: id,
    termsOfUseUrl: null,
  });
  expect(
    (await walker.call('get_application_sign_in_experience', { applicationId: id })).result,
  ).toMatchObject({
    displayName: 'Walked',
    termsOfUseUrl: null,
  });

  await walkMachine(walker);
  await walkThirdParty(walker, textOf(user));

  // Protected applications need a provider that only Logto Cloud has.
  const protectedOnly = { status: 422, code: 'application.protected_application_only' };
  await walker.refused('list_protected_app_custom_domains', { id }, protectedOnly);
  await walker.refused(
    'create_protected_app_custom_domain',
    { id, domain: 'app.example.com' },
    protectedOnly,
  );
  await walker.refused(
    'delete_protected_app_custom_domain',
    { id, domain: 'app.example.com' },
    protectedOnly,
  );

  await walker.call('delete_application', { id });
  await walker.refused('delete_application', { id }, { status: 404 });
};

async function walkMachine(walker: Walker): Promise<void> {
  const machine = await create(walker, { name: walker.name('Job'), type: 'MachineToMachine' });
  const id = textOf(machine);
  const byApplication = { applicationId: id };
  const roles = await Promise.all(
    ['First', 'Second'].map(async (name) => {
      const role = await walker.create(
        'create_role',
        { name: walker.name(name), description: 'walked', type: 'MachineToMachine' },
        (created) => ['delete_role', { id: created.id }],
      );
      return textOf(role);
    }),
  );
  const [first, second] = roles;
  expect(
    (await walker.call('assign_application_roles', { ...byApplication, roleIds: [first] })).result,
  ).toMatchObject({ addedRoleIds: [first] });
  expect(
    await walker.call('replace_application_roles', { ...byApplication, roleIds: [first, second] }),
  ).toMatchObject({ done: true });
  // Logto answers with an error although it made the change: the guard reads again and says so.
  expect(
    await walker.call('replace_application_roles', { ...byApplication, roleIds: [first] }),
  ).toMatchObject({ done: true, notes: [expect.stringContaining('an error (422)')] });
  const assigned = await walker.call('list_application_roles', byApplication);
  expect(assigned).toMatchObject({ items: [{ id: first }], page: { total: 1 } });
  await walker.call('delete_application_role', { ...byApplication, roleId: first });

  const organization = await walker.create(
    'create_organization',
    { name: walker.name('Org') },
    (created) => ['delete_organization', { id: created.id }],
  );
  await walker.call('add_organization_applications', { id: organization.id, applicationIds: [id] });
  const joined = await walker.call('list_application_organizations', { id });
  expect(joined).toMatchObject({ items: [{ id: organization.id }], page: { total: 1 } });

  // Secrets, including a name that must be encoded
  expect((await walker.call('list_application_secrets', { id })).items).toHaveLength(1);
  await walker.call('create_application_secret', { id, name: 'a b/c' });
  await walker.refused(
    'create_application_secret',
    { id, name: 'a b/c' },
    { status: 422, code: 'application.secret_name_exists' },
  );
  await walker.call('update_application_secret', { id, currentName: 'a b/c', name: 'd e/f' });
  await walker.call('delete_application_secret', { id, name: 'd e/f' });
  await walker.refused(
    'delete_application_secret',
    { id, name: '..' },
    { code: 'unsafe_path_value' },
  );
  await walker.refused(
    'delete_application_legacy_secret',
    { id },
    { status: 400, code: 'application.no_legacy_secret_found' },
  );
}

async function walkThirdParty(walker: Walker, userId: string): Promise<void> {
  const partner = await create(walker, {
    name: walker.name('Partner'),
    type: 'Traditional',
    isThirdParty: true,
  });
  const id = textOf(partner);
  const byApplication = { applicationId: id };
  expect(
    await walker.call('create_application_user_consent_scope', {
      ...byApplication,
      userScopes: ['email', 'profile'],
    }),
  ).toMatchObject({ done: true });
  const { result: scopes } = await walker.call(
    'list_application_user_consent_scopes',
    byApplication,
  );
  expect(scopes).toMatchObject({ userScopes: expect.arrayContaining(['email', 'profile']) });
  await walker.call('delete_application_user_consent_scope', {
    ...byApplication,
    scopeType: 'user-scopes',
    scopeId: 'email',
  });

  const organization = await walker.create(
    'create_organization',
    { name: walker.name('Org') },
    (created) => ['delete_organization', { id: created.id }],
  );
  const consent = { id, userId };
  await walker.refused(
    'create_application_consent_organization',
    { ...consent, organizationIds: [organization.id] },
    { status: 422, code: 'organization.require_membership' },
  );
  await walker.call('add_organization_users', { id: organization.id, userIds: [userId] });
  await walker.call('create_application_consent_organization', {
    ...consent,
    organizationIds: [organization.id],
  });
  const listed = await walker.call('list_application_consent_organizations', consent);
  expect(listed).toMatchObject({ items: [{ id: organization.id }], page: { total: 1 } });
  await walker.call('replace_application_consent_organizations', {
    ...consent,
    organizationIds: [organization.id],
  });
  await walker.call('delete_application_consent_organization', {
    ...consent,
    organizationId: organization.id,
  });
}
