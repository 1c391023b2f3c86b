import * as z from 'zod';
import { id } from './fields.js';
import { domain, operation } from './operation.js';

const audience = {
  appId: id('application')
    .optional()
    .describe('as this application shows it, from list_applications'),
  organizationId: id('organization')
    .optional()
    .describe('as this organization shows it, from list_organizations'),
};

export const wellKnown = domain({
  title: 'Well-known',
  about:
    'Public data for the pages of Logto. The settings behind it are in the sign-in experience, custom phrases and account center domains. The OpenAPI documents are MCP resources.',
  operations: {
    getWellKnownExperience: operation('GET /api/.well-known/experience', {
      summary:
        'Get what the sign-in page shows, with connectors and branding resolved; for the settings use get_sign_in_exp.',
      notes: 'Unknown ids are ignored.',
      query: audience,
    }),
    getSignInExperienceConfig: operation('GET /api/.well-known/sign-in-exp', {
      summary: 'Get the same as get_well_known_experience, at its older address.',
      notes: 'Unknown ids are ignored.',
      query: audience,
    }),
    getSignInExperiencePhrases: operation('GET /api/.well-known/phrases', {
      summary:
        'Get every text of the sign-in page in one language, custom ones included; only custom ones: get_custom_phrase.',
      notes:
        'For a language that is unknown or left out Logto picks the fallback or a near one. Some 40 KB.',
      query: { lng: z.string().optional().describe('language tag, e.g. fr or pt-BR') },
    }),
    getWellKnownAccountCenter: operation('GET /api/.well-known/account-center', {
      summary:
        'Get the account center as everybody may read it; same fields as get_account_center_settings.',
    }),
  },
});
