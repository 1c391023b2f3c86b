import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { flag, id } from '../../src/catalog/fields.js';
import { catalog } from '../../src/catalog/index.js';
import { operation, whole } from '../../src/catalog/operation.js';
import { LogtoError } from '../../src/logto/errors.js';
import { encodeBody, encodeRequest, MAX_BODY_BYTES } from '../../src/logto/request.js';

const getUser = operation('GET /api/users/{userId}', {
  summary: 'Get a user.',
  path: { userId: id('user') },
});
const updateUser = operation('PATCH /api/users/{userId}', {
  summary: 'Change a user.',
  path: { userId: id('user') },
  body: { name: z.string().nullable().optional(), avatar: z.string().optional() },
  risk: 'none',
});
const listApplications = operation('GET /api/applications', {
  summary: 'List.',
  paging: 'optional',
  search: ['id', 'name'],
  query: { types: z.array(z.string()).optional(), includeScopes: flag('with scopes') },
});

const failureOf = (run: () => unknown): LogtoError['failure'] => {
  try {
    run();
  } catch (error) {
    if (error instanceof LogtoError) {
      return error.failure;
    }
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('a path value', () => {
  const code = 'unsafe_path_value';

  it.each(['', '.', '..', '../x', 'x/..', 'x/./y', '..\\x'])(
    'is refused before sending when it is "%s"',
    (userId) => {
      expect(failureOf(() => encodeRequest(getUser, { userId }))).toMatchObject({
        kind: 'input',
        code,
        message: expect.stringContaining('userId'),
      });
    },
  );

  it.each(['a/b', 'a\\b', 'a\nb', 'a\u007fb', 'a\u0085b', 'a%2Fb', '%2e%2e', 'a%5cb', 'a%0ab'])(
    'that is an id is refused with a slash, backslash or control character: %j',
    (userId) => {
      expect(failureOf(() => encodeRequest(getUser, { userId })).code).toBe(code);
    },
  );

  it.each([
    ['a b?c#d%', 'a%20b%3Fc%23d%25'],
    ['...', '...'],
    ['user.name@example.com', 'user.name%40example.com'],
  ])('stays one segment: %s', (userId, segment) => {
    const { target } = encodeRequest(getUser, { userId });
    expect(target).toBe(`/api/users/${segment}`);
    expect(new URL(target, 'http://host').pathname).toBe(`/api/users/${segment}`);
  });

  it.each([
    ['', 'userId must not be empty: it would address something else.'],
    [
      '../x',
      'userId must not be or contain the segment "." or "..": it would address something else.',
    ],
    [
      'a/b',
      'userId is an id, which has no slash, backslash or control character: it would address',
    ],
  ])('is refused with the reason: "%s"', (userId, reason) => {
    expect(failureOf(() => encodeRequest(getUser, { userId })).message).toContain(reason);
  });

  it.each([
    ['GET /api/a/{userId}', 'userId', false],
    ['GET /api/a/{id}', 'id', false],
    ['GET /api/a/{valid}', 'valid', true],
    ['GET /api/a/{idea}', 'idea', true],
    ['GET /api/a/{anIdea}', 'anIdea', true],
  ] as const)('of %s may contain a slash unless it is an id', (route, name, isSent) => {
    const operation = { ...getUser, url: route.slice(4), path: { [name]: z.string() } };
    const send = () => encodeRequest(operation, { [name]: 'a/b' }).target;
    if (isSent) {
      expect(send()).toBe('/api/a/a%2Fb');
    } else {
      expect(failureOf(send).code).toBe(code);
    }
  });

  const cases = Object.values(catalog).flatMap(({ operations }) =>
    Object.entries(operations).flatMap(([key, definition]) =>
      Object.keys(definition.path).map((name) => ({ key, definition, name })),
    ),
  );
  /** Arguments that are fine but for one path value; a PATCH is given a field so that it is not empty. */
  const request = ({ definition, name }: (typeof cases)[number], value: string) => {
    const path = Object.fromEntries(Object.keys(definition.path).map((other) => [other, 'x']));
    return encodeRequest({ ...definition, method: 'DELETE', body: undefined } as never, {
      ...path,
      [name]: value,
    });
  };

  it('cannot reach another path in any operation', () => {
    expect(cases.length).toBeGreaterThan(150);
    for (const testCase of cases) {
      for (const value of ['../../applications/x', '..', 'a\\..\\b']) {
        expect(failureOf(() => request(testCase, value)).message, testCase.key).toContain(
          testCase.name,
        );
      }
    }
  });

  it('that is an id has no slash in any operation, and a name may have one', () => {
    const ids = cases.filter(({ definition, name }) =>
      definition.entities.some(({ path, inPath, by }) => path === name && inPath && by === 'id'),
    );
    expect(ids.length).toBeGreaterThan(100);
    for (const id of ids) {
      expect(failureOf(() => request(id, 'a/b')).code, `${id.key} ${id.name}`).toBe(code);
    }
    const names = cases.filter(({ name }) => !/^id$|Id$/.test(name));
    expect(names.map(({ key }) => key)).toContain('deleteApplicationSecret');
    for (const name of names) {
      expect(request(name, 'ci/cd').target).toContain('ci%2Fcd');
    }
  });
});

describe('a text', () => {
  it.each([
    ['in a body field', { userId: 'u', name: 'a\0b' }, 'name has the character U+0000'],
    [
      'half of a surrogate pair in a body field',
      { userId: 'u', name: '\udabc' },
      'name has the character U+DABC',
    ],
    ['in a path value', { userId: '\udc00' }, 'userId'],
    ['inside an object', { userId: 'u', name: { note: ['x', 'a\0'] } }, 'name.note[1]'],
    ['as a name inside an object', { userId: 'u', name: { 'a\0': 1 } }, 'inside name'],
  ])('that Logto cannot store is refused before sending: %s', (_, values, place) => {
    expect(failureOf(() => encodeRequest(updateUser, values))).toMatchObject({
      kind: 'input',
      code: 'unsendable_text',
      message: expect.stringContaining(place),
    });
  });

  it('is sent with emoji, line breaks and other scripts', () => {
    const name = 'Zoë 👩‍🚀\n日本語\t\u0001';
    expect(encodeRequest(updateUser, { userId: 'u', name }).body).toEqual({ name });
  });

  it('in a query is checked too', () => {
    expect(failureOf(() => encodeRequest(listApplications, { search: '\0' })).code).toBe(
      'unsendable_text',
    );
  });
});

describe('a query', () => {
  it('repeats the key of a list', () => {
    expect(encodeRequest(listApplications, { types: ['SPA', 'Native'] }).target).toBe(
      '/api/applications?types=SPA&types=Native&page=1&page_size=20',
    );
  });

  it('always requests a page where Logto pages, also where it is optional', () => {
    expect(encodeRequest(listApplications, {}).page).toEqual({ page: 1, pageSize: 20 });
    expect(encodeRequest(listApplications, { page: 3, page_size: 5 }).target).toBe(
      '/api/applications?page=3&page_size=5',
    );
  });

  it('has the search of a list that can be searched, and of no other', () => {
    const { search: _, ...plain } = listApplications;
    expect(encodeRequest(listApplications, { search: 'shop' }).target).toMatch(/search/);
    expect(encodeRequest(plain, { search: 'shop' }).target).not.toMatch(/search/);
  });

  it('omits a switch that is off, because Logto reads "false" as on', () => {
    const read = (value: boolean) => z.parse(flag('x'), value);
    expect(read(false)).toBeUndefined();
    expect(read(true)).toBe(true);
  });
});

describe('a body', () => {
  it('keeps null, which clears a field, and drops absent members', () => {
    expect(encodeRequest(updateUser, { userId: 'u', name: null, avatar: undefined }).body).toEqual({
      name: null,
    });
  });

  it('that changes nothing is refused before it is sent', () => {
    expect(failureOf(() => encodeRequest(updateUser, { userId: 'u' }))).toMatchObject({
      kind: 'input',
      code: 'nothing_to_change',
      hint: 'Give at least one of: name, avatar.',
    });
  });

  it('of a POST may be empty', () => {
    const create = { ...updateUser, method: 'POST' as const };
    expect(encodeRequest(create, { userId: 'u' }).body).toEqual({});
  });

  it('of an upload is the path of a file, and no JSON', () => {
    const upload = operation('POST /api/user-assets', {
      summary: 'Upload.',
      encoding: 'multipart',
      body: { file: z.string() },
      risk: 'none',
    });
    const request = encodeRequest(upload, { file: 'logo.png' });
    expect(request).toMatchObject({ file: 'logo.png' });
    expect(request).not.toHaveProperty('body');
    expect(encodeBody(request)).toBeUndefined();
  });

  it('can be one argument as a whole', () => {
    const patch = operation('PATCH /api/applications/{id}/custom-data', {
      summary: 'Merge.',
      path: { id: id('application') },
      body: whole('customData', z.record(z.string(), z.unknown())),
      risk: 'none',
    });
    expect(encodeRequest(patch, { id: 'a', customData: { plan: 'pro' } }).body).toEqual({
      plan: 'pro',
    });
  });

  it('is refused when it is nested deeper than 200 levels', () => {
    let name: unknown = 'x';
    for (let level = 0; level < 5000; level += 1) {
      name = [name];
    }
    expect(failureOf(() => encodeRequest(updateUser, { userId: 'u', name }))).toMatchObject({
      kind: 'input',
      code: 'nested_too_deep',
      message: expect.stringContaining('name has more than 200 levels'),
    });
  });

  it.each([
    ['lists', (value: unknown) => [value]],
    ['objects', (value: unknown) => ({ a: value })],
  ])('may have 200 levels of %s, and not one more', (_, around) => {
    let name: unknown = 'x';
    for (let level = 0; level < 200; level += 1) {
      name = around(name);
    }
    expect(encodeRequest(updateUser, { userId: 'u', name }).body).toEqual({ name });
    expect(
      failureOf(() => encodeRequest(updateUser, { userId: 'u', name: around(name) })),
    ).toMatchObject({
      code: 'nested_too_deep',
    });
  });

  it('that is too large is refused with its largest argument', () => {
    const large = { userId: 'u', avatar: 'short', name: 'x'.repeat(MAX_BODY_BYTES) };
    expect(failureOf(() => encodeBody(encodeRequest(updateUser, large))).message).toContain(
      `The largest argument is name with ${MAX_BODY_BYTES + 2} bytes.`,
    );
    const list = { method: 'PUT', target: '/', body: ['x'.repeat(MAX_BODY_BYTES)] } as const;
    expect(failureOf(() => encodeBody(list)).message).not.toContain('The largest argument');
  });

  it('may have as many bytes as Logto accepts, and one more is refused with its size', () => {
    const frame = JSON.stringify({ name: '' }).length;
    const bodyOf = (bytes: number) =>
      encodeBody(
        encodeRequest(updateUser, { userId: 'u', name: `é${'x'.repeat(bytes - frame - 2)}` }),
      );
    expect(Buffer.byteLength(bodyOf(MAX_BODY_BYTES) ?? '')).toBe(MAX_BODY_BYTES);
    const { code, message } = failureOf(() => bodyOf(MAX_BODY_BYTES + 1));
    expect(code).toBe('body_too_large');
    expect(message).toContain('1048577 bytes');
    expect(message).toContain('name');
  });
});
