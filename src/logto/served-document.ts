/**
 * Reads the OpenAPI document that the running Logto serves: without a token, when it is first needed, and again when it is
 * old. If it cannot be read, the reason is stored, and the document is not requested again for a while.
 */
import { createHash } from 'node:crypto';
import { type Clock, systemClock, withTimeout } from './clock.js';
import { errorCode, LogtoError } from './errors.js';
import { scanJson } from './json-scan.js';
import {
  MAX_DOCUMENT_BYTES,
  MAX_DOCUMENT_DEPTH,
  noCache,
  type ServedCache,
  type StoredDocument,
} from './served-cache.js';
import { type ReducedDocument, reduceDocument, ServedFacts } from './served-facts.js';
import { DocumentTooLarge } from './served-schema.js';
import { describeType, mediaType, type Transport } from './transport.js';

/** Where a Logto serves the document of its Management API; it needs no token. */
export const DOCUMENT_PATH = '/api/.well-known/management.openapi.json';

/** Milliseconds for the document, which Logto generates for each request. */
const TIMEOUT_MS = 30_000;

/** Milliseconds for which a document counts as the one that is served. */
export const FRESH_MS = 60 * 60 * 1000;

/** Milliseconds after which a document that could not be checked again is no longer used. */
const MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000;

/** Milliseconds after a failure before the document is requested again. */
const RETRY_AFTER_MS = 10 * 60 * 1000;

/** What is known about the running Logto. */
export type ServedState =
  | {
      readonly kind: 'known';
      readonly facts: ServedFacts;
      /** Epoch milliseconds at which Logto was last known to serve it. */
      readonly checkedAt: number;
      /** Why the document could not be checked again; undefined where it is fresh. */
      readonly stale?: string | undefined;
    }
  /** `reason` is a clause: "Logto answered 404". */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface ServedDocument {
  /**
   * What the running Logto serves.
   *
   * @param maxAgeMs a document that was checked longer ago is requested again
   * @throws the reason of the signal when it is aborted; nothing else
   */
  read(signal: AbortSignal, maxAgeMs?: number): Promise<ServedState>;
}

export interface ServedDocumentOptions {
  /** The origin of Logto. */
  readonly endpoint: string;
  readonly fetch: Transport;
  readonly cache?: ServedCache;
  readonly clock?: Clock;
  /** Milliseconds for one request; default 30,000. */
  readonly timeoutMs?: number;
}

/** Why a document cannot be used. The message is a clause. */
class Unusable extends Error {
  override readonly name = 'Unusable';
}

/** An answer that says that the stored document is still current. */
const NOT_MODIFIED = 304;

