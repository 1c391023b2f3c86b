/** The doctor on what needs no network. */
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileSystem } from '../../src/doctor/filesystem.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { examined } from './examine.js';
import { standIn } from './stand-in.js';

const place = { LOGTO_ENDPOINT: 'https://auth.example.com' };

let folder = '';
const path = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  mkdirSync(path('folder'));
  writeFileSync(path('file'), '');
  writeFileSync(path('policy.json'), '{"profiles":{"production":{"read_only":true}}}');
  writeFileSync(path('no-json'), 'read_only: true');
  writeFileSync(path('misspelt'), '{"readonly":true}');
  writeFileSync(path('misspelt-limit'), '{"profiles":{"a":{"limits":{"writes_per_min":1}}}}');
  writeFileSync(path('unknown-term'), '{"deny":["delete_everything"]}');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fetch = standIn();

describe('Node.js', () => {
  it.each(['18.20.4', '20.18.3', '20.9.0'])('is too old with %s', async (node) => {
    const { check, line } = await examined({ env: place, fetch, options: { node } });
    expect(check('node').status).toBe('fail');
    expect(line('node')).toContain(`This is Node.js ${node}; >=20.19 is needed.`);
    expect(line('node')).toContain('Install a newer Node.js');
    expect(check('endpoint').message).toBe('Skipped: fix Node.js first.');
  });

  it.each(['20.19.0', '20.20.2', '22.0.0', '26.1.0'])('is new enough with %s', async (node) => {
    const { check } = await examined({ env: place, fetch, options: { node } });
    expect(check('node')).toMatchObject({ status: 'ok', message: node });
  });
});

