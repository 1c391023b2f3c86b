/** What is left of a schema of a served document: types, bounds, values and members, and nothing that could mislead. */
import { describe, expect, it } from 'vitest';
import {
  DocumentTooLarge,
  formsOf,
  isFree,
  isPlainName,
  SchemaReducer,
  type ServedSchema,
  schemasAt,
} from '../../src/logto/served-schema.js';

const reduce = (schema: unknown, document: unknown = {}): ServedSchema =>
  new SchemaReducer(document).reduce(schema);

const text = { type: 'string' };
const number = { type: 'number' };

/** The schema of a list in a list, of this many levels. */
const nested = (levels: number): object =>
  levels === 0 ? text : { type: 'array', items: nested(levels - 1) };

/** How many levels of lists a reduced schema has. */
const levelsOf = ({ items }: ServedSchema): number =>
  items === undefined ? 0 : 1 + levelsOf(items);

const manyMembers = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, text]));

const manyValues = (count: number) => Array.from({ length: count }, (_, index) => `v${index}`);

describe('a schema', () => {
  it.each<readonly [name: string, schema: unknown, reduced: ServedSchema]>([
    ['of a type', text, { type: 'string' }],
    [
      'with texts and a pattern',
      { ...text, title: 'a', description: 'b', pattern: 'c' },
      { type: 'string' },
    ],
    ['of an unknown type', { type: 'file' }, {}],
    ['that is none', 'string', {}],
    ['that is a list', [text], {}],
    [
      'without a type, with members',
      { properties: { a: text } },
      { type: 'object', properties: { a: { type: 'string' } }, required: [] },
    ],
    [
      'of a text with members',
      { ...text, properties: { a: text } },
      { type: 'object', properties: { a: { type: 'string' } }, required: [] },
    ],
    ['of an object without members', { type: 'object', properties: {} }, { type: 'object' }],
    ['whose members are a list', { type: 'object', properties: [text] }, { type: 'object' }],
    [
      'with members that are required',
      { type: 'object', properties: { a: text }, required: ['a', 'b c', 1] },
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    ],
    [
      'with bounds',
      { ...text, minLength: 0, maxLength: 9, minimum: -1, maximum: 2, minItems: 3, maxItems: 4 },
      {
        type: 'string',
        minLength: 0,
        maxLength: 9,
        minimum: -1,
        maximum: 2,
        minItems: 3,
        maxItems: 4,
      },
    ],
    [
      'with bounds of the number format',
      { ...number, minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
      { type: 'number' },
    ],
    [
      'with the bound before those',
      { ...number, maximum: Number.MAX_SAFE_INTEGER - 1 },
      { type: 'number', maximum: Number.MAX_SAFE_INTEGER - 1 },
    ],
    ['with a bound that is a text', { ...number, minimum: '1' }, { type: 'number' }],
    ['that can be null', { ...text, nullable: true }, { type: 'string', nullable: true }],
    ['that says it cannot be null', { ...text, nullable: 'yes' }, { type: 'string' }],
    ['of a list', { type: 'array', items: text }, { type: 'array', items: { type: 'string' } }],
    ['of a list of anything', { type: 'array' }, { type: 'array', items: {} }],
    ['of a text with items', { ...text, items: text }, { type: 'string' }],
    [
      'with undeclared members of any kind',
      { type: 'object', additionalProperties: true },
      { type: 'object', additionalProperties: {} },
    ],
    [
      'with undeclared members of a type',
      { type: 'object', additionalProperties: text },
      { type: 'object', additionalProperties: { type: 'string' } },
    ],
    [
      'without undeclared members',
      { type: 'object', additionalProperties: false },
      { type: 'object' },
    ],
  ])('%s is reduced to its facts', (_, schema, reduced) => {
    expect(reduce(schema)).toEqual(reduced);
  });

  it.each<readonly [name: string, schema: object, values: ServedSchema['enum']]>([
    ['plain values', { enum: ['a', 1, true] }, ['a', 1, true]],
    ['a value with a blank', { enum: ['a', 'do as I say'] }, undefined],
    ['a value with another character behind', { enum: ['a"'] }, undefined],
    ['a value with another character in front', { enum: ['"a'] }, undefined],
    ['a value that is an object', { enum: ['a', {}] }, undefined],
    ['null', { enum: [null] }, undefined],
    ['no values', { enum: [] }, undefined],
    ['a text', { enum: 'a' }, undefined],
    ['a constant', { const: 'a' }, ['a']],
    ['a constant and values', { const: 'a', enum: ['b'] }, ['a']],
    ['a literal as a format', { type: 'string', format: '"Cap"' }, ['Cap']],
    ['a format', { type: 'string', format: 'date' }, undefined],
    ['a format that begins like a literal', { type: 'string', format: '"Cap" or not' }, undefined],
    ['a format that ends like a literal', { type: 'string', format: 'not "Cap"' }, undefined],
    ['a format with values', { type: 'string', format: 'date', enum: ['a'] }, ['a']],
    ['a format that is no text', { type: 'string', format: 1 }, undefined],
    ['true as a format', { type: 'boolean', format: 'true' }, [true]],
    ['false as a format', { type: 'boolean', format: 'false' }, [false]],
    ['another format of a boolean', { type: 'boolean', format: 'bit' }, undefined],
    ['true as the format of a text', { type: 'string', format: 'true' }, undefined],
    ['as many values as are read', { enum: manyValues(600) }, manyValues(600)],
    ['more values', { enum: manyValues(601) }, undefined],
  ])('with %s allows them, or any', (_, schema, values) => {
    expect(reduce(schema).enum).toEqual(values);
  });

  it.each<readonly [name: string, schema: object, reduced: ServedSchema]>([
    ['oneOf', { oneOf: [text, number] }, { anyOf: [{ type: 'string' }, { type: 'number' }] }],
    ['anyOf', { anyOf: [text, number] }, { anyOf: [{ type: 'string' }, { type: 'number' }] }],
    [
      'several types',
      { type: ['string', 'number'], maxLength: 5 },
      {
        anyOf: [
          { type: 'string', maxLength: 5 },
          { type: 'number', maxLength: 5 },
        ],
      },
    ],
    ['one form', { oneOf: [text] }, { type: 'string' }],
    [
      'a form that is null',
      { oneOf: [text, { type: 'null' }] },
      { type: 'string', nullable: true },
    ],
    ['the type null', { type: ['null', 'string'] }, { type: 'string', nullable: true }],
    ['null alone', { oneOf: [{ type: 'null' }] }, { nullable: true }],
    [
      'forms that can be null together',
      { oneOf: [text, number], nullable: true },
      { anyOf: [{ type: 'string' }, { type: 'number' }], nullable: true },
    ],
    ['a form that is none', { oneOf: ['null', text] }, { anyOf: [{}, { type: 'string' }] }],
    [
      'as many forms as are read',
      { oneOf: Array.from({ length: 60 }, () => text) },
      { anyOf: Array.from({ length: 60 }, () => ({ type: 'string' })) },
    ],
    ['more forms', { oneOf: Array.from({ length: 61 }, () => text), nullable: true }, {}],
    [
      'parts that hold together',
      {
        allOf: [
          { properties: { a: text }, required: ['a'] },
          { properties: { b: number }, required: ['b'] },
        ],
      },
      {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'number' } },
        required: ['a', 'b'],
      },
    ],
    [
      'parts without members',
      { allOf: [text, { maxLength: 3 }], nullable: true },
      { type: 'string', maxLength: 3, nullable: true },
    ],
    [
      'a part with members and one without',
      { allOf: [{ properties: { a: text } }, { type: 'object' }] },
      { type: 'object', properties: { a: { type: 'string' } }, required: [] },
    ],
    [
      'more parts than are read',
      { allOf: [...Array.from({ length: 60 }, () => text), { maxLength: 3 }] },
      { type: 'string' },
    ],
  ])('with %s has its forms', (_, schema, reduced) => {
    expect(reduce(schema)).toEqual(reduced);
  });

  it('has as many members as are read, or is free', () => {
    const { properties } = reduce({ properties: manyMembers(300) });
    expect(Object.keys(properties ?? {})).toHaveLength(300);
    expect(reduce({ properties: manyMembers(301) })).toEqual({ type: 'object' });
  });

  it.each([
    ['a list', nested(40), 25],
    [
      'forms',
      Array.from({ length: 40 }).reduce<object>(
        (inner) => ({ type: 'array', items: { oneOf: [inner] } }),
        text,
      ),
      13,
    ],
    [
      'parts',
      Array.from({ length: 40 }).reduce<object>(
        (inner) => ({ type: 'array', items: { allOf: [inner] } }),
        text,
      ),
      13,
    ],
  ])('is free below 24 levels of %s', (_, schema, levels) => {
    expect(levelsOf(reduce(schema))).toBe(levels);
  });

  it('is free below 24 levels of members and of undeclared members', () => {
    const depthOf = (schema: ServedSchema | undefined): number =>
      schema === undefined
        ? 0
        : 1 + depthOf(schema.properties?.['a'] ?? schema.additionalProperties);
    const wrap = (levels: number, make: (inner: object) => object): object =>
      levels === 0 ? text : make(wrap(levels - 1, make));
    expect(depthOf(reduce(wrap(40, (a) => ({ properties: { a } }))))).toBe(26);
    expect(depthOf(reduce(wrap(40, (additionalProperties) => ({ additionalProperties }))))).toBe(
      26,
    );
  });

  it('is counted, and a document has at most 40,000', () => {
    const reducer = new SchemaReducer({});
    for (let count = 0; count < 40_000; count += 1) {
      reducer.reduce(text);
    }
    expect(() => reducer.reduce(text)).toThrow(DocumentTooLarge);
  });
});

