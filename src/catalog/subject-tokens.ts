import { customData, id } from './fields.js';
import { domain, operation } from './operation.js';

export const subjectTokens = domain({
  title: 'Subject tokens',
  about:
    'Tokens that let an application act as a user. Tokens for magic links are one-time tokens.',
  operations: {
    createSubjectToken: operation('POST /api/subject-tokens', {
      summary:
        'Create a subject token, which an application exchanges for an access token to impersonate a user.',
      body: {
        userId: id('user'),
        context: customData('what a JWT customizer can read, e.g. the reason').optional(),
      },
      secrets: ['subjectToken'],
      risk: [
        { risk: 'credential', because: 'its holder can act as the user' },
        {
          risk: 'irreversible',
          because: 'for 600 seconds its holder can act as the user, and nothing revokes it',
        },
        {
          risk: 'privilege',
          because:
            'the account holds the Management API, directly or through an MCP server, so anyone who uses this holds it too',
          ifPrivileged: ['userId'],
        },
      ],
      shownOnce: { what: 'the token' },
    }),
  },
});
