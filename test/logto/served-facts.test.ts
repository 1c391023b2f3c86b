/** The facts of a served document: which operations it has, what their calls take, and what it lacks. */
import { describe, expect, it } from 'vitest';
import type { Probe } from '../../src/catalog/probes.js';
import { reduceDocument, ServedFacts, ServedOperation } from '../../src/logto/served-facts.js';
import { DocumentTooLarge } from '../../src/logto/served-schema.js';
import { documentOf } from '../support/openapi.js';

const text = { type: 'string' };
const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const inPath = (name: string) => ({ name, in: 'path', required: true, schema: text });
const inQuery = (name: string, more: object = {}) => ({ name, in: 'query', schema: text, ...more });

const URL = '/api/things/{id}';

/** The facts of a document with one operation. */
function factsOf(operation: Readonly<Record<string, unknown>>, url = URL, method = 'post') {
  return new ServedFacts(reduceDocument(documentOf({ [url]: { [method]: operation } })));
}

/** That operation. */
function operationOf(operation: Readonly<Record<string, unknown>>, url = URL): ServedOperation {
  const found = factsOf(operation, url).at('POST', url);
  if (found === undefined) {
    throw new Error('The facts lack the operation.');
  }
  return found;
}

describe('the operations of a document', () => {
  it.each([
    ['/api/things', true],
    ['/api/things/{id}/sub-things/{subId}', true],
    ['/api', false],
    ['/api/', false],
    ['/api/./things', false],
    ['/api/..', false],
    ['/api/..a', true],
    ['/api/things?x=1', false],
    ['/api/things/{id', false],
    ['/api/a b', false],
    ['/other/api/things', false],
    ['/api/things/{a}/{a}', false],
    [`/api${'/a'.repeat(16)}`, true],
    [`/api${'/a'.repeat(17)}`, false],
  ])('at %s are read: %s', (url, isRead) => {
    const document = { paths: { [url]: { get: {} } } };
    expect(new ServedFacts(document).operations).toHaveLength(isRead ? 1 : 0);
    expect(Object.keys(reduceDocument(document).paths)).toHaveLength(isRead ? 1 : 0);
  });

  it.each([
    [undefined],
    ['text'],
    [[]],
    [{ paths: [] }],
    [{ paths: 'text' }],
    [{ paths: { '/api/a': 'text' } }],
    [{ paths: { '/api/a': { get: 'text', options: {} } } }],
  ])('of %j are none', (document) => {
    expect(new ServedFacts(document).operations).toEqual([]);
    expect(Object.values(reduceDocument(document).paths).flatMap(Object.keys)).toEqual([]);
  });

  it('are found by their route, whatever the parameters are called', () => {
    const facts = factsOf({ operationId: 'SetThing', parameters: [inPath('id')] });
    expect(facts.at('post', '/api/things/{thingId}')?.id).toBe('SetThing');
    expect(facts.at('GET', URL)).toBeUndefined();
    expect(facts.at('POST', '/api/things')).toBeUndefined();
  });

  it('are at most 1,500', () => {
    const paths = (count: number) =>
      documentOf(
        Object.fromEntries(
          Array.from({ length: count }, (_, n) => [`/api/thing${n}`, { get: {} }]),
        ),
      );
    expect(Object.keys(reduceDocument(paths(1500)).paths)).toHaveLength(1500);
    expect(() => reduceDocument(paths(1501))).toThrow(DocumentTooLarge);
    // A file may be larger than what is written into it.
    expect(new ServedFacts(paths(1501)).operations).toHaveLength(1500);
  });

  it.each([
    ['GetThing', 'GetThing'],
    ['do this', undefined],
    ['x', undefined],
    ['9GetThing', undefined],
    [['GetThing'], undefined],
    [undefined, undefined],
  ])('with the id %j have the id %j', (operationId, id) => {
    expect(operationOf({ operationId, parameters: [inPath('id')] }).id).toBe(id);
    expect(new ServedOperation('POST', URL, { operationId }).id).toBe(id);
  });

  it('say which of them need development features, and nothing else of their tags', () => {
    const document = documentOf({
      '/api/a': { get: { tags: ['Dev feature', 'do this'] }, put: { tags: ['other'] }, post: {} },
    });
    const reduced = reduceDocument(document);
    expect(reduced.paths['/api/a']).toMatchObject({ get: { tags: ['Dev feature'] } });
    expect(reduced.paths['/api/a']?.['put']).not.toHaveProperty('tags');
    expect(
      new ServedFacts(reduced).operations.map(({ method, isInDevelopment }) => [
        method,
        isInDevelopment,
      ]),
    ).toEqual([
      ['GET', true],
      ['POST', false],
      ['PUT', false],
    ]);
  });
});

