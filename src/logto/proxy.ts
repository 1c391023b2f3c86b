/**
 * Which proxy is used for an address, by HTTP_PROXY, HTTPS_PROXY and NO_PROXY as curl and undici read them. Decided here, and
 * not by undici, so that an error can name the proxy.
 */
import { LogtoError } from './errors.js';

type ProxyVariables = Readonly<Record<string, string | undefined>>;

export interface ProxyServer {
  /** The whole address, with credentials. Must not be printed. */
  readonly uri: string;
  /** The address without credentials. */
  readonly shown: string;
  /** The variable that names it. */
  readonly variable: string;
}

/** What the environment says about the route to an address. */
export interface ProxyRoute {
  /** Undefined for a direct connection. */
  readonly proxy?: ProxyServer;
  /** The variable whose proxy would be used if NO_PROXY did not exempt the address. */
  readonly exempted?: string;
}

const PROXY_SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'socks5:', 'socks:']);

/** The first variable of this name that has a value, in small letters first. */
const variableOf = (
  env: ProxyVariables,
  name: string,
): [variable: string, value: string] | undefined => {
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
  const [, name = entry, onlyPort] = /^(.+):(\d+)$/.exec(entry) ?? [];
  const domain = name.replace(/^\*?\./, '').toLowerCase();
  return (
    (onlyPort === undefined || onlyPort === port) &&
    (host === domain || host.endsWith(`.${domain}`))
  );
}

/**
 * The route to `address`.
 *
 * @throws LogtoError when a variable holds something that is not the address of a proxy
 */
export function routeTo(address: string, env: ProxyVariables): ProxyRoute {
  const { protocol, host, port } = new URL(address);
  const chosen =
    (protocol === 'https:' ? variableOf(env, 'HTTPS_PROXY') : undefined) ??
    variableOf(env, 'HTTP_PROXY');
  if (chosen === undefined) {
    return {};
  }
  const [variable, uri] = chosen;
  const exceptions = variableOf(env, 'NO_PROXY')?.[1].split(/[\s,]+/) ?? [];
  const hostname = host.replace(/:\d+$/, '').toLowerCase();
  const effectivePort = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  if (exceptions.some((entry) => entry !== '' && exempts(entry, hostname, effectivePort))) {
    return { exempted: variable };
  }
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url === undefined || !PROXY_SCHEMES.has(url.protocol) || url.hostname === '') {
    throw new LogtoError({
      kind: 'configuration',
      code: 'proxy_address',
      message: `${variable} is not the address of a proxy.`,
      hint: `Write it with its scheme, such as http://proxy.example.com:3128, or remove ${variable} from the environment of this server.`,
    });
  }
  return { proxy: { uri, shown: `${url.protocol}//${url.host}`, variable } };
}
