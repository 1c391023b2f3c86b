/** The file of the log: private to its owner, and never a link to another file. */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  writeSync,
} from 'node:fs';
import { ConfigError } from '../config/args.js';

const OWNER_ONLY_MODE = 0o600;

/** Bits of a mode for everybody but the owner. */
const OTHERS_MASK = 0o077;

/** A file that must not be used as a log, although it could be opened. */
class UnsafeFileError extends Error {
  override readonly name = 'UnsafeFileError';
}

/** Without O_NONBLOCK opening a named pipe would wait for its reader. Windows has neither flag. */
const OPEN_FLAGS =
  constants.O_WRONLY |
  constants.O_APPEND |
  constants.O_CREAT |
  (constants.O_NOFOLLOW ?? 0) |
  (constants.O_NONBLOCK ?? 0);

/**
 * Appends to the file. Opens it each time, so that it can be rotated.
 *
 * @throws UnsafeFileError for a link and for anything but a regular file
 */
function append(path: string, text: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    throw new UnsafeFileError('it is a symbolic link');
  }
  const file = openSync(path, OPEN_FLAGS, OWNER_ONLY_MODE);
  try {
    const { mode, nlink } = checkedStat(file);
    if (nlink > 1) {
      throw new UnsafeFileError('it is a hard link to another file');
    }
    if ((mode & OTHERS_MASK) !== 0 && process.platform !== 'win32') {
      fchmodSync(file, OWNER_ONLY_MODE);
    }
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
}

function checkedStat(file: number) {
  const stats = fstatSync(file);
  if (!stats.isFile()) {
    throw new UnsafeFileError('it is not a regular file');
  }
  return stats;
}

/**
 * Opens a log file.
 *
 * @param source the option or variable that names it
 * @param onFailure takes a line that cannot be written later, because a full disk must not fail a call
 * @returns takes one line, without its line break
 * @throws ConfigError when the file cannot be written
 */
export function openLogFile(
  path: string,
  source: string,
  onFailure: (line: string) => void,
): (line: string) => void {
  try {
    append(path, '');
  } catch (error) {
    const reason = error instanceof UnsafeFileError ? `: ${error.message}` : '';
    throw new ConfigError(
      `The log "${path}" cannot be written${reason}. Give ${source} a file in a folder that this user can write to.`,
    );
  }
  return (line) => {
    try {
      append(path, `${line}\n`);
    } catch {
      onFailure(line);
    }
  };
}
