/** The walks by domain name. A test compares the keys with the catalog. */

import { accountCenterWalk } from './account-center.js';
import { applicationsWalk } from './applications.js';
import { auditLogsWalk } from './audit-logs.js';
import { authnWalk } from './authn.js';
import { captchaProviderWalk } from './captcha-provider.js';
import { cimdWalk } from './cimd.js';
import { configsWalk } from './configs.js';
import { connectorFactoriesWalk } from './connector-factories.js';
import { connectorsWalk } from './connectors.js';
import { customPhrasesWalk } from './custom-phrases.js';
import { customProfileFieldsWalk } from './custom-profile-fields.js';
import { dashboardWalk } from './dashboard.js';
import { domainsWalk } from './domains.js';
import { emailTemplatesWalk } from './email-templates.js';
import { hooksWalk } from './hooks.js';
import { oneTimeTokensWalk } from './one-time-tokens.js';
import { organizationInvitationsWalk } from './organization-invitations.js';
import { organizationRolesWalk } from './organization-roles.js';
import { organizationScopesWalk } from './organization-scopes.js';
import { organizationsWalk } from './organizations.js';
import { resourcesWalk } from './resources.js';
import { rolesWalk } from './roles.js';
import { samlApplicationsWalk } from './saml-applications.js';
import { samlApplicationsAuthFlowWalk } from './saml-applications-auth-flow.js';
import { secretsWalk } from './secrets.js';
import { sentinelActivitiesWalk } from './sentinel-activities.js';
import { signInExperienceWalk } from './sign-in-experience.js';
import { ssoConnectorProvidersWalk } from './sso-connector-providers.js';
import { ssoConnectorsWalk } from './sso-connectors.js';
import { statusWalk } from './status.js';
import { subjectTokensWalk } from './subject-tokens.js';
import { systemsWalk } from './systems.js';
import { userAssetsWalk } from './user-assets.js';
import { usersWalk } from './users.js';
import { verificationCodesWalk } from './verification-codes.js';
import type { Walk } from './walk.js';
import { wellKnownWalk } from './well-known.js';

export const walks: Readonly<Record<string, Walk>> = {
  users: usersWalk,
  roles: rolesWalk,
  resources: resourcesWalk,
  applications: applicationsWalk,
  organizations: organizationsWalk,
  'organization-roles': organizationRolesWalk,
  'organization-scopes': organizationScopesWalk,
  'organization-invitations': organizationInvitationsWalk,
  connectors: connectorsWalk,
  'connector-factories': connectorFactoriesWalk,
  'audit-logs': auditLogsWalk,
  'sign-in-experience': signInExperienceWalk,
  configs: configsWalk,
  'sso-connectors': ssoConnectorsWalk,
  'sso-connector-providers': ssoConnectorProvidersWalk,
  'saml-applications': samlApplicationsWalk,
  hooks: hooksWalk,
  domains: domainsWalk,
  'custom-profile-fields': customProfileFieldsWalk,
  'custom-phrases': customPhrasesWalk,
  'email-templates': emailTemplatesWalk,
  'one-time-tokens': oneTimeTokensWalk,
  'verification-codes': verificationCodesWalk,
  'subject-tokens': subjectTokensWalk,
  secrets: secretsWalk,
  'account-center': accountCenterWalk,
  'captcha-provider': captchaProviderWalk,
  cimd: cimdWalk,
  'sentinel-activities': sentinelActivitiesWalk,
  dashboard: dashboardWalk,
  'user-assets': userAssetsWalk,
  systems: systemsWalk,
  status: statusWalk,
  'well-known': wellKnownWalk,
  authn: authnWalk,
  'saml-applications-auth-flow': samlApplicationsAuthFlowWalk,
};
