/** Makes a session from the configured access, live or in the sandbox. Loads only what the access needs. */
import type { Since } from '../catalog/release-names.js';
import type { Access } from '../config/access.js';
import type { Settings } from '../config/config.js';
import type { TenantConnection } from '../doctor/index.js';
import type { OwnAccess } from '../guard/policy/privilege-grants.js';
import { LogtoError } from '../logto/errors.js';
import { type ProxyServer, routeTo } from '../logto/proxy.js';
import type { ServedDocument } from '../logto/served-document.js';
import { createSession, type Session, type SessionOptions } from '../logto/session.js';
import type { Transport } from '../logto/transport.js';
import { sandboxSettings } from '../sandbox/settings.js';
import { stateFile } from './connection.js';

/** A transport that is created for the first request: loading it takes longer than listing the tools. */
function whenNeeded(create: () => Promise<Transport>): Transport {
  let transport: Promise<Transport> | undefined;
  return async (url, init) => {
    transport ??= create();
    return (await transport)(url, init);
  };
}

const sandboxFetch = async (release: Since): Promise<Transport> => {
  const { createSandbox } = await import('../sandbox/index.js');
  return createSandbox({ release }).fetch;
};

const liveFetch = async (proxy: ProxyServer | undefined): Promise<Transport> => {
  const { createUndiciTransport } = await import('../logto/undici-transport.js');
  return createUndiciTransport(proxy);
};

/**
 * A transport for requests to another address than the tenant, such as the issuer's.
 *
 * @throws LogtoError for a proxy in the environment that cannot be used
 */
export function transportFor(url: string): Transport {
  const { proxy } = routeTo(url, process.env);
  return whenNeeded(() => liveFetch(proxy));
}

const BEARER = 'Bearer ';

/** Reports each access token that is sent, so that the log can redact it by value. */
function reportTokens(transport: Transport, onToken: (token: string) => void): Transport {
  return (url, init) => {
    const authorization = init.headers['authorization'];
    if (authorization?.startsWith(BEARER)) {
      onToken(authorization.slice(BEARER.length));
    }
    return transport(url, init);
  };
}

/** The transport for the configured access. @param proxy the proxy on the way to the tenant */
export function openTransport(access: Access, proxy: ProxyServer | undefined): Transport {
  switch (access.kind) {
    case 'sandbox':
      return whenNeeded(() => sandboxFetch(access.release));
    case 'live':
      return whenNeeded(() => liveFetch(proxy));
    case 'unconfigured':
      return () => Promise.reject(new LogtoError(access.failure));
  }
}

/** The document of the running Logto. Its reader is loaded when it is first needed. */
export function openDocument(
  settings: Settings,
  transport: Transport,
  isDenied: boolean,
): ServedDocument {
  const { access } = settings;
  let reader: Promise<ServedDocument> | undefined;
  const create = async (): Promise<ServedDocument> => {
    const { createServedDocument, unreadDocument } = await import('../logto/served-document.js');
    const { fileCache } = await import('../logto/served-cache.js');
    if (isDenied) {
      return unreadDocument('the policy of this server excludes the OpenAPI documents');
    }
    switch (access.kind) {
      case 'sandbox':
        return createServedDocument({ endpoint: sandboxSettings.endpoint, fetch: transport });
      case 'live': {
        const { endpoint } = access.credentials;
        const cache = fileCache(stateFile(settings, endpoint, 'served', 'json'));
        return createServedDocument({ endpoint, fetch: transport, cache });
      }
      case 'unconfigured':
        return unreadDocument('no tenant is configured');
    }
  };
  return {
    async read(signal, maxAgeMs) {
      reader ??= create();
      return (await reader).read(signal, maxAgeMs);
    },
  };
}

/**
 * The session for the configured access.
 *
 * @param onToken takes each access token
 */
export function openSession(
  access: Access,
  transport: Transport,
  shared: Pick<SessionOptions, 'uploadFolder' | 'observe'>,
  onToken: (token: string) => void,
): Session {
  const fetch = reportTokens(transport, onToken);
  switch (access.kind) {
    case 'sandbox':
      return createSession({ ...sandboxSettings, fetch, ...shared });
    case 'live':
      return createSession({ ...access.credentials, fetch, ...shared });
    case 'unconfigured':
      return {
        check: () => Promise.reject(new LogtoError(access.failure)),
        send: () => Promise.reject(new LogtoError(access.failure)),
        redact: (text) => text,
        tokenRequests: 0,
      };
  }
}

/** What this server signs in with, for the guard to protect. */
export const ownAccessOf = (access: Access): OwnAccess =>
  access.kind === 'live' ? access.credentials : sandboxSettings;

/** How the doctor reaches the tenant; undefined when none is configured. */
export async function doctorConnection(access: Access): Promise<TenantConnection | undefined> {
  switch (access.kind) {
    case 'sandbox': {
      const fetch = await sandboxFetch(access.release);
      return { credentials: sandboxSettings, connect: () => fetch, sandbox: true };
    }
    case 'live':
      return {
        credentials: access.credentials,
        connect: (proxy) => whenNeeded(() => liveFetch(proxy)),
        sandbox: false,
      };
    case 'unconfigured':
      return undefined;
  }
}
