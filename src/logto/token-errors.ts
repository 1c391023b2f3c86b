/** Errors of the token endpoint, in terms of the settings of this server. */
import type { Credentials } from './credentials.js';
import { LogtoError } from './errors.js';
import { cloudTenantOf, managementApiOf, selfHostedTenant, tenantOfIndicator } from './tenant.js';

/** The body of the token endpoint's answer. Every member can be missing. */
export interface TokenBody {
  readonly access_token?: unknown;
  readonly expires_in?: unknown;
  readonly scope?: unknown;
  readonly error?: unknown;
  readonly error_description?: unknown;
  /** Beside `error`, or instead of it if Logto itself refuses and not its OIDC provider. */
  readonly code?: unknown;
  readonly message?: unknown;
}

const configurationError = (
  message: string,
  hint: string,
  code: string,
  status: number,
): LogtoError => new LogtoError({ kind: 'configuration', status, code, message, hint });

/** The next step where the resource indicator is unknown to Logto, or is not that of the Management API. */
export function indicatorHint({
  endpoint,
  resource,
}: Pick<Credentials, 'endpoint' | 'resource'>): string {
  const selfHosted = managementApiOf(selfHostedTenant);
  const cloudTenant = cloudTenantOf(endpoint);
  const namedTenant = tenantOfIndicator(resource);
  if (cloudTenant !== undefined) {
    return resource === managementApiOf(cloudTenant)
      ? `Logto Cloud has no tenant ${cloudTenant} at this address: check LOGTO_TENANT_ID or LOGTO_ENDPOINT.`
      : `At this address it is ${managementApiOf(cloudTenant)}. Remove LOGTO_API_RESOURCE, then that one is used.`;
  }
  if (namedTenant === selfHostedTenant) {
    return 'If this is Logto Cloud behind a custom domain, set LOGTO_TENANT_ID as well: the indicator is https://<tenant id>.logto.app/api there, whatever the domain.';
  }
  if (namedTenant !== undefined) {
    return `Check the tenant id ${namedTenant}. If this Logto is self-hosted, its indicator is ${selfHosted}: remove LOGTO_TENANT_ID and LOGTO_API_RESOURCE.`;
  }
  return `The indicator is a name, not an address of yours. Remove LOGTO_API_RESOURCE: a self-hosted Logto always has ${selfHosted}. On Logto Cloud, also behind a custom domain, set LOGTO_TENANT_ID, from which https://<tenant id>.logto.app/api is made.`;
}

const COPY_AGAIN =
  'in the Logto console open Applications, then the machine-to-machine application, and copy';

const wrongApplicationType = (appId: string, status: number): LogtoError =>
  configurationError(
    `Application ${appId} cannot request a token for itself: its type is not Machine-to-machine.`,
    'The type of an application cannot be changed. Create one of type Machine-to-machine in the Logto console under Applications, give it the role "Logto Management API access", and set its App ID and App secret.',
    'wrong_application_type',
    status,
  );

/** Logto issues a token to an application without the role too, but one without the scope. */
const missingRole = (appId: string): LogtoError =>
  new LogtoError({
    kind: 'permission',
    code: 'management_api_role_missing',
    message: `Application ${appId} has no access to the Management API: its token has no scope.`,
    hint: 'In the Logto console open the application, then Machine-to-machine roles, and assign the role "Logto Management API access".',
  });

/** The token is for an API resource that was created in the console, not for the Management API. */
const foreignResource = (credentials: Credentials): LogtoError =>
  new LogtoError({
    kind: 'configuration',
    code: 'foreign_resource',
    message: `The API resource ${credentials.resource} is one of your own, not the Management API.`,
    hint: indicatorHint(credentials),
  });

/** The error for a token that lacks the scope `all`. */
export const missingScope = (credentials: Credentials): LogtoError =>
  tenantOfIndicator(credentials.resource) === undefined
    ? foreignResource(credentials)
    : missingRole(credentials.appId);

