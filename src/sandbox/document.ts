/**
 * The OpenAPI document that the sandbox serves: derived from the catalog, without what its release does not have, in the form of
 * Logto's own document. A literal is a `format`, null is `nullable`, and a switch in a query is a text.
 */
import * as z from 'zod';
import { documents } from '../catalog/documents.js';
import { catalog } from '../catalog/index.js';
import { type Fields, type Operation, type Schema, Whole } from '../catalog/operation.js';
import type { Feature } from '../catalog/probes.js';
import { isIn } from '../catalog/release-names.js';
import { isObject, type JsonObject, listIn } from '../json.js';
import { absentFeatures, hasOperation, isFlagged, type SandboxRelease } from './release.js';

const schemasIn = (value: unknown): JsonObject[] => listIn(value).filter(isObject);

/** A literal as Logto's document writes it. */
const literal = (value: unknown): JsonObject => ({
  type: typeof value,
  format: JSON.stringify(value),
});

/** The members of an object schema, where they are named one by one or by the list of allowed keys. */
function membersOf(schema: JsonObject): JsonObject | undefined {
  const { properties, propertyNames, additionalProperties } = schema;
  if (isObject(properties)) {
    return properties;
  }
  const names = isObject(propertyNames) ? listIn(propertyNames['enum']) : [];
  return names.length === 0
    ? undefined
    : Object.fromEntries(names.map((name) => [String(name), additionalProperties]));
}

/** A union without null, which becomes `nullable`, and without forms that stand for unknown ones. */
function unionOf(options: readonly JsonObject[]): JsonObject {
  const forms = options.filter(
    ({ type, undocumented }) => type !== 'null' && undocumented !== true,
  );
  const [only, ...others] = forms.map(openApiSchema);
  return {
    ...(others.length === 0 ? only : { oneOf: [only, ...others] }),
    ...(options.some(({ type }) => type === 'null') && { nullable: true }),
  };
}

const isBound = (value: unknown): value is number =>
  typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER;

/** A JSON Schema in the dialect of the document. */
function openApiSchema(schema: JsonObject): JsonObject {
  const union = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(union)) {
    return unionOf(schemasIn(union));
  }
  if (schema['const'] !== undefined) {
    return literal(schema['const']);
  }
  const { type, items, required, additionalProperties, pattern } = schema;
  const members = membersOf(schema);
  const retainedKeywords = [
    'enum',
    'minLength',
    'maxLength',
    'minItems',
    'maxItems',
    'minimum',
    'maximum',
  ];
  return {
    ...(type !== undefined && { type: type === 'integer' ? 'number' : type }),
    ...Object.fromEntries(
      retainedKeywords.flatMap((name) => {
        const value = schema[name];
        return name === 'enum'
          ? value === undefined
            ? []
            : [[name, value]]
          : isBound(value)
            ? [[name, value]]
            : [];
      }),
    ),
    ...(pattern !== undefined && { pattern }),
    ...(isObject(items) && { items: openApiSchema(items) }),
    ...(members !== undefined && {
      properties: Object.fromEntries(
        Object.entries(members).map(([name, member]) => [
          name,
          isObject(member) ? openApiSchema(member) : {},
        ]),
      ),
    }),
    ...(Array.isArray(required) && required.length > 0 && { required }),
    ...(members === undefined &&
      isObject(additionalProperties) && {
        additionalProperties: openApiSchema(additionalProperties),
      }),
  };
}

const schemaOf = (schema: Schema): JsonObject =>
  openApiSchema(z.toJSONSchema(schema, { io: 'input' }) as JsonObject);

/** Whether a schema is this literal. */
const isLiteral = (schema: unknown, value: string): boolean =>
  isObject(schema) && schema['format'] === JSON.stringify(value);

/** A schema without the member, or without a value of it, at a path. `*` goes into items and values. */
function without(schema: unknown, path: readonly string[], value?: string): unknown {
  if (!isObject(schema)) {
    return schema;
  }
  const [name, ...rest] = path;
  const options = schema['oneOf'];
  if (Array.isArray(options)) {
    // A form whose literal is the value goes as a whole.
    const retained = options.filter(
      (option) =>
        value === undefined ||
        rest.length > 0 ||
        name === undefined ||
        !isObject(option) ||
        !isObject(option['properties']) ||
        !isLiteral(option['properties'][name], value),
    );
    return { ...schema, oneOf: retained.map((option) => without(option, path, value)) };
  }
  if (name === undefined) {
    return Array.isArray(schema['enum'])
      ? { ...schema, enum: schema['enum'].filter((item) => item !== value) }
      : schema;
  }
  if (name === '*') {
    return {
      ...schema,
      ...('items' in schema && { items: without(schema['items'], rest, value) }),
      ...('additionalProperties' in schema && {
        additionalProperties: without(schema['additionalProperties'], rest, value),
      }),
    };
  }
  const properties = schema['properties'];
  if (!isObject(properties) || !Object.hasOwn(properties, name)) {
    return schema;
  }
  if (rest.length > 0 || value !== undefined) {
    return {
      ...schema,
      properties: { ...properties, [name]: without(properties[name], rest, value) },
    };
  }
  const { [name]: _, ...others } = properties;
  const { required, ...more } = schema;
  const needed = listIn(required).filter((item) => item !== name);
  return { ...more, properties: others, ...(needed.length > 0 && { required: needed }) };
}