describe('the call of an operation', () => {
  it('takes the parameters of path and query, with what is required', () => {
    const { parameters, isComplete, body } = operationOf({
      parameters: [
        inPath('id'),
        inQuery('a'),
        inQuery('b', { required: true }),
        inQuery('c', { required: 'yes' }),
        { name: 'd', in: 'header', schema: text },
        inQuery('e f'),
        'text',
      ],
    });
    expect(parameters).toEqual([
      { name: 'id', in: 'path', required: true, schema: text },
      { name: 'a', in: 'query', required: false, schema: text },
      { name: 'b', in: 'query', required: true, schema: text },
      { name: 'c', in: 'query', required: false, schema: text },
    ]);
    expect(isComplete).toBe(true);
    expect(body).toBeUndefined();
  });

  it.each<readonly [name: string, operation: Readonly<Record<string, unknown>>]>([
    ['a parameter of its path', { parameters: [] }],
    ['a path for a parameter', { parameters: [inPath('id'), inPath('other')] }],
    [
      'a header that is required',
      { parameters: [inPath('id'), { name: 'x', in: 'header', required: true }] },
    ],
    [
      'a parameter that is required and has no plain name',
      { parameters: [inPath('id'), inQuery('x y', { required: true })] },
    ],
    [
      'a body as JSON',
      { parameters: [inPath('id')], requestBody: { content: { 'multipart/form-data': {} } } },
    ],
    ['what an earlier reduction has dropped', { parameters: [inPath('id')], 'x-incomplete': true }],
  ])('is not complete without %s', (_, operation) => {
    expect(operationOf(operation).isComplete).toBe(false);
    // As in a file that holds the document.
    expect(new ServedOperation('POST', URL, operation).isComplete).toBe(false);
    expect(reduceDocument(documentOf({ [URL]: { post: operation } })).paths[URL]).toMatchObject({
      post: { 'x-incomplete': true },
    });
  });

  it('has the mark of an incomplete one only then', () => {
    const { post } =
      reduceDocument(
        documentOf({ [URL]: { post: { parameters: [inPath('id')], 'x-incomplete': 'no' } } }),
      ).paths[URL] ?? {};
    expect(post).toEqual({ parameters: [inPath('id')] });
  });

  it('needs a name for each of two parameters', () => {
    const url = '/api/things/{id}/parts/{partId}';
    expect(operationOf({ parameters: [inPath('id')] }, url).isComplete).toBe(false);
    expect(operationOf({ parameters: [inPath('id'), inPath('partId')] }, url).isComplete).toBe(
      true,
    );
  });

  it.each<readonly [name: string, requestBody: unknown, body: unknown, isComplete: boolean]>([
    [
      'JSON',
      json({ properties: { a: text } }),
      { type: 'object', properties: { a: text }, required: [] },
      true,
    ],
    ['JSON or another type', { content: { 'text/plain': {}, ...json(text).content } }, text, true],
    ['JSON without a schema', { content: { 'application/json': {} } }, {}, true],
    ['another type', { content: { 'text/plain': {} } }, undefined, false],
    ['JSON that is none', { content: { 'application/json': 'text' } }, undefined, false],
    ['no type', { content: {} }, undefined, true],
    ['no content', {}, undefined, true],
    ['nothing', 'text', undefined, true],
  ])('has a body of %s', (_, requestBody, body, isComplete) => {
    const operation = operationOf({ parameters: [inPath('id')], requestBody });
    expect(operation.body).toEqual(body);
    expect(operation.isComplete).toBe(isComplete);
  });

  it('takes at most 60 parameters, and is not complete without the others that are required', () => {
    const many = (more: object) =>
      operationOf({
        parameters: [
          inPath('id'),
          ...Array.from({ length: 59 }, (_, index) => inQuery(`p${index}`)),
          inQuery('last', more),
        ],
      });
    expect(many({}).parameters).toHaveLength(60);
    expect(many({}).isComplete).toBe(true);
    expect(many({ required: true }).isComplete).toBe(false);
  });

  it('follows references to parameters and bodies', () => {
    const document = {
      ...documentOf({
        [URL]: {
          post: {
            parameters: [{ $ref: '#/components/parameters/Id' }],
            requestBody: { $ref: '#/components/requestBodies/Thing' },
          },
        },
      }),
      components: { parameters: { Id: inPath('id') }, requestBodies: { Thing: json(text) } },
    };
    const [operation] = new ServedFacts(reduceDocument(document)).operations;
    expect(operation?.parameters.map(({ name }) => name)).toEqual(['id']);
    expect(operation?.body).toEqual(text);
  });

  it('of a file with more schemas than any document cannot be made', () => {
    const parameters = [inPath('id')];
    let schema: object = text;
    for (let level = 0; level < 20; level += 1) {
      schema = { properties: { a: schema, b: schema } };
    }
    const operation = new ServedOperation('POST', URL, { parameters, requestBody: json(schema) });
    expect(operation.isComplete).toBe(false);
    expect(operation.parameters).toEqual([]);
    expect(operation.body).toEqual({});
  });
});

