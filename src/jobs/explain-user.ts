/**
 * Explains one account in one answer: roles, sessions, failures and above all sign-in, so that a support desk need not know
 * where to look. Reads run at the same time, and the answer names what could not be read.
 */
import type { Item } from '../catalog/write-facts.js';
import type { Values } from '../guard/operation-graph.js';
import { isObject, memberOf } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import { explainSignIn, type SignInVerdict } from './sign-in-ways.js';

/** Code that Logto answers and logs for a locked identifier. */
const LOCKED_CODE = 'session.verification_blocked_too_many_attempts';

/** Minutes of a lockout in a tenant that has not set them: Logto's default. */
const DEFAULT_LOCKOUT_MINUTES = 60;

/** Days of the log that are searched for failures. */
const LOG_DAYS = 7;

const DAY_MS = 24 * 60 * 60 * 1000;

/** Entries of the log that are read. Where there are more, the answer says so. */
const MAX_LOG_ENTRIES = 1000;

/** Failures, sessions and the like that are listed; more are counted. */
const MAX_LISTED = 10;

/** Reads one operation of the tenant through the guard. @throws LogtoError when it is refused */
export type ReadOperation = (
  operation: string,
  values: Values,
) => Promise<{ readonly value: unknown; readonly hasMore: boolean }>;

export interface ExplainedUser {
  readonly user: Item;
  readonly sign_in: SignInVerdict;
  readonly factors: readonly unknown[];
  readonly roles: readonly {
    readonly name: unknown;
    readonly id: unknown;
    readonly scopes: readonly unknown[];
  }[];
  readonly organizations: readonly {
    readonly name: unknown;
    readonly id: unknown;
    readonly roles: readonly unknown[];
  }[];
  readonly sessions: { readonly count: number };
  readonly recent_failures: readonly Item[];
  /** How many entries were searched for failures, and since when. */
  readonly log: { readonly searched: number; readonly since: string; readonly complete: boolean };
  /** What could not be read, with the reason; the answer says nothing about it. */
  readonly not_read?: readonly string[];
}

const itemsIn = (value: unknown): readonly Item[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

/** The members of an account that identify it and show its state. */
const shownMembers = [
  'id',
  'name',
  'username',
  'primaryEmail',
  'primaryPhone',
  'isSuspended',
  'createdAt',
  'lastSignInAt',
  'hasPassword',
] as const;

/** E-mail addresses in the profiles that social and SSO providers sent for an account. */
const providedAddresses = ({ identities, ssoIdentities }: Item): readonly unknown[] => [
  ...(isObject(identities) ? Object.values(identities) : []).map((identity) =>
    memberOf(memberOf(identity, 'details'), 'email'),
  ),
  ...itemsIn(ssoIdentities).map((identity) => memberOf(identity['detail'], 'email')),
];

/** The names under which an account is logged: an entry about a wrong password has no user id, only what was typed. */
function namesOf(user: Item): ReadonlySet<string> {
  return new Set(
    [user['username'], user['primaryEmail'], user['primaryPhone'], ...providedAddresses(user)]
      .filter((value) => typeof value === 'string' && value !== '')
      .map((value) => String(value).toLowerCase()),
  );
}

/** Members of a payload that hold what was typed; others, such as the type of the identifier, may have the same text. */
const IDENTIFIER_MEMBERS: ReadonlySet<string> = new Set([
  'value',
  'username',
  'email',
  'phone',
  'primaryEmail',
  'primaryPhone',
]);

/** Depth to which payloads are searched. */
const MAX_DEPTH = 6;

/** The identifiers inside a payload, whose position depends on the event. */
function* identifiersIn(value: unknown, depth = 0): Generator<string> {
  if (depth >= MAX_DEPTH || typeof value !== 'object' || value === null) {
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'string') {
      if (IDENTIFIER_MEMBERS.has(name)) {
        yield member;
      }
    } else {
      yield* identifiersIn(member, depth + 1);
    }
  }
}

const isFailure = ({ payload }: Item): boolean =>
  isObject(payload) && payload['result'] === 'Error';

/** A failure as a person needs it: when it happened, what was tried, why it failed, and from where. */
function failureOf({ key, createdAt, payload }: Item): Item {
  const inner: Item = isObject(payload) ? payload : {};
  const error: Item = isObject(inner['error']) ? inner['error'] : {};
  return {
    at: typeof createdAt === 'number' ? new Date(createdAt).toISOString() : createdAt,
    event: key,
    code: error['code'] ?? inner['error'],
    message: error['message'],
    ip: inner['ip'],
    by: inner['userId'] === undefined ? 'identifier' : 'user id',
  };
}

/**
 * Until when an account is locked, by the newest log entry that says so; undefined if it is not locked or has signed in
 * since.
 *
 * @param lastSignInAt of the account
 */
