/** Rules for some of the people who sign in: whom they hold for, and what they add to the policy. They can only restrict. */
import { combine, lowerLimits } from './combine-rules.js';
import { Policy, type Rules } from './policy.js';

/** What a rule looks at. Of a list one value is enough. */
export interface PrincipalMatch {
  readonly scope?: string | readonly string[] | undefined;
  readonly role?: string | readonly string[] | undefined;
  readonly sub?: string | readonly string[] | undefined;
  readonly client_id?: string | readonly string[] | undefined;
  readonly organization?: string | readonly string[] | undefined;
}

export interface PrincipalRule extends Omit<Rules, 'allow_against_self'> {
  /** Only for people of whom every line holds. */
  readonly when?: PrincipalMatch | undefined;
  /** Not for people of whom every line holds. */
  readonly unless?: PrincipalMatch | undefined;
}

/** What is known of a person, for rules. Roles and organizations by their ids and names. */
export interface PrincipalFacts {
  readonly scope: readonly string[];
  readonly sub: string;
  readonly client_id: string;
  readonly role: readonly string[];
  readonly organization: readonly string[];
}

function matches(match: PrincipalMatch, facts: PrincipalFacts): boolean {
  return (['scope', 'role', 'sub', 'client_id', 'organization'] as const).every((name) => {
    const wanted = match[name];
    const present = [facts[name]].flat();
    return wanted === undefined || [wanted].flat().some((value) => present.includes(value));
  });
}

const holdsFor = ({ when, unless }: PrincipalRule, facts: PrincipalFacts): boolean =>
  (when === undefined || matches(when, facts)) && (unless === undefined || !matches(unless, facts));

/** The roles or organizations that rules name. */
const namedIn = (rules: readonly PrincipalRule[], name: 'role' | 'organization'): string[] => [
  ...new Set(
    rules.flatMap(({ when, unless }) =>
      [when?.[name], unless?.[name]].flatMap((value) => [value ?? []].flat()),
    ),
  ),
];

/**
 * The rules with everything protected that rules for principals name: who could give themselves such a role, or join such an
 * organization, would choose their own rules.
 */
const withProtection = (rules: Rules, principals: readonly PrincipalRule[]): Rules =>
  combine(rules, {
    protect: {
      roles: namedIn(principals, 'role'),
      organizations: namedIn(principals, 'organization'),
    },
  });

/** A policy, and the rules that it adds for some people. */
export class PolicySet {
  /** The rules for everybody. */
  readonly policy: Policy;
  /** The same for people who sign in, before the rules for some of them. */
  readonly #shared: Rules;

  constructor(
    rules: Rules,
    private readonly profile: string | undefined,
    private readonly allows: readonly (readonly string[])[],
    private readonly principals: readonly PrincipalRule[],
  ) {
    this.policy = new Policy(rules, profile, allows);
    this.#shared = withProtection(rules, principals);
  }

  /** Whether a rule looks at something that only Logto knows. */
  looksAt(name: 'role' | 'organization'): boolean {
    return this.principals.some(
      ({ when, unless }) => when?.[name] !== undefined || unless?.[name] !== undefined,
    );
  }

  /** The policy for a person. @returns with a key that is the same for the same rules */
  for(facts: PrincipalFacts): { readonly policy: Policy; readonly key: string } {
    const held = [...this.principals.entries()].filter(([, rule]) => holdsFor(rule, facts));
    // A rule that is not there asks at every risk; one of a person can only ask more often.
    let rules: Rules = { ...this.#shared, confirm: this.#shared.confirm ?? 'risks' };
    const allows = [...this.allows];
    let personLimits = {};
    for (const [, { when: _, unless: __, limits, ...added }] of held) {
      rules = combine(rules, added);
      personLimits = lowerLimits(personLimits, limits);
      if (added.allow !== undefined) {
        allows.push(added.allow);
      }
    }
    const key = held.map(([index]) => index).join(' ');
    return { policy: new Policy(rules, this.profile, allows, undefined, personLimits), key };
  }
}
