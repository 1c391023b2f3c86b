/** The doctor on what can be looked at without leaving the machine. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileSystem } from '../../src/doctor/filesystem.js';
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
    expect(check('endpoint').message).toBe('Not checked: Node.js has to be mended first.');
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
      /LOGTO_ENDPOINT names the console/,
    ],
    [
      'a policy that cannot be read',
      { ...place, LOGTO_MCP_POLICY: '/nowhere/policy.json' },
      /The policy "\/nowhere\/policy\.json" cannot be read/,
    ],
  ])('with %s are a fault, and no bare exit', async (_, env, words) => {
    const { check, ok, skipped } = await examined({ env, fetch });
    expect(check('settings').status).toBe('fail');
    expect(check('settings').message).toMatch(words);
    expect(ok).toBe(false);
    expect(skipped).toContain('tenant');
    expect(check('endpoint').message).toBe('Not checked: Settings has to be mended first.');
  });

  it('are all told of at once', async () => {
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
    expect(check('tenant').status).toBe('warn');
    expect(check('tenant').hint).toContain('https://');
  });
});

describe('the policy', () => {
  it.each([
    ['that is no JSON', 'no-json', '', 'The policy is not JSON'],
    ['with a term that names nothing', 'unknown-term', '', 'delete_everything'],
    ['without the profile', 'policy.json', 'test', 'it has production'],
    ['of which no profile is chosen', 'policy.json', '', '--profile: production'],
  ])('%s is a fault', async (_, file, profile, words) => {
    const { check, skipped } = await examined({
      env: { ...place, LOGTO_MCP_POLICY: path(file), LOGTO_MCP_PROFILE: profile },
      fetch,
    });
    expect(check('policy').status).toBe('fail');
    expect(check('policy').message).toContain(words);
    expect(skipped).toContain('tools');
  });

  it('of which a profile is chosen and no file given is no file to mend', async () => {
    const { line } = await examined({ env: { ...place, LOGTO_MCP_PROFILE: 'test' }, fetch });
    expect(line('policy')).toContain('give --policy too');
    expect(line('policy')).not.toContain('Mend the file');
  });

  it('is told of in words, and counts for what is read', async () => {
    const { check } = await examined({
      env: { ...place, LOGTO_MCP_POLICY: path('policy.json'), LOGTO_MCP_PROFILE: 'production' },
      fetch,
    });
    expect(check('policy').message).toContain('Read-only');
    expect(check('tools').status).toBe('ok');
    expect(check('reads').status).toBe('ok');
  });

  it('that allows no more than a domain holds for the descriptions of the API, too', async () => {
    writeFileSync(path('narrow.json'), '{"allow":["roles"]}');
    const { check } = await examined({
      env: { ...place, LOGTO_MCP_POLICY: path('narrow.json') },
      fetch,
    });
    expect(check('reads').message).toBe('1 domain can be read: roles.');
    expect(check('catalog').status).toBe('skipped');
  });

  it('cannot have a profile without a file', async () => {
    const { check } = await examined({ env: place, fetch, argv: ['--profile', 'production'] });
    expect(check('policy')).toMatchObject({ status: 'fail', message: /give --policy too/ });
  });
});

describe('the selection', () => {
  it('that names nothing is a fault with what was meant', async () => {
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

describe('the folders', () => {
  it.each([
    ['LOGTO_UPLOAD_DIR', 'nothing', /does not exist/, /Make the folder/],
    ['LOGTO_UPLOAD_DIR', 'file', /is no folder/, /Make the folder/],
    ['LOGTO_SECRETS_DIR', 'nothing', /does not exist/, /Make the folder/],
    ['LOGTO_SECRETS_DIR', 'file', /is no folder/, /LOGTO_SECRETS_DIR/],
    ['LOGTO_MCP_LOG_FILE', 'folder', /cannot be written/, /--log-file/],
    ['LOGTO_MCP_LOG_FILE', 'nothing/log', /cannot be written/, /--log-file/],
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
        disk: { ...fileSystem, allows: (_, use) => use === 'read' },
        journal: path('folder'),
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

  it('need not be there yet for the journal, but there must be room for it', async () => {
    const deep = path('folder/of/the/journal');
    const fine = await examined({ env: place, fetch, options: { journal: deep } });
    expect(fine.check('folders.journal')).toMatchObject({
      status: 'ok',
      message: new RegExp(deep),
    });
    const below = await examined({ env: place, fetch, options: { journal: path('file/journal') } });
    expect(below.check('folders.journal').status).toBe('fail');
  });

  it('are well when they are there', async () => {
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

  it('warn of certificate authorities that Node.js will not find', async () => {
    const { check } = await examined({
      env: { ...place, NODE_EXTRA_CA_CERTS: path('nothing') },
      fetch,
    });
    expect(check('folders.NODE_EXTRA_CA_CERTS')).toMatchObject({
      status: 'warn',
      message: /Node\.js goes on without it/,
    });
  });
});
