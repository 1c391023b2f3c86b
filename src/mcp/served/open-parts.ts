/** Values of open lists and members of open objects that the catalog does not know. Validation accepts them; Logto may not. */

import * as z from 'zod';
import { type Method, type Operation, type Schema, Whole } from '../../catalog/operation.js';
import { barePath, type Probe } from '../../catalog/probes.js';
import { isOpenObject, knownValuesOf } from '../../catalog/releases.js';
import { definitionOf, wrappedSchema } from '../../catalog/schemas.js';
import type { Values } from '../../guard/operation-graph.js';
import { isObject } from '../../json.js';

/** A part of a call that the catalog leaves to Logto. */
export interface OpenPart {
  /** In the words of a message: `the value "X" of events`, `fields.address`. */
  readonly what: string;
  readonly probe: Probe;
}

interface Found {
  /** A dotted path with `*` for each item. */
  readonly place: string;
  /** The value of a list; undefined for a member. */
  readonly value?: string;
}

const joined = (place: string, name: string): string => (place === '' ? name : `${place}.${name}`);

function* findIn(schema: Schema, value: unknown, place: string): Generator<Found> {
  const known = knownValuesOf(schema);
  if (known !== undefined && typeof value === 'string') {
    if (!known.has(value)) {
      yield { place, value };
    }
    return;
  }
  const inner = wrappedSchema(schema);
  if (inner !== undefined) {
    yield* findIn(inner, value, place);
    return;
  }
  const def = definitionOf(schema);
  switch (def.type) {
    case 'object':
      if (isObject(value)) {
        for (const [name, member] of Object.entries(value)) {
          const declared = Object.hasOwn(def.shape, name) ? def.shape[name] : undefined;
          if (declared !== undefined) {
            yield* findIn(declared, member, joined(place, name));
          } else if (isOpenObject(schema)) {
            yield { place: joined(place, name) };
          }
        }
      }
      return;
    case 'array':
      for (const item of Array.isArray(value) ? value : []) {
        yield* findIn(def.element, item, joined(place, '*'));
      }
      return;
    case 'record':
      for (const item of isObject(value) ? Object.values(value) : []) {
        yield* findIn(def.valueType, item, joined(place, '*'));
      }
      return;
    case 'union': {
      const form = def.options.find((option) => z.safeParse(option, value).success);
      if (form !== undefined) {
        yield* findIn(form, value, place);
      }
      return;
    }
    default:
  }
}

function probeOf(
  { method, url, body }: Operation,
  isParameter: boolean,
  { place, value }: Found,
): Probe {
  const path = barePath(url);
  const member =
    body instanceof Whole ? place.slice(body.argument.length).replace(/^\./, '') : place;
  const at: { readonly method: Method; readonly path: string } = { method, path };
  return value === undefined
    ? { kind: 'member', ...at, member }
    : { kind: 'value', ...at, of: isParameter ? { parameter: place } : { member }, value };
}

/** The parts of a call that the catalog does not know, each once. */
export function openPartsOf(operation: Operation, values: Values): readonly OpenPart[] {
  const { path, query, body } = operation;
  const parameters = { ...path, ...query };
  const all = {
    ...parameters,
    ...(body instanceof Whole ? { [body.argument]: body.schema } : body),
  };
  const parts = Object.entries(values).flatMap(([name, value]) => {
    const schema = Object.hasOwn(all, name) ? all[name] : undefined;
    return schema === undefined || value === undefined
      ? []
      : [...findIn(schema, value, name)].map((found): OpenPart => {
          const place = found.place.replaceAll('.*', '');
          return {
            what: found.value === undefined ? place : `the value "${found.value}" of ${place}`,
            probe: probeOf(operation, Object.hasOwn(parameters, name), found),
          };
        });
  });
  return [...new Map(parts.map((part) => [part.what, part])).values()];
}
