/** Traces and metrics of requests. Without OpenTelemetry only the caller's trace is followed, for the audit (SEP-414). */
import { AsyncLocalStorage } from 'node:async_hooks';
import { TRACEPARENT_META_KEY } from '@modelcontextprotocol/server';
import { memberOf } from '../json.js';
import type { Exchange } from '../logto/session.js';
import type { ObservedRequest } from '../mcp/server.js';
import type { AuditLine } from './audit.js';

export interface Telemetry {
  /** Runs a request of a client as part of the trace that its `_meta` names. */
  request<T>(request: ObservedRequest, run: () => Promise<T>): Promise<T>;
  /** Records a request to Logto for the request of the client that makes it. */
  exchanged(exchange: Exchange): void;
  /** Records what the audit knows of the call that is running. */
  audited(line: AuditLine): void;
  /** The current trace; undefined if there is none. */
  traceId(): string | undefined;
  /** Sends the remaining data. */
  close(): Promise<void>;
}

/** A version, a trace id, a span id and flags. Ids of zeros are not valid. */
const traceparent = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The trace that the current code belongs to. One for the module, as in `logger.ts`. */
const currentTraceId = new AsyncLocalStorage<string>();

/** Follows the traces of callers, and sends nothing. */
export function followTraces(): Telemetry {
  return {
    request: ({ meta }, run) => {
      const header = memberOf(meta, TRACEPARENT_META_KEY);
      const id = typeof header === 'string' ? traceparent.exec(header)?.[1] : undefined;
      return id === undefined ? run() : currentTraceId.run(id, run);
    },
    exchanged: () => {},
    audited: () => {},
    traceId: () => currentTraceId.getStore(),
    close: async () => {},
  };
}
