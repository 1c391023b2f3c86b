/** Raw lines over two streams: what the protocol's own client never sends. */
import { PassThrough, Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { Guard } from '../../src/guard/guard.js';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { Secrets } from '../../src/guard/secrets/secrets.js';
import { memoryJournal } from '../../src/guard/undo/journal.js';
import { createSession } from '../../src/logto/session.js';
import { permittedNames } from '../../src/mcp/listing.js';
import { createRegistry } from '../../src/mcp/registry.js';
import { serveMcp, serverFactory } from '../../src/mcp/server.js';
import { StdioTransport, serializeMessage } from '../../src/mcp/stdio-transport.js';
import { builtInInputs } from '../../src/mcp/tools/index.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { tools } from '../support/client.js';

type Message = Readonly<Record<string, unknown>>;

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** A server over the sandbox that has shaken hands. `send` answers with the next lines of the server. */
async function connect() {
  const session = createSession({ ...sandboxSettings, fetch: createSandbox().fetch });
  const secrets = new Secrets(false, undefined);
  const guard = new Guard({
    session,
    load: async () => catalog,
    permitted: permittedNames(tools, defaultPolicy(), 'default', false),
    policy: defaultPolicy(),
    self: sandboxSettings,
    secrets,
    lines: memoryJournal(),
  });
  const registry = createRegistry({
    tools,
    inputs: builtInInputs(),
    selection: 'default',
    readOnly: false,
    tenant: { kind: 'sandbox' },
    version: '0.0.0-test',
    guard,
    secrets,
    ignoredArguments: ['traceTag'],
  });
  const [input, output] = [new PassThrough(), new PassThrough()];
  const factory = serverFactory({ ...registry, version: '0.0.0-test', report: () => {} });
  stops.push(serveMcp(factory, () => {}, new StdioTransport({ input, output })));
  const lines: Message[] = [];
  let wake: (() => void) | undefined;
  let rest = '';
  output.on('data', (chunk: Buffer) => {
    const parts = `${rest}${chunk.toString()}`.split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((line): Message => JSON.parse(line)));
    wake?.();
  });
  const send = async (line: string, count = 1): Promise<Message[]> => {
    input.write(`${line}\n`);
    while (lines.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return lines.splice(0, count);
  };
  await send(
    JSON.stringify({
      jsonrpc: '2.0',
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: '2025-03-26',
        capabilities: {},
        clientInfo: { name: 'raw', version: '1' },
      },
    }),
  );
  input.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
  return send;
}

const request = (id: number, method: string, params: object = {}): Message => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});

