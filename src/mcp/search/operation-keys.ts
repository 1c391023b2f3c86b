/** Finds operations by the keys that name them exactly: tool name, operationId and route. Needs no index. */
import type { Outline } from '../../catalog/operation.js';

/** What the keys are read from. */
export interface KeyedOperation {
  readonly name: string;
  /** Logto's operationId in lowerCamel. */
  readonly key: string;
  readonly operation: Pick<Outline, 'method' | 'url'>;
}

/** What a route names. */
export interface RouteMatch<T> {
  /** The operations of the route; of all methods when the text has none. */
  readonly operations: readonly T[];
  /** When the method does not exist at the path: the operations of the other methods. */
  readonly otherMethods: readonly T[];
  /** Whether the text is nothing but the route, and the route has a parameter wherever the operation has one. */
  readonly isTemplate: boolean;
}

export interface OperationKeys<T> {
  /** The operation with this tool name or operationId, in any case and with any separators; articles are ignored. */
  byId(text: string): T | undefined;
  /** The operations of the route in a text; undefined when it contains none. */
  byRoute(text: string): RouteMatch<T> | undefined;
  /** Every operation that a text names, by id or route. */
  named(text: string): readonly T[];
}

/** `list_users`, `ListUsers`, `list-users` and "list the users" are one key. */
const normalizeId = (text: string): string =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => !['a', 'an', 'the'].includes(word))
    .join('');

const methodPattern = /^(?:get|post|put|patch|delete)$/i;

/** A path parameter as documents write it: `{id}`, `:id`, `<id>` or `[id]`. */
const placeholderPattern = /^(?:\{.*\}|:.+|<.+>|\[.+\])$/;

const segmentsOf = (path: string): string[] =>
  path
    .replace(/[?#].*$/, '')
    .split('/')
    .filter((segment) => segment !== '');

/** The segments below `/api`, which a route may leave out. */
const withoutApi = ([first, ...rest]: readonly string[]): readonly string[] =>
  first === undefined || first === 'api' ? rest : [first, ...rest];

interface QueriedRoute {
  readonly method: string | undefined;
  readonly segments: readonly string[];
  /** Whether the text is nothing but the route. */
  readonly isWhole: boolean;
}

/** Reads `METHOD /path`, a bare path, or a URL below `/api`, alone or inside a sentence. */
function routeIn(text: string): QueriedRoute | undefined {
  const words = text
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/^[`'"(]+|[`'").,;!?]+$/g, ''));
  const position = words.findIndex((word) => /^\/?api\/|^\/./i.test(word));
  const methodBefore = (index: number): string | undefined =>
    methodPattern.test(words[index - 1] ?? '') ? words[index - 1]?.toUpperCase() : undefined;
  if (position >= 0) {
    const method = methodBefore(position);
    return {
      method,
      segments: withoutApi(segmentsOf(words[position] ?? '')),
      isWhole: words.length === (method === undefined ? 1 : 2),
    };
  }
  // A URL is a route only by itself: in a sentence it is more likely an address of the customer.
  const last = words.length - 1;
  const url = /^https?:\/\/[^/]+\/(api\/.+)$/i.exec(words[last] ?? '')?.[1];
  const method = methodBefore(last);
  return url === undefined || words.length !== (method === undefined ? 1 : 2)
    ? undefined
    : { method, segments: withoutApi(segmentsOf(url)), isWhole: true };
}

/** How many segments are equal to the operation's, parameters apart; undefined when the path is another. */
function literalMatches(asked: readonly string[], actual: readonly string[]): number | undefined {
  if (asked.length !== actual.length) {
    return undefined;
  }
  let literals = 0;
  for (const [index, segment] of actual.entries()) {
    const other = asked[index] ?? '';
    if (segment.toLowerCase() === other.toLowerCase()) {
      literals += 1;
    } else if (!placeholderPattern.test(segment)) {
      return undefined;
    }
  }
  return literals;
}

/** The keys of `operations`. They are read by the first call, so that a start does not pay for them. */
export function operationKeys<T extends KeyedOperation>(
  operations: readonly T[],
): OperationKeys<T> {
  let byNormalizedId: Map<string, T> | undefined;
  const readIds = (): Map<string, T> => {
    const ids = new Map<string, T>();
    // The first operation with an id has it.
    for (const operation of operations.toReversed()) {
      ids.set(normalizeId(operation.key), operation);
      ids.set(normalizeId(operation.name), operation);
    }
    return ids;
  };
  let routes: readonly { operation: T; actual: readonly string[] }[] | undefined;
  const readRoutes = () =>
    operations.map((operation) => ({
      operation,
      actual: withoutApi(segmentsOf(operation.operation.url)),
    }));
  const keys: OperationKeys<T> = {
    byId(text) {
      byNormalizedId ??= readIds();
      return byNormalizedId.get(normalizeId(text));
    },
    named(text) {
      const operation = keys.byId(text);
      const route = operation === undefined ? keys.byRoute(text) : undefined;
      return operation === undefined
        ? [...(route?.operations ?? []), ...(route?.otherMethods ?? [])]
        : [operation];
    },
    byRoute(text) {
      const route = routeIn(text);
      if (route === undefined) {
        return undefined;
      }
      const { method, segments, isWhole } = route;
      routes ??= readRoutes();
      const atPath = routes.flatMap(({ operation, actual }) => {
        const literals = literalMatches(segments, actual);
        return literals === undefined ? [] : [{ operation, literals, actual }];
      });
      if (atPath.length === 0 && !isWhole) {
        // A path inside a sentence that is not one of Logto's: "redirect to /callback".
        return undefined;
      }
      const ofMethod = atPath.filter(
        ({ operation }) => method === undefined || operation.operation.method === method,
      );
      // A fixed segment beats a parameter: /users/search would be a route of its own.
      const best = Math.max(-1, ...ofMethod.map(({ literals }) => literals));
      const matches = ofMethod.filter(({ literals }) => literals === best);
      return {
        operations: matches.map(({ operation }) => operation),
        otherMethods: matches.length > 0 ? [] : atPath.map(({ operation }) => operation),
        isTemplate:
          isWhole &&
          !/[?#]/.test(text) &&
          matches.every(({ actual }) =>
            actual.every(
              (segment, index) =>
                !placeholderPattern.test(segment) || placeholderPattern.test(segments[index] ?? ''),
            ),
          ),
      };
    },
  };
  return keys;
}
