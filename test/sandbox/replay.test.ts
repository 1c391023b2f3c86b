import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { accepted } from './accepted.js';
import { type Disagreement, type Exchange, Replay } from './replay.js';

const shared = new URL('../../../shared/logto/', import.meta.url);

const read = (file: URL): Exchange[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Exchange => JSON.parse(line));

/** Everything in a recording that the sandbox does not do alike and that nobody has accepted. */
async function disagreements(name: string, exchanges: readonly Exchange[]) {
  const replay = new Replay();
  await replay.start();
  const found: Disagreement[] = [];
  for (const [index, exchange] of exchanges.entries()) {
    for (const what of await replay.run(exchange)) {
      found.push({ line: index + 1, operation: exchange.op ?? exchange.path, what });
    }
  }
  const excused = (one: Disagreement) =>
    accepted.filter(
      (row) =>
        row.recording === name &&
        row.operations.includes(one.operation) &&
        (row.lines?.includes(one.line) ?? true) &&
        row.what.test(one.what),
    );
  return {
    unexcused: found.filter((one) => excused(one).length === 0),
    idle: accepted.filter(
      (row) => row.recording === name && !found.some((one) => excused(one).includes(row)),
    ),
  };
}

/** The first is in the project; the others stand beside it in some places, and are skipped where they do not. */
const recordings = [
  ['recorded.jsonl', new URL('./recorded.jsonl', import.meta.url)],
  ['exchanges.jsonl', new URL('exchanges.jsonl', shared)],
  ['errors.jsonl', new URL('errors.jsonl', shared)],
] as const;

describe('the sandbox', () => {
  for (const [name, file] of recordings) {
    const there = existsSync(file);
    it.runIf(there)(`answers ${name} as Logto did`, async () => {
      const { unexcused, idle } = await disagreements(name, read(file));
      expect(unexcused.map(({ line, operation, what }) => `${line} ${operation}: ${what}`)).toEqual(
        [],
      );
      expect(idle, 'what is accepted and never happens').toEqual([]);
    });
    it.runIf(!there)(
      `cannot be held against ${name}: SKIPPED, the recording is not here`,
      (context) => {
        context.skip();
      },
    );
  }
});