describe('a reference', () => {
  const document = {
    components: {
      schemas: {
        Text: text,
        Again: { $ref: '#/components/schemas/Text' },
        Round: { $ref: '#/components/schemas/Round' },
      },
    },
  };
  const to = (name: string) => ({ $ref: name });

  it.each([
    ['to a schema', '#/components/schemas/Text', text],
    ['to a reference', '#/components/schemas/Again', text],
    ['to itself', '#/components/schemas/Round', undefined],
    ['to nothing', '#/components/schemas/None', undefined],
    ['below nothing', '#/components/none/Text', undefined],
    ['to a member of the prototype', '#/components/schemas/constructor', undefined],
    ['to another document', 'other#/components/schemas/Text', undefined],
  ])('%s leads to %3$j', (_, name, target) => {
    expect(new SchemaReducer(document).resolve(to(name))).toEqual(target);
  });

  it('is followed in forms and in members', () => {
    const ref = to('#/components/schemas/Text');
    expect(reduce({ oneOf: [ref, number] }, document)).toEqual({
      anyOf: [{ type: 'string' }, { type: 'number' }],
    });
    expect(reduce({ properties: { a: ref } }, document).properties).toEqual({
      a: { type: 'string' },
    });
    expect(reduce(to('#/components/schemas/Round'), document)).toEqual({});
  });

  it('leaves other values as they are', () => {
    const reducer = new SchemaReducer(document);
    expect([text, 'a', undefined, { $ref: 1 }].map((value) => reducer.resolve(value))).toEqual([
      text,
      'a',
      undefined,
      { $ref: 1 },
    ]);
  });
});

