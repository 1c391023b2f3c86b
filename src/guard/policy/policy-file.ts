/** Reads a policy from a JSON file, and refuses what cannot be used. */
import * as z from 'zod';
import type { Effect } from '../../catalog/operation.js';
import { protectableKinds } from '../../catalog/protectable.js';
import { risks } from '../../catalog/risk.js';
import { tokenScopes } from '../../catalog/token-scopes.js';
import { didYouMean, nearestNames } from '../../nearest.js';
import type { NamedOperation } from '../operation-graph.js';
import { combine } from './combine-rules.js';
import {
  documentDomain,
  isRisk,
  isRoute,
  namesOperation,
  type Policy,
  PolicyError,
  type Rules,
  UNKNOWN_DOMAIN,
} from './policy.js';
import { PolicySet, type PrincipalRule } from './principal-rules.js';

export { PolicyError } from './policy.js';

const names = z.array(z.string().min(1));

const rulesShape = {
  read_only: z.boolean().optional().describe('Exclude everything that changes something.'),
  allow: names
    .optional()
    .describe(
      `Only these: operations, globs of operations, routes such as "GET /api/users*", domains, effects (reads, adds, changes, removes), or risks (${risks.join(', ')}). A risk lets the calls through that carry it.`,
    ),
  deny: names
    .optional()
    .describe(
      'None of these, written as in allow, and stronger than it. A domain, and a route without a method, forbid reading too; to forbid only the changes of a domain, name its routes with their methods: "POST /api/hooks*", "PUT /api/hooks*", "PATCH /api/hooks*", "DELETE /api/hooks*". A risk forbids the calls that carry it. "removes" also forbids updates that clear a value or drop members.',
    ),
  confirm: z
    .union([
      z.enum(['risks', 'all-writes', 'never']),
      // The older name of "risks". In a list it is one risk of several, so it is no longer the name of the default.
      z.literal('destructive').transform(() => 'risks' as const),
      z.array(z.enum(risks)),
    ])
    .optional()
    .describe(
      'Which writes ask first: those that carry any risk ("risks", the default), every write, none, or those that carry a risk of a list: ["destructive"] asks at that risk alone, and the start warns of each risk that a list leaves out. "destructive" without brackets is the older name of "risks". docs/safety.md says what each risk means.',
    ),
  protect: z
    .strictObject(
      Object.fromEntries(protectableKinds.map((kind) => [kind, names.optional()])) as {
        [K in (typeof protectableKinds)[number]]: z.ZodOptional<typeof names>;
      },
    )
    .optional()
    .describe(
      'Entities, by id or name in any case, that no write may touch: not by their id or name, not by removing them from a list, not by the address of a person, not by deleting what holds them or what they hold. Each must exist on the tenant: that is checked before the first write and by whoami, and until it holds nothing is written.',
    ),
  organizations: names
    .optional()
    .describe(
      'Ids of the only organizations that may be changed; each must exist, as with protect. Reads stay free. Writes: on these organizations, on their invitations, and on the accounts of users who belong to these and to no other organization and hold no role of the tenant. Users and applications from outside cannot be added, people join by an invitation, and no e-mail domain or SSO connector lets people in. Everything else is refused.',
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
      'Ceilings, by the minute and since the start of the server. Every write counts as one, also one that Logto refuses, and a saved secret. As removals count: a removal, one; a removal of many, each; a replaced set, list or object, each member that is dropped; a new e-mail or SMS connector, the one that it replaces. Not counted: what a removal cascades to. Where it cannot be told how much would be removed, a ceiling of removals refuses.',
    ),
  allow_against_self: names
    .optional()
    .describe(
      'Operations, by their full names, that may harm the access of this server itself. Better leave it out.',
    ),
} as const;

const rulesSchema = z.strictObject(rulesShape);

const { allow_against_self: _againstSelf, ...restrictingShape } = rulesShape;

const oneOrMore = (item: z.ZodType<string>) => z.union([item, z.array(item).min(1)]);

const matchSchema = z.strictObject({
  scope: oneOrMore(z.enum(tokenScopes)).optional().describe('Scopes of the access token.'),
  role: oneOrMore(z.string().min(1)).optional().describe('Names or ids of roles of the account.'),
  sub: oneOrMore(z.string().min(1)).optional().describe('Ids of accounts.'),
  client_id: oneOrMore(z.string().min(1)).optional().describe('Ids of clients.'),
  organization: oneOrMore(z.string().min(1))
    .optional()
    .describe('Ids or names of organizations that the account is a member of.'),
});

