import type { Recipe } from './recipe.js';

export const suspendUsers: Recipe = {
  name: 'suspend_users',
  title: 'Suspend many accounts',
  when: 'Suspend a list of accounts at once, except some of them.',
  request: 'These people have left: suspend their accounts, but leave those on call alone.',
  arguments: [
    {
      name: 'users',
      description: 'E-mail addresses or usernames, one per line',
      required: true,
      example: 'ana.novak@example.com\nluis.garcia@example.com',
    },
    {
      name: 'except',
      description: 'Those to leave alone, one per line',
      required: false,
      example: 'luis.garcia@example.com',
    },
  ],
  script: `
const lines = (text = '') => text.split('\\n').map((line) => line.trim()).filter(Boolean);
const except = new Set(lines(input.except).map((name) => name.toLowerCase()));
const wanted = lines(input.users).map((name) => name.toLowerCase());
const byName = new Map();
for (const user of await logto.all('list_users', {})) {
  for (const name of [user.primaryEmail, user.username]) {
    if (name) byName.set(name.toLowerCase(), user);
  }
}
const excluded = new Set([...except].map((name) => byName.get(name)?.id));
const result = { suspended: [], already: [], excluded: [], unknown: [] };
const seen = new Set();
for (const name of wanted) {
  const user = byName.get(name);
  if (user === undefined) result.unknown.push(name);
  else if (except.has(name) || excluded.has(user.id)) result.excluded.push(name);
  else if (user.isSuspended) result.already.push(name);
  else if (!seen.has(user.id)) {
    seen.add(user.id);
    await logto.update_user_is_suspended({ userId: user.id, isSuspended: true });
    result.suspended.push(name);
  }
}
return result;
`,
};
