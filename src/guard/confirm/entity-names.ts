/** The names of many ids, for previews: people know things by their names. Reads them in few requests, as far as those last. */
import { type EntityKind, entities } from '../../catalog/entities.js';
import { isEqual, isObject, objectsIn, textsInside, valueAt } from '../../json.js';
import { entitiesNamed, fullLabelOf, readEntity } from '../entity-refs.js';
import {
  bodyOf,
  type CatalogOperation,
  type NamedOperation,
  type OperationGraph,
  parametersOf,
  type Values,
} from '../operation-graph.js';
import type { Reads } from '../tenant-reader.js';

/** Ids of one kind from which on their list is read instead of each of them. */
const MAX_SINGLE_READS = 2;

/** Ids that one search looks up: its URL has all of them. */
const MAX_SEARCHED_IDS = 50;

/** Pages of a list that cannot be searched by ids. */
const MAX_PAGES = 2;

/** Names that one step of an undo shows. */
const MAX_STEP_NAMES = 50;

export interface NameSources {
  readonly graph: OperationGraph;
  /** Whether an operation may be run: a name may only be shown where it may be read. */
  readonly mayRead: (entry: NamedOperation) => boolean;
}

/** An entity of a kind that belongs to no other, by its id. */
export interface NamedId {
  readonly kind: EntityKind;
  readonly value: string;
}

/** The names of ids of one kind. Ids whose names cannot be read, or not within the budget of `reads`, are left out. */
export async function readNames(
  kind: EntityKind,
  ids: readonly string[],
  { graph, mayRead }: NameSources,
  reads: Reads,
): Promise<ReadonlyMap<string, string>> {
  const { list: listName, read: readName, within, id = 'id' } = entities[kind];
  const permitted = (name: string | undefined): CatalogOperation | undefined => {
    const entry = graph.named(name ?? '');
    return entry !== undefined && mayRead(entry) ? entry : undefined;
  };
  const names = new Map<string, string>();
  const keep = (value: string, entity: unknown): void => {
    const label = fullLabelOf(kind, entity);
    if (label !== undefined && label !== value) {
      names.set(value, label);
    }
  };
  const list = within === undefined ? permitted(listName) : undefined;
  if (list !== undefined && ids.length > MAX_SINGLE_READS) {
    const isSearchable = list.operation.search?.includes(id) === true;
    const items: unknown[] = [];
    if (isSearchable) {
      for (let at = 0; at < ids.length; at += MAX_SEARCHED_IDS) {
        const values = ids.slice(at, at + MAX_SEARCHED_IDS);
        const query = { searchFields: [{ field: id, values, mode: 'exact' }] };
        items.push(...((await reads.sample(list, list, {}, query, 1))?.items ?? []));
      }
    } else {
      items.push(...((await reads.sample(list, list, {}, {}, MAX_PAGES))?.items ?? []));
    }
    const wanted = new Set(ids);
    for (const item of objectsIn(items)) {
      const value = valueAt(item, id);
      if (typeof value === 'string' && wanted.has(value)) {
        keep(value, item);
      }
    }
    return names;
  }
  if (permitted(readName) !== undefined) {
    const found = await Promise.all(
      ids.map((value) => reads.optional(() => readEntity(kind, value, graph, reads))),
    );
    for (const [index, value] of ids.entries()) {
      keep(value, found[index]);
    }
  }
  return names;
}

/** The names of ids of several kinds, those of which there are most first. */
export async function readNamesOf(
  named: readonly NamedId[],
  sources: NameSources,
  reads: Reads,
): Promise<ReadonlyMap<string, string>> {
  const byKind = new Map<EntityKind, Set<string>>();
  for (const { kind, value } of named) {
    byKind.set(kind, (byKind.get(kind) ?? new Set()).add(value));
  }
  const names = new Map<string, string>();
  for (const [kind, ids] of [...byKind].toSorted(([, a], [, b]) => b.size - a.size)) {
    for (const [id, name] of await readNames(kind, [...ids], sources, reads)) {
      names.set(id, name);
    }
  }
  return names;
}

/** A call that an undo makes, or undoes. */
export interface UndoStep {
  readonly operation: string;
  readonly entry: CatalogOperation;
  readonly values: Values;
  /** What was there before, as the journal has it. */
  readonly before?: unknown;
  /** Of a write that is undone: the fields that the undo sets again, as far as they are known and may be shown. */
  readonly undo?: { readonly sets: Values | undefined; readonly effect: string };
}

