/** Separates explained differences from unexplained ones. */
import { documents } from '../../catalog/documents.js';
import { isIn, type Release } from '../../catalog/release-names.js';
import type { ContractDifference } from './compare.js';
import type { Exception } from './exception.js';
import { exceptions } from './exceptions.js';

const covers = (pattern: string, text: string): boolean => {
  const [head = '', tail] = pattern.split('*');
  return tail === undefined
    ? pattern === text
    : text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
};

const explains = (exception: Exception, { operation, place, what }: ContractDifference): boolean =>
  exception.operation === operation && exception.place === place && covers(exception.what, what);

export interface Verdict {
  /** Differences without an exception. */
  readonly unexplained: readonly ContractDifference[];
  /** How many are explained. */
  readonly explained: number;
  /** Exceptions without a difference. */
  readonly idle: readonly Exception[];
}

/** What is known of a document. */
export interface DocumentKind {
  readonly release: Release;
  readonly hasDevelopmentFeatures?: boolean;
}

/** Whether an exception can have a difference in the document of a release. */
const appliesTo = (
  { from, before, development }: Exception,
  { release, hasDevelopmentFeatures = false }: DocumentKind,
): boolean =>
  isIn(release, from) &&
  (before === undefined || !isIn(release, before)) &&
  (development !== true || hasDevelopmentFeatures);

/**
 * Judges differences.
 *
 * @param kind of the document; without it, exceptions of all releases count, and none is idle
 */
export function judge(all: readonly ContractDifference[], kind?: DocumentKind): Verdict {
  // Operations that are MCP resources instead of tools are not missing.
  const differences = all.filter(
    ({ operation }) => !documents.some(({ operationId }) => operationId === operation),
  );
  const applicable = exceptions.filter(
    (exception) => kind === undefined || appliesTo(exception, kind),
  );
  const unexplained = differences.filter(
    (difference) => !applicable.some((exception) => explains(exception, difference)),
  );
  return {
    unexplained,
    explained: differences.length - unexplained.length,
    idle: (kind === undefined ? [] : applicable).filter(
      (exception) => !differences.some((difference) => explains(exception, difference)),
    ),
  };
}
