import { describe, expect, it } from 'vitest';
import { scanJson } from '../../src/logto/json-scan.js';

const depthOf = (text: string) => scanJson(text, 200).depth;

describe('the depth of a JSON text', () => {
  it.each([
    ['1', 0],
    ['[]', 1],
    ['{"a":[1,{"b":2}],"c":[[]]}', 3],
    ['"[[[["', 0],
    [String.raw`{"a":"\"[[[","b":"\\","c":[]}`, 2],
    [String.raw`["\\\"[","]"]`, 1],
    ['["unfinished [[[', 1],
  ])('of %s is %i', (text, depth) => {
    expect(depthOf(text)).toBe(depth);
  });

  it('is counted without recursion, and no further than the limit', () => {
    expect(depthOf('['.repeat(1_000_000))).toBe(201);
    expect(depthOf(`${'['.repeat(200)}${']'.repeat(200)}`)).toBe(200);
  });
});

describe('a large whole number', () => {
  const hasLargeInteger = (text: string) => scanJson(text, 200).hasLargeInteger;

  it.each(['{"a":725653563933458432}', '[9007199254740993,1]', '[-9007199254740993]'])(
    'is noticed in %s',
    (text) => {
      expect(hasLargeInteger(text)).toBe(true);
    },
  );

  it.each([
    '{"a":1796024819985}',
    '[9007199254740991]',
    '[0.12345678901234567890]',
    '["725653563933458432"]',
    '[1234567890123456789e3]',
  ])('is not noticed in %s', (text) => {
    expect(hasLargeInteger(text)).toBe(false);
  });
});
