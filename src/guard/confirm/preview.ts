/** A write as it is shown before it is made. */

import { bodyOf } from '../operation-graph.js';
import { type DescribedWrite, type PendingWrite, secretsIn } from '../pending-write.js';
import { withoutSecrets } from '../secrets/detection.js';
import { nameOf } from '../tenant-reader.js';
import { markInvisibleDeep } from '../visible-text.js';
import type { Count } from './cascade.js';
import { differences, namesDropped } from './diff.js';

export interface Preview {
  readonly operation: string;
  readonly does: string;
  readonly profile?: string;
  /** The entity by the name that a person knows. */
  readonly acts_on?: string;
  /** What is changed or removed inside of it, by its name: a member, a secret, a scope. */
  readonly target?: Readonly<Record<string, string>>;
  /** What else the call says, apart from the fields. */
  readonly arguments?: unknown;
  readonly changes?: readonly {
    readonly field: string;
    readonly before: unknown;
    readonly after: unknown;
  }[];
  /** Members, or ids of a set, that would be gone. */
  readonly loses?: readonly unknown[];
  /** Counts of what goes along with a removal, also of those that cannot be known. */
  readonly takes_along?: Readonly<Record<string, Count>>;
  /** What cannot be taken back, or counts for more than the thing itself. */
  readonly beware?: string;
  readonly reaches?: string;
  /** Of an undo with several: all its calls. */
  readonly steps?: readonly { readonly operation: string; readonly arguments: unknown }[];
}

/** What has been looked up for a preview beside the draft. */
export interface PreviewContext {
  readonly profile: string | undefined;
  readonly along: Readonly<Record<string, Count>>;
  readonly displaced: readonly unknown[];
}

/** Whether a write removes an entity, or many at once. */
export const isRemoval = ({ entry, change }: PendingWrite): boolean =>
  change.kind === 'remove' || (entry.operation.effect === 'removes' && change.kind === 'other');

/**
 * Shows what a write would do.
 *
 * @param along what goes along with it, where it is a removal
 * @param displaced names of what it takes the place of
 */
export function previewOf(
  draft: DescribedWrite,
  { profile, along: counts, displaced }: PreviewContext,
): Preview {
  const { entry, values, change, before, entity, targets, lost, attached } = draft;
  const { summary, beware, reaches } = entry.operation;
  const name = nameOf(entity);
  const wanted = bodyOf(entry, values);
  const paths = secretsIn(entry, change);
  const hide = (field: string, value: unknown): unknown =>
    Object(withoutSecrets({ [field]: value }, paths))[field];
  const details: {
    changes?: Preview['changes'];
    loses?: unknown[];
  } = {};
  if (change.kind === 'update') {
    details.changes = differences(draft).changes;
    details.loses = namesDropped(draft, hide);
  } else if (change.kind === 'upsert') {
    details.changes = [{ field: change.field, before, after: wanted[change.field] }];
  } else if (change.kind === 'replace' && Array.isArray(before)) {
    details.changes = [
      { field: change.field, before, after: wanted[change.field] ?? [] },
      ...Object.entries(wanted)
        .filter(([field]) => field !== change.field)
        .map(([field, given]) => ({ field, before: undefined, after: given })),
    ];
    details.loses = [...lost];
  } else if (!isRemoval(draft) && Object.keys(wanted).length > 0) {
    details.changes = Object.entries(wanted).map(([field, after]) => ({
      field,
      before: undefined,
      after,
    }));
  }
  if (displaced.length > 0) {
    details.loses = [...displaced];
  }
  const { changes = [], loses = [] } = details;
  const held = Object.values(attached).flat().length;
  const along = { ...counts, ...(held > 0 && { organization_roles: held }) };
  const body = bodyOf(entry, values);
  const others = Object.fromEntries(
    Object.entries(values).filter(([one]) => !Object.hasOwn(body, one)),
  );
  const shown = {
    operation: entry.name,
    does: summary,
    ...(profile !== undefined && { profile }),
    ...(name !== undefined && { acts_on: name }),
    ...(Object.keys(targets).length > 0 && { target: targets }),
    ...(Object.keys(others).length > 0 && { arguments: withoutSecrets(others, paths) }),
    ...(changes.length > 0 && {
      changes: changes.map(({ field, before: old, after }) => ({
        field,
        ...(old !== undefined && { before: hide(field, old) }),
        after: hide(field, after),
      })),
    }),
    ...(loses.length > 0 && { loses }),
    ...(Object.keys(along).length > 0 && { takes_along: along }),
    ...(beware !== undefined && { beware }),
    ...(reaches !== undefined && { reaches }),
  };
  // Every part keeps its form; only texts inside change.
  return markInvisibleDeep(shown) as Preview;
}
