/**
 * The command `doctor`, in this process where its streams and its start do not matter, and the built program where they do.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { expectNoSecret } from '../doctor/examine.js';
import { runBuiltDoctor, runDoctor } from '../doctor/run.js';
import { closedPort, type Running, serveLogto } from '../doctor/stand-in.js';
import { tools } from '../support/client.js';
import { bareEnvironment, initialize, program, runProgram, start } from '../support/process.js';

let running: Running | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

const escapeSign = '\u001b';

const credentials = {
  LOGTO_APP_ID: sandboxSettings.appId,
  LOGTO_APP_SECRET: sandboxSettings.appSecret,
};

describe('doctor', () => {
  it('passes on the sandbox, in plain text where there is no terminal', async () => {
    const { out, err, code } = await runDoctor(['--sandbox']);
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toMatch(/^ok {4}Node\.js/);
    expect(out).toMatch(/\nNo faults\.\n$/);
    expect(out).not.toContain(escapeSign);
    expectNoSecret(out, sandboxSettings.appSecret);
  });

  it('has colours in a pipe with FORCE_COLOR', async () => {
    const { out } = await runDoctor([], { FORCE_COLOR: '1' });
    expect(out).toContain(escapeSign);
  });

  it('answers in JSON and nothing else', async () => {
    const { out, code } = await runDoctor(['--json', '--sandbox']);
    expect(code).toBe(0);
    const answer = JSON.parse(out);
    expect(Object.keys(answer)).toEqual(['ok', 'checks']);
    expect(answer.ok).toBe(true);
    for (const check of answer.checks) {
      expect(check).toEqual({
        ...('blockedBy' in check && { blockedBy: expect.any(String) }),
        id: expect.any(String),
        title: expect.any(String),
        status: expect.stringMatching(/^(ok|warn|fail|skipped)$/),
        message: expect.any(String),
        ...('hint' in check && { hint: expect.any(String) }),
      });
    }
    const ids = answer.checks.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('ends with 1 when something is wrong, in text and in JSON', async () => {
    const text = await runDoctor([]);
    expect(text.code).toBe(1);
    expect(text.out).toMatch(
      /FAIL {2}Tenant .*LOGTO_ENDPOINT \(or LOGTO_TENANT_ID\), LOGTO_APP_ID, LOGTO_APP_SECRET/,
    );
    const json = await runDoctor(['--json'], { LOGTO_ENDPOINT: 'nonsense', ...credentials });
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ ok: false });
    expect(json.err).toBe('');
  });

  it('ends with 2 for a command line that cannot be used', async () => {
    const { out, err, code } = await runDoctor(['--jsn']);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('--json');
  });

  it('passes on a real server, and shows neither secret nor token', async () => {
    running = await serveLogto();
    const env = { LOGTO_ENDPOINT: running.endpoint, ...credentials };
    for (const args of [[], ['--json']]) {
      const { out, err, code } = await runDoctor(args, env);
      expect(code).toBe(0);
      expectNoSecret(out + err, sandboxSettings.appSecret);
    }
  });

  it('checks what a client starts, with the settings and the options of its entry', async () => {
    running = await serveLogto();
    const home = mkdtempSync(join(tmpdir(), 'doctor-'));
    const file = join(home, 'mcp.json');
    const args = ['--client', 'cursor', '--config', file];
    const env = { HOME: home, XDG_CONFIG_HOME: join(home, 'config') };
    try {
      const init = await runProgram(['init', ...args, '--tools', 'users', '--log-level', 'info'], {
        ...env,
        LOGTO_ENDPOINT: running.endpoint,
        ...credentials,
      });
      expect(init.code).toBe(0);
      expect(init.out).toMatch(/\nok {4}Credentials[\s\S]*\nok {4}Access/);
      expect(init.out).not.toContain(escapeSign);
      expectNoSecret(init.out, sandboxSettings.appSecret);
      const well = await runBuiltDoctor([...args, '--json'], env);
      expect(well).toMatchObject({ code: 0, err: '' });
      expect(JSON.parse(well.out).checks).toContainEqual(
        expect.objectContaining({
          id: 'tenant',
          message: expect.stringContaining(running.endpoint),
        }),
      );
      const [, listed] = /listed: (\d+) operations/.exec(well.out) ?? [];
      expect(Number(listed)).toBe(tools.filter(({ domain }) => domain === 'users').length);
      const other = await runDoctor([...args, '--name', 'other'], env);
      expect(other).toMatchObject({ code: 2, out: '' });
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it('says that the client does not read its file', async () => {
    const home = mkdtempSync(join(tmpdir(), 'doctor-'));
    try {
      const folder = join(home, 'config', 'Claude');
      const file = join(folder, 'claude_desktop_config.json');
      mkdirSync(folder, { recursive: true });
      const entry = { command: process.execPath, args: [program] };
      writeFileSync(file, `// mine\n${JSON.stringify({ mcpServers: { logto: entry } })}`);
      const env = {
        HOME: home,
        XDG_CONFIG_HOME: join(home, 'config'),
        WSL_DISTRO_NAME: 'Ubuntu',
      };
      const { code, out } = await runBuiltDoctor(['--client', 'claude-desktop'], env);
      expect(code).toBe(1);
      // The checks of the file come before those of the settings, which name no tenant.
      expect(out).toMatch(
        /^FAIL {2}Client .*is not plain JSON[\s\S]*?\nwarn {2}Client .*This is WSL[\s\S]*?\nwarn {2}Client .*may not be installed[\s\S]*?\nok {4}Node\.js/,
      );
      expect(out).toMatch(
        /\nFAIL {2}Tenant [\s\S]*\n2 faults: fix the first one and run doctor again\.\n$/,
      );
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it('reports an unreachable server, with one line for all blocked checks', async () => {
    const { out, code } = await runDoctor([], {
      LOGTO_ENDPOINT: await closedPort(),
      ...credentials,
    });
    expect(code).toBe(1);
    expect(out).toMatch(/FAIL {2}Endpoint .*ECONNREFUSED/);
    expect(out).toMatch(/skip {2}12 checks .*fix Endpoint first\. \(.*Credentials.*\)/);
    expect(out.match(/^skip/gm)).toHaveLength(1);
    expect(out).not.toMatch(/^skip.*ECONNREFUSED/m);
  });

  it('reports an invalid proxy, which stops the server', async () => {
    const env = {
      LOGTO_ENDPOINT: 'https://auth.example.com',
      HTTPS_PROXY: 'proxy:3128',
      ...credentials,
    };
    const { out } = await runDoctor([], env);
    expect(out).toMatch(/FAIL {2}Proxy .*HTTPS_PROXY is not the address of a proxy/);
    const server = start([], env);
    expect(await server.ended).toBe(2);
    expect(server.stderr()).toContain('HTTPS_PROXY is not the address of a proxy');
  });
});

describe('a reader that closes the pipe', () => {
  /** Runs the program and closes its stdout after the first bytes, or before any. */
  const runUnread = (args: readonly string[], env: Readonly<Record<string, string>>) =>
    new Promise<{ stderr: string; code: number | null; signal: string | null }>((resolve) => {
      const child = spawn(process.execPath, [program, ...args], {
        env: { ...bareEnvironment(), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.stdout.destroy();
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
      });
      child.once('close', (code, signal) => resolve({ stderr, code, signal }));
    });

  // One command for each way in which they write.
  it.each([
    [['doctor'], 1],
    [['help'], 0],
    [['init', '--client', 'cursor', '--sandbox', '--dry-run'], 0],
  ])('of %j causes no error, and the exit code stays true', async (args, code) => {
    const home = mkdtempSync(join(tmpdir(), 'pipe-'));
    try {
      const env = { HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home };
      expect(await runUnread(args, env)).toEqual({ stderr: '', code, signal: null });
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it('of a server on stderr does not end it', async () => {
    const server = start(['--sandbox', '--log-level', 'debug']);
    server.child.stderr.destroy();
    server.send(initialize);
    server.send({ id: 2, method: 'tools/call', params: { name: 'list_roles', arguments: {} } });
    await expect.poll(() => server.stdout(), { timeout: 10_000 }).toContain('"id":2');
    server.child.stdin.end();
    expect(await server.ended).toBe(0);
  });
});
