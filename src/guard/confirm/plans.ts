/** Plans for what must be confirmed: shown first, and made once, only if nothing has changed in between. */
import { randomBytes } from 'node:crypto';
import { fingerprint } from '../../json.js';
import { LogtoError } from '../../logto/errors.js';

/** How long a plan is good, in milliseconds. */
export const PLAN_LIFETIME_MS = 5 * 60_000;

/** The same in seconds. */
export const PLAN_LIFETIME_S = PLAN_LIFETIME_MS / 1000;

const MAX_PENDING_PLANS = 100;

/** The error for a plan that cannot be used; `why` is a clause. */
export const planRefused = (id: string, why: string): LogtoError =>
  new LogtoError({
    kind: 'input',
    code: 'plan_refused',
    message: `The plan ${id} ${why}. Nothing was changed.`,
    hint: 'Call again without plan for a new preview, and show it to the person.',
  });

interface Plan<T> {
  readonly call: string;
  readonly payload: T;
  readonly expiresAt: number;
}

/** @typeParam T what is kept with a plan until it is used */
export class Plans<T> {
  readonly #plans = new Map<string, Plan<T>>();

  constructor(private readonly now: () => number) {}

  /** Makes a plan for a call. */
  make(call: unknown, payload: T): string {
    const id = `plan-${randomBytes(9).toString('base64url')}`;
    const [oldest] = this.#plans.keys();
    if (this.#plans.size >= MAX_PENDING_PLANS && oldest !== undefined) {
      this.#plans.delete(oldest);
    }
    const expiresAt = this.now() + PLAN_LIFETIME_MS;
    this.#plans.set(id, { call: fingerprint(call), payload, expiresAt });
    return id;
  }

  /**
   * Uses a plan up.
   *
   * @returns what was kept with it
   * @throws LogtoError when it does not exist, is too old, or was made for another call
   */
  use(id: string, call: unknown): T {
    const plan = this.#plans.get(id);
    this.#plans.delete(id);
    if (plan === undefined) {
      throw planRefused(id, 'does not exist, or has been used already');
    }
    if (plan.expiresAt <= this.now()) {
      throw planRefused(id, 'is older than five minutes');
    }
    if (plan.call !== fingerprint(call)) {
      throw planRefused(id, 'was made for other arguments or another operation');
    }
    return plan.payload;
  }
}
