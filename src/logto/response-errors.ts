/** Errors made from answers: Logto's own errors, and answers that do not come from the Management API. */
import { isObject } from '../json.js';
import { hintFor, hintForToken } from './error-hints.js';
import { type FailureKind, LogtoError } from './errors.js';
import { REDACTED_IN_LOG } from './redaction.js';

/** Logto's body for an error. Every member can be missing. */
interface ErrorBody {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly details?: unknown;
  readonly data?: unknown;
}

/** Lines of `data` that are passed on, and characters of each. */
const MAX_DATA_LINES = 12;
const MAX_LINE_CHARACTERS = 400;

/** Members of `data` whose values may be credentials from the request. */
const SECRET_MEMBER =
  /secret|password|token$|authorization|cookie|credential|(private|api|access)_?key/i;

/** Members of `data` that describe the exception and not the mistake. */
const IGNORED_MEMBERS: ReadonlySet<string> = new Set([
  'name',
  'stack',
  'issues',
  'error',
  'config',
]);

const shorten = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= MAX_LINE_CHARACTERS ? line : `${line.slice(0, MAX_LINE_CHARACTERS)}…`;
};

/** A scalar, or a list of scalars, as text; undefined for anything else and for an empty text. */
function scalarText(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const items = value.slice(0, 20).map(scalarText);
    return items.length > 0 && items.every((item) => item !== undefined)
      ? items.join(', ')
      : undefined;
  }
  const isScalar =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isScalar && value !== '' ? shorten(String(value)) : undefined;
}

/** `{path: ['config', 'clientId'], message: 'Required'}` of zod as `config.clientId: Required`. */
function issueLine(issue: unknown): string | undefined {
  if (!isObject(issue) || typeof issue['message'] !== 'string') {
    return undefined;
  }
  const path = Array.isArray(issue['path']) ? issue['path'].map(String).join('.') : '';
  return shorten(path === '' ? issue['message'] : `${path}: ${issue['message']}`);
}

/**
 * The texts in `data` of an error: its message and details first, then zod's issues, then the remaining scalars by name.
 * Objects inside it are left out, except the code and message of an inner error: they can contain whole requests.
 */
function dataLines(data: unknown): string[] {
  if (typeof data === 'string') {
    return data === '' ? [] : [shorten(data)];
  }
  if (!isObject(data)) {
    return [];
  }
  const { message, details, issues, error, ...rest } = data;
  const inner = isObject(error) ? [error['message'], error['code']] : [error];
  const named = Object.entries(rest).flatMap(([name, value]) => {
    const text = IGNORED_MEMBERS.has(name)
      ? undefined
      : SECRET_MEMBER.test(name)
        ? REDACTED_IN_LOG
        : scalarText(value);
    return text === undefined ? [] : [`${name}: ${text}`];
  });
  return [
    ...[message, details, ...inner].map(scalarText),
    ...(Array.isArray(issues) ? issues.map(issueLine) : []),
    ...named,
  ].filter((line) => line !== undefined);
}

/** `details` of a refused request has a line for each issue: `Error in key path "a.b": (code) text`. */
const detailLines = (details: unknown): string[] =>
  typeof details === 'string'
    ? details
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
    : [];

/**
 * Fills the placeholders that Logto left in a message, such as `{{details}}`, from `data`. A placeholder without a value is
 * removed with the spaces around it.
 */
function fillPlaceholders(message: string, data: unknown): string {
  const values = isObject(data) ? data : {};
  return message
    .replaceAll(/\{\{\s*(\w+)[^}]*\}\}/g, (_, name: string) =>
      SECRET_MEMBER.test(name) ? REDACTED_IN_LOG : (scalarText(values[name]) ?? ''),
    )
    .replaceAll(/ {2,}/g, ' ')
    .replaceAll(/ +([.,;:!?])/g, '$1')
    .trim();
}

/** What Logto's JWT library found wrong with a token: `{code, claim?}`, passed on in `data` of a 401. */
function tokenFault(data: unknown): string | undefined {
  if (!isObject(data)) {
    return undefined;
  }
  const { claim, code } = data;
  return typeof claim === 'string' ? claim : typeof code === 'string' ? code : undefined;
}

const CONFLICT_CODE =
  /(_in_use|already_in_use|_exists|_exists_already|unique_integrity_violation)$/;

function kindOf(status: number, code: string | undefined): FailureKind {
  switch (status) {
    case 401:
      return 'configuration';
    case 403:
      return 'permission';
    case 404:
      return 'not_found';
    case 409:
      return 'conflict';
    case 429:
      return 'rate_limit';
    case 501:
      return code === 'sandbox.not_available' ? 'unavailable' : 'configuration';
    default:
      if (status >= 500) {
        return 'unavailable';
      }
      return code !== undefined && CONFLICT_CODE.test(code) ? 'conflict' : 'input';
  }
}

