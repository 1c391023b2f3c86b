import * as z from 'zod';
import { applicationCascades } from './cascades.js';
import { naming } from './entities.js';
import {
  brief,
  customData,
  fullUrl,
  hexColor,
  id,
  idInside,
  ids,
  nameOf,
  protectedAppScope,
  text,
  urlOrEmpty,
  userScope,
} from './fields.js';
import {
  applicationRolesLockout,
  applicationUpdateLockout,
  legacySecretLockout,
  ownApplicationLockout,
  secretLockout,
  takenRoleLockout,
} from './lockouts.js';
import { longMembersOf } from './long-members.js';
import { domain, operation, whole } from './operation.js';
import {
  becomes,
  gainsMembers,
  loadsFromElsewhere,
  losesAccess,
  losesEntries,
  losesMembers,
  newHost,
  turnsOff,
  turnsOn,
  widensAccess,
} from './risk-rules.js';

const byId = { id: id('application') };
const byApplication = { applicationId: id('application') };

const ApplicationType = z.enum([
  'Native',
  'SPA',
  'Traditional',
  'MachineToMachine',
  'Protected',
  'SAML',
]);

/** An address with its scheme, which may be a custom scheme of a phone app. */
const Uri = z
  .string()
  .regex(
    /^\S+:\S+$/,
    'must be a full URI with its scheme, such as https://app.example.com/callback',
  );

/** Logto requires both lists in the object. */
const OidcClientMetadata = z
  .strictObject({
    redirectUris: z
      .array(Uri)
      .describe('full URIs that sign-in may redirect the user to, exact; the whole list'),
    postLogoutRedirectUris: z
      .array(Uri)
      .describe('full URIs that sign-out may redirect to; the whole list'),
    backchannelLogoutUri: fullUrl.optional(),
    backchannelLogoutSessionRequired: z.boolean().optional(),
    logoUri: z.string().optional(),
  })
  .describe('OpenID Connect, full URLs');

/** For an update, which is merged into the current value: one of the two is enough. */
const ChangedClientMetadata = OidcClientMetadata.partial().describe('OpenID Connect, full URLs');

const CustomClientMetadata = z
  .strictObject({
    corsAllowedOrigins: z
      .array(z.string().min(1))
      .optional()
      .describe('origins that may call Logto from a browser'),
    idTokenTtl: z.number().optional().describe('seconds'),
    refreshTokenTtl: z.number().optional().describe('seconds; prefer refreshTokenTtlInDays'),
    refreshTokenTtlInDays: z.number().optional().describe('days, at most 90'),
    alwaysIssueRefreshToken: z.boolean().optional(),
    rotateRefreshToken: z.boolean().optional(),
    allowTokenExchange: z.boolean().optional().describe('not for third-party applications'),
    isDeviceFlow: z.boolean().optional().describe('Native only, and only when creating'),
    maxAllowedGrants: z.number().optional().describe('grants that one user may have at a time'),
  })
  .describe('tokens and origins');

const description = z.string();

const ownData = customData('your data');

const secretName = text('unique in the application', 256);

const secretPath = (name: string) =>
  nameOf('application secret', `${name}, from list_application_secrets`);

const pageUrl = (description: string) =>
  urlOrEmpty
    .max(2048)
    .nullable()
    .optional()
    .describe(`${description}, at most 2048 characters; null clears it`);

const consentUser = { ...byId, userId: id('user') };

/** Where sign-in codes, tokens and users go, and who may call Logto from a browser. */
const trustedAddresses = [
  'oidcClientMetadata.redirectUris',
  'oidcClientMetadata.postLogoutRedirectUris',
  'oidcClientMetadata.backchannelLogoutUri',
  'customClientMetadata.corsAllowedOrigins',
];

const thirdPartyOnly = 'Only for third-party applications (isThirdParty).';

