/** An operation as plain JSON: everything but its schemas, of which the names stay. The build stores this, to start quickly. */
import { type Operation, type Outline, Whole } from './operation.js';

type Names = readonly string[];

/** What the guard alone reads, from the loaded catalog: functions, and facts that no listing needs. */
type WriteFact =
  | 'cascades'
  | 'removes'
  | 'displaces'
  | 'undo'
  | 'lockout'
  | 'organizationScope'
  | 'limit'
  | 'shownOnce';

/** What is stored of an operation. */
export interface Stored
  extends Omit<Outline, 'path' | 'query' | 'body' | 'refuses' | 'risk' | WriteFact> {
  readonly path: Names;
  readonly query?: Names;
  readonly body?: Names | { readonly whole: string };
}

/** Sets the schemas of an operation aside. */
export function stored(operation: Operation): Stored {
  const { refuses: _, risk: _1, cascades: _2, removes: _3, displaces: _4, ...others } = operation;
  const {
    undo: _5,
    lockout: _6,
    organizationScope: _7,
    limit: _8,
    shownOnce: _9,
    ...known
  } = others;
  const { path, query, body, ...rest } = known;
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
