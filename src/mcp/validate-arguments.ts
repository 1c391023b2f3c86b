/** Validates the arguments of a call against its tool's schema, and says everything that is wrong at once. */

import * as z from 'zod';
import type { Values } from '../guard/operation-graph.js';
import { isObject } from '../json.js';
import { type Failure, LogtoError } from '../logto/errors.js';
import { issueSentences } from './arguments/issues.js';
import { inEdits, readListEdits, withListEdits } from './arguments/list-edits.js';
import { normalizeArguments } from './arguments/normalize.js';
import { openValueNotes } from './arguments/open-values.js';
import { membersOf } from './arguments/schema.js';
import { unsendableIn } from './arguments/sendable.js';
import type { Frame } from './arguments/unknown-names.js';

export type { Frame } from './arguments/unknown-names.js';

/**
 * Names that known clients add to every call: n8n (`sessionId`, `action`, `chatInput`, `toolCallId`) and Cursor
 * (`wait_for_previous`). They are dropped where the tool does not declare them; the configuration can add more.
 */
export const INJECTED_ARGUMENTS: readonly string[] = [
  'wait_for_previous',
  'toolCallId',
  'sessionId',
  'action',
  'chatInput',
];

/** The error for arguments that do not fit: every mistake on a line of its own. */
function invalidArguments(tool: string, lines: readonly string[]): LogtoError {
  const failure: Failure = {
    kind: 'input',
    code: 'invalid_arguments',
    message:
      lines.length === 1
        ? `${lines[0]} Nothing was sent.`
        : `${lines.length} arguments of ${tool} are wrong. Nothing was sent.`,
    hint: `Correct ${lines.length === 1 ? 'it' : 'them'} and call again.`,
    ...(lines.length > 1 && { details: lines }),
  };
  return new LogtoError(failure);
}

/** The values without those of `names` that are not declared. */
export const withoutUndeclared = (
  values: Values,
  declared: object,
  names: readonly string[],
): Values =>
  Object.fromEntries(
    Object.entries(values).filter(
      ([name]) => Object.hasOwn(declared, name) || !names.includes(name),
    ),
  );

/** Arguments that a schema has accepted. */
export interface ReadArguments<T> {
  readonly values: T;
  /** The values with their list edits, where the frame takes these; without them they are the same. */
  readonly edited: Values;
  /** What was ignored, in sentences for the caller. */
  readonly notes: readonly string[];
}

/**
 * Reads the arguments of a call as they were meant (`arguments/normalize.ts`) and validates them.
 *
 * @param tool the name of the tool or operation, for messages
 * @param schema an object schema
 * @param sent what the client sent; null and undefined stand for no arguments
 * @param frame where the values are, and what is known of the tool
 * @throws LogtoError of kind `input` that names each wrong argument, what was given and what is allowed
 */
export function readArguments<S extends z.core.$ZodType>(
  tool: string,
  schema: S,
  sent: unknown,
  frame: Frame = {},
): ReadArguments<z.core.output<S>> {
  const input = withoutUndeclared(
    isObject(sent) ? sent : {},
    membersOf(schema) ?? {},
    INJECTED_ARGUMENTS,
  );
  const unreadable = unsendableIn(input, frame.inside);
  if (unreadable.length > 0) {
    throw invalidArguments(tool, unreadable);
  }
  const root = frame.inside ?? '';
  const lists =
    frame.editsLists === true
      ? readListEdits(schema, input, root)
      : { values: input, edits: [], problems: [] };
  const { values, notes, ...read } = normalizeArguments(
    schema,
    lists.values,
    frame.reads === true,
    root,
  );
  const problems = [...lists.problems, ...read.problems];
  const outcome = z.safeParse(schema, values);
  const issues = outcome.success
    ? []
    : outcome.error.issues
        // A rule over several arguments says nothing new about one that cannot be meant.
        .filter(({ code, path }) => problems.length === 0 || code !== 'custom' || path.length > 0)
        .flatMap((issue) => issueSentences(issue, { tool, schema, values, frame }))
        .map((sentence) => inEdits(sentence, lists.edits, root));
  // Texts that were read as JSON can hold rounded numbers too.
  const lines = [...new Set([...problems, ...issues, ...unsendableIn(values, frame.inside)])];
  if (!outcome.success || lines.length > 0) {
    throw invalidArguments(tool, lines);
  }
  const accepted: unknown = outcome.data;
  const edited = isObject(accepted) ? withListEdits(accepted, lists.edits) : {};
  return {
    values: outcome.data,
    edited,
    notes: [...notes, ...openValueNotes(schema, values, frame.inside ?? '')],
  };
}

/** `readArguments` for tools that have no use for the notes. */
export const validateArguments = <S extends z.core.$ZodType>(
  tool: string,
  schema: S,
  sent: unknown,
  frame: Frame = {},
): z.core.output<S> => readArguments(tool, schema, sent, frame).values;
