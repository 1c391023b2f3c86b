/** Plans for writes that must be confirmed: shown first, and used once, only if nothing has changed since. */
import { randomBytes } from 'node:crypto';
import { fingerprint } from '../../json.js';
import { LogtoError } from '../../logto/errors.js';
import type { PlanStore } from '../../store/store.js';

/** How long a plan is valid, in milliseconds. */
export const PLAN_LIFETIME_MS = 5 * 60_000;

/** The same in seconds. */
export const PLAN_LIFETIME_S = PLAN_LIFETIME_MS / 1000;

/** The error for a plan that cannot be used; `why` is a clause. */
export const planRefused = (id: string, why: string): LogtoError =>
  new LogtoError({
    kind: 'input',
    code: 'plan_refused',
    message: `The plan ${id} ${why}. Nothing was changed.`,
    hint: 'Call again without plan for a new preview, and show it to the person.',
  });

export interface PlansOptions {
  readonly store: PlanStore;
  /** The kind of a plan. A plan of one kind cannot be used as one of another. */
  readonly kind: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** @typeParam T what is stored with a plan until it is used: JSON data, because a store may serialize it */
export class Plans<T> {
  constructor(private readonly options: PlansOptions) {}

  /**
   * Makes a plan for a call.
   *
   * @param owner who may use it
   */
  async make(call: unknown, payload: T, owner: string): Promise<string> {
    const { store, kind, now } = this.options;
    const id = `plan-${randomBytes(9).toString('base64url')}`;
    const expiresAt = now() + PLAN_LIFETIME_MS;
    await store.put({ kind, owner, id }, { call: fingerprint(call), payload, expiresAt });
    return id;
  }

  /**
   * Consumes a plan.
   *
   * @returns what was stored with it
   * @throws LogtoError if it does not exist, belongs to another owner, is too old, or was made for another call
   */
  async use(id: string, call: unknown, owner: string): Promise<T> {
    const { store, kind, now } = this.options;
    const plan = await store.take({ kind, owner, id });
    if (plan === undefined) {
      throw planRefused(id, 'does not exist, or has been used already');
    }
    if (plan.expiresAt <= now()) {
      throw planRefused(id, 'is older than five minutes');
    }
    if (plan.call !== fingerprint(call)) {
      throw planRefused(id, 'was made for other arguments or another operation');
    }
    // Only `make` of this kind writes payloads.
    return plan.payload as T;
  }
}
