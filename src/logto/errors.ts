/** The error type of this layer: what failed between a tool call and Logto's answer, classified by who can fix it. */

/**
 * - `input`: the arguments are wrong; call again with better ones
 * - `permission`: Logto or the policy does not allow the call
 * - `not_found`: the entity does not exist
 * - `conflict`: the current state of the tenant prevents the call
 * - `rate_limit`: too many requests; wait
 * - `configuration`: the operator has to change a setting of this server or of the tenant
 * - `unavailable`: Logto, or the network path to it, does not work at the moment, or lacks the operation
 */
export type FailureKind =
  | 'input'
  | 'permission'
  | 'not_found'
  | 'conflict'
  | 'rate_limit'
  | 'configuration'
  | 'unavailable';

export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
  /** HTTP status, when there was an answer. */
  readonly status?: number | undefined;
  /** Logto's own code, such as `role.name_in_use`; for a broken connection the system's, such as `ECONNREFUSED`. */
  readonly code?: string | undefined;
  /** The next step. */
  readonly hint?: string | undefined;
  /** One line for each problem, if there are several, and the text of the error's `data`. */
  readonly details?: readonly string[] | undefined;
  /** Seconds to wait before the next attempt. */
  readonly retry_after?: number | undefined;
  /**
   * How often the request may have reached Logto's handler. Present only when more than once: only then can a 404 after a
   * DELETE mean that an earlier attempt of the same call did the removal.
   */
  readonly attempts?: number | undefined;
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

/** A request that failed on its way through a proxy. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';

  constructor(
    /** The proxy's address, without credentials. */
    readonly proxy: string,
    /** The status with which the proxy refused to connect to Logto. */
    readonly status: number | undefined,
    cause: unknown,
  ) {
    super(`The connection through ${proxy} failed.`, { cause });
  }
}

/** Codes of a connection that was never made: the request cannot have had an effect. */
const NEVER_SENT_CODES: ReadonlySet<string> = new Set([
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
  'CERT_NOT_YET_VALID',
]);

/** The system's or undici's code of an error, from the error itself or from its causes. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) {
    return undefined;
  }
  if ('code' in error && typeof error.code === 'string') {
    return error.code;
  }
  // A host with several addresses fails with an AggregateError whose members carry the code.
  if (error instanceof AggregateError) {
    return errorCode(error.errors[0]);
  }
  return errorCode(error.cause);
}

/** Whether the request was certainly not sent: then even a POST may be retried. */
export function wasNeverSent(error: unknown): boolean {
  if (error instanceof ProxyError && error.status !== undefined) {
    return true;
  }
  const code = errorCode(error);
  return code !== undefined && NEVER_SENT_CODES.has(code);
}

/** The failure with each of its texts passed through `change`. */
export const mapTexts = (failure: Failure, change: (text: string) => string): Failure => ({
  ...failure,
  message: change(failure.message),
  ...(failure.code !== undefined && { code: change(failure.code) }),
  ...(failure.hint !== undefined && { hint: change(failure.hint) }),
  ...(failure.details !== undefined && { details: failure.details.map(change) }),
});
