/** Spans and metrics, as far as the environment asks for them. */
import type { CallToolResult, InputRequiredResult } from '@modelcontextprotocol/server';
import type { Exchange } from '../logto/session.js';

type Result = CallToolResult | InputRequiredResult;

export interface Telemetry {
  /** Runs a request inside the trace that its `_meta` names. */
  within<T>(meta: unknown, run: () => Promise<T>): Promise<T>;
  /** Runs a call of a tool as a span. */
  call(tool: string, run: () => Promise<Result>): Promise<Result>;
  /** Records a request to Logto. */
  exchanged(exchange: Exchange): void;
  /** The trace that is running. */
  traceId(): string | undefined;
  /** Sends what is left. */
  shutdown(): Promise<void>;
}

/** The trace id in a `traceparent` (W3C Trace Context), for the audit of a server without telemetry. */
export const NO_TELEMETRY: Telemetry = {
  within: (_, run) => run(),
  call: (_, run) => run(),
  exchanged: () => {},
  traceId: () => undefined,
  shutdown: async () => {},
};
