/** Which changes of the journal can be undone, by what their records say; and how a record follows from its lines. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reasons } from '../../../src/guard/changes/change.js';
import { Journal, memoryJournal } from '../../../src/guard/undo/journal.js';
import { LogtoError } from '../../../src/logto/errors.js';
import { type Connected, connectSandbox, succeed } from '../../support/client.js';

type Fields = Readonly<Record<string, unknown>>;

const SECRET = '[secret]';

/** A blocker that names the field or the operation that it is about. */
const about = (name: string) => expect.stringContaining(name);

/** Records, and why they cannot be undone; undefined for those that can. */
const TABLE: readonly (readonly [
  operation: string,
  record: Fields & { readonly arguments: Fields },
  blocker: unknown,
])[] = [
  ['create_role', { arguments: {}, after: { id: 'r' } }, undefined],
  ['create_role', { arguments: {}, after: { id: 'r' }, outcome: 'partial' }, undefined],
  ['create_role', { arguments: {}, after: {} }, reasons.notTold],
  ['create_role', { arguments: {} }, reasons.notTold],
  ['create_role', { arguments: {}, outcome: 'unknown' }, reasons.outcomeUnknown],
  ['create_role', { arguments: {}, outcome: undefined }, reasons.outcomeUnknown],
  ['create_role', { arguments: {}, outcome: 'refused' }, about('refused')],
  // What is named in the path of its removal by a name.
  [
    'create_user_personal_access_token',
    { arguments: { userId: 'u' }, after: { name: 'n' } },
    undefined,
  ],
  [
    'create_custom_profile_fields_batch',
    { arguments: {}, after: [{ name: 'a' }, { name: 'b' }] },
    undefined,
  ],
  [
    'create_custom_profile_fields_batch',
    { arguments: {}, after: [{ name: 'a' }, {}] },
    reasons.notTold,
  ],
  ['create_custom_profile_fields_batch', { arguments: {}, after: [] }, reasons.notTold],
  ['create_user_mfa_verification', { arguments: { userId: 'u' }, after: ['m'] }, undefined],
  ['create_user_mfa_verification', { arguments: { userId: 'u' }, after: [] }, reasons.notTold],
  ['create_user_mfa_verification', { arguments: { userId: 'u' } }, reasons.notTold],
  ['assign_user_roles', { arguments: { roleIds: ['a', 'b'] }, before: ['a'] }, undefined],
  ['assign_user_roles', { arguments: { roleIds: ['a'] }, before: ['a'] }, reasons.nothingAdded],
  ['assign_user_roles', { arguments: { roleIds: ['a'] }, before: null }, reasons.notKnown],
  [
    'assign_user_roles',
    { arguments: { roleIds: ['a'] }, before: [], outcome: 'unknown' },
    undefined,
  ],
  [
    'assign_organization_roles_to_user',
    {
      arguments: { organizationRoleNames: ['x'] },
      before: [],
      after: { organizationRoleIds: ['a'] },
    },
    undefined,
  ],
  [
    'assign_organization_roles_to_user',
    {
      arguments: { organizationRoleNames: ['x'] },
      before: ['a'],
      after: { organizationRoleIds: ['a'] },
    },
    reasons.nothingAdded,
  ],
  [
    'assign_organization_roles_to_user',
    {
      arguments: { organizationRoleNames: ['x'] },
      before: [],
      after: { organizationRoleIds: null },
    },
    reasons.notKnown,
  ],
  [
    'assign_organization_roles_to_user',
    { arguments: { organizationRoleNames: ['x'] }, before: [], outcome: 'unknown' },
    reasons.notKnown,
  ],
  ['delete_organization_user', { arguments: { userId: 'u' }, before: ['u'] }, undefined],
  ['delete_organization_user', { arguments: { userId: 'u' }, before: null }, reasons.notKnown],
  ['delete_user_role', { arguments: { userId: 'u', roleId: 'r' }, before: null }, undefined],
  ['replace_user_roles', { arguments: { roleIds: ['a'] }, before: [] }, undefined],
  ['replace_user_roles', { arguments: { roleIds: ['a'] }, before: null }, reasons.notKnown],
  [
    'assign_organization_roles_to_users',
    { arguments: { userIds: ['u', 'v'], organizationRoleIds: ['r'] }, before: [['u', 'r']] },
    undefined,
  ],
  [
    'assign_organization_roles_to_users',
    { arguments: { userIds: ['u'], organizationRoleIds: ['r'] }, before: [['u', 'r']] },
    reasons.nothingAdded,
  ],
  [
    'assign_organization_roles_to_users',
    { arguments: { userIds: ['u'], organizationRoleIds: ['r'] }, before: null },
    reasons.notKnown,
  ],
  [
    'create_application_user_consent_scope',
    { arguments: { organizationScopes: ['s'] }, before: [['organization-scopes', 's']] },
    reasons.nothingAdded,
  ],
  ['replace_email_templates', { arguments: { templates: [] }, before: [] }, undefined],
  ['replace_email_templates', { arguments: { templates: [] }, before: null }, reasons.notKnown],
  [
    'replace_email_templates',
    { arguments: { templates: [] }, before: [], outcome: 'unknown' },
    reasons.outcomeUnknown,
  ],
  ['delete_role', { arguments: { id: 'r' }, before: { id: 'r' } }, reasons.deleted],
  [
    'delete_custom_phrase',
    { arguments: { languageTag: 'ja' }, before: { languageTag: 'ja', translation: {} } },
    undefined,
  ],
  ['delete_custom_phrase', { arguments: { languageTag: 'ja' }, before: null }, reasons.notKnown],
  ['delete_jwt_customizer', { arguments: {}, before: { script: 'a' } }, undefined],
  ['delete_jwt_customizer', { arguments: {}, before: { other: 'a' } }, reasons.notKnown],
  [
    'delete_jwt_customizer',
    { arguments: {}, before: { script: 'a', environmentVariables: { K: SECRET } } },
    reasons.secrets,
  ],
  [
    'delete_jwt_customizer',
    { arguments: {}, before: { script: 'a' }, outcome: 'unknown' },
    reasons.outcomeUnknown,
  ],
  [
    'delete_application_user_consent_scope',
    { arguments: { applicationId: 'a', scopeType: 'user-scopes', scopeId: 'email' } },
    undefined,
  ],
  [
    'update_role',
    { arguments: {}, before: { description: 'a' }, after: { description: 'b' } },
    undefined,
  ],
  ['update_role', { arguments: {}, before: null, after: {} }, reasons.nothingBefore],
  ['update_role', { arguments: {}, before: null, outcome: 'unknown' }, reasons.notKnown],
  ['update_role', { arguments: {}, before: { description: 'a' } }, reasons.notKnown],
  [
    'update_role',
    { arguments: { description: 'b' }, before: { description: 'a' }, outcome: 'unknown' },
    undefined,
  ],
  [
    'update_role',
    { arguments: {}, before: { name: 'n' }, after: { description: 'b' } },
    about('description'),
  ],
  [
    'update_application_secret',
    { arguments: {}, before: { name: 'n' }, after: { name: 'm', currentName: 'n' } },
    undefined,
  ],
  [
    'update_connector',
    { arguments: {}, before: { config: { key: SECRET } }, after: { config: { key: SECRET } } },
    reasons.secrets,
  ],
  ['update_user_password', { arguments: {}, before: {}, after: {} }, about('password')],
  // A PUT that sets what was not there is undone by its deletion.
  ['upsert_jwt_customizer', { arguments: {}, before: null, after: { script: 'a' } }, undefined],
  ['upsert_jwt_customizer', { arguments: {}, before: null }, reasons.nothingBefore],
  ['upsert_jwt_customizer', { arguments: {}, before: null, outcome: 'unknown' }, reasons.notKnown],
  ['upsert_id_token_config', { arguments: {}, before: null, after: {} }, reasons.nothingBefore],
  // A PUT drops what it does not name.
  [
    'upsert_jwt_customizer',
    {
      arguments: {},
      before: { script: 'a', environmentVariables: { K: SECRET } },
      after: { script: 'b' },
    },
    reasons.secrets,
  ],
  [
    'update_jwt_customizer',
    {
      arguments: {},
      before: { script: 'a', environmentVariables: { K: SECRET } },
      after: { script: 'b' },
    },
    undefined,
  ],
  [
    'update_user_custom_data',
    { arguments: {}, before: { a: 1 }, after: { customData: { a: 2 } } },
    undefined,
  ],
  // Writes of no kind: by a fact of their own, by their effect, or because nothing reverses them.
  ['update_user_password_expiration', { arguments: {} }, about('expired')],
  ['create_saml_authn', { arguments: {} }, about('sign-in')],
  ['cleanup_domains', { arguments: {} }, reasons.deleted],
  ['delete_personal_access_token_post', { arguments: {} }, reasons.deleted],
  ['create_connector_test', { arguments: {} }, about('message')],
  ['verify_one_time_token', { arguments: {} }, about('token')],
  ['create_hook_test', { arguments: {} }, about('sent')],
  ['verify_user_password', { arguments: {} }, about('no operation')],
  ['not_an_operation', { arguments: {} }, about('not_an_operation')],
  ['update_role', { arguments: {}, before: {}, after: {}, cannot_undo: 'a file' }, 'a file'],
];

