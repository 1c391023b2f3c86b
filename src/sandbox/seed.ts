/** The initial content of the tenant: what Logto creates in each, and the fictional company Northwind Cycles. */
import { seedApplications } from './behaviours/applications.js';
import { seedAuditLogs } from './behaviours/audit-logs.js';
import { seedConnectors } from './behaviours/connectors.js';
import { seedEmailTemplates } from './behaviours/email-templates.js';
import { seedHooks } from './behaviours/hooks.js';
import { seedOrganizationInvitations } from './behaviours/organization-invitations.js';
import { seedOrganizations } from './behaviours/organizations.js';
import { seedResources } from './behaviours/resources.js';
import { seedRoles } from './behaviours/roles.js';
import { seedUsers } from './behaviours/users.js';
import {
  applicationSecrets,
  applications,
  applicationsRoles,
  managementApi,
  resources,
  roles,
  rolesScopes,
  scopes,
  tenantId,
} from './entities.js';
import type { Tenant } from './tenant.js';

/** The credentials of this server's application. */
interface SeededAccess {
  readonly appId: string;
  readonly appSecret: string;
}

/** What Logto creates in each tenant, and the application of this server. */
function bareTenant(tenant: Tenant, { appId, appSecret }: SeededAccess): void {
  const createdAt = tenant.now();
  tenant.table(resources).insert({
    tenantId,
    id: managementApi.resourceId,
    name: 'Logto Management API',
    indicator: managementApi.indicator,
    isDefault: false,
    accessTokenTtl: 3600,
  });
  tenant.table(scopes).insert({
    tenantId,
    id: managementApi.scopeId,
    resourceId: managementApi.resourceId,
    name: 'all',
    description: 'Everything in the Management API.',
    createdAt,
  });
  tenant.table(roles).insert({
    tenantId,
    id: managementApi.roleId,
    name: 'Logto Management API access',
    description: 'Full access to the Management API.',
    type: 'MachineToMachine',
    isDefault: false,
  });
  tenant.relation(rolesScopes).add(managementApi.roleId, managementApi.scopeId);
  tenant.table(applications).insert({
    tenantId,
    id: appId,
    name: 'Agent access',
    description: 'What AI agents sign in with',
    type: 'MachineToMachine',
    oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] },
    customClientMetadata: {},
    protectedAppMetadata: null,
    customData: {},
    isThirdParty: false,
    appLevelAccessControlEnabled: false,
    createdAt,
  });
  tenant.table(applicationSecrets).insert({
    id: `${appId}/Default secret`,
    tenantId,
    applicationId: appId,
    name: 'Default secret',
    value: appSecret,
    expiresAt: null,
    createdAt,
  });
  tenant.relation(applicationsRoles).add(appId, managementApi.roleId);
}

/** Fills a new tenant. */
export function seed(tenant: Tenant, access: SeededAccess, content: 'believable' | 'empty'): void {
  bareTenant(tenant, access);
  if (content === 'empty') {
    return;
  }
  seedResources(tenant);
  seedApplications(tenant);
  seedUsers(tenant);
  seedRoles(tenant);
  seedConnectors(tenant);
  seedOrganizations(tenant);
  seedOrganizationInvitations(tenant);
  seedEmailTemplates(tenant);
  seedAuditLogs(tenant);
  seedHooks(tenant);
}
