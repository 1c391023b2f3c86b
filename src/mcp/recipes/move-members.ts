import type { Recipe } from './recipe.js';

export const moveMembers: Recipe = {
  name: 'move_members',
  title: 'Move members between organizations',
  when: 'Move the members of one organization into another, with the roles that they have.',
  request: 'Harbour Wheels has been bought by Alpine Rentals: move its people.',
  arguments: [
    {
      name: 'source',
      description: 'Name of the organization that they leave',
      required: true,
      example: 'Harbour Wheels',
    },
    {
      name: 'target',
      description: 'Name of the organization that they join',
      required: true,
      example: 'Alpine Rentals',
    },
    {
      name: 'role',
      description: 'Only members with this role',
      required: false,
      example: 'Dealer buyer',
    },
  ],
  script: `
const organizations = await logto.all('list_organizations', {});
const named = (name) => {
  const matching = organizations.filter((one) => one.name === name);
  if (matching.length !== 1) throw new Error(matching.length + ' organizations have the name ' + name + '.');
  return matching[0].id;
};
const [from, to] = [named(input.source), named(input.target)];
const members = (await logto.all('list_organization_users', { id: from })).filter((member) =>
  !input.role || member.organizationRoles.some((role) => role.name === input.role));
const present = new Map((await logto.all('list_organization_users', { id: to }))
  .map((member) => [member.id, new Set(member.organizationRoles.map((role) => role.id))]));
const joining = members.filter((member) => !present.has(member.id)).map((member) => member.id);
if (joining.length > 0) await logto.add_organization_users({ id: to, userIds: joining });
const holders = new Map();
for (const member of members) {
  for (const role of member.organizationRoles) {
    if (!present.get(member.id)?.has(role.id)) {
      holders.set(role.id, [...(holders.get(role.id) ?? []), member.id]);
    }
  }
}
for (const [roleId, userIds] of holders) {
  await logto.assign_organization_roles_to_users({ id: to, userIds, organizationRoleIds: [roleId] });
}
for (const { id } of members) await logto.delete_organization_user({ id: from, userId: id });
return { moved: members.length, joined: joining.length };
`,
};
