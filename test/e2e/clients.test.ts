/** The built program writes its entry into configurations, and clients start it from there. */
import { execFile, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClientName, clientNames } from '../../src/config/args.js';
import { defaultFile, entryOf, fixtureOf } from '../installer/machine.js';
import { outcomeOf } from '../support/client.js';
import { runCommand } from '../support/command.js';
import { listedByDefault } from '../support/default-list.js';
import { bareEnvironment, program } from '../support/process.js';

const secret = 'hush-hush-0123456789';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** No connection: a check of a tenant must fail at once and reach no network. */
const offline = { HTTPS_PROXY: 'http://127.0.0.1:9' };

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

/** Starts a server as the client would, from the entry in its file. */
async function started(client: ClientName, env: Readonly<Record<string, string>> = {}) {
  const entry = entryOf(client, readFileSync(join(home, defaultFile[client]), 'utf8'));
  if (entry === undefined) {
    throw new Error('There is no entry.');
  }
  const connected = new Client({ name: 'test', version: '1.0.0' });
  await connected.connect(
    new StdioClientTransport({
      command: entry.command,
      args: entry.args,
      // Another folder: an entry must not depend on the current folder.
      cwd: tmpdir(),
      env: environment({ ...env, ...entry.env }),
      stderr: 'ignore',
    }),
  );
  return connected;
}

// The paths of desktop programs depend on the platform; test/installer/client-paths.test.ts has all of them.
const hasKnownPath = (client: ClientName): boolean =>
  process.platform === 'linux' || !['claude-desktop', 'vscode'].includes(client);

describe.each(clientNames)('%s', (client) => {
  it.runIf(hasKnownPath(client))(
    'gets an entry that starts the sandbox, and remove restores its file',
    async () => {
      const file = join(home, defaultFile[client]);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, fixtureOf(client));
      expect(
        await runCommand(['init', '--client', client, '--sandbox'], environment(), home),
      ).toMatchObject({ code: 0, err: '' });
      // Every client starts the same command. Those in TOML and in `servers` are started here, one in `mcpServers` below.
      expect(entryOf(client, readFileSync(file, 'utf8'))).toMatchObject({
        command: process.execPath,
        args: [program, '--sandbox'],
      });
      if (client === 'codex' || client === 'vscode') {
        const connected = await started(client);
        const listed = (await connected.listTools()).tools.map(({ name }) => name);
        expect([...listed].sort()).toEqual([...listedByDefault].sort());
        expect(connected.getInstructions()).toContain('SANDBOX');
        await connected.close();
      }
      expect(await runCommand(['remove', '--client', client], environment(), home)).toMatchObject({
        code: 0,
        err: '',
      });
      expect(readFileSync(file, 'utf8')).toBe(fixtureOf(client));
    },
  );
});

it('refuses settings that the server refuses with exit code 2, and writes nothing', async () => {
  for (const [argv, words] of [
    [['init', '--client', 'codex'], 'LOGTO_APP_ID'],
    [['init', '--client', 'codex', '--sandbox', '--tools', 'list_userz'], 'list_users'],
    [['init', '--client', 'codex', '--sandbox', '--policy', 'nowhere.json'], 'does not exist'],
    [['remove', '--client', 'emacs'], 'claude-desktop'],
  ] as const) {
    const { code, out, err } = await runCommand(argv, environment(), home);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(words);
  }
  expect(readdirSync(home)).toEqual([]);
});

it('stores a piped secret where only the server finds it, and sends it to no LOGTO_ENDPOINT of the shell', async () => {
  const requests: string[] = [];
  const foreign = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
  const address = foreign.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const file = join(home, defaultFile.cursor);
  try {
    const { status, stdout, stderr } = run(
      ['init', '--client', 'cursor', '--secret-stdin', '--read-only'],
      {
        env: { LOGTO_TENANT_ID: 'abc123', LOGTO_APP_ID: 'app', ...offline },
        input: `${secret}\n`,
      },
    );
    // The failed check of the connection is reported, and the entry stays.
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('The entry is written, but a check failed.');
    expect(stdout).not.toContain(secret);
    expect(readFileSync(file, 'utf8')).not.toContain(secret);
    // The shell of a web application, without access to the network.
    const shell = {
      LOGTO_ENDPOINT: origin,
      LOGTO_API_RESOURCE: origin,
      LOGTO_APP_SECRET: 'of-the-web-application',
      ...offline,
    };
    const connected = await started('cursor', shell);
    const names = (await connected.listTools()).tools.map(({ name }) => name);
    expect(names).toContain('list_users');
    expect(names).not.toContain('delete_user');
    const answer = outcomeOf(await connected.callTool({ name: 'list_users', arguments: {} }));
    expect(answer).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    expect(JSON.stringify(answer)).toContain('abc123.logto.app');
    await connected.close();
    expect(requests).toEqual([]);
    // Without the empty variables the two addresses contradict each other, and nothing starts.
    const remove = (...patterns: RegExp[]): void =>
      writeFileSync(
        file,
        patterns
          .reduce((text, pattern) => text.replace(pattern, ''), readFileSync(file, 'utf8'))
          .replace(/,(\s*\})/g, '$1'),
      );
    remove(
      /"LOGTO_ENDPOINT": "",?/,
      /"LOGTO_APP_SECRET": "",?/,
      /"LOGTO_APP_SECRET_FILE": "[^"]*",?/,
    );
    await expect(started('cursor', shell)).rejects.toThrow('Connection closed');
    expect(requests).toEqual([]);
    // The control: an entry without an address does use that of the shell.
    remove(/"LOGTO_TENANT_ID": "[^"]*",?/);
    const misled = await started('cursor', shell);
    await misled.callTool({ name: 'list_users', arguments: {} });
    await misled.close();
    expect(requests.length).toBeGreaterThan(0);
  } finally {
    foreign.close();
  }
});

it('loses nothing when several runs edit the same files at once', async () => {
  const file = join(home, defaultFile.cursor);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, fixtureOf('cursor'));
  const names = Array.from({ length: 3 }, (_, index) => `logto-${index}`);
  const secretOf = (name: string): string => `secret-of-${name}`;
  const runAll = (argvOf: (name: string) => readonly string[]): Promise<unknown> =>
    Promise.all(
      names.map((name) =>
        promisify(execFile)(process.execPath, [program, ...argvOf(name)], {
          env: environment({
            LOGTO_TENANT_ID: 'abc123',
            LOGTO_APP_ID: name,
            LOGTO_APP_SECRET: secretOf(name),
            ...offline,
          }),
          cwd: home,
        }),
      ),
    );
  await runAll((name) => ['init', '--client', 'cursor', '--name', name]);
  const text = readFileSync(file, 'utf8');
  for (const name of names) {
    const { env = {} } = entryOf('cursor', text, name) ?? expect.fail(`no ${name}`);
    expect(env['LOGTO_APP_ID']).toBe(name);
    expect(readFileSync(env['LOGTO_APP_SECRET_FILE'] ?? '', 'utf8')).toBe(`${secretOf(name)}\n`);
  }
  await runAll((name) => ['remove', '--client', 'cursor', '--name', name]);
  expect(readFileSync(file, 'utf8')).toBe(fixtureOf('cursor'));
  expect(readdirSync(dirname(file))).toEqual(['mcp.json']);
  expect(existsSync(join(home, '.config', 'logto-management-mcp'))).toBe(false);
}, 60_000);
