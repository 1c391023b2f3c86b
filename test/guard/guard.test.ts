/** The one way to the tenant: what it refuses, plans, sends, redacts and records, without a server around it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import type { Operation } from '../../src/catalog/operation.js';
import type { Actor } from '../../src/guard/actor.js';
import type { Caller, Outcome, WriteOptions } from '../../src/guard/call.js';
import { ConfirmationRequired, Guard, type GuardOptions } from '../../src/guard/guard.js';
import { type Catalog, OperationGraph, type Values } from '../../src/guard/operation-graph.js';
import { defaultPolicy, Policy, type Rules } from '../../src/guard/policy/policy.js';
import { Secrets } from '../../src/guard/secrets/secrets.js';
import { memoryJournal } from '../../src/guard/undo/journal.js';
import { memberOf, objectsIn } from '../../src/json.js';
import { createSession, type Session } from '../../src/logto/session.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';

const graph = new OperationGraph(catalog);
const named = (name: string) => graph.keyed(name);
const caller: Caller = {
  signal: AbortSignal.timeout(60_000),
  client: 'test-client',
  confirmVia: 'plan',
  answer: undefined,
};

let sandbox: Sandbox;
/** Every request for an operation, with the session that sent it. */
let seen: string[];
beforeEach(() => {
  sandbox = createSandbox();
  seen = [];
});

function sessionNamed(name: string): Session {
  return createSession({
    ...sandboxSettings,
    fetch: async (url, init) => {
      const { pathname } = new URL(url);
      if (pathname.startsWith('/api/')) {
        seen.push(`${name} ${init.method} ${pathname}`);
      }
      return sandbox.fetch(url, init);
    },
  });
}

function guardUnder(rules: Rules = {}, options: Partial<GuardOptions> = {}): Guard {
  return new Guard({
    session: sessionNamed('calls'),
    load: async () => catalog,
    permitted: graph.operations.map(({ name }) => name),
    policy: defaultPolicy(rules),
    self: sandboxSettings,
    secrets: new Secrets(false, undefined),
    lines: memoryJournal(),
    ...options,
  });
}

const perform = (
  guard: Guard,
  name: string,
  values: Values,
  options: WriteOptions = {},
  by = caller,
) => guard.perform(named(name), values, by, options);

/** A call that must be sent. @returns the body of its answer */
async function sent(
  guard: Guard,
  name: string,
  values: Values,
  options?: WriteOptions,
): Promise<unknown> {
  const outcome = await perform(guard, name, values, options);
  if (outcome.kind !== 'done') {
    throw new Error(`${name} was not sent: ${JSON.stringify(outcome)}`);
  }
  return outcome.reply.body;
}

const made = async (name: string, values: Values): Promise<string> =>
  String(memberOf(await sent(guardUnder({ confirm: 'never' }), name, values), 'id'));

const planOf = (outcome: Outcome): string => {
  if (outcome.kind !== 'planned') {
    throw new Error('It was sent.');
  }
  return outcome.plan;
};

const writes = () => seen.filter((request) => !request.includes(' GET '));
const failingWith = (code: string) => ({ failure: { code } });

describe('an operation', () => {
  it('that the policy forbids, or that is not permitted, is refused before anything is sent', async () => {
    const denied = guardUnder({ deny: ['list_users', 'delete_user'] });
    const excluded = guardUnder({}, { permitted: ['list_roles'] });
    for (const [guard, code] of [
      [denied, 'forbidden_by_policy'],
      [excluded, 'excluded'],
    ] as const) {
      for (const [name, values] of [
        ['list_users', {}],
        ['delete_user', { userId: 'u' }],
      ] as const) {
        await expect(perform(guard, name, values)).rejects.toMatchObject(failingWith(code));
        expect(guard.refusal(named(name))?.failure.code).toBe(code);
      }
      await expect(
        guard.readForComparison(named('list_users'), {}, caller.signal),
      ).rejects.toMatchObject(failingWith(code));
      await expect(
        guard.preview(named('delete_user'), { userId: 'u' }, caller),
      ).rejects.toMatchObject(failingWith(code));
      expect(guard.refusal(named('list_roles'))).toBeUndefined();
    }
    expect(seen).toEqual([]);
  });

  it('that only the served document has is permitted where that is said', () => {
    const guard = guardUnder({}, { permitted: [], permitsServed: (name) => name === 'list_users' });
    expect(guard.refusal(named('list_users'))).toBeUndefined();
    expect(guard.refusal(named('list_roles'))?.failure.code).toBe('excluded');
  });
});

