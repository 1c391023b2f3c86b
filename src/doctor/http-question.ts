/** Shared by the checks of an MCP endpoint over HTTP: one request, and which addresses are private. */
import { isLoopback } from '../config/http-settings.js';
import { errorCode, LogtoError } from '../logto/errors.js';
import { mediaType, type Transport } from '../logto/transport.js';

/** What an address answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  /** The body as JSON; undefined where it is none. */
  readonly json: unknown;
  readonly header: (name: string) => string | null;
}

export interface HttpQuestion {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends one request. @throws LogtoError where no answer came */
export type Ask = (url: string, question?: HttpQuestion) => Promise<HttpAnswer>;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param timeoutMs milliseconds for one request */
export const createAsk =
  (fetch: Transport, timeoutMs: number): Ask =>
  async (url, { method = 'GET', headers = {}, body } = {}) => {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await fetch(url, {
        method,
        headers: { accept: 'application/json', ...headers },
        ...(body !== undefined && { body }),
        signal,
      });
      return {
        status: answer.status,
        type: mediaType(answer),
        json: parsed(await answer.text()),
        header: (name) => answer.headers.get(name),
      };
    } catch (error) {
      const cause = signal.aborted
        ? `no answer within ${timeoutMs / 1000} seconds`
        : (errorCode(error) ?? 'the connection broke');
      throw new LogtoError({
        kind: 'unavailable',
        code: 'unreachable',
        message: `${new URL(url).origin} cannot be reached (${cause}).`,
        hint: 'Check that the server runs, that host and port are right, and that DNS, firewall and certificate let this machine through.',
      });
    }
  };

/** Whether data that is sent there stays private: https, or this machine. */
export const isProtected = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));

/** The requirement for every path behind a reverse proxy. */
export const forwarded = (path: string): string =>
  `Configure the reverse proxy to forward ${path}, /.well-known/, /healthz and /readyz of this host to the server, without changing the path.`;
