/** Combines two sets of rules into one that never allows more than either. */
import { protectableKinds } from '../../catalog/protectable.js';
import { type Risk, risks } from '../../catalog/risk.js';
import type { ConfirmRule, Limits, Rules } from './policy.js';

/** The risks at which a rule asks; undefined for a rule that asks at every write. */
const risksAt = (rule: ConfirmRule): readonly Risk[] | undefined =>
  rule === 'all-writes' ? undefined : rule === 'never' ? [] : rule === 'risks' ? risks : rule;

/** A rule that asks whenever one of two rules asks. */
function stricterRule(left: ConfirmRule, right: ConfirmRule): ConfirmRule {
  const [one, other] = [risksAt(left), risksAt(right)];
  if (one === undefined || other === undefined) {
    return 'all-writes';
  }
  const both = risks.filter((risk) => one.includes(risk) || other.includes(risk));
  return both.length === risks.length ? 'risks' : both.length === 0 ? 'never' : both;
}

/** The terms that both lists allow if there are two; otherwise the only list. */
const intersection = (left: readonly string[] | undefined, right: readonly string[] | undefined) =>
  left !== undefined && right !== undefined
    ? left.filter((term) => right.includes(term))
    : (left ?? right);

const union = (left: readonly string[] = [], right: readonly string[] = []) => [
  ...new Set([...left, ...right]),
];

const limitNames = [
  'writes_per_minute',
  'writes_per_run',
  'removals_per_minute',
  'removals_per_run',
] as const;

/** The lower one of each limit. */
export const lowerLimits = (left: Limits = {}, right: Limits = {}): Limits =>
  Object.fromEntries(
    limitNames.flatMap((name) => {
      const both = [left[name], right[name]].filter((limit) => limit !== undefined);
      return both.length === 0 ? [] : [[name, Math.min(...both)]];
    }),
  );

/** What a set of rules and a profile on top of it allow together: never more than either. */
export function combine(base: Rules, profile: Rules): Rules {
  const protect = Object.fromEntries(
    protectableKinds
      .map((kind) => [kind, union(base.protect?.[kind], profile.protect?.[kind])] as const)
      .filter(([, terms]) => terms.length > 0),
  );
  const limits = lowerLimits(base.limits, profile.limits);
  return {
    ...base,
    ...profile,
    read_only: base.read_only === true || profile.read_only === true,
    deny: (base.deny ?? profile.deny) && union(base.deny, profile.deny),
    protect,
    limits,
    confirm:
      base.confirm !== undefined && profile.confirm !== undefined
        ? stricterRule(base.confirm, profile.confirm)
        : (base.confirm ?? profile.confirm),
    allow_against_self: intersection(base.allow_against_self, profile.allow_against_self),
    organizations: intersection(base.organizations, profile.organizations),
  };
}
