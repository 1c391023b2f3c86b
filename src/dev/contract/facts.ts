/** The facts of the Management API, from the OpenAPI document of a Logto and from the catalog. */
import * as z from 'zod';
import { paging } from '../../catalog/fields.js';
import { type Domain, type Fields, type Operation, Whole } from '../../catalog/operation.js';
import { isObject } from '../../json.js';
import { type Shape, shapeOf } from './shape.js';

export interface OperationFacts {
  readonly method: string;
  /** The path; a parameter is `{}`, because its name is not sent. */
  readonly path: string;
  readonly parameters: readonly string[];
  /** The type of each path value, in the order of the path. */
  readonly segments: readonly Shape[];
  /** The page arguments are not among them. */
  readonly query: Shape;
  readonly body?: Shape;
  readonly encoding?: 'multipart';
  readonly paged: boolean;
  readonly searched: boolean;
  /** Body members that the catalog leaves out on purpose. */
  readonly omits?: readonly string[];
}

/** By operationId, as Logto writes it. */
export type Facts = Readonly<Record<string, OperationFacts>>;

const methods = ['get', 'post', 'put', 'patch', 'delete'];

const pageNames = Object.keys(paging);

const bare = (path: string): string => path.replace(/\{[^}]*\}/g, '{}');

const object = (
  properties: Readonly<Record<string, Shape>>,
  required: readonly string[],
): Shape => ({
  type: 'object',
  ...(Object.keys(properties).length > 0 && { properties }),
  ...(required.length > 0 && { required: [...required].sort() }),
});

/** The facts of a served document. `limits`, words and answers are left out. */
export function factsOfDocument(document: unknown): Facts {
  const at = (ref: string): unknown =>
    ref
      .replace(/^#\//, '')
      .split('/')
      .reduce<unknown>((value, part) => (isObject(value) ? value[part] : undefined), document);
  const deref = (value: unknown): unknown =>
    isObject(value) && typeof value['$ref'] === 'string' ? at(value['$ref']) : value;
  const paths = isObject(document) && isObject(document['paths']) ? document['paths'] : {};
  const facts: Record<string, OperationFacts> = {};
  for (const [path, item] of Object.entries(paths)) {
    for (const method of methods) {
      const operation = isObject(item) ? item[method] : undefined;
      if (!isObject(operation) || typeof operation['operationId'] !== 'string') {
        continue;
      }
      const declared = Array.isArray(operation['parameters']) ? operation['parameters'] : [];
      const parameters = declared.map(deref).filter(isObject);
      const inPath = parameters.filter((parameter) => parameter['in'] === 'path');
      const query = parameters.filter((parameter) => parameter['in'] === 'query');
      const names = query.map((parameter) => String(parameter['name']));
      const ownQuery = query.filter(
        (parameter) => !['search_params', ...pageNames].includes(String(parameter['name'])),
      );
      const request = deref(operation['requestBody']);
      const content = isObject(request) && isObject(request['content']) ? request['content'] : {};
      const [type] = Object.keys(content);
      const media = type === undefined ? undefined : content[type];
      facts[operation['operationId']] = {
        method: method.toUpperCase(),
        path: bare(path),
        parameters: inPath.map((parameter) => String(parameter['name'])),
        segments: inPath.map((parameter) => shapeOf(parameter['schema'], at)),
        query: object(
          Object.fromEntries(
            ownQuery.map((parameter) => [
              String(parameter['name']),
              shapeOf(parameter['schema'], at),
            ]),
          ),
          ownQuery
            .filter((parameter) => parameter['required'] === true)
            .map((parameter) => String(parameter['name'])),
        ),
        ...(isObject(media) && { body: shapeOf(media['schema'], at) }),
        ...(type === 'multipart/form-data' && { encoding: 'multipart' as const }),
        paged: names.includes('page'),
        searched: names.includes('search_params'),
      };
    }
  }
  return facts;
}

/** Logto's operationId of an operation with this key. */
export const operationIdOf = (key: string): string =>
  `${key.charAt(0).toUpperCase()}${key.slice(1)}`;

const none = (): undefined => undefined;

const shapeOfFields = (fields: Fields): Shape =>
  shapeOf(z.toJSONSchema(z.object(fields), { io: 'input' }), none);

const factsOfOperation = (operation: Operation): OperationFacts => {
  const { method, url, path, query = {}, body, encoding, paging: paged, search, omits } = operation;
  return {
    method,
    path: bare(url),
    parameters: Object.keys(path),
    segments: Object.values(path).map((schema) =>
      shapeOf(z.toJSONSchema(schema, { io: 'input' }), none),
    ),
    query: shapeOfFields(query),
    ...(body !== undefined && {
      body:
        body instanceof Whole
          ? shapeOf(z.toJSONSchema(body.schema, { io: 'input' }), none)
          : shapeOfFields(body),
    }),
    ...(encoding !== undefined && { encoding }),
    paged: paged !== undefined,
    searched: search !== undefined,
    ...(omits !== undefined && { omits: Object.keys(omits) }),
  };
};

/** The facts of our catalog. */
export const factsOfCatalog = (catalog: Readonly<Record<string, Domain>>): Facts =>
  Object.fromEntries(
    Object.values(catalog).flatMap(({ operations }) =>
      Object.entries(operations).map(([key, operation]) => [
        operationIdOf(key),
        factsOfOperation(operation),
      ]),
    ),
  );
