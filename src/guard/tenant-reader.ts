/** Reads current state of the tenant for previews, merges, policy checks and the journal. */
import { isEqual, isObject, listIn, memberOf } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { Reply, Session } from '../logto/session.js';
import { type NamedOperation, parametersOf, pathFor, type Values } from './operation-graph.js';

/** Items on a page, and pages that are read of a set. A larger set cannot be read as a whole. */
const PAGE_SIZE = 100;
const MAX_PAGES = 20;

/** Pages that are read of a set for a write that may have to be confirmed. */
const MAX_PAGES_OF_PLAN = 8;

/** Requests for the plan of a write, and for its confirmation without the write itself. */
const MAX_PLAN_REQUESTS = 12;
const MAX_CONFIRMATION_REQUESTS = 3;

/** Requests of one check of what people sign in with: a person with many roles needs one for each role. */
const MAX_CHECK_REQUESTS = 100;

/** The items of a list that were read. */
export interface Sample {
  readonly items: readonly unknown[];
  readonly complete: boolean;
}

export interface KnownList extends Sample {
  /** The value of `Total-Number`; undefined for a list without pages. */
  readonly total: number | undefined;
}

/** Lists that were read as a whole, by the call that reads them. */
export type KnownLists = Readonly<Record<string, KnownList>>;

/** The list in what a list operation answers. */
const listOf = ({ operation: { items } }: NamedOperation, body: unknown): unknown =>
  items === undefined ? body : memberOf(body, items);

/** An older Logto that does not serve a list has no entities of that kind. @throws every other error again */
function noneWhereNotServed(error: unknown): undefined {
  if (error instanceof LogtoError && error.failure.code === 'operation_not_served') {
    return undefined;
  }
  throw error;
}

/** How the reads for one write are limited. */
interface ReadLimits {
  /** Requests after which optional reads are no longer made. */
  readonly requests: number;
  readonly pages: number;
  /**
   * The lists of the plan that is being confirmed. A list with the same first page and total is not read as a whole again.
   */
  readonly previous?: KnownLists;
}

export class TenantReader {
  constructor(private readonly session: Session) {}

  /** Reads for a write that is sent on one call. */
  unlimited(signal: AbortSignal): Reads {
    return new Reads(this.session, signal, { requests: MAX_PLAN_REQUESTS, pages: MAX_PAGES });
  }

  /** Reads for a check that refuses if the result is unknown. */
  forCheck(signal: AbortSignal): Reads {
    return new Reads(this.session, signal, { requests: MAX_CHECK_REQUESTS, pages: MAX_PAGES });
  }

  /** Reads for a write that may have to be confirmed. */
  forPlan(signal: AbortSignal): Reads {
    return new Reads(this.session, signal, {
      requests: MAX_PLAN_REQUESTS,
      pages: MAX_PAGES_OF_PLAN,
    });
  }

  /** Reads for the confirmation of a plan. */
  forConfirmation(signal: AbortSignal, previous: KnownLists): Reads {
    return new Reads(this.session, signal, {
      requests: MAX_CONFIRMATION_REQUESTS,
      pages: MAX_PAGES_OF_PLAN,
      previous,
    });
  }
}

/**
 * The reads for one write. Nothing is read twice. Checks read whatever they need; information is read while the budget of
 * requests lasts, and is otherwise unknown.
 */
export class Reads {
  readonly #replies = new Map<string, Promise<Reply | undefined>>();
  readonly #lists = new Map<string, KnownList>();
  #requests = 0;

  constructor(
    private readonly session: Session,
    readonly signal: AbortSignal,
    private readonly limits: ReadLimits,
  ) {}

  /** Optional requests that may still be made. */
  get left(): number {
    return Math.max(0, this.limits.requests - this.#requests);
  }

  /** Whether these reads are for the confirmation of a plan. */
  get confirms(): boolean {
    return this.limits.previous !== undefined;
  }

  #send({ name, operation }: NamedOperation, values: Values): Promise<Reply | undefined> {
    const call = `${name} ${JSON.stringify(values)}`;
    const known = this.#replies.get(call);
    if (known !== undefined) {
      return known;
    }
    this.#requests += 1;
    const reply = this.session.send(operation, values, this.signal).catch((error: unknown) => {
      this.signal.throwIfAborted();
      if (error instanceof LogtoError && error.failure.kind === 'not_found') {
        return undefined;
      }
      throw error;
    });
    this.#replies.set(call, reply);
    return reply;
  }

  /**
   * Reads an entity; undefined if it does not exist.
   *
   * @throws LogtoError for every other failure
   */
  read(entry: NamedOperation, values: Values): Promise<Reply | undefined> {
    return this.#send(entry, values);
  }

  /**
   * Makes an optional read. Undefined when the budget is spent or the read fails: information never stops a write.
   *
   * @param work makes one request at most, and makes it at once
   */
  async optional<T>(work: () => Promise<T | undefined>): Promise<T | undefined> {
    if (this.left === 0) {
      return undefined;
    }
    try {
      return await work();
    } catch (error) {
      this.signal.throwIfAborted();
      if (error instanceof LogtoError) {
        return undefined;
      }
      throw error;
    }
  }

