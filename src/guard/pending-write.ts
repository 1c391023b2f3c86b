/**
 * A write before it is made, in stages. Each stage is made from the one before it, and its type has what that found, so
 * that no check can be skipped or done too early.
 */
import type { Risk } from '../catalog/risk.js';
import type { Item } from '../catalog/write-facts.js';
import type { LogtoError } from '../logto/errors.js';
import type { Actor } from './actor.js';
import type { Change, HeldRoles } from './changes/change.js';
import type { CatalogOperation, Values } from './operation-graph.js';
import type { Reads } from './tenant-reader.js';

/** A write whose arguments and policy rules were checked. */
export interface ValidatedWrite {
  readonly entry: CatalogOperation;
  readonly change: Change;
  /** What the caller gave. */
  readonly input: Values;
  /** Send nested objects as they are given, instead of merging them. */
  readonly replaceWhole: boolean;
  /** Who makes it; undefined over stdio. */
  readonly actor: Actor | undefined;
  readonly reads: Reads;
}

/** A write with the state of the tenant that it finds, and with what would be sent. */
export interface ResolvedWrite extends ValidatedWrite {
  /** What is there; undefined when nothing is, or when it could not be read. */
  readonly before: unknown;
  /** Whether `before` is known: false where the read failed or a set is too large. */
  readonly isRead: boolean;
  /** Why the read failed, where it did. */
  readonly readError?: LogtoError;
  /** What would be sent: the input, merged into what is there. */
  readonly values: Values;
  /** The entity or the settings as they would be after an update; undefined for other kinds. */
  readonly after: unknown;
  /** Entities that the write deletes although no argument names them. */
  readonly displaced: readonly Item[];
  readonly notes: readonly string[];
}

/** A risk that a call carries, and what happens, as a clause. */
export interface RiskFinding {
  /** Whether it is a risk because something that the call names holds the Management API, or grants it. */
  readonly privileged?: true;
  readonly risk: Risk;
  readonly because: string;
}

/** A write that passed every check, with its risks. It can be sent, if need be after it was confirmed. */
export interface PreparedWrite extends ResolvedWrite {
  /** The members of a set that would no longer be in it. */
  readonly removed: readonly unknown[];
  /** What counts against the ceilings of removals; undefined where it cannot be told. */
  readonly removals: number | undefined;
  /** Organization roles that go with the removed members. */
  readonly attached: HeldRoles;
  readonly risks: readonly RiskFinding[];
  /** Whether it has to be confirmed first. */
  readonly asks: boolean;
}

/** Paths of secrets in the arguments of a write, in what it finds and in what it answers. */
export const secretPathsOf = ({ entry, read }: Change): readonly string[] => [
  ...(entry.operation.secrets ?? []),
  ...(entry.operation.secretArguments ?? []),
  ...(read?.operation.secrets ?? []),
];

/**
 * Whether Logto makes a new secret for a write and answers it: a creation without that secret among its arguments, or a
 * change that takes no value at all, such as a new signing key.
 */
export function makesSecret({
  entry: { operation },
  input,
}: Pick<PreparedWrite, 'entry' | 'input'>): boolean {
  const { effect, body, secrets = [] } = operation;
  const isMaking = effect === 'adds' || (effect === 'changes' && body === undefined);
  return isMaking && secrets.some((path) => !path.includes('.') && !Object.hasOwn(input, path));
}
