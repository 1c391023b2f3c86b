/**
 * Reads the configuration of a tenant: every item of the requested kinds, under human keys instead of ids. All requests are
 * reads, at most eight at a time.
 */
import type { Item } from '../catalog/write-facts.js';
import type { NamedOperation, Values } from '../guard/operation-graph.js';
import { isObject, listIn, objectsIn, valueAt } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { Reply } from '../logto/session.js';
import type { Availability } from './availability.js';
import { isBlank } from './diff.js';
import type { BuiltInContext, Grant, Kind, KindName } from './kind.js';
import { kindOf, kinds, withReferencedKinds } from './kinds.js';
import type { KindFacts, KindTable } from './members.js';

/** Requests in progress at the same time. */
const MAX_PARALLEL = 8;

/** Items on a page: the maximum of Logto. */
const PAGE_SIZE = 100;

/** An item of the tenant. */
export interface LiveItem {
  readonly kind: KindName;
  /** Its key as a text; the key of an item inside another one begins with the key of that one. */
  readonly key: string;
  readonly id: string;
  /** The item that contains it, or that its settings belong to. */
  readonly parent?: LiveItem;
  /** As Logto answers it. */
  readonly record: Item;
  /** As a manifest states it, with secrets in clear: it never leaves this folder. */
  readonly value: Item;
  /** Why it is never exported and never touched. */
  readonly builtIn?: string;
  /** The ids behind the references, by member and key. */
  readonly grantIds: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export interface LiveTenant {
  /** By kind, sorted by key. */
  readonly items: ReadonlyMap<KindName, readonly LiveItem[]>;
  /** Kinds that this Logto does not have, each with the reason as a clause. */
  readonly unavailable: ReadonlyMap<KindName, string>;
}

/** How a tenant is read. */
export interface LiveReader {
  /** Sends one read through the guard. @throws LogtoError for an operation that may not be run */
  readonly send: (entry: NamedOperation, values: Values) => Promise<Reply>;
  readonly own: BuiltInContext;
}

/** The text of a key. */
export const keyText = (parts: readonly unknown[]): string =>
  parts
    .filter((part) => part !== undefined && part !== null && part !== '')
    .map(String)
    .join(' ');

/** The key of an item, from its members. */
export const keyOf = ({ key }: Kind, value: Item, parent?: string): string =>
  keyText([parent, ...key.map((path) => valueAt(value, path))]);

const grouped = new WeakMap<readonly LiveItem[], ReadonlyMap<string, readonly LiveItem[]>>();

/** The items of a kind by their keys; several if the tenant has twins. */
export function byKey(items: readonly LiveItem[]): ReadonlyMap<string, readonly LiveItem[]> {
  const cached = grouped.get(items);
  if (cached !== undefined) {
    return cached;
  }
  const groups = new Map<string, LiveItem[]>();
  for (const item of items) {
    const group = groups.get(item.key);
    if (group === undefined) {
      groups.set(item.key, [item]);
    } else {
      group.push(item);
    }
  }
  grouped.set(items, groups);
  return groups;
}

/** Sends reads, a few at a time. */
class ReadQueue {
  readonly #waiting: (() => void)[] = [];
  #free = MAX_PARALLEL;

  constructor(private readonly reader: LiveReader) {}

  async send(entry: NamedOperation, values: Values): Promise<Reply> {
    if (this.#free === 0) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#free -= 1;
    }
    try {
      return await this.reader.send(entry, values);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#free += 1;
      } else {
        next();
      }
    }
  }

  /** All items of a list: the first page, then the others side by side. For an answer that is no list, that answer. */
  async all(entry: NamedOperation, values: Values): Promise<readonly unknown[]> {
    if (entry.operation.paging === undefined) {
      const { body } = await this.send(entry, values);
      return Array.isArray(body) ? body : [body];
    }
    const pageAt = (page: number) => this.send(entry, { ...values, page, page_size: PAGE_SIZE });
    const first = await pageAt(1);
    const items = [...listIn(first.body)];
    const count = first.page?.total_pages ?? 1;
    const others = await Promise.all(
      Array.from({ length: Math.max(0, count - 1) }, (_, index) => pageAt(index + 2)),
    );
    items.push(...others.flatMap(({ body }) => listIn(body)));
    let last = others.at(-1) ?? first;
    // The list has grown meanwhile, or has no reliable total.
    for (let page = count + 1; last.page?.has_more === true; page += 1) {
      last = await pageAt(page);
      items.push(...listIn(last.body));
    }
    return items;
  }
}

/** Whether the error says that Logto does not have the item or the operation. */
const isAbsent = ({ failure: { status, code } }: LogtoError): boolean =>
  status === 404 || code === 'operation_not_served';

