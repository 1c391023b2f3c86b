/**
 * Many writes as one: prepared one by one against a session of the caller's choice, shown and confirmed together, and sent
 * with the values that were shown. A script's writes pass here, through the same steps as a single call.
 */
import { fingerprint, isEqual, isObject, memberOf } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { Session } from '../logto/session.js';
import { ownerOf } from './actor.js';
import type { Caller, Done, WriteOptions } from './call.js';
import { countsDiffer } from './confirm/cascade.js';
import type { PlannedWrite, WriteState } from './confirm/confirmation.js';
import { fullLabelOf } from './entity-refs.js';
import { withReadableErrors } from './errors.js';
import {
  type CatalogOperation,
  type NamedOperation,
  parametersOf,
  type Values,
} from './operation-graph.js';
import { type PreparedWrite, secretPathsOf } from './pending-write.js';
import type { RateLimits } from './policy/rate-limits.js';
import type { WritePreparation } from './prepare-write.js';
import { ReadCache } from './read-cache.js';
import { withoutSecrets } from './secrets/detection.js';
import { TenantReader } from './tenant-reader.js';
import { oneLine } from './visible-text.js';

/** Targets that are read again at a time. */
const MAX_PARALLEL = 16;

/** Targets that an error about a changed tenant names. */
const MAX_NAMED = 5;

/** What a write that was shown in full depends on, apart from its target. */
export type ShownState = Pick<WriteState, 'counts' | 'observed'>;

/** What makes a run of many writes. */
export interface RunSource {
  /** Its name in the journal: `run_script`, `apply_configuration`. */
  readonly tool: string;
  /** Its name in messages. */
  readonly noun: 'script' | 'manifest';
}

