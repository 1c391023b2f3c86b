import type { Recipe } from './recipe.js';

export const findOrphans: Recipe = {
  name: 'find_orphans',
  title: 'Roles and permissions without use',
  when: 'Find roles that nobody holds and permissions that no role grants.',
  request: 'Which roles and permissions are not used at all?',
  arguments: [],
  script: `
const [roles, resources, organizationRoles] = await Promise.all([
  logto.all('list_roles', {}),
  logto.all('list_resources', {}),
  logto.all('list_organization_roles', {}),
]);
const granted = new Set(organizationRoles.flatMap((role) => role.resourceScopes.map((scope) => scope.id)));
await Promise.all(roles.map(async ({ id }) => {
  for (const scope of await logto.all('list_role_scopes', { id })) granted.add(scope.id);
}));
const scopes = (await Promise.all(resources.map(async ({ id, indicator }) =>
  (await logto.all('list_resource_scopes', { resourceId: id })).map((scope) => ({ ...scope, indicator }))))).flat();
return {
  roles: roles.filter((role) => role.usersCount === 0 && role.applicationsCount === 0 && !role.isDefault)
    .map((role) => role.name),
  permissions: scopes.filter((scope) => !granted.has(scope.id)).map((scope) => scope.indicator + ' ' + scope.name),
};
`,
};
