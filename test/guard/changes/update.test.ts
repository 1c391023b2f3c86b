/** The undo of updates restores what was there, also where Logto merges or replaces a field, and its previews say what changes. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { OperationGraph } from '../../../src/guard/operation-graph.js';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { memoryJournal } from '../../../src/guard/undo/journal.js';
import { createSandbox, type Sandbox } from '../../../src/sandbox/index.js';
import { type Connected, connectClient, succeed as succeedBy } from '../../support/client.js';

type Values = Readonly<Record<string, unknown>>;

const graph = new OperationGraph(catalog);

let sandbox: Sandbox;
let connected: Connected;
/** Bodies of requests that change something, with their method and path. */
let sent: [string, unknown][] = [];
const lines = memoryJournal();
beforeAll(async () => {
  sandbox = createSandbox();
  connected = await connectClient({
    lines,
    fetch: (url, init) => {
      const { pathname } = new URL(url);
      if (init.method !== 'GET' && pathname.startsWith('/api/')) {
        const body = init.body === undefined ? undefined : JSON.parse(String(init.body));
        sent.push([`${init.method} ${pathname}`, body]);
      }
      return sandbox.fetch(url, init);
    },
  });
});
afterAll(() => connected.close());
beforeEach(() => {
  sent = [];
});

const succeed = (tool: string, values: Values) => succeedBy(connected.call, tool, values);

const lastChange = async () =>
  String((await succeed('list_changes', { limit: 1 })).items?.[0]?.['id']);

const undo = async (change?: string) =>
  connected.call('undo_change', { change: change ?? (await lastChange()) });

const CANNOT = { ok: false, error: { code: 'cannot_undo' } };

let made = 0;
const newUser = async (more: Values = {}) => {
  made += 1;
  return (await succeed('create_user', { username: `updated_${made}`, ...more })).result?.['id'];
};

/** What makes an entity and reads the field, for each update that Logto merges into what is there. */
const MERGING: Readonly<
  Record<string, { make: () => Promise<{ path: Values; read: () => Promise<unknown> }> }>
> = {
  update_user_custom_data: {
    make: async () => {
      const userId = await newUser({ customData: { a: 1 } });
      const read = async () => (await succeed('get_user', { userId })).result?.['customData'];
      return { path: { userId }, read };
    },
  },
  update_user_profile: {
    make: async () => {
      const userId = await newUser({ profile: { givenName: 'A' } });
      const read = async () => (await succeed('get_user', { userId })).result?.['profile'];
      return { path: { userId }, read };
    },
  },
  update_application_custom_data: {
    make: async () => {
      const { result } = await succeed('create_application', {
        name: 'Merging',
        type: 'SPA',
        customData: { a: 1 },
      });
      const read = async () =>
        (await succeed('get_application', { id: result?.id })).result?.['customData'];
      return { path: { applicationId: result?.id }, read };
    },
  },
  update_saml_application: {
    make: async () => {
      const { result } = await succeed('create_saml_application', {
        name: 'Merging',
        customData: { a: 1 },
      });
      const read = async () =>
        (await succeed('get_saml_application', { id: result?.id })).result?.['customData'];
      return { path: { id: result?.id }, read };
    },
  },
};

