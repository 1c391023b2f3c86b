/**
 * Which proxy leads to an address, by HTTP_PROXY, HTTPS_PROXY and NO_PROXY as curl and undici read them. Decided here, and
 * not by undici, so that an error on the way can say whose it is.
 */
import { LogtoError } from './errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ProxyServer {
  /** The whole address, credentials included. Never to be printed. */
  readonly uri: string;
  /** The address that may be shown. */
  readonly shown: string;
  /** The variable that names it. */
  readonly variable: string;
}

/** What the environment says about the way to an address. */
export interface ProxyRoute {
  /** Undefined for a direct way. */
  readonly proxy?: ProxyServer;
  /** The variable whose proxy would be taken, did NO_PROXY not exempt the address. */
  readonly exempted?: string;
}

const schemes = new Set(['http:', 'https:', 'socks5:', 'socks:']);

const given = (env: Environment, name: string): [variable: string, value: string] | undefined => {
  for (const variable of [name.toLowerCase(), name]) {
    const value = env[variable]?.trim();
    if (value !== undefined && value !== '') {
      return [variable, value];
    }
  }
  return undefined;
};

/** `example.com` and `.example.com` cover the host and all below it, `host:port` one port, `*` everything. */
function exempts(entry: string, host: string, port: string): boolean {
  if (entry === '*') {
    return true;
  }
  const [, name = entry, only] = /^(.+):(\d+)$/.exec(entry) ?? [];
  const bare = name.replace(/^\*?\./, '').toLowerCase();
  return (only === undefined || only === port) && (host === bare || host.endsWith(`.${bare}`));
}

/**
 * The way to `address`.
 *
 * @throws LogtoError when a variable holds something that is no address of a proxy
 */
export function routeTo(address: string, env: Environment): ProxyRoute {
  const { protocol, host, port } = new URL(address);
  const chosen =
    (protocol === 'https:' ? given(env, 'HTTPS_PROXY') : undefined) ?? given(env, 'HTTP_PROXY');
  if (chosen === undefined) {
    return {};
  }
  const [variable, uri] = chosen;
  const exceptions = given(env, 'NO_PROXY')?.[1].split(/[\s,]+/) ?? [];
  const name = host.replace(/:\d+$/, '').toLowerCase();
  const number = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  if (exceptions.some((entry) => entry !== '' && exempts(entry, name, number))) {
    return { exempted: variable };
  }
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url === undefined || !schemes.has(url.protocol) || url.hostname === '') {
    throw new LogtoError({
      kind: 'configuration',
      code: 'proxy_address',
      message: `${variable} is no address of a proxy.`,
      hint: `Write it with its scheme, such as http://proxy.example.com:3128, or take ${variable} out of the environment of this server.`,
    });
  }
  return { proxy: { uri, shown: `${url.protocol}//${url.host}`, variable } };
}
