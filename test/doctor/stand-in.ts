/** A small server on 127.0.0.1 that answers as Logto does, from the sandbox, or as a test specifies. */

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect as connectTo, type Server } from 'node:net';
import { join } from 'node:path';
import type { Transport, TransportResponse } from '../../src/logto/transport.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { answerOf } from '../support/faults.js';

/** Answers instead of the sandbox, by path; `METHOD path` for one verb only. */
export type Instead = Readonly<
  Record<string, TransportResponse | ((url: string) => TransportResponse | undefined)>
>;

export const json = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): TransportResponse =>
  answerOf(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });

export const page = (status = 200): TransportResponse =>
  answerOf(status, '<!doctype html><title>Welcome</title>', { 'content-type': 'text/html' });

export const redirect = (location: string): TransportResponse => answerOf(302, '', { location });

/** What the token endpoint of Logto 1.42 answers, word for word. */
const refusal = (status: number, error: string, description: string): TransportResponse =>
  json(status, {
    code: `oidc.${error}`,
    message: `An OIDC error occurred: oidc.${error}.`,
    error,
    error_description: description,
  });

export const refusals = {
  unknownApplication: refusal(400, 'invalid_client', 'invalid client sandbox'),
  wrongSecret: refusal(401, 'invalid_client', 'client authentication failed'),
  expiredSecret: refusal(400, 'invalid_request', 'client secret has expired'),
  traditional: refusal(
    400,
    'invalid_request',
    'requested grant type is not allowed for this client',
  ),
  withoutRedirects: refusal(400, 'invalid_redirect_uri', 'redirect_uris must contain members'),
  unknownResource: refusal(400, 'invalid_target', 'resource indicator is missing, or unknown'),
  /** The answer by the specification (RFC 6749, 5.2); Logto itself gives the one above. */
  unauthorized: refusal(400, 'unauthorized_client', 'grant type is not allowed'),
} as const;

/** A fetch that answers from `instead`, and otherwise from the sandbox. Without a server: for addresses of Logto Cloud. */
export function standIn(instead: Instead = {}): Transport {
  const sandbox = createSandbox();
  return async (url, init) => {
    const { pathname } = new URL(url);
    const answer = instead[`${init.method} ${pathname}`] ?? instead[pathname];
    return (typeof answer === 'function' ? answer(url) : answer) ?? sandbox.fetch(url, init);
  };
}

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');

export interface Running {
  /** `http://127.0.0.1:<port>`, or with https. */
  readonly endpoint: string;
  /** Every request, as `GET /api/status`, and every tunnel, as `CONNECT host:port`, in order. */
  readonly seen: string[];
  close(): Promise<void>;
}

const listen = async (server: Server, scheme: string, seen: string[]): Promise<Running> => {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) {
          socket.destroy();
        }
      }),
  };
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const shown = ['content-type', 'location', 'total-number', 'date', 'logto-core-request-id'];

/** Passes requests to a fetch. */
const handler =
  (fetch: Transport, scheme: string, seen: string[]): RequestListener =>
  async (request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    seen.push(`${method} ${url}`);
    const body = await bodyOf(request);
    const answer = await fetch(`${scheme}://${headers.host}${url}`, {
      method,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, String(value)]),
      ),
      ...(body !== '' && { body }),
      signal: new AbortController().signal,
    });
    for (const name of shown) {
      const value = answer.headers.get(name);
      if (value !== null) {
        response.setHeader(name, value);
      }
    }
    response.writeHead(answer.status).end(await answer.text());
  };

/** Logto over HTTP. */
export function serveLogto(instead: Instead = {}): Promise<Running> {
  const seen: string[] = [];
  return listen(createServer(handler(standIn(instead), 'http', seen)), 'http', seen);
}

/** Logto over HTTPS, with one of the certificates in `fixtures`. */
export function serveSecurely(certificate: string): Promise<Running> {
  const seen: string[] = [];
  const options = { key: fixture('server.key'), cert: fixture(certificate) };
  const server = createSecureServer(options, handler(standIn(), 'https', seen));
  server.on('tlsClientError', () => {});
  return listen(server, 'https', seen);
}

/** Accepts connections and never answers. */
export const serveSilence = (): Promise<Running> =>
  listen(
    createServer(() => {}),
    'http',
    [],
  );

/** A proxy. `refusal` is the status with which it answers instead of connecting. */
export function serveProxy(refusal?: number): Promise<Running> {
  const seen: string[] = [];
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request, socket, head) => {
    const { url = '', headers } = request;
    const credentials = headers['proxy-authorization'] === undefined ? '' : ' with a password';
    seen.push(`CONNECT ${url}${credentials}`);
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} Refused\r\n\r\n`);
      return;
    }
    const [host, port] = url.split(':');
    const upstream = connectTo(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  return listen(server, 'http', seen);
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<string> {
  const { endpoint, close } = await serveSilence();
  await close();
  return endpoint;
}
