/** The question to a person, and its answer. A file of its own, because a start loads it and nothing else of the guard. */
import type { Preview } from './preview.js';

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
