/** Many writes as one: what makes their plan invalid, how they are named, and what is asked before the first is sent. */
import { beforeEach, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { Guard } from '../../src/guard/guard.js';
import { OperationGraph, type Values } from '../../src/guard/operation-graph.js';
import type { PreparedWrite } from '../../src/guard/pending-write.js';
import { defaultPolicy, type Rules } from '../../src/guard/policy/policy.js';
import { Secrets } from '../../src/guard/secrets/secrets.js';
import { memoryJournal } from '../../src/guard/undo/journal.js';
import { type ShownState, type WriteRuns, withoutTimes } from '../../src/guard/write-runs.js';
import { memberOf, objectsIn } from '../../src/json.js';
import { LogtoError } from '../../src/logto/errors.js';
import { createSession, type Reply, type Session } from '../../src/logto/session.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';

const graph = new OperationGraph(catalog);
const signal = AbortSignal.timeout(60_000);
const caller = { signal, client: 'test', actor: undefined };

let sandbox: Sandbox;
let session: Session;
/** Operations of which a read fails, with the error. */
let failing: Map<string, LogtoError>;
/** The reads that reached the tenant. */
let seen: string[];

beforeEach(() => {
  sandbox = createSandbox();
  failing = new Map();
  seen = [];
  const real = createSession({ ...sandboxSettings, fetch: sandbox.fetch });
  session = {
    get tokenRequests() {
      return real.tokenRequests;
    },
    redact: (text) => real.redact(text),
    check: (operation, values) => real.check(operation, values),
    send: async (operation, values, by) => {
      seen.push(`${operation.method} ${operation.url}`);
      const error = failing.get(operation.url);
      if (error !== undefined) {
        throw error;
      }
      return real.send(operation, values, by);
    },
  };
});

function guardUnder(rules: Rules = {}, secrets = new Secrets(false, undefined)): Guard {
  return new Guard({
    session,
    load: async () => catalog,
    permitted: graph.operations.map(({ name }) => name),
    policy: defaultPolicy(rules),
    self: sandboxSettings,
    secrets,
    lines: memoryJournal(),
  });
}

/** Changes the tenant beside the guard. */
const send = (name: string, values: Values): Promise<Reply> =>
  session.send(graph.keyed(name).operation, values, signal);

const made = async (name: string, values: Values): Promise<string> =>
  String(memberOf((await send(name, values)).body, 'id'));

const userNamed = (username: string, more: Values = {}) =>
  made('create_user', { username, ...more });

type Call = readonly [name: string, values: Values];

const prepareAll = (runs: WriteRuns, calls: readonly Call[]): Promise<PreparedWrite[]> =>
  Promise.all(
    calls.map(([name, values]) => runs.prepare(graph.keyed(name), values, {}, session, caller)),
  );

/** The message with which a run is refused after something has changed; undefined where it is not refused. */
async function refusalOf(
  calls: readonly Call[],
  change: () => Promise<unknown>,
  showsAll = false,
): Promise<string | undefined> {
  const { runs } = guardUnder();
  const writes = await prepareAll(runs, calls);
  const shown = new Map<PreparedWrite, ShownState>();
  for (const write of showsAll ? writes : []) {
    shown.set(write, await runs.describe(write));
  }
  await change();
  try {
    await runs.requireUnchanged(writes, shown, signal);
    return undefined;
  } catch (error) {
    if (error instanceof LogtoError) {
      expect(error.failure).toMatchObject({ kind: 'conflict', code: 'plan_refused' });
      return error.message;
    }
    throw error;
  }
}

describe('a run of which nothing has changed', () => {
  it('is sent, also where only times have changed', async () => {
    const userId = await userNamed('still');
    const calls: Call[] = [
      ['update_user', { userId, name: 'New' }],
      ['delete_user', { userId }],
      ['create_role', { name: 'r', description: 'x' }],
    ];
    expect(await refusalOf(calls, async () => undefined, true)).toBeUndefined();
    expect(
      withoutTimes([{ id: 'u', updatedAt: 1, lastSignInAt: 2, createdAt: 3 }, 'x', null]),
    ).toEqual([{ id: 'u', createdAt: 3 }, 'x', null]);
  });

  it('reads each target once for all its writes', async () => {
    const [a, b] = [await userNamed('one'), await userNamed('two')];
    const calls: Call[] = [
      ['update_user', { userId: a, name: 'x' }],
      ['update_user', { userId: a, name: 'y' }],
      ['update_user', { userId: b, name: 'x' }],
    ];
    await refusalOf(calls, async () => {
      seen = [];
    });
    expect(seen).toEqual(['GET /api/users/{userId}', 'GET /api/users/{userId}']);
  });
});

describe('a run is refused', () => {
  it('where a target is gone, or exists by now', async () => {
    const userId = await userNamed('leaving');
    expect(
      await refusalOf([['update_user', { userId, name: 'x' }]], () =>
        send('delete_user', { userId }),
      ),
    ).toContain('(it is gone)');
    expect(
      await refusalOf([['replace_custom_phrase', { languageTag: 'pl-PL', translation: {} }]], () =>
        send('replace_custom_phrase', { languageTag: 'pl-PL', translation: {} }),
      ),
    ).toContain('(it exists now)');
  });

  it('with the members of a target that have changed, at most three of them', async () => {
    const userId = await userNamed('changing', { name: 'Before' });
    const calls: Call[] = [['update_user_is_suspended', { userId, isSuspended: true }]];
    const one = await refusalOf(calls, () => send('update_user', { userId, name: 'After' }));
    expect(one).toMatch(
      /^1 of the targets .*: Before \(changing\) \(name: "Before" -> "After"\)\./,
    );
    const long = 'x'.repeat(70);
    const cut = await refusalOf(calls, () => send('update_user', { userId, name: long }));
    expect(cut).toContain(`-> "${'x'.repeat(59)}...)`);
    const many = await refusalOf(calls, () =>
      send('update_user', {
        userId,
        name: 'x',
        username: 'changed',
        avatar: 'https://a.example/x.png',
        primaryEmail: 'a@x.example',
        customData: { a: 1 },
      }),
    );
    expect(many).toContain('and 2 more members)');
    expect(many?.match(/->/g)).toHaveLength(3);
  });

  it('without the secrets of what has changed', async () => {
    const config = (key: string) => ({
      url: 'https://h.io/',
      headers: { X: key },
    });
    const id = await made('create_hook', {
      name: 'h',
      events: ['User.Created'],
      config: config('hush-1'),
    });
    const message = await refusalOf([['update_hook', { id, name: 'x' }]], () =>
      send('update_hook', { id, config: config('hush-2') }),
    );
    expect(message).toContain('[secret]');
    expect(message).not.toContain('hush');
  });

  it('where the members of a set have changed', async () => {
    const userId = await userNamed('holder');
    await send('assign_user_roles', { userId, roleIds: ['support'] });
    const message = await refusalOf([['replace_user_roles', { userId, roleIds: [] }]], () =>
      send('replace_user_roles', { userId, roleIds: ['customer', 'shop-manager'] }),
    );
    expect(message).toContain('1 members are new or changed, 1 are gone or changed');
  });

  it('with at most five targets, each by its label, and the number of all', async () => {
    const ids = await Promise.all(
      Array.from({ length: 7 }, (_, index) => userNamed(`target_${index}`)),
    );
    const message = await refusalOf(
      ids.map((userId) => ['update_user_is_suspended', { userId, isSuspended: true }]),
      () =>
        Promise.all(ids.map((userId) => send('update_user', { userId, name: `New${'\u202e'}` }))),
    );
    expect(message).toMatch(/^7 of the targets/);
    expect(message?.match(/target_\d/g)).toHaveLength(5);
    expect(message).toContain(' and 2 more. Nothing was sent.');
    expect(message).toContain('<U+202E>');
  });

  it('where what a shown removal cascades to has changed, and only then', async () => {
    const id = await made('create_role', { name: 'Counted', description: 'x' });
    const userId = await userNamed('new_holder');
    const calls: Call[] = [['delete_role', { id }]];
    const assign = () => send('assign_user_roles', { userId, roleIds: [id] });
    expect(await refusalOf(calls, assign)).toBeUndefined();
    await send('delete_user_role', { userId, roleId: id });
    expect(await refusalOf(calls, assign, true)).toContain('(what it cascades to has changed)');
  });

  it('where what a shown call acts on has changed, though it finds nothing itself', async () => {
    const id = await made('create_hook', {
      name: 'h',
      events: ['User.Created'],
      config: { url: 'https://h.example/in' },
    });
    const calls: Call[] = [['update_hook_signing_key', { id }]];
    const rename = (name: string) => () => send('update_hook', { id, name });
    expect(await refusalOf(calls, rename('a'), true)).toContain('what it acts on has changed');
  });

  it('where a target that was read cannot be read again, and only where it was read', async () => {
    const userId = await userNamed('unreadable');
    const calls: Call[] = [['update_user', { userId, name: 'x' }]];
    const broken = new LogtoError({ kind: 'unavailable', message: 'Broken down.' });
    const breakDown = async () => {
      failing.set('/api/users/{userId}', broken);
    };
    expect(await refusalOf(calls, breakDown)).toContain('it cannot be read: Broken down.');
  });

  it('where a second write on the same target was shown and depends on more', async () => {
    const id = await made('create_role', { name: 'Twice', description: 'x' });
    const userId = await userNamed('second_holder');
    const calls: Call[] = [
      ['update_role', { id, description: 'y' }],
      ['delete_role', { id }],
    ];
    const assign = () => send('assign_user_roles', { userId, roleIds: [id] });
    expect(await refusalOf(calls, assign, true)).toMatch(/^1 of the targets .*cascades to/);
  });
});

describe('the label of a write', () => {
  it.each<readonly [name: string, values: Values, label: string | undefined]>([
    ['update_role', { id: 'support', description: 'x' }, 'Support'],
    ['assign_user_roles', { userId: 'nobody', roleIds: [] }, 'user nobody'],
    ['create_user', { username: 'new_one' }, 'new_one'],
    ['create_role', { name: 'R', description: 'x' }, 'R'],
    ['delete_logs', { start_time: 0, end_time: 1 }, undefined],
  ])('of %s with %j is %s', async (name, values, label) => {
    const guard = guardUnder();
    const [write] = await prepareAll(guard.runs, [[name, values]]);
    expect(write && guard.runs.labelOf(write)).toBe(label);
  });

  it('has both sides of a relation, by the names that are known', async () => {
    const userId = await userNamed('related');
    await send('assign_user_roles', { userId, roleIds: ['support'] });
    const guard = guardUnder();
    const [write] = await prepareAll(guard.runs, [
      ['delete_user_role', { userId, roleId: 'support' }],
    ]);
    const names = new Map([['support', 'Support']]);
    expect(write && guard.runs.labelOf(write, (id) => names.get(id))).toBe(
      `user ${userId}, role Support`,
    );
  });
});

describe('before the first write of a run', () => {
  const roles = (count: number): Call[] =>
    Array.from({ length: count }, (_, index) => [
      'create_role',
      { name: `R${index}`, description: 'x' },
    ]);

  it('its writes and its removals are compared with the ceilings', async () => {
    const source = { noun: 'script' } as const;
    const check = async (rules: Rules, calls: readonly Call[]) => {
      const guard = guardUnder(rules);
      const writes = await prepareAll(guard.runs, calls);
      return guard.runs.requireCapacity(writes, caller, source).then(
        () => 'allowed',
        (error: unknown) => (error instanceof LogtoError ? error.failure.code : error),
      );
    };
    const limits = { writes_per_run: 3, removals_per_run: 1 };
    expect(await check({ limits }, roles(3))).toBe('allowed');
    expect(await check({ limits }, roles(4))).toBe('forbidden_by_policy');
    const [a, b] = [await userNamed('removed_1'), await userNamed('removed_2')];
    const remove: Call[] = [a, b].map((userId) => ['delete_user', { userId }]);
    expect(await check({ limits }, remove.slice(0, 1))).toBe('allowed');
    expect(await check({ limits }, remove)).toBe('forbidden_by_policy');
  });

  it('the new secrets that can be neither shown nor saved are counted', async () => {
    const calls: Call[] = [
      ...roles(1),
      ['create_application_secret', { id: 'shop-web', name: 'n' }],
    ];
    const count = async (secrets: Secrets) => {
      const guard = guardUnder({}, secrets);
      return guard.runs.countUnsavedSecrets(await prepareAll(guard.runs, calls));
    };
    expect(await count(new Secrets(false, undefined))).toBe(1);
    expect(await count(new Secrets(true, undefined))).toBe(0);
  });

  it('an operation is found by its name, or is not there', async () => {
    const { runs } = guardUnder();
    expect((await runs.named('delete_user')).name).toBe('delete_user');
    await expect(runs.named('nothing')).rejects.toThrow('nothing');
    expect(runs.session).toBe(session);
  });
});

describe('what the policy forbids', () => {
  const refused = { failure: { code: 'forbidden_by_policy' } };

  it('a run neither reads nor sends', async () => {
    const id = await made('create_role', { name: 'Kept', description: 'x' });
    const [write] = await prepareAll(guardUnder().runs, [['delete_role', { id }]]);
    const { runs } = guardUnder({ deny: ['delete_role', 'list_roles'] });
    seen = [];
    const read = async () => runs.read(graph.keyed('list_roles'), {}, session, signal);
    await expect(read()).rejects.toMatchObject(refused);
    const label = { id: 'run-1', tool: 'run_script', writes: 1 };
    const remove = async () => write && runs.send(write, { id }, label, caller);
    await expect(remove()).rejects.toMatchObject(refused);
    expect(seen).toEqual([]);
  });

  it('a run may do otherwise, with the values that it has by then', async () => {
    const { runs } = guardUnder();
    const roles = await runs.read(graph.keyed('list_roles'), {}, session, signal);
    expect(objectsIn(roles.reply.body).length).toBeGreaterThan(1);
    const [write] = await prepareAll(guardUnder().runs, [
      ['create_role', { name: 'Placeholder', description: 'x' }],
    ]);
    const label = { id: 'run-1', tool: 'run_script', writes: 1 };
    const done =
      write && (await runs.send(write, { name: 'Real', description: 'x' }, label, caller));
    expect(memberOf(done?.reply.body, 'name')).toBe('Real');
  });

  it('a run shows no secret that an error quotes', async () => {
    const { runs } = guardUnder();
    const quoting = new LogtoError({ kind: 'input', message: 'bad: hush-hush-1' });
    const userId = await userNamed('quoted');
    failing.set('/api/users/{userId}/password', quoting);
    const [write] = await prepareAll(guardUnder().runs, [
      ['update_user_password', { userId, password: 'hush-hush-1' }],
    ]);
    const label = { id: 'run-1', tool: 'run_script', writes: 1 };
    const values = { userId, password: 'hush-hush-1' };
    const set = async () => write && runs.send(write, values, label, caller);
    await expect(set()).rejects.toMatchObject({ message: expect.not.stringContaining('hush') });
  });
});
