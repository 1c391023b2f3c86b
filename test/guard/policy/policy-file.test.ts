/** A policy file is read correctly, or refused with the wrong words in it. */
import { describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { risks } from '../../../src/catalog/risk.js';
import { OperationGraph } from '../../../src/guard/operation-graph.js';
import {
  loadPolicy,
  loadPolicySet,
  PolicyError,
  readPolicy,
  readPolicySet,
} from '../../../src/guard/policy/policy-file.js';

const { operations } = new OperationGraph(catalog);

const read = (rules: unknown, profile?: string) =>
  readPolicy(typeof rules === 'string' ? rules : JSON.stringify(rules), profile, operations);

/** The message with which a policy is refused. */
function refusalOf(rules: unknown, profile?: string): string {
  try {
    read(rules, profile);
  } catch (error) {
    if (error instanceof PolicyError) {
      return error.message;
    }
    throw error;
  }
  throw new Error('The policy was read.');
}

describe('an invalid policy is refused, and its mistake is named', () => {
  it.each([
    ['{', 'The policy is not JSON: see line 1, column 2.'],
    ['{\n  "deny": [],\n}', 'see line 3, column 1.'],
    [{ confirm: 'always' }, 'confirm: takes "risks", "all-writes", "never", or a list of'],
    [[], 'The policy: '],
    [{ read_only: 'yes' }, 'read_only: '],
    [{ alow: [] }, 'There is no rule "alow". Did you mean allow?'],
    [
      { limits: { write_per_minute: 1 } },
      'There is no rule "write_per_minute" in limits. Did you mean writes_per_minute?',
    ],
    [{ protect: { user: [] } }, 'There is no rule "user" in protect. Did you mean users?'],
    [
      { principals: [{ when: { roles: ['x'] } }] },
      'There is no rule "roles" in principals.0.when. Did you mean role?',
    ],
    [
      { principals: [{ unless: { subs: ['x'] } }] },
      'There is no rule "subs" in principals.0.unless. Did you mean sub?',
    ],
    [
      { principals: [{ when: { sub: 'x' }, unles: {} }] },
      'There is no rule "unles" in principals.0. Did you mean unless?',
    ],
    [
      { profiles: { a: { alow: [] } } },
      'There is no rule "alow" in profiles.a. Did you mean allow?',
    ],
    [
      { principals: [{ when: { scope: 'write' } }] },
      'principals.0.when.scope: takes the scopes logto:read, logto:write, logto:remove, logto:secrets.',
    ],
    [{ confirm: 'sometimes' }, 'confirm: '],
    [{ limits: { writes_per_run: -1 } }, 'limits.writes_per_run: '],
    [
      { deny: ['delete_usr'] },
      'The policy names "delete_usr", which is no operation, no route, no domain, no effect and no risk. Did you mean delete_user?',
    ],
    [{ allow: ['user'] }, 'The policy names "user", which is no operation'],
    [
      { profiles: { a: { deny: ['nothing'] } } },
      'The policy names "nothing" in the profile a, which is no operation',
    ],
    [
      { principals: [{ when: { sub: 'x' }, allow: ['nothing'] }] },
      'The policy names "nothing" in principals[0], which is no operation',
    ],
    [
      { allow_against_self: ['delete_*'] },
      'The policy names "delete_*" in allow_against_self, which is no operation.',
    ],
    [{ principals: [{ read_only: true }] }, 'principals[0] has neither when nor unless.'],
  ])('%j', (rules, message) => {
    const profile = JSON.stringify(rules).includes('"profiles"') ? 'a' : undefined;
    expect(refusalOf(rules, profile)).toContain(message);
  });

  it.each([
    ['{"deny": ["reads"], "deny": []}', 'deny'],
    ['{"profiles": {"a": {}, "a": {"read_only": true}}}', 'a'],
    ['{"limits": {"writes_per_run": 1}, "protect": {"users": [], "users": ["x"]}}', 'users'],
  ])('%s, a duplicate name of which one value would be ignored', (text, member) => {
    expect(refusalOf(text)).toContain(`The policy has "${member}" twice in one place`);
  });

  it('several mistakes, which are all named', () => {
    const message = refusalOf({ read_only: 1, alow: [] });
    expect(message).toContain('read_only: ');
    expect(message).toContain('There is no rule "alow"');
  });
});

describe('a valid policy is read', () => {
  it('with a byte order mark, and with the same names in different objects or in texts', () => {
    const text =
      '\ufeff{"deny": ["delete_user"], "profiles": {"a": {"deny": ["reads"], "protect": {"users": ["deny\\": {", "}"]}}, "b": {"deny": []}}}';
    expect(read(text, 'a').protectedOf('users')).toEqual(['deny": {', '}']);
  });

  it.each([
    'users',
    'documents',
    'not-in-catalog',
    'reads',
    'removes',
    'trust',
    'delete_*',
    'GET /api/users*',
    '/api/roles/{id}',
    'delete_user',
  ])('with the term %s', (term) => {
    expect(() => read({ deny: [term] })).not.toThrow();
    expect(() => read({ allow: [term] })).not.toThrow();
  });

  it('with scopes, one or several', () => {
    for (const scope of ['logto:read', ['logto:read', 'logto:write']]) {
      expect(() => read({ principals: [{ when: { scope }, read_only: true }] })).not.toThrow();
    }
  });

  it('with flags that only make it stricter', () => {
    const text = JSON.stringify({ read_only: true, confirm: 'risks' });
    expect(readPolicy(text, undefined, operations, { read_only: false }).readOnly).toBe(true);
    expect(readPolicy('{}', undefined, operations, { read_only: true }).readOnly).toBe(true);
    expect(readPolicy('{}', undefined, operations, {}).readOnly).toBe(false);
    expect(readPolicy('{}', undefined, operations, { confirm: 'all-writes' }).confirm).toBe(
      'all-writes',
    );
  });
});

describe('confirm', () => {
  it('has "risks" as the name of the default, and "destructive" as its older name', () => {
    for (const confirm of ['risks', 'destructive']) {
      const policies = [
        read({ confirm }),
        read({ profiles: { p: { confirm } } }, 'p'),
        loadPolicySet(JSON.stringify({ principals: [{ unless: {}, confirm }] }), undefined, () => [
          ...operations,
        ]).for({ scope: [], sub: 'x', client_id: 'y', role: [], organization: [] }).policy,
      ];
      for (const policy of policies) {
        expect(policy.confirm).toBe('risks');
        expect(policy.confirmWarning).toBeUndefined();
        expect(risks.every((risk) => policy.asks([risk]))).toBe(true);
      }
    }
  });

  it.each(risks)(
    'with a list of %s alone warns of the other risks, at which nothing asks',
    (risk) => {
      const policy = read({ confirm: [risk] });
      const others = risks.filter((other) => other !== risk);
      expect(policy.unconfirmedRisks).toEqual(others);
      expect(others.some((other) => policy.asks([other]))).toBe(false);
      const [leftOut = ''] = (policy.confirmWarning ?? '').split(': writes');
      expect(risks.filter((other) => leftOut.includes(other))).toEqual(others);
      expect(policy.confirmWarning).toContain('"confirm": "risks"');
    },
  );

  it('warns of nothing where no risk is left out, or a name without brackets says so', () => {
    for (const confirm of [risks, 'never', 'all-writes', 'risks']) {
      expect(read({ confirm }).confirmWarning).toBeUndefined();
    }
    expect(read({ confirm: [], read_only: true }).confirmWarning).toBeUndefined();
    expect(read({ confirm: [] }).confirmWarning).toContain(
      'leaves out destructive, irreversible, credential, privilege, trust and egress: writes that carry these risks do not ask first.',
    );
  });

  it('refuses a list of the older name of the default beside names of no risk', () => {
    expect(refusalOf({ confirm: ['risks'] })).toContain('confirm');
    expect(refusalOf({ confirm: 'destructiv' })).toContain('confirm');
  });
});

describe('the profile', () => {
  const profiles = { staging: { read_only: true }, production: {} };

  it('must be chosen if there are profiles, and must exist', () => {
    expect(refusalOf({ profiles })).toBe(
      'Choose one of the profiles with --profile or LOGTO_MCP_PROFILE: staging, production.',
    );
    expect(refusalOf({ profiles }, 'stagin')).toBe(
      'The policy has no profile "stagin"; it has staging, production. Did you mean staging?',
    );
    expect(refusalOf({}, 'staging')).toBe('The policy has no profile "staging"; it has none.');
    expect(refusalOf({ profiles }, 'toString')).toContain('The policy has no profile "toString"');
    expect(read({ profiles }, 'staging')).toMatchObject({ profile: 'staging', readOnly: true });
    expect(read({ profiles: {} }).profile).toBeUndefined();
  });

  it('must share an organization with the rules beside it if both name some', () => {
    const both = (mine: string[] | undefined) => ({
      organizations: ['a', 'b'],
      profiles: { one: mine === undefined ? {} : { organizations: mine } },
    });
    expect(refusalOf(both(['c']), 'one')).toContain('have no organization in common');
    expect(read(both(['b', 'c']), 'one').organizations).toEqual(['b']);
    expect(read(both(undefined), 'one').organizations).toEqual(['a', 'b']);
    expect(read({ profiles: { one: { organizations: [] } } }, 'one').organizations).toEqual([]);
  });

  it('without a policy is a mistake; without both the default policy applies', () => {
    const unasked = () => {
      throw new Error('The operations are not needed.');
    };
    expect(() => loadPolicy(undefined, 'staging', unasked)).toThrow(/there is no policy/);
    const policy = loadPolicy(undefined, undefined, unasked);
    expect(policy).toMatchObject({ confirm: 'risks', readOnly: false, profile: undefined });
    expect(loadPolicy('{"read_only": true}', undefined, () => operations).readOnly).toBe(true);
    expect(loadPolicySet(undefined, undefined, unasked).looksAt('role')).toBe(false);
    expect(() => loadPolicy('{', undefined, () => operations, '/etc/p.json')).toThrow(
      /^\/etc\/p\.json: The policy is not JSON/,
    );
  });
});

it('the lists of the file, of the profile and of a flag must each let an operation through', () => {
  const text = JSON.stringify({ allow: ['users'], profiles: { a: { allow: ['reads'] } } });
  const set = readPolicySet(text, 'a', operations, { allow: ['list_users'] });
  const passing = operations.filter((entry) => set.policy.forbids(entry) === undefined);
  expect(passing.map(({ name }) => name)).toEqual(['list_users']);
});
