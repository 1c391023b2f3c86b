/** The scopes by which people administer Logto through this server. A role that carries one amounts to the Management API. */

/**
 * The scopes of access tokens for the command http:
 *
 * - `logto:read`: reads
 * - `logto:write`: adds and changes
 * - `logto:remove`: removes
 * - `logto:secrets`: makes or sets what an account or an application signs in with, and shows secrets where the operator does
 */
export const tokenScopes = ['logto:read', 'logto:write', 'logto:remove', 'logto:secrets'] as const;

/** Whether a value is the name of such a scope. */
export const isTokenScope = (name: unknown): boolean => tokenScopes.some((scope) => scope === name);
