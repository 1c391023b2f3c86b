import type { Recipe } from './recipe.js';

export const replaceRole: Recipe = {
  name: 'replace_role',
  title: 'Replace a role by another',
  when: 'Give everybody who holds one role another one instead.',
  request: 'Everyone with the role Support should be Shop manager instead.',
  arguments: [
    {
      name: 'old',
      description: 'Name of the role to take away',
      required: true,
      example: 'Support',
    },
    {
      name: 'new',
      description: 'Name of the role to give',
      required: true,
      example: 'Shop manager',
    },
  ],
  script: `
const roles = await logto.all('list_roles', {});
const named = (name) => {
  const role = roles.find((one) => one.name === name);
  if (role === undefined) throw new Error('There is no role ' + name + '.');
  return role;
};
const [from, to] = [named(input.old), named(input.new)];
if (from.type !== to.type) throw new Error('One role is for users, the other for machines.');
const isForUsers = from.type === 'User';
const holders = isForUsers
  ? await logto.all('list_role_users', { id: from.id })
  : await logto.all('list_role_applications', { id: from.id });
const present = new Set((isForUsers
  ? await logto.all('list_role_users', { id: to.id })
  : await logto.all('list_role_applications', { id: to.id })).map((one) => one.id));
const missing = holders.map((one) => one.id).filter((id) => !present.has(id));
for (let index = 0; index < missing.length; index += 50) {
  const ids = missing.slice(index, index + 50);
  if (isForUsers) await logto.create_role_user({ id: to.id, userIds: ids });
  else await logto.create_role_application({ id: to.id, applicationIds: ids });
}
for (const { id } of holders) {
  if (isForUsers) await logto.delete_role_user({ id: from.id, userId: id });
  else await logto.delete_role_application({ id: from.id, applicationId: id });
}
return { moved: holders.length, given: missing.length, hadBoth: holders.length - missing.length };
`,
};
