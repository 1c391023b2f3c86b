/** An operation as plain JSON: without schemas and functions, of which only names remain. The build stores it for a quick start. */
import { type Operation, type Outline, Whole } from './operation.js';

type FactNames = readonly string[];

/** Facts with functions, and facts that only the guard reads from the loaded catalog. */
const loadedFacts = [
  'refuses',
  'risk',
  'wire',
  'cascades',
  'removes',
  'displaces',
  'undo',
  'lockout',
  'organizationScope',
  'limit',
  'shownOnce',
] as const;

type LoadedFact = (typeof loadedFacts)[number];

/** The stored form of an operation. */
export interface Stored extends Omit<Outline, 'path' | 'query' | 'body' | LoadedFact> {
  readonly path: FactNames;
  readonly query?: FactNames;
  readonly body?: FactNames | { readonly whole: string };
}

/** The stored form of an operation, without its schemas, conditions and functions. */
export function stored(operation: Operation): Stored {
  const { path, query, body, ...rest } = operation;
  const omitted: ReadonlySet<string> = new Set(loadedFacts);
  const facts = Object.entries(rest).filter(([name]) => !omitted.has(name));
  return {
    // Every required member is among those that stay.
    ...(Object.fromEntries(facts) as Omit<Stored, 'path' | 'query' | 'body'>),
    path: Object.keys(path),
    ...(query !== undefined && { query: Object.keys(query) }),
    ...(body !== undefined && {
      body: body instanceof Whole ? { whole: body.argument } : Object.keys(body),
    }),
  };
}

const named = (names: FactNames): Readonly<Record<string, unknown>> =>
  Object.fromEntries(names.map((name) => [name, undefined]));

/** Restores the outline of a stored operation. */
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
