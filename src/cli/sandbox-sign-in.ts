/** Serves the sandbox's authorization server on loopback. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readRequestBody } from '../http/body.js';
import type { Transport } from '../logto/transport.js';
import { AuthorizationServer, type Person } from '../sandbox/authorization-server.js';

const MAX_FORM_BYTES = 64 * 1024;

/** Milliseconds for the metadata document of a client. */
const DOCUMENT_TIMEOUT_MS = 5_000;

const MAX_DOCUMENT_CHARS = 64 * 1024;

export interface SandboxSignIn {
  readonly server: AuthorizationServer;
  close(): void;
}

async function answer(
  server: AuthorizationServer,
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
): Promise<void> {
  const body = request.method === 'POST' ? await readRequestBody(request, MAX_FORM_BYTES) : '';
  const answered = await server.handle({
    method: request.method ?? 'GET',
    url: new URL(request.url ?? '/', origin),
    form: new URLSearchParams(body),
  });
  const { status, headers, body: text } = answered ?? { status: 404, headers: {}, body: '' };
  response.writeHead(status, headers).end(text);
}

/**
 * @param issuer `http://127.0.0.1:<port>/oidc`
 * @param transport fetches the metadata documents of clients
 */
export async function serveSandboxSignIn(
  issuer: string,
  resource: string,
  people: readonly Person[],
  transport: Transport,
): Promise<SandboxSignIn> {
  const { origin, hostname, port } = new URL(issuer);
  const server = new AuthorizationServer({
    issuer,
    resource,
    people,
    fetchDocument: async (url) => {
      const document = await transport(url, {
        method: 'GET',
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(DOCUMENT_TIMEOUT_MS),
      });
      const text = await document.text();
      if (document.status !== 200 || text.length > MAX_DOCUMENT_CHARS) {
        throw new Error('The metadata document of the client cannot be read.');
      }
      return JSON.parse(text);
    },
  });
  const listener: Server = createServer((request, response) => {
    answer(server, request, response, origin).catch(() => response.writeHead(400).end());
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(Number(port), hostname, resolve);
  });
  return {
    server,
    close: () => {
      listener.close();
      listener.closeAllConnections();
    },
  };
}
