/** The way to a real Logto. The only file that knows undici. */
import { Agent, type Dispatcher, EnvHttpProxyAgent, FormData } from 'undici';
import type { Fetch, Upload } from './fetch.js';

/** Milliseconds for a TCP and TLS handshake. */
const connectTimeout = 10_000;

const form = ({ field, filename, type, bytes }: Upload): FormData => {
  const data = new FormData();
  data.append(field, new Blob([bytes], { type }), filename);
  return data;
};

/**
 * A fetch over pooled keep-alive connections. `proxied` obeys HTTP_PROXY, HTTPS_PROXY and NO_PROXY; without it none of
 * them is looked at.
 */
export function connect(proxied: boolean): Fetch {
  const options = { connect: { timeout: connectTimeout } };
  const dispatcher: Dispatcher = proxied ? new EnvHttpProxyAgent(options) : new Agent(options);
  return async (url, { method, headers, body, signal }) => {
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
}
