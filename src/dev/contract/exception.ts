import type { Release } from '../../catalog/release-names.js';

/**
 * Where the catalog differs from Logto's document on purpose. A row explains one difference in one place and no other, and
 * gives the reason; a row without a difference fails the contract test.
 */
export interface Exception {
  readonly operation: string;
  /** The place of the difference. */
  readonly place: string;
  /** The difference, as the comparison words it; one `*` stands for the values of a long list. */
  readonly what: string;
  readonly reason: string;
  /** The first release whose document differs; every one where missing. */
  readonly from?: Release;
  /** The first release whose document does not differ any more. */
  readonly before?: Release;
  /** Only seen in documents with development features. */
  readonly development?: true;
}

/** Rows that share reason and difference; each of `where` is an operationId and, after a space, a place. */
export const meant = (reason: string, what: string, ...where: string[]): Exception[] =>
  where.map((row) => {
    const [operation = '', place = ''] = row.split(' ');
    return { operation, place, what, reason };
  });

/** Rows that hold for some releases only. */
export const within = (
  limits: Pick<Exception, 'from' | 'before' | 'development'>,
  rows: Exception[],
): Exception[] => rows.map((row) => ({ ...row, ...limits }));
