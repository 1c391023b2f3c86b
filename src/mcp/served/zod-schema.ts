/** Schemas of a served document as zod schemas, alone and added to those of the catalog. */
import * as z from 'zod';
// By their names: `z.core` as a value would bring everything that zod has into the program.
import { clone } from 'zod/v4/core';
import { type EntityKind, entities, naming } from '../../catalog/entities.js';
import type { Fields, Schema } from '../../catalog/operation.js';
import { kindOfMember, protectable } from '../../catalog/protectable.js';
import { definitionOf, unwrapped, wrappedSchema } from '../../catalog/schemas.js';
import { formsOf, type ServedSchema } from '../../logto/served-schema.js';

/** The kind of the entities whose ids a member of this name holds. */
export function kindNamed(name: string): EntityKind | undefined {
  const protectedKind = kindOfMember(name);
  const kinds = Object.keys(entities) as EntityKind[];
  return kinds.find((kind) => protectedKind !== undefined && protectable[kind] === protectedKind);
}

/** The schema of a member, which names entities if its name says so. */
export const memberSchema = (name: string, schema: ServedSchema): z.ZodType => {
  const kind = kindNamed(name);
  const member = zodOf(schema);
  return kind === undefined ? member : naming(member, kind);
};

function literalsOf(values: readonly (string | number | boolean)[]): z.ZodType {
  return z.literal([...values]);
}

function numberOf({ type, minimum, maximum }: ServedSchema): z.ZodType {
  let number = type === 'integer' ? z.int() : z.number();
  number = minimum === undefined ? number : number.min(minimum);
  return maximum === undefined ? number : number.max(maximum);
}

function stringOf({ minLength, maxLength }: ServedSchema): z.ZodType {
  const text = minLength === undefined ? z.string() : z.string().min(minLength);
  return maxLength === undefined ? text : text.max(maxLength);
}

function arrayOf({ items = {}, minItems, maxItems }: ServedSchema): z.ZodType {
  const list = minItems === undefined ? z.array(zodOf(items)) : z.array(zodOf(items)).min(minItems);
  return maxItems === undefined ? list : list.max(maxItems);
}

/** The members of an object, those that are not required as optional ones. */
export const servedMembersOf = ({
  properties = {},
  required = [],
}: ServedSchema): Fields<z.ZodType> =>
  Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      const member = memberSchema(name, schema);
      return [name, required.includes(name) ? member : member.optional()];
    }),
  );

function objectOf(schema: ServedSchema): z.ZodType {
  const { properties, additionalProperties } = schema;
  if (properties === undefined) {
    return z.record(z.string(), zodOf(additionalProperties ?? {}));
  }
  return additionalProperties === undefined
    ? z.strictObject(servedMembersOf(schema))
    : z.object(servedMembersOf(schema)).catchall(zodOf(additionalProperties));
}

/** A zod schema that accepts what a served schema describes. */
export function zodOf(schema: ServedSchema): z.ZodType {
  const { nullable, ...rest } = schema;
  const inner = bareZodOf(rest);
  return nullable === true ? inner.nullable() : inner;
}

function bareZodOf(schema: ServedSchema): z.ZodType {
  if (schema.anyOf !== undefined) {
    return z.union(schema.anyOf.map(zodOf) as [z.ZodType, ...z.ZodType[]]);
  }
  if (schema.enum !== undefined) {
    return literalsOf(schema.enum);
  }
  switch (schema.type) {
    case 'string':
      return stringOf(schema);
    case 'number':
    case 'integer':
      return numberOf(schema);
    case 'boolean':
      return z.boolean();
    case 'array':
      return arrayOf(schema);
    case 'object':
      return objectOf(schema);
    default:
      return z.unknown();
  }
}

/** A schema of the catalog with the members that only the document has. */
export interface Extended {
  readonly schema: Schema;
  /** The dotted paths of the new members; `*` stands for each item. */
  readonly added: readonly string[];
}

/** Whether the catalog deliberately leaves a member out. */
export type IsOmitted = (name: string) => boolean;

const joined = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** A copy of a schema with another definition, which keeps its descriptions and its facts. */
const copyWith = <S extends Schema>(schema: S, def: object): S =>
  clone(schema, { ...schema._zod.def, ...def } as S['_zod']['def'], { parent: true });

