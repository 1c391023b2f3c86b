import type { Recipe } from './recipe.js';

export const onboardOrganization: Recipe = {
  name: 'onboard_organization',
  title: 'Onboard an organization',
  when: 'Create an organization with its people and their roles. People without an account get one.',
  request: 'Coast Cycles joins as a dealer with these twenty people.',
  arguments: [
    {
      name: 'name',
      description: 'Name of the organization',
      required: true,
      example: 'Coast Cycles',
    },
    {
      name: 'people',
      description: 'One per line: e-mail address, name, and role, separated by commas',
      required: true,
      example:
        'clara.conti@example.com, Clara Conti, Dealer admin\nnew.buyer@coast.example, New Buyer, Dealer buyer',
    },
  ],
  script: `
const lines = (text = '') => text.split('\\n').map((line) => line.trim()).filter(Boolean);
const people = lines(input.people).map((line) => line.split(',').map((cell) => cell.trim()));
const roles = new Map((await logto.all('list_organization_roles', {})).map((one) => [one.name, one.id]));
const unknown = [...new Set(people.map(([, , role]) => role))].filter((role) => role && !roles.has(role));
if (unknown.length > 0) {
  throw new Error('No organization role ' + unknown.join(', ') + '. There are: ' + [...roles.keys()].join(', '));
}
const existing = (await logto.all('list_organizations', {})).find((one) => one.name === input.name);
const organization = existing ?? (await logto.create_organization({ name: input.name }));
const users = new Map((await logto.all('list_users', {})).map((user) => [user.primaryEmail?.toLowerCase(), user.id]));
const created = [];
const members = [];
for (const [email, name, role] of people) {
  let id = users.get(email.toLowerCase());
  if (id === undefined) {
    ({ id } = await logto.create_user({ primaryEmail: email, ...(name && { name }) }));
    users.set(email.toLowerCase(), id);
    created.push(email);
  }
  members.push({ id, role });
}
const present = new Map((existing ? await logto.all('list_organization_users', { id: organization.id }) : [])
  .map((member) => [member.id, member.organizationRoles.map((one) => one.name)]));
const missing = members.filter(({ id }) => !present.has(id)).map(({ id }) => id);
if (missing.length > 0) await logto.add_organization_users({ id: organization.id, userIds: missing });
for (const role of new Set(members.map((one) => one.role).filter(Boolean))) {
  const userIds = members
    .filter((one) => one.role === role && !present.get(one.id)?.includes(role))
    .map(({ id }) => id);
  if (userIds.length > 0) {
    await logto.assign_organization_roles_to_users({
      id: organization.id, userIds, organizationRoleIds: [roles.get(role)],
    });
  }
}
return { organization: organization.id, isNew: !existing, members: members.length, created };
`,
};
