import { expect } from 'vitest';
import { textOf, type Walk, type Walker } from './walk.js';

const notThere = { status: 422, code: 'entity.relation_foreign_key_not_found' };
const noMember = { status: 422, code: 'organization.require_membership' };

const newRole = (
  walker: Walker,
  prefix: string,
  type: 'User' | 'MachineToMachine',
  scopes: string[],
) =>
  walker.create(
    'create_organization_role',
    { name: walker.name(prefix), type, organizationScopeIds: scopes },
    ({ id }) => ['delete_organization_role', { id }],
  );

/** Members and their roles. `viewer` grants `scope`. */
async function walkMembers(walker: Walker, id: string): Promise<void> {
  const scope = await walker.create(
    'create_organization_scope',
    { name: walker.name('read') },
    ({ id: scopeId }) => ['delete_organization_scope', { id: scopeId }],
  );
  const viewer = await newRole(walker, 'Viewer', 'User', [textOf(scope)]);
  const editor = await newRole(walker, 'Editor', 'User', []);
  const machine = await newRole(walker, 'Machine', 'MachineToMachine', []);
  const people: string[] = [];
  for (const prefix of ['ann', 'ben']) {
    const user = await walker.create(
      'create_user',
      { username: walker.name(prefix) },
      ({ id: userId }) => ['delete_user', { userId }],
    );
    people.push(textOf(user));
  }
  const [ann = '', ben = ''] = people;

  const added = await walker.call('add_organization_users', { id, userIds: [ann] });
  expect(added.result).toEqual({ userIds: [ann] });
  await walker.call('add_organization_users', { id, userIds: [ann] });
  await walker.refused('add_organization_users', { id, userIds: ['nope'] }, notThere);
  await walker.refused('add_organization_users', { id, userIds: [] }, { kind: 'input' });
  await walker.refused('list_organization_user_roles', { id, userId: ben }, noMember);
  const toBen = { id, userId: ben, organizationRoleIds: [viewer.id] };
  await walker.refused('assign_organization_roles_to_user', toBen, noMember);
  await walker.call('replace_organization_users', { id, userIds: [ann, ben] });
  const members = await walker.call('list_organization_users', { id, page_size: 1 });
  expect(members.items).toMatchObject([{ organizationRoles: [] }]);
  expect(members.page).toMatchObject({ total: 2, has_more: true, next_page: 2 });
  const elsewhere = await walker.call('list_organization_users', { id: 'nope' });
  expect(elsewhere.items).toEqual([]);

  await walker.call('assign_organization_roles_to_users', {
    id,
    userIds: people,
    organizationRoleIds: [viewer.id],
  });
  const wrongKind = { id, userIds: [ann], organizationRoleIds: [machine.id] };
  await walker.refused('assign_organization_roles_to_users', wrongKind, {
    status: 422,
    code: 'entity.db_constraint_violated',
  });
  const byName = await walker.call('assign_organization_roles_to_user', {
    id,
    userId: ann,
    organizationRoleNames: [editor['name']],
  });
  expect(byName.result).toEqual({ organizationRoleIds: [editor.id] });
  await walker.refused(
    'assign_organization_roles_to_user',
    { id, userId: ann, organizationRoleNames: [walker.name('Nobody')] },
    { status: 422, code: 'organization.role_names_not_found' },
  );
  const editors = await walker.call('list_organization_users', {
    id,
    organizationRoleId: editor.id,
    q: 'ANN',
  });
  expect(editors.items).toMatchObject([
    { id: ann, organizationRoles: [{ id: editor.id }, { id: viewer.id }] },
  ]);
  const roles = await walker.call('list_organization_user_roles', {
    id,
    userId: ann,
    page_size: 1,
  });
  expect(roles.items).toHaveLength(1);
  expect(roles.page).toMatchObject({ total: 2, has_more: true });

  const scopes = await walker.call('list_organization_user_scopes', { id, userId: ann });
  expect(scopes.items).toMatchObject([{ id: scope.id }]);
  const stranger = await walker.call('list_organization_user_scopes', { id, userId: 'nope' });
  expect(stranger.items).toEqual([]);
  await walker.call('replace_organization_user_roles', {
    id,
    userId: ann,
    organizationRoleIds: [editor.id],
  });
  const fewer = await walker.call('list_organization_user_scopes', { id, userId: ann });
  expect(fewer.items).toEqual([]);
  const role = { id, userId: ann, organizationRoleId: editor.id };
  await walker.call('delete_organization_user_role', role);
  await walker.refused('delete_organization_user_role', role, { status: 404 });

  // Leaving removes the roles: a member who returns has none.
  await walker.call('delete_organization_user', { id, userId: ben });
  await walker.refused(
    'delete_organization_user',
    { id, userId: ben },
    { status: 404, code: 'entity.not_found' },
  );
  await walker.call('add_organization_users', { id, userIds: [ben] });
  const again = await walker.call('list_organization_user_roles', { id, userId: ben });
  expect(again.items).toEqual([]);
  await walker.call('replace_organization_users', { id, userIds: [] });
  expect((await walker.call('list_organization_users', { id })).items).toEqual([]);
}

