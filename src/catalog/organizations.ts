import * as z from 'zod';
import { memberCascades, organizationCascades } from './cascades.js';
import { naming } from './entities.js';
import {
  brief,
  customData,
  flag,
  fullUrl,
  hexColor,
  id,
  ids,
  ignoredCreationTime,
  nameOf,
  newId,
  orNull,
  text,
} from './fields.js';
import { longMembersOf } from './long-members.js';
import { domain, operation } from './operation.js';
import {
  admitsApplications,
  admitsUsers,
  inOrganization,
  opensToEmailDomains,
  opensToSsoConnectors,
} from './organization-limits.js';
import { since } from './releases.js';
import {
  gainsMembers,
  loadsFromElsewhere,
  losesMembers,
  namesPublicMailDomain,
  turnsOff,
  turnsOn,
} from './risk-rules.js';

const description = z.string().max(256);

const Color = brief(
  z.strictObject({
    primaryColor: hexColor.optional(),
    isDarkModeEnabled: z.boolean().optional(),
    darkPrimaryColor: hexColor.optional(),
  }),
  'of its sign-in page: primaryColor, darkPrimaryColor (#rgb or #rrggbb), isDarkModeEnabled',
);

const Branding = brief(
  z.strictObject({
    logoUrl: fullUrl.optional(),
    darkLogoUrl: fullUrl.optional(),
    favicon: fullUrl.optional(),
    darkFavicon: fullUrl.optional(),
  }),
  'of its sign-in page, full image URLs: logoUrl, darkLogoUrl, favicon, darkFavicon',
);

const isMfaRequired = z
  .boolean()
  .describe('members without multi-factor authentication get no organization token');

const isTrustedDeviceAllowed = since('1.44', z.boolean()).describe(
  'members may skip MFA in trusted devices; default true',
);

/** What an undo cannot restore for members who had left. */
const consentsLeft = {
  leaves:
    'Consents to applications for this organization, which removed members had given, stay gone.',
};

/** Logto's plain search: `ilike` with a wildcard on both sides. */
const containing = (fields: string) =>
  z.string().optional().describe(`any part of ${fields}, any case; % and _ are wildcards`);

const emailDomain = z
  .string()
  .min(1)
  .max(128)
  .describe('without @, e.g. example.com, in lower case; at most 128 characters');

const roleNames = z
  .array(naming(z.string().min(1), 'organization role', 'name'))
  .optional()
  .describe('names, from list_organization_roles; instead of or besides the ids');

