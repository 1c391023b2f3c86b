/**
 * Whether the account behind a valid token may still act. A JWT stays valid until it expires; a suspended or deleted account
 * is refused within a minute nevertheless.
 */
import type { NamedOperation } from '../guard/operation-graph.js';
import { isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { Session } from '../logto/session.js';
import type { Principal } from './principal.js';

/** Milliseconds for which an account is not read again. */
const LIFETIME_MS = 60_000;

/** Accounts that are remembered. */
const MAX_ACCOUNTS = 5_000;

/** Milliseconds for one read of an account. */
const TIMEOUT_MS = 10_000;

export interface AccountsOptions {
  readonly session: Session;
  readonly operations: ReadonlyMap<string, NamedOperation>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

interface Known {
  readonly active: Promise<boolean>;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export class Accounts {
  readonly #known = new Map<string, Known>();
  readonly #now: () => number;

  constructor(private readonly options: AccountsOptions) {
    this.#now = options.now ?? Date.now;
  }

  /**
   * Whether an account exists and is not suspended.
   *
   * @throws LogtoError where Logto cannot be asked
   */
  isActive(principal: Principal): Promise<boolean> {
    const { key } = principal;
    const cached = this.#known.get(key);
    if (cached !== undefined && cached.until > this.#now()) {
      return cached.active;
    }
    const active = this.#look(principal);
    // A failed read is not cached.
    active.catch(() => this.#known.delete(key));
    this.#known.delete(key);
    this.#known.set(key, { active, until: this.#now() + LIFETIME_MS });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_ACCOUNTS && oldest !== undefined) {
      this.#known.delete(oldest);
    }
    return active;
  }

  async #look({ sub, clientId }: Principal): Promise<boolean> {
    // The subject of a token of client credentials is the application itself.
    const body =
      sub === clientId
        ? await this.#read('get_application', { id: sub })
        : await this.#read('get_user', { userId: sub });
    return isObject(body) && body['isSuspended'] !== true;
  }

  async #read(name: string, values: Readonly<Record<string, string>>): Promise<unknown> {
    const entry = this.options.operations.get(name);
    if (entry === undefined) {
      throw new Error(`The catalog has no ${name}.`);
    }
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      return (await this.options.session.send(entry.operation, values, signal)).body;
    } catch (error) {
      if (error instanceof LogtoError && error.failure.kind === 'not_found') {
        return undefined;
      }
      throw error;
    }
  }
}
