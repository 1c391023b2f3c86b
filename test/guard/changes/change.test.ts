/** Comparisons by which an undo decides: whether something is there as wanted, and is still what was made. */
import { expect, it } from 'vitest';
import { covers, isAsMade, nameFor } from '../../../src/guard/changes/change.js';

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
