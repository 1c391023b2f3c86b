/**
 * The writes of one script: checked when they are called, recorded instead of sent, and answered with what Logto would
 * answer. What was recorded is what is shown and what is sent; the script does not run a second time.
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
  /** The placeholders that it makes, in the order of the things that it makes. */
  readonly makes: readonly string[];
}

/** What an operation is called that makes something, for a placeholder: `createRole` -> `role`. */
const kindMadeBy = ({ name }: NamedOperation): string => name.replace(/^(create|add)_/, '');

/** The arguments of a call that travel in its body. */
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
  /** What the write has found. */
  readonly before: unknown;
  /** Whether it must find the same again: not where an earlier write of the run was sent to the same target. */
  readonly comparesBefore: boolean;
}

/** A run as JSON data, from which another process makes it again. */
export interface StoredRun {
  readonly id: string;
  readonly writes: readonly StoredWrite[];
}

/** A write as JSON data, with the values that it was called with. */
export const storedWrite = ({ write, makes }: RecordedWrite): StoredWrite => ({
  operation: write.entry.name,
  values: write.input,
  replaceWhole: write.replaceWhole,
  makes,
  before: write.before,
  comparesBefore: true,
});

/** A run that was made again. */
export interface RestoredRun {
  readonly run: RecordedRun;
  /** Its placeholders, by those of the stored run. */
  readonly placeholders: ReadonlyMap<string, string>;
}

export class RecordedRun {
  readonly id: string;
  readonly state: RecordedState;
  /** The tenant, each read of it once. */
  readonly tenant: Session;
  readonly #recorded: RecordedWrite[] = [];
  readonly #overlay: Session;
  readonly #readAhead: ReadAhead;
  /** Names of what the script has listed, by id: a plan names people instead of ids. */
  readonly #names = new Map<string, string>();

  constructor(
    private readonly guard: Guard,
    private readonly caller: Pick<Caller, 'signal' | 'actor'>,
    /** What makes the run. */
    readonly source: RunSource,
    id?: string,
  ) {
    this.id = id ?? `run-${randomBytes(5).toString('hex')}`;
    this.state = new RecordedState(randomBytes(4).toString('hex'));
    this.tenant = new ReadCache(guard.runs.session);
    this.#overlay = new OverlaySession(this.tenant, this.state, true);
    this.#readAhead = new ReadAhead((entry, values) => this.#prepare(entry, values, false));
  }

  /** The name of something that the script has listed. */
  readonly nameOf = (id: string): string | undefined => this.#names.get(id);

  /** Remembers the name by which the script has addressed something. */
  addressed(id: string, name: string): void {
    this.#names.set(id, name);
  }

  /** Remembers what the script has listed: its next writes are probably about these. */
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
   * Makes a run again that another process has recorded: every write is checked again, in the same order. Its placeholders
   * are new ones.
   *
   * @returns undefined where a write finds something else than when it was shown
   * @throws LogtoError for what is refused by now
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
      // Placeholders stand in arguments alone, which stay an object.
      const input = substitute(values, placeholders) as Values;
      await run.record(await guard.runs.named(operation), input, replaceWhole);
      const recorded = run.writes.at(-1);
      for (const [place, made] of makes.entries()) {
        placeholders.set(made, recorded?.makes[place] ?? made);
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
   * @returns what Logto would answer: the merged image of an update, the thing that is made with a placeholder for its id
   * @throws LogtoError for everything that is refused
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
        for (const id of ids.filter((one) => !last.has(one))) {
          last.set(id, isSameSet ? 'added' : 'changed');
        }
      }
    }
    return {
      adds: (id) => last.get(id) === 'added',
      mayRemove: (id) => last.get(id) === 'changed',
    };
  }

  /** Whether a value contains the placeholder of something that is not made yet. */
  refersToUnsent(value: unknown): boolean {
    return typeof value === 'string'
      ? this.state.isUnsent(value)
      : typeof value === 'object' && value !== null
        ? Object.values(value).some((one) => this.refersToUnsent(one))
        : false;
  }

  /** Makes what the write leaves visible to the script, and answers it. */
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
            this.state.recordThing(read, image);
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

  /** A member of a set as a list shows it: with what is known of it when the script has made it itself. */
  #member(id: string): unknown {
    for (const { read } of Object.values(entities)) {
      const thing =
        read === undefined
          ? undefined
          : this.state.thing(`/api/${read.replace(/^get_/, '')}s/${id}`);
      if (thing !== undefined) {
        return thing;
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
    const things = (Array.isArray(input) ? input : [input]).map((item: unknown) => {
      const members: Values = isObject(item) ? item : {};
      const id =
        typeof members['id'] === 'string'
          ? members['id']
          : this.state.placeholder(kindMadeBy(entry));
      const thing = { ...members, id };
      this.state.recordThing(`${collection}/${id}`, thing);
      // Below something that exists already, a name could be the id of another thing.
      if (typeof members['name'] === 'string' && this.state.isUnsent(collection)) {
        this.state.recordThing(`${collection}/${members['name']}`, thing);
      }
      this.state.addMember(collection, thing);
      return { id, thing };
    });
    return {
      answer: Array.isArray(input) ? things.map(({ thing }) => thing) : things[0]?.thing,
      makes: things.map(({ id }) => id).filter((id) => this.state.isUnsent(id)),
    };
  }
}

/** A value with other texts in place of the placeholders that stand in it, at every depth. */
export function substitute(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') {
    let text = value;
    for (const [placeholder, id] of ids) {
      text = text.replaceAll(placeholder, id);
    }
    return text;
  }
  if (Array.isArray(value)) {
    return value.map((one) => substitute(one, ids));
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
