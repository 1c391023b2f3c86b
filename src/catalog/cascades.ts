/**
 * What a removal cascades to, as rows that operations share. The API does not expose its cascades, so they are listed
 * here; a count that no operation answers is `unknown` rather than missing.
 */
import { isObject, listIn, memberOf, objectsIn } from '../json.js';
import type { Cascade, CascadeTarget, CountWords, Item } from './write-facts.js';

/** Counted holders that stay and lose something: `54 users lose this role`. */
const loses = (holder: string, what: string): CountWords => [
  `${holder} loses ${what}`,
  `${holder}s lose ${what}`,
];

/** Whether a list of ids or of entities contains an id. */
const listsId = (value: unknown, id: unknown): boolean =>
  listIn(value).some((item) => (isObject(item) ? item['id'] === id : item === id));

/** Whether a list of entities contains one of several ids. */
const holdsAny = (value: unknown, ids: ReadonlySet<unknown>): boolean =>
  objectsIn(value).some((item) => ids.has(item['id']));

const typeOf = ({ before }: CascadeTarget): unknown => memberOf(before, 'type');

/** How many items several lists of an answer have together. */
const sizeOf =
  (...members: readonly string[]) =>
  (body: unknown): number =>
    members.reduce((sum, member) => sum + listIn(memberOf(body, member)).length, 0);

/** The ids of all scopes in the answer that lists what a third-party application may ask for. */
const consentScopeIds = (body: unknown): unknown[] =>
  (isObject(body) ? Object.values(body) : []).flatMap((scopes) =>
    listIn(scopes).flatMap((entry) =>
      objectsIn(memberOf(entry, 'scopes') ?? [entry]).map(({ id }) => id),
    ),
  );

/** The number of scopes, ids and names in the answer that lists what a third-party application may ask for. */
const consentCount = (body: unknown): number =>
  (isObject(body) ? Object.values(body) : []).flatMap(listIn).reduce<number>((sum, entry) => {
    const nested = memberOf(entry, 'scopes');
    return sum + (Array.isArray(nested) ? nested.length : 1);
  }, 0);

/** Third-party applications that may ask users for one of the target's scopes. */
const consentingApplications: Cascade = {
  label: 'third_party_applications',
  words: [
    'third-party application can no longer ask for it',
    'third-party applications can no longer ask for it',
  ],
  kind: 'applications',
  per: 'listApplications',
  query: { isThirdParty: true },
  list: 'listApplicationUserConsentScopes',
  size: (body, { ids }) => (consentScopeIds(body).some((id) => ids.has(id)) ? 1 : 0),
};

/** Members of every organization for which `isOne` holds. */
const inEveryOrganization = (
  label: string,
  words: CountWords,
  list: string,
  isOne: (item: Item, target: CascadeTarget) => boolean,
): Cascade => ({
  label,
  words,
  per: 'listOrganizations',
  list,
  size: (body, target) => objectsIn(body).filter((item) => isOne(item, target)).length,
});

/** The roles, organization roles and applications that lose a scope of an API. */
const scopeHolders = (what: string, idsIn?: string): readonly Cascade[] =>
  (
    [
      {
        label: 'roles',
        words: loses('role', what),
        kind: 'roles',
        per: 'listRoles',
        list: 'listRoleScopes',
        size: (body, { ids }) => (holdsAny(body, ids) ? 1 : 0),
      },
      {
        label: 'organization_roles',
        words: loses('organization role', what),
        among: 'listOrganizationRoles',
        where: ({ resourceScopes }, { ids }) => holdsAny(resourceScopes, ids),
      },
      consentingApplications,
    ] as const satisfies readonly Cascade[]
  ).map((row) => ({ ...row, ...(idsIn !== undefined && { idsIn }) }));

/** Members of an invitation that name whom it concerns. */
const invitationNames = ['organizationId', 'inviterId', 'invitee'];