describe('the stdio transport', () => {
  it('answers every request of a batch with an error', async () => {
    const send = await connect();
    const batch = [request(1, 'tools/list'), { jsonrpc: '2.0', method: 'x' }, request(2, 'ping')];
    expect(await send(JSON.stringify(batch), 2)).toMatchObject([
      { id: 1, error: { code: -32600, message: expect.stringContaining('Batches') } },
      { id: 2, error: { code: -32600 } },
    ]);
    expect(await send('[]')).toMatchObject([{ id: null, error: { code: -32600 } }]);
  });

  it.each([
    ['no JSON', '{"jsonrpc":', { id: null, error: { code: -32700 } }],
    ['no message', '{"id":7,"what":1}', { id: 7, error: { code: -32600 } }],
  ])('answers a line that is %s, and continues', async (_, line, expected) => {
    const send = await connect();
    expect(await send(line)).toMatchObject([expected]);
    expect(await send(JSON.stringify(request(8, 'ping')))).toMatchObject([{ id: 8, result: {} }]);
  });

  it('reads null arguments of a call as none', async () => {
    const send = await connect();
    const call = request(3, 'tools/call', { name: 'whoami', arguments: null });
    expect(await send(JSON.stringify(call))).toMatchObject([
      { id: 3, result: { structuredContent: { result: { mode: 'sandbox' } } } },
    ]);
  });

  it('drops the client arguments that the configuration names', async () => {
    const send = await connect();
    const call = (extra: string) =>
      request(4, 'tools/call', { name: 'list_roles', arguments: { page_size: 1, [extra]: 'x' } });
    const [kept] = await send(JSON.stringify(call('traceTag')));
    expect(kept).toMatchObject({ result: { structuredContent: { page: { page_size: 1 } } } });
    expect(await send(JSON.stringify(call('traceTga')))).toMatchObject([
      { result: { isError: true } },
    ]);
  });

  it('answers the list of resource templates', async () => {
    const send = await connect();
    expect(await send(JSON.stringify(request(5, 'resources/templates/list')))).toMatchObject([
      { id: 5, result: { resourceTemplates: [{ name: 'user' }, {}, {}, {}] } },
    ]);
  });

  it('writes a result as JSON.stringify does', async () => {
    const structuredContent = { items: [{ name: 'Zoë "Z" \u2028' }], notes: ['a\\b'] };
    const message = {
      jsonrpc: '2.0' as const,
      id: 'x',
      result: {
        content: [{ type: 'text', text: JSON.stringify(structuredContent) }],
        isError: true,
        _meta: { a: 1 },
        structuredContent,
      },
    };
    const line = serializeMessage(message);
    expect(line.endsWith('\n')).toBe(true);
    expect(line.split('\n')).toHaveLength(2);
    expect(JSON.parse(line)).toEqual(message);
    expect(serializeMessage({ jsonrpc: '2.0', id: 1, result: {} })).toBe(
      '{"jsonrpc":"2.0","id":1,"result":{}}\n',
    );
  });
});

describe('answers that are ready in the same turn of the event loop', () => {
  /** A transport whose stream records each write; `fail` makes the writes fail. */
  const recording = (fail?: Error) => {
    const writes: string[] = [];
    const output = new Writable({
      write(chunk, _, callback) {
        writes.push(String(chunk));
        callback(fail);
      },
    });
    output.on('error', () => {});
    return { writes, transport: new StdioTransport({ input: new PassThrough(), output }) };
  };

  const answers = (count: number) =>
    Array.from({ length: count }, (_, id) => ({ jsonrpc: '2.0' as const, id, result: {} }));

  const idsIn = (write: string): number[] =>
    write
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line).id);

  it('are written in order: the first at once, the others in groups', async () => {
    const { writes, transport } = recording();
    const sent = answers(20).map((message) => transport.send(message));
    expect(writes.map(idsIn)[0]).toEqual([0]);
    await Promise.all(sent);
    expect(writes.flatMap(idsIn)).toEqual(answers(20).map(({ id }) => id));
    expect(writes.length).toBeLessThan(6);
    expect(writes.every((write) => write.endsWith('\n'))).toBe(true);
  });

  it('do not wait for each other across turns', async () => {
    const { writes, transport } = recording();
    for (const message of answers(3)) {
      void transport.send(message);
      expect(idsIn(writes.at(-1) ?? '')).toEqual([message.id]);
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it('are written before the transport closes, and by flush', async () => {
    for (const end of ['flush', 'close'] as const) {
      const { writes, transport } = recording();
      const sent = answers(3).map((message) => transport.send(message));
      expect(writes.flatMap(idsIn)).toEqual([0]);
      void transport[end]();
      expect(writes.flatMap(idsIn)).toEqual([0, 1, 2]);
      await Promise.all(sent);
    }
  });

  it('all fail when the reader has gone', async () => {
    const { transport } = recording(new Error('EPIPE'));
    const sent = answers(5).map((message) => transport.send(message));
    const outcomes = await Promise.allSettled(sent);
    expect(outcomes.map(({ status }) => status)).toEqual(answers(5).map(() => 'rejected'));
  });

  it('wait until the reader takes more', async () => {
    const output = new PassThrough({ highWaterMark: 1 });
    const transport = new StdioTransport({ input: new PassThrough(), output });
    let written = 0;
    const sent = answers(12).map(async (message) => {
      await transport.send(message);
      written += 1;
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(written).toBeLessThan(12);
    output.resume();
    await Promise.all(sent);
    expect(written).toBe(12);
  });
});
