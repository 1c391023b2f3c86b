/** Reads a whole answer: its content if it is a success, otherwise its error. */
import type { Outline } from '../catalog/operation.js';
import { isObject } from '../json.js';
import type { LogtoError } from './errors.js';
import { scanJson } from './json-scan.js';
import { type Page, readPage } from './pagination.js';
import type { Request } from './request.js';
import {
  errorFromResponse,
  missingRoute,
  notLogto,
  refusedOnTheWay,
  unreadableAnswer,
} from './response-errors.js';
import { readRetryAfter } from './retry.js';
import { describeType, type TransportResponse } from './transport.js';

/** The content of a successful answer. */
export interface Reply {
  readonly status: number;
  /** The JSON value, or the text of an XML or HTML document; undefined for an empty answer or a bare `Created` or `OK`. */
  readonly body?: unknown;
  /** Present on every list that Logto pages. */
  readonly page?: Page;
  /** What the answer itself does not say. */
  readonly note?: string;
}

/** An answer whose body has arrived. */
export interface Received {
  readonly status: number;
  readonly headers: TransportResponse['headers'];
  /** The media type, without parameters. */
  readonly type: string;
  readonly text: string;
}

/** The context in which an answer is read. */
export interface ReplyContext {
  readonly operation: Outline;
  readonly request: Request;
  /** The origin of Logto. */
  readonly endpoint: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Bytes of the body that was sent. */
  readonly bodyBytes: number;
}

/**
 * Levels of lists and objects in an answer. Logto's own have fewer than ten; the code that traverses answers is recursive.
 */
const MAX_ANSWER_DEPTH = 200;

/** The words that Logto answers to some writes, in plain text. */
const BARE_WORDS: ReadonlySet<string> = new Set(['Created', 'OK', 'No Content']);

const DOCUMENT_TYPES = { xml: /xml$/, html: /^text\/html$/ } as const;

/** Logto's own id of the request, in every answer of Logto, those of its router included. */
const REQUEST_ID_HEADER = 'logto-core-request-id';

export const requestIdOf = ({ headers }: Received): string | undefined =>
  headers.get(REQUEST_ID_HEADER) ?? undefined;

/** Statuses with which something in front of Logto refuses a request. Logto answers them in JSON. */
const REFUSAL_STATUSES: ReadonlySet<number> = new Set([401, 403, 405, 406, 407, 451]);

const ROUNDED_NOTE =
  'A whole number in the answer is larger than 2^53 and was rounded. Read it in the Logto console, and store such numbers as text.';

interface ParsedJson {
  readonly value: unknown;
  readonly note?: string;
}

function parseJson({ status, text }: Received, endpoint: string): ParsedJson {
  const { depth, hasLargeInteger } = scanJson(text, MAX_ANSWER_DEPTH);
  if (depth > MAX_ANSWER_DEPTH) {
    throw unreadableAnswer(
      status,
      `it has more than ${MAX_ANSWER_DEPTH} levels of lists and objects`,
    );
  }
  try {
    return { value: JSON.parse(text), ...(hasLargeInteger && { note: ROUNDED_NOTE }) };
  } catch {
    throw notLogto(status, endpoint, 'JSON that breaks off or is not JSON');
  }
}

/** The body of a success, by the declared format of the operation and by the received type. */
function readBody(received: Received, { operation, endpoint }: ReplyContext): ParsedJson {
  const { status, type, text } = received;
  const { answer } = operation;
  if (answer === 'xml' || answer === 'html') {
    if (!DOCUMENT_TYPES[answer].test(type)) {
      throw notLogto(status, endpoint, describeType(type));
    }
    return { value: text };
  }
  if (text === '') {
    return { value: undefined };
  }
  if (type === 'application/json') {
    return parseJson(received, endpoint);
  }
  if (type === 'text/plain' && BARE_WORDS.has(text.trim())) {
    return { value: undefined };
  }
  throw notLogto(status, endpoint, describeType(type));
}

/** Whether Logto's router, which answers in plain text, does not know the route. A proxy can answer the same status. */
function isUnknownRoute(received: Received): boolean {
  const { status, type, text } = received;
  return (
    type === 'text/plain' &&
    (requestIdOf(received) === undefined
      ? // A Logto that is too old for the header still answers Koa's words.
        status === 404 && text.trim() === 'Not Found'
      : status === 404 || status === 405)
  );
}

function readFailure(received: Received, context: ReplyContext): LogtoError {
  const { status, type, headers } = received;
  const { operation, endpoint, now, bodyBytes } = context;
  const route = `${operation.method} ${operation.url}`;
  const retryAfter = readRetryAfter(headers.get('retry-after'), now);
  if (type === 'application/json') {
    return errorFromResponse(status, parseJson(received, endpoint).value, { retryAfter, route });
  }
  if (isUnknownRoute(received)) {
    return missingRoute(status, route, bodyBytes);
  }
  // The words come from a proxy; the status says what they mean.
  if (status === 413 || status === 429 || status >= 500) {
    return errorFromResponse(
      status,
      status === 413
        ? { message: `The body of ${bodyBytes} bytes was refused as too large (413).` }
        : undefined,
      { retryAfter },
    );
  }
  return REFUSAL_STATUSES.has(status)
    ? refusedOnTheWay(status, operation.method, endpoint, describeType(type))
    : notLogto(status, endpoint, describeType(type));
}

/**
 * Reads an answer.
 *
 * @throws LogtoError for every answer that is no success
 */
export function readReply(received: Received, context: ReplyContext): Reply {
  const { status, headers } = received;
  const { operation, request, endpoint } = context;
  if (status >= 300 && status < 400) {
    const location = headers.get('location') ?? '';
    if (operation.answer === 'redirect') {
      return { status, body: { location } };
    }
    throw notLogto(status, endpoint, `a redirect to ${location.split('?', 1)[0]}`);
  }
  if (status === 400 && received.type === 'application/json') {
    // A password that fails the policy is the answer to a question, not a mistake in asking it.
    const { value } = parseJson(received, endpoint);
    if (isObject(value) && value['result'] === false) {
      return { status, body: value };
    }
  }
  if (status < 200 || status >= 300) {
    throw readFailure(received, context);
  }
  const { value: body, note } = readBody(received, context);
  const reply = { status, body, ...(note !== undefined && { note }) };
  if (request.page === undefined) {
    return reply;
  }
  const list = operation.items === undefined || !isObject(body) ? body : body[operation.items];
  const page = readPage({
    ...request.page,
    count: Array.isArray(list) ? list.length : 0,
    total: headers.get('total-number'),
    capped: headers.get('total-number-is-capped'),
    totalIgnoresFilters: operation.totalIgnoresFilters === true,
  });
  return { ...reply, page };
}

/** Whether Logto says that the entity does not exist. Its router, which knows no entities, answers in plain text. */
export const isGone = ({ status, type }: Received): boolean =>
  status === 404 && type === 'application/json';
