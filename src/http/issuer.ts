/** The authorization server: its metadata, passed through to clients, and its keys. */
import type { OAuthMetadata } from '@modelcontextprotocol/server';
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import { isObject } from '../json.js';
import type { Transport } from '../logto/transport.js';

/** Milliseconds for one request to the issuer. */
const TIMEOUT_MS = 5_000;

/** Milliseconds for which metadata is not read again. */
const METADATA_LIFETIME_MS = 10 * 60_000;

/** Milliseconds for which keys are not read again. After this time a removed key verifies nothing. */
const KEYS_LIFETIME_MS = 60_000;

/** Milliseconds between two reads of the keys because of an unknown key. */
const KEYS_COOLDOWN_MS = 5_000;

/** The issuer does not answer, or not with its metadata. */
export class IssuerUnavailableError extends Error {
  override readonly name = 'IssuerUnavailableError';
}

const text = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isMetadata = (value: unknown): value is OAuthMetadata =>
  isObject(value) &&
  text(value['issuer']) &&
  text(value['authorization_endpoint']) &&
  text(value['token_endpoint']) &&
  Array.isArray(value['response_types_supported']);

export class Issuer {
  readonly #issuer: string;
  readonly #transport: Transport;
  readonly #now: () => number;
  #metadata: { readonly value: OAuthMetadata; readonly until: number } | undefined;
  #reading: Promise<OAuthMetadata> | undefined;
  #keys: { readonly uri: string; readonly set: ReturnType<typeof createRemoteJWKSet> } | undefined;

  /** @param now milliseconds since the epoch */
  constructor(issuer: string, transport: Transport, now: () => number = Date.now) {
    this.#issuer = issuer;
    this.#transport = transport;
    this.#now = now;
  }

  /** What the issuer publishes about itself (RFC 8414, OpenID Connect discovery). @throws IssuerUnavailableError */
  async metadata(): Promise<OAuthMetadata> {
    if (this.#metadata !== undefined && this.#metadata.until > this.#now()) {
      return this.#metadata.value;
    }
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<OAuthMetadata> {
    const url = `${this.#issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    let value: unknown;
    try {
      const answer = await this.#transport(url, {
        method: 'GET',
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      value = answer.status === 200 ? JSON.parse(await answer.text()) : undefined;
    } catch (error) {
      throw new IssuerUnavailableError(`${url} cannot be read`, { cause: error });
    }
    if (!isMetadata(value)) {
      throw new IssuerUnavailableError(`${url} does not answer with the metadata of an issuer`);
    }
    if (value.issuer !== this.#issuer) {
      throw new IssuerUnavailableError(
        `${url} names another issuer: set --issuer to the letter as it is there`,
      );
    }
    this.#metadata = { value, until: this.#now() + METADATA_LIFETIME_MS };
    return value;
  }

  async #keySet(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    const { jwks_uri: uri } = await this.metadata();
    if (!text(uri)) {
      throw new IssuerUnavailableError('The metadata of the issuer has no jwks_uri');
    }
    if (this.#keys?.uri !== uri) {
      const set = createRemoteJWKSet(new URL(uri), {
        cooldownDuration: KEYS_COOLDOWN_MS,
        cacheMaxAge: KEYS_LIFETIME_MS,
        timeoutDuration: TIMEOUT_MS,
        [customFetch]: async (url, { signal }) => {
          const answer = await this.#transport(String(url), {
            method: 'GET',
            headers: { accept: 'application/json' },
            signal: signal ?? AbortSignal.timeout(TIMEOUT_MS),
          });
          return new Response(await answer.text(), { status: answer.status });
        },
      });
      this.#keys = { uri, set };
    }
    return this.#keys.set;
  }

  /** Finds the key of a token. */
  readonly keys: JWTVerifyGetKey = async (header, token) => (await this.#keySet())(header, token);

  /** Whether the keys can be read. @throws Error when not */
  async ready(): Promise<void> {
    const set = await this.#keySet();
    if (!set.fresh) {
      await set.reload();
    }
  }
}
