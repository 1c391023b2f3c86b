/** Which operations a Logto serves, by its served document. Logto does not publish its version. */
import type { Outline } from '../catalog/operation.js';
import { isObject } from '../json.js';

/** `GET /api/users/{}`: the route without the names of its parameters, which differ between versions. */
export const routeOf = (method: string, url: string): string =>
  `${method.toUpperCase()} ${url.replaceAll(/\{[^}]+\}/g, '{}').toLowerCase()}`;

const METHODS: ReadonlySet<string> = new Set(['get', 'post', 'put', 'patch', 'delete']);

/** The routes of an OpenAPI document; empty for anything else. */
export function servedRoutes(document: unknown): ReadonlySet<string> {
  const paths = isObject(document) && isObject(document['paths']) ? document['paths'] : {};
  return new Set(
    Object.entries(paths).flatMap(([url, members]) =>
      Object.keys(isObject(members) ? members : {})
        .filter((member) => METHODS.has(member))
        .map((method) => routeOf(method, url)),
    ),
  );
}

/** The tools whose operation is not among the routes. */
export const lackingIn = <T extends { readonly operation: Outline }>(
  routes: ReadonlySet<string>,
  tools: readonly T[],
): readonly T[] =>
  tools.filter(({ operation }) => !routes.has(routeOf(operation.method, operation.url)));

/** The routes that belong to none of the operations. */
export function unknownTo(
  operations: readonly Outline[],
  routes: ReadonlySet<string>,
): readonly string[] {
  const catalogRoutes = new Set(operations.map(({ method, url }) => routeOf(method, url)));
  return [...routes].filter((route) => !catalogRoutes.has(route));
}
