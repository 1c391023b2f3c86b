/**
 * What a write removes although it deletes nothing: members of a replaced set, entries of a list, members of an object,
 * cleared values. Previews name them, rate limits count them, and a policy without removals refuses them.
 */
import { fingerprint, isObject, listIn } from '../../json.js';
import type { Change, FieldChange, FoundWrite } from '../changes/change.js';
import type { OperationGraph } from '../operation-graph.js';
import { isSignificant } from '../secrets/detection.js';
import type { Reads } from '../tenant-reader.js';
import { lostNames } from './deep-merge.js';

/** Entries of one list that are named one by one. */
const MAX_NAMED_ENTRIES = 20;

const sum = (numbers: readonly number[]): number => numbers.reduce((all, item) => all + item, 0);

/** How many entries and members there are in a value that is dropped as a whole. */
const sizeOf = (value: unknown): number =>
  Array.isArray(value)
    ? value.length
    : isObject(value)
      ? sum(Object.values(value).map(sizeOf))
      : Number(value !== undefined && value !== null && value !== '');

/** The entries of a list that another list does not have. An entry that is written differently is a different one. */
function missingFrom(list: readonly unknown[], other: unknown): readonly unknown[] {
  const there = new Set(listIn(other).map(fingerprint));
  return list.filter((item) => !there.has(fingerprint(item)));
}

/**
 * How many entries of lists, members of objects, and plain values are in `before` and missing in `after`, at any depth.
 * Replacing a plain value by another removes nothing.
 */
export function countDropped(before: unknown, after: unknown): number {
  if (Array.isArray(before)) {
    return missingFrom(before, after).length;
  }
  if (!isObject(before)) {
    return Number(isSignificant(before) && (after === null || after === ''));
  }
  return isObject(after)
    ? sum(
        Object.entries(before).map(([name, value]) =>
          Object.hasOwn(after, name) ? countDropped(value, after[name]) : sizeOf(value),
        ),
      )
    : sizeOf(before);
}

/** What an update drops, in numbers. */
export const droppedBy = (change: Change, write: FoundWrite): number =>
  sum([
    ...change.changes(write).map(({ before, after }) => countDropped(before, after)),
    ...change.droppedFields(write).map(({ before }) => sizeOf(before)),
  ]);

/** Lists that were filled and are empty afterwards, by their dotted names. */
export function emptiedLists(before: unknown, after: unknown, path: string): string[] {
  if (Array.isArray(before)) {
    return before.length > 0 && Array.isArray(after) && after.length === 0 ? [path] : [];
  }
  return isObject(before) && isObject(after)
    ? Object.entries(before).flatMap(([name, value]) =>
        emptiedLists(value, after[name], `${path}.${name}`),
      )
    : [];
}

/** The entries that lists inside a value lose: plain ones by value, others by their number. */
function entriesDropped(before: unknown, after: unknown, path: string): string[] {
  if (isObject(before) && isObject(after)) {
    return Object.entries(before).flatMap(([name, value]) =>
      entriesDropped(value, after[name], `${path}.${name}`),
    );
  }
  if (!Array.isArray(before) || after === undefined) {
    return [];
  }
  const gone = missingFrom(before, after);
  const named = gone.filter((item) => typeof item !== 'object').slice(0, MAX_NAMED_ENTRIES);
  const rest = gone.length - named.length;
  const others = named.length > 0 ? `${rest} more` : `${rest} of ${before.length}`;
  return [
    ...named.map((item) => `${path}: ${String(item)}`),
    ...(rest > 0 ? [`${path}: ${others}`] : []),
  ];
}

/**
 * What an update drops: the dotted names of members, and entries of lists.
 *
 * @param hide redacts the value of a field
 */
export const namesDropped = (
  changes: readonly FieldChange[],
  unnamed: readonly FieldChange[],
  hide: (field: string, value: unknown) => unknown,
): string[] => [
  ...changes.flatMap(({ field, before, after }) => [
    ...lostNames(before, after, `${field}.`),
    ...entriesDropped(hide(field, before), hide(field, after), field),
  ]),
  ...unnamed.map(({ field }) => field),
];

/**
 * How much a write counts against the limits on removals: one for a removal, each entity for a removal of several, and what
 * a replacing write drops. Cascades are not counted.
 *
 * @param removed the members of a set that it removes
 * @param displaced how many entities it displaces
 * @returns undefined if the number is unknown
 */
export async function countRemovals(
  change: Change,
  write: FoundWrite,
  { removed, displaced }: { readonly removed: readonly unknown[]; readonly displaced: number },
  graph: OperationGraph,
  reads: Reads,
): Promise<number | undefined> {
  const { removes, effect, notInCatalog } = change.entry.operation;
  if (notInCatalog === true) {
    return undefined;
  }
  if (typeof removes === 'function') {
    return removes(write.values);
  }
  if (removes !== undefined) {
    const list = graph.keyed(removes.list);
    const items = await reads.items(list, list, {});
    return items === undefined ? undefined : Math.max(1, items.length);
  }
  if (effect === 'removes') {
    return Array.isArray(write.before) && change.deletes ? Math.max(1, write.before.length) : 1;
  }
  if (change.kind === 'replace') {
    return Array.isArray(write.before) ? removed.length : undefined;
  }
  return displaced + droppedBy(change, write);
}