  /** The entity or the settings that `read` answers for the call of `source`; undefined if it does not exist. */
  async entity(
    read: NamedOperation,
    source: NamedOperation,
    values: Values,
  ): Promise<Record<string, unknown> | undefined> {
    const body = await this.body(read, source, values);
    if (Array.isArray(body)) {
      // The list that contains the entity named by the last parameter, such as the secrets of an application.
      const chosen =
        values['currentName'] ?? values[parametersOf(source.operation.url).at(-1) ?? ''];
      return body
        .filter(isObject)
        .find(({ id, name }) => chosen !== undefined && (id === chosen || name === chosen));
    }
    return isObject(body) ? body : undefined;
  }

  /** All that `read` answers for the call of `source`; undefined if it does not exist, or for a list too long to read. */
  async body(read: NamedOperation, source: NamedOperation, values: Values): Promise<unknown> {
    return read.operation.paging === undefined
      ? (await this.read(read, pathFor(read, source, values)))?.body
      : this.items(read, source, values);
  }

  /**
   * All items of a list; undefined when there are too many to read.
   *
   * @param query arguments of the list itself, such as a search
   */
  async items(
    read: NamedOperation,
    source: NamedOperation,
    values: Values,
    query: Values = {},
  ): Promise<readonly unknown[] | undefined> {
    const { items, complete } = await this.#list(read, source, values, query, this.limits.pages);
    return complete ? items : undefined;
  }

  /** The items of a list that the budget allows; undefined if none can be read. */
  sample(
    read: NamedOperation,
    source: NamedOperation,
    values: Values,
    query: Values = {},
    maxPages: number = this.limits.pages,
  ): Promise<Sample | undefined> {
    return this.optional(() => this.#list(read, source, values, query, maxPages, true));
  }

  async #list(
    read: NamedOperation,
    source: NamedOperation,
    values: Values,
    query: Values,
    maxPages: number,
    partial = false,
  ): Promise<Sample> {
    const path = { ...pathFor(read, source, values), ...query };
    const key = `${read.name} ${JSON.stringify(path)}`;
    const known = this.#lists.get(key);
    if (known !== undefined) {
      return known;
    }
    const paged = read.operation.paging !== undefined;
    const pageOf = async (page: number) => {
      const reply = await this.read(read, {
        ...path,
        ...(paged && { page, page_size: PAGE_SIZE }),
      });
      return { items: listIn(listOf(read, reply?.body)), page: reply?.page };
    };
    const first = await pageOf(1);
    const total = first.page?.total;
    const keep = (items: readonly unknown[], complete: boolean): Sample => {
      const list = { items, complete, total };
      if (complete) {
        this.#lists.set(key, list);
      }
      return list;
    };
    if (first.page?.has_more !== true) {
      return keep(first.items, true);
    }
    const previous = this.limits.previous?.[key];
    if (
      previous?.complete === true &&
      previous.total === total &&
      isEqual(previous.items.slice(0, first.items.length), first.items)
    ) {
      return keep(previous.items, true);
    }
    const pages = total === undefined ? maxPages : Math.ceil(total / PAGE_SIZE);
    if (pages > maxPages && !partial && read.operation.totalIgnoresFilters !== true) {
      return keep(first.items, false);
    }
    const allowed = partial ? Math.min(maxPages, 1 + this.left) : maxPages;
    // Side by side; a list that grows meanwhile has one more page, which the last one tells.
    const numbers = Array.from({ length: Math.min(pages, allowed) - 1 }, (_, index) => index + 2);
    const others = await Promise.all(numbers.map(pageOf));
    const all = [...first.items, ...others.flatMap(({ items }) => items)];
    const last = others.at(-1) ?? first;
    return keep(all, last.page?.has_more !== true);
  }

  /** All lists that were read under these reads. */
  get lists(): KnownLists {
    return Object.fromEntries(this.#lists);
  }

  /** A list that was read under these reads. */
  known(key: string): KnownList | undefined {
    return this.#lists.get(key);
  }

  /** The number of items of a list; undefined if it is unknown. One optional request. */
  count(read: NamedOperation, source: NamedOperation, values: Values): Promise<number | undefined> {
    return this.optional(async () => {
      const path = pathFor(read, source, values);
      const known = this.known(`${read.name} ${JSON.stringify(path)}`);
      if (known?.complete === true) {
        return known.items.length;
      }
      const paged = read.operation.paging !== undefined;
      const reply = await this.read(read, {
        ...path,
        ...(paged && { page: 1, page_size: 1 }),
      }).catch(noneWhereNotServed);
      if (reply === undefined) {
        return 0;
      }
      const body = listOf(read, reply.body);
      return reply.page?.total ?? (Array.isArray(body) ? body.length : undefined);
    });
  }
}
