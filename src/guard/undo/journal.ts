/**
 * The journal of a tenant's changes, on this machine, as JSON Lines. A change is written down before it is sent and again
 * when its outcome is known, so that a process that ends in between leaves a trace.
 */
import { randomBytes } from 'node:crypto';
import { isObject } from '../../json.js';
import { type Failure, LogtoError } from '../../logto/errors.js';
import type { JournalLines } from '../../store/store.js';
import type { Values } from '../operation-graph.js';

export interface Started {
  readonly id: string;
  /** When, as ISO 8601. */
  readonly at: string;
  /** The client that called, by the name that it gives itself. */
  readonly client: string;
  /** Who made it, of a server that several people sign in to. */
  readonly actor?: { readonly sub: string; readonly client_id: string };
  readonly profile?: string;
  readonly operation: string;
  /** Without secrets. */
  readonly arguments: Values;
  /** The previous state, without secrets; null if there was none, or it could not be read. */
  readonly before: unknown;
  /** Organization roles of the members that a set loses, by their ids: they are deleted with the membership. */
  readonly attached?: Readonly<Record<string, readonly string[]>>;
  /** Why it cannot be undone, for a change that no operation of the catalog made: a file on this machine. */
  readonly cannot_undo?: string;
  /** The change that this one undoes, completely or in part. */
  readonly undoes?: string;
  /** How many calls of the same undo were still to come. */
  readonly left?: number;
  /** The run of many writes that it belongs to. */
  readonly run?: string;
  /** How many writes that run has, sent or not. */
  readonly of?: number;
  /** The tool that makes the run. */
  readonly tool?: string;
}

/**
 * - `done`: Logto made the change
 * - `refused`: Logto did not make it
 * - `partial`: Logto answered an error and made a part; `after` has what was made
 * - `unknown`: no answer tells
 */
export type RecordedOutcome = 'done' | 'refused' | 'partial' | 'unknown';

export interface Ended {
  readonly id: string;
  readonly outcome: RecordedOutcome;
  /** The state after the change, without secrets: an undo requires it. */
  readonly after?: unknown;
}

/** A change with its outcome. A change without one belongs to a process that ended before it was known. */
export type JournalEntry = Started &
  Pick<Ended, 'outcome' | 'after'> & {
    /** Whether it was undone as a whole. */
    readonly undone: boolean;
    /** The calls that were made to undo it, in their order. */
    readonly undoSteps: readonly Pick<Started, 'operation' | 'arguments'>[];
  };

/** Lines that are written and read at once: in memory or in a file. */
export interface JournalStore extends JournalLines {
  append(line: string, isDurable?: boolean): void;
  read(): string[];
}

/** Lines in memory, for the sandbox. */
export function memoryJournal(): JournalStore {
  const lines: string[] = [];
  return { append: (line) => void lines.push(line), read: () => [...lines] };
}

/** What any line of a journal has. */
type JournalLine = Partial<Started & Ended> & { readonly id: string };

const isLine = (value: unknown): value is JournalLine =>
  isObject(value) && typeof value['id'] === 'string';

const isStarted = (line: Partial<Started & Ended>): line is Started =>
  typeof line.operation === 'string' && isObject(line.arguments);

const isEnded = (line: Partial<Started & Ended>): line is Ended => line.outcome !== undefined;

/** Parses a line. A line that a crash cut off is no record, and does not affect the others. */
export function parseLine(line: string): JournalLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isLine(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The error for a journal that cannot be used; a store's own error as it is. */
const unusable = (error: unknown, failure: Pick<Failure, 'code' | 'message' | 'hint'>) =>
  error instanceof LogtoError
    ? error
    : new LogtoError({ kind: 'configuration', ...failure }, { cause: error });

export class Journal {
  constructor(
    private readonly store: JournalLines,
    private readonly now: () => number,
  ) {}

  async #write(record: Started | Ended, isDurable: boolean): Promise<void> {
    try {
      await this.store.append(JSON.stringify(record), isDurable);
    } catch (error) {
      throw unusable(error, {
        code: 'journal_not_writable',
        message: 'The journal of changes cannot be written, so nothing is changed.',
        hint: 'Make room on the disk, or set LOGTO_MCP_STATE_DIR to a folder that can be written. The file must not be a link. Reading still works.',
      });
    }
  }

  /**
   * Records a change that is about to be made.
   *
   * @returns the id of the change
   * @throws LogtoError when it cannot be recorded: then nothing may be sent
   */
  async start(change: Omit<Started, 'id' | 'at'>): Promise<string> {
    const id = `c-${randomBytes(5).toString('hex')}`;
    await this.#write({ id, at: new Date(this.now()).toISOString(), ...change }, true);
    return id;
  }

  /** Records the outcome. Logto has been changed by now, so a failure to write does not fail the call. */
  async end(ended: Ended): Promise<void> {
    try {
      // Lost with the machine, it leaves the change as unknown, which is safe. A run of many writes would wait for the disk.
      await this.#write(ended, false);
    } catch {
      // The entry stays without an outcome and is shown as unknown, which is all that is recorded of it.
    }
  }

  async #read(): Promise<readonly string[]> {
    try {
      return await this.store.read();
    } catch (error) {
      throw unusable(error, {
        code: 'journal_not_readable',
        message: 'The journal of changes cannot be read.',
        hint: 'The operator can check the rights of the folder in LOGTO_MCP_STATE_DIR, and that the file is not a link.',
      });
    }
  }

  /**
   * The changes, the newest first.
   *
   * @throws LogtoError when the journal cannot be read
   */
  async list(): Promise<JournalEntry[]> {
    const started = new Map<string, Started>();
    const ended = new Map<string, Ended>();
    for (const text of await this.#read()) {
      const line = parseLine(text);
      if (line !== undefined && isEnded(line)) {
        ended.set(line.id, line);
      } else if (line !== undefined && isStarted(line)) {
        started.set(line.id, line);
      }
    }
    const undoing = new Map<string, Started[]>();
    for (const change of started.values()) {
      if (change.undoes !== undefined && ended.get(change.id)?.outcome === 'done') {
        undoing.set(change.undoes, [...(undoing.get(change.undoes) ?? []), change]);
      }
    }
    return [...started.values()].reverse().map((change) => {
      const { outcome = 'unknown', after } = ended.get(change.id) ?? {};
      const undoSteps = undoing.get(change.id) ?? [];
      const undone = undoSteps.some(({ left = 0 }) => left === 0);
      return { ...change, outcome, after, undone, undoSteps };
    });
  }
}
