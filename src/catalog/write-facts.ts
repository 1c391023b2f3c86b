/**
 * Facts about writes that the guard decides by: what a removal cascades to, what a write displaces, whether it can be
 * undone, how it can lock out this server or all users, and how it is confined to an organization. Reads are named by the
 * key of their operation, such as `listRoleUsers`. The functions are pure.
 */
import type { ProtectableKind } from './protectable.js';
import type { ArgumentValues } from './risk.js';

/** One item of a list, or one entity. */
export type Item = Readonly<Record<string, unknown>>;

/** The target of a removal. */
export interface CascadeTarget {
  /** The last value of the path. */
  readonly id: unknown;
  /** The ids in the list that the row names in `idsIn`, or `id` alone. */
  readonly ids: ReadonlySet<unknown>;
  readonly values: ArgumentValues;
  /** The current state of the target; undefined when it could not be read. */
  readonly before: unknown;
}

/** What is read of each entity of a kind, an answer or the items of a list, and which of it a removal changes. */
export interface CascadeHolders {
  readonly kind: ProtectableKind;
  readonly list: string;
  readonly affects: (item: Item, target: CascadeTarget) => boolean;
}

/** What is counted, in words that follow the number 1 and any other: `user loses this role`, `users lose this role`. */
export type CountWords = readonly [one: string, other: string];

/**
 * One thing that a removal cascades to, as a count. Each row has one way of counting:
 *
 * - `count`: from the call and what it finds, or `unknown` where no operation tells
 * - `below`: the items of a list below what is removed
 * - `inside`: from the answer of a read below it
 * - `among`: the items of a list of the whole tenant for which `where` holds
 * - `per`: summed over a list of parents, with `list` read for each of them
 */
export type Cascade = {
  readonly label: string;
  /** What a person reads: an entity where it is deleted; an assignment or a loss where the entity itself stays. */
  readonly words: CountWords;
  /** The kind of what is counted, where a policy can protect it. */
  readonly kind?: ProtectableKind;
  /**
   * The lists below entities that a policy can protect. They show whether such an entity is counted, or contains what is
   * counted.
   */
  readonly holders?: readonly CascadeHolders[];
  /** Members of an item of `among` that name what a policy can protect: the organization of an invitation. */
  readonly names?: readonly string[];
  /** Only for targets for which this holds. */
  readonly when?: (target: CascadeTarget) => boolean;
  /** Changes by itself, so a plan stays valid when it does: sessions. */
  readonly volatile?: true;
  /** A list below the target whose ids are meant instead of the target's own, where the target is a parent. */
  readonly idsIn?: string;
} & (
  | { readonly count: 'unknown' | ((target: CascadeTarget) => number) }
  | { readonly below: string }
  | { readonly inside: string; readonly size: (body: unknown, target: CascadeTarget) => number }
  | { readonly among: string; readonly where: (item: Item, target: CascadeTarget) => boolean }
  | {
      readonly per: string;
      readonly query?: ArgumentValues;
      readonly list: string;
      readonly size: (body: unknown, target: CascadeTarget) => number;
    }
);

/** Existing entities that a write deletes although no argument names them. */
export interface Displacement {
  readonly kind: ProtectableKind;
  /** Reads what the argument `argument` names. */
  readonly read: string;
  readonly argument: string;
  /** The list of the entities that may be displaced. */
  readonly among: string;
  /** Whether a write displaces an item of the list, given the entity that was read. */
  readonly matches: (named: Item, item: Item) => boolean;
}

/** Whether and how `undo_change` reverses a write, if the routes do not show it. */
export interface UndoFacts {
  /** Why no call can be undone, as a clause. */
  readonly blocked?: string;
  /**
   * Why there is nothing to undo, as a clause: the effect of the call ends by itself. Such a call need not be confirmed.
   */
  readonly nothing?: string;
  /** What an undo does not restore, as a sentence. */
  readonly leaves?: string;
  /**
   * The body field sets members of items that are in a list already, such as their order: the operation that reads the list,
   * and the member by which an item is found in it.
   */
  readonly items?: { readonly list: string; readonly key: string };
  /** Logto does not accept an empty set, so members are removed one by one. */
  readonly neverEmpty?: true;
}

