/** A tenant in memory that answers as Logto does, for trials and for tests of agents. */
import { Tokens } from './oidc.js';
import { DEFAULT_SANDBOX_RELEASE, type SandboxRelease } from './release.js';
import { document, notFoundRoute, ok, type SandboxReply } from './reply.js';
import { answer } from './router.js';
import { seed } from './seed.js';
import { sandboxSettings } from './settings.js';
import { Tenant } from './tenant.js';

/** The response that the session reads, declared again: the sandbox shares no code with the session. */
interface SandboxAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

interface SandboxRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | object;
  readonly signal: AbortSignal;
}

export interface Sandbox {
  /** Answers `/oidc/token`, the discovery document and everything below `/api`. */
  fetch(url: string, init: SandboxRequest): Promise<SandboxAnswer>;
  /** Invalidates every issued token. */
  revokeTokens(): void;
}

export interface SandboxOptions {
  /** Milliseconds since the epoch; defaults to the clock of the machine. */
  readonly now?: () => number;
  /** `empty` contains only what a new Logto tenant has. */
  readonly content?: 'believable' | 'empty';
  /** Which Logto it is; the one that the catalog describes unless given. */
  readonly release?: SandboxRelease['release'];
  /** Turns development features on: in 1.43 the trusted devices. */
  readonly developmentFeatures?: boolean;
  /** The tenant to fill, for tests that compare its state; a new one unless given. */
  readonly tenant?: Tenant;
}

const discovery = (origin: string): SandboxReply =>
  ok({
    issuer: `${origin}/oidc`,
    authorization_endpoint: `${origin}/oidc/auth`,
    token_endpoint: `${origin}/oidc/token`,
    jwks_uri: `${origin}/oidc/jwks`,
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
  });

/** Creates a sandbox with its own tenant. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const tenant = options.tenant ?? new Tenant(options.now ?? Date.now);
  seed(tenant, sandboxSettings, options.content ?? 'believable');
  const tokens = new Tokens(tenant);
  const release: SandboxRelease = {
    release: options.release ?? DEFAULT_SANDBOX_RELEASE.release,
    developmentFeatures: options.developmentFeatures ?? false,
  };

  const reply = (url: URL, init: SandboxRequest): SandboxReply => {
    const headers = Object.fromEntries(
      Object.entries(init.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    if (url.pathname === '/oidc/token' && init.method === 'POST') {
      return tokens.issue(headers['authorization'] ?? '', String(init.body ?? ''));
    }
    if (url.pathname === '/oidc/.well-known/openid-configuration') {
      return discovery(url.origin);
    }
    if (url.pathname === '/api' || url.pathname.toLowerCase().startsWith('/api/')) {
      return answer(
        { method: init.method, url, headers, body: init.body },
        tenant,
        tokens,
        release,
      );
    }
    // Any other path answers with the sign-in page, as in Logto: a wrong address looks like a success.
    return url.pathname.startsWith('/oidc')
      ? notFoundRoute()
      : document('text/html; charset=utf-8', '<!doctype html><title>Sandbox</title>');
  };

  return {
    async fetch(url, init) {
      init.signal.throwIfAborted();
      const { status, headers, body } = reply(new URL(url), init);
      return {
        status,
        headers: { get: (name) => headers[name.toLowerCase()] ?? null },
        text: async () => body,
      };
    },
    revokeTokens: () => tokens.revokeAll(),
  };
}
