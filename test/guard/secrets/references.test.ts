/** References that replace secrets in answers: how long they are known, what they save, and when they are refused. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secrets } from '../../../src/guard/secrets/secrets.js';
import { memberOf } from '../../../src/json.js';
import { LogtoError } from '../../../src/logto/errors.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'references-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const declared = { secrets: ['value'] };

/** The reference to a value of an entity. */
function referenceTo(secrets: Secrets, value: unknown, id = 'a'): string {
  const { body } = secrets.redact(declared, { id, value });
  return String(memberOf(body, 'value'));
}

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof LogtoError ? error.failure.code : String(error);
  }
};

const fileOf = (secret: string, file = 'a.txt') => ({ secret, file, name: undefined });

describe('an answer', () => {
  it('is unchanged and without a note if secrets are shown', () => {
    const body = { value: 'hush-hush' };
    expect(new Secrets(true, folder).redact(declared, body)).toEqual({ body, note: undefined });
  });

  it('without a secret has no note', () => {
    const body = { name: 'x' };
    expect(new Secrets(false, folder).redact({}, body)).toEqual({ body, note: undefined });
  });

  it.each([
    [
      'a declared secret, where files can be written',
      true,
      { value: 'x' },
      /save_secret writes one/,
    ],
    ['a declared secret, where none can', false, { value: 'x' }, /LOGTO_SECRETS_DIR/],
    ['a secret known by its name alone', true, { apiKey: 'x' }, /^Values that have the name of a/],
    ['both', true, { apiKey: 'x', value: 'x' }, /save_secret writes one/],
  ])('with %s says so', (_, canSave, body, words) => {
    const secrets = new Secrets(false, canSave ? folder : undefined);
    expect(secrets.redact(declared, body).note).toMatch(words);
  });

  it('with items has their secrets below the member that contains the items', () => {
    const secrets = new Secrets(false, folder);
    const facts = { secrets: ['value'], items: 'list' };
    expect(secrets.redact(facts, { value: 'shown', list: [{ value: 'x' }] }).body).toEqual({
      value: 'shown',
      list: [{ value: expect.stringMatching(/^\[redacted: s-[0-9a-f]{8}\]$/) }],
    });
  });
});

it.each([
  [true, true],
  [true, false],
  [false, true],
  [false, false],
])('a value is usable when it is shown (%s) or can be saved (%s)', (show, canSave) => {
  const secrets = new Secrets(show, canSave ? folder : undefined);
  expect(secrets.canSave).toBe(canSave);
  expect(secrets.reachable).toBe(show || canSave);
});

describe('a reference', () => {
  it('is the same for the same value in the same place, and differs in any other place', () => {
    const secrets = new Secrets(false, folder);
    const first = referenceTo(secrets, 'x');
    expect(referenceTo(secrets, 'x')).toBe(first);
    expect(referenceTo(secrets, 'y')).not.toBe(first);
    expect(referenceTo(secrets, 'x', 'b')).not.toBe(first);
  });

  it('is known until 500 others have been made later', () => {
    const secrets = new Secrets(false, folder);
    const [first, second] = [referenceTo(secrets, 'v1'), referenceTo(secrets, 'v2')];
    for (let index = 3; index <= 500; index += 1) {
      referenceTo(secrets, `v${index}`);
    }
    expect(codeOf(() => secrets.check(fileOf(first)))).toBeUndefined();
    // Used again, so that the second one is the oldest.
    expect(referenceTo(secrets, 'v1')).toBe(first);
    referenceTo(secrets, 'v501');
    expect(codeOf(() => secrets.check(fileOf(second)))).toBe('unknown_secret');
    expect(codeOf(() => secrets.check(fileOf(first)))).toBeUndefined();
    // A value that was forgotten has a new reference.
    expect(referenceTo(secrets, 'v2')).not.toBe(second);
  });

  it('is accepted with its brackets or as the id alone, and in no other form', () => {
    const secrets = new Secrets(false, folder);
    const reference = referenceTo(secrets, 'x');
    const id = reference.slice('[redacted: '.length, -1);
    expect(codeOf(() => secrets.check(fileOf(id)))).toBeUndefined();
    for (const other of [`x${reference}`, `${reference}x`, `x${id}`]) {
      expect(
        codeOf(() => secrets.check(fileOf(other))),
        other,
      ).toBe('unknown_secret');
    }
    expect(codeOf(() => secrets.check(fileOf('[secret]')))).toBe('not_savable');
  });

  it('in arguments is refused at any depth; other texts are accepted', () => {
    const secrets = new Secrets(false, folder);
    for (const value of [
      '[secret]',
      'Bearer [redacted: s-0a1b2c3d]',
      { a: [{ b: '[redacted: s-0a1b2c3d]' }] },
    ]) {
      expect(codeOf(() => secrets.refuseReferences(value))).toBe('redacted_secret');
    }
    for (const value of [null, undefined, 7, 'redacted', '[redacted: x]', { a: [null] }]) {
      expect(codeOf(() => secrets.refuseReferences(value))).toBeUndefined();
    }
  });
});

