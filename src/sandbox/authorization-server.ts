/**
 * An authorization server for trials on loopback: metadata, keys, and the authorization code flow with PKCE for two
 * fictitious people. Paths and claims are those of Logto. There are no passwords: a person who opens the page chooses an
 * account.
 */
import { createHash, randomBytes } from 'node:crypto';
import { type FetchDocument, findClient, type OAuthClient } from './client-documents.js';
import { createSigningKey, type SigningKey } from './signing-key.js';

/** Seconds. */
const TOKEN_LIFETIME_S = 3600;

/** Milliseconds in which a person chooses, and a code is exchanged. */
const PENDING_LIFETIME_MS = 10 * 60_000;

/** Authorizations, codes and refresh tokens at a time. */
const MAX_ENTRIES = 1_000;

export interface Person {
  /** The id of the user in the tenant. */
  readonly id: string;
  readonly name: string;
  /** The scopes that a role of this person grants. */
  readonly scopes: readonly string[];
}

export interface AuthorizationServerOptions {
  /** `http://127.0.0.1:<port>/oidc` */
  readonly issuer: string;
  /** The resource indicator of the MCP server. */
  readonly resource: string;
  readonly people: readonly Person[];
  readonly fetchDocument: FetchDocument;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface OAuthRequest {
  readonly method: string;
  readonly url: URL;
  /** The body of a POST, as a form. */
  readonly form: URLSearchParams;
}

export interface OAuthAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a client requested. */
interface Authorization {
  readonly client: OAuthClient;
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly challenge: string;
  readonly scopes: readonly string[] | undefined;
}

interface CodeGrant {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly person: Person;
  readonly scope: string;
}

/** Values by a random key, each valid for a while and used once. */
class OneTime<T> {
  readonly #values = new Map<string, { readonly value: T; readonly until: number }>();

  constructor(
    private readonly now: () => number,
    private readonly lifetimeMs: number,
  ) {}

  put(value: T): string {
    const [oldest] = this.#values.keys();
    if (this.#values.size >= MAX_ENTRIES && oldest !== undefined) {
      this.#values.delete(oldest);
    }
    const key = randomBytes(24).toString('base64url');
    this.#values.set(key, { value, until: this.now() + this.lifetimeMs });
    return key;
  }

  take(key: string): T | undefined {
    const entry = this.#values.get(key);
    this.#values.delete(key);
    return entry !== undefined && entry.until > this.now() ? entry.value : undefined;
  }
}

const json = (status: number, body: unknown): OAuthAnswer => ({
  status,
  headers: {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
  },
  body: JSON.stringify(body),
});

const oauthError = (status: number, error: string, description: string): OAuthAnswer =>
  json(status, { error, error_description: description });

const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const page = (status: number, body: string): OAuthAnswer => ({
  status,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-frame-options': 'DENY',
  },
  body: `<!doctype html><html lang="en"><title>Sandbox sign-in</title><body style="font-family: sans-serif; max-width: 36em; margin: 4em auto">${body}</body></html>`,
});

const redirectTo = (uri: string, parameters: Readonly<Record<string, string | undefined>>) => {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) {
      url.searchParams.set(name, value);
    }
  }
  return { status: 302, headers: { location: url.href, 'cache-control': 'no-store' }, body: '' };
};

export class AuthorizationServer {
  readonly #options: AuthorizationServerOptions;
  readonly #now: () => number;
  readonly #pending: OneTime<Authorization>;
  readonly #codes: OneTime<CodeGrant>;
  readonly #refreshTokens: OneTime<CodeGrant>;
  #key: SigningKey = createSigningKey();

  constructor(options: AuthorizationServerOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#pending = new OneTime(this.#now, PENDING_LIFETIME_MS);
    this.#codes = new OneTime(this.#now, PENDING_LIFETIME_MS);
    this.#refreshTokens = new OneTime(this.#now, 24 * 3_600_000);
  }

  /** Replaces the signing key: tokens of the former one are refused once its key set is read again. */
  rotateKey(): void {
    this.#key = createSigningKey();
  }

  /** The present signing key, for tests that make tokens of their own. */
  get key(): SigningKey {
    return this.#key;
  }

