/**
 * Ten everyday tasks, done by an agent that knows the default list and the content of the answers: on the built server,
 * with a client that cannot ask, so that each confirmation costs a second call. The result of a task is compared with the
 * state of the tenant afterwards; preparation and checks are not counted.
 */

import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tenTasks } from '../../src/dev/docs-pages.js';
import { memberOf, textsIn } from '../../src/json.js';
import { outcomeOf } from '../support/client.js';
import { bareEnvironment, program } from '../support/process.js';
import type { Answer, Item } from '../walks/walk.js';

type Values = Record<string, unknown>;
const client = new Client({ name: 'agent', version: '1.0.0' });
const spent = { calls: 0, bytes: 0 };
const week = 7 * 24 * 60 * 60 * 1000;

beforeAll(() =>
  client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [program, '--sandbox'],
      env: bareEnvironment(),
      stderr: 'ignore',
    }),
  ),
);
afterAll(() => client.close());

async function ask(name: string, values: Values, counted: boolean): Promise<Answer> {
  const result = await client.callTool({ name, arguments: values });
  spent.calls += counted ? 1 : 0;
  spent.bytes += counted ? Buffer.byteLength(JSON.stringify(result.content)) : 0;
  const outcome = outcomeOf(result);
  expect(outcome, `${name} ${JSON.stringify(values)}`).toMatchObject({ ok: true });
  return outcome.ok ? outcome.answer : {};
}
const call = (name: string, values: Values) => ask(name, values, true);
const look = (name: string, values: Values) => ask(name, values, false);
const run = (operation: string, values: Values) =>
  look('run_read_operation', { operation, arguments: values });
/** Calls, and calls again with the plan. */
async function confirmed(name: string, values: Values): Promise<Answer> {
  const { result } = await call(name, values);
  expect(result?.['plan'], name).toBeTypeOf('string');
  return call(name, { ...values, plan: result?.['plan'] });
}
const one = ({ items = [] }: Answer): Item => {
  expect(items).toHaveLength(1);
  return items[0] ?? {};
};
const member = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((inside, name) => memberOf(inside, name), value);
/** The id of a user by e-mail, which most tasks begin with. */
const userId = async (search: string): Promise<unknown> =>
  one(await call('list_users', { search, fields: ['id'] })).id;
const create = async (name: string, values: Values): Promise<unknown> =>
  (await call(name, values)).result?.id;
/** The answer of a search that must contain an operation, and the tool that runs that operation. */
const findRunner = async (words: string, operation: string) => {
  const answer = await call('find_operations', { words });
  const match = answer.items?.find((item) => item['operation'] === operation);
  expect(match, operation).toBeDefined();
  return { answer, runWith: String(match?.['run_with']) };
};

it('finds a user and their last sign-in by e-mail', async () => {
  const fields = ['primaryEmail', 'lastSignInAt'];
  const user = one(await call('list_users', { search: 'clara.conti@example.com', fields }));
  expect(Date.parse(String(user['lastSignInAt']))).toBeGreaterThan(
    Date.now() - 365 * 24 * 60 * 60 * 1000,
  );
});

it('suspends a user', async () => {
  const id = await userId('hiba.saleh@example.com');
  await call('update_user_is_suspended', { userId: id, isSuspended: true });
  expect((await look('get_user', { userId: id })).result).toMatchObject({ isSuspended: true });
});

it('lists the failed sign-ins of this week', async () => {
  const { items = [] } = await call('collect_pages', {
    operation: 'list_logs',
    arguments: { start_time: Date.now() - week },
    where: [{ field: 'payload.result', is: 'equals', value: 'Error' }],
    fields: ['id', 'createdAt', 'payload.payload.identifier.value', 'payload.error.code'],
  });
  const all = await look('list_logs', { start_time: Date.now() - week, page_size: 100 });
  const failed = all.items?.filter((item) => member(item, 'payload.result') === 'Error');
  expect(items.map(({ id }) => id)).toEqual(failed?.map(({ id }) => id));
  expect(items.length).toBeGreaterThan(0);
});

it('finds the users on the trial plan by custom data', async () => {
  const where = [{ field: 'customData.plan', is: 'equals', value: 'trial' }];
  const trial = await call('collect_pages', { operation: 'list_users', where, fields: ['id'] });
  const all = await look('list_users', { page_size: 100, fields: ['id', 'customData'] });
  const expected = all.items?.filter((item) => member(item, 'customData.plan') === 'trial');
  expect(trial.items?.map(({ id }) => id)).toEqual(expected?.map(({ id }) => id));
});

