/**
 * The journal of a tenant's changes, on this machine: JSON Lines that only the owner can read. A change is written down
 * before it is sent and again when its outcome is known, so that a process that dies in between leaves a trace.
 */
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { LogtoError } from '../logto/errors.js';
import type { Values } from './routes.js';

/** Bytes after which a new file is begun; the one before is kept. */
const largest = 5_000_000;

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
  /** The change that this one puts back. */
  readonly undoes?: string;
}

export interface Ended {
  readonly id: string;
  readonly outcome: 'done' | 'refused' | 'unknown';
  /** What the change has left there, without secrets: what an undo must find. */
  readonly after?: unknown;
}

/** A change as it is shown. An entry without an outcome is one whose process died over it. */
export type Recorded = Started & Pick<Ended, 'outcome' | 'after'> & { readonly undone: boolean };

/** Where lines are kept. */
export interface Lines {
  append(line: string): void;
  /** All lines that are kept, the oldest first. */
  read(): string[];
}

/** Lines in memory, for the sandbox. */
export function memoryLines(): Lines {
  const lines: string[] = [];
  return { append: (line) => void lines.push(line), read: () => [...lines] };
}

/** Lines in a file, which is made when the first of them comes. */
export function fileLines(path: string): Lines {
  const former = `${path}.1`;
  return {
    append(line) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > largest) {
        renameSync(path, former);
      }
      // One write of one line: two processes never mix theirs.
      appendFileSync(path, `${line}\n`, { mode: 0o600 });
    },
    read: () =>
      [former, path]
        .filter((file) => existsSync(file))
        .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
        .filter((line) => line !== ''),
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
    private readonly lines: Lines,
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

  /** The changes, the newest first. */
  list(): Recorded[] {
    const started = new Map<string, Started>();
    const ended = new Map<string, Ended>();
    for (const line of this.lines.read()) {
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
    const undone = new Set(
      [...started.values()]
        .filter(({ id }) => ended.get(id)?.outcome === 'done')
        .map(({ undoes }) => undoes),
    );
    return [...started.values()].reverse().map((one) => {
      const { outcome = 'unknown', after } = ended.get(one.id) ?? {};
      return { ...one, outcome, after, undone: undone.has(one.id) };
    });
  }
}