/** The state that decides whether users can sign in. */
export interface SignInState {
  readonly settings: Item;
  readonly connectors: readonly Item[];
  readonly ssoConnectors: readonly Item[];
}

/** A write that may change the ways to sign in. */
export interface SignInCall {
  readonly values: ArgumentValues;
  /** The settings as they would be after the call. */
  readonly after: unknown;
  /** What the call displaces. */
  readonly displaced: readonly Item[];
}

/**
 * How a write could end this server's own access to Logto, or every way to sign in. A rule without `when` holds for every
 * call.
 *
 * - `anything`: whatever the call names
 * - `application`: the argument names the application that this server signs in with
 * - `secret`: the same, and the secret named by `secret` is the one in use
 * - `role`: the role gives this server its access; with `application` only when taken from this server's application,
 *   with `scope` only when that scope does
 * - `resource`: the argument names the Management API
 * - `named`: an argument, whatever its name, is the application that this server signs in with, the Management API, or a
 *   role that gives this server its access
 * - `domain`: the domain that this server reaches Logto by; without `argument` unless it is active
 * - `sign-in`: no way to sign in would be left
 */
export type LockoutRule = {
  /** What would happen, as a clause that follows "is refused:". */
  readonly because: string;
  readonly when?: (values: ArgumentValues) => boolean;
} & (
  | { readonly touches: 'anything' }
  | { readonly touches: 'application'; readonly argument: string }
  | {
      readonly touches: 'secret';
      readonly argument: string;
      readonly list: string;
      readonly secret: string;
    }
  | {
      readonly touches: 'role';
      readonly argument: string;
      readonly application?: string;
      readonly scope?: string;
    }
  | { readonly touches: 'resource'; readonly argument: string }
  | { readonly touches: 'named' }
  | { readonly touches: 'domain'; readonly list: string; readonly argument?: string }
  /** How people sign in to this server over HTTP: through it an operator could become an administrator. */
  | { readonly touches: 'people' }
  | {
      readonly touches: 'sign-in';
      readonly after: (state: SignInState, call: SignInCall) => SignInState;
      /** Also refused where no user can sign in before the call. */
      readonly strict?: true;
    }
);

/**
 * How a write is confined when a policy names the only organizations that may change. Without this key such a policy
 * refuses the write.
 *
 * - `organization`: the argument names the organization. With `admits`, accounts or applications that are not members yet
 *   may be added only where they belong to no other organization. With `opens`, no new rule lets people in by themselves.
 * - `invitation`: the argument names an invitation; without it the arguments are those of a new one
 * - `account`: the argument names a user who belongs to these organizations alone and holds no role of the tenant
 */
export type OrganizationScopeFacts =
  | {
      readonly organization: string;
      readonly admits?: {
        readonly argument: string;
        readonly members: string;
        readonly memberships: string;
      };
      readonly opens?: {
        readonly arguments: readonly string[];
        readonly list: string;
        readonly member: string;
      };
    }
  | {
      readonly invitation: string | undefined;
      readonly read: string;
      readonly accepts: string;
      readonly memberships: string;
    }
  | { readonly account: string; readonly memberships: string; readonly roles: string };

/** A limit of this server's own on a call: `calls` in `windowMs` milliseconds, for each value of the arguments in `per`. */
export interface CallLimit {
  readonly calls: number;
  readonly windowMs: number;
  readonly per: readonly string[];
}

/** A value that Logto shows once, in the answer to the call. */
export interface ShownOnce {
  /** What it is, in a few words: `the secret of the authenticator app`. */
  readonly what: string;
  /** Calls that give the value themselves, so that nothing is lost. */
  readonly unless?: (values: ArgumentValues) => boolean;
}
