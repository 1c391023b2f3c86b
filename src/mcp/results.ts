/** What a model gets back for a call. The only place that writes `isError`. */
import type { Outline } from '../catalog/operation.js';
import { isObject } from '../json.js';
import { type Failure, LogtoError } from '../logto/errors.js';
import type { Redact } from '../logto/redaction.js';
import type { Reply } from '../logto/session.js';
import { project, requireMembers, withoutMembers, withoutPictures } from './fields.js';
import type { ShapedResult } from './shaped-result.js';
import { noRedaction, shortenText, visible } from './text-exit.js';
import { limitNotes, MAX_RESULT_BYTES, truncate } from './truncate.js';

/** An MCP `CallToolResult`: the same JSON twice, since clients show a model either the one or the other. */
export interface ToolResult {
  /** The JSON of `structuredContent`, exactly; the transport relies on it (`stdio-transport.ts`). */
  readonly content: { type: 'text'; text: string }[];
  readonly structuredContent: Record<string, unknown>;
  readonly isError?: boolean;
  readonly [extra: string]: unknown;
}

/** Whether what an operation answers is free data as a whole, such as `/users/{userId}/custom-data`. */
const answersFreeData = ({ url }: Outline): boolean =>
  /\/custom-data$|\/custom-phrases|\/phrases$/.test(url);

/** The note for members that are left out because nobody asked for them. */
const leftOutNote = ({ effect }: Outline, names: readonly string[]): string =>
  `Left out because they are long: ${names.join(', ')}. ${effect === 'reads' ? 'Name them in fields, or take fields ["*"] for all' : 'Read it with them in fields'} to see them.`;

/** In `fields`: all members, those that are left out by default too. */
export const ALL_MEMBERS = '*';

/** The members to keep of each item or of the one thing. Without them all are kept but the long ones; `all` keeps these too. */
export type Selection = readonly string[] | 'all' | undefined;

/**
 * What Logto answered, in the one form that every tool answers in. Times stay numbers here; `success` shows them.
 *
 * @throws LogtoError of kind `input` for a field that the answer does not have
 */
export function shapeResult(operation: Outline, reply: Reply, selection?: Selection): ShapedResult {
  const { page } = reply;
  const body = withoutPictures(reply.body);
  const notes: string[] =
    page?.total_is_lower_bound === true
      ? ['Logto stopped counting: total is only a lower bound. Continue while has_more is true.']
      : operation.totalIgnoresFilters === true
        ? ['total also counts items that the filters leave out. Continue while has_more is true.']
        : [];
  const list = operation.items !== undefined && isObject(body) ? body[operation.items] : body;
  const selectFields = (values: readonly unknown[]): readonly unknown[] => {
    if (selection === 'all' || selection?.includes(ALL_MEMBERS) === true) {
      return values;
    }
    const { longMembers = [] } = operation;
    if (selection === undefined && longMembers.length === 0) {
      return values;
    }
    if (selection === undefined) {
      const { rest: short, omitted } = withoutMembers(values, longMembers);
      if (omitted.length > 0) {
        notes.push(leftOutNote(operation, omitted));
      }
      return short;
    }
    notes.push(...requireMembers(values, selection));
    return project(values, selection);
  };
  const rest = () => ({
    ...(notes.length > 0 && { notes }),
    ...(answersFreeData(operation) && { isFreeData: true as const }),
  });
  if (Array.isArray(list)) {
    const items = selectFields(list);
    return { items, ...(page !== undefined && { page }), ...rest() };
  }
  if (body === undefined) {
    return { done: true, ...rest() };
  }
  const [result] = selectFields([body]);
  return { result, ...(page !== undefined && { page }), ...rest() };
}

/** @param text the value as JSON */
const toolResult = (value: object, text: string): ToolResult => ({
  content: [{ type: 'text', text }],
  structuredContent: { ...value },
});

/** A value and its JSON, without the credentials of this server. */
function serialize(value: object, redact: Redact): { value: object; text: string } {
  const text = JSON.stringify(value);
  const redacted = redact(text);
  const parsed: unknown = redacted === text ? value : JSON.parse(redacted);
  // Written again, because two names can become one by redaction.
  return isObject(parsed) && parsed !== value
    ? { value: parsed, text: JSON.stringify(parsed) }
    : { value, text };
}

/** An answer as a result, cut where it would be longer than `MAX_RESULT_BYTES`. */
export function success(answer: ShapedResult, redact: Redact = noRedaction): ToolResult {
  const { isFreeData, ...rest } = answer;
  const shown = visible(limitNotes(rest, redact), isFreeData !== true, redact);
  const { value, text } = serialize(isObject(shown) ? shown : rest, redact);
  if (Buffer.byteLength(text) <= MAX_RESULT_BYTES) {
    return toolResult(value, text);
  }
  const shortened = truncate(value);
  return toolResult(shortened, JSON.stringify(shortened));
}

/** The number of lines that an error shows, and the length of each in characters. */
const MAX_DETAILS = 20;
const MAX_DETAIL_CHARS = 500;
const MAX_MESSAGE_CHARS = 2000;

/** A failure without members that are not known, and with its texts shortened, and redacted before. */
function presentFailure(failure: Failure, redact: Redact): Record<string, unknown> {
  const { message, hint, details } = failure;
  const shortened: Failure = {
    ...failure,
    message: shortenText(message, MAX_MESSAGE_CHARS, redact),
    hint: hint && shortenText(hint, MAX_MESSAGE_CHARS, redact),
    details: details && [
      ...details.slice(0, MAX_DETAILS).map((line) => shortenText(line, MAX_DETAIL_CHARS, redact)),
      ...(details.length > MAX_DETAILS ? [`and ${details.length - MAX_DETAILS} more`] : []),
    ],
  };
  return Object.fromEntries(Object.entries(shortened).filter(([, value]) => value !== undefined));
}

/** What an unforeseen error says to the model; everything else goes into the log. */
const INTERNAL_FAILURE: Failure = {
  kind: 'unavailable',
  code: 'internal',
  message: 'This server failed; the call may or may not have reached Logto.',
  hint: 'Read before you repeat a change. The log of this server on stderr says more.',
};

/** What went wrong, for the model. An unforeseen error goes to `report`. */
export function failure(
  error: unknown,
  report: (error: unknown) => void,
  redact: Redact = noRedaction,
): ToolResult {
  if (!(error instanceof LogtoError)) {
    report(error);
  }
  const shown = visible(
    presentFailure(error instanceof LogtoError ? error.failure : INTERNAL_FAILURE, redact),
    true,
    redact,
  );
  const { value, text } = serialize({ error: shown }, redact);
  return { ...toolResult(value, text), isError: true };
}
