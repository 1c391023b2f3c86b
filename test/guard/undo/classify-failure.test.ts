/** What the failure of a write says of whether the write was made. */
import { expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { changeOf } from '../../../src/guard/changes/index.js';
import { OperationGraph } from '../../../src/guard/operation-graph.js';
import { classifyFailure } from '../../../src/guard/undo/classify-failure.js';
import { type Failure, LogtoError } from '../../../src/logto/errors.js';

const graph = new OperationGraph(catalog);

/** Operations, failures, what was there before, and what the failure says. */
const TABLE: readonly (readonly [
  operation: string,
  failure: Readonly<Record<string, unknown>>,
  before: unknown,
  verdict: ReturnType<typeof classifyFailure>,
])[] = [
  // Found before anything is sent.
  ['update_role', { kind: 'input' }, {}, 'refused'],
  ['update_role', { kind: 'permission' }, {}, 'refused'],
  ['update_role', { kind: 'unavailable', attempts: 1 }, {}, 'doubtful'],
  ['update_role', { kind: 'input', status: 422 }, {}, 'refused'],
  ['update_role', { kind: 'not_found', status: 404 }, {}, 'refused'],
  ['update_role', { kind: 'permission', status: 403 }, {}, 'refused'],
  ['update_role', { kind: 'unavailable', status: 499 }, {}, 'refused'],
  ['update_role', { kind: 'unavailable', status: 500 }, {}, 'doubtful'],
  ['update_role', { kind: 'unavailable', status: 504 }, {}, 'doubtful'],
  ['delete_role', { kind: 'not_found', status: 404 }, { id: 'r' }, 'gone'],
  ['delete_role', { kind: 'not_found', status: 404, attempts: 1 }, { id: 'r' }, 'gone'],
  ['delete_role', { kind: 'not_found', status: 404, attempts: 2 }, { id: 'r' }, 'despite'],
  ['delete_role', { kind: 'not_found', status: 404, attempts: 2 }, undefined, 'refused'],
  ['delete_role', { kind: 'conflict', status: 409, attempts: 2 }, { id: 'r' }, 'refused'],
  ['delete_role', { kind: 'unavailable', status: 502 }, { id: 'r' }, 'doubtful'],
  ['delete_role_user', { kind: 'not_found', status: 404 }, ['u'], 'gone'],
  ['delete_role_user', { kind: 'not_found', status: 404 }, ['v'], 'refused'],
  ['create_role', { kind: 'not_found', status: 404 }, undefined, 'refused'],
];

it.each(TABLE)('%s that fails with %j, with %j before, is %s', (name, fields, before, verdict) => {
  const entry = graph.keyed(name);
  const failure = { code: 'x.y', message: 'm', hint: 'h', ...fields } as Failure;
  const write = { values: { id: 'r', userId: 'u' }, before };
  expect(classifyFailure(new LogtoError(failure), changeOf(entry, graph), write)).toBe(verdict);
});

it('a connection that was never made leaves nothing in doubt', () => {
  const change = changeOf(graph.keyed('update_role'), graph);
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  const error = new LogtoError({ kind: 'unavailable', message: 'm' }, { cause });
  expect(classifyFailure(error, change, { values: {}, before: {} })).toBe('refused');
});

it('a failure of this server itself leaves it in doubt', () => {
  const change = changeOf(graph.keyed('update_role'), graph);
  expect(classifyFailure(new Error('bug'), change, { values: {}, before: {} })).toBe('doubtful');
});

it.each(graph.operations.filter(({ operation }) => operation.appliesDespite !== undefined))(
  '$name may be made in spite of the codes that its facts name, and of no other',
  (entry) => {
    const change = changeOf(entry, graph);
    const verdictOf = (code: string) =>
      classifyFailure(
        new LogtoError({ kind: 'input', status: 422, code, message: 'm', hint: 'h' }),
        change,
        { values: {}, before: [] },
      );
    expect(entry.operation.appliesDespite?.map(verdictOf)).not.toContain('refused');
    expect(entry.operation.appliesDespite?.map(verdictOf)).toContain('despite');
    expect(verdictOf('x.y')).toBe('refused');
  },
);
