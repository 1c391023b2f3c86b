import * as z from 'zod';
import { flag, id, wrongWindow } from './fields.js';
import { longMembersOf } from './long-members.js';
import { domain, operation } from './operation.js';
import { NEXT_RELEASE } from './releases.js';

export const auditLogs = domain({
  title: 'Audit logs',
  about:
    'What users and applications did: sign-ins, registrations, tokens. Console actions of administrators are not logged; deliveries of webhooks are in the hooks domain.',
  operations: {
    listLogs: operation('GET /api/logs', {
      longMembers: longMembersOf.log,
      summary: 'List audit logs, newest first: sign-ins, registrations, issued tokens.',
      notes:
        'Failures: collect_pages, where payload.result equals Error; why: payload.error. A wrong password has no userId but payload.payload.identifier.value.',
      whenEmpty:
        'logKey must match exactly: Interaction.SignIn.Submit is a completed sign-in, Interaction.SignIn.Verification.Password.Submit a password attempt, Interaction.Register.Submit a registration, ExchangeTokenBy.RefreshToken a renewed token, TrustedDevice.Created and TrustedDevice.Used (since 1.44) a browser in which MFA is skipped. Leave it out to see all keys.',
      paging: 'always',
      query: {
        logKey: z
          .string()
          .optional()
          .describe(
            'exact event, no wildcard: Interaction.<SignIn|Register|ForgotPassword>.Submit (completed), Interaction.<flow>.Verification.<Password|EmailVerificationCode|PhoneVerificationCode|Social|EnterpriseSso|Totp|WebAuthn|BackupCode>.<Create|Submit> (one factor), Interaction.Create, Interaction.End, ExchangeTokenBy.<AuthorizationCode|RefreshToken|ClientCredentials|TokenExchange>, RevokeToken',
          ),
        userId: id('user').optional(),
        applicationId: id('application').optional(),
        start_time: z.int().min(0).optional().describe('epoch milliseconds, inclusive'),
        end_time: z
          .int()
          .min(0)
          .optional()
          .describe('epoch milliseconds, inclusive; not before start_time'),
        enableCap: flag('count no further than 10,000: quicker on a long log'),
      },
      refuses: wrongWindow,
    }),
    getLog: operation('GET /api/logs/{id}', {
      summary: 'Get one audit log entry with its whole payload.',
      path: { id: id('log') },
    }),
    deleteLogs: operation('DELETE /api/logs', {
      since: NEXT_RELEASE,
      summary: 'Delete audit logs for good, all of them as far as this catalog knows.',
      notes: 'Only in a Logto after 1.46.',
      risk: [
        { risk: 'destructive', because: 'the record of who signed in and what failed is deleted' },
        { risk: 'irreversible', because: 'Logto cannot restore deleted logs' },
      ],
      // Logto may take parameters that choose some; a call without them can delete all.
      cascades: [{ label: 'logs', words: ['log entry', 'log entries'], count: 'unknown' }],
      undo: { blocked: 'Logto cannot restore deleted logs' },
    }),
  },
});
