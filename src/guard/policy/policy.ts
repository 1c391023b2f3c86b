/** The operator's rules: what is allowed, and what asks first. */
import type { Outline } from '../../catalog/operation.js';
import { type ProtectableKind, protectableKinds } from '../../catalog/protectable.js';
import { type Risk, risks } from '../../catalog/risk.js';
import type { NamedOperation } from '../operation-graph.js';

/** When a write asks first: at any of the risks (`risks`), always, never, or at the risks in a list. */
export type ConfirmRule = 'risks' | 'all-writes' | 'never' | readonly Risk[];

/** Limits on the number of writes. */
export interface Limits {
  readonly writes_per_minute?: number | undefined;
  readonly writes_per_run?: number | undefined;
  readonly removals_per_minute?: number | undefined;
  readonly removals_per_run?: number | undefined;
}

/** One set of rules, as a policy file has it. */
export interface Rules {
  readonly read_only?: boolean | undefined;
  readonly allow?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
  readonly confirm?: ConfirmRule | undefined;
  readonly protect?: Partial<Record<ProtectableKind, readonly string[] | undefined>> | undefined;
  readonly organizations?: readonly string[] | undefined;
  readonly limits?: Limits | undefined;
  readonly allow_against_self?: readonly string[] | undefined;
}

/** A policy that cannot be used. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

/** The domain of the OpenAPI documents, which are resources and not tools. */
export const documentDomain = 'documents';

/** The domain of operations below a path that no operation of the catalog has. */
export const UNKNOWN_DOMAIN = 'not-in-catalog';

const globPattern = (term: string): RegExp =>
  new RegExp(`^${term.replace(/[^\w*-]/g, '\\$&').replaceAll('*', '.*')}$`);

export const isRisk = (term: string): term is Risk => risks.some((risk) => risk === term);

/** `a, b and c` */
const listOf = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** Whether a term of `allow` or `deny` is a route, such as `DELETE /api/logs` or `/api/users/*`. */
export const isRoute = (term: string): boolean =>
  /^(?:(?:GET|POST|PUT|PATCH|DELETE|\*) )?\/api\//i.test(term);

/** A route without the names of its parameters, which differ between versions. Logto ignores the case of a path. */
const plainRoute = (route: string): string => route.replaceAll(/\{[^}]*\}/g, '{}').toLowerCase();

function namesRoute(term: string, { method, url }: Outline): boolean {
  const route = plainRoute(term.startsWith('/') ? `* ${term}` : term);
  return globPattern(route).test(plainRoute(`${method} ${url}`));
}

/** Whether a term of `allow` or `deny` names an operation by its name, route, domain or effect. */
export const namesOperation = (
  term: string,
  { name, domain, operation }: NamedOperation,
): boolean =>
  term === domain ||
  term === operation.effect ||
  (isRoute(term) ? namesRoute(term, operation) : globPattern(term).test(name));

/**
 * Whether a term of `allow` covers an operation, also by a risk that some of its calls carry. The risk of an operation that
 * is not in the catalog is unknown, so no risk allows it.
 */
const covers = (term: string, entry: NamedOperation): boolean =>
  namesOperation(term, entry) ||
  (entry.operation.notInCatalog !== true && entry.operation.risks.some((risk) => risk === term));

/** Whether every call of an operation carries a risk. */
const alwaysCarries = ({ operation }: NamedOperation, risk: string): boolean =>
  operation.asks === 'always' && operation.risks.length === 1 && operation.risks[0] === risk;

/** What the access token of a caller does not allow, in the words of a rule. */
export interface TokenRestriction {
  forbids(entry: NamedOperation): string | undefined;
  forbidsTool(name: string): string | undefined;
  describe(): readonly string[];
}

export class Policy {
  constructor(
    private readonly rules: Rules,
    /** The selected profile. */
    readonly profile: string | undefined,
    /** Lists of which each must allow an operation. */
    private readonly allows: readonly (readonly string[])[] = rules.allow ? [rules.allow] : [],
    private readonly token?: TokenRestriction,
    /** Limits for each person separately. */
    readonly personLimits: Limits = {},
  ) {}

  /** The same rules, for the holder of an access token. */
  withToken(token: TokenRestriction): Policy {
    return new Policy(this.rules, this.profile, this.allows, token, this.personLimits);
  }

  get confirm(): ConfirmRule {
    return this.rules.confirm ?? 'risks';
  }

  /** The risks at which no write asks because a list in `confirm` leaves them out; none for a rule without a list. */
  get unconfirmedRisks(): readonly Risk[] {
    const { confirm } = this;
    return typeof confirm === 'string' ? [] : risks.filter((risk) => !confirm.includes(risk));
  }

  /**
   * A warning about the risks that a list in `confirm` leaves out; undefined if it leaves out none, or nothing may be
   * written.
   */
  get confirmWarning(): string | undefined {
    const { confirm, unconfirmedRisks: silent } = this;
    if (typeof confirm === 'string' || silent.length === 0 || this.readOnly) {
      return undefined;
    }
    const asking = confirm.length === 0 ? '' : ` and not ${listOf(confirm)}`;
    return `The list in "confirm" of the policy leaves out ${listOf(silent)}: writes that carry ${silent.length === 1 ? 'this risk' : 'these risks'}${asking} do not ask first. "confirm": "risks", without brackets, asks at every risk.`;
  }

