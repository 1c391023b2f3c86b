/** `{ add, remove }` in place of a whole list, for every update of the catalog that has one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasListEdit, ListEdit, resolveListEdits } from '../../../src/guard/confirm/list-edit.js';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { isObject } from '../../../src/json.js';
import { editsLists } from '../../../src/mcp/operation-schemas.js';
import { propertiesOf } from '../../../src/mcp/operation-tools.js';
import { type Connected, connectSandbox, tools } from '../../support/client.js';

interface ListPlace {
  readonly tool: string;
  readonly path: readonly string[];
  readonly items: Readonly<Record<string, unknown>>;
}

/** The lists that a listed schema lets a client edit. */
function* editable(tool: string, schema: unknown, path: readonly string[]): Generator<ListPlace> {
  if (!isObject(schema)) {
    return;
  }
  const options = Array.isArray(schema['anyOf']) ? schema['anyOf'].filter(isObject) : [];
  const list = options.find(({ type }) => type === 'array');
  if (list !== undefined && isObject(list['items'])) {
    expect(options, `${tool} ${path.join('.')}`).toContainEqual(
      expect.objectContaining({ type: 'object' }),
    );
    yield { tool, path, items: list['items'] };
  }
  expect(schema['type'] === 'array', `${tool} ${path.join('.')} has no second form`).toBe(false);
  for (const [name, member] of Object.entries(propertiesOf(schema))) {
    yield* editable(tool, member, [...path, name]);
  }
}

const places = tools
  .filter(({ operation }) => editsLists(operation))
  .flatMap(({ name, listing }) => [...editable(name, listing.inputSchema, [])]);

/** An item that the schema of a list accepts. */
function sample(items: Readonly<Record<string, unknown>>): unknown {
  const { type, properties, enum: values } = items;
  if (Array.isArray(values)) {
    return values[0];
  }
  if (type === 'object') {
    return Object.fromEntries(
      Object.entries(isObject(properties) ? properties : {}).map(([name, member]) => [
        name,
        isObject(member) ? sample(member) : member,
      ]),
    );
  }
  return type === 'boolean' ? false : type === 'number' ? 1 : 'https://list.example';
}

const nested = (path: readonly string[], value: unknown): unknown =>
  path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);

const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value);