function parseDocument(text: string): ReducedDocument {
  if (Buffer.byteLength(text) > MAX_DOCUMENT_BYTES) {
    throw new Unusable(`its document is larger than ${MAX_DOCUMENT_BYTES / 2 ** 20} MB`);
  }
  if (scanJson(text, MAX_DOCUMENT_DEPTH).depth > MAX_DOCUMENT_DEPTH) {
    throw new Unusable(`its document has more than ${MAX_DOCUMENT_DEPTH} levels`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Unusable('its document is not JSON');
  }
  const document = reduceDocument(parsed);
  if (!Object.values(document.paths).some((item) => Object.keys(item).length > 0)) {
    throw new Unusable('its document has no operations of the Management API');
  }
  return document;
}

/** The document that was read last. Sessions of a process have the same Logto, and reducing its document takes some 30 ms. */
let latest: { readonly hash: string; readonly document: ReducedDocument } | undefined;

/** The facts of a document. @throws Unusable */
function readDocument(text: string, hash: string): ReducedDocument {
  if (latest?.hash !== hash) {
    latest = { hash, document: parseDocument(text) };
  }
  return latest.document;
}

/** The reason of a failure as a clause, without any text from outside. */
function reasonOf(error: unknown): string {
  if (error instanceof Unusable) {
    return error.message;
  }
  if (error instanceof DocumentTooLarge) {
    return 'its document has more parts than the Management API can have';
  }
  if (error instanceof LogtoError && error.failure.code === 'timeout') {
    return error.failure.message;
  }
  const code = error instanceof LogtoError ? error.failure.code : errorCode(error);
  return `the document could not be read${code === undefined ? '' : ` (${code})`}`;
}

/** Waits for a promise that others may wait for too: an abort ends the wait and not the work. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

class Reader implements ServedDocument {
  readonly #options: ServedDocumentOptions;
  readonly #clock: Clock;
  readonly #cache: ServedCache;
  #stored: StoredDocument | undefined;
  #facts: ServedFacts | undefined;
  #isCacheRead = false;
  #failure: { readonly reason: string; readonly at: number } | undefined;
  #reading: Promise<void> | undefined;

  constructor(options: ServedDocumentOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#cache = options.cache ?? noCache;
  }

  async read(signal: AbortSignal, maxAgeMs = FRESH_MS): Promise<ServedState> {
    signal.throwIfAborted();
    this.#readCache();
    const hasFailed = this.#isWithin(this.#failure?.at, RETRY_AFTER_MS);
    if (!this.#isWithin(this.#stored?.checkedAt, maxAgeMs) && !hasFailed) {
      this.#reading ??= this.#refresh().finally(() => {
        this.#reading = undefined;
      });
      await untilAborted(this.#reading, signal);
    }
    return this.#state();
  }

  /** Whether a time is in the past, and not longer ago than a limit. */
  #isWithin(time: number | undefined, ageMs: number): boolean {
    const age = time === undefined ? undefined : this.#clock.now() - time;
    return age !== undefined && age >= 0 && age <= ageMs;
  }

  #readCache(): void {
    if (!this.#isCacheRead) {
      this.#isCacheRead = true;
      const known = this.#cache.read();
      if (known?.endpoint === this.#options.endpoint) {
        this.#keep(known);
      }
    }
  }

  #keep(known: StoredDocument): void {
    if (known.document !== this.#stored?.document) {
      this.#facts = new ServedFacts(known.document);
    }
    this.#stored = known;
  }

  #state(): ServedState {
    const { reason } = this.#failure ?? {};
    return this.#stored !== undefined &&
      this.#facts !== undefined &&
      this.#isWithin(this.#stored.checkedAt, MAX_AGE_MS)
      ? {
          kind: 'known',
          facts: this.#facts,
          checkedAt: this.#stored.checkedAt,
          ...(reason !== undefined && { stale: reason }),
        }
      : { kind: 'unknown', reason: reason ?? 'the document was not read' };
  }

  async #refresh(): Promise<void> {
    try {
      const known = await this.#request();
      this.#keep(known);
      this.#failure = undefined;
      this.#cache.write(known);
    } catch (error) {
      this.#failure = { reason: reasonOf(error), at: this.#clock.now() };
    }
  }

  async #request(): Promise<StoredDocument> {
    const { endpoint, fetch, timeoutMs = TIMEOUT_MS } = this.#options;
    const known = this.#stored;
    const { status, headers, text, type } = await withTimeout(
      timeoutMs,
      new AbortController().signal,
      () => new Unusable(`its document was not answered within ${timeoutMs / 1000} seconds`),
      async (signal) => {
        const response = await fetch(`${endpoint}${DOCUMENT_PATH}`, {
          method: 'GET',
          headers: {
            accept: 'application/json',
            ...(known?.etag !== undefined && { 'if-none-match': known.etag }),
          },
          signal,
        });
        const { status: code, headers: received } = response;
        return {
          status: code,
          headers: received,
          type: mediaType(response),
          text: await response.text(),
        };
      },
    );
    const checkedAt = this.#clock.now();
    if (status === NOT_MODIFIED && known !== undefined) {
      return { ...known, checkedAt };
    }
    if (status !== 200) {
      throw new Unusable(`${DOCUMENT_PATH} answered ${status}`);
    }
    if (type !== 'application/json') {
      throw new Unusable(`${DOCUMENT_PATH} answered ${describeKnownType(type)}`);
    }
    const hash = createHash('sha256').update(text).digest('hex');
    const etag = headers.get('etag') ?? undefined;
    return hash === known?.hash
      ? { ...known, etag, checkedAt }
      : { endpoint, etag, hash, checkedAt, document: readDocument(text, hash) };
  }
}

/** The type of an answer in words; only types that are known are named. */
const describeKnownType = (type: string): string =>
  type === 'text/html' || type === '' ? describeType(type) : 'something that is not JSON';

/** Makes the reader. It reads nothing before its first use. */
export const createServedDocument = (options: ServedDocumentOptions): ServedDocument =>
  new Reader(options);

/** A reader for a document that may not be read. */
export const unreadDocument = (reason: string): ServedDocument => ({
  read: async () => ({ kind: 'unknown', reason }),
});
