/**
 * What `init` stores in its own folder: app secrets, one file per entry name, and a record of the files that it has edited.
 * Secrets are separate from entries because configuration files of clients are copied, synchronized, checked in and read by
 * agents. An entry names its secret file with LOGTO_APP_SECRET_FILE. The folder has mode 0700 and the files 0600; on
 * Windows they are under %APPDATA%, which other users cannot read.
 */
import { ConfigError } from '../config/args.js';
import { isObject } from '../json.js';
import { configFolder, type Machine, pathsOf } from './clients.js';
import { type FileCopy, readFile, removeFile, writePrivateFile } from './files.js';

export interface EntryRecord {
  readonly name: string;
  /** The application that it signs in as; undefined for the sandbox. */
  readonly appId?: string;
  /** Its secret is in the secret file of its name. */
  readonly keepsSecret: boolean;
}

/** A configuration file with entries of this program, and what `remove` needs in order to restore it. */
export interface FileRecord {
  readonly file: string;
  /** `init` created the file. */
  readonly created: boolean;
  /** The outermost folder that `init` created for it. */
  readonly folder?: string;
  /** The containers that `init` added to it. */
  readonly containers: readonly string[];
  /** The file before the first entry. Undefined once another program has edited the file since. */
  readonly original?: FileCopy;
  /** SHA-256 of the bytes that this program last wrote. */
  readonly written: string;
  /** All copies that this program has made. */
  readonly copies: readonly FileCopy[];
  readonly entries: readonly EntryRecord[];
}

const isFileRecord = (value: unknown): value is FileRecord =>
  isObject(value) &&
  typeof value['file'] === 'string' &&
  typeof value['written'] === 'string' &&
  ['containers', 'copies', 'entries'].every((name) => Array.isArray(value[name]));

export class StateFile {
  /** The folder of the state, for its lock. */
  readonly folder: string;
  readonly #file: string;
  readonly #join: (...names: string[]) => string;

  constructor(machine: Machine) {
    this.#join = pathsOf(machine).join;
    this.folder = this.#join(configFolder(machine), 'logto-management-mcp');
    this.#file = this.#join(this.folder, 'entries.json');
  }

  /** @throws ConfigError when the state cannot be understood */
  records(): FileRecord[] {
    const text = readFile(this.#file)?.text;
    if (text === undefined) {
      return [];
    }
    try {
      const records: unknown = JSON.parse(text);
      if (Array.isArray(records) && records.every(isFileRecord)) {
        return records;
      }
    } catch {
      // Not JSON: the same as records of another shape.
    }
    throw new ConfigError(
      `${this.#file}, the record of what init has written, cannot be understood. Delete it; remove works without it too.`,
    );
  }

  /** Writes the records, or removes the file when there are none. */
  write(records: readonly FileRecord[]): void {
    if (records.length > 0) {
      writePrivateFile(this.#file, `${JSON.stringify(records, undefined, 2)}\n`);
    } else {
      removeFile(this.#file, this.folder);
    }
  }

  /** The path of the secret file of an entry name. */
  secretFile(name: string): string {
    return this.#join(this.folder, `${name}.secret`);
  }

  /** The secret of an entry name; undefined when none is stored. */
  secret(name: string): string | undefined {
    return readFile(this.secretFile(name))?.text.trim();
  }

  /** Stores the secret of an entry name; undefined removes it. */
  writeSecret(name: string, secret: string | undefined): void {
    if (secret === undefined) {
      removeFile(this.secretFile(name), this.folder);
    } else {
      writePrivateFile(this.secretFile(name), `${secret}\n`);
    }
  }
}
