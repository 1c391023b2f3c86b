/** The sandbox behind a real socket on this machine, for tests of the network layer. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createSandbox, type Sandbox } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';

/** The headers of an answer that clients read. */
const passed = ['content-type', 'total-number', 'total-number-is-capped', 'link', 'location'];

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly type: string;
  readonly body: Buffer;
}

export interface Listening {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  close(): Promise<void>;
}

async function listen(server: Server): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * A tenant and every request that it received, in order. An upload is answered with a URL and not stored.
 *
 * @param before runs before a request is processed, and `after` before it is answered
 * @param sandbox what answers
 */
export async function listeningTenant(
  before: (received: Received) => Promise<void> = async () => {},
  after: (received: Received) => Promise<void> = async () => {},
  sandbox: Pick<Sandbox, 'fetch'> = createSandbox(),
): Promise<Listening & { readonly received: Received[] }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const { method = '', url = '', headers } = request;
    const type = headers['content-type'] ?? '';
    const incoming = { method, url, type, body };
    received.push(incoming);
    await before(incoming);
    if (type.startsWith('multipart/')) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"url":"https://files.example.com/1"}');
      return;
    }
    const answer = await sandbox.fetch(`${sandboxSettings.endpoint}${url}`, {
      method,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, String(value)]),
      ),
      ...(body.length > 0 && { body: body.toString() }),
      signal: AbortSignal.timeout(10_000),
    });
    await after(incoming);
    response.writeHead(
      answer.status,
      Object.fromEntries(
        passed
          .map((name): [string, string | null] => [name, answer.headers.get(name)])
          .filter((entry): entry is [string, string] => entry[1] !== null),
      ),
    );
    response.end(await answer.text());
  });
  return { ...(await listen(server)), received };
}

/** A proxy that tunnels with CONNECT, and the hosts that clients requested from it. */
export async function listeningProxy(): Promise<Listening & { readonly tunnels: string[] }> {
  const tunnels: string[] = [];
  const server = createServer((_, response) => response.writeHead(501).end());
  server.on('connect', (request, socket, head) => {
    const { hostname, port } = new URL(`http://${request.url}`);
    tunnels.push(String(request.url));
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  return { ...(await listen(server)), tunnels };
}