const principalSchema = z.strictObject({
  when: matchSchema
    .optional()
    .describe('Only for people of whom every line holds; of a list one value is enough.'),
  unless: matchSchema.optional().describe('Not for people of whom every line holds.'),
  ...restrictingShape,
});

export const policySchema = z.strictObject({
  $schema: z.string().optional(),
  ...rulesShape,
  principals: z
    .array(principalSchema)
    .optional()
    .describe(
      'Over HTTP: rules for some of the people who sign in. All that hold for a person are added to those beside them, and can only restrict. Their limits count for each person alone.',
    ),
  profiles: z
    .record(z.string(), rulesSchema)
    .optional()
    .describe(
      'Sets of rules by name. The chosen one adds to those beside it: read_only, deny and protect of both count, of limits the lower, of confirm what either asks for, of organizations, allow and allow_against_self what both let through.',
    ),
});

const effects: readonly Effect[] = ['reads', 'adds', 'changes', 'removes'];

/** The known term that an unknown one was probably meant to be, as a question; empty without one. */
function suggestion(term: string, known: readonly string[]): string {
  const question = didYouMean(nearestNames(term, known).slice(0, 1));
  return question === undefined ? '' : ` ${question}`;
}

/** @throws PolicyError for a term that names nothing */
function checkTerms(rules: Rules, entries: readonly NamedOperation[], where: string): void {
  const { allow = [], deny = [], allow_against_self: againstSelf = [] } = rules;
  const operations = entries.map(({ name }) => name);
  for (const name of againstSelf) {
    if (!operations.includes(name)) {
      throw new PolicyError(
        `The policy names "${name}" in allow_against_self${where}, which is no operation. It takes their full names.${suggestion(name, operations)}`,
      );
    }
  }
  const domains = [...new Set(entries.map(({ domain }) => domain)), documentDomain, UNKNOWN_DOMAIN];
  const known = [...effects, ...risks, ...domains, ...operations];
  for (const term of [...allow, ...deny]) {
    const isKnown =
      isRisk(term) ||
      isRoute(term) ||
      known.includes(term) ||
      entries.some((entry) => namesOperation(term, entry));
    if (!isKnown) {
      throw new PolicyError(
        `The policy names "${term}"${where}, which is no operation, no route, no domain, no effect and no risk.${suggestion(term, known)}`,
      );
    }
  }
}

/**
 * The first member that is twice in the same object. `JSON.parse` keeps the second and drops the first, which may be the
 * one that forbids.
 *
 * @param text that is known to be JSON
 */
function duplicateMember(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, isName] of text.matchAll(/"(?:[^"\\]|\\.)*"(?=(\s*:)?)|[{}]/g)) {
    if (token === '{') {
      open.push(new Set());
    } else if (token === '}') {
      open.pop();
    } else if (isName !== undefined) {
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

/** What is wrong with a value, one line for each issue. */
function describeIssues({ issues }: z.ZodError): string {
  const names: Readonly<Record<string, readonly string[]>> = {
    protect: Object.keys(rulesShape.protect.unwrap().shape),
    limits: Object.keys(rulesShape.limits.unwrap().shape),
    when: Object.keys(matchSchema.shape),
    unless: Object.keys(matchSchema.shape),
  };
  return issues
    .map((issue) => {
      const path = issue.path.join('.');
      if (issue.code === 'invalid_union' && issue.path.at(-1) === 'scope') {
        return `${path}: takes the scopes ${tokenScopes.join(', ')}.`;
      }
      if (issue.code === 'invalid_union' && issue.path.at(-1) === 'confirm') {
        const [byName] = rulesShape.confirm.unwrap().options;
        return `${path}: takes ${byName.options.map((option) => `"${option}"`).join(', ')}, or a list of risks: ${risks.join(', ')}.`;
      }
      if (issue.code === 'unrecognized_keys') {
        const [key = ''] = issue.keys;
        const known =
          names[String(issue.path.at(-1))] ??
          Object.keys(issue.path[0] === 'principals' ? principalSchema.shape : rulesShape);
        return `There is no rule "${key}"${path === '' ? '' : ` in ${path}`}.${suggestion(key, known)}`;
      }
      return `${path === '' ? 'The policy' : path}: ${issue.message}.`;
    })
    .join(' ');
}

/** Where a text stops being JSON, as a sentence. Node.js does not tell the place of every mistake. */
function describeSyntaxError(text: string, { message }: Error): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  const offset = message.includes('end of JSON') ? text.length : position && Number(position);
  if (typeof offset !== 'number') {
    return 'The policy is not JSON.';
  }
  const before = text.slice(0, offset).split('\n');
  return `The policy is not JSON: see line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}.`;
}

