/** Deep-merges nested fields into the current value, because Logto's PATCH replaces them. */
import type { Outline } from '../../catalog/operation.js';
import { isObject } from '../../json.js';
import { quotedNames } from '../visible-text.js';

/** The member that tells the forms of free settings apart, as in the settings of connectors. */
const FORM_MEMBER = 'type';

const isOtherForm = (before: unknown, input: unknown): boolean =>
  typeof before === 'string' && typeof input === 'string' && before !== input;

/** `input` merged into `before`, objects member by member; lists and everything else as given. */
export function deepMerge(before: unknown, input: unknown): unknown {
  // Members of one form mean nothing in another, and Logto would ignore the new ones beside them.
  if (
    !isObject(before) ||
    !isObject(input) ||
    isOtherForm(before[FORM_MEMBER], input[FORM_MEMBER])
  ) {
    return input;
  }
  return {
    ...before,
    ...Object.fromEntries(
      Object.entries(input).map(([name, value]) => [
        name,
        Object.hasOwn(before, name) ? deepMerge(before[name], value) : value,
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

type Form = string | readonly (readonly string[])[];

/**
 * The current value without the members of forms that the input replaces.
 *
 * @param form how the forms of the field are told apart
 */
function withoutOtherForms(
  current: Readonly<Record<string, unknown>>,
  input: Readonly<Record<string, unknown>>,
  form: Form | undefined,
): Readonly<Record<string, unknown>> {
  if (form === undefined) {
    return current;
  }
  if (typeof form === 'string') {
    return isOtherForm(current[form], input[form]) ? {} : current;
  }
  const given = form.filter((members) => members.some((name) => Object.hasOwn(input, name)));
  const dropped = new Set(
    given.length === 0
      ? []
      : form.filter((members) => !given.includes(members)).flatMap((members) => [...members]),
  );
  return Object.fromEntries(Object.entries(current).filter(([name]) => !dropped.has(name)));
}

/** A field as a merge leaves it. */
interface MergedField {
  readonly value: unknown;
  readonly note: readonly string[];
}

function mergeField(
  field: string,
  current: Readonly<Record<string, unknown>>,
  input: Readonly<Record<string, unknown>>,
  { form, replaceWhole }: { readonly form: Form | undefined; readonly replaceWhole: boolean },
): MergedField {
  const base = replaceWhole ? {} : withoutOtherForms(current, input, form);
  const value = replaceWhole ? input : deepMerge(base, input);
  const retained = lostNames(value, input);
  const dropped = lostNames(current, value);
  const why = !replaceWhole && dropped.length > 0 ? ', because its form changes' : '';
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
 * @param current the present members of the entity or the settings
 * @param replaceWhole send nested objects as they are given
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
    // Logto itself joins the top level of some fields. What it keeps is not sent, so that a change of another program to
    // it is not undone.
    const touched = joins.includes(field)
      ? Object.fromEntries(Object.entries(before).filter(([name]) => Object.hasOwn(given, name)))
      : before;
    const { value, note } = mergeField(field, touched, given, { form: forms[field], replaceWhole });
    values[field] = value;
    notes.push(...note);
  }
  return { values, notes };
}
