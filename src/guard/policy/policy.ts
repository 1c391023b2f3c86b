/** What is allowed at all: the operator's own rules, read once at the start. */
import * as z from 'zod';
import type { Effect, Outline } from '../../catalog/operation.js';
import { LogtoError } from '../../logto/errors.js';
import type { Kind, NamedOperation } from '../operation-graph.js';

/** A policy that cannot be used. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

const names = z.array(z.string().min(1));

const ruleShape = {
  read_only: z.boolean().optional().describe('Leave out everything that changes something.'),
  allow: names
    .optional()
    .describe(
      'Only these: operations, globs of operations, domains, or effects (reads, adds, changes, removes).',
    ),
  deny: names.optional().describe('None of these; written as in allow, and stronger than it.'),
  confirm: z
    .enum(['destructive', 'all-writes', 'never'])
    .optional()
    .describe('What asks first: removals and irreversible writes (default), every write, nothing.'),
  protect: z
    .strictObject({
      users: names.optional(),
      roles: names.optional(),
      applications: names.optional(),
      organizations: names.optional(),
      resources: names.optional(),
      connectors: names.optional(),
    })
    .optional()
    .describe(
      'Entities, by id or name in any case, that no write may touch: not by their id, not by leaving them out of a list, not by the address of a person, not by deleting what holds them or what they hold. Each must exist on the tenant: that is looked up before the first write and by whoami, and until it holds nothing is written.',
    ),
  organizations: names
    .optional()
    .describe(
      'Ids of the only organizations that may be changed; each must exist, as with protect. Reads stay free. Writes: on these organizations, on their invitations, and on the accounts of users who belong to these and to no other organization, without roles of the whole tenant. Users and applications from outside cannot be added, people join by an invitation, and no e-mail domain or SSO connector opens the way. Everything else is refused. Protect the accounts that hold powerful roles.',
    ),
  limits: z
    .strictObject({
      writes_per_minute: z.int().min(0).optional(),
      writes_per_run: z.int().min(0).optional(),
      removals_per_minute: z.int().min(0).optional(),
      removals_per_run: z.int().min(0).optional(),
    })
    .optional()
    .describe(
      'Ceilings, by the minute and since the start of the server. Every write counts as one, also one that Logto refuses. As removals count: a removal, one; a removal of many, each; a replaced set, list or object, each member that is dropped; a new e-mail or SMS connector, the one that it takes the place of. Not counted: what goes along with a removed entity. Where it cannot be told how much would be removed, a ceiling of removals refuses.',
    ),
  allow_against_self: names
    .optional()
    .describe(
      'Operations, by their full names, that may harm the very access of this server. Better leave it out.',
    ),
} as const;

const rules = z.strictObject(ruleShape);

export const policySchema = z.strictObject({
  $schema: z.string().optional(),
  ...ruleShape,
  profiles: z
    .record(z.string(), rules)
    .optional()
    .describe(
      'Sets of rules by name. The one that is chosen adds to those beside it: read_only, deny and protect of both count, of limits the lower, of confirm the one that asks more, of organizations, allow and allow_against_self what both let through.',
    ),
});

type Rules = z.infer<typeof rules>;

const effects: readonly Effect[] = ['reads', 'adds', 'changes', 'removes'];

/** The domain of the OpenAPI documents, which are resources and no tools. */
export const documentDomain = 'documents';

const globbed = (term: string): RegExp =>
  new RegExp(`^${term.replace(/[^\w*-]/g, '\\$&').replaceAll('*', '.*')}$`);

const covers = (term: string, { name, domain, operation }: NamedOperation): boolean =>
  term === domain || term === operation.effect || globbed(term).test(name);

export type ConfirmLevel = NonNullable<Rules['confirm']>;

const levels: readonly ConfirmLevel[] = ['never', 'destructive', 'all-writes'];

/** The level that asks more often. */
const stricter = (left: ConfirmLevel, right: ConfirmLevel): ConfirmLevel =>
  levels.indexOf(left) > levels.indexOf(right) ? left : right;

