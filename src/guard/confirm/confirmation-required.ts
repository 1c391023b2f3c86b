/** The question to a person, and its answer. A file of its own, because a start loads it and nothing else of the guard. */
import type { Preview } from './preview.js';

/**
 * How a call is confirmed that has to be: by a question to the person, by a plan that a second call gives, or not at all,
 * because only a person may confirm and the client cannot ask.
 */
export type ConfirmVia = 'question' | 'plan' | 'none';

/** The answer to a question. */
export interface ElicitationAnswer {
  readonly action: 'accept' | 'decline' | 'cancel';
  /** What was typed; undefined where the answer has no such field. */
  readonly name: string | undefined;
  /** The plan that the question was asked for. */
  readonly plan: string | undefined;
}

/** Thrown when the person has to be asked; carries what to ask. */
export class ConfirmationRequired extends Error {
  constructor(
    readonly preview: Preview,
    /** What the person has to type. */
    readonly expected: string,
    readonly plan: string,
  ) {
    super('the person has to be asked');
  }
}

/** What a person can do whose client shows no questions. An agent must not suggest to weaken the confirmation. */
export const OTHER_WAYS_TO_CONFIRM =
  'They can use a client that shows questions, or the Logto console. Only the operator can change how this server confirms.';
