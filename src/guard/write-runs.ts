/**
 * Many writes as one: prepared one by one against a session of the caller's choice, shown and confirmed together, and sent
 * with the values that were shown. A script's writes pass here, through the same steps as a single call.
 */
import { isEqual, isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { Session } from '../logto/session.js';
import { ownerOf } from './actor.js';
import type { Caller, Done, WriteOptions } from './call.js';
import type { Preview } from './confirm/preview.js';
import { labelOf } from './entity-refs.js';
import { withReadableErrors } from './errors.js';
import {
  type CatalogOperation,
  type NamedOperation,
  queueKeyOf,
  type Values,
} from './operation-graph.js';
import type { PreparedWrite } from './pending-write.js';
import type { RateLimits } from './policy/rate-limits.js';
import type { WritePreparation } from './prepare-write.js';
import { TenantReader } from './tenant-reader.js';

/** Targets that are read again at a time. */
const MAX_PARALLEL = 8;

/** Targets that an error about a changed tenant names. */
const MAX_NAMED = 5;

export interface WriteRunOptions {
  readonly session: Session;
  readonly limits: RateLimits;
  readonly preparation: () => Promise<WritePreparation>;
  /** @throws LogtoError for an operation that may not be run */
  readonly requirePermitted: (entry: NamedOperation) => void;
  /** Reads through a session of the caller's choice, and redacts the answer. */
  readonly read: (
    entry: NamedOperation,
    values: Values,
    session: Session,
    signal: AbortSignal,
  ) => Promise<Done>;
  /** Sends one prepared write as a part of a run, after the others on the same entity. */
  readonly send: (
    write: PreparedWrite,
    caller: Pick<Caller, 'signal' | 'client' | 'actor'>,
    run: string,
  ) => Promise<Done>;
}

export class WriteRuns {
  constructor(private readonly options: WriteRunOptions) {}

  /** The session with the tenant, below what a run has recorded. */
  get session(): Session {
    return this.options.session;
  }

  /** The operation of a name. @throws Error for one that the catalog does not have */
  async named(name: string): Promise<CatalogOperation> {
    const entry = (await this.options.preparation()).graph.named(name);
    if (entry === undefined) {
      throw new Error(`The catalog has no ${name}.`);
    }
    return entry;
  }

  /** Reads what a run has recorded, or the tenant. @throws LogtoError for everything that is refused */
  read(
    entry: NamedOperation,
    values: Values,
    session: Session,
    signal: AbortSignal,
  ): Promise<Done> {
    this.options.requirePermitted(entry);
    return withReadableErrors(
      () => this.options.read(entry, values, session, signal),
      entry,
      values,
    );
  }

  /**
   * Checks a write as a single call would, and sends nothing but reads.
   *
   * @param session the reads go through it: it may show what the same run has recorded
   * @throws LogtoError for everything that is refused
   */
  async prepare(
    outline: NamedOperation,
    values: Values,
    { replaceWhole = false }: WriteOptions,
    session: Session,
    { signal, actor }: Pick<Caller, 'signal' | 'actor'>,
  ): Promise<PreparedWrite> {
    this.options.requirePermitted(outline);
    const preparation = await this.options.preparation();
    const entry = await this.named(outline.name);
    const reads = new TenantReader(session).unlimited(signal);
    return withReadableErrors(
      () => preparation.prepare(entry, values, { replaceWhole, actor }, reads),
      outline,
      values,
    );
  }

  /** What a person is shown of one write. */
  async preview(write: PreparedWrite): Promise<Preview> {
    return (await (await this.options.preparation()).describe(write)).preview;
  }

  /** What a write acts on, as a person knows it, without a further read; undefined where nothing names it. */
  labelOf({ entry, before, input }: PreparedWrite): string | undefined {
    const target = entry.operation.entities.find(({ inPath }) => inPath === true);
    const own = target === undefined ? undefined : labelOf(target.kind, before);
    if (own !== undefined) {
      const known = Object.values(own.known_by ?? {})[0];
      return known === undefined || known === own.name ? own.name : `${own.name} (${known})`;
    }
    const id = target === undefined ? undefined : input[target.path];
    const named = ['name', 'username', 'primaryEmail', 'email', 'invitee']
      .map((member) => input[member])
      .find((value) => typeof value === 'string');
    return typeof id === 'string'
      ? `${target?.kind ?? ''} ${id}`.trim()
      : typeof named === 'string'
        ? named
        : undefined;
  }

  /**
   * Refuses a run that would exceed a ceiling of the policy, before its first write.
   *
   * @throws LogtoError of kind `permission`
   */
  async requireCapacity(
    writes: readonly PreparedWrite[],
    caller: Pick<Caller, 'actor'>,
  ): Promise<void> {
    const removals = writes.reduce<number | undefined>(
      (sum, { removals: own }) => (sum === undefined || own === undefined ? undefined : sum + own),
      0,
    );
    await this.options.limits.check('the script', removals, ownerOf(caller), writes.length);
  }

  /**
   * Reads the targets of a run again, and compares them with what was shown.
   *
   * @throws LogtoError of kind `conflict` that names the targets that have changed
   */
  async requireUnchanged(writes: readonly PreparedWrite[], signal: AbortSignal): Promise<void> {
    // Of several writes on one target only the first has found the tenant as it was.
    const firsts = new Map<string, PreparedWrite>();
    for (const write of writes) {
      const key = `${queueKeyOf(write.entry, write.input)} ${write.change.read?.name ?? ''}`;
      if (!firsts.has(key)) {
        firsts.set(key, write);
      }
    }
    const targets = [...firsts.values()];
    const changed: string[] = [];
    let next = 0;
    const check = async (): Promise<void> => {
      while (next < targets.length) {
        const write = targets[next];
        next += 1;
        if (write !== undefined && !(await this.#isUnchanged(write, signal))) {
          changed.push(this.labelOf(write) ?? write.entry.name);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(MAX_PARALLEL, targets.length) }, check));
    if (changed.length > 0) {
      const more = changed.length > MAX_NAMED ? ` and ${changed.length - MAX_NAMED} more` : '';
      throw new LogtoError({
        kind: 'conflict',
        code: 'plan_refused',
        message: `The plan was made before ${changed.length} of its targets changed: ${changed
          .slice(0, MAX_NAMED)
          .map((label) => JSON.stringify(label))
          .join(', ')}${more}. Nothing was changed.`,
        hint: 'Run the script again for a new plan.',
      });
    }
  }

  async #isUnchanged(write: PreparedWrite, signal: AbortSignal): Promise<boolean> {
    const reads = new TenantReader(this.options.session).unlimited(signal);
    try {
      const now = await write.change.before(write.input, reads);
      return isEqual(withoutTimes(now), withoutTimes(write.before));
    } catch (error) {
      if (error instanceof LogtoError) {
        return !write.isRead;
      }
      throw error;
    }
  }

  /** Sends one write of a run with the values that it has by now. */
  send(
    write: PreparedWrite,
    values: Values,
    run: string,
    caller: Pick<Caller, 'signal' | 'client' | 'actor'>,
  ): Promise<Done> {
    this.options.requirePermitted(write.entry);
    return withReadableErrors(
      () => this.options.send({ ...write, values }, caller, run),
      write.entry,
      values,
    );
  }
}

/** Logto itself moves these on; a sign-in is no reason to refuse a plan. */
export const withoutTimes = (value: unknown): unknown => {
  if (!isObject(value)) {
    return value;
  }
  const { updatedAt: _, lastSignInAt: __, ...rest } = value;
  return rest;
};
