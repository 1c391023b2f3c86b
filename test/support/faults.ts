/** Faults between the session and the server that answers it. */
import type { Transport, TransportRequest, TransportResponse } from '../../src/logto/transport.js';

/** A handwritten answer. */
export const answerOf = (
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): TransportResponse => ({
  status,
  headers: { get: (name) => headers[name.toLowerCase()] ?? null },
  text: async () => body,
});

/** Replaces the answer to one request; undefined lets the request through. */
export type Fault = (url: string, init: TransportRequest) => Promise<TransportResponse> | undefined;

export interface Faulty {
  readonly fetch: Transport;
  /** Every request that was made, as `GET /api/users`, in order. */
  readonly seen: string[];
}

/** Adds faults to a transport: the n-th request below `/api` gets the n-th fault. */
export function faulty(fetch: Transport, faults: readonly Fault[]): Faulty {
  const remaining = [...faults];
  const seen: string[] = [];
  return {
    seen,
    fetch: (url, init) => {
      const { pathname } = new URL(url);
      seen.push(`${init.method} ${pathname}`);
      const fault = pathname.startsWith('/api/') ? remaining.shift() : undefined;
      return fault?.(url, init) ?? fetch(url, init);
    },
  };
}

export const answers =
  (status: number, body: string, headers?: Readonly<Record<string, string>>): Fault =>
  async () =>
    answerOf(status, body, headers);

const broken = (code: string) => Object.assign(new Error(`broken: ${code}`), { code });

/** The connection breaks before an answer. */
export const breaks =
  (code: string): Fault =>
  () =>
    Promise.reject(broken(code));

/** The connection breaks in the middle of the body. */
export const breaksInBody: Fault = async () => ({
  ...answerOf(200, '', { 'content-type': 'application/json' }),
  text: () => Promise.reject(broken('ECONNRESET')),
});

/** The server never answers. */
export const hangs: Fault = (_, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
