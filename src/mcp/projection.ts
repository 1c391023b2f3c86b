/** `fields`: only the members that an agent asks for, since a user of Logto's has some forty. */
import * as z from 'zod';
import { LogtoError } from '../logto/errors.js';
import { nearest } from './arguments.js';

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
      .filter(([name]) => Object.hasOwn(value, name))
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
  return inner.length > 0 && rest.length > 0
    ? namesAlong(inner, rest)
    : [...new Set(objects.flatMap((value) => Object.keys(value)))];
}

/**
 * Refuses a name that none of the values has, with the names that there are. Free data is the exception: below
 * `customData` and the like a key that one item lacks may stand in another, so a dotted name whose first part exists is
 * let through.
 *
 * @throws LogtoError of kind `input`
 */
export function requireMembers(values: readonly unknown[], fields: readonly string[]): void {
  const objects = values.filter(isObject);
  for (const field of objects.length > 0 ? fields : []) {
    const path = field.split('.');
    const [first = ''] = path;
    if (has(objects, path) || (path.length > 1 && has(objects, [first]))) {
      continue;
    }
    const names = namesAlong(objects, path);
    const meant = nearest(path.at(-1) ?? field, names);
    throw new LogtoError({
      kind: 'input',
      code: 'unknown_field',
      message: `The answer has no member "${field}".`,
      hint: `${meant.length > 0 ? `Did you mean ${meant.join(', ')}? ` : ''}It has: ${names.join(', ')}.`,
    });
  }
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
  if (Array.isArray(value)) {
    return value.map(withoutPictures);
  }
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, member]) => [name, withoutPictures(member)]),
      )
    : value;
}
