/** Additions to a list and removals from it, instead of the whole list, resolved against the current list. */
import { isEqual, isObject, listIn, mapInside } from '../../json.js';
import { LogtoError } from '../../logto/errors.js';
import { quotedNames } from '../visible-text.js';

/** A change of a list. Made by the validation of arguments (`mcp/arguments/list-edits.ts`). */
export class ListEdit {
  /** @param key the member that identifies the items of a list of objects; undefined if the whole item does */
  constructor(
    readonly add: readonly unknown[],
    readonly remove: readonly unknown[],
    readonly key?: string,
  ) {}
}

/** Whether a value contains a list edit, at any depth. */
export const hasListEdit = (value: unknown): boolean =>
  value instanceof ListEdit ||
  (Array.isArray(value)
    ? value.some(hasListEdit)
    : isObject(value) && Object.values(value).some(hasListEdit));

const textOf = (item: unknown): string =>
  typeof item === 'string' ? item : (JSON.stringify(item) ?? String(item));

/** Whether two items are the same: by their key if both have it, otherwise by their whole value. */
const isSameItem = (left: unknown, right: unknown, key: string | undefined): boolean =>
  key !== undefined && isObject(left) && isObject(right)
    ? isEqual(left[key], right[key])
    : isEqual(left, right);

/** The error for items to remove that are not in the list. */
function notInList(
  place: string,
  missing: readonly unknown[],
  current: readonly unknown[],
): LogtoError {
  return new LogtoError({
    kind: 'input',
    code: 'not_in_list',
    message: `${place} does not have ${quotedNames(missing.map(textOf))}. Nothing was sent.`,
    hint:
      current.length === 0
        ? 'The list is empty: there is nothing to remove.'
        : `It has: ${quotedNames(current.map(textOf))}. Remove one of these.`,
  });
}

/** The list after an edit. Existing items are not added again; an item with the key of an existing one replaces it. */
function edited(
  { add, remove, key }: ListEdit,
  current: readonly unknown[],
  place: string,
): readonly unknown[] {
  const missing = remove.filter((item) => !current.some((other) => isSameItem(item, other, key)));
  if (missing.length > 0) {
    throw notInList(place, missing, current);
  }
  const result = current.filter((item) => !remove.some((other) => isSameItem(item, other, key)));
  for (const item of add) {
    const index = result.findIndex((other) => isSameItem(item, other, key));
    if (index === -1) {
      result.push(item);
    } else {
      result[index] = item;
    }
  }
  return result;
}

/** Arguments without list edits. */
export interface ResolvedEdits {
  readonly values: Readonly<Record<string, unknown>>;
  /** Sentences about items that existed already. */
  readonly notes: readonly string[];
}

/**
 * Arguments with each list edit replaced by the whole list that follows from the current one.
 *
 * @param current the current members of the entity or the settings; undefined if it does not exist, so that Logto answers
 * that
 * @throws LogtoError of kind `input` for an item to remove that is not in its list
 */
export function resolveListEdits(
  input: Readonly<Record<string, unknown>>,
  current: Readonly<Record<string, unknown>> | undefined,
): ResolvedEdits {
  const notes: string[] = [];
  const resolve = (value: unknown, present: unknown, place: string): unknown => {
    if (value instanceof ListEdit) {
      const list = listIn(present);
      const there = value.add.filter((item) => list.some((other) => isEqual(item, other)));
      if (there.length > 0) {
        notes.push(`Already in ${place}: ${quotedNames(there.map(textOf))}.`);
      }
      return current === undefined ? value.add : edited(value, list, place);
    }
    return isObject(value) && hasListEdit(value)
      ? mapInside(value, (member, name) =>
          resolve(
            member,
            isObject(present) ? present[name] : undefined,
            place === '' ? name : `${place}.${name}`,
          ),
        )
      : value;
  };
  const values = resolve(input, current, '');
  return { values: isObject(values) ? values : {}, notes };
}
