/** The state of a sandbox's tenant, to compare before and after a call. */
import { isObject } from '../../src/json.js';
import {
  type Relation,
  type RelationOf,
  type Row,
  type SingletonOf,
  type Table,
  type TableOf,
  Tenant,
} from '../../src/sandbox/tenant.js';

/** Rows as `users/<id>`, pairs of relations as `users_roles: <left> <right>`, settings as `setting <name>`, each with its value as JSON. */
export type State = ReadonlyMap<string, string>;

/** What Logto writes by itself, on reads and sign-ins too. */
const UNCOMPARED_TABLES: ReadonlySet<string> = new Set(['logs', 'sentinel_activities']);

/** Times that every write moves. */
const UNCOMPARED_MEMBERS: ReadonlySet<string> = new Set(['createdAt', 'updatedAt', 'lastSignInAt']);

const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : isObject(value)
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([name]) => !UNCOMPARED_MEMBERS.has(name))
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, member]) => [name, sorted(member)]),
        )
      : value;

const serializedByText = new Map<string, string>();

/** A value as JSON, with sorted members. Most values are the same before and after a call, so each is sorted once. */
function serialized(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  const existing = serializedByText.get(text) ?? JSON.stringify(sorted(value)) ?? 'undefined';
  serializedByText.set(text, existing);
  return existing;
}

/** A tenant that remembers its tables, relations and settings, so that all of its state can be read. */
export class ObservedTenant extends Tenant {
  readonly #tables = new Map<string, Table<Row>>();
  readonly #relations = new Map<string, Relation>();
  readonly #settings = new Map<
    string,
    { readonly of: SingletonOf<unknown>; readonly first: string }
  >();

  override table<R extends Row>(of: TableOf<R>): Table<R> {
    const table = super.table(of);
    // Read only, and as rows of any type.
    this.#tables.set(of.name, table as unknown as Table<Row>);
    return table;
  }

  override relation(of: RelationOf): Relation {
    const relation = super.relation(of);
    this.#relations.set(of.name, relation);
    return relation;
  }

  override get<V>(of: SingletonOf<V>): V {
    this.#observe(of);
    return super.get(of);
  }

  override set<V>(of: SingletonOf<V>, value: V): V {
    this.#observe(of);
    return super.set(of, value);
  }

  /** The first value is kept, because some settings have a random one. */
  #observe(of: SingletonOf<unknown>): void {
    if (!this.#settings.has(of.name)) {
      this.#settings.set(of.name, { of, first: serialized(super.get(of)) });
    }
  }

  /** The rows of the table with this name; empty for one that nothing has used. */
  rowsOf(table: string): readonly Readonly<Record<string, unknown>>[] {
    return (this.#tables.get(table)?.all() ?? []).map((row) => ({ ...row }));
  }

  get tableNames(): readonly string[] {
    return [...this.#tables.keys()];
  }

  /** Changes the name of a row, as another program would. @returns false where no row with this id has a name */
  rename(id: string): boolean {
    for (const rows of this.#tables.values()) {
      const row = rows.get(id);
      const name: unknown = row && Reflect.get(row, 'name');
      if (row !== undefined && typeof name === 'string') {
        rows.insert(Object.assign({}, row, { name: `${name} renamed` }));
        return true;
      }
    }
    return false;
  }

  /** The pairs of all relations that this id is a part of: the other ids. */
  relatedTo(id: string): ReadonlySet<string> {
    return new Set(
      [...this.#relations.values()].flatMap((pairs) => [
        ...pairs.rightsOf(id),
        ...pairs.leftsOf(id),
      ]),
    );
  }

  state(): State {
    const state = new Map<string, string>();
    for (const [name, rows] of this.#tables) {
      for (const row of UNCOMPARED_TABLES.has(name) ? [] : rows.all()) {
        state.set(`${name}/${row.id}`, serialized(row));
      }
    }
    for (const [name, pairs] of this.#relations) {
      for (const { id: left } of this.#tables.get(pairs.of.left.name)?.all() ?? []) {
        for (const right of pairs.rightsOf(left)) {
          state.set(`${name}: ${left} ${right}`, 'true');
        }
      }
    }
    for (const [name, { of, first }] of this.#settings) {
      const value = serialized(this.get(of));
      // A setting that was only read is as it was.
      if (value !== first) {
        state.set(`setting ${name}`, value);
      }
    }
    return state;
  }
}

export interface StateDifference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

const isSetting = (key: string): boolean => key.startsWith('setting ');

export function differenceOf(before: State, after: State): StateDifference {
  const missing = [...before.keys()].filter((key) => !after.has(key));
  const changed = [...before].filter(([key, value]) => after.has(key) && after.get(key) !== value);
  return {
    added: [...after.keys()].filter((key) => !before.has(key)),
    removed: missing.filter((key) => !isSetting(key)),
    // A setting that is as it was at first is in no state.
    changed: [...changed.map(([key]) => key), ...missing.filter(isSetting)],
  };
}

export const keysOf = ({ added, removed, changed }: StateDifference): readonly string[] => [
  ...added,
  ...removed,
  ...changed,
];