describe('the settings', () => {
  it.each([
    [
      'a placeholder',
      { LOGTO_TENANT_ID: '<tenant id>' },
      /LOGTO_TENANT_ID still holds a placeholder/,
    ],
    ['quotation marks', { LOGTO_TENANT_ID: '"abc123"' }, /LOGTO_TENANT_ID holds quotation marks/],
    ['no scheme', { LOGTO_ENDPOINT: 'auth.example.com' }, /such as https:\/\/auth\.example\.com/],
    [
      'the suffix /api',
      { LOGTO_ENDPOINT: 'https://auth.example.com/api' },
      /write https:\/\/auth\.example\.com, without/,
    ],
    [
      'the console of Logto Cloud',
      { LOGTO_ENDPOINT: 'https://cloud.logto.io/abc123/applications' },
      /set LOGTO_TENANT_ID=abc123/,
    ],
    [
      'the console of a self-hosted Logto',
      { LOGTO_ENDPOINT: 'https://auth.example.com:3002/console/applications' },
      /LOGTO_ENDPOINT is the address of the console/,
    ],
    [
      'a policy that cannot be read',
      { ...place, LOGTO_MCP_POLICY: '/nowhere/policy.json' },
      /The policy "\/nowhere\/policy\.json" of LOGTO_MCP_POLICY does not exist/,
    ],
  ])('with %s are a fault that the output names', async (_, env, words) => {
    const { check, ok, skipped } = await examined({ env, fetch });
    expect(check('settings').status).toBe('fail');
    expect(check('settings').message).toMatch(words);
    expect(ok).toBe(false);
    expect(skipped).toContain('tenant');
    expect(check('endpoint').message).toBe('Skipped: fix Settings first.');
  });

  it('are all reported at once', async () => {
    const { failed, check } = await examined({
      env: { LOGTO_ENDPOINT: 'auth.example.com', LOGTO_MCP_READ_ONLY: 'maybe' },
    });
    expect(failed).toEqual(['settings.1', 'settings.2']);
    expect(check('settings.1').message).toContain('LOGTO_ENDPOINT');
    expect(check('settings.2').message).toContain('LOGTO_MCP_READ_ONLY');
  });

  it('that mix up id and secret do not show it', async () => {
    const secret = 'l0ngEnoughToBeASecretOfAnyLogto1';
    const { check } = await examined({
      env: { ...place, LOGTO_APP_ID: secret, LOGTO_APP_SECRET: 'sandbox' },
    });
    expect(check('settings').message).toContain('Perhaps it is the App secret');
    expect(check('settings').message).not.toContain(secret);
  });

  it('that are missing are named, all of them', async () => {
    const { check, line, skipped } = await examined({
      env: { LOGTO_APP_ID: '', LOGTO_APP_SECRET: '' },
    });
    expect(check('tenant').status).toBe('fail');
    expect(line('tenant')).toContain('LOGTO_ENDPOINT');
    expect(line('tenant')).toContain('LOGTO_APP_ID');
    expect(line('tenant')).toContain('LOGTO_APP_SECRET');
    expect(line('tenant')).toContain('In the Logto console open Applications');
    expect(line('tenant')).toContain('run doctor with --client');
    expect(skipped).toContain('credentials');
  });

  it('warn of a secret that travels unencrypted', async () => {
    const { check } = await examined({ env: { LOGTO_ENDPOINT: 'http://auth.example.com' }, fetch });
    expect(check('settings')).toMatchObject({ status: 'warn', message: /Write https:\/\// });
    expect(check('tenant').status).toBe('ok');
  });
});

describe('the policy', () => {
  it.each([
    ['that is no JSON', 'no-json', '', 'The policy is not JSON'],
    ['with a term that names nothing', 'unknown-term', '', 'delete_everything'],
    ['without the profile', 'policy.json', 'test', 'it has production'],
    ['of which no profile is chosen', 'policy.json', '', '--profile or LOGTO_MCP_PROFILE'],
    ['with a misspelt rule', 'misspelt', '', 'no rule "readonly". Did you mean read_only?'],
    [
      'with a misspelt limit of a profile',
      'misspelt-limit',
      'a',
      'no rule "writes_per_min" in profiles.a.limits. Did you mean writes_per_run',
    ],
  ])('%s is a fault', async (_, file, profile, words) => {
    const { check, skipped } = await examined({
      env: { ...place, LOGTO_MCP_POLICY: path(file), LOGTO_MCP_PROFILE: profile },
      fetch,
    });
    expect(check('policy').status).toBe('fail');
    expect(check('policy').message).toContain(words);
    expect(skipped).toContain('tools');
  });

  it('with a profile and without a file names no file to fix', async () => {
    const { line } = await examined({ env: { ...place, LOGTO_MCP_PROFILE: 'test' }, fetch });
    expect(line('policy')).toContain('set --policy or LOGTO_MCP_POLICY too');
    expect(line('policy')).not.toContain('Fix ');
  });

  it('is described, and decides what is read', async () => {
    const { check } = await examined({
      env: { ...place, LOGTO_MCP_POLICY: path('policy.json'), LOGTO_MCP_PROFILE: 'production' },
      fetch,
    });
    expect(check('policy').message).toContain('Read-only');
    expect(check('tools').status).toBe('ok');
    expect(check('reads').status).toBe('ok');
  });

  it('is described with a confirmation by a person alone', async () => {
    const said = async (mode: string) =>
      (await examined({ env: { ...place, LOGTO_MCP_CONFIRM: mode }, fetch })).check('policy');
    expect(await said('ask')).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('Only the answer to a question confirms (--confirm ask)'),
    });
    expect((await said('auto')).message).not.toContain('Only the answer');
  });

  it('warns of the risks that a list in confirm leaves out', async () => {
    writeFileSync(path('brackets.json'), '{"confirm":["destructive"]}');
    const env = { ...place, LOGTO_MCP_POLICY: path('brackets.json') };
    const { check, line } = await examined({ env, fetch });
    expect(check('policy').status).toBe('warn');
    expect(line('policy')).toContain(
      'leaves out irreversible, credential, privilege, trust and egress',
    );
  });

  it('that allows a single domain applies to the descriptions of the API too', async () => {
    writeFileSync(path('narrow.json'), '{"allow":["roles"]}');
    const { check } = await examined({
      env: { ...place, LOGTO_MCP_POLICY: path('narrow.json') },
      fetch,
    });
    expect(check('reads').message).toBe('1 domain can be read: roles.');
    expect(check('catalog').status).toBe('skipped');
  });

  it('that protects what the tenant does not have is a fault', async () => {
    const namesOf = async (policy: object) => {
      writeFileSync(path('names.json'), JSON.stringify(policy));
      const { check } = await examined({
        env: { ...place, LOGTO_MCP_POLICY: path('names.json') },
        fetch,
      });
      return check('policy-names');
    };
    const missing = await namesOf({ protect: { users: ['nobody-here'] }, organizations: ['gone'] });
    expect(missing.status).toBe('fail');
    expect(missing.message).toContain('users "nobody-here"');
    expect(missing.message).toContain('organizations: "gone"');
    expect((await namesOf({ protect: { roles: ['support'] } })).status).toBe('ok');
  });

  it('cannot have a profile without a file', async () => {
    const { check } = await examined({ env: place, fetch, argv: ['--profile', 'production'] });
    expect(check('policy')).toMatchObject({
      status: 'fail',
      message: /set --policy or LOGTO_MCP_POLICY too/,
    });
  });
});