/** Removes what a release does not have from the schema of a body. */
const bodyWithout = (schema: JsonObject, absent: readonly Feature[]): unknown =>
  absent
    .filter(({ at }) => at?.part === 'body')
    .reduce<unknown>(
      (reduced, { at, value }) =>
        without(reduced, at?.member === '' ? [] : (at?.member.split('.') ?? []), value),
      schema,
    );

/** Whether a switch is one of those that Logto reads as on at any value: the catalog does not send false (`flag`). */
const isFlag = (schema: Schema): boolean => z.safeParse(schema, false).data === undefined;

/** The schema of a query value: a text, where Logto reads a switch or a time. */
function querySchemaOf(name: string, schema: Schema): JsonObject {
  const described = schemaOf(schema);
  if (described['type'] === 'boolean') {
    return { type: 'string', ...(!isFlag(schema) && { enum: ['true', 'false'] }) };
  }
  return name.endsWith('_time') ? { type: 'string' } : described;
}

const parametersOf = (location: 'path' | 'query', fields: Fields): JsonObject[] =>
  Object.entries(fields).map(([name, schema]) => ({
    name,
    in: location,
    required: location === 'path' || !z.safeParse(schema, undefined).success,
    schema: location === 'query' ? querySchemaOf(name, schema) : schemaOf(schema),
  }));

const pageParameters = ['page', 'page_size'].map((name) => ({
  name,
  in: 'query',
  required: false,
  schema: { type: 'integer', minimum: 1 },
}));

const searchParameter = {
  name: 'search_params',
  in: 'query',
  required: false,
  schema: { type: 'object', additionalProperties: { type: 'string' } },
  explode: true,
};

/** Body members that the release still has and that the catalog leaves out. */
function formerMembers({ release }: SandboxRelease, { omits = {} }: Operation): JsonObject {
  return Object.fromEntries(
    Object.entries(omits)
      .filter(([, { until }]) => until !== undefined && release !== 'next' && !isIn(release, until))
      .map(([name]) => [name, { type: 'string', minLength: 1, maxLength: 21 }]),
  );
}

function requestBodyOf(sandbox: SandboxRelease, operation: Operation): JsonObject | undefined {
  const { body, wire, encoding } = operation;
  if (body === undefined) {
    return undefined;
  }
  const full = schemaOf(body instanceof Whole ? body.schema : z.object({ ...body, ...wire }));
  const former = formerMembers(sandbox, operation);
  const schema = bodyWithout(
    Object.keys(former).length === 0 || !isObject(full['properties'])
      ? full
      : { ...full, properties: { ...full['properties'], ...former } },
    absentFeatures(sandbox, operation),
  );
  const type = encoding === 'multipart' ? 'multipart/form-data' : 'application/json';
  return { required: true, content: { [type]: { schema } } };
}

function describeOperation(
  sandbox: SandboxRelease,
  key: string,
  title: string,
  operation: Operation,
): JsonObject {
  const { path, query = {}, paging, search, summary } = operation;
  const flagged = isFlagged(sandbox, operation);
  const absent = new Set(
    absentFeatures(sandbox, operation).flatMap(({ at }) =>
      at?.part === 'query' ? [at.member] : [],
    ),
  );
  const requestBody = requestBodyOf(sandbox, operation);
  return {
    operationId: `${key.charAt(0).toUpperCase()}${key.slice(1)}`,
    tags: [title, ...(flagged ? ['Dev feature'] : [])],
    summary,
    parameters: [
      ...parametersOf('path', path),
      ...parametersOf('query', query).filter(({ name }) => !absent.has(String(name))),
      // Trusted devices had pages as long as they were in development.
      ...(paging !== undefined || (flagged && operation.method === 'GET') ? pageParameters : []),
      ...(search === undefined ? [] : [searchParameter]),
    ],
    ...(requestBody !== undefined && { requestBody }),
    responses: {},
  };
}

const built = new Map<string, unknown>();

/** The document of the Management API, built once for each release. */
export function managementDocument(sandbox: SandboxRelease): unknown {
  const name = JSON.stringify(sandbox);
  const cached = built.get(name);
  if (cached !== undefined) {
    return cached;
  }
  const paths: Record<string, JsonObject> = {};
  for (const { title, operations } of Object.values(catalog)) {
    for (const [key, operation] of Object.entries(operations)) {
      if (hasOperation(sandbox, operation)) {
        paths[operation.url] = {
          ...paths[operation.url],
          [operation.method.toLowerCase()]: describeOperation(sandbox, key, title, operation),
        };
      }
    }
  }
  for (const { operationId, operation } of documents) {
    paths[operation.url] = {
      get: describeOperation(sandbox, operationId, 'Well-known', operation),
    };
  }
  const document = {
    openapi: '3.0.1',
    info: { title: 'Management API of the sandbox', version: 'Cloud' },
    paths,
    tags: Object.values(catalog).map(({ title }) => ({ name: title })),
  };
  built.set(name, document);
  return document;
}
