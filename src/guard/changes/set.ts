/** Writes on sets of members: adding some, removing one, replacing the whole set. */
import { isEqual, isObject, isSameSet, listIn, memberOf, objectsIn } from '../../json.js';
import type { Reply } from '../../logto/session.js';
import {
  bodyOf,
  type CatalogOperation,
  idIn,
  lastParameterOf,
  type OperationGraph,
  parametersOf,
  pathFor,
  type Values,
  type WriteStep,
} from '../operation-graph.js';
import type { Reads } from '../tenant-reader.js';
import type { JournalEntry } from '../undo/journal.js';
import {
  Change,
  cannotUndo,
  changedSince,
  type FieldChange,
  type FoundWrite,
  type HeldRoles,
  ifStillThere,
  reasons,
  remaining,
  type UndoPlan,
} from './change.js';

/** A change of a set; what it finds are the ids of the members. */
abstract class SetChange extends Change {
  constructor(
    entry: CatalogOperation,
    graph: OperationGraph,
    override readonly read: CatalogOperation,
    protected readonly field: string,
  ) {
    super(entry, graph);
  }

  override get setField(): string {
    return this.field;
  }

  override get verifiable(): boolean {
    return true;
  }

  override async before(values: Values, reads: Reads): Promise<readonly unknown[] | undefined> {
    const items = await reads.items(this.read, this.entry, values);
    return items?.map((item) => idIn(item, this.field));
  }