const idOf = (index: number) => `c-${index}`;
const outcomeOf = (record: Fields) =>
  Object.hasOwn(record, 'outcome') ? record['outcome'] : 'done';

let connected: Connected;
let changes: readonly Fields[] = [];
beforeAll(async () => {
  const lines = memoryJournal();
  for (const [index, [operation, { after, ...record }]] of TABLE.entries()) {
    const started = { before: null, ...record, id: idOf(index), operation, outcome: undefined };
    lines.append(JSON.stringify(started));
    const outcome = outcomeOf(record);
    if (outcome !== undefined) {
      lines.append(JSON.stringify({ id: idOf(index), outcome, after }));
    }
  }
  connected = await connectSandbox({ lines });
  changes = (await succeed(connected.call, 'list_changes', { limit: TABLE.length })).items ?? [];
});
afterAll(() => connected.close());

it.each(
  TABLE.map(([operation, record, blocker], index) => ({ operation, record, blocker, index })),
)('$operation $record is blocked by: $blocker', ({ operation, record, blocker, index }) => {
  const change = changes.find(({ id }) => id === idOf(index));
  expect(change).toMatchObject({ operation, outcome: outcomeOf(record) ?? 'unknown' });
  expect(change?.['cannot_undo']).toEqual(blocker);
});

