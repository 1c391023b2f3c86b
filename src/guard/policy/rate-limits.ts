/** Limits on writes and removals, and this server's own limits on calls that could be used to guess. */
import type { CallLimit } from '../../catalog/write-facts.js';
import { fingerprint } from '../../json.js';
import { LogtoError } from '../../logto/errors.js';
import type { Ceiling, CounterStore } from '../../store/store.js';
import { forbiddenError } from '../errors.js';
import type { NamedOperation, Values } from '../operation-graph.js';
import type { Limits } from './policy.js';

const MINUTE_MS = 60_000;

/** The window of a limit, and what it counts. */
const WINDOWS: Readonly<
  Record<keyof Limits, { readonly counts: 'writes' | 'removals'; readonly windowMs?: number }>
> = {
  writes_per_minute: { counts: 'writes', windowMs: MINUTE_MS },
  writes_per_run: { counts: 'writes' },
  removals_per_minute: { counts: 'removals', windowMs: MINUTE_MS },
  removals_per_run: { counts: 'removals' },
};

const limitNames = [
  'writes_per_minute',
  'writes_per_run',
  'removals_per_minute',
  'removals_per_run',
] as const satisfies readonly (keyof Limits)[];

/** A limit of the policy, and its counter. */
interface PolicyCeiling extends Ceiling {
  readonly limit: keyof Limits;
  readonly counter: string;
  readonly counts: 'writes' | 'removals';
}

/** The limits as ceilings of counters. @param owner whose writes count; undefined for all owners */
const ceilingsOf = (limits: Limits, owner: string | undefined): readonly PolicyCeiling[] =>
  limitNames.flatMap((limit) => {
    const max = limits[limit];
    const { counts, windowMs } = WINDOWS[limit];
    const counter = owner === undefined ? counts : `${counts} of ${owner}`;
    return max === undefined ? [] : [{ limit, max, windowMs, counts, counter }];
  });

/** Counts writes against the limits of a policy. */
export class RateLimits {
  /**
   * @param limits for everybody together
   * @param personLimits for each owner alone
   */
  constructor(
    private readonly limits: Limits,
    private readonly counters: CounterStore,
    private readonly now: () => number,
    private readonly personLimits: Limits = {},
  ) {}

  /** Whether the number of removals of a write matters. */
  get countsRemovals(): boolean {
    return this.#ceilings('').some(({ counts }) => counts === 'removals');
  }

  #ceilings(owner: string): readonly PolicyCeiling[] {
    return [...ceilingsOf(this.limits, undefined), ...ceilingsOf(this.personLimits, owner)];
  }

  /**
   * Refuses writes that would exceed a limit.
   *
   * @param removals how much they remove; undefined if unknown
   * @param owner who writes; empty if there is only one person
   * @throws LogtoError of kind `permission`
   */
  async check(
    name: string,
    removals: number | undefined,
    owner: string,
    writes = 1,
  ): Promise<void> {
    for (const ceiling of this.#ceilings(owner)) {
      const more = ceiling.counts === 'writes' ? writes : removals;
      if (more === 0) {
        continue;
      }
      const { used } = await this.counters.use(ceiling.counter, ceiling.windowMs);
      if (more === undefined || used + more > ceiling.max) {
        throw tooMany(name, ceiling, used, more);
      }
    }
  }

  /**
   * Counts a write before it is sent.
   *
   * @throws LogtoError when it would exceed a limit
   */
  async count(name: string, removals: number | undefined, owner: string): Promise<void> {
    const ceilings = this.#ceilings(owner);
    const unknown = ceilings.find(({ counts }) => counts === 'removals' && removals === undefined);
    if (unknown !== undefined) {
      throw tooMany(name, unknown, 0, undefined);
    }
    const counters = new Map(ceilings.map(({ counter, counts }) => [counter, counts]));
    const exceeded = await this.counters.add(
      [...counters].map(([counter, counts]) => ({
        counter,
        amount: counts === 'writes' ? 1 : (removals ?? 0),
        ceilings: ceilings.filter((one) => one.counter === counter),
      })),
    );
    const passed = ceilings.find(
      ({ counter, windowMs }) =>
        counter === exceeded?.counter && windowMs === exceeded.ceiling.windowMs,
    );
    if (exceeded !== undefined && passed !== undefined) {
      throw tooMany(name, passed, exceeded.used, passed.counts === 'writes' ? 1 : removals);
    }
  }

  /**
   * Counts a call against the limit of its operation.
   *
   * @throws LogtoError of kind `rate_limit` when there were too many for the same values
   */
  async countCall(
    { name }: NamedOperation,
    { calls, windowMs, per }: CallLimit,
    values: Values,
  ): Promise<void> {
    const target = JSON.stringify([name, ...per.map((argument) => values[argument])]);
    const exceeded = await this.counters.add([
      {
        // The values may be personal data, which a store must not contain.
        counter: `calls ${fingerprint(target)}`,
        amount: 1,
        ceilings: [{ windowMs, max: calls }],
      },
    ]);
    if (exceeded !== undefined) {
      const now = this.now();
      const seconds = Math.ceil(((exceeded.oldestAt ?? now) + windowMs - now) / 1000);
      throw new LogtoError({
        kind: 'rate_limit',
        code: 'too_many_calls',
        message: `This server allows ${name} ${calls} times in ${windowMs / MINUTE_MS} minutes for the same ${per.join(' and ')}, so that nothing can be guessed with it. Nothing was sent.`,
        hint: `Try again in ${seconds} seconds, or look for another way to reach the goal.`,
        retry_after: seconds,
      });
    }
  }
}

/** The error for writes that exceed a limit. @param more how many; undefined if unknown */
function tooMany(
  name: string,
  { limit, max, counts }: PolicyCeiling,
  used: number,
  more: number | undefined,
): LogtoError {
  const left = Math.max(0, max - used);
  const what = counts === 'writes' ? `it takes ${more} writes` : `it would remove ${more}`;
  const why =
    more === undefined
      ? `it cannot be told how much it would remove, and ${left} are left`
      : counts === 'writes' && more === 1
        ? `${left} are left`
        : `${what}, and ${left} are left`;
  return forbiddenError(name, `${limit}: ${max}`, why);
}
