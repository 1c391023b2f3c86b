/**
 * Checks of a running MCP endpoint over HTTP, made as a client makes them: health, the challenge to a request without a
 * token, and tokens that must be refused. Nothing here knows the tenant.
 */
import { isObject } from '../json.js';
import { type Ask, forwarded, type HttpAnswer, isProtected } from './http-question.js';
import { type Finding, fail, passed, warn } from './runner.js';

const EXAMPLE = 'https://mcp.example.com/mcp';

/** Whether the address can be that of an MCP endpoint that people sign in to. */
export function checkAddress(address: string): Finding {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return fail(
      'It is not the address of an MCP endpoint.',
      `Give the whole address to --http, such as ${EXAMPLE}.`,
    );
  }
  if (`${url.username}${url.password}${url.search}${url.hash}` !== '') {
    return fail(
      'It has a user, a query or a fragment, which the address of an MCP endpoint cannot have.',
      `Give the address alone: ${url.origin}${url.pathname}.`,
    );
  }
  return isProtected(url)
    ? passed(`${address}.`)
    : fail(
        `${url.origin} is neither https nor on this machine: access tokens would be sent in clear.`,
        'Serve it behind a reverse proxy that ends TLS, and give the https origin to --base-url.',
      );
}

/** Why the answer comes from another server; undefined if it may come from this one. */
function notTheServer(answer: HttpAnswer, url: URL, path: string): Finding | undefined {
  const { status, type } = answer;
  const location = answer.header('location');
  if (status >= 300 && status < 400) {
    return fail(
      `${url.origin}${path} redirects to ${location ?? 'nowhere'}.`,
      'Clients do not follow redirects with a token: give the address behind it to --base-url and to clients, or exempt this host from the sign-in page in front of it.',
    );
  }
  if (status === 502 || status === 503 || status === 504) {
    return fail(
      `${url.origin}${path} answered ${status}.`,
      'The reverse proxy does not reach the server, or the server is ending: check that it runs, and the port of the proxy.',
    );
  }
  return type === 'text/html' || status === 404
    ? fail(
        `${url.origin}${path} answered ${status}${type === 'text/html' ? ' with a web page' : ''}: something else answers there.`,
        forwarded(url.pathname),
      )
    : undefined;
}

/** Whether the process answers. */
export async function checkHealth(ask: Ask, url: URL): Promise<Finding> {
  const answer = await ask(`${url.origin}/healthz`);
  if (answer.status === 200 && isObject(answer.json) && answer.json['ok'] === true) {
    return passed('The server answers.');
  }
  return (
    notTheServer(answer, url, '/healthz') ??
    fail(`${url.origin}/healthz answered ${answer.status}.`, forwarded(url.pathname))
  );
}

/** How to fix each check of the server's own readiness. */
const readinessHints: Readonly<Record<string, string>> = {
  keys: 'The server cannot read the keys of its issuer: check --issuer to the letter, and that the machine of the server reaches <issuer>/.well-known/openid-configuration.',
  logto:
    'Logto does not answer the server, or refuses its application: run doctor without --http on the machine of the server, with the same environment.',
  store:
    'The server does not reach PostgreSQL: check LOGTO_MCP_DATABASE_URL, its user and its certificate.',
  ending: 'The server is ending: wait for the next one.',
};

/** Whether the server can serve: one finding for each of its own checks that failed. */
export async function checkReadiness(ask: Ask, url: URL): Promise<readonly Finding[]> {
  const answer = await ask(`${url.origin}/readyz`);
  const checks = isObject(answer.json) ? answer.json['checks'] : undefined;
  if (!isObject(checks)) {
    return [
      notTheServer(answer, url, '/readyz') ??
        fail(`${url.origin}/readyz answered ${answer.status}.`, forwarded(url.pathname)),
    ];
  }
  const failed = Object.keys(checks).filter((name) => checks[name] !== 'ok');
  return failed.length === 0
    ? [passed(`Ready: ${Object.keys(checks).join(', ') || 'nothing to check'}.`)]
    : failed.map((name) => ({
        ...fail(
          `The server is not ready: its check "${name}" failed.`,
          readinessHints[name] ?? 'Read the log of the server.',
        ),
        item: name,
      }));
}

