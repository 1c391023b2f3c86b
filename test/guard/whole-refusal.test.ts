/** Lists that Logto refuses as a whole: every operation that has one says so, and names all causes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { changeOf } from '../../src/guard/changes/index.js';
import { OperationGraph } from '../../src/guard/operation-graph.js';
import { type EarlierChanges, refuseMembersPresent } from '../../src/guard/whole-refusal.js';
import { memberOf } from '../../src/json.js';
import { LogtoError } from '../../src/logto/errors.js';
import { type Connected, connectSandbox, succeed, tools } from '../support/client.js';

const graph = new OperationGraph(catalog);

let connected: Connected;
const made: Record<string, string[]> = {};
let role = '';
let machineRole = '';

beforeAll(async () => {
  connected = await connectSandbox({});
  const idOf = async (tool: string, values: object) =>
    String(memberOf((await succeed(connected.call, tool, { ...values })).result, 'id'));
  role = await idOf('create_role', { name: 'Whole', description: 'x' });
  machineRole = await idOf('create_role', {
    name: 'Whole machine',
    description: 'x',
    type: 'MachineToMachine',
  });
  const resource = await idOf('create_resource', {
    name: 'Whole',
    indicator: 'https://whole.example',
  });
  const ids = async (make: (index: number) => Promise<string>) => Promise.all([0, 1, 2].map(make));
  made['userIds'] = await ids((index) => idOf('create_user', { username: `whole_${index}` }));
  made['applicationIds'] = await ids((index) =>
    idOf('create_application', { name: `Whole ${index}`, type: 'MachineToMachine' }),
  );
  made['scopeIds'] = await ids((index) =>
    idOf('create_resource_scope', { resourceId: resource, name: `whole:${index}` }),
  );
});
afterAll(() => connected.close());

/** The operations that refuse a list if one of its items exists already. */
const refusing = [
  ['create_role_user', 'userIds', () => role],
  ['create_role_application', 'applicationIds', () => machineRole],
  ['create_role_scope', 'scopeIds', () => role],
] as const;

describe('an operation that refuses a list as a whole', () => {
  it('is declared for each code', () => {
    const known = tools.filter(
      ({ operation }) => operation.refusesWhole?.presentCode !== undefined,
    );
    expect(known.map(({ name }) => name).toSorted()).toEqual(
      ['create_custom_profile_fields_batch', ...refusing.map(([name]) => name)].toSorted(),
    );
  });

  it('says so in its description and in every match of find_operations', async () => {
    const whole = tools.filter(({ operation }) => operation.refusesWhole !== undefined);
    expect(whole.length).toBeGreaterThan(4);
    for (const { name, listing } of whole) {
      expect(listing.description, name).toContain('Refused as a whole when');
      const { items = [] } = await succeed(connected.call, 'find_operations', {
        words: `get_user, ${name}`,
      });
      const match = items.find((item) => memberOf(item, 'operation') === name);
      expect(JSON.stringify(match), name).toContain('Refused as a whole when');
    }
  });

  it.each(refusing)('%s names every present member, and sends nothing', async (name, field, id) => {
    const [first = '', second = '', third = ''] = made[field] ?? [];
    await succeed(connected.call, name, { id: id(), [field]: [first, second] });
    const refused = await connected.call(name, { id: id(), [field]: [first, second, third] });
    expect(refused).toMatchObject({
      ok: false,
      error: {
        code: tools.find((tool) => tool.name === name)?.operation.refusesWhole?.presentCode,
        message: expect.stringContaining(`2 of the 3 ids in ${field}`),
      },
    });
    for (const [member, isNamed] of [
      [first, true],
      [second, true],
      [third, false],
    ] as const) {
      expect(JSON.stringify(refused).includes(member)).toBe(isNamed);
    }
    const [script, again] = await Promise.all([
      connected.call('run_script', {
        code: `await logto.${name}({ id: '${id()}', ${field}: ['${third}', '${first}'] });`,
      }),
      connected.call('run_script', {
        code: `
          await logto.${name}({ id: '${id()}', ${field}: ['${third}'] });
          await logto.${name}({ id: '${id()}', ${field}: ['${third}'] });`,
      }),
    ]);
    expect(script).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining(first) },
    });
    expect(again).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining(third) },
    });
  });

  it('is not refused for a member that the same script removes first', async () => {
    const [first = ''] = made['userIds'] ?? [];
    const { result } = await succeed(connected.call, 'run_script', {
      code: `
        await logto.delete_role_user({ id: '${role}', userId: '${first}' });
        await logto.create_role_user({ id: '${role}', userIds: ['${first}'] });`,
    });
    expect(memberOf(memberOf(result, 'run'), 'failed')).toEqual([]);
  });
});

describe('a list of many members that are there', () => {
  /** The refusal of a write that adds these members to a set with these; undefined where it is not refused. */
  function refusalOf(
    name: string,
    members: readonly string[],
    before: unknown,
    earlier?: EarlierChanges,
  ) {
    const entry = graph.keyed(name);
    const change = changeOf(entry, graph);
    const values = { id: 'r', [change.setField ?? '']: members };
    try {
      refuseMembersPresent({ entry, change, values, before }, earlier);
      return undefined;
    } catch (error) {
      return error instanceof LogtoError ? error.failure : error;
    }
  }
  const idsOf = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}.`);

  it('is refused with fifty of them, and the number of the others', () => {
    const all = idsOf(53);
    expect(refusalOf('create_role_user', all.slice(0, 50), all)).toMatchObject({
      kind: 'conflict',
      status: 422,
      message: expect.stringContaining('id-49.. Logto'),
    });
    expect(refusalOf('create_role_user', all, all)).toMatchObject({
      message: expect.stringMatching(/53 of the 53 .*id-49\. and 3 more\./),
    });
    expect(JSON.stringify(refusalOf('create_role_user', all, all))).not.toContain('id-50.');
  });

  it('counts a member once that is given twice', () => {
    expect(refusalOf('create_role_user', ['a', 'a', 'b'], ['a'])).toMatchObject({
      message: expect.stringContaining('1 of the 2 ids'),
    });
  });

  it('is not refused where the set could not be read, or none of them is in it', () => {
    expect(refusalOf('create_role_user', ['a'], undefined)).toBeUndefined();
    expect(refusalOf('create_role_user', ['a'], ['b'])).toBeUndefined();
    expect(refusalOf('create_role_user', [], ['b'])).toBeUndefined();
  });

  it('is not refused where Logto ignores them, or the write is of another kind', () => {
    const adding = graph.operations.filter(
      (entry) => entry.operation.effect !== 'reads' && changeOf(entry, graph).kind === 'add',
    );
    expect(adding.length).toBeGreaterThan(5);
    for (const { name, operation } of adding) {
      const isRefused = refusalOf(name, ['a'], ['a']) !== undefined;
      expect(isRefused, name).toBe(operation.refusesWhole?.presentCode !== undefined);
    }
    expect(refusalOf('create_custom_profile_fields_batch', ['a'], ['a'])).toBeUndefined();
    expect(refusalOf('replace_user_roles', ['a'], ['a'])).toBeUndefined();
  });

  it('counts what earlier writes of the same run add and may remove', () => {
    const earlier = { adds: (id: unknown) => id === 'new', mayRemove: (id: unknown) => id === 'a' };
    expect(refusalOf('create_role_user', ['a', 'x'], ['a'], earlier)).toBeUndefined();
    expect(refusalOf('create_role_user', ['new', 'x'], ['a'], earlier)).toMatchObject({
      message: expect.stringContaining('1 of the 2'),
    });
  });
});
