/** Separates explained differences from unexplained ones. */
import { documents } from '../../catalog/documents.js';
import type { Difference } from './compare.js';
import { type Exception, exceptions } from './exceptions.js';

const covers = (pattern: string, text: string): boolean => {
  const [head = '', tail] = pattern.split('*');
  return tail === undefined
    ? pattern === text
    : text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
};

const explains = (exception: Exception, { operation, place, what }: Difference): boolean =>
  exception.operation === operation && exception.place === place && covers(exception.what, what);

export interface Verdict {
  /** Differences without an exception. */
  readonly unexplained: readonly Difference[];
  /** How many are explained. */
  readonly explained: number;
  /** Exceptions without a difference. */
  readonly idle: readonly Exception[];
}

export function judge(all: readonly Difference[]): Verdict {
  // Operations that are MCP resources instead of tools are not missing.
  const differences = all.filter(
    ({ operation }) => !documents.some(({ operationId }) => operationId === operation),
  );
  const unexplained = differences.filter(
    (difference) => !exceptions.some((exception) => explains(exception, difference)),
  );
  return {
    unexplained,
    explained: differences.length - unexplained.length,
    idle: exceptions.filter(
      (exception) => !differences.some((difference) => explains(exception, difference)),
    ),
  };
}
