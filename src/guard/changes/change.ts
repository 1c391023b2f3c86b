/**
 * A kind of change: what a write finds, whether it was made, what it leaves, and how it is reversed. Each kind is one class
 * in a file of its own; everything else treats all kinds alike.
 */
import { reachOf } from '../../catalog/operation.js';
import { isEqual, isObject, memberOf } from '../../json.js';
import { LogtoError } from '../../logto/errors.js';
import type { Reply } from '../../logto/session.js';
import {
  bodyOf,
  type CatalogOperation,
  type OperationGraph,
  parametersOf,
  pathFor,
  type Values,
  type WriteStep,
} from '../operation-graph.js';
import { lacksSecrets } from '../secrets/detection.js';
import type { Reads } from '../tenant-reader.js';
import type { JournalEntry } from '../undo/journal.js';

/** One field of a write, as it is and as it would be. */
export interface FieldChange {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** The calls that undo a change, in this order. */
export interface UndoPlan {
  readonly steps: readonly WriteStep[];
  /** What they do not restore. */
  readonly notes: readonly string[];
}

/** A write with what it finds. */
export interface FoundWrite {
  readonly values: Values;
  readonly before: unknown;
}

/** Organization roles that go with the members of a set, by the id of the member. */
export type HeldRoles = Readonly<Record<string, readonly string[]>>;

/** Reasons that have nothing to do with the kind of change. */
export const reasons = {
  deleted: 'what is deleted is gone, with its id and everything that belonged to it',
  notKnown: 'what was there before is not known',
  notTold: 'Logto did not say what it had made',
  secrets: 'the journal keeps no secrets',
  nothingAdded: 'it had added nothing that was not there before',
  nothingBefore: 'nothing was there before, and Logto has no operation that removes it again',
  outcomeUnknown: 'it is not known whether it was made',
} as const;

/** The error for a change that cannot be undone. */
export const cannotUndo = (id: string, why: string): LogtoError =>
  new LogtoError({
    kind: 'conflict',
    code: 'cannot_undo',
    message: `The change ${id} cannot be undone: ${why}. Nothing was changed.`,
    hint: `list_changes with change "${id}" shows what it did and what was there before, without secrets, as far as the journal has it.`,
  });

/** The error for a change on whose result something else was built. */
export const changedSince = (id: string): LogtoError =>
  cannotUndo(id, 'what it changed has been changed again since');

/** Whether everything wanted is there; other members may be there too. */
export function covers(there: unknown, wanted: unknown): boolean {
  if (isObject(there) && isObject(wanted)) {
    return Object.entries(wanted).every(([name, value]) => covers(there[name], value));
  }
  // Logto stores an empty text as null.
  return isEqual(there, wanted) || (wanted === '' && there === null);
}

/** Members that Logto itself updates. */
const movingMembers: ReadonlySet<string> = new Set(['updatedAt', 'lastSignInAt', 'createdAt']);

/** Whether an entity still is what it was when it was made. */
export const isAsMade = (made: unknown, now: Readonly<Record<string, unknown>>): boolean =>
  !isObject(made) ||
  Object.entries(made).every(
    ([name, value]) =>
      movingMembers.has(name) ||
      !Object.hasOwn(now, name) ||
      lacksSecrets(value) ||
      isEqual(value, now[name]),
  );

/** What the undo of a change does, by its kind; a clause after "this". */
export const undoEffects: Readonly<Record<Change['kind'], string>> = {
  create: 'deletes what was created',
  update: 'restores what was there before',
  replace: 'restores the former list',
  add: 'removes what was added',
  remove: 'adds back what was removed',
  upsert: 'restores the former entries',
  pair: 'restores the former assignments',
  attach: 'removes what was added',
  delete: 'restores what was deleted',
  other: 'restores what was there before',
};

export abstract class Change {
  abstract readonly kind:
    | 'create'
    | 'update'
    | 'replace'
    | 'add'
    | 'remove'
    | 'upsert'
    | 'pair'
    | 'attach'
    | 'delete'
    | 'other';

  /** The operation that reads what the write changes. */
  readonly read: CatalogOperation | undefined = undefined;

  constructor(
    readonly entry: CatalogOperation,
    protected readonly graph: OperationGraph,
  ) {}

  /** Whether it deletes an entity, or many at once. */
  get deletes(): boolean {
    return false;
  }

  /** The field that holds the members of a set; undefined where the write is about no set. */
  get setField(): string | undefined {
    return undefined;
  }

  /** Whether a record without an outcome can be undone, because reading tells whether it was made. */
  get verifiable(): boolean {
    return false;
  }