function lockedUntil(
  failures: readonly Item[],
  settings: unknown,
  lastSignInAt: unknown,
  now: number,
): number | undefined {
  const newest = failures.find(
    ({ payload }) => memberOf(memberOf(payload, 'error'), 'code') === LOCKED_CODE,
  );
  const minutes = memberOf(memberOf(settings, 'sentinelPolicy'), 'lockoutDuration');
  const durationMs = (typeof minutes === 'number' ? minutes : DEFAULT_LOCKOUT_MINUTES) * 60_000;
  const since = Number(newest?.['createdAt'] ?? 0);
  const until = since + durationMs;
  const hasSignedIn = typeof lastSignInAt === 'number' && lastSignInAt > since;
  return newest !== undefined && until > now && !hasSignedIn ? until : undefined;
}

/**
 * Explains an account.
 *
 * @param userId of the account
 * @param now epoch milliseconds
 * @throws LogtoError when the account itself cannot be read
 */
export async function explainUser(
  userId: string,
  read: ReadOperation,
  now: number,
): Promise<ExplainedUser> {
  const unread: string[] = [];
  const optional = async (subject: string, operation: string, values: Values): Promise<unknown> => {
    try {
      return (await read(operation, values)).value;
    } catch (error) {
      if (error instanceof LogtoError) {
        unread.push(`${subject}: ${error.failure.message}`);
        return undefined;
      }
      throw error;
    }
  };
  /** All items of a paged list, up to a maximum. */
  const pages = async (
    subject: string,
    operation: string,
    values: Values,
    max: number,
  ): Promise<{ items: readonly Item[]; complete: boolean }> => {
    const items: Item[] = [];
    try {
      for (let page = 1; items.length < max; page += 1) {
        const answer = await read(operation, { ...values, page, page_size: 100 });
        items.push(...itemsIn(answer.value));
        if (!answer.hasMore) {
          return { items, complete: true };
        }
      }
      return { items, complete: false };
    } catch (error) {
      if (error instanceof LogtoError) {
        unread.push(`${subject}: ${error.failure.message}`);
        return { items, complete: false };
      }
      throw error;
    }
  };

  const account = (await read('get_user', { userId, includeSsoIdentities: true })).value;
  const user: Item = isObject(account) ? account : {};
  const since = now - LOG_DAYS * DAY_MS;
  const [
    password,
    factors,
    roles,
    organizations,
    sessions,
    settings,
    connectors,
    ssoConnectors,
    logs,
  ] = await Promise.all([
    optional('password', 'get_user_has_password', { userId }),
    optional('second factors', 'list_user_mfa_verifications', { userId }),
    pages('roles', 'list_user_roles', { userId }, MAX_LOG_ENTRIES),
    optional('organizations', 'list_user_organizations', { userId }),
    optional('sessions', 'list_user_sessions', { userId }),
    optional('sign-in settings', 'get_sign_in_exp', {}),
    optional('connectors', 'list_connectors', {}),
    pages('SSO connectors', 'list_sso_connectors', {}, MAX_LOG_ENTRIES),
    pages('log', 'list_logs', { start_time: since }, MAX_LOG_ENTRIES),
  ]);
  const scopes = await Promise.all(
    roles.items.map((role) =>
      pages(`scopes of ${String(role['name'])}`, 'list_role_scopes', { id: role['id'] }, 500),
    ),
  );
  const names = namesOf(user);
  const failures = logs.items.filter(isFailure).filter(({ payload }) => {
    const isById = isObject(payload) && payload['userId'] === userId;
    return isById || [...identifiersIn(payload)].some((text) => names.has(text.toLowerCase()));
  });
  const hasPassword =
    isObject(password) && typeof password['hasPassword'] === 'boolean'
      ? password['hasPassword']
      : typeof user['hasPassword'] === 'boolean'
        ? user['hasPassword']
        : undefined;
  const listed = itemsIn(isObject(sessions) ? sessions['sessions'] : sessions);
  return {
    user: Object.fromEntries(
      shownMembers.filter((name) => user[name] !== undefined).map((name) => [name, user[name]]),
    ),
    sign_in: explainSignIn({
      user,
      hasPassword,
      factors: factors === undefined ? undefined : itemsIn(factors),
      settings: isObject(settings) ? settings : undefined,
      connectors: connectors === undefined ? undefined : itemsIn(connectors),
      ssoConnectors: ssoConnectors.complete ? ssoConnectors.items : undefined,
      lockedUntil: lockedUntil(failures, settings, user['lastSignInAt'], now),
    }),
    factors: itemsIn(factors).map(({ type, name, createdAt }) => ({ type, name, createdAt })),
    roles: roles.items.map(({ id, name }, index) => ({
      id,
      name,
      scopes: (scopes[index]?.items ?? []).map((scope) => scope['name']),
    })),
    organizations: itemsIn(organizations).map(({ id, name, organizationRoles }) => ({
      id,
      name,
      roles: itemsIn(organizationRoles).map((role) => role['name']),
    })),
    sessions: { count: listed.length },
    recent_failures: failures.slice(0, MAX_LISTED).map(failureOf),
    log: {
      searched: logs.items.length,
      since: new Date(since).toISOString(),
      complete: logs.complete,
    },
    ...(unread.length > 0 && { not_read: unread }),
  };
}
