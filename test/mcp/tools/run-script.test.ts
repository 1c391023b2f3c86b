/** `run_script` by a real client over the sandbox: recorded writes, one plan, one confirmation, one undo. */
import { afterEach, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { readPolicy } from '../../../src/guard/policy/policy-file.js';
import { Secrets } from '../../../src/guard/secrets/secrets.js';
import { isObject, listIn, memberOf, objectsIn } from '../../../src/json.js';
import { type Connected, connectSandbox, succeed, tools } from '../../support/client.js';

const open: Connected[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

type Options = Parameters<typeof connectSandbox>[0];

async function connect(options: Options = {}) {
  const connected = await connectSandbox({
    policy: defaultPolicy(),
    secrets: new Secrets(false, undefined),
    ...options,
  });
  open.push(connected);
  const run = (values: Readonly<Record<string, unknown>>) => connected.call('run_script', values);
  const ok = async (values: Readonly<Record<string, unknown>>) =>
    (await succeed(connected.call, 'run_script', values)).result as Readonly<
      Record<string, unknown>
    >;
  return { ...connected, run, ok };
}

/** How many items a count of `collect_pages` has found. */
const matchingIn = (answer: object): unknown =>
  'counts' in answer && isObject(answer.counts) ? answer.counts['matching'] : undefined;

const makeRole = `
  const role = await logto.create_role({ name: 'Script role', description: 'x' });
  return { id: role.id, name: role.name };`;

describe('a script without writes', () => {
  it('answers its value', async () => {
    const { ok } = await connect();
    expect(await ok({ code: 'return (await logto.list_roles()).length > 0;' })).toBe(true);
  });
});

describe('a script whose writes ask nothing', () => {
  it('sends them, and answers real ids instead of placeholders', async () => {
    const { ok, call } = await connect();
    const { run, returned } = (await ok({ code: makeRole })) as {
      run: { sent: number; left: number; failed: unknown[]; id: string };
      returned: { id: string; name: string };
    };
    expect(run).toMatchObject({ sent: 1, left: 0, failed: [] });
    const role = await succeed(call, 'get_role', { id: returned.id });
    expect(role.result).toMatchObject({ name: 'Script role' });
  });

  it('passes placeholders to later writes, and reads the entities that it creates', async () => {
    const { ok, call } = await connect();
    const { returned } = (await ok({
      code: `
        const api = await logto.create_resource({ name: 'Invoices', indicator: 'https://invoices.example' });
        const scope = await logto.create_resource_scope({ resourceId: api.id, name: 'read:invoices' });
        const role = await logto.create_role({ name: 'Invoice reader', description: 'x', scopeIds: [scope.id] });
        const again = await logto.get_role({ id: role.id });
        const scopes = await logto.list_resource_scopes({ resourceId: api.id });
        return { api: api.id, scope: scope.id, role: again.id, name: again.name, scopes: scopes.length };`,
    })) as { returned: { api: string; scope: string; role: string; name: string; scopes: number } };
    expect(returned).toMatchObject({ name: 'Invoice reader', scopes: 1 });
    const { items } = await succeed(call, 'list_role_scopes', { id: returned.role });
    expect(items).toMatchObject([{ id: returned.scope, resourceId: returned.api }]);
  });

  it('answers the merged image of an update, and merges a second one into the first', async () => {
    const { ok, call } = await connect();
    const made = await succeed(call, 'create_user', {
      username: 'merged',
      customData: { a: 1, b: 2 },
    });
    const userId = String(made.result?.['id']);
    const { returned } = (await ok({
      code: `
        const first = await logto.update_user({ userId: '${userId}', customData: { b: 3 } });
        const second = await logto.update_user({ userId: '${userId}', customData: { c: 4 } });
        return [first.customData, second.customData];`,
    })) as { returned: unknown };
    expect(returned).toEqual([
      { a: 1, b: 3 },
      { a: 1, b: 3, c: 4 },
    ]);
    const { result } = await succeed(call, 'get_user', { userId });
    expect(result?.['customData']).toEqual({ a: 1, b: 3, c: 4 });
  });

  it('sends nothing when it throws after a write', async () => {
    const { run, call } = await connect();
    const outcome = await run({ code: makeRole.replace('return', "throw new Error('x'); return") });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'script_thrown' } });
    expect(JSON.stringify(outcome)).toContain('recorded write was not sent');
    const { items } = await succeed(call, 'list_roles', { search: 'Script role' });
    expect(items).toEqual([]);
  });
});