describe('what a document has', () => {
  const facts = factsOf({
    parameters: [
      inPath('id'),
      inQuery('order', { schema: { ...text, enum: ['asc', 'desc'] } }),
      inQuery('q'),
    ],
    requestBody: json({
      properties: {
        name: text,
        settings: { properties: { mode: { ...text, enum: ['on'] } } },
        events: { type: 'array', items: { ...text, enum: ['made'] } },
        data: { type: 'object' },
      },
    }),
  });
  const bare = factsOf({ parameters: [inPath('id')] });
  const at = { method: 'POST', path: '/api/things/{}' } as const;
  const elsewhere = { method: 'POST', path: '/api/others' } as const;

  it.each<readonly [probe: Probe, presence: string]>([
    [{ kind: 'operation', ...at }, 'present'],
    [{ kind: 'operation', ...elsewhere }, 'absent'],
    [{ kind: 'parameter', ...at, name: 'order' }, 'present'],
    [{ kind: 'parameter', ...at, name: 'none' }, 'absent'],
    [{ kind: 'parameter', ...elsewhere, name: 'order' }, 'unknown'],
    [{ kind: 'member', ...at, member: 'settings.mode' }, 'present'],
    [{ kind: 'member', ...at, member: 'settings.none' }, 'absent'],
    [{ kind: 'member', ...at, member: 'data.any' }, 'unknown'],
    [{ kind: 'value', ...at, of: { parameter: 'order' }, value: 'desc' }, 'present'],
    [{ kind: 'value', ...at, of: { parameter: 'order' }, value: 'none' }, 'absent'],
    [{ kind: 'value', ...at, of: { parameter: 'q' }, value: 'a' }, 'unknown'],
    [{ kind: 'value', ...at, of: { parameter: 'none' }, value: 'a' }, 'unknown'],
    [{ kind: 'value', ...at, of: { member: 'settings.mode' }, value: 'on' }, 'present'],
    [{ kind: 'value', ...at, of: { member: 'settings.mode' }, value: 'off' }, 'absent'],
    [{ kind: 'value', ...at, of: { member: 'events' }, value: 'made' }, 'present'],
    [{ kind: 'value', ...at, of: { member: 'events' }, value: 'lost' }, 'absent'],
    [{ kind: 'value', ...at, of: { member: 'name' }, value: 'a' }, 'unknown'],
    [{ kind: 'value', ...at, of: { member: 'none' }, value: 'a' }, 'unknown'],
    [{ kind: 'value', ...at, of: { member: '' }, value: 'a' }, 'unknown'],
  ])('%j is %s', (probe, presence) => {
    expect(facts.presenceOf(probe)).toBe(presence);
  });

  it('is told of an operation without a body', () => {
    expect(bare.presenceOf({ kind: 'member', ...at, member: 'name' })).toBe('absent');
    expect(bare.presenceOf({ kind: 'value', ...at, of: { member: 'name' }, value: 'a' })).toBe(
      'unknown',
    );
  });
});
