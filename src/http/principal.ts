/** The caller: the person or program of an access token. */
import type { Actor } from '../guard/actor.js';
import { isObject } from '../json.js';
import { isScope, type McpScope, scopes } from './scopes.js';

export interface Principal extends Actor {
  readonly scopes: ReadonlySet<McpScope>;
}

export const principalOf = (
  sub: string,
  clientId: string,
  granted: readonly string[],
): Principal => ({
  key: `${clientId} ${sub}`,
  sub,
  clientId,
  scopes: new Set(granted.filter(isScope)),
});

/** The one person of a server without sign-in, on loopback. */
export const LOCAL_PRINCIPAL: Principal = principalOf('local', 'local', scopes);

const isPrincipal = (value: unknown): value is Principal =>
  isObject(value) && typeof value['key'] === 'string' && value['scopes'] instanceof Set;

/** The principal that the verifier left in the authentication of a request. @throws Error where there is none */
export function principalIn(extra: Readonly<Record<string, unknown>> | undefined): Principal {
  const principal = extra?.['principal'];
  if (!isPrincipal(principal)) {
    throw new Error('A request without a principal.');
  }
  return principal;
}
