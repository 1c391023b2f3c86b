/** The built program over stdio, with real clients. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { builtInTools } from '../../src/mcp/tools/index.js';
import { outcomeOf, tools } from '../support/client.js';
import { runCommand } from '../support/command.js';
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
  const questions: string[] = [];
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode }, capabilities: { elicitation: { form: {} } } },
  );
  client.setRequestHandler('elicitation/create', ({ params }) => {
    questions.push(params.message);
    return { action: 'accept', content: { name: 'Support' } };
  });

  // Both tests use one start of the program.
  beforeAll(() =>
    client.connect(new StdioClientTransport(spawned(['--sandbox', '--tools', 'all']))),
  );
  afterAll(() => client.close());

  it('lists every tool, calls one, and reports a mistake', async () => {
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
    expect(questions).toEqual([]);
  });

  it('asks the person and continues with the answer', async () => {
    const deleted = await client.callTool({ name: 'delete_role', arguments: { id: 'support' } });
    expect(outcomeOf(deleted)).toMatchObject({ ok: true, answer: { done: true } });
    expect(questions).toHaveLength(1);
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

  it.each([
    [['--sandbx'], {}, 'Did you mean --sandbox?'],
    [['--sandbox'], { LOGTO_MCP_TOOLS: 'usrs' }, 'LOGTO_MCP_TOOLS: There is no tool'],
    [['--sandbox', '--tools', 'usrs'], {}, '--tools: There is no tool'],
    [['--tools', 'list_userz', '--sandbox'], {}, 'list_users'],
  ])('refuses %j %j at the start', async (args, env, words) => {
    const program = run(args, env);
    expect(await program.ended).toBe(2);
    expect(program.stdout()).toBe('');
    expect(program.stderr()).toContain(words);
  });

  // Refused where the settings are read, as the first of those above, so in this process.
  it.each([
    [['docter'], {}, 'Did you mean doctor?'],
    [['--sandbox'], { LOGTO_MCP_READONLY: 'true' }, 'Did you mean LOGTO_MCP_READ_ONLY?'],
    [[], { LOGTO_ENDPOINT: 'auth.example.com' }, 'https://'],
    [[], { LOGTO_APP_SECRET: 'hush', LOGTO_APP_SECRET_FILE: '/nowhere' }, 'not both'],
  ])('refuses the settings %j %j', async (args, env, words) => {
    const { code, out, err } = await runCommand(args, env);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(words);
    expect(err).not.toContain('hush');
  });

  it('answers --help and --version', async () => {
    const help = run(['--help']);
    expect(await help.ended).toBe(0);
    expect(help.stdout()).toContain('LOGTO_APP_SECRET');
    const ofInit = await runCommand(['init', '--help']);
    expect(ofInit.code).toBe(0);
    expect(ofInit.out).toContain('--secret-stdin');
    expect(ofInit.out.length).toBeLessThan(help.stdout().length);
    const version = run(['--version']);
    expect(await version.ended).toBe(0);
    expect(version.stdout()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
