/** Errors of connections: their codes, whether the request was sent, and their texts. */
import { describe, expect, it } from 'vitest';
import { errorCode, mapTexts, ProxyError, wasNeverSent } from '../../src/logto/errors.js';

const coded = (code: unknown, options?: ErrorOptions) =>
  Object.assign(new Error('broken', options), { code });

describe('the code of an error', () => {
  it.each<readonly [name: string, error: unknown, code: string | undefined]>([
    ['its own', coded('ECONNRESET'), 'ECONNRESET'],
    ['that of its cause', new Error('x', { cause: coded('ENOTFOUND') }), 'ENOTFOUND'],
    ['its own before that of its cause', coded('A', { cause: coded('B') }), 'A'],
    ['that of its cause where its own is a number', coded(7, { cause: coded('B') }), 'B'],
    ['that of the first of several', new AggregateError([coded('A'), coded('B')]), 'A'],
    ['none', new Error('x'), undefined],
    ['none of several', new AggregateError([]), undefined],
    ['none of a thing that is no error', { code: 'A' }, undefined],
    ['none of nothing', undefined, undefined],
  ])('is %s', (_, error, code) => {
    expect(errorCode(error)).toBe(code);
  });
});

describe('whether a request was never sent', () => {
  it.each<readonly [name: string, error: unknown, never: boolean]>([
    ['a connection that was refused', coded('ECONNREFUSED'), true],
    ['a connection that broke', coded('ECONNRESET'), false],
    ['an error without a code', new Error('x'), false],
    ['a proxy that refused', new ProxyError('http://proxy', 407, new Error('x')), true],
    ['a proxy that broke', new ProxyError('http://proxy', undefined, coded('ECONNRESET')), false],
    [
      'a proxy that is not there',
      new ProxyError('http://proxy', undefined, coded('ECONNREFUSED')),
      true,
    ],
    [
      'an error with a status that is no proxy',
      Object.assign(new Error('x'), { status: 407 }),
      false,
    ],
  ])('is told of %s', (_, error, never) => {
    expect(wasNeverSent(error)).toBe(never);
  });
});

it('every text of a failure is changed, and nothing else', () => {
  const change = (text: string) => `<${text}>`;
  expect(
    mapTexts(
      {
        kind: 'input',
        message: 'm',
        code: 'c',
        hint: 'h',
        details: ['a', 'b'],
        status: 422,
        retry_after: 1,
      },
      change,
    ),
  ).toEqual({
    kind: 'input',
    message: '<m>',
    code: '<c>',
    hint: '<h>',
    details: ['<a>', '<b>'],
    status: 422,
    retry_after: 1,
  });
  const bare = mapTexts({ kind: 'input', message: 'm' }, change);
  expect(Object.keys(bare)).toEqual(['kind', 'message']);
});
