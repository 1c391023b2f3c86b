/**
 * Going through an answer. Most answers have nothing in them that must be changed, and those are handed on as they are:
 * every answer passes here several times, and copying it costs more than looking.
 */

/** An object with members of its own. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Puts each item of a list, or each member of an object, through `change`.
 *
 * @returns a copy with what has changed; the list or the object itself where nothing has
 */
export function mapInside(
  value: readonly unknown[] | Readonly<Record<string, unknown>>,
  change: (member: unknown, name: string) => unknown,
): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => change(item, ''));
    return items.every((item, index) => Object.is(item, value[index])) ? value : items;
  }
  const changed = new Map<string, unknown>();
  for (const [name, member] of Object.entries(value)) {
    const instead = change(member, name);
    if (!Object.is(instead, member)) {
      changed.set(name, instead);
    }
  }
  return changed.size === 0
    ? value
    : Object.fromEntries(
        Object.entries(value).map(([name, member]) => [
          name,
          changed.has(name) ? changed.get(name) : member,
        ]),
      );
}

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
