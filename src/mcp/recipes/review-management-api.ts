import type { Recipe } from './recipe.js';

export const reviewManagementApi: Recipe = {
  name: 'review_management_api',
  title: 'Who administers this tenant?',
  when: 'Find the people and applications that hold the Management API, directly or by a role in an organization.',
  request: 'Who could change everything here?',
  arguments: [],
  script: `
const own = (await logto.all('list_resources', {})).find((one) => /logto\\.app\\/api$/.test(one.indicator));
if (own === undefined) throw new Error('The Management API is not among the resources.');
const roles = await logto.all('list_roles', {});
const result = [];
for (const { id, name, type, isDefault } of roles) {
  const scopes = (await logto.all('list_role_scopes', { id })).filter((scope) => scope.resourceId === own.id);
  if (scopes.length === 0) continue;
  const users = await logto.all('list_role_users', { id });
  const applications = await logto.all('list_role_applications', { id });
  result.push({
    role: name, type, isDefault, permissions: scopes.map((scope) => scope.name),
    users: users.map((user) => ({
      user: user.primaryEmail ?? user.username ?? user.id, suspended: user.isSuspended, lastSignInAt: user.lastSignInAt,
    })),
    applications: applications.map((one) => one.name),
  });
}
const inOrganizations = (await logto.all('list_organization_roles', {}))
  .filter((role) => role.resourceScopes.some((scope) => scope.resource?.id === own.id || scope.resourceId === own.id))
  .map((role) => role.name);
return { roles: result, organizationRoles: inOrganizations };
`,
};