describe.each(graph.operations.filter(({ operation }) => operation.joins !== undefined))(
  '$name, which Logto merges',
  ({ name, operation: { joins = [] } }) => {
    const [field = ''] = joins;
    const former = field === 'profile' ? { givenName: 'A' } : { a: 1 };
    const other = field === 'profile' ? { givenName: 'B' } : { a: 2 };
    const added = field === 'profile' ? { familyName: 'C' } : { b: 3 };
    const prepare = async () => {
      const { make } = MERGING[name] ?? {};
      if (make === undefined) {
        throw new Error(`${name} has no case in this file.`);
      }
      return make();
    };

    it('is undone where it has changed a member', async () => {
      const { path, read } = await prepare();
      await succeed(name, { ...path, [field]: other });
      expect(await read()).toMatchObject(other);
      expect((await undo()).ok).toBe(true);
      expect(await read()).toEqual(former);
    });

    it('is undone where it has added a member, or says that it cannot be', async () => {
      const { path, read } = await prepare();
      await succeed(name, { ...path, [field]: added });
      expect(await read()).toEqual({ ...former, ...added });
      sent = [];
      const undone = await undo();
      if (undone.ok) {
        expect(await read()).toEqual(former);
      } else {
        expect(undone).toMatchObject(CANNOT);
        expect(sent).toEqual([]);
      }
      // Only where no operation replaces the field.
      expect(undone.ok).toBe(name !== 'update_saml_application');
    });

    it('asks before it adds a member only where that cannot be undone', async () => {
      const { path } = await prepare();
      const asking = await connectClient({ fetch: sandbox.fetch, policy: defaultPolicy() });
      const { result } = await succeedBy(asking.call, name, { ...path, [field]: added });
      await asking.close();
      expect(Object.hasOwn(result ?? {}, 'plan')).toBe(name === 'update_saml_application');
    });
  },
);

describe('the undo of a replaced custom phrase', () => {
  const languageTag = 'ja';
  const read = async () =>
    (await succeed('get_custom_phrase', { languageTag })).result?.['translation'];
  const former = { input: { username: 'u' }, description: { or: 'o' } };
  const replace = (translation: Values) =>
    succeed('replace_custom_phrase', { languageTag, translation, replace_whole: true });

  it('restores sections that it had dropped, and removes those that it had added', async () => {
    await replace(former);
    await replace({ input: { username: 'v' }, action: { back: 'b' } });
    expect((await undo()).ok).toBe(true);
    expect(await read()).toEqual(former);
  });

  it('is refused where another section was added since', async () => {
    await replace(former);
    await replace({ input: { username: 'v' } });
    const change = await lastChange();
    const other = { input: { username: 'v' }, action: { back: 'b' } };
    await replace(other);
    expect(await undo(change)).toMatchObject(CANNOT);
    expect(await read()).toEqual(other);
  });
});

describe('the undo of a changed profile field', () => {
  const name = 'changed';
  const read = async () => (await succeed('get_custom_profile_field_by_name', { name })).result;
  const update = (label: string) =>
    succeed('update_custom_profile_field_by_name', {
      name,
      field: { type: 'Text', label, required: false },
    });

  it('sends the members that were set, and passes over its order', async () => {
    await succeed('create_custom_profile_field', {
      field: { name, type: 'Text', label: 'A', description: 'd', required: true },
    });
    const before = await read();
    await update('B');
    const change = await lastChange();
    await succeed('update_custom_profile_fields_order', { order: [{ name, sieOrder: 9 }] });
    sent = [];
    expect((await undo(change)).ok).toBe(true);
    expect(sent).toEqual([
      [`PUT /api/custom-profile-fields/${name}`, { type: 'Text', label: 'A', required: true }],
    ]);
    expect(await read()).toEqual({ ...before, sieOrder: 9 });
  });

  it('is refused where a member that it had set was set again', async () => {
    await update('C');
    const change = await lastChange();
    await update('D');
    expect(await undo(change)).toMatchObject(CANNOT);
    expect(await read()).toMatchObject({ label: 'D' });
  });
});

it.each([
  ['update_personal_access_token_name', ['create_user_personal_access_token']],
  ['update_user_personal_access_token', ['create_user_personal_access_token']],
] as const)(
  'the undo of %s finds the renamed entity and restores its name',
  async (tool, [make]) => {
    const userId = await newUser();
    await succeed(make, { userId, name: 'Old' });
    await succeed(tool, { userId, currentName: 'Old', name: 'New' });
    expect((await undo()).ok).toBe(true);
    const { items = [] } = await succeed('list_user_personal_access_tokens', { userId });
    expect(items.map((item) => item['name'])).toEqual(['Old']);
  },
);

