import * as z from 'zod';
import { address, emailAddress, id, ids, text } from './fields.js';
import { domain, operation } from './operation.js';

export const oneTimeTokens = domain({
  title: 'One-time tokens',
  about:
    'Tokens for magic links, each bound to an e-mail address. Tokens that impersonate a user and codes sent by message are separate domains.',
  operations: {
    listOneTimeTokens: operation('GET /api/one-time-tokens', {
      summary: 'List one-time tokens, newest first.',
      notes:
        'Tokens found by status active may be shown as expired: the filter reads the stored status.',
      paging: 'optional',
      totalIgnoresFilters: true,
      query: {
        email: emailAddress.optional().describe('whole e-mail address, in its exact case'),
        status: z.enum(['active', 'consumed', 'revoked', 'expired']).optional(),
      },
      secrets: ['token'],
    }),
    addOneTimeTokens: operation('POST /api/one-time-tokens', {
      summary:
        'Create one token for the magic link of an e-mail address; Logto itself sends nothing.',
      body: {
        email: address(text('e-mail address that may use it', 128)),
        expiresIn: z
          .number()
          .min(1)
          .optional()
          .describe('lifetime in seconds, at least 1; default 600'),
        context: z
          .strictObject({
            jitOrganizationIds: ids('organization', 0)
              .optional()
              .describe('organizations that the user joins, from list_organizations'),
            interactionEvent: z
              .enum(['SignIn', 'Register', 'ForgotPassword'])
              .optional()
              .describe('the only flow that accepts it; default any'),
          })
          .optional(),
      },
      secrets: ['token'],
      risk: [
        {
          risk: 'credential',
          because: 'anyone who holds the token can sign in or register with this address',
        },
        {
          risk: 'privilege',
          because:
            'its holder would get the Management API, directly or through an MCP server, by the account of this address or by joining the organizations',
          ifPrivileged: ['email', 'context.jitOrganizationIds'],
        },
      ],
    }),
    getOneTimeToken: operation('GET /api/one-time-tokens/{id}', {
      summary: 'Get one one-time token by its id; this does not consume it.',
      path: { id: id('one-time token') },
      secrets: ['token'],
    }),
    deleteOneTimeToken: operation('DELETE /api/one-time-tokens/{id}', {
      summary:
        'Delete a one-time token; to keep it on record take replace_one_time_token_status, revoked.',
      path: { id: id('one-time token') },
      risk: [{ risk: 'destructive', because: 'the link does not work any more' }],
      cascades: [],
    }),
    verifyOneTimeToken: operation('POST /api/one-time-tokens/verify', {
      summary: 'Check a one-time token against its e-mail address and consume it.',
      body: {
        token: text('the token itself, not its id', 256),
        email: address(text('the address it was made for, in the same case', 128)),
      },
      effect: 'changes',
      secrets: ['token'],
      risk: [{ risk: 'irreversible', because: 'a consumed token no longer signs its owner in' }],
    }),
    replaceOneTimeTokenStatus: operation('PUT /api/one-time-tokens/{id}/status', {
      summary: 'Mark a one-time token as revoked, consumed or expired, so that it cannot be used.',
      path: { id: id('one-time token') },
      body: { status: z.enum(['revoked', 'consumed', 'expired']) },
      secrets: ['token'],
      risk: [{ risk: 'irreversible', because: 'no token becomes active again' }],
      undo: { blocked: 'no token becomes active again' },
    }),
  },
});
