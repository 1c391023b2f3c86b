/** Additions to a list and removals from it, in place of the whole list, resolved against the list that is there. */
import { isEqual, isObject, listIn, mapInside } from '../../json.js';
import { LogtoError } from '../../logto/errors.js';
import { quotedNames } from '../visible-text.js';

/** What is to change in a list. Made by the validation of arguments (`mcp/arguments/list-edits.ts`). */
export class ListEdit {
  /** @param key the member that tells the items of a list of objects apart; undefined where the whole item does */
  constructor(
    readonly add: readonly unknown[],
    readonly remove: readonly unknown[],
    readonly key?: string,
  ) {}
}

/** Whether a value has a list edit in it, at any depth. */
export const hasListEdit = (value: unknown): boolean =>
  value instanceof ListEdit ||
  (Array.isArray(value)
    ? value.some(hasListEdit)
    : isObject(value) && Object.values(value).some(hasListEdit));

const textOf = (item: unknown): string =>
  typeof item === 'string' ? item : (JSON.stringify(item) ?? String(item));

/** Whether two items are the same one: by their key where both have it, otherwise by their whole value. */
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

/**
 * The list after an edit. Items that are there already are not added again; an item with the key of one that is there
 * replaces it.
 */
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
  /** Sentences about items that were there already. */
  readonly notes: readonly string[];
}

/**
 * Arguments with each list edit replaced by the whole list that it makes of the present one.
 *
 * @param current the present members of the entity or the settings; undefined where there is no such thing, so that Logto
 * answers that
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
