import type { Recipe } from './recipe.js';

export const reportFailedSignIns: Recipe = {
  name: 'report_failed_sign_ins',
  title: 'Report failed sign-ins',
  when: 'Count the failed sign-ins of the last days by account, reason and address.',
  request: 'How many sign-ins failed this week, whose, and why?',
  arguments: [
    {
      name: 'days',
      description: 'Days to look back; default 7',
      required: false,
      example: '7',
    },
  ],
  script: `
const days = Number(input.days ?? 7);
if (!(days > 0)) throw new Error('days must be a number of days, such as 7.');
const logs = await logto.all('list_logs', { start_time: Date.now() - days * 24 * 60 * 60 * 1000 });
const failed = logs.filter((entry) =>
  entry.payload.result === 'Error' && entry.key.startsWith('Interaction.SignIn.'));
const users = new Map((await logto.all('list_users', {})).map((user) => [user.id, user.primaryEmail ?? user.username ?? user.id]));
const rows = new Map();
for (const { payload } of failed) {
  // A wrong password is logged with what was typed, not with the id of the account.
  const typed = payload.payload?.identifier?.value ?? payload.interaction?.identifier?.value;
  const who = users.get(payload.userId) ?? (typeof typed === 'string' ? typed : 'unknown');
  const why = payload.error?.code ?? 'unknown';
  const row = rows.get(who + ' ' + why) ?? { who, why, count: 0, addresses: new Set() };
  row.count += 1;
  if (payload.ip) row.addresses.add(payload.ip);
  rows.set(who + ' ' + why, row);
}
return {
  entries: logs.length,
  failed: failed.length,
  rows: [...rows.values()].sort((a, b) => b.count - a.count)
    .map((row) => ({ ...row, addresses: [...row.addresses] })),
};
`,
};
