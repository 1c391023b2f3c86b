/** Answers the calls that a script makes on `logto`: validates, reads, and counts against the limits of the script. */
import { LogtoError } from '../logto/errors.js';
import type { CallAnswer } from './script-engine.js';
import type { ScriptLimits } from './script-protocol.js';
import { Semaphore } from './semaphore.js';

/** Requests of one script that are under way at a time. */
const MAX_PARALLEL = 8;

/** Items on each page that `logto.all` requests, unless the script gives another `page_size`: Logto's maximum. */
const PAGE_SIZE = 100;

/** What an operation answers to a script. */
export interface ScriptResult {
  /** The items of a list, one object, or undefined if Logto answers nothing. */
  readonly value: unknown;
  /** Of one page of a list. */
  readonly page?: { readonly total_pages?: number | undefined; readonly has_more: boolean };
  readonly notes?: readonly string[];
}

/** An operation as a script can call it. */
export interface ScriptOperation {
  readonly name: string;
  readonly effect: 'reads' | 'writes';
  /** Whether Logto answers it page by page. */
  readonly isPaged: boolean;
  /** Whether it answers a list, so that `logto.all` can read it. */
  readonly isList: boolean;
  /**
   * Validates the arguments and runs the operation, or records it.
   *
   * @throws LogtoError for everything that is refused
   */
  run(input: unknown): Promise<ScriptResult>;
  /** For a write that waits for others: starts to read what it needs. Never rejects. */
  prefetch?(input: unknown): void;
}

export interface ScriptCallsOptions {
  readonly operations: ReadonlyMap<string, ScriptOperation>;
  readonly limits: Pick<ScriptLimits, 'reads' | 'writes'>;
  readonly signal: AbortSignal;
  /** Why this script cannot call an existing operation; undefined for one that does not exist. */
  readonly refusal: (name: string) => LogtoError | undefined;
  /** The permitted names that are nearest to an unknown one. */
  readonly nearest: (name: string) => readonly string[];
  readonly progress?: (done: number, message: string) => void;
}

const limitError = (unit: string, limit: number, hint: string): LogtoError =>
  new LogtoError({
    kind: 'input',
    code: 'script_limit',
    message: `The script makes more than ${limit} ${unit}.`,
    hint,
  });

/** The calls of one run of a script. */
export class ScriptCalls {
  readonly #options: ScriptCallsOptions;
  readonly #semaphore = new Semaphore(MAX_PARALLEL);
  readonly #notes = new Set<string>();
  /** Writes run one after the other, in the order in which the script called them. */
  #lastWrite: Promise<unknown> = Promise.resolve();
  #reads = 0;
  #writes = 0;

  constructor(options: ScriptCallsOptions) {
    this.#options = options;
  }

  /** Number of read requests. */
  get reads(): number {
    return this.#reads;
  }

  /** Notes of the operations, each once. */
  get notes(): readonly string[] {
    return [...this.#notes];
  }

  /** Answers one call. Never rejects: an error becomes an exception inside the script. */
  async answer(name: string, input: string): Promise<CallAnswer> {
    try {
      const [list] = /^all (.*)$/s.exec(name)?.slice(1) ?? [];
      const body =
        list === undefined
          ? await this.#call(name, JSON.parse(input))
          : { items: await this.#readAll(list, JSON.parse(input)) };
      return { ok: true, body: JSON.stringify(body) };
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (error instanceof LogtoError) {
        const { message, kind, status, code, hint, details } = error.failure;
        const text = [message, ...(details ?? [])].join(' ');
        return { ok: false, body: JSON.stringify({ message: text, kind, status, code, hint }) };
      }
      throw error;
    }
  }

  #operation(name: string): ScriptOperation {
    const operation = this.#options.operations.get(name);
    if (operation !== undefined) {
      return operation;
    }
    const refusal = this.#options.refusal(name);
    if (refusal !== undefined) {
      throw refusal;
    }
    const suggestions = this.#options.nearest(name).map((nearestName) => `logto.${nearestName}`);
    throw new LogtoError({
      kind: 'input',
      code: 'unknown_operation',
      message: `logto.${name} does not exist.`,
      hint:
        suggestions.length > 0
          ? `Did you mean ${suggestions.join(' or ')}?`
          : 'find_operations answers the functions for a task.',
    });
  }

  async #call(name: string, input: unknown): Promise<object> {
    const operation = this.#operation(name);
    const { value, page } =
      operation.effect === 'reads'
        ? await this.#read(operation, input)
        : await this.#write(operation, input);
    return Array.isArray(value) ? { items: value, page } : { result: value };
  }

  #collectNotes({ notes = [] }: ScriptResult): void {
    for (const note of notes) {
      this.#notes.add(note);
    }
  }

  async #read(operation: ScriptOperation, input: unknown): Promise<ScriptResult> {
    const { limits, progress } = this.#options;
    this.#reads += 1;
    if (this.#reads > limits.reads) {
      throw limitError('reads', limits.reads, 'Filter on the server, or split the job.');
    }
    const result = await this.#semaphore.run(() => operation.run(input));
    this.#collectNotes(result);
    progress?.(this.#reads, operation.name);
    return result;
  }

  #write(operation: ScriptOperation, input: unknown): Promise<ScriptResult> {
    const { limits } = this.#options;
    this.#writes += 1;
    if (this.#writes > limits.writes) {
      throw limitError('writes', limits.writes, 'Split the job into several scripts.');
    }
    operation.prefetch?.(input);
    const run = this.#lastWrite.then(() => operation.run(input));
    this.#lastWrite = run.catch(() => undefined);
    return run.then((result) => {
      this.#collectNotes(result);
      return result;
    });
  }

  /** Reads a list to its end: the first page alone, the others side by side. */
  async #readAll(name: string, input: unknown): Promise<readonly unknown[]> {
    const operation = this.#operation(name);
    if (!operation.isList) {
      throw new LogtoError({
        kind: 'input',
        code: 'not_a_list',
        message: `logto.all cannot read ${name}: it does not answer a list.`,
        hint: `Call logto.${name} itself.`,
      });
    }
    const values = typeof input === 'object' && input !== null ? input : {};
    if (Object.hasOwn(values, 'page')) {
      throw new LogtoError({
        kind: 'input',
        code: 'invalid_arguments',
        message: 'logto.all reads every page, so page cannot be given.',
        hint: `Leave it out, or call logto.${name} for one page.`,
      });
    }
    const itemsOf = ({ value }: ScriptResult): readonly unknown[] =>
      Array.isArray(value) ? value : [];
    if (!operation.isPaged) {
      return itemsOf(await this.#read(operation, values));
    }
    const pageAt = (page: number) =>
      this.#read(operation, { page_size: PAGE_SIZE, ...values, page });
    const first = await pageAt(1);
    const pages = first.page?.total_pages;
    const items = [...itemsOf(first)];
    if (pages !== undefined && pages > 1) {
      const numbers = Array.from({ length: pages - 1 }, (_, index) => index + 2);
      const others = await Promise.all(numbers.map(pageAt));
      items.push(...others.flatMap(itemsOf));
      if (others.at(-1)?.page?.has_more !== true) {
        return items;
      }
    } else if (first.page?.has_more !== true) {
      return items;
    }
    // Without a reliable total, or if the list has grown, the other pages are read one after the other.
    for (let page = (pages ?? 1) + 1; ; page += 1) {
      const next = await pageAt(page);
      items.push(...itemsOf(next));
      if (next.page?.has_more !== true || itemsOf(next).length === 0) {
        return items;
      }
    }
  }
}
