/** A write before it is made: what is checked, shown, confirmed and written down of it. */
import type { Finding } from './confirm/diff.js';
import type { Change, NamedOperation } from './operation-graph.js';

/** Everything that is known of a write before it is made. */
export interface PendingWrite extends Finding {
  /** The members of a set that would not be in it any more. */
  readonly lost: readonly unknown[];
  /** What counts against the ceilings of removals; undefined where it cannot be told. */
  readonly removals: number | undefined;
  /** Organization roles that go with the members that are lost. */
  readonly attached: Readonly<Record<string, readonly string[]>>;
  readonly notes: readonly string[];
  /** Ends the reads for it, which are made once under it. */
  readonly signal: AbortSignal;
}

/** A write as a person is asked for it: with the names of what it acts on. */
export interface DescribedWrite extends PendingWrite {
  /** The entity that is acted on, for its name; of a thing inside an entity, that entity. */
  readonly entity: unknown;
  /** What stands in the path behind that entity, by what it is: a member, a secret, a scope. */
  readonly targets: Readonly<Record<string, string>>;
}

/** Where secrets stand in the arguments of a write, in what it finds and in what it answers. */
export const secretsIn = ({ operation }: NamedOperation, change: Change): readonly string[] => [
  ...(operation.secrets ?? []),
  ...(operation.secretArguments ?? []),
  ...(('read' in change ? change.read?.operation.secrets : undefined) ?? []),
];
