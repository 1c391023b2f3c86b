/**
 * Each member of a preview, as a person sees it: names instead of ids, the target and the entity that contains it, before
 * and after.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTyped } from '../../../src/guard/confirm/preview.js';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { type Connected, connectSandbox, succeed } from '../../support/client.js';

type Values = Readonly<Record<string, unknown>>;

let connected: Connected;
let [one, two, three] = ['', '', ''];
/** A role that no user holds. */
let unused = '';

const previewBy = async (by: Connected, operation: string, values: Values) =>
  (await succeed(by.call, 'preview_operation', { operation, arguments: values })).result ?? {};
const preview = (operation: string, values: Values) => previewBy(connected, operation, values);

const createUser = async (by: Connected, name: string) => {
  const user = { name, primaryEmail: `${name.toLowerCase()}@example.com` };
  return String((await succeed(by.call, 'create_user', user)).result?.id);
};

beforeAll(async () => {
  connected = await connectSandbox();
  one = await createUser(connected, 'One');
  two = await createUser(connected, 'Two');
  three = await createUser(connected, 'Three');
  const role = await succeed(connected.call, 'create_role', { name: 'Unused', description: 'd' });
  unused = String(role.result?.id);
  await succeed(connected.call, 'assign_user_roles', { userId: one, roleIds: ['support'] });
  await succeed(connected.call, 'add_organization_users', {
    id: 'alpine-rentals',
    userIds: [one],
  });
});
afterAll(() => connected.close());

describe('what is acted on', () => {
  it('is named, with a verified address, and what is removed inside it by its own name', async () => {
    expect(await preview('delete_user_role', { userId: one, roleId: 'support' })).toMatchObject({
      acts_on: 'One',
      known_by: { primaryEmail: 'one@example.com' },
      target: { role: 'Support' },
      arguments: { userId: one, roleId: 'support' },
    });
    const member = await preview('delete_organization_user', { id: 'alpine-rentals', userId: two });
    expect(member['target']).toEqual({ user: 'Two' });
    expect(member['acts_on']).toBe('Alpine Rentals');
    expect(member).not.toHaveProperty('known_by');
  });

  it('can be an entity of a list that no operation reads alone', async () => {
    const secret = { id: 'warehouse-sync', name: 'Default secret' };
    expect(await preview('delete_application_secret', secret)).toEqual({
      operation: 'delete_application_secret',
      does: expect.any(String),
      risks: { destructive: expect.any(String) },
      acts_on: 'Warehouse sync',
      target: { 'application secret': 'Default secret' },
      arguments: secret,
    });
    const scope = { resourceId: 'orders-api', scopeId: 'orders-read' };
    expect((await preview('delete_resource_scope', scope))['target']).toEqual({
      scope: expect.stringMatching(/./),
    });
    expect(
      (await preview('delete_user_identity', { userId: one, target: 'github' }))['target'],
    ).toEqual({ connector: 'GitHub' });
  });

  it('is shown by its id if it does not exist', async () => {
    expect(await preview('update_role', { id: 'nope', name: 'New' })).toMatchObject({
      acts_on: 'nope',
      arguments: { id: 'nope' },
      changes: [{ field: 'name', after: 'New' }],
    });
    expect((await preview('delete_user_role', { userId: one, roleId: 'nope' }))['target']).toEqual({
      role: 'nope',
    });
  });

  it('is named in a list that the write itself reads, and below more than one entity', async () => {
    const scope = { resourceId: 'orders-api', scopeId: 'refund-orders', description: 'new' };
    expect(await preview('update_resource_scope', scope)).toMatchObject({
      acts_on: 'Orders API',
      target: { scope: 'refund:orders' },
    });
    const { items = [] } = await succeed(connected.call, 'list_organization_roles', {});
    const role = items.find(({ type }) => type === 'User');
    const held = { id: 'alpine-rentals', userId: one, organizationRoleId: role?.id };
    expect(await preview('delete_organization_user_role', held)).toMatchObject({
      acts_on: 'Alpine Rentals',
      target: { user: 'One', 'organization role': role?.['name'] },
    });
  });

  it('is shown by its id if the policy forbids reading it', async () => {
    const blind = await connectSandbox({
      policy: defaultPolicy({ deny: ['get_user', 'list_role_scopes'] }),
    });
    const userId = await createUser(blind, 'Hidden');
    await succeed(blind.call, 'add_organization_users', {
      id: 'alpine-rentals',
      userIds: [userId],
    });
    const { items = [] } = await succeed(blind.call, 'list_organization_roles', {});
    const role = items.find(({ type }) => type === 'User');
    const held = { id: 'alpine-rentals', userId, organizationRoleId: role?.id };
    expect((await previewBy(blind, 'delete_organization_user_role', held))['target']).toEqual({
      user: userId,
      'organization role': role?.['name'],
    });
    const scope = { id: 'support', scopeId: 'refund-orders' };
    expect((await previewBy(blind, 'delete_role_scope', scope))['target']).toEqual({
      scope: 'refund-orders',
    });
    await blind.close();
  });

  it('is named by an argument of the body if the path does not name it', async () => {
    const token = { userId: one, name: 'deploy' };
    const shown = await preview('delete_personal_access_token_post', token);
    expect(shown['target']).toEqual({ name: 'deploy' });
    expect(shown['arguments']).toEqual({ userId: one });
    expect(shown).not.toHaveProperty('changes');
  });

  it('is absent for a create', async () => {
    const shown = await preview('create_role', { name: 'n', description: 'd' });
    expect(shown).toEqual({
      operation: 'create_role',
      does: expect.any(String),
      changes: [
        { field: 'name', after: 'n' },
        { field: 'description', after: 'd' },
      ],
    });
  });
});

