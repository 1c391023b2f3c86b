/** The machine-to-machine token: asked for once however many callers wait, renewed before it expires. */
import { connectionFailed, LogtoError, notLogto, wasNeverSent } from './errors.js';
import type { Answer, Fetch } from './fetch.js';
import { readRetryAfter, retryDelay } from './retry.js';

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
  /** How many token requests have been sent. */
  readonly requests: number;
}

interface Token {
  readonly value: string;
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
}

function parse(text: string): TokenBody | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

/** The OAuth error codes (RFC 6749 5.2, RFC 8707 2) in the terms of our settings. */
function refusal(status: number, error: string, { appId, resource }: Credentials): LogtoError {
  switch (error) {
    case 'invalid_client':
      return fail(
        `Logto does not accept the credentials of application ${appId}.`,
        'Check LOGTO_APP_ID and LOGTO_APP_SECRET: in the Logto console open Applications, the machine-to-machine application, and copy App ID and App secret again.',
        error,
        status,
      );
    case 'unauthorized_client':
      return fail(
        `Application ${appId} may not ask for a token of its own.`,
        'It must be of type Machine-to-machine: create one in the Logto console under Applications and use its id and secret.',
        error,
        status,
      );
    case 'invalid_target':
      return fail(
        `Logto does not know the API resource ${resource}.`,
        'Self-hosted Logto always has https://default.logto.app/api; Logto Cloud has https://<tenant id>.logto.app/api, also behind a custom domain: set LOGTO_TENANT_ID, or LOGTO_API_RESOURCE itself.',
        error,
        status,
      );
    case 'invalid_scope':
      return missingRole(appId);
    default:
      return fail(
        `Logto refused to give application ${appId} a token (${error}).`,
        'Check LOGTO_APP_ID, LOGTO_APP_SECRET and LOGTO_API_RESOURCE.',
        error,
        status,
      );
  }
}

/** Logto gives a token to an application without the role too, but one without the scope. */
const missingRole = (appId: string): LogtoError =>
  new LogtoError({
    kind: 'permission',
    code: 'management_api_role_missing',
    message: `Application ${appId} has no access to the Management API: its token carries no scope.`,
    hint: 'In the Logto console open the application, then Machine-to-machine roles, and assign the role "Logto Management API access".',
  });

/** Reads the answer of the token endpoint. @throws LogtoError that says which setting is wrong */
async function readToken(answer: Answer, credentials: Credentials, now: number): Promise<Token> {
  const text = await answer.text();
  const body = parse(text);
  if (body === undefined) {
    throw notLogto(answer.status, credentials.endpoint, 'something that is not JSON');
  }
  if (answer.status !== 200) {
    throw typeof body.error === 'string'
      ? refusal(answer.status, body.error, credentials)
      : new LogtoError({
          kind: answer.status >= 500 ? 'unavailable' : 'configuration',
          status: answer.status,
          message: `The token endpoint answered ${answer.status}.`,
          hint: 'Check LOGTO_ENDPOINT; if it is right, look into the log of Logto.',
        });
  }
  const { access_token: value, expires_in: seconds, scope } = body;
  if (typeof value !== 'string' || typeof seconds !== 'number') {
    throw notLogto(answer.status, credentials.endpoint, 'no access token');
  }
  if (typeof scope !== 'string' || !scope.split(' ').includes('all')) {
    throw missingRole(credentials.appId);
  }
  const life = seconds * 1000;
  return { value, expiresAt: now + life, renewAt: now + life - Math.min(margin, life / 2) };
}

/** Basic authentication wants both parts form-encoded (RFC 6749, 2.3.1). */
const basic = ({ appId, appSecret }: Credentials): string =>
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
  fetch: Fetch,
  clock: Clock,
): TokenSource {
  let requests = 0;
  // A generation ends when its token is refused: an answer asked for before that must not outlive it.
  let generation = 0;
  let current: Token | undefined;
  let pending: { readonly generation: number; readonly token: Promise<Token> } | undefined;

  const askOnce = async (): Promise<Answer> => {
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
    get requests() {
      return requests;
    },
  };
}
