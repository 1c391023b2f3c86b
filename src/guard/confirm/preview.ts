/** A write as it is shown before it is made. */
import { memberRoleWords } from '../../catalog/cascades.js';
import { reachOf } from '../../catalog/operation.js';
import { isEqual, isObject, memberOf } from '../../json.js';
import type { FieldChange } from '../changes/change.js';
import { bodyOf, storedValue } from '../operation-graph.js';
import { type PreparedWrite, secretPathsOf } from '../pending-write.js';
import { withoutSecrets } from '../secrets/detection.js';
import { oneLine } from '../visible-text.js';
import { type Count, countText } from './cascade.js';
import { namesDropped } from './diff.js';
import type { ShownStep } from './entity-names.js';
import type { WriteTargets } from './targets.js';
import { unsavedSecrets } from './unsaved-secrets.js';

/** Writes of one operation that an undo leaves for the same reason. */
export interface LeftWrites {
  readonly operation: string;
  readonly does: string;
  readonly times: number;
  readonly because: string;
  /** Their ids in the journal. */
  readonly changes: readonly string[];
}

export interface Preview {
  readonly operation: string;
  readonly does: string;
  /** Why it asks: what can happen, by its risk. */
  readonly risks?: Readonly<Record<string, string>>;
  readonly profile?: string;
  /** The entity by the name that a person knows. Everyone who may edit the entity can choose it. */
  readonly acts_on?: string;
  /** What tells it apart: verified or unique members. */
  readonly known_by?: Readonly<Record<string, string>>;
  /** What is changed or removed inside of it, by its name: a member, a secret, a scope. */
  readonly target?: Readonly<Record<string, string>>;
  /** What else the call says, apart from the fields. */
  readonly arguments?: unknown;
  /** The names of ids in the call. */
  readonly names?: Readonly<Record<string, string>>;
  readonly changes?: readonly {
    readonly field: string;
    readonly before?: unknown;
    readonly after: unknown;
  }[];
  /** Members, entries of lists, or ids of a set that would be gone. */
  readonly loses?: readonly unknown[];
  /** What a removal cascades to: counts in words, also of what cannot be counted. */
  readonly cascades?: Readonly<Record<string, string>>;
  readonly reaches?: string;
  /** What becomes of the secrets that it makes, where no one gets them from this server. */
  readonly new_secrets?: string;
  /** Of an undo: the change that it undoes. */
  readonly undoes?: string;
  /** Of an undo: what that change did. */
  readonly undone?: string | undefined;
  /** Why it asks, beside the risks of its call: by later calls of an undo, or as the undo of a run. */
  readonly asks_because?: readonly string[];
  /** Of an undo with several calls: all of them. */
  readonly steps?: readonly ShownStep[];
  /** Of the undo of a run: writes that it leaves, and why. */
  readonly not_undone?: readonly LeftWrites[];
}

/** Members that are shown one by one, and characters of one text. */
const MAX_SHOWN_MEMBERS = 60;
const MAX_SHOWN_CHARACTERS = 4000;

const shortened = (value: unknown): unknown =>
  typeof value === 'string' && value.length > MAX_SHOWN_CHARACTERS
    ? `${value.slice(0, MAX_SHOWN_CHARACTERS)}... (${value.length} characters)`
    : value;

/** One value in four forms: as it is and would be, each with and without secrets, and as the caller gave it. */
interface ComparedField {
  readonly before: unknown;
  readonly after: unknown;
  readonly shownBefore: unknown;
  readonly shownAfter: unknown;
  readonly given: unknown;
}

/**
 * The members that differ, by their dotted names. A secret that is given is always shown as changed, so
 * that a right guess looks like a wrong one.
 */
function memberChanges(field: string, compared: ComparedField): FieldChange[] {
  const { before, after, shownBefore, shownAfter, given } = compared;
  const isNested = isObject(shownAfter) && (before === undefined || isObject(before));
  if (isNested && (isObject(before) || Object.keys(shownAfter).length > 0)) {
    const names = new Set([
      ...Object.keys(isObject(before) ? before : {}),
      ...Object.keys(shownAfter),
    ]);
    return [...names].flatMap((name) =>
      memberChanges(`${field}.${name}`, {
        before: memberOf(before, name),
        after: memberOf(after, name),
        shownBefore: memberOf(shownBefore, name),
        shownAfter: memberOf(shownAfter, name),
        given: memberOf(given, name),
      }),
    );
  }
  const isGivenSecret = given !== undefined && !isEqual(shownAfter, after);
  if (!isGivenSecret && isEqual(before, after)) {
    return [];
  }
  return [{ field, before: shortened(shownBefore), after: shortened(shownAfter) }];
}

