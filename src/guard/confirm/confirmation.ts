/** Asks a person before a call, or makes a plan for it, and checks the answer. */
import { isEqual } from '../../json.js';
import { notConfirmed, setTooLarge } from '../errors.js';
import type { WriteStep } from '../operation-graph.js';
import type { PreparedWrite } from '../pending-write.js';
import { oneLine } from '../visible-text.js';
import { type Count, countsDiffer } from './cascade.js';
import { ConfirmationRequired, type ElicitationAnswer } from './confirmation-required.js';
import { Plans, planRefused } from './plans.js';
import { isTyped, type Preview } from './preview.js';

export { ConfirmationRequired, type ElicitationAnswer } from './confirmation-required.js';

/** A call as it was shown. */
export interface PlannedCall {
  readonly preview: Preview;
  /** What the person has to type. */
  readonly expected: string;
}

/** A write as it was shown, and what it depends on. */
export interface PlannedWrite extends PlannedCall {
  readonly write: PreparedWrite;
  /** What it cascades to, without what changes by itself. */
  readonly counts: Readonly<Record<string, Count>>;
  /** What else it depends on, where it finds nothing itself. */
  readonly observed: unknown;
  /** Of an undo: all its calls. */
  readonly steps?: readonly { readonly operation: string; readonly arguments: unknown }[];
}

/** How a call is confirmed: by a plan, or by the answer to a question. */
export interface ConfirmedBy {
  readonly plan: string | undefined;
  readonly answer: ElicitationAnswer | undefined;
}

/** @typeParam T what is planned */
export class Confirmation<T extends PlannedCall> {
  readonly #plans: Plans<T>;

  constructor(now: () => number) {
    this.#plans = new Plans(now);
  }

  /**
   * What a call confirms, which is used up; undefined for a call that confirms nothing yet.
   *
   * @param name of the call, for errors
   * @param call what must be the same as when it was planned
   * @throws LogtoError where the person did not agree, or the plan cannot be used
   */
  confirmed(name: string, call: unknown, { plan, answer }: ConfirmedBy): T | undefined {
    if (answer === undefined) {
      return plan === undefined ? undefined : this.#plans.use(plan, call);
    }
    if (answer.action !== 'accept') {
      throw notConfirmed(name, answer.action);
    }
    const planned = this.#plans.use(answer.plan ?? '', call);
    if (answer.name === undefined || answer.name.trim() === '') {
      throw notConfirmed(name, 'empty');
    }
    if (!isTyped(answer.name, planned.expected)) {
      throw notConfirmed(name, 'wrong name');
    }
    return planned;
  }

  /**
   * Makes a plan, and asks where the client can.
   *
   * @throws ConfirmationRequired where the person can be asked
   */
  plan(call: unknown, planned: T, canAsk: boolean): { plan: string; preview: Preview } {
    const plan = this.#plans.make(call, planned);
    if (canAsk) {
      throw new ConfirmationRequired(planned.preview, oneLine(planned.expected), plan);
    }
    return { plan, preview: planned.preview };
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
  { steps }: PlannedWrite,
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
export function requireUnchanged(
  id: string,
  planned: PlannedWrite,
  now: Pick<PlannedWrite, 'write' | 'counts' | 'observed'>,
): void {
  const isSame =
    isEqual(planned.write.before, now.write.before) &&
    isEqual(planned.write.displaced, now.write.displaced) &&
    isEqual(planned.observed, now.observed) &&
    !countsDiffer(planned.counts, now.counts);
  if (!isSame) {
    throw planRefused(id, 'was made before what it acts on changed');
  }
}
