import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { flag, id } from '../../src/catalog/fields.js';
import { operation, whole } from '../../src/catalog/operation.js';
import { LogtoError } from '../../src/logto/errors.js';
import { encodeRequest } from '../../src/logto/request.js';

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
  it.each(['', '.', '..'])('is refused when it is "%s", before anything is sent', (userId) => {
    expect(failureOf(() => encodeRequest(getUser, { userId }))).toMatchObject({
      kind: 'input',
      code: 'unsafe_path_value',
    });
  });

  it.each([
    ['a/b', 'a%2Fb'],
    ['../applications/x', '..%2Fapplications%2Fx'],
    ['a b?c#d%', 'a%20b%3Fc%23d%25'],
    ['...', '...'],
  ])('stays one segment: %s', (userId, segment) => {
    const { target } = encodeRequest(getUser, { userId });
    expect(target).toBe(`/api/users/${segment}`);
    expect(new URL(target, 'http://host').pathname).toBe(`/api/users/${segment}`);
  });
});

describe('a query', () => {
  it('repeats the key of a list', () => {
    expect(encodeRequest(listApplications, { types: ['SPA', 'Native'] }).target).toBe(
      '/api/applications?types=SPA&types=Native&page=1&page_size=20',
    );
  });

  it('always asks for a page where Logto pages, also where it need not be asked', () => {
    expect(encodeRequest(listApplications, {}).page).toEqual({ page: 1, pageSize: 20 });
    expect(encodeRequest(listApplications, { page: 3, page_size: 5 }).target).toBe(
      '/api/applications?page=3&page_size=5',
    );
  });

  it('leaves a switch out that is off, since Logto takes "false" for on', () => {
    const read = (value: boolean) => z.parse(flag('x'), value);
    expect(read(false)).toBeUndefined();
    expect(read(true)).toBe(true);
  });
});

describe('a body', () => {
  it('keeps null, which clears a field, and drops what is not given', () => {
    expect(encodeRequest(updateUser, { userId: 'u', name: null, avatar: undefined }).body).toEqual({
      name: null,
    });
  });

  it('is refused before it is sent when it changes nothing', () => {
    expect(failureOf(() => encodeRequest(updateUser, { userId: 'u' }))).toMatchObject({
      kind: 'input',
      code: 'nothing_to_change',
      hint: 'Give at least one of: name, avatar.',
    });
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
});