/** Applications and their roles. */
async function walkApplications(walker: Walker, id: string): Promise<void> {
  const bot = await newRole(walker, 'Bot', 'MachineToMachine', []);
  const reader = await newRole(walker, 'Reader', 'MachineToMachine', []);
  const human = await newRole(walker, 'Human', 'User', []);
  const newApplication = (prefix: string, values: Readonly<Record<string, unknown>>) =>
    walker.create(
      'create_application',
      { name: walker.name(prefix), ...values },
      ({ id: applicationId }) => ['delete_application', { id: applicationId }],
    );
  const job = await newApplication('Job', { type: 'MachineToMachine' });
  const sync = await newApplication('Sync', { type: 'MachineToMachine' });
  const page = await newApplication('Page', {
    type: 'SPA',
    oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] },
  });

  const adding = { id, applicationIds: [job.id] };
  expect(await walker.call('add_organization_applications', adding)).toMatchObject({ done: true });
  await walker.call('add_organization_applications', adding);
  await walker.refused(
    'add_organization_applications',
    { id, applicationIds: [page.id] },
    { status: 422, code: 'entity.db_constraint_violated' },
  );
  await walker.refused('add_organization_applications', { id, applicationIds: ['nope'] }, notThere);
  const notIn = { id, applicationId: sync.id };
  await walker.refused('list_organization_application_roles', notIn, noMember);
  await walker.call('replace_organization_applications', { id, applicationIds: [job.id, sync.id] });

  await walker.call('assign_organization_roles_to_applications', {
    id,
    applicationIds: [job.id, sync.id],
    organizationRoleIds: [bot.id],
  });
  const toJob = { id, applicationId: job.id };
  await walker.call('assign_organization_roles_to_application', {
    ...toJob,
    organizationRoleIds: [reader.id],
  });
  await walker.refused(
    'assign_organization_roles_to_application',
    { ...toJob, organizationRoleIds: [human.id] },
    { status: 422, code: 'entity.db_constraint_violated' },
  );
  const listed = await walker.call('list_organization_applications', { id, q: job['name'] });
  expect(listed.items).toMatchObject([
    { id: job.id, organizationRoles: [{ id: bot.id }, { id: reader.id }] },
  ]);
  expect(listed.page).toMatchObject({ page: 1, total: 1, has_more: false });
  const roles = await walker.call('list_organization_application_roles', {
    ...toJob,
    page_size: 1,
  });
  expect(roles.page).toMatchObject({ total: 2, has_more: true, next_page: 2 });

  await walker.call('replace_organization_application_roles', {
    ...toJob,
    organizationRoleIds: [reader.id],
  });
  await walker.refused(
    'replace_organization_application_roles',
    { ...toJob, organizationRoleIds: [] },
    { kind: 'input' },
  );
  const last = { ...toJob, organizationRoleId: reader.id };
  await walker.call('delete_organization_application_role', last);
  await walker.refused('delete_organization_application_role', last, { status: 404 });
  const none = await walker.call('list_organization_application_roles', toJob);
  expect(none.items).toEqual([]);
  await walker.call('delete_organization_application', toJob);
  await walker.refused('delete_organization_application', toJob, {
    status: 404,
    code: 'entity.not_found',
  });
}

