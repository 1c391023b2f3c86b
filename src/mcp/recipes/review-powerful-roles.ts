import type { Recipe } from './recipe.js';

export const reviewPowerfulRoles: Recipe = {
  name: 'review_powerful_roles',
  title: 'Who holds powerful roles?',
  when: 'Review who has access: every role with its permissions, the people and machines that hold it, and grants that look stale.',
  request: 'Who can do what here, and which of these grants look wrong?',
  arguments: [
    {
      name: 'roles',
      description: 'Only roles whose name contains this text',
      required: false,
      example: 'manager',
    },
  ],
  script: `
const DAYS = 90;
const wanted = (input.roles ?? '').toLowerCase();
const roles = (await logto.all('list_roles', {})).filter(({ name }) =>
  name.toLowerCase().includes(wanted),
);
const staleBefore = Date.now() - DAYS * 24 * 60 * 60 * 1000;
return await Promise.all(
  roles.map(async ({ id, name, isDefault }) => {
    const [scopes, users, applications] = await Promise.all([
      logto.all('list_role_scopes', { id }),
      logto.all('list_role_users', { id }),
      logto.all('list_role_applications', { id }),
    ]);
    const named = (user) => user.primaryEmail ?? user.username ?? user.id;
    return {
      role: name,
      isDefault,
      may: scopes.map((scope) => scope.resource.indicator + ' ' + scope.name),
      // A default role is held by everybody: its holders are counted and not listed.
      holders: isDefault ? users.length : users.map(named),
      machines: applications.map((application) => application.name),
      suspended: users.filter((user) => user.isSuspended).map(named),
      stale: isDefault
        ? undefined
        : users.filter((user) => (user.lastSignInAt ?? 0) < staleBefore).map(named),
    };
  }),
);
`,
};
