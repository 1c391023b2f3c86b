/** The doctor reads from an entry what its client would start the server with. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type ClientName, clientNames } from '../../src/config/args.js';
import { readEntryLaunch } from '../../src/installer/index.js';
import { defaultFile, type Machine, machineOf, secret, tenant } from './machine.js';

const machines: Machine[] = [];
afterEach(() => {
  for (const machine of machines.splice(0)) {
    machine.dispose();
  }
});

function made(env: Readonly<Record<string, string>> = {}, answers?: readonly string[]): Machine {
  const machine = machineOf(env, answers);
  machines.push(machine);
  return machine;
}

const startedIn = (machine: Machine, client: ClientName, name = 'logto') =>
  readEntryLaunch({ client, name, file: undefined, dryRun: false }, machine.context);

/** Writes an entry for Cursor by hand. */
const writeByHand = (machine: Machine, entry: unknown): string =>
  machine.write(defaultFile.cursor, JSON.stringify({ mcpServers: { logto: entry } }));

describe('an entry', () => {
  it.each(clientNames)(
    'of %s gives the doctor the settings that init has written',
    async (client) => {
      const machine = made({ ...tenant, LOGTO_APP_SECRET: secret, PATH: '/bin' });
      await machine.run(['init', '--client', client, '--read-only', '--tools', 'users']);
      const { args, env } = await startedIn(machine, client);
      expect(args).toEqual(['--tools', 'users', '--read-only']);
      const used = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
      expect(used).toEqual({
        PATH: '/bin',
        ...tenant,
        ...(client === 'vscode'
          ? { LOGTO_APP_SECRET: secret }
          : {
              LOGTO_APP_SECRET_FILE: join(
                machine.home,
                '.config/logto-management-mcp/logto.secret',
              ),
            }),
      });
    },
  );

  it('does not receive settings from the environment', async () => {
    const machine = made({ LOGTO_ENDPOINT: 'https://elsewhere.example', LOGTO_APP_SECRET: secret });
    writeByHand(machine, { command: 'node', args: ['/x/dist/main.js', '--sandbox'] });
    expect(await startedIn(machine, 'cursor')).toEqual({ args: ['--sandbox'], env: {} });
  });

  it.each([
    ['npx', ['-y', 'logto-management-mcp@0.1.0', '--sandbox']],
    [
      'npx',
      ['-y', '--package=./logto-management-mcp-0.1.0.tgz', 'logto-management-mcp', '--sandbox'],
    ],
    ['npx', ['-y', 'github:ann/logto-management-mcp#main', '--sandbox']],
    ['cmd', ['/c', 'npx', '-y', 'logto-management-mcp', '--sandbox']],
    ['wsl.exe', ['node', '/home/ann/dist/main.js', '--sandbox']],
    ['C:\\node.exe', ['C:\\x\\dist\\main.js', '--sandbox']],
    ['logto-management-mcp', ['--sandbox']],
  ])('started by %s %j has one argument', async (command, args) => {
    const machine = made();
    writeByHand(machine, { command, args });
    expect((await startedIn(machine, 'cursor')).args).toEqual(['--sandbox']);
  });

  it('has its variables substituted only for clients that do so', async () => {
    const machine = made({ MY_ID: 'app-of-ann' });
    const env = { LOGTO_APP_ID: `\${env:MY_ID}`, LOGTO_TENANT_ID: `\${env:UNSET}` };
    const entry = { command: 'node', args: ['/x/dist/main.js'], env };
    writeByHand(machine, entry);
    expect((await startedIn(machine, 'cursor')).env).toEqual({
      MY_ID: 'app-of-ann',
      LOGTO_APP_ID: 'app-of-ann',
      LOGTO_TENANT_ID: `\${env:UNSET}`,
    });
    machine.write(defaultFile['claude-desktop'], JSON.stringify({ mcpServers: { logto: entry } }));
    expect((await startedIn(machine, 'claude-desktop')).env).toMatchObject(env);
  });

  it('that does not exist is reported with the command that writes it', async () => {
    await expect(startedIn(made(), 'codex')).rejects.toThrow(/no "logto" in .*init --client codex/);
  });

  it('of another server is not read', async () => {
    const machine = made();
    writeByHand(machine, { command: 'other' });
    await expect(startedIn(machine, 'cursor')).rejects.toThrow('another server');
  });
});

describe('the secret that VS Code stores itself', () => {
  it('is asked for at the terminal', async () => {
    const machine = made(tenant, [secret]);
    await machine.run(['init', '--client', 'vscode']);
    const { args, env } = await startedIn(machine, 'vscode');
    expect(env).toMatchObject({ LOGTO_APP_SECRET: secret });
    expect(args).toEqual([]);
    expect(machine.asked()).toEqual([
      'The app secret, which VS Code stores itself; it is not shown: ',
    ]);
  });

  it('is taken from a file that the environment names', async () => {
    const machine = made(tenant, []);
    await machine.run(['init', '--client', 'vscode']);
    const around = { ...machine.context, env: { LOGTO_APP_SECRET_FILE: '/run/secret' } };
    const { env } = await readEntryLaunch(
      { client: 'vscode', name: 'logto', file: undefined, dryRun: false },
      around,
    );
    expect(env).toMatchObject({ ...tenant, LOGTO_APP_SECRET_FILE: '/run/secret' });
    expect(env['LOGTO_APP_SECRET'] ?? '').toBe('');
  });

  it('cannot be read without a terminal, and the message says what to do', async () => {
    const machine = made(tenant);
    await machine.run(['init', '--client', 'vscode']);
    await expect(startedIn(machine, 'vscode')).rejects.toThrow('LOGTO_APP_SECRET_FILE');
  });
});
