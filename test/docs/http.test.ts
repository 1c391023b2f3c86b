/**
 * docs/http.md leads from an empty start to a connected client: its commands are run in order, on tenants on this machine.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tokenScopes } from '../../src/catalog/token-scopes.js';
import { knownClients } from '../../src/config/setup-settings.js';
import { signInRoles } from '../../src/http/setup-manifest.js';
import { memberOf } from '../../src/json.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { runCommand } from '../support/command.js';
import { startHttp } from '../support/http-program.js';
import { root, runProgram } from '../support/process.js';
import { listeningTenant } from '../support/tenant.js';

/** Milliseconds for a test that starts the program several times, on a busy machine. */
const TIMEOUT_MS = 120_000;

const text = readFileSync(join(root, 'docs/http.md'), 'utf8');

/** The commands of our program in the shell blocks, in order, as arguments. */
const commands = [...text.matchAll(/^node dist\/main\.js (.*)$/gm)].map(([, line = '']) =>
  line.split(' '),
);

const commandWith = (...words: readonly string[]): readonly string[] => {
  const [found, other] = commands.filter((command) =>
    words.every((word) => command.includes(word)),
  );
  if (found === undefined || other !== undefined) {
    throw new Error(`There is not one command with ${words.join(' ')}.`);
  }
  return found;
};

let folder = '';
const closers: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'docs-http-'));
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a command `http` of the page, on a free port. */
async function serve(
  [, ...options]: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const running = await startHttp(options, env);
  closers.push(running.stop);
  return running;
}

/** The variables that the page exports, with the values of a tenant on this machine. */
async function environment(origin: string): Promise<Record<string, string>> {
  const secret = join(folder, 'secret');
  writeFileSync(secret, sandboxSettings.appSecret, { mode: 0o600 });
  const values: Readonly<Record<string, string>> = {
    LOGTO_ENDPOINT: origin,
    LOGTO_APP_ID: sandboxSettings.appId,
    LOGTO_APP_SECRET_FILE: secret,
    LOGTO_MCP_STATE_KEY: Buffer.alloc(32, 7).toString('base64'),
  };
  const exported = [...text.matchAll(/^export ([A-Z_]+)=/gm)].map(([, name = '']) => name);
  expect([...exported].sort()).toEqual(Object.keys(values).sort());
  return { ...values, LOGTO_MCP_STATE_DIR: folder };
}

describe('docs/http.md', () => {
  it(
    'serves the sandbox, in which its doctor finds no fault',
    async () => {
      const { port } = await serve(commandWith('http', '--sandbox'));
      const [command, option, address = ''] = commandWith('doctor', 'http://127.0.0.1:8787/mcp');
      const { code, out } = await runProgram([
        String(command),
        String(option),
        address.replace('8787', String(port)),
      ]);
      expect(code, out).toBe(0);
      expect(out).toContain('An unsigned token is refused.');
    },
    TIMEOUT_MS,
  );

  it(
    'sets up a tenant, registers clients, starts the server, and checks it',
    async () => {
      const { origin, close } = await listeningTenant(undefined, undefined, createSandbox());
      closers.push(close);
      const env = await environment(origin);
      for (const command of commands.filter(([name]) => name === 'setup-http')) {
        const planned = await runCommand([...command, '--dry-run', '--json'], env);
        expect(planned.code, planned.err).toBe(2);
        const digest = String(memberOf(JSON.parse(planned.out), 'digest'));
        const done = await runCommand([...command, '--yes', digest], env);
        expect(done.code, done.err).toBe(0);
        if (command.includes('--register')) {
          expect(done.out).toMatch(/App ID for Cursor: \w+\nApp ID for Gemini CLI: \w+/);
        }
      }
      const running = await serve(commandWith('http', '--issuer'), env);
      expect(running.stderr()).toContain('serving MCP at https://mcp.example.com/mcp');
      const health = await fetch(`http://127.0.0.1:${running.port}/healthz`);
      expect(health.status).toBe(200);
      // The host name of the page does not exist, so the doctor says what to check.
      const checked = await runCommand(commandWith('doctor', 'https://mcp.example.com/mcp'), env);
      expect(checked.code).toBe(1);
      expect(checked.out).toMatch(/FAIL +Health +https:\/\/mcp\.example\.com cannot be reached/);
    },
    TIMEOUT_MS,
  );

  it('names every client whose redirect URI is known, every role and every scope', () => {
    for (const name of knownClients.keys()) {
      expect(text).toContain(`\`${name}\``);
    }
    for (const word of [...signInRoles.map(({ name }) => name), ...tokenScopes]) {
      expect(text).toContain(`\`${word}\``);
    }
    for (const client of ['Claude', 'ChatGPT', 'VS Code', 'Cursor', 'Codex']) {
      expect(text).toContain(`\n### ${client}\n`);
    }
  });
});
