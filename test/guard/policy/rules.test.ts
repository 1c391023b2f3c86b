/** The decisions of a policy about an operation, about a call and in words, without a server. */
import { describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import type { Risk } from '../../../src/catalog/risk.js';
import { OperationGraph } from '../../../src/guard/operation-graph.js';
import { defaultPolicy, isRisk, Policy, type Rules } from '../../../src/guard/policy/policy.js';
import { policySchema } from '../../../src/guard/policy/policy-file.js';

const graph = new OperationGraph(catalog);
const named = (name: string) => {
  const entry = graph.named(name);
  if (entry === undefined) {
    throw new Error(`The catalog has no ${name}.`);
  }
  return entry;
};
const under = (rules: Rules) => new Policy(rules, undefined);

describe('a risk that is denied', () => {
  // delete_hook always carries `destructive` alone; a PATCH of a connector carries risks by its fields.
  it('excludes an operation if every call carries that risk and no other, and excludes no other operation', () => {
    const policy = under({ deny: ['destructive'] });
    expect(policy.forbids(named('delete_hook'))).toBe('deny: destructive');
    expect(under({ deny: ['trust'] }).forbids(named('delete_hook'))).toBeUndefined();
    expect(under({ deny: ['trust'] }).forbids(named('update_connector'))).toBeUndefined();
    // Its calls can carry another risk too, or it alone only in some of them.
    const others = graph.operations.filter(
      ({ operation }) =>
        operation.effect !== 'removes' &&
        operation.risks.includes('destructive') &&
        (operation.asks !== 'always' || operation.risks.length > 1),
    );
    expect(others.length).toBeGreaterThan(3);
    for (const entry of others) {
      expect(policy.forbids(entry), entry.name).toBeUndefined();
    }
  });

  it('forbids the calls that carry it', () => {
    const policy = under({ deny: ['trust', 'users'] });
    const entry = named('update_connector');
    expect(policy.forbidsRisks(entry, ['trust'])).toBe('deny: trust');
    expect(policy.forbidsRisks(entry, ['egress'])).toBeUndefined();
    expect(policy.forbidsRisks(entry, [])).toBeUndefined();
  });
});

describe('a domain that is denied', () => {
  const hooks = graph.operations.filter(({ domain }) => domain === 'hooks');
  const isRead = ({ operation }: (typeof hooks)[number]) => operation.effect === 'reads';

  it('forbids its reads too', () => {
    const policy = under({ deny: ['hooks'] });
    expect(hooks.some(isRead)).toBe(true);
    expect(hooks.filter((entry) => policy.forbids(entry) === undefined)).toEqual([]);
  });

  it('by its routes with their methods, as the reference of deny shows, keeps its reads', () => {
    const shown = policySchema.shape.deny.description ?? '';
    const terms = [...shown.matchAll(/"((?:POST|PUT|PATCH|DELETE) [^"]+)"/g)].map(
      ([, term]) => term,
    );
    const policy = under({ deny: terms.filter((term) => term !== undefined) });
    const forbidden = hooks.filter((entry) => policy.forbids(entry) !== undefined);
    expect(forbidden).toEqual(hooks.filter((entry) => !isRead(entry)));
  });
});

describe('a list of what is allowed', () => {
  const entry = named('update_connector');

  it('by a risk lists an operation that can carry it, and allows its calls that do', () => {
    const policy = under({ allow: ['reads', 'trust'] });
    expect(policy.forbids(entry)).toBeUndefined();
    expect(policy.forbids(named('create_organization_scope'))).toBe('allow: reads, trust');
    expect(policy.forbidsRisks(entry, ['trust', 'egress'])).toBeUndefined();
    expect(policy.forbidsRisks(entry, ['egress'])).toBe('allow: reads, trust');
  });

  it.each([['connectors'], ['update_connector'], ['update_*'], ['changes']])(
    'by %s allows every call',
    (term) => {
      const policy = under({ allow: [term] });
      expect(policy.forbids(entry)).toBeUndefined();
      expect(policy.forbidsRisks(entry, [])).toBeUndefined();
    },
  );

  it('is one of several, each of which must allow the operation', () => {
    const policy = new Policy({}, 'p', [['connectors'], ['reads']]);
    expect(policy.forbids(named('list_connectors'))).toBeUndefined();
    expect(policy.forbids(entry)).toBe('allow: reads');
  });
});

it('a policy that only reads forbids every write, and no read', () => {
  const policy = under({ read_only: true, allow: ['users'] });
  expect(policy.forbids(named('create_user'))).toBe('read_only');
  expect(policy.forbids(named('delete_user'))).toBe('read_only');
  expect(policy.forbids(named('list_users'))).toBeUndefined();
});