export const userCascades: readonly Cascade[] = [
  {
    label: 'user_organizations',
    words: ['organization membership', 'organization memberships'],
    kind: 'organizations',
    below: 'listUserOrganizations',
  },
  {
    label: 'user_roles',
    words: ['role assignment', 'role assignments'],
    kind: 'roles',
    below: 'listUserRoles',
  },
  {
    label: 'user_social_identities',
    words: ['social identity', 'social identities'],
    inside: 'listUserAllIdentities',
    size: sizeOf('socialIdentities'),
  },
  {
    label: 'user_sso_identities',
    words: ['SSO identity', 'SSO identities'],
    inside: 'listUserAllIdentities',
    size: sizeOf('ssoIdentities'),
  },
  {
    label: 'user_mfa_verifications',
    words: ['MFA factor', 'MFA factors'],
    below: 'listUserMfaVerifications',
  },
  {
    label: 'user_personal_access_tokens',
    words: ['personal access token', 'personal access tokens'],
    below: 'listUserPersonalAccessTokens',
  },
  {
    label: 'user_trusted_devices',
    words: ['trusted device', 'trusted devices'],
    below: 'listUserTrustedDevices',
    volatile: true,
  },
  {
    // Those that the user has sent, and those that the user has accepted.
    label: 'organization_invitations',
    words: ['organization invitation', 'organization invitations'],
    among: 'listOrganizationInvitations',
    names: invitationNames,
    where: ({ inviterId, acceptedUserId }, { id }) => inviterId === id || acceptedUserId === id,
  },
  {
    label: 'user_sessions',
    words: ['session', 'sessions'],
    below: 'listUserSessions',
    volatile: true,
  },
  {
    label: 'user_grants',
    words: ['authorization of an application', 'authorizations of applications'],
    below: 'listUserGrants',
    volatile: true,
  },
];

export const userIdentityCascades: readonly Cascade[] = [
  {
    label: 'provider_tokens',
    words: ['stored token of the provider', 'stored tokens of the provider'],
    count: ({ before }) => (isObject(memberOf(before, 'tokenSecret')) ? 1 : 0),
  },
];

export const userGrantCascades: readonly Cascade[] = [
  { label: 'tokens', words: ['token issued for it', 'tokens issued for it'], count: 'unknown' },
];

/** The people and applications that have the role that the call names as `id`. @param what what they lose */
const roleHolders = (what: string): readonly Cascade[] => [
  { label: 'role_users', words: loses('user', what), kind: 'users', below: 'listRoleUsers' },
  {
    label: 'role_applications',
    words: loses('application', what),
    kind: 'applications',
    below: 'listRoleApplications',
  },
];

export const roleCascades: readonly Cascade[] = [
  ...roleHolders('this role'),
  {
    label: 'role_scopes',
    words: ['scope assignment', 'scope assignments'],
    below: 'listRoleScopes',
  },
];

/** The holders of a role that lose a scope that is taken from it. */
export const roleScopeCascades: readonly Cascade[] = roleHolders('this scope');

export const resourceCascades: readonly Cascade[] = [
  ...scopeHolders('scopes of this API', 'listResourceScopes'),
  {
    label: 'resource_scopes',
    words: ['scope of this API', 'scopes of this API'],
    below: 'listResourceScopes',
  },
];

export const resourceScopeCascades: readonly Cascade[] = scopeHolders('this scope');

export const applicationCascades: readonly Cascade[] = [
  {
    label: 'application_organizations',
    words: ['organization membership', 'organization memberships'],
    kind: 'organizations',
    below: 'listApplicationOrganizations',
  },
  { label: 'application_secrets', words: ['secret', 'secrets'], below: 'listApplicationSecrets' },
  {
    label: 'application_roles',
    words: ['role assignment', 'role assignments'],
    kind: 'roles',
    below: 'listApplicationRoles',
    when: (target) => typeOf(target) === 'MachineToMachine',
  },
  {
    label: 'application_access_rules',
    words: ['access rule', 'access rules'],
    inside: 'getApplicationAccessControl',
    size: sizeOf('userIds', 'userRoleIds', 'organizationIds', 'organizationRoleRules'),
  },
  {
    label: 'application_user_consent_scopes',
    words: ['scope that it may ask users for', 'scopes that it may ask users for'],
    inside: 'listApplicationUserConsentScopes',
    size: consentCount,
  },
  {
    label: 'application_sign_in_experiences',
    words: ['branding of its sign-in page', 'brandings of its sign-in page'],
    inside: 'getApplicationSignInExperience',
    size: () => 1,
  },
  {
    label: 'protected_app_custom_domains',
    words: ['custom domain', 'custom domains'],
    below: 'listApplicationProtectedAppMetadataCustomDomains',
    when: (target) => typeOf(target) === 'Protected',
  },
  {
    label: 'user_grants',
    words: ['authorization by a user', 'authorizations by users'],
    count: 'unknown',
    volatile: true,
    // No user signs in to a machine-to-machine application.
    when: (target) => typeOf(target) !== 'MachineToMachine',
  },
];

