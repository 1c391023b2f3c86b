/** The requests of a write before it is sent: each read costs an agent time. */
import { expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import { connectClient } from '../../support/client.js';

const userId = '0ag41th7pdub';

/**
 * Requests for one call under the default policy: the write itself where nothing asks, and behind the creation of what has a
 * name one search for others of that name.
 */
const requests: readonly (readonly [string, Readonly<Record<string, unknown>>, number])[] = [
  ['create_user', { username: 'one' }, 1],
  ['update_user', { userId, name: 'One' }, 2],
  ['update_user_custom_data', { userId, customData: { a: 1 } }, 2],
  ['assign_user_roles', { userId, roleIds: ['support'] }, 3],
  ['create_application', { name: 'one', type: 'MachineToMachine' }, 2],
  ['create_role', { name: 'one', description: 'one' }, 2],
  ['update_role', { id: 'support', description: 'one' }, 2],
  ['create_resource_scope', { resourceId: 'orders-api', name: 'one' }, 2],
  ['add_organization_users', { id: 'alpine-rentals', userIds: [userId] }, 2],
  // These ask first, so only the preview is made.
  ['update_sign_in_exp', { signInMode: 'SignIn' }, 1],
  ['create_application_secret', { id: 'warehouse-sync', name: 'one' }, 5],
  ['delete_user', { userId }, 10],
];

it.each(requests)('%s makes no unnecessary request', async (tool, values, count) => {
  const sandbox = createSandbox();
  const sent: string[] = [];
  const { call, close } = await connectClient({
    policy: defaultPolicy(),
    fetch: (url, init) => {
      if (!url.endsWith('/oidc/token')) {
        sent.push(`${init?.method ?? 'GET'} ${url}`);
      }
      return sandbox.fetch(url, init);
    },
  });
  const outcome = await call(tool, values);
  expect(outcome, JSON.stringify(outcome)).toMatchObject({ ok: true });
  expect(new Set(sent).size, 'none is made twice').toBe(sent.length);
  expect(sent.length, sent.join('\n')).toBe(count);
  if (tool.startsWith('create_') && count < 3) {
    expect(sent[0], 'the guard reads nothing for it').toMatch(/^POST /);
  }
  await close();
});
