import { expect } from 'vitest';
import { memberOf } from '../../src/json.js';
import { textOf, type Walk } from './walk.js';

export const auditLogsWalk: Walk = async (walker) => {
  const now = Date.now();
  const { items = [], page } = await walker.call('list_logs', { page_size: 3 });
  expect(page).toMatchObject({ page: 1, page_size: 3 });
  expect(items.length).toBeGreaterThan(0);
  const [newest] = items;
  expect((await walker.call('get_log', { id: textOf(newest) })).result).toMatchObject({
    key: newest?.['key'],
  });
  const alike = await walker.call('list_logs', {
    logKey: newest?.['key'],
    enableCap: true,
    page_size: 1,
  });
  expect(alike.items).toMatchObject([{ key: newest?.['key'] }]);
  // As observed on a real server: a wrong password is logged with the input and without the id of the user.
  const attempts = await walker.call('list_logs', {
    logKey: 'Interaction.SignIn.Verification.Password.Submit',
    page_size: 100,
  });
  for (const { payload } of attempts.items ?? []) {
    if (memberOf(payload, 'result') === 'Error') {
      expect(payload).toMatchObject({ payload: { identifier: { value: expect.any(String) } } });
      expect(payload).not.toHaveProperty('userId');
    }
  }
  const future = await walker.call('list_logs', {
    start_time: now + 3_600_000,
    end_time: now + 7_200_000,
  });
  expect(future).toMatchObject({ items: [], page: { total: 0, has_more: false } });
  await walker.refused('list_logs', { start_time: 2, end_time: 1 }, { code: 'invalid_arguments' });
  await walker.refused('get_log', { id: 'nope' }, { status: 404 });
  if (walker.place === 'live') {
    walker.skip('delete_logs', 'it would delete the logs of the tenant');
  } else {
    await walker.call('delete_logs', {});
    expect(await walker.call('list_logs', {})).toMatchObject({ items: [], page: { total: 0 } });
  }
};
