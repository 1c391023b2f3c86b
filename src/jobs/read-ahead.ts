/**
 * Reads what the next writes of a script need before the script calls them. A script makes its writes one after the other,
 * and each write is first checked against the tenant. Without this, a script with many writes waits for one read after the
 * other.
 */
import { type NamedOperation, parametersOf, type Values } from '../guard/operation-graph.js';
import { isObject } from '../json.js';
import { Semaphore } from './semaphore.js';

/** Writes that are read ahead at the same time. */
const MAX_PARALLEL = 16;

/** Items of a list that are read ahead of the item that the script writes. */
const AHEAD = 32;

/** Reads that may turn out useless, besides as many as were useful. */
const MAX_USELESS = 60;

/** Lists that are remembered. */
const MAX_LISTS = 20;

/** Makes the reads of one write; their answers and errors are ignored here. */
export type ReadFor = (entry: NamedOperation, values: Values) => Promise<unknown>;

const keyOf = ({ name }: NamedOperation, values: Values): string =>
  `${name} ${JSON.stringify(values)}`;

export class ReadAhead {
  /** The ids of each list that the script has read, the last list first. */
  readonly #lists: {
    readonly ids: readonly string[];
    readonly indexes: ReadonlyMap<string, number>;
  }[] = [];
  readonly #started = new Set<string>();
  readonly #semaphore = new Semaphore(MAX_PARALLEL);
  /** The operation of the last write, if that was on an item of a list. */
  #lastOperation: string | undefined;
  #useful = 0;
  #predicted = 0;

  constructor(private readonly readFor: ReadFor) {}

  /** Remembers a list that the script has read. */
  listed(items: readonly unknown[]): void {
    const ids = items
      .map((item) => (isObject(item) ? item['id'] : undefined))
      .filter((id) => typeof id === 'string');
    if (ids.length > 1) {
      const indexes = new Map(ids.map((id, index) => [id, index]));
      this.#lists.unshift({ ids, indexes });
      this.#lists.splice(MAX_LISTS);
    }
  }

  /** Starts the reads of a write that will be recorded. */
  start(entry: NamedOperation, values: Values): void {
    const key = keyOf(entry, values);
    if (!this.#started.has(key)) {
      this.#started.add(key);
      // The write itself meets the same error and reports it.
      this.#semaphore.run(() => this.readFor(entry, values)).catch(() => undefined);
    }
  }

  /**
   * Starts the reads of the writes that probably follow this one: the same operation on the next items of the list that its
   * id is from. It does so from the second such write on, and stops when most of what it reads is not used.
   */
  continueFrom(entry: NamedOperation, values: Values): void {
    this.#useful += this.#started.has(keyOf(entry, values)) ? 1 : 0;
    const previous = this.#lastOperation;
    this.#lastOperation = undefined;
    for (const parameter of parametersOf(entry.operation.url)) {
      const id = values[parameter];
      const list =
        typeof id === 'string' ? this.#lists.find(({ indexes }) => indexes.has(id)) : undefined;
      if (list === undefined || typeof id !== 'string') {
        continue;
      }
      this.#lastOperation = entry.name;
      if (previous !== entry.name || this.#predicted > 2 * this.#useful + MAX_USELESS) {
        return;
      }
      const from = (list.indexes.get(id) ?? 0) + 1;
      for (const next of list.ids.slice(from, from + AHEAD)) {
        const nextValues = { ...values, [parameter]: next };
        if (!this.#started.has(keyOf(entry, nextValues))) {
          this.#predicted += 1;
          this.start(entry, nextValues);
        }
      }
      return;
    }
  }
}
