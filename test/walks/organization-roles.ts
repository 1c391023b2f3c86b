import { expect } from 'vitest';
import { textOf, type Walk } from './walk.js';

export const organizationRolesWalk: Walk = async (walker) => {
  const resource = await walker.create(
    'create_resource',
    { name: walker.name('API'), indicator: `https://${walker.name('api')}.example` },
    ({ id }) => ['delete_resource', { id }],
  );
  const apiScopes: string[] = [];
  const organizationScopeIds: string[] = [];
  for (const action of ['read', 'write']) {
    const { result } = await walker.call('create_resource_scope', {
      resourceId: resource.id,
      name: action,
    });
    apiScopes.push(textOf(result));
    const created = await walker.create(
      'create_organization_scope',
      { name: walker.name(action) },
      ({ id }) => ['delete_organization_scope', { id }],
    );
    organizationScopeIds.push(textOf(created));
  }
  const [readApi, writeApi] = apiScopes;
  const [readOwn, writeOwn] = organizationScopeIds;

  const name = walker.name('Editor');
  const role = await walker.create(
    'create_organization_role',
    {
      name,
      description: 'Edits',
      organizationScopeIds: [readOwn],
      resourceScopeIds: [readApi],
    },
    ({ id }) => ['delete_organization_role', { id }],
  );
  const id = textOf(role);
  expect(role).toMatchObject({ name, description: 'Edits', type: 'User' });
  await walker.refused(
    'create_organization_role',
    { name },
    { status: 422, code: 'entity.unique_integrity_violation', kind: 'conflict' },
  );
  await walker.refused(
    'create_organization_role',
    { name: walker.name('Lost'), organizationScopeIds: ['nope'] },
    { status: 422, code: 'entity.relation_foreign_key_not_found' },
  );

  const listed = await walker.call('list_organization_roles', { q: name.toLowerCase() });
  expect(listed.items).toMatchObject([
    {
      id,
      scopes: [{ id: readOwn }],
      resourceScopes: [{ id: readApi, resource: { id: resource.id } }],
    },
  ]);
  expect(listed.page).toMatchObject({ page: 1, total: 1, has_more: false, next_page: null });
  const { result: got } = await walker.call('get_organization_role', { id });
  expect(got).toMatchObject({ id, name });
  await walker.refused('get_organization_role', { id: 'nope' }, { status: 404 });
  const changed = await walker.call('update_organization_role', { id, description: null });
  expect(changed.result).toMatchObject({ name, description: null });
  await walker.refused('update_organization_role', { id }, { kind: 'input' });

  const more = { id, organizationScopeIds: [writeOwn] };
  expect(await walker.call('create_organization_role_scope', more)).toMatchObject({ done: true });
  await walker.call('create_organization_role_scope', more);
  const ofRole = await walker.call('list_organization_role_scopes', { id, page_size: 1 });
  expect(ofRole.items).toHaveLength(1);
  expect(ofRole.page).toMatchObject({ total: 2, has_more: true, next_page: 2 });
  await walker.call('replace_organization_role_scopes', { id, organizationScopeIds: [writeOwn] });
  const remaining = await walker.call('list_organization_role_scopes', { id });
  expect(remaining.items).toMatchObject([{ id: writeOwn }]);
  const assignment = { id, organizationScopeId: writeOwn };
  await walker.call('delete_organization_role_scope', assignment);
  await walker.refused('delete_organization_role_scope', assignment, { status: 404 });
  await walker.refused('list_organization_role_scopes', { id: 'nope' }, { status: 404 });

  await walker.call('create_organization_role_resource_scope', { id, scopeIds: [writeApi] });
  await walker.refused(
    'create_organization_role_resource_scope',
    { id, scopeIds: ['nope'] },
    { status: 422, code: 'entity.relation_foreign_key_not_found' },
  );
  const ofApis = await walker.call('list_organization_role_resource_scopes', { id, page_size: 1 });
  expect(ofApis.items).toMatchObject([{ resourceId: resource.id }]);
  expect(ofApis.page).toMatchObject({ total: 2, has_more: true });
  await walker.call('delete_organization_role_resource_scope', { id, scopeId: readApi });
  await walker.call('replace_organization_role_resource_scopes', { id, scopeIds: [] });
  const none = await walker.call('list_organization_role_resource_scopes', { id });
  expect(none.items).toEqual([]);

  expect(await walker.call('delete_organization_role', { id })).toMatchObject({ done: true });
  await walker.refused(
    'delete_organization_role',
    { id },
    { status: 404, code: 'entity.not_found' },
  );
};