it('a condition on a secret is refused, unless secrets are shown', () => {
  const condition = (show: boolean, field: string, facts: { secrets?: string[] } = declared) =>
    codeOf(() => new Secrets(show, undefined).refuseCondition(facts, field));
  expect(condition(false, 'value')).toBe('redacted_secret');
  expect(condition(false, 'name')).toBeUndefined();
  expect(condition(false, 'value', {})).toBeUndefined();
  expect(condition(true, 'value')).toBeUndefined();
});

describe('a value that is saved', () => {
  it.each([
    ['a text', 'hush', 'hush'],
    ['an object, as JSON', { a: 1 }, '{"a":1}'],
  ])('is %s', (_, value, text) => {
    const secrets = new Secrets(false, folder);
    secrets.save(fileOf(referenceTo(secrets, value)));
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe(text);
  });

  it.each([
    [undefined, undefined],
    ['', undefined],
    ['other', undefined],
    ['hush', 'own_access'],
  ])('while this server signs in with %j is refused as %s', (own, code) => {
    const secrets = new Secrets(false, folder, own);
    expect(codeOf(() => secrets.check(fileOf(referenceTo(secrets, 'hush-hush'))))).toBe(code);
  });

  it.each([
    ['.env', 'no_name'],
    ['env', 'no_name'],
    ['env.local', 'no_name'],
    ['a.env', 'no_name'],
    ['a.env.txt', 'no_name'],
    ['environment.txt', undefined],
    ['venv.txt', undefined],
    ['.hidden.txt', 'hidden_file'],
    ['a.sh', 'not_an_inert_file'],
    ['package.json', 'not_an_inert_file'],
    ['keys.json', undefined],
  ])('as the whole of %s is answered with %s', (file, code) => {
    const secrets = new Secrets(false, folder);
    expect(codeOf(() => secrets.check(fileOf(referenceTo(secrets, 'x'), file)))).toBe(code);
  });

  it.each([
    ['.env', undefined],
    ['a.env', undefined],
    ['a.txt', 'not_an_env_file'],
    ['.hidden.txt', 'hidden_file'],
  ])('as a line of %s is answered with %s', (file, code) => {
    const secrets = new Secrets(false, folder);
    const request = { ...fileOf(referenceTo(secrets, 'x'), file), name: 'API_KEY' };
    expect(codeOf(() => secrets.check(request))).toBe(code);
  });

  it('is overwritten only by this server, as a file or as a line', () => {
    const secrets = new Secrets(false, folder);
    const [one, two] = [referenceTo(secrets, 'one'), referenceTo(secrets, 'two')];
    secrets.save(fileOf(one));
    secrets.save(fileOf(two));
    secrets.save({ secret: one, file: '.env', name: 'API_KEY' });
    secrets.save({ secret: two, file: '.env', name: 'API_KEY' });
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('two');
    expect(readFileSync(join(folder, '.env'), 'utf8')).toMatch(/^API_KEY=.?two.?\n$/);
    const other = new Secrets(false, folder);
    const reference = referenceTo(other, 'three');
    expect(codeOf(() => other.save(fileOf(reference)))).toBe('file_exists');
    expect(codeOf(() => other.save({ secret: reference, file: '.env', name: 'API_KEY' }))).toBe(
      'line_exists',
    );
  });
});
