import * as z from 'zod';
import { listIn } from '../json.js';
import { sentinelActivityCascades } from './cascades.js';
import { address } from './fields.js';
import { domain, operation } from './operation.js';

export const sentinelActivities = domain({
  title: 'Sentinel activities',
  about:
    'Counters of Logto against brute force and message floods. The limits are the sentinelPolicy of the sign-in experience.',
  operations: {
    deleteSentinelActivities: operation('POST /api/sentinel-activities/delete', {
      summary:
        'Unlock identifiers that failed too often, and reset their message limit; clears the last hour.',
      notes: 'Succeeds even when nothing was counted; the answer does not say.',
      body: {
        targetType: z.enum(['User', 'App']).describe('User for identifiers of people'),
        targets: z
          .array(address(z.string().min(1)))
          .min(1)
          .describe(
            'usernames, e-mail addresses, phone digits, as typed at sign-in, no user ids; for the message limit addresses in lower case; at least one',
          ),
      },
      effect: 'removes',
      risk: [
        {
          risk: 'destructive',
          because: 'the counts of failed attempts are cleared, so that guessing can go on',
        },
        {
          risk: 'credential',
          because:
            'an account with the Management API, directly or through an MCP server can be guessed at again',
          ifPrivileged: ['targets'],
        },
      ],
      cascades: sentinelActivityCascades,
      removes: ({ targets }) => Math.max(1, listIn(targets).length),
    }),
  },
});