export const samlApplicationCascades: readonly Cascade[] = [
  {
    label: 'saml_application_secrets',
    words: ['signing certificate', 'signing certificates'],
    below: 'listSamlApplicationSecrets',
  },
  {
    label: 'user_sessions',
    words: ['session of a user', 'sessions of users'],
    count: 'unknown',
    volatile: true,
  },
];

export const organizationCascades: readonly Cascade[] = [
  {
    label: 'organization_users',
    words: ['user is no longer a member', 'users are no longer members'],
    kind: 'users',
    below: 'listOrganizationUsers',
  },
  {
    label: 'organization_applications',
    words: ['application is no longer a member', 'applications are no longer members'],
    kind: 'applications',
    below: 'listOrganizationApplications',
  },
  {
    label: 'organization_invitations',
    words: ['invitation', 'invitations'],
    among: 'listOrganizationInvitations',
    names: invitationNames,
    where: ({ organizationId }, { id }) => organizationId === id,
  },
  {
    label: 'organization_jit_email_domains',
    words: ['e-mail domain for joining it', 'e-mail domains for joining it'],
    below: 'listOrganizationJitEmailDomains',
  },
  {
    label: 'organization_jit_roles',
    words: ['role assignment for people who join it', 'role assignments for people who join it'],
    below: 'listOrganizationJitRoles',
  },
  {
    label: 'organization_jit_sso_connectors',
    words: ['SSO connector assignment', 'SSO connector assignments'],
    below: 'listOrganizationJitSsoConnectors',
  },
  {
    label: 'user_consents',
    words: ['consent of a user', 'consents of users'],
    count: 'unknown',
    volatile: true,
  },
];

/** What a member loses beside the roles, which the guard counts. Logto lists consents by application only. */
export const memberCascades: readonly Cascade[] = [
  {
    label: 'user_consents',
    words: ['consent of a user', 'consents of users'],
    count: 'unknown',
    volatile: true,
  },
];
const holdsRole = ({ organizationRoles }: Item, { id }: CascadeTarget): boolean =>
  listsId(organizationRoles, id);

export const organizationRoleCascades: readonly Cascade[] = [
  {
    ...inEveryOrganization(
      'organization_users',
      loses('member', 'this role'),
      'listOrganizationUsers',
      holdsRole,
    ),
    holders: [
      { kind: 'users', list: 'listUserOrganizations', affects: holdsRole },
      { kind: 'organizations', list: 'listOrganizationUsers', affects: holdsRole },
    ],
  },
  {
    ...inEveryOrganization(
      'organization_applications',
      loses('application', 'this role'),
      'listOrganizationApplications',
      holdsRole,
    ),
    holders: [
      { kind: 'applications', list: 'listApplicationOrganizations', affects: holdsRole },
      { kind: 'organizations', list: 'listOrganizationApplications', affects: holdsRole },
    ],
  },
  {
    ...inEveryOrganization(
      'organization_jit_roles',
      [
        'organization no longer gives it to new members',
        'organizations no longer give it to new members',
      ],
      'listOrganizationJitRoles',
      (role, { id }) => role['id'] === id,
    ),
    holders: [
      {
        kind: 'organizations',
        list: 'listOrganizationJitRoles',
        affects: (role, { id }) => role['id'] === id,
      },
    ],
  },
  {
    label: 'organization_role_scopes',
    words: ['organization scope assignment', 'organization scope assignments'],
    below: 'listOrganizationRoleScopes',
  },
  {
    label: 'organization_role_resource_scopes',
    words: ['API scope assignment', 'API scope assignments'],
    below: 'listOrganizationRoleResourceScopes',
  },
  {
    label: 'organization_invitations',
    words: loses('invitation', 'this role'),
    among: 'listOrganizationInvitations',
    names: invitationNames,
    where: ({ organizationRoles }, { id }) => listsId(organizationRoles, id),
  },
];

