/**
 * The audit: one JSON line per call, for a log collector. Who, through which client, what, on which entity, and how it ended;
 * never an argument, a result or a token.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallToolResult, InputRequiredResult } from '@modelcontextprotocol/server';
import type { NamedOperation } from '../guard/operation-graph.js';
import { isObject, memberOf } from '../json.js';
import type { Exchange } from '../logto/session.js';
import { type ObservedCall, outcomeOf } from '../mcp/server.js';
import type { Principal } from './principal.js';
import { operationOf } from './scopes.js';

/** Characters of a value that a client or a token chose. */
const MAX_VALUE_CHARS = 128;

/** An id of Logto. Anything else in a path, such as an e-mail address, is not written down. */
const idLike = /^[\w-]{1,64}$/;

/** What is recorded of one call. */
export interface AuditLine {
  /** ISO 8601. */
  readonly time: string;
  readonly sub: string;
  readonly client_id: string;
  /**
   * The client, by the name that it gives itself: with the request, or in the last `initialize` of the same person, OAuth
   * client and User-Agent at this process. Otherwise the User-Agent, and `unknown` without one.
   */
  readonly client: string;
  readonly address: string;
  readonly tool: string;
  /** The operation that the tool runs; undefined for a tool that runs none or several. */
  readonly operation?: string;
  /** Ids in the path of the operation. */
  readonly target?: Readonly<Record<string, string>>;
  /** Whether it was allowed, must be confirmed first, or was refused before anything was sent. */
  readonly decision: 'allowed' | 'asked' | 'refused';
  /** `ok`, or the code of the error. */
  readonly outcome: string;
  readonly plan?: string;
  readonly ms: number;
  /** Ids that Logto gave to the requests that wrote. */
  readonly logto_request_ids?: readonly string[];
  readonly trace_id?: string;
}

/** The caller of the current request. */
export interface RequestOrigin {
  readonly principal: Principal;
  /** Address of the client. */
  readonly address: string;
}

interface AuditedRequest extends RequestOrigin {
  readonly exchanges: Exchange[];
  /** Arguments of the operation with ids in the place of references, once they are resolved. */
  resolved?: { readonly operation: string; readonly values: Readonly<Record<string, unknown>> };
}

export interface AuditOptions {
  readonly operations: ReadonlyMap<string, NamedOperation>;
  readonly write: (line: AuditLine) => void;
  /** The trace of the current call. */
  readonly traceId: () => string | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Errors of decisions: nothing was sent to Logto for them. */
const refusals: ReadonlySet<string> = new Set([
  'permission',
  'input',
  'configuration',
  'rate_limit',
]);

/** Requests to Logto that are listed; a script makes many. */
const MAX_REQUEST_IDS = 20;

const printable = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, MAX_VALUE_CHARS);

/** The request that the current code serves. One for the module, as in `logger.ts`. */
const currentRequest = new AsyncLocalStorage<AuditedRequest>();

export class Audit {
  readonly #now: () => number;

  constructor(private readonly options: AuditOptions) {
    this.#now = options.now ?? Date.now;
  }

  /** Serves a request as that of a principal. */
  as<T>(origin: RequestOrigin, run: () => T): T {
    return currentRequest.run({ ...origin, exchanges: [] }, run);
  }

  /** Records a request to Logto for the call that makes it. */
  readonly exchanged = (exchange: Exchange): void => {
    currentRequest.getStore()?.exchanges.push(exchange);
  };

  /** Records the ids of the references in the arguments of the current call. */
  readonly resolved = (operation: string, values: Readonly<Record<string, unknown>>): void => {
    const running = currentRequest.getStore();
    if (running !== undefined) {
      running.resolved = { operation, values };
    }
  };

  /** Runs a call and writes its line, also when it fails or is cancelled. */
  readonly around = async (
    tool: string,
    { arguments: input, client }: ObservedCall,
    run: () => Promise<CallToolResult | InputRequiredResult>,
  ): Promise<CallToolResult | InputRequiredResult> => {
    const request = currentRequest.getStore();
    // Its own for each call: a request of the 2025 era can have several.
    const origin = request && { ...request, exchanges: [] };
    const startedAt = this.#now();
    let result: CallToolResult | InputRequiredResult | undefined;
    try {
      result = await (origin === undefined ? run() : currentRequest.run(origin, run));
      return result;
    } finally {
      if (origin !== undefined) {
        this.options.write(this.#line(tool, input, client, result, startedAt, origin));
      }
    }
  };

  #line(
    tool: string,
    input: unknown,
    client: string,
    result: CallToolResult | InputRequiredResult | undefined,
    startedAt: number,
    { principal, address, exchanges, resolved }: AuditedRequest,
  ): AuditLine {
    const entry = operationOf(tool, input, this.options.operations);
    const target = entry === undefined ? {} : targetOf(entry, tool, input, resolved);
    const content = memberOf(result, 'structuredContent');
    const error = memberOf(content, 'error');
    const plan = memberOf(memberOf(content, 'result'), 'plan') ?? memberOf(input, 'plan');
    const isAsked =
      (result !== undefined && 'inputRequests' in result) ||
      (error === undefined && memberOf(memberOf(content, 'result'), 'preview') !== undefined);
    const isRefused = refusals.has(String(memberOf(error, 'kind')));
    const sent = exchanges.filter(({ method }) => method !== 'GET');
    const ids = (sent.length > 0 ? sent : exchanges.slice(-1)).flatMap(({ requestId }) =>
      requestId === undefined ? [] : [requestId],
    );
    const traceId = this.options.traceId();
    return {
      time: new Date(startedAt).toISOString(),
      sub: printable(principal.sub),
      client_id: printable(principal.clientId),
      client: printable(client),
      address: printable(address),
      tool,
      ...(entry !== undefined && { operation: entry.name }),
      ...(Object.keys(target).length > 0 && { target }),
      decision: isAsked ? 'asked' : isRefused && sent.length === 0 ? 'refused' : 'allowed',
      outcome: result === undefined ? 'cancelled' : outcomeOf(result),
      ...(typeof plan === 'string' && /^[\w-]{1,64}$/.test(plan) && { plan }),
      ms: this.#now() - startedAt,
      ...(ids.length > 0 && { logto_request_ids: ids.slice(0, MAX_REQUEST_IDS) }),
      ...(traceId !== undefined && { trace_id: traceId }),
    };
  }
}

/**
 * The ids in the path of an operation, resolved references included. A name or an address that was not resolved is not
 * repeated.
 */
function targetOf(
  { name: called, operation }: NamedOperation,
  tool: string,
  input: unknown,
  resolved: AuditedRequest['resolved'],
): Readonly<Record<string, string>> {
  const inner = memberOf(input, 'arguments');
  const sent = tool.startsWith('run_') || tool === 'preview_operation' ? inner : input;
  const values = resolved?.operation === called ? resolved.values : sent;
  if (!isObject(values)) {
    return {};
  }
  return Object.fromEntries(
    Object.keys(operation.path).flatMap((name) => {
      const value = values[name];
      return typeof value === 'string'
        ? [[name, idLike.test(value) ? value : '(not an id)'] as const]
        : [];
    }),
  );
}
