import * as z from 'zod';
import { idInside, ids, userScope } from './fields.js';
import { dynamicClientsLockout } from './lockouts.js';
import { domain, operation } from './operation.js';

export const cimd = domain({
  title: 'CIMD',
  about:
    'Scopes that clients with a client id metadata document (a document at their URL that describes them) may request from users. Whether such clients are allowed: get_cimd_config.',
  operations: {
    listCimdUserConsentScopes: operation('GET /api/cimd/user-consent-scopes', {
      since: '1.43',
      summary: 'List the scopes that self-describing clients (CIMD) may ask users for.',
    }),
    assignCimdUserConsentScopes: operation('POST /api/cimd/user-consent-scopes', {
      since: '1.43',
      summary: 'Let self-describing clients (CIMD) ask users for more scopes.',
      notes: 'It counts for all such clients, known or not; those it has are accepted again.',
      body: {
        organizationScopes: ids('organization scope', 0).optional(),
        resourceScopes: ids('scope', 0).optional(),
        organizationResourceScopes: ids('scope', 0)
          .optional()
          .describe('scope ids, from list_resource_scopes, for use inside organizations'),
        userScopes: z.array(userScope).optional(),
      },
      lockout: dynamicClientsLockout,
      risk: [
        { risk: 'trust', because: 'any client in the world can ask users for these scopes' },
        {
          risk: 'privilege',
          because:
            'users could consent to let any client use the Management API, directly or through an MCP server',
          ifPrivileged: ['resourceScopes', 'organizationResourceScopes'],
        },
      ],
    }),
    deleteCimdUserConsentScope: operation(
      'DELETE /api/cimd/user-consent-scopes/{scopeType}/{scopeId}',
      {
        since: '1.43',
        summary: 'Stop self-describing clients (CIMD) from asking users for one scope.',
        path: {
          scopeType: z.enum([
            'organization-scopes',
            'resource-scopes',
            'organization-resource-scopes',
            'user-scopes',
          ]),
          scopeId: idInside(
            'scope',
            'from list_cimd_user_consent_scopes; for user-scopes the name itself',
          ),
        },
        lockout: dynamicClientsLockout,
        risk: [
          {
            risk: 'destructive',
            because: 'self-describing clients cannot ask for the scope any more',
          },
        ],
        cascades: [],
      },
    ),
  },
});
