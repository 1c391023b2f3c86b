/** The MCP server: what it lists and what it does with a call. */
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
import { nearest } from './arguments.js';
import { answeredBy, failure, success } from './results.js';
import type { Tool } from './tools.js';

export interface ServerOptions {
  readonly version: string;
  readonly session: Session;
  readonly tools: readonly Tool[];
  /** What a client shows its model about the server as a whole. */
  readonly instructions: string;
  /** Takes errors that are not meant for the model. */
  readonly report: (error: unknown) => void;
}

/** The list follows from the configuration alone, so it stays true until the process ends. */
const listLifetime = { ttlMs: 24 * 60 * 60 * 1000, cacheScope: 'private' } as const;

const unknownTool = (name: string, tools: ReadonlyMap<string, Tool>): LogtoError => {
  const meant = nearest(name, tools.keys());
  return new LogtoError({
    kind: 'input',
    code: 'unknown_tool',
    message: `There is no tool "${name}".`,
    hint:
      meant.length > 0 ? `Did you mean ${meant.join(', ')}?` : 'Take one from the list of tools.',
  });
};

/**
 * Makes a factory of servers over one session. A client gets its own server; session, tools and listings are shared.
 * A tool that fails answers with an `isError` result, which the model reads, and never with a protocol error.
 */
export function serverFactory(options: ServerOptions): () => Server {
  const { version, session, instructions, report } = options;
  const tools = new Map(options.tools.map((tool) => [tool.name, tool]));
  const listings = options.tools.map((tool) => ({
    ...tool.listing,
    inputSchema: { ...tool.listing.inputSchema, type: 'object' as const },
  }));

  const call = async (
    name: string,
    sent: unknown,
    signal: AbortSignal,
  ): Promise<CallToolResult> => {
    try {
      const tool = tools.get(name);
      if (tool === undefined) {
        throw unknownTool(name, tools);
      }
      const { values, fields } = tool.check(sent);
      const reply = await session.send(tool.operation, values, signal);
      return success(answeredBy(tool.operation, reply, fields));
    } catch (error) {
      signal.throwIfAborted();
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
        capabilities: { tools: {}, resources: {} },
        instructions,
        cacheHints: {
          'tools/list': listLifetime,
          'resources/list': listLifetime,
          'server/discover': listLifetime,
        },
      },
    );
    server.setRequestHandler('tools/list', () => ({ tools: listings }));
    server.setRequestHandler('tools/call', ({ params }, context: ServerContext) =>
      call(params.name, params.arguments, context.mcpReq.signal),
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
    return server;
  };
}
