/** Errors of the guard: their codes, what they keep of an error of Logto, and what no message shows. */
import { describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import {
  alreadyGone,
  excludedError,
  forbiddenError,
  notConfirmed,
  nothingToRemove,
  outcomeUnknown,
  partlyMade,
  partlyUndone,
  setTooLarge,
  unknownChange,
  valueWouldBeLost,
  withReadableErrors,
} from '../../src/guard/errors.js';
import { OperationGraph } from '../../src/guard/operation-graph.js';
import { LogtoError } from '../../src/logto/errors.js';

const graph = new OperationGraph(catalog);
const ofLogto = new LogtoError({
  kind: 'not_found',
  status: 404,
  code: 'entity.not_found',
  message: 'Not there.',
  hint: 'Look it up.',
  retry_after: 3,
});
const { hint: _, ...withoutHint } = ofLogto.failure;

describe('an error made of one of Logto', () => {
  it.each([
    ['of an unknown outcome', outcomeUnknown(ofLogto), 'entity.not_found', true],
    ['of a removal by another program', alreadyGone(ofLogto), 'already_gone', false],
    ['of what was made in part', partlyMade(ofLogto, 'id-1', 'change-1'), 'partly_made', false],
    ['of an undo that stopped', partlyUndone(ofLogto, 'change-1', 2, 5), 'entity.not_found', true],
  ])('%s keeps its facts and its cause', (_name, error, code, keepsHint) => {
    expect(error.failure).toMatchObject({ kind: 'not_found', status: 404, retry_after: 3, code });
    expect(error.message).toContain('Not there.');
    expect(error.cause).toBe(ofLogto);
    expect(error.failure.hint?.endsWith(' Look it up.')).toBe(keepsHint);
  });

  it('has a hint of its own where Logto gave none', () => {
    const bare = outcomeUnknown(new LogtoError(withoutHint)).failure.hint;
    expect(outcomeUnknown(ofLogto).failure.hint).toBe(`${bare} Look it up.`);
  });

  it('says what was made, and how many calls of an undo', () => {
    const made = partlyMade(ofLogto, 'id-1', 'change-1').failure;
    expect(made.message).toContain('id-1');
    expect(made.hint).toContain('change-1');
    expect(partlyUndone(ofLogto, 'change-1', 2, 5).failure.hint).toContain('2 of the 5');
  });
});

it.each([
  [unknownChange('c1'), 'not_found', 'unknown_change', 'c1'],
  [excludedError('delete_user'), 'permission', 'excluded', 'delete_user'],
  [
    forbiddenError('delete_user', 'deny: users'),
    'permission',
    'forbidden_by_policy',
    '(deny: users)',
  ],
  [
    forbiddenError('delete_user', 'deny: users', 'it is'),
    'permission',
    'forbidden_by_policy',
    '(deny: users; it is)',
  ],
  [nothingToRemove('delete_user'), 'not_found', 'entity.not_found', 'delete_user'],
  [notConfirmed('delete_user', 'decline'), 'permission', 'declined', 'delete_user'],
  [notConfirmed('delete_user', 'cancel'), 'permission', 'cancelled', 'delete_user'],
  [notConfirmed('delete_user', 'empty'), 'permission', 'no_name_typed', 'delete_user'],
  [
    notConfirmed('delete_user', 'wrong name', 'Ada\n'),
    'permission',
    'name_does_not_match',
    '"Ada<U+000A>"',
  ],
  [valueWouldBeLost('create_hook', 'a key'), 'configuration', 'no_place_for_secret', 'a key'],
  [setTooLarge('replace_user_roles'), 'input', 'set_too_large', 'replace_user_roles'],
])('$message', ({ failure }, kind, code, words) => {
  expect(failure).toMatchObject({ kind, code, message: expect.stringContaining(words) });
  expect(failure.hint).toBeTruthy();
  expect(failure.message).toMatch(/Nothing was (sent|changed)\.|^There is no change/);
});

it('a question that was not answered shows the expected name only where one was typed', () => {
  expect(notConfirmed('delete_user', 'decline').message).not.toContain('asks for');
});

describe('the error of a call', () => {
  const failing = (failure: Partial<LogtoError['failure']>) => async () => {
    throw new LogtoError({ kind: 'input', message: 'm', ...failure });
  };
  const readable = async (
    failure: Partial<LogtoError['failure']>,
    name?: string,
    values?: Readonly<Record<string, unknown>>,
  ) => {
    const entry = name === undefined ? undefined : graph.keyed(name);
    const error = await withReadableErrors(failing(failure), entry, values).catch(
      (reason) => reason,
    );
    return error instanceof LogtoError ? error.failure : undefined;
  };

  it('shows no secret argument of its operation, in any text', async () => {
    const secrets = graph.operations.flatMap(({ name, operation }) =>
      [...(operation.secrets ?? []), ...(operation.secretArguments ?? [])]
        .filter((path) => !/[.*]/.test(path))
        .map((path) => [name, path] as const),
    );
    expect(secrets.length).toBeGreaterThan(3);
    for (const [name, path] of secrets) {
      const text = 'it is hush-hush-1 here';
      const found = await readable({ message: text, hint: text, details: [text, 'other'] }, name, {
        [path]: 'hush-hush-1',
      });
      const hidden = 'it is [secret] here';
      expect(found, name).toEqual({
        kind: 'input',
        message: hidden,
        hint: hidden,
        details: [hidden, 'other'],
      });
    }
  });

  it('shows no argument that its name alone makes secret, and marks what is invisible', async () => {
    expect(
      await readable({ message: 'got hush-hush\u202e' }, undefined, { password: 'hush-hush' }),
    ).toEqual({
      kind: 'input',
      message: 'got [secret]<U+202E>',
    });
    expect(await readable({ status: 422, code: 'a.b' })).toEqual({
      kind: 'input',
      message: 'm',
      status: 422,
      code: 'a.b',
    });
  });

  it('of another kind is passed on, and a result too', async () => {
    const broken = new TypeError('broken');
    await expect(
      withReadableErrors(async () => {
        throw broken;
      }),
    ).rejects.toBe(broken);
    expect(await withReadableErrors(async () => 7)).toBe(7);
  });
});
