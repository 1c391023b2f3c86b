import * as z from 'zod';
import { organizationScopeCascades } from './cascades.js';
import { id, newId, orNull, text } from './fields.js';
import { domain, operation } from './operation.js';

const description = z.string().max(256);

export const organizationScopes = domain({
  title: 'Organization scopes',
  about:
    'Permissions that only mean something inside an organization; organization roles grant them. Scopes of API resources are a separate domain.',
  operations: {
    listOrganizationScopes: operation('GET /api/organization-scopes', {
      summary: 'List the organization scopes, shared by all organizations of the tenant.',
      paging: 'optional',
      query: {
        q: z.string().optional().describe('any part of the name, any case; % and _ are wildcards'),
      },
    }),
    createOrganizationScope: operation('POST /api/organization-scopes', {
      summary:
        'Create a permission for use inside organizations; for one of an API take create_resource_scope.',
      body: {
        name: text('unique in the tenant, e.g. invite:member', 128),
        description: orNull(description.describe('at most 256 characters')),
      },
      risk: 'none',
    }),
    getOrganizationScope: operation('GET /api/organization-scopes/{id}', {
      summary: 'Get one organization scope.',
      path: { id: id('organization scope') },
    }),
    updateOrganizationScope: operation('PATCH /api/organization-scopes/{id}', {
      omits: newId,
      summary: 'Rename or describe an organization scope.',
      path: { id: id('organization scope') },
      body: {
        name: text('unique in the tenant', 128).optional(),
        description: description
          .nullable()
          .optional()
          .describe('at most 256 characters; null clears it'),
      },
      risk: 'none',
    }),
    deleteOrganizationScope: operation('DELETE /api/organization-scopes/{id}', {
      summary: 'Delete an organization scope; every organization role that grants it loses it.',
      path: { id: id('organization scope') },
      risk: [
        { risk: 'destructive', because: 'every organization role that grants the scope loses it' },
      ],
      cascades: organizationScopeCascades,
    }),
  },
});
