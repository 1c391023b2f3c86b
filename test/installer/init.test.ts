/** `init` and `remove` as a person uses them: questions, secrets, files, mistakes. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/args.js';
import { readFile, writeFile } from '../../src/installer/files.js';
import { inputReference } from '../../src/installer/server-entry.js';
import {
  defaultFile,
  entryOf,
  fixtureOf,
  type Machine,
  machineOf,
  secret,
  settingsOf,
  tenant,
} from './machine.js';

const secretFile = '.config/logto-management-mcp/logto.secret';
const cursor = defaultFile.cursor;
const live = { ...tenant, LOGTO_APP_SECRET: secret };

const machines: Machine[] = [];
const created = (env?: Readonly<Record<string, string>>, answers?: readonly string[]): Machine => {
  const machine = machineOf(env, answers);
  machines.push(machine);
  return machine;
};
afterEach(() => {
  for (const machine of machines.splice(0)) {
    machine.dispose();
  }
});

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('the command line', () => {
  it.each([
    [['init'], 'init needs --client. It takes: claude-desktop, claude-code, cursor'],
    [['remove', '--client', 'emacs'], 'There is no client "emacs". --client takes: claude-desktop'],
    [['init', '--client', 'cursor', '--name', '../x'], '--name must be at most 32'],
    [['init', '--client', 'cursor', '--name', '__proto__'], '--name must be at most 32'],
    [
      ['init', '--client', 'cursor', '--secret', 'x'],
      'The options of init are: --sandbox, --sandbox-release, --tools',
    ],
    [['remove', '--client', 'cursor', '--sandbox'], 'The options of remove are: --client, --name'],
    [['serve', '--client', 'cursor'], 'The options of serve are: --sandbox'],
  ])('%j is refused with the valid values', async (argv, words) => {
    await expect(created().run(argv)).rejects.toThrow(words);
  });
});

describe('settings', () => {
  it('are taken from the environment with absolute paths, and options become arguments', async () => {
    const machine = created({
      ...live,
      LOGTO_API_RESOURCE: 'https://abc123.logto.app/api',
      LOGTO_UPLOAD_DIR: 'assets',
      LOGTO_MCP_READ_ONLY: 'true',
      LOGTO_MCP_STATE_DIR: '  ',
      HTTPS_PROXY: 'http://proxy.example.com',
    });
    const policy = machine.write('policies/ours.json', '{}');
    mkdirSync(machine.path('work/assets'), { recursive: true });
    await machine.run(
      [
        'init',
        '--client',
        'cursor',
        '--policy',
        '../policies/ours.json',
        '--profile',
        'ours',
        '--tools',
        '!delete_*',
      ],
      { cwd: join(machine.home, 'work') },
    );
    expect(settingsOf('cursor', machine.read(cursor))).toEqual({
      command: '/opt/node/bin/node',
      args: [
        '/opt/logto-management-mcp/dist/main.js',
        '--tools',
        '!delete_*',
        '--policy',
        policy,
        '--profile',
        'ours',
      ],
      env: {
        ...tenant,
        LOGTO_APP_SECRET_FILE: machine.path(secretFile),
        LOGTO_API_RESOURCE: 'https://abc123.logto.app/api',
        LOGTO_MCP_READ_ONLY: 'true',
        LOGTO_UPLOAD_DIR: machine.path('work/assets'),
      },
    });
  });

  it('that are missing are named without a terminal, and nothing is written', async () => {
    const machine = created();
    await expect(machine.run(['init', '--client', 'codex'])).rejects.toThrow(
      'LOGTO_TENANT_ID (on Logto Cloud) or LOGTO_ENDPOINT (your own Logto); LOGTO_APP_ID; the app secret (LOGTO_APP_SECRET_FILE, or --secret-stdin)',
    );
    const other = created({ LOGTO_ENDPOINT: 'https://auth.example.com', LOGTO_APP_ID: 'app' });
    const refused = other.run(['init', '--client', 'codex']);
    await expect(refused).rejects.toThrow('needs to know: the app secret');
    await expect(refused).rejects.not.toThrow('LOGTO_APP_ID');
    expect({ ...machine.files(true), ...other.files(true) }).toEqual({});
  });

  it('that are missing are asked for, again after an invalid answer', async () => {
    const machine = created({}, [
      '',
      'auth.example.com',
      'https://auth.example.com/',
      '',
      'the-app',
      'two words',
      secret,
    ]);
    await machine.run(['init', '--client', 'gemini']);
    expect(settingsOf('gemini', machine.read(defaultFile.gemini))?.env).toEqual({
      LOGTO_ENDPOINT: 'https://auth.example.com/',
      LOGTO_APP_ID: 'the-app',
      LOGTO_APP_SECRET_FILE: machine.path(secretFile),
    });
    expect(machine.asked()).toHaveLength(7);
    expect(machine.said()).toContain('https://auth.example.com, not "auth.example.com"');
    expect(machine.read(secretFile)).toBe(`${secret}\n`);
    expect(machine.said()).not.toContain(secret);
  });

  it('accept the id of a Cloud tenant', async () => {
    const machine = created({}, ['abc123', 'the-app', secret]);
    await machine.run(['init', '--client', 'gemini']);
    expect(settingsOf('gemini', machine.read(defaultFile.gemini))?.env).toMatchObject({
      LOGTO_TENANT_ID: 'abc123',
    });
  });

  it.each([
    [{ ...live, LOGTO_ENDPOINT: 'auth.example.com' }, 'https://auth.example.com'],
    [{ ...live, LOGTO_TENANT_ID: 'https://abc123.logto.app' }, 'write abc123'],
    [{ ...live, LOGTO_APP_ID: 'your-app-id' }, 'LOGTO_APP_ID still holds a placeholder'],
    [{ ...live, LOGTO_MCP_READ_ONLY: 'maybe' }, 'LOGTO_MCP_READ_ONLY must be true or false'],
    [{ ...live, LOGTO_UPLOAD_DIR: '/nowhere' }, 'LOGTO_UPLOAD_DIR must be the path of a folder'],
    [{ ...tenant, LOGTO_APP_SECRET_FILE: '/nowhere/secret' }, 'does not exist'],
    [{ ...live, LOGTO_APP_SECRET_FILE: '/nowhere/secret' }, 'Leave one of them out'],
    [{ ...live, LOGTO_APP_SECRET: 'two words' }, 'the app secret alone'],
  ])('that the server refuses are refused before anything is written: %j', async (env, words) => {
    const machine = created(env);
    const refused = machine.run(['init', '--client', 'cursor']);
    await expect(refused).rejects.toThrow(words);
    await expect(refused).rejects.toBeInstanceOf(ConfigError);
    await expect(refused).rejects.not.toThrow(secret);
    expect(machine.files(true)).toEqual({});
  });

  it('are checked against the catalog', async () => {
    const machine = created(live);
    const refused = machine.run(['init', '--client', 'cursor', '--tools', 'list_userz'], {
      check: ({ tools }) => {
        throw new ConfigError(`${tools} is no tool.`);
      },
    });
    await expect(refused).rejects.toThrow('list_userz is no tool.');
    expect(machine.files(true)).toEqual({});
  });

  it('of a tenant are not written into an entry for the sandbox, which asks for nothing', async () => {
    const machine = created({ ...live, LOGTO_MCP_TOOLS: 'all' });
    await machine.run(['init', '--client', 'claude-code', '--sandbox']);
    expect(settingsOf('claude-code', machine.read('.claude.json'))).toEqual({
      type: 'stdio',
      command: '/opt/node/bin/node',
      args: ['/opt/logto-management-mcp/dist/main.js', '--sandbox'],
      env: { LOGTO_MCP_TOOLS: 'all' },
    });
    expect(existsSync(machine.path(secretFile))).toBe(false);
  });

  it('that the client would substitute are refused', async () => {
    const machine = created({ ...live, LOGTO_UPLOAD_DIR: '$shared' });
    mkdirSync(machine.path('$shared'));
    await expect(machine.run(['init', '--client', 'gemini'])).rejects.toThrow('/$shared"');
    await machine.run(['init', '--client', 'cursor']);
    expect(machine.read(cursor)).toContain('/$shared');
  });
});

describe('the secret', () => {
  it('is stored in a private file, whatever the umask', async () => {
    const machine = created(live);
    mkdirSync(machine.path('.config/logto-management-mcp'), { recursive: true, mode: 0o755 });
    await machine.run(['init', '--client', 'cursor']);
    expect(machine.read(secretFile)).toBe(`${secret}\n`);
    expect(modeOf(machine.path(secretFile))).toBe(0o600);
    expect(modeOf(machine.path('.config/logto-management-mcp'))).toBe(0o700);
    expect(modeOf(machine.path(cursor))).toBe(0o600);
    expect(settingsOf('cursor', machine.read(cursor))?.env).not.toHaveProperty('LOGTO_APP_SECRET');
    // An empty variable hides one of the shell that the client may pass on.
    expect(entryOf('cursor', machine.read(cursor))?.env).toMatchObject({ LOGTO_APP_SECRET: '' });
  });

  it('is read from standard input and stored only in its file', async () => {
    const machine = created(tenant);
    machine.write(cursor, fixtureOf('cursor'));
    await machine.run(['init', '--client', 'cursor', '--secret-stdin']);
    await machine.run(['init', '--client', 'cursor', '--secret-stdin', '--read-only']);
    const holders = Object.entries(machine.files(true)).filter(([, text]) => text.includes(secret));
    expect(holders.map(([file]) => file)).toEqual([secretFile]);
    expect(machine.said()).not.toContain(secret);
  });

  it.each(['', ' \n', 'one\ntwo\n'])('is refused from standard input as %j', async (text) => {
    const machine = created(tenant);
    const { terminal } = machine.context;
    await expect(
      machine.run(['init', '--client', 'cursor', '--secret-stdin'], {
        terminal: { ...terminal, piped: async () => text },
      }),
    ).rejects.toThrow('--secret-stdin must give the app secret alone, on one line.');
    expect(machine.files(true)).toEqual({});
  });

  it('that is in a file stays there', async () => {
    const machine = created({ ...tenant, LOGTO_APP_SECRET_FILE: 'mine.txt' });
    machine.write('mine.txt', `${secret}\n`);
    for (const client of ['cursor', 'vscode'] as const) {
      await machine.run(['init', '--client', client]);
      expect(
        settingsOf(client, machine.read(defaultFile[client]))?.env?.['LOGTO_APP_SECRET_FILE'],
      ).toBe(machine.path('mine.txt'));
      await machine.run(['remove', '--client', client]);
    }
    expect(machine.files()).toEqual({ 'mine.txt': `${secret}\n` });
  });

  it('is prompted for by VS Code, which stores it encrypted', async () => {
    const machine = created(tenant);
    await machine.run(['init', '--client', 'vscode', '--name', 'logto-eu']);
    const text = machine.read(defaultFile.vscode);
    expect(JSON.parse(text)).toMatchObject({
      inputs: [
        {
          type: 'promptString',
          id: 'logto-eu-app-secret',
          description: 'App secret of Logto for logto-eu',
          password: true,
        },
      ],
      servers: {
        'logto-eu': {
          type: 'stdio',
          command: '/opt/node/bin/node',
          args: ['/opt/logto-management-mcp/dist/main.js'],
          env: { ...tenant, LOGTO_APP_SECRET: inputReference('logto-eu') },
        },
      },
    });
    expect(machine.said()).toContain('VS Code asks for the app secret');
    const other = created(live);
    await other.run(['init', '--client', 'vscode']);
    expect(JSON.stringify(other.files(true))).not.toContain(secret);
    expect(other.said()).toContain('the one given here is not stored');
  });

  it('of VS Code is no longer prompted for when it is in a file', async () => {
    const machine = created(tenant);
    machine.write(defaultFile.vscode, fixtureOf('vscode'));
    await machine.run(['init', '--client', 'vscode']);
    const file = machine.write('mine.txt', secret);
    await machine.run(['init', '--client', 'vscode'], {
      env: { ...tenant, LOGTO_APP_SECRET_FILE: file },
    });
    expect(machine.read(defaultFile.vscode)).not.toContain('logto-app-secret');
    await machine.run(['remove', '--client', 'vscode']);
    expect(machine.read(defaultFile.vscode)).toBe(fixtureOf('vscode'));
  });

  it('is kept while another entry names its file, and removed with the last one', async () => {
    const machine = created(live);
    await machine.run(['init', '--client', 'cursor']);
    await machine.run(['init', '--client', 'codex']);
    await machine.run(['init', '--client', 'claude-code', '--config', 'shop/.mcp.json']);
    await machine.run(['remove', '--client', 'codex']);
    await machine.run(['remove', '--client', 'cursor']);
    expect(machine.read(secretFile)).toContain(secret);
    await machine.run(['remove', '--client', 'claude-code', '--config', 'shop/.mcp.json']);
    expect(machine.said()).toContain('logto.secret, is removed');
    expect(machine.files()).toEqual({});
  });

  it('is kept while an entry written by hand names its file', async () => {
    const machine = created(live);
    await machine.run(['init', '--client', 'cursor']);
    machine.write(
      '.codex/config.toml',
      `[mcp_servers.mine]\ncommand = "x"\nenv.LOGTO_APP_SECRET_FILE = "${machine.path(secretFile)}"\n`,
    );
    await machine.run(['remove', '--client', 'cursor']);
    expect(machine.read(secretFile)).toContain(secret);
  });

  it('is removed when the entry no longer needs it', async () => {
    const machine = created(live);
    await machine.run(['init', '--client', 'cursor']);
    await machine.run(['init', '--client', 'cursor', '--sandbox', '--reset']);
    expect(existsSync(machine.path(secretFile))).toBe(false);
    expect(settingsOf('cursor', machine.read(cursor))?.env).toEqual({});
  });

  it('of one application is not replaced by that of another under the same name', async () => {
    const machine = created(live);
    await machine.run(['init', '--client', 'cursor']);
    const other = { ...live, LOGTO_APP_ID: 'app-of-bob', LOGTO_APP_SECRET: 'another' };
    await expect(machine.run(['init', '--client', 'codex'], { env: other })).rejects.toThrow(
      'signs in as another application',
    );
    expect(machine.read(secretFile)).toBe(`${secret}\n`);
    expect(existsSync(machine.path('.codex'))).toBe(false);
    await machine.run(['init', '--client', 'codex', '--name', 'logto-bob'], { env: other });
    expect(machine.read('.config/logto-management-mcp/logto-bob.secret')).toBe('another\n');
  });

  it('that was in an entry is reported as still in the copy', async () => {
    const machine = created({ ...tenant, LOGTO_APP_SECRET: 'new-one' });
    machine.write(
      cursor,
      JSON.stringify({
        mcpServers: { logto: { command: 'npx', args: ['logto-management-mcp'], env: live } },
      }),
    );
    await machine.run(['init', '--client', 'cursor', '--dry-run']);
    await machine.run(['init', '--client', 'cursor']);
    expect(machine.read(cursor)).not.toContain(secret);
    expect(machine.said()).toContain('That copy holds the app secret');
    expect(machine.said()).not.toContain(secret);
  });
});

describe('files', () => {
  it('are copied, each state once, and no copy is overwritten', async () => {
    const machine = created(live);
    const before = fixtureOf('cursor');
    machine.write(cursor, before);
    await machine.run(['init', '--client', 'cursor']);
    expect(machine.said()).toContain(`${machine.path(cursor)}.logto-backup;`);
    const first = machine.read(cursor);
    await machine.run(['init', '--client', 'cursor', '--read-only']);
    await machine.run(['init', '--client', 'cursor', '--tools', 'all']);
    const backups = readdirSync(machine.path('.cursor')).filter((file) => file.includes('backup'));
    expect(backups.sort()).toEqual([
      'mcp.json.logto-backup',
      'mcp.json.logto-backup-20261125T093000Z',
      'mcp.json.logto-backup-20261125T093000Z-2',
    ]);
    expect(machine.read('.cursor/mcp.json.logto-backup')).toBe(before);
    expect(machine.read('.cursor/mcp.json.logto-backup-20261125T093000Z')).toBe(first);
    expect(modeOf(machine.path('.cursor/mcp.json.logto-backup'))).toBe(0o600);
  });

  it('are not touched when nothing changes', async () => {
    const machine = created(live);
    machine.write(cursor, fixtureOf('cursor'));
    await machine.run(['init', '--client', 'cursor']);
    const before = machine.files(true);
    await machine.run(['init', '--client', 'cursor']);
    expect(machine.files(true)).toEqual(before);
    expect(machine.said()).toContain('is up to date; nothing was changed.');
  });

  it('are not changed by a new secret', async () => {
    const machine = created(live);
    machine.write(cursor, fixtureOf('cursor'));
    await machine.run(['init', '--client', 'cursor']);
    const before = machine.files(true);
    await machine.run(['init', '--client', 'cursor'], {
      env: { ...live, LOGTO_APP_SECRET: 'rotated' },
    });
    expect(machine.files(true)).toEqual({ ...before, [secretFile]: 'rotated\n' });
  });

  it.each([0o644, 0o600, 0o660])('keep their mode: %o', async (mode) => {
    const machine = created(live);
    const path = machine.write(cursor, fixtureOf('cursor'));
    chmodSync(path, mode);
    await machine.run(['init', '--client', 'cursor']);
    expect(modeOf(path)).toBe(mode);
    await machine.run(['remove', '--client', 'cursor']);
    expect(modeOf(path)).toBe(mode);
  });

  it('behind links are replaced, and the link stays', async () => {
    const machine = created(live);
    const target = machine.write('dotfiles/cursor.json', fixtureOf('cursor'));
    mkdirSync(machine.path('.cursor'));
    symlinkSync(target, machine.path(cursor));
    await machine.run(['init', '--client', 'cursor']);
    expect(lstatSync(machine.path(cursor)).isSymbolicLink()).toBe(true);
    expect(settingsOf('cursor', machine.read('dotfiles/cursor.json'))).toBeDefined();
    expect(readdirSync(machine.path('dotfiles'))).toEqual(['cursor.json']);
    await machine.run(['remove', '--client', 'cursor']);
    expect(machine.read('dotfiles/cursor.json')).toBe(fixtureOf('cursor'));
    expect(lstatSync(machine.path(cursor)).isSymbolicLink()).toBe(true);
  });

  it('that were moved behind a link are not removed', async () => {
    const machine = created(live);
    await machine.run(['init', '--client', 'cursor']);
    const target = machine.write('dotfiles/cursor.json', machine.read(cursor));
    rmSync(machine.path(cursor));
    symlinkSync(target, machine.path(cursor));
    await machine.run(['remove', '--client', 'cursor']);
    expect(machine.read('dotfiles/cursor.json')).toBe('');
    expect(lstatSync(machine.path(cursor)).isSymbolicLink()).toBe(true);
  });

  it.each([
    [
      'a link to nothing',
      (path: string) => symlinkSync('/nowhere/mcp.json', path),
      'a link to a file that does not exist',
    ],
    ['a folder', (path: string) => mkdirSync(path), 'cannot be read'],
    [
      'UTF-16',
      (path: string) => writeFileSync(path, Buffer.from('\ufeff{}', 'utf16le')),
      'is not UTF-8',
    ],
    ['half a file', (path: string) => writeFileSync(path, '{"mcpServers": {'), 'line 1, column 17'],
  ])('that are %s are not changed', async (_, make, words) => {
    const machine = created(live);
    mkdirSync(machine.path('.cursor'));
    make(machine.path(cursor));
    const refused = machine.run(['init', '--client', 'cursor']);
    await expect(refused).rejects.toThrow(words);
    await expect(refused).rejects.toBeInstanceOf(ConfigError);
    await expect(machine.run(['remove', '--client', 'cursor'])).rejects.toThrow(words);
    expect(readdirSync(machine.path('.cursor'))).toEqual(['mcp.json']);
    expect(existsSync(machine.path('.config'))).toBe(false);
  });

  it('that change while the person answers get the entry as well', async () => {
    const machine = created(tenant, [secret]);
    machine.write(cursor, fixtureOf('cursor'));
    const { terminal } = machine.context;
    const runWith = (text: string, argv: readonly string[]): Promise<void> =>
      machine.run(['init', '--client', 'cursor', ...argv], {
        terminal: {
          ...terminal,
          askSecret: async (question) => {
            machine.write(cursor, text);
            return terminal.askSecret(question);
          },
        },
      });
    await runWith('{"mcpServers": {"quick": {}}}', []);
    const { mcpServers } = JSON.parse(machine.read(cursor));
    expect(Object.keys(mcpServers)).toEqual(['quick', 'logto']);
  });

  it('whose entry changes while the person answers are not changed', async () => {
    const machine = created(tenant, [secret]);
    const { terminal } = machine.context;
    const changed = '{"mcpServers": {"logto": {"command": "logto-management-mcp"}}}';
    const refused = machine.run(['init', '--client', 'cursor'], {
      terminal: {
        ...terminal,
        askSecret: async (question) => {
          machine.write(cursor, changed);
          return terminal.askSecret(question);
        },
      },
    });
    await expect(refused).rejects.toThrow('was changed by another program');
    expect(machine.files()).toEqual({ [cursor]: changed });
  });

  it('that are read-only are not changed', async () => {
    const machine = created(live);
    const path = machine.write(cursor, fixtureOf('cursor'));
    chmodSync(path, 0o444);
    await expect(machine.run(['init', '--client', 'cursor'])).rejects.toThrow(
      'is read-only (mode 0444), so it is left alone',
    );
    expect(machine.files(true)).toEqual({ [cursor]: fixtureOf('cursor') });
    chmodSync(path, 0o600);
    await machine.run(['init', '--client', 'cursor']);
    chmodSync(path, 0o400);
    const before = machine.files(true);
    await expect(machine.run(['remove', '--client', 'cursor'])).rejects.toThrow('is read-only');
    expect(machine.files(true)).toEqual(before);
  });

  it('are replaced atomically', () => {
    const machine = created();
    const path = machine.write('a.json', '{}');
    const before = statSync(path).ino;
    writeFile(path, readFile(path), '{"a": 1}');
    expect(statSync(path).ino).not.toBe(before);
    expect(readdirSync(machine.home)).toEqual(['a.json']);
  });

  it('can be named with --config', async () => {
    const machine = created(live);
    await machine.run(['init', '--client', 'cursor', '--config', 'shop/.cursor/mcp.json']);
    expect(settingsOf('cursor', machine.read('shop/.cursor/mcp.json'))).toBeDefined();
    expect(existsSync(machine.path(cursor))).toBe(false);
    expect(machine.said()).toContain(`--config ${machine.path('shop/.cursor/mcp.json')}`);
    await machine.run(['remove', '--client', 'cursor', '--config', 'shop/.cursor/mcp.json']);
    expect(machine.files()).toEqual({});
    expect(readdirSync(machine.home)).not.toContain('shop');
    // No shell replaces the ~ in --config=~/mcp.json.
    await machine.run(['init', '--client', 'cursor', '--config=~/mcp.json'], { cwd: '/' });
    expect(existsSync(machine.path('mcp.json'))).toBe(true);
  });
});

describe('remove', () => {
  it('reports that there is nothing to remove, and changes nothing', async () => {
    const machine = created();
    await machine.run(['remove', '--client', 'cursor']);
    machine.write(cursor, fixtureOf('cursor'));
    await machine.run(['remove', '--client', 'cursor']);
    expect(machine.said()).toBe(
      Array(2)
        .fill(`There is no "logto" in ${machine.path(cursor)}.`)
        .join('\n'),
    );
    expect(machine.files(true)).toEqual({ [cursor]: fixtureOf('cursor') });
  });

  it('cleans up after an entry that was removed by hand', async () => {
    const machine = created(live);
    machine.write(cursor, fixtureOf('cursor'));
    await machine.run(['init', '--client', 'cursor']);
    machine.write(cursor, fixtureOf('cursor'));
    await machine.run(['remove', '--client', 'cursor']);
    expect(machine.files()).toEqual({ [cursor]: fixtureOf('cursor') });
  });

  it('works without the records of init', async () => {
    const machine = created(live);
    machine.write(cursor, fixtureOf('cursor'));
    await machine.run(['init', '--client', 'cursor']);
    machine.write('.config/logto-management-mcp/entries.json', 'garbage');
    await expect(machine.run(['remove', '--client', 'cursor'])).rejects.toThrow(
      'cannot be understood',
    );
    machine.write('.config/logto-management-mcp/entries.json', '[]');
    await machine.run(['remove', '--client', 'cursor']);
    expect(settingsOf('cursor', machine.read(cursor))).toBeUndefined();
    expect(existsSync(machine.path(secretFile))).toBe(false);
  });

  it('does not change an entry with another name', async () => {
    const machine = created(live);
    await machine.run(['init', '--client', 'cursor']);
    await machine.run(['init', '--client', 'cursor', '--name', 'logto-staging']);
    await machine.run(['remove', '--client', 'cursor']);
    expect(
      settingsOf('cursor', machine.read(cursor), 'logto-staging')?.env?.['LOGTO_APP_SECRET_FILE'],
    ).toBe(machine.path('.config/logto-management-mcp/logto-staging.secret'));
    expect(existsSync(machine.path(secretFile))).toBe(false);
    await machine.run(['remove', '--client', 'cursor', '--name', 'logto-staging']);
    expect(machine.files()).toEqual({});
  });

  it('shows everything that would be removed', async () => {
    const machine = created(live);
    await machine.run(['init', '--client', 'codex']);
    const before = machine.files(true);
    await machine.run(['remove', '--client', 'codex', '--dry-run']);
    expect(machine.said()).toMatch(/^- \[mcp_servers\.logto\]$/m);
    expect(machine.said()).toContain('config.toml would be removed');
    expect(machine.said()).toContain('logto.secret would be removed');
    expect(machine.files(true)).toEqual(before);
  });
});

it('shows what was written, where the secret is, and what to do next', async () => {
  const machine = created(live);
  await machine.run(['init', '--client', 'claude-desktop']);
  expect(machine.said().split('\n')).toEqual([
    `"logto" is in ${machine.path(defaultFile['claude-desktop'])}.`,
    `The app secret is in ${machine.path(secretFile)}, readable to you alone; the entry names that file.`,
    'Taken from the environment: LOGTO_TENANT_ID=abc123; LOGTO_APP_ID=app-of-ann; LOGTO_APP_SECRET (not shown).',
    `Claude Desktop does not seem to be installed for this user: ${machine.path('.config/Claude')}, which it creates itself, was not there before this run. The entry takes effect once Claude Desktop is installed.`,
    'In effect: tenant abc123; reads and writes; no policy; tools default; the answer to a question confirms where the client shows questions, else a second call of the agent.',
    'Quit Claude Desktop and open it again, and ask: who am I in Logto?',
    'To check the entry: /opt/node/bin/node /opt/logto-management-mcp/dist/main.js doctor --client claude-desktop',
    'To undo: /opt/node/bin/node /opt/logto-management-mcp/dist/main.js remove --client claude-desktop',
  ]);
});
