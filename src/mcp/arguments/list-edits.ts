/**
 * `{ add: [...], remove: [...] }` in place of a list in an update. The items are validated as items of the list; the guard
 * resolves the edit against the current list.
 */

import { unwrapped } from '../../catalog/schemas.js';
import { ListEdit } from '../../guard/confirm/list-edit.js';
import type { Values } from '../../guard/operation-graph.js';
import { isObject } from '../../json.js';
import { placeOf } from './place.js';
import { elementOf, membersOf, optionsOf, type Schema } from './schema.js';

/** One edit among the arguments. */
interface FoundEdit {
  readonly path: readonly string[];
  /** How many of the items to validate are added; the others are removed. */
  readonly added: number;
  /** The member that identifies the items of a list of objects. */
  readonly key: string | undefined;
  /** Items to remove from such a list, which need only their key and are not validated as whole items. */
  readonly removed: readonly unknown[];
}

export interface ReadEdits {
  /** The arguments with the items of each edit as a list, for the validation. */
  readonly values: Values;
  readonly edits: readonly FoundEdit[];
  /** Sentences about edits without a possible meaning. */
  readonly problems: readonly string[];
}

/** Members that identify the items of a list of objects. */
const KEYS = ['identifier', 'name'];

/** The schema of the items, where a schema takes a list (or null); undefined for any other schema. */
function itemsOf(schema: Schema): Schema | undefined {
  const options = optionsOf(schema);
  if (options !== undefined) {
    return options.map(itemsOf).find((items) => items !== undefined);
  }
  return unwrapped(schema)._zod.def.type === 'array' ? elementOf(schema) : undefined;
}

/** An object, also one that a client has written as text. */
function objectIn(value: unknown): Values | undefined {
  if (typeof value === 'string' && value.trimStart().startsWith('{')) {
    try {
      const parsed: unknown = JSON.parse(value);
      return isObject(parsed) ? parsed : undefined;
    } catch {
      return undefined;
    }
  }
  return isObject(value) ? value : undefined;
}

/** An item to remove from a list of objects: the object with its key, or the text of the key. */
const keyedItem = (item: unknown, key: string): unknown =>
  typeof item === 'string' ? { [key]: item } : item;

/** Whether an item can be identified, and has no undeclared member. */
const isKeyedItem = (item: unknown, key: string, declared: object): boolean =>
  isObject(item) &&
  typeof item[key] === 'string' &&
  Object.keys(item).every((name) => Object.hasOwn(declared, name));

/**
 * Takes list edits out of arguments.
 *
 * @param root the argument of another tool that contains the arguments
 */
export function readListEdits(schema: Schema, input: Values, root: string): ReadEdits {
  const edits: FoundEdit[] = [];
  const problems: string[] = [];
  const readEdit = (edit: Values, items: Schema, path: readonly string[]): unknown => {
    const place = placeOf(path, root);
    const { add = [], remove = [], ...others } = edit;
    const isEdit = Array.isArray(add) && Array.isArray(remove) && Object.keys(others).length === 0;
    if (!isEdit || add.length + remove.length === 0) {
      problems.push(`${place} must be the whole list, or {add: [...], remove: [...]}.`);
      return [];
    }
    const declared = membersOf(items);
    const key = KEYS.find((name) => declared !== undefined && Object.hasOwn(declared, name));
    const identity = (item: unknown): string =>
      JSON.stringify(key !== undefined && isObject(item) ? item[key] : item);
    const removed = key === undefined ? remove : remove.map((item) => keyedItem(item, key));
    const added = new Set(add.map(identity));
    if (removed.some((item) => added.has(identity(item)))) {
      problems.push(`${place} adds and removes the same item.`);
    }
    if (key === undefined || declared === undefined) {
      edits.push({ path, added: add.length, key, removed: [] });
      return [...add, ...removed];
    }
    if (!removed.every((item) => isKeyedItem(item, key, declared))) {
      problems.push(`${place}.remove must be a list of objects with ${key}, or of its texts.`);
    }
    edits.push({ path, added: add.length, key, removed });
    return add;
  };
  const read = (
    value: Values,
    members: Readonly<Record<string, Schema>>,
    path: readonly string[],
  ): Values =>
    Object.fromEntries(
      Object.entries(value).map(([name, member]) => {
        const inner = Object.hasOwn(members, name) ? members[name] : undefined;
        const object = inner === undefined ? undefined : objectIn(member);
        if (inner === undefined || object === undefined) {
          return [name, member];
        }
        const at = [...path, name];
        const items = itemsOf(inner);
        const nested = membersOf(inner);
        return [
          name,
          items !== undefined
            ? readEdit(object, items, at)
            : nested !== undefined
              ? read(object, nested, at)
              : member,
        ];
      }),
    );
  const values = read(input, membersOf(schema) ?? {}, []);
  return { values, edits, problems };
}

/** Accepted arguments with their list edits in place of the validated items. */
export function withListEdits(values: Values, edits: readonly FoundEdit[]): Values {
  const place = (value: unknown, path: readonly string[], edit: FoundEdit): unknown => {
    const [name, ...rest] = path;
    if (name === undefined) {
      const items: readonly unknown[] = Array.isArray(value) ? value : [];
      return new ListEdit(
        items.slice(0, edit.added),
        [...items.slice(edit.added), ...edit.removed],
        edit.key,
      );
    }
    return isObject(value) ? { ...value, [name]: place(value[name], rest, edit) } : value;
  };
  return edits.reduce<Values>((result, edit) => {
    const edited = place(result, edit.path, edit);
    return isObject(edited) ? edited : result;
  }, values);
}

/** A sentence about a validated item, with the path of the item in the call: `domains[1]` becomes `domains.add[1]`. */
export const inEdits = (sentence: string, edits: readonly FoundEdit[], root: string): string =>
  edits.reduce((text, { path, added }) => {
    const place = placeOf(path, root);
    const [before = '', ...rest] = text.split(`${place}[`);
    return rest.reduce((result, part) => {
      const [, index = '', tail = ''] = /^(\d+)(\].*)$/s.exec(part) ?? [];
      const position = Number(index);
      return index === ''
        ? `${result}${place}[${part}`
        : position < added
          ? `${result}${place}.add[${position}${tail}`
          : `${result}${place}.remove[${position - added}${tail}`;
    }, before);
  }, sentence);
