import type { Recipe } from './recipe.js';

export const suspendStaleAccounts: Recipe = {
  name: 'suspend_stale_accounts',
  title: 'Suspend stale accounts',
  when: 'Suspend accounts that nobody has signed in to for a long time.',
  request: 'Suspend accounts that have not been used for a year.',
  arguments: [
    {
      name: 'days',
      description: 'Days without a sign-in',
      required: true,
      example: '365',
    },
    {
      name: 'except',
      description: 'E-mail addresses or usernames to leave alone, one per line',
      required: false,
      example: 'ceo@example.com',
    },
    {
      name: 'created_before',
      description:
        'Accounts without any sign-in count only if they are older than this date; default the same number of days',
      required: false,
      example: '2026-01-01',
    },
  ],
  script: `
const lines = (text = '') => text.split('\\n').map((line) => line.trim()).filter(Boolean);
const days = Number(input.days);
if (!(days >= 1)) throw new Error('days must be a number of days, such as 365.');
const limit = Date.now() - days * 24 * 60 * 60 * 1000;
const createdLimit = input.created_before ? Date.parse(input.created_before) : limit;
if (Number.isNaN(createdLimit)) throw new Error('created_before must be a date, such as 2026-01-01.');
const except = new Set(lines(input.except).map((name) => name.toLowerCase()));
const users = await logto.all('list_users', {});
const time = (value) => (typeof value === 'string' ? Date.parse(value) : value);
const stale = users.filter((user) =>
  !user.isSuspended &&
  ![user.primaryEmail, user.username].some((name) => name && except.has(name.toLowerCase())) &&
  (user.lastSignInAt === null
    ? time(user.createdAt) < createdLimit
    : time(user.lastSignInAt) < limit));
for (const { id } of stale) {
  await logto.update_user_is_suspended({ userId: id, isSuspended: true });
}
return { looked_at: users.length, suspended: stale.length };
`,
};
