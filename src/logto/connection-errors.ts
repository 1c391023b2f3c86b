/** Errors for requests without an answer: the cause, and how to fix it. */
import { errorCode, LogtoError, ProxyError, wasNeverSent } from './errors.js';

/** A cause and the next step. */
type Diagnosis = readonly [cause: string | undefined, hint: string];

/** OpenSSL's codes for a certificate that no known authority has signed. */
const UNTRUSTED_CERTIFICATE = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_UNTRUSTED|CERT_SIGNATURE/;

/** The other side does not speak TLS. */
const NO_TLS = /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$|^EPROTO$/;

/** The other side accepted the connection but does not speak HTTP, or closed it. */
const NO_HTTP = /^HPE_|^UND_ERR_SOCKET$|^ECONNRESET$/;

const UNREACHABLE: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
]);

const ENDPOINT_SETTINGS = 'LOGTO_ENDPOINT (or LOGTO_TENANT_ID on Logto Cloud)';

/** The names that a certificate was issued for, if the error has them. */
function certificateNames(error: unknown): string | undefined {
  if (!(error instanceof Error)) {
    return undefined;
  }
  const certificate: unknown = Reflect.get(error, 'cert');
  const names: unknown =
    typeof certificate === 'object' && certificate !== null
      ? Reflect.get(certificate, 'subjectaltname')
      : undefined;
  return typeof names === 'string' ? names : certificateNames(error.cause);
}

/** What is wrong with the certificate; undefined when the certificate is not the cause. */
function diagnoseCertificate(code: string, error: unknown): Diagnosis | undefined {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return [
        'the certificate has expired',
        'Renew the certificate of that host. If it is valid, correct the clock of this machine.',
      ];
    case 'CERT_NOT_YET_VALID':
      return [
        'the certificate is not valid yet',
        'Correct the clock of this machine. If it is right, the certificate of that host is wrong.',
      ];
    case 'ERR_TLS_CERT_ALTNAME_INVALID': {
      const names = certificateNames(error);
      return [
        `the certificate is for another name${names === undefined ? '' : ` (${names})`}`,
        'Set LOGTO_ENDPOINT to a name that the certificate was issued for, or issue a certificate for this name.',
      ];
    }
    default:
      return UNTRUSTED_CERTIFICATE.test(code)
        ? [
            'the certificate is not trusted',
            'If it is your own, or that of a proxy which inspects traffic, set NODE_EXTRA_CA_CERTS to the file of its certificate authority, in the env block of this server.',
          ]
        : undefined;
  }
}

/** Why no connection was made, or why it broke. */
function diagnoseConnection(code: string | undefined, error: unknown): Diagnosis {
  const certificate = code === undefined ? undefined : diagnoseCertificate(code, error);
  if (certificate !== undefined) {
    return certificate;
  }
  if (code === 'ENOTFOUND') {
    return ['the host name has no address', `Check ${ENDPOINT_SETTINGS} and the network.`];
  }
  if (code === 'EAI_AGAIN') {
    return [
      'no name server answered',
      `Check the network, the VPN and the name server of this machine, then ${ENDPOINT_SETTINGS}.`,
    ];
  }
  if (code === 'ECONNREFUSED') {
    return [
      'nothing listens there',
      'Check host and port in LOGTO_ENDPOINT, and that Logto is running.',
    ];
  }
  if (code !== undefined && UNREACHABLE.has(code)) {
    return [
      'the connection cannot be made',
      'A firewall blocks it, a VPN is not connected, or host and port in LOGTO_ENDPOINT are wrong. If a proxy is needed, set HTTPS_PROXY in the env block of this server.',
    ];
  }
  if (code !== undefined && NO_TLS.test(code)) {
    return [
      'no TLS is spoken there',
      'Write http:// in LOGTO_ENDPOINT, or the port on which TLS is spoken.',
    ];
  }
  if (code !== undefined && NO_HTTP.test(code)) {
    return [
      'the connection broke off',
      'Try again. If it happens again: something other than Logto listens there, LOGTO_ENDPOINT has http:// where https:// is needed, or a firewall closes the connection.',
    ];
  }
  return [
    undefined,
    'Try again. If it happens again, check that LOGTO_ENDPOINT can be reached from this machine.',
  ];
}

/** Why a proxy did not connect to Logto. */
function diagnoseProxy({ proxy, status }: ProxyError): Diagnosis {
  switch (status) {
    case undefined:
      return [
        `the proxy ${proxy} cannot be reached`,
        'Check HTTPS_PROXY and HTTP_PROXY in the environment of this server. NO_PROXY names hosts that need no proxy.',
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
        `the proxy ${proxy} answered ${status} instead of connecting`,
        'The proxy does not reach Logto: check LOGTO_ENDPOINT, or name its host in NO_PROXY if it can be reached directly.',
      ];
  }
}

/** Whether the connection to the proxy itself failed. Certificates and later failures concern the host behind it. */
const failedBeforeTunnel = (code: string | undefined): boolean =>
  code !== undefined &&
  (['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'UND_ERR_PRX_TLS'].includes(code) ||
    UNREACHABLE.has(code));

const MAYBE_APPLIED = ' The change may have been made anyway: read before you repeat it.';

/**
 * The error for a request whose connection failed or broke before the whole answer was there.
 *
 * @param origin the address that was called, for the message
 * @param isWrite whether the request could have changed something
 */
export function connectionFailed(error: unknown, origin: string, isWrite: boolean): LogtoError {
  const code = errorCode(error);
  const [cause, hint] =
    error instanceof ProxyError && (error.status !== undefined || failedBeforeTunnel(code))
      ? diagnoseProxy(error)
      : diagnoseConnection(code, error);
  const reason = `${cause === undefined ? '' : `: ${cause}`}${code === undefined ? '' : ` (${code})`}`;
  return new LogtoError(
    {
      kind: 'unavailable',
      code,
      message: `No answer from ${origin}${reason}.${isWrite && !wasNeverSent(error) ? MAYBE_APPLIED : ''}`,
      hint,
    },
    { cause: error },
  );
}

/** The error for a request that took longer than `timeoutMs`. */
export const timedOut = (timeoutMs: number, origin: string, isWrite: boolean): LogtoError =>
  new LogtoError({
    kind: 'unavailable',
    code: 'timeout',
    message: `${origin} did not answer within ${timeoutMs / 1000} seconds.${isWrite ? MAYBE_APPLIED : ''}`,
    hint: 'Try again. For a long list ask for a smaller page.',
  });
