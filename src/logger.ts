/**
 * What the operator may read: one line for each call, with what it did at Logto and how long that took; never a body, an
 * argument or a secret. JSON where a program reads it, words where a person does.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Exchange } from './logto/session.js';

/** From the quietest to the most talkative. */
export const levels = ['silent', 'error', 'warn', 'info', 'debug'] as const;

export type Level = (typeof levels)[number];

/** A call of a tool. */
interface Call {
  readonly tool: string;
  readonly id: string | number;
  readonly exchanges: Exchange[];
}

type Line = Readonly<Record<string, string | number | undefined>>;

export interface LoggerOptions {
  readonly level: Level;
  /** Takes one line, without its end. */
  readonly write: (line: string) => void;
  /** Words instead of JSON. */
  readonly human: boolean;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** What would say nothing as a bare number; no retries are the rule and not worth a word. */
const counted: Readonly<Record<string, (value: string | number) => string | undefined>> = {
  ms: (value) => `${value} ms`,
  requests: (value) => (value === 1 ? '1 request' : `${value} requests`),
  retries: (value) => (value === 0 ? undefined : value === 1 ? '1 retry' : `${value} retries`),
  call: (value) => `call ${value}`,
};

/** A line as a person reads it: the values, in order, without their names where they speak for themselves. */
const words = ({ time, level, message, ...rest }: Line): string =>
  [
    time,
    level === 'info' || level === 'debug' ? undefined : level,
    message,
    ...Object.entries(rest).map(([name, value]) =>
      value === undefined ? undefined : (counted[name] ?? String)(value),
    ),
  ]
    .filter((part) => part !== undefined)
    .join('  ');

export class Logger {
  readonly #calls = new AsyncLocalStorage<Call>();
  readonly #options: LoggerOptions;
  readonly #now: () => number;

  constructor(options: LoggerOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  #says(level: Level): boolean {
    return levels.indexOf(level) <= levels.indexOf(this.#options.level);
  }

  #line(level: Level, line: Line): void {
    if (this.#says(level)) {
      const time = new Date(this.#now()).toISOString();
      const whole = { time, level, ...line };
      this.#options.write(this.#options.human ? words(whole) : JSON.stringify(whole));
    }
  }

  /** Something that a person should know and that stops nothing. */
  warn(message: string): void {
    this.#line('warn', { message });
  }

  info(message: string): void {
    this.#line('info', { message });
  }

  /** An error that no caller is told about. Its stack names places in this program and nothing of a request. */
  error(error: unknown): void {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#line('error', { message });
  }

  /** Notes an exchange with Logto, for the call in which it happens. */
  readonly exchanged = (exchange: Exchange): void => {
    const call = this.#calls.getStore();
    call?.exchanges.push(exchange);
    this.#line('debug', {
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
   * @param id the id of the request in the client's own numbering
   * @param outcome what came of it, in a word: `ok`, or the code of the error
   */
  async around<T>(
    tool: string,
    id: string | number,
    run: () => Promise<T>,
    outcome: (result: T) => string,
  ): Promise<T> {
    if (!this.#says('info')) {
      return run();
    }
    const call: Call = { tool, id, exchanges: [] };
    const begin = this.#now();
    let ended = 'cancelled';
    try {
      const result = await this.#calls.run(call, run);
      ended = outcome(result);
      return result;
    } finally {
      const { exchanges } = call;
      // The guard reads before it writes, and after it where the answer is in doubt: a write is what was asked for.
      const last = exchanges.findLast(({ method }) => method !== 'GET') ?? exchanges.at(-1);
      this.#line('info', {
        message: tool,
        operation: last && `${last.method} ${last.url}`,
        status: last?.status,
        outcome: ended,
        ms: this.#now() - begin,
        requests: exchanges.length,
        retries: exchanges.reduce((sum, { retries }) => sum + retries, 0),
        request_id: last?.requestId,
        call: id,
      });
    }
  }
}
