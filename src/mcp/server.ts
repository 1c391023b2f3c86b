/** The MCP server: what it lists, and how it handles calls, resources and prompts. */
import {
  type CallToolResult,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type RequestStateCodec,
  SdkError,
  SdkErrorCode,
  Server,
  type ServerContext,
  type Transport,
} from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Actor } from '../guard/actor.js';
import { type ConfirmMode, DEFAULT_CONFIRM_MODE } from '../guard/confirm/confirm-mode.js';
import {
  ConfirmationRequired,
  type ElicitationAnswer,
} from '../guard/confirm/confirmation-required.js';
import { planRefused } from '../guard/confirm/plans.js';
import { fingerprint, isObject } from '../json.js';
import type { LogtoError } from '../logto/errors.js';
import type { Redact } from '../logto/redaction.js';
import { ASK_TIMEOUT_MS, AskingClient } from './asking.js';
import type { Prompts } from './prompts.js';
import type { ResourceTemplate } from './resource-templates.js';
import type { McpResource } from './resources.js';
import { failure, success } from './results.js';
import { readCapabilities, readHandlers } from './server-resources.js';
import { noRedaction } from './text-exit.js';
import type { CallableTool, CallContext } from './tool-call.js';
import { forView, showsViews, withView } from './views.js';

/** What a client of the 2026 era sends back with the answer to a question. */
export interface QuestionState {
  readonly plan: string;
  /** Fingerprint of the call that asked. */
  readonly call: string;
  /** Epoch milliseconds. */
  readonly askedAt: number;
}

/** A request of a client, for traces and metrics. */
export interface ObservedRequest {
  readonly method: string;
  readonly id: string | number;
  /** What the client sent along, such as the trace that it is part of. */
  readonly meta: unknown;
  /** The called tool, or the fixed text in the place of a name that is not listed; undefined for another method. */
  readonly tool: string | undefined;
  readonly context: ServerContext;
}

/** A running call, for the log and the audit. */
export interface ObservedCall {
  readonly arguments: unknown;
  /** The client, by the name that it gives itself. */
  readonly client: string;
  readonly context: ServerContext;
}

export interface ServerOptions {
  readonly version: string;
  /** The listed tools, in this order. */
  readonly callables: readonly CallableTool[];
  readonly resources: readonly McpResource[];
  readonly templates: () => Promise<readonly ResourceTemplate[]>;
  readonly prompts: Prompts;
  /** The error for a name that is not listed. */
  readonly unlisted: (name: string) => LogtoError | Promise<LogtoError>;
  /** What a client shows its model about the server as a whole. */
  readonly instructions: string;
  /** How writes that ask first are confirmed; the default is that of `--confirm`. */
  readonly confirmMode?: ConfirmMode;
  /** Redacts the credentials of this server in everything that leaves it. */
  readonly redact?: Redact;
  /** Runs a call where the log can observe it: its tool, the id of its request, and its outcome in a word. */
  readonly around?: <T>(
    tool: string,
    id: string | number,
    run: () => Promise<T>,
    outcome: (result: T) => string,
  ) => Promise<T>;
  /** Runs a request of any method, `initialize` among them, where traces and metrics can observe it. */
  readonly observe?: <T>(request: ObservedRequest, run: () => Promise<T>) => Promise<T>;
  /** Runs a call where the audit can observe it. */
  readonly audit?: (
    tool: string,
    call: ObservedCall,
    run: () => Promise<CallToolResult | InputRequiredResult>,
  ) => Promise<CallToolResult | InputRequiredResult>;
  /** Who makes a request. Absent over stdio, where the server belongs to one person. */
  readonly actorOf?: (context: ServerContext) => Actor;
  /** The name of a client whose requests do not have it, over HTTP in the 2025 era. */
  readonly clientNameOf?: (context: ServerContext) => string | undefined;
  /** Takes the arguments of an operation after references in them were resolved, for the audit. */
  readonly onResolved?: CallContext['onResolved'];
  /** Seals what a client sends back with an answer. Without it the id of the plan is sent as it is. */
  readonly sealedState?: RequestStateCodec<QuestionState>;
  /** What is known of the client of a request. By default each server has one client. */
  readonly askingOf?: (context: ServerContext, client: string) => AskingClient;
  /** Receives errors that are not meant for the model. */
  readonly report: (error: unknown) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Milliseconds that a question waits for its answer. */
  readonly askTimeoutMs?: number;
}

/** The list follows from the configuration alone, so it is valid until the process ends. */
const LIST_CACHE_HINT = { ttlMs: 24 * 60 * 60 * 1000, cacheScope: 'private' } as const;

const progressOf = ({ mcpReq }: ServerContext): CallContext['progress'] => {
  const token = mcpReq._meta?.progressToken;
  return (done, total, message) => {
    if (token !== undefined) {
      // A call must not fail because its client has disconnected.
      mcpReq
        .notify({
          method: 'notifications/progress',
          params: {
            progressToken: token,
            progress: done,
            ...(total !== undefined && { total }),
            message,
          },
        })
        .catch(() => {});
    }
  };
};

