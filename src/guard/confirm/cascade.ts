/**
 * Counts what a removal cascades to, by the rows of its operation in the catalog. The counts only inform: a count that
 * cannot be read, or not within the budget of requests, is reported as unknown or as a lower bound.
 */
import type { Cascade, CascadeTarget, CountWords } from '../../catalog/write-facts.js';
import { isObject, objectsIn } from '../../json.js';
import {
  type CatalogOperation,
  lastParameterOf,
  type OperationGraph,
  pathOf,
  type Values,
} from '../operation-graph.js';
import type { Reads } from '../tenant-reader.js';

export const NOT_KNOWN = 'not known';

/** A number of entities, a lower bound if not all could be counted, or unknown. */
export type Count = number | `at least ${number}` | typeof NOT_KNOWN;

/** A count as a person reads it: `54 users lose this role`. */
export function countText(count: Count, [one, other]: CountWords): string {
  if (count === NOT_KNOWN) {
    return `${other}: number ${NOT_KNOWN}`;
  }
  return `${count} ${count === 1 || count === 'at least 1' ? one : other}`;
}

/** A removal whose cascades are counted. */
export interface Removal {
  readonly entry: CatalogOperation;
  readonly values: Values;
  /** The current state of the target. */
  readonly before: unknown;
}

/** The input of the functions of a row: the target, and the entity that it is a parent of. */
export async function targetOf(
  { entry, values, before }: Removal,
  { idsIn }: Cascade,
  graph: OperationGraph,
  reads: Reads,
): Promise<CascadeTarget | undefined> {
  const id = values[lastParameterOf(entry)];
  if (idsIn === undefined) {
    return { id, ids: new Set([id]), values, before };
  }
  const list = await reads.sample(graph.keyed(idsIn), entry, values);
  return list?.complete === true
    ? { id, ids: new Set(objectsIn(list.items).map((item) => item['id'])), values, before }
    : undefined;
}

const atLeast = (count: number, complete: boolean): Count =>
  complete ? count : `at least ${count}`;

export class CascadeCounter {
  constructor(private readonly graph: OperationGraph) {}

  /**
   * The counts of a removal, without zeros.
   *
   * @param lasting only those that do not change by themselves
   */
  async count(
    removal: Removal,
    reads: Reads,
    lasting = false,
  ): Promise<Readonly<Record<string, Count>>> {
    const { cascades = [] } = removal.entry.operation;
    const rows = lasting ? cascades.filter((row) => row.volatile !== true) : cascades;
    const plain = await Promise.all(
      rows.filter((row) => !('per' in row)).map((row) => this.#entry(row, removal, reads)),
    );
    // Rows that read lists below parents share the rest of the budget; the first of them gets most of it.
    const walked: (readonly [string, Count])[] = [];
    for (const row of rows.filter((other) => 'per' in other)) {
      walked.push(await this.#entry(row, removal, reads));
    }
    const counts = new Map([...plain, ...walked]);
    return Object.fromEntries(
      rows
        .map(({ label }) => [label, counts.get(label) ?? NOT_KNOWN] as const)
        .filter(([, count]) => count !== 0),
    );
  }

  async #entry(row: Cascade, removal: Removal, reads: Reads) {
    const target = await targetOf(removal, row, this.graph, reads);
    const count = target && (await this.#row(row, removal, target, reads));
    return [row.label, count ?? NOT_KNOWN] as const;
  }

  async #row(
    row: Cascade,
    { entry, values }: Removal,
    target: CascadeTarget,
    reads: Reads,
  ): Promise<Count | undefined> {
    if (row.when?.(target) === false) {
      return 0;
    }
    if ('count' in row) {
      return row.count === 'unknown' ? undefined : row.count(target);
    }
    if ('below' in row) {
      return reads.count(this.graph.keyed(row.below), entry, values);
    }
    if ('inside' in row) {
      const read = this.graph.keyed(row.inside);
      return reads.optional(async () => {
        const body = await reads.entity(read, entry, values);
        return body === undefined ? 0 : row.size(body, target);
      });
    }
    if ('among' in row) {
      const list = this.graph.keyed(row.among);
      const sample = await reads.sample(list, list, {});
      return (
        sample &&
        atLeast(
          objectsIn(sample.items).filter((item) => row.where(item, target)).length,
          sample.complete,
        )
      );
    }
    return this.#perParent(row, target, reads);
  }

  async #perParent(
    row: Extract<Cascade, { per: string }>,
    target: CascadeTarget,
    reads: Reads,
  ): Promise<Count | undefined> {
    const parents = this.graph.keyed(row.per);
    const all = await reads.sample(parents, parents, {}, row.query, 1);
    if (all === undefined) {
      return undefined;
    }
    const ids = all.items.filter(isObject).map(({ id }) => id);
    const visited = ids.slice(0, reads.left);
    const list = this.graph.keyed(row.list);
    const sizes = await Promise.all(
      visited.map(async (id) => {
        const path = pathOf(list, id);
        const sample =
          list.operation.paging === undefined
            ? await reads.optional(async () => ({
                items: (await reads.read(list, path))?.body,
                complete: true,
              }))
            : await reads.sample(list, list, path, {}, 1);
        return sample && { size: row.size(sample.items, target), complete: sample.complete };
      }),
    );
    const known = sizes.filter((size) => size !== undefined);
    const complete =
      all.complete && known.length === ids.length && known.every((size) => size.complete);
    const sum = known.reduce((total, { size }) => total + size, 0);
    return known.length === 0 && ids.length > 0 ? undefined : atLeast(sum, complete);
  }
}

/** The counts without those that change by themselves: a plan stays valid when these change. */
export const lastingCounts = (
  { operation: { cascades = [] } }: CatalogOperation,
  counts: Readonly<Record<string, Count>>,
): Readonly<Record<string, Count>> => {
  const moving = new Set(cascades.filter((row) => row.volatile === true).map(({ label }) => label));
  return Object.fromEntries(Object.entries(counts).filter(([label]) => !moving.has(label)));
};

/** Whether two counts of the same removal differ, if both are exact. A missing count is zero. */
export const countsDiffer = (
  left: Readonly<Record<string, Count>>,
  right: Readonly<Record<string, Count>>,
): boolean =>
  [...new Set([...Object.keys(left), ...Object.keys(right)])].some((label) => {
    const [before, now] = [left[label] ?? 0, right[label] ?? 0];
    return typeof before === 'number' && typeof now === 'number' && before !== now;
  });
