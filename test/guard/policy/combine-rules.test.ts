/** Two sets of rules together: never more than either allows. */
import { describe, expect, it } from 'vitest';
import { protectableKinds } from '../../../src/catalog/protectable.js';
import { risks } from '../../../src/catalog/risk.js';
import { combine, lowerLimits } from '../../../src/guard/policy/combine-rules.js';
import { type ConfirmRule, defaultPolicy, type Rules } from '../../../src/guard/policy/policy.js';

describe('a rule that stands in one of two sets', () => {
  const whole: Rules = {
    read_only: true,
    deny: ['a'],
    confirm: ['trust'],
    protect: Object.fromEntries(protectableKinds.map((kind) => [kind, [`${kind} x`]])),
    organizations: ['o'],
    limits: {
      writes_per_minute: 1,
      writes_per_run: 2,
      removals_per_minute: 3,
      removals_per_run: 4,
    },
    allow_against_self: ['delete_role'],
  };

  it.each([
    ['the first', combine(whole, {})],
    ['the second', combine({}, whole)],
    ['both', combine(whole, whole)],
  ])('counts: %s', (_, both) => {
    expect(both).toEqual(whole);
  });

  it('is not made up where neither has it', () => {
    expect(combine({}, {})).toEqual({ read_only: false, protect: {}, limits: {} });
  });
});

describe('of two rules', () => {
  it.each<readonly [name: string, base: Rules, profile: Rules, both: Rules]>([
    [
      'read_only counts from the first',
      { read_only: true },
      { read_only: false },
      { read_only: true },
    ],
    [
      'read_only counts from the second',
      { read_only: false },
      { read_only: true },
      { read_only: true },
    ],
    [
      'both lists of deny count',
      { deny: ['a', 'b'] },
      { deny: ['b', 'c'] },
      { deny: ['a', 'b', 'c'] },
    ],
    [
      'everything protected counts',
      { protect: { users: ['a'], roles: ['r'] } },
      { protect: { users: ['b', 'a'], resources: [] } },
      { protect: { users: ['a', 'b'], roles: ['r'] } },
    ],
    [
      'the organizations of both count',
      { organizations: ['a', 'b'] },
      { organizations: ['b', 'c'] },
      { organizations: ['b'] },
    ],
    ['none is in both', { organizations: ['a'] }, { organizations: ['c'] }, { organizations: [] }],
    [
      'what both allow against this server counts',
      { allow_against_self: ['a', 'b'] },
      { allow_against_self: ['b'] },
      { allow_against_self: ['b'] },
    ],
    [
      'the lower limits count',
      { limits: { writes_per_minute: 5, writes_per_run: 2 } },
      { limits: { writes_per_minute: 3, writes_per_run: 9, removals_per_run: 0 } },
      { limits: { writes_per_minute: 3, writes_per_run: 2, removals_per_run: 0 } },
    ],
  ])('%s', (_, base, profile, both) => {
    expect(combine(base, profile)).toMatchObject(both);
    const turned = combine(profile, base);
    for (const name of ['deny', 'organizations', 'allow_against_self'] as const) {
      expect(turned[name]?.toSorted()).toEqual(both[name]);
    }
    expect(turned.limits).toEqual(combine(base, profile).limits);
    expect(Object.keys(turned.protect ?? {}).toSorted()).toEqual(
      Object.keys(both.protect ?? {}).toSorted(),
    );
  });

  const rules: readonly ConfirmRule[] = [
    'risks',
    'all-writes',
    'never',
    ['trust'],
    ['trust', 'egress'],
    [],
    risks,
  ];

  it('confirm asks wherever one of them asks, and nowhere else', () => {
    for (const left of rules) {
      for (const right of rules) {
        const { confirm } = combine({ confirm: left }, { confirm: right });
        for (const carried of [[], ...risks.map((risk) => [risk])]) {
          const asks = [left, right].some((rule) => defaultPolicy({ confirm: rule }).asks(carried));
          expect(
            defaultPolicy({ confirm }).asks(carried),
            `${JSON.stringify([left, right])} ${carried.join()}`,
          ).toBe(asks);
        }
      }
    }
  });

  it('confirm is a word where it can be', () => {
    const of = (left: ConfirmRule, right: ConfirmRule) =>
      combine({ confirm: left }, { confirm: right }).confirm;
    expect(of('risks', ['trust'])).toBe('risks');
    expect(of(risks.slice(0, 3), risks.slice(3))).toBe('risks');
    expect(of('never', [])).toBe('never');
    expect(of('never', ['egress'])).toEqual(['egress']);
  });
});

it('a limit that one of two has is the limit, and one that is undefined is none', () => {
  expect(lowerLimits({ writes_per_run: 1 }, undefined)).toEqual({ writes_per_run: 1 });
  expect(lowerLimits(undefined, { writes_per_run: undefined, removals_per_run: 2 })).toEqual({
    removals_per_run: 2,
  });
  expect(lowerLimits()).toEqual({});
});
