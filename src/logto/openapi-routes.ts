/** Which operations a Logto serves, by the OpenAPI document that it makes of itself: it tells nobody its version. */
import type { Outline } from '../catalog/operation.js';

/** `GET /api/users/{}`. Path parameters are named otherwise here and there, and their names mean nothing. */
export const routeOf = (method: string, url: string): string =>
  `${method.toUpperCase()} ${url.replaceAll(/\{[^}]+\}/g, '{}').toLowerCase()}`;

const methods = new Set(['get', 'post', 'put', 'patch', 'delete']);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** The routes that a document has; none when it is something else than an OpenAPI document. */
export function servedRoutes(document: unknown): ReadonlySet<string> {
  const paths = isObject(document) && isObject(document['paths']) ? document['paths'] : {};
  return new Set(
    Object.entries(paths).flatMap(([url, members]) =>
      Object.keys(isObject(members) ? members : {})
        .filter((member) => methods.has(member))
        .map((method) => routeOf(method, url)),
    ),
  );
}

/** Those whose operation is not among the routes. */
export const lackingIn = <T extends { readonly operation: Outline }>(
  routes: ReadonlySet<string>,
  tools: readonly T[],
): readonly T[] =>
  tools.filter(({ operation }) => !routes.has(routeOf(operation.method, operation.url)));

/** The routes that none of the operations stands for. */
export function unknownTo(
  operations: readonly Outline[],
  routes: ReadonlySet<string>,
): readonly string[] {
  const known = new Set(operations.map(({ method, url }) => routeOf(method, url)));
  return [...routes].filter((route) => !known.has(route));
}
