/** Asks a person before a call, or makes a plan for it, and checks the answer. */
import { isEqual } from '../../json.js';
import { notConfirmed, onlyPersonConfirms, setTooLarge } from '../errors.js';
import type { WriteStep } from '../operation-graph.js';
import type { PreparedWrite } from '../pending-write.js';
import type { KnownLists } from '../tenant-reader.js';
import { oneLine } from '../visible-text.js';
import { type Count, countsDiffer } from './cascade.js';
import {
  ConfirmationRequired,
  type ConfirmVia,
  type ElicitationAnswer,
} from './confirmation-required.js';
import { Plans, type PlansOptions, planRefused } from './plans.js';
import { isTyped, type Preview } from './preview.js';

export {
  ConfirmationRequired,
  type ConfirmVia,
  type ElicitationAnswer,
} from './confirmation-required.js';

/** A call as it was shown. */
export interface PlannedCall {
  readonly preview: Preview;
  /** What the person has to type. */
  readonly expected: string;
}

/** What a write depends on, when it was shown or now. */
export interface WriteState {
  readonly before: unknown;
  readonly displaced: unknown;
  /** What it cascades to, without what changes by itself. */
  readonly counts: Readonly<Record<string, Count>>;
  /** What else it depends on, where it finds nothing itself. */
  readonly observed: unknown;
}

/** A write as a person is shown it. */
export interface PlannedWrite extends PlannedCall, WriteState {}

/** What is kept of a write that was shown. JSON data, because a plan may be confirmed by another process. */
export interface ShownWrite extends WriteState {
  /** The lists that were read for it. */
  readonly lists: KnownLists;
  /** Of an undo: all its calls. */
  readonly steps: readonly { readonly operation: string; readonly arguments: unknown }[];
}

/** How a call is confirmed: by a plan, or by the answer to a question. */
export interface ConfirmedBy {
  readonly plan: string | undefined;
  readonly answer: ElicitationAnswer | undefined;
  /** Who confirms: only plans that were made for the same owner can be used. */
  readonly owner: string;
}

/** What was confirmed. */
export interface Confirmed<T> {
  readonly state: T;
}

/** @typeParam T what is kept until the confirmation: JSON data */
export class Confirmation<T> {
  readonly #plans: Plans<{ readonly expected: string; readonly state: T }>;

  constructor(options: PlansOptions) {
    this.#plans = new Plans(options);
  }

  /**
   * What a call confirms, which is used up; undefined for a call that confirms nothing yet.
   *
   * @param name of the call, for errors
   * @param call what must be the same as when it was planned
   * @throws LogtoError where the person did not agree, or the plan cannot be used
   */
  async confirmed(
    name: string,
    call: unknown,
    { plan, answer, owner }: ConfirmedBy,
  ): Promise<Confirmed<T> | undefined> {
    if (answer === undefined) {
      return plan === undefined ? undefined : this.#plans.use(plan, call, owner);
    }
    if (answer.action !== 'accept') {
      throw notConfirmed(name, answer.action);
    }
    const { expected, state } = await this.#plans.use(answer.plan ?? '', call, owner);
    if (answer.name === undefined || answer.name.trim() === '') {
      throw notConfirmed(name, 'empty');
    }
    if (!isTyped(answer.name, expected)) {
      throw notConfirmed(name, 'wrong name', expected);
    }
    return { state };
  }

  /**
   * Makes a plan, and asks where the client can.
   *
   * @param state what is kept until the confirmation
   * @throws ConfirmationRequired where the person is asked; LogtoError where only a person may confirm and cannot be asked
   */
  async plan<P extends Preview>(
    call: unknown,
    { preview, expected }: { readonly preview: P; readonly expected: string },
    state: T,
    { confirmVia, owner }: { readonly confirmVia: ConfirmVia; readonly owner: string },
  ): Promise<{ plan: string; preview: P }> {
    if (confirmVia === 'none') {
      throw onlyPersonConfirms(preview.operation);
    }
    const plan = await this.#plans.make(call, { expected, state }, owner);
    if (confirmVia === 'question') {
      throw new ConfirmationRequired(preview, oneLine(expected), plan);
    }
    return { plan, preview };
  }
}

/** @throws LogtoError for a write that cannot be confirmed, because what it would remove cannot be shown */
export function requireShowable({ change, entry, isRead, readError }: PreparedWrite): void {
  if (change.kind === 'replace' && !isRead) {
    throw readError ?? setTooLarge(entry.name);
  }
  // Logto refuses to list the roles of somebody who is no member, and would refuse the removal for the same reason.
  if (change.kind === 'remove' && readError?.failure.status === 422) {
    throw readError;
  }
}

/**
 * Compares the calls of an undo with those that were shown.
 *
 * @throws LogtoError where they differ, because another call was made meanwhile
 */
export function requireSameSteps(
  id: string,
  { steps }: Pick<ShownWrite, 'steps'>,
  now: readonly WriteStep[],
): void {
  const calls = now.map(({ entry, values }) => ({ operation: entry.name, arguments: values }));
  if (!isEqual(steps, calls)) {
    throw planRefused(id, 'was made before what it acts on changed');
  }
}

/**
 * Compares what a plan was made for with what is there now.
 *
 * @param id of the plan
 * @throws LogtoError where it has changed
 */
export function requireUnchanged(id: string, shown: WriteState, now: WriteState): void {
  const isSame =
    isEqual(shown.before, now.before) &&
    isEqual(shown.displaced, now.displaced) &&
    isEqual(shown.observed, now.observed) &&
    !countsDiffer(shown.counts, now.counts);
  if (!isSame) {
    throw planRefused(id, 'was made before what it acts on changed');
  }
}
