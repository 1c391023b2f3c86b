/** The facts of the Management API that stand in the repository, as the OpenAPI document that a Logto serves. */
import { readFileSync } from 'node:fs';
import type { Facts, OperationFacts } from '../../src/dev/contract/facts.js';
import type { Shape } from '../../src/dev/contract/shape.js';

/** The facts of the pinned document: a Logto between 1.42 and 1.43, as its document describes it. */
export const pinnedFacts = (): Facts =>
  JSON.parse(readFileSync(new URL('../catalog/management-api.json', import.meta.url), 'utf8'));

/** A shape as a schema in the dialect of OpenAPI 3.0. */
export function schemaOfShape(shape: Shape): Record<string, unknown> {
  const { type, nullable, enum: values, min, max, items, properties, required, options } = shape;
  const bounds = type === 'string' ? ['minLength', 'maxLength'] : ['minimum', 'maximum'];
  const [lower = '', upper = ''] = type === 'array' ? ['minItems', 'maxItems'] : bounds;
  return {
    ...(options === undefined ? type !== 'any' && { type } : { oneOf: options.map(schemaOfShape) }),
    ...(nullable === true && { nullable }),
    ...(values !== undefined && { enum: values }),
    ...(min !== undefined && { [lower]: min }),
    ...(max !== undefined && { [upper]: max }),
    ...(items !== undefined && { items: schemaOfShape(items) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, member]) => [name, schemaOfShape(member)]),
      ),
    }),
    ...(required !== undefined && { required }),
    ...(shape.values !== undefined && { additionalProperties: schemaOfShape(shape.values) }),
  };
}

/** An operation as a document has it. */
export type DocumentOperation = Readonly<Record<string, unknown>>;

/** A document by path and method in lower case. */
export type Paths = Record<string, Record<string, DocumentOperation>>;

const withNames = ({ path, parameters }: OperationFacts): string => {
  let index = 0;
  return path.replaceAll('{}', () => {
    const name = parameters[index] ?? '';
    index += 1;
    return `{${name}}`;
  });
};

function operationOf(id: string, facts: OperationFacts): DocumentOperation {
  const { parameters, segments, query, body, encoding, paged, searched } = facts;
  const inQuery = (name: string, schema: object, required = false) => ({
    name,
    in: 'query',
    required,
    schema,
  });
  return {
    operationId: id,
    tags: ['Pinned'],
    summary: `The summary of ${id}`,
    parameters: [
      ...parameters.map((name, index) => ({
        name,
        in: 'path',
        required: true,
        schema: schemaOfShape(segments[index] ?? { type: 'string' }),
      })),
      ...Object.entries(query.properties ?? {}).map(([name, shape]) =>
        inQuery(name, schemaOfShape(shape), query.required?.includes(name)),
      ),
      ...(paged ? ['page', 'page_size'].map((name) => inQuery(name, { type: 'integer' })) : []),
      ...(searched ? [inQuery('search_params', { type: 'object' })] : []),
    ],
    ...(body !== undefined && {
      requestBody: {
        content: {
          [encoding === 'multipart' ? 'multipart/form-data' : 'application/json']: {
            schema: schemaOfShape(body),
          },
        },
      },
    }),
  };
}

/** The paths of the document that has these facts. */
export function pathsOf(facts: Facts): Paths {
  const paths: Paths = {};
  for (const [id, operation] of Object.entries(facts)) {
    const path = withNames(operation);
    paths[path] = {
      ...paths[path],
      [operation.method.toLowerCase()]: operationOf(id, operation),
    };
  }
  return paths;
}

/** A document as a Logto serves it. */
export const documentOf = (paths: Paths) => ({
  openapi: '3.0.1',
  info: { title: 'Management API', version: 'Cloud' },
  paths,
});
