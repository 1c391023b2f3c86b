/**
 * An operator cannot become an administrator of this server, and cannot make another account one: tried over the catalog, with
 * every write that can name an account, a role, a scope or a resource, and by the ways that name none of them.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { OperationGraph, type Values } from '../../src/guard/operation-graph.js';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { SignInProtection } from '../../src/guard/policy/sign-in-protection.js';
import { TenantReader } from '../../src/guard/tenant-reader.js';
import { memberOf, objectsIn } from '../../src/json.js';
import type { Session } from '../../src/logto/session.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { operations, type Serving, serveForTest } from './serve.js';

let http: Serving;
let resourceId = '';
let scopeId = '';
let adminRole = '';
let emptyRole = '';
let organizationRole = '';
let bystander = '';

const read = async (name: string, values: Values = {}): Promise<unknown> => {
  const entry = operations.get(name);
  if (entry === undefined) {
    throw new Error(`no ${name}`);
  }
  return (await http.session.send(entry.operation, values, AbortSignal.timeout(5_000))).body;
};

const named = (items: unknown, name: string): string =>
  String(objectsIn(items).find((item) => item['name'] === name)?.['id']);

beforeAll(async () => {
  const policy = defaultPolicy({ confirm: 'never' });
  http = await serveForTest({ policy, selfSignIn: true });
  const resources = objectsIn(await read('list_resources'));
  resourceId = String(resources.find(({ indicator }) => indicator === http.resource)?.['id']);
  const scopes = await read('list_resource_scopes', { resourceId });
  scopeId = named(scopes, 'logto:remove');
  const roles = await read('list_roles', { page_size: 100 });
  adminRole = named(roles, 'MCP administrator');
  emptyRole = String(
    memberOf(await read('create_role', { name: 'Empty', description: 'x' }), 'id'),
  );
  organizationRole = String(
    memberOf(await read('create_organization_role', { name: 'Own' }), 'id'),
  );
  bystander = String(memberOf(await read('create_user', { username: 'bystander' }), 'id'));
});

afterAll(() => http.close());

/** Puts a value at a dotted path; `*` is the first item of a list. */
function at(path: string, value: unknown): unknown {
  const [name, ...rest] = path.split('.');
  if (name === undefined || name === '') {
    return value;
  }
  const inner = rest.length === 0 ? value : at(rest.join('.'), value);
  return name === '*' ? [inner] : { [name]: inner };
}

const KINDS = ['user', 'role', 'scope', 'resource'] as const;

const idOf = (kind: (typeof KINDS)[number]): string =>
  ({ user: http.people[0]?.id ?? '', role: adminRole, scope: scopeId, resource: resourceId })[kind];

const graph = new OperationGraph(catalog);

/** Every write, with every argument that can name something that people sign in with. */
const ways = graph.operations
  .filter(({ operation }) => operation.effect !== 'reads')
  .flatMap((entry) =>
    entry.operation.entities.flatMap(({ kind, path, by }) => {
      const namedKind = KINDS.find((item) => item === kind);
      return namedKind === undefined || by !== 'id' ? [] : [{ entry, kind: namedKind, path }];
    }),
  );

describe('what people sign in with', () => {
  it('is named by many writes', () => {
    expect(ways.length).toBeGreaterThan(60);
    for (const kind of KINDS) {
      expect(ways.some((way) => way.kind === kind)).toBe(true);
    }
  });

  it('is refused in every argument of every write that can name it', async () => {
    const protection = new SignInProtection(http.resource, sandboxSettings, graph);
    const let_through: string[] = [];
    // Nothing is changed here, so that each reply can be used again.
    const replies = new Map<string, ReturnType<Session['send']>>();
    const session: Session = {
      ...http.session,
      send: (operation, values, signal) => {
        const key = JSON.stringify([operation.method, operation.url, values]);
        const reply = replies.get(key) ?? http.session.send(operation, values, signal);
        replies.set(key, reply);
        return reply;
      },
    };
    for (const { entry, kind, path } of ways) {
      for (const value of [idOf(kind), [idOf(kind)]]) {
        const values = at(path, value) as Values;
        const reads = new TenantReader(session).forCheck(AbortSignal.timeout(20_000));
        const refused = await protection.check(entry, values, reads).then(
          () => false,
          () => true,
        );
        if (!refused) {
          let_through.push(`${entry.name} ${path} ${JSON.stringify(value)}`);
        }
      }
    }
    expect(let_through).toEqual([]);
  }, 60_000);

  it('does not stop writes about other entities', async () => {
    const protection = new SignInProtection(http.resource, sandboxSettings, graph);
    const update = graph.named('update_user');
    const assign = graph.named('assign_user_roles');
    const reads = () => new TenantReader(http.session).forCheck(AbortSignal.timeout(20_000));
    expect(update).toBeDefined();
    if (update !== undefined && assign !== undefined) {
      await protection.check(update, { userId: bystander }, reads());
      await protection.check(assign, { userId: bystander, roleIds: [emptyRole] }, reads());
    }
  });
});

