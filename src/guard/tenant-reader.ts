/** What is there: reads that the guard makes on its own, for a preview, a merge, a check or the journal. */

import { isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { Reply, Session } from '../logto/session.js';
import {
  type Change,
  isNamesake,
  type NamedOperation,
  type Pair,
  pairsIn,
  pairsWanted,
  parametersOf,
  pathFor,
  type Values,
} from './operation-graph.js';

/** Items on a page, and pages that are read of a set; a set that is larger cannot be put back. */
const pageSize = 100;
const mostPages = 20;

export class TenantReader {
  /** What was read under a signal that `remembering` has made. */
  readonly #read = new WeakMap<AbortSignal, Map<string, Promise<Reply>>>();

  constructor(private readonly session: Session) {}

  /**
   * A signal that ends with another one, and under which nothing is read twice: for the checks of one call, which is not
   * sent before they are through.
   */
  remembering(signal: AbortSignal): AbortSignal {
    const own = AbortSignal.any([signal]);
    this.#read.set(own, new Map());
    return own;
  }

  #send({ name, operation }: NamedOperation, values: Values, signal: AbortSignal): Promise<Reply> {
    const known = this.#read.get(signal);
    if (known === undefined) {
      return this.session.send(operation, values, signal);
    }
    const call = `${name} ${JSON.stringify(values)}`;
    const reply = known.get(call) ?? this.session.send(operation, values, signal);
    known.set(call, reply);
    return reply;
  }

  /** Reads; undefined when it is not there. */
  async read(
    entry: NamedOperation,
    values: Values,
    signal: AbortSignal,
  ): Promise<Reply | undefined> {
    try {
      return await this.#send(entry, values, signal);
    } catch (error) {
      signal.throwIfAborted();
      const failure = error instanceof LogtoError ? error.failure : undefined;
      // Logto refuses to list the roles of an application whose type cannot hold any: it holds none.
      if (failure?.kind === 'not_found' || failure?.code === 'application.invalid_type') {
        return undefined;
      }
      throw error;
    }
  }

  /** The entity or the settings that `read` answers for the call of `source`. */
  async entity(
    read: NamedOperation,
    source: NamedOperation,
    values: Values,
    signal: AbortSignal,
  ): Promise<Record<string, unknown> | undefined> {
    const paged = read.operation.paging !== undefined;
    const body = paged
      ? await this.items(read, source, values, signal)
      : (await this.read(read, pathFor(read, source, values), signal))?.body;
    if (Array.isArray(body)) {
      // A list that the last parameter chooses from, such as the secrets of an application.
      const chosen =
        values['currentName'] ?? values[parametersOf(source.operation.url).at(-1) ?? ''];
      return body
        .filter(isObject)
        .find(({ id, name }) => chosen !== undefined && (id === chosen || name === chosen));
    }
    return isObject(body) ? body : undefined;
  }

  /**
   * What the members of a set hold that goes with their membership: organization roles, by the id of the member.
   * Undefined where the set is of another kind.
   */
  async heldBy(
    change: Change,
    entry: NamedOperation,
    values: Values,
    members: readonly unknown[],
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, readonly string[]>>> {
    if (
      members.length === 0 ||
      !('field' in change) ||
      !/organization_(users|applications)$/.test(change.read.name)
    ) {
      return {};
    }
    const items = (await this.items(change.read, entry, values, signal)) ?? [];
    return Object.fromEntries(
      items.filter(isObject).flatMap((item) => {
        const held = Array.isArray(item['organizationRoles']) ? item['organizationRoles'] : [];
        const ids = held.filter(isObject).map(({ id }) => String(id));
        return ids.length > 0 && members.includes(item['id']) ? [[String(item['id']), ids]] : [];
      }),
    );
  }

  /**
   * All items of a list; undefined when there are too many.
   *
   * @param narrowed arguments of the list itself, such as a search
   */
  async items(
    read: NamedOperation,
    source: NamedOperation,
    values: Values,
    signal: AbortSignal,
    narrowed: Values = {},
  ): Promise<readonly unknown[] | undefined> {
    const path = { ...pathFor(read, source, values), ...narrowed };
    const paged = read.operation.paging !== undefined;
    const all: unknown[] = [];
    for (let page = 1; page <= mostPages; page += 1) {
      const sent = { ...path, ...(paged && { page, page_size: pageSize }) };
      const reply = await this.read(read, sent, signal);
      const { items } = read.operation;
      const body: unknown =
        items !== undefined && isObject(reply?.body) ? reply.body[items] : reply?.body;
      all.push(...(Array.isArray(body) ? body : []));
      if (reply?.page?.has_more !== true) {
        return all;
      }
      const { total = 0 } = reply.page;
      if (total > mostPages * pageSize && read.operation.totalIgnoresFilters !== true) {
        return undefined;
      }
    }
    return undefined;
  }

  /** Whatever `read` answers for the call of `source`: all of a list, up to the pages that are read of a set. */
  async whole(
    read: NamedOperation,
    source: NamedOperation,
    values: Values,
    signal: AbortSignal,
  ): Promise<unknown> {
    return read.operation.paging === undefined
      ? (await this.read(read, pathFor(read, source, values), signal))?.body
      : ((await this.items(read, source, values, signal)) ??
          this.count(read, source, values, signal));
  }

  /** How many items a list has; undefined when it cannot be told. */
  async count(
    read: NamedOperation,
    source: NamedOperation,
    values: Values,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const path = pathFor(read, source, values);
    const paged = read.operation.paging !== undefined;
    try {
      const { body, page } = await this.#send(
        read,
        { ...path, ...(paged && { page: 1, page_size: 1 }) },
        signal,
      );
      return page?.total ?? (Array.isArray(body) ? body.length : undefined);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LogtoError) {
        return undefined;
      }
      throw error;
    }
  }

  /** The connectors that a new one of the kind `factory` takes the place of: a tenant has one for e-mail and one for SMS. */
  async replacedBy(
    named: (name: string) => NamedOperation,
    factory: unknown,
    signal: AbortSignal,
  ): Promise<readonly Record<string, unknown>[]> {
    const kind = named('get_connector_factory');
    const reply = await this.read(kind, { id: factory }, signal);
    const type = isObject(reply?.body) ? reply.body['type'] : undefined;
    if (type !== 'Email' && type !== 'Sms') {
      return [];
    }
    const list = named('list_connectors');
    const all = await this.items(list, list, {}, signal);
    return (all ?? []).filter(isObject).filter((one) => one['type'] === type);
  }

  /** The relations among those that a call names that are there; undefined when there are too many to read. */
  async pairs(
    read: NamedOperation,
    source: NamedOperation,
    values: Values,
    signal: AbortSignal,
  ): Promise<Pair[] | undefined> {
    const found =
      read.operation.paging === undefined
        ? (await this.read(read, pathFor(read, source, values), signal))?.body
        : await this.items(read, source, values, signal);
    const wanted = new Set(pairsWanted(source, values).map((pair) => pair.join('/')));
    return found === undefined
      ? undefined
      : pairsIn(found).filter((pair) => wanted.has(pair.join('/')));
  }

  /** The names of the things that a user has of the kind that a call makes. */
  async attached(
    { read, member }: Extract<Change, { kind: 'attach' }>,
    source: NamedOperation,
    values: Values,
    signal: AbortSignal,
  ): Promise<string[]> {
    const body = (await this.read(read, pathFor(read, source, values), signal))?.body;
    return member === undefined
      ? (Array.isArray(body) ? body : []).map((one) => String(idIn(one, 'id')))
      : Object.keys(Object(isObject(body) ? body[member] : undefined));
  }

  /** What a change finds: an entity for an update or a removal, names for a set; undefined when there is nothing to read. */
  async before(
    change: Change,
    entry: NamedOperation,
    values: Values,
    signal: AbortSignal,
  ): Promise<unknown> {
    switch (change.kind) {
      case 'remove':
        if (change.read?.name.startsWith('list_') && !entry.operation.url.endsWith('}')) {
          // Of a list, what a query finds.
          return this.items(change.read, entry, values, signal, queryOf(entry, values));
        }
        return change.read && this.entity(change.read, entry, values, signal);
      case 'update':
        return this.entity(change.read, entry, values, signal);
      case 'upsert': {
        const wanted = [values[change.field]].flat();
        const items = await this.items(change.read, entry, values, signal);
        return items?.filter((item) => wanted.some((one) => isNamesake(item, one)));
      }
      case 'add':
      case 'take':
      case 'replace': {
        const items = await this.items(change.read, entry, values, signal);
        return items?.map((item) => idIn(item, change.field));
      }
      case 'attach':
        return this.attached(change, entry, values, signal);
      case 'pair':
        return this.pairs(change.read, entry, values, signal);
      default:
        return undefined;
    }
  }
}

/** The arguments of a call that travel in its query. */
const queryOf = ({ operation }: NamedOperation, values: Values): Values =>
  Object.fromEntries(
    Object.keys(operation.query ?? {})
      .filter((name) => values[name] !== undefined)
      .map((name) => [name, values[name]]),
  );

/** What an item of a set is called in the field that adds it: its id, mostly. */
export function idIn(item: unknown, field: string): unknown {
  if (!isObject(item)) {
    return item;
  }
  return item[field.replace(/s$/, '')] ?? item['id'] ?? item['name'];
}

/** The name by which a person knows an entity; undefined when it has none. */
export function nameOf(entity: unknown): string | undefined {
  if (!isObject(entity)) {
    return undefined;
  }
  const { name, connectorName, username, primaryEmail, primaryPhone, domain, target, id } = entity;
  const { templateType, languageTag } = entity;
  if (typeof templateType === 'string' && typeof languageTag === 'string') {
    return `${templateType} ${languageTag}`;
  }
  return [name, connectorName, username, primaryEmail, primaryPhone, domain, target, id].find(
    (one): one is string => typeof one === 'string' && one !== '',
  );
}