describe('a read', () => {
  it('answers without secrets and says so, unless it is for a comparison', async () => {
    await made('create_hook', {
      name: 'h',
      events: ['User.Created'],
      config: { url: 'https://h.io/' },
    });
    const guard = guardUnder();
    const outcome = await perform(guard, 'list_hooks', {});
    const [shown] = objectsIn(outcome.kind === 'done' ? outcome.reply.body : []);
    expect(shown?.['signingKey']).toMatch(/^\[redacted/);
    expect(outcome).toMatchObject({ notes: [expect.stringContaining('redacted')] });
    const clear = await guard.readForComparison(named('list_hooks'), {}, caller.signal);
    const [hook] = objectsIn(clear.body);
    expect(hook?.['signingKey']).not.toMatch(/redacted/);
    expect(hook?.['signingKey']).toBeTruthy();
  });

  it('has no notes where nothing is to be said', async () => {
    expect(await perform(guardUnder(), 'list_roles', {})).toMatchObject({
      kind: 'done',
      notes: [],
    });
  });

  it('for a comparison can be of another tenant', async () => {
    const other = sessionNamed('other');
    await guardUnder().readForComparison(named('list_roles'), {}, caller.signal, other);
    expect(seen).toEqual(['other GET /api/roles']);
  });
});

describe('a write that asks nothing', () => {
  it('is sent and recorded, with who made it and under which profile', async () => {
    const lines = memoryJournal();
    const guard = guardUnder({}, { policy: new Policy({}, 'staging'), lines });
    const actor = { key: 'ada client', sub: 'ada', clientId: 'client' };
    const outcome = await perform(
      guard,
      'create_role',
      { name: 'R', description: 'x' },
      {},
      { ...caller, actor },
    );
    expect(outcome).toMatchObject({ kind: 'done', notes: ['Profile: staging.'] });
    expect(await guard.changes()).toMatchObject([
      {
        operation: 'create_role',
        client: 'test-client',
        profile: 'staging',
        actor: { sub: 'ada', client_id: 'client' },
        outcome: 'done',
      },
    ]);
    const [change] = await guard.changes();
    expect(change && (await guard.describeChange(change))).toEqual({
      blocker: undefined,
      hidden: undefined,
    });
  });

  it('says no profile where there is none, and what a merge has kept', async () => {
    const userId = await made('create_user', { username: 'u', customData: { a: 1 } });
    const outcome = await perform(guardUnder(), 'update_user', { userId, customData: { b: 2 } });
    expect(outcome).toMatchObject({
      kind: 'done',
      notes: [expect.stringContaining('Kept in customData: a.')],
    });
  });

  it('is merged with what an earlier one on the same entity has left', async () => {
    const userId = await made('create_user', { username: 'merged' });
    const guard = guardUnder();
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        sent(guard, 'update_user', { userId, customData: { [name]: 1 } }),
      ),
    );
    expect(await sent(guard, 'get_user', { userId })).toMatchObject({
      customData: { a: 1, b: 1, c: 1 },
    });
  });

  it('is counted against the ceilings, and for each person alone', async () => {
    const role = (name: string) => ({ name, description: 'x' });
    const guard = guardUnder({ limits: { writes_per_minute: 1 } });
    await sent(guard, 'create_role', role('R1'));
    await expect(perform(guard, 'create_role', role('R2'))).rejects.toMatchObject(
      failingWith('forbidden_by_policy'),
    );
    const personal = guardUnder(
      {},
      { policy: new Policy({}, undefined, [], undefined, { writes_per_minute: 1 }) },
    );
    const by = (key: string) => ({ ...caller, actor: { key, sub: key, clientId: 'c' } });
    for (const key of ['ada', 'rio']) {
      await perform(personal, 'create_role', role(key), {}, by(key));
      await expect(
        perform(personal, 'create_role', role(`${key}2`), {}, by(key)),
      ).rejects.toMatchObject(failingWith('forbidden_by_policy'));
    }
  });

  it('is not sent for a caller who has left', async () => {
    const controller = new AbortController();
    controller.abort(new Error('left'));
    const by = { ...caller, signal: controller.signal };
    await expect(
      perform(guardUnder(), 'create_role', { name: 'R', description: 'x' }, {}, by),
    ).rejects.toThrow('left');
    expect(seen).toEqual([]);
  });

  it('of what is there already is refused with all of it', async () => {
    const userId = await made('create_user', { username: 'there' });
    const guard = guardUnder({ confirm: 'never' });
    const values = { id: 'support', userIds: [userId] };
    await sent(guard, 'create_role_user', values);
    await expect(perform(guard, 'create_role_user', values)).rejects.toMatchObject({
      message: expect.stringContaining(userId),
    });
  });
});

