/** Relations of two values: which of them a call adds, which are there, and what its undo removes. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { changeOf } from '../../../src/guard/changes/index.js';
import { pairsIn, pairsWanted } from '../../../src/guard/changes/pair.js';
import { OperationGraph, type Values } from '../../../src/guard/operation-graph.js';
import { memoryJournal } from '../../../src/guard/undo/journal.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import { type Connected, connectClient, succeed as succeedBy } from '../../support/client.js';
import { answerOf } from '../../support/faults.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const graph = new OperationGraph(catalog);

it.each<[string, Values, readonly (readonly [string, string])[]]>([
  [
    'assign_organization_roles_to_users',
    { id: 'o', userIds: ['u', 'v'], organizationRoleIds: ['r', 's'] },
    [
      ['u', 'r'],
      ['u', 's'],
      ['v', 'r'],
      ['v', 's'],
    ],
  ],
  [
    'create_application_user_consent_scope',
    { applicationId: 'a', userScopes: ['email'], organizationResourceScopes: ['x', 'y'] },
    [
      ['user-scopes', 'email'],
      ['organization-resource-scopes', 'x'],
      ['organization-resource-scopes', 'y'],
    ],
  ],
])('%s of %j adds the relations %j', (name, values, expected) => {
  expect(pairsWanted(graph.keyed(name), values).sort()).toEqual([...expected].sort());
});

it.each<[unknown, readonly (readonly [string, string])[]]>([
  [
    [{ id: 'u', organizationRoles: [{ id: 'r', name: 'n' }, { id: 's' }] }, { id: 'v' }],
    [
      ['u', 'r'],
      ['u', 's'],
    ],
  ],
  [[{ id: 'u', organizationRoles: [{}] }, { organizationRoles: [{ id: 'r' }] }, 'odd'], []],
  [
    {
      userScopes: ['email'],
      organizationScopes: [{ id: 's' }],
      resourceScopes: [{ resource: { id: 'a' }, scopes: [{ id: 'x' }, { id: 'y' }] }],
      applicationId: 'a',
    },
    [
      ['user-scopes', 'email'],
      ['organization-scopes', 's'],
      ['resource-scopes', 'x'],
      ['resource-scopes', 'y'],
    ],
  ],
  [{ organizationScopes: [{}] }, []],
  [undefined, []],
])('in %j are the relations %j', (read, expected) => {
  expect(pairsIn(read)).toEqual(expected);
});

let connected: Connected;
/** Requests that change something, as method and path. */
let sent: string[] = [];
/** How Logto answers the next POST in place of making the change. */
let refusal: number | undefined;
const journal = memoryJournal();
beforeAll(async () => {
  const sandbox = createSandbox({ release: 'next' });
  connected = await connectClient({
    lines: journal,
    session: { clock: { now: Date.now, random: () => 0, sleep: async () => {} } },
    fetch: async (url, init) => {
      const { pathname } = new URL(url);
      if (init.method !== 'GET' && pathname.startsWith('/api/')) {
        sent.push(`${init.method} ${pathname}`);
        if (refusal !== undefined) {
          return answerOf(refusal, '{"code":"x.y","message":"no"}', JSON_TYPE);
        }
      }
      return sandbox.fetch(url, init);
    },
  });
});
afterAll(() => connected.close());
beforeEach(() => {
  sent = [];
  refusal = undefined;
});

const succeed = (tool: string, values: Values) => succeedBy(connected.call, tool, values);

const lastChange = async () => (await succeed('list_changes', { limit: 1 })).items?.[0];

/** For each write of pairs: arguments that add one relation, and arguments that add a second one beside it. */
const CASES: Readonly<Record<string, () => Promise<readonly [first: Values, more: Values]>>> = {
  create_application_user_consent_scope: async () => {
    const { result } = await succeed('create_application', {
      name: 'Third',
      type: 'Traditional',
      isThirdParty: true,
    });
    const path = { applicationId: result?.['id'] };
    return [
      { ...path, userScopes: ['email'] },
      { ...path, userScopes: ['email', 'phone'] },
    ];
  },
  assign_cimd_user_consent_scopes: async () => [
    { userScopes: ['email'] },
    { userScopes: ['email', 'phone'] },
  ],
  assign_organization_roles_to_users: async () => {
    const { result: user } = await succeed('create_user', { username: 'paired' });
    const { result: role } = await succeed('create_organization_role', { name: 'First' });
    const { result: other } = await succeed('create_organization_role', { name: 'Second' });
    await succeed('add_organization_users', { id: 'alpine-rentals', userIds: [user?.['id']] });
    const values = { id: 'alpine-rentals', userIds: [user?.['id']] };
    return [
      { ...values, organizationRoleIds: [role?.['id']] },
      { ...values, organizationRoleIds: [role?.['id'], other?.['id']] },
    ];
  },
  assign_organization_roles_to_applications: async () => {
    const role = async (name: string) =>
      (await succeed('create_organization_role', { name, type: 'MachineToMachine' })).result?.[
        'id'
      ];
    const { result } = await succeed('create_application', { name: 'M', type: 'MachineToMachine' });
    const values = { id: 'alpine-rentals', applicationIds: [result?.['id']] };
    await succeed('add_organization_applications', values);
    const [first, second] = [await role('Machine'), await role('Machine too')];
    return [
      { ...values, organizationRoleIds: [first] },
      { ...values, organizationRoleIds: [first, second] },
    ];
  },
};

const pairWrites = graph.operations.filter(
  (entry) => entry.operation.effect !== 'reads' && changeOf(entry, graph).kind === 'pair',
);

it.each(pairWrites)('$name is undone by the removal of what it has added', async ({ name }) => {
  const values = await CASES[name]?.();
  if (values === undefined) {
    throw new Error(`${name} has no case in this file.`);
  }
  const [first, more] = values;
  await succeed(name, first);
  // An error of Logto, after which nothing more is there.
  refusal = 500;
  expect((await connected.call(name, more)).ok).toBe(false);
  refusal = undefined;
  expect(await lastChange()).toMatchObject({ operation: name, outcome: 'refused' });
  await succeed(name, more);
  const change = (await lastChange())?.['id'];
  const { result } = await succeed('list_changes', { change });
  expect(result?.['before']).toHaveLength(1);
  expect(result?.['after']).toEqual(
    Object.fromEntries(Object.entries(more).filter(([field]) => field.endsWith('s'))),
  );
  sent = [];
  expect((await connected.call('undo_change', { change })).ok).toBe(true);
  expect(sent).toEqual([expect.stringMatching(/^DELETE /)]);
  await succeed(name, first);
  expect(await lastChange()).toHaveProperty('cannot_undo');
});
