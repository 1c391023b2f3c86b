/**
 * Traces and metrics over OTLP, by the official packages of OpenTelemetry. They read the standard variables themselves; this
 * file is loaded only when a signal is on. Names are those of the semantic conventions for MCP and for HTTP clients; what
 * these lack begins with `logto_mcp.`. Never an argument, a result, a person, a token, or a text that a client chose.
 *
 * Source: https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/mcp.md
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { ProtocolError, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';
import {
  type Attributes,
  type Context,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPMetricExporter as JsonMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as JsonTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { TelemetrySettings } from '../config/telemetry-settings.js';
import { isObject, memberOf } from '../json.js';
import type { Telemetry } from './telemetry.js';

const SCOPE = 'logto-management-mcp';

/** Milliseconds for one export of metrics, the default of the standard. */
const METRIC_TIMEOUT_MS = 30_000;

/** Milliseconds for sending what is left at the end. */
const CLOSE_TIMEOUT_MS = 5_000;

/** Seconds: the bounds that the conventions recommend for operations of MCP. */
const DURATION_BUCKETS_S = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** The revision of the protocol whose requests name it themselves. */
const MODERN_PROTOCOL_VERSION = '2026-07-28';

const PROTOCOL_VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';

/** A request id that contains no data: clients count, or use random numbers. */
const REQUEST_ID = /^[\w-]{1,64}$/;

export interface OpenTelemetryOptions {
  readonly settings: TelemetrySettings;
  readonly version: string;
  /** The host of the tenant. */
  readonly upstream: string;
  /** Receives problems of the export. */
  readonly report: (error: unknown) => void;
}

/** A request that is being served. */
interface TracedRequest {
  readonly span: Span;
  readonly context: Context;
  /** Attributes of the metric, which have few values each. */
  readonly common: Attributes;
}

const metaGetter: TextMapGetter<unknown> = {
  keys: (meta) => (isObject(meta) ? Object.keys(meta) : []),
  get: (meta, key) => {
    const value = memberOf(meta, key);
    return typeof value === 'string' ? value : undefined;
  },
};

/** The version of the protocol, if it is a known one: the header is written by the client. */
function protocolVersionIn(
  envelope: unknown,
  request: globalThis.Request | undefined,
): string | undefined {
  const sent =
    memberOf(envelope, PROTOCOL_VERSION_KEY) ?? request?.headers.get('mcp-protocol-version');
  return [MODERN_PROTOCOL_VERSION, ...SUPPORTED_PROTOCOL_VERSIONS].find(
    (version) => version === sent,
  );
}

/** What went wrong, as a word with few values; undefined for a request that succeeded. */
const errorTypeOf = (result: unknown): string | undefined =>
  memberOf(result, 'isError') === true ? 'tool_error' : undefined;

function tracerProviderOf(
  { traces }: TelemetrySettings,
  resource: ReturnType<typeof resourceFromAttributes>,
): BasicTracerProvider | undefined {
  if (traces === undefined) {
    return undefined;
  }
  const exporter = traces === 'http/json' ? new JsonTraceExporter() : new ProtobufTraceExporter();
  return new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
}

function meterProviderOf(
  { metrics, metricIntervalMs }: TelemetrySettings,
  resource: ReturnType<typeof resourceFromAttributes>,
): MeterProvider | undefined {
  if (metrics === undefined) {
    return undefined;
  }
  const exporter =
    metrics === 'http/json' ? new JsonMetricExporter() : new ProtobufMetricExporter();
  return new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: metricIntervalMs,
        exportTimeoutMillis: Math.min(metricIntervalMs, METRIC_TIMEOUT_MS),
      }),
    ],
  });
}

/** The request whose span the current code belongs to. One for the module, as in `logger.ts`. */
const currentSpan = new AsyncLocalStorage<TracedRequest>();

