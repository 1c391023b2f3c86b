/** The one form of every answer, before it is written as a result. */
import type { Page } from '../logto/pagination.js';

export interface ShapedResult {
  readonly items?: readonly unknown[];
  readonly page?: Page;
  readonly result?: unknown;
  readonly done?: true;
  /** What a write without an answer did: the operation, and the entities that it names. */
  readonly did?: Readonly<Record<string, unknown>>;
  /** The id of the change that a write made, which `undo_change` takes. */
  readonly change?: string;
  /** What a script has logged. */
  readonly log?: readonly string[];
  /** For a list that was read to its end: how many items were read, and how many of them match. */
  readonly counts?: { readonly matching: number; readonly scanned: number };
  /** False when something was cut; true where a call promises to read to the end. */
  readonly complete?: boolean;
  readonly notes?: readonly string[];
  /** The answer is free data, whose numbers are not times of Logto. Not shown. */
  readonly isFreeData?: true;
}
