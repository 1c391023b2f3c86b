/**
 * Self-lockout protection: refuses writes that would revoke this server's own access, or every way to sign in. Logto itself
 * accepts them with a 204.
 */
import type { LockoutRule } from '../../catalog/write-facts.js';
import { objectsIn, textsInside } from '../../json.js';
import { LogtoError } from '../../logto/errors.js';
import { entitiesNamed } from '../entity-refs.js';
import type { CatalogOperation, OperationGraph, Values } from '../operation-graph.js';
import type { Reads } from '../tenant-reader.js';
import type { OwnAccess, PrivilegeGrants } from './privilege-grants.js';
import { locksEverybodyOut } from './sign-in-lockout.js';

/** A write whose lockout rules are checked. */
export interface LockoutCall {
  readonly entry: CatalogOperation;
  readonly values: Values;
  /** The predicted settings, for an update. */
  readonly after: unknown;
  /** What the write displaces. */
  readonly displaced: readonly Readonly<Record<string, unknown>>[];
}

type RuleOf<T extends LockoutRule['touches']> = Extract<LockoutRule, { touches: T }>;

export class SelfLockout {
  constructor(
    private readonly self: OwnAccess,
    private readonly graph: OperationGraph,
    private readonly grants: PrivilegeGrants,
  ) {}

  /** @throws LogtoError of kind `permission` for a write that would lock out this server or all users */
  async check(call: LockoutCall, reads: Reads): Promise<void> {
    const { name, operation } = call.entry;
    for (const rule of operation.lockout ?? []) {
      if (rule.when?.(call.values) !== false && (await this.#holds(rule, call, reads))) {
        throw new LogtoError({
          kind: 'permission',
          code: 'own_access',
          message: `${name} is refused: ${rule.because} Nothing was sent.`,
          hint: 'A person can do it in the Logto console. This server does it only if its policy names the operation in allow_against_self.',
        });
      }
    }
  }

  async #holds(rule: LockoutRule, call: LockoutCall, reads: Reads): Promise<boolean> {
    const { values } = call;
    switch (rule.touches) {
      case 'anything':
        return true;
      case 'application':
        return values[rule.argument] === this.self.appId;
      case 'secret':
        return this.#secretInUse(rule, call, reads);
      case 'role':
        return this.#ownRole(rule, values, reads);
      case 'resource':
        return values[rule.argument] === (await this.grants.ownResource(reads));
      case 'people':
        return this.self.signIn !== undefined;
      case 'named':
        // For an operation that is not in the catalog, the values that name what people sign in with are unknown.
        return this.self.signIn !== undefined || this.#namesOwn(call, reads);
      case 'domain':
        return this.#ownDomain(rule, values, reads);
      case 'sign-in': {
        const { after, displaced } = call;
        return locksEverybodyOut(
          (state) => rule.after(state, { values, after, displaced }),
          rule.strict === true,
          this.graph,
          reads,
        );
      }
      default:
        return rule satisfies never;
    }
  }

  /** If the secret in use is not among those with names, each of them may be it. */
  async #secretInUse(
    { argument, list: key, secret }: RuleOf<'secret'>,
    { entry, values }: LockoutCall,
    reads: Reads,
  ): Promise<boolean> {
    if (values[argument] !== this.self.appId) {
      return false;
    }
    const secrets = objectsIn(await reads.items(this.graph.keyed(key), entry, values));
    const inUse = secrets.find(({ value }) => value === this.self.appSecret);
    return inUse === undefined || inUse['name'] === values[secret];
  }

  async #ownRole(
    { argument, application, scope }: RuleOf<'role'>,
    values: Values,
    reads: Reads,
  ): Promise<boolean> {
    if (application !== undefined && values[application] !== this.self.appId) {
      return false;
    }
    const role = values[argument];
    const scopes = await this.grants.grantingScopes(role, reads);
    if (scopes.length === 0 || (scope !== undefined && !scopes.includes(values[scope]))) {
      return false;
    }
    return application !== undefined || this.grants.holdsRole(this.self.appId, role, reads);
  }

  /** Whether a value at any depth is this server's application or the Management API, or names a role of this server. */
  async #namesOwn({ entry, values }: LockoutCall, reads: Reads): Promise<boolean> {
    const texts = new Set(textsInside(values));
    const own = [this.self.appId, this.self.resource, await this.grants.ownResource(reads)];
    if (own.some((text) => text !== undefined && texts.has(text))) {
      return true;
    }
    const roles = entitiesNamed(entry, values).filter(({ kind }) => kind === 'role');
    for (const { value } of roles) {
      if (
        await this.#ownRole(
          { touches: 'role', argument: 'role', because: '' },
          { role: value },
          reads,
        )
      ) {
        return true;
      }
    }
    return false;
  }

  async #ownDomain(
    { list: key, argument }: RuleOf<'domain'>,
    values: Values,
    reads: Reads,
  ): Promise<boolean> {
    const list = this.graph.keyed(key);
    const domains = objectsIn(await reads.items(list, list, {}));
    const { hostname } = new URL(this.self.endpoint);
    const own = domains.find(({ domain }) => String(domain).toLowerCase() === hostname);
    return (
      own !== undefined &&
      (argument === undefined ? own['status'] !== 'Active' : own['id'] === values[argument])
    );
  }
}