/** What the journal stores of a run with each of its writes. */
export interface RunLabel {
  readonly id: string;
  /** The tool that makes the run. */
  readonly tool: string;
  /** How many writes it has, sent or not. */
  readonly writes: number;
}

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
    run: RunLabel,
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
    return (await this.options.preparation()).graph.keyed(name);
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
    const preparation = await this.options.preparation();
    const entry = preparation.graph.keyed(outline.name);
    const reads = new TenantReader(session).unlimited(signal);
    return withReadableErrors(
      () => preparation.prepare(entry, values, { replaceWhole, actor }, reads),
      outline,
      values,
    );
  }

  /** What a person is shown of one write, and what that depends on. */
  async describe(write: PreparedWrite): Promise<PlannedWrite> {
    return (await this.options.preparation()).describe(write);
  }

  /** How many of the writes make a secret that this server can neither show nor save. */
  async countUnsavedSecrets(writes: readonly PreparedWrite[]): Promise<number> {
    const preparation = await this.options.preparation();
    return writes.filter((write) => preparation.makesUnsavedSecret(write)).length;
  }

  /** What a write acts on, as a person knows it, without a further read; undefined where nothing names it. */
  labelOf(
    { entry, before, input }: PreparedWrite,
    nameOf: (id: string) => string | undefined = () => undefined,
  ): string | undefined {
    const inPath = entry.operation.entities.filter((entity) => entity.inPath === true);
    const [target] = inPath;
    const label = target === undefined ? undefined : fullLabelOf(target.kind, before);
    if (label !== undefined) {
      return label;
    }
    // Of a relation, both sides: which role is taken from which user.
    const ids = inPath.flatMap(({ kind, path }) => {
      const id = input[path];
      return typeof id === 'string' ? [`${kind} ${nameOf(id) ?? id}`] : [];
    });
    const named = ['name', 'username', 'primaryEmail', 'email', 'invitee']
      .map((member) => input[member])
      .find((value) => typeof value === 'string');
    return ids.length > 0 ? ids.join(', ') : typeof named === 'string' ? named : undefined;
  }

  /**
   * Refuses a run that would exceed a ceiling of the policy, before its first write.
   *
   * @param source what the error names
   * @throws LogtoError of kind `permission`
   */
  async requireCapacity(
    writes: readonly PreparedWrite[],
    caller: Pick<Caller, 'actor'>,
    { noun }: Pick<RunSource, 'noun'>,
  ): Promise<void> {
    const removals = writes.reduce<number | undefined>(
      (sum, { removals: count }) =>
        sum === undefined || count === undefined ? undefined : sum + count,
      0,
    );
    await this.options.limits.check(`the ${noun}`, removals, ownerOf(caller), writes.length);
  }

  /**
   * Reads the targets of a run again, and compares them with what the script has read of them.
   *
   * @param shown of the writes that were shown in full: what they depend on, which is looked up again
   * @throws LogtoError of kind `conflict` that names the targets that have changed, and their differences
   */
  async requireUnchanged(
    writes: readonly PreparedWrite[],
    shown: ReadonlyMap<PreparedWrite, ShownState>,
    signal: AbortSignal,
  ): Promise<void> {
    // Of several writes that read the same, only the first has found the tenant as it was.
    const firsts = new Map<string, PreparedWrite>();
    const targets: PreparedWrite[] = [];
    for (const write of writes) {
      const key = readKeyOf(write);
      if (!firsts.has(key)) {
        firsts.set(key, write);
        targets.push(write);
      } else if (shown.has(write)) {
        targets.push(write);
      }
    }
    const session = new ReadCache(this.options.session);
    const changed: string[] = [];
    // One queue for all that check at the same time.
    const queue = targets.values();
    const check = async (): Promise<void> => {
      for (const write of queue) {
        const isFirst = firsts.get(readKeyOf(write)) === write;
        const difference = await this.#difference(write, isFirst, shown.get(write), {
          session,
          signal,
        });
        if (difference !== undefined) {
          changed.push(`${this.labelOf(write) ?? write.entry.name} (${difference})`);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(MAX_PARALLEL, targets.length) }, check));
    if (changed.length > 0) {
      const more = changed.length > MAX_NAMED ? ` and ${changed.length - MAX_NAMED} more` : '';
      throw new LogtoError({
        kind: 'conflict',
        code: 'plan_refused',
        message: `${changed.length} of the targets changed after the script had read them: ${changed
          .slice(0, MAX_NAMED)
          .map((label) => oneLine(label))
          .join('; ')}${more}. Nothing was sent.`,
        hint: 'Run the script again: it reads the tenant as it is now.',
      });
    }
  }

  /** How the target of a write differs from what was read of it; undefined where it does not. */
  async #difference(
    write: PreparedWrite,
    isFirst: boolean,
    shown: ShownState | undefined,
    { session, signal }: { readonly session: Session; readonly signal: AbortSignal },
  ): Promise<string | undefined> {
    const reads = new TenantReader(session).unlimited(signal);
    try {
      if (isFirst) {
        const now = withoutTimes(await write.change.before(write.input, reads));
        const before = withoutTimes(write.before);
        if (!isEqual(now, before)) {
          return differenceIn(before, now, secretPathsOf(write.change));
        }
      }
      if (shown !== undefined) {
        const state = await (await this.options.preparation()).stateOf({ ...write, reads });
        if (countsDiffer(shown.counts, state.counts)) {
          return 'what it cascades to has changed';
        }
        if (!isEqual(withoutTimes(shown.observed), withoutTimes(state.observed))) {
          return 'what it acts on has changed';
        }
      }
      return undefined;
    } catch (error) {
      if (error instanceof LogtoError) {
        return write.isRead ? `it cannot be read: ${error.failure.message}` : undefined;
      }
      throw error;
    }
  }

  /** Sends one write of a run with the values that it has by now. */
  send(
    write: PreparedWrite,
    values: Values,
    run: RunLabel,
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

/** What a write reads of its target: the same for writes that read the same. */
const readKeyOf = ({ change: { read }, entry, input }: PreparedWrite): string =>
  read === undefined
    ? `${entry.name} ${fingerprint(input)}`
    : `${read.name} ${JSON.stringify(parametersOf(entry.operation.url).map((name) => input[name]))}`;

/** Removes the times that Logto updates: a sign-in between plan and confirmation is no reason to refuse the plan. */
export const withoutTimes = (value: unknown): unknown => {
  if (Array.isArray(value)) {
    return value.map(withoutTimes);
  }
  if (!isObject(value)) {
    return value;
  }
  const { updatedAt: _, lastSignInAt: __, ...rest } = value;
  return rest;
};

/** Characters of a value in an error about a changed target. */
const MAX_VALUE_CHARS = 60;

/** Members of a changed target that an error names. */
const MAX_NAMED_MEMBERS = 3;

const shortJson = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS)}...` : text;
};

/** How two states of a target differ, in words, without secrets. */
function differenceIn(before: unknown, now: unknown, secretPaths: readonly string[]): string {
  if (before === undefined || now === undefined) {
    return now === undefined ? 'it is gone' : 'it exists now';
  }
  if (Array.isArray(before) && Array.isArray(now)) {
    const added = now.filter((item) => !before.some((other) => isEqual(item, other))).length;
    const removed = before.filter((item) => !now.some((other) => isEqual(item, other))).length;
    return `${added} members are new or changed, ${removed} are gone or changed`;
  }
  if (!isObject(before) || !isObject(now)) {
    return 'its value is another one';
  }
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
    (name) => !isEqual(before[name], now[name]),
  );
  const shown = (value: Values, name: string): string =>
    shortJson(memberOf(withoutSecrets({ [name]: value[name] }, secretPaths), name));
  const listed = names
    .slice(0, MAX_NAMED_MEMBERS)
    .map((name) => `${name}: ${shown(before, name)} -> ${shown(now, name)}`);
  const more = names.length - listed.length;
  return `${listed.join(', ')}${more > 0 ? ` and ${more} more members` : ''}`;
}
