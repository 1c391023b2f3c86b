/**
 * Verifies access tokens: JWTs of the issuer for exactly this server (RFC 9068). The token itself is kept nowhere and passed
 * on to nothing.
 */
import { createHash } from 'node:crypto';
import { type AuthInfo, OAuthError, OAuthErrorCode } from '@modelcontextprotocol/server';
import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { principalOf } from './principal.js';

/** Signature algorithms. Symmetric ones and `none` would let the holder of a public value sign. */
const ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
];

/** Seconds by which clocks may differ. */
const CLOCK_TOLERANCE_S = 5;

/** Milliseconds for which a verified token is not verified again. A replaced key set takes effect within this time. */
const MAX_CACHED_MS = 60_000;

/** Verified tokens that are remembered. */
const MAX_CACHED_TOKENS = 5_000;

/** Characters of a token. Longer ones are refused before they are parsed. */
const MAX_TOKEN_CHARS = 8_192;

/** The keys of the issuer are unavailable: no token can be verified now. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

export interface TokenVerifierOptions {
  readonly issuer: string;
  /** The resource indicator of this server, to the letter. */
  readonly audience: string;
  readonly keys: JWTVerifyGetKey;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

interface Cached {
  readonly info: AuthInfo;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

const invalid = (why: string): OAuthError => new OAuthError(OAuthErrorCode.InvalidToken, why);

/** What is wrong with a token, in words that may be sent to its holder: no value of the token is repeated. */
function refusalOf(error: unknown): Error {
  if (error instanceof errors.JWTExpired) {
    return invalid('The access token has expired');
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return invalid(`The access token has an unacceptable ${error.claim}`);
  }
  if (
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    !(error instanceof errors.JOSEError) ||
    error.code === 'ERR_JOSE_GENERIC'
  ) {
    return new KeysUnavailableError('The keys of the issuer cannot be read', { cause: error });
  }
  return invalid('The access token is not valid');
}

export class TokenVerifier {
  readonly #cache = new Map<string, Cached>();
  readonly #options: TokenVerifierOptions;
  readonly #now: () => number;

  constructor(options: TokenVerifierOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** How many verified tokens are remembered. */
  get cached(): number {
    return this.#cache.size;
  }

  /**
   * Verifies a token.
   *
   * @returns who it is for; without the token itself
   * @throws OAuthError `invalid_token`; KeysUnavailableError where the issuer's keys cannot be read
   */
  async verifyAccessToken(token: string): Promise<AuthInfo> {
    if (token.length > MAX_TOKEN_CHARS) {
      throw invalid('The access token is too long');
    }
    const key = createHash('sha256').update(token).digest('base64');
    const cached = this.#cache.get(key);
    if (cached !== undefined) {
      if (cached.until > this.#now()) {
        return cached.info;
      }
      this.#cache.delete(key);
    }
    const info = await this.#verify(token);
    const [oldest] = this.#cache.keys();
    if (this.#cache.size >= MAX_CACHED_TOKENS && oldest !== undefined) {
      this.#cache.delete(oldest);
    }
    const until = Math.min((info.expiresAt ?? 0) * 1000, this.#now() + MAX_CACHED_MS);
    this.#cache.set(key, { info, until });
    return info;
  }

  async #verify(token: string): Promise<AuthInfo> {
    const { issuer, audience, keys } = this.#options;
    const now = this.#now();
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      typ: 'at+jwt',
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(now),
      requiredClaims: ['sub', 'client_id', 'iat', 'exp'],
    }).catch((error: unknown) => {
      throw refusalOf(error);
    });
    const { sub, aud, iat, exp, client_id: clientId, scope } = payload;
    if ((Array.isArray(aud) ? aud : [aud]).some((value) => value !== audience)) {
      throw invalid('The access token is for other servers too');
    }
    if (typeof iat !== 'number' || iat > now / 1000 + CLOCK_TOLERANCE_S) {
      throw invalid('The access token was issued in the future');
    }
    if (
      typeof sub !== 'string' ||
      sub === '' ||
      typeof clientId !== 'string' ||
      clientId === '' ||
      typeof exp !== 'number'
    ) {
      throw invalid('The access token does not name its subject and its client');
    }
    const granted = typeof scope === 'string' ? scope.split(' ').filter((name) => name !== '') : [];
    return {
      // Code after this point cannot pass the token on.
      token: '',
      clientId,
      scopes: granted,
      expiresAt: exp,
      resource: new URL(audience),
      extra: { principal: principalOf(sub, clientId, granted) },
    };
  }
}