describe('a write that asks', () => {
  let userId: string;
  beforeEach(async () => {
    userId = await made('create_user', { username: 'asked_for', customData: { a: 1 } });
    seen = [];
  });

  it('is planned, and sent by the same call with the plan, once', async () => {
    const guard = guardUnder();
    const outcome = await perform(guard, 'delete_user', { userId });
    expect(outcome).toMatchObject({ kind: 'planned', preview: { operation: 'delete_user' } });
    expect(outcome).not.toHaveProperty('preview.steps');
    expect(writes()).toEqual([]);
    const plan = planOf(outcome);
    await sent(guard, 'delete_user', { userId }, { plan });
    expect(writes()).toEqual([`calls DELETE /api/users/${userId}`]);
    await expect(perform(guard, 'delete_user', { userId }, { plan })).rejects.toMatchObject(
      failingWith('plan_refused'),
    );
  });

  it.each<
    readonly [
      name: string,
      other: { readonly values?: Values; readonly options?: WriteOptions; readonly actor?: Actor },
    ]
  >([
    ['other arguments', { values: { name: 'other' } }],
    ['a replacement in place of a merge', { options: { replaceWhole: true } }],
    ['another person', { actor: { key: 'rio', sub: 'rio', clientId: 'c' } }],
  ])('is not sent with the plan and %s', async (_, { values, options, actor }) => {
    const guard = guardUnder({ confirm: 'all-writes' });
    const input = { userId, customData: { b: 1 } };
    const plan = planOf(await perform(guard, 'update_user', input));
    const other = { ...input, ...values };
    await expect(
      perform(guard, 'update_user', other, { plan, ...options }, { ...caller, actor }),
    ).rejects.toMatchObject(failingWith('plan_refused'));
    expect(writes()).toEqual([]);
  });

  it('that replaces a whole setting is confirmed as that', async () => {
    const guard = guardUnder({ confirm: 'all-writes' });
    const input = { userId, customData: { b: 1 } };
    const plan = planOf(await perform(guard, 'update_user', input, { replaceWhole: true }));
    expect(await sent(guard, 'update_user', input, { plan, replaceWhole: true })).toMatchObject({
      customData: { b: 1 },
    });
    const merged = planOf(await perform(guard, 'update_user', { userId, customData: { c: 1 } }));
    expect(
      await sent(guard, 'update_user', { userId, customData: { c: 1 } }, { plan: merged }),
    ).toMatchObject({ customData: { b: 1, c: 1 } });
  });

  it('is not sent where what it acts on has changed since', async () => {
    const guard = guardUnder({ confirm: 'all-writes' });
    const plan = planOf(await perform(guard, 'update_user', { userId, name: 'x' }));
    await sent(guardUnder({ confirm: 'never' }), 'update_user', { userId, name: 'changed' });
    seen = [];
    await expect(
      perform(guard, 'update_user', { userId, name: 'x' }, { plan }),
    ).rejects.toMatchObject({
      failure: { code: 'plan_refused' },
      message: expect.stringContaining(plan),
    });
    expect(writes()).toEqual([]);
  });

  it('is sent by the answer of the person, where the client can ask', async () => {
    const guard = guardUnder();
    const asking = { ...caller, confirmVia: 'question' as const };
    const question = await perform(guard, 'delete_user', { userId }, {}, asking).catch(
      (error) => error,
    );
    expect(question).toBeInstanceOf(ConfirmationRequired);
    const { plan, expected } = question as ConfirmationRequired;
    const answer = { action: 'accept', name: expected, plan } as const;
    expect(
      await perform(guard, 'delete_user', { userId }, {}, { ...asking, answer }),
    ).toMatchObject({ kind: 'done' });
  });

  it('is not planned for what does not exist', async () => {
    await expect(perform(guardUnder(), 'delete_user', { userId: 'nobody' })).rejects.toMatchObject({
      failure: { code: 'entity.not_found' },
      message: expect.stringContaining('Nothing was changed.'),
    });
  });

  it('is previewed without being sent, whether it asks or not', async () => {
    const guard = guardUnder();
    expect(await guard.preview(named('delete_user'), { userId }, caller)).toMatchObject({
      operation: 'delete_user',
      acts_on: 'asked_for',
    });
    const replaced = await guard.preview(
      named('update_user'),
      { userId, customData: { b: 1 } },
      caller,
      { replaceWhole: true },
    );
    expect(replaced).toMatchObject({ loses: ['customData.a'] });
    expect(writes()).toEqual([]);
    expect(await guard.changes()).toEqual([]);
  });

  it('is read in fewer requests for its confirmation', async () => {
    const guard = guardUnder({ confirm: 'all-writes' });
    const plan = planOf(await perform(guard, 'delete_role', { id: 'support' }));
    const forPlan = seen.length;
    seen = [];
    await sent(guard, 'delete_role', { id: 'support' }, { plan });
    expect(forPlan).toBeLessThanOrEqual(12);
    expect(seen.length).toBeLessThanOrEqual(4);
  });
});

