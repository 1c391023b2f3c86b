/**
 * The reduced document of one Logto in a file, so that later processes need not read it again. The file is untrusted data
 * like the document itself: it is bounded, read with the same checks, and links are not followed.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { isObject } from '../json.js';
import { scanJson } from './json-scan.js';

/** Bytes of a document, as it is served and as it is stored. Logto's has about 660 KB. */
export const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

/** Levels of lists and objects in a document. Logto's has about 25. */
export const MAX_DOCUMENT_DEPTH = 80;

/** Changes when what is stored changes, so that no program reads the file of another version. */
const FORMAT = 1;

/** A document with the facts that show whether it is still served. */
export interface StoredDocument {
  readonly endpoint: string;
  /** The `ETag` of the answer, where it had one. */
  readonly etag: string | undefined;
  /** SHA-256 of the document as it was served, in hex. */
  readonly hash: string;
  /** Epoch milliseconds at which Logto was last known to serve it. */
  readonly checkedAt: number;
  /** As `reduceDocument` has made it; from a file it may be anything. */
  readonly document: unknown;
}

/** Where the document of one Logto is stored. Neither function throws: without a store the document is read again. */
export interface ServedCache {
  read(): StoredDocument | undefined;
  write(stored: StoredDocument): void;
}

// Windows has neither flag; there lstat alone tells a link.
const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_WRONLY } = constants;

/** The text of an ordinary file; undefined for a missing one, a link, a device, and one that is too large. */
function readRegularFile(path: string): string | undefined {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    return undefined;
  }
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    return stats.isFile() && stats.nlink === 1 && stats.size <= MAX_DOCUMENT_BYTES
      ? readFileSync(file, 'utf8')
      : undefined;
  } finally {
    closeSync(file);
  }
}

/** Writes a new file and renames it to the name; a link with that name is replaced, not followed. */
function replaceFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const file = openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeSync(file, text);
    closeSync(file);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Reads a stored document. A file in any other form counts as missing. */
function parseStored(text: string): StoredDocument | undefined {
  if (scanJson(text, MAX_DOCUMENT_DEPTH).depth > MAX_DOCUMENT_DEPTH) {
    return undefined;
  }
  const value: unknown = JSON.parse(text);
  if (!isObject(value) || value['format'] !== FORMAT) {
    return undefined;
  }
  const { endpoint, etag, hash, checkedAt, document } = value;
  return typeof endpoint === 'string' &&
    (etag === undefined || typeof etag === 'string') &&
    typeof hash === 'string' &&
    typeof checkedAt === 'number'
    ? { endpoint, etag, hash, checkedAt, document }
    : undefined;
}

const isExpected = (error: unknown): boolean =>
  error instanceof SyntaxError || (error instanceof Error && 'code' in error);

/** Stores a document in a file that only its owner can read. */
export const fileCache = (path: string): ServedCache => ({
  read() {
    try {
      const text = readRegularFile(path);
      return text === undefined ? undefined : parseStored(text);
    } catch (error) {
      if (isExpected(error)) {
        return undefined;
      }
      throw error;
    }
  },
  write(stored) {
    try {
      replaceFile(path, JSON.stringify({ format: FORMAT, ...stored }));
    } catch (error) {
      if (!isExpected(error)) {
        throw error;
      }
    }
  },
});

/** Stores nothing: for a tenant in memory, which ends with its process. */
export const noCache: ServedCache = { read: () => undefined, write: () => undefined };
