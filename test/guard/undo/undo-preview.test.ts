/** The preview of an undo names its targets, for single changes and for runs, within the requests of a plan. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { listIn, memberOf, objectsIn } from '../../../src/json.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import { type Connected, connectClient, succeed } from '../../support/client.js';

/** Requests of one plan. */
const MAX_PLAN_REQUESTS = 12;

let connected: Connected;
let requests: string[] = [];

beforeAll(async () => {
  const { fetch } = createSandbox();
  connected = await connectClient({
    fetch: (url, init) => {
      requests.push(`${init.method} ${url}`);
      return fetch(url, init);
    },
    policy: defaultPolicy({ confirm: 'all-writes' }),
  });
  // The token, and what is read once for all calls.
  await connected.call('whoami', {});
});
afterAll(() => connected.close());

const confirm = async (tool: string, values: object): Promise<unknown> => {
  const planned = (await succeed(connected.call, tool, { ...values })).result;
  const plan = memberOf(planned, 'plan');
  return plan === undefined
    ? planned
    : (await succeed(connected.call, tool, tool === 'run_script' ? { plan } : { ...values, plan }))
        .result;
};

/** The preview of an undo, in which every id has a name. */
async function previewOfUndo(change: unknown): Promise<unknown> {
  requests = [];
  const { result } = await succeed(connected.call, 'undo_change', { change });
  expect(requests.length).toBeLessThanOrEqual(MAX_PLAN_REQUESTS);
  return memberOf(result, 'preview');
}

const newest = async (): Promise<unknown> =>
  memberOf((await succeed(connected.call, 'list_changes', { limit: 1 })).items?.[0], 'id');

/** Makes users, a role and an organization. */
async function fixture(count: number) {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const user = await confirm('create_user', {
      username: `labelled_${count}_${index}`,
      name: `Labelled ${index}`,
    });
    ids.push(String(memberOf(user, 'id')));
  }
  const role = await confirm('create_role', { name: `Labelled role ${count}`, description: 'x' });
  return { ids, roleId: String(memberOf(role, 'id')) };
}

describe('the preview of the undo', () => {
  it('of an assignment names the role and each user', async () => {
    const { ids, roleId } = await fixture(4);
    await confirm('create_role_user', { id: roleId, userIds: ids });
    const preview = await previewOfUndo(await newest());
    expect(preview).toMatchObject({ acts_on: 'Labelled role 4' });
    const text = JSON.stringify(objectsIn(memberOf(preview, 'steps')));
    for (const index of ids.keys()) {
      expect(text).toContain(`role Labelled role 4, user Labelled ${index}`);
    }
    expect(ids.filter((id) => text.includes(id))).toEqual([]);
  });

  it('of a removal names what it adds again', async () => {
    const { ids, roleId } = await fixture(1);
    await confirm('create_role_user', { id: roleId, userIds: ids });
    await confirm('delete_role_user', { id: roleId, userId: ids[0] });
    expect(await previewOfUndo(await newest())).toMatchObject({
      acts_on: 'Labelled role 1',
      names: { [String(ids[0])]: 'Labelled 0 (labelled_1_0)' },
    });
  });

  it('of a run names every target, with equal writes in one step', async () => {
    const { ids, roleId } = await fixture(30);
    const users = JSON.stringify(ids);
    await confirm('run_script', {
      code: `
        for (const userId of ${users}) await logto.update_user_is_suspended({ userId, isSuspended: true });
        await logto.create_role_user({ id: '${roleId}', userIds: ${users} });
        for (const userId of ${users}.slice(0, 2)) await logto.delete_role_user({ id: '${roleId}', userId });
        for (const userId of ${users}.slice(2)) await logto.update_user({ userId, name: 'Other' });`,
    });
    const preview = await previewOfUndo(await newest());
    const steps = objectsIn(memberOf(preview, 'steps'));
    const stepOf = (operation: string) =>
      steps.find((step) => step['operation'] === `undo of ${operation}`);
    expect(steps).toHaveLength(4);
    expect(stepOf('update_user_is_suspended')).toMatchObject({ times: 30 });
    expect(stepOf('update_user')).toMatchObject({ times: 28 });
    const restored = stepOf('update_user');
    expect(restored?.['sets']).toEqual(
      listIn(restored?.['on']).map((label) => ({ name: String(label).replace(/ \(.*/, '') })),
    );
    expect(stepOf('update_user_is_suspended')?.['sets']).toEqual({ isSuspended: false });
    expect(stepOf('create_role_user')?.['sets']).toBeUndefined();
    expect(stepOf('update_user')?.['on']).toContain('Labelled 29 (labelled_30_29)');
    expect(stepOf('delete_role_user')?.['on']).toContain(
      'role Labelled role 30, user Labelled 1 (labelled_30_1)',
    );
    expect(stepOf('create_role_user')).toMatchObject({ on: ['role Labelled role 30'] });
    expect(memberOf(stepOf('create_role_user')?.['names'], String(ids[7]))).toBe(
      'Other (labelled_30_7)',
    );
    const named = JSON.stringify(steps.map(({ on }) => on));
    expect(ids.filter((id) => named.includes(id))).toEqual([]);
  });
});
