/** Writes that change members of an entity, or settings that exist once. */

import { Whole } from '../../catalog/operation.js';
import { isEqual, isObject } from '../../json.js';
import type { Reply } from '../../logto/session.js';
import {
  bodyNames,
  bodyOf,
  type CatalogOperation,
  camelCase,
  dropsUnnamed,
  type OperationGraph,
  pathFor,
  storedValue,
  type Values,
} from '../operation-graph.js';
import { isSignificant, lacksSecrets, withoutSecrets } from '../secrets/detection.js';
import type { Reads } from '../tenant-reader.js';
import type { JournalEntry } from '../undo/journal.js';
import {
  Change,
  cannotUndo,
  changedSince,
  covers,
  type FieldChange,
  type FoundWrite,
  isAsMade,
  reasons,
  remaining,
  type UndoPlan,
} from './change.js';

/** What an update has set, and what has to be sent to restore the former state. */
interface Former {
  readonly after: Values;
  readonly fields: readonly string[];
  readonly formerly: Values;
  readonly restored: Values;
}

export class UpdateChange extends Change {
  readonly kind = 'update';

  /** @param alone the field whose value alone is what `read` answers, where it has an operation of its own */
  constructor(
    entry: CatalogOperation,
    graph: OperationGraph,
    override readonly read: CatalogOperation,
    private readonly alone: string | undefined,
  ) {
    super(entry, graph);
  }

