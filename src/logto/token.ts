/** The machine-to-machine token: asked for once however many callers wait, renewed before it expires. */
import { connectionFailed, LogtoError, notLogto, wasNeverSent } from './errors.js';
import { readRetryAfter, retryDelay } from './retry.js';
import { cloudTenantOf, managementApiOf, selfHostedTenant, tenantOfIndicator } from './tenant.js';
import type { Transport, TransportResponse } from './transport.js';

/**
 * Milliseconds before its end at which a token is no longer handed out: clocks differ, and requests take time. A token
 * that lives for less than twice as long is renewed at half its life.
 */
const margin = 60_000;
/** Milliseconds for one token request. */
const patience = 15_000;

export interface Credentials {
  /** The origin of Logto, such as `https://auth.example.com`. */
  readonly endpoint: string;
  readonly appId: string;
  readonly appSecret: string;
  /** The indicator of the Management API. */
  readonly resource: string;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** 0 to 1, for jitter. */
  random(): number;
}

export interface TokenSource {
  /** A token with some life left in it. @throws LogtoError when none can be had */
  get(signal: AbortSignal): Promise<string>;
  /** Forgets `token` if it is the present one: Logto has refused it. */
  drop(token: string): void;
  /** The present token, to be redacted in texts; undefined while there is none. */
  readonly current: string | undefined;
  /** How many token requests have been sent. */
  readonly requests: number;
  /** Milliseconds for which the present token is good from the moment it is given out; undefined while there is none. */
  readonly life: number | undefined;
}

interface Token {
  readonly value: string;
  /** Milliseconds from its birth to its end. */
  readonly life: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Milliseconds since the epoch; earlier than `expiresAt`. */
  readonly renewAt: number;
}

const fail = (message: string, hint: string, code: string, status: number): LogtoError =>
  new LogtoError({ kind: 'configuration', status, code, message, hint });

interface TokenBody {
  readonly access_token?: unknown;
  readonly expires_in?: unknown;
  readonly scope?: unknown;
  readonly error?: unknown;
  readonly error_description?: unknown;
  /** Beside `error`, or instead of it where it is Logto that refuses and not its OIDC provider. */
  readonly code?: unknown;
  readonly message?: unknown;
}

function parse(text: string): TokenBody | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

/** The next step where Logto does not know the indicator, or where it is not that of the Management API. */
export function indicatorHint({
  endpoint,
  resource,
}: Pick<Credentials, 'endpoint' | 'resource'>): string {
  const selfHosted = managementApiOf(selfHostedTenant);
  const cloud = cloudTenantOf(endpoint);
  const named = tenantOfIndicator(resource);
  if (cloud !== undefined) {
    return resource === managementApiOf(cloud)
      ? `Logto Cloud has no tenant ${cloud} at this address: check LOGTO_TENANT_ID or LOGTO_ENDPOINT.`
      : `At this address it is ${managementApiOf(cloud)}: leave LOGTO_API_RESOURCE out, then that is taken.`;
  }
  if (named === selfHostedTenant) {
    return 'If this is Logto Cloud behind a domain of your own, set LOGTO_TENANT_ID as well: the indicator is https://<tenant id>.logto.app/api there, whatever the domain.';
  }
  if (named !== undefined) {
    return `Check the tenant id ${named}. If this Logto is self-hosted, it has ${selfHosted}: leave LOGTO_TENANT_ID and LOGTO_API_RESOURCE out.`;
  }
  return `The indicator is a name and not an address of yours. Leave LOGTO_API_RESOURCE out: a self-hosted Logto always has ${selfHosted}; on Logto Cloud, also behind a domain of your own, set LOGTO_TENANT_ID, from which https://<tenant id>.logto.app/api is made.`;
}

const copyAgain =
  'in the Logto console open Applications, then the machine-to-machine application, and copy';

const wrongType = (appId: string, status: number): LogtoError =>
  fail(
    `Application ${appId} may not ask for a token of its own: it is of another type than Machine-to-machine.`,
    'The type of an application is fixed: create one of type Machine-to-machine in the Logto console under Applications, give it the role "Logto Management API access", and set its App ID and App secret.',
    'wrong_application_type',
    status,
  );

