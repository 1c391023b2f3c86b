/** Writes that make an entity, or several at once, and things of a user that the answer does not name. */
import { matchingRules } from '../../catalog/risk.js';
import { isObject, listIn, memberOf, objectsIn } from '../../json.js';
import type { Reply } from '../../logto/session.js';
import { entitiesNamed } from '../entity-refs.js';
import {
  type CatalogOperation,
  lastParameterOf,
  type OperationGraph,
  parentOf,
  pathFor,
  type Values,
} from '../operation-graph.js';
import type { Reads } from '../tenant-reader.js';
import type { JournalEntry } from '../undo/journal.js';
import {
  Change,
  cannotUndo,
  changedSince,
  type FoundWrite,
  ifStillThere,
  isAsMade,
  nameFor,
  reasons,
  remaining,
  type UndoPlan,
} from './change.js';

/** Members by which an entity that was just made is recognised. */
const identifying = ['name', 'invitee'] as const;

/** Makes an entity that `remove` deletes. */
export class CreateChange extends Change {
  readonly kind = 'create';

  constructor(
    entry: CatalogOperation,
    graph: OperationGraph,
    private readonly remove: CatalogOperation,
  ) {
    super(entry, graph);
  }

  /** The list of the collection, for operations that Logto may apply in spite of an error. */
  get #collection(): CatalogOperation | undefined {
    return this.entry.operation.appliesDespite === undefined
      ? undefined
      : this.graph.at('GET', this.entry.operation.url);
  }

  /**
   * Entities that already have the name of the new one. Only read where an error may hide that the entity was made: for
   * calls with lists of other entities. Logto stores these after the entity itself, and one of them may not exist.
   */
  override async before(values: Values, reads: Reads): Promise<unknown> {
    const list = this.#collection;
    const member = identifying.find((name) => typeof values[name] === 'string');
    const listsOthers = entitiesNamed(this.entry, values).some(({ path }) =>
      Array.isArray(values[path]),
    );
    if (list === undefined || member === undefined || !listsOthers) {
      return undefined;
    }
    const { search = [] } = list.operation;
    const query = search.includes(member) ? { search: values[member] } : {};
    const items = await reads.items(list, this.entry, values, query);
    return items && objectsIn(items).filter((item) => item[member] === values[member]);
  }

  /** What was made although Logto answered an error: an entity of that name that was not there before. */
  madeDespite(before: unknown, now: unknown): Readonly<Record<string, unknown>> | undefined {
    const former = new Set(objectsIn(before).map(({ id }) => id));
    const fresh = objectsIn(now).filter(({ id }) => !former.has(id));
    return Array.isArray(before) && fresh.length === 1 ? fresh[0] : undefined;
  }

  override async after(_write: FoundWrite, { body }: Reply): Promise<unknown> {
    return body;
  }

  #names({ after }: JournalEntry): string[] | undefined {
    const parameter = lastParameterOf(this.remove);
    const made = [after].flat().map((thing) => nameFor(thing, parameter));
    const names = made.filter((name) => typeof name === 'string');
    return made.length > 0 && names.length === made.length ? names : undefined;
  }

  override blocker(record: JournalEntry): string | undefined {
    return this.#names(record) === undefined ? reasons.notTold : undefined;
  }

  async inverse(record: JournalEntry, reads: Reads): Promise<UndoPlan> {
    const { id, before, after, arguments: values } = record;
    const { risk: facts, displaces } = this.entry.operation;
    const displaced = displaces === undefined ? [] : before;
    const rules = matchingRules(facts, { values, before: displaced, after: undefined });
    const notes = rules
      .filter(({ risk }) => risk === 'irreversible' || risk === 'destructive')
      .map(({ because }) => `Not restored: ${because}.`);
    const made = [after].flat();
    const steps = this.removals(
      this.remove,
      values,
      (this.#names(record) ?? []).map((name) => [name]),
    );
    const plan = remaining(record, steps, [...this.sentNotes(record), ...notes]);
    const read = this.graph.at('GET', this.remove.operation.url);
    if (read === undefined) {
      return plan;
    }
    for (const step of plan.steps) {
      const now = await reads.entity(read, this.remove, step.values);
      if (now === undefined) {
        throw cannotUndo(id, 'what it had made is no longer there');
      }
      if (!isAsMade(made[steps.indexOf(step)], now)) {
        throw changedSince(id);
      }
    }
    return plan;
  }
}

/**
 * Makes a second factor or a linked identity, whose name the answer does not tell: it is what is in `read` afterwards and
 * was not before.
 */
export class AttachChange extends Change {
  readonly kind = 'attach';

  /** @param member of what `read` answers, whose names they are; undefined for a list of them */
  constructor(
    entry: CatalogOperation,
    graph: OperationGraph,
    override readonly read: CatalogOperation,
    private readonly remove: CatalogOperation,
    private readonly member: string | undefined,
  ) {
    super(entry, graph);
  }

  override async before(values: Values, reads: Reads): Promise<string[]> {
    const body = (await reads.read(this.read, pathFor(this.read, this.entry, values)))?.body;
    if (this.member === undefined) {
      return listIn(body).map((item) => String(memberOf(item, 'id')));
    }
    const holder = memberOf(body, this.member);
    return isObject(holder) ? Object.keys(holder) : [];
  }

  override async after({ values, before }: FoundWrite, _reply: Reply, reads: () => Reads) {
    const now = await this.before(values, reads()).catch(() => undefined);
    const former = new Set(listIn(before));
    return now?.filter((name) => !former.has(name));
  }

  override blocker({ after }: JournalEntry): string | undefined {
    return listIn(after).length > 0 ? undefined : reasons.notTold;
  }

  async inverse(record: JournalEntry, reads: Reads): Promise<UndoPlan> {
    const { after, arguments: values } = record;
    const there = await this.before(values, reads);
    const names = listIn(after).map((name) => [name]);
    const steps = this.removals(this.remove, values, names);
    const parameter = lastParameterOf(this.remove);
    return ifStillThere(record, steps, this.sentNotes(record), (step) =>
      there.includes(String(step.values[parameter])),
    );
  }
}

/** The collection that a batch operation adds to is that of its parent route. */
export const collectionUrl = (url: string): string =>
  url.endsWith('/batch') ? parentOf(url) : url;