export const organizations = domain({
  title: 'Organizations',
  about:
    'Organizations, their members and applications with the roles they hold there, and just-in-time provisioning: who joins automatically. Invitations, organization roles and organization scopes are separate domains.',
  operations: {
    listOrganizations: operation('GET /api/organizations', {
      longMembers: longMembersOf.organization,
      summary:
        'List the organizations of the tenant; for those of one user take list_user_organizations.',
      paging: 'always',
      query: {
        q: containing('id or name'),
        showFeatured: flag('add usersCount and up to three members (featuredUsers) to each'),
      },
    }),
    createOrganization: operation('POST /api/organizations', {
      omits: ignoredCreationTime,
      summary: 'Create an organization, without members; add them with add_organization_users.',
      body: {
        name: text('need not be unique', 128),
        description: orNull(description.describe('at most 256 characters')),
        customData: customData('your data').optional(),
        isMfaRequired: isMfaRequired.optional(),
        isTrustedDeviceAllowed: isTrustedDeviceAllowed.optional(),
        color: Color.optional(),
        branding: Branding.optional(),
        customCss: orNull(z.string().describe('for its sign-in page')),
      },
      risk: [
        {
          risk: 'trust',
          because: 'the style sheet loads content from an address into the sign-in page',
          when: loadsFromElsewhere('customCss'),
        },
      ],
    }),
    getOrganization: operation('GET /api/organizations/{id}', {
      summary: 'Get one organization; its members are in list_organization_users.',
      path: { id: id('organization') },
    }),
    updateOrganization: operation('PATCH /api/organizations/{id}', {
      omits: newId,
      summary: 'Change the name, description, custom data, MFA demand or look of an organization.',
      replaces: ['customData', 'color', 'branding'],
      path: { id: id('organization') },
      body: {
        name: text('need not be unique', 128).optional(),
        description: description
          .nullable()
          .optional()
          .describe('at most 256 characters; null clears it'),
        customData: customData('your data; {} clears it').optional(),
        isMfaRequired: isMfaRequired.optional(),
        isTrustedDeviceAllowed: isTrustedDeviceAllowed.optional(),
        color: Color.optional(),
        branding: Branding.optional(),
        customCss: z
          .string()
          .nullable()
          .optional()
          .describe('for its sign-in page; null clears it'),
        createdAt: z.number().optional().describe('epoch milliseconds; overwrites the true one'),
      },
      risk: [
        {
          risk: 'trust',
          because: 'members get tokens without multi-factor authentication',
          when: turnsOff('isMfaRequired'),
        },
        {
          risk: 'trust',
          because: 'members can skip multi-factor authentication in trusted devices',
          when: turnsOn('isTrustedDeviceAllowed'),
        },
        {
          risk: 'trust',
          because: 'the style sheet loads content from an address into the sign-in page',
          when: loadsFromElsewhere('customCss'),
        },
      ],
      organizationScope: inOrganization,
    }),
    deleteOrganization: operation('DELETE /api/organizations/{id}', {
      summary:
        'Delete an organization with its memberships, invitations and provisioning rules; the users and applications stay.',
      path: { id: id('organization') },
      risk: [
        {
          risk: 'destructive',
          because:
            'its memberships, roles of members, invitations and provisioning rules will be deleted',
        },
      ],
      cascades: organizationCascades,
      organizationScope: inOrganization,
    }),

    // Members
    listOrganizationUsers: operation('GET /api/organizations/{id}/users', {
      longMembers: longMembersOf.user,
      summary: 'List the members of an organization, each with the organization roles held there.',
      notes: 'An unknown organization answers with an empty list, not 404.',
      paging: 'always',
      path: { id: id('organization') },
      query: {
        q: containing('id, name, username, e-mail or phone'),
        organizationRoleId: id('organization role')
          .optional()
          .describe('only members with this role, from list_organization_roles'),
      },
    }),
    addOrganizationUsers: operation('POST /api/organizations/{id}/users', {
      summary:
        'Make users members of an organization; to ask them first take create_organization_invitation.',
      notes: 'They start without roles. Members keep theirs.',
      path: { id: id('organization') },
      body: { userIds: ids('user') },
      risk: 'none',
      organizationScope: admitsUsers,
    }),
    replaceOrganizationUsers: operation('PUT /api/organizations/{id}/users', {
      summary:
        'Set the whole list of members of an organization; to add some take add_organization_users.',
      path: { id: id('organization') },
      body: { userIds: ids('user', 0) },
      risk: [
        {
          risk: 'destructive',
          because:
            'members not in the list leave and lose their organization roles; an empty list removes all',
          when: losesMembers('userIds'),
        },
      ],
      undo: consentsLeft,
      organizationScope: admitsUsers,
    }),
    deleteOrganizationUser: operation('DELETE /api/organizations/{id}/users/{userId}', {
      summary:
        'Remove a member from an organization, with the roles held there; the user account stays.',
      path: { id: id('organization'), userId: id('user') },
      risk: [
        {
          risk: 'destructive',
          because: 'the member leaves and loses the organization roles held there',
        },
      ],
      cascades: memberCascades,
      undo: consentsLeft,
      organizationScope: inOrganization,
    }),

    // Roles of members
    assignOrganizationRolesToUsers: operation('POST /api/organizations/{id}/users/roles', {
      summary:
        'Give several members the same organization roles; for one member take assign_organization_roles_to_user.',
      notes: 'Repeating it is fine.',
      refusesWhole: { when: 'one of them is not a member, or a role is not of type User' },
      path: { id: id('organization') },
      body: { userIds: ids('user'), organizationRoleIds: ids('organization role') },
      risk: [
        {
          risk: 'privilege',
          because: 'it grants the Management API, directly or through an MCP server',
          ifPrivileged: ['organizationRoleIds'],
        },
      ],
      organizationScope: inOrganization,
    }),
    listOrganizationUserRoles: operation('GET /api/organizations/{id}/users/{userId}/roles', {
      summary: 'List the organization roles of one member in an organization.',
      notes: 'Not a member: 422 organization.require_membership.',
      paging: 'optional',
      path: { id: id('organization'), userId: id('user') },
    }),
    assignOrganizationRolesToUser: operation('POST /api/organizations/{id}/users/{userId}/roles', {
      summary: 'Give one member organization roles, by id or name; those already held stay.',
      notes: 'Only for members (add_organization_users) and roles of type User.',
      path: { id: id('organization'), userId: id('user') },
      body: {
        organizationRoleIds: ids('organization role', 0).optional(),
        organizationRoleNames: roleNames,
      },
      risk: [
        {
          risk: 'privilege',
          because: 'it grants the Management API, directly or through an MCP server',
          ifPrivileged: ['organizationRoleIds', 'organizationRoleNames'],
        },
      ],
      organizationScope: inOrganization,
    }),
    replaceOrganizationUserRoles: operation('PUT /api/organizations/{id}/users/{userId}/roles', {
      summary:
        'Set all organization roles of one member; to add some take assign_organization_roles_to_user.',
      notes: 'Only for members and roles of type User.',
      path: { id: id('organization'), userId: id('user') },
      body: {
        organizationRoleIds: ids('organization role', 0).optional(),
        organizationRoleNames: roleNames,
      },
      risk: [
        {
          risk: 'destructive',
          because: 'roles named in neither list are taken; without both lists all are',
          when: losesMembers('organizationRoleIds', 'organizationRoleNames'),
        },
        {
          risk: 'privilege',
          because: 'it grants the Management API, directly or through an MCP server',
          when: gainsMembers('organizationRoleIds', 'organizationRoleNames'),
          ifPrivileged: ['organizationRoleIds', 'organizationRoleNames'],
        },
      ],
      organizationScope: inOrganization,
    }),
    deleteOrganizationUserRole: operation(
      'DELETE /api/organizations/{id}/users/{userId}/roles/{organizationRoleId}',
      {
        summary: 'Take one organization role from a member, who stays a member.',
        path: {
          id: id('organization'),
          userId: id('user'),
          organizationRoleId: id('organization role'),
        },
        risk: [{ risk: 'destructive', because: 'the member loses what the role grants' }],
        cascades: [],
        organizationScope: inOrganization,
      },
    ),
    listOrganizationUserScopes: operation('GET /api/organizations/{id}/users/{userId}/scopes', {
      summary: 'List the organization scopes that a member has through organization roles.',
      notes:
        'Without the scopes of API resources. Not a member or an unknown organization: an empty list, not 404.',
      path: { id: id('organization'), userId: id('user') },
    }),

    // Applications
    listOrganizationApplications: operation('GET /api/organizations/{id}/applications', {
      longMembers: longMembersOf.application,
      summary:
        'List the machine-to-machine applications in an organization, each with its organization roles.',
      notes: 'An unknown organization answers with an empty list, not 404.',
      paging: 'always',
      secrets: ['secret'],
      path: { id: id('organization') },
      query: { q: containing('id, name or description') },
    }),
    addOrganizationApplications: operation('POST /api/organizations/{id}/applications', {
      summary: 'Add machine-to-machine applications to an organization, without roles.',
      notes:
        'No other type of application is accepted. Those in it already are accepted again and keep their roles.',
      path: { id: id('organization') },
      body: { applicationIds: ids('application') },
      risk: 'none',
      organizationScope: admitsApplications,
    }),
    replaceOrganizationApplications: operation('PUT /api/organizations/{id}/applications', {
      summary:
        'Set the whole list of applications of an organization; to add some take add_organization_applications.',
      path: { id: id('organization') },
      body: { applicationIds: ids('application', 0) },
      risk: [
        {
          risk: 'destructive',
          because:
            'applications not in the list leave and lose their organization roles; an empty list removes all',
          when: losesMembers('applicationIds'),
        },
      ],
      organizationScope: admitsApplications,
    }),
    deleteOrganizationApplication: operation(
      'DELETE /api/organizations/{id}/applications/{applicationId}',
      {
        summary:
          'Take an application out of an organization, with the roles it holds there; the application itself stays.',
        path: { id: id('organization'), applicationId: id('application') },
        risk: [
          {
            risk: 'destructive',
            because: 'the application leaves and loses the organization roles held there',
          },
        ],
        cascades: [],
        organizationScope: inOrganization,
      },
    ),

    // Roles of applications
    assignOrganizationRolesToApplications: operation(
      'POST /api/organizations/{id}/applications/roles',
      {
        summary:
          'Give several applications the same roles; for one take assign_organization_roles_to_application.',
        notes: 'Repeating it is fine.',
        refusesWhole: {
          when: 'one of them is not in the organization, or a role is not of type MachineToMachine',
        },
        path: { id: id('organization') },
        body: { applicationIds: ids('application'), organizationRoleIds: ids('organization role') },
        risk: [
          {
            risk: 'privilege',
            because: 'it grants the Management API, directly or through an MCP server',
            ifPrivileged: ['organizationRoleIds'],
          },
        ],
        organizationScope: inOrganization,
      },
    ),
    listOrganizationApplicationRoles: operation(
      'GET /api/organizations/{id}/applications/{applicationId}/roles',
      {
        summary: 'List the organization roles of one application in an organization.',
        notes: 'Not in the organization: 422 organization.require_membership.',
        paging: 'optional',
        path: { id: id('organization'), applicationId: id('application') },
      },
    ),
    assignOrganizationRolesToApplication: operation(
      'POST /api/organizations/{id}/applications/{applicationId}/roles',
      {
        summary: 'Give one application organization roles; the roles it already holds stay.',
        notes:
          'Only for applications in the organization (add_organization_applications) and roles of type MachineToMachine.',
        path: { id: id('organization'), applicationId: id('application') },
        body: { organizationRoleIds: ids('organization role') },
        risk: [
          {
            risk: 'privilege',
            because: 'it grants the Management API, directly or through an MCP server',
            ifPrivileged: ['organizationRoleIds'],
          },
        ],
        organizationScope: inOrganization,
      },
    ),
    replaceOrganizationApplicationRoles: operation(
      'PUT /api/organizations/{id}/applications/{applicationId}/roles',
      {
        summary:
          'Set all organization roles of one application; to add take assign_organization_roles_to_application.',
        notes:
          'Cannot empty the set: take the last role with delete_organization_application_role. Roles of type MachineToMachine only.',
        path: { id: id('organization'), applicationId: id('application') },
        body: { organizationRoleIds: ids('organization role') },
        risk: [
          {
            risk: 'destructive',
            because: 'roles not in the list are taken from it',
            when: losesMembers('organizationRoleIds'),
          },
          {
            risk: 'privilege',
            because: 'it grants the Management API, directly or through an MCP server',
            when: gainsMembers('organizationRoleIds'),
            ifPrivileged: ['organizationRoleIds'],
          },
        ],
        undo: { neverEmpty: true },
        organizationScope: inOrganization,
      },
    ),
    deleteOrganizationApplicationRole: operation(
      'DELETE /api/organizations/{id}/applications/{applicationId}/roles/{organizationRoleId}',
      {
        summary: 'Take one organization role from an application, which stays in the organization.',
        path: {
          id: id('organization'),
          applicationId: id('application'),
          organizationRoleId: id('organization role'),
        },
        risk: [{ risk: 'destructive', because: 'the application loses what the role grants' }],
        cascades: [],
        organizationScope: inOrganization,
      },
    ),

    // Just-in-time provisioning
    listOrganizationJitEmailDomains: operation('GET /api/organizations/{id}/jit/email-domains', {
      summary: 'List the e-mail domains whose users join an organization when they sign up.',
      notes: 'An unknown organization answers with an empty list, not 404.',
      paging: 'optional',
      path: { id: id('organization') },
    }),
    createOrganizationJitEmailDomain: operation('POST /api/organizations/{id}/jit/email-domains', {
      summary:
        'Let users with an e-mail address of one domain join an organization when they sign up.',
      notes:
        'Existing users and users made by create_user do not join. Refused (422) when the domain is there already.',
      path: { id: id('organization') },
      body: { emailDomain },
      risk: [
        {
          risk: 'privilege',
          because:
            'everyone with an address of this domain would get the Management API, directly or through an MCP server by joining',
          ifPrivileged: ['id'],
        },
        {
          risk: 'trust',
          because: 'anyone can get an address at this provider and join',
          when: namesPublicMailDomain('emailDomain'),
        },
      ],
      organizationScope: opensToEmailDomains,
    }),
    replaceOrganizationJitEmailDomains: operation('PUT /api/organizations/{id}/jit/email-domains', {
      summary:
        'Set the whole list of joining e-mail domains; to add one take create_organization_jit_email_domain.',
      path: { id: id('organization') },
      body: { emailDomains: z.array(emailDomain) },
      risk: [
        {
          risk: 'destructive',
          because: 'domains not in the list are removed; an empty list removes all',
          when: losesMembers('emailDomains'),
        },
        {
          risk: 'privilege',
          because:
            'everyone with an address of these domains would get the Management API, directly or through an MCP server by joining',
          when: gainsMembers('emailDomains'),
          ifPrivileged: ['id'],
        },
        {
          risk: 'trust',
          because: 'anyone can get an address at this provider and join',
          when: namesPublicMailDomain('emailDomains'),
        },
      ],
      organizationScope: opensToEmailDomains,
    }),
    deleteOrganizationJitEmailDomain: operation(
      'DELETE /api/organizations/{id}/jit/email-domains/{emailDomain}',
      {
        summary: 'Stop users of one e-mail domain from joining an organization; members stay.',
        path: {
          id: id('organization'),
          emailDomain: nameOf('JIT email domain', 'from list_organization_jit_email_domains'),
        },
        risk: [
          {
            risk: 'destructive',
            because: 'users of the domain do not join by themselves any more',
          },
        ],
        cascades: [],
        organizationScope: inOrganization,
      },
    ),
    listOrganizationJitRoles: operation('GET /api/organizations/{id}/jit/roles', {
      summary: 'List the organization roles given to users who join by just-in-time provisioning.',
      paging: 'optional',
      path: { id: id('organization') },
    }),
    createOrganizationJitRole: operation('POST /api/organizations/{id}/jit/roles', {
      summary: 'Add organization roles for users who join by just-in-time provisioning.',
      notes:
        'Take roles of type User. Members do not get them; see assign_organization_roles_to_users. Repeating a role is fine.',
      path: { id: id('organization') },
      body: { organizationRoleIds: ids('organization role') },
      risk: [
        {
          risk: 'privilege',
          because:
            'everyone who joins by just-in-time provisioning is granted the Management API, directly or through an MCP server',
          ifPrivileged: ['organizationRoleIds'],
        },
      ],
      organizationScope: inOrganization,
    }),
    replaceOrganizationJitRoles: operation('PUT /api/organizations/{id}/jit/roles', {
      summary:
        'Set all roles given at just-in-time provisioning; to add some take create_organization_jit_role.',
      notes: 'Take roles of type User. Members keep what they have.',
      path: { id: id('organization') },
      body: { organizationRoleIds: ids('organization role', 0) },
      risk: [
        {
          risk: 'destructive',
          because: 'roles not in the list are no longer given; an empty list removes all',
          when: losesMembers('organizationRoleIds'),
        },
        {
          risk: 'privilege',
          because:
            'everyone who joins by just-in-time provisioning is granted the Management API, directly or through an MCP server',
          when: gainsMembers('organizationRoleIds'),
          ifPrivileged: ['organizationRoleIds'],
        },
      ],
      organizationScope: inOrganization,
    }),
    deleteOrganizationJitRole: operation(
      'DELETE /api/organizations/{id}/jit/roles/{organizationRoleId}',
      {
        summary: 'Stop giving one role at just-in-time provisioning; members who have it keep it.',
        path: { id: id('organization'), organizationRoleId: id('organization role') },
        risk: [{ risk: 'destructive', because: 'users who join no longer get the role' }],
        cascades: [],
        organizationScope: inOrganization,
      },
    ),
    listOrganizationJitSsoConnectors: operation('GET /api/organizations/{id}/jit/sso-connectors', {
      summary: 'List the enterprise SSO connectors whose users join an organization automatically.',
      paging: 'optional',
      secrets: ['config.clientSecret'],
      path: { id: id('organization') },
    }),
    createOrganizationJitSsoConnector: operation(
      'POST /api/organizations/{id}/jit/sso-connectors',
      {
        summary:
          'Let users of enterprise SSO connectors join an organization at their first SSO sign-in.',
        notes:
          'Users who have signed in with the connector before do not join. Repeating a connector is fine.',
        path: { id: id('organization') },
        body: { ssoConnectorIds: ids('SSO connector') },
        risk: [
          {
            risk: 'privilege',
            because:
              'everyone who signs in by these connectors would get the Management API, directly or through an MCP server by joining',
            ifPrivileged: ['id'],
          },
        ],
        organizationScope: opensToSsoConnectors,
      },
    ),
    replaceOrganizationJitSsoConnectors: operation(
      'PUT /api/organizations/{id}/jit/sso-connectors',
      {
        summary:
          'Set the whole list of joining SSO connectors; to add some take create_organization_jit_sso_connector.',
        path: { id: id('organization') },
        body: { ssoConnectorIds: ids('SSO connector', 0) },
        risk: [
          {
            risk: 'destructive',
            because: 'connectors not in the list are removed; an empty list removes all',
            when: losesMembers('ssoConnectorIds'),
          },
          {
            risk: 'privilege',
            because:
              'everyone who signs in by these connectors would get the Management API, directly or through an MCP server by joining',
            when: gainsMembers('ssoConnectorIds'),
            ifPrivileged: ['id'],
          },
        ],
        organizationScope: opensToSsoConnectors,
      },
    ),
    deleteOrganizationJitSsoConnector: operation(
      'DELETE /api/organizations/{id}/jit/sso-connectors/{ssoConnectorId}',
      {
        summary: 'Stop users of one SSO connector from joining an organization; members stay.',
        path: { id: id('organization'), ssoConnectorId: id('SSO connector') },
        risk: [
          {
            risk: 'destructive',
            because: 'users of the connector do not join by themselves any more',
          },
        ],
        cascades: [],
        organizationScope: inOrganization,
      },
    ),
  },
});
