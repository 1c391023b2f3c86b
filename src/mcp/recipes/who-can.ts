import type { Recipe } from './recipe.js';

export const whoCan: Recipe = {
  name: 'who_can',
  title: 'Who can do this?',
  when: 'Find everybody and everything that holds a permission of an API, by roles of the tenant and by roles in organizations.',
  request: 'Who can give money back?',
  arguments: [
    {
      name: 'permission',
      description: 'Name of the permission',
      required: true,
      example: 'refund:orders',
    },
    {
      name: 'indicator',
      description: 'Indicator of its API, where several APIs have a permission of that name',
      required: false,
      example: 'https://orders.northwind.example/api',
    },
  ],
  script: `
const resources = (await logto.all('list_resources', {}))
  .filter((one) => !input.indicator || one.indicator === input.indicator);
const scopes = (await Promise.all(resources.map(({ id }) => logto.all('list_resource_scopes', { resourceId: id }))))
  .flat().filter((scope) => scope.name === input.permission);
if (scopes.length !== 1) {
  throw new Error(scopes.length + ' APIs have the permission ' + input.permission + '. Give the indicator of one.');
}
const [{ id: scopeId }] = scopes;
const named = (user) => user.primaryEmail ?? user.username ?? user.name ?? user.id;
const roles = await logto.all('list_roles', {});
const granting = (await Promise.all(roles.map(async (role) =>
  (await logto.all('list_role_scopes', { id: role.id })).some((scope) => scope.id === scopeId) ? [role] : []))).flat();
const byRole = await Promise.all(granting.map(async ({ id, name }) => ({
  role: name,
  users: (await logto.all('list_role_users', { id })).map((user) => named(user) + (user.isSuspended ? ' (suspended)' : '')),
  applications: (await logto.all('list_role_applications', { id })).map((one) => one.name),
})));
const organizationRoles = (await logto.all('list_organization_roles', {}))
  .filter((role) => role.resourceScopes.some((scope) => scope.id === scopeId));
const names = new Set(organizationRoles.map((role) => role.name));
const byOrganization = [];
if (names.size > 0) {
  for (const { id, name } of await logto.all('list_organizations', {})) {
    const users = (await logto.all('list_organization_users', { id }))
      .filter((user) => user.organizationRoles.some((role) => names.has(role.name)));
    if (users.length > 0) byOrganization.push({ organization: name, users: users.map(named) });
  }
}
return { byRole, byOrganization };
`,
};
