/** Transport interface, implemented by undici (`undici-transport.ts`) and by the sandbox. */

/** Maximum bytes of an answer that are read. Lists have at most 100 items, so a larger answer does not come from Logto. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** What is read of an HTTP answer. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** The whole body. Rejects when the connection breaks before its end. */
  text(): Promise<string>;
}

/** The media type of a body, without its parameters; empty for none. */
export function mediaType({ headers }: TransportResponse): string {
  const header = headers.get('content-type') ?? '';
  const end = header.indexOf(';');
  return (end === -1 ? header : header.slice(0, end)).trim().toLowerCase();
}

/** A media type as a person would say it. */
export const describeType = (type: string): string =>
  type === 'text/html' ? 'a web page' : type === '' ? 'something without a type' : type;

/** A file to be sent as the field `field` of a multipart form. */
export interface Upload {
  readonly field: string;
  readonly filename: string;
  /** MIME type. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

export interface TransportRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Upload;
  readonly signal: AbortSignal;
}

/**
 * Sends one request and returns the answer, whatever its status. Redirects are not followed. Rejects with an error that has
 * a `code` when there was no answer, with the signal's reason when it was aborted, and with a LogtoError when the answer
 * has more than `MAX_ANSWER_BYTES`.
 */
export type Transport = (url: string, init: TransportRequest) => Promise<TransportResponse>;