  get readOnly(): boolean {
    return this.rules.read_only === true;
  }

  get organizations(): readonly string[] | undefined {
    return this.rules.organizations;
  }

  /** The ids and names of a kind that no write may change. */
  protectedOf(kind: ProtectableKind): readonly string[] {
    return this.rules.protect?.[kind] ?? [];
  }

  /** Whether it names entities that must exist in the tenant. */
  get namesEntities(): boolean {
    return (
      this.organizations !== undefined ||
      protectableKinds.some((kind) => this.protectedOf(kind).length > 0)
    );
  }

  get limits(): Limits {
    return this.rules.limits ?? {};
  }

  allowsAgainstSelf({ name }: NamedOperation): boolean {
    return this.rules.allow_against_self?.includes(name) ?? false;
  }

  /**
   * The rule that forbids every call of an operation; undefined when it may be run. A call may still be forbidden by a
   * risk that it carries.
   */
  forbids(entry: NamedOperation): string | undefined {
    const { deny } = this.rules;
    if (this.readOnly && entry.operation.effect !== 'reads') {
      return 'read_only';
    }
    const denied = deny?.find((term) => namesOperation(term, entry) || alwaysCarries(entry, term));
    if (denied !== undefined) {
      return `deny: ${denied}`;
    }
    const narrow = this.allows.find((allow) => !allow.some((term) => covers(term, entry)));
    return (narrow && `allow: ${narrow.join(', ')}`) ?? this.token?.forbids(entry);
  }

  /** Whether a rule of `deny` names an operation. */
  denies(entry: NamedOperation): boolean {
    return this.rules.deny?.some((term) => namesOperation(term, entry)) ?? false;
  }

  /** The rule that forbids a tool of this server that writes outside the tenant. */
  forbidsTool(name: string): string | undefined {
    const denied = this.rules.deny?.find((term) => term === 'adds' || globPattern(term).test(name));
    return this.readOnly
      ? 'read_only'
      : ((denied && `deny: ${denied}`) ?? this.token?.forbidsTool(name));
  }

  /** The rule that forbids a call because of the risks that it carries. */
  forbidsRisks(entry: NamedOperation, carried: readonly Risk[]): string | undefined {
    const denied = this.rules.deny?.find((term) => carried.some((risk) => risk === term));
    if (denied !== undefined) {
      return `deny: ${denied}`;
    }
    // A list that allows the operation only by a risk allows only the calls that carry it.
    const narrow = this.allows.find(
      (allow) =>
        !allow.some(
          (term) =>
            namesOperation(term, entry) ||
            (entry.operation.notInCatalog !== true && carried.some((risk) => risk === term)),
        ),
    );
    return narrow && `allow: ${narrow.join(', ')}`;
  }

  /** Whether a write that carries these risks asks first. */
  asks(carried: readonly Risk[]): boolean {
    const { confirm } = this;
    switch (confirm) {
      case 'all-writes':
        return true;
      case 'never':
        return false;
      case 'risks':
        return carried.length > 0;
      default:
        return carried.some((risk) => confirm.includes(risk));
    }
  }

  /**
   * Whether some calls of an operation ask first, so that its tool takes a plan. An update that carries no risk by the
   * catalog still asks if it could not be undone.
   */
  mayAsk({ effect, risks: carried }: Outline): boolean {
    if (effect === 'reads') {
      return false;
    }
    const derived: readonly Risk[] =
      effect === 'adds' ? [] : ['destructive', 'irreversible', 'egress'];
    return this.asks([...carried, ...derived]);
  }

  /** The rules in words, for `whoami`. */
  describe(): string[] {
    const { deny, organizations, protect = {}, limits = {} } = this.rules;
    const { confirm } = this;
    const protectedKinds = protectableKinds.flatMap((kind) => {
      const terms = protect[kind] ?? [];
      return terms.length > 0 ? [`${kind} ${terms.join(', ')}`] : [];
    });
    const confirmLine =
      typeof confirm !== 'string'
        ? confirm.length > 0
          ? `Writes with one of these risks must be confirmed: ${confirm.join(', ')}.`
          : 'Nothing must be confirmed.'
        : {
            risks: `Writes that carry a risk must be confirmed: ${risks.join(', ')}.`,
            'all-writes': 'Every write must be confirmed.',
            never: 'Nothing must be confirmed.',
          }[confirm];
    return [
      this.profile !== undefined && `Profile: ${this.profile}.`,
      this.readOnly && 'Read-only: everything that changes something is excluded.',
      ...this.allows.map((allow) => `Only: ${allow.join(', ')}.`),
      deny && `Never: ${deny.join(', ')}.`,
      protectedKinds.length > 0 && `Protected: ${protectedKinds.join('; ')}.`,
      organizations && `Changes only to the organizations ${organizations.join(', ')}.`,
      ...Object.entries(limits)
        .filter(([, limit]) => limit !== undefined)
        .map(([name, limit]) => `${name.replaceAll('_', ' ')}: ${limit}.`),
      ...Object.entries(this.personLimits).map(
        ([name, limit]) => `${name.replaceAll('_', ' ')} of each person: ${limit}.`,
      ),
      confirmLine,
      ...(this.token?.describe() ?? []),
    ].filter((line) => typeof line === 'string');
  }
}

/** The policy of a server without a policy file. */
export const defaultPolicy = (overrides: Rules = {}): Policy => new Policy(overrides, undefined);
