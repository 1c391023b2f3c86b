/** The way to a real Logto. The only file that knows undici. */
import { Agent, type Dispatcher, FormData, ProxyAgent } from 'undici';
import { ProxyError } from './errors.js';
import type { ProxyServer } from './proxy.js';
import type { Transport, Upload } from './transport.js';

/** Milliseconds for a TCP and TLS handshake. */
const connectTimeout = 10_000;

const form = ({ field, filename, type, bytes }: Upload): FormData => {
  const data = new FormData();
  data.append(field, new Blob([bytes], { type }), filename);
  return data;
};

/** The status with which a proxy refused to lead on; undici has it in the message alone. */
const refusalOf = (error: unknown): number | undefined => {
  const status = error instanceof Error && /^Proxy response \((\d{3})\)/.exec(error.message)?.[1];
  return status ? Number(status) : undefined;
};

/**
 * A fetch over pooled keep-alive connections, through `proxy` where there is one. The environment is not looked at.
 *
 * Rejects with ProxyFailed for everything that went wrong on a way through a proxy.
 */
export function createUndiciTransport(proxy?: ProxyServer): Transport {
  const dispatcher: Dispatcher =
    proxy === undefined
      ? new Agent({ connect: { timeout: connectTimeout } })
      : new ProxyAgent({ uri: proxy.uri });
  const send: Transport = async (url, { method, headers, body, signal }) => {
    const { origin, pathname, search } = new URL(url);
    const {
      statusCode,
      headers: received,
      body: stream,
    } = await dispatcher.request({
      origin,
      path: `${pathname}${search}`,
      method: method as Dispatcher.HttpMethod,
      headers,
      body: typeof body === 'object' ? form(body) : (body ?? null),
      signal,
    });
    return {
      status: statusCode,
      headers: {
        get(name) {
          const value = received[name.toLowerCase()];
          return Array.isArray(value) ? value.join(', ') : (value ?? null);
        },
      },
      text: () => stream.text(),
    };
  };
  if (proxy === undefined) {
    return send;
  }
  return (url, init) =>
    send(url, init).catch((error: unknown) => {
      init.signal.throwIfAborted();
      throw new ProxyError(proxy.shown, refusalOf(error), error);
    });
}
