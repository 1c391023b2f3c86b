/** Rules for some of the people who sign in: whom they hold for, that they only restrict, and what is said of mistakes. */
import { afterEach, describe, expect, it } from 'vitest';
import { PolicyError, readPolicySet } from '../../src/guard/policy/policy-file.js';
import { Directory } from '../../src/http/directory.js';
import { memberOf, objectsIn } from '../../src/json.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { entries, operations, type Serving, serveForTest } from './serve.js';

let serving: Serving | undefined;

afterEach(async () => {
  await serving?.close();
  serving = undefined;
});

const setOf = (policy: unknown) => readPolicySet(JSON.stringify(policy), undefined, entries);

/** A server under a policy with principals, and the errors of its calls. */
async function under(policy: unknown): Promise<Serving> {
  const policies = setOf(policy);
  let directory: Directory | undefined;
  const http: Serving = await serveForTest({
    policyFor: (principal) => {
      directory ??= new Directory({ session: http.session, operations, policies });
      return directory.policyFor(principal);
    },
  });
  serving = http;
  return http;
}

const errorOf = (json: unknown): unknown =>
  memberOf(memberOf(memberOf(json, 'result'), 'structuredContent'), 'error');

const role = { name: 'Temporary', description: 'x' };

describe('a rule for principals', () => {
  it.each([
    ['scope', { scope: 'logto:remove' }],
    ['role by its name', { role: 'MCP administrator' }],
    ['client', { client_id: ['other', 'test-client'] }],
  ])('applies by %s, for this person and not for another', async (_, when) => {
    const http = await under({ principals: [{ when, deny: ['create_role'] }] });
    const ada = await http.call(http.token('Ada'), 'create_role', role);
    expect(errorOf(ada.json)).toMatchObject({ code: 'forbidden_by_policy' });
    const other = http.token('Rio', {
      scope: 'logto:read logto:write',
      client_id: 'another-client',
    });
    expect(errorOf((await http.call(other, 'create_role', role)).json)).toBeUndefined();
  });

  it('applies by subject, and unless inverts a match', async () => {
    const http = await serveForTest();
    serving = http;
    const [ada, rio] = http.people.map(({ id }) => id);
    const facts = (sub: string) => ({
      sub,
      client_id: 'c',
      scope: ['logto:read'],
      role: [],
      organization: [],
    });
    const only = setOf({ principals: [{ unless: { sub: ada }, read_only: true }] });
    expect(only.for(facts(ada ?? '')).policy.readOnly).toBe(false);
    expect(only.for(facts(rio ?? '')).policy.readOnly).toBe(true);
    const both = setOf({
      principals: [{ when: { sub: ada, client_id: 'd' }, read_only: true }],
    });
    expect(both.for(facts(ada ?? '')).policy.readOnly).toBe(false);
  });

  it('applies by organization', async () => {
    const sandbox = createSandbox();
    const plain = await serveForTest({ sandbox });
    const send = async (name: string, values: Readonly<Record<string, unknown>>) => {
      const { operation } = operations.get(name) ?? raise();
      return (await plain.session.send(operation, values, AbortSignal.timeout(5_000))).body;
    };
    const [first] = objectsIn(await send('list_organizations', {}));
    const userIds = [plain.people[0]?.id];
    await send('add_organization_users', { id: first?.['id'], userIds });
    await plain.close();
    const policies = setOf({
      principals: [{ unless: { organization: first?.['name'] }, read_only: true }],
    });
    const directory = new Directory({ session: plain.session, operations, policies });
    const http = await serveForTest({
      sandbox,
      people: plain.people,
      resource: plain.resource,
      policyFor: (principal) => directory.policyFor(principal),
    });
    serving = http;
    const scope = 'logto:read logto:write';
    const ada = http.token('Ada', { aud: `http://127.0.0.1:${http.port}/mcp`, scope });
    const rio = http.token('Rio', { aud: `http://127.0.0.1:${http.port}/mcp`, scope });
    expect(errorOf((await http.call(ada, 'create_role', role)).json)).toBeUndefined();
    expect(
      errorOf((await http.call(rio, 'create_role', { ...role, name: 'Other' })).json),
    ).toMatchObject({ code: 'forbidden_by_policy' });
  });

  it('can only restrict: confirm, allow, limits and protect of the base stay', () => {
    const policies = setOf({
      confirm: 'all-writes',
      allow: ['users', 'roles'],
      limits: { writes_per_minute: 2 },
      deny: ['delete_user'],
      protect: { roles: ['support'] },
      principals: [
        {
          when: { scope: 'logto:read' },
          confirm: 'never',
          allow: ['users', 'applications'],
          limits: { writes_per_minute: 5 },
          deny: ['delete_role'],
        },
      ],
    });
    const facts = { sub: 'a', client_id: 'c', scope: ['logto:read'], role: [], organization: [] };
    const { policy, key } = policies.for(facts);
    expect(key).not.toBe('');
    expect(policy.confirm).toBe('all-writes');
    expect(policy.limits).toEqual({ writes_per_minute: 2 });
    expect(policy.personLimits).toEqual({ writes_per_minute: 5 });
    expect(policy.protectedOf('roles')).toEqual(['support']);
    const named = (name: string) => entries.find((entry) => entry.name === name) ?? raise();
    for (const name of ['delete_user', 'delete_role', 'list_roles', 'list_applications']) {
      expect(policy.forbids(named(name)), name).toBeDefined();
    }
    expect(policy.forbids(named('list_users'))).toBeUndefined();
  });

  it('cannot loosen the default confirmation', () => {
    const policies = setOf({
      principals: [{ when: { scope: 'logto:read' }, confirm: 'never' }],
    });
    const facts = { sub: 'a', client_id: 'c', scope: ['logto:read'], role: [], organization: [] };
    expect(policies.for(facts).policy.confirm).toBe('risks');
  });

  it('has its own limits for each person, beside the one for all', async () => {
    const http = await under({
      limits: { writes_per_minute: 3 },
      principals: [{ when: { scope: 'logto:read' }, limits: { writes_per_minute: 2 } }],
    });
    const rio = http.token('Rio', { scope: 'logto:read logto:write' });
    const outcomes: unknown[] = [];
    for (const [index, token] of [
      http.token('Ada'),
      http.token('Ada'),
      http.token('Ada'),
      rio,
      rio,
    ].entries()) {
      const { json } = await http.call(token, 'create_role', { ...role, name: `T${index}` });
      outcomes.push(memberOf(errorOf(json), 'code') ?? 'ok');
    }
    const no = 'forbidden_by_policy';
    expect(outcomes).toEqual(['ok', 'ok', no, 'ok', no]);
  });
});

