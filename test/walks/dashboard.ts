import { expect } from 'vitest';
import type { Walk } from './walk.js';

export const dashboardWalk: Walk = async (walker) => {
  const { result: before } = await walker.call('get_total_user_count');
  await walker.create('create_user', { username: walker.name('counted') }, ({ id }) => [
    'delete_user',
    { userId: id },
  ]);
  const { result: after } = await walker.call('get_total_user_count');
  expect(after?.['totalUserCount']).toBe(Number(before?.['totalUserCount']) + 1);
  const { result: fresh } = await walker.call('get_new_user_counts');
  expect(fresh).toMatchObject({
    today: { count: expect.any(Number), delta: expect.any(Number) },
    last7Days: { count: expect.any(Number) },
  });
  const { result: active } = await walker.call('get_active_user_counts', { date: '2026-01-31' });
  expect(active?.['dauCurve']).toHaveLength(30);
  expect(active).toMatchObject({
    dau: { count: expect.any(Number) },
    mau: { delta: expect.any(Number) },
  });
  await walker.refused('get_active_user_counts', { date: '2026' }, { kind: 'input' });
  await walker.refused('get_active_user_counts', { date: '2026-13-45' }, { status: 500 });
};
