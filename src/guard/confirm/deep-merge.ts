/** Deep-merges nested fields into the current value, because Logto's PATCH replaces them. */
import { type Forms, mergeBase } from '../../catalog/forms.js';
import type { Outline } from '../../catalog/operation.js';
import { isObject, type JsonObject } from '../../json.js';
import { quotedNames } from '../visible-text.js';

/** `input` merged into `current`: objects member by member, lists and all other values as they are sent. */
export function deepMerge(current: unknown, input: unknown): unknown {
  if (!isObject(current) || !isObject(input)) {
    return input;
  }
  return {
    ...current,
    ...Object.fromEntries(
      Object.entries(input).map(([name, value]) => [
        name,
        Object.hasOwn(current, name) ? deepMerge(current[name], value) : value,
      ]),
    ),
  };
}

/** The dotted names that `before` has and `after` does not. */
export function lostNames(before: unknown, after: unknown, path = ''): string[] {
  if (!isObject(before) || !isObject(after)) {
    return [];
  }
  return Object.entries(before).flatMap(([name, value]) =>
    Object.hasOwn(after, name)
      ? lostNames(value, after[name], `${path}${name}.`)
      : [`${path}${name}`],
  );
}

/** The value of a field after a merge. */
interface MergedField {
  readonly value: unknown;
  readonly note: readonly string[];
}

function mergeField(
  field: string,
  current: JsonObject,
  input: JsonObject,
  forms: Forms,
  replaceWhole: boolean,
): MergedField {
  const value = replaceWhole
    ? input
    : deepMerge(mergeBase(forms, field, current, input).base, input);
  const retained = lostNames(value, input);
  const dropped = lostNames(current, value);
  const teller = forms[field];
  const form =
    typeof teller === 'string' ? `because its ${teller} changes` : 'which belongs to another form';
  const why = replaceWhole ? '' : `, ${form}`;
  return {
    value,
    note: [
      ...(retained.length > 0
        ? [`Kept in ${field}: ${quotedNames(retained)}. replace_whole: true would drop them.`]
        : []),
      ...(dropped.length > 0 ? [`Dropped from ${field}${why}: ${quotedNames(dropped)}.`] : []),
    ],
  };
}

/**
 * The values to send for an update, and notes on what is kept or lost.
 *
 * @param current the current members of the entity or the settings
 * @param replaceWhole send nested objects unchanged
 */
export function mergeUpdate(
  { replaces = [], joins = [], forms = {} }: Outline,
  input: Readonly<Record<string, unknown>>,
  current: Readonly<Record<string, unknown>>,
  replaceWhole: boolean,
): { readonly values: Readonly<Record<string, unknown>>; readonly notes: readonly string[] } {
  const values: Record<string, unknown> = { ...input };
  const notes: string[] = [];
  for (const field of [...replaces, ...joins]) {
    const [before, given] = [current[field], input[field]];
    if (!isObject(before) || !isObject(given)) {
      continue;
    }
    // Logto itself merges the top level of some fields. Members that it keeps are not sent, so that another program's
    // change to them is not undone.
    const touched = joins.includes(field)
      ? Object.fromEntries(Object.entries(before).filter(([name]) => Object.hasOwn(given, name)))
      : before;
    const { value, note } = mergeField(field, touched, given, forms, replaceWhole);
    values[field] = value;
    notes.push(...note);
  }
  return { values, notes };
}
