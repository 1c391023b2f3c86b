/** Changes are undone as far as Logto allows, and an update loses nothing that it does not name. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { memoryJournal } from '../../../src/guard/undo/journal.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import {
  type Connected,
  connectClient,
  connectSandbox,
  type Setup,
  succeed as succeedBy,
} from '../../support/client.js';
import { answerOf } from '../../support/faults.js';

type Values = Readonly<Record<string, unknown>>;

let connected: Connected;
const start = async (setup: Omit<Setup, 'fetch'> = {}) => {
  connected = await connectSandbox(setup);
};
beforeEach(() => start());
afterEach(() => connected.close());

const succeed = (tool: string, values: Values) => succeedBy(connected.call, tool, values);

const lastChange = async (): Promise<string> => {
  const { items = [] } = await succeed('list_changes', { limit: 1 });
  return String(items[0]?.id);
};

const undo = async () => connected.call('undo_change', { change: await lastChange() });

const cannot = (why: string) => ({
  ok: false,
  error: { code: 'cannot_undo', message: expect.stringContaining(why) },
});

describe('an update', () => {
  it('keeps fields that it does not name, and says so', async () => {
    const { result, notes } = await succeed('update_application', {
      id: 'shop-web',
      customClientMetadata: { alwaysIssueRefreshToken: true },
    });
    expect(result?.['customClientMetadata']).toEqual({
      corsAllowedOrigins: ['https://shop.northwind.example'],
      alwaysIssueRefreshToken: true,
    });
    expect(notes?.[0]).toContain('Kept in customClientMetadata: corsAllowedOrigins');
  });

  it('replaces whole lists, and whole objects with replace_whole', async () => {
    const list = await succeed('update_application', {
      id: 'shop-web',
      oidcClientMetadata: { redirectUris: ['https://a.example/x'], postLogoutRedirectUris: [] },
    });
    expect(list.result?.['oidcClientMetadata']).toMatchObject({
      redirectUris: ['https://a.example/x'],
    });
    const whole = await succeed('update_application', {
      id: 'shop-web',
      customClientMetadata: { rotateRefreshToken: true },
      replace_whole: true,
    });
    expect(whole.result?.['customClientMetadata']).toEqual({ rotateRefreshToken: true });
    expect(whole.notes).toEqual([expect.stringContaining('Dropped from customClientMetadata: ')]);
  });

  it('keeps the other nested settings at every depth', async () => {
    await succeed('update_sign_in_exp', {
      passwordPolicy: { length: { min: 10 }, rejects: { pwned: false } },
    });
    const { result } = await succeed('update_sign_in_exp', {
      passwordPolicy: { rejects: { userInfo: false } },
    });
    expect(result?.['passwordPolicy']).toMatchObject({
      length: { min: 10 },
      rejects: { pwned: false, userInfo: false },
    });
  });

  it('to another form of an object drops the members of the former form', async () => {
    await succeed('update_sign_in_exp', {
      forgotPasswordMethods: ['EmailVerificationCode'],
      passwordExpiration: { enabled: true, validPeriodDays: 30 },
    });
    const { result, notes } = await succeed('update_sign_in_exp', {
      passwordExpiration: { enabled: false },
    });
    expect(result?.['passwordExpiration']).toEqual({ enabled: false });
    expect(notes?.[0]).toContain('Dropped from passwordExpiration, because its enabled changes');
    expect(notes?.[0]).toContain('validPeriodDays');
  });

  it('merges free data with a member type, and settings with a member enabled', async () => {
    const created = await succeed('create_user', {
      username: 'free',
      customData: { type: 'gold', points: 5, prefs: { enabled: true, theme: 'dark' } },
    });
    const { result } = await succeed('update_user', {
      userId: created.result?.id,
      customData: { type: 'silver', prefs: { enabled: false } },
    });
    expect(result?.['customData']).toEqual({
      type: 'silver',
      points: 5,
      prefs: { enabled: false, theme: 'dark' },
    });
    await succeed('update_sign_in_exp', {
      passkeySignIn: { enabled: false, showPasskeyButton: true, allowAutofill: true },
    });
    const settings = await succeed('update_sign_in_exp', { passkeySignIn: { enabled: true } });
    expect(settings.result?.['passkeySignIn']).toEqual({
      enabled: true,
      showPasskeyButton: true,
      allowAutofill: true,
    });
  });

  it('that Logto merges only at the top level is merged at every level', async () => {
    const created = await succeed('create_user', {
      username: 'nested',
      customData: { prefs: { a: 1, b: 2 }, other: 1 },
      profile: { givenName: 'Ann', address: { country: 'DE', locality: 'Bonn' } },
    });
    const userId = created.result?.id;
    const preview = await succeed('preview_operation', {
      operation: 'update_user_custom_data',
      arguments: { userId, customData: { prefs: { a: 3 } } },
    });
    expect(preview.result?.['changes']).toEqual([
      { field: 'customData.prefs.a', before: 1, after: 3 },
    ]);
    const data = await succeed('update_user_custom_data', {
      userId,
      customData: { prefs: { a: 3 } },
    });
    expect(data.result).toEqual({ prefs: { a: 3, b: 2 }, other: 1 });
    expect(data.notes?.[0]).toContain('Kept in customData: prefs.b');
    expect((await undo()).ok).toBe(true);
    const plain = await succeed('update_user_custom_data', {
      userId,
      customData: { prefs: { a: 3 } },
      replace_whole: true,
    });
    expect(plain.result).toEqual({ prefs: { a: 3 }, other: 1 });
    expect(plain.notes?.[0]).toContain('Dropped from customData: prefs.b');
    await succeed('update_user_profile', { userId, profile: { address: { country: 'FR' } } });
    const { result } = await succeed('get_user', { userId });
    expect(result?.['profile']).toMatchObject({
      givenName: 'Ann',
      address: { country: 'FR', locality: 'Bonn' },
    });
    const saml = await succeed('create_saml_application', {
      name: 'S',
      customData: { deep: { a: 1, b: 2 } },
    });
    const updated = await succeed('update_saml_application', {
      id: saml.result?.id,
      customData: { deep: { a: 3 } },
    });
    expect(updated.result?.['customData']).toEqual({ deep: { a: 3, b: 2 } });
    const application = { applicationId: 'shop-web' };
    await succeed('update_application_custom_data', {
      ...application,
      customData: { deep: { a: 1, b: 2 } },
    });
    const joined = await succeed('update_application_custom_data', {
      ...application,
      customData: { deep: { a: 3 } },
    });
    expect(joined.result).toMatchObject({ deep: { a: 3, b: 2 } });
  });

  it('loses nothing when other tools update the same field at the same time', async () => {
    const created = await succeed('create_user', { username: 'twice', customData: { z: 0 } });
    const userId = created.result?.id;
    await Promise.all([
      succeed('update_user', { userId, customData: { a: 1 } }),
      succeed('update_user_custom_data', { userId, customData: { b: 2 } }),
      succeed('update_user', { userId, customData: { c: 3 } }),
    ]);
    const { result } = await succeed('get_user', { userId });
    expect(result?.['customData']).toEqual({ z: 0, a: 1, b: 2, c: 3 });
  });
});

describe('undo_change restores', () => {
  it('an update', async () => {
    const { result: before } = await succeed('get_role', { id: 'support' });
    await succeed('update_role', { id: 'support', description: 'changed' });
    expect((await undo()).ok).toBe(true);
    expect((await succeed('get_role', { id: 'support' })).result).toEqual(before);
  });

  it('an update of custom data, removing the keys that it added', async () => {
    const created = await succeed('create_user', { username: 'undone', customData: { a: 1 } });
    const userId = created.result?.id;
    await succeed('update_user_custom_data', { userId, customData: { b: 2 } });
    expect((await undo()).ok).toBe(true);
    const { result } = await succeed('list_user_custom_data', { userId });
    expect(result).toEqual({ a: 1 });
  });

  it('a suspension', async () => {
    const created = await succeed('create_user', { username: 'undone' });
    const userId = created.result?.id;
    await succeed('update_user_is_suspended', { userId, isSuspended: true });
    expect((await undo()).ok).toBe(true);
    expect((await succeed('get_user', { userId })).result).toMatchObject({ isSuspended: false });
  });

  it('a removed assignment', async () => {
    await succeed('delete_role_scope', { id: 'support', scopeId: 'refund-orders' });
    expect((await undo()).ok).toBe(true);
    const { items = [] } = await succeed('list_role_scopes', { id: 'support', fields: ['id'] });
    expect(items.map(({ id }) => id).sort()).toEqual(['read-orders', 'refund-orders']);
  });

  it('an assignment, except for members that existed before it', async () => {
    const created = await succeed('create_user', { username: 'undone' });
    const userId = created.result?.id;
    await succeed('assign_user_roles', { userId, roleIds: ['customer'] });
    await succeed('assign_user_roles', { userId, roleIds: ['customer', 'support'] });
    expect((await undo()).ok).toBe(true);
    const { items = [] } = await succeed('list_user_roles', { userId, fields: ['id'] });
    expect(items).toEqual([{ id: 'customer' }]);
  });

  it('a replaced set', async () => {
    const created = await succeed('create_user', { username: 'undone' });
    const userId = created.result?.id;
    await succeed('assign_user_roles', { userId, roleIds: ['customer', 'support'] });
    await succeed('replace_user_roles', { userId, roleIds: [] });
    expect((await undo()).ok).toBe(true);
    const { items = [] } = await succeed('list_user_roles', { userId, fields: ['id'] });
    expect(items.map(({ id }) => id).sort()).toEqual(['customer', 'support']);
  });

  it('a created entity', async () => {
    const created = await succeed('create_role', { name: 'Short-lived', description: 'x' });
    expect((await undo()).ok).toBe(true);
    expect((await connected.call('get_role', { id: created.result?.id })).ok).toBe(false);
  });

  it('a created entity, after a confirmation, because the undo removes it', async () => {
    await connected.close();
    await start({ policy: defaultPolicy() });
    await succeed('create_role', { name: 'Short-lived', description: 'x' });
    const change = await lastChange();
    const first = await succeed('undo_change', { change });
    expect(first.result).toMatchObject({ preview: { operation: 'delete_role' } });
    const plan = first.result?.['plan'];
    expect(await connected.call('undo_change', { change, plan })).toMatchObject({ ok: true });
  });
});

describe('undo_change refuses', () => {
  it('a deletion', async () => {
    await succeed('delete_role', { id: 'support' });
    expect(await undo()).toMatchObject(cannot('what is deleted is gone'));
  });

  it('a password', async () => {
    const created = await succeed('create_user', { username: 'undone' });
    await succeed('update_user_password', {
      userId: created.result?.id,
      password: 'S3cret-enough!',
    });
    expect(await undo()).toMatchObject(cannot('the former password is not known'));
  });

  it('a message that was sent', async () => {
    await succeed('create_verification_code', { recipient: { email: 'ann@example.com' } });
    expect(await undo()).toMatchObject(cannot('cannot be called back'));
  });

  it('a change whose target has changed again since', async () => {
    await succeed('update_role', { id: 'support', description: 'first' });
    const change = await lastChange();
    await succeed('update_role', { id: 'support', description: 'second' });
    expect(await connected.call('undo_change', { change })).toMatchObject(
      cannot('changed again since'),
    );
    expect((await succeed('get_role', { id: 'support' })).result).toMatchObject({
      description: 'second',
    });
  });

  it('a change that is already undone, was refused, or does not exist', async () => {
    await succeed('update_role', { id: 'support', description: 'first' });
    const change = await lastChange();
    await succeed('undo_change', { change });
    expect(await connected.call('undo_change', { change })).toMatchObject(cannot('undone already'));
    await connected.call('create_role', { name: 'Support', description: 'taken' });
    expect(await undo()).toMatchObject(cannot('Logto had refused it'));
    expect(await connected.call('undo_change', { change: 'c-none' })).toMatchObject({
      ok: false,
      error: { code: 'unknown_change' },
    });
  });
});

describe('an undo in several steps', () => {
  it('continues where it was interrupted', async () => {
    await connected.close();
    const sandbox = createSandbox();
    let removed = 0;
    let refuses = true;
    connected = await connectClient({
      fetch: async (url, init) => {
        removed += init.method === 'DELETE' ? 1 : 0;
        return init.method === 'DELETE' && removed === 2 && refuses
          ? answerOf(403, '{"code":"auth.forbidden","message":"no"}', {
              'content-type': 'application/json',
            })
          : sandbox.fetch(url, init);
      },
    });
    const created = await succeed('create_user', { username: 'stepwise' });
    const userId = created.result?.id;
    const roles = async () =>
      (await succeed('list_user_roles', { userId })).items?.map(({ id }) => id).sort();
    const before = await roles();
    await succeed('assign_user_roles', {
      userId,
      roleIds: ['customer', 'support', 'shop-manager'].filter((id) => !before?.includes(id)),
    });
    const change = await lastChange();
    expect(await connected.call('undo_change', { change })).toMatchObject({
      ok: false,
      error: { hint: expect.stringContaining('goes on with the rest') },
    });
    const { items = [] } = await succeed('list_changes', { limit: 100 });
    expect(items.find(({ id }) => id === change)).toMatchObject({ partly_undone: true });
    refuses = false;
    expect((await connected.call('undo_change', { change })).ok).toBe(true);
    expect(await roles()).toEqual(before);
    expect(await connected.call('undo_change', { change })).toMatchObject(cannot('already'));
  });

  it('restores the organization roles of members', async () => {
    const id = 'alpine-rentals';
    const members = async () =>
      (await succeed('list_organization_users', { id, fields: ['id', 'organizationRoles'] })).items
        ?.map((item) => JSON.stringify(item))
        .sort();
    const before = await members();
    const withRole = (before ?? [])
      .map((item) => JSON.parse(item))
      .find((item) => item.organizationRoles.length > 0);
    const preview = await succeed('preview_operation', {
      operation: 'delete_organization_user',
      arguments: { id, userId: withRole.id },
    });
    expect(preview.result?.['cascades']).toEqual({
      organization_roles: expect.stringMatching(
        new RegExp(`^${withRole.organizationRoles.length} organization role assignments?$`),
      ),
      user_consents: 'consents of users: number not known',
    });
    await succeed('delete_organization_user', { id, userId: withRole.id });
    expect(await members()).not.toEqual(before);
    expect((await undo()).ok).toBe(true);
    expect(await members()).toEqual(before);
    await succeed('replace_organization_users', { id, userIds: [] });
    expect((await undo()).ok).toBe(true);
    expect(await members()).toEqual(before);
  });

  it('says that consents for the organization are not restored with a member', async () => {
    const { result: application } = await succeed('create_application', {
      name: 'Partner',
      type: 'Traditional',
      isThirdParty: true,
      oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] },
    });
    const { result: user } = await succeed('create_user', { username: 'consenting' });
    const { result: organization } = await succeed('create_organization', { name: 'Consented' });
    const member = { id: organization?.id, userId: user?.id };
    const consent = { id: application?.id, userId: user?.id };
    const remove = () => succeed('delete_organization_user', member);
    const replace = () =>
      succeed('replace_organization_users', { id: organization?.id, userIds: [] });
    for (const leave of [remove, replace]) {
      await succeed('add_organization_users', { id: organization?.id, userIds: [user?.id] });
      await succeed('create_application_consent_organization', {
        ...consent,
        organizationIds: [organization?.id],
      });
      await leave();
      expect(await undo()).toMatchObject({
        ok: true,
        answer: {
          notes: [expect.any(String), expect.stringContaining('Consents to applications')],
        },
      });
      expect(await succeed('list_organization_users', { id: organization?.id })).toMatchObject({
        items: [{ id: user?.id }],
      });
      expect(await succeed('list_application_consent_organizations', consent)).toMatchObject({
        items: [],
      });
    }
  });

  it('restores the roles of a member, named by id or by name', async () => {
    const id = 'alpine-rentals';
    const { items = [] } = await succeed('list_organization_users', { id });
    const userId = items[0]?.id;
    const { items: all = [] } = await succeed('list_organization_roles', {});
    const roles = async () =>
      (await succeed('list_organization_user_roles', { id, userId })).items
        ?.map((item) => item.id)
        .sort();
    const before = await roles();
    await succeed('replace_organization_user_roles', {
      id,
      userId,
      organizationRoleNames: [all.find(({ type }) => type === 'User')?.['name']],
    });
    expect((await undo()).ok).toBe(true);
    expect(await roles()).toEqual(before);
  });

  it('removes a first script, restores a name, and lets an application ask again', async () => {
    const tokenTypePath = 'access-token';
    await succeed('upsert_jwt_customizer', { tokenTypePath, script: 'a' });
    expect((await undo()).ok).toBe(true);
    expect((await connected.call('get_jwt_customizer', { tokenTypePath })).ok).toBe(false);

    const id = 'warehouse-sync';
    await succeed('create_application_secret', { id, name: 'Old name' });
    await succeed('update_application_secret', { id, currentName: 'Old name', name: 'New name' });
    expect((await undo()).ok).toBe(true);
    const { items = [] } = await succeed('list_application_secrets', { id, fields: ['name'] });
    expect(items.map(({ name }) => name)).toContain('Old name');
    expect(items.map(({ name }) => name)).not.toContain('New name');

    const app = await succeed('create_application', {
      name: 'Third',
      type: 'Traditional',
      isThirdParty: true,
    });
    const applicationId = app.result?.id;
    await succeed('create_application_user_consent_scope', {
      applicationId,
      userScopes: ['email', 'phone'],
    });
    await succeed('delete_application_user_consent_scope', {
      applicationId,
      scopeType: 'user-scopes',
      scopeId: 'email',
    });
    expect((await undo()).ok).toBe(true);
    const { result } = await succeed('list_application_user_consent_scopes', { applicationId });
    expect(result?.['userScopes']).toEqual(expect.arrayContaining(['email', 'phone']));
  });

  it('of a resource scope finds the previous state in the list', async () => {
    const resourceId = 'orders-api';
    const scopes = async () =>
      (await succeed('list_resource_scopes', { resourceId })).items
        ?.map(({ description }) => description)
        .sort();
    const before = await scopes();
    await succeed('update_resource_scope', {
      resourceId,
      scopeId: 'read-orders',
      description: 'x',
    });
    expect((await undo()).ok).toBe(true);
    expect(await scopes()).toEqual(before);
  });

  it('finds an entity on any page of its list', async () => {
    const resourceId = 'orders-api';
    for (let index = 0; index < 101; index += 1) {
      await succeed('create_resource_scope', { resourceId, name: `n${index}`, description: 'old' });
    }
    const all = async () =>
      (await succeed('list_resource_scopes', { resourceId, page: 2, page_size: 100 })).items;
    const last = (await all())?.at(-1);
    await succeed('update_resource_scope', { resourceId, scopeId: last?.id, description: 'new' });
    expect((await undo()).ok).toBe(true);
    expect((await all())?.at(-1)).toEqual(last);
  });
});

describe('exactly what was added is removed', () => {
  const idsOf = (items: readonly { readonly id?: unknown }[] = []) => items.map(({ id }) => id);

  it('of the scopes that an application may ask for, of every kind', async () => {
    const app = await succeed('create_application', {
      name: 'Third',
      type: 'Traditional',
      isThirdParty: true,
    });
    const ownScope = await succeed('create_organization_scope', { name: 'own' });
    const path = { applicationId: app.result?.id };
    const scopes = async () =>
      (await succeed('list_application_user_consent_scopes', path)).result ?? {};
    await succeed('create_application_user_consent_scope', {
      ...path,
      userScopes: ['email'],
      resourceScopes: ['read-orders'],
    });
    const before = await scopes();
    const more = {
      ...path,
      userScopes: ['email', 'phone'],
      resourceScopes: ['read-orders', 'refund-orders'],
      organizationResourceScopes: ['read-orders'],
      organizationScopes: [ownScope.result?.id],
    };
    await succeed('create_application_user_consent_scope', more);
    const first = await lastChange();
    expect(await scopes()).not.toEqual(before);
    expect((await undo()).ok).toBe(true);
    expect(await scopes()).toEqual(before);
    expect(await connected.call('undo_change', { change: first })).toMatchObject(cannot('already'));

    await succeed('create_application_user_consent_scope', more);
    const second = await lastChange();
    await succeed('delete_application_user_consent_scope', {
      ...path,
      scopeType: 'user-scopes',
      scopeId: 'phone',
    });
    const removal = await lastChange();
    const between = await scopes();
    expect(await connected.call('undo_change', { change: second })).toMatchObject(
      cannot('changed again since'),
    );
    expect(await scopes()).toEqual(between);
    await succeed('create_application_user_consent_scope', { ...path, userScopes: ['phone'] });
    expect(await connected.call('undo_change', { change: removal })).toMatchObject(
      cannot('changed again since'),
    );
  });

  it('of roles that several members were given', async () => {
    const id = 'alpine-rentals';
    const { items: members = [] } = await succeed('list_organization_users', { id });
    const { items: all = [] } = await succeed('list_organization_roles', {});
    const organizationRoleIds = idsOf(all.filter(({ type }) => type === 'User'));
    const userIds = idsOf(members.slice(0, 3));
    const roles = async () =>
      (await succeed('list_organization_users', { id })).items?.map((item) =>
        JSON.stringify(item['organizationRoles']),
      );
    const before = await roles();
    await succeed('assign_organization_roles_to_users', { id, userIds, organizationRoleIds });
    expect(await roles()).not.toEqual(before);
    expect((await undo()).ok).toBe(true);
    expect(await roles()).toEqual(before);

    await succeed('assign_organization_roles_to_users', { id, userIds, organizationRoleIds });
    const change = await lastChange();
    await succeed('replace_organization_user_roles', {
      id,
      userId: userIds[0],
      organizationRoleIds: [],
    });
    expect(await connected.call('undo_change', { change })).toMatchObject(
      cannot('changed again since'),
    );
  });

  it('of roles that a member was given by name', async () => {
    const id = 'alpine-rentals';
    const { items: all = [] } = await succeed('list_organization_roles', {});
    const names = all.filter(({ type }) => type === 'User').map(({ name }) => name);
    const created = await succeed('create_user', { username: 'named' });
    const member = { id, userId: created.result?.id };
    await succeed('add_organization_users', { id, userIds: [member.userId] });
    await succeed('assign_organization_roles_to_user', {
      ...member,
      organizationRoleNames: names.slice(0, 1),
    });
    const roles = async () => (await succeed('list_organization_user_roles', member)).items;
    const before = await roles();
    expect(before).toHaveLength(1);
    await succeed('assign_organization_roles_to_user', {
      ...member,
      organizationRoleNames: names.slice(0, 2),
    });
    expect(await roles()).toHaveLength(2);
    expect((await undo()).ok).toBe(true);
    expect(await roles()).toEqual(before);
  });

  it('of a set that Logto does not allow to be emptied at once, one by one', async () => {
    const created = await succeed('create_organization_role', {
      name: 'For machines',
      type: 'MachineToMachine',
    });
    const app = await succeed('create_application', { name: 'M', type: 'MachineToMachine' });
    const path = { id: 'alpine-rentals', applicationId: app.result?.id };
    await succeed('add_organization_applications', {
      id: path.id,
      applicationIds: [path.applicationId],
    });
    await succeed('replace_organization_application_roles', {
      ...path,
      organizationRoleIds: [created.result?.id],
    });
    expect((await undo()).ok).toBe(true);
    expect((await succeed('list_organization_application_roles', path)).items).toEqual([]);
  });

  it('of second factors, whose ids Logto does not return', async () => {
    const created = await succeed('create_user', { username: 'factors' });
    const userId = created.result?.id;
    const factors = async () =>
      (await succeed('list_user_mfa_verifications', { userId })).items?.map(({ type }) => type);
    const verification = (type: string) => ({ userId, verification: { type } });
    await succeed('create_user_mfa_verification', verification('Totp'));
    await succeed('create_user_mfa_verification', verification('BackupCode'));
    expect((await undo()).ok).toBe(true);
    expect(await factors()).toEqual(['Totp']);
  });

  it('of several profile fields at once', async () => {
    const field = (name: string) => ({ name, type: 'Text', label: name, required: false });
    await succeed('create_custom_profile_fields_batch', {
      profileFields: [field('one'), field('two')],
    });
    const change = await lastChange();
    expect((await undo()).ok).toBe(true);
    const { items = [] } = await succeed('list_custom_profile_fields', {});
    expect(items.map(({ name }) => name)).not.toContain('two');
    expect(await connected.call('undo_change', { change })).toMatchObject(cannot('already'));
  });

  it('of the order of profile fields, only for the named fields', async () => {
    const fields = ['a', 'b', 'c'].map((name) => ({
      name,
      type: 'Text',
      label: name,
      required: false,
    }));
    await succeed('create_custom_profile_fields_batch', { profileFields: fields });
    const order = async () => {
      const { items = [] } = await succeed('list_custom_profile_fields', {});
      return Object.fromEntries(items.map((item) => [item['name'], item['sieOrder']]));
    };
    const former = await order();
    await succeed('update_custom_profile_fields_order', {
      order: [
        { name: 'a', sieOrder: 9 },
        { name: 'c', sieOrder: 8 },
      ],
    });
    expect(await order()).toEqual({ ...former, a: 9, c: 8 });
    const change = await lastChange();
    // Another field has changed since. It is not part of this change.
    await succeed('update_custom_profile_fields_order', { order: [{ name: 'b', sieOrder: 7 }] });
    await succeed('undo_change', { change });
    expect(await order()).toEqual({ ...former, b: 7 });
  });

  it('not the order of profile fields, when one of them has been moved again', async () => {
    await succeed('create_custom_profile_field', {
      field: { name: 'a', type: 'Text', label: 'A', required: false },
    });
    await succeed('update_custom_profile_fields_order', { order: [{ name: 'a', sieOrder: 9 }] });
    const change = await lastChange();
    await succeed('update_custom_profile_fields_order', { order: [{ name: 'a', sieOrder: 3 }] });
    expect(await connected.call('undo_change', { change })).toMatchObject(
      cannot('what it changed has been changed again since'),
    );
  });

  it('of e-mail templates, and overwritten ones get their former texts again', async () => {
    const template = (templateType: string, subject: string) => ({
      languageTag: 'ja',
      templateType,
      details: { subject, content: 'c' },
    });
    const texts = async () =>
      (await succeed('list_email_templates', { languageTag: 'ja' })).items?.map((item) => [
        item['templateType'],
        item['details'],
      ]);
    await succeed('replace_email_templates', { templates: [template('SignIn', 'old')] });
    const before = await texts();
    await succeed('replace_email_templates', {
      templates: [template('SignIn', 'new'), template('Register', 'more')],
    });
    const change = await lastChange();
    expect((await undo()).ok).toBe(true);
    expect(await texts()).toEqual(before);
    expect(await connected.call('undo_change', { change })).toMatchObject(cannot('already'));
    const { items = [] } = await succeed('list_email_templates', { languageTag: 'ja' });
    await succeed('update_email_template_details', { id: items[0]?.id, subject: 'later' });
    expect((await undo()).ok).toBe(true);
    expect(await texts()).toEqual(before);
    await succeed('replace_email_templates', { templates: [template('SignIn', 'newer')] });
    const first = await lastChange();
    await succeed('update_email_template_details', { id: items[0]?.id, subject: 'later' });
    expect(await connected.call('undo_change', { change: first })).toMatchObject(
      cannot('changed again since'),
    );
  });
});

describe('the deletion of an entity that one call sets', () => {
  it('is undone by that call, unless it was set again', async () => {
    const phrase = (username: string) => ({
      languageTag: 'ja',
      translation: { input: { username } },
    });
    await succeed('replace_custom_phrase', phrase('old'));
    const read = async () =>
      (await succeed('get_custom_phrase', { languageTag: 'ja' })).result?.['translation'];
    const before = await read();
    await succeed('delete_custom_phrase', { languageTag: 'ja' });
    expect((await undo()).ok).toBe(true);
    expect(await read()).toEqual(before);
    await succeed('delete_custom_phrase', { languageTag: 'ja' });
    const second = await lastChange();
    await succeed('replace_custom_phrase', phrase('new'));
    expect(await connected.call('undo_change', { change: second })).toMatchObject(
      cannot('changed again since'),
    );
  });

  it('is undone for a linked identity', async () => {
    const created = await succeed('create_user', { username: 'linked' });
    const userId = created.result?.id;
    const { items = [] } = await succeed('list_connectors', {});
    const target = items.find(({ type }) => type === 'Social')?.['target'];
    await succeed('replace_user_identity', { id: userId, target, userId: 'at-provider' });
    const identity = () => connected.call('get_user_identity', { userId, target });
    const before = await identity();
    expect(before.ok).toBe(true);
    await succeed('delete_user_identity', { userId, target });
    expect((await undo()).ok).toBe(true);
    expect(await identity()).toEqual(before);
    await succeed('replace_user_identity', { id: userId, target, userId: 'another' });
    expect((await undo()).ok).toBe(true);
    expect(await identity()).toEqual(before);
  });
});

describe('list_changes', () => {
  it('gives a reason for each change that cannot be undone, and none for the others', async () => {
    await succeed('update_role', { id: 'support', description: 'x' });
    const created = await succeed('create_user', { username: 'listed' });
    const userId = created.result?.id;
    await succeed('update_user_password', { userId, password: 'S3cret-enough!' });
    await succeed('delete_user', { userId });
    const { items = [] } = await succeed('list_changes', { limit: 4 });
    expect(items.map((item) => item['cannot_undo'])).toEqual([
      'what is deleted is gone, with its id and everything that belonged to it',
      'the former password is not known',
      undefined,
      undefined,
    ]);
    const { result } = await succeed('list_changes', { change: items[0]?.id });
    expect(result?.['cannot_undo']).toBe(items[0]?.['cannot_undo']);
  });
});

describe('list_changes shows the values of a change', () => {
  it.each([
    [['update_role'], true],
    [['get_role', 'list_roles'], true],
    [['roles'], false],
  ])('only if they can be read or written now: without %j', async (deny, isShown) => {
    const lines = memoryJournal();
    await connected.close();
    await start({ lines });
    await succeed('update_role', { id: 'support', description: 'shown' });
    await connected.close();
    await start({ lines, policy: defaultPolicy({ confirm: 'never', deny }) });
    const { result } = await succeed('list_changes', { change: await lastChange() });
    expect(result).toMatchObject(
      isShown ? { after: { description: 'shown' } } : { hidden: expect.any(String) },
    );
    expect(JSON.stringify(result).includes('shown')).toBe(isShown);
  });
});

describe('an undo says what it does not restore', () => {
  it('of a script whose variables the journal must not store', async () => {
    const tokenTypePath = 'access-token';
    await succeed('upsert_jwt_customizer', {
      tokenTypePath,
      script: 'a',
      environmentVariables: { K: 'v' },
    });
    const preview = await succeed('preview_operation', {
      operation: 'upsert_jwt_customizer',
      arguments: { tokenTypePath, script: 'b' },
    });
    expect(preview.result?.['loses']).toEqual(['environmentVariables']);
    await succeed('upsert_jwt_customizer', { tokenTypePath, script: 'b' });
    expect(await undo()).toMatchObject(cannot('keeps no secrets'));
    const { result } = await succeed('get_jwt_customizer', { tokenTypePath });
    expect(result).toMatchObject({ script: 'b' });
  });

  it('of an invitation whose e-mail was sent', async () => {
    await succeed('create_organization_invitation', {
      organizationId: 'alpine-rentals',
      invitee: 'late@example.com',
      expiresAt: Date.now() + 1e8,
      messagePayload: { link: 'https://x.example/accept' },
    });
    const undone = await undo();
    expect(undone).toMatchObject({
      ok: true,
      answer: { notes: expect.arrayContaining([expect.stringContaining('cannot be recalled')]) },
    });
  });

  it('of a deleted secret: a new one of that name would have another value', async () => {
    const id = 'warehouse-sync';
    await succeed('create_application_secret', { id, name: 'Gone' });
    await succeed('delete_application_secret', { id, name: 'Gone' });
    expect(await undo()).toMatchObject(cannot('what is deleted is gone'));
  });

  it('and list_changes shows the change with its previous values, as the hint says', async () => {
    await succeed('update_role', { id: 'support', description: 'looked at' });
    const change = await lastChange();
    const { result } = await succeed('list_changes', { change });
    expect(result).toMatchObject({
      before: { id: 'support', name: expect.any(String) },
      after: { description: 'looked at' },
    });
    expect((await connected.call('list_changes', { change: 'c-none' })).ok).toBe(false);
  });
});
