import { describe, expect, it } from 'vitest';
import { errorFromResponse, missingRoute } from '../../src/logto/response-errors.js';

const failureOf = (body: unknown, status = 422) => errorFromResponse(status, body).failure;

// Bodies as Logto 1.42 answers them.
describe('what `data` of an error says', () => {
  it.each([
    [
      'its message',
      { message: 'An error occurred.', data: { message: 'nope is not defined' } },
      ['nope is not defined'],
    ],
    [
      'its details',
      { message: 'Input is invalid.', data: { details: 'CIMD requires SSRF protection.' } },
      ['CIMD requires SSRF protection.'],
    ],
    [
      "zod's issues",
      {
        message: 'Invalid.',
        data: { name: 'ZodError', issues: [{ path: ['config', 'clientId'], message: 'Required' }] },
      },
      ['config.clientId: Required'],
    ],
    [
      'an inner error',
      { message: 'No.', data: { message: 'fail_to_fetch', error: { code: 'ECONNREFUSED' } } },
      ['fail_to_fetch', 'ECONNREFUSED'],
    ],
    [
      'numbers and lists by their names',
      { message: 'No.', data: { totalConflicts: 1, data: ['gmail.com', 'a.example'] } },
      ['totalConflicts: 1', 'data: gmail.com, a.example'],
    ],
    ['a text', { message: 'No.', data: 'because' }, ['because']],
  ])('is in the details: %s', (_, body, details) => {
    expect(failureOf({ code: 'x.y', ...body }).details).toEqual(details);
  });

  it('exists for every code and status', () => {
    for (const status of [400, 401, 403, 404, 409, 422, 429, 500, 501]) {
      expect(
        failureOf({ code: 'any.code', message: 'm', data: { message: 'why' } }, status),
      ).toEqual(expect.objectContaining({ details: ['why'] }));
    }
  });

  it('is not repeated where the message or the details say it', () => {
    expect(failureOf({ message: 'It is too long.', data: { message: 'too long' } }).details).toBe(
      undefined,
    );
    expect(
      failureOf({
        message: 'Invalid.',
        details: 'Error in key path "name": (invalid_type) Expected string.',
        data: { issues: [{ path: ['name'], message: 'Required' }], name: 'ZodError' },
      }).details,
    ).toEqual(['Error in key path "name": (invalid_type) Expected string.']);
  });

  it('is shortened and has no credentials', () => {
    const { details = [] } = failureOf({
      message: 'No.',
      data: {
        message: 'x'.repeat(5000),
        clientSecret: 'hush-hush',
        config: { clientSecret: 'hush-hush' },
        error: { options: { headers: { authorization: 'hush-hush' } } },
        ...Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`n${index}`, index])),
      },
    });
    expect(details.length).toBe(12);
    expect(Math.max(...details.map(({ length }) => length))).toBeLessThan(500);
    expect(JSON.stringify(details)).not.toContain('hush');
  });

  it.each([[null], [undefined], [[]], [{}], [{ message: '' }], [7]])(
    'is empty if data has no text: %j',
    (data) => {
      expect(failureOf({ message: 'No.', data })).not.toHaveProperty('details');
    },
  );
});

describe('a placeholder in a message', () => {
  it('is filled from data, and not repeated', () => {
    expect(
      failureOf({ message: 'Input is invalid. {{details}}', data: { details: 'Turn it on.' } }),
    ).toMatchObject({ message: 'Input is invalid. Turn it on.' });
    expect(
      failureOf({ message: 'Input is invalid. {{details}}', data: { details: 'Turn it on.' } })
        .details,
    ).toBeUndefined();
  });

  it.each([
    ['Input is invalid. {{details}}', 'Input is invalid.'],
    ['The {{name, list}} is taken {{x}}.', 'The is taken.'],
  ])('without a value is removed: %s', (message, shown) => {
    expect(failureOf({ message }).message).toBe(shown);
  });
});

describe('the hint of an error', () => {
  it('says that a role was created although one of its scopes does not exist', () => {
    const { failure } = errorFromResponse(
      404,
      { code: 'entity.not_exists_with_id', message: 'The scopes with ID `x` does not exist.' },
      { route: 'POST /api/roles' },
    );
    expect(failure.hint).toContain('still created');
  });
});

