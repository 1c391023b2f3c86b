/** The one seam between us and the wire. undici stands behind it in `connect.ts`, the sandbox behind it in a trial. */

/** What we read of an HTTP answer. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** The whole body. Rejects when the connection breaks before its end. */
  text(): Promise<string>;
}

/** The type of a body, without its parameters; empty for none. */
export const mediaType = (answer: TransportResponse): string =>
  (answer.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** A type as a person would say it. */
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
 * Sends one request and answers with what came back, whatever its status; redirects are not followed.
 * Rejects with an error that has a `code` when no answer came, and with the signal's reason when it was aborted.
 */
export type Transport = (url: string, init: TransportRequest) => Promise<TransportResponse>;
