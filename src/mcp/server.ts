/** The MCP server: what it lists, and what it does with a call, a resource or a prompt. */
import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceNotFoundError,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { documents } from '../catalog/documents.js';
import { LogtoError } from '../logto/errors.js';
import type { Session } from '../logto/session.js';
import type { Callable, CallContext } from './callable.js';
import { prompts, promptText } from './prompts.js';
import { failure, success } from './results.js';

export interface ServerOptions {
  readonly version: string;
  /** Reads the documents that are offered as resources. */
  readonly session: Session;
  /** What is listed, in this order. */
  readonly callables: readonly Callable[];
  /** The error for a name that is not listed. */
  readonly unlisted: (name: string) => LogtoError;
  /** What a client shows its model about the server as a whole. */
  readonly instructions: string;
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

/**
 * Makes a factory of servers over one session. A client gets its own server; session, tools and listings are shared.
 * A tool that fails answers with an `isError` result, which the model reads, and never with a protocol error.
 */
export function serverFactory(options: ServerOptions): () => Server {
  const { version, session, instructions, unlisted, report } = options;
  const callables = new Map(options.callables.map((one) => [one.listing.name, one]));
  const listings = options.callables.map(({ listing }) => ({
    ...listing,
    inputSchema: { ...listing.inputSchema, type: 'object' as const },
  }));

  const call = async (
    name: string,
    sent: unknown,
    context: CallContext,
  ): Promise<CallToolResult> => {
    try {
      const callable = callables.get(name);
      if (callable === undefined) {
        throw unlisted(name);
      }
      return success(await callable.run(sent, context));
    } catch (error) {
      context.signal.throwIfAborted();
      return failure(error, report);
    }
  };

  const read = async (uri: string, signal: AbortSignal): Promise<ReadResourceResult> => {
    const document = documents.find((one) => one.uri === uri);
    if (document === undefined) {
      throw new ResourceNotFoundError(uri);
    }
    try {
      const { body } = await session.send(document.operation, {}, signal);
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
      call(params.name, params.arguments, {
        signal: context.mcpReq.signal,
        progress: progressOf(context),
      }),
    );
    server.setRequestHandler('resources/list', () => ({
      resources: documents.map(({ uri, name, description }) => ({
        uri,
        name,
        description,
        mimeType: 'application/json',
      })),
    }));
    server.setRequestHandler('resources/read', ({ params }, context: ServerContext) =>
      read(params.uri, context.mcpReq.signal),
    );
    server.setRequestHandler('prompts/list', () => ({
      prompts: prompts.map(({ name, title, description, arguments: taken }) => ({
        name,
        title,
        description,
        arguments: [...taken],
      })),
    }));
    server.setRequestHandler('prompts/get', ({ params }) => {
      try {
        const text = promptText(params.name, params.arguments ?? {});
        return { messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }] };
      } catch (error) {
        throw error instanceof LogtoError
          ? new ProtocolError(ProtocolErrorCode.InvalidParams, error.message)
          : error;
      }
    });
    return server;
  };
}
