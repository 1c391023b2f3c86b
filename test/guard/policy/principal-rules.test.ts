/** For whom rules for principals hold, and that what they add can only restrict. */
import { describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { OperationGraph } from '../../../src/guard/operation-graph.js';
import type { Rules } from '../../../src/guard/policy/policy.js';
import {
  PolicySet,
  type PrincipalFacts,
  type PrincipalMatch,
  type PrincipalRule,
} from '../../../src/guard/policy/principal-rules.js';

const graph = new OperationGraph(catalog);
const named = (name: string) => graph.keyed(name);

const ada: PrincipalFacts = {
  scope: ['logto:read', 'logto:write'],
  sub: 'ada',
  client_id: 'client',
  role: ['r1', 'Editor'],
  organization: ['o1', 'Alpine'],
};

const policyFor = (principals: readonly PrincipalRule[], rules: Rules = {}, facts = ada) =>
  new PolicySet(rules, undefined, rules.allow ? [rules.allow] : [], principals).for(facts);

describe('a match', () => {
  it.each<readonly [match: PrincipalMatch, matches: boolean]>([
    [{}, true],
    [{ scope: 'logto:write' }, true],
    [{ scope: 'logto:remove' }, false],
    [{ scope: ['logto:remove', 'logto:read'] }, true],
    [{ scope: [] }, false],
    [{ role: 'Editor' }, true],
    [{ role: 'r1' }, true],
    [{ role: 'editor' }, false],
    [{ sub: 'ada' }, true],
    [{ sub: 'a' }, false],
    [{ client_id: 'client' }, true],
    [{ client_id: ['x', 'y'] }, false],
    [{ organization: 'Alpine' }, true],
    [{ organization: 'o2' }, false],
    [{ sub: 'ada', role: 'Editor' }, true],
    [{ sub: 'ada', role: 'Other' }, false],
    [{ sub: 'rio', role: 'Editor' }, false],
  ])('%j holds for this person: %s, and unless turns it around', (match, matches) => {
    const rule = { read_only: true };
    expect(policyFor([{ when: match, ...rule }]).policy.readOnly).toBe(matches);
    expect(policyFor([{ unless: match, ...rule }]).policy.readOnly).toBe(!matches);
    expect(policyFor([{ when: { sub: 'ada' }, unless: match, ...rule }]).policy.readOnly).toBe(
      !matches,
    );
    expect(policyFor([{ when: { sub: 'rio' }, unless: match, ...rule }]).policy.readOnly).toBe(
      false,
    );
  });
});

describe('the policy of a person', () => {
  const all = { when: {} };

  it('is that for everybody where no rule holds, and one key stands for the same rules', () => {
    const rules: PrincipalRule[] = [
      { when: { sub: 'rio' }, read_only: true },
      { when: { sub: 'ada' }, deny: ['delete_user'] },
      { when: { role: 'Editor' }, deny: ['delete_role'] },
    ];
    expect(policyFor(rules.slice(0, 1))).toMatchObject({ key: '' });
    expect(policyFor(rules).key).toBe('1 2');
    expect(policyFor(rules, {}, { ...ada, sub: 'rio', role: [] }).key).toBe('0');
    expect(policyFor(rules, {}, { ...ada, sub: 'x', role: [] }).key).toBe('');
    const { policy } = policyFor(rules);
    expect([policy.forbids(named('delete_user')), policy.forbids(named('delete_role'))]).toEqual([
      'deny: delete_user',
      'deny: delete_role',
    ]);
  });

  it('has every list of what is allowed, where one is given', () => {
    const principals = [
      { ...all, allow: ['reads'] },
      { ...all, deny: ['domains'] },
    ];
    const { policy } = policyFor(principals, { allow: ['users'] });
    expect(policy.forbids(named('list_users'))).toBeUndefined();
    expect(policy.forbids(named('create_user'))).toBe('allow: reads');
    expect(policy.forbids(named('list_roles'))).toBe('allow: users');
    // The lists of one person are not those of the next.
    const set = new PolicySet({}, undefined, [], [{ when: { sub: 'ada' }, allow: ['reads'] }]);
    set.for(ada);
    expect(set.for({ ...ada, sub: 'rio' }).policy.forbids(named('create_user'))).toBeUndefined();
    expect(set.policy.forbids(named('create_user'))).toBeUndefined();
  });

  it.each<readonly [rules: Rules, rule: Omit<PrincipalRule, 'when'>, confirm: unknown]>([
    [{}, { confirm: 'never' }, 'risks'],
    [{}, { confirm: ['trust'] }, 'risks'],
    [{}, { confirm: 'all-writes' }, 'all-writes'],
    [{ confirm: 'never' }, { confirm: ['trust'] }, ['trust']],
    [{ confirm: 'all-writes' }, { confirm: 'never' }, 'all-writes'],
    [{ confirm: ['trust'] }, {}, ['trust']],
  ])('under %j with %j confirms %j', (rules, rule, confirm) => {
    expect(policyFor([{ ...all, ...rule }], rules).policy.confirm).toEqual(confirm);
  });

  it('has the lower limits of several rules for this person alone, beside those for all', () => {
    const { policy } = policyFor(
      [
        { ...all, limits: { writes_per_minute: 5, removals_per_run: 3 } },
        { ...all, limits: { writes_per_minute: 4 } },
        all,
      ],
      { limits: { writes_per_minute: 9 } },
    );
    expect(policy.limits).toEqual({ writes_per_minute: 9 });
    expect(policy.personLimits).toEqual({ writes_per_minute: 4, removals_per_run: 3 });
  });

  it('allows against this server what the rules for all allow, whatever holds', () => {
    const rules = { allow_against_self: ['delete_role'] };
    const protectsRole = { unless: { role: 'Admin' }, read_only: true };
    for (const principals of [[], [all], [protectsRole], [{ when: { sub: 'x' } }]]) {
      const { policy } = policyFor(principals, rules);
      expect(policy.allowsAgainstSelf(named('delete_role'))).toBe(true);
      expect(policy.allowsAgainstSelf(named('delete_user'))).toBe(false);
    }
  });

  it('keeps the profile', () => {
    const set = new PolicySet({}, 'staging', [], [{ when: { sub: 'ada' } }]);
    expect(set.for(ada).policy.profile).toBe('staging');
    expect(set.for({ ...ada, sub: 'rio' }).policy.profile).toBe('staging');
    expect(set.policy.profile).toBe('staging');
  });
});

describe('the roles and organizations that rules name', () => {
  const principals: PrincipalRule[] = [
    { when: { role: ['Admin', 'Editor'] } },
    { unless: { role: 'Admin', organization: 'o9' } },
    { when: { sub: 'ada', organization: ['Alpine'] } },
  ];

  it('are protected from everybody who signs in, beside what is protected already', () => {
    const set = new PolicySet(
      { protect: { roles: ['Owner'], users: ['u'] } },
      undefined,
      [],
      principals,
    );
    for (const facts of [ada, { ...ada, sub: 'x', role: [], organization: ['o9'] }]) {
      const { policy } = set.for(facts);
      expect(policy.protectedOf('roles')).toEqual(['Owner', 'Admin', 'Editor']);
      expect(policy.protectedOf('organizations')).toEqual(['o9', 'Alpine']);
      expect(policy.protectedOf('users')).toEqual(['u']);
    }
    // The program itself does not sign in.
    expect(set.policy.protectedOf('roles')).toEqual(['Owner']);
  });

  it('are none in rules by subject', () => {
    expect(policyFor([{ when: { sub: 'ada' } }]).policy.namesEntities).toBe(false);
  });

  it.each<readonly [rule: PrincipalRule, role: boolean, organization: boolean]>([
    [{ when: { role: 'a' } }, true, false],
    [{ unless: { role: 'a' } }, true, false],
    [{ when: { organization: 'a' } }, false, true],
    [{ unless: { organization: 'a' } }, false, true],
    [{ when: { sub: 'a' }, unless: { scope: 'b' } }, false, false],
  ])('are looked up where a rule has them: %j', (rule, role, organization) => {
    const set = new PolicySet({}, undefined, [], [{ when: { sub: 'x' } }, rule]);
    expect([set.looksAt('role'), set.looksAt('organization')]).toEqual([role, organization]);
  });
});
