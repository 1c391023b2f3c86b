/** One session with one tenant: token, request, one renewal after a 401, retries, and the answer or a clear error. */
import type { Outline } from '../catalog/operation.js';
import {
  connectionFailed,
  errorFromResponse,
  LogtoError,
  missingRoute,
  notLogto,
  timedOut,
  wasNeverSent,
} from './errors.js';
import { type Page, readPage } from './pagination.js';
import { type Arguments, encodeRequest, type Request } from './request.js';
import { readRetryAfter, retryDelay } from './retry.js';
import {
  basic,
  type Clock,
  type Credentials,
  createTokenSource,
  type TokenSource,
} from './token.js';
import {
  describeType,
  mediaType,
  type Transport,
  type TransportRequest,
  type TransportResponse,
  type Upload,
} from './transport.js';
import { readUpload } from './upload.js';

/** Milliseconds for one try, its body included. */
const defaultTimeout = 25_000;

/**
 * Milliseconds for a call with all its tries, waits and the token. The usual client gives up after 60 seconds and then says
 * nothing of why; this way our error is there first.
 */
const defaultDeadline = 50_000;

export interface SessionOptions extends Credentials {
  readonly fetch: Transport;
  readonly clock?: Clock;
  /** Milliseconds for one try; default 25,000. */
  readonly timeout?: number;
  /** Is told of each exchange once it has ended, its retries included. */
  readonly observe?: (exchange: Exchange) => void;
  /** Milliseconds for a call with all its tries; default 50,000. */
  readonly deadline?: number;
  /** The only folder that files may be uploaded from; without it nothing can be uploaded. */
  readonly uploadFolder?: string | undefined;
  /** Where tokens come from; a source of its own unless given. */
  readonly tokens?: TokenSource;
}

/** One exchange with Logto, for who keeps a log: nothing of what was sent or answered. */
export interface Exchange {
  readonly method: string;
  /** The route with its parameters in braces. */
  readonly url: string;
  /** HTTP status; undefined when no answer came. */
  readonly status: number | undefined;
  readonly milliseconds: number;
  readonly retries: number;
  /** Logto's own id of the request. */
  readonly requestId: string | undefined;
}

/** What Logto answered, once it is a success. */
export interface Reply {
  readonly status: number;
  /** The JSON value, or the text of an XML or HTML document; undefined for an empty answer or a bare `Created` or `OK`. */
  readonly body?: unknown;
  /** Present on every list that Logto pages. */
  readonly page?: Page;
  /** What the answer does not say by itself. */
  readonly note?: string;
}

export interface Session {
  /**
   * Refuses what would be refused without asking Logto: an unsafe path value, an empty update, a file that may not be
   * uploaded. Done before a plan is made or a preview read, so that nobody is asked about what cannot be.
   *
   * @throws LogtoError of kind `input`, or `configuration` where uploads are off
   */
  check(operation: Outline, values: Arguments): Promise<void>;
  /**
   * Sends one operation.
   *
   * @param values arguments that the operation's own schema has accepted
   * @param signal aborts the request that is under way, and any wait between retries
   * @throws LogtoError for everything that can go wrong; the signal's reason when it was aborted
   */
  send(operation: Outline, values: Arguments, signal: AbortSignal): Promise<Reply>;
  /** How many token requests this session has made. */
  readonly tokenRequests: number;
  /** What this session signs in with at the moment, in every form that is sent: to be redacted wherever it comes back. */
  readonly credentials: readonly string[];
}

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, milliseconds);
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) {
        abort();
      }
    }),
};

/** A whole answer: the body has arrived. */
interface Received {
  readonly status: number;
  readonly headers: TransportResponse['headers'];
  readonly type: string;
  readonly text: string;
}

/** A request that is ready to go, and the file that goes with it. */
interface Prepared {
  readonly request: Request;
  readonly upload: Upload | undefined;
}

/** Answers of what stands before Logto when it lost Logto's own. */
const gateways = new Set([502, 504]);

