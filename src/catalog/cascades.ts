/**
 * What a removal cascades to, as rows that operations share. The API does not expose its cascades, so they are listed
 * here; a count that no operation answers is `unknown` rather than missing.
 */
import { isObject, listIn, memberOf, objectsIn } from '../json.js';
import type { Cascade, CascadeTarget, Item } from './write-facts.js';

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
  kind: 'applications',
  per: 'listApplications',
  query: { isThirdParty: true },
  list: 'listApplicationUserConsentScopes',
  size: (body, { ids }) => (consentScopeIds(body).some((id) => ids.has(id)) ? 1 : 0),
};

/** Members of every organization for which `isOne` holds. */
const inEveryOrganization = (
  label: string,
  list: string,
  isOne: (item: Item, target: CascadeTarget) => boolean,
): Cascade => ({
  label,
  per: 'listOrganizations',
  list,
  size: (body, target) => objectsIn(body).filter((item) => isOne(item, target)).length,
});

/** The roles, organization roles and applications that lose a scope of an API. */
const scopeHolders = (idsIn?: string): readonly Cascade[] =>
  (
    [
      {
        label: 'roles',
        kind: 'roles',
        per: 'listRoles',
        list: 'listRoleScopes',
        size: (body, { ids }) => (holdsAny(body, ids) ? 1 : 0),
      },
      {
        label: 'organization_roles',
        among: 'listOrganizationRoles',
        where: ({ resourceScopes }, { ids }) => holdsAny(resourceScopes, ids),
      },
      consentingApplications,
    ] as const satisfies readonly Cascade[]
  ).map((row) => ({ ...row, ...(idsIn !== undefined && { idsIn }) }));

/** Members of an invitation that name whom it concerns. */
const invitationNames = ['organizationId', 'inviterId', 'invitee'];

export const userCascades: readonly Cascade[] = [
  { label: 'user_organizations', kind: 'organizations', below: 'listUserOrganizations' },
  { label: 'user_roles', kind: 'roles', below: 'listUserRoles' },
  {
    label: 'user_social_identities',
    inside: 'listUserAllIdentities',
    size: sizeOf('socialIdentities'),
  },
  { label: 'user_sso_identities', inside: 'listUserAllIdentities', size: sizeOf('ssoIdentities') },
  { label: 'user_mfa_verifications', below: 'listUserMfaVerifications' },
  { label: 'user_personal_access_tokens', below: 'listUserPersonalAccessTokens' },
  { label: 'user_trusted_devices', below: 'listUserTrustedDevices', volatile: true },
  {
    // Those that the user has sent, and those that the user has accepted.
    label: 'organization_invitations',
    among: 'listOrganizationInvitations',
    names: invitationNames,
    where: ({ inviterId, acceptedUserId }, { id }) => inviterId === id || acceptedUserId === id,
  },
  { label: 'user_sessions', below: 'listUserSessions', volatile: true },
  { label: 'user_grants', below: 'listUserGrants', volatile: true },
];

export const userIdentityCascades: readonly Cascade[] = [
  {
    label: 'provider_tokens',
    count: ({ before }) => (isObject(memberOf(before, 'tokenSecret')) ? 1 : 0),
  },
];

export const userGrantCascades: readonly Cascade[] = [{ label: 'tokens', count: 'unknown' }];

/** The people and applications that have the role that the call names as `id`. */
export const roleHolders: readonly Cascade[] = [
  { label: 'role_users', kind: 'users', below: 'listRoleUsers' },
  { label: 'role_applications', kind: 'applications', below: 'listRoleApplications' },
];

export const roleCascades: readonly Cascade[] = [
  ...roleHolders,
  { label: 'role_scopes', below: 'listRoleScopes' },
];

export const resourceCascades: readonly Cascade[] = [
  ...scopeHolders('listResourceScopes'),
  { label: 'resource_scopes', below: 'listResourceScopes' },
];

export const resourceScopeCascades: readonly Cascade[] = scopeHolders();

export const applicationCascades: readonly Cascade[] = [
  {
    label: 'application_organizations',
    kind: 'organizations',
    below: 'listApplicationOrganizations',
  },
  { label: 'application_secrets', below: 'listApplicationSecrets' },
  {
    label: 'application_roles',
    kind: 'roles',
    below: 'listApplicationRoles',
    when: (target) => typeOf(target) === 'MachineToMachine',
  },
  {
    label: 'application_access_rules',
    inside: 'getApplicationAccessControl',
    size: sizeOf('userIds', 'userRoleIds', 'organizationIds', 'organizationRoleRules'),
  },
  {
    label: 'application_user_consent_scopes',
    inside: 'listApplicationUserConsentScopes',
    size: consentCount,
  },
  {
    label: 'application_sign_in_experiences',
    inside: 'getApplicationSignInExperience',
    size: () => 1,
  },
  {
    label: 'protected_app_custom_domains',
    below: 'listApplicationProtectedAppMetadataCustomDomains',
    when: (target) => typeOf(target) === 'Protected',
  },
  {
    label: 'user_grants',
    count: 'unknown',
    volatile: true,
    // No user signs in to a machine-to-machine application.
    when: (target) => typeOf(target) !== 'MachineToMachine',
  },
];

