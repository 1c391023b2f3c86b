/** What can go wrong between a call and Logto's answer, told by who can mend it. */
import { hintFor, hintForToken } from './error-hints.js';

/**
 * - `input`: the arguments; call again with better ones
 * - `permission`: Logto or the policy does not allow it
 * - `not_found`: the entity is not there
 * - `conflict`: the state of the tenant stands against it
 * - `rate_limit`: too many requests; wait
 * - `configuration`: the operator has to change a setting of this server or of the tenant
 * - `unavailable`: Logto, or the way to it, does not work at the moment, or lacks the operation
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
  'CERT_NOT_YET_VALID',
]);

/** A certificate that no known authority has signed, under the many names that OpenSSL has for it. */
const untrusted = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_UNTRUSTED|CERT_SIGNATURE/;

/** TLS was spoken to something that does not speak it. */
const noTls = /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$|^EPROTO$/;

/** Something was there, but it did not speak HTTP. */
const noHttp = /^HPE_|^UND_ERR_SOCKET$|^ECONNRESET$/;

const unreachable = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
]);

/** A request that failed on its way through a proxy. */
export class ProxyError extends Error {
  override readonly name = 'ProxyFailed';

  constructor(
    /** The proxy's address, without credentials. */
    readonly proxy: string,
    /** The status with which the proxy refused to lead on. */
    readonly status: number | undefined,
    cause: unknown,
  ) {
    super(`The way through ${proxy} failed.`, { cause });
  }
}

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
  if (error instanceof ProxyError && error.status !== undefined) {
    return true;
  }
  const code = codeOf(error);
  return code !== undefined && neverSent.has(code);
};

/** Who a certificate was made for, where the error says it. */
const namesOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) {
    return undefined;
  }
  const certificate: unknown = Reflect.get(error, 'cert');
  const names: unknown =
    typeof certificate === 'object' && certificate !== null
      ? Reflect.get(certificate, 'subjectaltname')
      : undefined;
  return typeof names === 'string' ? names : namesOf(error.cause);
};

const settings = 'LOGTO_ENDPOINT (or LOGTO_TENANT_ID on Logto Cloud)';

/** What is wrong with the certificate, and how to mend it; undefined when it is not the certificate. */
function certificateFault(code: string, error: unknown): [what: string, hint: string] | undefined {
  if (code === 'CERT_HAS_EXPIRED') {
    return [
      'the certificate has expired',
      'Renew the certificate there; if it is good, the clock of this machine is wrong.',
    ];
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return [
      'the certificate is not valid yet',
      'Set the clock of this machine; if it is right, the certificate there is wrong.',
    ];
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = namesOf(error);
    return [
      `the certificate is for another name${names === undefined ? '' : ` (${names})`}`,
      'Write a name that the certificate is for in LOGTO_ENDPOINT, or have a certificate made for this one.',
    ];
  }
  return untrusted.test(code)
    ? [
        'the certificate is not trusted',
        'If it is your own, or that of a proxy which inspects traffic, set NODE_EXTRA_CA_CERTS to the file of its certificate authority, in the env block of this server.',
      ]
    : undefined;
}

/** What keeps a connection from being made, and how to mend it. */
function connectionFault(
  code: string | undefined,
  error: unknown,
): [what: string | undefined, hint: string] {
  const certificate = code === undefined ? undefined : certificateFault(code, error);
  if (certificate !== undefined) {
    return certificate;
  }
  if (code === 'ENOTFOUND') {
    return ['the host name has no address', `Check ${settings} and the network.`];
  }
  if (code === 'EAI_AGAIN') {
    return [
      'no name server answered',
      `Check the network, the VPN and the name server of this machine, then ${settings}.`,
    ];
  }
  if (code === 'ECONNREFUSED') {
    return [
      'nothing listens there',
      'Check host and port in LOGTO_ENDPOINT, and that Logto is running.',
    ];
  }
  if (code !== undefined && unreachable.has(code)) {
    return [
      'the connection cannot be made',
      'A firewall stands between, a VPN is not up, or host and port in LOGTO_ENDPOINT are wrong. Where a proxy is needed, set HTTPS_PROXY in the env block of this server.',
    ];
  }
  if (code !== undefined && noTls.test(code)) {
    return [
      'no TLS is spoken there',
      'Write http:// in LOGTO_ENDPOINT, or the port on which TLS is spoken.',
    ];
  }
  if (code !== undefined && noHttp.test(code)) {
    return [
      'the connection broke off',
      'Try again; if it stays so, something else than Logto listens there, or LOGTO_ENDPOINT says http:// where https:// is spoken, or a firewall cuts in.',
    ];
  }
  return [
    undefined,
    'Try again; if it stays so, check that LOGTO_ENDPOINT can be reached from this machine.',
  ];
}

