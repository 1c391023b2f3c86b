/** zod schemas as the JSON Schema that every client can read. */
import * as z from 'zod';
import type { Schema } from '../catalog/operation.js';
import { isObject } from '../json.js';

/** A JSON Schema, or a part of one. */
export type JsonSchema = { [keyword: string]: unknown };

const isSchema = (value: unknown): value is JsonSchema => isObject(value);

/** Longer patterns are left out: the description says the same in words. */
const MAX_PATTERN_CHARS = 80;

/** The bounds that `.int()` adds by itself; the API does not have them. */
const isSafeIntegerBound = (value: unknown): boolean =>
  value === Number.MAX_SAFE_INTEGER || value === Number.MIN_SAFE_INTEGER;

/** A value that may also be null, as one schema instead of a union of two. */
function nullable(options: readonly JsonSchema[]): JsonSchema | undefined {
  const [value, ...more] = options.filter((option) => option['type'] !== 'null');
  const plain = typeof value?.['type'] === 'string' && value['enum'] === undefined;
  return plain && more.length === 0 && options.length === 2
    ? { ...value, type: [value['type'], 'null'] }
    : undefined;
}

const propertiesOf = (schema: JsonSchema): Readonly<Record<string, JsonSchema>> => {
  const properties = schema['properties'];
  return isSchema(properties) ? (properties as Record<string, JsonSchema>) : {};
};

const requires = (schema: JsonSchema, name: string): boolean =>
  Array.isArray(schema['required']) && schema['required'].includes(name);

/** One form of a value, with the value of its discriminator. */
interface Branch {
  readonly tag: string;
  readonly schema: JsonSchema;
}

const areEqual = (schemas: readonly JsonSchema[]): boolean =>
  new Set(schemas.map((schema) => JSON.stringify(schema))).size === 1;

/** Schemas of one member in several forms, as one schema. */
function mergeMember(branches: readonly Branch[]): JsonSchema {
  const schemas = branches.map(({ schema }) => schema);
  const [first = {}] = schemas;
  if (areEqual(schemas)) {
    return first;
  }
  if (schemas.every((schema) => schema['type'] === 'object' && schema['properties'])) {
    return mergeForms(branches);
  }
  if (schemas.every((schema) => schema['type'] === 'array' && isSchema(schema['items']))) {
    const items = branches.flatMap(({ tag, schema }): Branch[] =>
      isSchema(schema['items']) ? [{ tag, schema: schema['items'] }] : [],
    );
    return { ...first, items: mergeMember(items) };
  }
  if (
    schemas.every((schema) => Array.isArray(schema['enum']) && schema['type'] === first['type'])
  ) {
    return { ...first, enum: [...new Set(schemas.flatMap((schema) => schema['enum']))] };
  }
  const plain = branches.map(({ tag, schema: { description, enum: _, ...rest } }) => ({
    labelled: description === undefined ? undefined : `${String(description)} (${tag})`,
    rest,
  }));
  if (
    areEqual(plain.map(({ rest }) => rest)) &&
    schemas.some((schema) => schema['enum'] === undefined)
  ) {
    const description = plain.flatMap(({ labelled }) => labelled ?? []).join('; ');
    return { ...plain[0]?.rest, ...(description !== '' && { description }) };
  }
  return {
    anyOf: [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()],
  };
}

/**
 * Several forms of an object as one object that has the members of all: a third of the tokens, and no union, which some
 * clients cannot show. A member that only some forms have names them. Validation uses the zod schema, which is still a
 * union, so members of different forms are refused together.
 */
function mergeForms(branches: readonly Branch[]): JsonSchema {
  const names = [...new Set(branches.flatMap(({ schema }) => Object.keys(propertiesOf(schema))))];
  const required = names.filter((name) => branches.every(({ schema }) => requires(schema, name)));
  const properties = names.map((name) => {
    const having = branches.flatMap(({ tag, schema }): Branch[] => {
      const property = propertiesOf(schema)[name];
      return property === undefined ? [] : [{ tag, schema: property }];
    });
    const merged = mergeMember(having);
    if (having.length === branches.length) {
      return [name, merged];
    }
    const needed = branches.every(
      ({ schema }) => propertiesOf(schema)[name] === undefined || requires(schema, name),
    );
    const only = `${needed ? 'required with' : 'only'} ${having.map(({ tag }) => tag).join(', ')}`;
    const { description } = merged;
    return [
      name,
      { ...merged, description: description === undefined ? only : `${description}; ${only}` },
    ];
  });
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
  };
}

/** The discriminator: the member whose single value identifies the form, if there is one. */
function discriminatorOf(options: readonly JsonSchema[]): string | undefined {
  const [first = {}, ...others] = options;
  const values = (schema: JsonSchema, name: string): unknown =>
    propertiesOf(schema)[name]?.['enum'];
  return Object.keys(propertiesOf(first)).find((name) =>
    [first, ...others].every((schema) => {
      const value = values(schema, name);
      return Array.isArray(value) && value.length === 1 && requires(schema, name);
    }),
  );
}

