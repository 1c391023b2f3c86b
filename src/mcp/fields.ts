/** `fields`: keeps only the members that an agent requests, because a user in Logto has some forty. */
import * as z from 'zod';
import { isObject, mapInside } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import { similarNames } from '../nearest.js';
import { quoteName } from './text-exit.js';

/** The argument that every read takes. It is repeated in a hundred schemas, so the instructions describe it once. */
export const fieldsArgument = z.array(z.string()).optional();

/** The requested members below one name; an empty map stands for all of them. */
interface FieldTree extends Map<string, FieldTree> {}

function fieldTree(fields: readonly string[]): FieldTree {
  const root: FieldTree = new Map();
  for (const field of fields) {
    let node = root;
    let isWhole = false;
    for (const part of field.split('.')) {
      const next = node.get(part);
      isWhole = next !== undefined && next.size === 0;
      if (isWhole) {
        break;
      }
      const inner: FieldTree = next ?? new Map();
      node.set(part, inner);
      node = inner;
    }
    // A name as a whole includes members of it that were requested before.
    if (!isWhole) {
      node.clear();
    }
  }
  return root;
}

/** Whether a value can have the requested members; null stands for "there are none". */
const canHave = (value: unknown, tree: FieldTree): boolean =>
  tree.size === 0 || typeof value === 'object';

function pick(value: unknown, tree: FieldTree): unknown {
  if (tree.size === 0) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => pick(item, tree));
  }
  if (!isObject(value)) {
    return value;
  }
  return Object.fromEntries(
    [...tree]
      .filter(([name, inner]) => Object.hasOwn(value, name) && canHave(value[name], inner))
      .map(([name, inner]) => [name, pick(value[name], inner)]),
  );
}

/** Every value at a dotted name; the elements of lists are looked through. */
export function valuesAtName(value: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => valuesAtName(item, path));
  }
  const [name, ...rest] = path;
  if (name === undefined) {
    return [value];
  }
  return isObject(value) && Object.hasOwn(value, name) ? valuesAtName(value[name], rest) : [];
}

/** Whether any of the values has the member at `path`, be it an empty list. */
const hasMember = (values: readonly unknown[], path: readonly string[]): boolean =>
  values
    .flatMap((value) => valuesAtName(value, path.slice(0, -1)))
    .some((parent) => isObject(parent) && Object.hasOwn(parent, path.at(-1) ?? ''));

/** The names of the members at the part of `path` that no value has. */
function namesAlong(values: readonly unknown[], path: readonly string[]): string[] {
  const objects = values
    .flatMap((value): unknown[] => (Array.isArray(value) ? value : [value]))
    .filter(isObject);
  const [name = '', ...rest] = path;
  const inner = objects.filter((value) => Object.hasOwn(value, name)).map((value) => value[name]);
  return inner.length > 0 && rest.length > 0
    ? namesAlong(inner, rest)
    : [...new Set(objects.flatMap((value) => Object.keys(value)))];
}

const nameList = (names: readonly string[]): string => names.map(quoteName).join(', ');

/** The message about a name that no value has: the names that were probably meant, and the existing ones. */
function adviceFor(field: string, names: readonly string[]): string {
  const meant = similarNames(field.split('.')[0] ?? field, names);
  return `${meant.length > 0 ? `Did you mean ${nameList(meant)}? ` : ''}It has: ${nameList(names)}.`;
}

/** A requested name that no value has, and the existing names. */
interface MissingField {
  readonly field: string;
  readonly names: readonly string[];
}

/** The error for all names that no value has. */
export function unknownFields(missing: readonly MissingField[]): LogtoError {
  const [first] = missing;
  const several = missing.length > 1;
  return new LogtoError({
    kind: 'input',
    code: 'unknown_field',
    message: `The answer has no member ${missing.map(({ field }) => JSON.stringify(field)).join(', ')}.`,
    hint:
      several || first === undefined
        ? 'Correct them and call again.'
        : adviceFor(first.field, first.names),
    ...(several && {
      details: missing.map(({ field, names }) => `${field}: ${adviceFor(field, names)}`),
    }),
  });
}

/** How many names a note or an error lists; free data can have any number. */
const MAX_NAMES = 60;

/** Whether a name was probably misspelt, as opposed to one that a later item may have. */
const isMisspelt = (field: string, names: readonly string[]): boolean =>
  similarNames(field, names).length > 0;

interface FieldSearch {
  readonly path: readonly string[];
  /** The names that were seen at the part of the path that nothing had. */
  readonly names: Set<string>;
  /** Whether the first part of the path was seen. */
  hasRoot: boolean;
}

