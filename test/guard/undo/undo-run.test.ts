/** A run of several writes is undone as a whole: the last write first, after one confirmation, and the rest is named. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { isObject, memberOf, objectsIn } from '../../../src/json.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import { type Connected, connectClient, succeed as succeedBy } from '../../support/client.js';
import { answerOf } from '../../support/faults.js';

type Values = Readonly<Record<string, unknown>>;

let connected: Connected;
/** Requests that change something, in the order in which they are sent. */
let sent: string[] = [];
/** Requests, as method and end of the path, that Logto refuses. */
let refused: string | undefined;

async function start(policy = defaultPolicy()): Promise<void> {
  const sandbox = createSandbox();
  sent = [];
  refused = undefined;
  connected = await connectClient({
    policy,
    fetch: async (url, init) => {
      const { pathname } = new URL(url);
      if (init.method !== 'GET' && pathname.startsWith('/api/')) {
        sent.push(`${init.method} ${pathname}`);
        if (sent.at(-1) === refused) {
          return answerOf(403, '{"code":"auth.forbidden","message":"not now"}', {
            'content-type': 'application/json',
          });
        }
      }
      return sandbox.fetch(url, init);
    },
  });
}
beforeEach(() => start());
afterEach(() => connected.close());

const succeed = (tool: string, values: Values) => succeedBy(connected.call, tool, values);

const planOf = (result: unknown): string => String(memberOf(result, 'plan'));

/** Runs a script, with its plan if there is one. @returns the id of the run */
async function runScript(code: string): Promise<string> {
  const first = (await succeed('run_script', { code })).result;
  const result =
    isObject(first) && Object.hasOwn(first, 'plan')
      ? (await succeed('run_script', { plan: planOf(first) })).result
      : first;
  return String(memberOf(memberOf(result, 'run'), 'id'));
}

/** Undoes a run with its plan. */
async function undoRun(change: string) {
  const { result } = await succeed('undo_change', { change });
  return succeed('undo_change', { change, plan: planOf(result) });
}

const descriptionOf = async (id: string): Promise<unknown> =>
  (await succeed('get_role', { id })).result?.['description'];

const twoRoles = `
  await logto.update_role({ id: 'support', description: 'by the run' });
  await logto.update_role({ id: 'customer', description: 'by the run' });`;

