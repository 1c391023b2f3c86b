/** Limits on what reaches the server: names, origins, sizes, times, connections, and the end. */
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { clientHeaders, type HttpSetup, type Serving, sendTo, serveForTest } from './serve.js';

let serving: Serving | undefined;

const start = async (setup: HttpSetup = {}): Promise<Serving> => {
  serving = await serveForTest(setup);
  return serving;
};

afterEach(async () => {
  await serving?.close();
  serving = undefined;
});

const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });

const open = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
  });

/** Everything that arrives until the connection ends. */
const received = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
  });

describe('names and origins', () => {
  it.each([
    ['evil.example', undefined],
    ['127.0.0.1.evil.example', undefined],
    ['localhost@evil.example', undefined],
    ['127.0.0.1', 'https://evil.example'],
    ['127.0.0.1', 'null'],
    ['127.0.0.1', 'file://'],
  ])('the Host %s with the Origin %s is refused with 403', async (host, origin) => {
    const http = await start();
    const headers = { ...clientHeaders(http.token('Ada')), host, ...(origin && { origin }) };
    const answer = await http.send('POST', '/mcp', headers, list);
    expect(answer.status).toBe(403);
    expect(http.audited).toEqual([]);
  });

  it('the name of the base URL is accepted with its own origin, and loopback names where it listens there', async () => {
    const http = await start({ http: { baseUrl: 'https://mcp.example.com' } });
    const token = http.token('Ada');
    for (const host of ['mcp.example.com', 'localhost', '127.0.0.1', '[::1]:80']) {
      const headers = { ...clientHeaders(token), host, origin: 'https://mcp.example.com' };
      expect((await http.send('POST', '/mcp', headers, list)).status).toBe(200);
    }
  });

  it('another path is 404, and another method on the endpoint 405', async () => {
    const http = await start();
    const headers = clientHeaders(http.token('Ada'));
    expect((await http.send('POST', '/', headers, list)).status).toBe(404);
    expect((await http.send('POST', '/mcp/', headers, list)).status).toBe(404);
    expect((await http.send('GET', '/mcp', headers)).status).toBe(405);
    expect((await http.send('DELETE', '/mcp', headers)).status).toBe(405);
  });
});

