/** Writes that delete an entity, or what a query finds of a list. */
import { isEqual, isObject, listIn } from '../../json.js';
import {
  bodyOf,
  type CatalogOperation,
  lastParameterOf,
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
  type FieldChange,
  type FoundWrite,
  reasons,
  remaining,
  type UndoPlan,
} from './change.js';
import { pairsThere, pairsWanted } from './pair.js';

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

  override changes(): readonly FieldChange[] {
    return [];
  }

  /** A query on a collection deletes what it finds. */
  get #isQuery(): boolean {
    const { query, url } = this.entry.operation;
    return query !== undefined && !url.endsWith('}');
  }

  override async before(values: Values, reads: Reads): Promise<unknown> {
    if (this.read === undefined) {
      return undefined;
    }
    return this.#isQuery
      ? reads.items(this.read, this.entry, values, queryOf(this.entry, values))
      : reads.entity(this.read, this.entry, values);
  }

  override async isAbsent({ values, before }: FoundWrite, reads: Reads): Promise<boolean> {
    if (this.read !== undefined) {
      return Array.isArray(before) ? before.length === 0 : !this.#isQuery && before === undefined;
    }
    const consent = this.graph.consenting(this.entry, values);
    const near = this.graph.observing(this.entry);
    if (near === undefined) {
      return false;
    }
    if (consent !== undefined) {
      return listIn(await pairsThere(near, consent.entry, consent.values, reads)).length === 0;
    }
    const list = this.graph.collection(this.entry);
    return list === undefined
      ? (await reads.read(near, pathFor(near, this.entry, values))) === undefined
      : this.lacks(list, values, values[lastParameterOf(this.entry)], reads);
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

  blocker({ before }: JournalEntry): string | undefined {
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