/** The members that have the organization role that the call names as `id`. */
export const organizationRoleHolders: readonly Cascade[] = [
  inEveryOrganization(
    'organization_users',
    loses('member', 'this scope'),
    'listOrganizationUsers',
    ({ organizationRoles }, { values }) => listsId(organizationRoles, values['id']),
  ),
  inEveryOrganization(
    'organization_applications',
    loses('application', 'this scope'),
    'listOrganizationApplications',
    ({ organizationRoles }, { values }) => listsId(organizationRoles, values['id']),
  ),
];

export const organizationScopeCascades: readonly Cascade[] = [
  {
    label: 'organization_roles',
    words: loses('organization role', 'this scope'),
    among: 'listOrganizationRoles',
    where: ({ scopes }, { id }) => listsId(scopes, id),
  },
  consentingApplications,
];

const isSocial = (target: CascadeTarget): boolean => typeOf(target) === 'Social';

/** Whether a user is linked through the connector. */
const isLinked = ({ identities }: Item, { before }: CascadeTarget): boolean =>
  isObject(identities) && Object.hasOwn(identities, String(memberOf(before, 'target')));

export const connectorCascades: readonly Cascade[] = [
  {
    // The identities stay, but can no longer be used to sign in.
    label: 'linked_users',
    words: [
      'linked user can no longer sign in with it',
      'linked users can no longer sign in with it',
    ],
    when: isSocial,
    among: 'listUsers',
    where: isLinked,
    holders: [{ kind: 'users', list: 'getUser', affects: isLinked }],
  },
  {
    label: 'sign_in_targets',
    words: ['button on the sign-in page', 'buttons on the sign-in page'],
    when: isSocial,
    inside: 'getSignInExp',
    size: (body, { before }) =>
      listIn(memberOf(body, 'socialSignInConnectorTargets')).includes(memberOf(before, 'target'))
        ? 1
        : 0,
  },
];

export const ssoConnectorCascades: readonly Cascade[] = [
  {
    label: 'user_sso_identities',
    words: ['SSO identity of a user', 'SSO identities of users'],
    count: 'unknown',
    holders: [
      {
        kind: 'users',
        list: 'listUserAllIdentities',
        affects: ({ ssoIdentities }, { id }) =>
          objectsIn(ssoIdentities).some(
            ({ ssoIdentity }) => memberOf(ssoIdentity, 'ssoConnectorId') === id,
          ),
      },
    ],
  },
  {
    ...inEveryOrganization(
      'organization_jit_sso_connectors',
      ['organization loses it as a way to join', 'organizations lose it as a way to join'],
      'listOrganizationJitSsoConnectors',
      (connector, { id }) => connector['id'] === id,
    ),
    kind: 'organizations',
  },
  {
    label: 'sso_connector_signing_keys',
    words: ['signing key', 'signing keys'],
    below: 'listSsoConnectorSigningKeys',
  },
];

export const domainCascades: readonly Cascade[] = [
  {
    label: 'domain_verification_files',
    words: ['verification file', 'verification files'],
    inside: 'listDomainVerificationFiles',
    size: sizeOf('verificationFiles'),
  },
];

export const staleDomainCascades: readonly Cascade[] = [
  { label: 'domains', words: ['domain', 'domains'], count: 'unknown' },
];

export const oidcKeyCascades: readonly Cascade[] = [
  {
    label: 'signed_tokens_and_cookies',
    words: ['signed token or cookie becomes invalid', 'signed tokens and cookies become invalid'],
    count: 'unknown',
  },
];

export const emailTemplateCascades: readonly Cascade[] = [
  {
    label: 'email_templates',
    words: ['e-mail template', 'e-mail templates'],
    count: ({ before }) => listIn(before).length,
  },
];

export const sentinelActivityCascades: readonly Cascade[] = [
  {
    label: 'identifiers',
    words: [
      'identifier loses its record of failed attempts',
      'identifiers lose their record of failed attempts',
    ],
    count: ({ values }) => listIn(values['targets']).length,
  },
];

/** The organization roles that a member loses with the membership; the guard counts them. */
export const memberRoleWords: CountWords = [
  'organization role assignment',
  'organization role assignments',
];
