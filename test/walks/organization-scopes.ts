import { expect } from 'vitest';
import { textOf, type Walk } from './walk.js';

export const organizationScopesWalk: Walk = async (walker) => {
  const name = walker.name('invite_member');
  const scope = await walker.create(
    'create_organization_scope',
    { name, description: 'Invite people' },
    ({ id }) => ['delete_organization_scope', { id }],
  );
  const id = textOf(scope);
  expect(scope).toMatchObject({ name, description: 'Invite people' });
  await walker.refused(
    'create_organization_scope',
    { name },
    { status: 422, code: 'entity.unique_integrity_violation', kind: 'conflict' },
  );
  const second = await walker.create(
    'create_organization_scope',
    { name: `${name}_too` },
    ({ id: secondId }) => ['delete_organization_scope', { id: secondId }],
  );
  expect(second).toMatchObject({ description: null });

  const listed = await walker.call('list_organization_scopes', {
    q: name.toUpperCase(),
    page_size: 1,
  });
  expect(listed.items).toMatchObject([{ id }]);
  expect(listed.page).toMatchObject({ page: 1, total: 2, has_more: true, next_page: 2 });
  expect((await walker.call('get_organization_scope', { id })).result).toMatchObject({ name });
  await walker.refused(
    'get_organization_scope',
    { id: 'nope' },
    { status: 404, kind: 'not_found', code: 'entity.not_exists_with_id' },
  );

  const cleared = await walker.call('update_organization_scope', { id, description: null });
  expect(cleared.result).toMatchObject({ name, description: null });
  await walker.refused('update_organization_scope', { id }, { kind: 'input' });
  await walker.refused(
    'update_organization_scope',
    { id, name: `${name}_too` },
    { status: 422, code: 'entity.unique_integrity_violation' },
  );

  expect(await walker.call('delete_organization_scope', { id })).toMatchObject({ done: true });
  await walker.refused(
    'delete_organization_scope',
    { id },
    { status: 404, code: 'entity.not_found' },
  );
};
