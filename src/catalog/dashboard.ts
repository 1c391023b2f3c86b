import * as z from 'zod';
import { domain, operation } from './operation.js';

export const dashboard = domain({
  title: 'Dashboard',
  about: 'Counts of users, as the console shows them.',
  operations: {
    getTotalUserCount: operation('GET /api/dashboard/users/total', {
      summary: 'Count all users of the tenant.',
    }),
    getNewUserCounts: operation('GET /api/dashboard/users/new', {
      summary: 'Count the users created today and in the last seven days, and compare with before.',
    }),
    getActiveUserCounts: operation('GET /api/dashboard/users/active', {
      summary: 'Count daily, weekly and monthly active users (DAU, WAU, MAU), with a curve.',
      query: {
        date: z
          .string()
          .regex(/^\d{4}(-\d{2}){2}$/, 'must be a day as YYYY-MM-DD')
          .optional()
          .describe('last day to count, YYYY-MM-DD; default today'),
      },
    }),
  },
});
