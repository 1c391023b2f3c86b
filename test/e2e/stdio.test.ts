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
import { bareEnvironment, initialize, program, type Running, start } from '../support/process.js';

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

  it('writes only JSON-RPC to stdout, logs no calls by default, and ends cleanly with its input', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'policy-'));
    const file = join(folder, 'policy.json');
    writeFileSync(file, '{"confirm":["destructive"]}');
    const program = await ready(['--sandbox', '--policy', file]);
    rmSync(folder, { recursive: true });
    program.send({ method: 'notifications/initialized' });
    program.child.stdin.write('this is no JSON\n');
    program.send({ id: 2, method: 'tools/call', params: { name: 'list_roles', arguments: {} } });
    program.send({ id: 3, method: 'no/such/method', params: {} });
    await expect
      .poll(() => program.stdout(), { timeout: 10_000 })
      .toMatch(/"id":2[\s\S]*"id":3|"id":3[\s\S]*"id":2/);
    program.child.stdin.end();
    expect(await program.ended).toBe(0);
    for (const line of program.stdout().trim().split('\n')) {
      expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
    }
    const stderr = program.stderr();
    expect(stderr).toContain('Serving the sandbox');
    expect(stderr).not.toContain('waiting for an MCP client');
    expect(
      stderr.split('leaves out irreversible, credential, privilege, trust and egress'),
    ).toHaveLength(2);
    for (const line of stderr.trim().split('\n')) {
      expect(JSON.parse(line)).toMatchObject({ level: expect.stringMatching(/^(warn|error)$/) });
    }
  });

  it('without credentials it starts, lists, says at each call what is missing, and ends cleanly on SIGTERM', async () => {
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
    program.child.kill('SIGTERM');
    expect(await program.ended).toBe(0);
  });

  it('says on stderr that only the secret is missing, and ends cleanly on SIGINT', async () => {
    const program = await ready([], { LOGTO_TENANT_ID: 'abc123', LOGTO_APP_ID: 'app' });
    await expect
      .poll(() => program.stderr())
      .toContain('LOGTO_APP_SECRET (or LOGTO_APP_SECRET_FILE) is');
    expect(program.stderr()).not.toContain('LOGTO_APP_ID');
    program.child.kill('SIGINT');
    expect(await program.ended).toBe(0);
  });

  it.each([
    [['--sandbx'], 'Did you mean --sandbox?'],
    [['--sandbox', '--tools', 'usrs'], '--tools: There is no tool'],
  ])('refuses %j at the start', async (args, words) => {
    const program = run(args);
    expect(await program.ended).toBe(2);
    expect(program.stdout()).toBe('');
    expect(program.stderr()).toContain(words);
  });

  // Refused by the same code as those above, so in this process.
  it.each([
    [
      ['init', '--client', 'cursor', '--sandbox', '--dry-run'],
      { LOGTO_MCP_TOOLS: 'usrs' },
      'LOGTO_MCP_TOOLS: There is no tool',
    ],
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
    const help = await runCommand(['--help']);
    expect(help.code).toBe(0);
    expect(help.out).toContain('LOGTO_APP_SECRET');
    const ofInit = await runCommand(['init', '--help']);
    expect(ofInit.code).toBe(0);
    expect(ofInit.out).toContain('--secret-stdin');
    expect(ofInit.out.length).toBeLessThan(help.out.length);
    const version = run(['--version']);
    expect(await version.ended).toBe(0);
    expect(version.stdout()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
