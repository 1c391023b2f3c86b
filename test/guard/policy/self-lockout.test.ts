/** Writes that are refused because this server would lose its access, and similar ones that are not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/index.js';
import { type Connected, connectClient, connectSandbox, succeed } from '../../support/client.js';
import { answerOf } from '../../support/faults.js';

const OWN = 'sandbox';
const OWN_ROLE = 'management-api-access';
const API_SCOPE = 'management-api-all';
const json = { 'content-type': 'application/json' };

let free: Connected & { readonly sandbox: Sandbox };
beforeAll(async () => {
  free = await connectSandbox();
});
afterAll(() => free.close());

/** The code of the refusal; undefined for a call that was made. */
async function codeOf(call: Connected['call'], tool: string, values: object) {
  const outcome = await call(tool, { ...values });
  return outcome.ok ? undefined : outcome.error.code;
}

/** A client to which Logto answers this list at the end of a path. */
const listing = (path: string, items: readonly object[]): Promise<Connected> =>
  connectClient({
    fetch: (url, init) =>
      init.method === 'GET' && new URL(url).pathname.endsWith(path)
        ? Promise.resolve(
            answerOf(200, JSON.stringify(items), { ...json, 'total-number': `${items.length}` }),
          )
        : free.sandbox.fetch(url, init),
  });

describe('a secret', () => {
  const named = (name: string, value: string) => ({ applicationId: OWN, name, value });

  it('is protected when it is in use, wherever it is in the list', async () => {
    const { call, close } = await listing(`/applications/${OWN}/secrets`, [
      named('other', 'a-value'),
      named('in use', 'sandbox-secret'),
    ]);
    expect(await codeOf(call, 'delete_application_secret', { id: OWN, name: 'in use' })).toBe(
      'own_access',
    );
    const other = { id: OWN, name: 'other' };
    expect(await codeOf(call, 'delete_application_secret', other)).not.toBe('own_access');
    await close();
  });

  it('is protected when the one in use is not listed, because it may be any', async () => {
    const { call, close } = await listing(`/applications/${OWN}/secrets`, [
      named('other', 'a-value'),
    ]);
    const other = { id: OWN, name: 'other' };
    expect(await codeOf(call, 'delete_application_secret', other)).toBe('own_access');
    await close();
  });

  it('of another application can be deleted, also one of the same name', async () => {
    const { call } = free;
    const created = await succeed(call, 'create_application_secret', {
      id: 'warehouse-sync',
      name: 'Spare',
    });
    expect(created.result?.['name']).toBe('Spare');
    for (const name of ['Spare', 'Default secret']) {
      const values = { id: 'warehouse-sync', name };
      expect(await codeOf(call, 'delete_application_secret', values)).not.toBe('own_access');
    }
  });
});

describe('a role', () => {
  it('that grants the Management API only to others can be deleted and removed from them', async () => {
    const { call } = free;
    const { result } = await succeed(call, 'create_role', {
      name: 'Second access',
      description: 'For another program',
      type: 'MachineToMachine',
      scopeIds: [API_SCOPE],
    });
    const roleIds = [result?.id];
    await succeed(call, 'assign_application_roles', { applicationId: 'warehouse-sync', roleIds });
    await succeed(call, 'delete_application_role', {
      applicationId: 'warehouse-sync',
      roleId: result?.id,
    });
    await succeed(call, 'delete_role_scope', { id: result?.id, scopeId: API_SCOPE });
    await succeed(call, 'delete_role', { id: result?.id });
  });

  it('that this server has, but that does not grant its access, can be removed from it', async () => {
    const { call } = free;
    const { result } = await succeed(call, 'create_role', {
      name: 'Reader of orders',
      description: 'Grants nothing of the Management API',
      type: 'MachineToMachine',
    });
    await succeed(call, 'assign_application_roles', { applicationId: OWN, roleIds: [result?.id] });
    await succeed(call, 'delete_application_role', { applicationId: OWN, roleId: result?.id });
    await succeed(call, 'assign_application_roles', { applicationId: OWN, roleIds: [result?.id] });
    await succeed(call, 'delete_role', { id: result?.id });
  });

  it('of this server can be removed from another application, and can lose other scopes', async () => {
    const { call } = free;
    const applicationId = 'warehouse-sync';
    await succeed(call, 'assign_application_roles', { applicationId, roleIds: [OWN_ROLE] });
    await succeed(call, 'delete_application_role', { applicationId, roleId: OWN_ROLE });
    const { items } = await succeed(call, 'list_resource_scopes', { resourceId: 'orders-api' });
    const scopeId = items?.[0]?.id;
    await succeed(call, 'create_role_scope', { id: OWN_ROLE, scopeIds: [scopeId] });
    await succeed(call, 'delete_role_scope', { id: OWN_ROLE, scopeId });
    expect(await codeOf(call, 'delete_role_scope', { id: OWN_ROLE, scopeId: API_SCOPE })).toBe(
      'own_access',
    );
  });
});

it('a resource other than the Management API can be deleted', async () => {
  const { call } = free;
  const { result } = await succeed(call, 'create_resource', {
    name: 'Other',
    indicator: 'https://other.example',
  });
  await succeed(call, 'delete_resource', { id: result?.id });
  expect(await codeOf(call, 'delete_resource', { id: 'management-api' })).toBe('own_access');
});

it('isAdmin, which grants the Management API, is refused for every application', async () => {
  const outcome = await free.call('update_application', { id: 'shop-web', isAdmin: true });
  expect(outcome).toMatchObject({
    ok: false,
    error: { code: 'own_access', hint: expect.stringContaining('allow_against_self') },
  });
});

describe('a domain', () => {
  const domain = (id: string, name: string, status = 'Active') => ({ id, domain: name, status });

  it('is protected when this server reaches Logto by it', async () => {
    const { call, close } = await listing('/domains', [
      domain('d1', 'elsewhere.example'),
      domain('d2', 'Sandbox.Invalid'),
    ]);
    expect(await codeOf(call, 'delete_domain', { id: 'd2' })).toBe('own_access');
    expect(await codeOf(call, 'delete_domain', { id: 'd1' })).not.toBe('own_access');
    // Only a domain that is not active is cleaned up.
    expect(await codeOf(call, 'cleanup_domains', { staleDays: 3 })).not.toBe('own_access');
    await close();
  });

  it('is protected from the cleanup while it is not active', async () => {
    const { call, close } = await listing('/domains', [
      domain('d2', 'sandbox.invalid', 'PendingVerification'),
    ]);
    expect(await codeOf(call, 'cleanup_domains', { staleDays: 3 })).toBe('own_access');
    await close();
  });

  it('is not protected while this server reaches Logto by another', async () => {
    const { call, close } = await listing('/domains', [domain('d1', 'elsewhere.example', 'Error')]);
    expect(await codeOf(call, 'delete_domain', { id: 'd1' })).not.toBe('own_access');
    expect(await codeOf(call, 'cleanup_domains', { staleDays: 3 })).not.toBe('own_access');
    await close();
  });
});
