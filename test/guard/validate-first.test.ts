/** What can be refused without asking Logto is refused before a plan is made or anything is sent. */
import { expect, it } from 'vitest';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { connectClient } from '../support/client.js';

it.each([
  ['delete_application_secret', { id: 'an-application', name: '..' }, 'unsafe_path_value'],
  ['delete_user', { userId: '.' }, 'unsafe_path_value'],
  ['delete_user', { userId: '' }, 'unsafe_path_value'],
  ['update_user', { userId: 'a-user' }, 'nothing_to_change'],
  ['create_user_asset', { file: 'logo.png' }, 'upload_refused'],
  ['create_user_asset', { file: '../../home/ann/.ssh/id_rsa' }, 'upload_refused'],
])('%s %o is refused before anything is sent', async (tool, values, code) => {
  const sandbox = createSandbox({});
  const sent: string[] = [];
  const { call, close } = await connectClient({
    policy: defaultPolicy({ confirm: 'all-writes' }),
    fetch: (url, init) => {
      sent.push(url);
      return sandbox.fetch(url, init);
    },
  });
  expect(await call(tool, values)).toMatchObject({ ok: false, error: { code } });
  expect(sent).toEqual([]);
  await close();
});
