/** What the rules of the catalog look at, and which risks follow from what a write finds: over the catalog, without a tenant. */
import { describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { isTokenScope } from '../../../src/catalog/token-scopes.js';
import { changeOf } from '../../../src/guard/changes/index.js';
import { mergeUpdate } from '../../../src/guard/confirm/deep-merge.js';
import { findRisks, riskInputOf } from '../../../src/guard/confirm/risk.js';
import { bodyNames, OperationGraph, type Values } from '../../../src/guard/operation-graph.js';
import { type ResolvedWrite, secretPathsOf } from '../../../src/guard/pending-write.js';
import { PrivilegeGrants } from '../../../src/guard/policy/privilege-grants.js';
import { TenantReader } from '../../../src/guard/tenant-reader.js';
import { isObject, objectsIn } from '../../../src/json.js';
import { createSession } from '../../../src/logto/session.js';
import { createSandbox } from '../../../src/sandbox/index.js';
import { sandboxSettings } from '../../../src/sandbox/settings.js';

const graph = new OperationGraph(catalog);
const session = createSession({ ...sandboxSettings, fetch: createSandbox().fetch });
const grants = new PrivilegeGrants(sandboxSettings, graph, isTokenScope);

/** A write that finds this, with the values that would be sent. */
function writeOf(name: string, input: Values, found: Partial<ResolvedWrite> = {}): ResolvedWrite {
  const entry = graph.keyed(name);
  return {
    entry,
    change: changeOf(entry, graph),
    input,
    replaceWhole: false,
    actor: undefined,
    reads: new TenantReader(session).unlimited(AbortSignal.timeout(20_000)),
    before: undefined,
    isRead: true,
    values: input,
    after: undefined,
    displaced: [],
    notes: [],
    ...found,
  };
}

describe('what a rule looks at', () => {
  it('has a mark in place of every secret that is given, each another one', () => {
    const secretive = graph.operations.filter(({ operation }) => operation.effect !== 'reads');
    let count = 0;
    for (const entry of secretive) {
      for (const path of secretPathsOf(changeOf(entry, graph)).filter((one) => !/[.*]/.test(one))) {
        const { values } = riskInputOf(writeOf(entry.name, { [path]: 'guess' }, { isRead: false }));
        expect(values[path], `${entry.name} ${path}`).toBe('[given secret 1]');
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(5);
    const config = { clientSecret: 'guess', clientId: 'a' };
    const { values } = riskInputOf(
      writeOf('update_sso_connector', { id: 's', config, password: 'x' }, { isRead: false }),
    );
    expect(values).toEqual({
      id: 's',
      config: { clientSecret: '[given secret 1]', clientId: 'a' },
      password: '[given secret 2]',
    });
  });

  it('of an update is the entity as it would be, without the arguments of the path', () => {
    const before = { id: 'u', name: 'a', customData: { a: 1 }, isSuspended: false };
    const input = { userId: 'u', customData: { b: 2 } };
    const merged = riskInputOf(writeOf('update_user', input, { before }));
    expect(merged.before).toEqual(before);
    expect(merged.after).toEqual({ ...before, customData: { a: 1, b: 2 } });
    const whole = riskInputOf(writeOf('update_user', input, { before, replaceWhole: true }));
    expect(whole.after).toEqual({ ...before, customData: { b: 2 } });
    // Logto itself keeps the members of this one that are not sent.
    const joined = riskInputOf(
      writeOf('update_user_custom_data', input, { before: { a: 1 }, replaceWhole: true }),
    );
    expect(joined.after).toMatchObject({ customData: { a: 1, b: 2 } });
  });

  it('of an update that finds nothing is what is given', () => {
    const input = { userId: 'u', name: 'x' };
    expect(riskInputOf(writeOf('update_user', input))).toEqual({
      values: input,
      before: null,
      after: input,
    });
  });

  it('is not known where nothing could be read', () => {
    const input = { userId: 'u', name: 'x' };
    const unread = { before: { name: 'y' }, isRead: false };
    expect(riskInputOf(writeOf('update_user', input, unread))).toEqual({
      values: input,
      before: undefined,
      after: undefined,
    });
    expect(
      riskInputOf(writeOf('replace_user_roles', { userId: 'u', roleIds: [] }, unread)).before,
    ).toBeUndefined();
  });

  it('of other writes is what they find, and of a creation what it displaces', () => {
    const set = { userId: 'u', roleIds: [] };
    expect(riskInputOf(writeOf('replace_user_roles', set, { before: ['r'] }))).toEqual({
      values: set,
      before: ['r'],
      after: undefined,
    });
    expect(
      riskInputOf(writeOf('replace_user_roles', set, { before: null })).before,
    ).toBeUndefined();
    const displaced = [{ id: 'c' }];
    expect(
      riskInputOf(writeOf('create_connector', {}, { before: { id: 'x' }, displaced })).before,
    ).toEqual(displaced);
    expect(riskInputOf(writeOf('create_connector', {}, {})).before).toEqual([]);
  });
});

describe('the risks', () => {
  const risksOf = async (name: string, input: Values, found: Partial<ResolvedWrite> = {}) =>
    Object.fromEntries(
      (await findRisks(writeOf(name, input, found), grants)).map(({ risk, because }) => [
        risk,
        because,
      ]),
    );
  const user = { userId: 'u', name: 'x' };

  it('of a change that undo restores are none', async () => {
    expect(await risksOf('update_user', user, { before: { id: 'u', name: 'y' } })).toEqual({});
  });

  it('of a change of nothing, or of what is not there, are none', async () => {
    const former = { id: 'u', name: 'x' };
    expect(await risksOf('update_user', user, { before: former })).toEqual({});
    expect(await risksOf('update_user', user)).toEqual({});
    const field = { name: 'f', label: 'x', type: 'Text', required: false };
    expect(await risksOf('update_custom_profile_field_by_name', field)).not.toHaveProperty(
      'irreversible',
    );
  });

  it('of settings that are made and that no operation removes again are irreversible', async () => {
    const settings = { applicationId: 'a', displayName: 'x' };
    const made = await risksOf('replace_application_sign_in_experience', settings);
    expect(made['irreversible']).toMatch(/^it cannot be undone: /);
    // Logto refuses to change a profile field that is not there.
    const { operation } = graph.keyed('update_custom_profile_field_by_name');
    expect([operation.method, operation.updateOnly]).toEqual(['PUT', true]);
  });

  it('of a change that could not be read are that it cannot be undone', async () => {
    const unread = await risksOf('update_user', user, { isRead: false });
    expect(unread['irreversible']).toMatch(/^it cannot be undone: /);
    expect(unread).not.toHaveProperty('destructive');
    expect(
      await risksOf('add_organization_users', { id: 'o', userIds: ['u'] }, { isRead: false }),
    ).toHaveProperty('irreversible');
  });

  it('of an addition of what is there are none', async () => {
    const values = { id: 'o', userIds: ['u'] };
    expect(await risksOf('add_organization_users', values, { before: ['u'] })).toEqual({});
    expect(await risksOf('add_organization_users', values, { before: [] })).toEqual({});
  });

  it('of a creation or a removal are those of the catalog', async () => {
    expect(await risksOf('create_organization_scope', { name: 'x' })).toEqual({});
    expect(
      await risksOf('delete_organization_scope', { id: 'x' }, { before: { id: 'x' } }),
    ).not.toHaveProperty('irreversible');
  });

  it('of an emptied list name it, and of a shortened one not', async () => {
    const before = { id: 'h', events: ['User.Created', 'User.Deleted'], name: 'h' };
    const input = (events: readonly string[]) => ({ id: 'h', events });
    const emptied = await risksOf('update_hook', input([]), { before });
    expect(emptied['destructive']).toBe('it empties events');
    const shortened = await risksOf('update_hook', input(['User.Created']), { before });
    expect(shortened['destructive'] ?? '').not.toContain('empties');
    const set = { userId: 'u', roleIds: [] };
    const replaced = await risksOf('replace_user_roles', set, { before: ['r'] });
    expect(replaced['destructive'] ?? '').not.toContain('empties');
  });

  it('with a stored secret that is written over are irreversible, and say it once', async () => {
    const before = { id: 'h', config: { url: 'https://h.io/', headers: { X: 'hush' } } };
    const input = { id: 'h', config: { url: 'https://h.io/', headers: { X: 'other' } } };
    const found = await findRisks(writeOf('update_hook', input, { before }), grants);
    expect(found.filter(({ risk }) => risk === 'irreversible')).toHaveLength(1);
    expect(JSON.stringify(found)).not.toMatch(/hush|other"/);
  });

  it('on a condition of privilege hold where one that is named has it', async () => {
    const assign = (roleId: string) =>
      risksOf('assign_user_roles', { userId: 'u', roleIds: [roleId] }, { before: [] });
    expect(await assign('customer')).not.toHaveProperty('privilege');
    const { body } = await session.send(
      graph.keyed('list_roles').operation,
      { page_size: 100, type: 'MachineToMachine' },
      AbortSignal.timeout(5_000),
    );
    const [administrator] = objectsIn(body).filter(({ name }) =>
      /Management API/.test(String(name)),
    );
    expect(await assign(String(administrator?.['id']))).toHaveProperty('privilege');
  });
});

it('a guess of a stored secret has the same risks whether it is right or wrong', async () => {
  const nested = (path: string, value: string): Values => {
    const [name = '', ...rest] = path.split('.');
    return { [name === '*' ? 'X' : name]: rest.length > 0 ? nested(rest.join('.'), value) : value };
  };
  const guesses = graph.operations
    .filter(({ operation }) => operation.effect !== 'reads')
    .map((entry) => ({ entry, change: changeOf(entry, graph) }))
    .filter(({ change }) => change.kind === 'update' || change.kind === 'upsert')
    .flatMap(({ entry, change }) =>
      [...new Set(secretPathsOf(change))]
        .filter((path) => bodyNames(entry.operation).includes(path.replace(/\..*/, '')))
        .map((path) => ({ entry, change, path })),
    );
  expect(guesses.length).toBeGreaterThan(20);
  for (const { entry, change, path } of guesses) {
    const before = { id: 'i', name: 'n', ...nested(path, 'right-guess') };
    const image = change.image(before);
    const risksOf = (guess: string) => {
      const input = { id: 'i', ...nested(path, guess) };
      const { values } = mergeUpdate(entry.operation, input, isObject(image) ? image : {}, false);
      return findRisks(writeOf(entry.name, input, { before, values }), grants);
    };
    const [right, wrong] = await Promise.all([risksOf('right-guess'), risksOf('wrong-guess')]);
    expect(right, `${entry.name} ${path}`).toEqual(wrong);
  }
});
