/** Keywords for which a large provider or client refuses the whole list of tools, or which it cannot read. */
import { describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { listingsOf } from '../../src/dev/docs-pages.js';
import { isObject } from '../../src/json.js';

/** Keywords with the providers that refuse them. No listing may contain one. */
const refusedKeywords: readonly (readonly [keyword: string, who: string])[] = [
  ['$ref', 'Gemini and VS Code resolve no references'],
  ['$defs', 'Gemini and VS Code resolve no references'],
  ['$schema', 'Gemini refuses unknown keywords of the root'],
  ['$id', 'Gemini refuses unknown keywords of the root'],
  ['oneOf', 'the Responses API and Gemini refuse it'],
  ['allOf', 'the Responses API refuses it'],
  ['not', 'the Responses API refuses it'],
  ['if', 'the Responses API refuses conditions'],
  ['then', 'the Responses API refuses conditions'],
  ['else', 'the Responses API refuses conditions'],
  ['const', 'older paths of Gemini refuse it'],
  ['format', 'Gemini takes date-time and enum alone, and OpenAI refuses uri in strict mode'],
  ['propertyNames', 'Gemini refuses it'],
  ['patternProperties', 'the Responses API refuses it'],
  ['unevaluatedProperties', 'the Responses API refuses it'],
  ['dependentRequired', 'the Responses API refuses it'],
  ['prefixItems', 'Gemini refuses tuples'],
  ['exclusiveMinimum', 'older paths of Gemini refuse it'],
  ['exclusiveMaximum', 'older paths of Gemini refuse it'],
  ['default', 'older paths of Gemini refuse it, and some clients send it without being asked'],
  ['nullable', 'no keyword of JSON Schema'],
];

/** Every schema inside a schema. */
function* schemasIn(schema: unknown, place: string): Generator<[string, Record<string, unknown>]> {
  if (!isObject(schema)) {
    return;
  }
  yield [place, schema];
  const { properties, items, additionalProperties, anyOf } = schema;
  for (const [name, member] of Object.entries(isObject(properties) ? properties : {})) {
    yield* schemasIn(member, `${place}.${name}`);
  }
  yield* schemasIn(items, `${place}[]`);
  yield* schemasIn(additionalProperties, `${place}{}`);
  for (const [index, option] of (Array.isArray(anyOf) ? anyOf : []).entries()) {
    yield* schemasIn(option, `${place}|${index}`);
  }
}

const selections: readonly (readonly [string, boolean])[] = [
  ['default', false],
  ['default', true],
  ['none', false],
  ['all', false],
  ['all', true],
  ...Object.keys(catalog).map((domain) => [domain, false] as const),
];

describe.each(selections)('the listing of %s, read-only %s', (selection, readOnly) => {
  const all = listingsOf(selection, readOnly).flatMap(({ name, inputSchema }) => [
    ...schemasIn(inputSchema, name),
  ]);

  it('has no keyword that a provider refuses', () => {
    const refused = all.flatMap(([place, schema]) =>
      refusedKeywords.flatMap(([keyword, providers]) =>
        Object.hasOwn(schema, keyword) ? [`${place}.${keyword}: ${providers}`] : [],
      ),
    );
    expect(all.length).toBeGreaterThan(0);
    expect(refused).toEqual([]);
  });

  it('has enums of strings only, because Gemini accepts no other', () => {
    for (const [place, schema] of all.filter(([, { enum: values }]) => values !== undefined)) {
      expect(schema['type'], place).toBe('string');
      expect(
        [schema['enum']].flat().every((value) => typeof value === 'string' && value !== ''),
        place,
      ).toBe(true);
    }
  });

  it('has one type per schema, items per list, and no union at the root', () => {
    const wrong = all.flatMap(([place, { type, items, anyOf }]) => [
      ...(Array.isArray(type) ? [`${place} has several types`] : []),
      ...(type === 'array' && !isObject(items) ? [`${place} has no items`] : []),
      ...(!place.includes('.') && anyOf !== undefined ? [`${place} is a union`] : []),
    ]);
    expect(wrong).toEqual([]);
  });

  it('has no long list of values twice in one tool', () => {
    const texts = new Map<string, string>();
    for (const [place, { enum: values }] of all) {
      const list = JSON.stringify(values ?? []);
      const key = `${place.split(/[.[|{]/)[0]} ${list}`;
      if (list.length > 300) {
        expect(texts.get(key), place).toBeUndefined();
      }
      texts.set(key, place);
    }
  });
});
