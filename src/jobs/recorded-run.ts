/**
 * The writes of one script: checked when they are called, recorded instead of sent, and answered with what Logto would
 * answer. The recorded writes are those that are shown and sent; the script does not run a second time.
 */
import { randomBytes } from 'node:crypto';
import { entities } from '../catalog/entities.js';
import { Whole } from '../catalog/operation.js';
import type { Caller } from '../guard/call.js';
import type { Guard } from '../guard/guard.js';
import type { NamedOperation, Values } from '../guard/operation-graph.js';
import type { PreparedWrite } from '../guard/pending-write.js';
import { ReadCache } from '../guard/read-cache.js';
import { type EarlierChanges, refuseMembersPresent } from '../guard/whole-refusal.js';
import { type RunSource, withoutTimes } from '../guard/write-runs.js';
import { isEqual, isObject, listIn, textsIn, textsInside } from '../json.js';
import type { Session } from '../logto/session.js';
import { addressOf, OverlaySession, RecordedState } from './overlay-session.js';
import { ReadAhead } from './read-ahead.js';

/** One write of a script. */
export interface RecordedWrite {
  readonly write: PreparedWrite;
  /** Its placeholders, in the order of the entities that it creates. */
  readonly makes: readonly string[];
}

/** The kind of entity that an operation creates, for a placeholder: `createRole` -> `role`. */
const kindMadeBy = ({ name }: NamedOperation): string => name.replace(/^(create|add)_/, '');

/** The arguments of a call that are sent in its body. */
function bodyOf({ operation }: NamedOperation, values: Values): Values {
  const { body } = operation;
  const names = body instanceof Whole ? [body.argument] : Object.keys(body ?? {});
  return Object.fromEntries(
    names.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]),
  );
}

/** A write as JSON data. */
export interface StoredWrite {
  readonly operation: string;
  readonly values: Values;
  readonly replaceWhole: boolean;
  readonly makes: readonly string[];
  /** The current state of its target when the write was recorded. */
  readonly before: unknown;
  /**
   * Whether the target must have the same state when the run is restored: not after an earlier write of the run to the same
   * target was sent.
   */
  readonly comparesBefore: boolean;
}

/** A run as JSON data, from which another process restores it. */
export interface StoredRun {
  readonly id: string;
  readonly writes: readonly StoredWrite[];
}

/** A write as JSON data, with the arguments of its call. */
export const storedWrite = ({ write, makes }: RecordedWrite): StoredWrite => ({
  operation: write.entry.name,
  values: write.input,
  replaceWhole: write.replaceWhole,
  makes,
  before: write.before,
  comparesBefore: true,
});

/** A run that was restored. */
export interface RestoredRun {
  readonly run: RecordedRun;
  /** Its placeholders, by those of the stored run. */
  readonly placeholders: ReadonlyMap<string, string>;
}

export class RecordedRun {
  readonly id: string;
  readonly state: RecordedState;
  /** The tenant; each read is made once. */
  readonly tenant: Session;
  readonly #recorded: RecordedWrite[] = [];
  readonly #overlay: Session;
  readonly #readAhead: ReadAhead;
  /** Names of the entities that the script has listed, by id: a plan names people instead of ids. */
  readonly #names = new Map<string, string>();

  constructor(
    private readonly guard: Guard,
    private readonly caller: Pick<Caller, 'signal' | 'actor'>,
    /** What creates the run. */
    readonly source: RunSource,
    id?: string,
  ) {
    this.id = id ?? `run-${randomBytes(5).toString('hex')}`;
    this.state = new RecordedState(randomBytes(4).toString('hex'));
    this.tenant = new ReadCache(guard.runs.session);
    this.#overlay = new OverlaySession(this.tenant, this.state, true);
    this.#readAhead = new ReadAhead((entry, values) => this.#prepare(entry, values, false));
  }

  /** The name of an entity that the script has listed. */
  readonly nameOf = (id: string): string | undefined => this.#names.get(id);

