/** Traces and metrics over OTLP: what a collector receives, and what must never be in it. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigError } from '../../src/config/args.js';
import { readTelemetrySettings } from '../../src/config/telemetry-settings.js';
import { openTelemetry } from '../../src/http/open-telemetry.js';
import { memberOf } from '../../src/json.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { startHttp } from '../support/http-program.js';
import { start } from '../support/process.js';
import { listeningTenant } from '../support/tenant.js';
import { startCollector } from './collector.js';
import { clientHeaders, type Serving, sendTo, serveForTest } from './serve.js';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
  vi.unstubAllEnvs();
});

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const traceparent = `00-${TRACE}-${PARENT}-01`;

async function collected() {
  const collector = await startCollector();
  closers.push(() => collector.close());
  return collector;
}

/** A server that sends to a collector, by variables as an operator sets them. */
async function traced(more: Readonly<Record<string, string>> = {}) {
  const collector = await collected();
  const variables = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    ...more,
  };
  for (const [name, value] of Object.entries(variables)) {
    vi.stubEnv(name, value);
  }
  const settings = readTelemetrySettings(variables);
  if (settings === undefined) {
    throw new Error('nothing is sent');
  }
  const problems: unknown[] = [];
  const telemetry = openTelemetry({
    settings,
    version: '1.2.3',
    upstream: 'tenant.example.com',
    report: (problem) => problems.push(problem),
  });
  const http = await serveForTest({ telemetry });
  closers.push(() => http.close());
  return { collector, telemetry, http, problems };
}

const withTrace = (http: Serving, token: string, tool: string, input: object) =>
  http.post(token, 'tools/call', { name: tool, arguments: input, _meta: { traceparent } });

describe('a collector', () => {
  it("receives a span per request inside the caller's trace, with the requests to Logto below it", async () => {
    const { collector, telemetry, http, problems } = await traced();
    const ada = http.token('Ada');
    await withTrace(http, ada, 'list_roles', {});
    await http.post(ada, 'tools/list');
    await http.post(ada, 'initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'test', version: '1' },
    });
    await telemetry.close();
    const spans = collector.spans();
    const call = spans.find(({ name }) => name === 'tools/call list_roles');
    expect(call).toMatchObject({
      kind: 2,
      traceId: TRACE,
      parentSpanId: PARENT,
      attributes: {
        'mcp.method.name': 'tools/call',
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'list_roles',
        'network.transport': 'tcp',
        'logto_mcp.operation': 'list_roles',
        'logto_mcp.decision': 'allowed',
        'logto_mcp.outcome': 'ok',
      },
    });
    expect(
      spans.find(
        ({ name, parentSpanId }) => name === 'GET /api/roles' && parentSpanId === call?.spanId,
      ),
    ).toMatchObject({
      kind: 3,
      traceId: TRACE,
      attributes: {
        'http.request.method': 'GET',
        'url.template': '/api/roles',
        'http.response.status_code': 200,
        'server.address': 'tenant.example.com',
      },
    });
    expect(spans.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['tools/list', 'initialize']),
    );
    expect(collector.resource()).toMatchObject({
      'service.name': 'logto-management-mcp',
      'service.version': '1.2.3',
    });
    expect(http.audited[0]?.trace_id).toBe(TRACE);
    expect(problems).toEqual([]);
  });

  it('receives durations with few attributes, and the name and attributes that the operator set', async () => {
    const { collector, telemetry, http } = await traced({
      OTEL_SERVICE_NAME: 'team-mcp',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    });
    const ada = http.token('Ada');
    await http.call(ada, 'list_roles', {});
    await http.call(ada, 'list_roles', {});
    await http.call(ada, 'get_role', { id: 'missing' });
    await telemetry.close();
    const calls = collector.points('mcp.server.operation.duration');
    expect(
      calls.find(({ attributes }) => attributes['gen_ai.tool.name'] === 'list_roles'),
    ).toMatchObject({ count: 2 });
    expect(
      calls.find(({ attributes }) => attributes['gen_ai.tool.name'] === 'get_role'),
    ).toMatchObject({ count: 1, attributes: { 'error.type': 'tool_error' } });
    const requests = collector.points('http.client.request.duration');
    expect(
      requests.find(({ attributes }) => attributes['http.response.status_code'] === 404),
    ).toMatchObject({ attributes: { 'url.template': '/api/roles/{id}', 'error.type': '404' } });
    expect(collector.resource()).toMatchObject({
      'service.name': 'team-mcp',
      'deployment.environment.name': 'test',
    });
  });

  it('receives no argument, result, person, client, token or text that a client chose', async () => {
    const { collector, telemetry, http } = await traced();
    const [ada, userId] = [http.token('Ada'), http.people[0]?.id ?? ''];
    await http.call(ada, 'get_user', { userId });
    await http.call(ada, 'list_users', { search: 'needle@example.com' });
    await http.call(ada, 'no_such_needle', {});
    await http.post(ada, 'needle/method', {});
    await http.post(ada, 'prompts/get', { name: 'needle prompt' });
    await http.post(ada, 'resources/read', { uri: `logto://users/needle` });
    await sendTo(
      http.port,
      'POST',
      '/mcp',
      { ...clientHeaders(ada), 'mcp-protocol-version': 'needle' },
      JSON.stringify({
        jsonrpc: '2.0',
        id: 'needle@id.example',
        method: 'tools/list',
        params: { _meta: { traceparent: 'needle', baggage: 'user=needle', tracestate: 'a=b' } },
      }),
    );
    const created = await http.call(ada, 'create_role', { name: 'needle', description: 'needle' });
    expect(memberOf(created.json, 'result')).toBeDefined();
    await telemetry.close();
    const sent = collector.received.map(({ body }) => body.toString()).join('\n');
    expect(collector.spans().length).toBeGreaterThan(5);
    expect(sent).not.toContain('needle');
    expect(sent).not.toContain(userId);
    expect(sent).not.toContain('test-client');
    expect(sent).not.toContain(ada.split('.')[2]);
    expect(collector.spans().map(({ name }) => name)).toContain('tools/call unknown tool');
  });

  it('receives a failed request as an error, and the messages of a batch one by one', async () => {
    const { collector, telemetry, http } = await traced();
    const ada = http.token('Ada');
    await http.post(ada, 'prompts/get', { name: 'missing' });
    const message = (id: number, tool: string) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: tool, arguments: {}, _meta: { traceparent } },
    });
    const batch = JSON.stringify([message(1, 'list_roles'), message(2, 'list_hooks')]);
    await http.send('POST', '/mcp', clientHeaders(ada), batch);
    await telemetry.close();
    const spans = collector.spans();
    expect(spans.find(({ name }) => name === 'prompts/get')).toMatchObject({
      status: 2,
      attributes: { 'error.type': '-32602', 'rpc.response.status_code': '-32602' },
    });
    for (const name of ['tools/call list_roles', 'tools/call list_hooks']) {
      expect(spans.find((span) => span.name === name)).toMatchObject({ parentSpanId: PARENT });
    }
  });

  it('receives only one signal if the other is off', async () => {
    const { collector, telemetry, http } = await traced({ OTEL_TRACES_EXPORTER: 'none' });
    await withTrace(http, http.token('Ada'), 'list_roles', {});
    await telemetry.close();
    expect(collector.received.map(({ path }) => path)).toEqual(['/v1/metrics']);
    expect(http.audited[0]?.trace_id).toBe(TRACE);
  });
});

