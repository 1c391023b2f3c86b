import type { Recipe } from './recipe.js';

export const endSessionsOfSuspended: Recipe = {
  name: 'end_sessions_of_suspended',
  title: 'End sessions of suspended users',
  when: 'End the sessions that suspended accounts still have.',
  request: 'Make sure that nobody who is suspended is still signed in somewhere.',
  arguments: [],
  script: `
const suspended = (await logto.all('list_users', {})).filter((user) => user.isSuspended);
const sessions = await Promise.all(suspended.map(({ id }) => logto.list_user_sessions({ userId: id })));
let ended = 0;
for (const [index, { id }] of suspended.entries()) {
  for (const session of sessions[index]) {
    await logto.delete_user_session({ userId: id, sessionId: session.payload.uid, revokeGrantsTarget: 'all' });
    ended += 1;
  }
}
return { suspended: suspended.length, ended };
`,
};
