/** A restriction of the policy to what the scopes of an access token allow. */
import type { TokenRestriction } from '../guard/policy/policy.js';
import { missingScopes, type Scope, scopesOf, scopesOfCall } from './scopes.js';

const asRule = (missing: readonly Scope[]): string | undefined =>
  missing.length === 0 ? undefined : `the access token lacks ${missing.join(', ')}`;

/** A restriction to what these scopes cover. */
export const restrictionTo = (granted: ReadonlySet<Scope>): TokenRestriction => ({
  forbids: ({ operation }) => asRule(missingScopes(scopesOf(operation), granted)),
  forbidsTool: (name) => asRule(missingScopes(scopesOfCall(name, {}, new Map()), granted)),
  describe: () => [`Scopes of the access token: ${[...granted].join(', ') || 'none'}.`],
});