  /** Remembers the name by which the script has addressed an entity. */
  addressed(id: string, name: string): void {
    this.#names.set(id, name);
  }

  /** Remembers what the script has listed: its next writes are probably about these items. */
  listed(items: readonly unknown[]): void {
    for (const item of items) {
      const { id, name, primaryEmail, primaryPhone, username } = isObject(item) ? item : {};
      // Anybody can take the display name of another account, so what Logto keeps unique follows it.
      const [address] = textsIn([primaryEmail, primaryPhone, username]).filter(Boolean);
      const [label] = textsIn([name, address]).filter(Boolean);
      if (typeof id === 'string' && label !== undefined) {
        this.#names.set(
          id,
          address === undefined || address === label ? label : `${label} (${address})`,
        );
      }
    }
    this.#readAhead.listed(items);
  }

  /** Reads what a write needs, before its turn. It decides nothing: the write itself is checked when it is recorded. */
  prefetch(entry: NamedOperation, values: Values): void {
    if (!this.refersToUnsent(values)) {
      this.#readAhead.start(entry, values);
    }
  }

  #prepare(entry: NamedOperation, values: Values, replaceWhole: boolean): Promise<PreparedWrite> {
    const { guard, caller } = this;
    return guard.runs.prepare(entry, values, { replaceWhole }, this.#overlay, caller);
  }

  get writes(): readonly RecordedWrite[] {
    return this.#recorded;
  }

  /** The run as JSON data. */
  stored(): StoredRun {
    return { id: this.id, writes: this.#recorded.map(storedWrite) };
  }

  /**
   * Restores a run that another process has recorded: every write is checked again, in the same order, and gets new
   * placeholders.
   *
   * @returns undefined if the state of a target differs from the one that was shown
   * @throws LogtoError for a write that is refused now
   */
  static async restore(
    stored: StoredRun,
    guard: Guard,
    caller: Pick<Caller, 'signal' | 'actor'>,
    source: RunSource,
  ): Promise<RestoredRun | undefined> {
    const run = new RecordedRun(guard, caller, source, stored.id);
    const placeholders = new Map<string, string>();
    for (const {
      operation,
      values,
      replaceWhole,
      makes,
      before,
      comparesBefore,
    } of stored.writes) {
      // Placeholders occur in arguments only, and the arguments remain an object.
      const input = substitute(values, placeholders) as Values;
      await run.record(await guard.runs.named(operation), input, replaceWhole);
      const recorded = run.writes.at(-1);
      for (const [index, placeholder] of makes.entries()) {
        placeholders.set(placeholder, recorded?.makes[index] ?? placeholder);
      }
      const shown = substitute(withoutTimes(before), placeholders);
      if (comparesBefore && !isEqual(withoutTimes(recorded?.write.before), shown)) {
        return undefined;
      }
    }
    return { run, placeholders };
  }

  /**
   * Checks a write and records it.
   *
   * @returns what Logto would answer: the merged image of an update, or the created entity with a placeholder for its id
   * @throws LogtoError for a refused write
   */
  async record(entry: NamedOperation, values: Values, replaceWhole: boolean): Promise<unknown> {
    this.#readAhead.continueFrom(entry, values);
    const write = await this.#prepare(entry, values, replaceWhole);
    refuseMembersPresent(write, this.#earlierChanges(write));
    const { answer, makes } = this.#apply(write);
    this.#recorded.push({ write, makes });
    return answer;
  }

  /** What this script has recorded about the members of the set that a write adds to. */
  #earlierChanges({ entry, values, change: { setField = '' } }: PreparedWrite): EarlierChanges {
    const address = addressOf(entry.operation, values);
    const last = new Map<unknown, 'added' | 'changed'>();
    if (entry.operation.refusesWhole?.presentCode !== undefined) {
      for (const { write } of this.#recorded.toReversed()) {
        const { change, values: sent } = write;
        const isSameSet =
          change.kind === 'add' && addressOf(write.entry.operation, sent) === address;
        const ids = isSameSet
          ? listIn(sent[setField])
          : change.kind === 'add'
            ? []
            : textsInside(sent);
        for (const id of ids.filter((member) => !last.has(member))) {
          last.set(id, isSameSet ? 'added' : 'changed');
        }
      }
    }
    return {
      adds: (id) => last.get(id) === 'added',
      mayRemove: (id) => last.get(id) === 'changed',
    };
  }

  /** Whether a value contains the placeholder of an entity that does not exist yet. */
  refersToUnsent(value: unknown): boolean {
    return typeof value === 'string'
      ? this.state.isUnsent(value)
      : typeof value === 'object' && value !== null
        ? Object.values(value).some((member) => this.refersToUnsent(member))
        : false;
  }

  /** Makes the result of the write visible to the script. @returns its answer */
  #apply(write: PreparedWrite): { readonly answer: unknown; readonly makes: readonly string[] } {
    const { entry, change, values, after } = write;
    const { operation } = entry;
    const address = addressOf(operation, values);
    switch (change.kind) {
      case 'create':
        return this.#make(write, address);
      case 'update': {
        const image = after ?? bodyOf(entry, values);
        if (change.read !== undefined) {
          const read = addressOf(change.read.operation, values);
          if (this.state.isUnsent(read)) {
            this.state.recordEntity(read, image);
          } else {
            this.state.recordUpdate(read, image);
          }
        }
        return { answer: image, makes: [] };
      }
      case 'add':
      case 'replace': {
        const field = change.setField;
        const ids = field === undefined ? undefined : values[field];
        if (this.state.isUnsent(address) && Array.isArray(ids)) {
          for (const id of ids) {
            this.state.addMember(address, this.#member(String(id)));
          }
        }
        return { answer: bodyOf(entry, values), makes: [] };
      }
      default:
        return {
          answer: operation.effect === 'removes' ? undefined : bodyOf(entry, values),
          makes: [],
        };
    }
  }

  /** A member of a set as a list shows it, with its known members if the script itself has created it. */
  #member(id: string): unknown {
    for (const { read } of Object.values(entities)) {
      const entity =
        read === undefined
          ? undefined
          : this.state.entity(`/api/${read.replace(/^get_/, '')}s/${id}`);
      if (entity !== undefined) {
        return entity;
      }
    }
    return { id };
  }

  #make({ entry, values }: PreparedWrite, address: string) {
    const { operation } = entry;
    const isBatch = address.endsWith('/batch');
    const collection = isBatch ? address.slice(0, -'/batch'.length) : address;
    const body = bodyOf(entry, values);
    const input = operation.body instanceof Whole ? body[operation.body.argument] : body;
    const createdEntities = (Array.isArray(input) ? input : [input]).map((item: unknown) => {
      const members: Values = isObject(item) ? item : {};
      const id =
        typeof members['id'] === 'string'
          ? members['id']
          : this.state.placeholder(kindMadeBy(entry));
      const entity = { ...members, id };
      this.state.recordEntity(`${collection}/${id}`, entity);
      // Below an existing entity, a name could be the id of another one.
      if (typeof members['name'] === 'string' && this.state.isUnsent(collection)) {
        this.state.recordEntity(`${collection}/${members['name']}`, entity);
      }
      this.state.addMember(collection, entity);
      return { id, entity };
    });
    return {
      answer: Array.isArray(input)
        ? createdEntities.map(({ entity }) => entity)
        : createdEntities[0]?.entity,
      makes: createdEntities.map(({ id }) => id).filter((id) => this.state.isUnsent(id)),
    };
  }
}

/** A value with other texts in place of its placeholders, at every depth. */
export function substitute(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') {
    let text = value;
    for (const [placeholder, id] of ids) {
      text = text.replaceAll(placeholder, id);
    }
    return text;
  }
  if (Array.isArray(value)) {
    return value.map((item) => substitute(item, ids));
  }
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, member]) => [
          substitute(name, ids),
          substitute(member, ids),
        ]),
      )
    : value;
}