/**
 * A refusal in the terms of our settings.
 *
 * Besides the OAuth codes (RFC 6749 5.2, RFC 8707 2) it goes by what Logto 1.42 was seen to answer. Its sources say
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
 * | an API resource of one's own | 200 | | a token, with a scope or without |
 * | no role | 200 | | a token without a scope |
 *
 * The checks come in this order, so that `invalid_target` means that application and secret are right.
 */
function refusal(
  status: number,
  { error, error_description: description }: TokenBody,
  credentials: Credentials,
): LogtoError {
  const { appId, endpoint, resource } = credentials;
  const said = typeof description === 'string' ? description : '';
  switch (error) {
    case 'invalid_client':
      if (said.startsWith('invalid client')) {
        return fail(
          `Logto has no application with the App ID ${appId}.`,
          `Check LOGTO_APP_ID: ${copyAgain} its App ID again. If it is right, ${endpoint} is another Logto, or another tenant, than the one whose console you look at.`,
          'unknown_application',
          status,
        );
      }
      if (status === 401) {
        return fail(
          `Logto does not accept the App secret of application ${appId}.`,
          `Check LOGTO_APP_SECRET, or the file in LOGTO_APP_SECRET_FILE: ${copyAgain} one of its App secrets again. If it is right, the application is not of type Machine-to-machine.`,
          'wrong_secret',
          status,
        );
      }
      return fail(
        `Logto does not accept the credentials of application ${appId}.`,
        `Check LOGTO_APP_ID and LOGTO_APP_SECRET: ${copyAgain} App ID and App secret again.`,
        error,
        status,
      );
    case 'invalid_request':
      if (said.includes('secret has expired')) {
        return fail(
          `The App secret of application ${appId} has expired.`,
          'In the Logto console open the application, add a new App secret, and set it as LOGTO_APP_SECRET.',
          'secret_expired',
          status,
        );
      }
      if (said.includes('grant type is not allowed')) {
        return wrongType(appId, status);
      }
      break;
    case 'invalid_redirect_uri':
    case 'unauthorized_client':
      return wrongType(appId, status);
    case 'invalid_target':
      return fail(
        `Logto does not know the API resource ${resource}.`,
        indicatorHint(credentials),
        error,
        status,
      );
    case 'invalid_scope':
      return missingRole(appId);
  }
  return fail(
    `Logto refused to give application ${appId} a token (${String(error)}${said === '' ? '' : `: ${said}`}).`,
    'Check LOGTO_APP_ID, LOGTO_APP_SECRET and LOGTO_API_RESOURCE.',
    String(error),
    status,
  );
}

/** A refusal by Logto itself, or by what stands in front of it. */
function unanswered(status: number, { code, message }: TokenBody): LogtoError {
  if (code === 'auth.exceed_token_limit') {
    return new LogtoError({
      kind: 'rate_limit',
      status,
      code,
      message: 'Logto Cloud gives out no more tokens to this tenant in this period.',
      hint: 'The tokens of the plan are used up: wait for the next period, or change the plan in the Logto console.',
    });
  }
  return new LogtoError({
    kind: status >= 500 ? 'unavailable' : 'configuration',
    status,
    code: typeof code === 'string' ? code : undefined,
    message: `The token endpoint answered ${status}${typeof message === 'string' ? `: ${message}` : '.'}`,
    hint:
      status === 429
        ? 'Logto, or something in front of it, counts requests: wait, then try again.'
        : 'Check LOGTO_ENDPOINT; if it is right, look into the log of Logto.',
  });
}

/** Logto gives a token to an application without the role too, but one without the scope. */
const missingRole = (appId: string): LogtoError =>
  new LogtoError({
    kind: 'permission',
    code: 'management_api_role_missing',
    message: `Application ${appId} has no access to the Management API: its token carries no scope.`,
    hint: 'In the Logto console open the application, then Machine-to-machine roles, and assign the role "Logto Management API access".',
  });

/** The application has got a token, but for an API resource that somebody has made in the console. */
const foreignResource = (credentials: Credentials): LogtoError =>
  new LogtoError({
    kind: 'configuration',
    code: 'foreign_resource',
    message: `The API resource ${credentials.resource} is one of your own, and not the Management API.`,
    hint: indicatorHint(credentials),
  });