describe('the reads of the guard', () => {
  it('go through a session of their own, where there is one', async () => {
    const guard = guardUnder({}, { readSession: sessionNamed('reads') });
    const id = await made('create_role', { name: 'R', description: 'x' });
    seen = [];
    await sent(guard, 'update_role', { id, description: 'y' });
    expect(seen.filter((request) => request.startsWith('calls'))).toEqual([
      `calls PATCH /api/roles/${id}`,
    ]);
    expect(seen.filter((request) => request.startsWith('reads'))).toContain(
      `reads GET /api/roles/${id}`,
    );
  });

  it('find what the policy names, where it names anything', async () => {
    await guardUnder().checkPolicy(caller.signal);
    expect(seen).toEqual([]);
    const guard = guardUnder({ protect: { roles: ['No such role'] } });
    await expect(guard.checkPolicy(caller.signal)).rejects.toMatchObject({
      failure: { code: 'policy_names_nothing' },
    });
    await expect(
      guardUnder({ protect: { roles: ['Support'] } }).checkPolicy(caller.signal),
    ).resolves.toBeUndefined();
  });
});

it('the catalog is taken again where it has changed, and only then', async () => {
  let current: Catalog = { ...catalog };
  let loads = 0;
  const { roles: _, ...others } = catalog;
  const guard = guardUnder(
    {},
    {
      load: async () => {
        loads += 1;
        return current;
      },
    },
  );
  expect(loads).toBe(0);
  await sent(guard, 'list_roles', {});
  expect(loads).toBe(0);
  await sent(guard, 'create_role', { name: 'R', description: 'x' });
  const plans = await guard.runs.named('create_role');
  expect(await guard.runs.named('create_role')).toBe(plans);
  current = others;
  await expect(guard.runs.named('create_role')).rejects.toThrow('create_role');
  current = { ...catalog };
  expect(await guard.runs.named('create_role')).not.toBe(plans);
});

it('a plan for what only a served document has is for its route too', async () => {
  const { hooks } = catalog;
  const [key, operation] =
    Object.entries(hooks?.operations ?? {}).find(
      ([, { url, method }]) => method === 'DELETE' && url === '/api/hooks/{id}',
    ) ?? [];
  if (hooks === undefined || key === undefined || operation === undefined) {
    throw new Error('The catalog has no such operation.');
  }
  const at = (url: string): Catalog => {
    const moved: Operation = { ...operation, url, notInCatalog: true };
    return { ...catalog, hooks: { ...hooks, operations: { ...hooks.operations, [key]: moved } } };
  };
  const id = await made('create_hook', {
    name: 'h',
    events: ['User.Created'],
    config: { url: 'https://h.io/' },
  });
  let current = at('/api/hooks/{id}');
  const guard = guardUnder({}, { load: async () => current });
  const planned = await perform(guard, 'delete_hook', { id });
  current = at('/api/roles/{id}');
  seen = [];
  await expect(
    perform(guard, 'delete_hook', { id }, { plan: planOf(planned) }),
  ).rejects.toMatchObject(failingWith('plan_refused'));
  // Before anything is read at the other route.
  expect(seen).toEqual([]);
});

