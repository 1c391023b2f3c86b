/** A restriction of the policy to what the scopes of an access token allow. */
import type { TokenRestriction } from '../guard/policy/policy.js';
import { type McpScope, missingScopes, scopesOf, scopesOfCall } from './scopes.js';

const asRule = (missing: readonly McpScope[]): string | undefined =>
  missing.length === 0 ? undefined : `the access token lacks ${missing.join(', ')}`;

/** A restriction to what these scopes cover. */
export const restrictionTo = (granted: ReadonlySet<McpScope>): TokenRestriction => ({
  forbids: ({ operation }) => asRule(missingScopes(scopesOf(operation), granted)),
  forbidsTool: (name) => asRule(missingScopes(scopesOfCall(name, {}, new Map()), granted)),
  describe: () => [`Scopes of the access token: ${[...granted].join(', ') || 'none'}.`],
});
