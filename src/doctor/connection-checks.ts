/**
 * The connection to Logto, without credentials: the proxy, the endpoint, the server that answers there, and its discovery
 * document.
 */
import { isObject } from '../json.js';
import { connectionFailed, timedOut } from '../logto/connection-errors.js';
import { hintFor } from '../logto/error-hints.js';
import type { ProxyRoute } from '../logto/proxy.js';
import { notLogto } from '../logto/response-errors.js';
import { cloudTenantOf } from '../logto/tenant.js';
import { describeType, mediaType, type Transport } from '../logto/transport.js';
import { type Finding, fail, faultOf, passed, warn } from './runner.js';

/** The answer to a request without credentials. */
export interface ProbeResponse {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly location: string | null;
  /** Whether it has the header that Logto adds to everything that it serves. */
  readonly isFromLogto: boolean;
}

/** Requests a public path. @throws LogtoError when no answer came */
export type SendProbe = (path: string) => Promise<ProbeResponse>;

/** @param timeoutMs milliseconds for one request */
export const createProbe =
  (fetch: Transport, endpoint: string, timeoutMs: number): SendProbe =>
  async (path) => {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await fetch(`${endpoint}${path}`, {
        method: 'GET',
        headers: { accept: 'application/json' },
        signal,
      });
      return {
        status: answer.status,
        type: mediaType(answer),
        text: await answer.text(),
        location: answer.headers.get('location'),
        isFromLogto: answer.headers.get('logto-core-request-id') !== null,
      };
    } catch (error) {
      throw signal.aborted
        ? timedOut(timeoutMs, endpoint, false)
        : connectionFailed(error, endpoint, false);
    }
  };