/** The ids in an answer: plain words, objects with an id, or groups of scopes by resource. */
function idsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') {
    return [value];
  }
  if (Array.isArray(value)) {
    return value.flatMap(idsIn);
  }
  if (!isObject(value)) {
    return [];
  }
  return Array.isArray(value['scopes'])
    ? idsIn(value['scopes'])
    : typeof value['id'] === 'string'
      ? [value['id']]
      : [];
}

/** An entry of a list with the names of members that a manifest uses. */
function recordOf({ recordIn, renamed = {} }: Kind, entry: Item): Item {
  const inner = recordIn === undefined ? entry : entry[recordIn];
  const names = Object.entries(renamed).map(([name, { from, values }]) => {
    const value = entry[from];
    return [name, typeof value === 'string' ? (values[value] ?? value) : value];
  });
  return { ...(isObject(inner) ? inner : {}), ...Object.fromEntries(names) };
}

/** An item before the keys of its references are known. */
interface LiveRecord {
  readonly record: Item;
  readonly key: string;
  readonly id: string;
  readonly parent?: LiveRecord;
  readonly builtIn?: string;
  /** The ids of each grant. */
  readonly grantedIds: ReadonlyMap<Grant, readonly string[]>;
}

class TenantReading {
  readonly recordsByKind = new Map<KindName, readonly LiveRecord[]>();
  readonly unavailable = new Map<KindName, string>();
  readonly #reads: ReadQueue;
  readonly #reading = new Map<KindName, Promise<readonly LiveRecord[]>>();

  constructor(
    private readonly table: KindTable,
    private readonly reader: LiveReader,
    private readonly availability: Availability,
  ) {
    this.#reads = new ReadQueue(reader);
  }

  /** Reads a kind once, with the kind that contains it. */
  read(name: KindName): Promise<readonly LiveRecord[]> {
    const reading = this.#reading.get(name) ?? this.#readKind(this.table.facts(name));
    this.#reading.set(name, reading);
    return reading;
  }

  async #readKind(facts: KindFacts): Promise<readonly LiveRecord[]> {
    const { kind } = facts;
    const entries = await this.#entries(facts);
    const liveRecords = await Promise.all(entries.map((entry) => this.#find(facts, entry)));
    liveRecords.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.id < b.id ? -1 : 1));
    this.recordsByKind.set(kind.name, liveRecords);
    return liveRecords;
  }

  /** The records of a kind, each with the item that contains it. */
  async #entries(facts: KindFacts): Promise<{ record: Item; parent?: LiveRecord }[]> {
    const { kind, operations } = facts;
    const { within, of } = kind;
    const missing = this.availability.missingKind(facts);
    if (missing !== undefined) {
      this.unavailable.set(kind.name, missing);
      return [];
    }
    if (within !== undefined) {
      const parents = await this.read(within.kind);
      return parents.flatMap((parent) =>
        objectsIn(parent.record[within.member]).map((record) => ({ record, parent })),
      );
    }
    if (of !== undefined) {
      const parents = (await this.read(of)).filter(
        ({ record }) => kind.onlyIf?.appliesTo(record) !== false,
      );
      const settings = await Promise.all(parents.map((parent) => this.#settingsOf(facts, parent)));
      return parents.flatMap((parent, index) => {
        const record = settings[index];
        return record === undefined
          ? []
          : [{ record: { ...record, [kind.key[0] ?? '']: parent.key }, parent }];
      });
    }
    if (operations.list === undefined) {
      throw new Error(`Nothing reads ${kind.name}.`);
    }
    try {
      const entries = await this.#reads.all(operations.list, kind.listValues ?? {});
      return entries.filter(isObject).map((entry) => ({ record: recordOf(kind, entry) }));
    } catch (error) {
      if (!(error instanceof LogtoError) || !isAbsent(error)) {
        throw error;
      }
      // One set of settings may be missing; a list always exists if Logto has the operation.
      if (kind.form === 'list' || kind.create === undefined) {
        const reason = `this Logto does not have ${kind.name}: ${error.failure.message.replace(/\.$/, '')}`;
        this.unavailable.set(kind.name, reason);
      }
      return [];
    }
  }

  /** The settings of one item; undefined if it has none, or none with a value. */
  async #settingsOf(
    { kind: { read }, members }: KindFacts,
    { id, builtIn }: LiveRecord,
  ): Promise<Item | undefined> {
    if (read === undefined || builtIn !== undefined) {
      return {};
    }
    const entry = this.table.graph.keyed(read);
    const [argument = 'id'] = Object.keys(entry.operation.path);
    try {
      const { body } = await this.#reads.send(entry, { [argument]: id });
      const record = isObject(body) ? body : {};
      return [...members.keys()].every((name) => isBlank(record[name])) ? undefined : record;
    } catch (error) {
      if (error instanceof LogtoError && error.failure.status === 404) {
        return undefined;
      }
      throw error;
    }
  }

  async #find(
    { kind }: KindFacts,
    { record, parent }: { readonly record: Item; readonly parent?: LiveRecord },
  ): Promise<LiveRecord> {
    const { id: member = 'id', grants = [], of, builtIn } = kind;
    const id = of === undefined ? record[member] : parent?.id;
    const base = {
      record,
      key: keyOf(kind, record, kind.within === undefined ? undefined : parent?.key),
      id: typeof id === 'string' ? id : '',
      ...(parent !== undefined && { parent }),
    };
    const reason = parent?.builtIn ?? builtIn?.(record, this.reader.own);
    if (reason !== undefined) {
      return { ...base, builtIn: reason, grantedIds: new Map() };
    }
    const answers = new Map<string, Promise<unknown>>();
    const grantedIds = await Promise.all(
      grants.map(async (grant) => {
        const { list, inRecord } = grant;
        if (grant.onlyIf?.appliesTo(of === undefined ? record : (parent?.record ?? {})) === false) {
          return undefined;
        }
        if (list === undefined) {
          return [grant, idsIn(record[inRecord ?? grant.member])] as const;
        }
        const entry = this.table.graph.keyed(list);
        if (!this.availability.hasOperation(entry)) {
          return undefined;
        }
        const [argument] = Object.keys(entry.operation.path);
        const answer =
          answers.get(list) ??
          this.#reads.all(entry, argument === undefined ? {} : { [argument]: base.id });
        answers.set(list, answer);
        const body = await answer;
        const [only] = listIn(body);
        const isOneAnswer = of !== undefined || kind.form === 'one';
        const inside = isOneAnswer && isObject(only) ? only[grant.member] : body;
        return [grant, idsIn(inside)] as const;
      }),
    );
    return { ...base, grantedIds: new Map(grantedIds.filter((entry) => entry !== undefined)) };
  }
}

