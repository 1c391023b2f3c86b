/** How names of ids are found in few requests, and how the calls of an undo are shown by what they act on. */
import { describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import type { Outline } from '../../../src/catalog/operation.js';
import {
  type NameSources,
  readNames,
  readNamesOf,
  shownSteps,
  type UndoStep,
} from '../../../src/guard/confirm/entity-names.js';
import { OperationGraph, type Values } from '../../../src/guard/operation-graph.js';
import { type Reads, TenantReader } from '../../../src/guard/tenant-reader.js';
import { objectsIn } from '../../../src/json.js';
import { LogtoError } from '../../../src/logto/errors.js';
import type { Reply } from '../../../src/logto/session.js';

const graph = new OperationGraph(catalog);
const readable: NameSources = { graph, mayRead: () => true };

/** The ids that a search looks up. */
const searched = ({ searchFields }: Values): unknown[] =>
  objectsIn(searchFields).flatMap(({ values }) => values);

/**
 * Reads of a tenant in which `x` is called `Name of x`, and things without a name have an id that begins with `bare`. It has
 * `total` things of each kind: t0, t1 and so on.
 */
function tenant(total = 5): { readonly reads: Reads; readonly seen: string[] } {
  const seen: string[] = [];
  const thing = (id: unknown) => ({
    id,
    ...(!String(id).startsWith('bare') && { name: `Name of ${id}` }),
  });
  const all = Array.from({ length: total }, (_, index) => thing(`t${index}`));
  const session = {
    tokenRequests: 0,
    redact: (text: string) => text,
    check: async () => undefined,
    send: async ({ method, url }: Outline, values: Values): Promise<Reply> => {
      const ids = searched(values);
      const path = url.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
      seen.push(`${method} ${path}${ids.length > 0 ? ` of ${ids.length}` : ''}`);
      if (path.endsWith('/gone')) {
        throw new LogtoError({ kind: 'not_found', message: 'Not there.' });
      }
      if (path !== url) {
        return { status: 200, body: thing(path.split('/').at(-1)) };
      }
      if (ids.length > 0) {
        return { status: 200, body: [...ids.map(thing), thing('another')] };
      }
      const page = Number(values['page'] ?? 1);
      const has_more = page * 100 < total;
      return {
        status: 200,
        body: all.slice((page - 1) * 100, page * 100),
        page: { page, page_size: 100, total, has_more, next_page: has_more ? page + 1 : null },
      };
    },
  };
  return { reads: new TenantReader(session).forPlan(AbortSignal.timeout(10_000)), seen };
}

const idsOf = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`);

describe('the names of ids', () => {
  it('are read one by one where there are two', async () => {
    const { reads, seen } = tenant();
    const names = await readNames('user', ['t0', 'bare'], readable, reads);
    expect([...names]).toEqual([['t0', 'Name of t0']]);
    expect(seen).toEqual(['GET /api/users/t0', 'GET /api/users/bare']);
  });

  it('are searched in one request for fifty of them', async () => {
    const { reads, seen } = tenant();
    const names = await readNames('user', idsOf(51), readable, reads);
    expect(names.size).toBe(51);
    expect(names.get('t50')).toBe('Name of t50');
    expect(names.has('another')).toBe(false);
    expect(seen).toEqual(['GET /api/users of 50', 'GET /api/users of 1']);
  });

  it('are taken from the first two pages of a list that cannot be searched by ids', async () => {
    const { reads, seen } = tenant(300);
    const names = await readNames('organization', ['t0', 't150', 't250'], readable, reads);
    expect([...names]).toEqual([
      ['t0', 'Name of t0'],
      ['t150', 'Name of t150'],
    ]);
    expect(seen).toEqual(['GET /api/organizations', 'GET /api/organizations']);
  });

  it('are read one by one where only that is permitted, and not at all where nothing is', async () => {
    const single = tenant();
    const mayRead = ({ name }: { readonly name: string }) => name === 'get_user';
    expect((await readNames('user', idsOf(3), { graph, mayRead }, single.reads)).size).toBe(3);
    expect(single.seen).toHaveLength(3);
    const none = tenant();
    const refuses = { graph, mayRead: () => false };
    for (const count of [1, 3]) {
      expect((await readNames('user', idsOf(count), refuses, none.reads)).size).toBe(0);
    }
    expect(none.seen).toEqual([]);
  });

  it('of what belongs to another entity are not read', async () => {
    const { reads, seen } = tenant();
    expect((await readNames('scope', idsOf(3), readable, reads)).size).toBe(0);
    expect((await readNames('session', idsOf(1), readable, reads)).size).toBe(0);
    expect(seen).toEqual([]);
  });

  it('that cannot be read, or not within the budget, are left out', async () => {
    const { reads, seen } = tenant();
    expect([...(await readNames('user', ['gone', 't1'], readable, reads)).keys()]).toEqual(['t1']);
    while (reads.left > 0) {
      await readNames('user', [`more-${reads.left}`], readable, reads);
    }
    const { length } = seen;
    expect((await readNames('user', ['t3'], readable, reads)).size).toBe(0);
    expect((await readNames('user', idsOf(3), readable, reads)).size).toBe(0);
    expect(seen).toHaveLength(length);
  });

  it('of several kinds are read for the most frequent kind first, each id once', async () => {
    const { reads, seen } = tenant();
    const named = [
      { kind: 'role', value: 'r' },
      { kind: 'user', value: 'a' },
      { kind: 'user', value: 'a' },
      { kind: 'user', value: 'b' },
    ] as const;
    const names = await readNamesOf(named, readable, reads);
    expect(Object.fromEntries(names)).toEqual({ a: 'Name of a', b: 'Name of b', r: 'Name of r' });
    expect(seen).toEqual(['GET /api/users/a', 'GET /api/users/b', 'GET /api/roles/r']);
  });
});

describe('the calls of an undo', () => {
  const step = (name: string, values: Values, more: Partial<UndoStep> = {}): UndoStep => ({
    operation: name,
    entry: graph.keyed(name),
    values,
    ...more,
  });
  /** The steps, without what each operation does: its summary. */
  const show = async (steps: readonly UndoStep[], sources = readable) =>
    (await shownSteps(steps, sources, tenant().reads)).map(({ does, ...shown }) => {
      expect(does).toBe(graph.keyed(shown.operation).operation.summary);
      return shown;
    });

  it('that do the same are one step, in the place of the first', async () => {
    expect(
      await show([
        step('update_user', { userId: 'a', name: 'x' }),
        step('update_role', { id: 'r', name: 'x' }),
        step('update_user', { userId: 'b', name: 'x' }),
        step('update_user', { userId: 'c', name: 'x' }),
        step('update_user', { userId: 'a', name: 'y' }),
      ]),
    ).toEqual([
      {
        operation: 'update_user',
        times: 3,
        on: ['user Name of a', 'user Name of b', 'user Name of c'],
        arguments: { name: 'x' },
      },
      { operation: 'update_role', on: ['role Name of r'], arguments: { name: 'x' } },
      { operation: 'update_user', on: ['user Name of a'], arguments: { name: 'y' } },
    ]);
  });

  it('on what has no name show all arguments, and are not joined', async () => {
    const values = { userId: 'bare', name: 'x' };
    const shown = { operation: 'update_user', arguments: values };
    expect(await show([step('update_user', values), step('update_user', values)])).toEqual([
      shown,
      shown,
    ]);
  });

  it('on a pair name both, by the id where one has no name', async () => {
    expect(await show([step('delete_user_role', { userId: 'a', roleId: 'bare' })])).toEqual([
      { operation: 'delete_user_role', on: ['user Name of a, role bare'], arguments: {} },
    ]);
  });

  it('name the ids in their bodies', async () => {
    expect(
      await show([step('assign_user_roles', { userId: 'a', roleIds: ['r', 'bare'] })]),
    ).toEqual([
      {
        operation: 'assign_user_roles',
        on: ['user Name of a'],
        arguments: { roleIds: ['r', 'bare'] },
        names: { r: 'Name of r' },
      },
    ]);
    const roleIds = Array.from({ length: 60 }, (_, index) => `r${index}`);
    const [many] = await show([step('assign_user_roles', { userId: 'a', roleIds })]);
    expect(Object.keys(many?.names ?? {})).toHaveLength(50);
  });

  describe('with what was there before', () => {
    const before = { id: 'a', name: 'Ada', primaryEmail: 'ada@x.example' };

    it('name it without a read, with what tells it apart', async () => {
      const { reads, seen } = tenant();
      const [shown] = await shownSteps(
        [step('update_user', { userId: 'a', name: 'x' }, { before })],
        readable,
        reads,
      );
      expect(shown?.on).toEqual(['Ada (ada@x.example)']);
      expect(seen).toEqual([]);
    });

    it.each<readonly [before: unknown, on: string]>([
      [{ name: 'Ada' }, 'Ada'],
      [{ username: 'ada' }, 'ada'],
      [{}, 'user Name of a'],
      [undefined, 'user Name of a'],
      [['a'], 'user Name of a'],
    ])('as %j are shown on %s', async (former, on) => {
      const [shown] = await show([
        step('update_user', { userId: 'a', name: 'x' }, { before: former }),
      ]);
      expect(shown?.on).toEqual([on]);
    });

    it('do not name it where it may not be read', async () => {
      const [shown] = await show([step('update_user', { userId: 'a', name: 'x' }, { before })], {
        graph,
        mayRead: ({ name }) => name !== 'get_user',
      });
      expect(shown).toEqual({ operation: 'update_user', arguments: { userId: 'a', name: 'x' } });
    });

    it('do not take it for one of two things that a path names', async () => {
      const [shown] = await show([
        step('delete_user_role', { userId: 'a', roleId: 'r' }, { before }),
      ]);
      expect(shown?.on).toEqual(['user Name of a, role Name of r']);
    });

    it('do not name it where nothing is named by the path', async () => {
      const [shown] = await show([step('create_user', { username: 'x' }, { before })]);
      expect(shown).toEqual({ operation: 'create_user', arguments: { username: 'x' } });
    });
  });

  describe('of writes', () => {
    const undo = (userId: string, sets: Values | undefined) =>
      step(
        'update_user',
        { userId, name: 'x' },
        { undo: { sets, effect: 'restores what was there before' } },
      );

    it.each<readonly [name: string, former: readonly (Values | undefined)[], sets: unknown]>([
      ['the same value once', [{ name: 'a' }, { name: 'a' }], { name: 'a' }],
      [
        'values that differ in their order',
        [{ name: 'a' }, { name: 'b' }],
        [{ name: 'a' }, { name: 'b' }],
      ],
      ['nothing where one is not known', [{ name: 'a' }, undefined], undefined],
      ['nothing where none is known', [undefined, undefined], undefined],
    ])('show what they set: %s', async (_, former, sets) => {
      const [shown, ...others] = await show(
        former.map((values, index) => undo(`u${index}`, values)),
      );
      expect(others).toEqual([]);
      expect(shown?.sets).toEqual(sets);
      expect(shown).toMatchObject({ times: former.length, undoes: { name: 'x' } });
      expect(shown).not.toHaveProperty('arguments');
    });

    it('on what has no name show what they set too', async () => {
      expect(await show([undo('bare', { name: 'a' })])).toEqual([
        {
          operation: 'update_user',
          effect: 'restores what was there before',
          undoes: { userId: 'bare', name: 'x' },
          sets: { name: 'a' },
        },
      ]);
    });
  });
});