/** What both let through, where both say something; otherwise what one of them says. */
const common = (left: readonly string[] | undefined, right: readonly string[] | undefined) =>
  left !== undefined && right !== undefined
    ? left.filter((one) => right.includes(one))
    : (left ?? right);

/** What one set of rules and a profile over it allow together: never more than either. */
function added(base: Rules, profile: Rules): Rules {
  const union = (left: readonly string[] = [], right: readonly string[] = []) => [
    ...new Set([...left, ...right]),
  ];
  const protect = Object.fromEntries(
    Object.keys({ ...base.protect, ...profile.protect }).map((name) => {
      const kind = name as Kind;
      return [kind, union(base.protect?.[kind], profile.protect?.[kind])];
    }),
  );
  const limits = Object.fromEntries(
    Object.keys({ ...base.limits, ...profile.limits }).map((name) => {
      const limit = name as keyof NonNullable<Rules['limits']>;
      const both = [base.limits?.[limit], profile.limits?.[limit]];
      return [limit, Math.min(...both.filter((one) => one !== undefined))];
    }),
  );
  const organizations = common(base.organizations, profile.organizations);
  const againstSelf = common(base.allow_against_self, profile.allow_against_self);
  return {
    ...base,
    ...profile,
    read_only: base.read_only === true || profile.read_only === true,
    ...((base.deny ?? profile.deny) && { deny: union(base.deny, profile.deny) }),
    protect,
    limits,
    ...(base.confirm && profile.confirm && { confirm: stricter(base.confirm, profile.confirm) }),
    ...(againstSelf !== undefined && { allow_against_self: [...againstSelf] }),
    ...(organizations !== undefined && { organizations: [...organizations] }),
  };
}

export class Policy {
  constructor(
    private readonly rules: Rules,
    /** The profile that was chosen. */
    readonly profile: string | undefined,
    /** Lists of which each must let an operation through. */
    private readonly allows: readonly (readonly string[])[] = rules.allow ? [rules.allow] : [],
  ) {}

  get level(): ConfirmLevel {
    return this.rules.confirm ?? 'destructive';
  }

  get readOnly(): boolean {
    return this.rules.read_only === true;
  }

  get organizations(): readonly string[] | undefined {
    return this.rules.organizations;
  }

  /** The ids and names of a kind that no write may touch. */
  protectedOf(kind: Kind): readonly string[] {
    return this.rules.protect?.[kind] ?? [];
  }

  get limits(): NonNullable<Rules['limits']> {
    return this.rules.limits ?? {};
  }

  allowsAgainstSelf({ name }: NamedOperation): boolean {
    return this.rules.allow_against_self?.includes(name) ?? false;
  }

  /** The rule that forbids an operation altogether; undefined when it may be run. */
  forbids(entry: NamedOperation): string | undefined {
    const { deny } = this.rules;
    if (this.readOnly && entry.operation.effect !== 'reads') {
      return 'read_only';
    }
    const denied = deny?.find((term) => covers(term, entry));
    if (denied !== undefined) {
      return `deny: ${denied}`;
    }
    const narrow = this.allows.find((allow) => !allow.some((term) => covers(term, entry)));
    return narrow && `allow: ${narrow.join(', ')}`;
  }

  /** Whether an operation asks before it acts. */
  confirms({ operation }: NamedOperation): boolean {
    return this.confirmsOperation(operation);
  }

  /** The same, where its name is not known yet. */
  confirmsOperation({ effect, method, asks, risks }: Outline): boolean {
    if (effect === 'reads' || this.level === 'never') {
      return false;
    }
    return (
      this.level === 'all-writes' ||
      effect === 'removes' ||
      asks === 'always' ||
      (method === 'PUT' && risks.includes('destructive'))
    );
  }

