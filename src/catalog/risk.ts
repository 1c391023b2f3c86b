/**
 * The risk of a write, as a fact of its operation. The guard decides by these facts alone whether a call needs a
 * confirmation; docs, annotations and policies read the same ones.
 */
import { isEqual, valueAt } from '../json.js';

/** The arguments of a call, by their names. */
export type ArgumentValues = Readonly<Record<string, unknown>>;

/**
 * What can go wrong with a write:
 *
 * - `destructive`: it removes something, or replaces a set so that members are lost.
 * - `irreversible`: it cannot be undone, and that is known before it is sent: a message, a rotated key, a value that is
 *   shown once.
 * - `credential`: it makes or changes what an existing account or application signs in with.
 * - `privilege`: it grants the Management API or a scope by which people administer Logto through this server
 *   (`tokenScopes`), or admits people to an organization whose roles carry one of them.
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

/** The inputs of a condition: plain values; a condition makes no reads. */
export interface RiskInput {
  /** The validated arguments of the call. */
  readonly values: ArgumentValues;
  /**
   * What the call finds, by the kind of change:
   *
   * - an update: the entity or the settings; `null` when there are none yet,
   * - a replaced set: its members, as ids or as objects,
   * - a create: the list of entities that it displaces, which may be empty.
   *
   * Undefined when it could not be read.
   */
  readonly before: unknown;
  /** The entity or the settings as they would be after an update, with merged fields. Undefined where `before` is. */
  readonly after: unknown;
}

/** A pure function. Where `before` is undefined it must assume the worse case. */
export type RiskCondition = (input: RiskInput) => boolean;

/**
 * One risk of a write, and the calls that carry it. Without a condition every call carries it; several conditions must all
 * be true.
 */
export interface RiskRule {
  readonly risk: Risk;
  /** What happens, as a clause that a person reads in a preview: "anyone who runs this host can receive sign-in codes". */
  readonly because: string;
  /** Only calls that change one of these body fields, as dotted paths: `config.url`. */
  readonly fields?: readonly string[];
  /** Only calls for which this returns true. */
  readonly when?: RiskCondition;
  /**
   * Only calls in which an entity that one of these arguments names (a dotted path where it is inside a body field) holds
   * the Management API or a scope that amounts to it: a role or scope that grants it, an account or application that has it, an organization whose
   * just-in-time roles carry it, an invitation with such a role. The kind of the entity follows from the argument's
   * schema; the guard looks it up, and treats an entity that it cannot look up as one that holds it.
   */
  readonly ifPrivileged?: readonly string[];
}

/** The risk of every write. `none` is a statement too: the write only adds, or changes what `undo_change` restores. */
export type RiskFacts = 'none' | readonly [RiskRule, ...RiskRule[]];

/** Whether the risk rules of an operation hold for every call, for some calls, or for none. */
export type Asks = 'always' | 'sometimes' | 'never';

/** The rules as a list; empty for a read and for `none`. */
export const rulesOf = (facts: RiskFacts | undefined): readonly RiskRule[] =>
  facts === undefined || facts === 'none' ? [] : facts;

const isUnconditional = ({ fields, when, ifPrivileged }: RiskRule): boolean =>
  fields === undefined && when === undefined && ifPrivileged === undefined;

/** Whether calls of an operation carry a risk. A call that carries none may still ask, because it cannot be undone. */
export function asksOf(facts: RiskFacts | undefined): Asks {
  const rules = rulesOf(facts);
  if (rules.length === 0) {
    return 'never';
  }
  return rules.some(isUnconditional) ? 'always' : 'sometimes';
}

/** The kinds of risk that calls of an operation can carry, each once, in the order of `risks`. */
export const risksOf = (facts: RiskFacts | undefined): readonly Risk[] =>
  risks.filter((risk) => rulesOf(facts).some((rule) => rule.risk === risk));

/** A field before and after a call. */
export interface FieldValues {
  readonly before: unknown;
  readonly after: unknown;
  /** False if nothing could be read: then `after` is what the call sends. */
  readonly isKnown: boolean;
}

/** The field at a dotted path before and after the call. */
export const changeAt = ({ values, before, after }: RiskInput, path: string): FieldValues =>
  before === undefined || Array.isArray(before)
    ? { before: undefined, after: valueAt(values, path), isKnown: Array.isArray(before) }
    : { before: valueAt(before, path), after: valueAt(after ?? values, path), isKnown: true };

/** Whether a call changes the field at a dotted path. Without a known current value, every field in the call counts. */
export function changesField(input: RiskInput, path: string): boolean {
  const { before, after, isKnown } = changeAt(input, path);
  // null and an empty text both clear a field, which changes nothing if it is not set.
  const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== '';
  return isKnown ? !isEqual(before, after) && (isSet(before) || isSet(after)) : after !== undefined;
}

/** Whether a rule applies to a call, apart from `ifPrivileged`, which needs a read of the tenant. */
export const matchesRule = ({ fields, when }: RiskRule, input: RiskInput): boolean =>
  (fields === undefined || fields.some((path) => changesField(input, path))) &&
  (when === undefined || when(input));

/** The rules that apply to a call, apart from `ifPrivileged`. */
export const matchingRules = (
  facts: RiskFacts | undefined,
  input: RiskInput,
): readonly RiskRule[] => rulesOf(facts).filter((rule) => matchesRule(rule, input));
