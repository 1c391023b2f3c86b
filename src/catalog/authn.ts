import * as z from 'zod';
import { naming } from './entities.js';
import { customData, id } from './fields.js';
import { domain, operation, whole } from './operation.js';

export const authn = domain({
  title: 'Authn',
  about: 'Where other systems hand over a signed-in user: Hasura, and SAML identity providers.',
  operations: {
    getHasuraAuth: operation('GET /api/authn/hasura', {
      summary:
        'Get the Hasura session variables, as Hasura asks for them; with our token no user is behind it.',
      query: {
        resource: naming(z.string().min(1), 'resource', 'indicator').describe(
          'indicator, from list_resources',
        ),
        unauthorizedRole: z.string().optional().describe('role to return without a user'),
      },
    }),
    assertSaml: operation('POST /api/authn/saml/{connectorId}', {
      summary: 'Hand Logto the answer of a SAML social provider, as a browser does.',
      path: { connectorId: id('connector') },
      body: whole('assertion', customData('form fields: SAMLResponse, RelayState')),
      secretArguments: ['assertion.*'],
      answer: 'redirect',
      needs: 'the answer of a SAML provider',
      risk: [
        {
          risk: 'credential',
          because: 'it can sign a person in with an assertion that the provider has signed',
        },
      ],
    }),
    assertSingleSignOnSaml: operation('POST /api/authn/single-sign-on/saml/{connectorId}', {
      summary: 'Hand Logto the answer of an enterprise SAML provider, as a browser does.',
      path: { connectorId: id('SSO connector') },
      body: {
        SAMLResponse: z.string().describe('base64'),
        RelayState: z.string().optional(),
      },
      answer: 'redirect',
      needs: 'the answer of a SAML provider',
      risk: [
        {
          risk: 'credential',
          because: 'it can sign a person in with an assertion that the provider has signed',
        },
      ],
    }),
  },
});