  /** Answers a request; undefined for a path of no endpoint of this server. */
  async handle(request: OAuthRequest): Promise<OAuthAnswer | undefined> {
    const { method, url } = request;
    const base = new URL(this.#options.issuer).pathname;
    switch (`${method} ${url.pathname}`) {
      case `GET ${base}/.well-known/openid-configuration`:
      case `GET ${base}/.well-known/oauth-authorization-server`:
        return json(200, this.#metadata());
      case `GET ${base}/jwks`:
        return json(200, { keys: [this.#key.publicJwk] });
      case `GET ${base}/auth`:
        return this.#authorize(url.searchParams);
      case `POST ${base}/auth`:
        return this.#choose(request.form);
      case `POST ${base}/token`:
        return this.#token(request.form);
      default:
        return undefined;
    }
  }

  #metadata() {
    const { issuer } = this.#options;
    return {
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none'],
      id_token_signing_alg_values_supported: ['ES384'],
      subject_types_supported: ['public'],
      client_id_metadata_document_supported: true,
      authorization_response_iss_parameter_supported: true,
    };
  }

  async #authorize(query: URLSearchParams): Promise<OAuthAnswer> {
    const { fetchDocument, resource, issuer } = this.#options;
    const client = await findClient(query.get('client_id') ?? '', fetchDocument);
    const redirectUri = query.get('redirect_uri') ?? '';
    // If the client is not certain, nothing is sent to the given address.
    if (client === undefined || !client.allowsRedirect(redirectUri)) {
      return page(400, '<h1>Unknown client</h1><p>Its client id or its redirect URI is not known.');
    }
    const state = query.get('state') ?? undefined;
    const refuse = (error: string, description: string) =>
      redirectTo(redirectUri, { error, error_description: description, state, iss: issuer });
    const challenge = query.get('code_challenge') ?? '';
    if (query.get('response_type') !== 'code') {
      return refuse('unsupported_response_type', 'Only the response type code is supported');
    }
    if (query.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(challenge)) {
      return refuse('invalid_request', 'PKCE with S256 is required');
    }
    if (query.get('resource') !== resource) {
      return refuse('invalid_target', 'The resource indicator is missing or unknown');
    }
    const asked = query
      .get('scope')
      ?.split(' ')
      .filter((scope) => scope !== '');
    const key = this.#pending.put({ client, redirectUri, state, challenge, scopes: asked });
    const buttons = this.#options.people.map(
      ({ id, name, scopes }) =>
        `<p><button name="person" value="${escapeHtml(id)}">${escapeHtml(name)}</button> ${escapeHtml(scopes.join(', '))}`,
    );
    return page(
      200,
      `<h1>Sign in to the sandbox</h1><p>${escapeHtml(client.name)} (${escapeHtml(client.id)}) asks for: ${escapeHtml(asked?.join(', ') ?? 'everything')}<form method="post"><input type="hidden" name="request" value="${key}">${buttons.join('')}<p><button name="person" value="">Refuse</button></form>`,
    );
  }

  #choose(form: URLSearchParams): OAuthAnswer {
    const { issuer, people } = this.#options;
    const pending = this.#pending.take(form.get('request') ?? '');
    if (pending === undefined) {
      return page(400, '<h1>Expired</h1><p>Start the sign-in again in the client.');
    }
    const { client, redirectUri, state, challenge, scopes } = pending;
    const person = people.find(({ id }) => id === form.get('person'));
    if (person === undefined) {
      return redirectTo(redirectUri, { error: 'access_denied', state, iss: issuer });
    }
    const scope = person.scopes
      .filter((granted) => scopes === undefined || scopes.includes(granted))
      .join(' ');
    const code = this.#codes.put({ clientId: client.id, redirectUri, challenge, person, scope });
    return redirectTo(redirectUri, { code, state, iss: issuer });
  }

  #token(form: URLSearchParams): OAuthAnswer {
    const clientId = form.get('client_id') ?? '';
    switch (form.get('grant_type')) {
      case 'authorization_code': {
        const grant = this.#codes.take(form.get('code') ?? '');
        const verifier = form.get('code_verifier') ?? '';
        const isProven =
          createHash('sha256').update(verifier).digest('base64url') === grant?.challenge;
        return grant !== undefined &&
          isProven &&
          grant.clientId === clientId &&
          grant.redirectUri === form.get('redirect_uri')
          ? this.#issue(grant, form)
          : oauthError(400, 'invalid_grant', 'The code is not valid for this client');
      }
      case 'refresh_token': {
        const grant = this.#refreshTokens.take(form.get('refresh_token') ?? '');
        return grant !== undefined && grant.clientId === clientId
          ? this.#issue(grant, form)
          : oauthError(400, 'invalid_grant', 'The refresh token is not valid for this client');
      }
      default:
        return oauthError(400, 'unsupported_grant_type', 'Codes and refresh tokens are accepted');
    }
  }

  #issue(grant: CodeGrant, form: URLSearchParams): OAuthAnswer {
    const { issuer, resource } = this.#options;
    if (form.has('resource') && form.get('resource') !== resource) {
      return oauthError(400, 'invalid_target', 'The resource indicator is unknown');
    }
    const iat = Math.floor(this.#now() / 1000);
    const token = this.#key.sign(
      {
        iss: issuer,
        aud: resource,
        sub: grant.person.id,
        client_id: grant.clientId,
        scope: grant.scope,
        jti: randomBytes(12).toString('base64url'),
        iat,
        exp: iat + TOKEN_LIFETIME_S,
      },
      'at+jwt',
    );
    return json(200, {
      access_token: token,
      token_type: 'Bearer',
      expires_in: TOKEN_LIFETIME_S,
      scope: grant.scope,
      refresh_token: this.#refreshTokens.put(grant),
    });
  }
}
