/** Zod schemas as data: what is inside a wrapper, and which form of a union a value comes closest to. */
import type * as z from 'zod';
import { $ZodType } from 'zod/v4/core';

/** The constraint is zod's core type on purpose: with `z.ZodType` the type-check of the catalog takes twice as long. */
export type Schema = z.core.$ZodType;

/** A problem that zod has found in a value. */
export type Issue = z.core.$ZodIssue;

/** The definition of a schema, whose `type` tells what it is. */
export const definitionOf = (schema: Schema): z.core.$ZodTypes['_zod']['def'] =>
  (schema as z.core.$ZodTypes)._zod.def;

/** The schema inside a wrapper (optional, nullable, default, pipe); undefined for one that wraps nothing. */
export function wrappedSchema({ _zod: { def } }: Schema): Schema | undefined {
  const inner: unknown = Reflect.get(def, 'innerType') ?? Reflect.get(def, 'in');
  return inner instanceof $ZodType ? inner : undefined;
}

/** The schema without its wrappers. */
export function unwrapped(schema: Schema): Schema {
  const inner = wrappedSchema(schema);
  return inner === undefined ? schema : unwrapped(inner);
}

/** The types of zod's issues as nouns for a sentence. */
export const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

/**
 * How far a form of a union is from a value, by the issues that the form has with it: a wrong discriminator or type weighs
 * more than unknown names, and these more than values.
 */
export const distanceOf = (issues: readonly z.core.$ZodIssue[]): number =>
  issues.reduce(
    (sum, { code, path }) =>
      sum +
      (code === 'invalid_value' && path.length === 1 ? 1e6 : 0) +
      (code === 'invalid_type' && path.length === 0 ? 1e6 : 0) +
      (code === 'unrecognized_keys' ? 1e3 : 0) +
      1,
    0,
  );
