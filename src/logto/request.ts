/** Turns an operation and its arguments into a request. Pure: errors are reported here, before anything is sent. */
import { type Outline, Whole } from '../catalog/operation.js';
import { isObject } from '../json.js';
import { LogtoError } from './errors.js';
import { DEFAULT_PAGE_SIZE, FIRST_PAGE } from './pagination.js';
import { type Pairs, searchArguments, searchQuery } from './search.js';

/** Arguments that the operation's own schema has accepted. */
export type Arguments = Readonly<Record<string, unknown>>;

/** Bytes of a JSON body that Logto accepts. It answers a larger one with 404 and no reason. Measured on 1.42. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** Levels of lists and objects inside an argument. Nothing in the API is nested deeper than a few. */
const MAX_ARGUMENT_DEPTH = 200;

export interface Request {
  readonly method: string;
  /** Path and query, from the endpoint on: `/api/users?page=1`. */
  readonly target: string;
  /** The JSON body as a value; undefined for none. `encodeBody` writes it. */
  readonly body?: unknown;
  /** For a multipart request, the file's path as it was given. */
  readonly file?: string;
  /** The page that is requested, on a list that Logto pages. */
  readonly page?: { readonly page: number; readonly pageSize: number };
}

const refuse = (code: string, message: string, hint: string): LogtoError =>
  new LogtoError({ kind: 'input', code, message: `${message} Nothing was sent.`, hint });

/** A NUL, which PostgreSQL cannot store, and half of a surrogate pair, which has no UTF-8. */
const UNSENDABLE = /[\0\p{Cs}]/u;

/** `U+0000` */
const codeOf = (character: string): string =>
  `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

/** @throws LogtoError of kind `input` for a text that Logto cannot store, or for a value that is nested too deep */
function checkText(name: string, value: unknown, depth = 0): void {
  if (typeof value === 'string') {
    const [character] = UNSENDABLE.exec(value) ?? [];
    if (character !== undefined) {
      throw refuse(
        'unsendable_text',
        `${name} has the character ${codeOf(character)}, which Logto cannot store.`,
        'Remove the character, or write the one that is meant.',
      );
    }
    return;
  }
  if (!isObject(value) && !Array.isArray(value)) {
    return;
  }
  if (depth >= MAX_ARGUMENT_DEPTH) {
    throw refuse(
      'nested_too_deep',
      `${name.split(/[.[]/, 1)[0]} has more than ${MAX_ARGUMENT_DEPTH} levels of lists and objects.`,
      'Give flatter data.',
    );
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      checkText(`${name}[${index}]`, item, depth + 1);
    }
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    checkText(`A name inside ${name}`, key);
    checkText(`${name}.${key}`, member, depth + 1);
  }
}

/** Whether a path parameter is an id and not a name that people chose. */
const isId = (name: string): boolean => /^id$|Id$/.test(name);

/** Characters that no id has, also in encoded form: a proxy that decodes them would turn the id into another path. */
const NOT_IN_IDS = /[/\\\p{Cc}]|%(?:2f|5c|2e|[01][\da-f]|7f)/iu;

/** A `.` or `..` between slashes or backslashes. */
const TRAVERSAL = /(?:^|[/\\])\.{1,2}(?:[/\\]|$)/;

/**
 * Encodes a path value as one segment.
 *
 * `.` and `..` are dangerous when encoded too: URL parsers resolve `%2E%2E`, and on a real server that turned the deletion of
 * a secret into the deletion of its application. A proxy that decodes `%2F` does the same with `../` inside a value. An empty
 * value would address the collection. A name such as `ci/cd` is sent, escaped; an id holds no slash at all.
 */
function segment(name: string, value: unknown): string {
  const text = String(value);
  const isPath = TRAVERSAL.test(text);
  if (text === '' || isPath || (isId(name) && NOT_IN_IDS.test(text))) {
    const reason =
      text === ''
        ? 'must not be empty'
        : isPath
          ? 'must not be or contain the segment "." or ".."'
          : 'is an id, which has no slash, backslash or control character';
    throw refuse(
      'unsafe_path_value',
      `${name} ${reason}: it would address something else.`,
      'Give the id or the name of one existing entity.',
    );
  }
  return encodeURIComponent(text);
}

/** Lists repeat their key: Logto takes neither commas nor brackets. */
function pairsOf(name: string, value: unknown): Pairs {
  if (value === undefined) {
    return [];
  }
  return Array.isArray(value) ? value.map((item) => [name, String(item)]) : [[name, String(value)]];
}

/** The arguments of these names. `undefined` is dropped, `null` is kept, because it clears a field. */
const pick = (names: readonly string[], values: Arguments): Record<string, unknown> =>
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
  const fields = pick(names, values);
  if (method === 'PATCH' && Object.keys(fields).length === 0) {
    // Logto answers 422 to most empty updates and 200 to some; neither changes anything.
    throw refuse(
      'nothing_to_change',
      'There is nothing to change: no field was given.',
      `Give at least one of: ${names.join(', ')}.`,
    );
  }
  return { body: fields };
}

/**
 * Builds the request. A paged list is always requested by page, even if Logto would answer the whole list otherwise: that
 * answer has no total.
 *
 * @throws LogtoError of kind `input` for a text that cannot be stored, an unsafe path value, an empty update or an
 * impossible search
 */
export function encodeRequest(operation: Outline, values: Arguments): Request {
  for (const [name, value] of Object.entries(values)) {
    checkText(name, value);
  }
  const path = operation.url.replace(/\{(\w+)\}/g, (_, name: string) =>
    segment(name, values[name]),
  );
  const pairs: Pairs = Object.keys(operation.query ?? {}).flatMap((name) =>
    pairsOf(name, values[name]),
  );
  if (operation.search !== undefined) {
    pairs.push(...searchQuery(pick(searchArguments, values)));
  }
  const paged = operation.paging !== undefined && {
    page: Number(values['page'] ?? FIRST_PAGE),
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

/**
 * Writes the JSON body of a request.
 *
 * @throws LogtoError of kind `input` for a body that is larger than Logto accepts
 */
export function encodeBody({ body }: Request): string | undefined {
  if (body === undefined) {
    return undefined;
  }
  const text = JSON.stringify(body);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BODY_BYTES) {
    const largest = isObject(body)
      ? Object.entries(body)
          .map(([name, value]) => [name, Buffer.byteLength(JSON.stringify(value) ?? '')] as const)
          .sort(([, left], [, right]) => right - left)[0]
      : undefined;
    throw refuse(
      'body_too_large',
      `The body has ${bytes} bytes as JSON, and Logto accepts ${MAX_BODY_BYTES}.${largest === undefined ? '' : ` The largest argument is ${largest[0]} with ${largest[1]} bytes.`}`,
      'Send less in one call, or keep large data elsewhere and only its address in Logto.',
    );
  }
  return text;
}