it('an unreachable collector is reported, and no call fails', async () => {
  // It is tried again until this many milliseconds are over.
  const { collector, telemetry, http, problems } = await traced({
    OTEL_EXPORTER_OTLP_TIMEOUT: '500',
  });
  await collector.close();
  expect((await http.call(http.token('Ada'), 'list_roles', {})).status).toBe(200);
  await telemetry.close();
  expect(String(problems[0])).toContain('OpenTelemetry');
});

describe('the program', () => {
  const connection = async (): Promise<Record<string, string>> => {
    const tenant = await listeningTenant();
    closers.push(() => tenant.close());
    return {
      LOGTO_ENDPOINT: tenant.origin,
      LOGTO_APP_ID: sandboxSettings.appId,
      LOGTO_APP_SECRET: sandboxSettings.appSecret,
    };
  };

  it('sends protobuf by default, and the rest when it ends', async () => {
    const collector = await collected();
    const { port, stop, child, ended } = await startHttp([], {
      ...(await connection()),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    });
    closers.push(stop);
    const call = { name: 'list_roles', arguments: {} };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: call });
    expect((await sendTo(port, 'POST', '/mcp', clientHeaders(undefined), body)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(new Set(collector.received.map(({ path }) => path))).toEqual(
      new Set(['/v1/traces', '/v1/metrics']),
    );
    for (const { type, body: sent } of collector.received) {
      expect(type).toBe('application/x-protobuf');
      expect(sent.toString('latin1')).toContain('list_roles');
    }
  });

  it('does not start with a setting that cannot be used', async () => {
    const { ended, stderr } = start(['http', '--port', '0'], {
      ...(await connection()),
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    });
    expect(await ended).toBe(2);
    expect(stderr()).toContain('OTEL_EXPORTER_OTLP_PROTOCOL');
  });
});

it.each([
  [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER'],
  [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'collector:4318' }, 'METRICS_ENDPOINT'],
  [{ OTEL_METRIC_EXPORT_INTERVAL: '1m' }, 'OTEL_METRIC_EXPORT_INTERVAL'],
])('%o cannot be used', (env, named) => {
  const read = () =>
    readTelemetrySettings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', ...env });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(named);
});

it.each([
  {},
  { OTEL_SDK_DISABLED: 'TRUE', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
  {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'none',
  },
  { OTEL_SERVICE_NAME: 'alone' },
])('nothing is sent with %o', (env) => {
  expect(readTelemetrySettings(env)).toBeUndefined();
});
