/**
 * A model on 127.0.0.1 with the answers of the test. An agent CLI that uses it runs as it does for a person:
 * it starts the server, shows the model the tools, and makes the calls that the model asks for.
 *
 * A request stays open until the test has decided what to answer, so a test reads like a list of calls.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Seen } from './suite.js';

export interface ShownTool {
  readonly name: string;
  /** The names of its arguments. */
  readonly takes: readonly string[];
}

/** A request of the client to the model. */
export interface Turn {
  /** The tools that the model may call, by the names that the client gives them. */
  readonly tools: readonly ShownTool[];
  /** The results of the calls so far. */
  readonly results: readonly Seen[];
}

/** An answer of the model: a call, or a final word. */
export type Reply =
  | {
      readonly tool: string;
      readonly values: Readonly<Record<string, unknown>>;
      /** Unique among the calls. */
      readonly id: string;
    }
  | { readonly word: string };

/** The wire format of a model provider. */
export interface Dialect {
  /** The prefix that the client adds to the name of a tool. */
  readonly prefix: string;
  /** @returns undefined for a request that is not for a model */
  read(path: string, body: unknown): Turn | undefined;
  write(path: string, response: ServerResponse, reply: Reply): void;
}

interface PendingTurn {
  readonly turn: Turn;
  reply(reply: Reply): void;
}

export class ScriptedModel {
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => this.giveUp(error));
  });
  readonly #turns: PendingTurn[] = [];
  #waiter: { resolve(): void; reject(reason: unknown): void } | undefined;
  #failure: { readonly reason: unknown } | undefined;

  private constructor(private readonly dialect: Dialect) {}

  static async start(dialect: Dialect): Promise<ScriptedModel> {
    const model = new ScriptedModel(dialect);
    model.#server.listen(0, '127.0.0.1');
    await once(model.#server, 'listening');
    return model;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') {
      throw new Error('the model does not listen');
    }
    return `http://127.0.0.1:${address.port}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const body = await text(request);
    const turn = this.dialect.read(path, body === '' ? undefined : JSON.parse(body));
    const reply = (reply: Reply): void => this.dialect.write(path, response, reply);
    if (turn === undefined) {
      response.writeHead(404).end();
    } else if (turn.tools.length === 0) {
      // A secondary request, such as for a title.
      reply({ word: 'Logto' });
    } else {
      this.#turns.push({ turn, reply });
      this.#waiter?.resolve();
    }
  }

  /** The next request to answer. */
  async #next(): Promise<PendingTurn> {
    for (;;) {
      const [next] = this.#turns;
      if (next !== undefined) {
        return next;
      }
      if (this.#failure !== undefined) {
        throw this.#failure.reason;
      }
      await new Promise<void>((resolve, reject) => {
        this.#waiter = { resolve, reject };
      });
    }
  }

  /** Rejects the pending wait when the client has ended. */
  giveUp(reason: unknown): void {
    this.#failure = { reason };
    this.#waiter?.reject(reason);
  }

  /** The tools of the server that the client shows the model, without the prefix. */
  async shown(): Promise<readonly ShownTool[]> {
    const { prefix } = this.dialect;
    return (await this.#next()).turn.tools
      .filter(({ name }) => name.startsWith(prefix))
      .map((tool) => ({ ...tool, name: tool.name.slice(prefix.length) }));
  }

  /** Lets the model call a tool. @returns the result that the client passes to the model */
  async call(tool: string, values: Readonly<Record<string, unknown>>): Promise<Seen> {
    const { turn, reply } = await this.#next();
    this.#turns.shift();
    const before = turn.results.length;
    reply({ tool: `${this.dialect.prefix}${tool}`, values, id: `call_${before}` });
    const { results } = (await this.#next()).turn;
    const result = results[before];
    if (result === undefined || results.length !== before + 1) {
      throw new Error(`one call had ${results.length - before} results`);
    }
    return result;
  }

  /** Sends the final word, after which the client ends. */
  async finish(): Promise<void> {
    const { reply } = await this.#next();
    this.#turns.shift();
    reply({ word: 'done' });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** Sends server-sent events; one without a name is data alone. */
export function stream(
  response: ServerResponse,
  events: readonly { readonly name?: string; readonly data: unknown }[],
): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const { name, data } of events) {
    const head = name === undefined ? '' : `event: ${name}\n`;
    response.write(`${head}data: ${JSON.stringify(data)}\n\n`);
  }
  response.end();
}
