/** The token: is the application known, is its secret right, may it ask, for what, and is it allowed in. */
import type { Credentials } from '../logto/credentials.js';
import { LogtoError } from '../logto/errors.js';
import { cloudTenantOf, managementApiOf } from '../logto/tenant.js';
import type { TokenSource } from '../logto/token.js';
import { indicatorHint } from '../logto/token-errors.js';
import { type Finding, fail, faultOf, ok, skipped, warn } from './runner.js';

/** The steps that a token request decides, in the order in which Logto looks at them. */
export const tokenSteps = [
  'token-endpoint',
  'credentials',
  'application-type',
  'resource',
  'role',
] as const;

export type TokenStep = (typeof tokenSteps)[number];

/** Which step a refusal belongs to; what is not here is a fault of the token endpoint itself. */
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

/** How far the token request came. */
export interface TokenOutcome {
  /** Undefined when there is a token. */
  readonly failed?: { readonly step: TokenStep; readonly error: LogtoError };
}

export async function askForToken(tokens: TokenSource): Promise<TokenOutcome> {
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

const wellSaid = ({ appId, resource }: Credentials): Readonly<Record<TokenStep, string>> => ({
  'token-endpoint': 'It answers.',
  credentials: `Logto knows application ${appId}, and accepts its App secret.`,
  'application-type': 'Machine-to-machine.',
  resource: resource,
  role: 'The application has access to the Management API.',
});

/**
 * What the outcome says of one step: the steps before the one that failed went well, those behind it are skipped by
 * whoever takes them.
 *
 * @param issuer as the discovery document has it: it gives away the tenant that hides behind a domain of one's own
 */
export function checkToken(
  step: TokenStep,
  { failed }: TokenOutcome,
  credentials: Credentials,
  issuer: string | undefined,
): Finding {
  if (failed?.step !== step) {
    return ok(wellSaid(credentials)[step]);
  }
  const tenant = issuer === undefined ? undefined : cloudTenantOf(issuer);
  return step === 'resource' && tenant !== undefined
    ? fail(
        failed.error.message,
        cloudTenantOf(credentials.endpoint) === undefined
          ? `This is the tenant ${tenant} of Logto Cloud, whose indicator is ${managementApiOf(tenant)}: set LOGTO_TENANT_ID=${tenant} and leave LOGTO_API_RESOURCE out.`
          : indicatorHint(credentials),
      )
    : faultOf(failed.error);
}

/** Milliseconds that the clocks may differ by without a word. */
const tolerated = 60_000;

/** Milliseconds for which a token of Logto's lives unless its resource says otherwise. */
const usualLife = 3_600_000;

function duration(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}

/**
 * @param skew milliseconds by which this clock is ahead
 * @param life milliseconds for which a token lives
 */
export function checkClock(skew: number | undefined, life: number | undefined): Finding {
  if (skew === undefined) {
    return skipped('Not checked: no answer carried a time.');
  }
  const size = Math.abs(skew);
  if (size <= tolerated) {
    return ok('It agrees with that of Logto.');
  }
  const said = `This machine is ${duration(size)} ${skew > 0 ? 'ahead of' : 'behind'} Logto.`;
  const hint =
    'Have one of the two clocks set, by NTP; a machine that has slept, WSL above all, often needs it.';
  return size > (life ?? usualLife) ? fail(said, hint) : warn(said, hint);
}
