import type { Recipe } from './recipe.js';

export const removeUnusedApplications: Recipe = {
  name: 'remove_unused_applications',
  title: 'Remove unused applications',
  when: 'Find applications that do not appear in the audit log, and remove them if you want to.',
  request: 'Which applications has nobody used for three months? Remove them.',
  arguments: [
    {
      name: 'days',
      description: 'Days without an entry in the log',
      required: true,
      example: '90',
    },
    {
      name: 'keep',
      description: 'Names of applications to keep, one per line',
      required: false,
      example: 'Dealer portal',
    },
    {
      name: 'remove',
      description: 'yes to remove them; otherwise they are only listed',
      required: false,
      example: 'yes',
    },
  ],
  script: `
const lines = (text = '') => text.split('\\n').map((line) => line.trim()).filter(Boolean);
const days = Number(input.days);
if (!(days >= 1)) throw new Error('days must be a number of days, such as 90.');
const since = Date.now() - days * 24 * 60 * 60 * 1000;
const keep = new Set(lines(input.keep));
const applications = await logto.all('list_applications', {});
const time = (value) => (typeof value === 'string' ? Date.parse(value) : value);
const used = await Promise.all(applications.map(async ({ id }) =>
  (await logto.list_logs({ applicationId: id, start_time: since, page_size: 1 })).length > 0));
const unused = applications.filter((one, index) =>
  !used[index] && !keep.has(one.name) && time(one.createdAt) < since);
const result = { unused: unused.map((one) => one.name), removed: [], refused: [] };
if (input.remove === 'yes') {
  for (const { id, name } of unused) {
    try {
      await logto.delete_application({ id });
      result.removed.push(name);
    } catch (error) {
      // Such as the application of this server itself.
      result.refused.push(name + ': ' + error.message);
    }
  }
}
return result;
`,
};
