/** What the doctor finds, and the order in which it looks. */
import { LogtoError } from '../logto/errors.js';

/** `skipped`: it could not be looked at, because something before it failed or because there is nothing to look at. */
export type Status = 'ok' | 'warn' | 'fail' | 'skipped';

/** One line of the answer. */
export interface Check {
  /** Stays what it is from version to version: `credentials`, `folders.LOGTO_UPLOAD_DIR`. */
  readonly id: string;
  readonly title: string;
  readonly status: Status;
  readonly message: string;
  /** How to mend it. */
  readonly hint?: string;
}

/** What a step says of the thing that it looks at, or of each of several. */
export interface Finding {
  readonly status: Status;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Which of several; becomes a part of the id. */
  readonly of?: string;
}

export interface Step {
  readonly id: string;
  readonly title: string;
  /** The steps without which this one has nothing to look at. */
  readonly needs: readonly string[];
  /** @throws LogtoError, which counts as a fault */
  look(): Promise<Finding | readonly Finding[]> | Finding | readonly Finding[];
}

export const ok = (message: string): Finding => ({ status: 'ok', message });

export const warn = (message: string, hint: string): Finding => ({ status: 'warn', message, hint });

export const fail = (message: string, hint?: string): Finding => ({
  status: 'fail',
  message,
  hint,
});

export const skipped = (message: string): Finding => ({ status: 'skipped', message });

/** A failure of a call as a fault. */
export const faultOf = ({ failure }: LogtoError): Finding => fail(failure.message, failure.hint);

async function lookAt(step: Step): Promise<readonly Finding[]> {
  try {
    const found = await step.look();
    return 'status' in found ? [found] : found;
  } catch (error) {
    if (error instanceof LogtoError) {
      return [faultOf(error)];
    }
    throw error;
  }
}

/**
 * Takes the steps in their order. One that needs a step which failed is skipped, and says which it was that failed first.
 *
 * @param emit takes each check as it is made
 */
export async function takeSteps(
  steps: readonly Step[],
  emit: (check: Check) => void,
): Promise<void> {
  /** What stands against the steps that need this one: the title of the first that failed. */
  const blocked = new Map<string, string>();
  for (const step of steps) {
    const { id, title } = step;
    const cause = step.needs.map((needed) => blocked.get(needed)).find((one) => one !== undefined);
    if (cause !== undefined) {
      blocked.set(id, cause);
      const message = `Not checked: ${cause} has to be mended first.`;
      emit({ id, title, status: 'skipped', message });
      continue;
    }
    const findings = await lookAt(step);
    if (findings.some(({ status }) => status === 'fail')) {
      blocked.set(id, title);
    }
    for (const { of, status, message, hint } of findings) {
      emit({
        id: of === undefined ? id : `${id}.${of}`,
        title,
        status,
        message,
        ...(hint !== undefined && { hint }),
      });
    }
  }
}