describe('the journal', () => {
  const CHANGE = { client: 'test', operation: 'update_role', arguments: {}, before: null };

  it('has a change as undone after the last call of its undo, and its calls in their order', async () => {
    const journal = new Journal(memoryJournal(), Date.now);
    const id = await journal.start(CHANGE);
    await journal.end({ id, outcome: 'done' });
    const step = async (left: number, outcome: 'done' | 'refused' | undefined) => {
      const call = { ...CHANGE, arguments: { left }, undoes: id, left };
      const started = await journal.start(call);
      if (outcome !== undefined) {
        await journal.end({ id: started, outcome });
      }
      const changes = await journal.list();
      return changes.find((change) => change.id === id);
    };
    expect(await step(1, undefined)).toMatchObject({ undone: false, undoSteps: [] });
    expect(await step(0, 'refused')).toMatchObject({ undone: false, undoSteps: [] });
    expect(await step(2, 'done')).toMatchObject({
      undone: false,
      undoSteps: [{ arguments: { left: 2 } }],
    });
    expect(await step(0, 'done')).toMatchObject({
      undone: true,
      undoSteps: [{ arguments: { left: 2 } }, { arguments: { left: 0 } }],
    });
    expect((await journal.list()).map(({ undone }) => undone)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  it('writes the time and a new id of each change', async () => {
    const lines = memoryJournal();
    const journal = new Journal(lines, () => Date.UTC(2026, 0, 2));
    const ids = [await journal.start(CHANGE), await journal.start(CHANGE)];
    expect(new Set(ids).size).toBe(2);
    expect(lines.read().map((line) => JSON.parse(line))).toEqual(
      ids.map((id) => ({ id, at: '2026-01-02T00:00:00.000Z', ...CHANGE })),
    );
  });

  it('waits for the disk before a change is sent, and not after it', async () => {
    const durable: unknown[] = [];
    const store = { append: (_: string, isDurable?: boolean) => void durable.push(isDurable) };
    const journal = new Journal({ ...store, read: () => [] }, Date.now);
    await journal.end({ id: await journal.start(CHANGE), outcome: 'done' });
    expect(durable).toEqual([true, false]);
  });

  it('skips lines that are no records', async () => {
    const lines = memoryJournal();
    const journal = new Journal(lines, Date.now);
    const id = await journal.start(CHANGE);
    for (const line of ['{', '1', 'null', '[]', '{"id":1,"outcome":"done"}', '{"id":"c-2"}']) {
      lines.append(line);
    }
    lines.append(JSON.stringify({ id: 'c-3', operation: 'update_role', arguments: 'none' }));
    lines.append(JSON.stringify({ id: 'c-4', arguments: {} }));
    expect((await journal.list()).map((change) => change.id)).toEqual([id]);
  });

  it('that cannot be written stops a change before it, and fails none after it', async () => {
    const broken = (error: Error) =>
      new Journal(
        {
          append: () => Promise.reject(error),
          read: () => Promise.reject(error),
        },
        Date.now,
      );
    const journal = broken(new Error('no space'));
    await expect(journal.start(CHANGE)).rejects.toMatchObject({
      failure: { kind: 'configuration', code: 'journal_not_writable' },
    });
    await expect(journal.list()).rejects.toMatchObject({
      failure: { kind: 'configuration', code: 'journal_not_readable' },
    });
    await journal.end({ id: 'c-1', outcome: 'done' });
    // A store that names the cause itself.
    const own = new LogtoError({ kind: 'unavailable', code: 'database', message: 'm', hint: 'h' });
    await expect(broken(own).start(CHANGE)).rejects.toBe(own);
    await expect(broken(own).list()).rejects.toBe(own);
  });
});
