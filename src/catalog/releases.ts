/**
 * Which release of Logto brought a field or a value, and lists of values that grow with its releases. An older Logto drops
 * an unknown body member and an unknown query parameter without an error. So the facts are recorded on the schemas, where
 * they can be looked up before a call is sent. The base is 1.42: a part without a release here exists since then.
 * `probes.ts` derives what a served document must contain.
 */
import * as z from 'zod';
// By their names: `z.core` as a value would bring everything that zod has into the program.
import { $ZodType, clone } from 'zod/v4/core';
import { NEXT_RELEASE, releases, type Since } from './release-names.js';
import type { Schema } from './schemas.js';

export {
  BASE_RELEASE,
  CATALOG_RELEASE,
  describeSince,
  isIn,
  NEXT_RELEASE,
  type Release,
  releases,
  type Since,
} from './release-names.js';

/** Facts about schemas. A schema that is derived from another one (`describe`, `min`, `optional`) has its facts. */
class SchemaFacts<T> {
  readonly #facts = new WeakMap<Schema, T>();

  record(schema: Schema, fact: T): void {
    this.#facts.set(schema, fact);
  }

  of(schema: Schema): T | undefined {
    const inner: unknown = Reflect.get(schema._zod.def, 'innerType');
    return (
      this.#facts.get(schema) ??
      (schema._zod.parent === undefined ? undefined : this.of(schema._zod.parent)) ??
      (inner instanceof $ZodType ? this.of(inner) : undefined)
    );
  }
}

/** Since when a member exists, and how a document shows it. */
export interface SinceFact {
  readonly since: Since;
  /**
   * The route of an operation that exists since the same release, as `GET /api/configs/cimd`: it shows whether a Logto has the
   * member where the document does not type the object around it.
   */
  readonly seenBy?: string;
}

const sinceFacts = new SchemaFacts<SinceFact>();

/**
 * Records since when the member or the parameter with this schema exists.
 *
 * @param seenBy see `SinceFact`
 */
export function since<S extends Schema>(release: Since, schema: S, seenBy?: string): S {
  // A copy: the same schema may stand for older members too.
  const copy = clone(schema);
  sinceFacts.record(copy, { since: release, ...(seenBy !== undefined && { seenBy }) });
  return copy;
}

/** Since when the member with this schema exists, and how a document shows it; undefined for the base. */
export const sinceFactOf = (schema: Schema): SinceFact | undefined => sinceFacts.of(schema);

/** Since when the member with this schema exists; undefined for the base. */
export const sinceOf = (schema: Schema): Since | undefined => sinceFacts.of(schema)?.since;

/** The known values of an open list, each with the release that brought it; undefined is the base. */
export type KnownValues = ReadonlyMap<string, Since | undefined>;

const knownValues = new SchemaFacts<KnownValues>();

/** A value without case and separators: no two values of Logto differ only in these. */
const bare = (value: string): string => value.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * A text out of a list that grows with Logto's releases. The listed schema has the known values; validation accepts others too,
 * because a newer Logto may have them, and refuses only another spelling of a known one.
 *
 * @param base the values of the base release
 * @param later the values of later releases
 */
export function openEnum(
  base: readonly string[],
  later: Readonly<Partial<Record<Since, readonly string[]>>> = {},
) {
  const values = new Map<string, Since | undefined>(base.map((value) => [value, undefined]));
  for (const release of [...releases, NEXT_RELEASE] as const) {
    for (const value of later[release] ?? []) {
      values.set(value, release);
    }
  }
  const spellings = new Map([...values.keys()].map((value) => [bare(value), value]));
  const schema = z
    .string()
    .meta({ enum: [...values.keys()] })
    .superRefine((value, context) => {
      const spelling = spellings.get(bare(value));
      if (value === '') {
        context.addIssue({ code: 'custom', message: 'must not be empty' });
      } else if (spelling !== undefined && spelling !== value) {
        context.addIssue({
          code: 'custom',
          message: `must be written ${JSON.stringify(spelling)}`,
        });
      }
    });
  knownValues.record(schema, values);
  return schema;
}

/** The known values of an open list; undefined for any other schema. */
export const knownValuesOf = (schema: Schema): KnownValues | undefined => knownValues.of(schema);

const openObjects = new SchemaFacts<true>();

/**
 * An object whose members grow with Logto's releases: members that are not declared are accepted, apart from another spelling of
 * a declared one.
 */
export function openObject<S extends z.core.$ZodShape>(shape: S) {
  const spellings = new Map(Object.keys(shape).map((name) => [bare(name), name]));
  const schema = z
    .object(shape)
    .catchall(z.unknown())
    .superRefine((value, context) => {
      for (const name of Object.keys(value)) {
        const spelling = spellings.get(bare(name));
        if (spelling !== undefined && spelling !== name) {
          context.addIssue({
            code: 'custom',
            path: [name],
            message: `must be written ${JSON.stringify(spelling)}`,
          });
        }
      }
    });
  openObjects.record(schema, true);
  return schema;
}

/** Whether undeclared members of an object are accepted because newer releases may have them. */
export const isOpenObject = (schema: Schema): boolean => openObjects.of(schema) === true;
