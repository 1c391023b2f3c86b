/**
 * What `init` keeps on its own: the app secrets, one file for each name, and what it has inserted where.
 *
 * A secret lies apart from the entry because the files of clients are copied, synchronized and checked in, and some of them
 * are read by agents; the entry names the file with LOGTO_APP_SECRET_FILE. The folder is 0700 and the files are 0600. On
 * Windows they lie under %APPDATA%, which other users cannot read.
 */
import { dirname } from 'node:path';
import { ConfigError } from '../config/args.js';
import { configFolder, type Machine, pathsOf } from './clients.js';
import { isObject, type Trace } from './config-format.js';
import { find, remove, writeOwn } from './files.js';

/** An entry that was written, and what has to be known to take it out again without a trace. */
export interface StateRecord {
  readonly file: string;
  readonly name: string;
  readonly client: string;
  /** The application that it signs in as; undefined for the sandbox. */
  readonly appId?: string;
  /** Whether its secret is in the file of its name here. */
  readonly keepsSecret: boolean;
  readonly traces: readonly Trace[];
  /** The file was made for it. */
  readonly made: boolean;
  /** The outermost folder that was made for it. */
  readonly folder?: string;
}

const isNote = (value: unknown): value is StateRecord =>
  isObject(value) &&
  typeof value['file'] === 'string' &&
  typeof value['name'] === 'string' &&
  Array.isArray(value['traces']);

export class StateFile {
  readonly #folder: string;
  readonly #file: string;
  readonly #join: (...names: string[]) => string;

  constructor(machine: Machine) {
    this.#join = pathsOf(machine).join;
    this.#folder = this.#join(configFolder(machine), 'logto-management-mcp');
    this.#file = this.#join(this.#folder, 'entries.json');
  }

  /** @throws ConfigError when the notes cannot be understood */
  notes(): StateRecord[] {
    const text = find(this.#file)?.text;
    if (text === undefined) {
      return [];
    }
    try {
      const notes: unknown = JSON.parse(text);
      if (Array.isArray(notes) && notes.every(isNote)) {
        return notes;
      }
    } catch {
      // The same as notes that say something else.
    }
    throw new ConfigError(
      `${this.#file}, in which this program notes what it has written, cannot be understood. Remove it; remove works without it too.`,
    );
  }

  /** Writes the notes down, or removes them with the folder when there are none left. */
  write(notes: readonly StateRecord[]): void {
    if (notes.length > 0) {
      writeOwn(this.#file, `${JSON.stringify(notes, undefined, 2)}\n`);
    } else {
      remove(this.#file, this.#folder);
    }
  }

  /** The file of the secret of a name. */
  secretFile(name: string): string {
    return this.#join(this.#folder, `${name}.secret`);
  }

  /** The secret of a name; undefined when none is kept. */
  secret(name: string): string | undefined {
    return find(this.secretFile(name))?.text.trim();
  }

  keepSecret(name: string, secret: string): void {
    writeOwn(this.secretFile(name), `${secret}\n`);
  }

  dropSecret(name: string): void {
    const file = this.secretFile(name);
    remove(file, dirname(file));
  }
}