/** What a proxy did not do, and how to mend it. */
function proxyFault({ proxy, status }: ProxyError): [what: string, hint: string] {
  switch (status) {
    case undefined:
      return [
        `the proxy ${proxy} cannot be reached`,
        'Check HTTPS_PROXY and HTTP_PROXY in the environment of this server; NO_PROXY names hosts that need no proxy.',
      ];
    case 407:
      return [
        `the proxy ${proxy} asks for a password`,
        'Write user and password into HTTPS_PROXY, such as http://user:password@proxy.example.com:3128.',
      ];
    case 403:
      return [
        `the proxy ${proxy} does not allow it`,
        'Have the host of Logto allowed at the proxy, or name it in NO_PROXY if it can be reached directly.',
      ];
    default:
      return [
        `the proxy ${proxy} answered ${status} instead of leading on`,
        'The proxy does not reach Logto: check LOGTO_ENDPOINT, or name its host in NO_PROXY if it can be reached directly.',
      ];
  }
}

/** Codes of a connection to the proxy itself; certificates and what comes later are the matter of the host behind it. */
const beforeTunnel = (code: string | undefined): boolean =>
  code !== undefined &&
  (['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'UND_ERR_PRX_TLS'].includes(code) ||
    unreachable.has(code));

/** No answer came: the connection failed or broke, or the time was up. */
export function connectionFailed(error: unknown, origin: string, isWrite: boolean): LogtoError {
  const code = codeOf(error);
  const [what, hint] =
    error instanceof ProxyError && (error.status !== undefined || beforeTunnel(code))
      ? proxyFault(error)
      : connectionFault(code, error);
  const doubt =
    !wasNeverSent(error) && isWrite
      ? ' The change may have been made all the same: read before you repeat it.'
      : '';
  return new LogtoError(
    {
      kind: 'unavailable',
      code,
      message: `No answer from ${origin}${what === undefined ? '' : `: ${what}`}${
        code === undefined ? '' : ` (${code})`
      }.${doubt}`,
      hint,
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

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Logto's body for an error; every part can be missing. */
interface ErrorBody {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly details?: unknown;
  readonly data?: unknown;
}

/** What Logto's JWT library found wrong with a token: `{code, claim?}`, passed on in `data` of a 401. */
function tokenFault(data: unknown): string | undefined {
  const { claim, code }: { readonly claim?: unknown; readonly code?: unknown } = isObject(data)
    ? data
    : {};
  return typeof claim === 'string' ? claim : typeof code === 'string' ? code : undefined;
}

const taken = /(_in_use|already_in_use|_exists|_exists_already|unique_integrity_violation)$/;

function kindOf(status: number, code: string | undefined): FailureKind {
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
export function errorFromResponse(
  status: number,
  body: unknown,
  retryAfter: number | undefined,
  route?: string,
): LogtoError {
  const { code, message, details, data }: ErrorBody = isObject(body) ? body : {};
  const known = typeof code === 'string' ? code : undefined;
  const lines = linesOf(details);
  return new LogtoError({
    kind: kindOf(status, known),
    status,
    code: known,
    message: typeof message === 'string' && message !== '' ? message : `Logto answered ${status}.`,
    hint:
      (status === 401 ? hintForToken(tokenFault(data)) : undefined) ??
      hintFor(status, known, route),
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
    hint: 'It is older than the operation, or does not serve yet what is still being developed. Ask for its upgrade, or reach the goal with another operation.',
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