/** Reads the answer of the token endpoint. @throws LogtoError that says which setting is wrong */
async function readToken(
  answer: TransportResponse,
  credentials: Credentials,
  now: number,
): Promise<Token> {
  const text = await answer.text();
  const body = parse(text);
  if (body === undefined) {
    throw notLogto(answer.status, credentials.endpoint, 'something that is not JSON');
  }
  if (answer.status !== 200) {
    throw typeof body.error === 'string'
      ? refusal(answer.status, body, credentials)
      : unanswered(answer.status, body);
  }
  const { access_token: value, expires_in: seconds, scope } = body;
  if (typeof value !== 'string' || typeof seconds !== 'number') {
    throw notLogto(answer.status, credentials.endpoint, 'no access token');
  }
  if (typeof scope !== 'string' || !scope.split(' ').includes('all')) {
    throw tenantOfIndicator(credentials.resource) === undefined
      ? foreignResource(credentials)
      : missingRole(credentials.appId);
  }
  const life = seconds * 1000;
  return { value, life, expiresAt: now + life, renewAt: now + life - Math.min(margin, life / 2) };
}

/** Basic authentication wants both parts form-encoded (RFC 6749, 2.3.1). */
export const basic = ({ appId, appSecret }: Credentials): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(appId)}:${encodeURIComponent(appSecret)}`).toString('base64')}`;

/** Waits for `promise`, but no longer than the signal allows; the promise itself goes on for the others. */
const orAborted = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });

/** Makes the token source of one session; nothing of it is shared between sessions. */
export function createTokenSource(
  credentials: Credentials,
  fetch: Transport,
  clock: Clock,
): TokenSource {
  let requests = 0;
  // A generation ends when its token is refused: an answer asked for before that must not outlive it.
  let generation = 0;
  let current: Token | undefined;
  let pending: { readonly generation: number; readonly token: Promise<Token> } | undefined;

  const askOnce = async (): Promise<TransportResponse> => {
    requests += 1;
    return fetch(`${credentials.endpoint}/oidc/token`, {
      method: 'POST',
      headers: {
        authorization: basic(credentials),
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        resource: credentials.resource,
        scope: 'all',
      }).toString(),
      signal: AbortSignal.timeout(patience),
    });
  };

  /** A token request changes nothing that matters, so it is retried as a GET would be. */
  const ask = async (): Promise<Token> => {
    for (let number = 0; ; number += 1) {
      let delay: number | undefined;
      try {
        const answer = await askOnce();
        const retryAfter = readRetryAfter(answer.headers.get('retry-after'), clock.now());
        delay = retryDelay(
          { method: 'GET', number, status: answer.status, retryAfter },
          clock.random,
        );
        if (delay === undefined) {
          return await readToken(answer, credentials, clock.now());
        }
      } catch (error) {
        if (error instanceof LogtoError) {
          throw error;
        }
        delay = retryDelay({ method: 'GET', number, neverSent: wasNeverSent(error) }, clock.random);
        if (delay === undefined) {
          throw connectionFailed(error, credentials.endpoint, false);
        }
      }
      await clock.sleep(delay);
    }
  };

  const renew = (): Promise<Token> => {
    if (pending?.generation === generation) {
      return pending.token;
    }
    const mine = generation;
    const token = ask()
      .then((fresh) => {
        if (mine === generation) {
          current = fresh;
        }
        return fresh;
      })
      .finally(() => {
        if (pending?.generation === mine) {
          pending = undefined;
        }
      });
    pending = { generation: mine, token };
    return token;
  };

  return {
    async get(signal) {
      signal.throwIfAborted();
      if (current !== undefined && clock.now() < current.renewAt) {
        return current.value;
      }
      const last = current;
      try {
        return (await orAborted(renew(), signal)).value;
      } catch (error) {
        // The old token is good for its last minute: a hiccup of the token endpoint need not fail the call.
        if (!signal.aborted && last !== undefined && clock.now() < last.expiresAt) {
          return last.value;
        }
        throw error;
      }
    },
    drop(token) {
      if (current?.value === token) {
        current = undefined;
        generation += 1;
      }
    },
    get current() {
      return current?.value;
    },
    get requests() {
      return requests;
    },
    get life() {
      return current?.life;
    },
  };
}