/** The issuer of a discovery document; undefined for any other answer. */
function issuerIn({ status, text }: ProbeResponse): string | undefined {
  try {
    const document: unknown = JSON.parse(text);
    const issuer = status === 200 && isObject(document) ? document['issuer'] : undefined;
    return typeof issuer === 'string' ? issuer : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What the environment says about proxies.
 *
 * @param acceptsAnyCertificate whether NODE_TLS_REJECT_UNAUTHORIZED turns verification off
 */
export function checkRoute(
  { proxy, exempted }: ProxyRoute,
  acceptsAnyCertificate: boolean,
): Finding {
  if (acceptsAnyCertificate) {
    return warn(
      'NODE_TLS_REJECT_UNAUTHORIZED is 0: no certificate is verified, so the App secret may be sent to another server.',
      'Remove it, and set NODE_EXTRA_CA_CERTS to the file of your certificate authority instead.',
    );
  }
  if (proxy !== undefined) {
    return passed(`Requests go through ${proxy.shown} (${proxy.variable}).`);
  }
  return passed(
    exempted === undefined
      ? 'None is set; the connection is direct.'
      : `${exempted} is set, but NO_PROXY excludes this host; the connection is direct.`,
  );
}

/** What the endpoint answered. */
interface EndpointAnswers {
  readonly status: ProbeResponse;
  readonly discovery: ProbeResponse;
}

/** Whether the endpoint answers at all. @throws LogtoError with the reason why not */
export const reach = (probe: SendProbe): Promise<ProbeResponse> => probe('/api/status');

/** The fix for anything in front of Logto that asks for a separate sign-in. */
const exemptLogto = 'exempt /oidc and /api of Logto from it';

/** Why an answer to `GET /api/status` is not Logto's. */
async function explainNotLogto(
  probe: SendProbe,
  endpoint: string,
  answers: EndpointAnswers,
): Promise<Finding> {
  const { status, type, text, location, isFromLogto } = answers.status;
  if (status >= 500) {
    return fail(
      `${endpoint} answered ${status}.`,
      hintFor(status, undefined) ?? 'Read the log of Logto.',
    );
  }
  if (issuerIn(answers.discovery)?.endsWith('/oidc')) {
    return fail(
      `Logto signs users in at ${endpoint}, but its API is not reachable there (${status} for /api/status).`,
      'Configure the proxy in front of Logto to forward /api as well as /oidc, at least for this machine.',
    );
  }
  if (status >= 300 && status < 400) {
    const target = location !== null && URL.canParse(location, endpoint);
    const origin = target ? new URL(location, endpoint).origin : undefined;
    return fail(
      `${endpoint} redirects to ${origin ?? 'nowhere'}.`,
      origin === undefined || origin === endpoint
        ? `Something in front of Logto asks for a separate sign-in: ${exemptLogto}.`
        : `If that is your Logto, write ${origin} in LOGTO_ENDPOINT. If it is a sign-in page in front of Logto, ${exemptLogto}.`,
    );
  }
  if (status === 400 && /http request.*https|https port/i.test(text)) {
    return fail(
      `${endpoint} accepts only TLS.`,
      `Write ${endpoint.replace(/^http:/, 'https:')} in LOGTO_ENDPOINT.`,
    );
  }
  if (status === 404 && (isFromLogto || cloudTenantOf(endpoint) !== undefined)) {
    return fail(
      `Logto answers, but has no tenant at ${endpoint}.`,
      'Check LOGTO_TENANT_ID: it is the name before .logto.app in the address of the tenant. A custom domain must be active in the Logto console.',
    );
  }
  if (status === 401 || status === 403 || status === 407) {
    return fail(
      `Something in front of Logto refuses requests to ${endpoint} (${status}).`,
      `It may be a password, a firewall or an access list: ${exemptLogto}, at least for this machine.`,
    );
  }
  const root = issuerIn(await probe('/.well-known/openid-configuration'));
  if (root !== undefined) {
    return fail(
      `${endpoint} is an OpenID provider, but not Logto (its issuer is ${root}).`,
      'Set LOGTO_ENDPOINT to the address of your Logto.',
    );
  }
  return faultOf(notLogto(status, endpoint, describeType(type)));
}

/** Whether the server is Logto, and not its console. */
export async function checkLogto(
  probe: SendProbe,
  endpoint: string,
  status: ProbeResponse,
): Promise<{ readonly finding: Finding; readonly discovery: ProbeResponse }> {
  const discovery = await probe('/oidc/.well-known/openid-configuration');
  if (status.status !== 204) {
    return { discovery, finding: await explainNotLogto(probe, endpoint, { status, discovery }) };
  }
  // Seen on a real server: only the tenant of the console redirects from / to /console.
  const { location } = await probe('/');
  const target =
    location !== null && URL.canParse(location, endpoint) && new URL(location, endpoint);
  return {
    discovery,
    finding:
      target && target.origin === endpoint && target.pathname.startsWith('/console')
        ? warn(
            `${endpoint} seems to be the console of a self-hosted Logto, which has its own applications.`,
            'Set LOGTO_ENDPOINT to the address that Logto was given as ENDPOINT (port 3001 unless changed), not ADMIN_ENDPOINT (3002); the two must differ.',
          )
        : passed('Logto answers.'),
  };
}

/** The discovery document, and the issuer in it. */
export function checkDiscovery(
  discovery: ProbeResponse,
  endpoint: string,
): { readonly finding: Finding; readonly issuer?: string } {
  const issuer = issuerIn(discovery);
  if (issuer === undefined) {
    return {
      finding: fail(
        `${endpoint} has the API of Logto, but no discovery document (${discovery.status} with ${describeType(discovery.type)} for /oidc/.well-known/openid-configuration).`,
        'Configure the proxy in front of Logto to forward /oidc as well as /api.',
      ),
    };
  }
  if (issuer === `${endpoint}/oidc`) {
    return { issuer, finding: passed(`The issuer is ${issuer}.`) };
  }
  if (!issuer.endsWith('/oidc') || !URL.canParse(issuer)) {
    return {
      finding: fail(
        `The discovery document at ${endpoint} is that of another OpenID provider (its issuer is ${issuer}).`,
        'Set LOGTO_ENDPOINT to the address of your Logto.',
      ),
    };
  }
  const { origin } = new URL(issuer);
  return {
    issuer,
    finding: warn(
      `Logto names itself ${origin}, not ${endpoint}: it was started with another ENDPOINT.`,
      `Calls work nevertheless, but the addresses in its answers (callbacks of connectors, SAML metadata) point to ${origin}. Set LOGTO_ENDPOINT to it if it can be reached from here; if it is wrong, start Logto with the right ENDPOINT.`,
    ),
  };
}
