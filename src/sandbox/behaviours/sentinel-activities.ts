import type { Behaviours } from '../call.js';
import { type Activity, sentinelActivities } from '../messages.js';
import { noContent } from '../reply.js';

/** Milliseconds: older activities are kept. */
const reach = 3_600_000;

export const sentinelActivityBehaviours: Behaviours = {
  deleteSentinelActivities({ tenant, now, body }) {
    const { targetType, targets } = body<Pick<Activity, 'targetType'> & { targets: string[] }>();
    const activities = tenant.table(sentinelActivities);
    // Compared without normalization: an address that is not in lower case matches no activity.
    for (const { id } of activities.filter(
      (row) =>
        row.targetType === targetType &&
        targets.includes(row.target) &&
        row.createdAt > now - reach,
    )) {
      activities.delete(id);
    }
    return noContent();
  },
};
