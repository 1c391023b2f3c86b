/** The journal is a file that only its owner can read. It follows no link, and no crash or full file loses an open change. */
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal, memoryJournal } from '../../../src/guard/undo/journal.js';
import { fileJournal } from '../../../src/guard/undo/journal-file.js';
import { type Connected, connectSandbox, succeed } from '../../support/client.js';

/** Bytes after which a new file is begun. */
const MAX_FILE_BYTES = 5_000_000;
/** The journal with its full files. */
const MAX_FILES = 5;

const CHANGE = { client: 'test', operation: 'update_role', arguments: {}, before: null };
const LONG = 'x'.repeat(MAX_FILE_BYTES + 1);

let folder: string;
let connected: Connected | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  connected = undefined;
});
afterEach(async () => {
  await connected?.close();
  rmSync(folder, { recursive: true });
});
const path = () => join(folder, 'state', 'changes.jsonl');
/** Makes the file too large for another line, without writing to the disk. */
const fill = () => truncateSync(path(), MAX_FILE_BYTES + 1);
const files = () => readdirSync(join(folder, 'state')).sort();

async function start(file: string): Promise<Connected['call']> {
  connected = await connectSandbox({ lines: fileJournal(file) });
  return connected.call;
}

const updateRole = (call: Connected['call']) =>
  call('update_role', { id: 'support', description: 'changed' });

describe('a journal that is a link', () => {
  it.each([
    ['a symbolic link', symlinkSync],
    ['a hard link', linkSync],
  ] as const)('is not written through %s, and nothing is changed', async (_, link) => {
    const target = join(folder, 'target');
    writeFileSync(target, 'untouched\n', { mode: 0o644 });
    link(target, join(folder, 'changes.jsonl'));
    const call = await start(join(folder, 'changes.jsonl'));
    expect(await updateRole(call)).toMatchObject({
      ok: false,
      error: { code: 'journal_not_writable' },
    });
    expect(readFileSync(target, 'utf8')).toBe('untouched\n');
    expect(statSync(target).mode & 0o777).toBe(0o644);
  });

  it('is not read', () => {
    const target = join(folder, 'target');
    writeFileSync(target, '{"id":"c-foreign"}\n');
    symlinkSync(target, join(folder, 'changes.jsonl'));
    expect(() => fileJournal(join(folder, 'changes.jsonl')).read()).toThrow();
  });

  it('is not followed in the place of a full file', () => {
    const target = join(folder, 'target');
    writeFileSync(target, '{"id":"c-foreign"}\n');
    linkSync(target, join(folder, 'changes.jsonl.20260101T000000000Z-abcdef'));
    expect(() => fileJournal(join(folder, 'changes.jsonl')).read()).toThrow('hard link');
  });
});

describe('the file', () => {
  it('is readable only by its owner, in a folder for its owner only, and has no passwords', async () => {
    const call = await start(path());
    await succeed(call, 'create_user', { username: 'kept', password: 'S3cret-enough!' });
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'state')).mode & 0o777).toBe(0o700);
    const text = readFileSync(path(), 'utf8');
    expect(text).toContain('"username":"kept"');
    expect(text).not.toContain('S3cret');
    expect(text.trim().split('\n')).toHaveLength(2);
  });

  it('that others could read is private to its owner after the next line', () => {
    const file = join(folder, 'changes.jsonl');
    writeFileSync(file, '{"id":"old"}\n', { mode: 0o644 });
    fileJournal(file).append('{"id":"new"}');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe('{"id":"old"}\n{"id":"new"}\n');
  });

  it('that does not exist yet has no lines, with and without its folder', () => {
    expect(fileJournal(path()).read()).toEqual([]);
    mkdirSync(join(folder, 'state'));
    expect(fileJournal(path()).read()).toEqual([]);
  });

  it('is read without other files of its folder', () => {
    const journal = fileJournal(path());
    journal.append('{"id":"own"}');
    writeFileSync(join(folder, 'state', 'changes.json'), '{"id":"other"}\n');
    writeFileSync(join(folder, 'state', 'other.changes.jsonl.1'), '{"id":"other"}\n');
    expect(journal.read()).toEqual(['{"id":"own"}']);
  });

  it('is closed after each write and each read', () => {
    const openFiles = () => (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0);
    const journal = fileJournal(path());
    journal.append('{"id":"first"}');
    linkSync(path(), join(folder, 'second-name'));
    const before = openFiles();
    for (let turn = 0; turn < 20; turn += 1) {
      expect(() => journal.append('{"id":"c"}')).toThrow();
      expect(() => journal.read()).toThrow();
    }
    rmSync(join(folder, 'second-name'));
    for (let turn = 0; turn < 20; turn += 1) {
      journal.append('{"id":"c"}');
      journal.read();
    }
    expect(openFiles()).toBeLessThan(before + 10);
  });

  it('that cannot be written stops writes and not reads', async () => {
    writeFileSync(join(folder, 'state'), 'a file where the folder should be');
    const call = await start(path());
    expect(await updateRole(call)).toMatchObject({
      ok: false,
      error: { kind: 'configuration', code: 'journal_not_writable' },
    });
    const { result } = await succeed(call, 'get_role', { id: 'support' });
    expect(result).not.toMatchObject({ description: 'changed' });
  });

  it('that cannot be read is named as the cause by list_changes and undo_change', async () => {
    mkdirSync(path(), { recursive: true });
    const call = await start(path());
    for (const [tool, values] of [
      ['list_changes', {}],
      ['undo_change', { change: 'c-1' }],
    ] as const) {
      expect(await call(tool, values)).toMatchObject({
        ok: false,
        error: { kind: 'configuration', code: 'journal_not_readable' },
      });
    }
  });
});