const memberOf = (value: unknown, name: string): unknown =>
  isObject(value) ? value[name] : undefined;

/** What a client says about itself: with each request in the 2026 era, once at the start in the 2025 era. */
function clientOf({ mcpReq: { envelope } }: ServerContext, server: Server) {
  const info =
    memberOf(envelope, 'io.modelcontextprotocol/clientInfo') ?? server.getClientVersion();
  const capabilities =
    memberOf(envelope, 'io.modelcontextprotocol/clientCapabilities') ??
    server.getClientCapabilities();
  const elicitation = memberOf(capabilities, 'elicitation');
  return {
    client: memberOf(info, 'name'),
    hasViews: showsViews(capabilities),
    // An empty capability stands for forms, as in the revisions before modes.
    declaresForms:
      isObject(elicitation) && ('form' in elicitation || Object.keys(elicitation).length === 0),
  };
}

/** The name of the one question that a call asks. */
const QUESTION = 'confirm';

/** The form that the person fills in. */
const nameForm = (expected: string) => ({
  type: 'object' as const,
  properties: {
    name: {
      type: 'string' as const,
      title: `Type ${expected} to confirm`,
      description: `Type ${JSON.stringify(expected)}`,
    },
  },
  required: ['name'],
});

/** What became of a call, in a word: `ok`, `asked`, or the code of the error. */
export function outcomeOf(result: CallToolResult | InputRequiredResult): string {
  const error = memberOf(memberOf(result, 'structuredContent'), 'error');
  return 'inputRequests' in result
    ? 'asked'
    : error === undefined
      ? 'ok'
      : String(memberOf(error, 'code') ?? memberOf(error, 'kind'));
}

/**
 * Makes a factory of servers over one registry. Every connection gets its own server; tools and listings are shared.
 * A tool that fails answers with an `isError` result, which the model reads, and never with a protocol error.
 */