  /** The rules in words, for `whoami`. */
  describe(): string[] {
    const { deny, organizations, protect = {}, limits = {} } = this.rules;
    const guarded = Object.entries(protect).flatMap(([kind, ids = []]) =>
      ids.length > 0 ? [`${kind} ${ids.join(', ')}`] : [],
    );
    return [
      this.profile !== undefined && `Profile: ${this.profile}.`,
      this.readOnly && 'Read-only: whatever changes something is left out.',
      ...this.allows.map((allow) => `Only: ${allow.join(', ')}.`),
      deny && `Never: ${deny.join(', ')}.`,
      guarded.length > 0 && `Protected: ${guarded.join('; ')}.`,
      organizations && `Changes only to the organizations ${organizations.join(', ')}.`,
      ...Object.entries(limits).map(([name, limit]) => `${name.replaceAll('_', ' ')}: ${limit}.`),
      {
        destructive: 'Removals and irreversible writes must be confirmed.',
        'all-writes': 'Every write must be confirmed.',
        never: 'Nothing must be confirmed.',
      }[this.level],
    ].filter((line) => typeof line === 'string');
  }
}

/** The policy of a server to which nobody has given one. */
export const defaultPolicy = (overrides: Rules = {}): Policy => new Policy(overrides, undefined);

/** Refuses terms that name nothing. */
function checkTerms(rules: Rules, entries: readonly NamedOperation[], where: string): void {
  const { allow = [], deny = [], allow_against_self: self = [] } = rules;
  const stranger = self.find((name) => !entries.some((entry) => entry.name === name));
  if (stranger !== undefined) {
    throw new PolicyError(
      `The policy names "${stranger}" in allow_against_self${where}, which is no operation. It takes their full names.`,
    );
  }
  for (const term of [...allow, ...deny]) {
    const known =
      term === documentDomain ||
      effects.some((effect) => effect === term) ||
      entries.some((entry) => covers(term, entry));
    if (!known) {
      throw new PolicyError(
        `The policy names "${term}"${where}, which is no operation, no domain and no effect.`,
      );
    }
  }
}

/**
 * The first member that stands twice in the same object. `JSON.parse` takes the second and forgets the first, which may be
 * the one that forbids.
 *
 * @param text that is known to be JSON
 */
function doubledIn(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, name] of text.matchAll(/"(?:[^"\\]|\\.)*"(?=(\s*:)?)|[{}]/g)) {
    if (token === '{') {
      open.push(new Set());
    } else if (token === '}') {
      open.pop();
    } else if (name !== undefined) {
      const member: string = JSON.parse(token);
      const members = open.at(-1);
      if (members?.has(member) === true) {
        return member;
      }
      members?.add(member);
    }
  }
  return undefined;
}

/**
 * Reads a policy.
 *
 * @param text of the file, JSON
 * @param chosen the profile; needed when the file has several and nothing else
 * @param overrides what flags say; stronger than the file where it is stricter
 * @throws PolicyError for everything that cannot be used
 */
