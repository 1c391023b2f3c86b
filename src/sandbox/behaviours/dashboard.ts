import type { Behaviours, Call } from '../call.js';
import { logs, users } from '../entities.js';
import { ok, refuse } from '../reply.js';

const day = 86_400_000;

/** The length of the curve of active users in days. */
const curve = 30;

/** The start of the UTC day of a moment, in milliseconds since the epoch. */
const dayOf = (time: number): number => Math.floor(time / day) * day;

const dateOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Users who got a token between two moments. */
function activeBetween({ tenant }: Call, from: number, until: number): number {
  const active = tenant
    .table(logs)
    .filter(
      ({ key, payload, createdAt }) =>
        key.startsWith('ExchangeTokenBy.') &&
        payload['result'] === 'Success' &&
        payload['userId'] !== undefined &&
        createdAt >= from &&
        createdAt < until,
    )
    .map(({ payload }) => payload['userId']);
  return new Set(active).size;
}

/** The count over the `days` up to the end of `today`, and its change from the same number of days before. */
const compared = (count: (from: number, until: number) => number, today: number, days: number) => {
  const until = today + day;
  const from = until - days * day;
  return { count: count(from, until), delta: count(from, until) - count(from - days * day, from) };
};

export const dashboardBehaviours: Behaviours = {
  getTotalUserCount: ({ tenant }) => ok({ totalUserCount: tenant.table(users).all().length }),

  getNewUserCounts({ tenant, now }) {
    const created = (from: number, until: number): number =>
      tenant.table(users).filter(({ createdAt }) => createdAt >= from && createdAt < until).length;
    return ok({
      today: compared(created, dayOf(now), 1),
      last7Days: compared(created, dayOf(now), 7),
    });
  },

  getActiveUserCounts(call) {
    const date = call.query.text('date');
    const today = date === undefined ? dayOf(call.now) : Date.parse(`${date}T00:00:00Z`);
    if (Number.isNaN(today)) {
      // Logto accepts any digits of that form and fails for a month that does not exist.
      throw refuse(500, 'internal', 'There is no such day.');
    }
    const active = (from: number, until: number): number => activeBetween(call, from, until);
    return ok({
      dauCurve: Array.from({ length: curve }, (_, index) => {
        const from = today - (curve - 1 - index) * day;
        return { date: dateOf(from), count: active(from, from + day) };
      }),
      dau: compared(active, today, 1),
      wau: compared(active, today, 7),
      mau: compared(active, today, 30),
    });
  },
};
