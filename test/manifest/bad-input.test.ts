/** What is wrong with a manifest is said at once, with its place and with what to write instead, and nothing is sent. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LogtoError } from '../../src/logto/errors.js';
import { anyFiles, parseTexts } from '../../src/manifest/files.js';
import { inlineFile } from '../../src/manifest/source.js';
import { stepLabelOf } from '../../src/manifest/steps.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { signal, type TenantOptions, type TenantUnderTest, tenantOf, writesIn } from './harness.js';

/** Everything that an error says. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const outcome = await work.then(
    () => 'It was not refused.',
    (error: unknown) => error,
  );
  if (!(outcome instanceof LogtoError)) {
    throw outcome instanceof Error ? outcome : new Error(String(outcome));
  }
  const { message, details = [], hint } = outcome.failure;
  return [message, ...details, hint].join('\n');
}

async function applied(text: string, options: TenantOptions = {}, name = 'm.yaml') {
  const tenant = tenantOf(options);
  const work = parseTexts([{ name, text }]).then((files) => tenant.apply(files));
  const said = await refusal(work);
  expect(writesIn(tenant.requests), 'nothing is sent').toEqual([]);
  return said;
}

const role = (members: string) => `roles:\n  - name: One\n    description: The one\n${members}`;

describe('a manifest that does not parse', () => {
  it.each([
    ['YAML', 'm.yaml', 'roles: [1,\nhooks: 3', /m\.yaml:2:1: it does not parse/],
    ['a key that stands twice', 'm.yaml', 'roles: []\nroles: []', /m\.yaml:2:1: .*unique/],
    [
      'JSON without a value',
      'm.json',
      '{"roles": []\n, "hooks": }',
      /m\.json:2:\d+: .*a value is missing/,
    ],
    ['YAML in a JSON file', 'm.json', '{roles: []}', /m\.json:1:2: .*is not JSON/],
    ['an unknown alias', 'm.yaml', 'roles: *none', /m\.yaml:1:\d+: .*alias/i],
    [
      'an alias inside of itself',
      'm.yaml',
      'roles:\n  - &a\n    scopes: *a',
      /m\.yaml:3:13: an alias is inside/,
    ],
    ['a list', 'm.yaml', '- 1', /m\.yaml:1:1: a manifest is an object/],
    ['an empty file', 'm.yaml', '# nothing', /m\.yaml: it is empty; a manifest is an object/],
    ['tabs', 'm.yaml', 'roles:\n\t- name: a', /m\.yaml:2:1: .*Tabs are not allowed/],
    [
      'a key that stands twice in an item',
      'm.yaml',
      'roles:\n  - name: a\n    name: b',
      /m\.yaml:3:5: /,
    ],
    [
      'several documents',
      'm.yaml',
      'roles: []\n---\nhooks: []',
      /m\.yaml:2:1: it has several documents/,
    ],
    ['a tag that is not known', 'm.yaml', 'roles:\n  - name: !env NAME', /m\.yaml:2:11: .*!env/],
    ['another encoding', 'm.yaml', 'roles:\n  - name: "\uFFFD"', /m\.yaml: it is not UTF-8 text/],
    ['zero bytes', 'm.yaml', 'r\0o\0l\0e\0s\0', /m\.yaml: it is not UTF-8 text/],
    [
      'a comma at the end in JSON',
      'm.json',
      '{"roles": [],}',
      /m\.json:1:\d+: .*not JSON from here on/,
    ],
    ['a comment in JSON', 'm.json', '{"roles": [] // none\n}', /m\.json:1:\d+: /],
    [
      'aliases that grow exponentially',
      'm.yaml',
      `a: &a0 [x]\n${[1, 2, 3, 4, 5, 6]
        .map((level) => `b${level}: &a${level} [${`*a${level - 1},`.repeat(9)}]`)
        .join('\n')}\nroles: *a6`,
      /m\.yaml:1:1: its aliases stand for more than 10000 values/,
    ],
    [
      'too many levels',
      'm.yaml',
      `applications:\n  - name: a\n    type: SPA\n    customData: ${'{a: '.repeat(200)}1${'}'.repeat(200)}`,
      /m\.yaml:1:1: it has more than 100 levels/,
    ],
    [
      'levels that no parser can read',
      'm.yaml',
      `a: ${'['.repeat(20_000)}`,
      /m\.yaml:1:\d+: it is nested too deeply/,
    ],
  ])('is refused with line and column: %s', async (_, name, text, expected) => {
    expect(await applied(text, {}, name)).toMatch(expected);
  });
});

describe('names', () => {
  it.each([
    [
      'an unknown kind',
      'rolls: []',
      /m\.yaml:1:1: rolls: there is no kind "rolls"\. Did you mean roles/,
    ],
    ['a kind inside of another one', 'scopes: []', /scopes belong inside of resources/],
    [
      'an unknown kind in kinds',
      'kinds: [role]',
      /kinds\[0\]: there is no kind "role"\. Did you mean roles/,
    ],
    [
      'an unknown member',
      role('    isDefalt: true'),
      /m\.yaml:4:5: roles\[0\]\.isDefalt: .*Did you mean isDefault/,
    ],
    [
      'an unknown member inside of a value',
      'signInExperience:\n  passwordPolicy:\n    length: { mim: 3 }',
      /m\.yaml:3:15: signInExperience\.passwordPolicy\.length\.mim: .*Did you mean min/,
    ],
    [
      'a missing key',
      'roles:\n  - description: x',
      /m\.yaml:2:5: roles\[0\]\.name: a role needs "name"/,
    ],
    [
      'a key that is stated twice',
      `${role('')}  - name: One\n    description: x`,
      /the role "One" is stated twice; the other place is m\.yaml:2:5/,
    ],
    ['a kind in another case', 'Roles: []', /m\.yaml:1:1: Roles: .*Did you mean roles/],
    [
      'a letter of another alphabet',
      'r\u043Eles: []',
      /m\.yaml:1:1: .*contains the character U\+043E\. Did you mean roles/,
    ],
    [
      'a number as a name',
      'roles:\n  - name: 123\n    description: x',
      /m\.yaml:2:11: roles\[0\]\.name: .*write it in quotes/,
    ],
    [
      'a prototype',
      `${role('')}    __proto__: { isDefault: true }\n__proto__: { hooks: [] }`,
      /roles\[0\]\.__proto__: a role has no member[\s\S]*there is no kind "__proto__"/,
    ],
    ['an item without members', 'roles:\n  - null', /m\.yaml:2:5: roles\[0\]: it is an object/],
    ['a kind without a value', 'roles:', /m\.yaml:1:\d+: roles: it is a list/],
    [
      'names as keys',
      'roles: { a: { description: x } }',
      /m\.yaml:1:8: roles: it is a list: each item/,
    ],
    ['another version', 'version: 2', /version: the version of the format is 1/],
    [
      'an unmanaged kind without things',
      'unmanaged:\n  signInExperience: [x]',
      /unmanaged\.signInExperience: there is no kind/,
    ],
  ])('are refused: %s', async (_, text, expected) => {
    expect(await applied(text)).toMatch(expected);
  });

  it('with several mistakes are all reported at once', async () => {
    const said = await applied('rolls: []\nroles:\n  - name: a\n    typ: User\nhook: []');
    expect(said).toMatch(/for 3 reasons/);
    expect(said).toMatch(/rolls[\s\S]*typ[\s\S]*hook/);
  });
});

describe('values that Logto would refuse', () => {
  it.each([
    [
      'a wrong type',
      role('    isDefault: "yes"'),
      /m\.yaml:4:16: roles\[0\]\.isDefault: it must be true or false/,
    ],
    ['a number that is none', 'sessionConfig: { ttl: .nan }', /sessionConfig\.ttl: it must be/],
    ['a word for true', role('    isDefault: yes'), /m\.yaml:4:16: .*true or false/],
    [
      'a role without a description',
      'roles:\n  - name: a\n    description: null',
      /m\.yaml:3:18: roles\[0\]\.description: it is missing/,
    ],
    [
      'branding of a machine',
      'applicationSignInExperiences:\n  - application: Warehouse sync\n    displayName: x',
      /a machine-to-machine application has no sign-in page/,
    ],
    [
      'a wrong word',
      role('    type: Robot'),
      /roles\[0\]\.type: it must be one of "User", "MachineToMachine"/,
    ],
    [
      'a missing member of a new thing',
      'applications:\n  - name: New',
      /applications\[0\]\.type: it must be one of|applications\[0\]\.type: it is missing/,
    ],
    [
      'a text that is too long',
      `organizationScopes:\n  - name: ${'x'.repeat(200)}`,
      /at most 128 characters/,
    ],
    [
      'a webhook without events',
      'hooks:\n  - name: H\n    config: { url: "https://h.example" }',
      /events is required/,
    ],
    [
      'a profile field of a wrong form',
      'profileFields:\n  - name: size\n    type: Number\n    required: false\n    config: { minLength: 3 }',
      /profileFields\[0\]\.config\.minLength: there is no member "minLength"\. It takes: placeholder, minValue, maxValue/,
    ],
    [
      'a connector that Logto does not know',
      'connectors:\n  - connectorId: gogle\n    config: {}',
      /no factory "gogle"/,
    ],
    [
      'a change of a type',
      'applications:\n  - name: Northwind shop\n    type: Native',
      /type is set at the creation of application "Northwind shop" and cannot change/,
    ],
    [
      'roles of an application that is no machine',
      'applications:\n  - name: Northwind shop\n    roles: [Stock keeper]',
      /only a machine-to-machine application/,
    ],
    [
      'consent scopes of an own application',
      'consentScopes:\n  - application: Northwind shop\n    userScopes: [profile]',
      /only a third-party application/,
    ],
  ])('are refused before anything is sent: %s', async (_, text, expected) => {
    expect(await applied(text)).toMatch(expected);
  });
});

describe('references', () => {
  it.each([
    [
      'to nothing',
      role('    scopes: ["https://orders.northwind.example/api read:order"]'),
      /names no scope: .*Did you mean "https:\/\/orders\.northwind\.example\/api read:orders"/,
    ],
    [
      'to another kind',
      `organizationScopes:\n  - name: manage:members\n${role('    scopes: ["manage:members"]')}`,
      /There is one in organizationScopes/,
    ],
    [
      'to the Management API',
      role('    scopes: ["https://default.logto.app/api all"]'),
      /cannot be given by a manifest: it is the Management API/,
    ],
    [
      'to a role that grants the Management API',
      'applications:\n  - name: Warehouse sync\n    roles: [Logto Management API access]',
      /it grants the Management API/,
    ],
    [
      'to an application that is not there',
      'consentScopes:\n  - application: Nobody\n    userScopes: [profile]',
      /"Nobody" names no application/,
    ],
    ['that are named twice', role('    scopes: ["a b", "a b"]'), /it names "a b" twice/],
  ])('are refused: %s', async (_, text, expected) => {
    expect(await applied(text)).toMatch(expected);
  });

  it('to what pruning would delete are refused', async () => {
    const tenant = tenantOf();
    const files = [
      inlineFile({
        organizationScopes: [],
        organizationRoles: [{ name: 'Dealer buyer', scopes: ['place:orders'] }],
      }),
    ];
    const said = await refusal(tenant.apply(files, true));
    expect(said).toMatch(/"place:orders" is not in the manifest, and pruning would delete it/);
  });
});

describe('the own access of this program', () => {
  it.each([
    [
      'the Management API',
      'resources:\n  - name: X\n    indicator: https://default.logto.app/api',
      /API resource "https:\/\/default\.logto\.app\/api" is never changed/,
    ],
    [
      'its role',
      'roles:\n  - name: Logto Management API access\n    description: x',
      /is never changed by a manifest: it grants the Management API/,
    ],
    [
      'its application',
      'applications:\n  - name: Agent access\n    description: x',
      /this program signs in with it/,
    ],
  ])('is never touched: %s', async (_, text, expected) => {
    expect(await applied(text)).toMatch(expected);
  });

  it('is never pruned', async () => {
    const tenant = tenantOf();
    const kinds = ['resources', 'roles', 'applications'];
    await tenant.apply([inlineFile({ kinds, resources: [], roles: [], applications: [] })], true);
    const left = await tenant.send('listApplications');
    expect(left).toMatchObject([{ id: 'sandbox' }]);
    expect(await tenant.send('listResources')).toMatchObject([{ id: 'management-api' }]);
  });
});

describe('two items with the same key in the tenant', () => {
  async function twins(): Promise<{ tenant: TenantUnderTest; ids: string[] }> {
    const tenant = tenantOf({ fetch: createSandbox().fetch });
    const ids: string[] = [];
    for (let count = 0; count < 2; count += 1) {
      const made = await tenant.send('createApplication', { name: 'Twin', type: 'SPA' });
      ids.push(String((made as { id: unknown }).id));
    }
    return { tenant, ids };
  }

  it('are refused with both ids', async () => {
    const { tenant, ids } = await twins();
    const said = await refusal(
      tenant.apply([inlineFile({ applications: [{ name: 'Twin', type: 'SPA' }] })]),
    );
    expect(ids.every((id) => said.includes(id))).toBe(true);
  });

  it('are left out of an export with both ids, and are not pruned', async () => {
    const { tenant, ids } = await twins();
    const { manifest, notes } = await tenant.configuration.export(['applications'], signal());
    expect(notes.some((note) => ids.every((id) => note.includes(id)))).toBe(true);
    expect(manifest['unmanaged']).toEqual({ applications: ['Twin'] });
    tenant.requests.length = 0;
    await tenant.apply([inlineFile(manifest)], true);
    expect(writesIn(tenant.requests)).toEqual([]);
  });
});

describe('secrets and variables', () => {
  const hook = (header: string) =>
    `hooks:\n  - name: H\n    events: [User.Created]\n    config:\n      url: https://h.example\n      headers: { authorization: ${header} }`;

  it.each([
    [
      'a secret that is not set',
      hook('{ $secret: "env:NONE" }'),
      /config\.headers\.authorization is env:NONE, which is not set/,
    ],
    [
      'a secret with another member',
      hook('{ $secret: "env:NONE", extra: 1 }'),
      /\$secret is the only member of a secret/,
    ],
    [
      'a reference of another form',
      hook('{ $secret: "NONE" }'),
      /\$secret takes env:NAME or file:path/,
    ],
    [
      'a plain secret',
      'captcha:\n  config: { type: Turnstile, siteKey: a, secretKey: b }',
      /captcha\.config\.secretKey: it is a secret: write \$secret/,
    ],
    ['a variable that is not set', role(`    type: \${NONE}`), /the variable NONE is not set/],
    [
      'a secret where it would be shown',
      'applications:\n  - name: A\n    type: SPA\n    customData: { note: { $secret: "env:SET" } }',
      /a secret cannot be here/,
    ],
  ])('are refused: %s', async (_, text, expected) => {
    expect(await applied(text, { secrets: { SET: 'a-secret-value' } })).toMatch(expected);
  });
});

describe('a Logto that lacks a part of the manifest', () => {
  it('is reported if a kind is missing', async () => {
    const { fetch } = createSandbox();
    const tenant = tenantOf({
      fetch: (url, init) => fetch(url.replace('/api/email-templates', '/api/no-such-route'), init),
    });
    const template = {
      languageTag: 'en',
      templateType: 'Register',
      details: { subject: 'a', content: 'b' },
    };
    const said = await refusal(tenant.apply([inlineFile({ emailTemplates: [template] })]));
    expect(said).toMatch(/e-mail template "en Register": this Logto does not have emailTemplates/);
    const { notes } = await tenant.configuration.export(undefined, signal());
    expect(notes).toContain('This Logto has no emailTemplates.');
  });

  it('is reported if a member is missing', async () => {
    const { fetch } = createSandbox();
    const tenant = tenantOf({
      fetch: async (url, init) => {
        const answer = await fetch(url, init);
        return url.includes('/api/sign-in-exp')
          ? {
              ...answer,
              text: async () => (await answer.text()).replace('"adaptiveMfa"', '"unknown"'),
            }
          : answer;
      },
    });
    const said = await refusal(
      tenant.apply([inlineFile({ signInExperience: { adaptiveMfa: { enabled: true } } })]),
    );
    expect(said).toMatch(/sign-in experience: this Logto does not have adaptiveMfa/);
  });
});

describe('an older Logto', () => {
  const older = () => tenantOf({ release: '1.42' });

  it.each([
    [
      'a member',
      { signInExperience: { trustedDevice: { enabled: true } } },
      /sign-in experience: this Logto does not have trustedDevice \(since 1\.44\)/,
    ],
    [
      'a member inside another one',
      { accountCenter: { fields: { trustedDevice: 'Edit' } } },
      /account center: this Logto does not have fields\.trustedDevice \(since 1\.44\)/,
    ],
    [
      'a value',
      {
        hooks: [
          { name: 'H', events: ['TrustedDevice.Created'], config: { url: 'https://h.example' } },
        ],
      },
      /webhook "H": this Logto does not have "TrustedDevice\.Created" of events \(since 1\.44\)/,
    ],
    [
      'a form of the captcha provider',
      {
        captcha: {
          config: {
            type: 'Cap',
            siteKey: 'a',
            endpoint: 'https://c.example',
            secretKey: { $secret: 'env:SET' },
          },
        },
      },
      /captcha provider: this Logto does not have "Cap" of config\.type \(since 1\.44\)/,
    ],
  ])('is reported in the plan with what it lacks: %s', async (_, manifest, expected) => {
    const tenant = older();
    const { steps, hasObstacles } = await tenant
      .withValues({ secrets: { SET: 'a-secret-value' } })
      .configuration.compare({ files: [inlineFile(manifest)] }, signal());
    const told = steps.filter(({ action }) => action === 'blocked');
    expect(told.map((step) => `${stepLabelOf(step)}: ${step.because}`).join('\n')).toMatch(
      expected,
    );
    expect(hasObstacles).toBe(true);
    expect(await refusal(tenant.apply([inlineFile(manifest)]))).toMatch(
      /cannot be done|cannot be used/,
    );
    expect(writesIn(tenant.requests)).toEqual([]);
  });

  it('accepts its own export, and members that are off in the export of a newer one', async () => {
    const tenant = older();
    const { manifest } = await tenant.configuration.export(undefined, signal());
    const files = [
      inlineFile({
        ...manifest,
        signInExperience: {
          ...(manifest['signInExperience'] as object),
          trustedDevice: { enabled: false },
        },
      }),
    ];
    expect((await tenant.configuration.compare({ files }, signal())).steps).toEqual([]);
  });
});

describe('a manifest that cannot be used', () => {
  it('sends no request', async () => {
    for (const manifest of [{ rolls: [] }, { roles: [{ name: 'a', typ: 'x' }] }, { version: 2 }]) {
      const tenant = tenantOf();
      const request = { files: [inlineFile(manifest)] };
      await refusal(tenant.configuration.compare(request, signal()));
      expect(tenant.requests).toEqual([]);
    }
  });

  it('is refused by a plan, not only by an apply, if Logto would refuse a value', async () => {
    const { configuration } = tenantOf();
    const files = [inlineFile({ applications: [{ name: 'New' }] })];
    expect(await refusal(configuration.compare({ files }, signal()))).toMatch(
      /applications\[0\]\.type: it/,
    );
  });
});

describe('a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'manifest-folder-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    [
      'two files with one key',
      { 'a.yaml': role(''), 'b.yaml': role('') },
      /b\.yaml:2:5: roles\[0\]: the role "One" is stated twice; the other place is .*a\.yaml:2:5/,
    ],
    [
      'two files with settings that a tenant has once',
      { 'a.yaml': 'sessionConfig: { ttl: 5 }', 'b.yaml': 'sessionConfig: { ttl: 6 }' },
      /b\.yaml:1:1: sessionConfig: .*a\.yaml states it too/,
    ],
    ['no file', { 'a.txt': '' }, /has no \.yaml, \.yml or \.json file/],
  ])('with %s is refused', async (name, files, expected) => {
    const path = join(folder, name);
    mkdirSync(path);
    for (const [file, text] of Object.entries(files)) {
      writeFileSync(join(path, file), text);
    }
    const tenant = tenantOf();
    const work = async () => tenant.apply(await parseTexts(anyFiles.read(path)));
    expect(await refusal(work())).toMatch(expected);
  });

  it('with a link to a file outside it is refused, and that file is not quoted', async () => {
    const path = join(folder, 'linked');
    mkdirSync(path);
    writeFileSync(join(folder, 'other.json'), '{ hidden-word }');
    symlinkSync(join(folder, 'other.json'), join(path, 'm.json'));
    const said = await refusal((async () => parseTexts(anyFiles.read(path)))());
    expect(said).toMatch(/m\.json is a link to a file outside of the folder/);
    expect(said).not.toContain('hidden-word');
  });
});

describe('files of other systems', () => {
  it.each([
    ['a byte order mark', '\uFEFFroles:\n  - name: Support\n    descriptio: x'],
    ['line ends of Windows', 'roles:\r\n  - name: Support\r\n    descriptio: x'],
  ])('are read with the correct line numbers: %s', async (_, text) => {
    expect(await applied(text)).toMatch(/m\.yaml:3:5: roles\[0\]\.descriptio/);
  });

  it('may use one alias often', async () => {
    const items = Array.from(
      { length: 200 },
      (_, index) => `  - { name: s${index}, description: *d }`,
    );
    const text = `organizationScopes:\n  - name: first\n    description: &d shared\n${items.join('\n')}`;
    const files = await parseTexts([{ name: 'm.yaml', text }]);
    const { steps } = await tenantOf().configuration.compare({ files }, signal());
    expect(steps.filter(({ action }) => action === 'create')).toHaveLength(201);
  });
});

describe('a stale plan', () => {
  it('is refused with the new difference', async () => {
    const tenant = tenantOf();
    const files = [inlineFile({ roles: [{ name: 'Support', description: 'Helps' }] })];
    const { digest } = await tenant.configuration.compare({ files }, signal());
    await tenant.send('updateRole', { id: 'support', description: 'Somebody else was here' });
    const context = {
      signal: signal(),
      client: 'test',
      confirmVia: 'plan' as const,
      answer: undefined,
      until: Number.POSITIVE_INFINITY,
      progress: () => {},
    };
    tenant.requests.length = 0;
    const consent = { digest, plan: undefined, isDigestEnough: true };
    const said = await refusal(tenant.configuration.apply({ files }, consent, context));
    expect(said).toMatch(/has changed since the comparison/);
    expect(said).toMatch(/description: "Somebody else was here" -> "Helps"/);
    expect(writesIn(tenant.requests)).toEqual([]);
  });
});