describe('ids in the body', () => {
  it('are named: a few by single reads, many from their list', async () => {
    const names = async (userIds: readonly string[]) =>
      (await preview('create_role_user', { id: unused, userIds }))['names'];
    expect(await names([one, two])).toEqual({
      [one]: 'One (one@example.com)',
      [two]: 'Two (two@example.com)',
    });
    expect(await names([one, two, three])).toEqual({
      [one]: 'One (one@example.com)',
      [two]: 'Two (two@example.com)',
      [three]: 'Three (three@example.com)',
    });
    expect(await names([one, 'nope'])).toEqual({ [one]: 'One (one@example.com)' });
    expect(await names([one, two, 'nope'])).toEqual({
      [one]: 'One (one@example.com)',
      [two]: 'Two (two@example.com)',
    });
    expect(await names(['nope'])).toBeUndefined();
    const many = Array.from({ length: 12 }, (_, index) => (index === 10 ? two : `nope${index}`));
    expect(await names([one, ...many]), 'of more than ten the first ten').toEqual({
      [one]: 'One (one@example.com)',
    });
  });

  it('have no name if the policy forbids reading it', async () => {
    const blind = await connectSandbox({ policy: defaultPolicy({ deny: ['users'] }) });
    const role = { id: 'support', userIds: ['0ag41th7pdub'] };
    expect(await previewBy(blind, 'create_role_user', role)).not.toHaveProperty('names');
    const [user = {}] =
      (await succeed(connected.call, 'list_role_users', { id: 'support' })).items ?? [];
    const open = await preview('create_role_user', { id: unused, userIds: [user.id] });
    expect(open).toHaveProperty('names');
    await blind.close();
  });
});

describe('changes', () => {
  it('of an update are the members that differ, before and after', async () => {
    const values = { id: 'support', name: 'Support', description: 'new' };
    expect(await preview('update_role', values)).toEqual({
      operation: 'update_role',
      does: expect.any(String),
      acts_on: 'Support',
      arguments: { id: 'support' },
      changes: [{ field: 'description', before: expect.any(String), after: 'new' }],
    });
    const same = await preview('update_role', { id: 'support', name: 'Support' });
    expect(same).not.toHaveProperty('changes');
  });

  it('that are many are counted, and a long text is cut', async () => {
    const data = (length: number) => ({
      userId: one,
      customData: Object.fromEntries(Array.from({ length }, (_, index) => [`k${index}`, index])),
    });
    const shown = async (length: number) => {
      const { changes } = await preview('update_user', data(length));
      return Array.isArray(changes) ? changes : [];
    };
    expect(await shown(60)).toHaveLength(60);
    expect((await shown(60)).at(-1)).toEqual({ field: 'customData.k59', after: 59 });
    expect(await shown(63)).toHaveLength(61);
    expect((await shown(63)).at(-1)).toEqual({ field: '...', after: '3 more members' });
    const renamed = async (length: number) => {
      const user = await preview('update_user', {
        userId: one,
        customData: { a: 'x'.repeat(length) },
      });
      return user['changes'];
    };
    expect(await renamed(4000)).toEqual([{ field: 'customData.a', after: 'x'.repeat(4000) }]);
    expect(await renamed(4001)).toEqual([
      { field: 'customData.a', after: `${'x'.repeat(4000)}... (4001 characters)` },
    ]);
  });

  it('of a set are the whole set, and the members that it would lose, with their roles', async () => {
    const shown = await preview('replace_organization_users', {
      id: 'alpine-rentals',
      userIds: [one],
    });
    const { items = [] } = await succeed(connected.call, 'list_organization_users', {
      id: 'alpine-rentals',
      fields: ['id', 'organizationRoles'],
    });
    const lost = items.filter(({ id }) => id !== one);
    expect(shown['loses']).toEqual(lost.map(({ id }) => id));
    expect(shown['changes']).toEqual([
      { field: 'userIds', before: items.map(({ id }) => id), after: [one] },
    ]);
    const roles = lost.flatMap((member) => member['organizationRoles']);
    expect(roles.length).toBeGreaterThan(0);
    expect(shown['cascades']).toEqual({
      organization_roles: expect.stringMatching(
        new RegExp(`^${roles.length} organization role assignments?$`),
      ),
    });
  });

  it('say what is displaced, and what is sent outside the tenant', async () => {
    const connector = { connectorId: 'simple-mail-transfer-protocol', config: {} };
    expect(await preview('create_connector', connector)).toMatchObject({
      names: { 'simple-mail-transfer-protocol': 'SMTP' },
      loses: ['Mock e-mail'],
    });
    const code = { recipient: { email: 'a@b.example' } };
    expect(await preview('create_verification_code', code)).toMatchObject({
      reaches: expect.stringContaining('sends an e-mail'),
      risks: { irreversible: expect.any(String) },
    });
  });
});

it('a name is typed as it is shown, in any case, with or without quotes', () => {
  for (const typed of ['Shop', 'shop', ' SHOP ', '"Shop"', '"shop" ']) {
    expect(isTyped(typed, 'Shop'), typed).toBe(true);
  }
  for (const typed of ['', 'Sho', 'Shop!', "'Shop'"]) {
    expect(isTyped(typed, 'Shop'), typed).toBe(false);
  }
  expect(isTyped('Stra\u0308ße', 'Sträße')).toBe(true);
  expect(isTyped('STRASSE', 'Straße')).toBe(false);
});