const suspendAll = `
  const users = await logto.all('list_users', {});
  for (const user of users) await logto.update_user_is_suspended({ userId: user.id, isSuspended: true });
  return users.length;`;

describe('a script with many writes', () => {
  it('answers a plan, and sends exactly its writes for the plan alone', async () => {
    const { ok, call, run } = await connect();
    const planned = (await ok({ code: suspendAll })) as {
      plan: string;
      preview: { writes: number; operations: { operation: string; writes: number }[] };
      would_return: number;
    };
    expect(planned.preview.writes).toBe(planned.would_return);
    expect(planned.preview.operations).toMatchObject([
      { operation: 'update_user_is_suspended', writes: planned.would_return },
    ]);
    const before = await succeed(call, 'collect_pages', {
      operation: 'list_users',
      where: [{ field: 'isSuspended', is: 'equals', value: false }],
      count_only: true,
    });
    expect(matchingIn(before)).toBeGreaterThan(0);
    const done = await succeed(call, 'run_script', { plan: planned.plan });
    expect(done.result).toEqual({
      run: { id: expect.any(String), sent: planned.would_return, left: 0, failed: [] },
    });
    expect(done.notes).toEqual(['What the script returned and logged is as shown with the plan.']);
    const after = await succeed(call, 'collect_pages', {
      operation: 'list_users',
      where: [{ field: 'isSuspended', is: 'equals', value: false }],
      count_only: true,
    });
    expect(matchingIn(after)).toBe(0);
    expect(await run({ plan: planned.plan })).toMatchObject({
      ok: false,
      error: { code: 'plan_refused' },
    });
  });

  it('is refused with the difference when a target has changed since', async () => {
    const { ok, call, run } = await connect();
    const { plan } = (await ok({ code: suspendAll })) as { plan: string };
    const { items: [first] = [] } = await succeed(call, 'list_users', { page_size: 1 });
    const { id: userId, username } = first as { id: string; username: string };
    await succeed(call, 'update_user', { userId, name: 'Somebody else' });
    const refused = await run({ plan });
    expect(refused).toMatchObject({ ok: false, error: { code: 'plan_refused' } });
    expect(JSON.stringify(refused)).toMatch(
      /1 of the targets changed.*name: .*-> \\"Somebody else/,
    );
    expect(username).toBeDefined();
    const { result } = await succeed(call, 'get_user', { userId });
    expect(result?.['isSuspended']).not.toBe(true);
  });

  it('is undone as a whole, after one confirmation', async () => {
    const { ok, call } = await connect();
    const suspended = async () =>
      (
        await succeed(call, 'collect_pages', {
          operation: 'list_users',
          where: [{ field: 'isSuspended', is: 'equals', value: true }],
          fields: ['id'],
        })
      ).items;
    const before = await suspended();
    const { plan } = (await ok({ code: suspendAll })) as { plan: string };
    const { run } = (await ok({ plan })) as { run: { id: string } };
    const { items: [entry] = [] } = await succeed(call, 'list_changes', { limit: 1 });
    expect(entry).toMatchObject({ id: run.id, operation: 'run_script' });
    const undo = await succeed(call, 'undo_change', { change: run.id });
    const { plan: undoPlan, preview } = undo.result as { plan: string; preview: object };
    const [step, ...others] = objectsIn(memberOf(preview, 'steps'));
    expect(others).toEqual([]);
    expect(step).toMatchObject({
      operation: 'undo of update_user_is_suspended',
      undoes: { isSuspended: true },
    });
    // Those who were suspended before stay so: the list is in the order of the names.
    const sets = objectsIn(step?.['sets']).map(({ isSuspended }) => isSuspended === true);
    expect(sets).toHaveLength(Number(step?.['times']));
    expect(sets.filter((value) => value)).toHaveLength(before?.length ?? 0);
    const names = (await succeed(call, 'list_users', { page_size: 100 })).items?.map((user) =>
      String(memberOf(user, 'name')),
    );
    const on = listIn(step?.['on']).map(String);
    expect(on.length).toBe(step?.['times']);
    expect(on.filter((label) => names?.some((name) => label.startsWith(name)) !== true)).toEqual(
      [],
    );
    const done = await succeed(call, 'undo_change', { change: run.id, plan: undoPlan });
    expect(await suspended()).toEqual(before);
    const left = 'Not undone: Sessions and tokens that a suspension ended are not restored.';
    expect(done.notes?.filter((note) => note === left)).toHaveLength(1);
    // The list shows the undo as one entry too, and says how many it leaves out.
    const listed = await succeed(call, 'list_changes', {});
    expect(listed.items).toMatchObject([
      { operation: 'undo_change', undoes: run.id, writes: { update_user_is_suspended: on.length } },
      { id: run.id, undone: true },
    ]);
    expect(listed.notes).toBeUndefined();
    const first = await succeed(call, 'list_changes', { limit: 1 });
    expect(first.items).toHaveLength(1);
    expect(first.notes).toEqual(['1 older entry is not shown: give a limit of up to 100.']);
    const parts = await succeed(call, 'list_changes', { change: run.id });
    expect(parts.items?.filter((item) => memberOf(item, 'undoes') !== undefined)).toHaveLength(
      on.length,
    );
  });
});

