/** How a new entity is recognised: for its undo, and after an error despite which Logto may have created it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSandbox, type Sandbox } from '../../../src/sandbox/index.js';
import { type Connected, connectClient, succeed as succeedBy } from '../../support/client.js';
import { answerOf } from '../../support/faults.js';

type Values = Readonly<Record<string, unknown>>;

const JSON_TYPE = { 'content-type': 'application/json' };
const NOT_EXISTS = '{"code":"entity.not_exists_with_id","message":"No scope."}';

let connected: Connected;
let sandbox: Sandbox;
/** Whether Logto refuses new roles because of their scopes, without storing them. */
let refusesRoles = false;
/** Whether second factors can be read. */
let isReadable = true;

beforeEach(async () => {
  sandbox = createSandbox();
  refusesRoles = false;
  isReadable = true;
  connected = await connectClient({
    fetch: async (url, init) => {
      const { pathname } = new URL(url);
      if (refusesRoles && init.method === 'POST' && pathname === '/api/roles') {
        return answerOf(404, NOT_EXISTS, JSON_TYPE);
      }
      if (!isReadable && init.method === 'GET' && pathname.endsWith('/mfa-verifications')) {
        return answerOf(403, '{"code":"auth.forbidden","message":"no"}', JSON_TYPE);
      }
      return sandbox.fetch(url, init);
    },
  });
});
afterEach(() => connected.close());

const succeed = (tool: string, values: Values) => succeedBy(connected.call, tool, values);

const lastChange = async () => (await succeed('list_changes', { limit: 1 })).items?.[0];

const undoLast = async () => connected.call('undo_change', { change: (await lastChange())?.id });

const cannot = (why: string) => ({
  ok: false,
  error: { code: 'cannot_undo', message: expect.stringContaining(why) },
});

const rolesNamed = async (name: string) =>
  ((await succeed('list_roles', { search: name })).items ?? []).map(({ id }) => id);

describe('the undo of a new entity', () => {
  it('deletes it', async () => {
    const { result } = await succeed('create_role', { name: 'New', description: 'd' });
    expect((await undoLast()).ok).toBe(true);
    expect((await connected.call('get_role', { id: result?.id })).ok).toBe(false);
  });

  it('is refused if the entity was changed since, and leaves it', async () => {
    const { result } = await succeed('create_role', { name: 'New', description: 'd' });
    const change = await lastChange();
    await succeed('update_role', { id: result?.id, description: 'in use' });
    expect(await connected.call('undo_change', { change: change?.id })).toMatchObject(
      cannot('changed again since'),
    );
    expect((await succeed('get_role', { id: result?.id })).result?.['description']).toBe('in use');
  });

  it('is refused if the entity no longer exists', async () => {
    const { result } = await succeed('create_role', { name: 'New', description: 'd' });
    const change = await lastChange();
    await succeed('delete_role', { id: result?.id });
    expect(await connected.call('undo_change', { change: change?.id })).toMatchObject(
      cannot('what it had made is no longer there'),
    );
  });

  it('deletes none of several where one is no longer there', async () => {
    const field = (name: string) => ({ name, type: 'Text', label: name, required: false });
    const fields = async () =>
      ((await succeed('list_custom_profile_fields', {})).items ?? []).map(({ name }) => name);
    const before = await fields();
    await succeed('create_custom_profile_fields_batch', {
      profileFields: [field('first'), field('second')],
    });
    const change = await lastChange();
    await succeed('delete_custom_profile_field_by_name', { name: 'second' });
    expect(await connected.call('undo_change', { change: change?.id })).toMatchObject(
      cannot('what it had made is no longer there'),
    );
    expect(await fields()).toEqual([...before, 'first']);
  });
});

describe('a new role that Logto answers with an error about its scopes', () => {
  const create = (name: string) =>
    connected.call('create_role', { name, description: 'd', scopeIds: ['no-such'] });

  it('is not mistaken for an older role of the same name', async () => {
    const [former, ...others] = await rolesNamed('Support');
    expect(others).toEqual([]);
    refusesRoles = true;
    const outcome = await create('Support');
    expect(outcome).toMatchObject({ ok: false, error: { status: 404 } });
    expect(JSON.stringify(outcome)).not.toContain('undo_change');
    expect(await lastChange()).toMatchObject({ outcome: 'refused' });
    expect(await undoLast()).toMatchObject(cannot('Logto had refused it'));
    expect(await rolesNamed('Support')).toEqual([former]);
  });

  it('is found among roles of similar names', async () => {
    await succeed('create_role', { name: 'Half made before', description: 'd' });
    expect((await create('Half made')).ok).toBe(false);
    const change = await lastChange();
    expect(change).toMatchObject({ outcome: 'partial' });
    expect((await connected.call('undo_change', { change: change?.id })).ok).toBe(true);
    const { items = [] } = await succeed('list_roles', { search: 'Half made' });
    expect(items.map(({ name }) => name)).toEqual(['Half made before']);
  });
});

describe('the undo of a second factor', () => {
  const make = async () => {
    const { result } = await succeed('create_user', { username: 'factors' });
    await succeed('create_user_mfa_verification', {
      userId: result?.id,
      verification: { type: 'Totp' },
    });
    return result?.id;
  };
  const factorsOf = async (userId: unknown) =>
    (await succeed('list_user_mfa_verifications', { userId })).items ?? [];

  it('is refused if the factor no longer exists', async () => {
    const userId = await make();
    const change = await lastChange();
    const [factor] = await factorsOf(userId);
    await succeed('delete_user_mfa_verification', { userId, verificationId: factor?.id });
    expect(await connected.call('undo_change', { change: change?.id })).toMatchObject(
      cannot('changed again since'),
    );
  });

  it('is refused if the record does not identify the factor', async () => {
    const { result } = await succeed('create_user', { username: 'unseen' });
    isReadable = false;
    await connected.call('create_user_mfa_verification', {
      userId: result?.id,
      verification: { type: 'Totp' },
    });
    isReadable = true;
    expect(await undoLast()).toMatchObject({ ok: false, error: { code: 'cannot_undo' } });
    const change = await lastChange();
    expect(change).toHaveProperty('cannot_undo');
  });
});
