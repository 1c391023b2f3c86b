import type { Recipe } from './recipe.js';

export const setUpJitDomain: Recipe = {
  name: 'set_up_jit_domain',
  title: 'Let a mail domain join an organization',
  when: 'Let everybody with an address of a domain join an organization by themselves, with a role, and add those who have an account already.',
  request: 'Everybody with an address at alpine.example belongs to Alpine Rentals as a buyer.',
  arguments: [
    {
      name: 'organization',
      description: 'Name of the organization',
      required: true,
      example: 'Alpine Rentals',
    },
    {
      name: 'domain',
      description: 'The mail domain',
      required: true,
      example: 'alpine.example',
    },
    {
      name: 'roles',
      description: 'Roles in the organization, one per line',
      required: false,
      example: 'Dealer buyer',
    },
    {
      name: 'add_existing',
      description: 'yes to add the users who have such an address already',
      required: false,
      example: 'yes',
    },
  ],
  script: `
const lines = (text = '') => text.split('\\n').map((line) => line.trim()).filter(Boolean);
const domain = input.domain.toLowerCase();
const matching = (await logto.all('list_organizations', {})).filter((one) => one.name === input.organization);
if (matching.length !== 1) throw new Error(matching.length + ' organizations have the name ' + input.organization + '.');
const [{ id }] = matching;
const known = new Map((await logto.all('list_organization_roles', {})).map((role) => [role.name, role.id]));
const roleIds = lines(input.roles).map((name) => {
  if (!known.has(name)) throw new Error('There is no organization role ' + name + '.');
  return known.get(name);
});
const domains = (await logto.all('list_organization_jit_email_domains', { id })).map((one) => one.emailDomain);
if (!domains.includes(domain)) await logto.create_organization_jit_email_domain({ id, emailDomain: domain });
const jitRoles = new Set((await logto.all('list_organization_jit_roles', { id })).map((role) => role.id));
const missing = roleIds.filter((role) => !jitRoles.has(role));
if (missing.length > 0) await logto.create_organization_jit_role({ id, organizationRoleIds: missing });
let added = 0;
if (input.add_existing === 'yes') {
  const members = new Map((await logto.all('list_organization_users', { id }))
    .map((member) => [member.id, new Set(member.organizationRoles.map((role) => role.id))]));
  const users = (await logto.all('list_users', { search: '@' + domain }))
    .filter((user) => user.primaryEmail?.toLowerCase().endsWith('@' + domain)).map((user) => user.id);
  const joining = users.filter((user) => !members.has(user));
  if (joining.length > 0) await logto.add_organization_users({ id, userIds: joining });
  for (const role of roleIds) {
    const userIds = users.filter((user) => !members.get(user)?.has(role));
    if (userIds.length > 0) {
      await logto.assign_organization_roles_to_users({ id, userIds, organizationRoleIds: [role] });
    }
  }
  added = joining.length;
}
return { organization: id, domain, roles: lines(input.roles), added };
`,
};
