/** The entities that several domains share, and their relations. */
import { relation, table } from './tenant.js';

export type Json = Readonly<Record<string, unknown>>;

export interface User {
  readonly id: string;
  readonly username: string | null;
  readonly primaryEmail: string | null;
  readonly primaryPhone: string | null;
  readonly name: string | null;
  readonly avatar: string | null;
  readonly customData: Json;
  readonly identities: Json;
  readonly lastSignInAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly profile: Json;
  readonly applicationId: string | null;
  readonly cimdClientId: string | null;
  readonly isSuspended: boolean;
  /** Never in a response; `hasPassword` is derived from it. */
  readonly password:
    | { readonly plain: string }
    | { readonly digest: string; readonly algorithm: string }
    | null;
  /** Milliseconds since the epoch, or null. Never answered. */
  readonly passwordExpiredAt: number | null;
  readonly logtoConfig: Json;
  readonly mfaVerifications: readonly Json[];
}

export interface Role {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly description: string;
  readonly type: 'User' | 'MachineToMachine';
  readonly isDefault: boolean;
}

export interface Application {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly description: string | null;
  readonly type: 'Native' | 'SPA' | 'Traditional' | 'MachineToMachine' | 'Protected' | 'SAML';
  readonly oidcClientMetadata: Json;
  readonly customClientMetadata: Json;
  readonly protectedAppMetadata: Json | null;
  readonly customData: Json;
  readonly isThirdParty: boolean;
  readonly appLevelAccessControlEnabled: boolean;
  readonly createdAt: number;
}

/** A secret of an application; its name is unique within it. */
export interface ApplicationSecret {
  /** `<applicationId>/<name>` */
  readonly id: string;
  readonly tenantId: string;
  readonly applicationId: string;
  readonly name: string;
  readonly value: string;
  /** Milliseconds since the epoch; null for never. */
  readonly expiresAt: number | null;
  readonly createdAt: number;
}

export interface Resource {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly indicator: string;
  readonly isDefault: boolean;
  /** Seconds. */
  readonly accessTokenTtl: number;
}

export interface Scope {
  readonly id: string;
  readonly tenantId: string;
  readonly resourceId: string;
  readonly name: string;
  readonly description: string | null;
  readonly createdAt: number;
}

export interface Organization {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly description: string | null;
  readonly customData: Json;
  readonly isMfaRequired: boolean;
  readonly isTrustedDeviceAllowed: boolean;
  readonly branding: Json;
  readonly color: Json;
  readonly customCss: string | null;
  readonly createdAt: number;
}

export interface OrganizationRole {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly description: string | null;
  readonly type: 'User' | 'MachineToMachine';
}

export interface OrganizationScope {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly description: string | null;
}

export interface Connector {
  readonly id: string;
  readonly connectorId: string;
  readonly config: Json;
  readonly metadata: Json;
  readonly syncProfile: boolean;
  readonly enableTokenStorage: boolean;
  readonly createdAt: number;
}

export interface SsoConnector {
  readonly id: string;
  readonly tenantId: string;
  readonly providerName: string;
  readonly connectorName: string;
  readonly config: Json;
  readonly domains: readonly string[];
  readonly branding: Json;
  readonly syncProfile: boolean;
  readonly enableTokenStorage: boolean;
  readonly createdAt: number;
}

export interface Log {
  readonly id: string;
  readonly tenantId: string;
  readonly key: string;
  readonly payload: Json;
  readonly createdAt: number;
}

export interface Hook {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly event: string | null;
  readonly events: readonly string[];
  readonly config: Json;
  readonly signingKey: string;
  readonly enabled: boolean;
  readonly createdAt: number;
}

export const users = table<User>('users');
export const roles = table<Role>('roles');
export const applications = table<Application>('applications');
export const applicationSecrets = table<ApplicationSecret>('application_secrets', {
  applicationId: applications,
});
export const resources = table<Resource>('resources');
export const scopes = table<Scope>('scopes', { resourceId: resources });
export const organizations = table<Organization>('organizations');
export const organizationRoles = table<OrganizationRole>('organization_roles');
export const organizationScopes = table<OrganizationScope>('organization_scopes');
export const connectors = table<Connector>('connectors');
export const ssoConnectors = table<SsoConnector>('sso_connectors');
export const logs = table<Log>('logs');
export const hooks = table<Hook>('hooks');

/** user - role */
export const usersRoles = relation('users_roles', users, roles);
/** application - role */
export const applicationsRoles = relation('applications_roles', applications, roles);
/** role - scope */
export const rolesScopes = relation('roles_scopes', roles, scopes);
/** organization - user */
export const organizationUsers = relation('organization_users', organizations, users);
/** organization - application */
export const organizationApplications = relation(
  'organization_applications',
  organizations,
  applications,
);
/** organization role - organization scope */
export const organizationRolesScopes = relation(
  'organization_role_scopes',
  organizationRoles,
  organizationScopes,
);
/** organization role - scope of an API resource */
export const organizationRolesResourceScopes = relation(
  'organization_role_resource_scopes',
  organizationRoles,
  scopes,
);

/** A member's or an application's role in an organization; its id is `<organization>/<member>/<role>`. */
export interface MemberRole {
  readonly id: string;
  readonly organizationId: string;
  readonly organizationRoleId: string;
}
export interface UserMemberRole extends MemberRole {
  readonly userId: string;
}
export interface ApplicationMemberRole extends MemberRole {
  readonly applicationId: string;
}
export const organizationUserRoles = table<UserMemberRole>('organization_role_users', {
  organizationId: organizations,
  organizationRoleId: organizationRoles,
  userId: users,
});
export const organizationApplicationRoles = table<ApplicationMemberRole>(
  'organization_role_applications',
  {
    organizationId: organizations,
    organizationRoleId: organizationRoles,
    applicationId: applications,
  },
);

/** The organizations for which a user has consented to a third-party application. A consent ends with the membership. */
export interface ConsentOrganization {
  readonly id: string;
  readonly applicationId: string;
  readonly userId: string;
  readonly organizationId: string;
}
export const consentOrganizations = table<ConsentOrganization>(
  'application_user_consent_organizations',
  { applicationId: applications, userId: users, organizationId: organizations },
);

/** A user as lists answer it. */
export const publicUser = ({
  password,
  passwordExpiredAt,
  logtoConfig,
  mfaVerifications,
  ...shown
}: User) => ({
  ...shown,
  hasPassword: password !== null,
});

export const tenantId = 'default';

/** Ids and names that Logto creates in each tenant. */
export const managementApi = {
  resourceId: 'management-api',
  scopeId: 'management-api-all',
  roleId: 'management-api-access',
  indicator: 'https://default.logto.app/api',
} as const;
