/** A second init keeps what the entry has, unless another value is given. */
import { mkdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { clientNames } from '../../src/config/args.js';
import { clientSettings } from '../../src/config/config.js';
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
const live = { ...tenant, LOGTO_APP_SECRET: secret };
const cursor = defaultFile.cursor;

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

/** The context of a run without a terminal and without variables. */
const elsewhere = (machine: Machine) => ({
  env: {},
  terminal: { ...machine.context.terminal, attended: false },
});

describe.each(clientNames)('a second init for %s', (client) => {
  const file = defaultFile[client];

  it('changes nothing without options, variables and a terminal', async () => {
    const machine = created(live);
    const policy = machine.write('policy.json', '{}');
    machine.write(file, fixtureOf(client));
    const guarded = ['--read-only', '--tools', 'users', '--policy', policy, '--profile', 'ours'];
    await machine.run(['init', '--client', client, ...guarded]);
    const before = machine.files(true);
    await machine.run(['init', '--client', client], elsewhere(machine));
    expect(machine.files(true)).toEqual(before);
    expect(machine.said()).toContain('is up to date; nothing was changed.');
    expect(machine.said().split('\n')).toContain(
      `In effect: tenant abc123; read-only; policy ${policy}; profile ours; tools users; the answer to a question confirms where the client shows questions, else a second call of the agent.`,
    );
  });

  it('of a sandbox entry says that it is still the sandbox, and how to connect a tenant', async () => {
    const machine = created({});
    machine.write(file, fixtureOf(client));
    await machine.run(['init', '--client', client, '--sandbox']);
    await machine.run(['init', '--client', client], elsewhere(machine));
    expect(machine.said()).toContain('is up to date; nothing was changed.');
    expect(machine.said()).toContain('It still serves the sandbox. To connect your tenant, ');
    expect(machine.said()).toContain('In effect: sandbox; reads and writes; ');
  });

  it('keeps every option and variable without a new value', async () => {
    const machine = created({ ...live, LOGTO_UPLOAD_DIR: 'assets', LOGTO_MCP_LOG_LEVEL: 'info' });
    mkdirSync(machine.path('assets'));
    await machine.run(['init', '--client', client, '--read-only', '--tools', 'users']);
    const before = settingsOf(client, machine.read(file));
    await machine.run(['init', '--client', client, '--tools', 'roles'], elsewhere(machine));
    const after = settingsOf(client, machine.read(file));
    expect(after?.env).toEqual(before?.env);
    expect(after?.env).toMatchObject({ LOGTO_MCP_LOG_LEVEL: 'info' });
    expect(after?.args.slice(1)).toEqual(['--tools', 'roles', '--read-only']);
  });

  it('refuses to replace a tenant with the sandbox without --reset', async () => {
    const machine = created(live);
    await machine.run(['init', '--client', client, '--read-only']);
    const before = machine.files(true);
    await expect(machine.run(['init', '--client', client, '--sandbox'])).rejects.toThrow(
      '--name logto-sandbox, or add --reset',
    );
    expect(machine.files(true)).toEqual(before);
    await machine.run(['init', '--client', client, '--sandbox', '--reset']);
    const after = settingsOf(client, machine.read(file));
    expect(after?.args.slice(1)).toEqual(['--sandbox']);
    expect(after?.env).toEqual({});
    expect(machine.files()).not.toHaveProperty([secretFile]);
  });

  it('turns an entry for the sandbox into one for a tenant, and keeps its other options', async () => {
    const machine = created();
    await machine.run(['init', '--client', client, '--sandbox', '--read-only']);
    await machine.run(['init', '--client', client]);
    expect(settingsOf(client, machine.read(file))?.args.slice(1)).toEqual([
      '--sandbox',
      '--read-only',
    ]);
    await machine.run(['init', '--client', client], { env: live });
    const after = settingsOf(client, machine.read(file));
    expect(after?.args.slice(1)).toEqual(['--read-only']);
    expect(after?.env).toMatchObject(tenant);
    expect(machine.said()).toContain('was an entry for the sandbox; it now serves your tenant');
  });

  it('writes every setting that is not used as an empty variable', async () => {
    const machine = created(live);
    await machine.run(['init', '--client', client]);
    const env = entryOf(client, machine.read(file))?.env ?? {};
    expect(Object.keys(env).sort()).toEqual(clientSettings.map(({ name }) => name).sort());
    expect(env).toMatchObject({ LOGTO_ENDPOINT: '', LOGTO_MCP_SHOW_SECRETS: '' });
  });
});

describe('answers at the terminal', () => {
  it('are proposed from the entry, and Enter keeps them', async () => {
    const machine = created(live);
    await machine.run(['init', '--client', 'cursor']);
    const before = machine.files(true);
    const answers = ['', '', ''];
    const questions: string[] = [];
    const ask = async (question: string): Promise<string> => {
      questions.push(question);
      return answers.shift() ?? expect.fail(question);
    };
    await machine.run(['init', '--client', 'cursor'], {
      env: {},
      terminal: { attended: true, ask, askSecret: ask, piped: async () => '' },
    });
    expect(questions).toEqual([
      'Tenant id on Logto Cloud, or the address of your own Logto [abc123]: ',
      'App ID of the machine-to-machine application [app-of-ann]: ',
      'Its app secret, which is not shown (press Enter to keep the present one): ',
    ]);
    expect(machine.files(true)).toEqual(before);
  });

  it('for another tenant need its secret', async () => {
    const machine = created({}, ['abc123', 'app-of-ann', secret, 'def456', '', '', 'another']);
    await machine.run(['init', '--client', 'cursor']);
    await machine.run(['init', '--client', 'cursor']);
    expect(settingsOf('cursor', machine.read(cursor))?.env).toMatchObject({
      LOGTO_TENANT_ID: 'def456',
      LOGTO_APP_ID: 'app-of-ann',
    });
    expect(machine.said()).toContain('The answer must give the app secret alone');
    expect(machine.read(secretFile)).toBe('another\n');
  });

  it('can keep the sandbox', async () => {
    const machine = created({}, ['']);
    await machine.run(['init', '--client', 'cursor', '--sandbox']);
    await machine.run(['init', '--client', 'cursor', '--read-only']);
    expect(machine.asked()).toEqual([
      'Tenant id on Logto Cloud, or the address of your own Logto [stay with the sandbox]: ',
    ]);
    expect(settingsOf('cursor', machine.read(cursor))?.args).toContain('--sandbox');
  });
});

describe('the environment', () => {
  it('is named with what it replaces in the entry', async () => {
    const machine = created(live);
    await machine.run(['init', '--client', 'cursor']);
    await machine.run(['init', '--client', 'cursor'], {
      env: {
        LOGTO_ENDPOINT: 'https://auth.example.com',
        LOGTO_APP_ID: 'web',
        LOGTO_APP_SECRET: 'x',
      },
    });
    expect(machine.said()).toContain(
      'Taken from the environment: LOGTO_ENDPOINT=https://auth.example.com; LOGTO_APP_ID=web, which replaces app-of-ann; LOGTO_APP_SECRET (not shown).',
    );
    expect(settingsOf('cursor', machine.read(cursor))?.env).not.toHaveProperty('LOGTO_TENANT_ID');
  });

  it.each([{ LOGTO_ENDPOINT: 'https://auth.example.com' }, { LOGTO_APP_ID: 'web' }])(
    'with another tenant or application does not get the secret of the entry: %j',
    async (env) => {
      const machine = created(live);
      await machine.run(['init', '--client', 'cursor']);
      const before = machine.files(true);
      await expect(machine.run(['init', '--client', 'cursor'], { env })).rejects.toThrow(
        'init needs to know: the app secret',
      );
      expect(machine.files(true)).toEqual(before);
    },
  );
});

describe('an entry that was written by hand', () => {
  const byHand = (env: Readonly<Record<string, string>>, args: readonly string[] = []): string =>
    JSON.stringify({
      mcpServers: { logto: { command: 'npx', args: ['logto-management-mcp', ...args], env } },
    });

  it('keeps its options, also those unknown to init, and unknown LOGTO_ variables', async () => {
    const machine = created();
    machine.write(
      cursor,
      byHand({ ...live, LOGTO_COOKIE_NAME: 'yes', OTHER: '1' }, ['--show-secrets']),
    );
    await machine.run(['init', '--client', 'cursor']);
    const { args, env } = settingsOf('cursor', machine.read(cursor)) ?? expect.fail('no entry');
    expect(args).toContain('--show-secrets');
    expect(env).toMatchObject({ ...tenant, LOGTO_COOKIE_NAME: 'yes', OTHER: '1' });
    expect(machine.said()).toContain('secrets are shown in answers');
  });

  it.each(['with', 'without'])(
    'is refused for a LOGTO_MCP_ variable that stops the server, %s credentials for a tenant',
    async (credentials) => {
      const machine = created();
      machine.write(
        cursor,
        credentials === 'with'
          ? byHand({ ...live, LOGTO_MCP_READONLY: 'true' })
          : byHand({ LOGTO_MCP_READONLY: 'true' }, ['--sandbox']),
      );
      const before = machine.files(true);
      await expect(machine.run(['init', '--client', 'cursor'])).rejects.toThrow(
        /^The entry "logto" stops the server\. There is no setting LOGTO_MCP_READONLY\. Did you mean LOGTO_MCP_READ_ONLY\?/,
      );
      expect(machine.files(true)).toEqual(before);
      await machine.run(['init', '--client', 'cursor', '--sandbox', '--reset']);
      expect(machine.read(cursor)).not.toContain('LOGTO_MCP_READONLY');
    },
  );

  it('is not written from an environment with a LOGTO_MCP_ variable that stops the server', async () => {
    const machine = created({ ...live, LOGTO_MCP_READONLY: 'true' });
    await expect(machine.run(['init', '--client', 'cursor'])).rejects.toThrow(
      'In the environment: There is no setting LOGTO_MCP_READONLY.',
    );
    expect(machine.files()).toEqual({});
  });

  it('has its secret moved into the secret file', async () => {
    const machine = created();
    machine.write(cursor, byHand(live));
    await machine.run(['init', '--client', 'cursor']);
    expect(machine.read(cursor)).not.toContain(secret);
    expect(machine.read(secretFile)).toBe(`${secret}\n`);
    await machine.run(['remove', '--client', 'cursor']);
    expect(entryOf('cursor', machine.read(cursor))).toBeUndefined();
  });

  it('keeps the variables that the client substitutes', async () => {
    const machine = created({ MY_ID: 'app-of-ann' });
    const reference = `\${env:MY_ID}`;
    machine.write(cursor, byHand({ ...live, LOGTO_APP_ID: reference }));
    await machine.run(['init', '--client', 'cursor']);
    expect(settingsOf('cursor', machine.read(cursor))?.env.LOGTO_APP_ID).toBe(reference);
  });

  it('with arguments that the server refuses is not changed without --reset', async () => {
    const machine = created();
    machine.write(cursor, byHand(live, ['--readonly']));
    await expect(machine.run(['init', '--client', 'cursor'])).rejects.toThrow(
      /arguments of "logto" in .* cannot be used: Unknown option '--readonly'.*--reset/,
    );
    await machine.run(['init', '--client', 'cursor', '--reset'], { env: live });
    expect(settingsOf('cursor', machine.read(cursor))?.args).toHaveLength(1);
  });
});
