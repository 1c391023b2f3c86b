/** What is sent of an update with nested settings, and what is said of members that it keeps or drops. */
import { describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import type { Outline } from '../../../src/catalog/operation.js';
import { deepMerge, lostNames, mergeUpdate } from '../../../src/guard/confirm/deep-merge.js';
import { OperationGraph } from '../../../src/guard/operation-graph.js';

const { operation } = new OperationGraph(catalog).keyed('update_user');
const outlineOf = (facts: Pick<Outline, 'replaces' | 'joins' | 'forms'>): Outline => ({
  ...operation,
  replaces: [],
  joins: [],
  ...facts,
});

describe('a deep merge', () => {
  it.each<readonly [name: string, current: unknown, input: unknown, merged: unknown]>([
    ['members', { a: 1, b: 2 }, { b: 3, c: 4 }, { a: 1, b: 3, c: 4 }],
    [
      'members of members',
      { a: { b: 1, c: { d: 2 } } },
      { a: { c: { e: 3 } } },
      { a: { b: 1, c: { d: 2, e: 3 } } },
    ],
    ['lists as given', { a: [1, 2] }, { a: [3] }, { a: [3] }],
    ['null as given', { a: { b: 1 } }, { a: null }, { a: null }],
    ['an object over a text', { a: 'x' }, { a: { b: 1 } }, { a: { b: 1 } }],
    ['a list over an object', { a: { b: 1 } }, { a: [1] }, { a: [1] }],
    ['what is not there', undefined, { a: 1 }, { a: 1 }],
    ['a text', { a: 1 }, 'x', 'x'],
    ['a member with the name of a method', {}, { toString: { a: 1 } }, { toString: { a: 1 } }],
  ])('takes %s', (_, current, input, merged) => {
    expect(deepMerge(current, input)).toEqual(merged);
  });
});

it.each<readonly [before: unknown, after: unknown, names: readonly string[]]>([
  [{ a: 1, b: { c: 2, d: { e: 3 } } }, { b: { d: {} } }, ['a', 'b.c', 'b.d.e']],
  [{ a: 1 }, { a: undefined }, []],
  [{ toString: 1 }, {}, ['toString']],
  [{ a: [1, 2] }, { a: [] }, []],
  [{ a: 1 }, 'x', []],
  ['x', { a: 1 }, []],
])('the names that %j has and %j has not are %j', (before, after, names) => {
  expect(lostNames(before, after)).toEqual(names);
});

describe('an update', () => {
  const current = { s: { a: 1, b: { c: 2, d: 3 } }, other: { x: 1 }, list: [1] };

  it('sends the merged value of a field that Logto replaces, and says what it keeps', () => {
    const { values, notes } = mergeUpdate(
      outlineOf({ replaces: ['s'] }),
      { s: { b: { c: 9 } }, name: 'n' },
      current,
      false,
    );
    expect(values).toEqual({ s: { a: 1, b: { c: 9, d: 3 } }, name: 'n' });
    expect(notes).toEqual(['Kept in s: a, b.d. replace_whole: true would drop them.']);
  });

  it('sends the field as it is given where the caller wants that, and says what it drops', () => {
    const { values, notes } = mergeUpdate(
      outlineOf({ replaces: ['s'] }),
      { s: { b: { c: 9 } } },
      current,
      true,
    );
    expect(values).toEqual({ s: { b: { c: 9 } } });
    expect(notes).toEqual(['Dropped from s: a, b.d.']);
  });

  it('of every member says nothing', () => {
    const s = { a: 5, b: { c: 6, d: 7 } };
    for (const whole of [true, false]) {
      expect(mergeUpdate(outlineOf({ replaces: ['s'] }), { s }, current, whole)).toEqual({
        values: { s },
        notes: [],
      });
    }
  });

  it('sends as given a field that Logto does not replace, a list, and what is not there', () => {
    const input = { other: { y: 2 }, list: { a: 1 }, absent: { a: 1 }, s: null };
    expect(
      mergeUpdate(outlineOf({ replaces: ['list', 'absent', 's'] }), input, current, false),
    ).toEqual({
      values: input,
      notes: [],
    });
    const { replaces: _, joins: __, forms: ___, ...bare } = operation;
    expect(mergeUpdate(bare, input, current, false).values).toEqual(input);
  });

  it('of a field that Logto joins sends the members that are given, each merged', () => {
    const input = { s: { b: { c: 9 }, e: 1 } };
    const { values, notes } = mergeUpdate(outlineOf({ joins: ['s'] }), input, current, false);
    expect(values).toEqual({ s: { b: { c: 9, d: 3 }, e: 1 } });
    expect(notes).toEqual(['Kept in s: b.d. replace_whole: true would drop them.']);
    const whole = mergeUpdate(outlineOf({ joins: ['s'] }), input, current, true);
    expect(whole).toEqual({ values: input, notes: ['Dropped from s: b.d.'] });
  });

  it('of another form drops what belongs to the former one, and says why', () => {
    const forms = { s: 'type' };
    const former = { s: { type: 'x', key: 'k' } };
    const outline = outlineOf({ replaces: ['s'], forms });
    const changed = mergeUpdate(outline, { s: { type: 'y' } }, former, false);
    expect(changed.values).toEqual({ s: { type: 'y' } });
    expect(changed.notes).toEqual(['Dropped from s, because its type changes: key.']);
    const same = mergeUpdate(outline, { s: { type: 'x' } }, former, false);
    expect(same.values).toEqual(former);
  });

  it('of a form that other members name says so too', () => {
    const outline = outlineOf({ replaces: ['s'], forms: { s: [['url'], ['file']] } });
    const { values, notes } = mergeUpdate(
      outline,
      { s: { url: 'u' } },
      { s: { file: 'f', id: 1 } },
      false,
    );
    expect(values).toEqual({ s: { id: 1, url: 'u' } });
    expect(notes).toEqual([
      'Kept in s: id. replace_whole: true would drop them.',
      'Dropped from s, which belongs to another form: file.',
    ]);
  });
});
