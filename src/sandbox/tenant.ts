/**
 * A tenant in memory: tables, relations between them, and singletons. Declarations are constants; a tenant contains the
 * rows.
 */

export interface Row {
  readonly id: string;
}

/** The declaration of a table. `belongsTo` lists columns with the id of a row in another table; deleting that row cascades. */
export interface TableOf<R extends Row> {
  readonly name: string;
  readonly belongsTo: Readonly<Record<string, TableOf<Row>>>;
  /** Type of the rows; never has a value. */
  readonly row?: R;
}

/** The declaration of a many-to-many relation. Deleting either row deletes its pairs. */
export interface RelationOf {
  readonly name: string;
  readonly left: TableOf<Row>;
  readonly right: TableOf<Row>;
}

/** The declaration of a value that exists once per tenant. */
export interface SingletonOf<V> {
  readonly name: string;
  readonly initial: () => V;
}

export const table = <R extends Row>(
  name: string,
  belongsTo: Readonly<Record<string, TableOf<Row>>> = {},
): TableOf<R> => ({ name, belongsTo });

export const relation = (name: string, left: TableOf<Row>, right: TableOf<Row>): RelationOf => ({
  name,
  left,
  right,
});

export const singleton = <V>(name: string, initial: () => V): SingletonOf<V> => ({ name, initial });

/** The rows of one table in one tenant, in insertion order. */
export class Table<R extends Row> {
  readonly #stored = new Map<string, R>();
  #fill: (() => void) | undefined;

  constructor(
    readonly of: TableOf<R>,
    private readonly removed: (of: TableOf<Row>, id: string) => void,
  ) {}

  /** Fills the table when it is first used: many sandboxes never read their longest table. */
  fillLater(fill: () => void): void {
    this.#fill = fill;
  }

  get #rows(): Map<string, R> {
    const fill = this.#fill;
    this.#fill = undefined;
    fill?.();
    return this.#stored;
  }

  all(): R[] {
    return [...this.#rows.values()];
  }

  newestFirst(): R[] {
    return this.all().reverse();
  }

  get(id: string): R | undefined {
    return this.#rows.get(id);
  }

  has(id: string): boolean {
    return this.#rows.has(id);
  }

  find(matches: (row: R) => boolean): R | undefined {
    return this.all().find(matches);
  }

  filter(matches: (row: R) => boolean): R[] {
    return this.all().filter(matches);
  }

  insert(row: R): R {
    this.#rows.set(row.id, row);
    return row;
  }

  /** Merges `change` into the row; undefined members keep their value. */
  update(id: string, change: Partial<R>): R {
    const before = this.#rows.get(id);
    if (before === undefined) {
      throw new Error(`${this.of.name} has no row ${id}`);
    }
    const defined = Object.fromEntries(
      Object.entries(change).filter(([, value]) => value !== undefined),
    );
    const after: R = { ...before, ...defined };
    this.#rows.set(id, after);
    return after;
  }

  /** Deletes the row and everything that cascades from it. */
  delete(id: string): boolean {
    const existed = this.#rows.delete(id);
    if (existed) {
      this.removed(this.of, id);
    }
    return existed;
  }
}

/** The pairs of one relation in one tenant, in insertion order. */
export class Relation {
  #pairs: { readonly left: string; readonly right: string }[] = [];

  constructor(readonly of: RelationOf) {}

  has(left: string, right: string): boolean {
    return this.#pairs.some((pair) => pair.left === left && pair.right === right);
  }

  /** Adds the pair unless it exists. */
  add(left: string, right: string): void {
    if (!this.has(left, right)) {
      this.#pairs.push({ left, right });
    }
  }

  delete(left: string, right: string): boolean {
    const before = this.#pairs.length;
    this.#pairs = this.#pairs.filter((pair) => pair.left !== left || pair.right !== right);
    return this.#pairs.length < before;
  }