it.each([
  ['a', true],
  ['$schema', true],
  ['a.b:c@d-e_1', true],
  ['1a', false],
  ['a b', false],
  [' a', false],
  ['a'.repeat(128), true],
  ['a'.repeat(129), false],
  ['constructor', false],
  ['toString', false],
  ['', false],
  [1, false],
])('whether %j is a plain name: %s', (name, isPlain) => {
  expect(isPlainName(name)).toBe(isPlain);
});

describe('the schemas at a path', () => {
  const schema: ServedSchema = {
    anyOf: [
      {
        type: 'object',
        properties: {
          list: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'number' }] } },
          map: { type: 'object', additionalProperties: { type: 'boolean' } },
          free: { type: 'object' },
        },
      },
      { anyOf: [{ type: 'object', properties: { free: { type: 'string' } } }] },
    ],
  };

  it.each<readonly [path: readonly string[], found: readonly ServedSchema[], free: boolean]>([
    [['list', '*'], [{ type: 'string' }, { type: 'number' }], false],
    [['map', '*'], [{ type: 'boolean' }], true],
    [['map', 'a'], [], true],
    [['free'], [{ type: 'object' }, { type: 'string' }], false],
    [['free', 'a'], [], true],
    [['list', 'a'], [], false],
    [['none'], [], false],
    [['constructor'], [], false],
  ])('%j are those of every form', (path, found, free) => {
    expect(schemasAt(schema, path)).toEqual({ schemas: found, isFree: free });
  });

  it('without a path are the forms', () => {
    expect(schemasAt(schema, []).schemas).toEqual(formsOf(schema));
    expect(formsOf(schema)).toHaveLength(2);
  });
});

it.each<readonly [schema: ServedSchema, free: boolean]>([
  [{}, true],
  [{ type: 'object' }, true],
  [{ type: 'string' }, false],
  [{ type: 'object', properties: {} }, false],
  [{ items: {} }, false],
  [{ anyOf: [] }, false],
])('whether %j is described no further: %s', (schema, free) => {
  expect(isFree(schema)).toBe(free);
});
