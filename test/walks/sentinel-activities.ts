import { expect } from 'vitest';
import type { Walk } from './walk.js';

// The walk through the verification codes shows that it lifts the message limit.
export const sentinelActivitiesWalk: Walk = async (walker) => {
  const done = await walker.call('delete_sentinel_activities', {
    targetType: 'User',
    targets: [`${walker.name('ann')}@example.com`.toLowerCase(), '15550100123'],
  });
  expect(done).toMatchObject({ done: true });
  await walker.refused(
    'delete_sentinel_activities',
    { targetType: 'Robot', targets: ['ann'] },
    { kind: 'input' },
  );
};
