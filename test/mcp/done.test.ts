/** A write that answers nothing says what it did. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { memberOf } from '../../src/json.js';
import { type Connected, connectSandbox, succeed } from '../support/client.js';

let connected: Connected;
beforeEach(async () => {
  connected = await connectSandbox();
});
afterEach(() => connected.close());

it('names the operation and what it acted on', async () => {
  const { result: role } = await succeed(connected.call, 'create_role', {
    name: 'Packer',
    description: 'Packs',
  });
  const id = String(role?.['id']);
  const listed = await succeed(connected.call, 'list_users', { page_size: 2 });
  const userIds = (listed.items ?? []).map((user) => String(user['id']));
  expect(await succeed(connected.call, 'create_role_user', { id, userIds })).toEqual({
    done: true,
    did: { operation: 'create_role_user', id, userIds },
    change: expect.stringMatching(/^c-/),
  });
  expect(await succeed(connected.call, 'delete_role_user', { id, userId: userIds[0] })).toEqual({
    done: true,
    did: { operation: 'delete_role_user', id, userId: userIds[0] },
    change: expect.stringMatching(/^c-/),
  });
  expect(
    await succeed(connected.call, 'run_destructive_operation', {
      operation: 'delete_role',
      arguments: { id: 'name:Packer' },
    }),
  ).toMatchObject({ done: true, did: { operation: 'delete_role' } });
});

it('repeats no argument that may be secret, and leaves other answers as they are', async () => {
  const listed = await succeed(connected.call, 'list_users', { page_size: 1 });
  const userId = String(listed.items?.[0]?.['id']);
  const changed = await succeed(connected.call, 'update_user_password', {
    userId,
    password: 'correct horse battery',
  });
  expect(JSON.stringify(changed)).not.toContain('battery');
  expect(changed).not.toHaveProperty('did');
  const verified = await succeed(connected.call, 'verify_user_password', {
    userId,
    password: 'correct horse battery',
  });
  expect(JSON.stringify(verified)).not.toContain('battery');
});

it('gives the id of the change, which undo_change takes, and a read has none', async () => {
  const { call } = connected;
  const created = await succeed(call, 'create_role', { name: 'Sorter', description: 'Sorts' });
  const id = String(created.result?.['id']);
  const updated = await succeed(call, 'run_write_operation', {
    operation: 'update_role',
    arguments: { id, description: 'Sorts parcels' },
  });
  const description = async () => (await succeed(call, 'get_role', { id })).result?.['description'];
  expect(created).toMatchObject({ change: expect.stringMatching(/^c-/) });
  expect(await description()).toBe('Sorts parcels');
  const undone = await succeed(call, 'undo_change', { change: memberOf(updated, 'change') });
  expect(await description()).toBe('Sorts');
  // The undo is a change too.
  await succeed(call, 'undo_change', { change: memberOf(undone, 'change') });
  expect(await description()).toBe('Sorts parcels');
  expect(await succeed(call, 'get_role', { id })).not.toHaveProperty('change');
});
