import { expect } from 'vitest';
import { textOf, type Walk } from './walk.js';

export const rolesWalk: Walk = async (walker) => {
  const resource = await walker.create(
    'create_resource',
    { name: walker.name('API'), indicator: `https://${walker.name('api')}.example` },
    ({ id }) => ['delete_resource', { id }],
  );
  const scopes = await Promise.all(
    ['read', 'write'].map(async (name) => {
      const { result } = await walker.call('create_resource_scope', {
        resourceId: resource.id,
        name,
      });
      return textOf(result);
    }),
  );
  const name = walker.name('Support');
  const role = await walker.create(
    'create_role',
    { name, description: 'Answers customers', scopeIds: [scopes[0]] },
    ({ id }) => ['delete_role', { id }],
  );
  const id = textOf(role);
  expect(role).toMatchObject({ name, type: 'User', isDefault: false });
  await walker.refused(
    'create_role',
    { name, description: 'again' },
    { status: 422, code: 'role.name_in_use', kind: 'conflict' },
  );
  await walker.refused(
    'create_role',
    { name: walker.name('Lost'), description: 'no such scope', scopeIds: ['nope'] },
    { status: 404, kind: 'not_found' },
  );

  const { items, page } = await walker.call('list_roles', { search: name, page_size: 1 });
  expect(items).toMatchObject([{ id, usersCount: 0 }]);
  expect(page).toEqual({
    page: 1,
    page_size: 1,
    total: 1,
    total_pages: 1,
    has_more: false,
    next_page: null,
  });
  await walker.call('get_role', { id });
  await walker.refused('get_role', { id: 'nope' }, { status: 404, kind: 'not_found' });
  const { result: renamed } = await walker.call('update_role', {
    id,
    description: 'Answers customers by mail',
  });
  expect(renamed).toMatchObject({ name, description: 'Answers customers by mail' });

  const { items: both } = await walker.call('create_role_scope', { id, scopeIds: [scopes[1]] });
  expect(both).toHaveLength(2);
  await walker.refused(
    'create_role_scope',
    { id, scopeIds: [scopes[1]] },
    { status: 422, code: 'role.scope_exists' },
  );
  const listed = await walker.call('list_role_scopes', { id, page_size: 1 });
  expect(listed.page).toMatchObject({ total: 2, has_more: true, next_page: 2 });
  expect(listed.items).toMatchObject([{ resource: { id: resource.id } }]);
  await walker.call('delete_role_scope', { id, scopeId: scopes[0] });
  await walker.refused('delete_role_scope', { id, scopeId: scopes[0] }, { status: 404 });

  const user = await walker.create(
    'create_user',
    { username: walker.name('ann') },
    ({ id: userId }) => ['delete_user', { userId }],
  );
  expect(await walker.call('create_role_user', { id, userIds: [user.id] })).toMatchObject({
    done: true,
  });
  await walker.refused(
    'create_role_user',
    { id, userIds: [user.id] },
    { status: 422, code: 'role.user_exists' },
  );
  const holders = await walker.call('list_role_users', { id });
  expect(holders.items).toMatchObject([{ id: user.id }]);
  await walker.call('delete_role_user', { id, userId: user.id });
  expect((await walker.call('list_role_users', { id })).items).toEqual([]);

  const machine = await walker.create(
    'create_role',
    { name: walker.name('Machine'), description: 'For jobs', type: 'MachineToMachine' },
    ({ id: roleId }) => ['delete_role', { id: roleId }],
  );
  const job = await walker.create(
    'create_application',
    { name: walker.name('Job'), type: 'MachineToMachine' },
    ({ id: jobId }) => ['delete_application', { id: jobId }],
  );
  await walker.refused(
    'create_role_application',
    { id, applicationIds: [job.id] },
    { status: 422, code: 'entity.db_constraint_violated' },
  );
  await walker.call('create_role_application', { id: machine.id, applicationIds: [job.id] });
  await walker.refused(
    'create_role_application',
    { id: machine.id, applicationIds: [job.id] },
    { status: 422, code: 'role.application_exists' },
  );
  const jobs = await walker.call('list_role_applications', { id: machine.id });
  expect(jobs.items).toMatchObject([{ id: job.id }]);
  await walker.call('delete_role_application', { id: machine.id, applicationId: job.id });

  await walker.call('delete_role', { id });
  await walker.refused('get_role', { id }, { status: 404 });
};
