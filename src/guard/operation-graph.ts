/**
 * Relations between operations, derived from their routes: which one reads what another changes, and which one reverses it.
 * The Management API is regular enough for that; for irregular routes there is no relation.
 */
import {
  type Domain,
  type Fields,
  type Method,
  type Operation,
  type Outline,
  toolName,
  Whole,
} from '../catalog/operation.js';
import { isObject } from '../json.js';

/** An operation with the name of its tool and of its domain. */
export interface NamedOperation {
  readonly name: string;
  readonly domain: string;
  readonly operation: Outline;
}

/** An operation of the loaded catalog, with its schemas and with every fact that the guard decides by. */
export interface CatalogOperation extends NamedOperation {
  /** Logto's operationId in lowerCamel. */
  readonly key: string;
  readonly operation: Operation;
}

/** Arguments of a call by their names. */
export type Values = Readonly<Record<string, unknown>>;

/** An operation with the arguments to call it with. */
export interface WriteStep {
  readonly entry: CatalogOperation;
  readonly values: Values;
}

export type Catalog = Readonly<Record<string, Domain>>;

const parameter = /\{(\w+)\}/g;

const shapeOf = (url: string): string => url.replaceAll(parameter, '{}');

/** The names of the parameters in a route, in order. */
export const parametersOf = (url: string): string[] =>
  [...url.matchAll(parameter)].map(([, name = '']) => name);

/** The name of the last parameter in the route of an operation; empty if it has none. */
export const lastParameterOf = ({ operation: { url } }: NamedOperation): string =>
  parametersOf(url).at(-1) ?? '';

export const parentOf = (url: string): string => url.slice(0, url.lastIndexOf('/'));
export const lastOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

/** `custom-data` -> `customData` */
export const camelCase = (segment: string): string =>
  segment.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

export const bodyFields = ({ body }: Outline): Fields<unknown> =>
  body === undefined || body instanceof Whole ? {} : body;

/** The names of the arguments that are sent in the body of an operation. */
export const bodyNames = ({ body }: Outline): readonly string[] =>
  body instanceof Whole ? [body.argument] : Object.keys(body ?? {});

/** A PUT that drops the fields that are not sent. */
export const dropsUnnamed = ({ method, partial }: Outline): boolean =>
  method === 'PUT' && partial !== true;

export class OperationGraph {
  readonly operations: readonly CatalogOperation[];
  readonly #byRoute: ReadonlyMap<string, CatalogOperation>;
  readonly #byName: ReadonlyMap<string, CatalogOperation>;
  readonly #byKey: ReadonlyMap<string, CatalogOperation>;

