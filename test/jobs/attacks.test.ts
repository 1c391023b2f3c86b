/** Attempts of a script to do what it must not, through the whole server: none may change or reveal anything. */
import { afterEach, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { readPolicy } from '../../src/guard/policy/policy-file.js';
import { Secrets } from '../../src/guard/secrets/secrets.js';
import { memberOf, objectsIn } from '../../src/json.js';
import { applicationSecrets, hooks, users, usersRoles } from '../../src/sandbox/entities.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { Tenant } from '../../src/sandbox/tenant.js';
import { type Connected, connectClient, succeed, tools } from '../support/client.js';
import { differenceOf, keysOf, ObservedTenant } from '../support/tenant-state.js';

const open: Connected[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((item) => item.close()));
});

type Options = Partial<Parameters<typeof connectClient>[0]>;

async function connect<T extends Tenant>(tenant: T, options: Options = {}) {
  const sent: { method: string; url: string; body: unknown }[] = [];
  const { fetch } = createSandbox({ tenant });
  const connected = await connectClient({
    policy: defaultPolicy(),
    secrets: new Secrets(false, undefined),
    fetch: async (url, request) => {
      if (request.method !== 'GET' && !url.endsWith('/oidc/token')) {
        sent.push({
          method: request.method,
          url,
          body: request.body && JSON.parse(String(request.body)),
        });
      }
      return fetch(url, request);
    },
    ...options,
  });
  open.push(connected);
  const run = (values: Readonly<Record<string, unknown>>) => connected.call('run_script', values);
  const ok = async (code: string) => (await succeed(connected.call, 'run_script', { code })).result;
  return { ...connected, tenant, sent, run, ok };
}

const sandbox = (options: Options = {}) => connect(new Tenant(Date.now), options);

describe('a result', () => {
  it('with polluted prototypes changes nothing outside the script', async () => {
    const { ok, sent } = await sandbox();
    expect(
      await ok(`
        const [user] = await logto.list_users({ page_size: 1 });
        user.__proto__.polluted = 'yes';
        user.constructor.prototype.isSuspended = true;
        Object.prototype.userId = 'somebody';
        Array.prototype.toJSON = function () { return 'gone'; };
        try { await logto.get_user({}); return 'read'; } catch (error) { return error.message; }`),
    ).toMatch(/userId/);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(({} as Record<string, unknown>)['isSuspended']).toBeUndefined();
    expect(sent).toEqual([]);
  });

  it('with a member __proto__ stays data, in the plan, in the request and in the journal', async () => {
    const { run, sent, tenant } = await sandbox();
    const [user] = tenant.table(users).all();
    const outcome = await run({
      code: `await logto.update_user({ userId: '${user?.id}', customData: JSON.parse('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}}}') });`,
    });
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    if (outcome.ok) {
      expect(sent).toHaveLength(1);
      expect(Object.keys(Object(memberOf(sent[0]?.body, 'customData')))).toContain('constructor');
    } else {
      expect(sent).toEqual([]);
    }
  });
});

describe('a write that is shown as one thing and sent as another', () => {
  it.each([
    ['a getter', `let n = 0; const input = { get userId() { n += 1; return ids[n - 1]; } };`],
    [
      'a toJSON that changes',
      `let n = 0; const input = { toJSON() { n += 1; return { userId: ids[n - 1] }; } };`,
    ],
    [
      'a proxy',
      `let n = 0; const input = new Proxy({ userId: '' }, { get: (_, name) => (name === 'userId' ? ids[n++] : undefined) });`,
    ],
    [
      'a change after the call',
      `const input = { userId: ids[0] }; setTimeoutless = () => { input.userId = ids[1]; };`,
    ],
  ])('by %s is the same in the plan and in the request', async (_, created) => {
    const { run, sent } = await sandbox();
    const planned = await run({
      code: `
        var setTimeoutless = () => {};
        const ids = (await logto.list_users({ page_size: 5 })).map(({ id }) => id);
        ${created}
        const pending = logto.delete_user(input);
        setTimeoutless();
        await pending;
        return ids;`,
    });
    expect(planned).toMatchObject({ ok: true });
    const result = planned.ok ? planned.answer.result : undefined;
    expect(sent).toEqual([]);
    const [operation] = objectsIn(memberOf(memberOf(result, 'preview'), 'operations'));
    const [sample] = objectsIn(memberOf(operation, 'samples'));
    const shown = memberOf(memberOf(sample, 'arguments'), 'userId');
    await run({ plan: memberOf(result, 'plan') });
    expect(sent.map(({ url }) => url)).toEqual([
      expect.stringContaining(`/api/users/${String(shown)}`),
    ]);
  });

  it('by names that look alike or hide characters is shown with marked characters', async () => {
    const { run } = await sandbox();
    expect(await run({ code: "await logto.delete_uѕer({ userId: 'x' });" })).toMatchObject({
      ok: false,
      error: { code: 'unknown_operation' },
    });
    const planned = await run({
      code: `
        const role = await logto.create_role({ name: 'Sup\\u202Eport\\u200B', description: 'x' });
        await logto.delete_user({ userId: (await logto.list_users({ page_size: 1 }))[0].id });`,
    });
    const text = JSON.stringify(planned);
    expect(planned.ok).toBe(true);
    expect(text).not.toMatch(/[\u202E\u200B]/);
    expect(text).toMatch(/202E/i);
  });

  it('by a duplicate or escaped key has the last value, everywhere', async () => {
    const { run, sent } = await sandbox();
    await run({
      code: `await logto.create_role(JSON.parse('{"name":"First","n\\\\u0061me":"Second","description":"x"}'));`,
    });
    expect(sent.map(({ body }) => memberOf(body, 'name'))).toEqual(['Second']);
  });

  it('by a placeholder in a text names the created entity, and nothing else', async () => {
    const { ok, sent } = await sandbox();
    await ok(`
      const role = await logto.create_role({ name: 'Made', description: 'x' });
      await logto.create_role({ name: 'See ' + role.id, description: 'new-role-1-00000000' });`);
    const [first, second] = sent;
    expect(memberOf(second?.body, 'description')).toBe('new-role-1-00000000');
    expect(memberOf(second?.body, 'name')).not.toContain('new-');
    expect(memberOf(first?.body, 'name')).toBe('Made');
  });
});

