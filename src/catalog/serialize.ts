/** An operation as plain JSON: everything but its schemas, of which the names stay. The build stores this, to start quickly. */
import { type Operation, type Outline, Whole } from './operation.js';

type Names = readonly string[];

/** What is stored of an operation. */
export interface Stored extends Omit<Outline, 'path' | 'query' | 'body' | 'refuses' | 'risk'> {
  readonly path: Names;
  readonly query?: Names;
  readonly body?: Names | { readonly whole: string };
}

/** Sets the schemas of an operation aside. */
export function stored({ path, query, body, refuses: _, risk: __, ...rest }: Operation): Stored {
  return {
    ...rest,
    path: Object.keys(path),
    ...(query !== undefined && { query: Object.keys(query) }),
    ...(body !== undefined && {
      body: body instanceof Whole ? { whole: body.argument } : Object.keys(body),
    }),
  };
}

const named = (names: Names): Readonly<Record<string, unknown>> =>
  Object.fromEntries(names.map((name) => [name, undefined]));

/** The outline of what was stored. */
export function outlined({ path, query, body, ...rest }: Stored): Outline {
  return {
    ...rest,
    path: named(path),
    ...(query !== undefined && { query: named(query) }),
    ...(body !== undefined && {
      body: 'whole' in body ? new Whole<unknown>(body.whole, undefined) : named(body),
    }),
  };
}
