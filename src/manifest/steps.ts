/** The steps of a comparison for people and agents, without secrets and without ids. */
import { listIn, valueAt } from '../json.js';
import type { KindName } from './kind.js';
import { kindOf } from './kinds.js';
import type { KindFacts } from './members.js';
import { withoutSecretsOf } from './redaction.js';
import { revealed } from './values.js';

/**
 * - `create`, `change`, `remove`: what an apply does
 * - `blocked`: what it cannot do, with the reason
 * - `needs_secret`: what it cannot do before a secret is set
 * - `unmanaged`: what is in the tenant and not in the manifest, and stays
 */
export type Action = 'create' | 'change' | 'remove' | 'blocked' | 'needs_secret' | 'unmanaged';

/** One member before and after. For a set, what is added and what is removed. */
export interface FieldStep {
  readonly member: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly added?: readonly unknown[];
  readonly removed?: readonly unknown[];
}

export interface Step {
  readonly action: Action;
  readonly kind: KindName;
  /** Empty for settings of which the tenant has one set. */
  readonly key: string;
  readonly fields?: readonly FieldStep[];
  /** Why a step is blocked, or what it requires. */
  readonly because?: string;
}

/** How many steps there are of each action. */
export type Counts = Readonly<Partial<Record<Action, number>>>;

export function countsOf(steps: readonly Step[]): Counts {
  const counts: Partial<Record<Action, number>> = {};
  for (const { action } of steps) {
    counts[action] = (counts[action] ?? 0) + 1;
  }
  return counts;
}

/** Steps that an apply carries out. */
export const isChange = ({ action }: Step): boolean =>
  action === 'create' || action === 'change' || action === 'remove';

/** Steps that stop an apply. */
export const isObstacle = ({ action }: Step): boolean =>
  action === 'blocked' || action === 'needs_secret';

/** An item as a person knows it: `role "Support"`, `sign-in experience`. */
export const stepLabelOf = ({ kind, key }: Pick<Step, 'kind' | 'key'>): string => {
  const { title, form } = kindOf(kind);
  return form === 'one' ? title : `${title} "${key}"`;
};

/** The value at a path without secrets, also where the value itself is one. */
export const shownAt = (facts: KindFacts, value: unknown, path: string): unknown =>
  valueAt(withoutSecretsOf(facts, revealed(value, '[secret]')), path);

/** A difference as a person reads it. */
export function fieldStep(member: string, before: unknown, after: unknown): FieldStep {
  const isList = (value: unknown) =>
    Array.isArray(value) && value.every((item) => typeof item !== 'object');
  if (isList(before) && isList(after)) {
    const [old, next] = [listIn(before), listIn(after)];
    const added = next.filter((item) => !old.includes(item));
    const removed = old.filter((item) => !next.includes(item));
    if (added.length > 0 || removed.length > 0) {
      return {
        member,
        ...(added.length > 0 && { added }),
        ...(removed.length > 0 && { removed }),
      };
    }
  }
  return {
    member,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  };
}