export const samlApplicationCascades: readonly Cascade[] = [
  { label: 'saml_application_secrets', below: 'listSamlApplicationSecrets' },
  { label: 'user_sessions', count: 'unknown', volatile: true },
];

export const organizationCascades: readonly Cascade[] = [
  { label: 'organization_users', kind: 'users', below: 'listOrganizationUsers' },
  {
    label: 'organization_applications',
    kind: 'applications',
    below: 'listOrganizationApplications',
  },
  {
    label: 'organization_invitations',
    among: 'listOrganizationInvitations',
    names: invitationNames,
    where: ({ organizationId }, { id }) => organizationId === id,
  },
  { label: 'organization_jit_email_domains', below: 'listOrganizationJitEmailDomains' },
  { label: 'organization_jit_roles', below: 'listOrganizationJitRoles' },
  { label: 'organization_jit_sso_connectors', below: 'listOrganizationJitSsoConnectors' },
  { label: 'user_consents', count: 'unknown', volatile: true },
];

/** What a member loses beside the roles, which the guard counts. Logto lists consents by application only. */
export const memberCascades: readonly Cascade[] = [
  { label: 'user_consents', count: 'unknown', volatile: true },
];
const holdsRole = ({ organizationRoles }: Item, { id }: CascadeTarget): boolean =>
  listsId(organizationRoles, id);

export const organizationRoleCascades: readonly Cascade[] = [
  {
    ...inEveryOrganization('organization_users', 'listOrganizationUsers', holdsRole),
    holders: [
      { kind: 'users', list: 'listUserOrganizations', affects: holdsRole },
      { kind: 'organizations', list: 'listOrganizationUsers', affects: holdsRole },
    ],
  },
  {
    ...inEveryOrganization('organization_applications', 'listOrganizationApplications', holdsRole),
    holders: [
      { kind: 'applications', list: 'listApplicationOrganizations', affects: holdsRole },
      { kind: 'organizations', list: 'listOrganizationApplications', affects: holdsRole },
    ],
  },
  {
    ...inEveryOrganization(
      'organization_jit_roles',
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
  { label: 'organization_role_scopes', below: 'listOrganizationRoleScopes' },
  { label: 'organization_role_resource_scopes', below: 'listOrganizationRoleResourceScopes' },
  {
    label: 'organization_invitations',
    among: 'listOrganizationInvitations',
    names: invitationNames,
    where: ({ organizationRoles }, { id }) => listsId(organizationRoles, id),
  },
];

/** The members that have the organization role that the call names as `id`. */
export const organizationRoleHolders: readonly Cascade[] = [
  inEveryOrganization(
    'organization_users',
    'listOrganizationUsers',
    ({ organizationRoles }, { values }) => listsId(organizationRoles, values['id']),
  ),
  inEveryOrganization(
    'organization_applications',
    'listOrganizationApplications',
    ({ organizationRoles }, { values }) => listsId(organizationRoles, values['id']),
  ),
];

export const organizationScopeCascades: readonly Cascade[] = [
  {
    label: 'organization_roles',
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
    when: isSocial,
    among: 'listUsers',
    where: isLinked,
    holders: [{ kind: 'users', list: 'getUser', affects: isLinked }],
  },
  {
    label: 'sign_in_targets',
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
      'listOrganizationJitSsoConnectors',
      (connector, { id }) => connector['id'] === id,
    ),
    kind: 'organizations',
  },
  { label: 'sso_connector_signing_keys', below: 'listSsoConnectorSigningKeys' },
];

export const domainCascades: readonly Cascade[] = [
  {
    label: 'domain_verification_files',
    inside: 'listDomainVerificationFiles',
    size: sizeOf('verificationFiles'),
  },
];

export const staleDomainCascades: readonly Cascade[] = [{ label: 'domains', count: 'unknown' }];

export const oidcKeyCascades: readonly Cascade[] = [
  { label: 'signed_tokens_and_cookies', count: 'unknown' },
];

export const emailTemplateCascades: readonly Cascade[] = [
  { label: 'email_templates', count: ({ before }) => listIn(before).length },
];

export const sentinelActivityCascades: readonly Cascade[] = [
  { label: 'identifiers', count: ({ values }) => listIn(values['targets']).length },
];
