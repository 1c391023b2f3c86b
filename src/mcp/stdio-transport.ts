/**
 * MCP over standard input and output: one JSON message on each line. The SDK has such a transport too; this one answers what
 * the SDK leaves unanswered (batches, lines that are no JSON) and writes the JSON of a result once instead of twice.
 */
import {
  type JSONRPCMessage,
  ProtocolErrorCode,
  parseJSONRPCMessage,
  type Transport,
} from '@modelcontextprotocol/server';
import { isObject } from '../json.js';

/** Maximum characters of one message: a longer one ends the connection, because its end cannot be found. */
const MAX_MESSAGE_CHARS = 10 * 1024 * 1024;

/**
 * Answers that are written together at most. Each write is a system call, which takes a tenth of a short call, and with many
 * calls in flight several answers are ready in one turn of the event loop. With more, the client would wait for the first.
 */
const MAX_BATCH_LINES = 8;

/** The streams of a connection; `process.stdin` and `process.stdout` are a pair of them. */
export interface StdioStreams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/**
 * A message as one line of JSON. The text of a tool's result is the JSON of its structured content (`results.ts`), so it is
 * used for both instead of serializing the answer again.
 */
export function serializeMessage(message: JSONRPCMessage): string {
  const result: unknown = 'result' in message ? message.result : undefined;
  if (isObject(result) && isObject(result['structuredContent'])) {
    const { structuredContent: _, ...rest } = result;
    const [first] = Array.isArray(rest['content']) ? rest['content'] : [];
    const text: unknown = isObject(first) ? first['text'] : undefined;
    if (typeof text === 'string') {
      const envelope = JSON.stringify({ ...message, result: undefined }).slice(0, -1);
      const fields = JSON.stringify(rest).slice(0, -1);
      return `${envelope},"result":${fields},"structuredContent":${text}}}\n`;
    }
  }
  return `${JSON.stringify(message)}\n`;
}

/** What is wrong with a message that is not passed on, for each request in it. */
interface Rejection {
  readonly id: unknown;
  readonly code: number;
  readonly message: string;
}

const BATCH_MESSAGE =
  'Batches are not supported, as in every MCP revision but 2025-03-26: send one message on each line.';

/** An error for every request of a batch; one without an id for a batch of no requests. */
function rejectionsOf(batch: readonly unknown[]): Rejection[] {
  const ids = batch
    .filter(isObject)
    .flatMap(({ id, method }) => (method !== undefined && id !== undefined ? [id] : []));
  const isNotificationsOnly =
    batch.length > 0 && batch.every((message) => isObject(message) && message['id'] === undefined);
  return (ids.length > 0 ? ids : isNotificationsOnly ? [] : [null]).map((id) => ({
    id,
    code: ProtocolErrorCode.InvalidRequest,
    message: BATCH_MESSAGE,
  }));
}

/** Clients that fill everything with null send it for the arguments of a call too, which the protocol does not allow. */
function withoutNullArguments(value: unknown): unknown {
  const params = isObject(value) ? value['params'] : undefined;
  if (!isObject(value) || !isObject(params) || params['arguments'] !== null) {
    return value;
  }
  const { arguments: _, ...rest } = params;
  return { ...value, params: rest };
}

/** Reads one line. @returns a message to pass on, or what to answer instead */
function readLine(line: string): JSONRPCMessage | readonly Rejection[] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return [{ id: null, code: ProtocolErrorCode.ParseError, message: 'The line is no JSON.' }];
  }
  if (Array.isArray(value)) {
    return rejectionsOf(value);
  }
  try {
    return parseJSONRPCMessage(withoutNullArguments(value));
  } catch {
    const id = isObject(value) ? value['id'] : undefined;
    return [
      {
        id: typeof id === 'string' || typeof id === 'number' ? id : null,
        code: ProtocolErrorCode.InvalidRequest,
        message: 'The line is no JSON-RPC 2.0 message.',
      },
    ];
  }
}

/** A line that is to be written. */
interface PendingLine {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Serves one connection over two streams. */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #streams: StdioStreams;
  #buffered = '';
  #isClosed = false;
  #pending: PendingLine[] = [];
  /** Whether a line was written in this turn of the event loop. */
  #hasWritten = false;

  constructor(streams: StdioStreams) {
    this.#streams = streams;
  }

  async start(): Promise<void> {
    const { input, output } = this.#streams;
    input.setEncoding('utf8');
    input.on('data', this.#read);
    input.on('error', this.#report);
    input.on('end', this.#end);
    input.on('close', this.#end);
    output.on('error', this.#report);
  }

  readonly #report = (error: Error): void => {
    this.onerror?.(error);
  };

  readonly #end = (): void => {
    void this.close();
  };

  readonly #read = (chunk: unknown): void => {
    this.#buffered += String(chunk);
    const lines = this.#buffered.split('\n');
    this.#buffered = lines.pop() ?? '';
    for (const line of lines) {
      this.#receive(line.replace(/\r$/, ''));
    }
    if (this.#buffered.length > MAX_MESSAGE_CHARS) {
      this.#buffered = '';
      this.#report(new Error(`A message is longer than ${MAX_MESSAGE_CHARS} characters.`));
      this.#end();
    }
  };

  #receive(line: string): void {
    if (line.trim() === '' || this.#isClosed) {
      return;
    }
    const message = readLine(line);
    if (!Array.isArray(message)) {
      this.onmessage?.(message as JSONRPCMessage);
      return;
    }
    for (const { id, code, message: text } of message) {
      this.#report(new Error(text));
      this.#write(
        `${JSON.stringify({ jsonrpc: '2.0', id, error: { code, message: text } })}\n`,
      ).catch(this.#report);
    }
  }

  send(message: JSONRPCMessage): Promise<void> {
    return this.#isClosed
      ? Promise.reject(new Error('The connection is closed.'))
      : this.#write(serializeMessage(message));
  }

  /**
   * Writes the first line of a turn of the event loop at once, and the others together. Resolves once the stream takes more.
   */
  #write(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ line, resolve, reject });
      if (!this.#hasWritten) {
        this.#hasWritten = true;
        setImmediate(() => {
          this.#hasWritten = false;
          this.flush();
        });
        this.flush();
      } else if (this.#pending.length >= MAX_BATCH_LINES) {
        this.flush();
      }
    });
  }

  /** Writes the lines that wait for the end of the turn. A process that ends must call it before. */
  flush(): void {
    const lines = this.#pending;
    if (lines.length === 0) {
      return;
    }
    this.#pending = [];
    this.#streams.output.write(lines.map(({ line }) => line).join(''), (error) => {
      for (const { resolve, reject } of lines) {
        if (error) {
          reject(error);
        } else {
          resolve();
        }
      }
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) {
      return;
    }
    this.flush();
    this.#isClosed = true;
    const { input } = this.#streams;
    input.off('data', this.#read);
    input.off('end', this.#end);
    input.off('close', this.#end);
    input.pause();
    this.onclose?.();
  }
}