describe('a mistake in principals', () => {
  it.each([
    [
      [{ when: { rol: 'x' }, read_only: true }],
      /There is no rule "rol" in principals\.0\.when\. .*role/,
    ],
    [
      [{ when: { scope: 'logto:reed' }, read_only: true }],
      /principals\.0\.when\.scope: .*logto:read/,
    ],
    [[{ when: { sub: 'x' }, deney: ['users'] }], /"deney" in principals\.0\. .*deny/],
    [
      [{ when: { sub: 'x' }, deny: ['delete_rol'] }],
      /"delete_rol" in principals\[0\].*delete_role/,
    ],
    [[{ when: { sub: 'x' }, allow_against_self: ['delete_role'] }], /allow_against_self/],
    [[{ read_only: true }], /neither when nor unless/],
  ])('%j is refused with what to write instead', (principals, message) => {
    expect(() => setOf({ principals })).toThrow(PolicyError);
    expect(() => setOf({ principals })).toThrow(message);
  });

  it('of a role that does not exist stops every write', async () => {
    const http = await under({ principals: [{ when: { role: 'No such role' }, read_only: true }] });
    const { json } = await http.call(http.token('Ada'), 'create_role', role);
    expect(errorOf(json)).toMatchObject({ code: 'policy_names_nothing' });
  });
});

const raise = (): never => {
  throw new Error('not in the catalog');
};
