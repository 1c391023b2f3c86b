/** Where the sandbox may differ from the recorded Logto, with the reason. */
import type { Recording } from './recordings.js';

/** One accepted kind of difference. */
export interface Accepted {
  readonly recording: Recording;
  /** operationIds, or paths where the recording has no operation. */
  readonly operations: readonly string[];
  /** Lines of the recording; every line where missing. */
  readonly lines?: readonly number[];
  /** Matches the message of the difference. */
  readonly message: RegExp;
  readonly reason: string;
}

const legacySecret =
  'the recorded tenant had an application from before application secrets, inserted into the database by hand';

export const accepted: readonly Accepted[] = [
  {
    recording: 'exchanges',
    operations: ['GetSignInExperiencePhrases'],
    message: /^body\.translation/,
    reason:
      "the phrases of the sign-in page are Logto's own; the sandbox has a few keys of each section",
  },
  {
    recording: 'exchanges',
    operations: [
      'GetWellKnownManagementOpenapiJson',
      'GetWellKnownExperienceOpenapiJson',
      'GetWellKnownUserOpenapiJson',
      'GetSwaggerJson',
    ],
    message: /^body/,
    reason:
      'the recording holds a note in place of the document; the sandbox derives its own from the catalog',
  },
  {
    recording: 'exchanges',
    operations: ['ListApplications'],
    message: /\.secret is missing$/,
    reason: legacySecret,
  },
  {
    recording: 'errors',
    operations: ['ListApplications'],
    message: /\.secret is missing$/,
    reason: legacySecret,
  },
  {
    recording: 'exchanges',
    operations: ['DeleteApplicationLegacySecret'],
    message: /^status is 400/,
    reason: legacySecret,
  },
  {
    recording: 'exchanges',
    operations: ['ListConnectorFactories'],
    message: /^body has 10 items|isTokenStorageSupported|platform|isStandard/,
    reason: 'the sandbox has ten connector kinds; Logto has about fifty',
  },
  {
    recording: 'exchanges',
    operations: [
      'ListConnectorFactories',
      'GetConnectorFactory',
      'ListConnectors',
      'GetConnector',
      'CreateConnector',
      'UpdateConnector',
    ],
    message:
      /\.(name|description)\.(zh-CN|tr-TR|ko)|formItems|\.readme|configTemplate|config\.(fromName|templates)|logoDark/,
    reason: 'the sandbox describes connector kinds in English, with their required settings only',
  },
  {
    recording: 'exchanges',
    operations: ['ListSsoConnectors', 'GetSsoConnector', 'UpdateSsoConnector'],
    message: /providerConfig(\.identityProvider)? is missing$/,
    reason: 'Logto fetches it from the identity provider; the sandbox sends no request',
  },
  {
    recording: 'exchanges',
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
    message: /has 0 items|^status is 404/,
    reason: 'the recorded data came from a sign-in with a browser, which the sandbox cannot do',
  },
  {
    recording: 'exchanges',
    operations: ['GetUser', 'ListOrganizationUsers'],
    lines: [401, 587, 593],
    message: /lastSignInAt|applicationId|ssoIdentities/,
    reason: 'the recorded user had signed in with a browser',
  },
  {
    recording: 'exchanges',
    operations: ['GetHasuraAuth'],
    message: /X-Hasura-Role is missing/,
    reason: 'recorded with the token of a user who had signed in with a browser',
  },
  {
    recording: 'exchanges',
    operations: [
      'GetSamlAuthn',
      'CreateSamlAuthn',
      'GetSamlApplicationCallback',
      'AssertSingleSignOnSaml',
      'AssertSaml',
    ],
    message: /^status is 501/,
    reason: 'a SAML sign-in continues in a browser',
  },
  {
    recording: 'exchanges',
    operations: ['GetOidcKeys', 'DeleteOidcKey'],
    lines: [432, 433],
    message: /effectiveAt|^status is 422/,
    reason: 'the recording waited until the new key was active',
  },
  {
    recording: 'exchanges',
    operations: ['TestJwtCustomizer', 'TestAction'],
    message: /^status is 501/,
    reason: 'the sandbox runs no scripts',
  },
  {
    recording: 'errors',
    operations: ['TestAction'],
    message: /^status is 501/,
    reason: 'the sandbox runs no scripts',
  },
  {
    recording: 'exchanges',
    operations: ['CreateHookTest'],
    message: /^status is 501/,
    reason: 'the sandbox sends no requests',
  },
  {
    recording: 'exchanges',
    operations: ['ListHookRecentLogs'],
    message: /total-number is 0|has 0 items/,
    reason: 'the sandbox delivers no hooks, so there are no delivery logs',
  },
  {
    recording: 'exchanges',
    operations: ['ListLogs', 'GetLog'],
    message: /total-number|items|payload/,
    reason: 'the sandbox logs only token requests, without a browser description',
  },
  {
    recording: 'errors',
    operations: ['CreateSamlApplication'],
    lines: [173],
    message: /^status is 400/,
    reason: 'the catalog has only the supported binding, so the sandbox refuses during validation',
  },
];
