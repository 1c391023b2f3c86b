/**
 * Settings that have several forms, of which Logto stores one: it reads the first form that fits and silently drops the
 * rest. So a merge must never mix members of two forms.
 */
import { isEqual, isObject } from '../json.js';

/**
 * What distinguishes the forms of a setting: the member whose value names the form, or groups of members of which each
 * group belongs to one form. Members in no group belong to all.
 */
export type FormTeller = string | readonly (readonly string[])[];

/** Tellers by the dotted path of the setting: `{ passwordExpiration: 'enabled' }`. */
export type Forms = Readonly<Record<string, FormTeller>>;

/** The part of the current value that may be merged into. */
export interface MergeBase {
  readonly base: unknown;
  /** Dotted names, inside the setting, of members that belong to another form and are removed. */
  readonly dropped: readonly string[];
}

/** Members of the current value that belong to another form than the input. */
function membersOfOtherForms(
  teller: FormTeller,
  before: Readonly<Record<string, unknown>>,
  input: Readonly<Record<string, unknown>>,
): readonly string[] {
  const names = Object.keys(before);
  if (typeof teller === 'string') {
    const form = input[teller];
    return form === undefined || isEqual(form, before[teller]) ? [] : names;
  }
  const isSet = (name: string): boolean => input[name] !== undefined && input[name] !== null;
  return teller.some((group) => group.some(isSet))
    ? teller
        .filter((group) => !group.some(isSet))
        .flatMap((group) => group.filter((name) => names.includes(name)))
    : [];
}

/**
 * Removes from the current value of a setting the members that belong to another form than the input, at every depth that
 * has a teller.
 *
 * @param path the dotted path of the setting: the name of the body field, at the top
 */
export function mergeBase(forms: Forms, path: string, before: unknown, input: unknown): MergeBase {
  if (!isObject(before) || !isObject(input)) {
    return { base: before, dropped: [] };
  }
  const teller = forms[path];
  const others = teller === undefined ? [] : membersOfOtherForms(teller, before, input);
  const inner = Object.entries(before)
    .filter(([name]) => !others.includes(name))
    .map(
      ([name, value]) => [name, mergeBase(forms, `${path}.${name}`, value, input[name])] as const,
    );
  return {
    base: Object.fromEntries(inner.map(([name, { base }]) => [name, base])),
    dropped: [
      ...others,
      ...inner.flatMap(([name, { dropped }]) => dropped.map((member) => `${name}.${member}`)),
    ],
  };
}
