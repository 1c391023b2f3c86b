/** What is told by comparing what is there: whether a write has been made, and whether something still is as it was made. */
import { describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { covers, isAsMade, nameFor } from '../../../src/guard/changes/change.js';
import { changeOf } from '../../../src/guard/changes/index.js';
import { OperationGraph, type Values } from '../../../src/guard/operation-graph.js';

const graph = new OperationGraph(catalog);

const made = (name: string, values: Values, before: unknown, now: unknown) =>
  changeOf(graph.keyed(name), graph).verify({ values, before }, now);

type Row = readonly [made: boolean | undefined, before: unknown, now: unknown];

const pairs = (...texts: readonly string[]) => texts.map((text) => text.split('/'));

/** Writes, and what is told of them: true for made, false for not made, undefined for what cannot be told. */
const TABLE: readonly (readonly [name: string, values: Values, rows: readonly Row[]])[] = [
  [
    'assign_user_roles',
    { userId: 'u', roleIds: ['a', 'b'] },
    [
      [true, ['a'], ['a', 'b']],
      [true, [], ['c', 'b', 'a']],
      [false, ['a', 'c'], ['c', 'a']],
      [undefined, ['c'], ['a', 'c']],
      [undefined, undefined, ['a', 'b']],
      [undefined, ['a'], undefined],
    ],
  ],
  [
    'create_organization_jit_email_domain',
    { id: 'o', emailDomain: 'x.example' },
    [
      [true, [], ['x.example']],
      [false, ['y.example'], ['y.example']],
    ],
  ],
  [
    'delete_role_user',
    { id: 'r', userId: 'u' },
    [
      [true, ['u', 'v'], ['v']],
      [false, ['u', 'v'], ['v', 'u']],
      [undefined, ['u', 'v'], ['u']],
      [undefined, undefined, ['v']],
      [undefined, ['u'], undefined],
    ],
  ],
  [
    'replace_user_roles',
    { userId: 'u', roleIds: ['a', 'b', 'a'] },
    [
      [true, ['c'], ['b', 'a']],
      [false, ['c', 'd'], ['d', 'c']],
      [undefined, ['c'], ['a']],
      [undefined, undefined, ['a', 'b']],
      [undefined, ['c'], undefined],
    ],
  ],
  [
    'replace_organization_user_roles',
    { id: 'o', userId: 'u', organizationRoleNames: ['a'] },
    [
      [undefined, ['c'], ['a']],
      [undefined, ['c'], ['c']],
    ],
  ],
  [
    'assign_organization_roles_to_users',
    { id: 'o', userIds: ['u', 'v'], organizationRoleIds: ['r', 'r'] },
    [
      [true, pairs('u/r'), pairs('u/r', 'v/r')],
      [false, pairs('u/r'), pairs('u/r')],
      [undefined, [], pairs('u/r')],
      [undefined, undefined, pairs('u/r', 'v/r')],
      [undefined, [], undefined],
    ],
  ],
  [
    'delete_role',
    { id: 'r' },
    [
      [true, { id: 'r' }, undefined],
      [false, { id: 'r' }, { id: 'r' }],
      [undefined, undefined, undefined],
    ],
  ],
  [
    'delete_email_templates',
    { languageTag: 'ja' },
    [
      [true, [{ id: 'a' }, { id: 'b' }], []],
      [false, [{ id: 'a' }, { id: 'b' }], [{ id: 'a' }, { id: 'b' }]],
      [undefined, [{ id: 'a' }, { id: 'b' }], [{ id: 'b' }]],
    ],
  ],
  [
    'update_role',
    { id: 'r', name: 'n', description: 'new' },
    [
      [true, { name: 'n', description: 'old' }, { name: 'n', description: 'new', more: 1 }],
      [false, { name: 'm', description: 'old' }, { name: 'm', description: 'old' }],
      [undefined, { name: 'm', description: 'old' }, { name: 'n', description: 'old' }],
      [undefined, { name: 'm', description: 'old' }, { description: 'new' }],
      [undefined, undefined, { name: 'n', description: 'new' }],
      [undefined, { name: 'm' }, undefined],
    ],
  ],
  // Logto stores an empty text as null.
  ['update_user', { userId: 'u', name: '' }, [[true, { name: 'n' }, { name: null }]]],
  [
    'update_user',
    { userId: 'u', profile: { address: { country: 'FR' } } },
    [
      [true, { profile: {} }, { profile: { address: { country: 'FR', locality: 'L' }, a: 1 } }],
      [undefined, { profile: {} }, { profile: { address: { country: 'DE' } } }],
      [undefined, { profile: {} }, { profile: { address: 'FR' } }],
    ],
  ],
  ['update_user_password', { userId: 'u', password: 'p' }, [[undefined, { id: 'u' }, { id: 'u' }]]],
  [
    'update_user_custom_data',
    { userId: 'u', customData: { a: 1 } },
    [
      [true, { b: 2 }, { a: 1, b: 2 }],
      [false, { b: 2 }, { b: 2 }],
    ],
  ],
  [
    'replace_custom_phrase',
    { languageTag: 'ja', translation: { a: 'new' } },
    [
      [true, { translation: { a: 'old' } }, { languageTag: 'ja', translation: { a: 'new' } }],
      [false, { translation: { a: 'old' } }, { languageTag: 'ja', translation: { a: 'old' } }],
    ],
  ],
  // The fields of these are one level down in what is read.
  [
    'update_email_template_details',
    { id: 't', subject: 'new' },
    [
      [true, { details: { subject: 'old' } }, { details: { subject: 'new', content: 'c' } }],
      [false, { details: { subject: 'old' } }, { details: { subject: 'old' } }],
      [undefined, { details: { subject: 'old' } }, { details: { content: 'c' } }],
    ],
  ],
  // Of these the answer tells more than what is there.
  ['create_role', { name: 'n' }, [[undefined, [], [{ name: 'n' }]]]],
  [
    'update_custom_profile_fields_order',
    { order: [{ name: 'a', sieOrder: 1 }] },
    [[undefined, [{ name: 'a', sieOrder: 2 }], [{ name: 'a', sieOrder: 1 }]]],
  ],
];

describe.each(TABLE)('%s %j', (name, values, rows) => {
  it.each(rows)('is %s with %j before and %j now', (expected, before, now) => {
    expect(made(name, values, before, now)).toBe(expected);
  });
});

it.each([
  [true, { a: 1, b: 2 }, { a: 1 }],
  [true, { a: { b: 1, c: 2 } }, { a: { c: 2 } }],
  [false, { a: { b: 1 } }, { a: { b: 1, c: 2 } }],
  [false, { a: 1, b: 2 }, { a: 1, b: 3 }],
  [false, { a: 1 }, 'a'],
  [false, 'a', { a: 1 }],
  [false, undefined, { a: 1 }],
  [true, [1, 2], [1, 2]],
  [false, [1, 2], [1]],
  // Logto stores an empty text as null.
  [true, null, ''],
  [false, '', null],
  [false, undefined, ''],
  [false, null, 'a'],
] as const)('it is %s that %j covers %j', (expected, there, wanted) => {
  expect(covers(there, wanted)).toBe(expected);
});

it.each([
  [true, { id: 'r', name: 'n' }, { id: 'r', name: 'n', more: 1 }],
  [false, { id: 'r', name: 'n' }, { id: 'r', name: 'm' }],
  [true, { id: 'r', name: 'n' }, { id: 'r' }],
  [
    true,
    { updatedAt: 1, lastSignInAt: 1, createdAt: 1 },
    { updatedAt: 2, lastSignInAt: 2, createdAt: 2 },
  ],
  [true, { id: 'r', secret: '[secret]' }, { id: 'r', secret: 'known' }],
  [false, { id: 'r', secret: '[secret]' }, { id: 's', secret: 'known' }],
  [true, undefined, { id: 'r' }],
] as const)('it is %s that what was made as %j is still that, as %j', (expected, made, now) => {
  expect(isAsMade(made, now)).toBe(expected);
});

it.each([
  ['a', { verificationId: 'a', id: 'b', name: 'c' }],
  ['b', { id: 'b', name: 'c' }],
  ['c', { name: 'c' }],
  [undefined, {}],
  [undefined, undefined],
] as const)('the name for a removal is %s in %j', (expected, thing) => {
  expect(nameFor(thing, 'verificationId')).toBe(expected);
});
