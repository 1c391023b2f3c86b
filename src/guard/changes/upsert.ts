/** Writes that make items of a collection, or write over those of the same name. */
import { isObject, listIn, memberOf } from '../../json.js';
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

/** Whether an item has every plain member of another: for a template its language and its type. */
const isNamesake = (item: unknown, wanted: unknown): boolean =>
  isObject(item) &&
  isObject(wanted) &&
  Object.entries(wanted).every(([name, value]) => isObject(value) || item[name] === value);

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
    private readonly remove: CatalogOperation,
    private readonly field: string,
  ) {
    super(entry, graph);
  }

  override async before(values: Values, reads: Reads): Promise<unknown> {
    const wanted = [values[this.field]].flat();
    const items = await reads.items(this.read, this.entry, values);
    return items?.filter((item) => wanted.some((other) => isNamesake(item, other)));
  }

  override changes({ values, before }: FoundWrite): readonly FieldChange[] {
    return [{ field: this.field, before, after: bodyOf(this.entry, values)[this.field] }];
  }

  blocker({ before }: JournalEntry): string | undefined {
    return Array.isArray(before) ? undefined : reasons.notKnown;
  }

  async inverse(record: JournalEntry, reads: Reads): Promise<UndoPlan> {
    const { id, before, arguments: values, undoSteps } = record;
    const wanted = [values[this.field]].flat().filter(isObject);
    const former = listIn(before);
    const there = await reads.items(this.read, this.entry, values);
    const now = wanted.map((item) => there?.find((other) => isNamesake(other, item)));
    if (undoSteps.length === 0 && !wanted.every((item, index) => covers(now[index], item))) {
      throw changedSince(id);
    }
    const restored = wanted.flatMap((item) => {
      const old = former.find((other) => isNamesake(other, item));
      return old === undefined ? [] : [picked(old, item)];
    });
    const made = wanted.flatMap((item, index) =>
      isObject(now[index]) && !former.some((other) => isNamesake(other, item)) ? [now[index]] : [],
    );
    const back = {
      entry: this.entry,
      values: { ...pathFor(this.entry, this.entry, values), [this.field]: restored },
    };
    const removals = this.removals(
      this.remove,
      values,
      made.map((item) => [memberOf(item, 'id')]),
    );
    return remaining(record, [...(restored.length > 0 ? [back] : []), ...removals]);
  }
}