it('an operation is allowed against this server only if the policy names it', () => {
  const policy = under({ allow_against_self: ['delete_role'] });
  expect(policy.allowsAgainstSelf(named('delete_role'))).toBe(true);
  expect(policy.allowsAgainstSelf(named('delete_user'))).toBe(false);
  expect(under({}).allowsAgainstSelf(named('delete_role'))).toBe(false);
});

it('knows the names of risks', () => {
  expect(['destructive', 'egress', 'removes', ''].map(isRisk)).toEqual([true, true, false, false]);
});

describe('the name of a tool that writes outside of the tenant', () => {
  it.each([
    [{ deny: ['adds'] }, 'deny: adds'],
    [{ deny: ['save_*'] }, 'deny: save_*'],
    [{ deny: ['removes'] }, undefined],
    [{ read_only: true }, 'read_only'],
    [{}, undefined],
  ])('under %j is forbidden by %s', (rules, rule) => {
    expect(under(rules).forbidsTool('save_secret')).toBe(rule);
  });
});

describe('a plan', () => {
  const outline = (name: string) => named(name).operation;

  it.each([
    [{}, 'list_users', false],
    [{}, 'create_organization_scope', false],
    [{}, 'update_user', true],
    [{}, 'delete_user', true],
    [{ confirm: 'never' }, 'delete_user', false],
    [{ confirm: 'all-writes' }, 'create_organization_scope', true],
    [{ confirm: 'all-writes' }, 'list_users', false],
    [{ confirm: ['irreversible'] }, 'update_user', true],
    [{ confirm: ['destructive'] }, 'update_organization', true],
    [{ confirm: ['egress'] }, 'update_organization', true],
    [{ confirm: ['privilege'] }, 'update_organization', false],
    [{ confirm: ['irreversible'] }, 'create_organization_scope', false],
    [{ confirm: ['privilege'] }, 'assign_user_roles', true],
    [{ confirm: [] }, 'delete_user', false],
  ] as const)('under %j of %s is possible: %s', (rules, name, isPossible) => {
    expect(defaultPolicy(rules).mayAsk(outline(name))).toBe(isPossible);
  });

  it.each([
    [undefined, [], false],
    [undefined, ['trust'], true],
    ['all-writes', [], true],
    ['never', ['trust'], false],
    [['trust'], ['egress', 'trust'], true],
    [['trust'], ['egress'], false],
  ] as const)('with confirm %j is made for the risks %j: %s', (confirm, carried, asks) => {
    const rules: Rules = confirm === undefined ? {} : { confirm };
    expect(defaultPolicy(rules).asks(carried as readonly Risk[])).toBe(asks);
  });
});

describe('the entities that a policy names', () => {
  it.each([
    [{}, false],
    [{ protect: {} }, false],
    [{ protect: { users: [] } }, false],
    [{ protect: { roles: ['Owner'] } }, true],
    [{ organizations: [] }, true],
    [{ organizations: ['a'] }, true],
  ])('of %j exist: %s', (rules, namesAny) => {
    expect(under(rules).namesEntities).toBe(namesAny);
  });
});

describe('the rules in words', () => {
  it('are one line for a server without a policy', () => {
    expect(defaultPolicy().describe()).toEqual([
      'Writes that carry a risk must be confirmed: destructive, irreversible, credential, privilege, trust, egress.',
    ]);
  });

  it('name every rule, and no rule that is not set', () => {
    const rules: Rules = {
      read_only: true,
      deny: ['domains', 'delete_user'],
      confirm: ['trust', 'egress'],
      protect: { users: [], roles: ['Owner', 'Admin'], applications: ['Billing'] },
      organizations: ['a', 'b'],
      limits: { writes_per_minute: 3, removals_per_run: undefined, removals_per_minute: 0 },
    };
    expect(new Policy(rules, 'staging', [['reads', 'users']]).describe()).toEqual([
      'Profile: staging.',
      'Read-only: everything that changes something is excluded.',
      'Only: reads, users.',
      'Never: domains, delete_user.',
      'Protected: roles Owner, Admin; applications Billing.',
      'Changes only to the organizations a, b.',
      'writes per minute: 3.',
      'removals per minute: 0.',
      'Writes with one of these risks must be confirmed: trust, egress.',
    ]);
  });

  it.each([
    ['all-writes', 'Every write must be confirmed.'],
    ['never', 'Nothing must be confirmed.'],
    [[], 'Nothing must be confirmed.'],
  ] as const)('say of confirm %j: %s', (confirm, line) => {
    expect(defaultPolicy({ confirm }).describe()).toEqual([line]);
  });
});