describe('the kind of an error', () => {
  it.each([
    [400, 'a.b', 'input'],
    [401, 'a.b', 'configuration'],
    [403, 'a.b', 'permission'],
    [404, 'a.b', 'not_found'],
    [409, 'a.b', 'conflict'],
    [422, 'a.b', 'input'],
    [422, undefined, 'input'],
    [422, 'user.username_already_in_use', 'conflict'],
    [422, 'user.username_already_in_use_by', 'input'],
    [422, 'hook.name_exists', 'conflict'],
    [429, 'a.b', 'rate_limit'],
    [499, 'a.b', 'input'],
    [500, 'a.b', 'unavailable'],
    [503, 'user.email_exists', 'unavailable'],
    [501, 'a.b', 'configuration'],
    [501, 'sandbox.not_available', 'unavailable'],
  ])('of a %s with the code %s is %s', (status, code, kind) => {
    expect(failureOf({ code, message: 'm' }, status).kind).toBe(kind);
  });

  it('has the status, the code, and the seconds to wait if there are any', () => {
    expect(
      errorFromResponse(429, { code: 'a.b', message: 'm' }, { retryAfter: 7 }).failure,
    ).toEqual(expect.objectContaining({ status: 429, code: 'a.b', retry_after: 7 }));
    expect(failureOf({ code: 7, message: 'm' })).not.toHaveProperty('retry_after');
    expect(failureOf({ code: 7, message: 'm' }).code).toBeUndefined();
  });

  it.each([
    ['', 'Logto answered 422.'],
    [7, 'Logto answered 422.'],
    ['Why.', 'Why.'],
  ])('has the message of Logto if it is a text: %j', (message, shown) => {
    expect(failureOf({ code: 'a.b', message }).message).toBe(shown);
  });

  it.each([[{ claim: 'aud', code: 'x' }], [{ code: 'ERR_JWKS_NO_MATCHING_KEY' }]])(
    'of a refused token has the hint for its claim or code: %j',
    (data) => {
      const { hint } = failureOf({ code: 'auth.unauthorized', message: 'm', data }, 401);
      expect(hint).not.toBe(failureOf({ code: 'auth.unauthorized', message: 'm' }, 401).hint);
      expect(failureOf({ code: 'auth.forbidden', message: 'm', data }, 403).hint).not.toBe(hint);
    },
  );

  it.each([[{ claim: 7, code: 7 }], ['aud'], [null]])(
    'of a refused token has the default hint if data has neither: %j',
    (data) => {
      const usual = failureOf({ code: 'auth.unauthorized', message: 'm' }, 401).hint;
      expect(failureOf({ code: 'auth.unauthorized', message: 'm', data }, 401).hint).toBe(usual);
    },
  );
});

describe('a line of data', () => {
  it.each([
    ['blanks inside and around it are one', { message: '  a \n\t b ' }, ['a b']],
    [
      'a list has at most twenty items',
      { list: Array.from({ length: 25 }, (_, i) => i) },
      [`list: ${Array.from({ length: 20 }, (_, i) => i).join(', ')}`],
    ],
    ['an empty list says nothing', { list: [] }, undefined],
    ['a list with an object says nothing', { list: ['a', {}] }, undefined],
    ['a switch is shown', { enabled: false }, ['enabled: false']],
    ['an object says nothing', { inner: { a: 1 } }, undefined],
    ['an issue without a path is its message', { issues: [{ message: 'Odd' }] }, ['Odd']],
    ['an issue without a message says nothing', { issues: [{ path: ['a'] }, 'x', 7] }, undefined],
    ['an inner error can be a text', { error: 'why' }, ['why']],
    ['a line that is there already is not repeated', { message: 'a', details: 'a' }, ['a']],
  ])('%s', (_, data, details) => {
    expect(failureOf({ message: 'No.', data }).details).toEqual(details);
  });

  it('has at most 400 characters, and a mark if it was longer', () => {
    const lineOf = (length: number) =>
      failureOf({ message: 'No.', data: { message: 'x'.repeat(length) } }).details?.[0];
    expect(lineOf(400)).toBe('x'.repeat(400));
    expect(lineOf(401)).toBe(`${'x'.repeat(400)}…`);
  });

  it('of an empty text is missing', () => {
    expect(failureOf({ message: 'No.', data: '' })).not.toHaveProperty('details');
  });

  it('of details is trimmed, and an empty one left out', () => {
    expect(failureOf({ message: 'No.', details: ' a \n\n b' }).details).toEqual(['a', 'b']);
  });
});

it('a 404 in plain text is about the body only above 100,000 bytes', () => {
  const codeOf = (bytes?: number) => missingRoute(404, 'POST /api/x', bytes).failure.code;
  expect([codeOf(), codeOf(100_000), codeOf(100_001)]).toEqual([
    'operation_not_served',
    'operation_not_served',
    'body_too_large',
  ]);
});
