/** What can go wrong between a call and Logto's answer, told by who can mend it. */
import { hintFor } from './hints.js';

/**
 * - `input`: the arguments; call again with better ones
 * - `permission`: Logto or the policy does not allow it
 * - `not_found`: the entity is not there
 * - `conflict`: the state of the tenant stands against it
 * - `rate_limit`: too many requests; wait
 * - `configuration`: the operator has to change a setting of this server or of the tenant
 * - `unavailable`: Logto, or the way to it, does not work at the moment, or lacks the operation
 */
export type Kind =
  | 'input'
  | 'permission'
  | 'not_found'
  | 'conflict'
  | 'rate_limit'
  | 'configuration'
  | 'unavailable';

export interface Failure {
  readonly kind: Kind;
  readonly message: string;
  /** HTTP status, when there was an answer. */
  readonly status?: number | undefined;
  /** Logto's own code, such as `role.name_in_use`; or, for a broken connection, the system's, such as `ECONNREFUSED`. */
  readonly code?: string | undefined;
  /** The next step. */
  readonly hint?: string | undefined;
  /** One line for each thing that is wrong, where there are several. */
  readonly details?: readonly string[] | undefined;
  /** Seconds to wait before the next try. */
  readonly retry_after?: number | undefined;
}

/** The only error that this layer throws on purpose. */
export class LogtoError extends Error {
  override readonly name = 'LogtoError';

  constructor(
    readonly failure: Failure,
    options?: ErrorOptions,
  ) {
    super(failure.message, options);
  }
}

/** Codes of a connection that was never made: the request cannot have had an effect. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
]);

const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)/;

const codeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) {
    return undefined;
  }
  if ('code' in error && typeof error.code === 'string') {
    return error.code;
  }
  // A host with several addresses fails with an AggregateError whose members carry the code.
  if (error instanceof AggregateError) {
    return codeOf(error.errors[0]);
  }
  return codeOf(error.cause);
};

/** Whether the request certainly never left: then even a POST may be tried again. */
export const wasNeverSent = (error: unknown): boolean => {
  const code = codeOf(error);
  return code !== undefined && neverSent.has(code);
};

const connectionHint = (code: string | undefined): string => {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return 'The host name has no address. Check LOGTO_ENDPOINT (or LOGTO_TENANT_ID on Logto Cloud) and the network.';
  }
  if (code === 'ECONNREFUSED') {
    return 'Nothing listens there. Check host and port in LOGTO_ENDPOINT, and that Logto is running.';
  }
  if (code !== undefined && certificateCodes.test(code)) {
    return 'The certificate is not trusted. If it is your own, set NODE_EXTRA_CA_CERTS to the file of your certificate authority.';
  }
  return 'Try again; if it stays so, check that LOGTO_ENDPOINT can be reached from this machine.';
};

/** No answer came: the connection failed or broke, or the time was up. */
export function connectionFailed(error: unknown, origin: string, isWrite: boolean): LogtoError {
  const code = codeOf(error);
  const sent = !wasNeverSent(error);
  const doubt =
    sent && isWrite
      ? ' The change may have been made all the same: read before you repeat it.'
      : '';
  return new LogtoError(
    {
      kind: 'unavailable',
      code,
      message: `No answer from ${origin}${code === undefined ? '' : ` (${code})`}.${doubt}`,
      hint: connectionHint(code),
    },
    { cause: error },
  );
}

/** The request took longer than `milliseconds`. */
export const timedOut = (milliseconds: number, origin: string, isWrite: boolean): LogtoError =>
  new LogtoError({
    kind: 'unavailable',
    code: 'timeout',
    message: `${origin} did not answer within ${milliseconds / 1000} seconds.${
      isWrite ? ' The change may have been made all the same: read before you repeat it.' : ''
    }`,
    hint: 'Try again; ask for a smaller page if it was a long list.',
  });

/** Logto's body for an error; every part can be missing. */
interface ErrorBody {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly details?: unknown;
  readonly data?: unknown;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const taken = /(_in_use|already_in_use|_exists|_exists_already|unique_integrity_violation)$/;

function kindOf(status: number, code: string | undefined): Kind {
  switch (status) {
    case 401:
      return 'configuration';
    case 403:
      return 'permission';
    case 404:
      return 'not_found';
    case 409:
      return 'conflict';
    case 429:
      return 'rate_limit';
    case 501:
      return code === 'sandbox.not_available' ? 'unavailable' : 'configuration';
    default:
      if (status >= 500) {
        return 'unavailable';
      }
      return code !== undefined && taken.test(code) ? 'conflict' : 'input';
  }
}

/** `details` of a refused request has a line for each issue: `Error in key path "a.b": (code) text`. */
const linesOf = (details: unknown): string[] =>
  typeof details === 'string'
    ? details
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
    : [];

/** Turns an answer that is not a success into an error. `body` is the parsed JSON, or undefined for any other type. */
export function refused(
  status: number,
  body: unknown,
  retryAfter: number | undefined,
  route?: string,
): LogtoError {
  const { code, message, details }: ErrorBody = isObject(body) ? body : {};
  const known = typeof code === 'string' ? code : undefined;
  const lines = linesOf(details);
  return new LogtoError({
    kind: kindOf(status, known),
    status,
    code: known,
    message: typeof message === 'string' && message !== '' ? message : `Logto answered ${status}.`,
    hint: hintFor(status, known, route),
    ...(lines.length > 0 && { details: lines }),
    ...(retryAfter !== undefined && { retry_after: retryAfter }),
  });
}

/** A 404 or 405 that Logto's router gave in plain text: this server does not know the route at all. */
export const missingRoute = (status: number, route: string): LogtoError =>
  new LogtoError({
    kind: 'unavailable',
    status,
    code: 'operation_not_served',
    message: `This Logto does not have the operation ${route}.`,
    hint: 'It is probably older than the operation. Ask for its upgrade, or reach the goal with another operation.',
  });

/** An answer of a type that the Management API never gives: somebody else stands at that address. */
export const notLogto = (status: number, origin: string, found: string): LogtoError =>
  new LogtoError({
    kind: 'configuration',
    status,
    code: 'unexpected_answer',
    message: `${origin} answered ${status} with ${found} where the Management API answers JSON.`,
    hint: 'LOGTO_ENDPOINT must be the address of Logto itself, such as https://auth.example.com, without /api, and not that of the console or of a proxy in front of it.',
  });
