/** The undo of every write on a set of members, on a tenant of sets: it restores the set, or is refused and sends nothing. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { changeOf } from '../../../src/guard/changes/index.js';
import {
  lastParameterOf,
  OperationGraph,
  parametersOf,
} from '../../../src/guard/operation-graph.js';
import type { Transport } from '../../../src/logto/transport.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import { type Connected, connectClient, succeed } from '../../support/client.js';
import { answerOf } from '../../support/faults.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const [A, B, C] = ['a.example', 'b.example', 'c.example'];

const graph = new OperationGraph(catalog);

/** Members of the sets, by the paths of the lists that answer them. */
const sets = new Map<string, readonly string[]>();
/** Requests that change something, as method and path. */
let sent: string[] = [];

const { fetch } = createSandbox();

/** Answers every list of a tenant in which each entity exists. */
const tenant: Transport = async (url, init) => {
  const { pathname } = new URL(url);
  if (!pathname.startsWith('/api/')) {
    return fetch(url, init);
  }
  const parent = pathname.slice(0, pathname.lastIndexOf('/'));
  const last = pathname.slice(pathname.lastIndexOf('/') + 1);
  if (init.method === 'GET') {
    const list = graph.operations.find(
      ({ operation: { method, url: route } }) =>
        method === 'GET' && new RegExp(`^${route.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
    );
    const all = (sets.get(pathname) ?? []).map((id) => ({
      id,
      name: `name of ${id}`,
      domain: id,
      emailDomain: id,
    }));
    const { items } = list?.operation ?? {};
    const isEntity = list?.operation.url.endsWith('}') === true;
    const body = isEntity ? { id: last } : items === undefined ? all : { [items]: all };
    return answerOf(200, JSON.stringify(body), JSON_TYPE);
  }
  sent.push(`${init.method} ${pathname}`);
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

let connected: Connected;
beforeAll(async () => {
  connected = await connectClient({ fetch: tenant, served: false });
});
afterAll(() => connected.close());
beforeEach(() => sets.clear());

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
