/** The trace that a caller names in `_meta` (W3C Trace Context, SEP-414), for the audit. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { TRACEPARENT_META_KEY } from '@modelcontextprotocol/server';
import { memberOf } from '../json.js';

export interface Telemetry {
  /** Runs a request inside the trace that its `_meta` names. */
  within<T>(meta: unknown, run: () => Promise<T>): Promise<T>;
  /** The trace that is running; undefined where the caller names none. */
  traceId(): string | undefined;
}

/** A version, a trace id, a span id and flags. Ids of zeros are not valid. */
const traceparent = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Follows the traces of callers, and sends nothing. */
export function followTraces(): Telemetry {
  const running = new AsyncLocalStorage<string>();
  return {
    within: (meta, run) => {
      const header = memberOf(meta, TRACEPARENT_META_KEY);
      const id = typeof header === 'string' ? traceparent.exec(header)?.[1] : undefined;
      return id === undefined ? run() : running.run(id, run);
    },
    traceId: () => running.getStore(),
  };
}
