/** Sends requests to a real Logto. The only file that imports undici. */
import { Agent, type Dispatcher, FormData, ProxyAgent } from 'undici';
import { LogtoError, ProxyError } from './errors.js';
import type { ProxyServer } from './proxy.js';
import { unreadableAnswer } from './response-errors.js';
import {
  MAX_ANSWER_BYTES,
  type Transport,
  type TransportRequest,
  type TransportResponse,
  type Upload,
} from './transport.js';

/** Milliseconds for a TCP and TLS handshake. */
const CONNECT_TIMEOUT_MS = 10_000;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const formOf = ({ field, filename, type, bytes }: Upload): FormData => {
  const form = new FormData();
  form.append(field, new Blob([bytes], { type }), filename);
  return form;
};

/** The status with which a proxy refused to connect; undici has it in the message alone. */
const proxyStatus = (error: unknown): number | undefined => {
  const status = error instanceof Error && /^Proxy response \((\d{3})\)/.exec(error.message)?.[1];
  return status ? Number(status) : undefined;
};

/** The text of a body, without a byte order mark. */
function decode(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  const text = (
    chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)
  ).toString();
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

const responseOf = (status: number, headers: Headers, text: string): TransportResponse => ({
  status,
  headers: {
    get(name) {
      const value = headers[name.toLowerCase()];
      return Array.isArray(value) ? value.join(', ') : (value ?? null);
    },
  },
  text: () => Promise.resolve(text),
});

/**
 * Dispatches one request and collects its answer. undici's own `request` would make a stream of every body, which costs
 * more than the rest of the request, and reads bodies of any size.
 */
function send(
  dispatcher: Dispatcher,
  url: string,
  { method, headers, body, signal }: TransportRequest,
): Promise<TransportResponse> {
  const { origin, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let status = 0;
    let received: Headers = {};
    let size = 0;
    const chunks: Buffer[] = [];
    const abort = () => fail(signal.reason);
    /** Ends the request. A connection that is being made, or a body that is arriving, is given up. */
    const fail = (error: Error) => {
      signal.removeEventListener('abort', abort);
      reject(error);
      controller?.abort(error);
    };
    const tooLarge = () =>
      unreadableAnswer(status, `it is larger than ${MAX_ANSWER_BYTES / 2 ** 20} MB`);
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    dispatcher.dispatch(
      {
        origin,
        path: `${pathname}${search}`,
        method: method as Dispatcher.HttpMethod,
        headers,
        body: typeof body === 'object' ? formOf(body) : (body ?? null),
      },
      {
        onRequestStart(started) {
          controller = started;
          if (signal.aborted) {
            started.abort(signal.reason);
          }
        },
        onResponseStart(_, statusCode, responseHeaders) {
          status = statusCode;
          received = responseHeaders;
          if (Number(received['content-length']) > MAX_ANSWER_BYTES) {
            fail(tooLarge());
          }
        },
        onResponseData(_, chunk) {
          size += chunk.length;
          if (size > MAX_ANSWER_BYTES) {
            chunks.length = 0;
            fail(tooLarge());
          } else {
            chunks.push(chunk);
          }
        },
        onResponseEnd() {
          signal.removeEventListener('abort', abort);
          resolve(responseOf(status, received, decode(chunks)));
        },
        onResponseError(_, error) {
          signal.removeEventListener('abort', abort);
          reject(error);
        },
      },
    );
  });
}

/**
 * Makes a transport over pooled keep-alive connections, through `proxy` if given. The environment is not read.
 *
 * It rejects with a ProxyError for every failure of a connection through a proxy.
 */
export function createUndiciTransport(proxy?: ProxyServer): Transport {
  if (proxy === undefined) {
    const agent = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS } });
    return (url, request) => send(agent, url, request);
  }
  const agent = new ProxyAgent({ uri: proxy.uri });
  return (url, request) =>
    send(agent, url, request).catch((error: unknown) => {
      request.signal.throwIfAborted();
      throw error instanceof LogtoError
        ? error
        : new ProxyError(proxy.shown, proxyStatus(error), error);
    });
}