describe('a line that a crash cut off', () => {
  it('does not affect other lines, and the open change of that process is unknown', async () => {
    const journal = new Journal(fileJournal(path()), Date.now);
    const whole = await journal.start(CHANGE);
    await journal.end({ id: whole, outcome: 'done', after: {} });
    const open = await journal.start(CHANGE);
    writeFileSync(path(), '{"id":"c-torn","at":', { flag: 'a' });
    const changes = await new Journal(fileJournal(path()), Date.now).list();
    expect(changes.map(({ id, outcome }) => [id, outcome])).toEqual([
      [open, 'unknown'],
      [whole, 'done'],
    ]);
  });

  it('does not damage the next line, which begins on a new line', async () => {
    const journal = new Journal(fileJournal(path()), Date.now);
    const first = await journal.start(CHANGE);
    await journal.end({ id: first, outcome: 'done' });
    writeFileSync(path(), '{"id":"c-torn","at":', { flag: 'a' });
    const second = await journal.start(CHANGE);
    await journal.end({ id: second, outcome: 'done' });
    const open = await journal.start(CHANGE);
    expect((await journal.list()).map(({ id, outcome }) => [id, outcome])).toEqual([
      [open, 'unknown'],
      [second, 'done'],
      [first, 'done'],
    ]);
    expect(readFileSync(path(), 'utf8')).not.toContain('\n\n');
  });
});

describe('a full file', () => {
  it('is set aside for a new one, and is still read first', () => {
    const journal = fileJournal(path());
    journal.append(LONG);
    journal.append('{"id":"a"}');
    expect(files()).toHaveLength(2);
    expect(readFileSync(path(), 'utf8')).toBe('{"id":"a"}\n');
    expect(journal.read()).toEqual([LONG, '{"id":"a"}']);
  });

  it('is full above the limit, not at it', () => {
    const journal = fileJournal(path());
    journal.append('x'.repeat(MAX_FILE_BYTES - 1));
    expect(statSync(path()).size).toBe(MAX_FILE_BYTES);
    journal.append('{"id":"a"}');
    expect(files()).toHaveLength(1);
    journal.append('{"id":"b"}');
    expect(files()).toHaveLength(2);
  });

  it('is kept with the three before it, apart from those of other journals', () => {
    const journal = fileJournal(path());
    for (let turn = 0; turn < 8; turn += 1) {
      journal.append(`${turn}`);
      fill();
      writeFileSync(join(folder, 'state', `other.jsonl.${turn}`), '');
    }
    expect(files().filter((name) => name.startsWith('changes.jsonl'))).toHaveLength(MAX_FILES);
    expect(files().filter((name) => name.startsWith('other.jsonl'))).toHaveLength(8);
    const whole = journal.read().filter((line) => line.length === 1);
    expect(whole).toEqual(['3', '4', '5', '6', '7']);
  });

  it('is removed as the oldest except for the lines of its open changes', async () => {
    const journal = new Journal(fileJournal(path()), Date.now);
    const open = await journal.start(CHANGE);
    const endedLater = await journal.start(CHANGE);
    const ended = await journal.start(CHANGE);
    await journal.end({ id: ended, outcome: 'done' });
    for (let turn = 0; turn < 8; turn += 1) {
      const id = await journal.start(CHANGE);
      await journal.end({ id, outcome: 'done' });
      if (turn === 2) {
        await journal.end({ id: endedLater, outcome: 'done' });
      }
      fill();
    }
    const texts = fileJournal(path()).read();
    const linesOf = (id: string) => texts.filter((line) => line.includes(id));
    expect(files()).toHaveLength(MAX_FILES);
    expect(linesOf(open)).toHaveLength(1);
    expect(linesOf(ended)).toEqual([]);
    const started = (line: string) => line.includes('"operation"');
    expect(linesOf(endedLater).filter(started)).toEqual([]);
    expect((await journal.list()).find(({ id }) => id === open)).toMatchObject({
      operation: 'update_role',
      outcome: 'unknown',
    });
  });

  it('loses no line when two servers rotate it at once', () => {
    const [first, second] = [fileJournal(path()), fileJournal(path())];
    first.append(LONG);
    first.append('{"id":"a"}');
    // As if the second had looked before the first one rotated.
    writeFileSync(path(), `{"id":"b"}\n${LONG}\n`, { flag: 'a' });
    second.append('{"id":"c"}');
    first.append('{"id":"d"}');
    expect(first.read().map((line) => line.slice(0, 10))).toEqual([
      'xxxxxxxxxx',
      '{"id":"a"}',
      '{"id":"b"}',
      'xxxxxxxxxx',
      '{"id":"c"}',
      '{"id":"d"}',
    ]);
  });
});

it('names the client that made a change', async () => {
  const call = await start(path());
  await updateRole(call);
  const { items = [] } = await succeed(call, 'list_changes', {});
  expect(items[0]).toMatchObject({ client: 'test', operation: 'update_role', outcome: 'done' });
});

it('a journal in memory ends with the process', () => {
  expect(memoryJournal().read()).toEqual([]);
});
