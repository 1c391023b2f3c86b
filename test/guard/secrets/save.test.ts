/** A secret is saved under the rules of every other write: policy, ceilings, confirmation and journal. */
import * as fs from 'node:fs';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { defaultPolicy, Policy, type Rules } from '../../../src/guard/policy/policy.js';
import { RateLimits } from '../../../src/guard/policy/rate-limits.js';
import { SecretSaver } from '../../../src/guard/save-secret.js';
import { SafeDirectory } from '../../../src/guard/secrets/safe-directory.js';
import { Secrets } from '../../../src/guard/secrets/secrets.js';
import { Journal, memoryJournal } from '../../../src/guard/undo/journal.js';
import { memberOf } from '../../../src/json.js';
import { memoryState } from '../../../src/store/memory.js';
import { type Connected, connectSandbox } from '../../support/client.js';

let folder: string;
let connected: Connected;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'save-'));
});
afterEach(async () => {
  await connected.close();
  rmSync(folder, { recursive: true });
});

/** A client and the reference of a secret that Logto created. */
async function withSecret(rules: Rules) {
  connected = await connectSandbox({
    policy: defaultPolicy({ confirm: 'never', ...rules }),
    secrets: new Secrets(false, folder),
  });
  const listed = await connected.call('list_application_secrets', { id: 'warehouse-sync' });
  return { call: connected.call, secret: listed.ok && listed.answer.items?.[0]?.['value'] };
}

it('a saved secret is in the journal without its value, and cannot be undone', async () => {
  const { call, secret } = await withSecret({});
  expect(await call('save_secret', { secret, file: '.env', name: 'APP_SECRET' })).toMatchObject({
    ok: true,
    answer: { result: { file: join(folder, '.env') } },
  });
  const [, value = ''] = /APP_SECRET=(\w+)/.exec(readFileSync(join(folder, '.env'), 'utf8')) ?? [];
  expect(value).not.toBe('');
  const changes = await call('list_changes', {});
  expect(changes).toMatchObject({
    answer: {
      items: [
        {
          operation: 'save_secret',
          arguments: { file: '.env', name: 'APP_SECRET' },
          outcome: 'done',
          cannot_undo: expect.stringContaining('delete it yourself'),
        },
      ],
    },
  });
  expect(JSON.stringify(changes)).not.toContain(value);
  const change = changes.ok ? changes.answer.items?.[0]?.id : '';
  expect(await call('undo_change', { change })).toMatchObject({ ok: false });
});

it('saving asks if every write asks, and the confirmed call writes the file', async () => {
  const { call, secret } = await withSecret({ confirm: 'all-writes' });
  const values = { secret, file: 'app.txt' };
  const first = await call('save_secret', values);
  const plan = first.ok ? first.answer.result?.['plan'] : undefined;
  expect(plan).toEqual(expect.any(String));
  expect(() => readFileSync(join(folder, 'app.txt'))).toThrow();
  expect((await call('save_secret', { ...values, file: 'other.txt', plan })).ok).toBe(false);
  const again = await call('save_secret', values);
  const good = again.ok ? again.answer.result?.['plan'] : undefined;
  expect((await call('save_secret', { ...values, plan: good })).ok).toBe(true);
  expect(readFileSync(join(folder, 'app.txt'), 'utf8')).toMatch(/^\w{32}$/);
});

it.each([
  [{ file: 'app.txt' }, { file: 'app.txt' }, 'app.txt'],
  [{ file: '.env', name: 'APP_SECRET' }, { file: '.env', line: 'APP_SECRET' }, 'APP_SECRET'],
])(
  'the preview of %j shows where the value goes, and its name confirms it',
  async (where, target, name) => {
    const questions: string[] = [];
    connected = await connectSandbox({
      policy: defaultPolicy({ confirm: 'all-writes' }),
      secrets: new Secrets(false, folder),
      elicit: (message) => {
        questions.push(message);
        return { action: 'accept', content: { name } };
      },
    });
    const { call } = connected;
    const listed = await call('list_application_secrets', { id: 'warehouse-sync' });
    const secret = listed.ok && listed.answer.items?.[0]?.['value'];
    expect(await call('save_secret', { secret, ...where })).toMatchObject({ ok: true });
    expect(questions).toHaveLength(1);
    for (const text of Object.values(target)) {
      expect(questions[0]).toContain(text);
    }
    await connected.close();
    rmSync(join(folder, where.file));
    const { call: planning, secret: other } = await withSecret({ confirm: 'all-writes' });
    const planned = await planning('save_secret', { secret: other, ...where });
    expect(planned.ok && planned.answer.result?.['preview']).toMatchObject({
      operation: 'save_secret',
      does: expect.stringContaining('file on this machine'),
    });
    expect(planned.ok && planned.answer.result?.['preview']).toHaveProperty('target', target);
  },
);

it('a policy that denies save_secret refuses it, and nothing is recorded', async () => {
  const { call, secret } = await withSecret({ deny: ['save_secret'] });
  expect(await call('save_secret', { secret, file: 'a.txt' })).toMatchObject({
    ok: false,
    error: { code: 'forbidden_by_policy' },
  });
  expect(fs.readdirSync(folder)).toEqual([]);
  expect(await call('list_changes', {})).toMatchObject({ answer: { items: [] } });
});

