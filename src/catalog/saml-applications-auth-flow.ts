import * as z from 'zod';
import { id, orNull } from './fields.js';
import { domain, operation } from './operation.js';

const needs = 'a request that a SAML service has made for a browser';

export const samlApplicationsAuthFlow = domain({
  title: 'SAML applications auth flow',
  about:
    'The addresses that SAML services send browsers to. Useful to find out why a SAML request is refused.',
  operations: {
    getSamlAuthn: operation('GET /api/saml/{id}/authn', {
      summary:
        'Send Logto a SAML request as a browser does by redirect; returns the redirect target.',
      path: { id: id('SAML application') },
      query: {
        SAMLRequest: z.string().min(1).describe('deflated and base64'),
        Signature: z.string().optional(),
        SigAlg: z.string().optional(),
        RelayState: z.string().max(512).optional().describe('at most 512 characters'),
      },
      answer: 'redirect',
      needs,
    }),
    createSamlAuthn: operation('POST /api/saml/{id}/authn', {
      summary: 'Send Logto a SAML request as a browser does by form; returns the redirect target.',
      path: { id: id('SAML application') },
      body: {
        SAMLRequest: z.string().min(1).describe('base64'),
        RelayState: orNull(z.string().max(512).describe('at most 512 characters')),
      },
      answer: 'redirect',
      needs,
      risk: 'none',
      undo: { nothing: 'the sign-in that it starts ends by itself unless a browser continues it' },
    }),
  },
});