/** A union of schemas in its simplest form. */
function union(options: readonly JsonSchema[]): JsonSchema {
  const [only, ...more] = options;
  if (only !== undefined && more.length === 0) {
    return only;
  }
  const discriminator = discriminatorOf(options);
  if (discriminator === undefined) {
    return nullable(options) ?? { anyOf: options };
  }
  return mergeForms(
    options.map((schema) => {
      const values = propertiesOf(schema)[discriminator]?.['enum'];
      const value: unknown = Array.isArray(values) ? values[0] : undefined;
      return { tag: typeof value === 'string' ? value : `${discriminator} ${value}`, schema };
    }),
  );
}

/**
 * Removes from one schema object what costs tokens or breaks clients without telling a model anything: `$schema`, the names
 * of free keys, bounds of the number format, long patterns, and formats, which some providers refuse and the description
 * names. `const` becomes an enum of one, which more clients know, and a union its simplest form. A `brief` schema
 * (`catalog/fields.ts`) keeps only its type and its description. `additionalProperties: false` is only at the root; the
 * server refuses undeclared keys at every depth.
 */
function tidy(schema: JsonSchema): JsonSchema {
  if (schema['brief'] === true) {
    const { type, description } = schema;
    return { type, description };
  }
  const tidied: JsonSchema = {};
  for (const [keyword, value] of Object.entries(schema)) {
    switch (keyword) {
      case '$schema':
      case 'propertyNames':
      case 'default':
      case 'format':
      case 'silentNull':
        break;
      case 'additionalProperties':
        if (isSchema(value) && Object.keys(value).length > 0) {
          tidied[keyword] = tidy(value);
        }
        break;
      case 'minLength':
      case 'minItems':
      case 'minimum':
        // Not worth the tokens; an empty value is refused all the same.
        if (value !== 1 && !isSafeIntegerBound(value)) {
          tidied[keyword] = value;
        }
        break;
      case 'maximum':
        if (!isSafeIntegerBound(value)) {
          tidied[keyword] = value;
        }
        break;
      case 'pattern':
        if (typeof value === 'string' && value.length <= MAX_PATTERN_CHARS) {
          tidied[keyword] = value;
        }
        break;
      case 'const':
        tidied['enum'] = [value];
        break;
      case 'oneOf':
      case 'anyOf': {
        // `orNull` (`catalog/fields.ts`) accepts null without mentioning it.
        const options = (Array.isArray(value) ? value : [])
          .filter(isSchema)
          .filter(({ type }) => schema['silentNull'] !== true || type !== 'null')
          .map(tidy);
        const { description } = schema;
        // The description of the whole replaces that of one of its options.
        Object.assign(tidied, union(options), description !== undefined && { description });
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

/** Keywords that apply to values of one type only. */
const keywordsOf: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum'],
  integer: ['minimum', 'maximum'],
  array: ['items', 'minItems', 'maxItems'],
  object: ['properties', 'required', 'additionalProperties'],
};

/** Lists of types as unions, which more clients can read. */
function withoutTypeLists(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutTypeLists);
  }
  if (!isSchema(value)) {
    return value;
  }
  const inner: JsonSchema = Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, withoutTypeLists(member)]),
  );
  const { type: types, ...rest } = inner;
  if (types === 'boolean') {
    // Gemini takes an enum of texts alone.
    const { enum: _, ...plain } = inner;
    return plain;
  }
  if (!Array.isArray(types)) {
    return inner;
  }
  const bound = (type: string) => keywordsOf[type] ?? [];
  const shared = Object.entries(rest).filter(
    ([keyword]) => !types.some((type) => bound(String(type)).includes(keyword)),
  );
  return {
    ...Object.fromEntries(shared),
    anyOf: types.map((type) => ({
      type,
      ...Object.fromEntries(
        Object.entries(rest).filter(([keyword]) => bound(String(type)).includes(keyword)),
      ),
    })),
  };
}

/**
 * A schema whose lists can also be given as additions and removals: those that are members, not those inside items. The second
 * form is an object without members, which would cost 40 tokens for each list; the first one in a tool names them in words.
 */
export function withListEditForms(schema: JsonSchema): JsonSchema {
  let isFirst = true;
  const listEdit = (): JsonSchema => {
    const form = { type: 'object', ...(isFirst && { description: 'add, remove' }) };
    isFirst = false;
    return form;
  };
  const convert = (part: JsonSchema): JsonSchema => {
    const { anyOf, properties, type, description, ...rest } = part;
    if (type === 'array') {
      return {
        ...(description !== undefined && { description }),
        anyOf: [{ type, ...rest }, listEdit()],
      };
    }
    if (Array.isArray(anyOf)) {
      const options = anyOf.filter(isSchema);
      const isList = options.some((option) => option['type'] === 'array');
      return { ...part, anyOf: isList ? [...options, listEdit()] : options.map(convert) };
    }
    return isSchema(properties)
      ? {
          ...part,
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, member]) => [
              name,
              isSchema(member) ? convert(member) : member,
            ]),
          ),
        }
      : part;
  };
  return convert(schema);
}

/** The schema of a tool's input: an object without undeclared keys. */
export function inputSchema(schema: Schema): JsonSchema {
  const converted = withoutTypeLists(
    tidy(z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' })),
  );
  if (!isSchema(converted)) {
    throw new Error('A tool takes an object.');
  }
  const { type, properties, required, ...rest } = converted;
  return {
    type,
    properties: properties ?? {},
    ...(required !== undefined && { required }),
    ...rest,
    additionalProperties: false,
  };
}
