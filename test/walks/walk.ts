/**
 * A walk calls every operation of a domain as an agent would, through a real MCP client, and creates and deletes only
 * things of its own. The same walks run over the sandbox in each test run and over a real Logto with `npm run test:live`.
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

/** What a call answered, before anybody has judged it. */
export type Outcome =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly error: Refused };

export type Caller = (tool: string, values: Readonly<Record<string, unknown>>) => Promise<Outcome>;

export type State = 'answered' | 'refused as expected' | 'not tried';

type Removal = readonly [tool: string, values: Readonly<Record<string, unknown>>];

export class Walker {
  /** What became of each tool that was called: the best outcome counts. */
  readonly states = new Map<string, { state: State; reason?: string }>();
  readonly #cleanups: Removal[] = [];
  #names = 0;

  constructor(
    private readonly caller: Caller,
    /** `live` is a real tenant, which holds other things than ours. */
    readonly place: 'sandbox' | 'live',
    /** The folder that the server may upload from. */
    private readonly uploads: string,
  ) {}

  /** Lays out a file to upload, and answers its name. */
  async file(ending: string, bytes: Uint8Array): Promise<string> {
    const name = `${this.name('file')}${ending}`;
    await writeFile(join(this.uploads, name), bytes);
    return name;
  }

  /** A name that nothing in the tenant has; letters, digits and underscores only. */
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

  /** Creates something and takes care that `removal` runs at the end, whatever happens in between. */
  async create(
    tool: string,
    values: Readonly<Record<string, unknown>>,
    removal: (created: Item) => Removal,
  ): Promise<Item> {
    const { result } = await this.call(tool, values);
    const made = result ?? {};
    this.later(...removal(made));
    return made;
  }

  /** Calls a tool that must be refused so; `expected` names what has to be the same. */
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

  /** Whether this Logto has the operation of a read; when not, says so of all the `tools` that came with it. */
  async serves(
    tool: string,
    values: Readonly<Record<string, unknown>>,
    tools: readonly string[],
  ): Promise<boolean> {
    const outcome = await this.caller(tool, values);
    const absent = !outcome.ok && outcome.error.code === 'operation_not_served';
    for (const name of absent ? tools : []) {
      this.cannot(name, 'this Logto does not have the operation yet');
    }
    return !absent;
  }

  /** Says why a tool cannot be tried here at all. */
  cannot(tool: string, reason: string): void {
    if (!this.states.has(tool)) {
      this.states.set(tool, { state: 'not tried', reason });
    }
  }

  /** Takes care that this call runs at the end, whatever happens in between; what it answers takes that back. */
  later(...removal: Removal): () => void {
    this.#cleanups.push(removal);
    return () => {
      this.#cleanups.splice(this.#cleanups.indexOf(removal), 1);
    };
  }

  /**
   * Removes what the walk has made, the newest first.
   *
   * @returns what could not be removed; what is gone by then is not among it, since removing it was what the walk was for
   */
  async cleanUp(): Promise<string[]> {
    const left: string[] = [];
    for (const [tool, values] of this.#cleanups.reverse()) {
      const outcome = await this.caller(tool, values);
      if (!outcome.ok && outcome.error.kind !== 'not_found') {
        left.push(`${tool} ${JSON.stringify(values)}: ${outcome.error.code ?? outcome.error.kind}`);
      }
    }
    return left;
  }
}

export type Walk = (walker: Walker) => Promise<void>;

/** A member that must be a text: an id, mostly. */
export function textOf(item: Item | undefined, member = 'id'): string {
  const value = item?.[member];
  if (typeof value !== 'string') {
    expect.fail(`there is no text "${member}" in ${JSON.stringify(item)}`);
  }
  return value;
}
