import { expect } from 'vitest';
import { textOf, type Walk } from './walk.js';

export const cimdWalk: Walk = async (walker) => {
  const tools = [
    'list_cimd_user_consent_scopes',
    'assign_cimd_user_consent_scopes',
    'delete_cimd_user_consent_scope',
  ];
  if (!(await walker.serves('list_cimd_user_consent_scopes', {}, tools))) {
    return;
  }
  const resource = await walker.create(
    'create_resource',
    { name: walker.name('API'), indicator: `https://${walker.name('api')}.example` },
    ({ id }) => ['delete_resource', { id }],
  );
  const { result: scope } = await walker.call('create_resource_scope', {
    resourceId: resource.id,
    name: 'read',
  });
  const scopeId = textOf(scope);
  const organizationScope = await walker.create(
    'create_organization_scope',
    { name: walker.name('read') },
    ({ id }) => ['delete_organization_scope', { id }],
  );
  const more = {
    resourceScopes: [scopeId],
    organizationResourceScopes: [scopeId],
    organizationScopes: [organizationScope.id],
  };
  expect(await walker.call('assign_cimd_user_consent_scopes', more)).toMatchObject({ done: true });
  // Repeating a scope is accepted.
  await walker.call('assign_cimd_user_consent_scopes', more);
  await walker.refused(
    'assign_cimd_user_consent_scopes',
    { resourceScopes: ['nope'] },
    { status: 422, code: 'application.user_consent_scopes_not_found' },
  );
  const { result: listed } = await walker.call('list_cimd_user_consent_scopes');
  expect(listed).toMatchObject({
    organizationScopes: expect.arrayContaining([
      expect.objectContaining({ id: organizationScope.id }),
    ]),
    resourceScopes: expect.arrayContaining([
      expect.objectContaining({ scopes: [expect.objectContaining({ id: scopeId })] }),
    ]),
  });
  for (const [scopeType, id] of [
    ['resource-scopes', scopeId],
    ['organization-resource-scopes', scopeId],
    ['organization-scopes', organizationScope.id],
  ]) {
    expect(
      await walker.call('delete_cimd_user_consent_scope', { scopeType, scopeId: id }),
    ).toMatchObject({ done: true });
  }
  await walker.refused(
    'delete_cimd_user_consent_scope',
    { scopeType: 'resource-scopes', scopeId },
    { status: 404 },
  );
};
