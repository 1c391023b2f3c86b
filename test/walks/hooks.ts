import { expect } from 'vitest';
import { textOf, type Walk } from './walk.js';

export const hooksWalk: Walk = async (walker) => {
  const name = walker.name('Hook');
  const config = { url: 'https://hooks.example.invalid/logto', headers: { 'x-walk': '1' } };
  const hook = await walker.create(
    'create_hook',
    // A repeated event counts once.
    { name, events: ['User.Created', 'User.Deleted', 'User.Created'], config, enabled: false },
    ({ id }) => ['delete_hook', { id }],
  );
  const id = textOf(hook);
  expect(hook).toMatchObject({
    name,
    enabled: false,
    config,
    events: ['User.Created', 'User.Deleted'],
  });
  const other = await walker.create(
    'create_hook',
    { events: ['PostSignIn'], config: { url: config.url }, enabled: false },
    (created) => ['delete_hook', { id: created.id }],
  );
  await walker.refused('create_hook', { name, config }, { code: 'invalid_arguments' });
  await walker.refused('create_hook', { name, config, events: ['No.Such'] }, { kind: 'input' });

  const listed = await walker.call('list_hooks', { page_size: 1 });
  expect(listed.page).toMatchObject({ page: 1, has_more: true, next_page: 2 });
  const { result: got } = await walker.call('get_hook', { id, includeExecutionStats: true });
  expect(got).toMatchObject({ id, executionStats: { requestCount: 0, successCount: 0 } });
  const { result: plain } = await walker.call('get_hook', { id, includeExecutionStats: false });
  expect(plain).not.toHaveProperty('executionStats');

  const { result: changed } = await walker.call('update_hook', {
    id,
    config: { url: `${config.url}?v2` },
    replace_whole: true,
  });
  // The settings are replaced as a whole.
  expect(changed?.['config']).toEqual({ url: `${config.url}?v2` });
  await walker.refused('update_hook', { id }, { kind: 'input' });
  const unknown = { status: 404, code: 'entity.not_exists' };
  await walker.refused('update_hook', { id: 'nope', enabled: false }, unknown);
  await walker.refused('update_hook_signing_key', { id: 'nope' }, unknown);

  const { result: keyed } = await walker.call('update_hook_signing_key', { id });
  expect(keyed).toMatchObject({ id });

  const logs = await walker.call('list_hook_recent_logs', {
    id,
    logKey: 'TriggerHook.User.Created',
  });
  expect(logs).toMatchObject({ items: [], page: { total: 0, has_more: false } });
  // An unknown hook has an empty list of logs and no error.
  expect((await walker.call('list_hook_recent_logs', { id: 'nope' })).items).toEqual([]);

  const test = { events: ['User.Created'], config: { url: 'http://127.0.0.1:9/' } };
  await walker.refused('create_hook_test', { id: 'nope', ...test }, { status: 404 });
  // No server listens there, and no request leaves the sandbox.
  await walker.refused(
    'create_hook_test',
    { id, ...test },
    walker.place === 'live'
      ? { status: 422, code: 'hook.send_test_payload_failed' }
      : { status: 501, code: 'sandbox.not_available' },
  );

  await walker.call('delete_hook', { id: other.id });
  expect(await walker.call('delete_hook', { id })).toMatchObject({ done: true });
  await walker.refused('delete_hook', { id }, { status: 404, code: 'entity.not_found' });
};
