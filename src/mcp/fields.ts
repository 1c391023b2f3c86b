/** `fields`: only the members that an agent asks for, since a user of Logto's has some forty. */
import * as z from 'zod';
import { mapInside } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import { nearest } from './arguments/suggestions.js';

/** The argument that every read takes. It stands in a hundred schemas, so it is as short as it can be. */
export const fieldsArgument = z.array(z.string()).optional().describe('members to keep, dotted');

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The members below one name that are asked for; an empty map stands for all of them. */
interface Wanted extends Map<string, Wanted> {}

function wantedOf(fields: readonly string[]): Wanted {
  const root: Wanted = new Map();
  for (const field of fields) {
    let place = root;
    let whole = false;
    for (const part of field.split('.')) {
      const next = place.get(part);
      whole = next !== undefined && next.size === 0;
      if (whole) {
        break;
      }
      const inner: Wanted = next ?? new Map();
      place.set(part, inner);
      place = inner;
    }
    // The name as a whole includes what was asked for inside it.
    if (!whole) {
      place.clear();
    }
  }
  return root;
}

/** Whether there can be members below a value where some are asked for; null says that there are none. */
const reaches = (value: unknown, wanted: Wanted): boolean =>
  wanted.size === 0 || typeof value === 'object';

function pick(value: unknown, wanted: Wanted): unknown {
  if (wanted.size === 0) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => pick(item, wanted));
  }
  if (!isObject(value)) {
    return value;
  }
  return Object.fromEntries(
    [...wanted]
      .filter(([name, inner]) => Object.hasOwn(value, name) && reaches(value[name], inner))
      .map(([name, inner]) => [name, pick(value[name], inner)]),
  );
}

/** Every value that stands at a dotted name; lists are looked through. */
export function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => valuesAt(item, path));
  }
  const [name, ...rest] = path;
  if (name === undefined) {
    return [value];
  }
  return isObject(value) && Object.hasOwn(value, name) ? valuesAt(value[name], rest) : [];
}

/** Whether any of the values has the member at `path`, be it an empty list. */
const has = (values: readonly unknown[], path: readonly string[]): boolean =>
  values
    .flatMap((value) => valuesAt(value, path.slice(0, -1)))
    .some((parent) => isObject(parent) && Object.hasOwn(parent, path.at(-1) ?? ''));

/** The names that stand where `path` went wrong. */
function namesAlong(values: readonly unknown[], path: readonly string[]): string[] {
  const objects = values
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter(isObject);
  const [name = '', ...rest] = path;
  const inner = objects.filter((value) => Object.hasOwn(value, name)).map((value) => value[name]);
  // A first name that is wrong is no dotted name gone wrong, but a wrong name.
  return inner.length > 0 && rest.length > 0
    ? namesAlong(inner, rest)
    : [...new Set(objects.flatMap((value) => Object.keys(value)))];
}

/** What is said of a name that nothing has: the names that were meant, and those that there are. */
function absence(field: string, names: readonly string[]): string {
  const meant = nearest(field.split('.')[0] ?? field, names);
  return `${meant.length > 0 ? `Did you mean ${meant.join(', ')}? ` : ''}It has: ${names.join(', ')}.`;
}

/** The error for names that nothing has, all at once. */
export function unknownFields(
  missing: readonly { readonly field: string; readonly names: readonly string[] }[],
): LogtoError {
  const [first] = missing;
  const several = missing.length > 1;
  return new LogtoError({
    kind: 'input',
    code: 'unknown_field',
    message: `The answer has no member ${missing.map(({ field }) => `"${field}"`).join(', ')}.`,
    hint:
      several || first === undefined
        ? 'Correct them and call again.'
        : absence(first.field, first.names),
    ...(several && {
      details: missing.map(({ field, names }) => `${field}: ${absence(field, names)}`),
    }),
  });
}

/** How many names a note or an error lists; free data can have any number. */
const mostNames = 60;

/** Whether a name was misspelt, as opposed to one that a later item may have. */
const isMisspelt = (field: string, names: readonly string[]): boolean =>
  nearest(field, names).length > 0;

interface Sought {
  readonly path: readonly string[];
  /** The names that were seen where the path went wrong. */
  readonly names: Set<string>;
  /** Whether the first part of the path was seen. */
  rooted: boolean;
}

/** Which of the names that were asked for occur in the items that were looked at. */
export class Presence {
  readonly #fields: ReadonlyMap<string, Sought>;
  readonly #found = new Set<string>();
  #looked = 0;

  constructor(fields: readonly string[]) {
    this.#fields = new Map(
      fields.map((field) => [
        field,
        { path: field.split('.'), names: new Set<string>(), rooted: false },
      ]),
    );
  }

  look(values: readonly unknown[]): void {
    const objects = values.filter(isObject);
    this.#looked += objects.length;
    for (const [field, sought] of this.#fields) {
      const { path, names } = sought;
      if (this.#found.has(field)) {
        continue;
      }
      if (has(objects, path)) {
        this.#found.add(field);
        continue;
      }
      if (!sought.rooted && has(objects, path.slice(0, 1))) {
        sought.rooted = true;
        names.clear();
      }
      for (const name of names.size < mostNames ? namesAlong(objects, path) : []) {
        names.add(name);
      }
    }
  }

  get #missing() {
    return this.#looked === 0
      ? []
      : [...this.#fields]
          .filter(([field]) => !this.#found.has(field))
          .map(([field, { path, names, rooted }]) => ({
            field,
            inside: path.length > 1 && rooted,
            names: [...names].slice(0, mostNames),
          }));
  }

  /** Names that are certainly wrong: of a member of the items themselves, and like one that there is. */
  get misspelt() {
    return this.#missing.filter(
      ({ field, inside, names }) => !inside && isMisspelt(field.split('.')[0] ?? field, names),
    );
  }

  /** Names of members of the items themselves that nothing had. */
  get absent() {
    return this.#missing.filter(({ inside }) => !inside);
  }

  /** A line for each dotted name that nothing had: the key may be misspelt, or in no item as yet. */
  get notes(): string[] {
    return this.#missing
      .filter(({ inside }) => inside)
      .map(({ field, names }) =>
        names.length > 0
          ? `No item has ${field}; members seen there: ${names.join(', ')}.`
          : `No item has ${field}; nothing was seen there.`,
      );
  }
}

/**
 * Refuses names that none of the values has, with the names that there are. Inside members a key that one item lacks may
 * stand in another (customData, a profile), so a dotted name is answered with a note instead.
 *
 * @returns the notes
 * @throws LogtoError of kind `input` that names every wrong one
 */
export function requireMembers(values: readonly unknown[], fields: readonly string[]): string[] {
  const presence = new Presence(fields);
  presence.look(values);
  if (presence.absent.length > 0) {
    throw unknownFields(presence.absent);
  }
  return presence.notes;
}

/** Keeps the asked members of each value; members that a value lacks are left out. */
export function project(values: readonly unknown[], fields: readonly string[]): unknown[] {
  const wanted = wantedOf(fields);
  return values.map((value) => pick(value, wanted));
}

/** Pictures inside an answer are long and say nothing to a model. */
const longestPicture = 256;

/** Puts a mark in place of each long `data:` address. */
export function withoutPictures(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.length > longestPicture && value.startsWith('data:')
      ? `${value.slice(0, value.indexOf(',') + 1 || 5)}[${value.length} characters left out]`
      : value;
  }
  return typeof value === 'object' && value !== null
    ? mapInside(Object(value), withoutPictures)
    : value;
}
