/** The behaviour of every operation of the catalog; the router fails at load time when one is missing. */
import type { Behaviours } from '../call.js';
import { accountCenterBehaviours } from './account-center.js';
import { applicationBehaviours } from './applications.js';
import { auditLogBehaviours } from './audit-logs.js';
import { authnBehaviours } from './authn.js';
import { captchaProviderBehaviours } from './captcha-provider.js';
import { cimdBehaviours } from './cimd.js';
import { configBehaviours } from './configs.js';
import { connectorFactoryBehaviours } from './connector-factories.js';
import { connectorBehaviours } from './connectors.js';
import { customPhraseBehaviours } from './custom-phrases.js';
import { customProfileFieldBehaviours } from './custom-profile-fields.js';
import { dashboardBehaviours } from './dashboard.js';
import { domainBehaviours } from './domains.js';
import { emailTemplateBehaviours } from './email-templates.js';
import { hookBehaviours } from './hooks.js';
import { oneTimeTokenBehaviours } from './one-time-tokens.js';
import { organizationInvitationBehaviours } from './organization-invitations.js';
import { organizationRoleBehaviours } from './organization-roles.js';
import { organizationScopeBehaviours } from './organization-scopes.js';
import { organizationBehaviours } from './organizations.js';
import { resourceBehaviours } from './resources.js';
import { roleBehaviours } from './roles.js';
import { samlApplicationBehaviours } from './saml-applications.js';
import { samlApplicationAuthFlowBehaviours } from './saml-applications-auth-flow.js';
import { secretBehaviours } from './secrets.js';
import { sentinelActivityBehaviours } from './sentinel-activities.js';
import { signInExperienceBehaviours } from './sign-in-experience.js';
import { ssoConnectorProviderBehaviours } from './sso-connector-providers.js';
import { ssoConnectorBehaviours } from './sso-connectors.js';
import { statusBehaviours } from './status.js';
import { subjectTokenBehaviours } from './subject-tokens.js';
import { systemBehaviours } from './systems.js';
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
  ...configBehaviours,
  ...ssoConnectorBehaviours,
  ...ssoConnectorProviderBehaviours,
  ...samlApplicationBehaviours,
  ...hookBehaviours,
  ...domainBehaviours,
  ...customProfileFieldBehaviours,
  ...customPhraseBehaviours,
  ...emailTemplateBehaviours,
  ...oneTimeTokenBehaviours,
  ...verificationCodeBehaviours,
  ...subjectTokenBehaviours,
  ...secretBehaviours,
  ...accountCenterBehaviours,
  ...captchaProviderBehaviours,
  ...cimdBehaviours,
  ...sentinelActivityBehaviours,
  ...dashboardBehaviours,
  ...userAssetBehaviours,
  ...systemBehaviours,
  ...statusBehaviours,
  ...wellKnownBehaviours,
  ...authnBehaviours,
  ...samlApplicationAuthFlowBehaviours,
};
