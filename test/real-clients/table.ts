/** Prints the results of each client at the end of a run, and fails a complete run with too few clients. */
import { readdirSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestSpecification, Vitest } from 'vitest/node';

export type Kind = 'inspector' | '1.x SDK' | 'agent';

const columns = ['list', 'call', 'page', 'error', 'declined'] as const;

export type Column = (typeof columns)[number];

/** The result of a passed test of a client. */
export interface Cell {
  readonly client: string;
  readonly kind: Kind;
  readonly column: Column;
  /** A remark, such as why the client does not offer it. */
  readonly note?: string;
  /** The client does not offer it; the test shows what happens instead. */
  readonly notOffered?: boolean;
}

declare module 'vitest' {
  interface TaskMeta {
    cell?: Cell;
  }
}

/** A run needs one client of each kind that passes every test. */
const needed: Readonly<Record<Kind, string>> = {
  inspector: 'the Inspector',
  '1.x SDK': 'the 1.x SDK client',
  agent: 'an agent CLI',
};

interface Row {
  readonly client: string;
  readonly kind: Kind;
  readonly states: Map<Column, string>;
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const testFiles = (): number =>
  readdirSync(new URL('.', import.meta.url)).filter((file) => file.endsWith('.test.ts')).length;

export class ClientTable implements Reporter {
  /** False for a partial run. */
  #whole = false;
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.#whole =
      specifications.length === testFiles() && this.#vitest?.config.testNamePattern === undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = new Map<string, Row>();
    const notes: string[] = [];
    const noted = (state: string, note: string | undefined): string => {
      if (note === undefined) {
        return state;
      }
      if (!notes.includes(note)) {
        notes.push(note);
      }
      return `${state} (${notes.indexOf(note) + 1})`;
    };
    const stateOf = (test: TestCase, { note, notOffered }: Cell): string => {
      const result = test.result();
      switch (result.state) {
        case 'passed':
          return noted(notOffered === true ? 'not offered' : 'ok', note);
        case 'skipped':
          return noted('not run', result.note);
        default:
          return 'FAILED';
      }
    };
    for (const test of modules.flatMap((module) => [...module.children.allTests()])) {
      const { cell } = test.meta();
      if (cell !== undefined) {
        const { client, kind, column } = cell;
        const row = rows.get(client) ?? { client, kind, states: new Map() };
        row.states.set(column, stateOf(test, cell));
        rows.set(client, row);
      }
    }
    this.#print([...rows.values()], notes);
    this.#judge([...rows.values()]);
  }

  #print(rows: readonly Row[], notes: readonly string[]): void {
    const lines = [
      ['client', ...columns],
      ...rows.map(({ client, states }) => [
        client,
        ...columns.map((column) => states.get(column) ?? '-'),
      ]),
    ];
    const widths = ['client', ...columns].map((_, at) =>
      Math.max(...lines.map((line) => line[at]?.length ?? 0)),
    );
    print('');
    for (const line of lines) {
      print(
        line
          .map((text, at) => text.padEnd((widths[at] ?? 0) + 2))
          .join('')
          .trimEnd(),
      );
    }
    notes.forEach((note, at) => {
      print(`(${at + 1}) ${note}`);
    });
    print('');
  }

  #judge(rows: readonly Row[]): void {
    const done = rows.filter(({ states }) =>
      columns.every((column) => /^(ok|not offered)/.test(states.get(column) ?? '')),
    );
    const lacking = Object.entries(needed)
      .filter(([kind]) => !done.some((row) => row.kind === kind))
      .map(([, what]) => what);
    if (this.#whole && lacking.length > 0) {
      print(`FAILED: these did not go through everything: ${lacking.join(', ')}.`);
      process.exitCode = 1;
    }
  }
}