it('the journal has the person and the profile of a saved secret, if there are any', async () => {
  connected = { close: async () => {} } as Connected;
  const save = async (profile: string | undefined, sub: string | undefined, file: string) => {
    const lines = memoryJournal();
    const policy = new Policy({ confirm: 'never' }, profile);
    const state = memoryState(Date.now);
    const secrets = new Secrets(false, folder);
    const hidden = secrets.redact({ secrets: ['value'] }, { id: 'a', value: 'the value' }).body;
    const saver = new SecretSaver(
      secrets,
      policy,
      new RateLimits(policy.limits, state.counters, Date.now),
      new Journal(lines, Date.now),
      { store: state.plans, now: Date.now },
    );
    const actor = sub === undefined ? undefined : { key: `${sub} c`, sub, clientId: 'c' };
    const secret = String(memberOf(hidden, 'value'));
    await saver.save(
      'save_secret',
      { secret, file, name: undefined },
      { client: 'test', confirmVia: 'plan', actor },
      { plan: undefined, answer: undefined, owner: '' },
    );
    return new Journal(lines, Date.now).list();
  };
  expect(await save('staging', 'olga', 'a.txt')).toMatchObject([
    { profile: 'staging', actor: { sub: 'olga', client_id: 'c' }, arguments: { file: 'a.txt' } },
  ]);
  const [alone] = await save(undefined, undefined, 'b.txt');
  expect(alone).not.toHaveProperty('profile');
  expect(alone).not.toHaveProperty('actor');
  expect(alone?.arguments).toEqual({ file: 'b.txt' });
});

it('a secret that could not be written is recorded as not written', async () => {
  const failing = {
    ...fs,
    writeSync: () => {
      throw new Error('the disk is full');
    },
  };
  connected = await connectSandbox({
    policy: defaultPolicy({ confirm: 'never' }),
    secrets: new Secrets(false, new SafeDirectory(fs.realpathSync(folder), failing)),
  });
  const { call } = connected;
  const listed = await call('list_application_secrets', { id: 'warehouse-sync' });
  const secret = listed.ok && listed.answer.items?.[0]?.['value'];
  expect(await call('save_secret', { secret, file: 'a.txt' })).toMatchObject({
    ok: false,
    error: { code: 'not_written' },
  });
  expect(fs.readdirSync(folder)).toEqual([]);
  expect(await call('list_changes', {})).toMatchObject({
    answer: { items: [{ operation: 'save_secret', outcome: 'refused' }] },
  });
});

it('saving counts against the rate limits of writes', async () => {
  const { call, secret } = await withSecret({ limits: { writes_per_run: 1 } });
  expect((await call('save_secret', { secret, file: 'a.txt' })).ok).toBe(true);
  expect(await call('save_secret', { secret, file: 'b.txt' })).toMatchObject({
    ok: false,
    error: { message: expect.stringContaining('writes_per_run') },
  });
});

it('text of a user under the name of a secret is redacted and cannot be saved', async () => {
  const { call } = await withSecret({});
  const made = await call('create_user', {
    username: 'author',
    customData: { api_key: 'import os; os.system("x")' },
  });
  const data = made.ok ? made.answer.result?.['customData'] : undefined;
  expect(data).toEqual({ api_key: '[secret]' });
  expect(await call('save_secret', { secret: '[secret]', file: 'a.txt' })).toMatchObject({
    ok: false,
    error: { code: 'not_savable' },
  });
});

it.each(['conftest.py', 'run', 'package.json', 'tsconfig.build.json', 'Makefile', 'a.sh'])(
  'a file that programs run or read as configuration is not written: %s',
  async (file) => {
    const { call, secret } = await withSecret({});
    expect(await call('save_secret', { secret, file })).toMatchObject({
      ok: false,
      error: { code: 'not_an_inert_file' },
    });
  },
);

it('a line of an .env file is replaced only if this server wrote it', async () => {
  const { call, secret } = await withSecret({});
  const env = join(folder, '.env');
  writeFileSync(env, 'SESSION_SECRET=mine\n');
  expect(await call('save_secret', { secret, file: '.env', name: 'SESSION_SECRET' })).toMatchObject(
    { ok: false, error: { code: 'line_exists' } },
  );
  expect(readFileSync(env, 'utf8')).toBe('SESSION_SECRET=mine\n');
  for (let turn = 0; turn < 2; turn += 1) {
    expect((await call('save_secret', { secret, file: '.env', name: 'OTHER_SECRET' })).ok).toBe(
      true,
    );
  }
});

it('equal values in different places have different references', () => {
  const secrets = new Secrets(false, undefined);
  const read = (id: string) =>
    secrets.redact({ secrets: ['value'] }, { id, value: 'the same value' }).body;
  expect(read('a')).toEqual(read('a'));
  expect(Object.values(Object(read('a')))[1]).not.toBe(Object.values(Object(read('b')))[1]);
  connected = { close: async () => {} } as Connected;
});

it('a value that Logto shows once is not created if nobody could get it', async () => {
  connected = await connectSandbox({ secrets: new Secrets(false, undefined) });
  const { call } = connected;
  const made = await call('create_user', { username: 'factor' });
  const userId = made.ok ? made.answer.result?.id : '';
  for (const [tool, values] of [
    ['create_user_mfa_verification', { userId, verification: { type: 'Totp' } }],
    ['create_subject_token', { userId }],
  ] as const) {
    expect(await call(tool, values)).toMatchObject({
      ok: false,
      error: {
        code: 'no_place_for_secret',
        hint: expect.stringContaining('LOGTO_SECRETS_DIR'),
      },
    });
  }
  const own = { type: 'Totp', secret: 'JBSWY3DPEHPK3PXP' };
  expect((await call('create_user_mfa_verification', { userId, verification: own })).ok).toBe(true);
});
