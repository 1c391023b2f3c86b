/** What sending a write records and reports: its journal, what Logto did not store, and outcomes after an error. */
import { afterEach, describe, expect, it } from 'vitest';
import { defaultPolicy, Policy } from '../../src/guard/policy/policy.js';
import { memoryJournal } from '../../src/guard/undo/journal.js';
import type { Transport } from '../../src/logto/transport.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { type Connected, connectClient, type Setup, succeed } from '../support/client.js';
import { answerOf } from '../support/faults.js';

const json = { 'content-type': 'application/json' };

let connected: Connected | undefined;
afterEach(() => connected?.close());

/** A server, its journal as records, and answers to writes that a test replaces. */
async function server(more: Partial<Setup> = {}) {
  const sandbox = createSandbox();
  const journal = memoryJournal();
  const state: { answer?: (created: Awaited<ReturnType<Transport>>) => ReturnType<Transport> } = {};
  connected = await connectClient({
    policy: defaultPolicy({ confirm: 'never' }),
    lines: journal,
    session: { clock: { now: Date.now, random: () => 0, sleep: async () => {} } },
    fetch: async (url, init) => {
      const created = await sandbox.fetch(url, init);
      return init.method !== 'GET' && url.includes('/api/') && state.answer
        ? state.answer(created)
        : created;
    },
    ...more,
  });
  const { call } = connected;
  const records = (): Record<string, unknown>[] => journal.read().map((line) => JSON.parse(line));
  return { call, state, records };
}

describe('the record of a write', () => {
  it('names the profile, if there is one', async () => {
    const plain = await server();
    await succeed(plain.call, 'update_role', { id: 'support', description: 'a' });
    expect(plain.records()[0]).toMatchObject({ operation: 'update_role' });
    expect(plain.records()[0]).not.toHaveProperty('profile');
    await connected?.close();
    const profiled = await server({ policy: new Policy({ confirm: 'never' }, 'staging') });
    await succeed(profiled.call, 'update_role', { id: 'support', description: 'a' });
    expect(profiled.records()[0]).toMatchObject({ profile: 'staging' });
  });

  it('has the organization roles of members that are removed, and of no other write', async () => {
    const { call, records } = await server();
    const { items = [] } = await succeed(call, 'list_organization_users', { id: 'alpine-rentals' });
    const userId = items[0]?.id;
    const role = await succeed(call, 'create_organization_role', { name: 'Held' });
    await succeed(call, 'assign_organization_roles_to_user', {
      id: 'alpine-rentals',
      userId,
      organizationRoleIds: [role.result?.id],
    });
    const started = records().filter(({ operation }) => operation !== undefined);
    for (const record of started) {
      expect(record).not.toHaveProperty('attached');
    }
    await succeed(call, 'delete_organization_user', { id: 'alpine-rentals', userId });
    expect(records().findLast(({ operation }) => operation !== undefined)).toMatchObject({
      attached: { [String(userId)]: expect.arrayContaining([role.result?.id]) },
    });
  });
});

describe('the fields of an update that Logto did not store', () => {
  const stored = (customClientMetadata: object) => async () =>
    answerOf(200, JSON.stringify({ id: 'shop-web', customClientMetadata }), json);
  const update = { id: 'shop-web', customClientMetadata: { idTokenTtl: 60, refreshTokenTtl: 90 } };

  it('are named in a note', async () => {
    const { call, state } = await server();
    state.answer = stored({ idTokenTtl: 60, corsAllowedOrigins: [] });
    const { notes = [] } = await succeed(call, 'update_application', update);
    expect(notes.join(' ')).toContain(
      'Logto answered a success and did not store customClientMetadata.refreshTokenTtl: read it again.',
    );
  });

  it('are none if the answer has every member, or has no such field', async () => {
    const { call, state } = await server();
    state.answer = stored({ idTokenTtl: 60, refreshTokenTtl: 90, corsAllowedOrigins: [] });
    const complete = await succeed(call, 'update_application', update);
    expect((complete.notes ?? []).join(' ')).not.toContain('did not store');
    state.answer = async () => answerOf(200, '{"id":"shop-web"}', json);
    const other = await succeed(call, 'update_application', update);
    expect((other.notes ?? []).join(' ')).not.toContain('did not store');
    state.answer = async () => answerOf(204, '', {});
    const empty = await succeed(call, 'update_application', update);
    expect((empty.notes ?? []).join(' ')).not.toContain('did not store');
  });

  it.each([null, ''])('are none if a member was cleared: %j', async (value) => {
    const { call, state } = await server();
    const update = (note: unknown) =>
      succeed(call, 'update_organization', {
        id: 'alpine-rentals',
        customData: { note },
        replace_whole: true,
      });
    state.answer = async () => answerOf(200, JSON.stringify({ customData: {} }), json);
    expect(((await update('kept')).notes ?? []).join(' ')).toContain('customData.note');
    expect(((await update(value)).notes ?? []).join(' ')).not.toContain('did not store');
  });

  it('are not checked in the answer to a create', async () => {
    const { call, state } = await server();
    state.answer = async () =>
      answerOf(200, '{"id":"new","name":"New","customClientMetadata":{}}', json);
    const { notes = [] } = await succeed(call, 'create_application', {
      name: 'New',
      type: 'SPA',
      customClientMetadata: { idTokenTtl: 60 },
    });
    expect(notes.join(' ')).not.toContain('did not store');
  });
});