describe('a list of an update, over the catalog', () => {
  it('has a second form in the listing', () => {
    const names = new Set(places.map(({ tool, path }) => `${tool} ${path.join('.')}`));
    expect([...names]).toEqual(
      expect.arrayContaining([
        'update_application oidcClientMetadata.redirectUris',
        'update_application oidcClientMetadata.postLogoutRedirectUris',
        'update_application customClientMetadata.corsAllowedOrigins',
        'update_sign_in_exp signUp.identifiers',
        'update_sign_in_exp signIn.methods',
        'update_sign_in_exp signUpProfileFields',
        'update_sso_connector domains',
        'update_hook events',
      ]),
    );
  });

  it.each(places)('$tool takes additions and removals: $path', async ({ tool, path, items }) => {
    const checks = tools.find(({ name }) => name === tool);
    const item = sample(items);
    const target = Object.fromEntries(
      Object.keys(checks?.operation.path ?? {}).map((n) => [n, 'x']),
    );
    const read = async (edit: unknown) =>
      valueAt((await checks?.check({ ...target, ...Object(nested(path, edit)) }))?.values, path);
    expect(await read({ add: [item] })).toMatchObject(
      expect.objectContaining({ add: [item], remove: [] }),
    );
    expect(await read({ remove: [item] })).toMatchObject({ add: [], remove: [item] });
    expect(await read({ add: [item] })).toBeInstanceOf(ListEdit);
    // A client may write it as text.
    expect(await read(JSON.stringify({ remove: [item] }))).toBeInstanceOf(ListEdit);
    expect(await read([item])).toEqual([item]);
    for (const wrong of [
      {},
      { add: [] },
      { adds: [item] },
      { add: item },
      { add: [item], set: [] },
    ]) {
      await expect(read(wrong)).rejects.toThrow(
        /must be the whole list, or \{add: \[\.\.\.\], remove/,
      );
    }
    await expect(read({ add: [item], remove: [item] })).rejects.toThrow(
      /adds and removes the same/,
    );
    const refusal = await read({ add: [[]] }).catch((error: unknown) => error);
    expect(JSON.stringify(Object(refusal).failure)).toContain(`${path.join('.')}.add[0]`);
  });

  it('is given whole if the operation does not change an existing entity', async () => {
    const create = tools.find(({ name }) => name === 'create_hook');
    await expect(
      create?.check({
        name: 'h',
        events: { add: ['PostSignIn'] },
        config: { url: 'https://a.example' },
      }),
    ).rejects.toThrow(/events/);
  });
});

describe('the resolution of list edits', () => {
  const edit = (add: unknown[], remove: unknown[], key?: string) => new ListEdit(add, remove, key);

  it('makes whole lists from the current ones, at any depth', () => {
    const current = { a: ['x', 'y'], b: { c: ['z'] }, d: 1 };
    const input = { a: edit(['w'], ['x']), b: { c: edit(['z', 'q'], []) }, d: 2 };
    expect(resolveListEdits(input, current)).toEqual({
      values: { a: ['y', 'w'], b: { c: ['z', 'q'] }, d: 2 },
      notes: ['Already in b.c: z.'],
    });
    expect(hasListEdit(input)).toBe(true);
    expect(hasListEdit(resolveListEdits(input, current).values)).toBe(false);
  });

  it('adds to a list that is not set', () => {
    expect(resolveListEdits({ a: edit(['x'], []) }, { a: null }).values).toEqual({ a: ['x'] });
    expect(resolveListEdits({ a: edit(['x'], []) }, undefined).values).toEqual({ a: ['x'] });
  });

  it('identifies objects by their key, and replaces the one with the same key', () => {
    const current = { m: [{ identifier: 'email', password: true }, { identifier: 'phone' }] };
    expect(
      resolveListEdits(
        {
          m: edit(
            [{ identifier: 'email', password: false }],
            [{ identifier: 'phone' }],
            'identifier',
          ),
        },
        current,
      ).values,
    ).toEqual({ m: [{ identifier: 'email', password: false }] });
  });

  it('adds an item once', () => {
    expect(resolveListEdits({ a: edit(['x', 'x', 'y'], []) }, { a: ['y'] }).values).toEqual({
      a: ['y', 'x'],
    });
  });

  it('refuses to remove a missing item, and lists the present ones', () => {
    expect(() => resolveListEdits({ a: { b: edit([], ['q']) } }, { a: { b: ['x'] } })).toThrow(
      'a.b does not have q. Nothing was sent.',
    );
    expect(() => resolveListEdits({ a: edit([], ['q']) }, { a: [] })).toThrow(/does not have/);
  });
});

describe('an update with list edits', () => {
  let connected: Connected;
  const { call } = {
    call: (...input: Parameters<Connected['call']>) => connected.call(...input),
  };
  const resultOf = async (...input: Parameters<Connected['call']>) => {
    const outcome = await call(...input);
    expect(outcome, JSON.stringify(outcome)).toMatchObject({ ok: true });
    return outcome.ok ? outcome.answer : {};
  };
  let id = '';

  beforeAll(async () => {
    connected = await connectSandbox({ policy: defaultPolicy({ confirm: 'risks' }) });
    const created = await resultOf('create_application', {
      name: 'Lists',
      type: 'SPA',
      oidcClientMetadata: {
        redirectUris: ['http://localhost:3000/cb'],
        postLogoutRedirectUris: [],
      },
      customClientMetadata: { corsAllowedOrigins: ['http://localhost:3000'] },
    });
    id = String(valueAt(created, ['result', 'id']));
  });
  afterAll(() => connected.close());

  it('adds an item and leaves the others', async () => {
    await resultOf('update_application', {
      id,
      oidcClientMetadata: { redirectUris: { add: ['http://localhost:3000/two'] } },
      customClientMetadata: { corsAllowedOrigins: { add: ['http://localhost:3001'] } },
    });
    const { result } = await resultOf('get_application', { id });
    expect(result).toMatchObject({
      oidcClientMetadata: {
        redirectUris: ['http://localhost:3000/cb', 'http://localhost:3000/two'],
      },
      customClientMetadata: {
        corsAllowedOrigins: ['http://localhost:3000', 'http://localhost:3001'],
      },
    });
  });

  it('says that an item exists already, and adds it once', async () => {
    const answer = await resultOf('update_application', {
      id,
      oidcClientMetadata: { redirectUris: { add: ['http://localhost:3000/cb'] } },
    });
    expect(answer.notes?.join(' ')).toContain(
      'Already in oidcClientMetadata.redirectUris: "http://localhost:3000/cb".',
    );
    const { result } = await resultOf('get_application', { id });
    expect(valueAt(result, ['oidcClientMetadata', 'redirectUris'])).toHaveLength(2);
  });

  it('refuses to remove a missing item, and changes nothing', async () => {
    const before = await resultOf('get_application', { id });
    expect(
      await call('update_application', {
        id,
        name: 'Changed',
        oidcClientMetadata: { redirectUris: { remove: ['http://localhost/nowhere'] } },
      }),
    ).toMatchObject({
      ok: false,
      error: {
        kind: 'input',
        code: 'not_in_list',
        hint: expect.stringContaining('"http://localhost:3000/cb", "http://localhost:3000/two"'),
      },
    });
    expect(await resultOf('get_application', { id })).toEqual(before);
  });

  it('is previewed, confirmed and undone as the whole list', async () => {
    const values = {
      id,
      oidcClientMetadata: { redirectUris: { remove: ['http://localhost:3000/two'] } },
    };
    const planned = await resultOf('update_application', values);
    expect(JSON.stringify(planned)).toContain('http://localhost:3000/two');
    const plan = valueAt(planned, ['result', 'plan']);
    expect(plan).toEqual(expect.any(String));
    await resultOf('update_application', { ...values, plan });
    const removed = await resultOf('get_application', { id });
    expect(valueAt(removed.result, ['oidcClientMetadata', 'redirectUris'])).toEqual([
      'http://localhost:3000/cb',
    ]);
    const { items = [] } = await resultOf('list_changes', { limit: 1 });
    const change = valueAt(items[0], ['id']);
    const undo = await resultOf('undo_change', { change });
    const undoPlan = valueAt(undo, ['result', 'plan']);
    if (undoPlan !== undefined) {
      await resultOf('undo_change', { change, plan: undoPlan });
    }
    const restored = await resultOf('get_application', { id });
    expect(valueAt(restored.result, ['oidcClientMetadata', 'redirectUris'])).toEqual([
      'http://localhost:3000/cb',
      'http://localhost:3000/two',
    ]);
  });

  it('asks as for the whole list: for a redirect URI on another host', async () => {
    const asking = await connectSandbox({ policy: defaultPolicy() });
    const planned = async (uris: unknown) => {
      const listed = await asking.call('list_applications', { search: 'shop' });
      const hook = listed.ok ? listed.answer.items?.[0] : undefined;
      const outcome = await asking.call('update_application', {
        id: valueAt(hook, ['id']),
        oidcClientMetadata: { redirectUris: uris },
      });
      return outcome.ok && valueAt(outcome.answer, ['result', 'plan']) !== undefined;
    };
    expect(await planned({ add: ['https://elsewhere.example/cb'] })).toBe(true);
    expect(await planned({ add: ['http://localhost:4000/cb'] })).toBe(false);
    await asking.close();
  });

  it('works in a script, on the recorded state', async () => {
    const code = `await logto.update_application({ id: '${id}', customClientMetadata: { corsAllowedOrigins: { add: ['http://localhost:3002'] } } });
      await logto.update_application({ id: '${id}', customClientMetadata: { corsAllowedOrigins: { add: ['http://localhost:3003'] } } });`;
    const answer = await resultOf('run_script', { code });
    const plan = valueAt(answer, ['result', 'plan']);
    if (plan !== undefined) {
      await resultOf('run_script', { plan });
    }
    const { result } = await resultOf('get_application', { id });
    expect(valueAt(result, ['customClientMetadata', 'corsAllowedOrigins'])).toEqual([
      'http://localhost:3000',
      'http://localhost:3001',
      'http://localhost:3002',
      'http://localhost:3003',
    ]);
  });
});
