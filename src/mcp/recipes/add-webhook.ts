import type { Recipe } from './recipe.js';

export const addWebhook: Recipe = {
  name: 'add_webhook',
  title: 'Send events to a webhook',
  when: 'Let Logto post events to an address of yours.',
  request: 'Tell our CRM when an account is created or deleted.',
  arguments: [
    {
      name: 'name',
      description: 'Name of the webhook',
      required: true,
      example: 'CRM',
    },
    {
      name: 'url',
      description: 'Where the events are posted to',
      required: true,
      example: 'https://crm.example.com/logto',
    },
    {
      name: 'events',
      description: 'Events, one per line, such as User.Created',
      required: true,
      example: 'User.Created\nUser.Deleted',
    },
  ],
  script: `
const lines = (text = '') => text.split('\\n').map((line) => line.trim()).filter(Boolean);
const events = lines(input.events);
const hooks = await logto.all('list_hooks', {});
const existing = hooks.find((hook) => hook.name === input.name);
if (existing !== undefined) {
  if (existing.config.url !== input.url) {
    throw new Error('The webhook ' + input.name + ' posts to ' + existing.config.url + '. Choose another name.');
  }
  const missing = events.filter((event) => !existing.events.includes(event));
  if (missing.length > 0) {
    await logto.update_hook({ id: existing.id, events: [...existing.events, ...missing] });
  }
  return { hook: existing.id, isNew: false, added: missing };
}
const hook = await logto.create_hook({ name: input.name, events, config: { url: input.url }, enabled: true });
return { hook: hook.id, isNew: true, added: events };
`,
};