describe('a secret', () => {
  it('cannot be computed from what a script reads', async () => {
    const { ok, tenant } = await sandbox();
    const planted = tenant
      .table(applicationSecrets)
      .all()
      .map(({ value }) => String(value));
    const keys = tenant
      .table(hooks)
      .all()
      .map((hook) => String(memberOf(hook, 'signingKey')));
    expect(planted.length + keys.length).toBeGreaterThan(2);
    const codes = await ok(`
      const apps = await logto.all('list_applications', {});
      const all = [
        ...apps, ...(await logto.all('list_hooks', {})),
        ...(await Promise.all(apps.map(({ id }) => logto.list_application_secrets({ id })))).flat(),
        ...(await logto.all('list_connectors', {})),
      ];
      return all.map((one) => [...JSON.stringify(one)].map((c) => c.codePointAt(0) + 1));`);
    const decoded = (Array.isArray(codes) ? codes : [])
      .map((code: number[]) => String.fromCodePoint(...code.map((point) => point - 1)))
      .join('\n');
    expect(decoded).toContain('warehouse-sync');
    for (const secret of [...planted, ...keys]) {
      expect(decoded.includes(secret), 'a secret').toBe(false);
    }
  });

  it('cannot be compared: two references to equal secrets differ, and one cannot be sent', async () => {
    const { ok, run, sent } = await sandbox();
    const values = await ok(`
      const read = async () => (await logto.list_application_secrets({ id: 'warehouse-sync' }))[0].value;
      return [await read(), typeof (await read())];`);
    expect(JSON.stringify(values)).not.toMatch(/"[A-Za-z0-9]{24,}"/);
    const outcome = await run({
      code: `
        const [{ value }] = await logto.list_application_secrets({ id: 'warehouse-sync' });
        await logto.create_user({ username: 'thief', customData: { stolen: value } });`,
    });
    expect(JSON.stringify([outcome, sent])).not.toMatch(/"[A-Za-z0-9]{32,}"/);
  });
});

describe('a plan', () => {
  const remove =
    'await logto.delete_user({ userId: (await logto.list_users({ page_size: 1 }))[0].id });';

  it('of one server is unknown to another', async () => {
    const [first, second] = [await sandbox(), await sandbox()];
    const plan = memberOf(await first.ok(remove), 'plan');
    expect(await second.run({ plan })).toMatchObject({
      ok: false,
      error: { code: 'plan_refused' },
    });
    expect(second.sent).toEqual([]);
    expect(await first.run({ plan })).toMatchObject({ ok: true });
  });

  it('is used once, also by two calls at the same time', async () => {
    const { ok, run, sent } = await sandbox();
    const plan = memberOf(await ok(remove), 'plan');
    const outcomes = await Promise.all([run({ plan }), run({ plan }), run({ plan })]);
    expect(outcomes.filter(({ ok: isOk }) => isOk)).toHaveLength(1);
    expect(sent).toHaveLength(1);
    expect(await run({ plan })).toMatchObject({ ok: false, error: { code: 'plan_refused' } });
  });

  it('of a script confirms no single call, and that of a call confirms no script', async () => {
    const { ok, call, run, sent } = await sandbox();
    const plan = memberOf(await ok(remove), 'plan');
    const { items: [user] = [] } = await succeed(call, 'list_users', { page_size: 1 });
    const userId = memberOf(user, 'id');
    expect(await call('delete_user', { userId, plan })).toMatchObject({ ok: false });
    const single = await succeed(call, 'delete_user', { userId });
    expect(await run({ plan: memberOf(single.result, 'plan') })).toMatchObject({ ok: false });
    expect(sent).toEqual([]);
  });

  it('is refused with the difference for each kind of target that has changed', async () => {
    const { ok, run, sent, tenant } = await sandbox();
    const plan = memberOf(
      await ok(`
        await logto.delete_organization({ id: 'harbour-wheels' });
        await logto.delete_role({ id: 'support' });`),
      'plan',
    );
    const before = sent.length;
    // Another program gives the role to somebody, which the preview has counted.
    const [person] = tenant.table(users).all();
    tenant.relation(usersRoles).add(String(person?.id), 'support');
    expect(await run({ plan })).toMatchObject({
      ok: false,
      error: {
        code: 'plan_refused',
        message: expect.stringMatching(/1 of the targets changed.*Support.*cascades/),
      },
    });
    expect(sent).toHaveLength(before);
  });
});