describe('the selection', () => {
  it('that matches nothing is a fault with the nearest name', async () => {
    const { check, skipped } = await examined({
      env: place,
      fetch,
      argv: ['--tools', 'list_userz'],
    });
    expect(check('tools')).toMatchObject({ status: 'fail', message: /list_users/ });
    expect(skipped).toEqual(expect.arrayContaining(['access', 'reads', 'catalog']));
  });

  it('decides what is read', async () => {
    const { check } = await examined({
      env: place,
      fetch,
      argv: ['--tools', 'all,!hooks,!list_users'],
    });
    expect(check('reads').message).not.toMatch(/\b(hooks|users)\b/);
    expect(check('reads.left-out').message).toContain('users, hooks');
  });
});

describe('the files and folders', () => {
  it.each([
    ['LOGTO_UPLOAD_DIR', 'nothing', /does not exist/, /Create the folder/],
    ['LOGTO_UPLOAD_DIR', 'file', /is not a folder/, /Create the folder/],
    ['LOGTO_SECRETS_DIR', 'nothing', /does not exist/, /Create the folder/],
    ['LOGTO_SECRETS_DIR', 'file', /is not a folder/, /LOGTO_SECRETS_DIR/],
    ['LOGTO_MCP_LOG_FILE', 'folder', /cannot be written/, /LOGTO_MCP_LOG_FILE/],
    ['LOGTO_MCP_LOG_FILE', 'nothing/log', /cannot be written/, /LOGTO_MCP_LOG_FILE/],
  ])('%s that names %s is a fault', async (variable, name, message, hint) => {
    const { check, failed } = await examined({
      env: { ...place, [variable]: path(name) },
      fetch,
    });
    expect(failed).toEqual([`folders.${variable}`]);
    expect(check(`folders.${variable}`)).toMatchObject({ message, hint });
  });

  it('that cannot be written to are a fault', async () => {
    const { check } = await examined({
      env: { ...place, LOGTO_SECRETS_DIR: path('folder') },
      fetch,
      options: {
        fileSystem: { ...createFileSystem('linux'), allows: (_, use) => use === 'read' },
        journal: path('folder/changes.jsonl'),
      },
    });
    expect(check('folders.LOGTO_SECRETS_DIR')).toMatchObject({
      status: 'fail',
      message: /write to/,
    });
    expect(check('folders.journal')).toMatchObject({
      status: 'fail',
      message: /Nothing can be changed without it/,
      hint: /LOGTO_MCP_STATE_DIR/,
    });
  });

  it('may not exist yet for the journal, but can be created', async () => {
    const deep = path('folder/of/the/journal');
    const fine = await examined({
      env: place,
      fetch,
      options: { journal: join(deep, 'changes.jsonl') },
    });
    expect(fine.check('folders.journal')).toMatchObject({
      status: 'ok',
      message: new RegExp(deep),
    });
    const below = await examined({
      env: place,
      fetch,
      options: { journal: path('file/changes.jsonl') },
    });
    expect(below.check('folders.journal').status).toBe('fail');
  });

  it('are ok when they exist', async () => {
    const { failed, check } = await examined({
      env: {
        ...place,
        LOGTO_UPLOAD_DIR: path('folder'),
        LOGTO_SECRETS_DIR: path('folder'),
        LOGTO_MCP_LOG_FILE: path('folder/log'),
        NODE_EXTRA_CA_CERTS: path('file'),
      },
      fetch,
    });
    expect(failed).toEqual([]);
    expect(check('folders.LOGTO_UPLOAD_DIR').status).toBe('ok');
  });

  it('warn of a file of certificate authorities that does not exist', async () => {
    const { check } = await examined({
      env: { ...place, NODE_EXTRA_CA_CERTS: path('nothing') },
      fetch,
    });
    expect(check('folders.NODE_EXTRA_CA_CERTS')).toMatchObject({
      status: 'warn',
      message: /Node\.js ignores it/,
    });
  });
});