  rightsOf(left: string): string[] {
    return this.#pairs.filter((pair) => pair.left === left).map((pair) => pair.right);
  }

  leftsOf(right: string): string[] {
    return this.#pairs.filter((pair) => pair.right === right).map((pair) => pair.left);
  }

  /** Replaces all pairs of `left`. */
  replace(left: string, rights: readonly string[]): void {
    this.deleteLeft(left);
    for (const right of rights) {
      this.add(left, right);
    }
  }

  deleteLeft(left: string): void {
    this.#pairs = this.#pairs.filter((pair) => pair.left !== left);
  }

  deleteRight(right: string): void {
    this.#pairs = this.#pairs.filter((pair) => pair.right !== right);
  }
}

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';

/** Characters of an id. */
const ID_CHARS = 21;

/** What the state of mulberry32 grows by with each number. */
const STATE_STEP = 0x6d2b79f5;

/** Ids in Logto's alphabet by mulberry32: they must be repeatable, not secret. */
class IdSequence {
  #state: number;

  constructor(state: number) {
    this.#state = state;
  }

  next(length = ID_CHARS): string {
    let id = '';
    while (id.length < length) {
      id += alphabet[Math.floor(this.#random() * alphabet.length)];
    }
    return id;
  }

  /** Skips the next `count` ids. @returns the sequence of the skipped ones */
  skip(count: number): IdSequence {
    const skipped = new IdSequence(this.#state);
    this.#state = (this.#state + Math.imul(count * ID_CHARS, STATE_STEP)) | 0;
    return skipped;
  }

  #random(): number {
    this.#state = (this.#state + STATE_STEP) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
}

/** All state of one sandbox. */
export class Tenant {
  readonly #tables = new Map<string, Table<Row>>();
  readonly #relations = new Map<string, Relation>();
  readonly #singletons = new Map<string, unknown>();
  readonly #ids = new IdSequence(0x9e3779b9);

  /** `now` answers with milliseconds since the epoch. */
  constructor(readonly now: () => number) {}

  table<R extends Row>(of: TableOf<R>): Table<R> {
    const existing = this.#tables.get(of.name);
    if (existing !== undefined) {
      // A table is stored by the name of its declaration, which fixes the type of its rows.
      return existing as unknown as Table<R>;
    }
    const created = new Table<R>(of, (table, id) => this.#cascade(table, id));
    this.#tables.set(of.name, created as unknown as Table<Row>);
    return created;
  }

  relation(of: RelationOf): Relation {
    const relation = this.#relations.get(of.name) ?? new Relation(of);
    this.#relations.set(of.name, relation);
    return relation;
  }

  get<V>(of: SingletonOf<V>): V {
    if (!this.#singletons.has(of.name)) {
      this.#singletons.set(of.name, of.initial());
    }
    // Set from the same declaration only.
    return this.#singletons.get(of.name) as V;
  }

  set<V>(of: SingletonOf<V>, value: V): V {
    this.#singletons.set(of.name, value);
    return value;
  }

  /** A new id in Logto's alphabet. Each run generates the same ids, so recorded conversations can be repeated. */
  newId(length?: number): string {
    return this.#ids.next(length);
  }

  /** The next `count` ids, for rows that are made later. @returns makes one of them at each call */
  reserveIds(count: number): () => string {
    const ids = this.#ids.skip(count);
    return () => ids.next();
  }

  #cascade(deleted: TableOf<Row>, id: string): void {
    for (const relation of this.#relations.values()) {
      if (relation.of.left.name === deleted.name) {
        relation.deleteLeft(id);
      }
      if (relation.of.right.name === deleted.name) {
        relation.deleteRight(id);
      }
    }
    for (const child of this.#tables.values()) {
      for (const [column, parent] of Object.entries(child.of.belongsTo)) {
        if (parent.name === deleted.name) {
          for (const row of child.filter((row) => Reflect.get(row, column) === id)) {
            child.delete(row.id);
          }
        }
      }
    }
  }
}