export function serverFactory(options: ServerOptions): () => Server {
  const { version, resources, templates, instructions, unlisted, report, prompts } = options;
  const {
    confirmMode = DEFAULT_CONFIRM_MODE,
    now = Date.now,
    askTimeoutMs = ASK_TIMEOUT_MS,
  } = options;
  const { actorOf, sealedState, askingOf, audit, observe } = options;
  const nameOf = (context: ServerContext, server: Server): string =>
    String(clientOf(context, server).client ?? options.clientNameOf?.(context) ?? 'unknown');
  const around = options.around ?? ((_tool, _id, run) => run());
  const redact = options.redact ?? noRedaction;
  const callables = new Map(options.callables.map((tool) => [tool.listing.name, tool]));
  const listings = options.callables.map(({ listing }) => ({
    ...listing,
    inputSchema: { ...listing.inputSchema, type: 'object' as const },
  }));
  let listingsWithViews: typeof listings | undefined;

  /** Asks through the client of the 2025 era, where a question is a request of the server. */
  const askNow = async (
    tool: string,
    { preview, expected, plan }: ConfirmationRequired,
    { mcpReq }: ServerContext,
    asking: AskingClient,
  ): Promise<ElicitationAnswer> => {
    const { send, signal } = mcpReq;
    const { question } = await import('./question.js');
    let answer: { action: 'accept' | 'decline' | 'cancel'; content?: unknown };
    try {
      asking.asks(plan);
      answer = await send(
        {
          method: 'elicitation/create',
          params: {
            mode: 'form',
            message: question(preview.does, preview, expected, redact),
            requestedSchema: nameForm(expected),
          },
        },
        { timeout: askTimeoutMs, signal },
      );
    } catch (error) {
      signal.throwIfAborted();
      const isTimeout = error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout;
      throw isTimeout
        ? asking.unanswered(tool, askTimeoutMs)
        : asking.failed(tool, error instanceof Error ? error.message : String(error));
    }
    const { action, content } = answer;
    return asking.answerOf(tool, {
      action,
      content: isObject(content) ? content : undefined,
      plan,
    });
  };

  /** Asks through the client of the 2026 era, which sends the call again with the answer. */
  const askByResult = async (
    tool: string,
    sent: unknown,
    { preview, expected, plan }: ConfirmationRequired,
    context: ServerContext,
    asking: AskingClient,
  ): Promise<InputRequiredResult> => {
    const { question } = await import('./question.js');
    asking.asks(plan);
    const state = { plan, call: fingerprint([tool, sent]), askedAt: now() };
    return inputRequired({
      inputRequests: {
        [QUESTION]: inputRequired.elicit({
          message: question(preview.does, preview, expected, redact),
          requestedSchema: nameForm(expected),
        }),
      },
      requestState: (await sealedState?.mint(state, context)) ?? plan,
    });
  };

  /** The person's answer that a client of the 2026 era sends with the call; undefined in the first round. */
  const answerIn = (
    tool: string,
    sent: unknown,
    { mcpReq }: ServerContext,
    asking: AskingClient,
  ): ElicitationAnswer | undefined => {
    if (mcpReq.inputResponses === undefined) {
      return undefined;
    }
    const view = inputResponse(mcpReq.inputResponses, QUESTION);
    const state = mcpReq.requestState<string | QuestionState>();
    const plan = typeof state === 'object' ? state.plan : state;
    if (typeof state === 'object') {
      if (state.call !== fingerprint([tool, sent])) {
        throw planRefused(state.plan, 'was made for other arguments or another operation');
      }
      asking.asks(state.plan, state.askedAt);
    }
    return view.kind === 'elicit'
      ? asking.answerOf(tool, {
          action: view.action,
          content: isObject(view.content) ? view.content : undefined,
          plan,
        })
      : { action: 'cancel', name: undefined, plan };
  };

  const contextOf = (
    context: ServerContext,
    server: Server,
    asking: AskingClient,
  ): Omit<CallContext, 'answer'> => {
    return {
      signal: context.mcpReq.signal,
      client: nameOf(context, server),
      confirmVia: asking.confirmVia(clientOf(context, server).declaresForms),
      actor: actorOf?.(context),
      onResolved: options.onResolved,
      progress: progressOf(context),
    };
  };

  const call = async (
    name: string,
    sent: unknown,
    request: ServerContext,
    server: Server,
    asking: AskingClient,
  ): Promise<CallToolResult | InputRequiredResult> => {
    const context = contextOf(request, server, asking);
    try {
      const tool = callables.get(name);
      if (tool === undefined) {
        throw await unlisted(name);
      }
      const answer = answerIn(name, sent, request, asking);
      try {
        const result = success(await tool.run(sent, { ...context, answer }), redact);
        return clientOf(request, server).hasViews ? forView(tool.listing, sent, result) : result;
      } catch (error) {
        if (!(error instanceof ConfirmationRequired)) {
          throw error;
        }
        if (request.mcpReq.envelope !== undefined) {
          return await askByResult(name, sent, error, request, asking);
        }
        const answer = await askNow(name, error, request, asking);
        return success(await tool.run(sent, { ...context, answer }), redact);
      }
    } catch (error) {
      context.signal.throwIfAborted();
      return failure(error, report, redact);
    }
  };

  const serveReads = readHandlers({ resources, templates, prompts, redact });

  /** A client may call a tool that does not exist; only names of this server are logged. */
  const loggedName = (name: unknown): string =>
    typeof name === 'string' && callables.has(name) ? name : 'unknown tool';

  /** The SDK passes each handler to this method, those of its own methods too. */
  class ObservedServer extends Server {
    protected override _wrapHandler(
      ...[method, handler]: Parameters<Server['_wrapHandler']>
    ): ReturnType<Server['_wrapHandler']> {
      const wrapped = super._wrapHandler(method, handler);
      if (observe === undefined) {
        return wrapped;
      }
      return (request, context) => {
        const { id, _meta: meta } = context.mcpReq;
        const tool =
          method === 'tools/call' ? loggedName(memberOf(request.params, 'name')) : undefined;
        return observe({ method, id, meta, tool, context }, () => wrapped(request, context));
      };
    }
  }

  return () => {
    const only = new AskingClient(confirmMode, now);
    const askingFor = (context: ServerContext): AskingClient =>
      askingOf?.(context, nameOf(context, server)) ?? only;
    const server = new ObservedServer(
      { name: 'logto-management-mcp', title: 'Logto Management API', version },
      {
        capabilities: { tools: {}, ...readCapabilities },
        instructions,
        ...(sealedState !== undefined && {
          requestState: { verify: (state, context) => sealedState.verify(state, context) },
        }),
        cacheHints: {
          'tools/list': LIST_CACHE_HINT,
          'resources/list': LIST_CACHE_HINT,
          'resources/templates/list': LIST_CACHE_HINT,
          'prompts/list': LIST_CACHE_HINT,
          'server/discover': LIST_CACHE_HINT,
        },
      },
    );
    server.setRequestHandler('tools/list', (_request, context: ServerContext) => {
      if (!clientOf(context, server).hasViews) {
        return { tools: listings };
      }
      listingsWithViews ??= listings.map(withView);
      return { tools: listingsWithViews };
    });
    server.setRequestHandler('tools/call', ({ params }, context: ServerContext) => {
      const logged = loggedName(params.name);
      const observed = {
        arguments: params.arguments,
        client: nameOf(context, server),
        context,
      };
      const run = () => call(params.name, params.arguments, context, server, askingFor(context));
      return around(
        logged,
        context.mcpReq.id,
        () => (audit === undefined ? run() : audit(logged, observed, run)),
        outcomeOf,
      );
    });
    serveReads(server, (context) => ({
      ...contextOf(context, server, askingFor(context)),
      answer: undefined,
    }));
    return server;
  };
}

/**
 * Serves over a transport, to clients of both protocol eras.
 *
 * @returns a function that stops serving
 */
export function serveMcp(
  factory: () => Server,
  report: (error: unknown) => void,
  transport: Transport,
): () => Promise<void> {
  const handle = serveStdio(factory, { transport, onerror: report });
  return () => handle.close();
}