describe('the undo of an update', () => {
  it('does not compare a secret that the journal has redacted', async () => {
    const userId = await newUser({ customData: {} });
    await succeed('update_user', { userId, customData: { apiKey: 'sk-4f9d0c2b71aa' } });
    expect((await undo()).ok).toBe(true);
    expect((await succeed('get_user', { userId })).result?.['customData']).toEqual({});
  });

  it('is refused where a nested setting was added since', async () => {
    const userId = await newUser({ customData: { a: 1 } });
    await succeed('update_user', { userId, customData: { a: 2 } });
    const change = await lastChange();
    await succeed('update_user', { userId, customData: { b: 1 } });
    expect(await undo(change)).toMatchObject(CANNOT);
    expect((await succeed('get_user', { userId })).result?.['customData']).toEqual({ a: 2, b: 1 });
  });

  it('of what it has set anew deletes it, unless it was changed or deleted since', async () => {
    const tokenTypePath = 'access-token';
    const upsert = (script: string) => succeed('upsert_jwt_customizer', { tokenTypePath, script });
    await upsert('a');
    const change = await lastChange();
    await succeed('update_jwt_customizer', { tokenTypePath, script: 'b' });
    sent = [];
    expect(await undo(change)).toMatchObject(CANNOT);
    expect(sent).toEqual([]);
    await succeed('delete_jwt_customizer', { tokenTypePath });
    sent = [];
    expect(await undo(change)).toMatchObject(CANNOT);
    expect(sent).toEqual([]);
    await upsert('a');
    expect((await undo()).ok).toBe(true);
    expect((await connected.call('get_jwt_customizer', { tokenTypePath })).ok).toBe(false);
  });

  it('restores what a PUT has dropped', async () => {
    await succeed('upsert_id_token_config', { enabledExtendedClaims: ['roles'] });
    const before = (await succeed('get_id_token_config', {})).result;
    await succeed('upsert_id_token_config', {});
    expect((await undo()).ok).toBe(true);
    expect((await succeed('get_id_token_config', {})).result).toEqual(before);
  });
});

describe('a write of which the outcome is not known', () => {
  /** Records an update as one whose process ended before its answer. */
  const record = (before: Values, values: Values) => {
    made += 1;
    const id = `c-open-${made}`;
    const started = {
      id,
      operation: 'update_role',
      arguments: { id: 'support', ...values },
      before,
    };
    lines.append(JSON.stringify(started));
    return id;
  };
  const role = async () => (await succeed('get_role', { id: 'support' })).result ?? {};

  it('is undone where everything is as it would have left it', async () => {
    const before = await role();
    await succeed('update_role', { id: 'support', name: 'N', description: 'D' });
    expect((await undo(record(before, { name: 'N', description: 'D' }))).ok).toBe(true);
    expect(await role()).toEqual(before);
  });

  it.each([
    ['nothing of it is there', {}, 'was not made'],
    ['a part of it is there', { description: 'D' }, 'changed again since'],
  ])('is not undone where %s', async (_, present, reason) => {
    const before = await role();
    const { description } = before;
    await succeed('update_role', { id: 'support', description, ...present });
    sent = [];
    expect(await undo(record(before, { name: 'N', description: 'D' }))).toMatchObject({
      ...CANNOT,
      error: { message: expect.stringContaining(reason) },
    });
    expect(sent).toEqual([]);
  });
});

describe('the preview of an update', () => {
  const preview = async (operation: string, values: Values) =>
    (await succeed('preview_operation', { operation, arguments: values })).result ?? {};

  it('shows the fields that change and no other', async () => {
    const { name, description } = (await succeed('get_role', { id: 'customer' })).result ?? {};
    expect(
      await preview('update_role', { id: 'customer', name, description: 'other' }),
    ).toMatchObject({ changes: [{ field: 'description', before: description, after: 'other' }] });
  });

  it('shows what a PUT drops, and that a PATCH drops nothing', async () => {
    const path = { tokenTypePath: 'access-token' };
    await succeed('upsert_jwt_customizer', { ...path, script: 'a', contextSample: { a: 1 } });
    expect(await preview('upsert_jwt_customizer', { ...path, script: 'b' })).toMatchObject({
      loses: ['contextSample'],
    });
    expect(await preview('update_jwt_customizer', { ...path, script: 'b' })).not.toHaveProperty(
      'loses',
    );
  });
});
