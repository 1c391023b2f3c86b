/** The doctor of the built program. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { expectNoSecret } from '../doctor/examine.js';
import { runDoctor } from '../doctor/run.js';
import { closedPort, type Running, serveLogto } from '../doctor/stand-in.js';
import { start } from '../support/process.js';

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
  it('finds the sandbox well, in plain text where there is no terminal', async () => {
    const { stdout, stderr, code } = await runDoctor(['--sandbox']);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^ok {4}Node\.js/);
    expect(stdout).toMatch(/\nAll well\.\n$/);
    expect(stdout).not.toContain(escapeSign);
    expectNoSecret(stdout, sandboxSettings.appSecret);
  });

  it('has colours in a pipe that wants them', async () => {
    const { stdout } = await runDoctor(['--sandbox'], { FORCE_COLOR: '1' });
    expect(stdout).toContain(escapeSign);
  });

  it('answers in JSON and nothing else', async () => {
    const { stdout, code } = await runDoctor(['--json', '--sandbox']);
    expect(code).toBe(0);
    const answer = JSON.parse(stdout);
    expect(Object.keys(answer)).toEqual(['ok', 'checks']);
    expect(answer.ok).toBe(true);
    for (const check of answer.checks) {
      expect(check).toEqual({
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
    expect(text.stdout).toMatch(/FAIL {2}Tenant .*LOGTO_ENDPOINT, LOGTO_APP_ID, LOGTO_APP_SECRET/);
    const json = await runDoctor(['--json'], { LOGTO_ENDPOINT: 'nonsense', ...credentials });
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false });
    expect(json.stderr).toBe('');
  });

  it('ends with 2 for a command line that cannot be used', async () => {
    const { stdout, stderr, code } = await runDoctor(['--jsn']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('--json');
  });

  it('finds a real server well, and shows neither secret nor token', async () => {
    running = await serveLogto();
    const env = { LOGTO_ENDPOINT: running.endpoint, ...credentials };
    for (const args of [[], ['--json']]) {
      const { stdout, stderr, code } = await runDoctor(args, env);
      expect(code).toBe(0);
      expectNoSecret(stdout + stderr, sandboxSettings.appSecret);
    }
  });

  it('looks at what a client starts, with the settings and the options of its entry', async () => {
    running = await serveLogto();
    const home = mkdtempSync(join(tmpdir(), 'doctor-'));
    const file = join(home, 'mcp.json');
    const args = ['--client', 'cursor', '--config', file];
    const env = { HOME: home, XDG_CONFIG_HOME: join(home, 'config') };
    try {
      const init = start(['init', ...args, '--tools', 'users', '--log-level', 'info'], {
        ...env,
        LOGTO_ENDPOINT: running.endpoint,
        ...credentials,
      });
      expect(await init.ended).toBe(0);
      const well = await runDoctor([...args, '--json'], env);
      expect(well).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(well.stdout).checks).toContainEqual(
        expect.objectContaining({
          id: 'tenant',
          message: expect.stringContaining(running.endpoint),
        }),
      );
      const [, listed] = /(\d+) operations are listed/.exec(well.stdout) ?? [];
      const [, usual] =
        /(\d+) operations are listed/.exec((await runDoctor(['--sandbox'])).stdout) ?? [];
      expect(listed).not.toBe(usual);
      await running.close();
      running = undefined;
      expect(await runDoctor(args, env)).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('ECONNREFUSED'),
      });
      const other = await runDoctor([...args, '--name', 'other'], env);
      expect(other).toMatchObject({ code: 2, stdout: '' });
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it('tells a server that is not there', async () => {
    const { stdout, code } = await runDoctor([], {
      LOGTO_ENDPOINT: await closedPort(),
      ...credentials,
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAIL {2}Endpoint .*ECONNREFUSED/);
    expect(stdout).toMatch(/skip {2}Credentials .*Endpoint has to be mended first/);
  });

  it('tells of a proxy that is none, which stops the server', async () => {
    const env = {
      LOGTO_ENDPOINT: 'https://auth.example.com',
      HTTPS_PROXY: 'proxy:3128',
      ...credentials,
    };
    const { stdout } = await runDoctor([], env);
    expect(stdout).toMatch(/FAIL {2}Proxy .*HTTPS_PROXY is not the address of a proxy/);
    const server = start([], env);
    expect(await server.ended).toBe(2);
    expect(server.stderr()).toContain('HTTPS_PROXY is not the address of a proxy');
  });
});
