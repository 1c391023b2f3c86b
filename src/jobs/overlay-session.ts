/**
 * The tenant as a script sees it: entities that the script creates are visible before they are sent. Reads of everything
 * else go to Logto.
 */

import type { Outline } from '../catalog/operation.js';
import type { Values } from '../guard/operation-graph.js';
import { LogtoError } from '../logto/errors.js';
import type { Page } from '../logto/pagination.js';
import type { Reply, Session } from '../logto/session.js';

/** The address that a call reads or writes: its route with the values of its path. */
export const addressOf = ({ url }: Pick<Outline, 'url'>, values: Values): string =>
  url.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));

/** What a run has recorded, by the address under which it is read. */
export class RecordedState {
  readonly #things = new Map<string, unknown>();
  readonly #updates = new Map<string, unknown>();
  readonly #members = new Map<string, unknown[]>();
  readonly #mark: string;
  #made = 0;

  /** @param mark makes the placeholders of this run different from every text of the tenant */
  constructor(mark: string) {
    this.#mark = mark;
  }

  /** A new placeholder for the id of an entity that the script creates. */
  placeholder(kind: string): string {
    this.#made += 1;
    return `new-${kind.replaceAll(/[^a-z]+/gi, '-')}-${this.#made}-${this.#mark}`;
  }

  /** Whether a text contains a placeholder of this run. */
  isUnsent(text: string): boolean {
    return text.includes(`-${this.#mark}`);
  }

  /** An entity that the script creates, or whose state it changes. */
  recordEntity(address: string, entity: unknown): void {
    this.#things.set(address, entity);
  }

  /** The state that an update of an existing entity would leave. Only later writes of the same run see it. */
  recordUpdate(address: string, image: unknown): void {
    this.#updates.set(address, image);
  }

  addMember(collection: string, item: unknown): void {
    const items = this.#members.get(collection) ?? [];
    items.push(item);
    this.#members.set(collection, items);
  }

  entity(address: string): unknown {
    return this.#things.get(address);
  }

  update(address: string): unknown {
    return this.#updates.get(address);
  }

  members(collection: string): readonly unknown[] {
    return this.#members.get(collection) ?? [];
  }
}

/** One page of a list whose items are all known. */
function pageOf(items: readonly unknown[], values: Values): { body: unknown[]; page: Page } {
  const size = typeof values['page_size'] === 'number' ? values['page_size'] : 20;
  const number = typeof values['page'] === 'number' ? values['page'] : 1;
  const pages = Math.max(1, Math.ceil(items.length / size));
  const more = number < pages;
  return {
    body: items.slice((number - 1) * size, number * size),
    page: {
      page: number,
      page_size: size,
      total: items.length,
      total_pages: pages,
      has_more: more,
      next_page: more ? number + 1 : null,
    },
  };
}

/** A session that only reads, over the recorded writes of a run. */
export class OverlaySession implements Session {
  constructor(
    private readonly session: Session,
    private readonly state: RecordedState,
    /** Whether recorded updates are visible: to later writes, which merge into them, but not to the script. */
    private readonly seesUpdates: boolean,
  ) {}

  get tokenRequests(): number {
    return this.session.tokenRequests;
  }

  redact(text: string): string {
    return this.session.redact(text);
  }

  check(operation: Outline, values: Values): Promise<void> {
    return this.session.check(operation, values);
  }

  async send(operation: Outline, values: Values, signal: AbortSignal): Promise<Reply> {
    if (operation.effect !== 'reads') {
      throw new Error('Nothing is sent while a run is recorded.');
    }
    const address = addressOf(operation, values);
    const recorded =
      this.state.entity(address) ?? (this.seesUpdates ? this.state.update(address) : undefined);
    if (recorded !== undefined) {
      return { status: 200, body: recorded };
    }
    if (!this.state.isUnsent(address)) {
      return this.session.send(operation, values, signal);
    }
    if (operation.paging !== undefined || this.state.members(address).length > 0) {
      const items = this.state.members(address);
      return operation.paging === undefined
        ? { status: 200, body: items }
        : { status: 200, ...pageOf(items, values) };
    }
    throw new LogtoError({
      kind: 'not_found',
      code: 'not_made_yet',
      status: 404,
      message: `${operation.method} ${operation.url} cannot be read: what it belongs to is made by an earlier write of the same run, which was not sent yet.`,
      hint: 'Use what the call that makes it has answered.',
    });
  }
}