  /** What the write finds; undefined when there is nothing to read, or too much. */
  async before(_values: Values, _reads: Reads): Promise<unknown> {
    return undefined;
  }

  /** What an update finds, under the names of its fields; otherwise what was found itself. */
  image(before: unknown): unknown {
    return before;
  }

  /** The ids of the members of a set that would no longer be in it. */
  async removedMembers(_write: FoundWrite, _reads: Reads): Promise<readonly unknown[]> {
    return [];
  }

  /** Organization roles that the removed members hold, which go with their membership. */
  async rolesHeldBy(
    _values: Values,
    _members: readonly unknown[],
    _reads: Reads,
  ): Promise<HeldRoles> {
    return {};
  }

  /** The fields that it changes. */
  changes({ values }: FoundWrite): readonly FieldChange[] {
    return Object.entries(bodyOf(this.entry, values)).map(([field, after]) => ({
      field,
      before: undefined,
      after,
    }));
  }

  /** Significant fields that it drops because a PUT does not name them. */
  droppedFields(_write: FoundWrite): readonly FieldChange[] {
    return [];
  }

  /** Whether what the write would remove was there when it was read. */
  wasThere({ before }: FoundWrite): boolean {
    return before !== undefined;
  }

  /**
   * Whether the write has been made, by what is there `now`.
   *
   * @returns undefined when that cannot be told
   */
  verify(_write: FoundWrite, _now: unknown): boolean | undefined {
    return undefined;
  }

  /** What the write has left, as an undo must find it. */
  async after({ values }: FoundWrite, _reply: Reply, _reads: () => Reads): Promise<unknown> {
    return bodyOf(this.entry, values);
  }

  /** Why no change by this operation can be undone; undefined where it can, or where only the change itself tells. */
  neverUndone(): string | undefined {
    return this.entry.operation.undo?.blocked;
  }

  /** Why this change cannot be undone, as far as the record tells. */
  blocker(_record: JournalEntry): string | undefined {
    return undefined;
  }

  /**
   * The calls that undo a change.
   *
   * @throws LogtoError with the reason when something has changed since
   */
  abstract inverse(record: JournalEntry, reads: Reads): Promise<UndoPlan>;

  /** The fields that an undo sets again, with their former values; undefined where it adds or removes. */
  formerFields(_record: JournalEntry): Values | undefined {
    return undefined;
  }

  /** What cannot be recalled because it left the tenant. */
  protected sentNotes({ arguments: values }: JournalEntry): readonly string[] {
    const reaches = reachOf(this.entry.operation, values);
    const { undo } = this.entry.operation;
    return [
      ...(reaches === undefined
        ? []
        : [`Not undone: ${reaches}. What has been sent cannot be recalled.`]),
      ...(undo?.leaves === undefined ? [] : [`Not undone: ${undo.leaves}`]),
    ];
  }

  /** The calls of `remove` that remove these, each by the values at the end of its path. */
  protected removals(
    remove: CatalogOperation,
    values: Values,
    all: readonly (readonly unknown[])[],
  ): WriteStep[] {
    const parameters = parametersOf(remove.operation.url);
    return all.map((names) => ({
      entry: remove,
      values: {
        ...pathFor(remove, this.entry, values),
        ...Object.fromEntries(
          names.map((name, index) => [parameters.at(index - names.length) ?? '', name]),
        ),
      },
    }));
  }
}

/** The steps of an undo that were not made before. */
export const remaining = (
  { undoSteps }: JournalEntry,
  steps: readonly WriteStep[],
  notes: readonly string[] = [],
): UndoPlan => ({
  steps: steps.filter(
    ({ entry: { name }, values }) =>
      !undoSteps.some((made) => made.operation === name && covers(made.arguments, values)),
  ),
  notes,
});

/**
 * An undo of what was added, all of which must still be there. Where the outcome is not known, that tells whether it was
 * made at all.
 */
export function ifStillThere(
  record: JournalEntry,
  steps: readonly WriteStep[],
  notes: readonly string[],
  isThere: (step: WriteStep) => boolean,
): UndoPlan {
  const { id, outcome } = record;
  const plan = remaining(record, steps, notes);
  if (!plan.steps.every(isThere)) {
    throw outcome === 'unknown'
      ? cannotUndo(id, 'it is not there as it would have left it')
      : changedSince(id);
  }
  return plan;
}

/** The value under which an entity is named in the last parameter of `remove`; undefined where it is not told. */
export const nameFor = (thing: unknown, parameter: string): unknown =>
  memberOf(thing, parameter) ?? memberOf(thing, 'id') ?? memberOf(thing, 'name');
