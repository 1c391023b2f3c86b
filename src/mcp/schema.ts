/** zod schemas as the JSON Schema that every client can read. */
import * as z from 'zod';
import type { Schema } from '../catalog/operation.js';

/** A JSON Schema, or a part of one. */
export type JsonSchema = { [keyword: string]: unknown };

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Patterns longer than this are the long way of saying "an e-mail address"; the description says it in words. */
const longestPattern = 80;

/** What `.int()` adds by itself: no limit anybody chose. */
const isSafeIntegerBound = (value: unknown): boolean =>
  value === Number.MAX_SAFE_INTEGER || value === Number.MIN_SAFE_INTEGER;

/** A scalar that may also be null, said in one schema instead of a union of two. */
function nullableScalar(options: readonly JsonSchema[]): JsonSchema | undefined {
  const [value, ...more] = options.filter((option) => option['type'] !== 'null');
  const scalar = typeof value?.['type'] === 'string' && !/object|array/.test(value['type']);
  return scalar && more.length === 0 && options.length === 2 && value['enum'] === undefined
    ? { ...value, type: [value['type'], 'null'] }
    : undefined;
}

/**
 * Takes out of one schema object what costs tokens or trips clients and says nothing: `$schema`, the names of free keys,
 * bounds of the number format, long patterns. `oneOf` becomes `anyOf` and `const` a list of one, which more clients know.
 * That undeclared keys are refused is said at the root alone; the server refuses them at every depth.
 */
function tidy(schema: JsonSchema): JsonSchema {
  const tidied: JsonSchema = {};
  for (const [keyword, value] of Object.entries(schema)) {
    switch (keyword) {
      case '$schema':
      case 'propertyNames':
      case 'default':
        break;
      case 'additionalProperties':
        if (isSchema(value) && Object.keys(value).length > 0) {
          tidied[keyword] = tidy(value);
        }
        break;
      case 'minimum':
      case 'maximum':
        if (!isSafeIntegerBound(value)) {
          tidied[keyword] = value;
        }
        break;
      case 'pattern':
        if (typeof value === 'string' && value.length <= longestPattern) {
          tidied[keyword] = value;
        }
        break;
      case 'format':
        // A URI is worth saying; the others only repeat a pattern or the description.
        if (value === 'uri') {
          tidied[keyword] = value;
        }
        break;
      case 'const':
        tidied['enum'] = [value];
        break;
      case 'oneOf':
      case 'anyOf': {
        const options = Array.isArray(value) ? value.filter(isSchema).map(tidy) : [];
        Object.assign(tidied, nullableScalar(options) ?? { anyOf: options });
        break;
      }
      case 'properties':
        tidied[keyword] = Object.fromEntries(
          Object.entries(isSchema(value) ? value : {}).map(([name, property]) => [
            name,
            isSchema(property) ? tidy(property) : property,
          ]),
        );
        break;
      case 'items':
        tidied[keyword] = isSchema(value) ? tidy(value) : value;
        break;
      default:
        tidied[keyword] = value;
    }
  }
  return tidied;
}

/** The schema of a tool's input: an object that takes nothing but what it declares. */
export function inputSchema(schema: Schema): JsonSchema {
  const { type, properties, required, ...rest } = tidy(
    z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' }),
  );
  return {
    type,
    properties: properties ?? {},
    ...(required !== undefined && { required }),
    ...rest,
    additionalProperties: false,
  };
}
