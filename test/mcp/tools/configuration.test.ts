/** The three configuration tools, called by a real client over the sandbox. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { listingsOf, tokensOf } from '../../../src/dev/docs-pages.js';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { Secrets } from '../../../src/guard/secrets/secrets.js';
import { valueSources } from '../../../src/manifest/value-sources.js';
import { sandboxSettings } from '../../../src/sandbox/settings.js';
import { type Connected, connectSandbox, succeed } from '../../support/client.js';

/** What the listed schemas and descriptions of the three tools may cost together. */
const MAX_TOKENS = 700;

const names = ['export_configuration', 'compare_configuration', 'apply_configuration'];

let folder = '';
let connected: Connected;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'configuration-'));
  connected = await connectSandbox({
    policy: defaultPolicy(),
    secrets: new Secrets(false, undefined),
    registry: {
      configuration: {
        load: async () => catalog,
        own: sandboxSettings,
        sources: valueSources({
          variables: ['APP_*'],
          secrets: [],
          secretsFolder: undefined,
          env: { APP_URL: 'https://app.example', HOME: '/root' },
        }),
        folder,
      },
    },
  });
});
afterEach(async () => {
  await connected.close();
  rmSync(folder, { recursive: true, force: true });
});

const call = (tool: string, values: Readonly<Record<string, unknown>>) =>
  connected.call(tool, values);

describe('the configuration tools', () => {
  it(`cost at most ${MAX_TOKENS} tokens`, () => {
    const listed = listingsOf('all').filter(({ name }) => names.includes(name));
    expect(listed.map(({ name }) => name)).toEqual(names);
    expect(tokensOf(listed)).toBeLessThanOrEqual(MAX_TOKENS);
  });

  it.each([
    ['default', []],
    ['none', []],
    ['script', []],
    ['default,configuration', names],
    ['configuration', names],
    ['all', names],
    ['all,!apply_configuration', names.slice(0, 2)],
    ['users,export_configuration', names.slice(0, 1)],
  ])('are listed by the selection %s: %j', (selection, expected) => {
    const listed = listingsOf(selection).map(({ name }) => name);
    expect(listed.filter((name) => names.includes(name))).toEqual(expected);
  });

  it('have a selection of their own', () => {
    expect(listingsOf('configuration').map(({ name }) => name)).toEqual([
      'whoami',
      'find_operations',
      'list_changes',
      'undo_change',
      ...names,
    ]);
    expect(listingsOf('configuration', true).map(({ name }) => name)).not.toContain(
      'apply_configuration',
    );
  });
});

