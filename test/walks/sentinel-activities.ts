import { expect } from 'vitest';
import type { Walk } from './walk.js';

// That it lifts the message limit is in the walk through the verification codes.
export const sentinelActivitiesWalk: Walk = async (walker) => {
  const done = await walker.call('delete_sentinel_activities', {
    targetType: 'User',
    targets: [`${walker.name('ann')}@example.com`.toLowerCase(), '15550100123'],
  });
  expect(done).toEqual({ done: true });
  await walker.refused(
    'delete_sentinel_activities',
    { targetType: 'Robot', targets: ['ann'] },
    { kind: 'input' },
  );
};