  /** The operation that sets former values again: one that replaces what this one merges, where there is one. */
  get #restoring(): CatalogOperation {
    return this.graph.replacing(this.entry)?.entry ?? this.entry;
  }

  /** Whether a field is read with more members than an update sets: times, or an order. */
  #isReadWithMore(field: string): boolean {
    const isReplaced = dropsUnnamed(this.entry.operation) || this.#restoring !== this.entry;
    return field === this.alone && !isReplaced;
  }

  get #fields(): readonly string[] {
    return bodyNames(this.entry.operation);
  }

  override get verifiable(): boolean {
    return true;
  }

  override before(values: Values, reads: Reads): Promise<unknown> {
    return reads.entity(this.read, this.entry, values);
  }

  override image(before: unknown): unknown {
    return isObject(before) ? this.#imageOf(before) : before;
  }

  #imageOf(read: Values): Values {
    const { body, url } = this.entry.operation;
    if (this.alone !== undefined) {
      return body instanceof Whole && Object.hasOwn(read, this.alone)
        ? read
        : { [this.alone]: read };
    }
    // Some fields are one level down, in a member named like the route: an identity, details.
    const literal = url.split('/').findLast((segment) => !segment.startsWith('{')) ?? '';
    const inner = read[camelCase(literal)] ?? read[camelCase(literal.replace(/ies$/, 'y'))];
    const isInner = isObject(inner) && !this.#fields.some((field) => Object.hasOwn(read, field));
    return isInner ? inner : read;
  }

  override changes({ values, before }: FoundWrite): readonly FieldChange[] {
    const former = isObject(before) ? this.#imageOf(before) : {};
    return Object.entries(bodyOf(this.entry, values))
      .map(([field, sent]) => {
        const old = former[field];
        return { field, before: old, after: storedValue(this.entry.operation, field, old, sent) };
      })
      .filter((change) => !isEqual(change.before, change.after));
  }

  override droppedFields({ values, before }: FoundWrite): readonly FieldChange[] {
    if (!dropsUnnamed(this.entry.operation) || !isObject(before)) {
      return [];
    }
    const former = this.#imageOf(before);
    const named = bodyOf(this.entry, values);
    return this.#fields
      .filter((field) => !Object.hasOwn(named, field) && isSignificant(former[field]))
      .map((field) => ({ field, before: former[field], after: undefined }));
  }

  override verify({ values, before }: FoundWrite, now: unknown): boolean | undefined {
    if (!isObject(now) || !isObject(before)) {
      return undefined;
    }
    const [there, former] = [this.#imageOf(now), this.#imageOf(before)];
    const wanted = Object.entries(bodyOf(this.entry, values));
    // A password, for one, is never answered.
    if (wanted.some(([field]) => !Object.hasOwn(there, field))) {
      return undefined;
    }
    if (wanted.every(([field, value]) => covers(there[field], value))) {
      return true;
    }
    return wanted.every(([field]) => isEqual(there[field], former[field])) ? false : undefined;
  }

  override async after({ values }: FoundWrite, { body }: Reply): Promise<unknown> {
    const merged = this.graph.replacing(this.entry);
    if (merged !== undefined && isObject(body)) {
      // These operations answer the data alone.
      return { [merged.field]: body };
    }
    return Object.fromEntries(
      Object.keys(bodyOf(this.entry, values)).map((field) => [
        field,
        isObject(body) && Object.hasOwn(body, field) ? body[field] : values[field],
      ]),
    );
  }

  override neverUndone(): string | undefined {
    const { undo } = this.entry.operation;
    if (undo?.blocked !== undefined) {
      return undo.blocked;
    }
    const isSecret = (field: string) => lacksSecrets(withoutSecrets({ [field]: 'known' }));
    return this.#fields.every(isSecret)
      ? `the former ${this.#fields.join(', ')} is not known`
      : undefined;
  }

  /** Whether the update has set what was not there at all, so that deleting it undoes that. */
  #madeAnew({ before, outcome, after }: JournalEntry): boolean {
    return (
      before === null &&
      outcome === 'done' &&
      this.graph.deleting(this.entry) !== undefined &&
      isObject(after)
    );
  }

  #former({ before, after: noted, outcome, arguments: values }: JournalEntry): Former | string {
    // Of a process that ended in between only the arguments are known.
    const after = outcome === 'done' ? noted : bodyOf(this.entry, values);
    if (!isObject(before) || !isObject(after)) {
      return before === null && outcome === 'done' ? reasons.nothingBefore : reasons.notKnown;
    }
    const formerly = this.#imageOf(before);
    const fields = Object.keys(after).filter((field) => field !== 'currentName');
    const dropped = dropsUnnamed(this.entry.operation)
      ? this.#fields.filter((field) => !fields.includes(field) && Object.hasOwn(formerly, field))
      : [];
    const all = [...fields, ...dropped];
    const unknown = all.find((field) => !Object.hasOwn(formerly, field));
    if (unknown !== undefined) {
      return `the former ${unknown} is not known`;
    }
    const formerValue = (field: string): unknown => {
      const [old, set] = [formerly[field], after[field]];
      return this.#isReadWithMore(field) && isObject(old) && isObject(set)
        ? Object.fromEntries(Object.keys(set).map((name) => [name, old[name]]))
        : old;
    };
    const restored = Object.fromEntries(all.map((field) => [field, formerValue(field)]));
    const { operation } = this.#restoring;
    const merged = all.find(
      (field) =>
        !isEqual(storedValue(operation, field, after[field], restored[field]), restored[field]),
    );
    if (merged !== undefined) {
      return `Logto merges ${merged}, and removes no member of it that was added`;
    }
    return lacksSecrets(restored) ? reasons.secrets : { after, fields, formerly, restored };
  }

  override blocker(record: JournalEntry): string | undefined {
    const former = this.#madeAnew(record) ? undefined : this.#former(record);
    return typeof former === 'string' ? former : undefined;
  }

  override formerFields(record: JournalEntry): Values | undefined {
    const former = this.#madeAnew(record) ? undefined : this.#former(record);
    return typeof former === 'object' ? former.restored : undefined;
  }

  async inverse(record: JournalEntry, reads: Reads): Promise<UndoPlan> {
    const { id, outcome, arguments: values } = record;
    const isKnown = outcome === 'done';
    const remove = this.graph.deleting(this.entry);
    if (remove !== undefined && this.#madeAnew(record)) {
      const current = await reads.entity(this.read, this.entry, values);
      if (current === undefined || !isAsMade(record.after, current)) {
        throw changedSince(id);
      }
      return remaining(record, this.removals(remove, values, [[]]));
    }
    const former = this.#former(record);
    if (typeof former === 'string') {
      throw cannotUndo(id, former);
    }
    const { after, fields, formerly, restored } = former;
    const target = this.#restoring;
    // A thing that was renamed is found under its new name.
    const renamed = typeof values['currentName'] === 'string' ? after['name'] : undefined;
    const path = renamed === undefined ? values : { ...values, currentName: renamed };
    const now = this.#imageOf((await reads.entity(this.read, this.entry, path)) ?? {});
    const isThere = (field: string): boolean =>
      lacksSecrets(after[field]) ||
      (isKnown && !this.#isReadWithMore(field)
        ? isEqual(now[field], after[field])
        : covers(now[field], after[field]));
    if (!fields.every(isThere)) {
      throw isKnown || !fields.every((field) => isEqual(now[field], formerly[field]))
        ? changedSince(id)
        : cannotUndo(id, 'it was not made: everything is as it was before');
    }
    const back = {
      entry: target,
      values: {
        ...pathFor(target, this.entry, path),
        ...(renamed !== undefined && { currentName: renamed }),
        ...restored,
      },
    };
    return remaining(record, [back], this.sentNotes(record));
  }
}
