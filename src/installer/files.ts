/** Files of other programs: read whole, replaced whole, never half written, and kept as they were beside the new ones. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ConfigError } from '../config/args.js';

/** Rights of the files and folders that hold or may come to hold secrets: the owner's alone. Windows has no such bits. */
const ownFile = 0o600;
const ownFolder = 0o700;

const byteOrderMark = '\ufeff';

export interface FoundFile {
  /** Where it really is, behind any links. */
  readonly target: string;
  readonly bytes: Buffer;
  /** Its text, without the byte order mark. */
  readonly text: string;
  readonly marked: boolean;
  readonly mode: number;
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** What the system says of a failure, for a person. */
const reasonOf = (error: unknown): string => {
  const code = codeOf(error);
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'this user may not';
    case 'EBUSY':
      return 'another program holds it';
    case 'ENOSPC':
      return 'the disk is full';
    case 'EROFS':
      return 'the disk is read-only';
    default:
      return error instanceof Error ? error.message : String(error);
  }
};

export const isLink = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

/**
 * Reads a file of UTF-8.
 *
 * @returns undefined when there is none
 * @throws ConfigError when there is something else, or it cannot be read
 */
export function find(path: string): FoundFile | undefined {
  let target: string;
  let bytes: Buffer;
  try {
    target = realpathSync(path);
    bytes = readFileSync(target);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') {
      throw new ConfigError(`${path} cannot be read: ${reasonOf(error)}.`);
    }
    if (isLink(path)) {
      throw new ConfigError(
        `${path} is a link to a file that does not exist. Make that file, or remove the link.`,
      );
    }
    return undefined;
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ConfigError(
      `${path} is not UTF-8, so it is left alone. Save it as UTF-8 and run this again.`,
    );
  }
  const marked = text.startsWith(byteOrderMark);
  return {
    target,
    bytes,
    text: marked ? text.slice(1) : text,
    marked,
    mode: statSync(target).mode & 0o777,
  };
}

/** Writes beside the file and puts the new one in its place, so that nobody ever reads half of it. */
function replace(target: string, bytes: string | Buffer, mode: number): void {
  const passing = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`);
  try {
    writeFileSync(passing, bytes, { mode, flag: 'wx', flush: true });
    // The mask of the process may have taken rights from it that the file had.
    chmodSync(passing, mode);
    renameSync(passing, target);
  } catch (error) {
    rmSync(passing, { force: true });
    throw new ConfigError(`${target} cannot be written: ${reasonOf(error)}. It is as it was.`);
  }
}

/** Makes a folder that only its owner can look into. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: ownFolder });
  } catch (error) {
    throw new ConfigError(`The folder ${folder} cannot be made: ${reasonOf(error)}.`);
  }
}

/** @throws ConfigError when a file has changed since it was read; undefined stands for one that was not there */
export function refuseChanged(path: string, found: FoundFile | undefined): void {
  const now = find(path);
  const unchanged =
    found === undefined ? now === undefined : (now?.bytes.equals(found.bytes) ?? false);
  if (!unchanged) {
    throw new ConfigError(
      `${path} was changed by another program in this moment, so it is left alone. Run this again.`,
    );
  }
}

/**
 * Replaces a file's text, or makes the file.
 *
 * @param found what was read of it; undefined when it was not there
 * @throws ConfigError when it has changed since it was read, or cannot be written
 */
export function write(path: string, found: FoundFile | undefined, text: string): void {
  if (found === undefined) {
    makeFolder(dirname(path));
  }
  refuseChanged(path, found);
  replace(
    found?.target ?? path,
    found?.marked === true ? byteOrderMark + text : text,
    found?.mode ?? ownFile,
  );
}

/** The outermost folder that has to be made for a file; undefined when none is missing. */
export function missingFolder(path: string): string | undefined {
  let missing: string | undefined;
  for (let folder = dirname(path); !existsSync(folder); folder = dirname(folder)) {
    missing = folder;
  }
  return missing;
}

/** Writes a file of our own, in a folder of our own, for nobody else to read. */
export function writeOwn(path: string, text: string): void {
  const folder = dirname(path);
  makeFolder(folder);
  chmodSync(folder, ownFolder);
  replace(path, text, ownFile);
}

/** `20261125T093000Z` */
const stamp = (now: Date): string => now.toISOString().replaceAll(/[-:]|\.\d+/g, '');

/** The names of backups, the usual one first; each is free, or holds an older state. */
function* backupsOf(path: string, now: Date): Generator<string, never> {
  const usual = `${path}.logto-backup`;
  yield usual;
  yield `${usual}-${stamp(now)}`;
  for (let count = 2; ; count += 1) {
    yield `${usual}-${stamp(now)}-${count}`;
  }
}

/**
 * Keeps a file as it is: in `<file>.logto-backup`, or with the time behind it where an older state has that name.
 *
 * @returns where it is kept
 * @throws ConfigError when it cannot be kept
 */
export function keep(path: string, { bytes }: FoundFile, now: Date): string {
  for (const name of backupsOf(path, now)) {
    const kept = find(name);
    if (kept?.bytes.equals(bytes) === true) {
      return name;
    }
    if (kept === undefined) {
      try {
        writeFileSync(name, bytes, { mode: ownFile, flag: 'wx', flush: true });
      } catch (error) {
        throw new ConfigError(
          `${path} is left alone, since it cannot be kept as it is in ${name}: ${reasonOf(error)}.`,
        );
      }
      return name;
    }
  }
  throw new Error('There is always another name.');
}

/** Removes a file, and the folders around it up to and with `outermost` as far as they are empty. */
export function remove(path: string, outermost: string | undefined): void {
  try {
    rmSync(path, { force: true });
    let folder = dirname(path);
    while (outermost !== undefined && folder.startsWith(outermost) && isEmpty(folder)) {
      rmdirSync(folder);
      folder = dirname(folder);
    }
  } catch (error) {
    throw new ConfigError(`${path} cannot be removed: ${reasonOf(error)}.`);
  }
}

const isEmpty = (folder: string): boolean => existsSync(folder) && readdirSync(folder).length === 0;
