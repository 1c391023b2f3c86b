/** Turns an operation and its arguments into a request. Pure: what is wrong is refused here, before anything is sent. */
import { type Outline, Whole } from '../catalog/operation.js';
import { LogtoError } from './errors.js';
import { DEFAULT_PAGE_SIZE, firstPage } from './pagination.js';
import { searchArguments, searchQuery } from './search.js';

/** Arguments that the operation's own schema has accepted. */
export type Arguments = Readonly<Record<string, unknown>>;

export interface Request {
  readonly method: string;
  /** Path and query, from the endpoint on: `/api/users?page=1`. */
  readonly target: string;
  /** The JSON body, not yet written as text; undefined for none. */
  readonly body?: unknown;
  /** For a multipart request, the file's path as it was given. */
  readonly file?: string;
  /** What was asked for, on a list that Logto pages. */
  readonly page?: { readonly page: number; readonly pageSize: number };
}

/**
 * One path value as one segment.
 *
 * `.` and `..` stay dangerous when encoded: URL parsers resolve `%2E%2E` too, and on a real server that made the deletion
 * of a secret the deletion of its application. An empty value would address the collection.
 */
function segment(name: string, value: unknown): string {
  const text = String(value);
  if (text === '' || text === '.' || text === '..') {
    throw new LogtoError({
      kind: 'input',
      code: 'unsafe_path_value',
      message: `${name} must not be ${text === '' ? 'empty' : `"${text}"`}: it would address something else. Nothing was sent.`,
      hint: 'Give the id or the name of one existing entity.',
    });
  }
  return encodeURIComponent(text);
}

type Pairs = [string, string][];

/** Lists repeat their key: Logto takes neither commas nor brackets. */
function pairsOf(name: string, value: unknown): Pairs {
  if (value === undefined) {
    return [];
  }
  return Array.isArray(value) ? value.map((item) => [name, String(item)]) : [[name, String(value)]];
}

/** Keeps what was given: `undefined` is dropped, `null` stays, because it clears a field. */
const given = (names: readonly string[], values: Arguments): Record<string, unknown> =>
  Object.fromEntries(
    names.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]),
  );

function bodyOf(operation: Outline, values: Arguments): Pick<Request, 'body' | 'file'> {
  const { body, encoding, method } = operation;
  if (body === undefined) {
    return {};
  }
  if (body instanceof Whole) {
    return { body: values[body.argument] };
  }
  if (encoding === 'multipart') {
    return { file: String(values['file']) };
  }
  const names = Object.keys(body);
  const fields = given(names, values);
  if (method === 'PATCH' && Object.keys(fields).length === 0) {
    // Logto answers 422 to most empty updates and 200 to some; neither changes anything.
    throw new LogtoError({
      kind: 'input',
      code: 'nothing_to_change',
      message: 'There is nothing to change: no field was given. Nothing was sent.',
      hint: `Give at least one of: ${names.join(', ')}.`,
    });
  }
  return { body: fields };
}

/**
 * Builds the request. A list that Logto pages is always asked for by page, also where Logto would answer everything
 * without: that answer has no total.
 *
 * @throws LogtoError of kind `input` for an unsafe path value, an empty update or an impossible search
 */
export function encodeRequest(operation: Outline, values: Arguments): Request {
  const path = operation.url.replace(/\{(\w+)\}/g, (_, name: string) =>
    segment(name, values[name]),
  );
  const pairs: Pairs = Object.keys(operation.query ?? {}).flatMap((name) =>
    pairsOf(name, values[name]),
  );
  if (operation.search !== undefined) {
    pairs.push(...searchQuery(given(searchArguments, values)));
  }
  const paged = operation.paging !== undefined && {
    page: Number(values['page'] ?? firstPage),
    pageSize: Number(values['page_size'] ?? DEFAULT_PAGE_SIZE),
  };
  if (paged) {
    pairs.push(['page', String(paged.page)], ['page_size', String(paged.pageSize)]);
  }
  const query = new URLSearchParams(pairs).toString();
  return {
    method: operation.method,
    target: query === '' ? path : `${path}?${query}`,
    ...bodyOf(operation, values),
    ...(paged && { page: paged }),
  };
}
