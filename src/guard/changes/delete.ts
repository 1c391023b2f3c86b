/** Writes that delete an entity, or what a query finds of a list. */
import { isEqual, isObject } from '../../json.js';
import {
  bodyOf,
  type CatalogOperation,
  type OperationGraph,
  pathFor,
  queryOf,
  type Values,
} from '../operation-graph.js';
import { lacksSecrets } from '../secrets/detection.js';
import type { Reads } from '../tenant-reader.js';
import type { JournalEntry } from '../undo/journal.js';
import {
  Change,
  cannotUndo,
  changedSince,
  type FoundWrite,
  reasons,
  remaining,
  type UndoPlan,
} from './change.js';
import { pairsThere, pairsWanted } from './pair.js';

/** A query on a collection deletes what it finds. */
export const isQuery = ({ operation: { query, url } }: CatalogOperation): boolean =>
  query !== undefined && !url.endsWith('}');

export class DeleteChange extends Change {
  readonly kind = 'delete';

  /** @param restores the change of the operation that sets again what this one deletes */
  constructor(
    entry: CatalogOperation,
    graph: OperationGraph,
    override readonly read: CatalogOperation | undefined,
    private readonly restores: Change | undefined,
  ) {
    super(entry, graph);
  }

  override get deletes(): boolean {
    return true;
  }

  override async before(values: Values, reads: Reads): Promise<unknown> {
    if (this.read === undefined) {
      return undefined;
    }
    return isQuery(this.entry)
      ? reads.items(this.read, this.entry, values, queryOf(this.entry, values))
      : reads.entity(this.read, this.entry, values);
  }

  override verify({ before }: FoundWrite, now: unknown): boolean | undefined {
    if (Array.isArray(now)) {
      return now.length === 0 ? true : isEqual(now, before) ? false : undefined;
    }
    return before === undefined ? undefined : now === undefined;
  }

  /** What was deleted, as the operation that sets it takes it; undefined where that cannot be told. */
  #image(before: unknown): Values | undefined {
    const image = this.restores?.image(before);
    const body =
      this.restores === undefined || !isObject(image) ? {} : bodyOf(this.restores.entry, image);
    return Object.keys(body).length > 0 ? body : undefined;
  }

  override neverUndone(): string | undefined {
    const { undo } = this.entry.operation;
    const isRestorable =
      this.restores !== undefined || this.graph.consenting(this.entry, {}) !== undefined;
    return undo?.blocked ?? (isRestorable ? undefined : reasons.deleted);
  }

  override blocker({ before }: JournalEntry): string | undefined {
    if (this.restores === undefined) {
      return undefined;
    }
    const image = this.#image(before);
    return image === undefined
      ? reasons.notKnown
      : lacksSecrets(image)
        ? reasons.secrets
        : undefined;
  }

  async inverse(record: JournalEntry, reads: Reads): Promise<UndoPlan> {
    const { id, before, arguments: values } = record;
    const consent = this.graph.consenting(this.entry, values);
    if (consent !== undefined) {
      const list = this.graph.observing(consent.entry);
      const present = list && (await pairsThere(list, consent.entry, consent.values, reads));
      const own = pairsWanted(consent.entry, consent.values);
      if (present?.some((pair) => own.some((other) => isEqual(pair, other)))) {
        throw changedSince(id);
      }
      return remaining(record, [consent]);
    }
    const put = this.restores?.entry;
    const image = this.#image(before);
    if (put === undefined || image === undefined) {
      throw cannotUndo(id, reasons.deleted);
    }
    if (this.read && (await reads.entity(this.read, this.entry, values)) !== undefined) {
      throw changedSince(id);
    }
    const back = { entry: put, values: { ...pathFor(put, this.entry, values), ...image } };
    return remaining(record, [back]);
  }
}