/** The members of a record that a manifest states. */
function membersOf(
  { kind, members }: KindFacts,
  { record, grantedIds }: LiveRecord,
  keysOf: ReadonlyMap<KindName, ReadonlyMap<string, string>>,
) {
  const grantIds = new Map<string, ReadonlyMap<string, string>>();
  const value: Record<string, unknown> = {};
  for (const { name } of members.values()) {
    const grant = kind.grants?.find(({ member }) => member === name);
    if (grant === undefined) {
      if (record[name] !== undefined) {
        value[name] = record[name];
      }
      continue;
    }
    const ids = grantedIds.get(grant);
    if (ids !== undefined) {
      // A reference to an item that is never touched is left unchanged, so it has no key.
      const pairs = ids.flatMap((id): [string, string][] => {
        const key = grant.to === undefined ? id : keysOf.get(grant.to)?.get(id);
        return key === undefined ? [] : [[key, id]];
      });
      pairs.sort(([a], [b]) => (a < b ? -1 : 1));
      grantIds.set(name, new Map(pairs));
      value[name] = pairs.map(([key]) => key);
    }
  }
  return { value, grantIds };
}

/**
 * Reads the items of some kinds and of those that they refer to.
 *
 * @throws LogtoError for a read that fails or that the policy forbids
 */
export async function readTenant(
  table: KindTable,
  names: Iterable<KindName>,
  reader: LiveReader,
  availability: Availability,
): Promise<LiveTenant> {
  const reading = new TenantReading(table, reader, availability);
  const requestedKinds = withReferencedKinds(names);
  await Promise.all(requestedKinds.map(({ name }) => reading.read(name)));
  const items = new Map<KindName, readonly LiveItem[]>();
  const keysOf = new Map<KindName, ReadonlyMap<string, string>>();
  const builtInIds = new Set<string>();
  // In the order of the table: a kind refers only to kinds above it.
  for (const { name } of kinds.filter((kind) => requestedKinds.includes(kind))) {
    const kind = kindOf(name);
    const parents = new Map(
      (items.get(kind.within?.kind ?? kind.of ?? name) ?? []).map((item) => [item.record, item]),
    );
    const live = (reading.recordsByKind.get(name) ?? []).map((liveRecord): LiveItem => {
      const carries = [...liveRecord.grantedIds].some(
        ([grant, ids]) =>
          grant.carriesBuiltIn === true && ids.some((id) => builtInIds.has(`${grant.to} ${id}`)),
      );
      const builtIn = liveRecord.builtIn ?? (carries ? 'it grants the Management API' : undefined);
      if (builtIn !== undefined) {
        builtInIds.add(`${name} ${liveRecord.id}`);
      }
      const { record, key, id } = liveRecord;
      const parent = liveRecord.parent && parents.get(liveRecord.parent.record);
      return {
        kind: name,
        key,
        id,
        record,
        ...membersOf(table.facts(name), liveRecord, keysOf),
        ...(parent !== undefined && { parent }),
        ...(builtIn !== undefined && { builtIn }),
      };
    });
    items.set(name, live);
    keysOf.set(
      name,
      new Map(live.filter(({ builtIn }) => builtIn === undefined).map(({ id, key }) => [id, key])),
    );
  }
  return { items, unavailable: reading.unavailable };
}
