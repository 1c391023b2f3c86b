import * as z from 'zod';
import { catalog } from '../../catalog/index.js';
import { type Fields, type Operation, Whole } from '../../catalog/operation.js';
import type { Behaviours } from '../call.js';
import { ok } from '../reply.js';

const schemaOf = (schema: z.core.$ZodType): unknown => z.toJSONSchema(schema, { io: 'input' });

const parametersOf = (place: 'path' | 'query', fields: Fields): unknown[] =>
  Object.entries(fields).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || !z.safeParse(schema, undefined).success,
    schema: schemaOf(schema),
  }));

const pageParameters = ['page', 'page_size'].map((name) => ({
  name,
  in: 'query',
  required: false,
  schema: { type: 'integer', minimum: 1 },
}));

const described = (key: string, title: string, operation: Operation): unknown => {
  const { path, query = {}, body, paging, search, encoding } = operation;
  return {
    operationId: `${key.charAt(0).toUpperCase()}${key.slice(1)}`,
    tags: [title],
    parameters: [
      ...parametersOf('path', path),
      ...parametersOf('query', query),
      ...(paging === undefined ? [] : pageParameters),
      ...(search === undefined
        ? []
        : [{ name: 'search_params', in: 'query', required: false, schema: { type: 'object' } }]),
    ],
    ...(body !== undefined && {
      requestBody: {
        content: {
          [encoding === 'multipart' ? 'multipart/form-data' : 'application/json']: {
            schema: schemaOf(body instanceof Whole ? body.schema : z.object(body)),
          },
        },
      },
    }),
  };
};

/** The OpenAPI document of the sandbox, derived from the catalog. */
function managementDocument(): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { title, operations } of Object.values(catalog)) {
    for (const [key, operation] of Object.entries(operations)) {
      paths[operation.url] = {
        ...paths[operation.url],
        [operation.method.toLowerCase()]: described(key, title, operation),
      };
    }
  }
  return {
    openapi: '3.0.1',
    info: { title: 'Management API of the sandbox', version: 'sandbox' },
    paths,
  };
}

/** The sandbox has no sign-in page and no account pages, so it has no API for them. */
const emptyDocument = (title: string) => ({
  openapi: '3.0.1',
  info: { title, version: 'sandbox' },
  paths: {},
});

export const documentBehaviours: Behaviours = {
  getWellKnownManagementOpenapiJson: () => ok(managementDocument()),
  getWellKnownExperienceOpenapiJson: () => ok(emptyDocument('Experience API')),
  getWellKnownUserOpenapiJson: () => ok(emptyDocument('Account API')),
  getSwaggerJson: () => ok(managementDocument()),
};
