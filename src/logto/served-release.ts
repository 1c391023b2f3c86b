/**
 * Which release of Logto a document looks like. Logto does not publish it, so each part that a release brought is looked
 * for, by the `since` facts of the catalog.
 */
import type { Feature } from '../catalog/probes.js';
import { describeSince } from '../catalog/release-names.js';
import type { NewerParts } from './served-check.js';
import type { ServedFacts } from './served-facts.js';

/** The part of the marks of a release that must be there: Cloud and patch releases lack single ones. */
const NEEDED_PART = 0.75;

/** One part that a release brought. Several operations that take the same argument have one mark. */
interface Mark {
  readonly since: Feature['since'];
  readonly name: string;
  readonly isPresent: boolean;
}

export interface ReleaseReport {
  /** `1.43`; undefined if it has no mark of any release later than the base. */
  readonly release: string | undefined;
  /** What was looked for, by release: `1.44: 6 of 15 marks (trustedDevice, ...)`. */
  readonly marks: readonly string[];
  /** Operations of the catalog that the document lacks, by the names of their tools. */
  readonly missingOperations: readonly string[];
  /** Arguments and values that the document lacks, of operations that it has. */
  readonly missingArguments: readonly string[];
  /** Operations that are served because development features are on. */
  readonly development: readonly string[];
}

/** The name of a feature, whichever operation has it. */
const nameOf = (tool: string, { argument, value }: Feature): string =>
  argument === undefined ? tool : (value ?? argument.replace(/\.\*$/, '').replace(/^.*\./, ''));

/** Marks that are named for one release. */
const MAX_NAMED = 6;

function describeMarks(since: Feature['since'], marks: readonly Mark[]): string {
  const present = marks.filter(({ isPresent }) => isPresent).map(({ name }) => name);
  const more = present.length > MAX_NAMED ? ` and ${present.length - MAX_NAMED} more` : '';
  const named = present.length === 0 ? '' : ` (${present.slice(0, MAX_NAMED).join(', ')}${more})`;
  return `${describeSince(since)}: ${present.length} of ${marks.length} marks${named}`;
}

/** The marks of all releases. A part under development does not count as released. */
function marksIn(facts: ServedFacts, parts: readonly NewerParts[]): readonly Mark[] {
  const marks = new Map<string, Mark>();
  for (const { name: tool, features } of parts) {
    for (const feature of features) {
      const { since, probe } = feature;
      const presence = facts.presenceOf(probe);
      const isDevelopment = facts.at(probe.method, probe.path)?.isInDevelopment === true;
      const name = nameOf(tool, feature);
      const key = `${since} ${name}`;
      if (presence !== 'unknown') {
        const isPresent = presence === 'present' && !isDevelopment;
        marks.set(key, { since, name, isPresent: isPresent || marks.get(key)?.isPresent === true });
      }
    }
  }
  return [...marks.values()];
}

/** The parts of operations that a document lacks. */
function missingIn(facts: ServedFacts, { name, features }: NewerParts): readonly string[] {
  return features.flatMap((feature) =>
    feature.argument !== undefined && facts.presenceOf(feature.probe) === 'absent'
      ? [
          feature.value === undefined
            ? `${name} ${feature.argument.replaceAll('.*', '')}`
            : `${name} ${feature.argument.replaceAll('.*', '')} "${feature.value}"`,
        ]
      : [],
  );
}

/** An operation of the catalog, for the comparison. */
export interface CatalogRoute {
  readonly name: string;
  readonly method: string;
  readonly url: string;
}

/**
 * Reports which release a document looks like: the newest of which most marks are there.
 *
 * @param parts what not every release has, by operation
 * @param routes the operations of the catalog
 */
export function servedReleaseOf(
  facts: ServedFacts,
  parts: readonly NewerParts[],
  routes: readonly CatalogRoute[],
): ReleaseReport {
  const marks = marksIn(facts, parts);
  const releases = [...new Set(marks.map(({ since }) => since))].sort();
  const ofRelease = (since: Feature['since']) => marks.filter((mark) => mark.since === since);
  const reached = releases.filter((since) => {
    const marksOfRelease = ofRelease(since);
    return (
      marksOfRelease.filter(({ isPresent }) => isPresent).length >=
      marksOfRelease.length * NEEDED_PART
    );
  });
  const newest = reached.at(-1);
  return {
    release: newest === undefined ? undefined : describeSince(newest),
    marks: releases.map((since) => describeMarks(since, ofRelease(since))),
    missingOperations: routes
      .filter(({ method, url }) => facts.at(method, url) === undefined)
      .map(({ name }) => name),
    missingArguments: parts.flatMap((part) => missingIn(facts, part)),
    development: facts.operations
      .filter(({ isInDevelopment }) => isInDevelopment)
      .map(({ method, url }) => `${method} ${url}`),
  };
}