  constructor(catalog: Catalog) {
    this.operations = Object.entries(catalog).flatMap(([domain, { operations }]) =>
      Object.entries(operations).map(([key, operation]) => ({
        key,
        name: toolName(key, operation),
        domain,
        operation,
      })),
    );
    this.#byRoute = new Map(
      this.operations.map((entry) => [
        `${entry.operation.method} ${shapeOf(entry.operation.url)}`,
        entry,
      ]),
    );
    this.#byName = new Map(this.operations.map((entry) => [entry.name, entry]));
    this.#byKey = new Map(this.operations.map((entry) => [entry.key, entry]));
  }

  /** The operation whose tool has this name. */
  named(name: string): CatalogOperation | undefined {
    return this.#byName.get(name);
  }

  /**
   * The operation that a fact of the catalog names by its key, or by its tool.
   *
   * @throws Error for a name that the catalog does not have, which a test of the catalog rules out
   */
  keyed(key: string | undefined): CatalogOperation {
    const entry = this.#byKey.get(key ?? '') ?? this.named(key ?? '');
    if (entry === undefined) {
      throw new Error(`The catalog has no ${key}.`);
    }
    return entry;
  }

  at(method: Method, url: string): CatalogOperation | undefined {
    return this.#byRoute.get(`${method} ${shapeOf(url)}`);
  }

  /** The operation that reads one entity of a kind, such as `users`. */
  entity(kind: string): CatalogOperation | undefined {
    return this.at('GET', `/api/${kind}/{id}`);
  }

  /** The list that contains the entity named by the last parameter of a route. */
  collection({ operation: { url } }: NamedOperation): CatalogOperation | undefined {
    return lastOf(url).startsWith('{') ? this.at('GET', parentOf(url)) : undefined;
  }

  /** The operation that assigns roles to one member of the set that `list` reads. */
  givingRoles({ operation: { url } }: NamedOperation): CatalogOperation | undefined {
    return this.at('POST', `${url}/{}/roles`);
  }

  /** The operation that sets again what `entry` deletes, under the same route. */
  restoring({ operation: { method, url } }: NamedOperation): CatalogOperation | undefined {
    const put = method === 'DELETE' ? this.at('PUT', url) : undefined;
    return put?.operation.updateOnly === true ? undefined : put;
  }

  /**
   * The call that lets an application request a scope again that `entry` has removed from it: the kind of the scope is in
   * the path there, and in the body here.
   */
  consenting(entry: NamedOperation, values: Values): WriteStep | undefined {
    const { method, url } = entry.operation;
    const [, base] = /^(.*-scopes)\/\{scopeType\}\/\{scopeId\}$/.exec(url) ?? [];
    const add = base === undefined || method !== 'DELETE' ? undefined : this.at('POST', base);
    const { scopeType, scopeId } = values;
    return add === undefined
      ? undefined
      : {
          entry: add,
          values: { ...pathFor(add, entry, values), [camelCase(String(scopeType))]: [scopeId] },
        };
  }

  /** The operation that deletes what `entry` sets as a whole. */
  deleting({ operation: { method, url } }: NamedOperation): CatalogOperation | undefined {
    return method === 'PUT' ? this.at('DELETE', url) : undefined;
  }

  /** The operation that reads the entity at the beginning of a route. */
  rootOf({ operation }: NamedOperation): CatalogOperation | undefined {
    const [, root] = /^(\/api\/[^/]+\/\{\w+\})/.exec(operation.url) ?? [];
    return root === undefined ? undefined : this.at('GET', root);
  }

  /** The operation below the same entity that replaces the member that `entry` merges into. */
  replacing({
    operation: { method, url },
  }: NamedOperation): { entry: CatalogOperation; field: string } | undefined {
    const field = camelCase(lastOf(url));
    const entry = method === 'PATCH' ? this.at('PATCH', parentOf(url)) : undefined;
    return entry !== undefined && Object.hasOwn(bodyFields(entry.operation), field)
      ? { entry, field }
      : undefined;
  }

  /** The nearest operation up the route that reads the target of a write; undefined if none does. */
  observing({ operation }: NamedOperation): CatalogOperation | undefined {
    for (let { url } = operation; url !== '/api'; url = parentOf(url)) {
      const read = this.at('GET', url);
      if (read !== undefined && read.operation.answer === undefined) {
        return read;
      }
    }
    return undefined;
  }

  /**
   * The operation that removes one of the relations that a POST adds several of: consent scopes, roles of several members.
   */
  removingPair(url: string): CatalogOperation | undefined {
    return (
      this.at('DELETE', `${url}/{}/{}`) ??
      (lastOf(url) === 'roles' ? this.at('DELETE', `${parentOf(url)}/{}/roles/{}`) : undefined)
    );
  }

  /** The operation that deletes one item of a collection. */
  removingOne(collection: string): CatalogOperation | undefined {
    return this.operations.find(
      ({ operation: { method, url } }) =>
        method === 'DELETE' &&
        shapeOf(parentOf(url)) === shapeOf(collection) &&
        lastOf(url).startsWith('{'),
    );
  }
}

/**
 * The target of a write as a key for a queue: writes with the same key are sent one after another. Everything below one
 * entity has the same key. So have all writes that decide whether anybody can sign in: if the last two ways to sign in are
 * removed, the second removal must see that the first is gone.
 */
export function queueKeyOf({ operation }: NamedOperation, values: Values): string {
  if (operation.lockout?.some(({ touches }) => touches === 'sign-in') === true) {
    return 'sign-in';
  }
  const [, first = '', second = ''] = /^\/api\/([^/]+)(?:\/([^/]+))?/.exec(operation.url) ?? [];
  const [name] = parametersOf(second);
  const id = name === undefined ? '' : String(values[name]);
  // A SAML application is an application under another route.
  return `${first.replace(/^saml-/, '')}/${id}`;
}

/** The values of the path of `source`, under the names that the path of `target` has for them. */
export function pathFor(
  target: NamedOperation,
  source: NamedOperation,
  values: Values,
): Record<string, unknown> {
  const names = parametersOf(source.operation.url);
  return Object.fromEntries(
    parametersOf(target.operation.url).map((name, index) => [name, values[names[index] ?? '']]),
  );
}

/** The path of an operation on one entity. */
export const pathOf = ({ operation }: NamedOperation, id: unknown): Record<string, unknown> => {
  const [name = 'id'] = parametersOf(operation.url);
  return { [name]: id };
};

/** The arguments of a call that are sent in its body. */
export const bodyOf = ({ operation }: NamedOperation, values: Values): Values =>
  Object.fromEntries(
    bodyNames(operation)
      .filter((name) => values[name] !== undefined)
      .map((name) => [name, values[name]]),
  );

/** The arguments of a call that are sent in its query. */
export const queryOf = ({ operation }: NamedOperation, values: Values): Values =>
  Object.fromEntries(
    Object.keys(operation.query ?? {})
      .filter((name) => values[name] !== undefined)
      .map((name) => [name, values[name]]),
  );

/** What Logto stores of a sent field: in some fields it keeps the members that are not sent. */
export const storedValue = (
  { joins = [] }: Outline,
  field: string,
  before: unknown,
  sent: unknown,
): unknown =>
  joins.includes(field) && isObject(before) && isObject(sent) ? { ...before, ...sent } : sent;

/** The id of an item of a set, as the field that adds it accepts it. */
export function idIn(item: unknown, field: string): unknown {
  if (!isObject(item)) {
    return item;
  }
  return item[field.replace(/s$/, '')] ?? item['id'] ?? item['name'];
}