const deleteTwo = `
  const users = await logto.list_users({ page_size: 2 });
  for (const user of users) await logto.delete_user({ userId: user.id });
  return users.map(({ id }) => id);`;

describe('the preview of a run in which many writes ask', () => {
  /** The operations of a plan, by name. */
  const operationsOf = (result: unknown) =>
    new Map(
      objectsIn(memberOf(memberOf(result, 'preview'), 'operations')).map((group) => [
        String(group['operation']),
        {
          writes: group['writes'],
          targets: listIn(group['targets']),
          samples: objectsIn(group['samples']),
        },
      ]),
    );

  it('shows the removals with cascades first, and a sample of each operation', async () => {
    const { ok } = await connect();
    const result = await ok({
      code: `
        await logto.create_role({ name: 'Left', description: 'x' });
        for (const user of await logto.all('list_users', {})) {
          await logto.delete_role_user({ id: 'support', userId: user.id });
        }
        for (const app of (await logto.list_applications({ page_size: 100 })).slice(0, 4)) {
          if (app.id !== 'sandbox') await logto.delete_application({ id: app.id });
        }
        for (const org of await logto.list_organizations({ page_size: 1 })) {
          await logto.delete_organization({ id: org.id });
        }`,
    });
    const operations = operationsOf(result);
    const relation = operations.get('delete_role_user');
    expect(relation?.writes).toBeGreaterThan(20);
    expect(relation?.samples).toHaveLength(2);
    for (const name of ['delete_application', 'delete_organization']) {
      const group = operations.get(name);
      expect(group?.samples, name).toHaveLength(Number(group?.writes));
      for (const sample of group?.samples ?? []) {
        expect(sample['cascades'], name).toBeDefined();
      }
    }
    expect(operations.get('create_role')?.samples).toHaveLength(1);
    expect(memberOf(memberOf(result, 'preview'), 'cascades_counted_for')).toBeUndefined();
  });

  it('says of how many removals cascades were counted', async () => {
    const { ok } = await connect();
    const result = await ok({
      code: `for (const user of await logto.all('list_users', {})) await logto.delete_user({ userId: user.id });`,
    });
    expect(operationsOf(result).get('delete_user')?.samples).toHaveLength(20);
    expect(memberOf(memberOf(result, 'preview'), 'cascades_counted_for')).toBe(20);
  });

  it('names the entities that the script addressed by name', async () => {
    const { ok } = await connect();
    const result = await ok({
      code: `
        const [user] = await logto.list_role_users({ id: 'name:Support' , page_size: 1 });
        await logto.delete_role_user({ id: 'name:Support', userId: user.id });`,
    });
    const [target = ''] = (operationsOf(result).get('delete_role_user')?.targets ?? []).map(String);
    expect(target).toMatch(/^role Support, user /);
  });
});

