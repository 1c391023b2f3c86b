import type { Recipe } from './recipe.js';

export const membersWithoutMfa: Recipe = {
  name: 'members_without_mfa',
  title: 'Members without a second factor',
  when: 'List the people of an organization, or of the whole tenant, who have not set up a second factor.',
  request: 'Which members of Harbour Wheels have no second factor?',
  arguments: [
    {
      name: 'organization',
      description: 'Name of the organization; without it all users',
      required: false,
      example: 'Harbour Wheels',
    },
  ],
  script: `
let users;
if (input.organization) {
  const matching = (await logto.all('list_organizations', {})).filter((one) => one.name === input.organization);
  if (matching.length !== 1) throw new Error(matching.length + ' organizations have the name ' + input.organization + '.');
  users = await logto.all('list_organization_users', { id: matching[0].id });
} else {
  users = await logto.all('list_users', {});
}
const rows = await Promise.all(users.map(async (user) => ({
  user: user.primaryEmail ?? user.username ?? user.id,
  name: user.name,
  suspended: user.isSuspended,
  factors: await logto.list_user_mfa_verifications({ userId: user.id }),
})));
const without = rows.filter((row) => row.factors.length === 0);
return { users: rows.length, without: without.map(({ user, name, suspended }) => ({ user, name, suspended })) };
`,
};