/** A field of an update that changes, or in which a secret is given. */
function shownChanges(
  write: PreparedWrite,
  hide: (field: string, value: unknown) => unknown,
): FieldChange[] {
  const { change, values, before, input } = write;
  const found = { values, before };
  if (change.kind !== 'update') {
    return change.changes(found).map(({ field, before: old, after }) => ({
      field,
      before: old === undefined ? undefined : shortened(hide(field, old)),
      after: shortened(hide(field, after)),
    }));
  }
  const image = change.image(before);
  return Object.entries(bodyOf(change.entry, values)).flatMap(([field, sent]) => {
    const old = memberOf(image, field);
    const after = storedValue(change.entry.operation, field, old, sent);
    return memberChanges(field, {
      before: old,
      after,
      shownBefore: hide(field, old),
      shownAfter: hide(field, after),
      given: input[field],
    });
  });
}

/** What has been looked up for a preview. */
export interface PreviewFacts {
  readonly profile: string | undefined;
  readonly targets: WriteTargets;
  readonly counts: Readonly<Record<string, Count>>;
  /** Names of what the write displaces. */
  readonly displaced: readonly string[];
  /** Whether it makes a secret that this server can neither show nor save. */
  readonly makesUnsavedSecret: boolean;
}

const ifAny = <T extends object>(name: string, value: T): Record<string, T> =>
  Object.keys(value).length > 0 ? { [name]: value } : {};

/** Shows what a write would do. */
export function previewOf(write: PreparedWrite, facts: PreviewFacts): Preview {
  const { entry, change, input, values, before, removed, attached, risks } = write;
  const { summary } = entry.operation;
  const reaches = reachOf(entry.operation, input);
  const { profile, targets, counts, displaced, makesUnsavedSecret } = facts;
  const paths = secretPathsOf(change);
  const hide = (field: string, value: unknown): unknown =>
    memberOf(withoutSecrets({ [field]: value }, paths), field);
  const found = { values, before };
  const changes = change.deletes ? [] : shownChanges(write, hide);
  const loses =
    displaced.length > 0
      ? displaced
      : change.kind === 'update'
        ? namesDropped(change.changes(found), change.droppedFields(found), hide)
        : change.kind === 'replace'
          ? removed
          : [];
  const heldRoles = Object.values(attached).flat().length;
  const cascades = {
    ...Object.fromEntries(
      (entry.operation.cascades ?? []).flatMap(({ label, words }) => {
        const count = counts[label];
        return count === undefined ? [] : [[label, countText(count, words)]];
      }),
    ),
    ...(heldRoles > 0 && { organization_roles: countText(heldRoles, memberRoleWords) }),
  };
  const body = bodyOf(entry, input);
  const others = Object.fromEntries(
    Object.entries(input).filter(([name]) => !Object.hasOwn(body, name)),
  );
  const because = new Map<string, string>();
  for (const { risk, because: clause } of risks) {
    const known = because.get(risk);
    because.set(risk, known === undefined ? clause : `${known}; ${clause}`);
  }
  return {
    operation: entry.name,
    does: summary,
    ...ifAny('risks', Object.fromEntries(because)),
    ...(profile !== undefined && { profile }),
    ...(targets.actsOn !== undefined && {
      acts_on: targets.actsOn.name,
      ...(targets.actsOn.known_by !== undefined && { known_by: targets.actsOn.known_by }),
    }),
    ...ifAny('target', targets.inside),
    ...(Object.keys(others).length > 0 && { arguments: withoutSecrets(others, paths) }),
    ...ifAny('names', targets.names),
    ...(changes.length > 0 && {
      changes: [
        ...changes.slice(0, MAX_SHOWN_MEMBERS).map(({ field, before: old, after }) => ({
          field,
          ...(old !== undefined && { before: old }),
          after,
        })),
        ...(changes.length > MAX_SHOWN_MEMBERS
          ? [{ field: '...', after: `${changes.length - MAX_SHOWN_MEMBERS} more members` }]
          : []),
      ],
    }),
    ...(loses.length > 0 && { loses }),
    ...ifAny('cascades', cascades),
    ...(reaches !== undefined && { reaches }),
    ...(makesUnsavedSecret && { new_secrets: unsavedSecrets(1) }),
  };
}

/** Whether a person has typed a name, as it was shown or with the quotes around it. */
export const isTyped = (typed: string, expected: string): boolean => {
  const plain = (text: string): string => oneLine(text).normalize('NFC').trim().toLowerCase();
  return [expected, JSON.stringify(expected)].some((name) => plain(name) === plain(typed));
};