describe('an error after which the write is verified', () => {
  const outcomeOf = (records: readonly Record<string, unknown>[]) => records.at(-1)?.['outcome'];

  it('of a broken connection says that no answer came, and that the change was made', async () => {
    const { call, state, records } = await server();
    state.answer = () => Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    const { notes = [] } = await succeed(call, 'update_role', { id: 'support', description: 'b' });
    expect(notes[0]).toBe('Logto answered nothing, but made the change: it was read back.');
    expect(outcomeOf(records())).toBe('done');
  });

  it('of a refusal by Logto counts as refused without another read', async () => {
    const { call, state, records } = await server();
    state.answer = async () => answerOf(422, '{"code":"x.y","message":"no"}', json);
    expect(await call('update_role', { id: 'support', description: 'c' })).toMatchObject({
      ok: false,
      error: { status: 422, code: 'x.y' },
    });
    expect(outcomeOf(records())).toBe('refused');
  });

  it('leaves a new entity unknown, and says to read before repeating', async () => {
    const { call, state, records } = await server();
    state.answer = async () => answerOf(502, '', json);
    const outcome = await call('create_organization_scope', { name: 'fresh' });
    expect(outcome).toMatchObject({
      ok: false,
      error: { hint: expect.stringContaining('It is not known whether the change was made') },
    });
    expect(outcomeOf(records())).toBe('unknown');
  });

  it('leaves the outcome unknown if the read fails too', async () => {
    const sandbox = createSandbox();
    const isDown = { now: false };
    const { call, records } = await server({
      fetch: async (url, init) => {
        isDown.now ||= init.method === 'PATCH';
        return isDown.now ? answerOf(502, '', json) : sandbox.fetch(url, init);
      },
    });
    expect(await call('update_role', { id: 'support', description: 'd' })).toMatchObject({
      ok: false,
      error: {
        status: 502,
        hint: expect.stringContaining('It is not known whether the change was made'),
      },
    });
    expect(outcomeOf(records())).toBe('unknown');
  });

  it('records what Logto stored, which an undo compares with', async () => {
    const sandbox = createSandbox();
    const { call, records } = await server({
      fetch: async (url, init) => {
        if (init.method !== 'PATCH' || records().length > 1) {
          return sandbox.fetch(url, init);
        }
        // Logto adds a default to the settings that it stores, and its answer is lost.
        const { customClientMetadata } = JSON.parse(String(init.body));
        const stored = { ...customClientMetadata, rotateRefreshToken: true };
        await sandbox.fetch(url, {
          ...init,
          body: JSON.stringify({ customClientMetadata: stored }),
        });
        return answerOf(502, '', json);
      },
    });
    const settings = async () =>
      (await succeed(call, 'get_application', { id: 'shop-web' })).result?.['customClientMetadata'];
    const before = await settings();
    await succeed(call, 'update_application', {
      id: 'shop-web',
      customClientMetadata: { alwaysIssueRefreshToken: true },
    });
    expect(records().at(-1)).toMatchObject({
      outcome: 'done',
      after: { customClientMetadata: { rotateRefreshToken: true } },
    });
    const { items = [] } = await succeed(call, 'list_changes', { limit: 1 });
    await succeed(call, 'undo_change', { change: items[0]?.id });
    expect(await settings()).toEqual(before);
  });

  it('counts as refused for a new role that Logto did not store before its error', async () => {
    const sandbox = createSandbox();
    const { call, records } = await server({
      fetch: async (url, init) =>
        init.method === 'POST' && url.endsWith('/api/roles')
          ? answerOf(404, '{"code":"entity.not_exists_with_id","message":"No scope."}', json)
          : sandbox.fetch(url, init),
    });
    expect(
      await call('create_role', { name: 'Never made', description: 'd', scopeIds: ['no-such'] }),
    ).toMatchObject({ ok: false, error: { status: 404 } });
    expect(outcomeOf(records())).toBe('refused');
  });
});

it('the record of a second factor has its id, which the answer does not contain', async () => {
  const { call, records } = await server();
  const userId = (await succeed(call, 'create_user', { username: 'factor' })).result?.id;
  await succeed(call, 'create_user_mfa_verification', { userId, verification: { type: 'Totp' } });
  const { items = [] } = await succeed(call, 'list_user_mfa_verifications', { userId });
  expect(items).toHaveLength(1);
  expect(records().at(-1)).toMatchObject({ outcome: 'done', after: [items[0]?.id] });
});
