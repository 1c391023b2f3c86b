/** Files of other programs: read whole, replaced atomically, and copied before they change. */
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
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

/** Modes of files and folders that may hold secrets: accessible to the owner alone. Windows has no such bits. */
const PRIVATE_FILE_MODE = 0o600;
const PRIVATE_FOLDER_MODE = 0o700;
const OWNER_WRITE_BIT = 0o200;

const LOCK_TIMEOUT_MS = 15_000;
const LOCK_RETRY_MS = 25;

export const byteOrderMark = '\ufeff';

export interface FileContent {
  /** The real path, with links resolved. */
  readonly target: string;
  readonly bytes: Buffer;
  /** The text without a byte order mark. */
  readonly text: string;
  readonly hasByteOrderMark: boolean;
  readonly mode: number;
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** The reason of a failure, for a person. */
function reasonOf(error: unknown): string {
  const code = codeOf(error);
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'this user has no permission';
    case 'EBUSY':
      return 'another program has it open';
    case 'ENOSPC':
      return 'the disk is full';
    case 'EROFS':
      return 'the disk is read-only';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

export const sha256 = (bytes: string | Buffer): string =>
  createHash('sha256').update(bytes).digest('hex');

export const isLink = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

/**
 * Reads a UTF-8 file.
 *
 * @returns undefined when there is none
 * @throws ConfigError when there is something else, or it cannot be read
 */
export function readFile(path: string): FileContent | undefined {
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
        `${path} is a link to a file that does not exist. Create that file, or remove the link.`,
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
  const hasByteOrderMark = text.startsWith(byteOrderMark);
  return {
    target,
    bytes,
    text: hasByteOrderMark ? text.slice(byteOrderMark.length) : text,
    hasByteOrderMark,
    mode: statSync(target).mode & 0o777,
  };
}

/** Writes a temporary file beside the target and renames it, so that no reader ever sees half of it. */
function replaceFile(target: string, bytes: string | Buffer, mode: number): void {
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`);
  try {
    writeFileSync(temporary, bytes, { mode, flag: 'wx', flush: true });
    // The umask may have removed bits that the file had.
    chmodSync(temporary, mode);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new ConfigError(`${target} cannot be written: ${reasonOf(error)}. It is unchanged.`);
  }
}

function createPrivateFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER_MODE });
  } catch (error) {
    throw new ConfigError(`The folder ${folder} cannot be created: ${reasonOf(error)}.`);
  }
}

/** @throws ConfigError when a file is write-protected: its owner does not want it changed */
export function refuseReadOnly(path: string, content: FileContent | undefined): void {
  if (content !== undefined && (content.mode & OWNER_WRITE_BIT) === 0) {
    throw new ConfigError(
      `${path} is read-only (mode ${content.mode.toString(8).padStart(4, '0')}), so it is left alone. Make it writable and run this again.`,
    );
  }
}

/** @throws ConfigError when a file has changed since it was read; undefined stands for a file that did not exist */
export function refuseChanged(path: string, content: FileContent | undefined): void {
  const current = readFile(path);
  const isUnchanged =
    content === undefined ? current === undefined : current?.bytes.equals(content.bytes) === true;
  if (!isUnchanged) {
    throw new ConfigError(
      `${path} was changed by another program in this moment, so it is left alone. Run this again.`,
    );
  }
}

/**
 * Replaces a file, or creates it.
 *
 * @param content what was read of it; undefined when it did not exist
 * @throws ConfigError when it has changed since it was read, is read-only, or cannot be written
 */
export function writeFile(
  path: string,
  content: FileContent | undefined,
  bytes: string | Buffer,
): void {
  if (content === undefined) {
    createPrivateFolder(dirname(path));
  }
  refuseReadOnly(path, content);
  refuseChanged(path, content);
  replaceFile(content?.target ?? path, bytes, content?.mode ?? PRIVATE_FILE_MODE);
}

/** The outermost folder that has to be created for a file; undefined when all exist. */
export function missingFolder(path: string): string | undefined {
  let missing: string | undefined;
  for (let folder = dirname(path); !existsSync(folder); folder = dirname(folder)) {
    missing = folder;
  }
  return missing;
}

/** Writes a file in this program's own folder, readable to its owner alone. */
export function writePrivateFile(path: string, text: string): void {
  const folder = dirname(path);
  createPrivateFolder(folder);
  chmodSync(folder, PRIVATE_FOLDER_MODE);
  replaceFile(path, text, PRIVATE_FILE_MODE);
}

/** Candidate names of a copy, the default one first. */
function* copyNames(path: string, now: Date): Generator<string, never> {
  const name = `${path}.logto-backup`;
  yield name;
  // 20261125T093000Z
  const timestamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  yield `${name}-${timestamp}`;
  for (let count = 2; ; count += 1) {
    yield `${name}-${timestamp}-${count}`;
  }
}

/** A copy of a file, with the SHA-256 of its bytes. */
export interface FileCopy {
  readonly path: string;
  readonly sha256: string;
}

/**
 * Copies a file: to `<file>.logto-backup`, or with the time appended when that name holds an older state.
 *
 * @throws ConfigError when it cannot be copied
 */
export function copyFile(path: string, { bytes }: FileContent, now: Date): FileCopy {
  for (const name of copyNames(path, now)) {
    const present = readFile(name);
    if (present?.bytes.equals(bytes) === true) {
      return { path: name, sha256: sha256(bytes) };
    }
    if (present === undefined) {
      try {
        writeFileSync(name, bytes, { mode: PRIVATE_FILE_MODE, flag: 'wx', flush: true });
      } catch (error) {
        throw new ConfigError(
          `${path} is left alone, since it cannot be copied to ${name}: ${reasonOf(error)}.`,
        );
      }
      return { path: name, sha256: sha256(bytes) };
    }
  }
  throw new Error('There is always another name.');
}

/** Removes a file, and its folders up to and including `outermost` as far as they are empty. */
export function removeFile(path: string, outermost?: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw new ConfigError(`${path} cannot be removed: ${reasonOf(error)}.`);
  }
  let folder = dirname(path);
  while (outermost !== undefined && folder.startsWith(outermost)) {
    try {
      rmdirSync(folder);
    } catch {
      // It holds something else, or another run has removed it.
      return;
    }
    folder = dirname(folder);
  }
}

/**
 * Runs a function while no other run of this program does, by an exclusive lock file in `folder`.
 *
 * @param now the clock that the wait for another run is measured by
 * @throws ConfigError when another run holds the lock for too long
 */
export function withLock<T>(folder: string, now: () => Date, run: () => T): T {
  const lock = join(folder, 'lock');
  const outermost = missingFolder(lock) ?? folder;
  const deadline = now().getTime() + LOCK_TIMEOUT_MS;
  for (;;) {
    createPrivateFolder(folder);
    try {
      writeFileSync(lock, '', { mode: PRIVATE_FILE_MODE, flag: 'wx' });
      break;
    } catch (error) {
      // ENOENT: the other run has just removed the folder. EPERM: Windows is still deleting the lock.
      if (!['EEXIST', 'ENOENT', 'EPERM'].includes(String(codeOf(error)))) {
        throw new ConfigError(`${lock} cannot be written: ${reasonOf(error)}.`);
      }
      if (now().getTime() > deadline) {
        throw new ConfigError(
          `Another run of init or remove is at work. If there is none, one was interrupted: delete ${lock} and run this again.`,
        );
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_RETRY_MS);
    }
  }
  try {
    return run();
  } finally {
    removeFile(lock, outermost);
  }
}
