/** The result of comparing a manifest with a tenant. */
import type { DesiredItem } from './desired.js';
import type { Merged } from './diff.js';
import type { LiveItem } from './live.js';
import type { KindFacts } from './members.js';
import type { Step } from './steps.js';

/** References that a set gains and loses, by their keys. */
export interface GrantChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** One item that an apply creates or changes. */
export interface ItemChange {
  readonly facts: KindFacts;
  readonly desired: DesiredItem;
  /** The current item; undefined if it is created. */
  readonly live: LiveItem | undefined;
  /** Members to set, by name. */
  readonly members: ReadonlyMap<string, Merged>;
  readonly grants: ReadonlyMap<string, GrantChange>;
}

export interface Comparison {
  readonly steps: readonly Step[];
  readonly changes: readonly ItemChange[];
  /** Items to delete, in the order of the table. */
  readonly removals: readonly LiveItem[];
  /** Number of items that match the manifest. */
  readonly unchanged: number;
  /** Sources of secrets that are not set; their current values in the tenant are left unchanged. */
  readonly unchecked: readonly string[];
  /** A hash of the manifest, everything that was read and every step: equal only for equal plans. */
  readonly digest: string;
  readonly hasChanges: boolean;
  readonly hasObstacles: boolean;
}
