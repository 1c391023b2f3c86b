/** What a comparison of a manifest with a tenant has found. */
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

/** One thing that an apply creates or changes. */
export interface ItemChange {
  readonly facts: KindFacts;
  readonly desired: DesiredItem;
  /** The thing as it is; undefined for one that is created. */
  readonly live: LiveItem | undefined;
  /** Members to set, by name. */
  readonly members: ReadonlyMap<string, Merged>;
  readonly grants: ReadonlyMap<string, GrantChange>;
}

export interface Comparison {
  readonly steps: readonly Step[];
  readonly changes: readonly ItemChange[];
  /** Things that are deleted, in the order of the table. */
  readonly removals: readonly LiveItem[];
  /** How many things are as the manifest wants them. */
  readonly unchanged: number;
  /** Sources of secrets that are not set, whose values in the tenant were left as they are. */
  readonly unchecked: readonly string[];
  /** Over the manifest, everything that was read and every step: the same only for the same plan. */
  readonly digest: string;
  readonly hasChanges: boolean;
  readonly hasObstacles: boolean;
}
