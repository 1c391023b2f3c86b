import * as z from 'zod';
import { resourceCascades, resourceScopeCascades } from './cascades.js';
import { flag, id, orNull, text } from './fields.js';
import { resourceLockout } from './lockouts.js';
import { domain, operation } from './operation.js';
import { since } from './releases.js';
import type { RiskRule } from './risk.js';
import { isTokenScope } from './token-scopes.js';

const scopeName = text('unique in the resource, without spaces, e.g. read:orders', 256);

const ttl = z
  .number()
  .optional()
  .describe('lifetime of its access tokens in seconds; default 3600');

/** A role may be granted the scope later in the same script, when a preview cannot look the scope up. */
const administrationScope: RiskRule = {
  risk: 'privilege',
  because: 'everyone with the scope administers Logto through the MCP server of the resource',
  fields: ['name'],
  when: ({ values }) => isTokenScope(values['name']),
};

export const resources = domain({
  title: 'Resources',
  about:
    'API resources, which are the APIs that Logto issues access tokens for, and their scopes (permissions). The roles that grant a scope are in the roles domain.',
  operations: {
    listResources: operation('GET /api/resources', {
      summary: 'List the API resources (audiences) of the tenant, the Management API among them.',
      paging: 'optional',
      query: {
        includeScopes: flag('add the scopes to each resource'),
        excludeManagementApis: since('1.45', flag('without those of Logto')),
      },
    }),
    createResource: operation('POST /api/resources', {
      summary: 'Register an API, so that applications can ask for access tokens for it.',
      body: {
        name: z.string().min(1).describe('shown in the console'),
        indicator: z
          .string()
          .min(1)
          .describe(
            'the audience of its tokens, for good; an absolute URI such as https://api.example.com',
          ),
        accessTokenTtl: ttl,
      },
      risk: 'none',
    }),
    getResource: operation('GET /api/resources/{id}', {
      summary: 'Get one API resource, without its scopes (list_resource_scopes).',
      path: { id: id('resource') },
    }),
    updateResource: operation('PATCH /api/resources/{id}', {
      summary: 'Rename an API resource or change the lifetime of its access tokens.',
      notes: 'The indicator cannot be changed. The Management API cannot be changed at all.',
      path: { id: id('resource') },
      body: { name: z.string().min(1).optional(), accessTokenTtl: ttl },
      risk: 'none',
      lockout: resourceLockout('id'),
    }),
    deleteResource: operation('DELETE /api/resources/{id}', {
      summary: 'Delete an API resource with its scopes, also from the roles that grant them.',
      path: { id: id('resource') },
      risk: [
        {
          risk: 'destructive',
          because: 'its scopes leave every role, and no application gets tokens for it any more',
        },
      ],
      cascades: resourceCascades,
      lockout: resourceLockout('id'),
    }),
    updateResourceIsDefault: operation('PATCH /api/resources/{id}/is-default', {
      summary: 'Make an API resource the one that tokens are for when an application names none.',
      notes: 'At most one is default: setting one unsets the other.',
      path: { id: id('resource') },
      body: { isDefault: z.boolean() },
      risk: 'none',
      lockout: resourceLockout('id'),
      undo: { leaves: 'The one that was active or default before is not set again.' },
    }),
    listResourceScopes: operation('GET /api/resources/{resourceId}/scopes', {
      summary: 'List the scopes (API permissions) of one API resource.',
      notes: 'An unknown resource answers with an empty list, not 404.',
      paging: 'always',
      search: ['id', 'name', 'description'],
      path: { resourceId: id('resource') },
    }),
    createResourceScope: operation('POST /api/resources/{resourceId}/scopes', {
      summary: 'Add a scope (API permission) to an API resource; create_role_scope then grants it.',
      path: { resourceId: id('resource') },
      body: { name: scopeName, description: orNull(z.string()) },
      risk: [administrationScope],
    }),
    updateResourceScope: operation('PATCH /api/resources/{resourceId}/scopes/{scopeId}', {
      summary: 'Rename or describe a scope (API permission).',
      notes: 'A new name reaches every role that grants it; the API itself has to know it too.',
      path: { resourceId: id('resource'), scopeId: id('scope') },
      body: {
        name: scopeName.optional(),
        description: z.string().nullable().optional().describe('null clears it'),
      },
      risk: [administrationScope],
      lockout: resourceLockout('resourceId'),
    }),
    deleteResourceScope: operation('DELETE /api/resources/{resourceId}/scopes/{scopeId}', {
      summary: 'Delete a scope (API permission); every role that grants it loses it.',
      path: { resourceId: id('resource'), scopeId: id('scope') },
      risk: [{ risk: 'destructive', because: 'every role that grants the scope loses it' }],
      cascades: resourceScopeCascades,
      lockout: resourceLockout('resourceId'),
    }),
  },
});