it('a call with a limit of its own is counted for each account', async () => {
  const guard = guardUnder({ confirm: 'never' });
  const ids = await Promise.all(
    ['one', 'two'].map((username) =>
      made('create_user', { username, password: 'Long-enough-1234' }),
    ),
  );
  const verify = (userId = '') =>
    perform(guard, 'verify_user_password', { userId, password: 'wrong' });
  for (let turn = 0; turn < 5; turn += 1) {
    await expect(verify(ids[0])).rejects.toMatchObject({ failure: { status: 422 } });
  }
  await expect(verify(ids[0])).rejects.toMatchObject(failingWith('too_many_calls'));
  await expect(verify(ids[1])).rejects.toMatchObject({ failure: { status: 422 } });
});

describe('an undo', () => {
  it.each([
    ['is one plan', {}, 'planned'],
    ['is made at once where nothing asks', { confirm: 'never' }, 'done'],
  ] as const)('of a run %s', async (_, rules, kind) => {
    const guard = guardUnder(rules);
    const label = { id: 'run-1', tool: 'run_script', writes: 2 };
    for (const name of ['R1', 'R2']) {
      const values = { name, description: 'x' };
      const session = guard.runs.session;
      const write = await guard.runs.prepare(named('create_role'), values, {}, session, caller);
      await guard.runs.send(write, values, label, caller);
    }
    const before = objectsIn(await sent(guard, 'list_roles', { page_size: 100 })).length;
    expect((await guard.undo('run-1', caller)).kind).toBe(kind);
    const after = objectsIn(await sent(guard, 'list_roles', { page_size: 100 })).length;
    expect(before - after).toBe(kind === 'done' ? 2 : 0);
  });

  it('of a change or of a run that is not there is refused', async () => {
    for (const id of ['change-1', 'run-1']) {
      await expect(guardUnder().undo(id, caller)).rejects.toMatchObject(
        failingWith('unknown_change'),
      );
    }
  });

  it('with several calls shows all of them, and one with a single call none', async () => {
    const id = await made('create_organization', { name: 'O' });
    const users = await Promise.all(
      ['one', 'two'].map((username) => made('create_user', { username })),
    );
    const guard = guardUnder();
    const undoOf = async (userIds: readonly string[]) => {
      await sent(guard, 'add_organization_users', { id, userIds });
      const [change] = await guard.changes();
      return guard.undo(String(change?.id), caller);
    };
    const many = await undoOf(users);
    expect(many).toMatchObject({
      kind: 'planned',
      preview: { steps: [{ operation: 'delete_organization_user', times: 2 }] },
    });
    const [change] = await guard.changes();
    expect(await guard.undo(String(change?.id), caller, { plan: planOf(many) })).toMatchObject({
      kind: 'done',
    });
    const one = await undoOf(users.slice(0, 1));
    expect(one).toMatchObject({ kind: 'planned' });
    expect(one).not.toHaveProperty('preview.steps');
  });

  it('obeys the policy', async () => {
    const lines = memoryJournal();
    const userId = await made('create_user', { username: 'undone', name: 'a' });
    await sent(guardUnder({}, { lines }), 'update_user', { userId, name: 'b' });
    const guard = guardUnder({ deny: ['update_user'] }, { lines });
    const [change] = await guard.changes();
    await expect(guard.undo(String(change?.id), caller)).rejects.toMatchObject(
      failingWith('forbidden_by_policy'),
    );
  });
});

it('a secret is not saved where the policy forbids it, and its error is readable', async () => {
  const request = { secret: '[redacted: s-00000000]', file: 'x.env', name: 'A' };
  const save = (rules: Rules) => guardUnder(rules).saveSecret('save_secret', request, caller);
  await expect(save({ deny: ['save_secret'] })).rejects.toMatchObject(
    failingWith('forbidden_by_policy'),
  );
  await expect(save({})).rejects.toMatchObject({ failure: { code: expect.any(String) } });
});
