/**
 * The risk of a write, as a fact of its operation. The guard decides by these facts alone whether a call needs a
 * confirmation; docs, annotations and policies read the same ones.
 */
import type { ArgumentValues } from './operation.js';

/**
 * What can go wrong with a write:
 *
 * - `destructive`: it removes something, or replaces a set so that members are lost.
 * - `irreversible`: it cannot be undone, and that is known before it is sent: a message, a rotated key, a value that is
 *   shown once.
 * - `credential`: it makes or changes what an existing account or application signs in with.
 * - `privilege`: it grants the Management API, or admits people to an organization whose roles carry it.
 * - `trust`: it changes who or what the tenant trusts: a redirect host, an identity provider, an address of a connector,
 *   a method of sign-in, a weaker MFA policy.
 * - `egress`: it sends tenant data or a stored secret to an address.
 */
export const risks = [
  'destructive',
  'irreversible',
  'credential',
  'privilege',
  'trust',
  'egress',
] as const;

export type Risk = (typeof risks)[number];

/** What a rule may look at: plain values, no reads of its own. */
export interface RiskInput {
  /** The validated arguments of the call. */
  readonly values: ArgumentValues;
  /** What the call finds: the entity, the settings or the ids of a set. Undefined when nothing could be read. */
  readonly before: unknown;
  /** The same as it would be after the call, with merged fields. Undefined where `before` is. */
  readonly after: unknown;
}

/** One risk of a write, and the calls that carry it. Without a condition every call does; several conditions must all hold. */
export interface RiskRule {
  readonly risk: Risk;
  /** What happens, as a clause that a person reads in a preview: "anybody on this host can receive sign-in codes". */
  readonly because: string;
  /** Only calls that give one of these body fields a value other than the present one. */
  readonly fields?: readonly string[];
  /** Only calls for which this holds. A pure function; where `before` is undefined it must assume the worse case. */
  readonly when?: (input: RiskInput) => boolean;
  /**
   * Only calls in which an entity that one of these arguments names holds the Management API: a role or scope that grants
   * it, an account or application that has it, an organization whose just-in-time roles carry it. The kind of the entity
   * follows from the argument's `id()`, `ids()` or address field; the guard looks it up.
   */
  readonly ifPrivileged?: readonly string[];
}

/** The risk of every write. `none` says that the question was asked: it adds, or changes what `undo_change` restores. */
export type RiskFacts = 'none' | readonly [RiskRule, ...RiskRule[]];
