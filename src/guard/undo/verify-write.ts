/** What has become of a write whose answer is an error: refused, made all the same, or not known. */

import { isObject } from '../../json.js';
import { LogtoError, wasNeverSent } from '../../logto/errors.js';
import {
  bodyOf,
  type Change,
  imageOf,
  type NamedOperation,
  pairsWanted,
  parametersOf,
  type Values,
} from '../operation-graph.js';

const same = (left: unknown, right: unknown): boolean =>
  JSON.stringify(left) === JSON.stringify(right);

/** Whether everything that was wanted is there; members that nobody spoke of may be there too. */
export function covers(there: unknown, wanted: unknown): boolean {
  if (isObject(there) && isObject(wanted)) {
    return Object.entries(wanted).every(([name, value]) => covers(there[name], value));
  }
  // Logto keeps an empty text as null.
  return same(there, wanted) || (wanted === '' && there === null);
}

export interface Written {
  readonly entry: NamedOperation;
  readonly values: Values;
  readonly change: Change;
  readonly before: unknown;
}

/**
 * Whether a write has been made, by what is there now.
 *
 * @param now the same that was read before it
 * @returns undefined when that cannot be told
 */
export function wasApplied(
  { entry, values, change, before }: Written,
  now: unknown,
): boolean | undefined {
  const named = values[parametersOf(entry.operation.url).at(-1) ?? ''];
  switch (change.kind) {
    case 'update': {
      if (!isObject(now) || !isObject(before)) {
        return undefined;
      }
      const [there, former] = [imageOf(entry, change, now), imageOf(entry, change, before)];
      const wanted = Object.entries(bodyOf(entry, values));
      // A password, for one, is never answered.
      if (wanted.some(([field]) => !Object.hasOwn(there, field))) {
        return undefined;
      }
      if (wanted.every(([field, value]) => covers(there[field], value))) {
        return true;
      }
      return wanted.every(([field]) => same(there[field], former[field])) ? false : undefined;
    }
    case 'remove':
      if (Array.isArray(now)) {
        return now.length === 0 ? true : same(now, before) ? false : undefined;
      }
      return before === undefined ? undefined : now === undefined;
    case 'add':
    case 'take':
    case 'replace': {
      if (!Array.isArray(now) || !Array.isArray(before)) {
        return undefined;
      }
      const wanted = [values[change.field]].flat();
      const made =
        change.kind === 'take'
          ? !now.includes(named)
          : change.kind === 'add'
            ? wanted.every((one) => now.includes(one))
            : same([...now].sort(), [...new Set(wanted)].sort());
      return made ? true : same([...now].sort(), [...before].sort()) ? false : undefined;
    }
    case 'pair': {
      if (!Array.isArray(now) || !Array.isArray(before)) {
        return undefined;
      }
      // Only what was wanted is read.
      const all = new Set(pairsWanted(entry, values).map((pair) => pair.join('/'))).size;
      return now.length >= all ? true : now.length === before.length ? false : undefined;
    }
    default:
      return undefined;
  }
}

export type Verdict = 'refused' | 'doubtful' | 'despite';

/**
 * What an error says of a write. `doubtful` and `despite` are worth a second look; of the latter it is known that Logto
 * answers so although it has done what it was told.
 */
export function classifyFailure(
  error: unknown,
  { entry, values, change, before }: Written,
): Verdict {
  if (!(error instanceof LogtoError)) {
    return 'doubtful';
  }
  const { status, code } = error.failure;
  if (status === undefined) {
    // What is wrong with the arguments, or with the access, is found before anything is sent.
    return wasNeverSent(error) || error.failure.kind !== 'unavailable' ? 'refused' : 'doubtful';
  }
  if (status >= 500) {
    return 'doubtful';
  }
  const { appliesDespite = [], method } = entry.operation;
  // A removal that was tried again after a broken answer finds nothing any more.
  const repeated =
    method === 'DELETE' &&
    status === 404 &&
    ((change.kind === 'take' &&
      Array.isArray(before) &&
      before.includes(values[parametersOf(entry.operation.url).at(-1) ?? ''])) ||
      (change.kind === 'remove' && before !== undefined));
  return repeated || (code !== undefined && appliesDespite.includes(code)) ? 'despite' : 'refused';
}