export const applications = domain({
  title: 'Applications',
  about:
    'Applications (OAuth clients) that sign users in or call APIs by themselves, their secrets, roles and consent. SAML applications are created and deleted in a separate domain.',
  operations: {
    listApplications: operation('GET /api/applications', {
      longMembers: longMembersOf.application,
      summary: 'List or search the applications of the tenant, newest first.',
      paging: 'optional',
      search: ['id', 'name', 'description'],
      query: {
        types: z.array(ApplicationType).optional(),
        excludeRoleId: id('role').optional().describe('leave out those that hold this role'),
        excludeOrganizationId: id('organization')
          .optional()
          .describe('leave out those in this organization'),
        isThirdParty: z
          .boolean()
          .optional()
          .describe('true: only third-party; false: only our own'),
      },
      secrets: ['secret'],
    }),
    createApplication: operation('POST /api/applications', {
      summary: 'Create an application; its first secret is in list_application_secrets.',
      notes: 'SAML: create_saml_application.',
      body: {
        name: text('shown in the console', 256),
        description: description.nullable().optional(),
        type: ApplicationType.describe(
          'for good: SPA (browser), Native (mobile, desktop), Traditional (web server), MachineToMachine (no user); Protected needs a provider',
        ),
        oidcClientMetadata: OidcClientMetadata.optional(),
        customClientMetadata: CustomClientMetadata.optional(),
        customData: ownData.optional(),
        isThirdParty: z
          .boolean()
          .optional()
          .describe('not yours, so users are asked for consent; permanent'),
        protectedAppMetadata: brief(
          z.strictObject({ subDomain: z.string(), origin: z.string() }),
          'for type Protected: subDomain, origin',
        ).optional(),
      },
      risk: [
        {
          risk: 'trust',
          because:
            'anyone who runs these hosts can receive sign-in codes, or call Logto from a browser',
          when: newHost(...trustedAddresses),
        },
        {
          risk: 'trust',
          because: 'traffic to the application is sent on to this origin',
          when: newHost('protectedAppMetadata.origin'),
        },
      ],
    }),
    getApplication: operation('GET /api/applications/{id}', {
      summary: 'Get one application; isAdmin tells whether it may use the Management API.',
      path: byId,
      secrets: ['secret'],
    }),
    updateApplication: operation('PATCH /api/applications/{id}', {
      summary:
        'Change the name, redirect URIs, token settings, custom data or access of an application.',
      notes: 'The type cannot be changed.',
      path: byId,
      body: {
        name: text('shown in the console', 256).optional(),
        description: description.nullable().optional().describe('null clears it'),
        oidcClientMetadata: ChangedClientMetadata.optional(),
        customClientMetadata: CustomClientMetadata.optional(),
        customData: ownData.optional(),
        appLevelAccessControlEnabled: z
          .boolean()
          .optional()
          .describe(
            'only users that replace_application_access_control allows can sign in; needs a rule first',
          ),
        protectedAppMetadata: brief(
          z.strictObject({
            origin: z.string().optional(),
            sessionDuration: z.number().optional(),
            pageRules: z.array(z.strictObject({ path: z.string() })).optional(),
            additionalScopes: z.array(protectedAppScope).optional(),
          }),
          `for type Protected: origin, sessionDuration in seconds, pageRules [{path}], additionalScopes (${protectedAppScope.options.join(', ')})`,
        )
          .nullable()
          .optional(),
        isAdmin: z
          .boolean()
          .optional()
          .describe('true gives a machine-to-machine application the whole Management API'),
      },
      replaces: ['oidcClientMetadata', 'customClientMetadata', 'customData'],
      wire: { oidcClientMetadata: OidcClientMetadata.optional() },
      refuses: ({ replace_whole: whole, oidcClientMetadata: input }) =>
        whole === true && !OidcClientMetadata.optional().safeParse(input).success
          ? 'with replace_whole, oidcClientMetadata needs both redirectUris and postLogoutRedirectUris'
          : undefined,
      secrets: ['secret'],
      risk: [
        {
          risk: 'destructive',
          because: 'sign-in, sign-out or requests with a removed URI will fail',
          when: losesEntries(
            'oidcClientMetadata.redirectUris',
            'oidcClientMetadata.postLogoutRedirectUris',
            'customClientMetadata.corsAllowedOrigins',
          ),
        },
        {
          risk: 'trust',
          because:
            'anyone who runs the new host can receive sign-in codes, or call Logto from a browser',
          when: newHost(...trustedAddresses),
        },
        {
          risk: 'trust',
          because: 'the application can act for users by exchanging tokens',
          when: turnsOn('customClientMetadata.allowTokenExchange'),
        },
        {
          risk: 'trust',
          because: 'users that the access rules exclude can sign in',
          when: turnsOff('appLevelAccessControlEnabled'),
        },
        {
          risk: 'trust',
          because:
            'traffic to the application is sent on to another origin, or pages lose their protection',
          fields: ['protectedAppMetadata.origin', 'protectedAppMetadata.pageRules'],
        },
        {
          risk: 'privilege',
          because: 'it grants the application the whole Management API',
          when: turnsOn('isAdmin'),
        },
        {
          risk: 'destructive',
          because: 'isAdmin false revokes it',
          when: becomes('isAdmin', false),
        },
      ],
      lockout: applicationUpdateLockout,
    }),
    deleteApplication: operation('DELETE /api/applications/{id}', {
      summary:
        'Delete an application with its secrets, roles and consents; users can no longer sign in to it.',
      notes: 'SAML: delete_saml_application.',
      path: byId,
      risk: [
        {
          risk: 'destructive',
          because:
            'users cannot sign in to it any more, and programs that use its secrets lose access',
        },
      ],
      cascades: applicationCascades,
      lockout: ownApplicationLockout,
    }),
    updateApplicationCustomData: operation('PATCH /api/applications/{applicationId}/custom-data', {
      summary:
        'Merge keys into the custom data of an application; to replace it all take update_application.',
      notes: 'No top-level key is removed.',
      path: byApplication,
      body: whole('customData', ownData),
      joins: ['customData'],
      risk: 'none',
    }),

    // Who may use it
    getApplicationAccessControl: operation('GET /api/applications/{applicationId}/access-control', {
      summary: 'Get who may sign in to an application: users, roles, organizations.',
      path: byApplication,
    }),
    replaceApplicationAccessControl: operation(
      'PUT /api/applications/{applicationId}/access-control',
      {
        summary:
          'Set who may sign in to an application; effective once appLevelAccessControlEnabled is true (update_application).',
        path: byApplication,
        body: {
          userIds: ids('user', 0),
          userRoleIds: ids('role', 0),
          organizationIds: ids('organization', 0),
          organizationRoleRules: z
            .array(
              z.strictObject({
                organizationId: id('organization'),
                organizationRoleIds: naming(z.array(z.string()).min(1), 'organization role'),
              }),
            )
            .describe('members with one of these roles in that organization'),
        },
        risk: [
          {
            risk: 'destructive',
            because: 'people who are no longer listed cannot sign in to it',
            when: losesAccess,
          },
          { risk: 'trust', because: 'more people can sign in to it', when: widensAccess },
        ],
      },
    ),

    // Roles
    listApplicationRoles: operation('GET /api/applications/{applicationId}/roles', {
      summary: 'List the roles of a machine-to-machine application.',
      paging: 'always',
      search: ['id', 'name', 'description'],
      path: byApplication,
    }),
    assignApplicationRoles: operation('POST /api/applications/{applicationId}/roles', {
      summary: 'Give roles to one machine-to-machine application; roles that it already has stay.',
      notes: 'Only roles of type MachineToMachine.',
      path: byApplication,
      body: { roleIds: ids('role') },
      risk: [
        {
          risk: 'privilege',
          because: 'it grants the Management API, directly or through an MCP server',
          ifPrivileged: ['roleIds'],
        },
      ],
    }),
    replaceApplicationRoles: operation('PUT /api/applications/{applicationId}/roles', {
      summary:
        'Set the whole list of roles of an application; prefer assign_application_roles and delete_application_role.',
      notes:
        'Logto answers 422 entity.invalid_input when the list has no new role, but still removes the others; this server reads again and returns the real result.',
      path: byApplication,
      body: { roleIds: ids('role', 0) },
      appliesDespite: ['entity.invalid_input'],
      risk: [
        {
          risk: 'destructive',
          because: 'roles that are not in the list are taken away',
          when: losesMembers('roleIds'),
        },
        {
          risk: 'privilege',
          because: 'it grants the Management API, directly or through an MCP server',
          when: gainsMembers('roleIds'),
          ifPrivileged: ['roleIds'],
        },
      ],
      lockout: applicationRolesLockout,
    }),
    deleteApplicationRole: operation('DELETE /api/applications/{applicationId}/roles/{roleId}', {
      summary: 'Take one role from a machine-to-machine application.',
      path: { ...byApplication, roleId: id('role') },
      risk: [{ risk: 'destructive', because: 'the application loses what the role grants' }],
      cascades: [],
      lockout: takenRoleLockout('roleId'),
    }),

    listApplicationOrganizations: operation('GET /api/applications/{id}/organizations', {
      longMembers: longMembersOf.organization,
      summary:
        'List the organizations that a machine-to-machine application is in, with its roles there.',
      paging: 'optional',
      path: byId,
    }),

    // Secrets
    listApplicationSecrets: operation('GET /api/applications/{id}/secrets', {
      summary: 'List the secrets of an application.',
      path: byId,
      secrets: ['value'],
    }),
    createApplicationSecret: operation('POST /api/applications/{id}/secrets', {
      summary:
        'Add a secret to an application; to rotate, then remove the old one (delete_application_secret).',
      path: byId,
      body: {
        name: secretName,
        expiresAt: z
          .number()
          .nullable()
          .optional()
          .describe('epoch milliseconds, in the future; null or left out: never'),
      },
      secrets: ['value'],
      risk: [
        { risk: 'credential', because: 'anyone who holds the secret can act as the application' },
        {
          risk: 'privilege',
          because:
            'the application holds the Management API, directly or through an MCP server, so anyone who has the secret holds it too',
          ifPrivileged: ['id'],
        },
      ],
    }),
    updateApplicationSecret: operation('PATCH /api/applications/{id}/secrets/{currentName}', {
      summary: 'Rename a secret of an application; its value stays.',
      path: { ...byId, currentName: secretPath('present name') },
      body: { name: secretName },
      secrets: ['value'],
      risk: 'none',
    }),
    deleteApplicationSecret: operation('DELETE /api/applications/{id}/secrets/{name}', {
      summary: 'Delete a secret of an application; programs that still use it are locked out.',
      path: { ...byId, name: secretPath('name') },
      risk: [{ risk: 'destructive', because: 'programs that use the secret lose access' }],
      cascades: [],
      lockout: secretLockout,
    }),
    deleteApplicationLegacySecret: operation('DELETE /api/applications/{id}/legacy-secret', {
      summary: 'Delete the one old-style secret of an application made before secrets had names.',
      notes: 'Newer applications have none: 400 application.no_legacy_secret_found.',
      path: byId,
      risk: [{ risk: 'destructive', because: 'programs that use the secret lose access' }],
      cascades: [],
      lockout: legacySecretLockout,
    }),

    // What a third-party application may ask users for
    listApplicationUserConsentScopes: operation(
      'GET /api/applications/{applicationId}/user-consent-scopes',
      {
        summary: 'List the scopes that a third-party application may ask users for.',
        path: byApplication,
      },
    ),
    createApplicationUserConsentScope: operation(
      'POST /api/applications/{applicationId}/user-consent-scopes',
      {
        summary:
          'Let a third-party application ask users for more scopes; scopes that it already has stay.',
        notes: thirdPartyOnly,
        path: byApplication,
        body: {
          organizationScopes: ids('organization scope', 0).optional(),
          resourceScopes: ids('scope', 0).optional(),
          organizationResourceScopes: ids('scope', 0)
            .optional()
            .describe('scope ids, from list_resource_scopes, for use inside organizations'),
          userScopes: z.array(userScope).optional(),
        },
        risk: [
          {
            risk: 'trust',
            because: 'a third-party application can ask users for more of their data and rights',
          },
          {
            risk: 'privilege',
            because:
              'users could consent to let a third-party application use the Management API, directly or through an MCP server',
            ifPrivileged: ['resourceScopes', 'organizationResourceScopes'],
          },
        ],
      },
    ),
    deleteApplicationUserConsentScope: operation(
      'DELETE /api/applications/{applicationId}/user-consent-scopes/{scopeType}/{scopeId}',
      {
        summary: 'Stop a third-party application from asking users for one scope.',
        path: {
          ...byApplication,
          scopeType: z.enum([
            'organization-scopes',
            'resource-scopes',
            'organization-resource-scopes',
            'user-scopes',
          ]),
          scopeId: idInside(
            'scope',
            'from list_application_user_consent_scopes; for user-scopes the name itself',
          ),
        },
        risk: [
          { risk: 'destructive', because: 'the application cannot ask for the scope any more' },
        ],
        cascades: [],
      },
    ),
    listApplicationUserConsentOrganizations: operation(
      'GET /api/applications/{id}/users/{userId}/consent-organizations',
      {
        name: 'list_application_consent_organizations',
        longMembers: longMembersOf.organization,
        summary:
          'List the organizations in which a user has consented to a third-party application.',
        paging: 'always',
        items: 'organizations',
        path: consentUser,
      },
    ),
    createApplicationUserConsentOrganization: operation(
      'POST /api/applications/{id}/users/{userId}/consent-organizations',
      {
        name: 'create_application_consent_organization',
        summary: 'Let a third-party application into organizations on behalf of a user.',
        notes: `${thirdPartyOnly} Repeating it is fine.`,
        path: consentUser,
        body: { organizationIds: ids('organization') },
        risk: [
          {
            risk: 'trust',
            because: 'the third-party application is let in without asking the user',
          },
        ],
      },
    ),
    replaceApplicationUserConsentOrganizations: operation(
      'PUT /api/applications/{id}/users/{userId}/consent-organizations',
      {
        name: 'replace_application_consent_organizations',
        summary: 'Set in which organizations of a user a third-party application has consent.',
        notes: thirdPartyOnly,
        path: consentUser,
        body: { organizationIds: ids('organization', 0) },
        risk: [
          {
            risk: 'destructive',
            because: 'organizations that are not in the list are closed to it',
            when: losesMembers('organizationIds'),
          },
          {
            risk: 'trust',
            because: 'the third-party application is let in without asking the user',
            when: gainsMembers('organizationIds'),
          },
        ],
      },
    ),
    deleteApplicationUserConsentOrganization: operation(
      'DELETE /api/applications/{id}/users/{userId}/consent-organizations/{organizationId}',
      {
        name: 'delete_application_consent_organization',
        summary: 'Close one organization of a user to a third-party application.',
        path: { ...consentUser, organizationId: id('organization') },
        risk: [{ risk: 'destructive', because: 'the organization is closed to the application' }],
        cascades: [],
      },
    ),

    // The branding of one application at sign-in
    getApplicationSignInExperience: operation(
      'GET /api/applications/{applicationId}/sign-in-experience',
      {
        summary: 'Get the sign-in branding of one application; 404 when it has none.',
        path: byApplication,
      },
    ),
    replaceApplicationSignInExperience: operation(
      'PUT /api/applications/{applicationId}/sign-in-experience',
      {
        summary: 'Set the name, logo, colours or CSS of one application at sign-in.',
        notes:
          'Behaves like a PATCH: fields left out stay. For all applications: update_sign_in_exp.',
        path: byApplication,
        refuses: ({ applicationId: _, plan: __, replace_whole: ___, ...fields }) =>
          Object.values(fields).every((value) => value === undefined)
            ? 'there is nothing to change: set at least one of color, branding, customCss, displayName, termsOfUseUrl, privacyPolicyUrl'
            : undefined,
        body: {
          color: z
            .strictObject({
              primaryColor: hexColor.optional(),
              isDarkModeEnabled: z.boolean().optional(),
              darkPrimaryColor: hexColor.optional(),
            })
            .optional()
            .describe('colours as #rgb or #rrggbb'),
          branding: z
            .strictObject({
              logoUrl: fullUrl.optional(),
              darkLogoUrl: fullUrl.optional(),
              favicon: fullUrl.optional(),
              darkFavicon: fullUrl.optional(),
            })
            .optional()
            .describe('full image URLs'),
          customCss: z.string().nullable().optional().describe('null clears it'),
          displayName: z
            .string()
            .max(256)
            .nullable()
            .optional()
            .describe('name that users see, at most 256 characters; null clears it'),
          termsOfUseUrl: pageUrl('URL'),
          privacyPolicyUrl: pageUrl('URL'),
        },
        replaces: ['color', 'branding'],
        partial: true,
        risk: [
          {
            risk: 'trust',
            because: 'the style sheet loads content from an address into the sign-in page',
            when: loadsFromElsewhere('customCss'),
          },
        ],
      },
    ),

    // Protected applications, which only Logto Cloud can serve
    listApplicationProtectedAppMetadataCustomDomains: operation(
      'GET /api/applications/{id}/protected-app-metadata/custom-domains',
      {
        name: 'list_protected_app_custom_domains',
        summary: 'List the custom domains of a protected application.',
        path: byId,
        needs: 'an application of type Protected, which only Logto Cloud has',
      },
    ),
    createApplicationProtectedAppMetadataCustomDomain: operation(
      'POST /api/applications/{id}/protected-app-metadata/custom-domains',
      {
        name: 'create_protected_app_custom_domain',
        summary: 'Add a custom domain to a protected application.',
        path: byId,
        body: { domain: z.string().describe('e.g. app.example.com') },
        needs: 'an application of type Protected, which only Logto Cloud has',
        risk: [
          {
            risk: 'trust',
            because: 'the application answers, and signs people in, under this domain',
          },
        ],
      },
    ),
    deleteApplicationProtectedAppMetadataCustomDomain: operation(
      'DELETE /api/applications/{id}/protected-app-metadata/custom-domains/{domain}',
      {
        name: 'delete_protected_app_custom_domain',
        summary: 'Remove a custom domain from a protected application.',
        path: {
          ...byId,
          domain: nameOf('protected application domain', 'from list_protected_app_custom_domains'),
        },
        needs: 'an application of type Protected, which only Logto Cloud has',
        risk: [
          {
            risk: 'destructive',
            because: 'the application does not answer under the domain any more',
          },
        ],
        cascades: [],
      },
    ),
  },
});
