/**
 * The only folder that a secret may be written to. Links are not followed. A path is checked before the write and after it:
 * another program with access to the folder could replace a folder by a link in between.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { LogtoError } from '../../logto/errors.js';

/** The calls to the file system that are used here; tests replace a folder between two of them. */
export type Files = Pick<
  typeof fs,
  | 'closeSync'
  | 'fstatSync'
  | 'fsyncSync'
  | 'ftruncateSync'
  | 'lstatSync'
  | 'openSync'
  | 'readFileSync'
  | 'realpathSync'
  | 'renameSync'
  | 'rmSync'
  | 'statSync'
  | 'writeSync'
>;

/** Where Linux shows the files that this process has open, as links that lead into them. */
const openFiles = '/proc/self/fd';

// Windows has neither of the two.
const { O_CREAT, O_DIRECTORY = 0, O_EXCL, O_NOFOLLOW = 0, O_RDONLY, O_RDWR } = fs.constants;

/** A file inside the folder, as it was before the write. */
export interface SafePath {
  readonly path: string;
  /** Its path from the allowed folder on. */
  readonly below: string;
  /** Its content; undefined if it does not exist. */
  readonly text: string | undefined;
  /** Writes the whole file: never a part of it, and never over a file that was created in between. */
  write(text: string): void;
}

const outside = (): LogtoError =>
  new LogtoError({
    kind: 'permission',
    code: 'outside_secrets_folder',
    message: 'The file is outside of the folder that is allowed, or behind a link.',
    hint: 'Give a path inside the folder in LOGTO_SECRETS_DIR, in a subfolder that exists.',
  });

/** An open file or folder, whatever its name is by then. */
interface Identity {
  readonly dev: number;
  readonly ino: number;
}

const isSame = (one: Identity | undefined, other: Identity): boolean =>
  one !== undefined && one.dev === other.dev && one.ino === other.ino;

export class SafeDirectory {
  /**
   * @param folder the only one that may be written to; undefined if there is none
   * @param handles where the system shows open files as links; without it, paths are resolved again
   */
  constructor(
    private readonly folder: string | undefined,
    private readonly files: Files = fs,
    private readonly handles: string = openFiles,
  ) {}

  get isAllowed(): boolean {
    return this.folder !== undefined;
  }

  /**
   * Opens the place of a file inside the folder, and closes it after `work`.
   *
   * Node has no call that opens a file relative to an open folder. On Linux the links to open files do the same: from the
   * check on, everything goes through the folder that was checked, whatever its path leads to by then. On other systems
   * each call walks the path again. A swap between the last look and the write is then noticed only afterwards: the file
   * is emptied and taken away, but for that moment the secret stood where the path led to. On every system a folder can
   * be moved away as a whole, with what is in it, after this has returned.
   *
   * @throws LogtoError for a path that leads out of the folder, through or to a link or to what is no file of its own,
   * before the work or after it; then nothing of the secret is left, at most an empty file
   */
  at<T>(file: string, work: (place: SafePath) => T): T {
    const { files } = this;
    if (this.folder === undefined) {
      throw new LogtoError({
        kind: 'configuration',
        code: 'no_secrets_folder',
        message: 'Secrets cannot be saved, because no folder is allowed for it.',
        hint: 'The operator can set LOGTO_SECRETS_DIR to a folder and restart this server. Remove no older secret before the person has the new one.',
      });
    }
    let folder: string;
    let parent: string;
    let handle: number;
    try {
      folder = files.realpathSync(this.folder);
      const wanted = resolve(folder, file);
      parent = files.realpathSync(dirname(wanted));
      const isInside = parent === folder || parent.startsWith(folder + sep);
      if (!isInside) {
        throw outside();
      }
      handle = files.openSync(parent, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    } catch {
      throw outside();
    }
    try {
      const name = basename(resolve(parent, basename(file)));
      return work({
        below: relative(folder, join(parent, name)),
        ...this.#place(parent, handle, name),
      });
    } finally {
      files.closeSync(handle);
    }
  }

  #place(parent: string, handle: number, name: string): Omit<SafePath, 'below'> {
    const { files } = this;
    /** Whether the path still leads to the open folder, and through no link. */
    const isSteady = (): boolean => {
      try {
        return (
          files.realpathSync(parent) === parent &&
          isSame(files.statSync(parent), files.fstatSync(handle))
        );
      } catch {
        return false;
      }
    };
    const base = this.#baseOf(parent, handle);
    const path = join(parent, name);
    const target = join(base, name);
    const there = files.lstatSync(target, { throwIfNoEntry: false });
    if (!isSteady() || (there !== undefined && (!there.isFile() || there.nlink > 1))) {
      throw outside();
    }
    const text = there === undefined ? undefined : this.#read(target);

    /** Removes what was written to a wrong place. */
    const revert = (written: number): void => {
      const own = files.fstatSync(written);
      files.ftruncateSync(written, 0);
      if (text !== undefined) {
        files.writeSync(written, text, 0);
      } else if (isSame(files.lstatSync(target, { throwIfNoEntry: false }), own)) {
        files.rmSync(target, { force: true });
      }
    };

    return {
      path,
      text,
      write: (content) => {
        const isNew = text === undefined;
        const aside = isNew ? target : `${target}.${randomBytes(4).toString('hex')}.tmp`;
        let written: number | undefined;
        try {
          written = files.openSync(aside, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
          const bytes = Buffer.from(content);
          if (files.writeSync(written, bytes) !== bytes.length) {
            throw new Error('the disk is full');
          }
          files.fsyncSync(written);
          const now = isNew ? undefined : files.lstatSync(target, { throwIfNoEntry: false });
          // The number of a file that is gone can be that of the next one.
          const isAsFound =
            there === undefined || (isSame(now, there) && now?.ctimeMs === there.ctimeMs);
          if (!isSteady() || !isAsFound) {
            throw outside();
          }
          if (!isNew) {
            files.renameSync(aside, target);
          }
        } catch (error) {
          if (written !== undefined) {
            files.ftruncateSync(written, 0);
            files.rmSync(aside, { force: true });
            files.closeSync(written);
          }
          throw error instanceof LogtoError ? error : notWritten();
        }
        try {
          const now = files.lstatSync(path, { throwIfNoEntry: false });
          const isThere = isSteady() && isSame(now, files.fstatSync(written));
          if (!isThere || files.realpathSync(path) !== path) {
            revert(written);
            throw outside();
          }
        } finally {
          files.closeSync(written);
        }
      },
    };
  }

  /** The path by which what is in an open folder is reached: through the folder itself, where the system can. */
  #baseOf(parent: string, handle: number): string {
    const through = `${this.handles}/${handle}`;
    let real: string;
    try {
      real = this.files.realpathSync(through);
    } catch {
      return parent;
    }
    if (real !== parent) {
      throw outside();
    }
    return through;
  }

  #read(path: string): string {
    try {
      const file = this.files.openSync(path, O_RDONLY | O_NOFOLLOW);
      try {
        return this.files.readFileSync(file, 'utf8');
      } finally {
        this.files.closeSync(file);
      }
    } catch {
      throw notWritten();
    }
  }
}

const notWritten = (): LogtoError =>
  new LogtoError({
    kind: 'configuration',
    code: 'not_written',
    message: 'The file could not be written.',
    hint: 'The operator can look at the rights of the folder in LOGTO_SECRETS_DIR.',
  });