describe('the permissions', () => {
  const journal = () => path('state/changes.jsonl');
  const secretFile = () => path('secret');

  beforeAll(() => {
    mkdirSync(path('state'), { mode: 0o700 });
    mkdirSync(path('project'), { mode: 0o755 });
    writeFileSync(secretFile(), `${sandboxSettings.appSecret}\n`);
    writeFileSync(path('policy'), '{}');
    writeFileSync(path('project/.env'), 'A=1');
    writeFileSync(path('project/.env.example'), 'A=');
    writeFileSync(path('project/server.key'), 'key');
    writeFileSync(path('project/readme.md'), 'text');
  });

  const env = () => ({
    ...place,
    LOGTO_APP_SECRET: '',
    LOGTO_APP_SECRET_FILE: secretFile(),
    LOGTO_MCP_POLICY: path('policy'),
    LOGTO_SECRETS_DIR: path('project'),
  });

  it('that let others read or change a file are named, each with its mode and a fix', async () => {
    writeFileSync(journal(), '');
    chmodSync(journal(), 0o644);
    chmodSync(secretFile(), 0o644);
    chmodSync(path('policy'), 0o666);
    chmodSync(path('project/.env'), 0o644);
    chmodSync(path('project/.env.example'), 0o644);
    chmodSync(path('project/server.key'), 0o640);
    chmodSync(path('project/readme.md'), 0o644);
    const { warned, failed, check } = await examined({
      env: env(),
      fetch,
      options: { journal: journal() },
    });
    expect(failed).toEqual([]);
    expect(warned).toEqual([
      'folders.journal',
      'folders.LOGTO_APP_SECRET_FILE',
      'folders.LOGTO_MCP_POLICY',
      'folders.secret-files',
    ]);
    expect(check('folders.journal')).toMatchObject({
      message: /can be read by other users .*0644/,
      hint: `Run chmod 600 ${journal()}.`,
    });
    expect(check('folders.LOGTO_APP_SECRET_FILE')).toMatchObject({
      message: /can be read .*0644/,
      hint: `Run chmod 600 ${secretFile()}.`,
    });
    expect(check('folders.LOGTO_MCP_POLICY').message).toMatch(/can be changed .*0666/);
    expect(check('folders.secret-files').message).toContain(': .env, server.key.');
  });

  it('of the owner alone are ok', async () => {
    writeFileSync(journal(), '');
    for (const file of [
      journal(),
      secretFile(),
      path('project/.env'),
      path('project/server.key'),
    ]) {
      chmodSync(file, 0o600);
    }
    chmodSync(path('policy'), 0o644);
    const { warned, failed } = await examined({
      env: env(),
      fetch,
      options: { journal: journal() },
    });
    expect([...failed, ...warned]).toEqual([]);
  });

  it('of a folder that others can write to are named for the journal', async () => {
    mkdirSync(path('shared'));
    chmodSync(path('shared'), 0o777);
    const { check } = await examined({
      env: place,
      fetch,
      options: { journal: path('shared/changes.jsonl') },
    });
    expect(check('folders.journal')).toMatchObject({ status: 'warn', message: /0777/ });
  });

  it('do not exist on Windows, and are not checked there', async () => {
    chmodSync(secretFile(), 0o644);
    const { warned } = await examined({
      env: env(),
      fetch,
      options: { fileSystem: createFileSystem('win32') },
    });
    expect(warned).toEqual([]);
  });
});

describe('a link', () => {
  it.each([
    ['symbolic', symlinkSync],
    ['hard', linkSync],
  ])('that is %s is refused for the journal and the log', async (kind, link) => {
    const target = path(`target-${kind}`);
    const name = path(`link-${kind}`);
    writeFileSync(target, '');
    link(target, name);
    const { failed, check } = await examined({
      env: { ...place, LOGTO_MCP_LOG_FILE: name },
      fetch,
      options: { journal: name },
    });
    expect(failed).toEqual(['folders.journal', 'folders.LOGTO_MCP_LOG_FILE']);
    expect(check('folders.journal').message).toContain(`is a ${kind} link`);
    expect(check('folders.LOGTO_MCP_LOG_FILE').message).toContain(`is a ${kind} link`);
  });
});

describe('the names of variables', () => {
  it('that do not exist are a fault with the nearest name', async () => {
    const { check } = await examined({ env: { ...place, LOGTO_MCP_READONLY: 'true' }, fetch });
    expect(check('settings')).toMatchObject({
      status: 'fail',
      message: 'There is no setting LOGTO_MCP_READONLY. Did you mean LOGTO_MCP_READ_ONLY?',
    });
  });

  it('that resemble a setting are a warning', async () => {
    const { check, failed } = await examined({ env: { ...place, LOGTO_APPID: 'x' }, fetch });
    expect(check('settings')).toMatchObject({ status: 'warn', message: /LOGTO_APP_ID/ });
    expect(failed).toEqual([]);
  });
});
