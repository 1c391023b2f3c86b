/** The answers that find_operations shows, against recorded answers of a real Logto and those of the sandbox. */
import { describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { answerCorrections } from '../../../src/dev/contract/answer-corrections.js';
import { answerLines, answersOf } from '../../../src/dev/contract/answers.js';
import { isObject } from '../../../src/json.js';
import { answers, parseAnswers } from '../../../src/mcp/search/answers.js';
import {
  type Exchange,
  readRecording,
  recordedWith,
  recordings,
} from '../../sandbox/recordings.js';
import { Replay } from '../../sandbox/replay.js';
import { disagreements, readNotation } from '../../support/answer-notation.js';
import { tools } from '../../support/client.js';

const toolByOperation = new Map(tools.map((tool) => [tool.key.toLowerCase(), tool]));

/** What a tool answers for a recorded body, and where that differs from the facts. */
function differences({ op, headers }: Exchange, body: unknown): string[] {
  const tool = toolByOperation.get((op ?? '').toLowerCase());
  if (tool === undefined) {
    return [];
  }
  const { items, answer } = tool.operation;
  // Some writes answer one word of plain text, which says nothing; our tools leave it out.
  const isJson = headers['content-type']?.startsWith('application/json') === true;
  const value =
    answer !== undefined
      ? String(body ?? '')
      : !isJson
        ? undefined
        : items !== undefined && isObject(body)
          ? body[items]
          : body;
  const notation = readNotation(answers.get(tool.name) ?? 'unknown');
  return disagreements(value, notation).map((difference) => `${tool.name}: ${difference}`);
}

/** Whether a call of ours can have this answer: our tools never ask for digests of passwords. */
const isOurs = ({ status, query }: Exchange): boolean =>
  status >= 200 && status < 300 && !JSON.stringify(query ?? {}).includes('includePasswordHash');

describe('answers.tsv', () => {
  it('has every operation of the catalog and no other', () => {
    expect(
      [...answers.keys()].sort(),
      'Run `npm run contract -- <url or file> --pin` after adding an operation.',
    ).toEqual(tools.map(({ name }) => name).sort());
  });

  it('can be parsed, and is written in the same form again', () => {
    for (const [name, answer] of answers) {
      expect(() => readNotation(answer), name).not.toThrow();
    }
    expect(parseAnswers(answerLines(answers))).toEqual(answers);
  });

  it.each(['{id}', '{id}\t', '\tget_user', '{id}\tget_user get_user', 'a\tb\tc'])(
    'refuses a line such as %j',
    (line) => {
      expect(() => parseAnswers(`${line}\n`)).toThrow(/answers\.tsv:1: write/);
    },
  );

  it.each(recordings)('agrees with the answers of Logto in the recording "%s"', (recording) => {
    const problems = readRecording(recording)
      .filter(isOurs)
      .flatMap((exchange) => differences(exchange, exchange.body));
    expect([...new Set(problems)]).toEqual([]);
  });

  it.each(recordings)('agrees with the answers of the sandbox to "%s"', async (recording) => {
    const problems: string[] = [];
    const replay = new Replay(recordedWith[recording], (exchange, body) => {
      if (isOurs(exchange)) {
        problems.push(...differences(exchange, body));
      }
    });
    await replay.start();
    for (const exchange of readRecording(recording)) {
      await replay.run(exchange);
    }
    expect([...new Set(problems)]).toEqual([]);
  });

  it('reports an answer that differs', () => {
    const exchange = {
      op: 'GetRole',
      method: 'GET',
      path: '',
      status: 200,
      headers: { 'content-type': 'application/json' },
    };
    const role = {
      tenantId: 't',
      id: 'r',
      name: 'n',
      description: 'd',
      type: 'User',
      isDefault: true,
    };
    const whole = (body: object) => differences({ ...exchange, body }, body);
    expect(whole(role)).toEqual([]);
    expect(whole({ ...role, isDefault: 'true' })).toEqual(['get_role: .isDefault is string']);
    expect(whole({ ...role, colour: 'red' })).toEqual(['get_role: .colour is not in the notation']);
    expect(whole({ ...role, name: null })).toEqual(['get_role: .name is missing']);
    expect(whole([role])).toEqual(['get_role: the answer is a list']);
  });
});

describe('the facts of answers', () => {
  it('are read from a document', () => {
    const schema = { type: 'object', required: ['id'], properties: { id: { type: 'string' } } };
    const responses = { 200: { content: { 'application/json': { schema } } } };
    const document = { paths: { '/api/roles/{roleId}': { get: { responses } } } };
    const read = answersOf(document, catalog, new Map([['delete_role', 'void']]));
    expect(read.get('get_role')).toBe('{id}');
    expect(read.get('delete_role')).toBe('void');
    expect(read.has('create_role')).toBe(false);
  });

  it('have a reason for each correction of the document', () => {
    const all = [...answers.values()].join('\n');
    for (const { tools: names = [], served, answered, reason } of answerCorrections) {
      expect(reason.length, answered).toBeGreaterThan(15);
      expect(all, answered).toContain(answered);
      expect(
        served === undefined || !names.some((name) => answers.get(name)?.includes(served)),
      ).toBe(true);
    }
  });
});
