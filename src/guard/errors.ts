/** Errors of the gate, and what makes those of Logto fit to be read. */
import { LogtoError } from '../logto/errors.js';
import type { NamedOperation, Values } from './operation-graph.js';
import { secretRedactor } from './secrets/detection.js';
import { markInvisible } from './visible-text.js';

/** The error for an id that the journal does not have. */
export const unknownChange = (id: string): LogtoError =>
  new LogtoError({
    kind: 'not_found',
    code: 'unknown_change',
    message: `There is no change "${id}" in the journal.`,
    hint: 'Look the id up with list_changes.',
  });

/** Adds to the hint of an error. */
const hinting = (error: LogtoError, more: string): LogtoError => {
  const { hint } = error.failure;
  return new LogtoError(
    { ...error.failure, hint: hint === undefined ? more : `${more} ${hint}` },
    { cause: error },
  );
};

export const doubtful = (error: LogtoError): LogtoError =>
  hinting(error, 'It is not known whether the change was made: read before you repeat it.');

export const partly = (error: LogtoError, id: string, done: number, all: number): LogtoError =>
  hinting(
    error,
    `${done} of the ${all} calls that put ${id} back were made; undo_change goes on with the rest.`,
  );

export const declined = (name: string, how: 'decline' | 'cancel' | 'wrong name'): LogtoError =>
  new LogtoError({
    kind: 'permission',
    code: how === 'wrong name' ? 'name_does_not_match' : 'declined',
    message: {
      decline: `The person declined ${name}. Nothing was changed.`,
      cancel: `The person did not confirm ${name}. Nothing was changed.`,
      'wrong name': `The name that was typed is not that of what ${name} acts on. Nothing was changed.`,
    }[how],
    hint:
      how === 'cancel'
        ? 'That is final. Do not try again unless the person asks for it. If the person saw no question, this client may not be able to show one: tell them so, and that whoever administers this server decides what has to be confirmed, with "confirm" in its policy file.'
        : 'That is final. Do not try again unless the person asks for it.',
  });

/**
 * Carries something out, with its error made fit to be read: messages of Logto's may quote what a stranger wrote, or a
 * secret among the arguments.
 */
export async function cleaned<T>(
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
    const blot = secretRedactor(values, [...secrets, ...secretArguments]);
    const clean = (text: string): string => markInvisible(blot(text));
    const { message, hint, details } = error.failure;
    throw new LogtoError(
      {
        ...error.failure,
        message: clean(message),
        ...(hint !== undefined && { hint: clean(hint) }),
        ...(details !== undefined && { details: details.map(clean) }),
      },
      { cause: error },
    );
  }
}
