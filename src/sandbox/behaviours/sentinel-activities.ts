import type { Behaviours } from '../call.js';
import { type Activity, sentinelActivities } from '../messages.js';
import { noContent } from '../reply.js';

/** Milliseconds: older activities stay. */
const reach = 3_600_000;

export const sentinelActivityBehaviours: Behaviours = {
  deleteSentinelActivities({ tenant, now, body }) {
    const { targetType, targets } = body<Pick<Activity, 'targetType'> & { targets: string[] }>();
    const activities = tenant.table(sentinelActivities);
    // Compared as they are: an address that is not in lower case resets nothing.
    for (const { id } of activities.filter(
      (one) =>
        one.targetType === targetType &&
        targets.includes(one.target) &&
        one.createdAt > now - reach,
    )) {
      activities.delete(id);
    }
    return noContent();
  },
};
