/** The commands export, plan and apply, on the sandbox and on a tenant behind a socket. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { runCommand } from '../support/command.js';
import { runProgram } from '../support/process.js';
import { type Listening, listeningTenant } from '../support/tenant.js';
import { fullText, planted } from './full.js';

/** Milliseconds for a test that starts the program several times, on a machine that does other things too. */
const TIMEOUT_MS = 90_000;

let folder = '';
const opened: Listening[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manifest-'));
});
afterEach(async () => {
  for (const server of opened.splice(0)) {
    await server.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCommand(args, env, folder);

const variables = {
  ...planted,
  APP_URL: 'https://bikes.example',
  LOGTO_MCP_MANIFEST_VARIABLES: 'APP_*',
  LOGTO_MCP_MANIFEST_SECRETS:
    'GOOGLE_SECRET,ACME_SECRET,CAPTCHA_*,SMTP_PASSWORD,LICENSE,HOOK_TOKEN',
};

async function connection(prefix = 'LOGTO_'): Promise<Record<string, string>> {
  const tenant = await listeningTenant();
  opened.push(tenant);
  return {
    [`${prefix}ENDPOINT`]: tenant.origin,
    [`${prefix}APP_ID`]: sandboxSettings.appId,
    [`${prefix}APP_SECRET`]: sandboxSettings.appSecret,
    LOGTO_MCP_STATE_DIR: folder,
  };
}

const role = 'roles:\n  # who reads\n  - name: Reader # of everything\n    description: Reads\n';

describe('export, plan and apply', () => {
  it(
    'work on the sandbox, with the exit codes for CI',
    async () => {
      writeFileSync(join(folder, 'new.yaml'), role);
      const manifest = ['--sandbox', '--manifest', 'new.yaml'];
      const exported = await run(['export', '--sandbox', '--out', 'all.yaml']);
      const wrong = await run(['apply', ...manifest, '--yes', 'no-digest']);
      // Another process computes the same digest.
      const planned = await runProgram(['plan', ...manifest], {}, folder);
      expect(exported).toMatchObject({ code: 0, out: 'Written: all.yaml\n' });
      expect(planned.code).toBe(2);
      expect(planned.out).toMatch(
        /^\+ role "Reader"\n[\s\S]*1 to create, \d+ not in the manifest, left as they are; 0 unchanged\.\nDigest: [0-9a-f]{32}\n$/,
      );
      const same = await run(['plan', '--sandbox', '--manifest', 'all.yaml']);
      expect(same.code).toBe(0);
      expect(same.out).toMatch(/No differences; \d+ unchanged\.\n$/);
      const json = await run(['plan', ...manifest, '--json']);
      const { digest, changes } = JSON.parse(json.out);
      expect([json.code, changes, planned.out.includes(digest)]).toEqual([2, true, true]);
      const done = await run(['apply', ...manifest, '--yes', digest]);
      expect(done).toMatchObject({ code: 0 });
      expect(done.out).toMatch(/Created:\n {2}role "Reader"\n1 created, 0 changed, 0 removed/);
      expect(wrong.code).toBe(1);
      expect(wrong.err).toMatch(/has changed since the comparison[\s\S]*\+ role "Reader"/);
    },
    TIMEOUT_MS,
  );

  it(
    'bring a tenant to the state of a manifest, and a second apply sends no write',
    async () => {
      const env: Record<string, string> = { ...(await connection()), ...variables };
      // The tenant has another e-mail connector, and a tenant has one.
      writeFileSync(
        join(folder, 'full.yaml'),
        fullText.replace(/ {2}- connectorId: simple-mail[\s\S]*?(?=ssoConnectors:)/, ''),
      );
      const { out } = await run(['plan', '--manifest', 'full.yaml', '--json'], env);
      const { digest } = JSON.parse(out);
      const done = await run(['apply', '--manifest', 'full.yaml', '--yes', digest, '--json'], env);
      expect(done.code, done.err).toBe(0);
      expect(JSON.parse(done.out)).toMatchObject({ failed: [], left: [] });
      expect((await run(['plan', '--manifest', 'full.yaml'], env)).code).toBe(0);
      const all = [
        out,
        done.out,
        done.err,
        readFileSync(
          join(
            folder,
            `changes-${new URL(env['LOGTO_ENDPOINT'] ?? '').host.replaceAll(':', '_')}.jsonl`,
          ),
          'utf8',
        ),
      ].join('\n');
      expect(Object.values(planted).filter((secret) => all.includes(secret))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'report what an older Logto does not have',
    async () => {
      writeFileSync(
        join(folder, 'new.yaml'),
        'signInExperience:\n  trustedDevice: { enabled: true }\n',
      );
      const args = ['plan', '--sandbox', '--manifest', 'new.yaml', '--sandbox-release'];
      const older = await run([...args, '1.42']);
      expect(older.out).toMatch(
        /^! sign-in experience: this Logto does not have trustedDevice \(since 1\.44\)\n/,
      );
      expect(older.code).toBe(1);
      expect((await run([...args, '1.46'])).code).toBe(2);
    },
    TIMEOUT_MS,
  );

  it(
    'refuse invalid input with exit code 1, and never with 2',
    async () => {
      writeFileSync(join(folder, 'bad.yaml'), 'rolls: []');
      const cases: readonly (readonly [string[], RegExp])[] = [
        [
          ['plan', '--sandbox', '--manifest', 'bad.yaml'],
          /bad\.yaml:1:1: rolls: there is no kind "rolls"/,
        ],
        [
          ['plan', '--sandbox', '--manifest', 'none.yaml'],
          /none\.yaml cannot be read: it does not exist/,
        ],
        [['plan', '--sandbox'], /plan needs either --manifest or --against/],
        [['plan', '--sandbox', '--manifset', 'x'], /Did you mean --manifest/],
        [
          ['apply', '--sandbox', '--manifest', 'bad.yaml', '--kinds', 'role'],
          /Did you mean|no kind/,
        ],
        [
          ['export', '--sandbox', '--kinds', 'role'],
          /There is no kind "role"[\s\S]*Did you mean roles/,
        ],
        [['plan', '--manifest', 'bad.yaml'], /LOGTO_/],
        [['plan', '--sandbox', '--against', 'staging'], /LOGTO_STAGING_ENDPOINT/],
      ];
      for (const [args, expected] of cases) {
        const { code, err } = await run(args);
        expect([args, code]).toEqual([args, 1]);
        expect(err).toMatch(expected);
      }
      writeFileSync(join(folder, 'new.yaml'), role);
      const result = await runProgram(['apply', '--sandbox', '--manifest', 'new.yaml'], {}, folder);
      expect(result.code).toBe(1);
      expect(result.err).toMatch(/no terminal to ask at[\s\S]*--yes <digest>/);
    },
    TIMEOUT_MS,
  );

  it(
    'compare with the tenant of another profile',
    async () => {
      const here = await connection();
      const there = await connection('LOGTO_STAGING_');
      const same = await run(['plan', '--against', 'staging'], { ...there, ...here });
      expect(same.code, same.err).toBe(0);
      writeFileSync(join(folder, 'new.yaml'), role);
      const staging = { ...here, LOGTO_ENDPOINT: String(there['LOGTO_STAGING_ENDPOINT']) };
      const { out } = await run(['plan', '--manifest', 'new.yaml', '--json'], staging);
      await run(['apply', '--manifest', 'new.yaml', '--yes', JSON.parse(out).digest], staging);
      const differs = await run(['plan', '--against', 'staging'], { ...there, ...here });
      expect(differs.code).toBe(2);
      expect(differs.out).toMatch(/^\+ role "Reader"\n/);
    },
    TIMEOUT_MS,
  );
});

describe('an export over a hand-written file', () => {
  it(
    'keeps its comments, its order and its unchanged parts',
    async () => {
      const env: Record<string, string> = { ...(await connection()), ...variables };
      const text = [
        '# Our roles',
        'version: 1',
        'roles:',
        '  # first the people',
        '  - name: Support # who answers',
        '    description: Something old',
        '  - name: Gone',
        '    description: Not in the tenant',
        '  - name: Customer',
        '    scopes: ["https://orders.northwind.example/api read:orders"]',
        '',
      ].join('\n');
      writeFileSync(join(folder, 'roles.yaml'), text);
      const { code } = await run(['export', '--out', 'roles.yaml'], env);
      expect(code).toBe(0);
      const after = readFileSync(join(folder, 'roles.yaml'), 'utf8');
      expect(after).toMatch(
        /^# Our roles\nversion: 1\nroles:\n {2}# first the people\n {2}- name: Support # who answers\n {4}description: Answers customers and gives money back\n {2}- name: Customer\n {4}scopes: \[ ?"https:\/\/orders\.northwind\.example\/api read:orders" ?\]\n/,
      );
      expect(after).not.toContain('Gone');
      expect(after).toContain('name: Shop manager');
      expect((await run(['plan', '--manifest', 'roles.yaml'], env)).code).toBe(0);
      // A file that is no manifest is not written over.
      writeFileSync(join(folder, 'package.json'), '{"name":"mine"}');
      const refused = await run(['export', '--out', 'package.json'], env);
      expect([refused.code, readFileSync(join(folder, 'package.json'), 'utf8')]).toEqual([
        1,
        '{"name":"mine"}',
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    'writes a folder with a file for each kind, which is read as one manifest',
    async () => {
      const written = await run(['export', '--sandbox', '--out', 'logto/']);
      expect(written.out).toMatch(/logto\/manifest\.yaml\n[\s\S]*logto\/roles\.yaml/);
      expect((await run(['plan', '--sandbox', '--manifest', 'logto'])).code).toBe(0);
      const [manifest, roles] = ['manifest', 'roles'].map((name) =>
        readFileSync(join(folder, `logto/${name}.yaml`), 'utf8'),
      );
      const again = await run(['export', '--sandbox', '--out', 'logto']);
      expect(again.code).toBe(0);
      expect(
        ['manifest', 'roles'].map((name) =>
          readFileSync(join(folder, `logto/${name}.yaml`), 'utf8'),
        ),
      ).toEqual([manifest, roles]);
    },
    TIMEOUT_MS,
  );

  it(
    'writes and reads JSON',
    async () => {
      expect((await run(['export', '--sandbox', '--out', 'all.json'])).code).toBe(0);
      expect(JSON.parse(readFileSync(join(folder, 'all.json'), 'utf8'))).toMatchObject({
        version: 1,
        complete: true,
      });
      expect((await run(['plan', '--sandbox', '--manifest', 'all.json'])).code).toBe(0);
      const { out } = await run(['export', '--sandbox', '--kinds', 'roles', '--json']);
      expect(JSON.parse(out)).toMatchObject({ kinds: ['roles'] });
    },
    TIMEOUT_MS,
  );
});
