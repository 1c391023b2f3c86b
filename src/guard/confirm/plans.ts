/** Plans for what must be confirmed: shown first, carried out once, and only if nothing has changed in between. */
import { createHash, randomBytes } from 'node:crypto';
import { LogtoError } from '../../logto/errors.js';

/** Milliseconds that a plan is good for. */
export const PLAN_LIFETIME_MS = 5 * 60_000;

/** Plans that wait at a time. */
const waiting = 100;

/** A value in a form that is the same however its members are ordered. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(canonical);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .filter(([, member]) => member !== undefined)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, member]) => [name, canonical(member)]),
      )
    : value;
}

/** A short name for a value: equal values have equal ones. */
export const fingerprint = (value: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(canonical(value)) ?? '')
    .digest('hex');

interface Plan {
  readonly call: string;
  readonly state: string;
  readonly expiresAt: number;
}

export class Plans {
  readonly #plans = new Map<string, Plan>();

  constructor(private readonly now: () => number) {}

  /** Makes a plan for a call in the present state of what it acts on. */
  make(call: unknown, state: unknown): string {
    const id = `plan-${randomBytes(9).toString('base64url')}`;
    const [oldest] = this.#plans.keys();
    if (this.#plans.size >= waiting && oldest !== undefined) {
      this.#plans.delete(oldest);
    }
    this.#plans.set(id, {
      call: fingerprint(call),
      state: fingerprint(state),
      expiresAt: this.now() + PLAN_LIFETIME_MS,
    });
    return id;
  }

  /**
   * Uses a plan up.
   *
   * @throws LogtoError when it is not there, too old, or made for something else or another state
   */
  use(id: string, call: unknown, state: unknown): void {
    const plan = this.#plans.get(id);
    this.#plans.delete(id);
    const refuse = (why: string) =>
      new LogtoError({
        kind: 'input',
        code: 'plan_refused',
        message: `The plan ${id} ${why}. Nothing was changed.`,
        hint: 'Call again without plan for a new preview, and show it to the person.',
      });
    if (plan === undefined) {
      throw refuse('does not exist, or has been used already');
    }
    if (plan.expiresAt <= this.now()) {
      throw refuse('is older than five minutes');
    }
    if (plan.call !== fingerprint(call)) {
      throw refuse('was made for other arguments or another operation');
    }
    if (plan.state !== fingerprint(state)) {
      throw refuse('was made before what it acts on changed');
    }
  }
}
