/** The machine-to-machine token: one request however many callers wait, renewed before it expires. */
import type { Clock } from './clock.js';
import { connectionFailed } from './connection-errors.js';
import { basic, type Credentials, secretsOf } from './credentials.js';
import { LogtoError, mapTexts, wasNeverSent } from './errors.js';
import { createValueRedactor } from './redaction.js';
import { notLogto } from './response-errors.js';
import { readRetryAfter, retryDelay } from './retry.js';
import { missingScope, type TokenBody, tokenRefused, tokenUnavailable } from './token-errors.js';
import type { Transport, TransportResponse } from './transport.js';

/**
 * Milliseconds before its end at which a token is no longer used: clocks differ, and requests take time. A token that lives
 * for less than twice as long is renewed at half its lifetime.
 */
const RENEWAL_MARGIN_MS = 60_000;
/** Milliseconds for one token request. */
const TOKEN_TIMEOUT_MS = 15_000;
/** How many of the last tokens are kept for redaction; an error can repeat one that was replaced meanwhile. */
const MAX_ISSUED_TOKENS = 4;

export interface TokenSource {
  /** A token that is still valid for a while. @throws LogtoError if there is none */
  get(signal: AbortSignal): Promise<string>;
  /** The token that `get` would answer without a request; undefined when it would make one. */
  readonly current: string | undefined;
  /** Forgets `token` if it is the current one: Logto has refused it. */
  drop(token: string): void;
  /** The last tokens, the newest first; a new list whenever one is added. */
  readonly issued: readonly string[];
  /** How many token requests have been sent. */
  readonly requests: number;
  /** Milliseconds for which the current token is valid from its issue on; undefined while there is none. */
  readonly life: number | undefined;
}

interface Token {
  readonly value: string;
  /** Milliseconds from its issue to its end. */
  readonly life: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Milliseconds since the epoch; earlier than `expiresAt`. */
  readonly renewAt: number;
}

function parse(text: string): TokenBody | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Reads the answer of the token endpoint. @throws LogtoError that says which setting is wrong */
async function readToken(
  response: TransportResponse,
  credentials: Credentials,
  now: number,
): Promise<Token> {
  const body = parse(await response.text());
  if (body === undefined) {
    throw notLogto(response.status, credentials.endpoint, 'something that is not JSON');
  }
  if (response.status !== 200) {
    throw typeof body.error === 'string'
      ? tokenRefused(response.status, body, credentials)
      : tokenUnavailable(response.status, body);
  }
  const { access_token: value, expires_in: seconds, scope } = body;
  if (typeof value !== 'string' || typeof seconds !== 'number') {
    throw notLogto(response.status, credentials.endpoint, 'no access token');
  }
  if (typeof scope !== 'string' || !scope.split(' ').includes('all')) {
    throw missingScope(credentials);
  }
  const life = seconds * 1000;
  const expiresAt = now + life;
  return { value, life, expiresAt, renewAt: expiresAt - Math.min(RENEWAL_MARGIN_MS, life / 2) };
}

/** Waits for `promise`, but no longer than the signal allows. The promise itself continues for the other callers. */
const orAborted = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });

/** Makes the token source of one session. Nothing of it is shared between sessions. */
export function createTokenSource(
  credentials: Credentials,
  transport: Transport,
  clock: Clock,
): TokenSource {
  let requests = 0;
  // A generation ends when its token is refused: the answer to an earlier request must not replace a newer token.
  let generation = 0;
  let current: Token | undefined;
  let issued: readonly string[] = [];
  let pending: { readonly generation: number; readonly token: Promise<Token> } | undefined;
  const secrets = secretsOf(credentials);
  const redact = createValueRedactor(() => secrets);

  const requestOnce = async (): Promise<TransportResponse> => {
    requests += 1;
    return transport(`${credentials.endpoint}/oidc/token`, {
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
      signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
    });
  };

  /** A token request changes nothing in the tenant, so it is retried as a GET would be. */
  const request = async (): Promise<Token> => {
    for (let number = 0; ; number += 1) {
      let delayMs: number | undefined;
      try {
        const response = await requestOnce();
        const retryAfter = readRetryAfter(response.headers.get('retry-after'), clock.now());
        delayMs = retryDelay(
          { method: 'GET', number, status: response.status, retryAfter },
          clock.random,
        );
        if (delayMs === undefined) {
          return await readToken(response, credentials, clock.now());
        }
      } catch (error) {
        if (error instanceof LogtoError) {
          // A description of the token endpoint can repeat what was sent.
          throw new LogtoError(mapTexts(error.failure, redact), { cause: error.cause });
        }
        delayMs = retryDelay(
          { method: 'GET', number, neverSent: wasNeverSent(error) },
          clock.random,
        );
        if (delayMs === undefined) {
          throw connectionFailed(error, credentials.endpoint, false);
        }
      }
      await clock.sleep(delayMs);
    }
  };

  const renew = (): Promise<Token> => {
    if (pending?.generation === generation) {
      return pending.token;
    }
    const requestGeneration = generation;
    const token = request()
      .then((renewed) => {
        issued = [renewed.value, ...issued].slice(0, MAX_ISSUED_TOKENS);
        if (requestGeneration === generation) {
          current = renewed;
        }
        return renewed;
      })
      .finally(() => {
        if (pending?.generation === requestGeneration) {
          pending = undefined;
        }
      });
    pending = { generation: requestGeneration, token };
    return token;
  };

  const usable = (): string | undefined =>
    current !== undefined && clock.now() < current.renewAt ? current.value : undefined;

  return {
    async get(signal) {
      signal.throwIfAborted();
      const token = usable();
      if (token !== undefined) {
        return token;
      }
      const previous = current;
      try {
        return (await orAborted(renew(), signal)).value;
      } catch (error) {
        // The old token is valid for its last minute: a short failure of the token endpoint need not fail the call.
        if (!signal.aborted && previous !== undefined && clock.now() < previous.expiresAt) {
          return previous.value;
        }
        throw error;
      }
    },
    get current() {
      return usable();
    },
    drop(token) {
      if (current?.value === token) {
        current = undefined;
        generation += 1;
      }
    },
    get issued() {
      return issued;
    },
    get requests() {
      return requests;
    },
    get life() {
      return current?.life;
    },
  };
}
