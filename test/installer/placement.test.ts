/** Where init refuses to write, and what it says of a place. */
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError, clientNames } from '../../src/config/args.js';
import { clients, isInstalled } from '../../src/installer/clients.js';
import { defaultFile, entryOf, fixtureOf, type Machine, machineOf, settingsOf } from './machine.js';

const machines: Machine[] = [];
const made = (env?: Readonly<Record<string, string>>, answers?: readonly string[]): Machine => {
  const machine = machineOf(env, answers);
  machines.push(machine);
  return machine;
};
afterEach(() => {
  for (const machine of machines.splice(0)) {
    machine.dispose();
  }
});

const isDesktop = (client: (typeof clientNames)[number]) => clients[client].desktop === true;

describe('under WSL', () => {
  const wsl = { WSL_DISTRO_NAME: 'Ubuntu' };

  it.each(clientNames.filter(isDesktop))(
    'init refuses %s, which runs on Windows',
    async (client) => {
      const machine = made(wsl);
      const init = ['init', '--client', client, '--sandbox'];
      await expect(machine.run(init)).rejects.toThrow('Run init in a terminal of Windows');
      await expect(
        machine.run([...init, '--config', '/mnt/c/Users/ann/config.json']),
      ).rejects.toThrow('cannot start a program by a path of WSL');
      expect(machine.files(true)).toEqual({});
      await machine.run([...init, '--config', defaultFile[client]]);
      expect(entryOf(client, machine.read(defaultFile[client]))).toBeDefined();
    },
  );

  it.each(clientNames.filter((client) => !isDesktop(client)))('init writes %s', async (client) => {
    const machine = made(wsl);
    await machine.run(['init', '--client', client, '--sandbox']);
    expect(entryOf(client, machine.read(defaultFile[client]))).toBeDefined();
  });

  it('remove works for an entry in the wrong place', async () => {
    const machine = made();
    await machine.run(['init', '--client', 'claude-desktop', '--sandbox']);
    await machine.run(['remove', '--client', 'claude-desktop'], { env: wsl });
    expect(machine.files()).toEqual({});
  });
});

describe('init', () => {
  it.each(clientNames)('says that %s is not installed, only when it is not', async (client) => {
    const machine = made();
    await machine.run(['init', '--client', client, '--sandbox']);
    const folder = clients[client].folder(machine.context);
    // The entry can be the first file in that folder, so the folder is there now.
    const was = existsSync(folder) ? 'was not there before this run' : 'is not there';
    expect(machine.said()).toContain(
      `does not seem to be installed for this user: ${folder}, which it creates itself, ${was}.`,
    );
    expect(machine.said()).not.toContain('does not exist');
    const other = made();
    mkdirSync(join(clients[client].folder(other.context), 'data'), { recursive: true });
    await other.run(['init', '--client', client, '--sandbox']);
    expect(other.said()).not.toContain('installed');
  });

  it.each(clientNames)('does not take its own file for an installation of %s', async (client) => {
    const machine = made({}, ['codex']);
    const { context } = machine;
    await machine.run(['init', '--client', client, '--sandbox']);
    await machine.run(['init', '--client', client, '--sandbox', '--read-only']);
    expect(readdirSync(dirname(machine.path(defaultFile[client])))).toHaveLength(
      client === 'claude-code' ? 3 : 2,
    );
    expect(isInstalled(clients[client], context, context)).toBe(false);
    expect(machine.said().match(/does not seem to be installed/g)).toHaveLength(2);
    await machine.run(['init', '--sandbox']);
    expect(machine.said()).toContain('No supported MCP client was found');
  });

  it.each(clientNames)('says what --confirm ask means for %s', async (client) => {
    const machine = made();
    const init = ['init', '--client', client, '--sandbox', '--confirm', 'ask'];
    await machine.run(init);
    expect(machine.said()).toContain('; only the answer to a question confirms.');
    const { showsQuestions } = clients[client];
    if (showsQuestions === true) {
      expect(machine.said()).not.toContain('is refused');
    } else {
      expect(machine.said()).toMatch(
        showsQuestions === false ? /shows no questions\. / : /It is not known whether /,
      );
      expect(machine.said()).toContain('is refused in a client without them');
    }
    const other = made();
    await other.run(['init', '--client', client, '--sandbox']);
    expect(other.said()).toContain(
      '; the answer to a question confirms where the client shows questions, else a second call of the agent.',
    );
    const byPlan = made();
    await byPlan.run(['init', '--client', client, '--sandbox', '--confirm', 'plan']);
    expect(byPlan.said()).toContain('; a second call of the agent confirms.');
    for (const { said } of [other, byPlan]) {
      expect(said()).not.toMatch(/is refused|--confirm/);
    }
  });

  it('says that Gemini CLI starts servers only in trusted folders', async () => {
    const machine = made();
    await machine.run(['init', '--client', 'gemini', '--sandbox']);
    expect(machine.said()).toContain('only in folders that you trust');
  });
});

