/**
 * The log of the operator: one line per call, with its requests to Logto and their duration. Never a body, an argument or a
 * secret. JSON for programs, words for people at a terminal.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { markInvisible } from './guard/visible-text.js';
import type { Exchange } from './logto/session.js';

/** From the quietest to the most verbose. */
export const logLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const;

export type LogLevel = (typeof logLevels)[number];

/** Longest value of a line in characters: names and ids come from the client and from Logto. */
const MAX_VALUE_CHARS = 200;

/** Longest message in characters: sentences of this program, and stacks of errors. */
const MAX_MESSAGE_CHARS = 4000;

/** A running call of a tool. */
interface LoggedCall {
  readonly tool: string;
  readonly id: string | number;
  readonly exchanges: Exchange[];
}

type Value = string | number | undefined;

type Line = Readonly<Record<string, Value>>;

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Takes one line, without its line break. */
  readonly write: (line: string) => void;
  /** Words instead of JSON. */
  readonly human: boolean;
  /** Removes secrets from a text. */
  readonly redact?: (text: string) => string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const shorten = (text: string, maxChars: number): string =>
  text.length <= maxChars
    ? text
    : `${text.slice(0, maxChars)}... (${text.length - maxChars} more characters)`;

/** Printable ASCII with single blanks. Two blanks separate the values of a line. */
const unambiguous = /^[!-~]+( [!-~]+)*$/;

/** A value of a line for people: quoted where its end would be unclear or where it would begin a line of its own. */
const quote = (value: string | number): string =>
  typeof value === 'number' || unambiguous.test(value) ? String(value) : JSON.stringify(value);

/** Values that mean nothing as a bare number; no retries are not mentioned. */
const formats: Readonly<Record<string, (value: string | number) => string | undefined>> = {
  ms: (value) => `${value} ms`,
  requests: (value) => (value === 1 ? '1 request' : `${value} requests`),
  retries: (value) => (value === 0 ? undefined : value === 1 ? '1 retry' : `${value} retries`),
  call: (value) => `call ${quote(value)}`,
};

/** A line for people: the values in order, without their names. */
const formatForPeople = ({ time, level, message = '', ...values }: Line): string =>
  [
    time,
    level === 'info' || level === 'debug' ? quote(message) : level,
    // The lines of a stack are indented, so that no text can begin a line that looks like another entry.
    level === 'info' || level === 'debug' ? undefined : String(message).replaceAll('\n', '\n    '),
    ...Object.entries(values).map(([name, value]) =>
      value === undefined ? undefined : (formats[name] ?? quote)(value),
    ),
  ]
    .filter((part) => part !== undefined)
    .join('  ');

/**
 * The call that the current code runs for. One for the module: in Node 20 each instance in use makes every promise of the
 * process slower.
 */
const currentCall = new AsyncLocalStorage<LoggedCall>();

export class Logger {
  readonly #options: LoggerOptions;
  readonly #redact: (text: string) => string;
  readonly #now: () => number;

  constructor(options: LoggerOptions) {
    this.#options = options;
    this.#redact = options.redact ?? ((text) => text);
    this.#now = options.now ?? Date.now;
  }

  #isEnabled(level: LogLevel): boolean {
    return logLevels.indexOf(level) <= logLevels.indexOf(this.#options.level);
  }

  /** Redacts before it shortens, because half a secret would not be recognized. */
  #clean(value: Value, maxChars: number): Value {
    return typeof value === 'string'
      ? shorten(markInvisible(this.#redact(value)), maxChars)
      : value;
  }

  #write(level: LogLevel, { message, ...values }: Line): void {
    if (!this.#isEnabled(level)) {
      return;
    }
    const isCall = level === 'info' || level === 'debug';
    const line: Line = {
      time: new Date(this.#now()).toISOString(),
      level,
      message: this.#clean(message, isCall ? MAX_VALUE_CHARS : MAX_MESSAGE_CHARS),
      ...Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, this.#clean(value, MAX_VALUE_CHARS)]),
      ),
    };
    this.#options.write(this.#options.human ? formatForPeople(line) : JSON.stringify(line));
  }

  /** Something that a person should know and that does not stop the server. */
  warn(message: string): void {
    this.#write('warn', { message });
  }

  /** An error that is not reported to any caller. Its stack names lines of this program and no data of a request. */
  error(error: unknown): void {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#write('error', { message });
  }

  /** Records a request to Logto for the call that made it. */
  readonly exchanged = (exchange: Exchange): void => {
    const call = currentCall.getStore();
    call?.exchanges.push(exchange);
    this.#write('debug', {
      message: 'request',
      operation: `${exchange.method} ${exchange.url}`,
      status: exchange.status,
      ms: Math.round(exchange.milliseconds),
      retries: exchange.retries,
      request_id: exchange.requestId,
      call: call?.id,
    });
  };

  /**
   * Runs a call and writes its line.
   *
   * @param id the id of the request, as the client numbers them
   * @param outcome the result in one word: `ok`, or the code of the error
   */
  async around<T>(
    tool: string,
    id: string | number,
    run: () => Promise<T>,
    outcome: (result: T) => string,
  ): Promise<T> {
    if (!this.#isEnabled('info')) {
      return run();
    }
    const call: LoggedCall = { tool, id, exchanges: [] };
    const startedAt = this.#now();
    let ended = 'cancelled';
    try {
      const result = await currentCall.run(call, run);
      ended = outcome(result);
      return result;
    } finally {
      const { exchanges } = call;
      // The guard reads before and after a write. The write is what the caller asked for.
      const main = exchanges.findLast(({ method }) => method !== 'GET') ?? exchanges.at(-1);
      this.#write('info', {
        message: tool,
        operation: main && `${main.method} ${main.url}`,
        status: main?.status,
        outcome: ended,
        ms: this.#now() - startedAt,
        requests: exchanges.length,
        retries: exchanges.reduce((sum, { retries }) => sum + retries, 0),
        request_id: main?.requestId,
        call: id,
      });
    }
  }
}
