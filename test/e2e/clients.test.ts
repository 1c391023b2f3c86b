/** The built program writes its entry into configurations, and clients start it from there. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
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
import type { ClientName } from '../../src/config/args.js';
import { defaultFile, entryOf, fixtureOf } from '../installer/machine.js';
import { outcomeOf } from '../support/client.js';
import { runCommand } from '../support/command.js';
import { listedByDefault } from '../support/default-list.js';
import { bareEnvironment, program, root } from '../support/process.js';

const secret = 'hush-hush-0123456789';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** The environment of a person whose home is the temporary one. */
/** No connection: a check of a tenant must fail at once and reach no network. */
const offline = { HTTPS_PROXY: 'http://127.0.0.1:9' };

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

describe.each(['claude-desktop', 'cursor', 'vscode', 'codex', 'claude-code'] as const)(
  '%s',
  (client) => {
    const file = () => join(home, defaultFile[client]);

    // The paths of desktop programs depend on the platform; test/installer/client-paths.test.ts has all of them.
    it.runIf(process.platform === 'linux' || !['claude-desktop', 'vscode'].includes(client))(
      'starts the sandbox from its entry, and remove restores its file',
      async () => {
        mkdirSync(dirname(file()), { recursive: true });
        writeFileSync(file(), fixtureOf(client));
        expect(
          await runCommand(['init', '--client', client, '--sandbox'], environment(), home),
        ).toMatchObject({ code: 0, err: '' });
        const connected = await started(client);
        const listed = (await connected.listTools()).tools.map(({ name }) => name);
        expect([...listed].sort()).toEqual([...listedByDefault].sort());
        expect(connected.getInstructions()).toContain('SANDBOX');
        await connected.close();
        expect(await runCommand(['remove', '--client', client], environment(), home)).toMatchObject(
          { code: 0, err: '' },
        );
        expect(readFileSync(file(), 'utf8')).toBe(fixtureOf(client));
      },
    );
  },
);

it('stores a piped secret where only the server finds it', async () => {
  const { status, stdout, stderr } = run(
    ['init', '--client', 'codex', '--secret-stdin', '--read-only'],
    {
      env: { LOGTO_ENDPOINT: 'http://127.0.0.1:9', LOGTO_APP_ID: 'app' },
      input: `${secret}\n`,
    },
  );
  // The failed check of the connection is reported, and the entry stays.
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('The entry is written, but a check failed.');
  expect(stdout).not.toContain(secret);
  expect(readFileSync(join(home, defaultFile.codex), 'utf8')).not.toContain(secret);
  const connected = await started('codex');
  const names = (await connected.listTools()).tools.map(({ name }) => name);
  expect(names).toContain('list_users');
  expect(names).not.toContain('delete_user');
  const answer = outcomeOf(await connected.callTool({ name: 'list_users', arguments: {} }));
  expect(answer).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
  await connected.close();
});

it('refuses settings that the server refuses with exit code 2, and writes nothing', async () => {
  const refused = run(['init', '--client', 'codex']);
  expect(refused).toMatchObject({ status: 2, stdout: '' });
  expect(refused.stderr).toContain('LOGTO_APP_ID');
  for (const [argv, words] of [
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

it('uses only the settings of the entry: a foreign LOGTO_ENDPOINT never receives its secret', async () => {
  const requests: string[] = [];
  const foreign = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
  const address = foreign.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    const { status } = run(['init', '--client', 'cursor'], {
      env: {
        LOGTO_TENANT_ID: 'abc123',
        LOGTO_APP_ID: 'app',
        LOGTO_APP_SECRET: secret,
        ...offline,
      },
    });
    expect(status).toBe(0);
    // The shell of a web application, without access to the network.
    const shell = {
      LOGTO_ENDPOINT: `http://127.0.0.1:${port}`,
      LOGTO_APP_SECRET: 'of-the-web-application',
      ...offline,
    };
    const call = async (): Promise<void> => {
      const connected = await started('cursor', shell);
      await connected.callTool({ name: 'list_users', arguments: {} });
      await connected.close();
    };
    await call();
    expect(requests).toEqual([]);
    // Without the empty variables the two addresses contradict each other, and nothing starts.
    const file = join(home, defaultFile.cursor);
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
    await expect(call()).rejects.toThrow('Connection closed');
    expect(requests).toEqual([]);
    // The control: an entry without an address does use that of the shell.
    remove(/"LOGTO_TENANT_ID": "[^"]*",?/);
    await call();
    expect(requests.length).toBeGreaterThan(0);
  } finally {
    foreign.close();
  }
});

it('loses nothing when several runs edit the same files at once', async () => {
  const file = join(home, defaultFile.cursor);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, fixtureOf('cursor'));
  const names = Array.from({ length: 4 }, (_, index) => `logto-${index}`);
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

it('started by npx from a packed file, it is started by npx again, and by path for desktop programs', async () => {
  const folder = join(home, 'down loads');
  mkdirSync(folder);
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    stdio: 'pipe',
  });
  const packed = join(folder, readdirSync(folder)[0] ?? '');
  const npm = { npm_config_cache: join(home, 'cache'), npm_config_offline: 'true' };
  const npx = ['-y', `--package=${packed}`, 'logto-management-mcp'];
  execFileSync('npx', [...npx, 'init', '--client', 'claude-code', '--sandbox'], {
    env: environment(npm),
    cwd: home,
    stdio: 'pipe',
  });
  // The copy that npx has unpacked, and starts when it is run again.
  const [unpacked = ''] = readdirSync(join(home, 'cache', '_npx'));
  const copy = join(home, 'cache', '_npx', unpacked, 'node_modules/logto-management-mcp');
  execFileSync(
    process.execPath,
    [join(copy, 'dist/main.js'), 'init', '--client', 'cursor', '--sandbox'],
    {
      env: environment(npm),
      cwd: home,
      stdio: 'pipe',
    },
  );
  const desktop = await started('cursor', { PATH: '/nowhere' });
  expect((await desktop.listTools()).tools.length).toBeGreaterThan(0);
  await desktop.close();
  const text = readFileSync(join(home, defaultFile['claude-code']), 'utf8');
  expect(entryOf('claude-code', text)).toMatchObject({
    command: 'npx',
    args: [...npx, '--sandbox'],
  });
  rmSync(join(home, 'cache'), { recursive: true });
  const connected = await started('claude-code', npm);
  expect((await connected.listTools()).tools.length).toBeGreaterThan(0);
  await connected.close();
  expect(existsSync(join(home, 'cache', '_npx'))).toBe(true);
}, 60_000);