describe.each(clientNames.filter((client) => clients[client].rejects?.includes('comments')))(
  '%s, which reads strict JSON,',
  (client) => {
    it.each([
      '{\n  // mine\n  "mcpServers": {}\n}\n',
      '{"mcpServers": {},}',
      '{"mcpServers": {} /* none */}',
    ])('gets no entry in a file that it cannot read: %j', async (text) => {
      const machine = made();
      machine.write(defaultFile[client], text);
      await expect(machine.run(['init', '--client', client, '--sandbox'])).rejects.toThrow(
        'reads strict JSON, without comments and trailing commas',
      );
      expect(machine.files(true)).toEqual({ [defaultFile[client]]: text });
    });
  },
);

describe.each(clientNames.filter((client) => clients[client].rejects?.includes('byte order mark')))(
  '%s, which cannot read a byte order mark,',
  (client) => {
    it('gets its file without one, also when the entry is up to date', async () => {
      const machine = made();
      const file = defaultFile[client];
      machine.write(file, `\ufeff${fixtureOf(client)}`);
      await machine.run(['init', '--client', client, '--sandbox']);
      expect(machine.said()).toContain('The byte order mark of the file is removed');
      const written = machine.read(file);
      expect(written).toMatch(/^\{/);
      expect(entryOf(client, written)).toBeDefined();
      machine.write(file, `\ufeff${written}`);
      await machine.run(['init', '--client', client, '--sandbox']);
      expect(machine.read(file)).toBe(written);
    });
  },
);

describe('the copies that init makes', () => {
  const cursor = defaultFile.cursor;
  const init = ['init', '--client', 'cursor', '--sandbox'];

  it('are named and removed with the last entry', async () => {
    const machine = made();
    machine.write(cursor, fixtureOf('cursor'));
    await machine.run(init);
    await machine.run([...init, '--name', 'second']);
    await machine.run([...init, '--read-only']);
    await machine.run(['remove', '--client', 'cursor', '--name', 'second']);
    const copies = readdirSync(machine.path('.cursor')).filter((file) => file.includes('backup'));
    expect(copies.length).toBeGreaterThan(2);
    await machine.run(['remove', '--client', 'cursor']);
    for (const copy of copies) {
      expect(machine.said()).toContain(`${machine.path(`.cursor/${copy}`)}, is removed`);
    }
    expect(machine.files(true)).toEqual({ [cursor]: fixtureOf('cursor') });
  });

  it('are removed also after the entry was removed by hand and written again', async () => {
    const machine = made();
    const before = fixtureOf('cursor');
    machine.write(cursor, before);
    await machine.run(init);
    const edited = before.replace('// what the team uses', '// ours');
    machine.write(cursor, edited);
    await machine.run(init);
    expect(Object.keys(machine.files(true)).filter((file) => file.includes('backup'))).toHaveLength(
      2,
    );
    await machine.run(['remove', '--client', 'cursor']);
    expect(machine.files(true)).toEqual({ [cursor]: edited });
  });

  it('stay when they were changed since', async () => {
    const machine = made();
    machine.write(cursor, fixtureOf('cursor'));
    const copy = machine.write(`${cursor}.logto-backup`, '{"of": "somebody else"}');
    await machine.run(init);
    const initCopy = machine.path('.cursor/mcp.json.logto-backup-20261125T093000Z');
    expect(existsSync(initCopy)).toBe(true);
    machine.write('.cursor/mcp.json.logto-backup-20261125T093000Z', '{}');
    await machine.run(['remove', '--client', 'cursor']);
    expect(machine.said()).toContain(`The copy ${initCopy} has been changed or moved`);
    expect(existsSync(initCopy)).toBe(true);
    expect(existsSync(copy)).toBe(true);
    expect(entryOf('cursor', machine.read(cursor))).toBeUndefined();
  });

  it('are removed also after another program edited the file, and one copy of its last state is made', async () => {
    const machine = made();
    machine.write(cursor, fixtureOf('cursor'));
    await machine.run(init);
    const edited = machine.read(cursor).replace('// what the team uses', '// ours');
    machine.write(cursor, edited);
    await machine.run(['remove', '--client', 'cursor']);
    const files = machine.files(true);
    const copies = Object.keys(files).filter((file) => file.includes('backup'));
    expect(copies).toHaveLength(1);
    expect(files[copies[0] ?? '']).toBe(edited);
    expect(machine.said()).toContain(
      `${machine.path(copies[0] ?? '')}; delete it when all is well`,
    );
    expect(machine.read(cursor).replaceAll(/\s/g, '')).toBe(
      fixtureOf('cursor').replace('// what the team uses', '// ours').replaceAll(/\s/g, ''),
    );
  });
});

it('remove names the existing entries', async () => {
  const machine = made();
  await machine.run(['init', '--client', 'cursor', '--sandbox', '--name', 'logto-eu']);
  await machine.run(['init', '--client', 'cursor', '--sandbox', '--name', 'logto-us']);
  await machine.run(['remove', '--client', 'cursor']);
  expect(machine.said()).toContain(
    'Entries of this server there: logto-eu, logto-us; choose one with --name.',
  );
});

describe('init without --client', () => {
  it('offers the clients that are installed, and ends with the checks of the doctor', async () => {
    const machine = made({}, ['3', 'nothing', '2']);
    mkdirSync(machine.path('.cursor/data'), { recursive: true });
    mkdirSync(machine.path('.gemini/data'), { recursive: true });
    const checked: unknown[] = [];
    await machine.run(['init', '--sandbox', '--name', 'mine'], {
      runDoctor: async (...entry) => {
        checked.push(entry);
        return true;
      },
    });
    expect(machine.said()).toMatch(/1\. Cursor \(cursor\).*\n.*2\. Gemini CLI \(gemini\)/);
    expect(machine.said()).not.toContain('Windsurf (');
    expect(machine.said()).toContain('Write a number from 1 to 2, or one of: claude-desktop');
    expect(settingsOf('gemini', machine.read(defaultFile.gemini), 'mine')?.args).toContain(
      '--sandbox',
    );
    expect(checked).toEqual([['gemini', 'mine', undefined]]);
  });

  it('selects the only installed client on Enter, and any other by name', async () => {
    const machine = made({}, ['', 'codex']);
    mkdirSync(machine.path('.cursor/data'), { recursive: true });
    await machine.run(['init', '--sandbox']);
    await machine.run(['init', '--sandbox']);
    expect(entryOf('cursor', machine.read(defaultFile.cursor))).toBeDefined();
    expect(entryOf('codex', machine.read(defaultFile.codex))).toBeDefined();
  });

  it('offers all clients when none is installed', async () => {
    const machine = made({}, ['7']);
    await machine.run(['init', '--sandbox']);
    expect(machine.said()).toContain('No supported MCP client was found');
    expect(entryOf('windsurf', machine.read(defaultFile.windsurf))).toBeDefined();
  });
});

describe('init with --client', () => {
  const live = { LOGTO_TENANT_ID: 'abc123', LOGTO_APP_ID: 'app', LOGTO_APP_SECRET: 'secret-1' };
  const doctorOf = (result: () => boolean) => {
    const checked: unknown[] = [];
    const runDoctor = async (...entry: unknown[]): Promise<boolean> => {
      checked.push(entry);
      return result();
    };
    return { checked, runDoctor };
  };

  it('checks the connection to a tenant, and not the sandbox nor a dry run', async () => {
    const machine = made(live);
    const { checked, runDoctor } = doctorOf(() => true);
    await machine.run(['init', '--client', 'cursor', '--dry-run'], { runDoctor });
    await machine.run(['init', '--client', 'codex', '--sandbox'], { runDoctor });
    expect(checked).toEqual([]);
    await machine.run(['init', '--client', 'cursor'], { runDoctor });
    await machine.run(['init', '--client', 'cursor'], { runDoctor });
    expect(checked).toEqual([
      ['cursor', 'logto', undefined],
      ['cursor', 'logto', undefined],
    ]);
    expect(machine.said()).not.toMatch(/a check failed|doctor --client cursor/);
  });

  it('reports a failed check and keeps the entry', async () => {
    const machine = made(live);
    await machine.run(
      ['init', '--client', 'cursor'],
      doctorOf(() => false),
    );
    expect(machine.said()).toContain('The entry is written, but a check failed.');
    expect(machine.said()).toContain('doctor --client cursor');
    expect(entryOf('cursor', machine.read(defaultFile.cursor))).toBeDefined();
  });

  it('says why the connection cannot be checked', async () => {
    const machine = made(live);
    const unknown = (): boolean => {
      throw new ConfigError('VS Code stores the app secret itself.');
    };
    await machine.run(['init', '--client', 'vscode'], doctorOf(unknown));
    expect(machine.said()).toContain(
      'The connection was not checked. VS Code stores the app secret itself.',
    );
    expect(entryOf('vscode', machine.read(defaultFile.vscode))).toBeDefined();
  });

  it('says that a secret was replaced, only when it was', async () => {
    const machine = made(live);
    const init = ['init', '--client', 'cursor'];
    await machine.run(init);
    await machine.run(init);
    expect(machine.said()).not.toContain('former one');
    const other = { env: { ...live, LOGTO_APP_SECRET: 'secret-2' } };
    await machine.run([...init, '--dry-run'], other);
    expect(machine.said()).toContain('logto.secret, in place of the former one. Nothing was');
    await machine.run(init, other);
    expect(machine.said()).toContain('the entry names that file. It replaces the former one.');
    expect(machine.said()).not.toContain('secret-2');
  });
});

it('reports a lock that an interrupted run has left', async () => {
  const machine = made();
  const lock = machine.write('.config/logto-management-mcp/lock', '');
  chmodSync(lock, 0o600);
  let seconds = 0;
  const now = (): Date => {
    seconds += 1;
    return new Date(seconds * 1000);
  };
  await expect(machine.run(['init', '--client', 'cursor', '--sandbox'], { now })).rejects.toThrow(
    `delete ${lock} and run this again`,
  );
  // It has waited for another run to end.
  expect(seconds).toBeGreaterThan(10);
  expect(Object.keys(machine.files(true))).toEqual(['.config/logto-management-mcp/lock']);
});
