import { describe, expect, it } from 'vitest';
import { errorFromResponse } from '../../src/logto/response-errors.js';

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
    'is nothing where there is nothing: %j',
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
