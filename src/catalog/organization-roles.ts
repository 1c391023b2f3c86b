import * as z from 'zod';
import { organizationRoleCascades, organizationRoleHolders } from './cascades.js';
import { id, ids, newId, orNull, text } from './fields.js';
import { domain, operation } from './operation.js';
import { gainsMembers, losesMembers } from './risk-rules.js';

const RoleType = z.enum(['User', 'MachineToMachine']);

const description = z.string().max(256);

export const organizationRoles = domain({
  title: 'Organization roles',
  about:
    'The roles that members and applications can hold inside any organization of the tenant, and the scopes they grant. Giving them to members is in organizations; roles outside organizations are in roles.',
  operations: {
    listOrganizationRoles: operation('GET /api/organization-roles', {
      summary:
        'List the organization roles, shared by all organizations of the tenant, each with the scopes it grants.',
      paging: 'always',
      query: {
        q: z
          .string()
          .optional()
          .describe('any part of id, name or description, any case; % and _ are wildcards'),
      },
    }),
    createOrganizationRole: operation('POST /api/organization-roles', {
      summary:
        'Create a role for use inside organizations; for a role outside them take create_role.',
      body: {
        name: text('unique in the tenant', 128),
        description: orNull(description.describe('at most 256 characters')),
        type: RoleType.optional().describe('members (default) or applications can hold it'),
        organizationScopeIds: ids('organization scope', 0).optional(),
        resourceScopeIds: ids('scope', 0).optional(),
      },
      risk: [
        {
          risk: 'privilege',
          because: 'it grants the Management API, directly or through an MCP server',
          ifPrivileged: ['resourceScopeIds'],
        },
      ],
      appliesDespite: ['entity.relation_foreign_key_not_found'],
    }),
    getOrganizationRole: operation('GET /api/organization-roles/{id}', {
      summary:
        'Get one organization role, without scopes; those are in list_organization_role_scopes and list_organization_role_resource_scopes.',
      path: { id: id('organization role') },
    }),
    updateOrganizationRole: operation('PATCH /api/organization-roles/{id}', {
      omits: newId,
      summary: 'Rename or describe an organization role, or change who can hold it.',
      path: { id: id('organization role') },
      body: {
        name: text('unique in the tenant', 128).optional(),
        description: description
          .nullable()
          .optional()
          .describe('at most 256 characters; null clears it'),
        type: RoleType.optional().describe('who can get it from now on'),
      },
      risk: 'none',
    }),
    deleteOrganizationRole: operation('DELETE /api/organization-roles/{id}', {
      summary:
        'Delete an organization role; everyone who holds it, in every organization, loses it.',
      path: { id: id('organization role') },
      risk: [
        {
          risk: 'destructive',
          because: 'everyone who holds the role, in every organization, loses what it grants',
        },
      ],
      cascades: organizationRoleCascades,
    }),
    listOrganizationRoleScopes: operation('GET /api/organization-roles/{id}/scopes', {
      summary: 'List the organization scopes that an organization role grants.',
      paging: 'optional',
      path: { id: id('organization role') },
    }),
    createOrganizationRoleScope: operation('POST /api/organization-roles/{id}/scopes', {
      summary: 'Add organization scopes to an organization role; it keeps those it has.',
      notes: 'Scopes it has already are accepted again.',
      path: { id: id('organization role') },
      body: { organizationScopeIds: ids('organization scope') },
      risk: 'none',
    }),
    replaceOrganizationRoleScopes: operation('PUT /api/organization-roles/{id}/scopes', {
      summary:
        'Set the whole list of organization scopes of a role; to add some take create_organization_role_scope.',
      path: { id: id('organization role') },
      body: { organizationScopeIds: ids('organization scope', 0) },
      risk: [
        {
          risk: 'destructive',
          because:
            'organization scopes not in the list are taken from the role; an empty list takes all',
          when: losesMembers('organizationScopeIds'),
        },
      ],
    }),
    deleteOrganizationRoleScope: operation(
      'DELETE /api/organization-roles/{id}/scopes/{organizationScopeId}',
      {
        summary: 'Take one organization scope from an organization role.',
        path: { id: id('organization role'), organizationScopeId: id('organization scope') },
        risk: [{ risk: 'destructive', because: 'everyone with the role loses the scope' }],
        cascades: organizationRoleHolders,
      },
    ),
    listOrganizationRoleResourceScopes: operation(
      'GET /api/organization-roles/{id}/resource-scopes',
      {
        summary: 'List the scopes of API resources that an organization role grants.',
        paging: 'optional',
        path: { id: id('organization role') },
      },
    ),
    createOrganizationRoleResourceScope: operation(
      'POST /api/organization-roles/{id}/resource-scopes',
      {
        summary: 'Add scopes of API resources to an organization role; it keeps those it has.',
        notes: 'Scopes it has already are accepted again.',
        path: { id: id('organization role') },
        body: { scopeIds: ids('scope') },
        risk: [
          {
            risk: 'privilege',
            because:
              'everyone with the role is granted the Management API, directly or through an MCP server',
            ifPrivileged: ['scopeIds'],
          },
        ],
      },
    ),
    replaceOrganizationRoleResourceScopes: operation(
      'PUT /api/organization-roles/{id}/resource-scopes',
      {
        summary:
          'Set the whole list of API scopes of an organization role; to add take create_organization_role_resource_scope.',
        path: { id: id('organization role') },
        body: { scopeIds: ids('scope', 0) },
        risk: [
          {
            risk: 'destructive',
            because: 'API scopes not in the list are taken from the role; an empty list takes all',
            when: losesMembers('scopeIds'),
          },
          {
            risk: 'privilege',
            because:
              'everyone with the role is granted the Management API, directly or through an MCP server',
            when: gainsMembers('scopeIds'),
            ifPrivileged: ['scopeIds'],
          },
        ],
      },
    ),
    deleteOrganizationRoleResourceScope: operation(
      'DELETE /api/organization-roles/{id}/resource-scopes/{scopeId}',
      {
        summary: 'Take one scope of an API resource from an organization role.',
        path: { id: id('organization role'), scopeId: id('scope') },
        risk: [{ risk: 'destructive', because: 'everyone with the role loses the scope' }],
        cascades: organizationRoleHolders,
      },
    ),
  },
});
