import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { toolName } from '../../../src/catalog/operation.js';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { PolicyError, readPolicy } from '../../../src/guard/policy/policy-file.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import { connectClient, connectSandbox, tools } from '../../support/client.js';
import { answerOf } from '../../support/faults.js';
import { mailer } from '../../support/mailer.js';

const policyOf = (rules: object, profile?: string) =>
  readPolicy(JSON.stringify(rules), profile, tools);

describe('a policy', () => {
  it.each([
    ['{', 'not JSON'],
    ['{"denny": []}', 'denny'],
    ['{"confirm": "sometimes"}', 'confirm'],
    ['{"deny": ["delete_everything"]}', 'delete_everything'],
    ['{"profiles": {"a": {"allow": ["nope"]}}}', 'Choose one of the profiles'],
  ])('%s stops the start', (text, words) => {
    expect(() => readPolicy(text, undefined, tools)).toThrow(PolicyError);
    expect(() => readPolicy(text, undefined, tools)).toThrow(words);
  });

  it('with a profile that does not exist, or has an empty name, stops the start too', () => {
    const text = '{"profiles": {"a": {"allow": ["nope"]}}}';
    expect(() => readPolicy(text, 'b', tools)).toThrow('it has a');
    expect(() => readPolicy(text, 'a', tools)).toThrow('in the profile a');
  });

  it.each([
    [{ profiles: { a: {} } }, 'constructor', 'no profile "constructor"'],
    [{ profiles: { a: {} } }, '__proto__', 'no profile "__proto__"'],
    [{ allow_against_self: ['removes'] }, undefined, 'allow_against_self'],
    [{ allow_against_self: ['delete_*'] }, undefined, 'allow_against_self'],
    [
      { organizations: ['a'], profiles: { p: { organizations: ['b'] } } },
      'p',
      'no organization in common',
    ],
  ])('%j with the profile %s stops the start', (rules, profile, words) => {
    expect(() => policyOf(rules, profile)).toThrow(words);
  });

  it('of a profile adds to the rules beside it, and never weakens them', async () => {
    const base = {
      read_only: true,
      deny: ['removes'],
      allow: ['users', 'roles'],
      protect: { roles: ['Support'] },
      limits: { writes_per_run: 5, removals_per_run: 1 },
      organizations: ['a', 'b'],
    };
    const profile = {
      read_only: false,
      deny: ['hooks'],
      allow: ['roles', 'hooks'],
      protect: { roles: ['Customer'], users: ['ann'] },
      limits: { writes_per_run: 9, writes_per_minute: 2 },
      organizations: ['b', 'c'],
    };
    const both = policyOf({ ...base, profiles: { p: profile } }, 'p');
    expect(both.readOnly).toBe(true);
    expect(both.protectedOf('roles')).toEqual(['Support', 'Customer']);
    expect(both.protectedOf('users')).toEqual(['ann']);
    expect(both.limits).toEqual({ writes_per_run: 5, removals_per_run: 1, writes_per_minute: 2 });
    expect(both.organizations).toEqual(['b']);
    const writable = policyOf(
      { ...base, read_only: false, profiles: { p: { ...profile, deny: ['update_role'] } } },
      'p',
    );
    const ruleFor = (name: string) => {
      const tool = tools.find((item) => item.name === name);
      return tool && writable.forbids(tool);
    };
    expect(ruleFor('delete_role')).toBe('deny: removes');
    expect(ruleFor('update_role')).toBe('deny: update_role');
    expect(ruleFor('list_hooks')).toBe('allow: users, roles');
    expect(ruleFor('list_users')).toBe('allow: roles, hooks');
    expect(ruleFor('create_role')).toBeUndefined();
  });

  it('of a profile asks no less often, and allows nothing more against the server itself', () => {
    const both = (base: object, profile: object) =>
      policyOf({ ...base, profiles: { p: profile } }, 'p');
    expect(both({ confirm: 'all-writes' }, { confirm: 'never' }).confirm).toBe('all-writes');
    expect(both({ confirm: 'never' }, { confirm: 'all-writes' }).confirm).toBe('all-writes');
    expect(both({ confirm: 'risks' }, { confirm: 'never' }).confirm).toBe('risks');
    expect(both({}, { confirm: 'never' }).confirm).toBe('never');
    expect(both({ confirm: 'never' }, {}).confirm).toBe('never');
    const opened = both(
      { allow_against_self: ['delete_role'] },
      { allow_against_self: ['delete_role', 'delete_application'] },
    );
    const open = (name: string) =>
      tools.some((tool) => tool.name === name && opened.allowsAgainstSelf(tool));
    expect([open('delete_role'), open('delete_application')]).toEqual([true, false]);
  });

  it('asks at the risks that it lists, and combines such lists', () => {
    const both = (base: object, profile: object) =>
      policyOf({ ...base, profiles: { p: profile } }, 'p').confirm;
    expect(both({ confirm: ['trust'] }, { confirm: ['egress'] })).toEqual(['trust', 'egress']);
    expect(both({ confirm: [] }, { confirm: 'never' })).toBe('never');
    expect(both({ confirm: ['trust'] }, { confirm: 'risks' })).toBe('risks');
    expect(policyOf({ confirm: ['trust'] }).asks(['destructive'])).toBe(false);
    expect(policyOf({ confirm: ['trust'] }).asks(['destructive', 'trust'])).toBe(true);
  });

  it('suggests the name that a wrong one was probably meant to be', () => {
    for (const [rules, expected] of [
      [{ deny: ['privileg'] }, 'privilege'],
      [{ deny: ['delete_rol'] }, 'delete_role'],
      [{ readonly: true }, 'read_only'],
    ] as const) {
      expect(() => policyOf(rules)).toThrow(`Did you mean ${expected}?`);
    }
  });

  it('that denies a risk forbids the calls that carry it, and no others', async () => {
    const { call, close } = await connectSandbox({
      policy: policyOf({ confirm: 'never', deny: ['trust'] }),
    });
    const uris = (redirectUris: readonly string[]) => ({
      id: 'shop-web',
      oidcClientMetadata: { redirectUris },
    });
    const knownUri = 'https://shop.northwind.example/callback';
    expect(
      await call('update_application', uris([knownUri, 'https://evil.example/cb'])),
    ).toMatchObject({ ok: false, error: { message: expect.stringContaining('deny: trust') } });
    expect((await call('update_application', { id: 'shop-web', name: 'Renamed' })).ok).toBe(true);
    await close();
  });

  it('that allows a risk allows only the calls that carry it', async () => {
    const { call, close } = await connectSandbox({
      policy: policyOf({ confirm: 'never', allow: ['reads', 'destructive'] }),
    });
    expect((await call('delete_role', { id: 'support' })).ok).toBe(true);
    expect(await call('update_application', { id: 'shop-web', name: 'x' })).toMatchObject({
      ok: false,
      error: { code: 'forbidden_by_policy' },
    });
    await close();
  });

  it('with a duplicate member stops the start: one of the values would be ignored', () => {
    for (const text of [
      '{"deny": ["removes"], "deny": ["hooks"]}',
      '{"protect": {"roles": ["Owner"]}, "confirm": "never", "pro\\u0074ect": {}}',
      '{"profiles": {"a": {"read_only": true}, "a": {}}}',
      '{"limits": {"writes_per_run": 1, "writes_per_run" : 9}}',
    ]) {
      expect(() => readPolicy(text, undefined, tools), text).toThrow(/twice/);
    }
    const apart = '{"profiles": {"a": {"deny": ["hooks", "users"]}, "b": {"deny": ["users"]}}}';
    expect(readPolicy(apart, 'a', tools).profile).toBe('a');
    expect(readPolicy('\ufeff{"read_only": true}', undefined, tools).readOnly).toBe(true);
  });

  it('still protects its entities under a profile that protects others', async () => {
    const { call, close } = await connectSandbox({
      policy: policyOf(
        {
          confirm: 'never',
          protect: { roles: ['Support'] },
          profiles: { p: { protect: { roles: ['Customer'] } } },
        },
        'p',
      ),
    });
    for (const id of ['support', 'customer']) {
      expect(await call('update_role', { id, description: 'x' })).toMatchObject({ ok: false });
    }
    await close();
  });

  it('of the documentation can be used', () => {
    const text = readFileSync(
      new URL('../../../docs/policy.example.json', import.meta.url),
      'utf8',
    );
    expect(readPolicy(text, 'production', tools).readOnly).toBe(true);
    expect(readPolicy(text, 'staging', tools).readOnly).toBe(false);
  });

  it('hides forbidden operations, and names the rule when one is called anyway', async () => {
    const { client, call, close } = await connectSandbox({
      policy: policyOf({ deny: ['removes', 'update_user*', 'hooks'] }),
    });
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).not.toContain('delete_role');
    expect(names).not.toContain('update_user');
    expect(names).not.toContain('list_hooks');
    for (const [tool, values, rule] of [
      ['delete_role', { id: 'support' }, 'deny: removes'],
      ['update_user', { userId: 'x', name: 'y' }, 'deny: update_user*'],
      ['list_hooks', {}, 'deny: hooks'],
    ] as const) {
      expect(await call(tool, values)).toMatchObject({
        ok: false,
        error: { kind: 'permission', message: expect.stringContaining(rule) },
      });
    }
    for (const runner of [
      'run_read_operation',
      'run_write_operation',
      'run_destructive_operation',
    ]) {
      const outcome = await call(runner, { operation: 'list_hooks' });
      expect(outcome.ok).toBe(false);
    }
    expect((await call('collect_pages', { operation: 'list_hooks', fields: ['id'] })).ok).toBe(
      false,
    );
    await close();
  });

  it.each([
    { confirm: 'never', deny: ['removes'] },
    { confirm: 'never', allow: ['reads', 'adds', 'changes'] },
  ])('without removals refuses a replacement that removes something: %j', async (rules) => {
    const { call, close, sandbox } = await connectSandbox({ policy: policyOf(rules) });
    const refused = { ok: false, error: { code: 'forbidden_by_policy' } };
    const members = await call('list_organization_users', { id: 'alpine-rentals' });
    const [first, ...rest] = members.ok ? (members.answer.items ?? []).map(({ id }) => id) : [];
    const id = 'alpine-rentals';
    const path = { id, userId: first };
    for (const [tool, values] of [
      ['replace_organization_users', { id, userIds: rest }],
      ['replace_organization_users', { id, userIds: [] }],
      ['replace_organization_user_roles', { ...path, organizationRoleNames: [] }],
      ['create_connector', mailer],
    ] as const) {
      expect(await call(tool, { ...values }), tool).toMatchObject(refused);
    }
    expect(
      await call('replace_organization_users', { id, userIds: [first, ...rest] }),
    ).toMatchObject({ ok: true });
    // Clearing a value or a list removes what is there, too.
    for (const [tool, values] of [
      ['update_application', { id: 'shop-web', oidcClientMetadata: { redirectUris: [] } }],
      ['update_user', { userId: first, name: null }],
    ] as const) {
      expect(await call(tool, { ...values }), tool).toMatchObject(refused);
    }
    await close();
    const named = await connectClient({
      fetch: sandbox.fetch,
      policy: policyOf({ ...rules, allow: ['replace_organization_users', 'reads'], deny: [] }),
    });
    expect(await named.call('replace_organization_users', { id, userIds: rest })).toMatchObject({
      ok: true,
    });
    await named.close();
  });

  it('with allow permits nothing else', async () => {
    const { client, call, close } = await connectSandbox({
      policy: policyOf({ allow: ['roles', 'list_users'] }),
    });
    const matches = await call('find_operations', { words: 'organization' });
    const operations = matches.ok
      ? (matches.answer.items ?? []).map((item) => item['operation'])
      : [];
    expect(operations).toContain('list_users');
    expect(operations.filter((name) => /organization/.test(String(name)))).toEqual([]);
    // The best match is named only to say that it is forbidden.
    expect(JSON.stringify(matches)).toContain(
      'The policy of this server forbids list_organizations',
    );
    const run = { operation: 'list_organizations', arguments: {} };
    expect(await call('run_read_operation', run)).toMatchObject({
      ok: false,
      error: { code: 'forbidden_by_policy' },
    });
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toContain('list_users');
    expect(names).not.toContain('get_user');
    await close();
  });

  it('protects entities by id and by name, in the path and in the body', async () => {
    const { call, close } = await connectSandbox({
      policy: policyOf({
        confirm: 'never',
        protect: { roles: ['Support'], applications: ['warehouse-sync'] },
      }),
    });
    const user = await call('list_users', { page_size: 1, fields: ['id'] });
    const userId = user.ok ? user.answer.items?.[0]?.id : undefined;
    for (const [tool, values] of [
      ['delete_role', { id: 'support' }],
      ['update_role', { id: 'support', description: 'x' }],
      ['assign_user_roles', { userId, roleIds: ['support'] }],
      ['delete_application', { id: 'warehouse-sync' }],
      ['delete_application_role', { applicationId: 'warehouse-sync', roleId: 'stock-keeper' }],
    ] as const) {
      expect(await call(tool, values), tool).toMatchObject({
        ok: false,
        error: { code: 'forbidden_by_policy', message: expect.stringContaining('protect') },
      });
    }
    expect((await call('update_role', { id: 'customer', description: 'x' })).ok).toBe(true);
    await close();
  });

  it('allows changes only to its organizations and their members', async () => {
    const scout = await connectSandbox();
    const listed = await scout.call('list_organizations', { fields: ['id'] });
    const ids = listed.ok ? (listed.answer.items ?? []).map(({ id }) => String(id)) : [];
    await scout.close();
    const [allowed = '', other = ''] = ids;
    const { call, close } = await connectSandbox({
      policy: policyOf({ confirm: 'never', organizations: [allowed] }),
    });
    const membersOf = async (id: string) => {
      const members = await call('list_organization_users', { id, fields: ['id'] });
      return members.ok ? (members.answer.items ?? []).map((item) => String(item.id)) : [];
    };
    const memberIds = await membersOf(allowed);
    const strangers = (await membersOf(other)).filter((id) => !memberIds.includes(id));
    expect((await call('update_organization', { id: allowed, description: 'x' })).ok).toBe(true);
    expect((await call('update_user', { userId: memberIds[0], name: 'Member' })).ok).toBe(true);
    for (const [tool, values] of [
      ['update_organization', { id: other, description: 'x' }],
      ['update_user', { userId: strangers[0], name: 'x' }],
      ['create_role', { name: 'x', description: 'y' }],
      ['update_sign_in_exp', { signInMode: 'SignIn' }],
      ['create_organization', { name: 'x' }],
    ] as const) {
      expect(await call(tool, values), tool).toMatchObject({
        ok: false,
        error: { message: expect.stringContaining('organizations:') },
      });
    }
    await close();
  });

  it('counts writes and removals, per minute and per run', async () => {
    let clock = Date.now();
    const { call, close } = await connectSandbox({
      now: () => clock,
      policy: policyOf({
        confirm: 'never',
        limits: { writes_per_minute: 2, writes_per_run: 4, removals_per_run: 1 },
      }),
    });
    const write = (name: string) => call('update_role', { id: 'customer', description: name });
    expect((await write('a')).ok).toBe(true);
    expect((await write('b')).ok).toBe(true);
    expect(await write('c')).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('writes_per_minute: 2') },
    });
    clock += 61_000;
    expect((await call('delete_role', { id: 'support' })).ok).toBe(true);
    expect(await call('delete_role', { id: 'customer' })).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('removals_per_run: 1') },
    });
    expect((await write('d')).ok).toBe(true);
    clock += 61_000;
    expect(await write('e')).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('writes_per_run: 4') },
    });
    await close();
  });

  it('names its profile in whoami and in every answer to a write', async () => {
    const { call, close } = await connectSandbox({
      policy: policyOf({ confirm: 'never', profiles: { staging: {} } }, 'staging'),
    });
    expect(JSON.stringify(await call('whoami', {}))).toContain('Profile: staging.');
    expect(await call('update_role', { id: 'customer', description: 'x' })).toMatchObject({
      ok: true,
      answer: { notes: ['Profile: staging.'] },
    });
    await close();
  });

  it('is read-only when a flag says so, whatever the file says', () => {
    const policy = readPolicy('{"read_only": false}', undefined, tools, { read_only: true });
    expect(policy.readOnly).toBe(true);
    expect(defaultPolicy().readOnly).toBe(false);
  });
});

