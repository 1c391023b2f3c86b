/**
 * Lines of the journal in a file that only its owner can read. Links are not followed: another program could otherwise
 * choose the file that is written to. Full files are set aside beside it.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type JournalStore, parseLine } from './journal.js';

/** Bytes after which a new file is begun. */
const MAX_FILE_BYTES = 5_000_000;

/** Full files that are kept. */
const MAX_FORMER_FILES = 4;

// Windows has no such flag; there only lstat detects a link.
const { O_APPEND, O_CREAT, O_NOFOLLOW = 0, O_RDONLY, O_RDWR } = constants;

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Opens a file of the journal itself, never the target of a link. */
function openOwn(path: string, flags: number): number {
  const file = openSync(path, flags | O_NOFOLLOW, 0o600);
  const { nlink } = fstatSync(file);
  if (nlink > 1 || lstatSync(path).isSymbolicLink()) {
    closeSync(file);
    throw new Error(`${path} is a link, or has another name through a hard link`);
  }
  return file;
}

/** The full files beside a journal, the oldest first. Names are unique, so that two servers never overwrite each other's. */
const formerFiles = (path: string): string[] =>
  readdirSync(dirname(path))
    .filter((name) => name.startsWith(`${basename(path)}.`))
    .sort()
    .map((name) => join(dirname(path), name));

/** The lines of a file; none of one that another server has just removed. */
function linesIn(path: string): string[] {
  try {
    const file = openOwn(path, O_RDONLY);
    try {
      return readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (isMissing(error)) {
      return [];
    }
    throw error;
  }
}

/** Appends to a file, and to the disk before it returns. */
function appendTo(path: string, text: string, isDurable: boolean): void {
  const file = openOwn(path, O_RDWR | O_APPEND | O_CREAT);
  try {
    fchmodSync(file, 0o600);
    const { size } = fstatSync(file);
    const last = Buffer.alloc(1);
    // A line that a kill or a full disk cut off must not damage this one.
    const isTorn = size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
    // One write, so that two processes never mix their lines.
    const bytes = Buffer.from(isTorn ? `\n${text}` : text);
    if (writeSync(file, bytes) !== bytes.length) {
      throw new Error('the disk is full');
    }
    if (isDurable) {
      fsyncSync(file);
    }
  } finally {
    closeSync(file);
  }
}

/** The lines of `removed` that record a start, if none of `all` records its end. */
function openLines(removed: readonly string[], all: readonly string[]): string[] {
  const ended = new Set(
    all
      .map(parseLine)
      .flatMap((line) => (line !== undefined && 'outcome' in line ? [line.id] : [])),
  );
  return removed.filter((text) => {
    const line = parseLine(text);
    return line?.id !== undefined && !('outcome' in line) && !ended.has(line.id);
  });
}

/** Lines in a file, which is created with the first of them. */
export function fileJournal(path: string): JournalStore {
  const read = (): string[] =>
    existsSync(dirname(path)) ? [...formerFiles(path), path].flatMap(linesIn) : [];

  let rotations = 0;

  /** Sets a full file aside, and removes the oldest when there are too many, except for what is still open in it. */
  const rotate = (): void => {
    const stamp = new Date().toISOString().replaceAll(/[^\dTZ]/g, '');
    // Names sort by age, also of files that were set aside within one millisecond.
    rotations += 1;
    const order = String(rotations).padStart(6, '0');
    renameSync(path, `${path}.${stamp}-${order}-${randomBytes(3).toString('hex')}`);
    const former = formerFiles(path);
    for (const oldest of former.slice(0, Math.max(0, former.length - MAX_FORMER_FILES))) {
      const open = openLines(linesIn(oldest), read());
      if (open.length > 0) {
        appendTo(path, open.map((line) => `${line}\n`).join(''), true);
      }
      rmSync(oldest, { force: true });
    }
  };

  return {
    append(line, isDurable = true) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      if ((lstatSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_FILE_BYTES) {
        try {
          rotate();
        } catch (error) {
          // Another server rotated it first.
          if (!isMissing(error)) {
            throw error;
          }
        }
      }
      appendTo(path, `${line}\n`, isDurable);
    },
    read,
  };
}
