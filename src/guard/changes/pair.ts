/** Writes that add relations which two values tell apart: a member and a role, or a kind and a scope. */
import { isEqual, isObject, listIn, memberOf, objectsIn, textsIn } from '../../json.js';
import {
  bodyOf,
  type CatalogOperation,
  type NamedOperation,
  type OperationGraph,
  parametersOf,
  type Values,
} from '../operation-graph.js';
import type { Reads } from '../tenant-reader.js';
import type { JournalEntry } from '../undo/journal.js';
import { Change, type FoundWrite, ifStillThere, reasons, type UndoPlan } from './change.js';

/** Two values that tell a relation apart, in the order in which the path of its removal has them. */
export type Pair = readonly [string, string];

/** `userScopes` -> `user-scopes` */
const kebabCase = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const pairOf = (left: unknown, right: unknown): Pair[] =>
  typeof left === 'string' && typeof right === 'string' ? [[left, right]] : [];

/** The relations that a call adds: kinds with scopes, or members with roles. */
export function pairsWanted(entry: NamedOperation, values: Values): Pair[] {
  const { organizationRoleIds, ...members } = bodyOf(entry, values);
  if (organizationRoleIds === undefined) {
    return Object.entries(members).flatMap(([kind, ids]) =>
      textsIn(ids).map((id): Pair => [kebabCase(kind), id]),
    );
  }
  const roles = textsIn(organizationRoleIds);
  return textsIn(Object.values(members).flat()).flatMap((member) =>
    roles.map((role): Pair => [member, role]),
  );
}

/** The relations in what was read: scopes of an application by their kinds, or a list of members with roles. */
export function pairsIn(read: unknown): Pair[] {
  const idOf = (item: unknown): unknown => (isObject(item) ? item['id'] : item);
  if (Array.isArray(read)) {
    return objectsIn(read).flatMap(({ id, organizationRoles }) =>
      listIn(organizationRoles).flatMap((role) => pairOf(id, idOf(role))),
    );
  }
  return (isObject(read) ? Object.entries(read) : []).flatMap(([kind, scopes]) =>
    listIn(scopes).flatMap((entry) => {
      const nested = memberOf(entry, 'scopes');
      return (Array.isArray(nested) ? nested : [entry]).flatMap((scope: unknown) =>
        pairOf(kebabCase(kind), idOf(scope)),
      );
    }),
  );
}

/** The relations among those that a call names that are there; undefined when there are too many to read. */
export async function pairsThere(
  read: NamedOperation,
  source: NamedOperation,
  values: Values,
  reads: Reads,
): Promise<Pair[] | undefined> {
  const found = await reads.body(read, source, values);
  const wanted = new Set(pairsWanted(source, values).map((pair) => pair.join('/')));
  return found === undefined
    ? undefined
    : pairsIn(found).filter((pair) => wanted.has(pair.join('/')));
}

export class PairChange extends Change {
  readonly kind = 'pair';

  constructor(
    entry: CatalogOperation,
    graph: OperationGraph,
    override readonly read: CatalogOperation,
    private readonly remove: CatalogOperation,
  ) {
    super(entry, graph);
  }

  override get verifiable(): boolean {
    return true;
  }

  override before(values: Values, reads: Reads): Promise<Pair[] | undefined> {
    return pairsThere(this.read, this.entry, values, reads);
  }

  override verify({ values, before }: FoundWrite, now: unknown): boolean | undefined {
    if (!Array.isArray(now) || !Array.isArray(before)) {
      return undefined;
    }
    // Only what was wanted is read.
    const all = new Set(pairsWanted(this.entry, values).map((pair) => pair.join('/'))).size;
    return now.length >= all ? true : now.length === before.length ? false : undefined;
  }

  #added({ before, arguments: values }: JournalEntry): Pair[] {
    return pairsWanted(this.entry, values).filter(
      (pair) => !listIn(before).some((former) => isEqual(former, pair)),
    );
  }

  override blocker(record: JournalEntry): string | undefined {
    return !Array.isArray(record.before)
      ? reasons.notKnown
      : this.#added(record).length === 0
        ? reasons.nothingAdded
        : undefined;
  }

  async inverse(record: JournalEntry, reads: Reads): Promise<UndoPlan> {
    const present = (await this.before(record.arguments, reads)) ?? [];
    const names = parametersOf(this.remove.operation.url).slice(-2);
    const steps = this.removals(this.remove, record.arguments, this.#added(record));
    return ifStillThere(record, steps, this.sentNotes(record), ({ values }) =>
      present.some((pair) =>
        isEqual(
          pair,
          names.map((name) => values[name]),
        ),
      ),
    );
  }
}
