/** The ordered list of domains, by the names that `--tools` takes: the only registry of what the API is. */

import { accountCenter } from './account-center.js';
import { applications } from './applications.js';
import { auditLogs } from './audit-logs.js';
import { captchaProvider } from './captcha-provider.js';
import { connectorFactories } from './connector-factories.js';
import { connectors } from './connectors.js';
import { customPhrases } from './custom-phrases.js';
import { customProfileFields } from './custom-profile-fields.js';
import { emailTemplates } from './email-templates.js';
import { oneTimeTokens } from './one-time-tokens.js';
import type { Domain } from './operation.js';
import { organizationInvitations } from './organization-invitations.js';
import { organizationRoles } from './organization-roles.js';
import { organizationScopes } from './organization-scopes.js';
import { organizations } from './organizations.js';
import { resources } from './resources.js';
import { roles } from './roles.js';
import { secrets } from './secrets.js';
import { sentinelActivities } from './sentinel-activities.js';
import { signInExperience } from './sign-in-experience.js';
import { subjectTokens } from './subject-tokens.js';
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
  'custom-profile-fields': customProfileFields,
  'custom-phrases': customPhrases,
  'email-templates': emailTemplates,
  'one-time-tokens': oneTimeTokens,
  'verification-codes': verificationCodes,
  'subject-tokens': subjectTokens,
  secrets,
  'account-center': accountCenter,
  'captcha-provider': captchaProvider,
  'sentinel-activities': sentinelActivities,
  'user-assets': userAssets,
  'well-known': wellKnown,
};