it('registers an API with scopes and a role, and assigns the role to a user', async () => {
  const api = { name: 'Orders', indicator: 'https://orders.example.com' };
  const resourceId = await create('create_resource', api);
  const scopeIds = [];
  for (const name of ['read:orders', 'write:orders']) {
    scopeIds.push(await create('create_resource_scope', { resourceId, name }));
  }
  const role = { name: 'Order clerk', description: 'Handles orders', scopeIds };
  const roleId = await create('create_role', role);
  const id = await userId('clara.conti@example.com');
  await call('assign_user_roles', { userId: id, roleIds: [roleId] });
  const userRoles = await run('list_user_roles', { userId: id });
  expect(userRoles.items?.map((item) => item.id)).toContain(roleId);
  expect((await run('list_role_scopes', { id: roleId })).items).toHaveLength(2);
});

it('creates an organization with a member and an invitation', async () => {
  const id = await create('create_organization', { name: 'Acme' });
  const member_ = await userId('clara.conti@example.com');
  await call('add_organization_users', { id, userIds: [member_] });
  const operation = 'create_organization_invitation';
  const { runWith } = await findRunner('invite a person to an organization', operation);
  await call(runWith, {
    operation,
    arguments: { organizationId: id, invitee: 'new@acme.io', expiresAt: Date.now() + week },
  });
  expect(one(await look('list_organization_users', { id })).id).toBe(member_);
  const invited = await run('list_organization_invitations', { organizationId: id });
  expect(one(invited)).toMatchObject({ invitee: 'new@acme.io', status: 'Pending' });
});

it('adds a redirect URI to an application, and keeps the others', async () => {
  const fields = ['id', 'oidcClientMetadata'];
  const app = one(await call('list_applications', { search: 'Northwind shop', fields }));
  const redirectUris = [
    ...textsIn(member(app, 'oidcClientMetadata.redirectUris')),
    'https://new.example.com/callback',
  ];
  await confirmed('update_application', { id: app.id, oidcClientMetadata: { redirectUris } });
  const now = await look('get_application', { id: app.id });
  expect(redirectUris.length).toBeGreaterThan(1);
  expect(now.result?.['oidcClientMetadata']).toEqual({
    ...Object(app['oidcClientMetadata']),
    redirectUris,
  });
});

it('rotates the secret of an application', async () => {
  const { answer: matches } = await findRunner(
    'rotate the secret of an application',
    'list_application_secrets',
  );
  expect(JSON.stringify(matches)).toContain('delete_application_secret');
  const id = one(await call('list_applications', { search: 'Back office', fields: ['id'] })).id;
  const listing = { operation: 'list_application_secrets', arguments: { id } };
  const old = one(await call('run_read_operation', listing));
  await confirmed('run_write_operation', {
    operation: 'create_application_secret',
    arguments: { id, name: 'Rotated' },
  });
  await confirmed('run_destructive_operation', {
    operation: 'delete_application_secret',
    arguments: { id, name: old['name'] },
  });
  expect(one(await look('run_read_operation', listing))).toMatchObject({ name: 'Rotated' });
});

it('lists who holds the admin role', async () => {
  const admin = await look('create_role', { name: 'Admin', description: 'May do everything' });
  const { items = [] } = await look('list_users', { page_size: 3, fields: ['id'] });
  const userIds = items.map((item) => item.id);
  await look('run_write_operation', {
    operation: 'create_role_user',
    arguments: { id: admin.result?.id, userIds },
  });
  const { id } = one(await call('list_roles', { search: 'admin', fields: ['id', 'name'] }));
  const holders = await call('list_role_users', { id, fields: ['id', 'name', 'primaryEmail'] });
  expect(new Set(holders.items?.map((item) => item.id))).toEqual(new Set(userIds));
});

it('makes multi-factor authentication optional, and keeps the factors', async () => {
  const required = {
    operation: 'update_sign_in_exp',
    arguments: { mfa: { factors: ['Totp', 'WebAuthn'], policy: 'Mandatory' } },
  };
  await look('run_destructive_operation', required);
  await findRunner('make MFA optional', 'update_sign_in_exp');
  await confirmed('run_destructive_operation', {
    operation: 'update_sign_in_exp',
    arguments: { mfa: { policy: 'NoPrompt' } },
  });
  const mfa = (await run('get_sign_in_exp', { fields: ['mfa'] })).result?.['mfa'];
  expect(mfa).toEqual({ factors: ['Totp', 'WebAuthn'], policy: 'NoPrompt' });
});

it('needs less than half the calls and a quarter of the bytes of the best alternative', () => {
  const { calls, bytes } = spent;
  process.stdout.write(`ten tasks: ${calls} calls, ${bytes} bytes\n`);
  expect(calls).toBeLessThan(34);
  expect(bytes).toBeLessThan(113_000);
  // The statement on the page about choosing tools.
  expect(calls).toBe(tenTasks.calls);
  expect(Math.abs(bytes / 1000 - tenTasks.kilobytes)).toBeLessThan(2);
});
