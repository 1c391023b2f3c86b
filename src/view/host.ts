/**
 * The connection of the view to its host (MCP Apps, revision 2026-01-26): JSON-RPC in messages between two windows. The
 * official package has a class for this, which bundles to 650 KB with its schemas; the view needs four messages of it.
 */
import type {
  McpUiHostContext,
  McpUiInitializeRequest,
  McpUiInitializeResult,
  McpUiToolResultNotification,
} from '@modelcontextprotocol/ext-apps';

const PROTOCOL_VERSION = '2026-01-26';

/** The result of a tool, as the host passes it on. */
export type HostToolResult = McpUiToolResultNotification['params'];

export interface HostEvents {
  /** The tool call that the view was opened for has answered. */
  readonly result: (result: HostToolResult) => void;
  /** The call was cancelled, so there will be no result. */
  readonly cancelled: (reason: string | undefined) => void;
  /** The host has changed its theme or its styles. */
  readonly context: (context: McpUiHostContext) => void;
}

interface HostMessage {
  readonly jsonrpc: '2.0';
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message?: string };
}

const isMessage = (value: unknown): value is HostMessage =>
  typeof value === 'object' && value !== null && 'jsonrpc' in value && value.jsonrpc === '2.0';

/** A host, once it has answered the first request. */
export class Host {
  readonly #window: Window;
  readonly #waiting = new Map<number, (message: HostMessage) => void>();
  #lastId = 0;

  constructor(host: Window, events: HostEvents) {
    this.#window = host;
    window.addEventListener('message', ({ source, data }: MessageEvent<unknown>) => {
      if (source !== host || !isMessage(data)) {
        return;
      }
      if (data.method === undefined) {
        this.#waiting.get(data.id ?? -1)?.(data);
        return;
      }
      this.#receive(data, events);
    });
  }

  /** Opens the connection. The host sends results only after it. */
  async open(appInfo: { readonly name: string; readonly version: string }) {
    const params: McpUiInitializeRequest['params'] = {
      appInfo,
      appCapabilities: { availableDisplayModes: ['inline'] },
      protocolVersion: PROTOCOL_VERSION,
    };
    const result = await this.#request<McpUiInitializeResult>('ui/initialize', params);
    this.#send({ jsonrpc: '2.0', method: 'ui/notifications/initialized', params: {} });
    return result;
  }

  /** Calls a tool of the server that the view belongs to. */
  callTool(name: string, args: Readonly<Record<string, unknown>>): Promise<HostToolResult> {
    return this.#request<HostToolResult>('tools/call', { name, arguments: args });
  }

  /** Tells the host how high the content is, in pixels. */
  resize(width: number, height: number): void {
    this.#send({
      jsonrpc: '2.0',
      method: 'ui/notifications/size-changed',
      params: { width, height },
    });
  }

  /** Puts a sentence into the context of the model, if the host supports that; otherwise nothing happens. */
  tellModel(text: string): void {
    this.#request('ui/update-model-context', { content: [{ type: 'text', text }] }).catch(() => {});
  }

  #receive({ id, method, params }: HostMessage, events: HostEvents): void {
    switch (method) {
      case 'ui/notifications/tool-result':
        events.result(params as HostToolResult);
        break;
      case 'ui/notifications/tool-cancelled':
        events.cancelled((params as { readonly reason?: string } | undefined)?.reason);
        break;
      case 'ui/notifications/host-context-changed':
        events.context(params as McpUiHostContext);
        break;
      case 'ui/resource-teardown':
      case 'ping':
        this.#send({ jsonrpc: '2.0', ...(id !== undefined && { id }), result: {} });
        break;
      default:
        break;
    }
  }

  #request<T>(method: string, params: unknown): Promise<T> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        this.#waiting.delete(id);
        if (error === undefined) {
          resolve(result as T);
        } else {
          reject(new Error(error.message ?? `The client refused ${method}.`));
        }
      });
      this.#send({ jsonrpc: '2.0', id, method, params });
    });
  }

  // The host's origin is not known to a view without one of its own. Nothing that is sent is secret to it.
  #send(message: HostMessage): void {
    this.#window.postMessage(message, '*');
  }
}
