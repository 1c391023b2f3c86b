/** The undo of every write on a set of members, on a tenant of sets: it restores the set, or is refused and sends nothing. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { reasons } from '../../../src/guard/changes/change.js';
import { changeOf } from '../../../src/guard/changes/index.js';
import {
  lastParameterOf,
  OperationGraph,
  parametersOf,
} from '../../../src/guard/operation-graph.js';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { memoryJournal } from '../../../src/guard/undo/journal.js';
import type { Transport } from '../../../src/logto/transport.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import { type Connected, connectClient, succeed } from '../../support/client.js';
import { answerOf } from '../../support/faults.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const [A, B, C] = ['a.example', 'b.example', 'c.example'];

const graph = new OperationGraph(catalog);

/** Members of the sets, by the paths of the lists that answer them. */
const sets = new Map<string, readonly string[]>();
/** The path of a list that Logto refuses to answer. */
let unreadable: string | undefined;
/** The path of a list that Logto refuses to answer from the next write on. */
let unreadableAfterWrite: string | undefined;
/** The path of writes that Logto refuses. */
let refused: string | undefined;
/** Organization roles of members, by their ids. */
const roles = new Map<string, readonly string[]>();
/** Requests that change something, as method and path. */
let sent: string[] = [];

const { fetch } = createSandbox();