/** Just-in-time provisioning: who joins automatically, and with which roles. */
async function walkProvisioning(walker: Walker, id: string): Promise<void> {
  const domain = `${walker.name('dealer').replaceAll('_', '-')}.example`;
  const added = await walker.call('create_organization_jit_email_domain', {
    id,
    emailDomain: domain,
  });
  expect(added.result).toMatchObject({ organizationId: id, emailDomain: domain });
  await walker.refused(
    'create_organization_jit_email_domain',
    { id, emailDomain: domain },
    { status: 422, code: 'entity.unique_integrity_violation' },
  );
  await walker.call('replace_organization_jit_email_domains', {
    id,
    emailDomains: [domain, `mail.${domain}`],
  });
  const domains = await walker.call('list_organization_jit_email_domains', { id, page_size: 1 });
  expect(domains.items).toHaveLength(1);
  expect(domains.page).toMatchObject({ total: 2, has_more: true });
  await walker.call('delete_organization_jit_email_domain', { id, emailDomain: domain });
  const remainingDomains = await walker.call('list_organization_jit_email_domains', { id });
  expect(remainingDomains.items).toMatchObject([{ emailDomain: `mail.${domain}` }]);

  const first = await newRole(walker, 'Newcomer', 'User', []);
  const second = await newRole(walker, 'Guest', 'User', []);
  await walker.call('create_organization_jit_role', { id, organizationRoleIds: [first.id] });
  await walker.refused(
    'create_organization_jit_role',
    { id, organizationRoleIds: ['nope'] },
    notThere,
  );
  await walker.call('replace_organization_jit_roles', {
    id,
    organizationRoleIds: [first.id, second.id],
  });
  const roles = await walker.call('list_organization_jit_roles', { id, page_size: 1 });
  expect(roles.page).toMatchObject({ total: 2, has_more: true });
  await walker.call('delete_organization_jit_role', { id, organizationRoleId: first.id });
  const remaining = await walker.call('list_organization_jit_roles', { id });
  expect(remaining.items).toMatchObject([{ id: second.id }]);
  await walker.refused(
    'list_organization_jit_roles',
    { id: 'nope' },
    { status: 404, code: 'entity.not_exists_with_id' },
  );

  // Without a configuration, so that Logto fetches nothing.
  const connectorName = walker.name('Enterprise');
  const connector = await walker.create(
    'create_sso_connector',
    { providerName: 'SAML', connectorName, domains: [`sso.${domain}`] },
    ({ id: connectorId }) => ['delete_sso_connector', { id: connectorId }],
  );
  const joining = { id, ssoConnectorIds: [connector.id] };
  await walker.call('create_organization_jit_sso_connector', joining);
  await walker.call('replace_organization_jit_sso_connectors', joining);
  const connectors = await walker.call('list_organization_jit_sso_connectors', { id, page: 1 });
  expect(connectors.items).toMatchObject([{ id: connector.id, connectorName }]);
  expect(connectors.page).toMatchObject({ page: 1, total: 1, has_more: false });
  const link = { id, ssoConnectorId: connector.id };
  await walker.call('delete_organization_jit_sso_connector', link);
  await walker.refused('delete_organization_jit_sso_connector', link, { status: 404 });
}

export const organizationsWalk: Walk = async (walker) => {
  const name = walker.name('Acme');
  const organization = await walker.create(
    'create_organization',
    {
      name,
      description: 'Anvils',
      customData: { plan: 'pro', seats: { used: 1, paid: 5 } },
      branding: {
        logoUrl: 'https://img.example/acme.png',
        favicon: 'https://img.example/acme.ico',
      },
      color: { primaryColor: '#aabbcc', isDarkModeEnabled: true },
    },
    ({ id }) => ['delete_organization', { id }],
  );
  const id = textOf(organization);
  expect(organization).toMatchObject({ name, isMfaRequired: false, customCss: null });
  await walker.refused(
    'create_organization',
    { name, branding: { logoUrl: 'ftp' } },
    { kind: 'input' },
  );

  const { items, page } = await walker.call('list_organizations', {
    q: name.toUpperCase(),
    showFeatured: true,
    page_size: 1,
  });
  expect(items).toMatchObject([{ id, usersCount: 0, featuredUsers: [] }]);
  expect(page).toMatchObject({ page: 1, total: 1, has_more: false, next_page: null });
  const { result: got } = await walker.call('get_organization', { id });
  expect(got).toMatchObject({ id, description: 'Anvils' });
  await walker.refused(
    'get_organization',
    { id: 'nope' },
    { status: 404, code: 'entity.not_exists_with_id', kind: 'not_found' },
  );
  const { result: replaced } = await walker.call('update_organization', {
    id,
    customData: { region: 'eu' },
    replace_whole: true,
    description: null,
  });
  expect(replaced?.['customData']).toEqual({ region: 'eu' });
  expect(replaced).toMatchObject({ description: null, color: { primaryColor: '#aabbcc' } });
  await walker.refused('update_organization', { id }, { kind: 'input' });
  await walker.refused(
    'update_organization',
    { id: 'nope', name },
    { status: 404, code: 'entity.not_exists' },
  );

  await walkMembers(walker, id);
  await walkApplications(walker, id);
  await walkProvisioning(walker, id);

  expect(await walker.call('delete_organization', { id })).toMatchObject({ done: true });
  await walker.refused('delete_organization', { id }, { status: 404, code: 'entity.not_found' });
};
