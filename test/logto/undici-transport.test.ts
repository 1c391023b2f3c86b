/** The transport over real sockets: limits of an answer, and what happens when a request is given up. */
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { LogtoError } from '../../src/logto/errors.js';
import { createUndiciTransport } from '../../src/logto/undici-transport.js';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) {
    close();
  }
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const transport = createUndiciTransport();
const get = (url: string, signal: AbortSignal = AbortSignal.timeout(15_000)) =>
  transport(url, { method: 'GET', headers: { accept: 'application/json' }, signal });

const MEGABYTE = 'x'.repeat(1024 * 1024);

describe('an answer', () => {
  it('arrives completely, in chunks and with characters of several bytes', async () => {
    const origin = await listen((_, response) => {
      response.writeHead(201, { 'content-type': 'application/json', 'x-twice': ['a', 'b'] });
      const bytes = Buffer.from('\uFEFF{"name":"Zoë 👩‍🚀"}');
      response.write(bytes.subarray(0, 15));
      setTimeout(() => response.end(bytes.subarray(15)), 20);
    });
    const response = await get(`${origin}/api/x?y=1`);
    expect(response.status).toBe(201);
    expect(response.headers.get('Content-Type')).toBe('application/json');
    expect(response.headers.get('x-twice')).toBe('a, b');
    expect(response.headers.get('x-none')).toBeNull();
    expect(JSON.parse(await response.text())).toEqual({ name: 'Zoë 👩‍🚀' });
  });

  it('of up to 16 MB is read', async () => {
    const origin = await listen((_, response) => {
      for (let part = 0; part < 16; part += 1) {
        response.write(MEGABYTE);
      }
      response.end();
    });
    expect((await (await get(origin)).text()).length).toBe(16 * 1024 * 1024);
  });

  it('that never ends is aborted at 16 MB, and the connection is closed', async () => {
    let sent = 0;
    let isClosed = false;
    const origin = await listen((_, response) => {
      response.once('close', () => {
        isClosed = true;
      });
      const write = (): void => {
        while (!isClosed && sent < 2000) {
          sent += 1;
          if (!response.write(MEGABYTE)) {
            response.once('drain', write);
            return;
          }
        }
      };
      write();
    });
    const before = process.memoryUsage().rss;
    await expect(get(origin)).rejects.toThrow(/larger than 16 MB/);
    await expect.poll(() => isClosed).toBe(true);
    expect(sent).toBeLessThan(60);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });

  it('that announces more is aborted at its headers', async () => {
    const origin = await listen((_, response) => {
      response.writeHead(200, { 'content-length': String(1024 ** 3) });
      response.flushHeaders();
    });
    const error = await get(origin).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LogtoError);
    expect(error).toMatchObject({ failure: { code: 'answer_too_large', status: 200 } });
  });

  it('that breaks off is an error with a code', async () => {
    const origin = await listen((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('[', () => response.destroy());
    });
    await expect(get(origin)).rejects.toMatchObject({ code: expect.any(String) });
  });
});

describe('a request that is aborted', () => {
  const reason = new Error('no longer needed');

  it.each<[string, RequestListener]>([
    ['before the headers', () => {}],
    ['within the body', (_, response) => response.writeHead(200).write('[')],
  ])('%s rejects with the reason, and closes the connection', async (_, listener) => {
    let isClosed = false;
    const origin = await listen((request, response) => {
      response.once('close', () => {
        isClosed = true;
      });
      listener(request, response);
    });
    const controller = new AbortController();
    const pending = get(origin, controller.signal);
    setTimeout(() => controller.abort(reason), 50);
    await expect(pending).rejects.toBe(reason);
    await expect.poll(() => isClosed).toBe(true);
  });

  it('while a TLS handshake hangs rejects at once', async () => {
    const server = createSocketServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    const controller = new AbortController();
    const { port } = server.address() as AddressInfo;
    const pending = get(`https://127.0.0.1:${port}`, controller.signal);
    setTimeout(() => controller.abort(reason), 50);
    const begin = performance.now();
    await expect(pending).rejects.toBe(reason);
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  it('before it starts is not sent', async () => {
    let requests = 0;
    const origin = await listen((_, response) => {
      requests += 1;
      response.end();
    });
    await expect(get(origin, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(requests).toBe(0);
  });
});

it('a port without a listener is reported by its code', async () => {
  await expect(get('http://127.0.0.1:1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
