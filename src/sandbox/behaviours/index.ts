/** What every operation of the catalog does in the sandbox. A test holds the keys against the catalog's. */
import type { Behaviours } from '../call.js';
import { accountCenterBehaviours } from './account-center.js';
import { applicationBehaviours } from './applications.js';
import { auditLogBehaviours } from './audit-logs.js';
import { captchaProviderBehaviours } from './captcha-provider.js';
import { connectorFactoryBehaviours } from './connector-factories.js';
import { connectorBehaviours } from './connectors.js';
import { customPhraseBehaviours } from './custom-phrases.js';
import { customProfileFieldBehaviours } from './custom-profile-fields.js';
import { emailTemplateBehaviours } from './email-templates.js';
import { oneTimeTokenBehaviours } from './one-time-tokens.js';
import { organizationInvitationBehaviours } from './organization-invitations.js';
import { organizationRoleBehaviours } from './organization-roles.js';
import { organizationScopeBehaviours } from './organization-scopes.js';
import { organizationBehaviours } from './organizations.js';
import { resourceBehaviours } from './resources.js';
import { roleBehaviours } from './roles.js';
import { secretBehaviours } from './secrets.js';
import { sentinelActivityBehaviours } from './sentinel-activities.js';
import { signInExperienceBehaviours } from './sign-in-experience.js';
import { subjectTokenBehaviours } from './subject-tokens.js';
import { userAssetBehaviours } from './user-assets.js';
import { userBehaviours } from './users.js';
import { verificationCodeBehaviours } from './verification-codes.js';
import { wellKnownBehaviours } from './well-known.js';

export const behaviours: Behaviours = {
  ...userBehaviours,
  ...roleBehaviours,
  ...resourceBehaviours,
  ...applicationBehaviours,
  ...organizationBehaviours,
  ...organizationRoleBehaviours,
  ...organizationScopeBehaviours,
  ...organizationInvitationBehaviours,
  ...connectorBehaviours,
  ...connectorFactoryBehaviours,
  ...auditLogBehaviours,
  ...signInExperienceBehaviours,
  ...customProfileFieldBehaviours,
  ...customPhraseBehaviours,
  ...emailTemplateBehaviours,
  ...oneTimeTokenBehaviours,
  ...verificationCodeBehaviours,
  ...subjectTokenBehaviours,
  ...secretBehaviours,
  ...accountCenterBehaviours,
  ...captchaProviderBehaviours,
  ...sentinelActivityBehaviours,
  ...userAssetBehaviours,
  ...wellKnownBehaviours,
};