/** Whether Logto says that the entity is not there; its router, which knows no entities, answers in plain text. */
const isGone = ({ status, type }: Received): boolean =>
  status === 404 && type === 'application/json';

const goneMeanwhile =
  'The answer to the first try was lost, and the second found nothing to remove: it is gone, most likely by this call.';

/** Runs `task` with a signal that ends with the caller's or after so many milliseconds. */
async function within<T>(
  milliseconds: number,
  signal: AbortSignal,
  expired: () => LogtoError,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  if (signal.aborted) {
    abort();
  }
  signal.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => controller.abort(expired()), milliseconds);
  try {
    return await task(controller.signal);
  } catch (error) {
    // The transport may wrap the reason of an abort; the reason itself tells which of the two it was.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

/** The words that Logto answers to some writes, in plain text. */
const bareWords = new Set(['Created', 'OK', 'No Content']);

const expectedType = { xml: /xml$/, html: /^text\/html$/ } as const;

/** Makes a session. Nothing is sent before the first operation. */
export function createSession(options: SessionOptions): Session {
  const {
    endpoint,
    fetch,
    clock = systemClock,
    timeout = defaultTimeout,
    deadline = defaultDeadline,
  } = options;
  const { tokens = createTokenSource(options, fetch, clock) } = options;

  const parseJson = (text: string, status: number): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      throw notLogto(status, endpoint, 'JSON that breaks off or is not JSON');
    }
  };

  /** The body of a success, by what the operation is known to answer and by what came. */
  const readBody = (operation: Outline, { status, type, text }: Received): unknown => {
    const { answer } = operation;
    if (answer === 'xml' || answer === 'html') {
      if (!expectedType[answer].test(type)) {
        throw notLogto(status, endpoint, describeType(type));
      }
      return text;
    }
    if (text === '') {
      return undefined;
    }
    if (type === 'application/json') {
      return parseJson(text, status);
    }
    if (type === 'text/plain' && bareWords.has(text.trim())) {
      return undefined;
    }
    throw notLogto(status, endpoint, describeType(type));
  };

  const readFailure = (operation: Outline, received: Received): LogtoError => {
    const { status, type, text, headers } = received;
    const route = `${operation.method} ${operation.url}`;
    if (type === 'application/json') {
      const retryAfter = readRetryAfter(headers.get('retry-after'), clock.now());
      return errorFromResponse(status, parseJson(text, status), retryAfter, route);
    }
    // Logto's router answers in plain text, its handlers in JSON.
    if ((status === 404 || status === 405) && type === 'text/plain') {
      return missingRoute(status, route);
    }
    // A proxy in front of Logto says these in its own words; what they mean is in the status.
    if (status === 413 || status === 429 || status >= 500) {
      const retryAfter = readRetryAfter(headers.get('retry-after'), clock.now());
      return errorFromResponse(status, undefined, retryAfter);
    }
    return notLogto(status, endpoint, describeType(type));
  };

  const readReply = (operation: Outline, request: Request, received: Received): Reply => {
    const { status, headers } = received;
    if (status >= 300 && status < 400) {
      const location = headers.get('location') ?? '';
      if (operation.answer === 'redirect') {
        return { status, body: { location } };
      }
      throw notLogto(status, endpoint, `a redirect to ${location.split('?', 1)[0]}`);
    }
    if (status === 400 && received.type === 'application/json') {
      // A password that fails the policy is the answer to a question, not a mistake in asking it.
      const body = parseJson(received.text, status);
      if (typeof body === 'object' && body !== null && 'result' in body && body.result === false) {
        return { status, body };
      }
    }
    if (status < 200 || status >= 300) {
      throw readFailure(operation, received);
    }
    const body = readBody(operation, received);
    if (request.page === undefined) {
      return { status, body };
    }
    const list = operation.items === undefined ? body : Reflect.get(Object(body), operation.items);
    const page = readPage({
      ...request.page,
      count: Array.isArray(list) ? list.length : 0,
      total: headers.get('total-number'),
      capped: headers.get('total-number-is-capped'),
      totalIgnoresFilters: operation.totalIgnoresFilters === true,
    });
    return { status, body, page };
  };

  const exchange = (url: string, init: Omit<TransportRequest, 'signal'>, signal: AbortSignal) =>
    within(
      timeout,
      signal,
      () => timedOut(timeout, endpoint, init.method !== 'GET'),
      async (limited): Promise<Received> => {
        const answer = await fetch(url, { ...init, signal: limited });
        const text = await answer.text();
        return { status: answer.status, headers: answer.headers, type: mediaType(answer), text };
      },
    );

  /** The request, and the file that goes with it. */
  const prepare = async (operation: Outline, values: Arguments): Promise<Prepared> => {
    const request = encodeRequest(operation, values);
    const upload =
      request.file === undefined
        ? undefined
        : await readUpload(options.uploadFolder, request.file, operation.uploads ?? 'picture');
    return { request, upload };
  };

  /** All tries of one request. `leaving` is told before each. */
  const perform = async (
    operation: Outline,
    { request, upload }: Prepared,
    signal: AbortSignal,
    leaving: () => void,
  ): Promise<Reply> => {
    const isWrite = request.method !== 'GET';
    const body = upload ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
    let renewed = false;
    const begin = clock.now();
    const observe = (number: number, last: Received | undefined) =>
      options.observe?.({
        method: operation.method,
        url: operation.url,
        status: last?.status,
        milliseconds: clock.now() - begin,
        retries: number,
        requestId: last?.headers.get('logto-core-request-id') ?? undefined,
      });
    // A removal may have been done by a try whose answer was lost.
    let inDoubt = false;
    for (let number = 0; ; ) {
      const token = await tokens.get(signal);
      let received: Received | undefined;
      let failure: unknown;
      leaving();
      try {
        received = await exchange(
          `${endpoint}${request.target}`,
          {
            method: request.method,
            headers: {
              authorization: `Bearer ${token}`,
              accept: 'application/json',
              ...(typeof body === 'string' && { 'content-type': 'application/json' }),
            },
            ...(body !== undefined && { body }),
          },
          signal,
        );
      } catch (error) {
        if (signal.aborted) {
          observe(number, undefined);
        }
        signal.throwIfAborted();
        failure = error;
      }
      if (received?.status === 401 && !renewed) {
        // Rotated signing keys make a good token bad before its time; a new one is tried once, whatever the verb,
        // because authentication comes before everything else.
        renewed = true;
        tokens.drop(token);
        continue;
      }
      const neverSent = received === undefined && wasNeverSent(failure);
      const delay =
        received !== undefined && received.status < 400
          ? undefined
          : retryDelay(
              {
                method: request.method,
                number,
                status: received?.status,
                neverSent,
                retryAfter:
                  received && readRetryAfter(received.headers.get('retry-after'), clock.now()),
              },
              clock.random,
            );
      if (delay !== undefined) {
        number += 1;
        inDoubt ||= !neverSent && (received === undefined || gateways.has(received.status));
        await clock.sleep(delay, signal);
      } else if (received === undefined) {
        observe(number, undefined);
        throw failure instanceof LogtoError
          ? failure
          : connectionFailed(failure, endpoint, isWrite);
      } else if (request.method === 'DELETE' && inDoubt && isGone(received)) {
        observe(number, received);
        return { status: 204, note: goneMeanwhile };
      } else {
        observe(number, received);
        return readReply(operation, request, received);
      }
    }
  };

  return {
    async check(operation, values) {
      await prepare(operation, values);
    },
    async send(operation, values, signal) {
      const prepared = await prepare(operation, values);
      let sent = false;
      return within(
        deadline,
        signal,
        () => timedOut(deadline, endpoint, sent && prepared.request.method !== 'GET'),
        (limited) =>
          perform(operation, prepared, limited, () => {
            sent = true;
          }),
      );
    },
    get tokenRequests() {
      return tokens.requests;
    },
    get credentials() {
      const token = tokens.current;
      return [
        options.appSecret,
        basic(options).slice('Basic '.length),
        ...(token === undefined ? [] : [token]),
      ];
    },
  };
}