describe('new secrets', () => {
  const rotateKeys = `
    const hooks = [];
    for (const name of ['One', 'Two']) {
      const hook = await logto.create_hook({ name, events: ['User.Created'], config: { url: 'https://hooks.example/x' } });
      await logto.update_hook_signing_key({ id: hook.id });
    }`;

  it('are announced as redacted before a confirmation, where none can be saved', async () => {
    const { ok, call } = await connect({ secrets: new Secrets(false, undefined) });
    const planned = await ok({ code: rotateKeys });
    expect(memberOf(memberOf(planned, 'preview'), 'new_secrets')).toMatch(
      /^4 new secrets are redacted in the answer and cannot be saved: LOGTO_SECRETS_DIR is not set\./,
    );
    await ok({ plan: planned['plan'] });
    const { items: [hook] = [] } = await succeed(call, 'list_hooks', {});
    const single = await succeed(call, 'preview_operation', {
      operation: 'update_hook_signing_key',
      arguments: { id: memberOf(hook, 'id') },
    });
    expect(JSON.stringify(single)).toMatch(/A new secret is redacted .*LOGTO_SECRETS_DIR/);
  });

  it('are named in the answer of a run that asks nothing', async () => {
    const { call } = await connect({ policy: defaultPolicy({ confirm: 'never' }) });
    const { items: [app] = [] } = await succeed(call, 'list_applications', {});
    const answer = await succeed(call, 'run_script', {
      code: `await logto.create_application_secret({ id: '${String(memberOf(app, 'id'))}', name: 'new' });`,
    });
    expect(answer.result).toMatchObject({ run: { sent: 1 } });
    expect(answer.notes).toContainEqual(expect.stringMatching(/^A new secret is redacted/));
  });

  it('are not announced if they are shown', async () => {
    const { ok } = await connect({ secrets: new Secrets(true, undefined) });
    expect(JSON.stringify(await ok({ code: rotateKeys }))).not.toContain('new_secrets');
  });

  it('are not announced for writes that create none', async () => {
    const { ok } = await connect();
    expect(JSON.stringify(await ok({ code: deleteTwo }))).not.toContain('new_secrets');
  });
});

describe('a script with a write that asks', () => {
  it('shows its targets and cascades before anything is sent', async () => {
    const { ok, call } = await connect();
    const planned = (await ok({ code: deleteTwo })) as {
      plan: string;
      preview: { removals: number; operations: Record<string, unknown>[] };
      would_return: string[];
    };
    expect(planned.preview.removals).toBe(2);
    const [group] = planned.preview.operations;
    expect(group?.['asks_because']).toContainEqual(expect.any(String));
    expect(group?.['targets']).toHaveLength(2);
    expect(group?.['samples']).toHaveLength(2);
    const [userId = ''] = planned.would_return;
    expect((await succeed(call, 'get_user', { userId })).result).toMatchObject({ id: userId });
    await ok({ plan: planned.plan });
    expect(await call('get_user', { userId })).toMatchObject({ ok: false });
  });

  it.each(['legacy', 'modern'] as const)('asks the person once, in the %s era', async (era) => {
    const questions: string[] = [];
    const { ok, call } = await connect({
      era,
      elicit: (message) => {
        questions.push(message);
        return { action: 'accept', content: { name: 'remove 2' } };
      },
    });
    const { run } = (await ok({ code: deleteTwo })) as { run: { sent: number } };
    expect(run.sent).toBe(2);
    expect(questions).toHaveLength(1);
    expect(questions[0]).toMatch(/^2 x Delete a user for good, [^;_]*\.$/m);
    const { items } = await succeed(call, 'list_changes', { limit: 5 });
    expect(items?.[0]).toMatchObject({ operation: 'run_script', writes: { delete_user: 2 } });
  });

  it('does nothing when the person types something else', async () => {
    const { run, call } = await connect({
      elicit: () => ({ action: 'accept', content: { name: 'yes' } }),
    });
    const total = async () => (await succeed(call, 'list_users', { page_size: 1 })).page?.total;
    const before = await total();
    expect(await run({ code: deleteTwo })).toMatchObject({ ok: false });
    expect(await total()).toBe(before);
  });
});