function invalidClient(
  status: number,
  description: string,
  { appId, endpoint }: Credentials,
): LogtoError {
  if (description.startsWith('invalid client')) {
    return configurationError(
      `Logto has no application with the App ID ${appId}.`,
      `Check LOGTO_APP_ID: ${COPY_AGAIN} its App ID again. If it is right, ${endpoint} is another Logto, or another tenant, than the one in your console.`,
      'unknown_application',
      status,
    );
  }
  if (status === 401) {
    return configurationError(
      `Logto does not accept the App secret of application ${appId}.`,
      `Check LOGTO_APP_SECRET, or the file in LOGTO_APP_SECRET_FILE: ${COPY_AGAIN} one of its App secrets again. If it is right, the application is not of type Machine-to-machine.`,
      'wrong_secret',
      status,
    );
  }
  return configurationError(
    `Logto does not accept the credentials of application ${appId}.`,
    `Check LOGTO_APP_ID and LOGTO_APP_SECRET: ${COPY_AGAIN} App ID and App secret again.`,
    'invalid_client',
    status,
  );
}

/**
 * The error for a refusal of the OIDC provider (`error` is in the body).
 *
 * Besides the OAuth codes (RFC 6749 5.2, RFC 8707 2) it relies on what Logto 1.42 was seen to answer. Its sources say
 * the same: `oidc/adapter.ts` (the first row, since 1.0), `middleware/koa-app-secret-transpilation.ts`, and
 * `shared/client_auth.js` and `actions/token.js` of oidc-provider 9.9.
 *
 * | | status | error | error_description |
 * | --- | --- | --- | --- |
 * | no such application | 400 | invalid_client | `invalid client <id>` |
 * | wrong secret; or type Native or SPA, which have none | 401 | invalid_client | `client authentication failed` |
 * | the secret has expired | 400 | invalid_request | `client secret has expired` |
 * | type Traditional | 400 | invalid_request | `requested grant type is not allowed for this client` |
 * | the same without a redirect URI | 400 | invalid_redirect_uri | `redirect_uris must contain members` |
 * | no such API resource | 400 | invalid_target | `resource indicator is missing, or unknown` |
 * | another API resource | 200 | | a token, with a scope or without |
 * | no role | 200 | | a token without a scope |
 *
 * The checks come in this order, so `invalid_target` means that application and secret are right.
 */
export function tokenRefused(
  status: number,
  { error, error_description: text }: TokenBody,
  credentials: Credentials,
): LogtoError {
  const { appId, resource } = credentials;
  const description = typeof text === 'string' ? text : '';
  switch (error) {
    case 'invalid_client':
      return invalidClient(status, description, credentials);
    case 'invalid_request':
      if (description.includes('secret has expired')) {
        return configurationError(
          `The App secret of application ${appId} has expired.`,
          'In the Logto console open the application, add a new App secret, and set it as LOGTO_APP_SECRET.',
          'secret_expired',
          status,
        );
      }
      if (description.includes('grant type is not allowed')) {
        return wrongApplicationType(appId, status);
      }
      break;
    case 'invalid_redirect_uri':
    case 'unauthorized_client':
      return wrongApplicationType(appId, status);
    case 'invalid_target':
      return configurationError(
        `Logto does not know the API resource ${resource}.`,
        indicatorHint(credentials),
        error,
        status,
      );
    case 'invalid_scope':
      return missingRole(appId);
  }
  return configurationError(
    `Logto did not issue a token to application ${appId} (${String(error)}${description === '' ? '' : `: ${description}`}).`,
    'Check LOGTO_APP_ID, LOGTO_APP_SECRET and LOGTO_API_RESOURCE.',
    String(error),
    status,
  );
}

/** The error for a refusal by Logto itself, or by something in front of it (no `error` in the body). */
export function tokenUnavailable(status: number, { code, message }: TokenBody): LogtoError {
  if (code === 'auth.exceed_token_limit') {
    return new LogtoError({
      kind: 'rate_limit',
      status,
      code,
      message: 'Logto Cloud issues no more tokens to this tenant in this period.',
      hint: 'The token quota of the plan is used up: wait for the next period, or change the plan in the Logto console.',
    });
  }
  return new LogtoError({
    kind: status >= 500 ? 'unavailable' : 'configuration',
    status,
    code: typeof code === 'string' ? code : undefined,
    message: `The token endpoint answered ${status}${typeof message === 'string' ? `: ${message}` : '.'}`,
    hint:
      status === 429
        ? 'Logto, or something in front of it, limits requests: wait, then try again.'
        : 'Check LOGTO_ENDPOINT. If it is right, look into the log of Logto.',
  });
}