describe('apply_configuration', () => {
  it('ensures that a few things exist in one call, and answers what was there already', async () => {
    const manifest = {
      resources: [
        { name: 'Bikes', indicator: 'https://bikes.example', scopes: [{ name: 'read:bikes' }] },
      ],
      roles: [
        { name: 'Reader', description: 'Reads', scopes: ['https://bikes.example read:bikes'] },
      ],
    };
    const first = await succeed(connected.call, 'apply_configuration', { manifest });
    expect(first.result).toMatchObject({
      created: [
        'API resource "https://bikes.example"',
        'scope "https://bikes.example read:bikes"',
        'role "Reader"',
      ],
      changed: [],
      unchanged: 0,
      run: expect.stringMatching(/^run-/),
    });
    const second = await succeed(connected.call, 'apply_configuration', { manifest });
    expect(second.result).toEqual({ created: [], changed: [], removed: [], unchanged: 3 });
    const undone = await call('undo_change', { change: String(first.result?.['run']) });
    expect(undone.ok).toBe(true);
  });

  it('answers one plan where a write asks, and sends what was shown', async () => {
    const manifest = {
      applications: [
        {
          name: 'Shop',
          type: 'SPA',
          oidcClientMetadata: {
            redirectUris: ['https://new.example/cb'],
            postLogoutRedirectUris: [],
          },
        },
      ],
    };
    const planned = await succeed(connected.call, 'apply_configuration', { manifest });
    expect(planned.result).toMatchObject({
      plan: expect.any(String),
      preview: { operation: 'apply_configuration', writes: 1 },
    });
    const plan = planned.result?.['plan'];
    const done = await succeed(connected.call, 'apply_configuration', { manifest, plan });
    expect(done.result).toMatchObject({ created: ['application "Shop"'] });
    // A plan is good once.
    expect(await call('apply_configuration', { manifest, plan })).toMatchObject({
      ok: false,
      error: { code: 'plan_refused' },
    });
  });

  it('refuses a plan after the tenant has moved, with the new difference', async () => {
    const manifest = { roles: [{ name: 'Support', description: 'Helps', scopes: [] }] };
    const planned = await succeed(connected.call, 'apply_configuration', { manifest });
    await succeed(connected.call, 'update_role', { id: 'support', description: 'Other' });
    const refused = await call('apply_configuration', { manifest, plan: planned.result?.['plan'] });
    expect(refused).toMatchObject({
      ok: false,
      error: {
        code: 'plan_refused',
        details: expect.arrayContaining([expect.stringContaining('"Other" -> "Helps"')]),
      },
    });
  });

  it('takes the digest of a comparison with file or prune', async () => {
    writeFileSync(
      join(folder, 'm.yaml'),
      `roles:\n  - name: Reader\n    description: \${APP_URL}\n`,
    );
    expect(await call('apply_configuration', { file: 'm.yaml' })).toMatchObject({
      ok: false,
      error: { code: 'digest_required' },
    });
    const compared = await succeed(connected.call, 'compare_configuration', { file: 'm.yaml' });
    expect(compared.result).toMatchObject({
      changes: true,
      counts: { create: 1 },
      steps: expect.arrayContaining([
        expect.objectContaining({
          action: 'create',
          key: 'Reader',
          fields: expect.arrayContaining([{ member: 'description', after: 'https://app.example' }]),
        }),
      ]),
    });
    const digest = compared.result?.['digest'];
    expect(await call('apply_configuration', { file: 'm.yaml', digest: 'x' })).toMatchObject({
      ok: false,
      error: { code: 'plan_refused' },
    });
    const done = await succeed(connected.call, 'apply_configuration', { file: 'm.yaml', digest });
    expect(done.result).toMatchObject({ created: ['role "Reader"'] });
  });

  it('reads no variable that is not allowed', async () => {
    const manifest = { roles: [{ name: 'Reader', description: `\${HOME}` }] };
    const refused = await call('compare_configuration', { manifest });
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'invalid_manifest', message: expect.stringContaining('HOME is not allowed') },
    });
    const own = { roles: [{ name: 'Reader', description: `\${LOGTO_APP_SECRET}` }] };
    expect(await call('compare_configuration', { manifest: own })).toMatchObject({ ok: false });
  });
});

describe('export_configuration', () => {
  it('answers a part inline, which compares as no difference', async () => {
    const { result } = await succeed(connected.call, 'export_configuration', {
      kinds: ['resources', 'roles'],
    });
    expect(result).toMatchObject({ counts: { resources: 2, scopes: 5, roles: 4 } });
    const compared = await succeed(connected.call, 'compare_configuration', {
      manifest: result?.['manifest'],
    });
    expect(compared.result).toMatchObject({ changes: false, steps: [] });
  });

  it('writes into the allowed folder alone', async () => {
    const { result } = await succeed(connected.call, 'export_configuration', { file: 'all.yaml' });
    expect(result).toMatchObject({ file: 'all.yaml', counts: { roles: 4 } });
    expect(readFileSync(join(folder, 'all.yaml'), 'utf8')).toContain('name: Shop manager');
    symlinkSync('/etc', join(folder, 'link'));
    for (const file of ['../out.yaml', '/etc/out.yaml', 'link/out.yaml', 'a.txt', '.hidden.yaml']) {
      expect(await call('export_configuration', { file }), file).toMatchObject({ ok: false });
    }
    writeFileSync(join(folder, 'package.json'), '{"name":"mine"}');
    expect(await call('export_configuration', { file: 'package.json' })).toMatchObject({
      ok: false,
      error: { code: 'manifest_file' },
    });
  });
});
