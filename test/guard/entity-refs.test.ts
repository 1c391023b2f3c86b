/** Which entities a call names, and what a person calls them: over the catalog, without a tenant. */
import { describe, expect, it } from 'vitest';
import { type EntityKind, entities } from '../../src/catalog/entities.js';
import { catalog } from '../../src/catalog/index.js';
import { protectable } from '../../src/catalog/protectable.js';
import {
  addressesIn,
  addressesNamed,
  entitiesNamed,
  fullLabelOf,
  labelOf,
  readEntity,
  refsInside,
  refsNamed,
  searchFor,
} from '../../src/guard/entity-refs.js';
import { OperationGraph } from '../../src/guard/operation-graph.js';
import { type Reads, TenantReader } from '../../src/guard/tenant-reader.js';
import { objectsIn } from '../../src/json.js';
import type { Reply } from '../../src/logto/session.js';

const graph = new OperationGraph(catalog);
const named = (name: string) => graph.keyed(name);

describe('the entities that a call names', () => {
  it('are those of its arguments that are an entity of a kind that can be protected', () => {
    let count = 0;
    for (const entry of graph.operations) {
      for (const { path, kind, by } of entry.operation.entities.filter(
        ({ path }) => !/[.*]/.test(path),
      )) {
        const values = { [path]: 'X-1' };
        expect(entitiesNamed(entry, values)).toContainEqual(
          expect.objectContaining({ kind, value: 'X-1' }),
        );
        const protectedKind = protectable[kind];
        const isRef = protectedKind !== undefined && by !== 'address';
        expect(refsNamed(entry, values), `${entry.name} ${path}`).toEqual(
          isRef ? [{ kind: protectedKind, id: 'X-1' }] : [],
        );
        expect(addressesNamed(entry, values)).toEqual(by === 'address' ? ['x-1'] : []);
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(200);
  });

  it('are found at any depth by the names of members', () => {
    const value = {
      a: [{ userId: 'u1', roleIds: ['r1', 'r2', 7] }],
      organizationId: 'o1',
      roleId: { id: 'x' },
      scopeIds: ['s'],
    };
    expect(refsInside(value)).toEqual([
      { kind: 'users', id: 'u1' },
      { kind: 'roles', id: 'r1' },
      { kind: 'roles', id: 'r2' },
      { kind: 'organizations', id: 'o1' },
    ]);
    expect(refsInside('userId')).toEqual([]);
    expect(refsInside(undefined)).toEqual([]);
  });

  it('are found by the arguments of an operation too', () => {
    const entry = named('update_user');
    expect(refsInside({ userId: 'u1' }, entry)).toContainEqual({ kind: 'users', id: 'u1' });
    expect(refsInside({ id: 'r1' }, named('update_role'))).toEqual([{ kind: 'roles', id: 'r1' }]);
    expect(refsInside({ id: 'r1' })).toEqual([]);
    expect(refsInside([{ id: 'r1' }], named('update_role'))).toEqual([]);
  });
});

it('addresses are found at any depth, in lower case', () => {
  expect(
    addressesIn([
      { primaryEmail: 'A@x.example', inner: { phone: '+1', name: 'B@x.example' } },
      { targets: ['C@x.example', 7] },
    ]),
  ).toEqual(['a@x.example', '+1', 'c@x.example']);
  expect(addressesIn('A@x.example')).toEqual([]);
});

describe('the search of a list', () => {
  it('is by the exact name or address where the list has fields to search in', () => {
    const { searchFields } = searchFor(named('list_users'), 'ada');
    expect(objectsIn(searchFields).map(({ field }) => field)).toEqual(
      expect.arrayContaining(['username', 'name', 'primaryEmail', 'primaryPhone']),
    );
    expect(objectsIn(searchFields).every(({ mode }) => mode === 'exact')).toBe(true);
    expect(named('list_users').operation.search).toContain('id');
    expect(JSON.stringify(searchFields)).not.toContain('"id"');
    expect(searchFor(named('list_roles'), 'x')).toEqual({
      searchFields: [{ field: 'name', values: ['x'], mode: 'exact' }],
    });
  });

  it('is by a part of the name where it has a filter, and by nothing elsewhere', () => {
    expect(searchFor(named('list_organizations'), 'x')).toEqual({ q: 'x' });
    expect(searchFor(named('list_hooks'), 'x')).toEqual({});
    expect(searchFor(named('list_logs'), 'x')).toEqual({});
  });
});

describe('an entity that is read by its id', () => {
  const signal = AbortSignal.timeout(10_000);

  /** Reads over a session that answers every request with this body. */
  function answering(body: unknown): { readonly reads: Reads; readonly seen: string[] } {
    const seen: string[] = [];
    const session = {
      tokenRequests: 0,
      redact: (text: string) => text,
      check: async () => undefined,
      send: async ({ url }: { readonly url: string }, values: object): Promise<Reply> => {
        seen.push(`${url} ${JSON.stringify(values)}`);
        return { status: 200, body };
      },
    };
    return { reads: new TenantReader(session).unlimited(signal), seen };
  }

  it('is read by the operation of its kind, where there is one and it belongs to no other', async () => {
    for (const [kind, { read, argument, within }] of Object.entries(entities)) {
      const { reads, seen } = answering({ id: 'x' });
      const entity = await readEntity(kind as EntityKind, 'x', graph, reads);
      const isRead = read !== undefined && argument !== undefined && within === undefined;
      expect(entity, kind).toEqual(isRead ? { id: 'x' } : undefined);
      expect(seen, kind).toEqual(
        isRead ? [`${graph.keyed(read).operation.url} ${JSON.stringify({ [argument]: 'x' })}`] : [],
      );
    }
  });

  it('is none where the answer is no object', async () => {
    expect(await readEntity('user', 'x', graph, answering(['x']).reads)).toBeUndefined();
  });
});

describe('what a person calls an entity', () => {
  it.each<readonly [kind: EntityKind, entity: unknown, label: unknown]>([
    [
      'user',
      { id: 'u', name: 'Ada', username: 'ada', primaryEmail: 'a@x.example' },
      { name: 'Ada', known_by: { primaryEmail: 'a@x.example', username: 'ada' } },
    ],
    [
      'user',
      { id: 'u', name: ' ', username: 'ada' },
      { name: 'ada', known_by: { username: 'ada' } },
    ],
    [
      'user',
      { id: 'u', name: null, primaryPhone: '+1' },
      { name: '+1', known_by: { primaryPhone: '+1' } },
    ],
    ['user', { id: 'u' }, { name: 'u' }],
    ['user', {}, undefined],
    ['user', 'u', undefined],
    ['role', { id: 'r', name: 'Support' }, { name: 'Support' }],
    [
      'hook',
      { id: 'h', name: 'In', config: { url: 'https://a.example/x?token=hush-hush' } },
      { name: 'In', known_by: { url: 'https://a.example/x?token=[secret]' } },
    ],
    [
      'connector',
      { id: 'c', target: 'github', connectorId: 'github-universal' },
      { name: 'github' },
    ],
    [
      'email template',
      { id: 'e', templateType: 'SignIn', languageTag: 'fr' },
      { name: 'SignIn fr' },
    ],
    ['email template', { id: 'e', languageTag: 'fr' }, { name: 'fr' }],
    ['email template', { id: 'e' }, { name: 'e' }],
    ['custom phrase', { languageTag: 'fr' }, { name: 'fr' }],
    ['profile field', { name: 'size', label: '' }, { name: 'size' }],
    ['session', { payload: { uid: 's' } }, { name: 's' }],
  ])('is told of a %s: %j', (kind, entity, label) => {
    expect(labelOf(kind, entity)).toEqual(label);
  });
});

it.each([
  [{ id: 'u', name: 'Ada' }, 'Ada'],
  [{ id: 'u', username: 'ada' }, 'ada'],
  [{ id: 'u', name: 'Ada', primaryEmail: 'a@x.example', username: 'ada' }, 'Ada (a@x.example)'],
  [{}, undefined],
])('the user %j is written as %s', (user, text) => {
  expect(fullLabelOf('user', user)).toBe(text);
});
