/**
 * Writes of the catalog that no kind of a manifest uses, each with the reason. A new operation has to be used by a kind or
 * to be named here; of a domain that is no configuration as a whole, no operation needs a name.
 */

/** Domains without configuration. */
export const domainsWithoutConfiguration: Readonly<Record<string, string>> = {
  users: 'accounts are data of the tenant',
  organizations: 'organizations and their members are data of the tenant',
  'organization-invitations': 'an invitation is for one person',
  'audit-logs': 'logs are data of the tenant',
  'one-time-tokens': 'a token is used once',
  'verification-codes': 'a code is used once',
  'subject-tokens': 'a token is used once',
  secrets: 'tokens of users at other providers',
  'sentinel-activities': 'blocks of single users',
  'user-assets': 'files that users upload',
  authn: 'steps of a sign-in',
  'saml-applications-auth-flow': 'steps of a sign-in',
};

const OTHER_WRITE = 'another operation of the same kind does the same';
const SAML = 'a SAML application has certificates of one tenant';
const CREDENTIAL = 'credentials are never in a manifest';
const TRIAL = 'it only tries something';
const USERS = 'it names users or organizations';
const DOMAIN = 'a domain belongs to one deployment';

/** Operations by their keys. */
export const writesNotCovered: Readonly<Record<string, string>> = {
  createRoleUser: USERS,
  deleteRoleUser: USERS,
  createRoleApplication: OTHER_WRITE,
  deleteRoleApplication: OTHER_WRITE,
  updateApplicationCustomData: OTHER_WRITE,
  replaceApplicationRoles: OTHER_WRITE,
  replaceApplicationAccessControl: USERS,
  createApplicationUserConsentOrganization: USERS,
  replaceApplicationUserConsentOrganizations: USERS,
  deleteApplicationUserConsentOrganization: USERS,
  createApplicationSecret: CREDENTIAL,
  updateApplicationSecret: CREDENTIAL,
  deleteApplicationSecret: CREDENTIAL,
  deleteApplicationLegacySecret: CREDENTIAL,
  createApplicationProtectedAppMetadataCustomDomain: DOMAIN,
  deleteApplicationProtectedAppMetadataCustomDomain: DOMAIN,
  replaceOrganizationRoleScopes: OTHER_WRITE,
  replaceOrganizationRoleResourceScopes: OTHER_WRITE,
  createConnectorTest: TRIAL,
  createConnectorAuthorizationUri: TRIAL,
  checkPasswordWithDefaultSignInExperience: TRIAL,
  uploadCustomUiAssets: 'an upload is a file, which an export cannot read',
  updateAdminConsoleConfig: 'the state of the console: steps done, notices read',
  rotateOidcKeys: CREDENTIAL,
  deleteOidcKey: CREDENTIAL,
  updateJwtCustomizer: OTHER_WRITE,
  testJwtCustomizer: TRIAL,
  updateAction: OTHER_WRITE,
  testAction: TRIAL,
  createSsoConnectorSigningKey: CREDENTIAL,
  updateSsoConnectorSigningKey: CREDENTIAL,
  deleteSsoConnectorSigningKey: CREDENTIAL,
  createSamlApplication: SAML,
  updateSamlApplication: SAML,
  deleteSamlApplication: SAML,
  createSamlApplicationSecret: CREDENTIAL,
  updateSamlApplicationSecret: CREDENTIAL,
  deleteSamlApplicationSecret: CREDENTIAL,
  createHookTest: TRIAL,
  updateHookSigningKey: CREDENTIAL,
  createDomain: DOMAIN,
  deleteDomain: DOMAIN,
  cleanupDomains: DOMAIN,
  replaceDomainVerificationFiles: DOMAIN,
  createCustomProfileFieldsBatch: OTHER_WRITE,
  updateEmailTemplateDetails: OTHER_WRITE,
  deleteEmailTemplates: OTHER_WRITE,
  installSystemLicense: 'a license is for one deployment',
};
