/** A collector of OTLP over HTTP on loopback, which keeps what it receives. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { memberOf, objectsIn } from '../../src/json.js';

/** What one request carried. */
interface Received {
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
}

export interface CollectedSpan {
  readonly name: string;
  readonly kind: unknown;
  readonly traceId: unknown;
  readonly spanId: unknown;
  readonly parentSpanId: unknown;
  /** 2 for an error. */
  readonly status: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface Collector {
  /** The value of OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  readonly received: readonly Received[];
  /** The spans that came as JSON. */
  spans(): readonly CollectedSpan[];
  /** The points of a histogram that came as JSON: attributes and count. */
  points(
    metric: string,
  ): readonly { readonly attributes: Readonly<Record<string, unknown>>; readonly count: number }[];
  /** The attributes of the resource of everything that came as JSON. */
  resource(): Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

const list = (value: unknown, name: string) => objectsIn(memberOf(value, name));

const attributesOf = (value: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    list(value, 'attributes').map(({ key, value: held }) => [
      String(key),
      memberOf(held, 'stringValue') ?? memberOf(held, 'intValue') ?? held,
    ]),
  );

export async function startCollector(): Promise<Collector> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({
        path: request.url ?? '',
        type: request.headers['content-type'] ?? '',
        body: Buffer.concat(chunks),
      });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const parsed = (path: string): readonly unknown[] =>
    received
      .filter((item) => item.path.endsWith(path) && item.type.includes('json'))
      .map(({ body }) => JSON.parse(body.toString()));
  const groups = (path: string, group: string) =>
    parsed(path).flatMap((message) => list(message, group));
  return {
    endpoint: `http://127.0.0.1:${port}`,
    received,
    spans: () =>
      groups('/v1/traces', 'resourceSpans')
        .flatMap((group) => list(group, 'scopeSpans'))
        .flatMap((scope) => list(scope, 'spans'))
        .map((span) => ({
          name: String(span['name']),
          kind: span['kind'],
          traceId: span['traceId'],
          spanId: span['spanId'],
          parentSpanId: span['parentSpanId'],
          status: memberOf(span['status'], 'code'),
          attributes: attributesOf(span),
        })),
    points: (metric) =>
      groups('/v1/metrics', 'resourceMetrics')
        .flatMap((group) => list(group, 'scopeMetrics'))
        .flatMap((scope) => list(scope, 'metrics'))
        .filter(({ name }) => name === metric)
        .flatMap(({ histogram }) => list(histogram, 'dataPoints'))
        .map((point) => ({ attributes: attributesOf(point), count: Number(point['count']) })),
    resource: () =>
      Object.assign(
        {},
        ...[
          ...groups('/v1/traces', 'resourceSpans'),
          ...groups('/v1/metrics', 'resourceMetrics'),
        ].map(({ resource }) => attributesOf(resource)),
      ),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
