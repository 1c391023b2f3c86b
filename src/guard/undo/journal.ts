/**
 * The journal of a tenant's changes, on this machine: JSON Lines that only the owner can read. A change is written down
 * before it is sent and again when its outcome is known, so that a process that dies in between leaves a trace.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LogtoError } from '../../logto/errors.js';
import type { Values } from '../operation-graph.js';

/** Bytes after which a new file is begun, and how many full ones are kept. */
const largest = 5_000_000;
const kept = 4;

export interface Started {
  readonly id: string;
  /** When, as ISO text. */
  readonly at: string;
  /** The client that called, by the name that it gives itself. */
  readonly client: string;
  readonly profile?: string;
  readonly operation: string;
  /** Without secrets. */
  readonly arguments: Values;
  /** What was there before, without secrets; null when nothing was, or it could not be read. */
  readonly before: unknown;
  /** What the members that are lost held, by their ids: organization roles, which go with the membership. */
  readonly attached?: Readonly<Record<string, readonly string[]>>;
  /** The change that this one puts back, or a part of it. */
  readonly undoes?: string;
  /** How many calls of the same undo were still to come. */
  readonly left?: number;
}

export interface Ended {
  readonly id: string;
  readonly outcome: 'done' | 'refused' | 'unknown';
  /** What the change has left there, without secrets: what an undo must find. */
  readonly after?: unknown;
}

/** A change as it is shown. An entry without an outcome is one whose process died over it. */
export type JournalEntry = Started &
  Pick<Ended, 'outcome' | 'after'> & {
    /** Whether it was put back, as a whole. */
    readonly undone: boolean;
    /** The calls that were made to put it back, one after the other. */
    readonly putBack: readonly Pick<Started, 'operation' | 'arguments'>[];
  };

/** Where lines are kept. */
export interface JournalStore {
  append(line: string): void;
  /** All lines that are kept, the oldest first. */
  read(): string[];
}

/** Lines in memory, for the sandbox. */
export function memoryJournal(): JournalStore {
  const lines: string[] = [];
  return { append: (line) => void lines.push(line), read: () => [...lines] };
}

/** The full files beside a journal, the oldest first; names are unique, so that two servers never write over each other's. */
const formerOf = (path: string): string[] =>
  readdirSync(dirname(path))
    .filter((name) => name.startsWith(`${basename(path)}.`))
    .sort()
    .map((name) => join(dirname(path), name));

/** What a file holds; one that another server has just taken away holds nothing. */
function linesIn(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch (error) {
    if (Object(error).code === 'ENOENT') {
      return [];
    }
    throw error;
  }
}

/** Writes to the end of a file for its owner alone, and to the disk before it returns. */
function appendTo(path: string, text: string): void {
  const file = openSync(path, 'a+', 0o600);
  try {
    fchmodSync(file, 0o600);
    const { size } = fstatSync(file);
    const last = Buffer.alloc(1);
    // A line that was cut off by a kill or a full disk must not swallow this one.
    const torn = size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
    // One write: two processes never mix their lines.
    const bytes = Buffer.from(torn ? `\n${text}` : text);
    if (writeSync(file, bytes) !== bytes.length) {
      throw new Error('the disk is full');
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The lines of `gone` that say what was begun, where none of `all` says how it ended. */
function openIn(gone: readonly string[], all: readonly string[]): string[] {
  const ended = new Set(
    all.map(parse).flatMap((one) => (one !== undefined && 'outcome' in one ? [one.id] : [])),
  );
  return gone.filter((line) => {
    const one = parse(line);
    return one?.id !== undefined && !('outcome' in one) && !ended.has(one.id);
  });
}

/** Lines in a file, which is made when the first of them comes. */
export function fileJournal(path: string): JournalStore {
  const read = (): string[] =>
    existsSync(dirname(path)) ? [...formerOf(path), path].flatMap(linesIn) : [];

  /** Sets a full file aside, and drops the oldest of those when there are too many, but for what is still open in it. */
  const rotate = (): void => {
    const stamp = new Date().toISOString().replaceAll(/[^\dTZ]/g, '');
    renameSync(path, `${path}.${stamp}-${randomBytes(3).toString('hex')}`);
    const former = formerOf(path);
    for (const oldest of former.slice(0, Math.max(0, former.length - kept))) {
      const open = openIn(linesIn(oldest), read());
      if (open.length > 0) {
        appendTo(path, open.map((line) => `${line}\n`).join(''));
      }
      rmSync(oldest, { force: true });
    }
  };

  return {
    append(line) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > largest) {
        try {
          rotate();
        } catch (error) {
          // Another server was quicker.
          if (Object(error).code !== 'ENOENT') {
            throw error;
          }
        }
      }
      appendTo(path, `${line}\n`);
    },
    read,
  };
}

/** A line that was cut off by a crash is no record, and no reason to lose the others. */
function parse(line: string): Partial<Started & Ended> | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export class Journal {
  constructor(
    private readonly lines: JournalStore,
    private readonly now: () => number,
  ) {}

  #write(record: Started | Ended): void {
    try {
      this.lines.append(JSON.stringify(record));
    } catch (error) {
      throw new LogtoError(
        {
          kind: 'configuration',
          code: 'journal_not_writable',
          message: 'The journal of changes cannot be written, so nothing is changed.',
          hint: 'Make room on the disk, or give LOGTO_MCP_STATE_DIR a folder that can be written. Reading still works.',
        },
        { cause: error },
      );
    }
  }

  /**
   * Writes down what is about to be changed.
   *
   * @returns the id of the change
   * @throws LogtoError when it cannot be written down: then nothing may be sent
   */
  start(change: Omit<Started, 'id' | 'at'>): string {
    const id = `c-${randomBytes(5).toString('hex')}`;
    this.#write({ id, at: new Date(this.now()).toISOString(), ...change });
    return id;
  }

  /** Writes down how it ended. Logto has been changed by now, so a failure to write is no reason to call it a failure. */
  end(ended: Ended): void {
    try {
      this.#write(ended);
    } catch {
      // The entry stays without an outcome and is shown as unknown, which is what is known of it.
    }
  }

  #read(): string[] {
    try {
      return this.lines.read();
    } catch (error) {
      throw new LogtoError(
        {
          kind: 'configuration',
          code: 'journal_not_readable',
          message: 'The journal of changes cannot be read.',
          hint: 'The operator can look at the rights of the folder in LOGTO_MCP_STATE_DIR.',
        },
        { cause: error },
      );
    }
  }

  /**
   * The changes, the newest first.
   *
   * @throws LogtoError when the journal cannot be read
   */
  list(): JournalEntry[] {
    const started = new Map<string, Started>();
    const ended = new Map<string, Ended>();
    for (const line of this.#read()) {
      const record = parse(line);
      if (record?.id === undefined) {
        continue;
      }
      if ('outcome' in record) {
        ended.set(record.id, record as Ended);
      } else {
        started.set(record.id, record as Started);
      }
    }
    const undoing = [...started.values()].filter(
      ({ id, undoes }) => undoes !== undefined && ended.get(id)?.outcome === 'done',
    );
    return [...started.values()].reverse().map((one) => {
      const { outcome = 'unknown', after } = ended.get(one.id) ?? {};
      const putBack = undoing.filter(({ undoes }) => undoes === one.id);
      const undone = putBack.some(({ left = 0 }) => left === 0);
      return { ...one, outcome, after, undone, putBack };
    });
  }
}
