import { expect } from 'vitest';
import { type Item, textOf, type Walk, type Walker } from './walk.js';

const create = (walker: Walker, values: Record<string, unknown>): Promise<Item> =>
  walker.create('create_user', values, ({ id }) => ['delete_user', { userId: id }]);

export const usersWalk: Walk = async (walker) => {
  const username = walker.name('ann');
  const primaryEmail = `${username}@example.com`;
  const user = await create(walker, {
    username,
    primaryEmail,
    name: 'Ann 100% Example',
    password: 'Correct-horse-1',
    customData: { plan: 'trial', nested: { a: 1 } },
    profile: { givenName: 'Ann', address: { country: 'NL' } },
  });
  const userId = textOf(user);
  const { id: otherId } = await create(walker, { username: walker.name('bob') });

  // Identifiers are unique; addresses ignore case.
  await walker.refused(
    'create_user',
    { username },
    { status: 422, code: 'user.username_already_in_use', kind: 'conflict' },
  );
  await walker.refused(
    'create_user',
    { primaryEmail: primaryEmail.toUpperCase() },
    { status: 422, code: 'user.email_already_in_use' },
  );
  await walker.refused(
    'create_user',
    { passwordDigest: 'x' },
    { status: 400, code: 'user.password_algorithm_required' },
  );
  await walker.refused('get_user', { userId: 'nope' }, { status: 404, kind: 'not_found' });

  // Search: any part, one field, several exact values, wildcards taken literally.
  const matches = await walker.call('list_users', { search: username, page_size: 1 });
  expect(matches).toMatchObject({
    items: [{ id: userId }],
    page: { page: 1, page_size: 1, total: 1, total_pages: 1, has_more: false, next_page: null },
  });
  const byFields = await walker.call('list_users', {
    searchFields: [
      { field: 'primaryEmail', values: [primaryEmail.toUpperCase()], mode: 'exact' },
      { field: 'name', values: ['100% ex'] },
    ],
    joint: 'and',
  });
  expect(byFields.items).toMatchObject([{ id: userId }]);
  const literal = await walker.call('list_users', {
    searchFields: [
      { field: 'username', values: [username] },
      { field: 'name', values: ['ann%example'] },
    ],
    joint: 'and',
  });
  expect(literal.items).toEqual([]);
  const two = await walker.call('list_users', {
    searchFields: [{ field: 'id', values: [userId, textOf({ id: otherId })], mode: 'exact' }],
  });
  expect(two.page).toMatchObject({ total: 2 });
  const pattern = await walker.call('list_users', { search: `^${username}$`, searchMode: 'posix' });
  expect(pattern.page).toMatchObject({ total: 1 });
  const similar = await walker.call('list_users', {
    search: `(${username}|nobody)%`,
    searchMode: 'similar_to',
    isCaseSensitive: true,
  });
  expect(similar.page).toMatchObject({ total: 1 });

  expect((await walker.call('get_user', { userId })).result).toMatchObject({
    username,
    hasPassword: true,
  });
  expect(
    (await walker.call('get_user', { userId, includeSsoIdentities: true })).result,
  ).toHaveProperty('ssoIdentities');
  expect((await walker.call('get_user', { userId })).result).not.toHaveProperty('passwordDigest');

  // update_user replaces custom data, update_user_custom_data merges it.
  const changed = await walker.call('update_user', {
    userId,
    name: null,
    customData: { plan: 'team' },
    replace_whole: true,
  });
  expect(changed.result).toMatchObject({ name: null, customData: { plan: 'team' } });
  const merged = await walker.call('update_user_custom_data', { userId, customData: { seats: 3 } });
  expect(merged.result).toEqual({ plan: 'team', seats: 3 });
  expect((await walker.call('list_user_custom_data', { userId })).result).toEqual({
    plan: 'team',
    seats: 3,
  });
  const profile = await walker.call('update_user_profile', {
    userId,
    profile: { familyName: 'Example' },
  });
  expect(profile.result).toMatchObject({
    givenName: 'Ann',
    familyName: 'Example',
    address: { country: 'NL' },
  });
  await walker.refused('update_user', { userId }, { code: 'nothing_to_change' });

  expect((await walker.call('list_user_logto_configs', { userId })).result).toHaveProperty('mfa');
  const configs = await walker.call('update_user_logto_configs', {
    userId,
    mfa: { skipped: true },
  });
  expect(configs.result).toMatchObject({ mfa: { skipped: true } });

  // Password
  expect((await walker.call('get_user_has_password', { userId })).result).toEqual({
    hasPassword: true,
  });
  expect(
    await walker.call('verify_user_password', { userId, password: 'Correct-horse-1' }),
  ).toMatchObject({ done: true });
  await walker.call('update_user_password', { userId, password: 'Correct-horse-2' });
  await walker.refused(
    'verify_user_password',
    { userId, password: 'Correct-horse-1' },
    { status: 422, code: 'session.invalid_credentials' },
  );
  await walker.call('update_user_password_expiration', { userId, isExpired: false });
  expect(
    (await walker.call('update_user_is_suspended', { userId, isSuspended: true })).result,
  ).toMatchObject({ isSuspended: true });
  await walker.call('update_user_is_suspended', { userId, isSuspended: false });

  // Roles
  const role = await walker.create(
    'create_role',
    { name: walker.name('Role'), description: 'walked' },
    ({ id }) => ['delete_role', { id }],
  );
  const machine = await walker.create(
    'create_role',
    { name: walker.name('Machine'), description: 'walked', type: 'MachineToMachine' },
    ({ id }) => ['delete_role', { id }],
  );
  expect(
    (await walker.call('assign_user_roles', { userId, roleIds: [role.id] })).result,
  ).toMatchObject({ addedRoleIds: [role.id] });
  expect(
    (await walker.call('assign_user_roles', { userId, roleIds: [role.id] })).result,
  ).toMatchObject({ addedRoleIds: [] });
  await walker.refused(
    'assign_user_roles',
    { userId, roleIds: [machine.id] },
    { status: 422, code: 'user.invalid_role_type' },
  );
  const roles = await walker.call('list_user_roles', { userId, search: 'Role' });
  expect(roles.items).toMatchObject([{ id: role.id }]);
  expect(roles.page).toMatchObject({ total: 1 });
  const without = await walker.call('list_users', { search: username, excludeRoleId: role.id });
  expect(without.items).toEqual([]);
  expect((await walker.call('replace_user_roles', { userId, roleIds: [role.id] })).result).toEqual({
    roleIds: [role.id],
  });
  await walker.call('delete_user_role', { userId, roleId: role.id });
  await walker.refused('delete_user_role', { userId, roleId: role.id }, { status: 404 });
  expect((await walker.call('list_user_organizations', { userId })).items).toEqual([]);

  // Identities
  const account = walker.name('github');
  const linked = await walker.call('replace_user_identity', {
    id: userId,
    target: 'github',
    userId: account,
    details: { login: 'ann' },
  });
  expect(linked.result).toMatchObject({ github: { userId: account } });
  expect(
    (await walker.call('get_user_identity', { userId, target: 'github' })).result,
  ).toMatchObject({ identity: { userId: account } });
  expect(
    (await walker.call('list_user_all_identities', { userId, includeTokenSecret: false })).result,
  ).toMatchObject({
    socialIdentities: [{ target: 'github' }],
  });
  expect(
    (await walker.call('delete_user_identity', { userId, target: 'github' })).result,
  ).toMatchObject({ id: userId, identities: {} });
  await walker.refused(
    'get_user_sso_identity',
    { userId, ssoConnectorId: 'nope' },
    { status: 404 },
  );
  await linkMockIdentity(walker, userId);

  // Second factors
  const totp = await walker.call('create_user_mfa_verification', {
    userId,
    verification: { type: 'Totp' },
  });
  expect(totp.result).toHaveProperty('secret');
  const codes = await walker.call('create_user_mfa_verification', {
    userId,
    verification: { type: 'BackupCode' },
  });
  expect(codes.result).toHaveProperty('codes');
  await walker.refused(
    'create_user_mfa_verification',
    { userId: otherId, verification: { type: 'BackupCode' } },
    { status: 422, code: 'session.mfa.backup_code_can_not_be_alone' },
  );
  const factors = await walker.call('list_user_mfa_verifications', { userId });
  expect(factors.items?.map((factor) => factor['type']).sort()).toEqual(['BackupCode', 'Totp']);
  for (const factor of factors.items ?? []) {
    await walker.call('delete_user_mfa_verification', { userId, verificationId: factor.id });
  }

  // Trusted devices begin with a sign-in in a browser, so the list is empty.
  const deviceTools = ['list_user_trusted_devices', 'delete_user_trusted_device'];
  if (await walker.serves('list_user_trusted_devices', { userId }, deviceTools)) {
    expect((await walker.call('list_user_trusted_devices', { userId })).items).toEqual([]);
    await walker.refused(
      'delete_user_trusted_device',
      { userId, trustedDeviceId: 'nope' },
      { status: 404, code: 'entity.not_found' },
    );
  }

  // Personal access tokens, including a name that must be encoded
  const { result: token } = await walker.call('create_user_personal_access_token', {
    userId,
    name: 'a b/c',
  });
  expect(token).toMatchObject({ name: 'a b/c', expiresAt: null });
  await walker.refused(
    'create_user_personal_access_token',
    { userId, name: 'a b/c' },
    { status: 422, code: 'user.personal_access_token_name_exists' },
  );
  await walker.call('update_user_personal_access_token', {
    userId,
    currentName: 'a b/c',
    name: 'd e/f',
  });
  await walker.call('update_personal_access_token_name', {
    userId,
    currentName: 'd e/f',
    name: '..',
  });
  expect((await walker.call('list_user_personal_access_tokens', { userId })).items).toMatchObject([
    { name: '..' },
  ]);
  await walker.refused(
    'delete_user_personal_access_token',
    { userId, name: '..' },
    { code: 'unsafe_path_value' },
  );
  await walker.call('delete_personal_access_token_post', { userId, name: '..' });
  await walker.call('create_user_personal_access_token', { userId, name: 'ci' });
  await walker.call('delete_user_personal_access_token', { userId, name: 'ci' });
  expect((await walker.call('list_user_personal_access_tokens', { userId })).items).toEqual([]);

  // Sessions and grants need a sign-in in a browser, so the lists are empty.
  expect((await walker.call('list_user_sessions', { userId })).items).toEqual([]);
  await walker.refused('get_user_session', { userId, sessionId: 'nope' }, { status: 404 });
  await walker.refused('delete_user_session', { userId, sessionId: 'nope' }, { status: 404 });
  expect((await walker.call('list_user_grants', { userId, appType: 'thirdParty' })).items).toEqual(
    [],
  );
  await walker.refused('delete_user_grant', { userId, grantId: 'nope' }, { status: 404 });

  await walker.call('delete_user', { userId });
  await walker.refused('get_user', { userId }, { status: 404 });
};

/** Links an account of the mock social connector, where it is installed and free. */
async function linkMockIdentity(walker: Walker, userId: string): Promise<void> {
  const connectorId = 'mock-social-connector';
  const { items: factories = [] } = await walker.call('list_connector_factories', {
    fields: ['id'],
  });
  const { items: present = [] } = await walker.call('list_connectors');
  if (
    !factories.some(({ id }) => id === connectorId) ||
    present.some((connector) => connector['connectorId'] === connectorId)
  ) {
    walker.skip('create_user_identity', 'needs the mock social connector, free to set up');
    return;
  }
  const connector = await walker.create(
    'create_connector',
    { connectorId, config: { clientId: 'a', clientSecret: 'b' } },
    ({ id }) => ['delete_connector', { id }],
  );
  const { result } = await walker.call('create_user_identity', {
    userId,
    connectorId: connector.id,
    connectorData: { code: 'x', userId: walker.name('mock'), email: 'mock@example.com' },
  });
  expect(result).toHaveProperty('mock-social');
  await walker.call('delete_connector', { id: connector.id });
}