describe('the undo of a run', () => {
  it('shows what it would undo and sends nothing before it is confirmed', async () => {
    const run = await runScript(twoRoles);
    sent = [];
    const { result } = await succeed('undo_change', { change: run });
    const preview = memberOf(result, 'preview');
    expect(preview).toMatchObject({
      operation: `the undo of ${run}`,
      does: `Undo 2 of 2 writes of ${run}, the last first.`,
      arguments: { change: run },
    });
    expect(memberOf(preview, 'arguments')).not.toHaveProperty('not_undone');
    expect(sent).toEqual([]);
    expect(await descriptionOf('support')).toBe('by the run');
  });

  it('undoes the last write first and says how many are undone', async () => {
    const before = [await descriptionOf('support'), await descriptionOf('customer')];
    const run = await runScript(twoRoles);
    sent = [];
    const { notes } = await undoRun(run);
    expect(sent).toEqual(['PATCH /api/roles/customer', 'PATCH /api/roles/support']);
    expect(notes).toEqual(['2 of 2 writes are undone.']);
    expect([await descriptionOf('support'), await descriptionOf('customer')]).toEqual(before);
  });

  it('restores an entity that the run changed twice', async () => {
    const before = await descriptionOf('support');
    const run = await runScript(`
      await logto.update_role({ id: 'support', description: 'first' });
      await logto.update_role({ id: 'support', description: 'second' });`);
    await undoRun(run);
    expect(await descriptionOf('support')).toBe(before);
  });

  it('needs no confirmation if the policy requires none', async () => {
    await connected.close();
    await start(defaultPolicy({ confirm: 'never' }));
    const before = await descriptionOf('support');
    const run = await runScript(twoRoles);
    const { notes } = await succeed('undo_change', { change: run });
    expect(notes).toEqual(['2 of 2 writes are undone.']);
    expect(await descriptionOf('support')).toBe(before);
  });

  it('does not ask again for a step that asks on its own', async () => {
    const run = await runScript(`
      await logto.create_role({ name: 'Of the run', description: 'x' });
      await logto.create_role({ name: 'Of the run too', description: 'x' });`);
    sent = [];
    const { notes } = await undoRun(run);
    expect(sent.map((line) => line.split('/')[0])).toEqual(['DELETE ', 'DELETE ']);
    expect(notes).toEqual(['2 of 2 writes are undone.']);
  });

  it('names what cannot be undone, before and after it is confirmed', async () => {
    const user = (await succeed('create_user', { username: 'of_a_run' })).result;
    const run = await runScript(`
      await logto.update_role({ id: 'support', description: 'by the run' });
      await logto.update_user_password({ userId: '${user?.id}', password: 'S3cret-enough!' });`);
    const { result } = await succeed('undo_change', { change: run });
    const preview = memberOf(result, 'preview');
    const blocked = expect.stringMatching(
      /^c-[0-9a-f]+ update_user_password: the former password is not known$/,
    );
    expect(preview).toMatchObject({
      does: `Undo 1 of 2 writes of ${run}, the last first.`,
      arguments: { not_undone: [blocked] },
    });
    expect(objectsIn(memberOf(preview, 'steps'))).toHaveLength(1);
    const { notes } = await succeed('undo_change', { change: run, plan: planOf(result) });
    expect(notes).toEqual([
      '1 of 2 writes are undone.',
      expect.stringMatching(
        /^Not undone: c-[0-9a-f]+ update_user_password: the former password is not known\.$/,
      ),
    ]);
  });

  it('is refused with every reason when none of its writes can be undone', async () => {
    const user = (await succeed('create_user', { username: 'of_a_run' })).result;
    const run = await runScript(`
      await logto.update_user_password({ userId: '${user?.id}', password: 'S3cret-enough!' });
      await logto.update_user_password({ userId: '${user?.id}', password: 'Other-S3cret!' });`);
    const outcome = await connected.call('undo_change', { change: run });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'cannot_undo' } });
    expect(JSON.stringify(outcome).match(/the former password is not known/g)).toHaveLength(2);
  });

  it('undoes the rest when one write has been changed again since', async () => {
    const before = await descriptionOf('support');
    const run = await runScript(twoRoles);
    await succeed('update_role', { id: 'customer', description: 'later' });
    const { notes } = await undoRun(run);
    expect(notes).toEqual([
      '1 of 2 writes are undone.',
      expect.stringMatching(/^Not undone: c-[0-9a-f]+ update_role: .*changed again since/),
    ]);
    expect(await descriptionOf('support')).toBe(before);
    expect(await descriptionOf('customer')).toBe('later');
  });

  it('continues with the remaining writes when it is called again', async () => {
    const before = await descriptionOf('customer');
    const run = await runScript(twoRoles);
    refused = 'PATCH /api/roles/customer';
    const { notes } = await undoRun(run);
    expect(notes?.[0]).toBe('1 of 2 writes are undone.');
    refused = undefined;
    const { result } = await succeed('undo_change', { change: run });
    expect(memberOf(result, 'preview')).toMatchObject({
      does: `Undo 1 of 1 writes of ${run}, the last first.`,
    });
    await succeed('undo_change', { change: run, plan: planOf(result) });
    expect(await descriptionOf('customer')).toBe(before);
  });

  it('refuses a run that is completely undone or does not exist', async () => {
    const run = await runScript(twoRoles);
    await undoRun(run);
    for (const change of [run, 'r-none']) {
      expect(await connected.call('undo_change', { change })).toMatchObject({
        ok: false,
        error: { code: 'unknown_change' },
      });
    }
  });

  it('skips a write of the run that Logto refused', async () => {
    refused = 'PATCH /api/roles/customer';
    const { result } = await succeed('run_script', { code: twoRoles });
    await connected.call('run_script', { plan: planOf(result) });
    refused = undefined;
    const { items = [] } = await succeed('list_changes', { limit: 1 });
    const before = await succeed('undo_change', { change: items[0]?.id });
    expect(memberOf(before.result, 'preview')).toMatchObject({
      does: `Undo 1 of 1 writes of ${items[0]?.id}, the last first.`,
      arguments: { change: items[0]?.id },
    });
  });

  it('counts every removal against the limits of the policy', async () => {
    await connected.close();
    await start(defaultPolicy({ confirm: 'never', limits: { removals_per_minute: 1 } }));
    const userId = (await succeed('create_user', { username: 'limited' })).result?.id;
    await succeed('assign_user_roles', { userId, roleIds: ['support', 'shop-manager'] });
    const { items = [] } = await succeed('list_changes', { limit: 1 });
    sent = [];
    expect(await connected.call('undo_change', { change: items[0]?.id })).toMatchObject({
      ok: false,
      error: { kind: 'permission' },
    });
    expect(sent).toEqual([]);
  });

  it('leaves the writes of other runs', async () => {
    await runScript(`
      await logto.update_role({ id: 'customer', description: 'by another run' });`);
    const run = await runScript(`
      await logto.update_role({ id: 'support', description: 'by the run' });`);
    await undoRun(run);
    expect(await descriptionOf('customer')).toBe('by another run');
  });
});

it('an undo whose call the policy denies sends nothing', async () => {
  await connected.close();
  await start(defaultPolicy({ confirm: 'never', deny: ['delete_role'] }));
  const { result } = await succeed('create_role', { name: 'Stays', description: 'x' });
  const { items = [] } = await succeed('list_changes', { limit: 1 });
  sent = [];
  expect(await connected.call('undo_change', { change: items[0]?.id })).toMatchObject({
    ok: false,
    error: { code: 'forbidden_by_policy', message: expect.stringContaining('delete_role') },
  });
  expect(sent).toEqual([]);
  expect(await descriptionOf(String(result?.id))).toBe('x');
});

it('an undo waits for a write to the same entity that is under way', async () => {
  const sandbox = createSandbox();
  let begin = (): void => undefined;
  const underWay = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let isSlow = false;
  await connected.close();
  connected = await connectClient({
    fetch: async (url, init) => {
      if (isSlow && init.method === 'PATCH') {
        begin();
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      return sandbox.fetch(url, init);
    },
  });
  await succeed('update_role', { id: 'support', description: 'first' });
  const { items = [] } = await succeed('list_changes', { limit: 1 });
  isSlow = true;
  const update = succeed('update_role', { id: 'support', description: 'second' });
  await underWay;
  expect(await connected.call('undo_change', { change: items[0]?.id })).toMatchObject({
    ok: false,
    error: { code: 'cannot_undo' },
  });
  await update;
  expect(await descriptionOf('support')).toBe('second');
});