/** Whether a form of the document can be that of a catalog object: members that have one value have the same one. */
const isSameForm = (shape: Readonly<Record<string, Schema>>, { properties = {} }: ServedSchema) =>
  Object.entries(properties).every(([name, { enum: values }]) => {
    const member = Object.hasOwn(shape, name) ? shape[name] : undefined;
    return member === undefined || values?.length !== 1 || z.safeParse(member, values[0]).success;
  });

function extendObject(
  schema: z.core.$ZodObject,
  served: readonly ServedSchema[],
  path: string,
  isOmitted: IsOmitted,
): Extended {
  const { shape } = schema._zod.def;
  const forms = served.filter((form) => isSameForm(shape, form));
  const added: string[] = [];
  const extended = Object.entries(shape).map(([name, member]) => {
    const inner = extend(member, below(forms, name), joined(path, name), isOmitted);
    added.push(...inner.added);
    return [name, inner.schema] as const;
  });
  const isOpen = schema._zod.def.catchall?._zod.def.type === 'unknown';
  const names = isOpen
    ? []
    : [...new Set(forms.flatMap(({ properties = {} }) => Object.keys(properties)))];
  const fresh = names
    .filter((name) => !Object.hasOwn(shape, name) && !isOmitted(name))
    .map((name) => {
      added.push(joined(path, name));
      const [first, ...others] = below(forms, name);
      const member = memberSchema(
        name,
        others.length === 0 ? (first ?? {}) : { anyOf: below(forms, name) },
      );
      return [name, member.optional()] as const;
    });
  return added.length === 0
    ? { schema, added }
    : { schema: copyWith(schema, { shape: Object.fromEntries([...extended, ...fresh]) }), added };
}

/** What the forms of a value have as the member `name`; `*` for the items of a list. */
const below = (forms: readonly ServedSchema[], name: string): readonly ServedSchema[] =>
  forms
    .map(({ properties, items, additionalProperties }) =>
      name === '*'
        ? (items ?? additionalProperties)
        : properties !== undefined && Object.hasOwn(properties, name)
          ? properties[name]
          : undefined,
    )
    .filter((schema) => schema !== undefined)
    .flatMap(formsOf);

/** The members that an object declares, wrappers looked through. */
function namesDeclared(schema: Schema): readonly string[] {
  const def = definitionOf(unwrapped(schema));
  return def.type === 'object' ? Object.keys(def.shape) : [];
}

/**
 * Adds the members that only the document has to every object of a schema. Members and values of the catalog stay as they are.
 *
 * @param served the forms that the document has for the value
 */
export function extend(
  schema: Schema,
  served: readonly ServedSchema[],
  path: string,
  isOmitted: IsOmitted,
): Extended {
  const def = definitionOf(schema);
  const inside = (name: string, inner: Schema, forms: readonly ServedSchema[], at: string) => {
    const extended = extend(inner, forms, at, isOmitted);
    return extended.added.length === 0
      ? { schema, added: [] }
      : { schema: copyWith(schema, { [name]: extended.schema }), added: extended.added };
  };
  const wrapped = wrappedSchema(schema);
  if (wrapped !== undefined) {
    return inside('innerType' in def ? 'innerType' : 'in', wrapped, served, path);
  }
  switch (def.type) {
    case 'object':
      return extendObject(schema as z.core.$ZodObject, served, path, isOmitted);
    case 'array':
      return inside('element', def.element, below(served, '*'), joined(path, '*'));
    case 'record':
      return inside('valueType', def.valueType, below(served, '*'), joined(path, '*'));
    case 'union': {
      // A member of one form is not new because another form lacks it.
      const declared = new Set(def.options.flatMap(namesDeclared));
      const isKnown: IsOmitted = (name) => declared.has(name) || isOmitted(name);
      const options = def.options.map((option) => extend(option, served, path, isKnown));
      const added = [...new Set(options.flatMap((option) => option.added))];
      return added.length === 0
        ? { schema, added }
        : {
            schema: copyWith(schema, { options: options.map((option) => option.schema) }),
            added,
          };
    }
    default:
      return { schema, added: [] };
  }
}