const reads = graph.operations
  .filter(({ operation }) => operation.method === 'GET')
  .map((entry) => ({
    entry,
    path: new RegExp(`^${entry.operation.url.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }));

/** Answers every list of a tenant in which each entity exists. */
const tenant: Transport = async (url, init) => {
  const { pathname } = new URL(url);
  if (!pathname.startsWith('/api/')) {
    return fetch(url, init);
  }
  const parent = pathname.slice(0, pathname.lastIndexOf('/'));
  const last = pathname.slice(pathname.lastIndexOf('/') + 1);
  const refusal = answerOf(403, '{"code":"auth.forbidden","message":"no"}', JSON_TYPE);
  if (init.method === 'GET' ? pathname === unreadable : pathname === refused) {
    return refusal;
  }
  if (init.method === 'GET') {
    const { items, url: route = '' } =
      reads.find(({ path }) => path.test(pathname))?.entry.operation ?? {};
    const all = (sets.get(pathname) ?? []).map((id) => ({
      id,
      name: `name of ${id}`,
      domain: id,
      emailDomain: id,
      organizationRoles: (roles.get(id) ?? []).map((role) => ({ id: role })),
    }));
    const isEntity = route.endsWith('}');
    const body = isEntity ? { id: last } : items === undefined ? all : { [items]: all };
    return answerOf(200, JSON.stringify(body), JSON_TYPE);
  }
  sent.push(`${init.method} ${pathname}`);
  unreadable ??= unreadableAfterWrite;
  if (init.method === 'DELETE') {
    sets.set(
      parent,
      (sets.get(parent) ?? []).filter((member) => member !== last),
    );
    return answerOf(204, '');
  }
  const members = Object.values(JSON.parse(String(init.body)))
    .flat()
    .map(String);
  const former = init.method === 'POST' ? (sets.get(pathname) ?? []) : [];
  sets.set(pathname, [...new Set([...former, ...members])]);
  return answerOf(201, '{}', JSON_TYPE);
};

const lines = memoryJournal();
/** How many records without an outcome were written. */
let opened = 0;
let connected: Connected;
beforeAll(async () => {
  connected = await connectClient({ fetch: tenant, served: false, lines });
});
afterAll(() => connected.close());
beforeEach(() => {
  sets.clear();
  roles.clear();
  unreadable = undefined;
  unreadableAfterWrite = undefined;
  refused = undefined;
});

/** Writes on sets, each with the field of its members, the path of its set, and its arguments without members. */
const writes = graph.operations.flatMap((entry) => {
  const { kind, setField: field, read } = changeOf(entry, graph);
  if (entry.operation.effect === 'reads' || field === undefined || read === undefined) {
    return [];
  }
  const owners = parametersOf(read.operation.url);
  const set = owners.reduce(
    (url, name, index) => url.replace(`{${name}}`, `of-${index}`),
    read.operation.url,
  );
  const path = Object.fromEntries(
    parametersOf(entry.operation.url)
      .slice(0, owners.length)
      .map((name, index) => [name, `of-${index}`]),
  );
  return [{ name: entry.name, kind, entry, field, set, path }];
});
type SetWrite = (typeof writes)[number];

const isPlural = ({ field }: SetWrite) => field.endsWith('s');

/** The arguments of a write that names these members. */
const argumentsOf = (write: SetWrite, members: readonly string[]) => ({
  ...write.path,
  ...(write.kind === 'remove'
    ? { [lastParameterOf(write.entry)]: members[0] }
    : { [write.field]: isPlural(write) ? members : members[0] }),
});

/** Whether a write that names members which are there already is refused as a whole. */
const refusesPresent = ({ entry }: SetWrite) =>
  entry.operation.refusesWhole?.presentCode !== undefined;

const membersOf = ({ set }: SetWrite) => [...(sets.get(set) ?? [])].sort();

/** Makes a write on a set. @returns its record in the journal */
async function make(write: SetWrite, before: readonly string[], members: readonly string[]) {
  sets.set(write.set, before);
  await succeed(connected.call, write.name, argumentsOf(write, members));
  const { items = [] } = await succeed(connected.call, 'list_changes', { limit: 1 });
  sent = [];
  return { ...items[0] };
}

const undo = (record: { readonly id?: unknown }) =>
  connected.call('undo_change', { change: record.id });

const cannot = { ok: false, error: { code: 'cannot_undo' } };

const ofKind = (kind: string) => writes.filter((write) => write.kind === kind);

describe.each(ofKind('add'))('the undo of $name', (write) => {
  const added = isPlural(write) ? [B, C] : [B];

  it('removes what it has added and nothing else', async () => {
    const present = isPlural(write) && !refusesPresent(write) ? [A] : [];
    const record = await make(write, [A], [...present, ...added]);
    expect((await undo(record)).ok).toBe(true);
    expect(membersOf(write)).toEqual([A]);
    expect(sent).toEqual(added.map((member) => `DELETE ${write.set}/${member}`));
  });

  it('is refused where one of them is no longer there', async () => {
    const record = await make(write, [], added);
    sets.set(write.set, [A, C]);
    expect(await undo(record)).toMatchObject(cannot);
    expect(sent).toEqual([]);
  });
});

it.each(ofKind('add').filter((write) => !refusesPresent(write)))(
  'the undo of $name is refused where everything was there before',
  async (write) => {
    const record = await make(write, [A, B], [B]);
    expect(record).toHaveProperty('cannot_undo');
    expect(await undo(record)).toMatchObject(cannot);
    expect(sent).toEqual([]);
  },
);

describe.each(ofKind('remove'))('the undo of $name', (write) => {
  it('adds what it has removed', async () => {
    const record = await make(write, [A, B], [B]);
    sets.set(write.set, [A, C]);
    expect((await undo(record)).ok).toBe(true);
    expect(membersOf(write)).toEqual([A, B, C]);
    expect(sent).toEqual([`POST ${write.set}`]);
  });

  it('is refused where it is there again', async () => {
    const record = await make(write, [A, B], [B]);
    sets.set(write.set, [A, B]);
    expect(await undo(record)).toMatchObject(cannot);
    expect(sent).toEqual([]);
  });
});

describe.each(ofKind('replace'))('the undo of $name', (write) => {
  it('restores the whole set', async () => {
    const record = await make(write, [A, B], [B, C]);
    expect((await undo(record)).ok).toBe(true);
    expect(membersOf(write)).toEqual([A, B]);
    expect(sent).toEqual([`PUT ${write.set}`]);
  });

  it('empties a set that was empty', async () => {
    const record = await make(write, [], [B, C]);
    expect((await undo(record)).ok).toBe(true);
    expect(membersOf(write)).toEqual([]);
    const singly = write.entry.operation.undo?.neverEmpty === true;
    expect(sent).toEqual(
      singly ? [`DELETE ${write.set}/${B}`, `DELETE ${write.set}/${C}`] : [`PUT ${write.set}`],
    );
  });

  it('is refused where the set has been changed again', async () => {
    const record = await make(write, [A, B], [B, C]);
    sets.set(write.set, [A, B, C]);
    expect(await undo(record)).toMatchObject(cannot);
    expect(sent).toEqual([]);
  });
});

it.each(writes.filter(({ kind }) => kind !== 'remove'))(
  '$name of a set that cannot be read is sent, and has no undo',
  async (write) => {
    unreadable = write.set;
    const record = await make(write, [A, B], [C]);
    expect(membersOf(write)).toContain(C);
    expect(record['cannot_undo']).toBe(reasons.notKnown);
  },
);

const previewOf = async (operation: string, values: object) =>
  (await succeed(connected.call, 'preview_operation', { operation, arguments: values })).result ??
  {};

it.each(ofKind('replace'))('the preview of $name shows the set before and after', async (write) => {
  sets.set(write.set, [A, B]);
  const { field } = write;
  const values = argumentsOf(write, [B, C]);
  const changes = async () => (await previewOf(write.name, values))['changes'];
  expect(await changes()).toMatchObject([{ field, before: [A, B], after: [B, C] }]);
  unreadable = write.set;
  expect(await changes()).toMatchObject([{ field, after: [B, C] }]);
});

describe('roles that are given by name', () => {
  const path = { id: 'of-0', userId: 'of-1' };
  const set = '/api/organizations/of-0/users/of-1/roles';
  const byName = (...members: readonly string[]) => ({
    ...path,
    organizationRoleNames: members.map((member) => `name of ${member}`),
  });
  const last = async () =>
    ((await succeed(connected.call, 'list_changes', { limit: 1 })).items ?? [])[0] ?? {};
  /** Stores the roles as Logto does: by their ids. */
  const store = (...members: readonly string[]) => sets.set(set, members);

  it('are shown beside those that are given by id', async () => {
    store(A);
    const values = { ...byName(B), organizationRoleIds: [C] };
    expect((await previewOf('replace_organization_user_roles', values))['changes']).toMatchObject([
      { field: 'organizationRoleIds', before: [A], after: [C] },
      { field: 'organizationRoleNames', after: [`name of ${B}`] },
    ]);
    expect(
      (await previewOf('replace_organization_user_roles', byName(B)))['changes'],
    ).toMatchObject([{ field: 'organizationRoleIds', before: [A], after: [] }, {}]);
  });

  it('have no undo where the roles cannot be read after the call', async () => {
    store(A);
    unreadableAfterWrite = set;
    await succeed(connected.call, 'assign_organization_roles_to_user', byName(B));
    expect((await last())['cannot_undo']).toBe(reasons.notKnown);
  });

  it.each(['replace_organization_user_roles', 'assign_organization_roles_to_user'])(
    'are counted as removals by %s only where they would go',
    async (name) => {
      const limited = await connectClient({
        fetch: tenant,
        served: false,
        policy: defaultPolicy({ confirm: 'never', limits: { removals_per_minute: 1 } }),
      });
      store(A, B, C);
      const replaces = name.startsWith('replace');
      expect((await limited.call(name, byName(A))).ok).toBe(!replaces);
      store(A, B, C);
      expect((await limited.call(name, byName(A, B))).ok).toBe(true);
      await limited.close();
    },
  );
});

describe('the organization roles of a member', () => {
  const members = '/api/organizations/of-0/users';
  const removal = writes.find(({ name }) => name === 'delete_organization_user');
  const replacement = writes.find(({ name }) => name === 'replace_organization_users');

  it.each([removal, replacement])(
    'are given again by the undo of $name, also by a second one',
    async (write) => {
      if (write === undefined) {
        throw new Error('The catalog has no such write.');
      }
      roles.set(A, ['r1', 'r2']);
      roles.set(B, ['r3']);
      const record = await make(write, [A, B], write.kind === 'remove' ? [A] : [B]);
      refused = `${members}/${A}/roles`;
      expect((await undo(record)).ok).toBe(false);
      expect(membersOf(write)).toEqual([A, B]);
      refused = undefined;
      sent = [];
      expect((await undo(record)).ok).toBe(true);
      expect(sent).toEqual([`POST ${members}/${A}/roles`]);
      expect(sets.get(`${members}/${A}/roles`)).toEqual(['r1', 'r2']);
    },
  );
});

describe('a write on a set of which the outcome is not known', () => {
  const replacement = ofKind('replace').find(({ name }) => name === 'replace_user_roles');
  const removal = ofKind('remove').find(({ name }) => name === 'delete_user_role');

  it.each([
    ['a replacement that was not made', replacement, [A, B], 'was not made'],
    ['a replacement after another one', replacement, [A], 'changed again since'],
    ['a removal that was not made', removal, [A, B], 'is there'],
  ] as const)('is undone where it was made, and not after %s', async (_, write, now, reason) => {
    if (write === undefined) {
      throw new Error('The catalog has no such write.');
    }
    opened += 1;
    const values = argumentsOf(write, [B]);
    const started = { id: `c-open-${opened}`, operation: write.name, arguments: values };
    lines.append(JSON.stringify({ ...started, before: [A, B] }));
    sets.set(write.set, now);
    sent = [];
    expect(await undo(started)).toMatchObject({
      ...cannot,
      error: { message: expect.stringContaining(reason) },
    });
    expect(sent).toEqual([]);
    sets.set(write.set, write.kind === 'replace' ? [B] : [A]);
    expect((await undo(started)).ok).toBe(true);
    expect(membersOf(write)).toEqual([A, B]);
  });
});
