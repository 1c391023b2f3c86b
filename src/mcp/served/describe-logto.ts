/**
 * What whoami reports about the running Logto: which release it looks like, from which marks, and what differs from the
 * catalog.
 */
import { NEXT_RELEASE } from '../../catalog/release-names.js';
import type { ServedState } from '../../logto/served-document.js';
import { servedReleaseOf } from '../../logto/served-release.js';
import type { Tool } from '../operation-tools.js';
import type { ServedScope } from './served-catalog.js';

/** Names of each difference that are listed, unless all are requested. */
const MAX_NAMES = 10;

/** A list, or its beginning and the number of the rest. */
const shown = (names: readonly string[], isDetailed: boolean): readonly string[] =>
  isDetailed || names.length <= MAX_NAMES
    ? names
    : [...names.slice(0, MAX_NAMES), `and ${names.length - MAX_NAMES} more`];

/**
 * Describes the running Logto.
 *
 * @param catalog all operations of the catalog: the release is guessed from them, so that the guess is the same for everybody
 * @param permitted those that may be run; no other is named
 * @param isDetailed whether every name is listed
 */
export function describeLogto(
  state: Extract<ServedState, { kind: 'known' }>,
  { tools, permitted: permittedHere, uncallable }: ServedScope,
  catalog: readonly Tool[],
  permitted: readonly Tool[],
  isDetailed: boolean,
) {
  const { facts, checkedAt, stale } = state;
  const partsOf = (list: readonly Tool[]) =>
    list.map(({ name, newer: features }) => ({ name, features }));
  const { release, marks } = servedReleaseOf(facts, partsOf(catalog), []);
  const report = servedReleaseOf(
    facts,
    partsOf(permitted),
    permitted.map(({ name, operation: { method, url } }) => ({ name, method, url })),
  );
  // A part that no released Logto has is no difference between this one and the catalog.
  const unreleased = new Set(
    permitted.filter(({ operation }) => operation.since === NEXT_RELEASE).map(({ name }) => name),
  );
  const missing = report.missingOperations.filter((name) => !unreleased.has(name));
  const later = report.missingOperations.filter((name) => unreleased.has(name));
  const names = (list: readonly string[]) => shown(list, isDetailed);
  const unknown = permittedHere.map(({ name }) => name);
  return {
    looks_like: release ?? 'the oldest that the catalog describes, or older',
    ...(isDetailed && { marks }),
    document_checked: new Date(checkedAt).toISOString(),
    ...(stale !== undefined && { document_not_checked_since_because: stale }),
    ...(missing.length > 0 && { operations_missing_here: names(missing) }),
    ...(later.length > 0 && { operations_of_a_later_release: isDetailed ? later : later.length }),
    ...(report.missingArguments.length > 0 && {
      arguments_missing_here: names(report.missingArguments),
    }),
    ...(unknown.length > 0 && { operations_not_in_catalog: names(unknown) }),
    ...(tools.length > permittedHere.length && {
      operations_not_in_catalog_excluded: tools.length - permittedHere.length,
    }),
    ...(uncallable.length > 0 && { routes_not_callable: names(uncallable) }),
    ...(report.development.length > 0 && { development_features: names(report.development) }),
  };
}