export function readPolicy(
  text: string,
  chosen: string | undefined,
  entries: readonly NamedOperation[],
  overrides: Rules = {},
): Policy {
  let value: unknown;
  try {
    // Some editors begin a file with a mark that nobody sees.
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    throw new PolicyError('The policy is not JSON.');
  }
  const doubled = doubledIn(text);
  if (doubled !== undefined) {
    throw new PolicyError(
      `The policy has "${doubled}" twice in one place, and one of them would be lost. Write them as one.`,
    );
  }
  const outcome = z.safeParse(policySchema, value);
  if (!outcome.success) {
    const lines = outcome.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`,
    );
    throw new PolicyError(`The policy cannot be used. ${lines.join('. ')}.`);
  }
  const { $schema: _, profiles = {}, ...base } = outcome.data;
  const known = Object.keys(profiles);
  const profile =
    chosen !== undefined && Object.hasOwn(profiles, chosen) ? profiles[chosen] : undefined;
  if (chosen !== undefined && profile === undefined) {
    throw new PolicyError(
      `The policy has no profile "${chosen}"; ${known.length > 0 ? `it has ${known.join(', ')}` : 'it has none'}.`,
    );
  }
  if (chosen === undefined && known.length > 0) {
    throw new PolicyError(`Choose one of the profiles with --profile: ${known.join(', ')}.`);
  }
  checkTerms(base, entries, '');
  for (const [name, own] of Object.entries(profiles)) {
    checkTerms(own, entries, ` in the profile ${name}`);
  }
  const whole = profile === undefined ? base : added(base, profile);
  if (whole.organizations?.length === 0 && base.organizations && profile?.organizations) {
    throw new PolicyError(
      `The profile ${chosen} and the rules beside it have no organization in common, so nothing could be changed.`,
    );
  }
  const { read_only: readOnly, ...others } = overrides;
  return new Policy(
    {
      ...whole,
      ...others,
      ...(readOnly === true && { read_only: true }),
    },
    chosen,
    [base.allow, profile?.allow, others.allow].filter((allow) => allow !== undefined),
  );
}

/**
 * The policy of a server: the one in the file, or the usual one where there is no file.
 *
 * @param text of the file
 * @param entries what its terms are held against; asked for only when there is a file
 * @throws PolicyError for everything that cannot be used
 */
export function loadPolicy(
  text: string | undefined,
  profile: string | undefined,
  entries: () => readonly NamedOperation[],
): Policy {
  if (text !== undefined) {
    return readPolicy(text, profile, entries());
  }
  if (profile !== undefined) {
    throw new PolicyError('--profile chooses a profile of a policy: give --policy too.');
  }
  return defaultPolicy();
}

/** The error for what `--tools` or `--read-only` leaves out. It leads to no neighbour: the operator's word is the last. */
export const excludedError = (name: string): LogtoError =>
  new LogtoError({
    kind: 'permission',
    code: 'excluded',
    message: `The configuration of this server excludes ${name}. Nothing was sent.`,
    hint: 'Only the operator can change that (--tools, --read-only). Say so, and do not look for a way around it.',
  });

/**
 * The error for what a rule forbids.
 *
 * @param why what the call has to do with the rule, where that is not plain; a clause
 */
export const forbiddenError = (name: string, rule: string, why?: string): LogtoError =>
  new LogtoError({
    kind: 'permission',
    code: 'forbidden_by_policy',
    message: `The policy of this server forbids ${name} (${rule}${why === undefined ? '' : `; ${why}`}). Nothing was sent.`,
    hint: 'Only the operator can change that. Say so, and do not look for a way around it.',
  });

type Limit = keyof NonNullable<Rules['limits']>;

/** Counts writes against the ceilings of a policy. */
export class RateLimits {
  readonly #writes: number[] = [];
  readonly #removals: number[] = [];

  constructor(
    private readonly policy: Policy,
    private readonly now: () => number,
  ) {}

  /** Whether it matters how much a write removes. */
  get countsRemovals(): boolean {
    const { limits } = this.policy;
    return limits.removals_per_minute !== undefined || limits.removals_per_run !== undefined;
  }

  /**
   * Refuses writes that would be too many.
   *
   * @param removals how much they remove; undefined where that cannot be told
   * @throws LogtoError of kind `permission`
   */
  check({ name }: NamedOperation, removals: number | undefined, writes = 1): void {
    const { limits } = this.policy;
    const now = this.now();
    const recent = (times: readonly number[]) => times.filter((time) => time > now - 60_000).length;
    const used: readonly (readonly [Limit, number])[] = [
      ['writes_per_minute', recent(this.#writes)],
      ['writes_per_run', this.#writes.length],
      ['removals_per_minute', recent(this.#removals)],
      ['removals_per_run', this.#removals.length],
    ];
    for (const [limit, before] of used) {
      const most = limits[limit];
      const more = limit.startsWith('writes') ? writes : removals;
      const left = Math.max(0, (most ?? 0) - before);
      if (most === undefined || more === 0 || (more !== undefined && more <= left)) {
        continue;
      }
      const would =
        more === undefined
          ? 'it cannot be told how much it would remove'
          : limit.startsWith('writes')
            ? more === 1
              ? undefined
              : `it takes ${more} writes`
            : `it would remove ${more}`;
      throw forbiddenError(
        name,
        `${limit}: ${most}`,
        would === undefined ? `${left} are left` : `${would}, and ${left} are left`,
      );
    }
  }

  /**
   * Counts a write that is about to be sent.
   *
   * @throws LogtoError when it would be too many
   */
  count(entry: NamedOperation, removals: number | undefined): void {
    this.check(entry, removals);
    const now = this.now();
    this.#writes.push(now);
    for (let index = 0; index < (removals ?? 0); index += 1) {
      this.#removals.push(now);
    }
  }
}
