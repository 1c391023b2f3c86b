import * as z from 'zod';
import { nameOf } from './fields.js';
import { domain, operation } from './operation.js';
import { openObject, since } from './releases.js';
import { anyOf, loadsFromElsewhere, newHost, turnsOn, widensAccountFields } from './risk-rules.js';

const Access = z.enum(['Off', 'ReadOnly', 'Edit']).optional();

export const accountCenter = domain({
  title: 'Account center',
  about: 'What signed-in users may see and change in their account.',
  operations: {
    getAccountCenterSettings: operation('GET /api/account-center', {
      summary: 'Get what users may see and change in their account.',
    }),
    updateAccountCenterSettings: operation('PATCH /api/account-center', {
      summary: 'Set what users may see and change in their account, or switch the account API on.',
      body: {
        enabled: z.boolean().optional().describe('the account API and its pages'),
        fields: openObject({
          name: Access,
          avatar: Access,
          profile: Access,
          email: Access,
          phone: Access,
          password: Access,
          username: Access,
          social: Access,
          customData: Access,
          mfa: Access,
          passkey: Access,
          session: Access,
          trustedDevice: since('1.44', Access),
          personalAccessToken: since('1.46', Access),
        })
          .optional()
          .describe('fields left out become Off'),
        webauthnRelatedOrigins: z
          .array(z.string())
          .optional()
          .describe('origins that share passkeys; the whole list'),
        deleteAccountUrl: z
          .string()
          .nullable()
          .optional()
          .describe('your page for deleting an account; null clears it'),
        customCss: z.string().nullable().optional().describe('null clears it'),
        profileFields: z
          .array(
            z.strictObject({ name: nameOf('profile field', 'from list_custom_profile_fields') }),
          )
          .nullable()
          .optional()
          .describe('in their order; unknown names are dropped; null clears it'),
      },
      replaces: ['fields'],
      risk: [
        {
          risk: 'trust',
          because: 'users can see or change more of their accounts',
          when: anyOf(turnsOn('enabled'), widensAccountFields),
        },
        {
          risk: 'trust',
          because: 'passkeys of the tenant can be used on this origin',
          when: newHost('webauthnRelatedOrigins'),
        },
        {
          risk: 'trust',
          because: 'users who want to delete their account are sent to this host',
          when: newHost('deleteAccountUrl'),
        },
        {
          risk: 'trust',
          because: 'the style sheet loads content from an address into the account pages',
          when: loadsFromElsewhere('customCss'),
        },
      ],
    }),
  },
});