/**
 * Reads a policy.
 *
 * @param text of the file, JSON
 * @param chosen the profile; needed when the file has profiles
 * @param overrides what flags say; they count where they are stricter than the file
 * @throws PolicyError for everything that cannot be used
 */
export const readPolicy = (
  text: string,
  chosen: string | undefined,
  entries: readonly NamedOperation[],
  overrides: Rules = {},
): Policy => readPolicySet(text, chosen, entries, overrides).policy;

/** The same with the rules for principals. @throws PolicyError */
export function readPolicySet(
  text: string,
  chosen: string | undefined,
  entries: readonly NamedOperation[],
  overrides: Rules = {},
): PolicySet {
  // Some editors begin a file with a byte order mark.
  const json = text.replace(/^\ufeff/, '');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw error instanceof Error ? new PolicyError(describeSyntaxError(json, error)) : error;
  }
  const duplicate = duplicateMember(text);
  if (duplicate !== undefined) {
    throw new PolicyError(
      `The policy has "${duplicate}" twice in one place, and one of them would be lost. Write them as one.`,
    );
  }
  const outcome = z.safeParse(policySchema, value);
  if (!outcome.success) {
    throw new PolicyError(`The policy cannot be used. ${describeIssues(outcome.error)}`);
  }
  const { $schema: _, profiles = {}, principals = [], ...base } = outcome.data;
  const known = Object.keys(profiles);
  const profile =
    chosen !== undefined && Object.hasOwn(profiles, chosen) ? profiles[chosen] : undefined;
  if (chosen !== undefined && profile === undefined) {
    throw new PolicyError(
      `The policy has no profile "${chosen}"; ${known.length > 0 ? `it has ${known.join(', ')}` : 'it has none'}.${suggestion(chosen, known)}`,
    );
  }
  if (chosen === undefined && known.length > 0) {
    throw new PolicyError(
      `Choose one of the profiles with --profile or LOGTO_MCP_PROFILE: ${known.join(', ')}.`,
    );
  }
  checkTerms(base, entries, '');
  for (const [name, rules] of Object.entries(profiles)) {
    checkTerms(rules, entries, ` in the profile ${name}`);
  }
  for (const [index, { when, unless, ...rules }] of principals.entries()) {
    checkTerms(rules, entries, ` in principals[${index}]`);
    if (when === undefined && unless === undefined) {
      throw new PolicyError(
        `principals[${index}] has neither when nor unless. Rules for everybody stand beside principals.`,
      );
    }
  }
  const combined = profile === undefined ? base : combine(base, profile);
  if (combined.organizations?.length === 0 && base.organizations && profile?.organizations) {
    throw new PolicyError(
      `The profile ${chosen} and the rules beside it have no organization in common, so nothing could be changed.`,
    );
  }
  const { read_only: readOnly, ...others } = overrides;
  return new PolicySet(
    { ...combined, ...others, ...(readOnly === true && { read_only: true }) },
    chosen,
    [base.allow, profile?.allow, others.allow].filter((allow) => allow !== undefined),
    principals satisfies readonly PrincipalRule[],
  );
}

/**
 * The policy of a server: the one in the file, or the default where there is no file.
 *
 * @param text of the file
 * @param entries the operations that its terms may name; asked for only when there is a file
 * @param file its path, which errors begin with
 * @throws PolicyError for everything that cannot be used
 */
export const loadPolicy = (
  text: string | undefined,
  profile: string | undefined,
  entries: () => readonly NamedOperation[],
  file?: string,
): Policy => loadPolicySet(text, profile, entries, file).policy;

/** The same with the rules for principals. @throws PolicyError */
export function loadPolicySet(
  text: string | undefined,
  profile: string | undefined,
  entries: () => readonly NamedOperation[],
  file?: string,
): PolicySet {
  if (text !== undefined) {
    try {
      return readPolicySet(text, profile, entries());
    } catch (error) {
      throw error instanceof PolicyError && file !== undefined
        ? new PolicyError(`${file}: ${error.message}`)
        : error;
    }
  }
  if (profile !== undefined) {
    throw new PolicyError(
      'A profile is chosen (--profile or LOGTO_MCP_PROFILE), but there is no policy: set --policy or LOGTO_MCP_POLICY too.',
    );
  }
  return new PolicySet({}, undefined, [], []);
}
