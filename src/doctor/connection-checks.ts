/** The way to Logto, without credentials: the proxy, the connection, what stands there, and its discovery document. */

import { connectionFailed, timedOut } from '../logto/connection-errors.js';
import { hintFor } from '../logto/error-hints.js';
import type { ProxyRoute } from '../logto/proxy.js';
import { notLogto } from '../logto/response-errors.js';
import { cloudTenantOf } from '../logto/tenant.js';
import { describeType, mediaType, type Transport } from '../logto/transport.js';
import { type Finding, fail, faultOf, ok, warn } from './runner.js';

/** A whole answer. */
export interface Answered {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly location: string | null;
  /** Whether the answer bears the mark that Logto puts on everything that it serves. */
  readonly marked: boolean;
}

/** Asks for something that everybody may see, by its path. @throws LogtoError when no answer came */
export type Ask = (path: string) => Promise<Answered>;

/** @param patience milliseconds for one request */
export const asking =
  (fetch: Transport, endpoint: string, patience: number): Ask =>
  async (path) => {
    const signal = AbortSignal.timeout(patience);
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
        marked: answer.headers.get('logto-core-request-id') !== null,
      };
    } catch (error) {
      throw signal.aborted
        ? timedOut(patience, endpoint, false)
        : connectionFailed(error, endpoint, false);
    }
  };

/** The issuer in a discovery document; undefined when it is none. */
function issuerIn({ status, text }: Answered): string | undefined {
  try {
    const document: unknown = JSON.parse(text);
    const issuer: unknown =
      status === 200 && typeof document === 'object' && document !== null
        ? Reflect.get(document, 'issuer')
        : undefined;
    return typeof issuer === 'string' ? issuer : undefined;
  } catch {
    return undefined;
  }
}

/** What the environment says about proxies. */
export function checkRoute({ proxy, exempted }: ProxyRoute, loose: boolean): Finding {
  if (loose) {
    return warn(
      'NODE_TLS_REJECT_UNAUTHORIZED is 0: no certificate is checked, and the App secret goes to whoever answers.',
      'Take it out, and set NODE_EXTRA_CA_CERTS to the file of your certificate authority instead.',
    );
  }
  if (proxy !== undefined) {
    return ok(`Requests go through ${proxy.shown} (${proxy.variable}).`);
  }
  return ok(
    exempted === undefined
      ? 'None is set; the way is direct.'
      : `${exempted} is set, but NO_PROXY exempts this host; the way is direct.`,
  );
}

/** What was found at the address. */
export interface Found {
  readonly status: Answered;
  readonly discovery: Answered;
}

/** Whether an answer comes at all. @throws LogtoError that says why not */
export const reach = (ask: Ask): Promise<Answered> => ask('/api/status');

const signIn = 'let /oidc and /api of Logto pass without it';

/** Why an answer to `GET /api/status` is not Logto's. */
async function stranger(ask: Ask, endpoint: string, found: Found): Promise<Finding> {
  const { status, type, text, location, marked } = found.status;
  if (status >= 500) {
    return fail(
      `${endpoint} answered ${status}.`,
      hintFor(status, undefined) ?? 'Look into the log of Logto.',
    );
  }
  if (issuerIn(found.discovery)?.endsWith('/oidc')) {
    return fail(
      `Logto signs users in at ${endpoint}, but its API is not passed on (${status} for /api/status).`,
      'Let the proxy in front of Logto pass /api as well as /oidc, at least to this machine.',
    );
  }
  if (status >= 300 && status < 400) {
    const target = location !== null && URL.canParse(location, endpoint);
    const origin = target ? new URL(location, endpoint).origin : undefined;
    return fail(
      `${endpoint} redirects to ${origin ?? 'nowhere'}.`,
      origin === undefined || origin === endpoint
        ? `Something in front of Logto asks for a sign-in of its own: ${signIn}.`
        : `If that is your Logto, write ${origin} in LOGTO_ENDPOINT. If it is a sign-in page in front of Logto, ${signIn}.`,
    );
  }
  if (status === 400 && /http request.*https|https port/i.test(text)) {
    return fail(
      `${endpoint} speaks TLS only.`,
      `Write ${endpoint.replace(/^http:/, 'https:')} in LOGTO_ENDPOINT.`,
    );
  }
  if (status === 404 && (marked || cloudTenantOf(endpoint) !== undefined)) {
    return fail(
      `Logto is there, but knows no tenant at ${endpoint}.`,
      'Check LOGTO_TENANT_ID: it stands before .logto.app in the address of the tenant. A domain of your own must be active in the Logto console.',
    );
  }
  if (status === 401 || status === 403 || status === 407) {
    return fail(
      `Something in front of Logto refuses at ${endpoint} (${status}).`,
      `A password, a firewall or an access list: ${signIn}, at least from this machine.`,
    );
  }
  const root = issuerIn(await ask('/.well-known/openid-configuration'));
  if (root !== undefined) {
    return fail(
      `${endpoint} is an OpenID provider, but not Logto (its issuer is ${root}).`,
      'Set LOGTO_ENDPOINT to the address of your Logto.',
    );
  }
  return faultOf(notLogto(status, endpoint, describeType(type)));
}

/** Whether it is Logto that answers, and not its console. */
export async function checkLogto(
  ask: Ask,
  endpoint: string,
  status: Answered,
): Promise<{ readonly finding: Finding; readonly discovery: Answered }> {
  const discovery = await ask('/oidc/.well-known/openid-configuration');
  if (status.status !== 204) {
    return { discovery, finding: await stranger(ask, endpoint, { status, discovery }) };
  }
  // Seen on a real server: the tenant of the console leads from / to /console, every other tenant elsewhere.
  const { location } = await ask('/');
  const leadsTo =
    location !== null && URL.canParse(location, endpoint) && new URL(location, endpoint);
  return {
    discovery,
    finding:
      leadsTo && leadsTo.origin === endpoint && leadsTo.pathname.startsWith('/console')
        ? warn(
            `${endpoint} seems to be the console of a self-hosted Logto, which has applications of its own.`,
            'Set LOGTO_ENDPOINT to the address that Logto was given as ENDPOINT (port 3001 unless changed), not ADMIN_ENDPOINT (3002); the two must differ.',
          )
        : ok('Logto answers.'),
  };
}

/** The discovery document, and the issuer in it. */
export function checkDiscovery(
  discovery: Answered,
  endpoint: string,
): { readonly finding: Finding; readonly issuer?: string } {
  const issuer = issuerIn(discovery);
  if (issuer === undefined) {
    return {
      finding: fail(
        `${endpoint} has the API of Logto, but no discovery document (${discovery.status} with ${describeType(discovery.type)} for /oidc/.well-known/openid-configuration).`,
        'Let the proxy in front of Logto pass /oidc as well as /api.',
      ),
    };
  }
  if (issuer === `${endpoint}/oidc`) {
    return { issuer, finding: ok(`The issuer is ${issuer}.`) };
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
      `Logto calls itself ${origin}, and not ${endpoint}: it was started with another ENDPOINT.`,
      `Calls work all the same, but every address that Logto gives out (callbacks of connectors, SAML metadata) leads to ${origin}. Set LOGTO_ENDPOINT to it if it can be reached from here; if it is wrong, start Logto with the right ENDPOINT.`,
    ),
  };
}
