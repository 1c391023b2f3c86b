/** The JSON Schema of a manifest, derived from the catalog, so that editors complete and check one. */
import * as z from 'zod';
import { type Schema, Whole } from '../catalog/operation.js';
import type { Catalog } from '../guard/operation-graph.js';
import { isObject, type JsonObject } from '../json.js';
import type { Kind } from './kind.js';
import { kinds, topLevelKinds } from './kinds.js';
import { VERSION } from './manifest.js';
import { type KindFacts, KindTable } from './members.js';

/** What replaces a secret. */
const SECRET: JsonObject = {
  type: 'object',
  description: 'A secret by reference: env:NAME or file:path.',
  properties: { $secret: { type: 'string', pattern: '^(env:[A-Za-z_]\\w*|file:.+)$' } },
  required: ['$secret'],
  additionalProperties: false,
};

/** A schema in which texts may be secret references, at every depth: in free data any member may be one. */
function withSecrets(schema: unknown): unknown {
  if (Array.isArray(schema)) {
    return schema.map(withSecrets);
  }
  if (!isObject(schema)) {
    return schema;
  }
  const inner = Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [
      keyword,
      keyword === 'properties' && isObject(value)
        ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withSecrets(part)]))
        : ['items', 'additionalProperties', 'anyOf', 'oneOf'].includes(keyword)
          ? withSecrets(value)
          : value,
    ]),
  );
  if (inner['type'] !== 'string' || inner['enum'] !== undefined) {
    return inner;
  }
  const { description, format: _, pattern: __, ...text } = inner;
  // A format would reject the variables of a text.
  return {
    ...(description !== undefined && { description }),
    anyOf: [text, { $ref: '#/$defs/secret' }],
  };
}

function schemaOf(schema: Schema): unknown {
  const { $schema: _, ...converted } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
  });
  return withSecrets(converted);
}

function itemSchema(facts: KindFacts, table: KindTable): JsonObject {
  const { kind, members, operations } = facts;
  const whole = wholeSchema(facts);
  if (whole !== undefined) {
    // Its forms have members of their own.
    return {
      ...(isObject(whole) ? whole : {}),
      description: `${kind.about} Known by ${kind.key.join(' and ')}.`,
    };
  }
  const nested = kinds.filter(({ within }) => within?.kind === kind.name);
  const properties = Object.fromEntries([
    ...[...members.values()].map(({ name, schema }) => [
      name,
      schema === undefined ? referenceSchema(kind, name) : schemaOf(schema),
    ]),
    ...nested.map((child) => [
      child.within?.member ?? '',
      {
        type: 'array',
        description: child.about,
        items: itemSchema(table.facts(child.name), table),
      },
    ]),
  ]);
  const required = kind.key.filter((name) => !name.includes('.'));
  return {
    type: 'object',
    description:
      operations.create === undefined
        ? kind.about
        : `${kind.about} Known by ${kind.key.join(' and ') || 'its kind'}.`,
    properties,
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

/**
 * The schema of an item whose creation takes one argument as a whole, a union of forms. Members that other operations set
 * are in every form.
 */
function wholeSchema({ kind, operations, members }: KindFacts): unknown {
  const body = operations.create?.operation.body;
  const wrap = kind.create?.wrap;
  if (wrap === undefined || !('whole' in wrap) || !(body instanceof Whole)) {
    return undefined;
  }
  const settings = Object.fromEntries(
    (kind.settings ?? []).flatMap(({ member }) => {
      const schema = members.get(member)?.schema;
      return schema === undefined ? [] : [[member, schemaOf(schema)]];
    }),
  );
  const whole = schemaOf(body.schema);
  const withSettings = (form: unknown): unknown =>
    isObject(form) && isObject(form['properties'])
      ? { ...form, properties: { ...form['properties'], ...settings } }
      : form;
  return isObject(whole) && Array.isArray(whole['oneOf'])
    ? { ...whole, oneOf: whole['oneOf'].map(withSettings) }
    : withSettings(whole);
}

/** A reference, or a set of them. */
function referenceSchema({ key, of, grants = [] }: Kind, name: string): JsonObject {
  const to = grants.find(({ member }) => member === name)?.to;
  const form = to === 'scopes' ? 'written as "<indicator of the API resource> <scope>"' : 'by key';
  return key.includes(name) && of !== undefined
    ? { type: 'string', description: `The key of one of ${of}.` }
    : {
        type: 'array',
        description:
          to === undefined
            ? 'Names; the whole set.'
            : `References to ${to}, ${form}; the whole set.`,
        items: { type: 'string' },
        uniqueItems: true,
      };
}

/** The JSON Schema of the format, draft 2020-12. */
export function manifestSchema(catalog: Catalog): JsonObject {
  const table = new KindTable(catalog);
  const names = topLevelKinds.map(({ name }) => name);
  const lists = kinds.filter(({ form }) => form === 'list').map(({ name }) => name);
  const globs = { type: 'array', items: { type: 'string' } };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of a Logto tenant',
    description: 'What export writes, and plan and apply read. See docs/configuration-as-code.md.',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      version: { const: VERSION, description: 'The version of the format.' },
      complete: {
        type: 'boolean',
        description:
          'Things are stated with all their members: what is not stated should not be set. Without it such members are left as they are.',
      },
      kinds: {
        type: 'array',
        description: 'The kinds that this manifest manages; without it those that it has.',
        items: { enum: names },
        uniqueItems: true,
      },
      unmanaged: {
        type: 'object',
        description: 'Things that are never touched, by name or glob.',
        properties: Object.fromEntries(lists.map((name) => [name, globs])),
        additionalProperties: false,
      },
      ...Object.fromEntries(
        topLevelKinds.map((kind) => {
          const item = itemSchema(table.facts(kind.name), table);
          return [
            kind.name,
            kind.form === 'one' ? item : { type: 'array', description: kind.about, items: item },
          ];
        }),
      ),
    },
    additionalProperties: false,
    $defs: { secret: SECRET },
  };
}
