/** Queries about a zod schema: what it accepts, what is declared where, and what its description says. */
import * as z from 'zod';
// By their names: `z.core` as a value would bring everything that zod has into the program.
import {
  $ZodArray,
  $ZodLiteral,
  $ZodObject,
  $ZodRecord,
  $ZodUnion,
  globalRegistry,
} from 'zod/v4/core';
import { type Schema, unwrapped, wrappedSchema } from '../../catalog/schemas.js';
import { valueAt } from '../../json.js';
import { isTimeMember } from '../times.js';

export type { Schema };

/** Whether the schema accepts a value. */
export const accepts = (schema: Schema, value: unknown): boolean =>
  z.safeParse(schema, value).success;

/** Whether a member with this schema may be left out. */
export const isOptional = (schema: Schema): boolean => accepts(schema, undefined);

/** Whether some text is a value of this schema, so that a text must stay a text. */
export function allowsText(schema: Schema): boolean {
  const core = unwrapped(schema);
  const { def } = core._zod;
  switch (def.type) {
    case 'string':
    case 'template_literal':
    case 'unknown':
    case 'any':
    case 'custom':
      return true;
    case 'enum':
      return Object.values(Reflect.get(def, 'entries') ?? {}).some(
        (value) => typeof value === 'string',
      );
    case 'literal':
      return (
        core instanceof $ZodLiteral &&
        core._zod.def.values.some((value) => typeof value === 'string')
      );
    case 'union':
      return core instanceof $ZodUnion && core._zod.def.options.some(allowsText);
    default:
      return false;
  }
}

/** The members that an object schema declares; undefined for any other schema. */
export const membersOf = (schema: Schema): Readonly<Record<string, Schema>> | undefined => {
  const core = unwrapped(schema);
  return core instanceof $ZodObject ? core._zod.def.shape : undefined;
};

/** The options of a union; undefined for any other schema. */
export const optionsOf = (schema: Schema): readonly Schema[] | undefined => {
  const core = unwrapped(schema);
  return core instanceof $ZodUnion ? core._zod.def.options : undefined;
};

/** The schema of the elements of a list, or of the values of a record; undefined for any other schema. */
export const elementOf = (schema: Schema): Schema | undefined => {
  const core = unwrapped(schema);
  return core instanceof $ZodArray
    ? core._zod.def.element
    : core instanceof $ZodRecord
      ? core._zod.def.valueType
      : undefined;
};

/** The description that a schema carries itself, on any of its wrappers. */
function ownDescription(schema: Schema): string | undefined {
  const description = globalRegistry.get(schema)?.description;
  const inner = wrappedSchema(schema);
  return description ?? (inner === undefined ? undefined : ownDescription(inner));
}

/** Whether a number with this schema, in a member of this name, is a time in epoch milliseconds. */
export const isTimeSchema = (schema: Schema, name: string): boolean =>
  unwrapped(schema)._zod.def.type === 'number' &&
  (isTimeMember(name) || ownDescription(schema)?.startsWith('epoch milliseconds') === true);

/** Longer descriptions are for reading in the list; in an error they would hide the mistake. */
const MAX_DESCRIPTION_CHARS = 120;

/** The description of the value at `path` in the schema: its source, and its limits. */
export function descriptionAt(schema: Schema, path: readonly PropertyKey[]): string | undefined {
  const description = path.length === 0 ? globalRegistry.get(schema)?.description : undefined;
  if (description !== undefined) {
    return description.length <= MAX_DESCRIPTION_CHARS ? description : undefined;
  }
  const inner = wrappedSchema(schema);
  if (inner !== undefined) {
    return descriptionAt(inner, path);
  }
  const options = optionsOf(schema);
  if (options !== undefined) {
    const [first] = options.flatMap((option) => descriptionAt(option, path) ?? []);
    return first;
  }
  const [first, ...rest] = path;
  if (first === undefined) {
    return undefined;
  }
  const member = membersOf(schema)?.[String(first)] ?? elementOf(schema);
  return member === undefined ? undefined : descriptionAt(member, rest);
}

/** The members of an object schema that can have one value only, with that value: they identify the form. */
export const discriminatorsOf = (schema: Schema): readonly (readonly [string, unknown])[] =>
  Object.entries(membersOf(schema) ?? {}).flatMap(([name, member]) => {
    const core = unwrapped(member);
    return core instanceof $ZodLiteral ? [[name, core._zod.def.values[0]] as const] : [];
  });

/** Whether all identifying members in `value` have the values of this form. */
export const discriminatorsFit = (schema: Schema, value: unknown): boolean =>
  discriminatorsOf(schema).every(([name, expected]) => valueAt(value, [name]) === expected);

/** One form that the object at a place may have. */
export interface Form {
  readonly keys: readonly string[];
  /** What distinguishes it from the others, as `type "Select"`; empty if nothing does. */
  readonly label: string;
  /** Whether all identifying members have the values of this form. */
  readonly fits: boolean;
}

/** The forms of the object at `path`. Looks through wrappers and into every branch of a union. */
export function formsAt(
  schema: Schema,
  path: readonly PropertyKey[],
  value: unknown,
  outer: Omit<Form, 'keys'> = { label: '', fits: true },
): Form[] {
  const options = optionsOf(schema);
  if (options !== undefined) {
    return options.flatMap((option) => {
      const [discriminator] = discriminatorsOf(option);
      return formsAt(option, path, value, {
        label:
          discriminator === undefined
            ? outer.label
            : `${discriminator[0]} ${JSON.stringify(discriminator[1])}`,
        fits: outer.fits && discriminatorsFit(option, value),
      });
    });
  }
  const members = membersOf(schema);
  const [first, ...rest] = path;
  if (first === undefined) {
    return members === undefined ? [] : [{ keys: Object.keys(members), ...outer }];
  }
  const core = unwrapped(schema);
  const member =
    members?.[String(first)] ?? (core instanceof $ZodArray ? elementOf(core) : undefined);
  return member === undefined ? [] : formsAt(member, rest, valueAt(value, [first]), outer);
}
