/** Errors of the guard, and what makes those of Logto fit to be read. */
import { LOOK_UP_ID } from '../logto/error-hints.js';
import { LogtoError, mapTexts } from '../logto/errors.js';
import { OTHER_WAYS_TO_CONFIRM } from './confirm/confirmation-required.js';
import type { NamedOperation, Values } from './operation-graph.js';
import { secretRedactor } from './secrets/detection.js';
import { markInvisible, oneLine } from './visible-text.js';

/** The error for an id that the journal does not have. */
export const unknownChange = (id: string): LogtoError =>
  new LogtoError({
    kind: 'not_found',
    code: 'unknown_change',
    message: `There is no change "${id}" in the journal.`,
    hint: 'Look the id up with list_changes.',
  });

/** The error for what `--tools` or `--read-only` excludes. It suggests no alternative: the operator decided. */
export const excludedError = (name: string): LogtoError =>
  new LogtoError({
    kind: 'permission',
    code: 'excluded',
    message: `The configuration of this server excludes ${name}. Nothing was sent.`,
    hint: 'Only the operator can change that (--tools, --read-only). Say so, and do not look for a way around it.',
  });

/**
 * The error for what a rule of the policy forbids.
 *
 * @param why what the call has to do with the rule, where that is not plain; a clause
 */
export const forbiddenError = (name: string, rule: string, why?: string): LogtoError =>
  new LogtoError({
    kind: 'permission',
    code: 'forbidden_by_policy',
    message: `The policy of this server forbids ${name} (${rule}${why === undefined ? '' : `; ${why}`}). Nothing was sent.`,
    hint: 'Only the operator can change that. Say so, and do not look for a way around it.',
  });

/** Adds to the hint of an error. */
const withHint = (error: LogtoError, more: string): LogtoError => {
  const { hint } = error.failure;
  return new LogtoError(
    { ...error.failure, hint: hint === undefined ? more : `${more} ${hint}` },
    { cause: error },
  );
};

/** A failed write that may have been made. */
export const outcomeUnknown = (error: LogtoError): LogtoError =>
  withHint(error, 'It is not known whether the change was made: read before you repeat it.');

/** The error for a removal of what does not exist: there is nothing to confirm. Built like Logto's own answer. */
export const nothingToRemove = (name: string): LogtoError =>
  new LogtoError({
    kind: 'not_found',
    status: 404,
    code: 'entity.not_found',
    message: `What ${name} would remove does not exist. Nothing was changed.`,
    hint: LOOK_UP_ID,
  });

/** A removal of what another program removed first. */
export const alreadyGone = (error: LogtoError): LogtoError =>
  new LogtoError(
    {
      ...error.failure,
      code: 'already_gone',
      hint: 'It was there when it was read, and was already gone when it should be removed: another program was first. Nothing was removed by this call.',
    },
    { cause: error },
  );

/**
 * A write of which Logto made a part and then answered an error.
 *
 * @param made the id of what was made
 * @param change the id of the change in the journal
 */
export const partlyMade = (error: LogtoError, made: string, change: string): LogtoError => {
  const { message } = error.failure;
  return new LogtoError(
    {
      ...error.failure,
      code: 'partly_made',
      message: `${message} It was made all the same, without what could not be found: its id is ${made}.`,
      hint: `Add what is missing to it, or remove it with undo_change and the change ${change}. Do not create it again.`,
    },
    { cause: error },
  );
};

/** An undo with several calls that failed after some of them. */
export const partlyUndone = (
  error: LogtoError,
  id: string,
  done: number,
  all: number,
): LogtoError =>
  withHint(
    error,
    `${done} of the ${all} calls that undo ${id} were made; undo_change goes on with the rest.`,
  );

/** How a question was answered, other than with the right name. */
export type DeclineReason = 'decline' | 'cancel' | 'empty' | 'wrong name';

const notSeen =
  'If the person saw no question, this client may have answered for them. Tell them so: they can use a client that shows questions, or the Logto console. Only the operator can change how this server confirms.';

const refusals: Readonly<
  Record<DeclineReason, Readonly<{ code: string; what: string; hint: string }>>
> = {
  decline: {
    code: 'declined',
    what: 'The question was declined',
    hint: `Do not try again unless the person asks for it. ${notSeen}`,
  },
  cancel: {
    code: 'cancelled',
    what: 'The question was closed without an answer',
    hint: `Do not try again unless the person asks for it. ${notSeen}`,
  },
  empty: {
    code: 'no_name_typed',
    what: 'The question was accepted, but no name was typed',
    hint: `The person has to type the name that the question shows. ${notSeen}`,
  },
  'wrong name': {
    code: 'name_does_not_match',
    what: 'What was typed does not match',
    hint: 'Ask the person whether they mean this one. If they do, call again: the question is shown again.',
  },
};

/** The error for a question that was not answered with the right name. */
export const notConfirmed = (name: string, how: DeclineReason, expected?: string): LogtoError => {
  const { code, what, hint } = refusals[how];
  const wanted =
    expected === undefined ? '' : `: the question asks for ${JSON.stringify(oneLine(expected))}`;
  return new LogtoError({
    kind: 'permission',
    code,
    message: `${what}${wanted}, so ${name} was not carried out. Nothing was changed.`,
    hint,
  });
};

/** The error for a call that only the answer to a question confirms, through a client that cannot ask. @param name of the call */
export const onlyPersonConfirms = (name: string): LogtoError =>
  new LogtoError({
    kind: 'permission',
    code: 'client_cannot_ask',
    message: `${name} must be confirmed. Here only the answer to a question confirms (--confirm ask), and this client does not declare that it can show a question. Nothing was changed.`,
    hint: `Tell the person. ${OTHER_WAYS_TO_CONFIRM}`,
  });

/** The error for a value that is shown once and could neither be shown nor saved. */
export const valueWouldBeLost = (name: string, what: string): LogtoError =>
  new LogtoError({
    kind: 'configuration',
    code: 'no_place_for_secret',
    message: `${name} makes a value that Logto shows only once (${what}), and this server could neither show nor save it. Nothing was sent.`,
    hint: 'The operator can set LOGTO_SECRETS_DIR to a folder, so that save_secret writes the value into a file there, and restart this server.',
  });

/** The error for a set that is too large to show what a replacement would remove. */
export const setTooLarge = (name: string): LogtoError =>
  new LogtoError({
    kind: 'input',
    code: 'set_too_large',
    message: `${name} replaces a set that is too large to show what it would remove. Nothing was sent.`,
    hint: 'Add to the set and remove from it with the operations for single members.',
  });

/**
 * Runs `work` and makes its error fit to be read: a message of Logto may quote text of a user, or a secret among the
 * arguments.
 */
export async function withReadableErrors<T>(
  work: () => Promise<T>,
  entry?: NamedOperation,
  values?: Values,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LogtoError)) {
      throw error;
    }
    const { secrets = [], secretArguments = [] } = entry?.operation ?? {};
    const redact = secretRedactor(values, [...secrets, ...secretArguments]);
    const clean = (text: string): string => markInvisible(redact(text));
    throw new LogtoError(mapTexts(error.failure, clean), { cause: error });
  }
}
