/** The HTTP server around the endpoint: limits, Host and Origin, health, and a graceful shutdown. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  localhostAllowedHostnames,
  validateHostHeader,
  validateOriginHeader,
} from '@modelcontextprotocol/server';
import { answerJson, type Endpoint, rpcError } from './endpoint.js';
import type { Metadata } from './metadata.js';
import type { Readiness } from './readiness.js';

/** Milliseconds in which the headers of a request must have arrived; a connection without any is closed then too. */
const HEADERS_TIMEOUT_MS = 10_000;

/** Milliseconds in which a whole request must have arrived. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Milliseconds between two checks for connections that are too slow. */
const CHECK_INTERVAL_MS = 1_000;

/** Milliseconds for which a connection without a request stays open. Longer than what proxies keep theirs. */
const KEEP_ALIVE_MS = 75_000;

/** Bytes of all headers of a request. */
const MAX_HEADER_BYTES = 16 * 1024;

const MAX_CONNECTIONS = 4_096;

/** Milliseconds that running calls have at the end: a call to Logto takes at most 50 seconds. */
const DRAIN_MS = 55_000;

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Host names under which clients reach this server, beside loopback ones where it listens on loopback. */
  readonly hostnames: readonly string[];
  readonly allowsLoopbackNames: boolean;
  /** Behind one reverse proxy: the last address in X-Forwarded-For is the one that the proxy has seen. */
  readonly trustProxy: boolean;
  readonly endpoint: Endpoint;
  /** Undefined for a server without sign-in. */
  readonly metadata: Metadata | undefined;
  readonly readiness: Readiness;
  readonly report: (error: unknown) => void;
  /** Shorter times, for tests. */
  readonly timeouts?: { readonly headersMs?: number; readonly requestMs?: number };
}

export class HttpServer {
  readonly #server: Server;
  readonly #options: HttpServerOptions;
  readonly #allowed: string[];
  #isEnding = false;
  #running = 0;
  #idle: (() => void) | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#allowed = [
      ...options.hostnames,
      ...(options.allowsLoopbackNames ? localhostAllowedHostnames() : []),
    ];
    const { headersMs = HEADERS_TIMEOUT_MS, requestMs = REQUEST_TIMEOUT_MS } =
      options.timeouts ?? {};
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: headersMs,
        requestTimeout: requestMs,
        connectionsCheckingInterval: CHECK_INTERVAL_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        requireHostHeader: true,
      },
      (request, response) => void this.#handle(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    // Node answers a broken request; a broken connection gets no answer.
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (socket.writable) {
        const status =
          error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
            ? '408 Request Timeout'
            : error.code === 'HPE_HEADER_OVERFLOW'
              ? '431 Request Header Fields Too Large'
              : '400 Bad Request';
        socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      } else {
        socket.destroy();
      }
    });
  }

  /** Begins to listen. @returns the port */
  listen(): Promise<number> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host.replace(/^\[|\]$/g, ''), () => {
        this.#server.off('error', reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Refuses new requests, and resolves once the running ones have ended. */
  async end(drainMs: number = DRAIN_MS): Promise<void> {
    this.#isEnding = true;
    if (this.#running > 0) {
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#idle = resolve;
        }),
        new Promise<void>((resolve) => {
          setTimeout(resolve, drainMs).unref();
        }),
      ]);
    }
    await this.#options.endpoint.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#running += 1;
    response.once('close', () => {
      this.#running -= 1;
      if (this.#running === 0) {
        this.#idle?.();
      }
    });
    try {
      await this.#route(request, response);
    } catch (error) {
      this.#options.report(error);
      if (response.headersSent) {
        response.destroy();
      } else {
        answerJson(response, 500, rpcError(-32_603, 'Internal error'));
      }
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { endpoint, metadata, path } = this.#options;
    const [requestPath = '/'] = (request.url ?? '/').split('?', 1);
    response.setHeader('x-content-type-options', 'nosniff');
    if (requestPath === '/healthz') {
      answerJson(response, 200, { ok: true });
      return;
    }
    if (requestPath === '/readyz') {
      const report = this.#isEnding
        ? { ready: false, checks: { ending: 'failed' } }
        : await this.#options.readiness.read();
      answerJson(response, report.ready ? 200 : 503, report);
      return;
    }
    if (this.#isEnding) {
      answerJson(response, 503, rpcError(-32_000, 'This server is ending'), {
        connection: 'close',
        'retry-after': '1',
      });
      return;
    }
    const host = validateHostHeader(request.headers.host, this.#allowed);
    const origin = validateOriginHeader(request.headers.origin, this.#allowed);
    if (!host.ok) {
      answerJson(response, 403, rpcError(-32_000, 'This Host is not allowed'));
      return;
    }
    if (metadata !== undefined && (await metadata.handle(request, response, requestPath))) {
      return;
    }
    if (!origin.ok) {
      answerJson(response, 403, rpcError(-32_000, 'This Origin is not allowed'));
      return;
    }
    if (requestPath !== path) {
      answerJson(response, 404, rpcError(-32_000, `There is nothing here; MCP is at ${path}`));
      return;
    }
    await endpoint.handle(request, response, this.#addressOf(request));
  }

  #addressOf(request: IncomingMessage): string {
    const forwarded = request.headers['x-forwarded-for'];
    const last = this.#options.trustProxy
      ? String(forwarded ?? '')
          .split(',')
          .at(-1)
          ?.trim()
      : '';
    return last !== undefined && last !== '' ? last : (request.socket.remoteAddress ?? 'unknown');
  }
}
