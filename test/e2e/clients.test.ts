/** The built program writes itself into configurations, and what it has written starts it. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClientName } from '../../src/config/args.js';
import { defaultTools } from '../../src/mcp/tool-selection.js';
import { builtInTools } from '../../src/mcp/tools/index.js';
import { entryOf, fixtureOf, usualFile } from '../installer/machine.js';
import { outcomeOf } from '../support/client.js';
import { bareEnvironment, program, root } from '../support/process.js';

const secret = 'hush-hush-0123456789';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** The environment of a person whose home is the temporary one. */
const environment = (env: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  ...bareEnvironment(),
  HOME: home,
  USERPROFILE: home,
  XDG_CONFIG_HOME: join(home, '.config'),
  CLAUDE_CONFIG_DIR: '',
  CODEX_HOME: '',
  ...env,
});

function run(
  argv: readonly string[],
  options: { env?: Record<string, string>; input?: string } = {},
) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...argv], {
    env: environment(options.env),
    input: options.input ?? '',
    encoding: 'utf8',
    cwd: home,
  });
  return { status, stdout, stderr };
}

/** Starts a server as the client would, from what stands in the file. */
async function started(client: ClientName, env: Readonly<Record<string, string>> = {}) {
  const entry = entryOf(client, readFileSync(join(home, usualFile[client]), 'utf8'));
  if (entry === undefined) {
    throw new Error('There is no entry.');
  }
  const connected = new Client({ name: 'test', version: '1.0.0' });
  await connected.connect(
    new StdioClientTransport({
      command: entry.command,
      args: entry.args,
      // Somewhere else: nothing in an entry may depend on the folder.
      cwd: tmpdir(),
      env: environment({ ...env, ...entry.env }),
      stderr: 'ignore',
    }),
  );
  return connected;
}

describe.each(['claude-desktop', 'cursor', 'vscode', 'codex', 'claude-code'] as const)(
  '%s',
  (client) => {
    const file = () => join(home, usualFile[client]);

    // The places of desktop programs depend on the platform; test/installer/client-paths.test.ts has them all.
    it.runIf(process.platform === 'linux' || !['claude-desktop', 'vscode'].includes(client))(
      'starts the sandbox from its entry, and is as before in the end',
      async () => {
        mkdirSync(dirname(file()), { recursive: true });
        writeFileSync(file(), fixtureOf(client));
        expect(run(['init', '--client', client, '--sandbox'])).toMatchObject({
          status: 0,
          stderr: '',
        });
        const connected = await started(client);
        expect((await connected.listTools()).tools).toHaveLength(
          builtInTools.length + defaultTools.length,
        );
        const found = outcomeOf(await connected.callTool({ name: 'whoami', arguments: {} }));
        expect(found).toMatchObject({ ok: true });
        await connected.close();
        expect(run(['remove', '--client', client])).toMatchObject({ status: 0, stderr: '' });
        expect(readFileSync(file(), 'utf8')).toBe(fixtureOf(client));
      },
    );
  },
);

it('keeps a piped secret where only the server finds it', async () => {
  const { status, stdout, stderr } = run(
    ['init', '--client', 'codex', '--secret-stdin', '--read-only'],
    {
      env: { LOGTO_ENDPOINT: 'http://127.0.0.1:9', LOGTO_APP_ID: 'app' },
      input: `${secret}\n`,
    },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).not.toContain(secret);
  expect(readFileSync(join(home, usualFile.codex), 'utf8')).not.toContain(secret);
  const connected = await started('codex');
  const names = (await connected.listTools()).tools.map(({ name }) => name);
  expect(names).toContain('list_users');
  expect(names).not.toContain('delete_user');
  const answer = outcomeOf(await connected.callTool({ name: 'list_users', arguments: {} }));
  expect(answer).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
  await connected.close();
});

it('refuses with exit code 2 what the server would not start with, and writes nothing', () => {
  for (const [argv, words] of [
    [['init', '--client', 'codex', '--sandbox', '--tools', 'list_userz'], 'list_users'],
    [['init', '--client', 'codex', '--sandbox', '--policy', 'nowhere.json'], 'does not exist'],
    [['init', '--client', 'codex'], 'LOGTO_APP_ID'],
    [['remove', '--client', 'nobody'], 'claude-desktop'],
  ] as const) {
    const { status, stdout, stderr } = run(argv);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(words);
  }
  expect(readdirSync(home)).toEqual([]);
});

it('started by npx from a packed file, it is started by npx again', async () => {
  const folder = join(home, 'down loads');
  mkdirSync(folder);
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    stdio: 'pipe',
  });
  const packed = join(folder, readdirSync(folder)[0] ?? '');
  const npm = { npm_config_cache: join(home, 'cache'), npm_config_offline: 'true' };
  execFileSync(
    'npx',
    [
      '-y',
      `--package=${packed}`,
      'logto-management-mcp',
      'init',
      '--client',
      'cursor',
      '--sandbox',
    ],
    {
      env: environment(npm),
      cwd: home,
      stdio: 'pipe',
    },
  );
  expect(entryOf('cursor', readFileSync(join(home, usualFile.cursor), 'utf8'))).toEqual({
    command: 'npx',
    args: ['-y', `--package=${packed}`, 'logto-management-mcp', '--sandbox'],
  });
  rmSync(join(home, 'cache'), { recursive: true });
  const connected = await started('cursor', npm);
  expect((await connected.listTools()).tools.length).toBeGreaterThan(0);
  await connected.close();
  expect(existsSync(join(home, 'cache', '_npx'))).toBe(true);
}, 60_000);
