import { expect } from 'vitest';
import { textOf, type Walk } from './walk.js';

export const resourcesWalk: Walk = async (walker) => {
  const indicator = `https://${walker.name('api')}.example`;
  const resource = await walker.create(
    'create_resource',
    { name: 'Walked API', indicator },
    ({ id }) => ['delete_resource', { id }],
  );
  const id = textOf(resource);
  expect(resource).toMatchObject({ indicator, accessTokenTtl: 3600, isDefault: false });
  await walker.refused(
    'create_resource',
    { name: 'again', indicator },
    { status: 422, code: 'resource.resource_identifier_in_use', kind: 'conflict' },
  );
  const listed = await walker.call('list_resources', { includeScopes: true, page_size: 1 });
  expect(listed.page).toMatchObject({ page: 1, page_size: 1, has_more: true, next_page: 2 });
  expect(listed.items?.[0]).toHaveProperty('scopes');
  expect(
    (await walker.call('list_resources', { includeScopes: false })).items?.[0],
  ).not.toHaveProperty('scopes');
  expect((await walker.call('get_resource', { id })).result).toMatchObject({ name: 'Walked API' });
  const changed = await walker.call('update_resource', {
    id,
    name: 'Renamed API',
    accessTokenTtl: 600,
  });
  expect(changed.result).toMatchObject({ name: 'Renamed API', accessTokenTtl: 600 });
  await walker.refused('update_resource', { id }, { code: 'nothing_to_change' });
  await walker.refused('get_resource', { id: 'nope' }, { status: 404, kind: 'not_found' });

  const before = (await walker.call('list_resources')).items?.find(
    (item) => item['isDefault'] === true,
  );
  expect(
    (await walker.call('update_resource_is_default', { id, isDefault: true })).result,
  ).toMatchObject({
    isDefault: true,
  });
  await walker.call('update_resource_is_default', { id, isDefault: false });
  if (before !== undefined) {
    await walker.call('update_resource_is_default', { id: before.id, isDefault: true });
  }

  const { result: scope } = await walker.call('create_resource_scope', {
    resourceId: id,
    name: 'read:things',
    description: 'See things',
  });
  const scopeId = textOf(scope);
  await walker.refused(
    'create_resource_scope',
    { resourceId: id, name: 'read:things' },
    { status: 422, code: 'scope.name_exists' },
  );
  await walker.refused(
    'create_resource_scope',
    { resourceId: id, name: 'with space' },
    { status: 400, code: 'scope.name_with_space' },
  );
  await walker.refused(
    'create_resource_scope',
    { resourceId: 'management-api', name: 'x' },
    { status: 400, code: 'resource.cannot_modify_management_api' },
  );
  const scopes = await walker.call('list_resource_scopes', { resourceId: id, search: 'things' });
  expect(scopes).toMatchObject({ items: [{ id: scopeId }], page: { total: 1, has_more: false } });
  expect((await walker.call('list_resource_scopes', { resourceId: 'nope' })).items).toEqual([]);
  const described = await walker.call('update_resource_scope', {
    resourceId: id,
    scopeId,
    description: null,
  });
  expect(described.result).toMatchObject({ name: 'read:things', description: null });
  await walker.call('delete_resource_scope', { resourceId: id, scopeId });
  await walker.refused(
    'delete_resource',
    { id: 'management-api' },
    { kind: 'permission', code: 'own_access' },
  );
  await walker.call('delete_resource', { id });
  await walker.refused('get_resource', { id }, { status: 404 });
};
