import type { Recipe } from './recipe.js';

export const usersWithoutEmail: Recipe = {
  name: 'users_without_email',
  title: 'Users without a verified e-mail address',
  when: 'List accounts without a primary e-mail address. Logto sets it only for an address that is verified or that an administrator has entered.',
  request: 'Who has no verified e-mail address?',
  arguments: [],
  script: `
const users = await logto.all('list_users', {});
const without = users.filter((user) => !user.primaryEmail);
return {
  users: users.length,
  without: without.map((user) => ({
    id: user.id,
    name: user.name,
    username: user.username,
    phone: user.primaryPhone,
    // What the person or a provider has said, unverified.
    claimed: user.profile?.email ?? Object.values(user.identities).map((one) => one.details?.email).find(Boolean),
  })),
};
`,
};
