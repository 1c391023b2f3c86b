/** Whether a call grants the Management API, over answers of a tenant that a test controls. */
import { describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { isTokenScope, tokenScopes } from '../../../src/catalog/token-scopes.js';
import { OperationGraph } from '../../../src/guard/operation-graph.js';
import { PrivilegeGrants } from '../../../src/guard/policy/privilege-grants.js';
import { type Reads, TenantReader } from '../../../src/guard/tenant-reader.js';
import { LogtoError } from '../../../src/logto/errors.js';
import { createSession } from '../../../src/logto/session.js';
import { answerOf } from '../../support/faults.js';

const RESOURCE = 'https://default.logto.app/api';
const json = { 'content-type': 'application/json' };
const graph = new OperationGraph(catalog);

const self = {
  appId: 'app',
  appSecret: 'a-secret',
  resource: RESOURCE,
  endpoint: 'https://auth.example.com',
};

const granting = { id: 's-all', name: 'all', resource: { indicator: RESOURCE } };
const harmless = { id: 's-x', name: 'read:orders', resource: { indicator: 'https://orders' } };

/** Answers by path; any other path does not exist. */
const tenant: Readonly<Record<string, unknown>> = {
  '/api/resources': [
    {
      id: 'orders',
      indicator: 'https://orders',
      scopes: [{ id: 's-x', name: 'read:orders', resourceId: 'orders' }],
    },
    {
      id: 'mapi',
      indicator: RESOURCE,
      scopes: [{ id: 's-all', name: 'all', resourceId: 'mapi' }],
    },
    {
      id: 'mcp',
      indicator: 'https://mcp.example.com/mcp',
      scopes: tokenScopes.map((name) => ({ id: `s-${name}`, name, resourceId: 'mcp' })),
    },
  ],
  '/api/roles/r-admin/scopes': [harmless, granting],
  '/api/roles/r-bare/scopes': [{ id: 's-all', resourceId: 'mapi' }],
  '/api/roles/r-plain/scopes': [harmless, { id: 's-y', resourceId: 'orders' }],
  '/api/roles/r-empty/scopes': [],
  '/api/organization-roles/or-admin/resource-scopes': [granting],
  '/api/organization-roles/or-plain/resource-scopes': [harmless],
  '/api/organization-roles': [
    { id: 'or-admin', name: 'Admin' },
    { id: 'or-plain', name: 'Administration' },
  ],
  '/api/users/u-admin/roles': [{ id: 'r-plain' }, { id: 'r-admin' }],
  '/api/users/u-plain/roles': [{ id: 'r-plain' }],
  '/api/users/u-member/organizations': [
    { id: 'o-open', organizationRoles: [{ id: 'or-plain' }, { id: 'or-admin' }] },
  ],
  '/api/users/u-plain/organizations': [{ id: 'o-open', organizationRoles: [{ id: 'or-plain' }] }],
  '/api/users': [
    { id: 'u-admin', primaryEmail: 'Ada@example.com' },
    { id: 'u-plain', primaryEmail: 'bob@example.com' },
  ],
  '/api/organizations/o-admin/jit/roles': [{ id: 'or-admin' }],
  '/api/organizations/o-open/jit/roles': [{ id: 'or-plain' }],
  '/api/applications/a-machine': { id: 'a-machine', type: 'MachineToMachine' },
  '/api/applications/a-machine/roles': [{ id: 'r-admin' }],
  '/api/applications/a-web': { id: 'a-web', type: 'SPA' },
  '/api/applications/a-web/roles': [{ id: 'r-admin' }],
  '/api/applications/a-idle': { id: 'a-idle', type: 'MachineToMachine' },
  '/api/applications/a-idle/roles': [{ id: 'r-plain' }],
  '/api/applications/a-member': { id: 'a-member', type: 'MachineToMachine' },
  '/api/applications/a-member/organizations': [
    { id: 'o-open', organizationRoles: [{ id: 'or-admin' }] },
  ],
  '/api/organization-invitations/i-admin': {
    id: 'i-admin',
    organizationId: 'o-open',
    organizationRoles: [{ id: 'or-admin' }],
  },
  '/api/organization-invitations/i-jit': {
    id: 'i-jit',
    organizationId: 'o-admin',
    organizationRoles: [],
  },
  '/api/organization-invitations/i-plain': {
    id: 'i-plain',
    organizationId: 'o-open',
    organizationRoles: [{ id: 'or-plain' }],
  },
};

interface Options {
  /** Answers that differ from those of `tenant`; a number is a status, `endless` a list of far too many items. */
  readonly answers?: Readonly<Record<string, unknown>>;
  readonly reads?: 'unlimited' | 'forPlan';
}

function grants({ answers = {}, reads: kind = 'unlimited' }: Options = {}) {
  const requests: string[] = [];
  const session = createSession({
    ...self,
    clock: { now: Date.now, random: () => 0, sleep: async () => {} },
    fetch: async (url) => {
      const { pathname, search } = new URL(url);
      if (pathname === '/oidc/token') {
        const token = { access_token: 'token', expires_in: 3600, scope: 'all' };
        return answerOf(200, JSON.stringify(token), json);
      }
      requests.push(`${pathname}${search}`);
      const answer = { ...tenant, ...answers }[pathname];
      if (answer === 'endless') {
        const page = Array.from({ length: 100 }, (_, index) => ({ id: `x${index}` }));
        return answerOf(200, JSON.stringify(page), { ...json, 'total-number': '100000' });
      }
      if (typeof answer === 'number') {
        return answerOf(answer, '{"code":"x.y","message":"no"}', json);
      }
      if (answer === undefined) {
        return answerOf(404, '{"code":"entity.not_found","message":"no"}', json);
      }
      const total = { 'total-number': `${Array.isArray(answer) ? answer.length : 1}` };
      return answerOf(200, JSON.stringify(answer), { ...json, ...total });
    },
  });
  const reader = new TenantReader(session);
  const reads: Reads = reader[kind](new AbortController().signal);
  const privilege = new PrivilegeGrants(self, graph, isTokenScope);
  const grantsApi = (tool: string, values: Readonly<Record<string, unknown>>, ...paths: string[]) =>
    privilege.anyHolds(graph.keyed(tool), values, paths, reads);
  return { privilege, reads, grantsApi, requests };
}

const roles = (...roleIds: string[]) => ['assign_user_roles', { userId: 'u', roleIds }] as const;

describe('a role', () => {
  it.each([
    ['with a scope of it', ['r-plain', 'r-admin'], true],
    ['with a scope of it, which is listed without its resource', ['r-bare'], true],
    ['with scopes of other APIs', ['r-plain', 'r-empty'], false],
    ['that is not there', ['r-gone'], false],
    ['of none', [], false],
  ])('%s: %j', async (_, ids, isHeld) => {
    expect(await grants().grantsApi(...roles(...ids), 'roleIds')).toBe(isHeld);
  });

  it.each([
    ['cannot be read', 403],
    ['has too many scopes to read', 'endless'],
  ])('that %s counts as holding it', async (_, answer) => {
    const { grantsApi } = grants({ answers: { '/api/roles/r-plain/scopes': answer } });
    expect(await grantsApi(...roles('r-plain'), 'roleIds')).toBe(true);
  });

  it('in an argument that the rule does not name does not count', async () => {
    const { grantsApi } = grants();
    expect(await grantsApi(...roles('r-admin'), 'userId')).toBe(false);
    expect(await grantsApi(...roles('r-admin'), 'role')).toBe(false);
    expect(await grantsApi(...roles('r-admin'), 'userId', 'roleIds')).toBe(true);
  });

  it('is looked up once, however often it is named', async () => {
    const { grantsApi, requests } = grants();
    await grantsApi(...roles('r-plain', 'r-plain'), 'roleIds');
    expect(requests.filter((path) => path.startsWith('/api/roles/'))).toHaveLength(1);
  });

  it('counts as holding it if the lookup would take more than twelve requests', async () => {
    const ids = Array.from({ length: 13 }, (_, index) => `r${index}`);
    const answers = Object.fromEntries(ids.map((id) => [`/api/roles/${id}/scopes`, []]));
    expect(await grants({ answers }).grantsApi(...roles(...ids), 'roleIds')).toBe(true);
    expect(await grants({ answers }).grantsApi(...roles(...ids.slice(1)), 'roleIds')).toBe(false);
  });
});

describe('a scope', () => {
  const scopes = (...scopeIds: string[]) =>
    ['create_role', { name: 'x', scopeIds }, 'scopeIds'] as const;

  it.each([
    ['of it, by its id', ['s-all'], true],
    ['of another API', ['s-x'], false],
  ])('%s: %j', async (_, ids, isHeld) => {
    expect(await grants().grantsApi(...scopes(...ids))).toBe(isHeld);
  });

  it('of another API is harmless, however many there are', async () => {
    const ids = Array.from({ length: 500 }, (_, index) => `s${index}`);
    expect(await grants().grantsApi(...scopes(...ids))).toBe(false);
    expect(await grants().grantsApi(...scopes(...ids, 's-all'))).toBe(true);
  });

  it('does not grant it if the tenant has no such resource', async () => {
    const { grantsApi } = grants({
      answers: { '/api/resources': [{ id: 7, indicator: RESOURCE, scopes: [] }] },
    });
    expect(await grantsApi(...scopes('s-all'))).toBe(false);
  });

  it('counts if its resource has too many scopes to read', async () => {
    const { grantsApi } = grants({ answers: { '/api/resources': 'endless' } });
    expect(await grantsApi(...scopes('s-x'))).toBe(true);
  });

  it('counts if a resource is answered without its scopes', async () => {
    const { grantsApi } = grants({ answers: { '/api/resources': [{ id: 'x', indicator: 'x' }] } });
    expect(await grantsApi(...scopes('s-x'))).toBe(true);
  });

  it.each(tokenScopes)('%s counts, whatever resource it belongs to', async (name) => {
    expect(await grants().grantsApi(...scopes(`s-${name}`))).toBe(true);
    const ofRole = (scope: object) =>
      grants({ answers: { '/api/roles/r-plain/scopes': [scope] } }).grantsApi(
        ...roles('r-plain'),
        'roleIds',
      );
    expect(await ofRole({ id: 's', name, resourceId: 'mcp' })).toBe(true);
    expect(await ofRole({ id: 's', name, resource: { indicator: 'https://mcp' } })).toBe(true);
    expect(await ofRole({ id: 's', name: `${name}s`, resourceId: 'mcp' })).toBe(false);
  });

  it("of this server does not grant the Management API in the check of this server's own access", async () => {
    const { privilege, reads } = grants({
      answers: { '/api/roles/r-plain/scopes': [{ id: 's', name: 'logto:write' }] },
    });
    expect(await privilege.grantingScopes('r-plain', reads)).toEqual([]);
  });
});

describe('an account or an application', () => {
  type Call = readonly [tool: string, values: Readonly<Record<string, unknown>>, path: string];
  const user = (userId: string): Call => ['create_subject_token', { userId }, 'userId'];
  const secretOf = (id: string): Call => ['create_application_secret', { id, name: 'x' }, 'id'];

  it.each([
    ['a user with such a role', user('u-admin'), true],
    ['a user with such a role in an organization', user('u-member'), true],
    ['a user with other roles', user('u-plain'), false],
    ['a machine with such a role', secretOf('a-machine'), true],
    ['a machine with such a role in an organization', secretOf('a-member'), true],
    ['a machine with other roles', secretOf('a-idle'), false],
    ['a web application, whose roles are not read', secretOf('a-web'), false],
    ['an application that is not there', secretOf('a-gone'), false],
  ] as const)('%s', async (_, call, isHeld) => {
    expect(await grants().grantsApi(...call)).toBe(isHeld);
  });

  it('an application that cannot be read counts', async () => {
    const { grantsApi } = grants({ answers: { '/api/applications/a-web': 403 } });
    expect(await grantsApi(...secretOf('a-web'))).toBe(true);
  });

  it('reads only the roles and organizations of a user', async () => {
    const { grantsApi, requests } = grants();
    await grantsApi(...user('u-plain'));
    expect(requests.map((path) => path.replace(/\?.*/, ''))).not.toContain('/api/users/u-plain');
  });
});

describe('an organization', () => {
  const token = (email: string, ...jitOrganizationIds: string[]) =>
    [
      'add_one_time_tokens',
      { email, context: { jitOrganizationIds } },
      'email',
      'context.jitOrganizationIds',
    ] as const;

  it.each([
    [
      'that gives such a role to people who join',
      token('new@example.com', 'o-open', 'o-admin'),
      true,
    ],
    ['that gives another role', token('new@example.com', 'o-open'), false],
    ['with the address of somebody who holds it, in any case', token('ADA@example.com'), true],
    ['with the address of somebody who does not', token('bob@example.com'), false],
    ['with the address of nobody', token('ada@example.co'), false],
  ] as const)('%s', async (_, call, isHeld) => {
    expect(await grants().grantsApi(...call)).toBe(isHeld);
  });

  it('is looked up by the address that the call names', async () => {
    const { grantsApi, requests } = grants();
    await grantsApi(...token('bob@example.com'));
    expect(requests.join(' ')).toContain('bob%40example.com');
  });

  it('counts if it has too many members to look up', async () => {
    const { grantsApi } = grants({ answers: { '/api/users': 'endless' } });
    expect(await grantsApi(...token('bob@example.com'))).toBe(true);
  });

  it.each([
    ['i-admin', true],
    ['i-jit', true],
    ['i-plain', false],
  ])('is joined by the invitation %s, with the Management API: %s', async (id, isHeld) => {
    const values = { id, status: 'Accepted', acceptedUserId: 'u-plain' };
    expect(await grants().grantsApi('replace_organization_invitation_status', values, 'id')).toBe(
      isHeld,
    );
  });
});

describe('an organization role', () => {
  const named = (...organizationRoleNames: string[]) =>
    [
      'assign_organization_roles_to_user',
      { id: 'o-open', userId: 'u', organizationRoleNames },
      'organizationRoleIds',
      'organizationRoleNames',
    ] as const;

  it.each([
    ['of that name, in any case', named('admin'), true],
    ['whose name only begins so', named('Administration'), false],
    ['of a name that none has', named('Adm'), false],
  ] as const)('%s', async (_, call, isHeld) => {
    expect(await grants().grantsApi(...call)).toBe(isHeld);
  });
});

it('a check that would take more requests than a plan may make counts', async () => {
  const { grantsApi, reads } = grants({ reads: 'forPlan' });
  for (let index = 0; reads.left > 0; index += 1) {
    await reads.read(graph.keyed('get_role'), { id: `r${index}` });
  }
  expect(await grantsApi(...roles('r-plain'), 'roleIds')).toBe(true);
});

describe('the scopes of a role', () => {
  it.each([
    ['r-admin', ['s-all']],
    ['r-bare', ['s-all']],
    ['r-plain', []],
    ['r-gone', []],
  ])('that grant it are read, of %s', async (role, ids) => {
    const { privilege, reads } = grants();
    expect(await privilege.grantingScopes(role, reads)).toEqual(ids);
  });

  it('need no read of the resources if they name them', async () => {
    const { privilege, reads, requests } = grants();
    await privilege.grantingScopes('r-admin', reads);
    expect(requests.some((path) => path.startsWith('/api/resources'))).toBe(false);
  });

  it('that are too many to read are an error', async () => {
    const { privilege, reads } = grants({ answers: { '/api/roles/r-plain/scopes': 'endless' } });
    await expect(privilege.grantingScopes('r-plain', reads)).rejects.toThrow(LogtoError);
  });
});

describe('an application', () => {
  it.each([
    ['a-machine', 'r-admin', true],
    ['a-machine', 'r-plain', false],
    ['a-gone', 'r-admin', false],
  ])('%s has the role %s: %s', async (application, role, hasIt) => {
    const { privilege, reads } = grants();
    expect(await privilege.holdsRole(application, role, reads)).toBe(hasIt);
  });

  it('with too many roles to read counts as having any role', async () => {
    const { privilege, reads } = grants({
      answers: { '/api/applications/a-machine/roles': 'endless' },
    });
    expect(await privilege.holdsRole('a-machine', 'r-plain', reads)).toBe(true);
  });
});

it('the id of the Management API is looked up once', async () => {
  const { privilege, reads, requests } = grants();
  expect(await privilege.ownResource(reads)).toBe('mapi');
  const { reads: others } = grants();
  expect(await privilege.ownResource(others)).toBe('mapi');
  expect(requests).toHaveLength(1);
});
