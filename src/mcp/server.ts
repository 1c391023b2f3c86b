/** The MCP server: what it lists, and what it does with a call, a resource or a prompt. */
import {
  type CallToolResult,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceNotFoundError,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { ConfirmationRequired } from '../guard/guard.js';
import { LogtoError } from '../logto/errors.js';
import type { Prompts } from './prompts.js';
import type { Resource } from './resources.js';
import { failure, success } from './results.js';
import type { CallableTool, CallContext } from './tool-call.js';

export interface ServerOptions {
  readonly version: string;
  /** What is listed, in this order. */
  readonly callables: readonly CallableTool[];
  readonly resources: readonly Resource[];
  readonly prompts: Prompts;
  /** The error for a name that is not listed. */
  readonly unlisted: (name: string) => LogtoError;
  /** What a client shows its model about the server as a whole. */
  readonly instructions: string;
  /** Runs a call where a log can see it: its tool, the id of its request, and what came of it in a word. */
  readonly around?: <T>(
    tool: string,
    id: string | number,
    run: () => Promise<T>,
    outcome: (result: T) => string,
  ) => Promise<T>;
  /** Takes errors that are not meant for the model. */
  readonly report: (error: unknown) => void;
}

/** The list follows from the configuration alone, so it stays true until the process ends. */
const listLifetime = { ttlMs: 24 * 60 * 60 * 1000, cacheScope: 'private' } as const;

const progressOf = ({ mcpReq }: ServerContext): CallContext['progress'] => {
  const token = mcpReq._meta?.progressToken;
  return (done, total, message) => {
    if (token !== undefined) {
      // A client that is gone must not turn a call that works into one that fails.
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

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** What a client says of itself: with each request in the one era, once at the start in the other. */
function clientOf({ mcpReq: { envelope } }: ServerContext, server: Server) {
  const info = member(envelope, 'io.modelcontextprotocol/clientInfo') ?? server.getClientVersion();
  const can =
    member(envelope, 'io.modelcontextprotocol/clientCapabilities') ??
    server.getClientCapabilities();
  const elicitation = member(can, 'elicitation');
  return {
    client: String(member(info, 'name') ?? 'unknown'),
    // A client that says no more than that it can ask means forms.
    canAsk:
      typeof elicitation === 'object' &&
      elicitation !== null &&
      ('form' in elicitation || Object.keys(elicitation).length === 0),
  };
}

/** The name of the one question that a call asks. */
const question = 'confirm';

/** The question to the person: what would happen, and the name to type. The answer never makes a second question. */
const asking = ({ preview, expected, plan }: ConfirmationRequired): InputRequiredResult =>
  inputRequired({
    inputRequests: {
      [question]: inputRequired.elicit({
        // The words of the tenant stand in quotes, on one line each, so that none of them can pass for ours.
        message: `${preview.does}\n\n${JSON.stringify(preview, null, 2)}\n\nType ${JSON.stringify(expected)} to go on.`,
        requestedSchema: {
          type: 'object',
          properties: {
            name: {
              type: 'string',
              title: 'Name',
              description: `Type ${JSON.stringify(expected)}`,
            },
          },
          required: ['name'],
        },
      }),
    },
    requestState: plan,
  });

/** What the person has answered; undefined in the first round. Everything else than an acceptance is a refusal. */
function answerIn({ mcpReq }: ServerContext): CallContext['answer'] {
  if (mcpReq.inputResponses === undefined) {
    return undefined;
  }
  const view = inputResponse(mcpReq.inputResponses, question);
  const plan = mcpReq.requestState<string>();
  if (view.kind !== 'elicit') {
    return { action: 'cancel', name: undefined, plan };
  }
  const name = view.content?.['name'];
  return { action: view.action, name: typeof name === 'string' ? name : undefined, plan };
}

/** What came of a call, in a word: `ok`, `asked`, or the code of the error. */
function outcomeOf(result: CallToolResult | InputRequiredResult): string {
  const error = member(member(result, 'structuredContent'), 'error');
  return 'inputRequests' in result
    ? 'asked'
    : error === undefined
      ? 'ok'
      : String(member(error, 'code') ?? member(error, 'kind'));
}
const contextOf = (context: ServerContext, server: Server): CallContext => ({
  signal: context.mcpReq.signal,
  ...clientOf(context, server),
  answer: answerIn(context),
  progress: progressOf(context),
});

/**
 * Makes a factory of servers over one surface. A client gets its own server; tools and listings are shared.
 * A tool that fails answers with an `isError` result, which the model reads, and never with a protocol error.
 */
export function serverFactory(options: ServerOptions): () => Server {
  const { version, resources, instructions, unlisted, report, prompts } = options;
  const around = options.around ?? ((_tool, _id, run) => run());
  const callables = new Map(options.callables.map((one) => [one.listing.name, one]));
  const listings = options.callables.map(({ listing }) => ({
    ...listing,
    inputSchema: { ...listing.inputSchema, type: 'object' as const },
  }));

  const call = async (
    name: string,
    sent: unknown,
    context: CallContext,
  ): Promise<CallToolResult | InputRequiredResult> => {
    try {
      const callable = callables.get(name);
      if (callable === undefined) {
        throw unlisted(name);
      }
      return success(await callable.run(sent, context));
    } catch (error) {
      context.signal.throwIfAborted();
      return error instanceof ConfirmationRequired ? asking(error) : failure(error, report);
    }
  };

  const read = async (uri: string, context: CallContext): Promise<ReadResourceResult> => {
    const resource = resources.find((one) => one.uri === uri);
    if (resource === undefined) {
      throw new ResourceNotFoundError(uri);
    }
    try {
      const body = await resource.read(context);
      return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(body) }] };
    } catch (error) {
      // A resource has no result that could carry an error.
      throw error instanceof LogtoError
        ? new ProtocolError(
            ProtocolErrorCode.InternalError,
            `${error.message} ${error.failure.hint ?? ''}`.trim(),
          )
        : error;
    }
  };

  return () => {
    const server = new Server(
      { name: 'logto-management-mcp', title: 'Logto Management API', version },
      {
        capabilities: { tools: {}, resources: {}, prompts: {} },
        instructions,
        cacheHints: {
          'tools/list': listLifetime,
          'resources/list': listLifetime,
          'prompts/list': listLifetime,
          'server/discover': listLifetime,
        },
      },
    );
    server.setRequestHandler('tools/list', () => ({ tools: listings }));
    server.setRequestHandler('tools/call', ({ params }, context: ServerContext) =>
      around(
        // A client may call what is not there; only names of ours stand in a log.
        callables.has(params.name) ? params.name : 'unknown tool',
        context.mcpReq.id,
        () => call(params.name, params.arguments, contextOf(context, server)),
        outcomeOf,
      ),
    );
    server.setRequestHandler('resources/list', () => ({
      resources: resources.map(({ uri, name, description }) => ({
        uri,
        name,
        description,
        mimeType: 'application/json',
      })),
    }));
    server.setRequestHandler('resources/read', ({ params }, context: ServerContext) =>
      read(params.uri, contextOf(context, server)),
    );
    server.setRequestHandler('prompts/list', () => ({
      prompts: prompts.offered.map(({ name, title, description, arguments: taken }) => ({
        name,
        title,
        description,
        arguments: [...taken],
      })),
    }));
    server.setRequestHandler('prompts/get', ({ params }) => {
      try {
        const text = prompts.text(params.name, params.arguments ?? {});
        return { messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }] };
      } catch (error) {
        throw error instanceof LogtoError
          ? new ProtocolError(
              ProtocolErrorCode.InvalidParams,
              `${error.message} ${error.failure.hint ?? ''}`.trim(),
            )
          : error;
      }
    });
    return server;
  };
}
