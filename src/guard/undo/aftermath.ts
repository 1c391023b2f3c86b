/** What a write has left, as the journal keeps it: an undo must find that again. */

import { isObject } from '../../json.js';
import type { Reply } from '../../logto/session.js';
import { bodyOf, type OperationGraph } from '../operation-graph.js';
import type { PendingWrite } from '../pending-write.js';
import { idIn, type TenantReader } from '../tenant-reader.js';

/** Milliseconds that a second look after a failed write may take. */
const patience = 15_000;

export class Aftermath {
  constructor(
    private readonly routes: OperationGraph,
    private readonly state: TenantReader,
  ) {}

  /** Reads once more what a write acts on; undefined when that fails too. */
  async again({
    entry,
    values,
    change,
  }: PendingWrite): Promise<{ readonly found: unknown } | undefined> {
    try {
      // The caller may have given up, which is no reason not to know.
      const signal = AbortSignal.timeout(patience);
      return { found: await this.state.before(change, entry, values, signal) };
    } catch {
      return undefined;
    }
  }

  /** The ids of the members of a set that a write names, by id or by name; undefined when they cannot be read. */
  async #wanted({ entry, values, change }: PendingWrite): Promise<readonly unknown[] | undefined> {
    if (change.kind !== 'replace' && change.kind !== 'add') {
      return undefined;
    }
    const given = new Set(Object.values(bodyOf(entry, values)).flat());
    try {
      const signal = AbortSignal.timeout(patience);
      const items = await this.state.items(change.read, entry, values, signal);
      return items
        ?.filter(
          (item) =>
            given.has(idIn(item, change.field)) || (isObject(item) && given.has(item['name'])),
        )
        .map((item) => idIn(item, change.field));
    } catch {
      return undefined;
    }
  }

  /** What a write has left: the members that it changed, or the thing that it made. */
  async left(draft: PendingWrite, { body }: Reply): Promise<unknown> {
    const { entry, values, change, before } = draft;
    if (change.kind === 'create') {
      return body;
    }
    if (change.kind === 'attach') {
      const found = (await this.again(draft))?.found;
      const former = new Set(Array.isArray(before) ? before : []);
      return Array.isArray(found) ? found.filter((one) => !former.has(one)) : undefined;
    }
    if (
      (change.kind === 'replace' || change.kind === 'add') &&
      Object.keys(bodyOf(entry, values)).some((one) => one !== change.field)
    ) {
      // Named in another way: only a look tells the ids.
      return { [change.field]: (await this.#wanted(draft)) ?? null };
    }
    if (change.kind !== 'update') {
      return bodyOf(entry, values);
    }
    const merged = this.routes.replacing(entry);
    if (merged !== undefined && isObject(body)) {
      // These operations answer the data alone.
      return { [merged.field]: body };
    }
    return Object.fromEntries(
      Object.keys(bodyOf(entry, values)).map((field) => [
        field,
        isObject(body) && Object.hasOwn(body, field) ? body[field] : values[field],
      ]),
    );
  }
}
