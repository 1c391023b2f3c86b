import * as z from 'zod';
import { address, emailAddress, id, ids, orNull } from './fields.js';
import { domain, operation, whole } from './operation.js';
import { newInvitation, ofInvitation } from './organization-limits.js';
import type { RiskCondition } from './risk.js';
import { becomes } from './risk-rules.js';

/** Logto passes every key to the e-mail template; names other than these four are custom variables. */
const MessagePayload = z
  .object({
    link: z.string().optional().describe('where the invitee accepts; {{link}} in the template'),
    code: z.string().optional().describe('{{code}} in the template'),
    locale: z.string().optional().describe('language tag that selects the template, e.g. fr'),
    uiLocales: z.string().optional().describe('language tags by preference, e.g. fr-CA fr en'),
  })
  .catchall(z.string());

/** Logto sends the e-mail only if it gets variables for it. */
const sendsMessage: RiskCondition = ({ values }) =>
  values['messagePayload'] !== undefined && values['messagePayload'] !== false;

export const organizationInvitations = domain({
  title: 'Organization invitations',
  about:
    'Invitations of an e-mail address into an organization. Current members are in the organizations domain.',
  operations: {
    listOrganizationInvitations: operation('GET /api/organization-invitations', {
      summary: 'List organization invitations, newest first, each with its status and roles.',
      query: {
        organizationId: id('organization').optional(),
        inviterId: id('user').optional(),
        invitee: address(z.string().describe('the whole e-mail address, in any case')).optional(),
      },
    }),
    createOrganizationInvitation: operation('POST /api/organization-invitations', {
      summary:
        'Invite an e-mail address into an organization; to add a known user at once take add_organization_users.',
      notes:
        'Refused (422) for an address that is already a member or has a pending invitation. If the e-mail cannot be sent, nothing is stored.',
      body: {
        invitee: emailAddress.describe('e-mail address'),
        organizationId: id('organization'),
        expiresAt: z.number().describe('epoch milliseconds, in the future'),
        inviterId: orNull(id('user')),
        organizationRoleIds: ids('organization role', 0)
          .optional()
          .describe('roles to hold once accepted, from list_organization_roles'),
        messagePayload: z
          .union([MessagePayload, z.literal(false)])
          .optional()
          .describe(
            'sends the e-mail, with these variables and any others of its template; default false: none',
          ),
      },
      secretArguments: ['messagePayload.link'],
      reaches: 'it sends an e-mail',
      reachesIf: 'messagePayload',
      needs: 'an e-mail connector for messagePayload',
      risk: [
        {
          risk: 'privilege',
          because:
            'anyone who accepts it is granted the Management API, directly or through an MCP server, or joins an organization whose roles carry it',
          ifPrivileged: ['organizationRoleIds', 'organizationId'],
        },
        {
          risk: 'irreversible',
          because: 'an e-mail sent cannot be called back',
          when: sendsMessage,
        },
      ],
      organizationScope: newInvitation,
      appliesDespite: ['entity.relation_foreign_key_not_found'],
    }),
    getOrganizationInvitation: operation('GET /api/organization-invitations/{id}', {
      summary: 'Get one organization invitation with its status and roles.',
      path: { id: id('invitation') },
    }),
    deleteOrganizationInvitation: operation('DELETE /api/organization-invitations/{id}', {
      summary:
        'Delete an organization invitation; to keep it on record take replace_organization_invitation_status, Revoked.',
      path: { id: id('invitation') },
      risk: [{ risk: 'destructive', because: 'the invitation cannot be accepted any more' }],
      cascades: [],
      organizationScope: ofInvitation,
    }),
    createOrganizationInvitationMessage: operation(
      'POST /api/organization-invitations/{id}/message',
      {
        summary: 'Send the e-mail of an organization invitation again.',
        notes:
          'Nothing of an earlier message is stored: pass the link again. Accepted, revoked and expired invitations are sent too.',
        path: { id: id('invitation') },
        body: whole(
          'messagePayload',
          MessagePayload.describe('these variables and any others of the e-mail template'),
        ),
        secretArguments: ['messagePayload.link'],
        reaches: 'it sends an e-mail to the invitee',
        needs: 'an e-mail connector',
        risk: [{ risk: 'irreversible', because: 'an e-mail sent cannot be called back' }],
        organizationScope: ofInvitation,
      },
    ),
    replaceOrganizationInvitationStatus: operation(
      'PUT /api/organization-invitations/{id}/status',
      {
        summary:
          'Accept a pending organization invitation for a user, who becomes a member with its roles, or revoke it.',
        path: { id: id('invitation') },
        body: {
          status: z.enum(['Accepted', 'Revoked']),
          acceptedUserId: orNull(
            id('user').describe(
              'required for Accepted: user id, from list_users; the primary e-mail must be the invitee',
            ),
          ),
        },
        risk: [
          { risk: 'irreversible', because: 'the new status is final' },
          {
            risk: 'privilege',
            because:
              'the user is granted the Management API, directly or through an MCP server by its roles',
            when: becomes('status', 'Accepted'),
            ifPrivileged: ['id'],
          },
        ],
        undo: { blocked: 'the new status is final' },
        organizationScope: ofInvitation,
      },
    ),
  },
});
