/**
 * JSON values: narrowing, comparison and copy-on-write traversal.
 *
 * Every answer is walked several times and most need no change, so the traversal returns the value itself where nothing
 * changes: a copy costs more than a look.
 */

/** An object with named members that are not known. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The names and indexes that lead to a value inside of a document. */
export type JsonPath = readonly (string | number)[];

/** Whether a value is an object with named members, not an array. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isList = (value: object): value is readonly unknown[] => Array.isArray(value);

/**
 * Puts each item of a list, or each member of an object, through `change`.
 *
 * @returns a copy with what has changed; the list or the object itself where nothing has
 */
export function mapInside(
  value: readonly unknown[] | Readonly<Record<string, unknown>>,
  change: (member: unknown, name: string) => unknown,
): unknown {
  if (isList(value)) {
    let items: unknown[] | undefined;
    for (let index = 0; index < value.length; index += 1) {
      const item = value[index];
      const instead = change(item, '');
      if (items === undefined && !Object.is(instead, item)) {
        items = value.slice(0, index);
      }
      items?.push(instead);
    }
    return items ?? value;
  }
  let changed: Map<string, unknown> | undefined;
  for (const name of Object.keys(value)) {
    const member = value[name];
    const instead = change(member, name);
    if (!Object.is(instead, member)) {
      changed ??= new Map<string, unknown>();
      changed.set(name, instead);
    }
  }
  return changed === undefined
    ? value
    : Object.fromEntries(
        Object.entries(value).map(([name, member]) => [
          name,
          changed.has(name) ? changed.get(name) : member,
        ]),
      );
}

/** The value when it is a list, and otherwise an empty one. */
export const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The objects of a list; empty for anything but a list. */
export const objectsIn = (value: unknown): readonly Record<string, unknown>[] =>
  listIn(value).filter(isObject);

/** The texts of a list; empty for anything but a list. */
export const textsIn = (value: unknown): readonly string[] =>
  listIn(value).filter((item) => typeof item === 'string');

/** The texts in a value, at every depth. */
export function textsInside(value: unknown): readonly string[] {
  if (typeof value === 'string') {
    return [value];
  }
  return typeof value === 'object' && value !== null
    ? Object.values(value).flatMap(textsInside)
    : [];
}

/** A member of an object; undefined for anything but an object. */
export const memberOf = (value: unknown, name: string): unknown =>
  isObject(value) ? value[name] : undefined;

/**
 * The value at a path: names of members and indexes of lists, or names joined by dots.
 *
 * @returns undefined where the path leads nowhere; inherited members do not count
 */
export const valueAt = (value: unknown, path: string | readonly PropertyKey[]): unknown =>
  (typeof path === 'string' ? path.split('.') : path).reduce<unknown>((inner, part) => {
    if (Array.isArray(inner)) {
      return inner[Number(part)];
    }
    return isObject(inner) && Object.hasOwn(inner, part) ? Reflect.get(inner, part) : undefined;
  }, value);

/** A value whose members are sorted by name and of which undefined ones are dropped, at every depth. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(canonical);
  }
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value)
          .filter(([, member]) => member !== undefined)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, member]) => [name, canonical(member)]),
      )
    : value;
}

/**
 * A SHA-256 digest in hex that is the same for equal values, whatever the order of their members. Every start loads this
 * file, and node:crypto takes a hundredth of a start, so it is loaded by the first digest.
 */
export const fingerprint = (value: unknown): string =>
  process
    .getBuiltinModule('node:crypto')
    .createHash('sha256')
    .update(JSON.stringify(canonical(value)) ?? '')
    .digest('hex');

/** Whether two JSON values are the same, whatever the order of their members. A member that is undefined counts as absent. */
export function isEqual(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => isEqual(item, right[index]))
    );
  }
  if (isObject(left) && isObject(right)) {
    return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((name) =>
      isEqual(left[name], right[name]),
    );
  }
  return Object.is(left, right);
}

/** Whether two lists hold equal items, whatever their order. */
export const isSameSet = (left: unknown, right: unknown): boolean =>
  Array.isArray(left) &&
  Array.isArray(right) &&
  isEqual(left.map(fingerprint).sort(), right.map(fingerprint).sort());

/** Whether a JSON value has more levels of objects and lists than `levels`. */
export const isDeeperThan = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1)));