/** Starts to send traces and metrics. The variables were checked by `readTelemetrySettings`. */
export function openTelemetry(options: OpenTelemetryOptions): Telemetry {
  const { settings, version, upstream, report } = options;
  diag.setLogger(
    {
      error: (message) => report(new Error(`OpenTelemetry: ${message}`)),
      warn: (message) => report(new Error(`OpenTelemetry: ${message}`)),
      info: () => {},
      debug: () => {},
      verbose: () => {},
    },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': SCOPE, 'service.version': version }))
    .merge(detectResources({ detectors: [serviceInstanceIdDetector, envDetector] }));
  const tracers = tracerProviderOf(settings, resource);
  const meters = meterProviderOf(settings, resource);
  // Without a provider these come from the API, and do nothing.
  const tracer = (tracers ?? trace.getTracerProvider()).getTracer(SCOPE, version);
  const meter = meters?.getMeter(SCOPE, version);
  const histogram = (name: string, description: string) =>
    meter?.createHistogram(name, {
      description,
      unit: 's',
      advice: { explicitBucketBoundaries: DURATION_BUCKETS_S },
    });
  const operations = histogram('mcp.server.operation.duration', 'Duration of MCP requests');
  const requests = histogram('http.client.request.duration', 'Duration of requests to Logto');
  const propagator = new W3CTraceContextPropagator();

  const finish = (
    { span, common }: TracedRequest,
    startedAt: number,
    errorType: string | undefined,
    code: number | undefined,
  ): void => {
    const outcome: Attributes = {
      ...(errorType !== undefined && { 'error.type': errorType }),
      ...(code !== undefined && { 'rpc.response.status_code': String(code) }),
    };
    span.setAttributes(outcome);
    if (errorType !== undefined) {
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    operations?.record((performance.now() - startedAt) / 1000, { ...common, ...outcome });
    span.end();
  };

  return {
    request: async ({ method, id, meta, tool, context: { mcpReq, http } }, run) => {
      const protocolVersion = protocolVersionIn(mcpReq.envelope, http?.req);
      const common: Attributes = {
        'mcp.method.name': method,
        ...(tool !== undefined && {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': tool,
        }),
        ...(protocolVersion !== undefined && { 'mcp.protocol.version': protocolVersion }),
        'network.protocol.name': 'http',
        'network.transport': 'tcp',
      };
      const parent = propagator.extract(ROOT_CONTEXT, meta, metaGetter);
      const span = tracer.startSpan(
        tool === undefined ? method : `${method} ${tool}`,
        {
          kind: SpanKind.SERVER,
          attributes: {
            ...common,
            ...(REQUEST_ID.test(String(id)) && { 'jsonrpc.request.id': String(id) }),
          },
        },
        parent,
      );
      const entry = { span, common, context: trace.setSpan(parent, span) };
      const startedAt = performance.now();
      try {
        const result = await currentSpan.run(entry, run);
        finish(entry, startedAt, errorTypeOf(result), undefined);
        return result;
      } catch (error) {
        const code = error instanceof ProtocolError ? error.code : undefined;
        const type = mcpReq.signal.aborted ? 'cancelled' : String(code ?? '_OTHER');
        finish(entry, startedAt, type, code);
        throw error;
      }
    },
    exchanged: ({ method, url, status, milliseconds, retries }) => {
      const isFailure = status === undefined || status >= 400;
      const common: Attributes = {
        'http.request.method': method,
        'url.template': url,
        'server.address': upstream,
        ...(status !== undefined && { 'http.response.status_code': status }),
        ...(isFailure && { 'error.type': String(status ?? '_OTHER') }),
      };
      requests?.record(milliseconds / 1000, common);
      const parent = currentSpan.getStore()?.context;
      if (parent === undefined) {
        return;
      }
      const endedAt = Date.now();
      const span = tracer.startSpan(
        `${method} ${url}`,
        {
          kind: SpanKind.CLIENT,
          startTime: endedAt - milliseconds,
          attributes: {
            ...common,
            ...(retries > 0 && { 'http.request.resend_count': retries }),
          },
        },
        parent,
      );
      if (isFailure) {
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end(endedAt);
    },
    audited: ({ operation, decision, outcome }) => {
      currentSpan.getStore()?.span.setAttributes({
        ...(operation !== undefined && { 'logto_mcp.operation': operation }),
        'logto_mcp.decision': decision,
        'logto_mcp.outcome': outcome,
      });
    },
    traceId: () => {
      const context = currentSpan.getStore()?.span.spanContext();
      return context !== undefined && trace.isSpanContextValid(context)
        ? context.traceId
        : undefined;
    },
    close: async () => {
      const sent = Promise.allSettled([tracers?.shutdown(), meters?.shutdown()]);
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          report(new Error('OpenTelemetry: the collector does not answer; the last data is lost.'));
          resolve();
        }, CLOSE_TIMEOUT_MS);
      });
      await Promise.race([sent, timeout]);
      clearTimeout(timer);
    },
  };
}
