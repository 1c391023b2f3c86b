/**
 * A walk calls every operation of a domain as an agent does, through a real MCP client, and changes only entities that it
 * creates itself. The same walks run over the sandbox in each test run and over a real Logto with `npm run test:live`.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';

/** The structured content of a successful call. */
export interface Answer {
  readonly items?: readonly Item[];
  readonly page?: {
    readonly page: number;
    readonly page_size: number;
    readonly total?: number;
    readonly total_pages?: number;
    readonly has_more: boolean;
    readonly next_page: number | null;
  };
  readonly result?: Item;
  readonly done?: true;
  readonly notes?: readonly string[];
}

/** An entity of Logto's, of which a walk reads a few members. */
export type Item = Readonly<Record<string, unknown>> & { readonly id?: unknown };

/** The `error` of a refused call. */
export interface Refused {
  readonly kind: string;
  readonly status?: number;
  readonly code?: string;
  readonly message: string;
  readonly hint?: string;
  readonly details?: readonly string[];
}

/** The unchecked result of a call. */
export type Outcome =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly error: Refused };

export type Caller = (tool: string, values: Readonly<Record<string, unknown>>) => Promise<Outcome>;

export type State = 'answered' | 'refused as expected' | 'not tried';

type Removal = readonly [tool: string, values: Readonly<Record<string, unknown>>];

export class Walker {
  /** The best outcome of each called tool. */
  readonly states = new Map<string, { state: State; reason?: string }>();
  readonly #cleanups: Removal[] = [];
  #names = 0;

  constructor(
    private readonly caller: Caller,
    /** `live` is a real tenant, which has other entities too. */
    readonly place: 'sandbox' | 'live',
    /** The folder that uploads are read from. */
    private readonly uploads: string,
  ) {}

  /** Writes a file to upload. @returns its name */
  async file(ending: string, bytes: Uint8Array): Promise<string> {
    const name = `${this.name('file')}${ending}`;
    await writeFile(join(this.uploads, name), bytes);
    return name;
  }

  /** A name that is unused in the tenant; letters, digits and underscores only. */
  name(prefix: string): string {
    this.#names += 1;
    return `${prefix}_${process.pid}_${Date.now().toString(36)}_${this.#names}`;
  }

  /** Calls a tool that must succeed. */
  async call(tool: string, values: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    const outcome = await this.caller(tool, values);
    if (!outcome.ok) {
      expect.fail(`${tool} ${JSON.stringify(values)} answered ${JSON.stringify(outcome.error)}`);
    }
    this.states.set(tool, { state: 'answered' });
    return outcome.answer;
  }

  /** Creates an entity and registers `removal`, which runs at the end even after a failure. */
  async create(
    tool: string,
    values: Readonly<Record<string, unknown>>,
    removal: (created: Item) => Removal,
  ): Promise<Item> {
    const { result } = await this.call(tool, values);
    const created = result ?? {};
    this.addCleanup(...removal(created));
    return created;
  }

  /** Calls a tool that must be refused with the members of `expected`. */
  async refused(
    tool: string,
    values: Readonly<Record<string, unknown>>,
    expected: Partial<Refused>,
  ): Promise<Refused> {
    const outcome = await this.caller(tool, values);
    if (outcome.ok) {
      expect.fail(
        `${tool} ${JSON.stringify(values)} should be refused and answered ${JSON.stringify(outcome.answer)}`,
      );
    }
    expect(outcome.error, `${tool} ${JSON.stringify(values)}`).toMatchObject(expected);
    if (!this.states.has(tool)) {
      this.states.set(tool, {
        state: 'refused as expected',
        reason: outcome.error.code ?? outcome.error.kind,
      });
    }
    return outcome.error;
  }

  /** Whether this Logto serves the operation of a read. If not, skips all `tools` of the same version. */
  async serves(
    tool: string,
    values: Readonly<Record<string, unknown>>,
    tools: readonly string[],
  ): Promise<boolean> {
    const outcome = await this.caller(tool, values);
    const absent = !outcome.ok && outcome.error.code === 'operation_not_served';
    for (const name of absent ? tools : []) {
      this.skip(name, 'this Logto does not have the operation yet');
    }
    return !absent;
  }

  /** Records why a tool cannot be tried here. */
  skip(tool: string, reason: string): void {
    if (!this.states.has(tool)) {
      this.states.set(tool, { state: 'not tried', reason });
    }
  }

  /** Registers a call to run at the end, even after a failure. @returns a function that cancels it */
  addCleanup(...removal: Removal): () => void {
    this.#cleanups.push(removal);
    return () => {
      this.#cleanups.splice(this.#cleanups.indexOf(removal), 1);
    };
  }

  /**
   * Removes the entities of the walk, newest first.
   *
   * @returns what could not be removed; entities that the walk has already removed do not count
   */
  async cleanUp(): Promise<string[]> {
    const failures: string[] = [];
    for (const [tool, values] of this.#cleanups.reverse()) {
      const outcome = await this.caller(tool, values);
      if (!outcome.ok && outcome.error.kind !== 'not_found') {
        failures.push(
          `${tool} ${JSON.stringify(values)}: ${outcome.error.code ?? outcome.error.kind}`,
        );
      }
    }
    return failures;
  }
}

export type Walk = (walker: Walker) => Promise<void>;

/** A member that must be a string, by default the id. */
export function textOf(item: Item | undefined, member = 'id'): string {
  const value = item?.[member];
  if (typeof value !== 'string') {
    expect.fail(`there is no string "${member}" in ${JSON.stringify(item)}`);
  }
  return value;
}