  override async rolesHeldBy(
    values: Values,
    members: readonly unknown[],
    reads: Reads,
  ): Promise<HeldRoles> {
    if (members.length === 0 || this.graph.givingRoles(this.read) === undefined) {
      return {};
    }
    return Object.fromEntries(
      objectsIn(await this.#items(values, reads)).flatMap(({ id, organizationRoles }) => {
        const roles = objectsIn(organizationRoles).map((role) => String(role['id']));
        return roles.length > 0 && members.includes(id) ? [[String(id), roles]] : [];
      }),
    );
  }

  /** The members as Logto lists them; undefined when they cannot be read: that never stops the write. */
  async #items(values: Values, reads: Reads): Promise<readonly unknown[] | undefined> {
    try {
      return await reads.items(this.read, this.entry, values);
    } catch {
      return undefined;
    }
  }

  /** Members that a write names, by id or by name, as ids. */
  async #idsNamed(values: Values, reads: Reads): Promise<readonly unknown[] | undefined> {
    const named = new Set(Object.values(bodyOf(this.entry, values)).flat());
    return (await this.#items(values, reads))
      ?.filter(
        (item) => named.has(idIn(item, this.field)) || named.has(memberOf(item, 'name') ?? {}),
      )
      .map((item) => idIn(item, this.field));
  }

  /** Whether the call names members in another way than by the field of ids. */
  protected namesOtherwise(values: Values): boolean {
    return Object.keys(bodyOf(this.entry, values)).some((field) => field !== this.field);
  }

  override async after({ values }: FoundWrite, _reply: Reply, reads: () => Reads) {
    return this.namesOtherwise(values)
      ? { [this.field]: (await this.#idsNamed(values, reads())) ?? null }
      : bodyOf(this.entry, values);
  }

  /** Calls that give members the organization roles again that they held. */
  protected rolesAgain(
    { arguments: values, attached = {} }: JournalEntry,
    members: readonly unknown[],
  ): WriteStep[] {
    const give = this.graph.givingRoles(this.read);
    if (give === undefined) {
      return [];
    }
    const [parent = '', member = ''] = parametersOf(give.operation.url);
    const owner = values[parametersOf(this.entry.operation.url)[0] ?? ''];
    return Object.entries(attached).flatMap(([id, organizationRoleIds]) =>
      members.includes(id)
        ? [{ entry: give, values: { [parent]: owner, [member]: id, organizationRoleIds } }]
        : [],
    );
  }
}

/** Adds members to a set; `remove` removes one. */
export class AddChange extends SetChange {
  readonly kind = 'add';

  constructor(
    entry: CatalogOperation,
    graph: OperationGraph,
    read: CatalogOperation,
    field: string,
    private readonly remove: CatalogOperation,
  ) {
    super(entry, graph, read, field);
  }

  override verify({ values, before }: FoundWrite, now: unknown): boolean | undefined {
    if (!Array.isArray(now) || !Array.isArray(before)) {
      return undefined;
    }
    const made = [values[this.field]].flat().every((member) => now.includes(member));
    return made ? true : isSameSet(now, before) ? false : undefined;
  }

  /** What was added, by ids; undefined where names were given and the ids are not known. */
  #added({ before, after, arguments: values }: JournalEntry): readonly unknown[] | undefined {
    const noted = this.namesOtherwise(values) ? memberOf(after, this.field) : values[this.field];
    const former = new Set(listIn(before));
    return noted === undefined || noted === null
      ? undefined
      : [noted].flat().filter((member) => !former.has(member));
  }

  override blocker(record: JournalEntry): string | undefined {
    const added = this.#added(record);
    return !Array.isArray(record.before) || added === undefined
      ? reasons.notKnown
      : added.length === 0
        ? reasons.nothingAdded
        : undefined;
  }

  async inverse(record: JournalEntry, reads: Reads): Promise<UndoPlan> {
    const present = new Set(await this.before(record.arguments, reads));
    const added = (this.#added(record) ?? []).map((member) => [member]);
    const steps = this.removals(this.remove, record.arguments, added);
    const parameter = lastParameterOf(this.remove);
    return ifStillThere(record, steps, this.sentNotes(record), ({ values }) =>
      present.has(values[parameter]),
    );
  }
}

/** Removes one member of a set; `add` adds it again. */
export class RemoveChange extends SetChange {
  readonly kind = 'remove';

  constructor(
    entry: CatalogOperation,
    graph: OperationGraph,
    read: CatalogOperation,
    field: string,
    private readonly add: CatalogOperation,
  ) {
    super(entry, graph, read, field);
  }

  #member(values: Values): unknown {
    return values[lastParameterOf(this.entry)];
  }

  override wasThere({ values, before }: FoundWrite): boolean {
    return listIn(before).includes(this.#member(values));
  }

  override async removedMembers({ values }: FoundWrite): Promise<readonly unknown[]> {
    return [this.#member(values)];
  }

  override verify({ values, before }: FoundWrite, now: unknown): boolean | undefined {
    if (!Array.isArray(now) || !Array.isArray(before)) {
      return undefined;
    }
    return !now.includes(this.#member(values)) ? true : isSameSet(now, before) ? false : undefined;
  }

  /** Where members hold roles, an undo without these would restore a part only. */
  override blocker({ before }: JournalEntry): string | undefined {
    const isKnown = Array.isArray(before) || this.graph.givingRoles(this.read) === undefined;
    return isKnown ? undefined : reasons.notKnown;
  }

  async inverse(record: JournalEntry, reads: Reads): Promise<UndoPlan> {
    const { id, outcome, arguments: values, undoSteps } = record;
    const member = this.#member(values);
    const now = await this.before(record.arguments, reads);
    if (undoSteps.length === 0 && now?.includes(member) === true) {
      throw outcome === 'unknown'
        ? cannotUndo(id, 'what it would have removed is there')
        : changedSince(id);
    }
    const back = {
      entry: this.add,
      values: {
        ...pathFor(this.add, this.entry, values),
        [this.field]: this.field.endsWith('s') ? [member] : member,
      },
    };
    return remaining(record, [back, ...this.rolesAgain(record, [member])], this.sentNotes(record));
  }
}

/** Replaces a whole set. */
export class ReplaceChange extends SetChange {
  readonly kind = 'replace';

  override changes({ values, before }: FoundWrite): readonly FieldChange[] {
    const body = bodyOf(this.entry, values);
    if (!Array.isArray(before)) {
      return super.changes({ values, before });
    }
    return [
      { field: this.field, before, after: body[this.field] ?? [] },
      ...Object.entries(body)
        .filter(([field]) => field !== this.field)
        .map(([field, after]) => ({ field, before: undefined, after })),
    ];
  }

  override async removedMembers({ values, before }: FoundWrite, reads: Reads) {
    if (!Array.isArray(before)) {
      return [];
    }
    const wanted = new Set(Object.values(bodyOf(this.entry, values)).flat());
    if (!this.namesOtherwise(values)) {
      return before.filter((member) => !wanted.has(member));
    }
    const items = (await reads.items(this.read, this.entry, values)) ?? [];
    return items
      .filter((item) => !wanted.has(idIn(item, this.field)))
      .filter((item) => !isObject(item) || !wanted.has(item['name']))
      .map((item) => idIn(item, this.field));
  }

  override verify({ values, before }: FoundWrite, now: unknown): boolean | undefined {
    if (!Array.isArray(now) || !Array.isArray(before) || this.namesOtherwise(values)) {
      return undefined;
    }
    const wanted = [...new Set([values[this.field]].flat())];
    return isSameSet(now, wanted) ? true : isSameSet(now, before) ? false : undefined;
  }

  override blocker({ before }: JournalEntry): string | undefined {
    return Array.isArray(before) ? undefined : reasons.notKnown;
  }

  override formerFields({ before }: JournalEntry): Values {
    return { [this.field]: listIn(before) };
  }

  async inverse(record: JournalEntry, reads: Reads): Promise<UndoPlan> {
    const { id, outcome, before, after, arguments: values, undoSteps } = record;
    const now = await this.before(record.arguments, reads);
    const former = listIn(before);
    const set = [memberOf(after, this.field) ?? values[this.field] ?? []].flat();
    if (undoSteps.length === 0 && !isSameSet(now, set)) {
      throw outcome !== 'unknown' || !isSameSet(now, former)
        ? changedSince(id)
        : cannotUndo(id, 'it was not made: everything is as it was before');
    }
    const single = this.graph.removingOne(this.entry.operation.url);
    const neverEmpty = this.entry.operation.undo?.neverEmpty === true;
    if (neverEmpty && former.length === 0 && single !== undefined) {
      const all = set.map((member) => [member]);
      return remaining(record, this.removals(single, values, all));
    }
    const lost = former.filter((member) => !set.some((other) => isEqual(other, member)));
    const back = {
      entry: this.entry,
      values: { ...pathFor(this.entry, this.entry, values), [this.field]: former },
    };
    return remaining(record, [back, ...this.rolesAgain(record, lost)], this.sentNotes(record));
  }
}
