import type { Recipe } from './recipe.js';

export const exportUsers: Recipe = {
  name: 'export_users',
  title: 'Export users as CSV',
  when: 'Make a CSV table of accounts with their roles and organizations.',
  request: 'I need a table of all users with their roles and organizations.',
  arguments: [
    {
      name: 'search',
      description: 'Only users who match this text',
      required: false,
      example: 'example.com',
    },
  ],
  script: `
const users = await logto.all('list_users', input.search ? { search: input.search } : {});
const cell = (value) => {
  const text = value === null || value === undefined ? '' : String(value);
  // A spreadsheet would run a cell that begins like a formula.
  const safe = /^[=+\\-@\\t]/.test(text) ? "'" + text : text;
  return /[",\\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
};
const rows = await Promise.all(users.map(async (user) => {
  const [roles, organizations] = await Promise.all([
    logto.all('list_user_roles', { userId: user.id }),
    logto.list_user_organizations({ userId: user.id }),
  ]);
  const names = (items) => items.map((item) => item.name).sort().join('; ');
  return [user.id, user.username, user.primaryEmail, user.name, user.isSuspended,
    names(roles), names(organizations)].map(cell).join(',');
}));
return ['id,username,email,name,suspended,roles,organizations', ...rows].join('\\n');
`,
};
