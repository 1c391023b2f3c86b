/**
 * The difference between the value in a manifest and the one in the tenant. Defaults that Logto fills in are no difference,
 * and lists of texts are sets unless the kind says that their order counts.
 */
import { isEqual, isObject, isSameSet } from '../json.js';
import { revealed, SecretReference } from './values.js';

/** One difference. */
export interface Difference {
  /** Dotted, from the item on. */
  readonly path: string;
  /** Whether a secret differs: its values are not shown. */
  readonly isSecret?: true;
  /** The source of a required secret that is not set. */
  readonly needs?: string;
}

/** A value of the manifest compared with the current one. */
export interface Merged {
  /** The value that the tenant should have, as a whole. */
  readonly whole: unknown;
  /** What is sent if the guard merges it into the current value: what the manifest states, without unchanged secrets. */
  readonly patch: unknown;
  readonly differences: readonly Difference[];
  /** Whether current members are removed, so that a merge is not enough. */
  readonly drops: boolean;
  /** Sources of secrets that are not set, and so were not compared. */
  readonly unchecked: readonly string[];
}

export interface DiffOptions {
  /** Members that are not stated should be unset. */
  readonly complete: boolean;
  /** Paths of lists whose order counts. */
  readonly ordered: readonly string[];
}

/** Whether a value means the same as a missing member. */
export const isUnset = (value: unknown): boolean =>
  value === undefined || value === null || value === '';

/** Whether a value is unset or an empty object, as Logto stores it in the columns of a new record. */
export const isBlank = (value: unknown): boolean =>
  isUnset(value) || (isObject(value) && Object.keys(value).length === 0);

/** Whether a value means "off" or "none", so that unsetting it changes nothing. */
export const isEmpty = (value: unknown): boolean =>
  isUnset(value) ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && !(value instanceof SecretReference) && Object.values(value).every(isEmpty));

const same = (whole: unknown): Merged => ({
  whole,
  patch: whole,
  differences: [],
  drops: false,
  unchecked: [],
});

/** Whether a list is compared without regard to its order. */
const isSet = (list: readonly unknown[], path: string, ordered: readonly string[]): boolean =>
  !ordered.includes(path) && list.every((item) => typeof item !== 'object');

function diffSecret(path: string, want: SecretReference, have: unknown): Merged {
  const { value, source } = want;
  if (value === undefined) {
    return isUnset(have)
      ? { ...same(have), differences: [{ path, isSecret: true, needs: source }] }
      : { ...same(have), patch: undefined, unchecked: [source] };
  }
  return value === have
    ? { ...same(have), patch: undefined }
    : { ...same(value), differences: [{ path, isSecret: true }] };
}

function diffObject(
  path: string,
  want: Readonly<Record<string, unknown>>,
  have: Readonly<Record<string, unknown>>,
  options: DiffOptions,
): Merged {
  const inner = Object.entries(want).map(
    ([name, member]) => [name, diff(`${path}.${name}`, member, have[name], options)] as const,
  );
  const dropped = options.complete
    ? Object.entries(have).filter(
        ([name, member]) => !Object.hasOwn(want, name) && !isEmpty(member),
      )
    : [];
  const retained = Object.entries(have).filter(
    ([name]) => !dropped.some(([droppedName]) => droppedName === name),
  );
  return {
    whole: Object.fromEntries([
      ...retained,
      ...inner
        .filter(([, { whole }]) => whole !== undefined)
        .map(([name, { whole }]) => [name, whole]),
    ]),
    patch: Object.fromEntries(
      inner
        .filter(([, { patch }]) => patch !== undefined)
        .map(([name, { patch }]) => [name, patch]),
    ),
    differences: [
      ...inner.flatMap(([, { differences }]) => differences),
      ...dropped.map(([name]) => ({ path: `${path}.${name}` })),
    ],
    drops: dropped.length > 0 || inner.some(([, { drops }]) => drops),
    unchecked: inner.flatMap(([, { unchecked }]) => unchecked),
  };
}

/**
 * Compares the value of a manifest with the current one.
 *
 * @param path of the value, for the differences
 */
export function diff(path: string, want: unknown, have: unknown, options: DiffOptions): Merged {
  if (want instanceof SecretReference) {
    return diffSecret(path, want, have);
  }
  if (isObject(want) && (isObject(have) || have === undefined || have === null)) {
    return diffObject(path, want, isObject(have) ? have : {}, options);
  }
  const value = revealed(want, undefined);
  const isSame =
    Array.isArray(value) && Array.isArray(have) && isSet(value, path, options.ordered)
      ? isSameSet(value, have)
      : isEqual(value, have) ||
        (isUnset(value) && isUnset(have)) ||
        (have === undefined && isEmpty(value));
  return isSame ? same(have ?? value) : { ...same(value), differences: [{ path }] };
}

/** Values that unset a member, the best first. For an object its lists are emptied, because Logto requires some of them. */
export const unsetValuesFor = (current: unknown): readonly unknown[] => [
  null,
  '',
  [],
  Object.fromEntries(
    Object.entries(isObject(current) ? current : {}).flatMap(([name, value]) =>
      Array.isArray(value) ? [[name, []]] : [],
    ),
  ),
  {},
  false,
];