/** The first message of a client. */
const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'doctor', version: '1.0.0' },
  },
});

/** A message to the endpoint, with a token where there is one. */
export const post = (ask: Ask, url: URL, token?: string): Promise<HttpAnswer> =>
  ask(url.href, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: INITIALIZE,
  });

/** The parameters of a Bearer challenge; undefined where there is none. */
function challengeIn(header: string | null): ReadonlyMap<string, string> | undefined {
  if (header === null || !/^Bearer\b/i.test(header)) {
    return undefined;
  }
  return new Map(
    [...header.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
}

/** The challenge to a request without a token, and the address of the metadata in it. */
export async function checkChallenge(
  ask: Ask,
  url: URL,
  leastScope: string,
): Promise<{ readonly finding: Finding; readonly metadataUrl?: string }> {
  const answer = await post(ask, url);
  const { status } = answer;
  const message = isObject(answer.json) ? answer.json['error'] : undefined;
  const said =
    isObject(message) && typeof message['message'] === 'string' ? message['message'] : '';
  if (status === 200) {
    return {
      finding: fail(
        'It answers without a token: every program that reaches it has full access to the tenant.',
        'Start the server with --issuer, and let nothing in front of it add a token.',
      ),
    };
  }
  if (status === 403) {
    return {
      finding: fail(
        `It refuses the request (403${said === '' ? '' : `: ${said}`}).`,
        `Start the server with --base-url ${url.origin}, and let the reverse proxy pass the Host header on.`,
      ),
    };
  }
  if (status === 404 && said !== '') {
    return {
      finding: fail(
        `${url.pathname} is not the path of the endpoint (${said}).`,
        `Give that path to --http and to clients, or start the server with --base-path ${url.pathname}.`,
      ),
    };
  }
  const foreign = status === 401 ? undefined : notTheServer(answer, url, url.pathname);
  if (status !== 401) {
    return {
      finding:
        foreign ??
        fail(`It answered ${status} to a request without a token.`, forwarded(url.pathname)),
    };
  }
  const header = answer.header('www-authenticate');
  const challenge = challengeIn(header);
  if (challenge === undefined) {
    return {
      finding: fail(
        header === null
          ? 'Its 401 has no WWW-Authenticate header, so clients do not learn how to sign in.'
          : `Something in front of the server asks for another sign-in (${header.split(' ', 1)[0]}).`,
        'Configure the reverse proxy to pass WWW-Authenticate and Authorization on, and to ask for no sign-in of its own on this host.',
      ),
    };
  }
  const metadataUrl = challenge.get('resource_metadata');
  if (metadataUrl === undefined || !URL.canParse(metadataUrl)) {
    return {
      finding: fail(
        'Its challenge names no resource_metadata, so clients do not find the authorization server.',
        'Start this server itself at that address: another program has answered, or the reverse proxy changes the header.',
      ),
    };
  }
  const { origin } = new URL(metadataUrl);
  if (origin !== url.origin) {
    return {
      metadataUrl,
      finding: fail(
        `Its challenge points to ${origin}, not to ${url.origin}.`,
        `Start the server with --base-url ${url.origin}, the origin that clients use.`,
      ),
    };
  }
  const scope = challenge.get('scope') ?? '';
  return {
    metadataUrl,
    finding: scope.split(' ').includes(leastScope)
      ? passed(`401 with a challenge for ${scope}.`)
      : warn(
          `Its challenge does not name the scope ${leastScope}, so clients may ask for the wrong ones.`,
          'Check that the reverse proxy passes WWW-Authenticate on unchanged.',
        ),
  };
}

/** Whether the endpoint refused a token as it should. @param subject the token, as the subject of a sentence */
export function refusalOf({ status }: HttpAnswer, subject: string): Finding {
  if (status === 401) {
    return passed(`${subject} is refused.`);
  }
  return status === 503
    ? fail(
        'The server cannot verify tokens: it does not reach its issuer.',
        'Let the machine of the server reach the issuer, and read its log.',
      )
    : fail(
        `${subject} is not refused (${status}).`,
        'Only this server itself may answer at that address: something in front of it replaces the token, or it is another program. Take it offline until that is clear.',
      );
}