/** Calls that do the same to different things, as a preview shows them. */
export interface ShownStep {
  readonly operation: string;
  /** What the call does, or what the write did that is undone. */
  readonly does: string;
  /** How many calls, where there are several. */
  readonly times?: number;
  /** What they act on, by name. */
  readonly on?: readonly string[];
  /** Of a call that is made: its arguments. */
  readonly arguments?: unknown;
  /** Of a write that is undone: the arguments that it had. */
  readonly undoes?: unknown;
  /** Of a write that is undone: what the undo does, as a clause. */
  readonly effect?: string;
  /** What the undo sets: fields with their former values, in the order of `on` where those differ. */
  readonly sets?: Values | readonly Values[];
  /** The names of ids in the arguments. */
  readonly names?: Readonly<Record<string, string>>;
}

/** The label of what was there before; undefined where it has none or may not be shown. */
function labelBefore({ entry, before }: UndoStep, { graph, mayRead }: NameSources) {
  const [target] = entry.operation.entities.filter((entity) => entity.inPath === true);
  const read = target === undefined ? undefined : graph.named(entities[target.kind].read ?? '');
  if (target === undefined || read === undefined || !mayRead(read) || !isObject(before)) {
    return undefined;
  }
  return fullLabelOf(target.kind, before);
}

/** The former values that calls shown as one step set: once where all are equal; none where some are not known. */
function setsOf(former: readonly (Values | undefined)[]): Pick<ShownStep, 'sets'> {
  const known = former.filter((values) => values !== undefined);
  const [first] = known;
  if (first === undefined || known.length < former.length) {
    return {};
  }
  return { sets: known.every((values) => isEqual(values, first)) ? first : known };
}

/**
 * Shows the calls of an undo by the names of what they act on. Calls that do the same are one step, in the place of the first:
 * writes of a run are sent at the same time, so that they are in no order by operation.
 */
export async function shownSteps(
  steps: readonly UndoStep[],
  sources: NameSources,
  reads: Reads,
): Promise<readonly ShownStep[]> {
  const before = steps.map((step) => {
    const inPath = parametersOf(step.entry.operation.url);
    return inPath.length === 1 ? labelBefore(step, sources) : undefined;
  });
  const named = steps.flatMap(({ entry, values }, index) =>
    entitiesNamed(entry, values).filter(
      ({ by, inPath }) => by === 'id' && !(inPath === true && before[index] !== undefined),
    ),
  );
  const names = await readNamesOf(named, sources, reads);
  const shown = new Map<string, ShownStep>();
  const former = new Map<string, (Values | undefined)[]>();
  for (const [index, { operation, entry, values, undo }] of steps.entries()) {
    const inPath = entitiesNamed(entry, values).filter((item) => item.inPath === true);
    const isNamed = before[index] !== undefined || inPath.some(({ value }) => names.has(value));
    const on =
      before[index] ??
      inPath.map(({ kind, value }) => `${kind} ${names.get(value) ?? value}`).join(', ');
    const body = bodyOf(entry, values);
    const key = `${operation} ${JSON.stringify(isNamed ? body : values)}`;
    const same = isNamed ? shown.get(key) : undefined;
    if (same !== undefined) {
      shown.set(key, { ...same, times: (same.times ?? 1) + 1, on: [...(same.on ?? []), on] });
      former.get(key)?.push(undo?.sets);
      continue;
    }
    const inBody = textsInside(body).flatMap((id) => {
      const name = names.get(id);
      return name === undefined ? [] : [[id, name] as const];
    });
    const place = isNamed ? key : `${index} ${key}`;
    former.set(place, [undo?.sets]);
    shown.set(place, {
      operation,
      does: entry.operation.summary,
      ...(undo !== undefined && { effect: undo.effect }),
      ...(isNamed && { on: [on] }),
      [undo === undefined ? 'arguments' : 'undoes']: isNamed ? body : values,
      ...(inBody.length > 0 && { names: Object.fromEntries(inBody.slice(0, MAX_STEP_NAMES)) }),
    });
  }
  return [...shown].map(([key, step]) => ({ ...step, ...setsOf(former.get(key) ?? []) }));
}