/** Which of the requested names occur in the items that were read so far. */
export class FieldPresence {
  readonly #searches: ReadonlyMap<string, FieldSearch>;
  readonly #present = new Set<string>();
  #itemCount = 0;

  constructor(fields: readonly string[]) {
    this.#searches = new Map(
      fields.map((field) => [
        field,
        { path: field.split('.'), names: new Set<string>(), hasRoot: false },
      ]),
    );
  }

  /** Looks for the names in more items. */
  add(values: readonly unknown[]): void {
    const objects = values.filter(isObject);
    this.#itemCount += objects.length;
    for (const [field, search] of this.#searches) {
      const { path, names } = search;
      if (this.#present.has(field)) {
        continue;
      }
      if (hasMember(objects, path)) {
        this.#present.add(field);
        continue;
      }
      if (!search.hasRoot && hasMember(objects, path.slice(0, 1))) {
        search.hasRoot = true;
        names.clear();
      }
      for (const name of names.size < MAX_NAMES ? namesAlong(objects, path) : []) {
        names.add(name);
      }
    }
  }

  get #missing() {
    return this.#itemCount === 0
      ? []
      : [...this.#searches]
          .filter(([field]) => !this.#present.has(field))
          .map(([field, { path, names, hasRoot }]) => ({
            field,
            isInside: path.length > 1 && hasRoot,
            names: [...names].slice(0, MAX_NAMES),
          }));
  }

  /** Names that are certainly wrong: of a member of the items themselves, and similar to an existing one. */
  get misspelt(): readonly MissingField[] {
    return this.#missing.filter(
      ({ field, isInside, names }) => !isInside && isMisspelt(field.split('.')[0] ?? field, names),
    );
  }

  /** Names of members of the items themselves that no item had. */
  get absent(): readonly MissingField[] {
    return this.#missing.filter(({ isInside }) => !isInside);
  }

  /** A line for each dotted name that no item had: the key may be misspelt, or in no item so far. */
  get notes(): string[] {
    return this.#missing
      .filter(({ isInside }) => isInside)
      .map(({ field, names }) =>
        names.length > 0
          ? `No item has ${field}; members seen there: ${nameList(names)}.`
          : `No item has ${field}; nothing was seen there.`,
      );
  }
}

/**
 * Refuses names that none of the values has, with the names that there are. A key inside free data (customData, a profile)
 * that one item lacks may be in another, so a dotted name is answered with a note instead.
 *
 * @returns the notes
 * @throws LogtoError of kind `input` that names every wrong one
 */
export function requireMembers(values: readonly unknown[], fields: readonly string[]): string[] {
  const presence = new FieldPresence(fields);
  presence.add(values);
  if (presence.absent.length > 0) {
    throw unknownFields(presence.absent);
  }
  return presence.notes;
}

/** Keeps the requested members of each value; members that a value lacks are left out. */
export function project(values: readonly unknown[], fields: readonly string[]): unknown[] {
  const tree = fieldTree(fields);
  return values.map((value) => pick(value, tree));
}

/** A value without what is at a dotted name. */
function withoutPath(value: unknown, [name = '', ...rest]: readonly string[]): unknown {
  if (!isObject(value) || !Object.hasOwn(value, name)) {
    return value;
  }
  const { [name]: member, ...others } = value;
  // The order of the members stays as it was.
  return rest.length === 0
    ? others
    : mapInside(value, (inner, key) => (key === name ? withoutPath(member, rest) : inner));
}

/** Whether a value carries information: null, an empty list and an empty object do not. */
const isFilled = (value: unknown): boolean =>
  isObject(value) || Array.isArray(value)
    ? Object.keys(value).length > 0
    : (value ?? null) !== null;

/** Values without the members at these dotted names, and the names of those that carried information. */
export function withoutMembers(
  values: readonly unknown[],
  names: readonly string[],
): { readonly rest: readonly unknown[]; readonly omitted: readonly string[] } {
  const paths = names.map((name) => name.split('.'));
  const omitted = names.filter((_, index) =>
    valuesAtName(values, paths[index] ?? []).some(isFilled),
  );
  return { rest: values.map((value) => paths.reduce(withoutPath, value)), omitted };
}

/** Pictures inside an answer are long and useless for a model. */
const MAX_DATA_URL_CHARS = 256;

/** Replaces each long `data:` address by its beginning and its length. */
export function withoutPictures(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.length > MAX_DATA_URL_CHARS && value.startsWith('data:')
      ? `${value.slice(0, value.indexOf(',') + 1 || 5)}[${value.length} characters left out]`
      : value;
  }
  return Array.isArray(value) || isObject(value) ? mapInside(value, withoutPictures) : value;
}
