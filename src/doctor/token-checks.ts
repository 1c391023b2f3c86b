/** The access token: application, secret, application type, resource and role, in the order in which Logto checks them. */

import type { Credentials } from '../logto/credentials.js';
import { LogtoError } from '../logto/errors.js';
import { cloudTenantOf, managementApiOf } from '../logto/tenant.js';
import type { TokenSource } from '../logto/token.js';
import { indicatorHint } from '../logto/token-errors.js';
import { type Finding, fail, faultOf, passed, skipped, warn } from './runner.js';

/** The steps that a token request decides, in the order in which Logto checks them. */
export const tokenSteps = [
  'token-endpoint',
  'credentials',
  'application-type',
  'resource',
  'role',
] as const;

export type TokenStep = (typeof tokenSteps)[number];

/** The step that an error code belongs to; any other is a fault of the token endpoint itself. */
const stepOf: Readonly<Record<string, TokenStep>> = {
  unknown_application: 'credentials',
  wrong_secret: 'credentials',
  secret_expired: 'credentials',
  invalid_client: 'credentials',
  wrong_application_type: 'application-type',
  invalid_target: 'resource',
  foreign_resource: 'resource',
  management_api_role_missing: 'role',
};

/** The step at which the token request failed. */
export interface TokenOutcome {
  /** Undefined when there is a token. */
  readonly failed?: { readonly step: TokenStep; readonly error: LogtoError };
}

/** Requests a token. @returns the step that failed, if any */
export async function requestToken(tokens: TokenSource): Promise<TokenOutcome> {
  try {
    await tokens.get(new AbortController().signal);
    return {};
  } catch (error) {
    if (error instanceof LogtoError) {
      const { code = '' } = error.failure;
      return { failed: { step: stepOf[code] ?? 'token-endpoint', error } };
    }
    throw error;
  }
}

const successMessages = ({
  appId,
  resource,
}: Credentials): Readonly<Record<TokenStep, string>> => ({
  'token-endpoint': 'It answers.',
  credentials: `Logto knows application ${appId}, and accepts its App secret.`,
  'application-type': 'Machine-to-machine.',
  resource: resource,
  role: 'The application has access to the Management API.',
});

/**
 * The finding of one step. The steps before the failed one are ok; the runner skips those after it.
 *
 * @param issuer in the discovery document: it reveals the tenant behind a custom domain
 */
export function checkToken(
  step: TokenStep,
  { failed }: TokenOutcome,
  credentials: Credentials,
  issuer: string | undefined,
): Finding {
  if (failed?.step !== step) {
    return passed(successMessages(credentials)[step]);
  }
  const tenant = issuer === undefined ? undefined : cloudTenantOf(issuer);
  return step === 'resource' && tenant !== undefined
    ? fail(
        failed.error.message,
        cloudTenantOf(credentials.endpoint) === undefined
          ? `This is the tenant ${tenant} of Logto Cloud, whose indicator is ${managementApiOf(tenant)}: set LOGTO_TENANT_ID=${tenant} and remove LOGTO_API_RESOURCE.`
          : indicatorHint(credentials),
      )
    : faultOf(failed.error);
}

/** Clock skew that is not reported, in milliseconds. */
const TOLERATED_SKEW_MS = 60_000;

/** Default lifetime of an access token of Logto, in milliseconds. */
const DEFAULT_TOKEN_LIFE_MS = 3_600_000;

function duration(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}

/**
 * A skew above the lifetime of a token is a fault: every token would count as expired.
 *
 * @param skewMs milliseconds by which this clock is ahead
 * @param lifeMs lifetime of a token in milliseconds
 */
export function checkClock(skewMs: number | undefined, lifeMs: number | undefined): Finding {
  if (skewMs === undefined) {
    return skipped('Skipped: no answer had a time.');
  }
  const size = Math.abs(skewMs);
  if (size <= TOLERATED_SKEW_MS) {
    return passed('It agrees with that of Logto.');
  }
  const message = `The clock of this machine is ${duration(size)} ${skewMs > 0 ? 'ahead of' : 'behind'} Logto.`;
  const hint =
    'Synchronize the wrong clock by NTP. Machines that slept often need it, WSL most of all.';
  return size > (lifeMs ?? DEFAULT_TOKEN_LIFE_MS) ? fail(message, hint) : warn(message, hint);
}
