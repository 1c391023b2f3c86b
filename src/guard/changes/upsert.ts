/** Writes that set items of a collection: make them, or change those that are there. */
import { isObject, listIn, memberOf, objectsIn } from '../../json.js';
import {
  bodyOf,
  type CatalogOperation,
  type OperationGraph,
  pathFor,
  type Values,
} from '../operation-graph.js';
import type { Reads } from '../tenant-reader.js';
import type { JournalEntry } from '../undo/journal.js';
import {
  Change,
  changedSince,
  covers,
  type FieldChange,
  type FoundWrite,
  reasons,
  remaining,
  type UndoPlan,
} from './change.js';

/** The members of `image` that `like` has. */
const picked = (image: unknown, like: unknown): unknown =>
  isObject(image) && isObject(like)
    ? Object.fromEntries(Object.keys(like).map((name) => [name, image[name]]))
    : image;

export class UpsertChange extends Change {
  readonly kind = 'upsert';

  constructor(
    entry: CatalogOperation,
    graph: OperationGraph,
    override readonly read: CatalogOperation,
    private readonly field: string,
    /** Removes an item; undefined where the write makes none. */
    private readonly remove: CatalogOperation | undefined,
    /** The member by which an item is found; undefined where every plain member of it is compared. */
    private readonly key: string | undefined,
  ) {
    super(entry, graph);
  }

  /** Whether an item of the list is the one that the write names: for a template that has its language and its type. */
  #isNamesake(item: unknown, wanted: unknown): boolean {
    if (!isObject(item) || !isObject(wanted)) {
      return false;
    }
    return this.key === undefined
      ? Object.entries(wanted).every(([name, value]) => isObject(value) || item[name] === value)
      : item[this.key] === wanted[this.key];
  }

  override async before(values: Values, reads: Reads): Promise<unknown> {
    const wanted = [values[this.field]].flat();
    const items = await reads.items(this.read, this.entry, values);
    return items?.filter((item) => wanted.some((other) => this.#isNamesake(item, other)));
  }

  override changes({ values, before }: FoundWrite): readonly FieldChange[] {
    const { key, field } = this;
    const after = bodyOf(this.entry, values)[field];
    return key === undefined
      ? [{ field, before, after }]
      : objectsIn(after).map((item) => {
          const former = listIn(before).find((other) => this.#isNamesake(other, item));
          return { field: `${field}.${item[key]}`, before: picked(former, item), after: item };
        });
  }

  override blocker({ before }: JournalEntry): string | undefined {
    return Array.isArray(before) ? undefined : reasons.notKnown;
  }

  async inverse(record: JournalEntry, reads: Reads): Promise<UndoPlan> {
    const { id, before, arguments: values, undoSteps } = record;
    const wanted = [values[this.field]].flat().filter(isObject);
    const former = listIn(before);
    const there = await reads.items(this.read, this.entry, values);
    const now = wanted.map((item) => there?.find((other) => this.#isNamesake(other, item)));
    if (undoSteps.length === 0 && !wanted.every((item, index) => covers(now[index], item))) {
      throw changedSince(id);
    }
    const restored = wanted.flatMap((item) => {
      const old = former.find((other) => this.#isNamesake(other, item));
      return old === undefined ? [] : [picked(old, item)];
    });
    const made = wanted.flatMap((item, index) =>
      isObject(now[index]) && !former.some((other) => this.#isNamesake(other, item))
        ? [now[index]]
        : [],
    );
    const back = {
      entry: this.entry,
      values: { ...pathFor(this.entry, this.entry, values), [this.field]: restored },
    };
    const { remove } = this;
    const removals = remove
      ? this.removals(
          remove,
          values,
          made.map((item) => [memberOf(item, 'id')]),
        )
      : [];
    return remaining(record, [...(restored.length > 0 ? [back] : []), ...removals]);
  }
}
