/** The journal records the true outcome of a write, even if Logto's answer is wrong, and undo uses it. */
import { afterEach, describe, expect, it } from 'vitest';
import { Secrets } from '../../../src/guard/secrets/secrets.js';
import { memoryJournal } from '../../../src/guard/undo/journal.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import {
  type Connected,
  connectClient,
  connectSandbox,
  succeed as succeedBy,
} from '../../support/client.js';
import { answerOf } from '../../support/faults.js';

type Values = Readonly<Record<string, unknown>>;

let connected: Connected;
afterEach(() => connected.close());

const succeed = (tool: string, values: Values) => succeedBy(connected.call, tool, values);

const last = async () => (await succeed('list_changes', { limit: 1 })).items?.[0];

const undoLast = async () => connected.call('undo_change', { change: (await last())?.id });

/** A server whose answers to writes with `method` are lost behind a gateway; `applied` says whether they reach Logto. */
async function behindGateway(method: string, status: number, applied: boolean) {
  const sandbox = createSandbox();
  const state = { broken: true };
  connected = await connectClient({
    session: { clock: { now: Date.now, random: Math.random, sleep: async () => {} } },
    fetch: async (url, init) => {
      const meant = state.broken && init.method === method && url.includes('/api/');
      const answer = meant && !applied ? undefined : await sandbox.fetch(url, init);
      return meant || answer === undefined
        ? answerOf(status, '<html>', { 'content-type': 'text/html' })
        : answer;
    },
  });
  return state;
}

describe('a write that is answered with an error', () => {
  it.each([500, 502, 504])('%i and was made is done, and can be undone', async (status) => {
    const state = await behindGateway('PATCH', status, true);
    const { notes } = await succeed('update_role', { id: 'support', description: 'all the same' });
    expect(notes?.[0]).toContain('made the change');
    expect(await last()).toMatchObject({ operation: 'update_role', outcome: 'done' });
    state.broken = false;
    expect((await undoLast()).ok).toBe(true);
    const { result } = await succeed('get_role', { id: 'support' });
    expect(result?.['description']).not.toBe('all the same');
  });

  it('and is read back shows no secret from that read', async () => {
    const sandbox = createSandbox();
    const json = { 'content-type': 'application/json' };
    connected = await connectClient({
      secrets: new Secrets(false, undefined),
      fetch: async (url, init) => {
        const answer = await sandbox.fetch(url, init);
        if (init.method === 'PATCH') {
          return answerOf(500, '{"message": "broken"}', json);
        }
        return url.endsWith('/api/applications/shop-web')
          ? answerOf(
              200,
              JSON.stringify({ ...JSON.parse(await answer.text()), secret: 'aB3' }),
              json,
            )
          : answer;
      },
    });
    const answer = await succeed('update_application_custom_data', {
      applicationId: 'shop-web',
      customData: { a: 1 },
    });
    expect(answer.result?.['secret']).toMatch(/^\[redacted: /);
  });

  it('504 and cannot be verified is unknown, and says so', async () => {
    await behindGateway('PATCH', 504, false);
    expect(await connected.call('update_role', { id: 'support', description: 'x' })).toMatchObject({
      ok: false,
      error: { hint: expect.stringContaining('not known whether the change was made') },
    });
    expect(await last()).toMatchObject({ outcome: 'unknown' });
    expect(await undoLast()).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('everything is as it was before') },
    });
  });

  it('500 and was not made is refused', async () => {
    await behindGateway('PATCH', 500, false);
    expect((await connected.call('update_role', { id: 'support', description: 'x' })).ok).toBe(
      false,
    );
    expect(await last()).toMatchObject({ outcome: 'refused' });
  });

  it('with a password stays unknown, because it cannot be read', async () => {
    await behindGateway('PATCH', 502, true);
    const { result } = await succeed('create_user', { username: 'unseen' });
    const values = { userId: result?.id, password: 'Correct-horse-1' };
    expect((await connected.call('update_user_password', values)).ok).toBe(false);
    expect(await last()).toMatchObject({ outcome: 'unknown' });
  });

  it('and removes a missing entity is done, although the retry finds nothing', async () => {
    const sandbox = createSandbox();
    let lost = 0;
    connected = await connectClient({
      session: { clock: { now: Date.now, random: Math.random, sleep: async () => {} } },
      fetch: async (url, init) => {
        const answer = await sandbox.fetch(url, init);
        lost += init.method === 'DELETE' ? 1 : 0;
        return init.method === 'DELETE' && lost === 1 ? answerOf(502, '') : answer;
      },
    });
    await succeed('delete_role_scope', { id: 'support', scopeId: 'refund-orders' });
    expect(lost).toBe(2);
    expect(await last()).toMatchObject({ outcome: 'done' });
    expect((await undoLast()).ok).toBe(true);
  });

  it('by replace_application_roles, which applies the change despite the error, is done', async () => {
    connected = await connectSandbox();
    const applicationId = 'warehouse-sync';
    const roles = async () =>
      (await succeed('list_application_roles', { applicationId })).items?.map(({ id }) => id);
    const before = await roles();
    expect(before?.length).toBeGreaterThan(0);
    const { notes } = await succeed('replace_application_roles', { applicationId, roleIds: [] });
    expect(notes?.[0]).toContain('an error (422)');
    expect(await roles()).toEqual([]);
    expect(await last()).toMatchObject({ outcome: 'done' });
    expect((await undoLast()).ok).toBe(true);
    expect(await roles()).toEqual(before);
    // The same code for a real error stays an error.
    expect(
      (await connected.call('replace_application_roles', { applicationId, roleIds: ['no-such'] }))
        .ok,
    ).toBe(false);
    expect(await last()).toMatchObject({ outcome: 'refused' });
    expect(await roles()).toEqual(before);
  });

  it('whose process died can be undone if it was made', async () => {
    const lines = memoryJournal();
    connected = await connectSandbox({ lines });
    const { result: before } = await succeed('get_role', { id: 'support' });
    await succeed('update_role', { id: 'support', description: 'half known' });
    const begun = lines.read().filter((line) => !line.includes('"outcome"'));
    const sandboxed = memoryJournal();
    begun.forEach((line) => {
      sandboxed.append(line);
    });
    await connected.close();
    const sandbox = createSandbox();
    connected = await connectClient({ fetch: sandbox.fetch, lines: sandboxed });
    expect(await last()).toMatchObject({ outcome: 'unknown' });
    expect(await undoLast()).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('was not made') },
    });
    // As if it had been made before the end.
    const again = await connectClient({ fetch: sandbox.fetch });
    await again.call('update_role', { id: 'support', description: 'half known' });
    await again.close();
    expect((await undoLast()).ok).toBe(true);
    expect((await succeed('get_role', { id: 'support' })).result).toEqual(before);
  });
});