describe('sizes and times', () => {
  it('a body of 100 MB is refused with 413, by its length and while it arrives', async () => {
    const http = await start();
    const headers = clientHeaders(http.token('Ada'));
    const announced = { ...headers, 'content-length': String(100 * 1024 * 1024) };
    const socket = await open(http.port);
    const answer = received(socket);
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n${Object.entries(announced)
        .map(([name, value]) => `${name}: ${value}`)
        .join('\r\n')}\r\n\r\n`,
    );
    expect(await answer).toMatch(/^HTTP\/1\.1 413 /);
    const chunked = await open(http.port);
    const other = received(chunked);
    chunked.write(
      `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n${Object.entries(
        headers,
      )
        .map(([name, value]) => `${name}: ${value}`)
        .join('\r\n')}\r\n\r\n`,
    );
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    let sent = 0;
    while (!chunked.destroyed && sent < 1600) {
      sent += 1;
      if (!chunked.write(chunk)) {
        await Promise.race([
          new Promise((resolve) => chunked.once('drain', resolve)),
          new Promise((resolve) => chunked.once('close', resolve)),
          new Promise((resolve) => setTimeout(resolve, 2_000)),
        ]);
      }
      if (sent > 64) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    expect(await other).toMatch(/^HTTP\/1\.1 413 /);
    expect(sent).toBeLessThan(1600);
    expect(http.writes).toEqual([]);
  });

  it('headers of more than 16 KB are refused with 431', async () => {
    const http = await start();
    const headers = { ...clientHeaders(http.token('Ada')), 'x-long': 'x'.repeat(20_000) };
    expect((await http.send('POST', '/mcp', headers, list)).status).toBe(431);
  });

  it('a body that arrives too slowly ends its request, and nothing is done', async () => {
    const http = await start({ timeouts: { headersMs: 500, requestMs: 1_000 } });
    const socket = await open(http.port);
    const answer = received(socket);
    const headers = { ...clientHeaders(http.token('Ada')), 'content-length': '1000' };
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n${Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}`)
        .join('\r\n')}\r\n\r\n{`,
    );
    const drip = setInterval(() => socket.write(' '), 100);
    const startedAt = Date.now();
    expect(await answer).toMatch(/^(HTTP\/1\.1 408 |$)/);
    clearInterval(drip);
    expect(Date.now() - startedAt).toBeLessThan(6_000);
    expect(http.writes).toEqual([]);
    expect(http.audited).toEqual([]);
  });

  it('1,000 idle connections do not block a call, and are closed', async () => {
    const http = await start({ timeouts: { headersMs: 1_000, requestMs: 1_500 } });
    const sockets = await Promise.all(Array.from({ length: 1_000 }, () => open(http.port)));
    expect((await http.call(http.token('Ada'), 'list_roles', {})).status).toBe(200);
    await Promise.all(sockets.map(received));
    expect(sockets.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it('a body that is not JSON is 400, one of another type 415, and a large batch 413', async () => {
    const http = await start();
    const headers = clientHeaders(http.token('Ada'));
    expect((await http.send('POST', '/mcp', headers, '{')).status).toBe(400);
    const text = { ...headers, 'content-type': 'text/plain' };
    expect((await http.send('POST', '/mcp', text, list)).status).toBe(415);
    const batch = JSON.stringify(Array.from({ length: 21 }, () => JSON.parse(list)));
    expect((await http.send('POST', '/mcp', headers, batch)).status).toBe(413);
  });

  it('one person is stopped at the rate limit of calls with 429, and another is not', async () => {
    let at = Date.now();
    const http = await start({ http: { callsPerMinute: 3 }, now: () => at });
    const [ada, rio] = [http.token('Ada'), http.token('Rio')];
    const statuses: number[] = [];
    for (let count = 0; count < 4; count += 1) {
      statuses.push((await http.post(ada, 'ping')).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
    const answer = await http.post(ada, 'ping');
    expect(answer.headers['retry-after']).toBe('20');
    expect((await http.post(rio, 'ping')).status).toBe(200);
    at += 20_001;
    expect((await http.post(ada, 'ping')).status).toBe(200);
  });
});

describe('health and the end', () => {
  it('healthz always answers, and readyz says which check fails', async () => {
    const http = await start();
    const probe = (path: string) => sendTo(http.port, 'GET', path, { host: '10.0.0.7:8787' });
    expect((await probe('/healthz')).status).toBe(200);
    http.broken = true;
    const failed = await probe('/readyz');
    expect(failed.status).toBe(503);
    expect(failed.json).toEqual({ ready: false, checks: { keys: 'failed' } });
  });

  it('readyz is ok if the keys can be read', async () => {
    const http = await start();
    const answer = await http.send('GET', '/readyz');
    expect([answer.status, answer.json]).toEqual([200, { ready: true, checks: { keys: 'ok' } }]);
  });

  it('running calls finish at the end, and new ones get 503', async () => {
    let release: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const http = await start({
      before: (_, url) => (url.includes('/api/roles') ? gate : Promise.resolve()),
    });
    const token = http.token('Ada');
    const running = http.call(token, 'list_roles', {});
    await new Promise((resolve) => setTimeout(resolve, 500));
    const ending = http.server.end(10_000);
    expect((await http.call(token, 'list_roles', {})).status).toBe(503);
    expect((await http.send('GET', '/readyz')).status).toBe(503);
    expect((await http.send('GET', '/healthz')).status).toBe(200);
    release?.();
    expect((await running).status).toBe(200);
    await ending;
    await expect(http.send('GET', '/healthz')).rejects.toThrow();
  });
});
