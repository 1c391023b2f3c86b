/** Where the sandbox is allowed to answer otherwise than the recorded Logto, with the reason. */
export interface Accepted {
  readonly recording: string;
  /** The operationIds, or the paths where the recording has none. */
  readonly operations: readonly string[];
  /** Their lines in the recording; any unless given. */
  readonly lines?: readonly number[];
  readonly what: RegExp;
  readonly reason: string;
}

const walk = 'exchanges.jsonl';
const refusals = 'errors.jsonl';

const legacySecret =
  'an application from before application secrets, put into the database by hand, still shows one';

export const accepted: readonly Accepted[] = [
  {
    recording: 'recorded.jsonl',
    operations: ['CreateUser', 'ListUsers', 'UpdateUser', 'ListRoleUsers', 'ListOrganizationUsers'],
    what: /cimdClientId is not recorded$/,
    reason: 'recorded with 1.42.0; the member came a little later, with the operations on CIMD',
  },
  {
    recording: walk,
    operations: ['GetSignInExperiencePhrases'],
    what: /^body\.translation/,
    reason: "the texts of the sign-in page are Logto's own; there are a few keys of each section",
  },
  {
    recording: walk,
    operations: [
      'GetWellKnownManagementOpenapiJson',
      'GetWellKnownExperienceOpenapiJson',
      'GetWellKnownUserOpenapiJson',
      'GetSwaggerJson',
    ],
    what: /^body/,
    reason: 'recorded as a note about the document; the sandbox derives its own from the catalog',
  },
  {
    recording: walk,
    operations: ['ListApplications'],
    what: /\.secret is missing$/,
    reason: legacySecret,
  },
  {
    recording: refusals,
    operations: ['ListApplications'],
    what: /\.secret is missing$/,
    reason: legacySecret,
  },
  {
    recording: walk,
    operations: ['DeleteApplicationLegacySecret'],
    what: /^status is 400/,
    reason: legacySecret,
  },
  {
    recording: walk,
    operations: ['ListConnectorFactories'],
    what: /^body has 10 items|isTokenStorageSupported|platform|isStandard/,
    reason: 'ten kinds of connectors are enough for a trial; a real Logto brings some fifty',
  },
  {
    recording: walk,
    operations: [
      'ListConnectorFactories',
      'GetConnectorFactory',
      'ListConnectors',
      'GetConnector',
      'CreateConnector',
      'UpdateConnector',
    ],
    what: /\.(name|description)\.(zh-CN|tr-TR|ko)|formItems|\.readme|configTemplate|config\.(fromName|templates)|logoDark/,
    reason: 'kinds of connectors are described in English, with the settings that must be there',
  },
  {
    recording: walk,
    operations: ['ListSsoConnectors', 'GetSsoConnector', 'UpdateSsoConnector'],
    what: /providerConfig(\.identityProvider)? is missing$/,
    reason: 'it is read at the address of the provider, and nothing leaves the machine',
  },
  {
    recording: walk,
    operations: [
      'ListUserSessions',
      'GetUserSession',
      'ListUserGrants',
      'DeleteUserGrant',
      'DeleteUserSession',
      'GetUserIdentity',
      'GetUserSsoIdentity',
      'ListUserAllIdentities',
      'DeleteSecret',
      'DeleteUser',
    ],
    lines: [385, 386, 387, 389, 390, 394, 395, 396, 397, 398, 399, 400, 610],
    what: /has 0 items|^status is 404/,
    reason: 'they came from a sign-in with a browser, which the sandbox does not have',
  },
  {
    recording: walk,
    operations: ['GetUser', 'ListOrganizationUsers'],
    lines: [401, 587, 593],
    what: /lastSignInAt|applicationId|ssoIdentities/,
    reason: 'the user had signed in with a browser',
  },
  {
    recording: walk,
    operations: ['GetHasuraAuth'],
    what: /X-Hasura-Role is missing/,
    reason: 'recorded with the token of a user who had signed in with a browser',
  },
  {
    recording: walk,
    operations: [
      'GetSamlAuthn',
      'CreateSamlAuthn',
      'GetSamlApplicationCallback',
      'AssertSingleSignOnSaml',
      'AssertSaml',
    ],
    what: /^status is 501/,
    reason: 'a SAML sign-in goes on in a browser',
  },
  {
    recording: walk,
    operations: ['GetOidcKeys', 'DeleteOidcKey'],
    lines: [432, 433],
    what: /effectiveAt|^status is 422/,
    reason: 'the recording had waited until the new key signed',
  },
  {
    recording: walk,
    operations: ['TestJwtCustomizer', 'TestAction'],
    what: /^status is 501/,
    reason: 'scripts of strangers are not run',
  },
  {
    recording: refusals,
    operations: ['TestAction'],
    what: /^status is 501/,
    reason: 'scripts of strangers are not run',
  },
  {
    recording: walk,
    operations: ['CreateHookTest'],
    what: /^status is 501/,
    reason: 'nothing leaves the machine',
  },
  {
    recording: walk,
    operations: ['ListHookRecentLogs'],
    what: /total-number is 0|has 0 items/,
    reason: 'hooks are not delivered, so there is nothing to log',
  },
  {
    recording: walk,
    operations: ['ListLogs', 'GetLog'],
    what: /total-number|items|payload/,
    reason: 'only tokens are logged, without a browser to describe; the seeded log shows the rest',
  },
  {
    recording: refusals,
    operations: ['CreateUser'],
    lines: [38],
    what: /^status is 400/,
    reason: 'the catalog knows the limit of the database and refuses a step earlier',
  },
  {
    recording: refusals,
    operations: ['CreateSamlApplication'],
    lines: [173],
    what: /^status is 400/,
    reason: 'the catalog offers only the binding that works and refuses a step earlier',
  },
];