describe('a script under a policy', () => {
  it('is refused a denied operation, at the call', async () => {
    const { run } = await connect({ policy: defaultPolicy({ deny: ['removes'] }) });
    expect(await run({ code: deleteTwo })).toMatchObject({
      ok: false,
      error: { code: 'forbidden_by_policy' },
    });
  });

  it('is refused a change of a protected entity', async () => {
    const { items: [first] = [] } = await succeed((await connect()).call, 'list_users', {
      page_size: 1,
    });
    const { id } = first as { id: string };
    const { run } = await connect({
      policy: readPolicy(JSON.stringify({ protect: { users: [id] } }), undefined, tools),
    });
    expect(
      await run({ code: `await logto.update_user({ userId: '${id}', name: 'x' });` }),
    ).toMatchObject({ ok: false, error: { code: 'forbidden_by_policy' } });
  });

  it('is refused as a whole when it would exceed a rate limit', async () => {
    const { run, call } = await connect({
      policy: defaultPolicy({ limits: { writes_per_run: 5 } }),
    });
    expect(
      await run({
        code: `for (let i = 0; i < 6; i += 1) await logto.create_role({ name: 'Ceiling ' + i, description: 'x' });`,
      }),
    ).toMatchObject({ ok: false, error: { code: 'forbidden_by_policy' } });
    const { items } = await succeed(call, 'list_roles', { search: 'Ceiling' });
    expect(items).toEqual([]);
  });

  it('cannot revoke the access of this server', async () => {
    const { run } = await connect();
    expect(await run({ code: "await logto.delete_application({ id: 'sandbox' });" })).toMatchObject(
      { ok: false, error: { code: 'own_access' } },
    );
  });

  it('does not exist in read-only mode', async () => {
    const { client } = await connect({ registry: { readOnly: true } });
    const { tools: listed } = await client.listTools();
    const names = listed.map(({ name }) => name);
    expect(names).toContain('run_read_script');
    expect(names).not.toContain('run_script');
  });
});

describe('a run that meets an error', () => {
  const twoRoles = (name: string) => `
    await logto.create_role({ name: 'First ${name}', description: 'x' });
    await logto.create_role({ name: 'First ${name}', description: 'x' });
    await logto.create_organization({ name: 'After ${name}' });`;

  it('stops at the first failure, and reports what is done', async () => {
    const { call } = await connect();
    const answer = await succeed(call, 'run_script', { code: twoRoles('stop') });
    expect(answer.result).toMatchObject({
      run: { failed: [{ operation: 'create_role', message: expect.any(String) }] },
    });
    const { items } = await succeed(call, 'list_roles', { search: 'First stop' });
    expect(items).toHaveLength(1);
  });

  it('continues if the call says so', async () => {
    const { call } = await connect();
    const answer = await succeed(call, 'run_script', {
      code: twoRoles('go'),
      on_error: 'continue',
    });
    expect(answer.result).toMatchObject({
      run: { sent: 2, failed: [{ operation: 'create_role' }] },
    });
    const { items } = await succeed(call, 'list_organizations', { q: 'After go' });
    expect(items).toHaveLength(1);
  });

  it('does not send a write that needs an entity that was not created', async () => {
    const { call } = await connect();
    await succeed(call, 'create_role', { name: 'Taken', description: 'x' });
    const answer = await succeed(call, 'run_script', {
      code: `
        const role = await logto.create_role({ name: 'Taken', description: 'x' });
        const [user] = await logto.list_users({ page_size: 1 });
        await logto.assign_user_roles({ userId: user.id, roleIds: [role.id] });`,
      on_error: 'continue',
    });
    expect(answer.result).toMatchObject({
      run: { sent: 0, failed: [{ operation: 'create_role' }, { operation: 'assign_user_roles' }] },
    });
  });
});

describe('an attack through a script', () => {
  it('with an invented plan does nothing', async () => {
    const { run } = await connect();
    expect(await run({ plan: 'plan-invented' })).toMatchObject({
      ok: false,
      error: { code: 'plan_refused' },
    });
    expect(await run({ plan: 'plan-invented', code: 'return 1;' })).toMatchObject({ ok: false });
    expect(await run({})).toMatchObject({ ok: false });
  });

  it('cannot compute a secret', async () => {
    const { ok } = await connect();
    const value = await ok({
      code: `
        const secrets = await logto.list_application_secrets({ id: 'warehouse-sync' });
        const hooks = await logto.list_hooks();
        return [...secrets, ...hooks].map((one) => [...JSON.stringify(one)].reverse().join(''));`,
    });
    const text = JSON.stringify(value);
    expect(text).toContain('detcader');
    expect([...text].reverse().join('')).not.toMatch(/"value":"(?!\[redacted)[^"]{8,}/);
  });

  it('cannot make a name of the tenant into code', async () => {
    const { ok, call } = await connect();
    await succeed(call, 'create_organization', { name: "');throw new Error('run');('" });
    const value = await ok({
      code: `
        const [org] = await logto.list_organizations({ q: 'throw' });
        try { return eval(org.name); } catch (e) { return e.message; }`,
    });
    expect(value).toMatch(/cannot turn text into code/);
  });
});
