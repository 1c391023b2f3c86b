/**
 * What a write takes away, also where it is no removal: members of a set that is replaced, entries of a list and members
 * of an object that are no longer there. Previews name it, and the ceilings count it.
 */

import { isObject } from '../../json.js';
import {
  bodyOf,
  type Change,
  imageOf,
  type NamedOperation,
  parametersOf,
  type Values,
} from '../operation-graph.js';
import { isSignificant } from '../secrets/detection.js';
import { idIn, type TenantReader } from '../tenant-reader.js';
import { lostNames } from './deep-merge.js';
import { fingerprint } from './plans.js';

/** One field of an update, as it is and as it would be. */
export interface Difference {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** A write with what it finds. */
export interface Finding {
  readonly entry: NamedOperation;
  /** What would be sent. */
  readonly values: Values;
  readonly change: Change;
  readonly before: unknown;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** How many entries and members there are in a value that goes as a whole. */
const entriesIn = (value: unknown): number =>
  Array.isArray(value)
    ? value.length
    : isObject(value)
      ? sum(Object.values(value).map(entriesIn))
      : value === undefined || value === null || value === ''
        ? 0
        : 1;

/**
 * How many entries of lists and members of objects, at any depth, are in `before` and not in `after`. An entry that is
 * written differently is another one. A plain value in place of another takes nothing away.
 */
export function droppedFrom(before: unknown, after: unknown): number {
  if (Array.isArray(before)) {
    const left = new Set((Array.isArray(after) ? after : []).map(fingerprint));
    return before.filter((one) => !left.has(fingerprint(one))).length;
  }
  if (!isObject(before)) {
    return 0;
  }
  return isObject(after)
    ? sum(
        Object.entries(before).map(([name, value]) =>
          Object.hasOwn(after, name) ? droppedFrom(value, after[name]) : entriesIn(value),
        ),
      )
    : entriesIn(before);
}

/** What an update changes, and the fields that it drops because a PUT does not name them. */
export function differences({ entry, values, change, before }: Finding): {
  readonly changes: readonly Difference[];
  readonly unnamed: readonly Difference[];
} {
  if (change.kind !== 'update') {
    return { changes: [], unnamed: [] };
  }
  const { joins = [], method, partial } = entry.operation;
  const former = isObject(before) ? imageOf(entry, change, before) : {};
  const wanted = bodyOf(entry, values);
  const changes = Object.entries(wanted)
    .map(([field, after]) => {
      const old = former[field];
      // What Logto keeps by itself is part of what will be there.
      const left = joins.includes(field) && isObject(old) && isObject(after);
      return { field, before: old, after: left ? { ...old, ...after } : after };
    })
    .filter(({ before: old, after }) => JSON.stringify(old) !== JSON.stringify(after));
  const unnamed = change.fields
    .filter((field) => !Object.hasOwn(wanted, field) && isSignificant(former[field]))
    .map((field) => ({ field, before: former[field], after: undefined }));
  return { changes, unnamed: method === 'PUT' && partial !== true ? unnamed : [] };
}

/** Entries of one list that are named one by one. */
const named = 20;

/** The entries that lists inside of a value lose: plain ones as they are, others by their number. */
function entriesDropped(before: unknown, after: unknown, place: string): string[] {
  if (isObject(before) && isObject(after)) {
    return Object.entries(before).flatMap(([name, value]) =>
      entriesDropped(value, after[name], `${place}.${name}`),
    );
  }
  if (!Array.isArray(before) || after === undefined) {
    return [];
  }
  const left = new Set((Array.isArray(after) ? after : []).map(fingerprint));
  const gone = before.filter((one) => !left.has(fingerprint(one)));
  const plain = gone.filter((one) => typeof one !== 'object').slice(0, named);
  const rest = gone.length - plain.length;
  const others = plain.length > 0 ? `${rest} more` : `${rest} of ${before.length}`;
  return [...plain.map((one) => `${place}: ${one}`), ...(rest > 0 ? [`${place}: ${others}`] : [])];
}

/**
 * What an update drops: the dotted names of members, and entries of lists.
 *
 * @param hide takes the secrets out of the value of a field
 */
export const namesDropped = (
  finding: Finding,
  hide: (field: string, value: unknown) => unknown,
): string[] => {
  const { changes, unnamed } = differences(finding);
  return [
    ...changes.flatMap(({ field, before, after }) => [
      ...lostNames(before, after, `${field}.`),
      ...entriesDropped(hide(field, before), hide(field, after), field),
    ]),
    ...unnamed.map(({ field }) => field),
  ];
};

export class DiffReader {
  constructor(
    private readonly state: TenantReader,
    private readonly named: (name: string) => NamedOperation,
  ) {}

  /**
   * The members of a set that would not be in it any more, by their ids. A call may name them by id or by name.
   *
   * @returns nothing where the write is of another kind, or the set is too large to be read
   */
  async members(
    { entry, values, change, before }: Finding,
    signal: AbortSignal,
  ): Promise<readonly unknown[]> {
    if (change.kind === 'take') {
      return [values[parametersOf(entry.operation.url).at(-1) ?? '']];
    }
    if (change.kind !== 'replace' || !Array.isArray(before)) {
      return [];
    }
    const body = bodyOf(entry, values);
    const wanted = new Set(Object.values(body).flat());
    if (Object.keys(body).every((field) => field === change.field)) {
      return before.filter((one) => !wanted.has(one));
    }
    const items = (await this.state.items(change.read, entry, values, signal)) ?? [];
    return items
      .filter((item) => !wanted.has(idIn(item, change.field)))
      .filter((item) => !isObject(item) || !wanted.has(item['name']))
      .map((item) => idIn(item, change.field));
  }

  /**
   * How much a write counts against the ceilings of removals: one for a removal, each for a removal of many, and what a
   * replacing write drops. What goes along with a removed entity is not counted.
   *
   * @param members what `members` answered for it
   * @returns undefined where that cannot be told
   */
  async count(
    finding: Finding,
    members: readonly unknown[],
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { entry, values, change, before } = finding;
    switch (entry.name) {
      case 'delete_email_templates':
        return this.#length('list_email_templates', values, signal);
      case 'cleanup_domains':
        // Which of them have been broken for long enough is not told: at most all.
        return this.#length('list_domains', {}, signal);
      case 'delete_sentinel_activities':
        return Math.max(1, [values['targets']].flat().length);
      case 'create_connector':
        // A tenant has one for e-mail and one for SMS: a new one deletes the old one.
        return (await this.state.replacedBy(this.named, values['connectorId'], signal)).length;
      default:
    }
    if (entry.operation.effect === 'removes') {
      return 1;
    }
    if (change.kind === 'replace') {
      return Array.isArray(before) ? members.length : undefined;
    }
    const { changes, unnamed } = differences(finding);
    return sum([
      ...changes.map((one) => droppedFrom(one.before, one.after)),
      ...unnamed.map((one) => entriesIn(one.before)),
    ]);
  }

  /** How many a list has, and at least one: the call itself is a removal. */
  async #length(name: string, narrowed: Values, signal: AbortSignal): Promise<number | undefined> {
    const list = this.named(name);
    const items = await this.state.items(list, list, {}, signal, narrowed);
    return items === undefined ? undefined : Math.max(1, items.length);
  }
}