/** The facts about the request and about the answer beside its status and body. */
export interface ErrorContext {
  /** Seconds of `Retry-After`. */
  readonly retryAfter?: number | undefined;
  /** Method and url of the operation: `GET /api/users/{userId}`. */
  readonly route?: string | undefined;
}

/**
 * Turns an answer that is not a success into an error. The details are those of Logto and what `data` says that neither the
 * message nor the details hold already.
 *
 * @param body the parsed JSON, or undefined for any other type
 */
export function errorFromResponse(
  status: number,
  body: unknown,
  { retryAfter, route }: ErrorContext = {},
): LogtoError {
  const { code, message: text, details, data }: ErrorBody = isObject(body) ? body : {};
  const knownCode = typeof code === 'string' ? code : undefined;
  const message =
    typeof text === 'string' && text !== ''
      ? fillPlaceholders(text, data)
      : `Logto answered ${status}.`;
  const lines = detailLines(details);
  // zod's issues in `data` are the same as the lines of `details`, in other words.
  const extra = dataLines(lines.length > 0 && isObject(data) ? { ...data, issues: [] } : data)
    .filter((line) => !message.includes(line) && !lines.includes(line))
    .slice(0, MAX_DATA_LINES);
  const allLines = [...lines, ...new Set(extra)];
  return new LogtoError({
    kind: kindOf(status, knownCode),
    status,
    code: knownCode,
    message,
    hint:
      (status === 401 ? hintForToken(tokenFault(data)) : undefined) ??
      hintFor(status, knownCode, route),
    ...(allLines.length > 0 && { details: allLines }),
    ...(retryAfter !== undefined && { retry_after: retryAfter }),
  });
}

/** A body of so many bytes may be what a 404 in plain text is about: Logto answers it to bodies above its limit too. */
const LARGE_BODY_BYTES = 100_000;

/**
 * A 404 or 405 that Logto's router gave in plain text: this Logto does not serve the route.
 *
 * @param bodyBytes the size of the body that was sent
 */
export const missingRoute = (status: number, route: string, bodyBytes = 0): LogtoError =>
  bodyBytes > LARGE_BODY_BYTES
    ? new LogtoError({
        kind: 'input',
        status,
        code: 'body_too_large',
        message: `Logto answered ${status} to a body of ${bodyBytes} bytes for ${route}: the body is larger than it accepts, or it does not have the operation.`,
        hint: 'Send less in one call. If a small body fails as well, this Logto is older than the operation.',
      })
    : new LogtoError({
        kind: 'unavailable',
        status,
        code: 'operation_not_served',
        message: `This Logto does not have the operation ${route}.`,
        hint: 'It is older than the operation, or the operation is still in development there. Ask its operator for an upgrade, or use another operation.',
      });

/** Something in front of Logto, such as a proxy or a firewall, refused the request. */
export const refusedOnTheWay = (
  status: number,
  method: string,
  origin: string,
  content: string,
): LogtoError =>
  new LogtoError({
    kind: 'configuration',
    status,
    code: 'refused_by_proxy',
    message: `Something in front of Logto at ${origin}, such as a proxy or a firewall, refused ${method} with ${status} (${content}). Logto itself did not get the request.`,
    hint: `Ask the operator to allow ${method} for /api in front of Logto, or set LOGTO_ENDPOINT to an address that leads to Logto directly. Other methods may work.`,
  });

/**
 * An answer of a form that the Management API never gives: something other than Logto answers at that address.
 *
 * @param content what was answered, as a noun phrase
 */
export const notLogto = (status: number, origin: string, content: string): LogtoError =>
  new LogtoError({
    kind: 'configuration',
    status,
    code: 'unexpected_answer',
    message: `${origin} answered ${status} with ${content} where the Management API answers JSON.`,
    hint: 'LOGTO_ENDPOINT must be the address of Logto itself, such as https://auth.example.com, without /api, and not that of the console or of a proxy in front of it.',
  });

/** An answer that is larger or nested deeper than this server reads. */
export const unreadableAnswer = (status: number | undefined, reason: string): LogtoError =>
  new LogtoError({
    kind: 'unavailable',
    status,
    code: 'answer_too_large',
    message: `The answer of Logto was not read: ${reason}.`,
    hint: 'Ask for less: a smaller page_size, or a filter. After a write, read before you repeat it.',
  });
