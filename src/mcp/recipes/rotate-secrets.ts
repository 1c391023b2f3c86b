import type { Recipe } from './recipe.js';

export const rotateSecrets: Recipe = {
  name: 'rotate_secrets',
  title: 'Rotate application secrets',
  when: 'Give applications a new secret and, once they use it, remove the old ones.',
  request: 'Rotate the secrets of these five services.',
  arguments: [
    {
      name: 'applications',
      description: 'Names of the applications, one per line',
      required: true,
      example: 'Warehouse sync\nBack office',
    },
    {
      name: 'secret',
      description: 'Name of the new secret',
      required: true,
      example: '2027',
    },
    {
      name: 'remove_old',
      description:
        'yes to remove the old secrets at once; services that still use them stop working',
      required: false,
      example: 'yes',
    },
  ],
  script: `
const lines = (text = '') => text.split('\\n').map((line) => line.trim()).filter(Boolean);
const applications = await logto.all('list_applications', {});
const result = [];
for (const name of lines(input.applications)) {
  const matching = applications.filter((one) => one.name === name);
  if (matching.length !== 1) throw new Error(matching.length + ' applications have the name ' + name + '.');
  const [{ id }] = matching;
  const secrets = await logto.list_application_secrets({ id });
  if (!secrets.some((one) => one.name === input.secret)) {
    await logto.create_application_secret({ id, name: input.secret });
  }
  const old = secrets.map((one) => one.name).filter((one) => one !== input.secret);
  if (input.remove_old === 'yes') {
    for (const secret of old) await logto.delete_application_secret({ id, name: secret });
  }
  result.push({ application: name, id, secret: input.secret, old, removed: input.remove_old === 'yes' });
}
return result;
`,
};
