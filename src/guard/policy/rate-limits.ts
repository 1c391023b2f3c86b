/** Ceilings on writes and removals, and limits of this server's own on calls that could be used to guess. */
import type { CallLimit } from '../../catalog/write-facts.js';
import { LogtoError } from '../../logto/errors.js';
import { forbiddenError } from '../errors.js';
import type { NamedOperation, Values } from '../operation-graph.js';
import type { Limits } from './policy.js';

const MINUTE_MS = 60_000;

/** Values of arguments for which calls are counted at a time. */
const MAX_COUNTED_TARGETS = 10_000;

/** Counts writes against the ceilings of a policy. */
export class RateLimits {
  readonly #writes: number[] = [];
  readonly #removals: number[] = [];
  /** Times of calls, by the operation and the values of the arguments that the limit is for. */
  readonly #calls = new Map<string, number[]>();

  constructor(
    private readonly limits: Limits,
    private readonly now: () => number,
  ) {}

  /** Whether it matters how much a write removes. */
  get countsRemovals(): boolean {
    const { removals_per_minute: minute, removals_per_run: run } = this.limits;
    return minute !== undefined || run !== undefined;
  }

  /**
   * Refuses writes that would be too many.
   *
   * @param removals how much they remove; undefined where that cannot be told
   * @throws LogtoError of kind `permission`
   */
  check(name: string, removals: number | undefined, writes = 1): void {
    const since = this.now() - MINUTE_MS;
    const recent = (times: readonly number[]) => times.filter((time) => time > since).length;
    const ceilings: readonly (readonly [keyof Limits, number, number | undefined])[] = [
      ['writes_per_minute', recent(this.#writes), writes],
      ['writes_per_run', this.#writes.length, writes],
      ['removals_per_minute', recent(this.#removals), removals],
      ['removals_per_run', this.#removals.length, removals],
    ];
    for (const [limit, used, more] of ceilings) {
      const max = this.limits[limit];
      if (max === undefined) {
        continue;
      }
      const left = Math.max(0, max - used);
      if (more !== undefined && more <= left) {
        continue;
      }
      const what = limit.startsWith('writes')
        ? `it takes ${more} writes`
        : `it would remove ${more}`;
      const why =
        more === undefined
          ? `it cannot be told how much it would remove, and ${left} are left`
          : limit.startsWith('writes') && more === 1
            ? `${left} are left`
            : `${what}, and ${left} are left`;
      throw forbiddenError(name, `${limit}: ${max}`, why);
    }
  }

  /**
   * Counts a write that is about to be sent.
   *
   * @throws LogtoError when it would be too many
   */
  count(name: string, removals: number | undefined): void {
    this.check(name, removals);
    const now = this.now();
    this.#writes.push(now);
    for (let index = 0; index < (removals ?? 0); index += 1) {
      this.#removals.push(now);
    }
  }

  /**
   * Counts a call against the limit of its operation.
   *
   * @throws LogtoError of kind `rate_limit` when there were too many for the same values
   */
  countCall({ name }: NamedOperation, { calls, windowMs, per }: CallLimit, values: Values): void {
    const now = this.now();
    const key = JSON.stringify([name, ...per.map((argument) => values[argument])]);
    const recent = (this.#calls.get(key) ?? []).filter((time) => time > now - windowMs);
    const [oldest = now] = recent;
    if (recent.length >= calls) {
      const seconds = Math.ceil((oldest + windowMs - now) / 1000);
      throw new LogtoError({
        kind: 'rate_limit',
        code: 'too_many_calls',
        message: `This server allows ${name} ${calls} times in ${windowMs / MINUTE_MS} minutes for the same ${per.join(' and ')}, so that nothing can be guessed with it. Nothing was sent.`,
        hint: `Try again in ${seconds} seconds, or look for another way to reach the goal.`,
        retry_after: seconds,
      });
    }
    const [first] = this.#calls.keys();
    if (this.#calls.size >= MAX_COUNTED_TARGETS && first !== undefined) {
      this.#calls.delete(first);
    }
    this.#calls.set(key, [...recent, now]);
  }
}
