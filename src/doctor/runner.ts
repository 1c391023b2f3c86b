/** Runs the steps of the doctor in order, and what a step reports. */
import { markInvisible } from '../guard/visible-text.js';
import { LogtoError } from '../logto/errors.js';
import type { Redact } from '../logto/redaction.js';

/** `skipped`: not checked, because a step before it failed or because there is nothing to check. */
export type Status = 'ok' | 'warn' | 'fail' | 'skipped';

/** One line of the output. */
export interface Check {
  /** Stable across versions: `credentials`, `folders.LOGTO_UPLOAD_DIR`. */
  readonly id: string;
  readonly title: string;
  readonly status: Status;
  readonly message: string;
  /** How to fix it. */
  readonly hint?: string;
  /** Title of the step that failed and has to be fixed before this one can run. */
  readonly blockedBy?: string;
  /** What only the output as JSON has. */
  readonly details?: readonly string[];
}

/** What a step reports about what it checks, or about one item of several. */
export interface Finding {
  readonly status: Status;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Which item of several; becomes part of the id. */
  readonly item?: string;
  /** What only the output as JSON has. */
  readonly details?: readonly string[];
}

export interface DoctorStep {
  readonly id: string;
  readonly title: string;
  /** Ids of the steps that must not fail before this one. */
  readonly needs: readonly string[];
  /** @throws LogtoError, which is reported as a fault */
  run(): Promise<Finding | readonly Finding[]> | Finding | readonly Finding[];
}

export const passed = (message: string): Finding => ({ status: 'ok', message });

export const warn = (message: string, hint?: string): Finding => ({
  status: 'warn',
  message,
  hint,
});

export const fail = (message: string, hint?: string): Finding => ({
  status: 'fail',
  message,
  hint,
});

export const skipped = (message: string): Finding => ({ status: 'skipped', message });

/** The failure of a request as a fault. */
export const faultOf = ({ failure }: LogtoError): Finding => fail(failure.message, failure.hint);

async function findingsOf(step: DoctorStep): Promise<readonly Finding[]> {
  try {
    const result = await step.run();
    return 'status' in result ? [result] : result;
  } catch (error) {
    if (error instanceof LogtoError) {
      return [faultOf(error)];
    }
    throw error;
  }
}

/**
 * Runs the steps in order. A step that needs a failed one is skipped, and names the first that failed.
 *
 * @param emit takes each check as soon as it is done
 */
export async function runSteps(
  steps: readonly DoctorStep[],
  emit: (check: Check) => void | Promise<void>,
): Promise<void> {
  /** Id of a failed or skipped step to the title of the step that failed first. */
  const blockers = new Map<string, string>();
  for (const step of steps) {
    const { id, title } = step;
    const blockedBy = step.needs
      .map((needed) => blockers.get(needed))
      .find((blocker) => blocker !== undefined);
    if (blockedBy !== undefined) {
      blockers.set(id, blockedBy);
      const message = `Skipped: fix ${blockedBy} first.`;
      await emit({ id, title, status: 'skipped', message, blockedBy });
      continue;
    }
    const findings = await findingsOf(step);
    if (findings.some(({ status }) => status === 'fail')) {
      blockers.set(id, title);
    }
    for (const { item, status, message, hint } of findings) {
      await emit({
        id: item === undefined ? id : `${id}.${item}`,
        title,
        status,
        message,
        ...(hint !== undefined && { hint }),
      });
    }
  }
}

/** A check as it may leave the program: without credentials, and with invisible characters marked, in every text. */
export function presentCheck(check: Check, redact: Redact): Check {
  const show = (text: string): string => markInvisible(redact(text));
  return {
    ...check,
    message: show(check.message),
    ...(check.hint !== undefined && { hint: show(check.hint) }),
    ...(check.details !== undefined && { details: check.details.map(show) }),
  };
}
