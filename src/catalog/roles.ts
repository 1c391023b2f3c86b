import * as z from 'zod';
import { roleCascades, roleScopeCascades } from './cascades.js';
import { id, ids, text } from './fields.js';
import { roleLockout, roleScopeLockout, takenRoleLockout } from './lockouts.js';
import { longMembersOf } from './long-members.js';
import { domain, operation } from './operation.js';
import { turnsOn } from './risk-rules.js';

const RoleType = z.enum(['User', 'MachineToMachine']);

export const roles = domain({
  title: 'Roles',
  about:
    'Roles over API resources, held by users or by machine-to-machine applications. Roles inside an organization are a separate domain.',
  operations: {
    listRoles: operation('GET /api/roles', {
      summary:
        'List the roles of the tenant, each with how many users and applications hold it. Scopes: list_role_scopes. Roles of organizations: list_organization_roles.',
      whenEmpty:
        'Roles inside organizations are not among these: list_organization_roles has them.',
      paging: 'always',
      search: ['id', 'name', 'description'],
      query: {
        type: RoleType.optional().describe('only roles for users, or only for machines'),
        excludeUserId: id('user').optional().describe('leave out the roles of this user'),
        excludeApplicationId: id('application')
          .optional()
          .describe('leave out the roles of this application'),
      },
    }),
    createRole: operation('POST /api/roles', {
      summary:
        'Create a role over API resources; for a role inside organizations take create_organization_role.',
      notes:
        'An unknown scope id answers 404, and the role is made all the same, without scopes: look before you repeat.',
      body: {
        name: text('unique in the tenant', 128),
        description: text('what the role is for', 128),
        type: RoleType.optional().describe('who can hold it, permanent; default User'),
        isDefault: z.boolean().optional().describe('give it to every user created from now on'),
        scopeIds: ids('scope').optional(),
      },
      risk: [
        {
          risk: 'privilege',
          because: 'it grants the Management API, directly or through an MCP server',
          ifPrivileged: ['scopeIds'],
        },
      ],
      appliesDespite: ['entity.not_exists_with_id'],
    }),
    getRole: operation('GET /api/roles/{id}', {
      summary: 'Get one role; its scopes are in list_role_scopes.',
      path: { id: id('role') },
    }),
    updateRole: operation('PATCH /api/roles/{id}', {
      summary: 'Rename or describe a role, or make it a default role.',
      path: { id: id('role') },
      body: {
        name: text('unique in the tenant', 128).optional(),
        description: text('what the role is for', 128).optional(),
        isDefault: z.boolean().optional().describe('give it to every user created from now on'),
      },
      risk: [
        {
          risk: 'privilege',
          because:
            'every account created from now on would hold the Management API, directly or through an MCP server',
          when: turnsOn('isDefault'),
          ifPrivileged: ['id'],
        },
      ],
    }),
    deleteRole: operation('DELETE /api/roles/{id}', {
      summary: 'Delete a role; every user and application that holds it loses it.',
      path: { id: id('role') },
      risk: [
        {
          risk: 'destructive',
          because: 'every user and application that holds the role loses what it grants',
        },
      ],
      cascades: roleCascades,
      lockout: roleLockout,
    }),
    listRoleUsers: operation('GET /api/roles/{id}/users', {
      longMembers: longMembersOf.user,
      summary: 'List the users who hold a role.',
      paging: 'always',
      search: ['id', 'primaryEmail', 'primaryPhone', 'username', 'name'],
      path: { id: id('role') },
    }),
    createRoleUser: operation('POST /api/roles/{id}/users', {
      summary:
        'Give one role to several users; to give several roles to one user take assign_user_roles.',
      refusesWhole: { when: 'one of them holds it already', presentCode: 'role.user_exists' },
      path: { id: id('role') },
      body: { userIds: ids('user') },
      risk: [
        {
          risk: 'privilege',
          because: 'it grants the Management API, directly or through an MCP server',
          ifPrivileged: ['id'],
        },
      ],
    }),
    deleteRoleUser: operation('DELETE /api/roles/{id}/users/{userId}', {
      summary: 'Take a role from one user.',
      path: { id: id('role'), userId: id('user') },
      risk: [{ risk: 'destructive', because: 'the user loses what the role grants' }],
      cascades: [],
    }),
    listRoleApplications: operation('GET /api/roles/{id}/applications', {
      longMembers: longMembersOf.application,
      summary: 'List the machine-to-machine applications that hold a role.',
      paging: 'always',
      search: ['id', 'name', 'description'],
      path: { id: id('role') },
      secrets: ['secret'],
    }),
    createRoleApplication: operation('POST /api/roles/{id}/applications', {
      summary: 'Give one MachineToMachine role to several machine-to-machine applications.',
      refusesWhole: {
        when: 'one of them holds it already',
        presentCode: 'role.application_exists',
      },
      path: { id: id('role') },
      body: { applicationIds: ids('application') },
      risk: [
        {
          risk: 'privilege',
          because: 'it grants the Management API, directly or through an MCP server',
          ifPrivileged: ['id'],
        },
      ],
    }),
    deleteRoleApplication: operation('DELETE /api/roles/{id}/applications/{applicationId}', {
      summary: 'Take a role from one application.',
      path: { id: id('role'), applicationId: id('application') },
      risk: [{ risk: 'destructive', because: 'the application loses what the role grants' }],
      cascades: [],
      lockout: takenRoleLockout('id'),
    }),
    listRoleScopes: operation('GET /api/roles/{id}/scopes', {
      summary: 'List the scopes (API permissions) that a role grants, each with its resource.',
      paging: 'optional',
      search: ['id', 'name', 'description'],
      path: { id: id('role') },
    }),
    createRoleScope: operation('POST /api/roles/{id}/scopes', {
      summary: 'Add scopes (API permissions) to a role; answers with all scopes it has then.',
      refusesWhole: { when: 'it has one already', presentCode: 'role.scope_exists' },
      path: { id: id('role') },
      body: { scopeIds: ids('scope') },
      risk: [
        {
          risk: 'privilege',
          because:
            'everyone with the role is granted the Management API, directly or through an MCP server',
          ifPrivileged: ['scopeIds'],
        },
      ],
    }),
    deleteRoleScope: operation('DELETE /api/roles/{id}/scopes/{scopeId}', {
      summary: 'Take one scope (API permission) from a role.',
      path: { id: id('role'), scopeId: id('scope') },
      risk: [{ risk: 'destructive', because: 'everyone with the role loses the scope' }],
      cascades: roleScopeCascades,
      lockout: roleScopeLockout,
    }),
  },
});