describe('its own access', () => {
  const refused = { ok: false, error: { code: 'own_access', kind: 'permission' } };

  it.each([
    ['delete_application', { id: 'sandbox' }],
    ['delete_application_secret', { id: 'sandbox', name: 'Default secret' }],
    ['delete_application_role', { applicationId: 'sandbox', roleId: 'management-api-access' }],
    ['delete_role_application', { id: 'management-api-access', applicationId: 'sandbox' }],
    ['replace_application_roles', { applicationId: 'sandbox', roleIds: ['stock-keeper'] }],
    ['delete_role', { id: 'management-api-access' }],
    ['delete_role_scope', { id: 'management-api-access', scopeId: 'management-api-all' }],
    ['delete_resource', { id: 'management-api' }],
    ['delete_resource_scope', { resourceId: 'management-api', scopeId: 'management-api-all' }],
    ['update_application', { id: 'sandbox', isAdmin: false }],
    [
      'update_application',
      {
        id: 'sandbox',
        oidcClientMetadata: { redirectUris: ['javascript:0'], postLogoutRedirectUris: [] },
      },
    ],
    ['update_application', { id: 'sandbox', customClientMetadata: { corsAllowedOrigins: ['x'] } }],
    [
      'update_sign_in_exp',
      { signIn: { methods: [] }, socialSignInConnectorTargets: [], singleSignOnEnabled: false },
    ],
  ])('is protected from %s, even if nothing must be confirmed', async (tool, values) => {
    const { call, close } = await connectSandbox();
    expect(await call(tool, values)).toMatchObject(refused);
    // The access still exists, and the message says what would have happened.
    expect((await call('list_roles', { page_size: 1 })).ok).toBe(true);
    await close();
  });

  it('is protected from every operation of the catalog that names its application', async () => {
    const rules = Object.values(catalog)
      .flatMap(({ operations }) => Object.entries(operations))
      .flatMap(([key, operation]) =>
        (operation.lockout ?? []).flatMap((rule) =>
          rule.touches === 'application' && rule.when === undefined
            ? [{ tool: toolName(key, operation), argument: rule.argument }]
            : [],
        ),
      );
    // The old secret of an application has no name, so it may always be the one in use.
    expect(rules.map(({ tool }) => tool)).toContain('delete_application_legacy_secret');
    const { call, close } = await connectSandbox();
    for (const { tool, argument } of rules) {
      const values = { [argument]: 'sandbox', ...(tool.startsWith('replace') && { roleIds: [] }) };
      expect(await call(tool, values), tool).toMatchObject(refused);
      const others = await call(tool, { ...values, [argument]: 'warehouse-sync' });
      expect(JSON.stringify(others), tool).not.toContain('own_access');
    }
    await close();
  });

  it('does not protect other applications', async () => {
    const { call, close } = await connectSandbox();
    expect(
      await call('delete_application_role', {
        applicationId: 'warehouse-sync',
        roleId: 'stock-keeper',
      }),
    ).toMatchObject({ ok: true });
    const spare = await call('create_application_secret', { id: 'sandbox', name: 'spare' });
    expect(spare.ok).toBe(true);
    expect((await call('delete_application_secret', { id: 'sandbox', name: 'spare' })).ok).toBe(
      true,
    );
    await close();
  });

  it('includes the script for its own token', async () => {
    const { call, close } = await connectSandbox();
    const before = await call('list_jwt_customizers', {});
    const path = { tokenTypePath: 'client-credentials' };
    for (const script of [
      'const getCustomJwtClaims = async ({ api }) => api.denyAccess("no");',
      // Seen on a real Logto: it accepts no token that is not valid yet.
      'const getCustomJwtClaims = async ({ token }) => ({ ["n" + "bf"]: 9999999999 });',
      // The value of the last line is called.
      'const getCustomJwtClaims = async () => ({});\n(({ api }) => api.denyAccess())//',
    ]) {
      for (const tool of ['upsert_jwt_customizer', 'update_jwt_customizer']) {
        const outcome = await call(tool, { ...path, script });
        expect(outcome, `${tool} ${script}`).toMatchObject(refused);
      }
    }
    expect(await call('list_jwt_customizers', {})).toEqual(before);
    const user = { tokenTypePath: 'access-token', script: 'x', blockIssuanceOnError: true };
    expect((await call('upsert_jwt_customizer', user)).ok).toBe(true);
    await close();
    const named = await connectSandbox({
      policy: readPolicy(
        JSON.stringify({ confirm: 'never', allow_against_self: ['upsert_jwt_customizer'] }),
        undefined,
        tools,
      ),
    });
    const outcome = await named.call('upsert_jwt_customizer', { ...path, script: 'x' });
    expect(outcome.ok).toBe(true);
    await named.close();
  });

  it('is protected from losing a role with too many scopes to read', async () => {
    const sandbox = createSandbox();
    const scopes = Array.from({ length: 100 }, (_, id) => ({ id: `s${id}` }));
    const { call, close } = await connectClient({
      fetch: async (url, init) =>
        new URL(url).pathname === '/api/roles/management-api-access/scopes'
          ? answerOf(200, JSON.stringify(scopes), {
              'content-type': 'application/json',
              'total-number': '9000',
            })
          : sandbox.fetch(url, init),
    });
    const role = { id: 'management-api-access' };
    expect(await call('delete_role', role)).toMatchObject(refused);
    expect(await call('delete_role_scope', { ...role, scopeId: 's1' })).toMatchObject(refused);
    await close();
  });

  it('includes the custom domain by which it reaches Logto', async () => {
    const domains = [
      { id: 'd1', domain: 'Auth.northwind.example', status: 'Error' },
      { id: 'd2', domain: 'old.northwind.example', status: 'Error' },
    ];
    const sent: string[] = [];
    const sandbox = createSandbox();
    const { call, close } = await connectClient({
      session: { endpoint: 'https://auth.northwind.example' },
      fetch: async (url, init) => {
        const { pathname } = new URL(url);
        if (!pathname.startsWith('/api/domains')) {
          return sandbox.fetch(url, init);
        }
        sent.push(`${init.method} ${pathname}`);
        const domain = domains.find(({ id }) => pathname.endsWith(id));
        return init.method === 'GET'
          ? answerOf(200, JSON.stringify(domain ?? domains), { 'content-type': 'application/json' })
          : answerOf(204, '');
      },
    });
    expect(await call('delete_domain', { id: 'd1' })).toMatchObject(refused);
    expect(await call('cleanup_domains', { staleDays: 1 })).toMatchObject(refused);
    expect(sent.every((item) => item.startsWith('GET'))).toBe(true);
    expect((await call('delete_domain', { id: 'd2' })).ok).toBe(true);
    domains[0] = { id: 'd1', domain: 'auth.northwind.example', status: 'Active' };
    expect((await call('cleanup_domains', { staleDays: 1 })).ok).toBe(true);
    await close();
  });

  it('can be removed if the policy names the operation', async () => {
    const { call, close } = await connectSandbox({
      policy: defaultPolicy({ confirm: 'never', allow_against_self: ['delete_application'] }),
    });
    expect((await call('delete_application', { id: 'sandbox' })).ok).toBe(true);
    await close();
  });
});
