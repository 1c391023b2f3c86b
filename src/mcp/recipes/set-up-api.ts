import type { Recipe } from './recipe.js';

export const setUpApi: Recipe = {
  name: 'set_up_api',
  title: 'Set up an API with scopes and roles',
  when: 'Make sure that an API, its permissions and the roles that grant them exist. What is there already is used.',
  request: 'Our invoices API needs these permissions and roles.',
  arguments: [
    {
      name: 'name',
      description: 'Name of the API',
      required: true,
      example: 'Invoices API',
    },
    {
      name: 'indicator',
      description: 'Its indicator; it cannot be changed later',
      required: true,
      example: 'https://invoices.example.com/api',
    },
    {
      name: 'permissions',
      description: 'One per line, with a description after a space',
      required: true,
      example: 'read:invoices See invoices\nwrite:invoices Create and change invoices',
    },
    {
      name: 'roles',
      description: 'One per line: name, a colon, and permissions separated by commas',
      required: false,
      example: 'Accountant: read:invoices, write:invoices',
    },
  ],
  script: `
const lines = (text = '') => text.split('\\n').map((line) => line.trim()).filter(Boolean);
const result = { created: [], existing: [] };
const ensure = async (what, existing, create) => {
  result[existing ? 'existing' : 'created'].push(what);
  return existing ?? (await create());
};
const { name, indicator } = input;
const resource = await ensure(
  'API ' + indicator,
  (await logto.all('list_resources', {})).find((one) => one.indicator === indicator),
  () => logto.create_resource({ name, indicator }),
);
const present = await logto.all('list_resource_scopes', { resourceId: resource.id });
const scopeIds = new Map(present.map((scope) => [scope.name, scope.id]));
for (const line of lines(input.permissions)) {
  const [permission, ...words] = line.split(/\\s+/);
  const scope = await ensure(
    permission,
    present.find((one) => one.name === permission),
    () => logto.create_resource_scope({
      resourceId: resource.id,
      name: permission,
      ...(words.length > 0 && { description: words.join(' ') }),
    }),
  );
  scopeIds.set(permission, scope.id);
}
const roles = await logto.all('list_roles', {});
for (const line of lines(input.roles)) {
  const [role, granted = ''] = line.split(/:\\s+/);
  const wanted = granted.split(',').map((one) => one.trim()).filter(Boolean);
  const unknown = wanted.filter((one) => !scopeIds.has(one));
  if (unknown.length > 0) throw new Error('Not a permission of this API: ' + unknown.join(', '));
  const ids = wanted.map((one) => scopeIds.get(one));
  const existing = roles.find((one) => one.name === role);
  if (existing === undefined) {
    await logto.create_role({ name: role, description: role, type: 'User', scopeIds: ids });
    result.created.push('role ' + role);
    continue;
  }
  result.existing.push('role ' + role);
  const held = new Set((await logto.all('list_role_scopes', { id: existing.id })).map((one) => one.id));
  const missing = ids.filter((id) => !held.has(id));
  if (missing.length > 0) {
    await logto.create_role_scope({ id: existing.id, scopeIds: missing });
    result.created.push(missing.length + ' permissions of role ' + role);
  }
}
return result;
`,
};
