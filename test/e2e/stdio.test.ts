/** The built program over stdio, with real clients. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterEach, describe, expect, it } from 'vitest';
import { builtInTools } from '../../src/mcp/tools/index.js';
import { serveLogto } from '../doctor/stand-in.js';
import { outcomeOf, tools } from '../support/client.js';
import {
  bareEnvironment,
  initialize,
  program,
  type Running,
  runProgram,
  start,
} from '../support/process.js';

const spawned = (args: string[]) => ({
  command: process.execPath,
  args: [program, ...args],
  env: bareEnvironment(),
  stderr: 'ignore' as const,
});

describe.each([
  ['the 2.x client with the 2025 handshake', 'legacy'],
  ['the 2.x client with the 2026-07-28 discovery', 'auto'],
] as const)('%s', (_, mode) => {
  it('lists every tool, calls one, and reports a mistake', async () => {
    const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode } });
    await client.connect(new StdioClientTransport(spawned(['--sandbox', '--tools', 'all'])));
    const listed = await client.listTools();
    expect(listed.tools.map(({ name }) => name)).toEqual([
      ...builtInTools,
      ...tools.map(({ name }) => name),
    ]);
    expect(listed.nextCursor).toBeUndefined();
    expect(client.getInstructions()).toContain('SANDBOX');
    const roles = outcomeOf(await client.callTool({ name: 'list_roles', arguments: {} }));
    expect(roles).toMatchObject({ ok: true, answer: { page: { page: 1 } } });
    const wrong = outcomeOf(await client.callTool({ name: 'get_role', arguments: { id: 'nope' } }));
    expect(wrong).toMatchObject({ ok: false, error: { kind: 'not_found' } });
    await client.close();
  });

  it('asks the person and continues with the answer', async () => {
    const client = new Client(
      { name: 'test', version: '1.0.0' },
      { versionNegotiation: { mode }, capabilities: { elicitation: { form: {} } } },
    );
    const asked: string[] = [];
    client.setRequestHandler('elicitation/create', ({ params }) => {
      asked.push(params.message);
      return { action: 'accept', content: { name: 'Support' } };
    });
    await client.connect(new StdioClientTransport(spawned(['--sandbox'])));
    const deleted = await client.callTool({ name: 'delete_role', arguments: { id: 'support' } });
    expect(outcomeOf(deleted)).toMatchObject({ ok: true, answer: { done: true } });
    expect(asked).toHaveLength(1);
    await client.close();
  });
});

it('a start warns once of the risks that a list in the policy leaves out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'policy-'));
  const file = join(folder, 'policy.json');
  writeFileSync(file, '{"confirm":["destructive"]}');
  const { err } = await runProgram(['--sandbox', '--policy', file]);
  rmSync(folder, { recursive: true });
  expect(
    err.split('leaves out irreversible, credential, privilege, trust and egress'),
  ).toHaveLength(2);
});

it('the 1.x client lists every tool and calls one', async () => {
  const client = new OldClient({ name: 'test', version: '1.0.0' });
  await client.connect(new OldTransport(spawned(['--sandbox', '--tools', 'all'])));
  expect((await client.listTools()).tools).toHaveLength(builtInTools.length + tools.length);
  const result = await client.callTool({ name: 'list_roles', arguments: { page_size: 1 } });
  expect(result.structuredContent).toMatchObject({ page: { page: 1, page_size: 1 } });
  await client.close();
});

describe('the process', () => {
  const running: Running[] = [];
  const run = (args: string[], env?: Record<string, string>) => {
    const program = start(args, env);
    running.push(program);
    return program;
  };
  afterEach(() => {
    for (const { child } of running.splice(0)) {
      child.kill('SIGKILL');
    }
  });

  /** A process that has answered its first message. */
  const ready = async (args: string[], env?: Record<string, string>) => {
    const program = run(args, env);
    program.send(initialize);
    await expect.poll(() => program.stdout(), { timeout: 10_000 }).toContain('"id":1');
    return program;
  };

  it('writes nothing but JSON-RPC to stdout', async () => {
    const program = await ready(['--sandbox']);
    program.send({ method: 'notifications/initialized' });
    program.child.stdin.write('this is no JSON\n');
    program.send({ id: 2, method: 'tools/call', params: { name: 'list_roles', arguments: {} } });
    program.send({ id: 3, method: 'no/such/method', params: {} });
    await expect
      .poll(() => program.stdout(), { timeout: 10_000 })
      .toMatch(/"id":2[\s\S]*"id":3|"id":3[\s\S]*"id":2/);
    const lines = program.stdout().trim().split('\n');
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
    }
    expect(program.stderr()).toContain('sandbox');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends at once and cleanly on %s', async (signal) => {
    const program = await ready(['--sandbox']);
    program.child.kill(signal);
    expect(await program.ended).toBe(0);
  });

  it('ends at once and cleanly when its input ends', async () => {
    const program = await ready(['--sandbox']);
    program.child.stdin.end();
    expect(await program.ended).toBe(0);
  });

  it('starts and lists without credentials, and each call says what is missing', async () => {
    const program = await ready([], { LOGTO_TENANT_ID: 'abc123' });
    program.send({ id: 2, method: 'tools/list', params: {} });
    program.send({ id: 3, method: 'tools/call', params: { name: 'list_roles', arguments: {} } });
    await expect.poll(() => program.stdout(), { timeout: 10_000 }).toContain('"id":3');
    expect(program.stdout()).toContain('"list_roles"');
    expect(program.stdout()).toMatch(/LOGTO_APP_ID, LOGTO_APP_SECRET .* are not set/);
    expect(program.stdout()).toContain('Applications');
    expect(program.stderr()).toContain(
      'LOGTO_APP_ID, LOGTO_APP_SECRET (or LOGTO_APP_SECRET_FILE) are',
    );
  });

  it('says on stderr that only the secret is missing', async () => {
    const program = await ready([], { LOGTO_TENANT_ID: 'abc123', LOGTO_APP_ID: 'app' });
    await expect
      .poll(() => program.stderr())
      .toContain('LOGTO_APP_SECRET (or LOGTO_APP_SECRET_FILE) is');
    expect(program.stderr()).not.toContain('LOGTO_APP_ID');
  });

  it('never sends the secret to an endpoint of the shell when its entry leaves that empty', async () => {
    const foreign = await serveLogto();
    const shell = { LOGTO_ENDPOINT: foreign.endpoint, LOGTO_API_RESOURCE: foreign.endpoint };
    const entry = {
      LOGTO_TENANT_ID: 'abc123',
      LOGTO_APP_ID: 'app',
      LOGTO_APP_SECRET: 'hush-of-the-entry',
      // No name resolves: only the stand-in could answer.
      HTTPS_PROXY: 'http://127.0.0.1:9',
    };
    try {
      // A client passes on its shell's environment, overridden by the variables of the entry.
      const program = await ready([], {
        ...shell,
        ...entry,
        LOGTO_ENDPOINT: '',
        LOGTO_API_RESOURCE: '',
      });
      program.send({ id: 2, method: 'tools/call', params: { name: 'list_roles', arguments: {} } });
      await expect.poll(() => program.stdout(), { timeout: 20_000 }).toContain('"id":2');
      expect(program.stdout()).toContain('abc123.logto.app');
      // Without the empty value the start is refused, because that endpoint is no custom domain.
      const refused = run([], { ...shell, ...entry });
      expect(await refused.ended).toBe(2);
      expect(refused.stderr()).toContain('cannot be a custom domain');
      expect(foreign.seen).toEqual([]);
    } finally {
      await foreign.close();
    }
  });

  it.each([
    [['--sandbx'], {}, 'Did you mean --sandbox?'],
    [['docter'], {}, 'Did you mean doctor?'],
    [['--sandbox'], { LOGTO_MCP_READONLY: 'true' }, 'Did you mean LOGTO_MCP_READ_ONLY?'],
    [['--sandbox'], { LOGTO_MCP_TOOLS: 'usrs' }, 'LOGTO_MCP_TOOLS: There is no tool'],
    [['--sandbox', '--tools', 'usrs'], {}, '--tools: There is no tool'],
    [['--tools', 'list_userz', '--sandbox'], {}, 'list_users'],
    [[], { LOGTO_ENDPOINT: 'auth.example.com' }, 'https://'],
    [[], { LOGTO_APP_SECRET: 'hush', LOGTO_APP_SECRET_FILE: '/nowhere' }, 'not both'],
  ])('refuses %j %j at the start', async (args, env, words) => {
    const one = run(args, env);
    expect(await one.ended).toBe(2);
    expect(one.stdout()).toBe('');
    expect(one.stderr()).toContain(words);
    expect(one.stderr()).not.toContain('hush');
  });

  it('answers --help and --version', async () => {
    const help = run(['--help']);
    expect(await help.ended).toBe(0);
    expect(help.stdout()).toContain('LOGTO_APP_SECRET');
    const ofInit = run(['init', '--help']);
    expect(await ofInit.ended).toBe(0);
    expect(ofInit.stdout()).toContain('--secret-stdin');
    expect(ofInit.stdout().length).toBeLessThan(help.stdout().length);
    const version = run(['--version']);
    expect(await version.ended).toBe(0);
    expect(version.stdout()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