describe('an operator with every scope but no way to administer', () => {
  const attempts: Readonly<Record<string, () => [tool: string, input: Values]>> = {
    'the role to themselves': () => [
      'assign_user_roles',
      { userId: http.people[1]?.id, roleIds: [adminRole] },
    ],
    'the role to another account': () => [
      'assign_user_roles',
      { userId: bystander, roleIds: [adminRole] },
    ],
    'themselves to the role': () => [
      'create_role_user',
      { id: adminRole, userIds: [http.people[1]?.id] },
    ],
    'a new role with the scope': () => [
      'create_role',
      { name: 'Mine', description: 'x', scopeIds: [scopeId] },
    ],
    'the scope to a role of theirs': () => [
      'create_role_scope',
      { id: emptyRole, scopeIds: [scopeId] },
    ],
    'the scope to an organization role': () => [
      'create_organization_role_resource_scope',
      { id: organizationRole, scopeIds: [scopeId] },
    ],
    'the role to every new user': () => ['update_role', { id: adminRole, isDefault: true }],
    'a new scope on the resource': () => [
      'create_resource_scope',
      { resourceId, name: 'x', description: 'x' },
    ],
    'another name to the scope': () => [
      'update_resource_scope',
      { resourceId, scopeId, name: 'logto:read' },
    ],
    'the resource another life': () => ['update_resource', { id: resourceId, name: 'x' }],
    'the password of an administrator': () => [
      'update_user_password',
      { userId: http.people[0]?.id, password: 'Tr0ub4dor&3xyz' },
    ],
    'an address to an administrator': () => [
      'update_user',
      { userId: http.people[0]?.id, primaryEmail: 'me@example.com' },
    ],
    'a token for an administrator': () => [
      'create_user_personal_access_token',
      { userId: http.people[0]?.id, name: 'x' },
    ],
    'the ceiling of all clients': () => [
      'assign_cimd_user_consent_scopes',
      { resourceScopes: [scopeId] },
    ],
    'all users a token that is denied': () => [
      'upsert_jwt_customizer',
      { tokenTypePath: 'access-token', script: 'const getCustomJwtClaims = async () => ({});' },
    ],
    'dynamic clients': () => ['update_cimd_config', { enabled: true }],
    'their own suspension lifted': () => [
      'update_user_is_suspended',
      { userId: http.people[1]?.id, isSuspended: false },
    ],
  };

  it.each(Object.entries(attempts))('cannot give %s', async (_, make) => {
    const [tool, input] = make();
    const before = http.writes.length;
    // Rio is an operator here: a token with every scope, and a role that carries only one.
    const token = http.token('Rio', {
      scope: 'logto:read logto:write logto:remove logto:secrets',
    });
    for (const [name, values] of [
      [tool, input],
      ['run_write_operation', { operation: tool, arguments: input }],
      ['run_destructive_operation', { operation: tool, arguments: input }],
      ['run_script', { code: `return await logto.${tool}(${JSON.stringify(input)});` }],
    ] as const) {
      const { json } = await http.call(token, name, values);
      const error = memberOf(memberOf(memberOf(json, 'result'), 'structuredContent'), 'error');
      expect(JSON.stringify(error), name).toMatch(
        /sign_in_access|own_access|is refused|wrong_runner/,
      );
    }
    expect(http.writes).toHaveLength(before);
  });
});
