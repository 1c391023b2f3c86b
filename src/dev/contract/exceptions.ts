/**
 * Where the catalog differs from Logto's document on purpose. Every row says why; a row that no difference needs any more
 * fails the contract test.
 */
export interface Exception {
  /** An operationId, or `*` for all. */
  readonly operation: string;
  /** The place of the difference, or its beginning followed by `*`. */
  readonly place: string;
  readonly reason: string;
}

export const exceptions: readonly Exception[] = [];