describe('an entity that a script creates', () => {
  it.each([
    [
      'a role',
      `const role = await logto.create_role({ name: 'Quiet', description: 'x', type: 'MachineToMachine' });
       await logto.create_role_scope({ id: role.id, scopeIds: [scope] });
       await logto.create_role_application({ id: role.id, applicationIds: ['shop-web'] });`,
    ],
    [
      'a role with its scopes',
      `const role = await logto.create_role({ name: 'Quiet', description: 'x', type: 'User', scopeIds: [scope] });
       await logto.assign_user_roles({ userId: (await logto.list_users({ page_size: 1 }))[0].id, roleIds: [role.id] });`,
    ],
    [
      'an organization role',
      `const role = await logto.create_organization_role({ name: 'Quiet', resourceScopeIds: [scope] });
       const user = (await logto.list_users({ page_size: 1 }))[0].id;
       const org = await logto.create_organization({ name: 'Quiet' });
       await logto.add_organization_users({ id: org.id, userIds: [user] });
       await logto.assign_organization_roles_to_user({ id: org.id, userId: user, organizationRoleIds: [role.id] });`,
    ],
  ])('does not hide that it grants the Management API: %s', async (_, code) => {
    const { run, sent } = await sandbox();
    const outcome = await run({
      code: `
        const own = (await logto.all('list_resources', {})).find(({ indicator }) => indicator.endsWith('logto.app/api'));
        const scope = (await logto.all('list_resource_scopes', { resourceId: own.id }))[0].id;
        ${code}`,
    });
    expect(sent).toEqual([]);
    expect(outcome).toMatchObject({ ok: true, answer: { result: { plan: expect.any(String) } } });
    expect(JSON.stringify(outcome)).toMatch(/asks_because.*Management API/);
  });

  it('does not hide an existing entity of the same name', async () => {
    const { ok, run, sent } = await sandbox();
    const result = await ok(`
      await logto.create_role({ name: 'support', description: 'x' });
      return (await logto.delete_role({ id: 'support' })) ?? 'recorded';`);
    const text = JSON.stringify(memberOf(result, 'preview'));
    expect(text).toContain('"acts_on":"Support"');
    expect(text).toContain('"role_users":"2 users lose this role"');
    expect(await run({ plan: memberOf(result, 'plan') })).toMatchObject({ ok: true });
    expect(sent).toHaveLength(2);
  });

  it('does not bypass a protection by another name', async () => {
    const policy = readPolicy(
      JSON.stringify({ protect: { roles: ['Support'] } }),
      undefined,
      tools,
    );
    const { run, sent } = await sandbox({ policy });
    for (const id of ['support', 'name:Support']) {
      expect(
        await run({ code: `await logto.update_role({ id: '${id}', name: 'Harmless' });` }),
      ).toMatchObject({
        ok: false,
        error: { code: 'forbidden_by_policy' },
      });
    }
    expect(sent).toEqual([]);
  });
});

describe('a script that fails', () => {
  it.each([
    ['throws', 'throw 1;'],
    ['exhausts its memory', 'return new Array(1e9).fill(0);'],
    ['returns too much', "return 'x'.repeat(50000);"],
    ['returns what is no JSON', 'return 1n;'],
    ['waits for nothing', 'await new Promise(() => {});'],
    ['is refused a later write', "await logto.delete_application({ id: 'sandbox' });"],
    [
      'exceeds its writes',
      "for (let i = 0; i < 1001; i += 1) await logto.create_role({ name: 'r' + i, description: 'x' });",
    ],
  ])(
    'because it %s changes nothing',
    async (_, ending) => {
      const tenant = new ObservedTenant(Date.now);
      const { run } = await connect(tenant);
      const before = tenant.state();
      const outcome = await run({
        code: `await logto.create_role({ name: 'Before the end', description: 'x' });\n${ending}`,
      });
      expect(outcome.ok).toBe(false);
      expect(keysOf(differenceOf(before, tenant.state()))).toEqual([]);
    },
    60_000,
  );
});

describe('what the policy forbids', () => {
  it('cannot be read by a script, by a list, by a reference or by explain_user', async () => {
    const { run, call } = await sandbox({ policy: defaultPolicy({ deny: ['users'] }) });
    for (const code of [
      "return await logto.get_user({ userId: 'x' });",
      "return await logto.all('list_users', {});",
      "return await logto.list_role_users({ id: 'support' }).then(() => logto.list_users());",
    ]) {
      expect(await run({ code })).toMatchObject({
        ok: false,
        error: { code: 'forbidden_by_policy' },
      });
    }
    expect(await call('explain_user', { user: 'olga@example.com' })).toMatchObject({ ok: false });
  });
});
