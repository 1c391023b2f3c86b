/** The ordered list of domains, by the names that `--tools` takes. Everything else is derived from it. */

import { accountCenter } from './account-center.js';
import { applications } from './applications.js';
import { auditLogs } from './audit-logs.js';
import { authn } from './authn.js';
import { captchaProvider } from './captcha-provider.js';
import { cimd } from './cimd.js';
import { configs } from './configs.js';
import { connectorFactories } from './connector-factories.js';
import { connectors } from './connectors.js';
import { customPhrases } from './custom-phrases.js';
import { customProfileFields } from './custom-profile-fields.js';
import { dashboard } from './dashboard.js';
import { domains } from './domains.js';
import { emailTemplates } from './email-templates.js';
import { hooks } from './hooks.js';
import { oneTimeTokens } from './one-time-tokens.js';
import type { Domain } from './operation.js';
import { organizationInvitations } from './organization-invitations.js';
import { organizationRoles } from './organization-roles.js';
import { organizationScopes } from './organization-scopes.js';
import { organizations } from './organizations.js';
import { resources } from './resources.js';
import { roles } from './roles.js';
import { samlApplications } from './saml-applications.js';
import { samlApplicationsAuthFlow } from './saml-applications-auth-flow.js';
import { secrets } from './secrets.js';
import { sentinelActivities } from './sentinel-activities.js';
import { signInExperience } from './sign-in-experience.js';
import { ssoConnectorProviders } from './sso-connector-providers.js';
import { ssoConnectors } from './sso-connectors.js';
import { status } from './status.js';
import { subjectTokens } from './subject-tokens.js';
import { systems } from './systems.js';
import { userAssets } from './user-assets.js';
import { users } from './users.js';
import { verificationCodes } from './verification-codes.js';
import { wellKnown } from './well-known.js';

export const catalog: Readonly<Record<string, Domain>> = {
  users,
  roles,
  resources,
  applications,
  organizations,
  'organization-roles': organizationRoles,
  'organization-scopes': organizationScopes,
  'organization-invitations': organizationInvitations,
  connectors,
  'connector-factories': connectorFactories,
  'audit-logs': auditLogs,
  'sign-in-experience': signInExperience,
  configs,
  'sso-connectors': ssoConnectors,
  'sso-connector-providers': ssoConnectorProviders,
  'saml-applications': samlApplications,
  hooks,
  domains,
  'custom-profile-fields': customProfileFields,
  'custom-phrases': customPhrases,
  'email-templates': emailTemplates,
  'one-time-tokens': oneTimeTokens,
  'verification-codes': verificationCodes,
  'subject-tokens': subjectTokens,
  secrets,
  'account-center': accountCenter,
  'captcha-provider': captchaProvider,
  cimd,
  'sentinel-activities': sentinelActivities,
  dashboard,
  'user-assets': userAssets,
  systems,
  status,
  'well-known': wellKnown,
  authn,
  'saml-applications-auth-flow': samlApplicationsAuthFlow,
};
