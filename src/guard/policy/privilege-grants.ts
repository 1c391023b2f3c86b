/**
 * Whether an entity holds the Management API, or a scope that amounts to it: a scope by which people administer Logto
 * through the command http, of any resource. The lookup follows the edges that the catalog has for its kind: a user by
 * roles, a role by scopes, an organization by the roles that it gives to people who join. If the result is unknown, also
 * because the lookup would take too many requests, the entity counts as one that holds it.
 */

import {
  type EntityKind,
  entities,
  type ListedEdge,
  type NamedBy,
  type PrivilegeEdge,
} from '../../catalog/entities.js';
import type { Item } from '../../catalog/write-facts.js';
import { isObject, objectsIn, valueAt } from '../../json.js';
import { LogtoError } from '../../logto/errors.js';
import { entitiesNamed } from '../entity-refs.js';
import type { CatalogOperation, OperationGraph, Values } from '../operation-graph.js';
import type { Reads } from '../tenant-reader.js';

/** What this server signs in with. */
export interface OwnAccess {
  readonly appId: string;
  readonly appSecret: string;
  /** Indicator of the Management API. */
  readonly resource: string;
  /** Indicator of the resource that people sign in to this server with, over HTTP. */
  readonly signIn?: string | undefined;
  /** Address of Logto; on Logto Cloud it may be a custom domain of the tenant. */
  readonly endpoint: string;
}

/** An entity on the way, with the facts that are known already. */
interface Node {
  readonly kind: EntityKind;
  readonly by: NamedBy;
  readonly value: string;
  readonly entity?: Item | undefined;
}

/** One lookup, with the entities that it has visited. The budget of its reads ends it. */
interface Walk {
  readonly reads: Reads;
  readonly seen: Map<string, Promise<boolean>>;
}

export class PrivilegeGrants {
  /** The id of the Management API among the resources, which stays the same as long as the tenant exists. */
  #resource: string | undefined;

  /** @param isEquivalent whether a scope of this name amounts to the resource, whatever resource it belongs to */
  constructor(
    private readonly self: OwnAccess,
    private readonly graph: OperationGraph,
    private readonly isEquivalent: (name: unknown) => boolean = () => false,
  ) {}

  /**
   * Whether one of the entities that a call names holds the resource, or a scope that amounts to it.
   *
   * @param paths dotted paths of the arguments that name them; undefined for all arguments
   */
  async anyHolds(
    entry: CatalogOperation,
    values: Values,
    paths: readonly string[] | undefined,
    reads: Reads,
  ): Promise<boolean> {
    const named = entitiesNamed(entry, values).filter(
      ({ path }) =>
        paths?.some((wanted) => path === wanted || path.startsWith(`${wanted}.`)) ?? true,
    );
    const walk: Walk = { reads, seen: new Map() };
    const held = await Promise.all(named.map((entity) => this.#holds(entity, walk)));
    return held.includes(true);
  }

  /** What an edge lists for the entity with an id; undefined if there is too much to read. */
  #listed(
    { operation, argument }: ListedEdge,
    id: unknown,
    reads: Reads,
  ): Promise<readonly unknown[] | undefined> {
    const list = this.graph.keyed(operation);
    return reads.items(list, list, { [argument]: id });
  }

  /** The edges from one kind to another, for the entity with an id; undefined if there is too much to read. */
  async #items(kind: EntityKind, to: EntityKind, id: unknown, reads: Reads) {
    const edge = entities[kind].privilege?.find((other) => other.to === to);
    return edge?.operation === undefined ? undefined : this.#listed(edge, id, reads);
  }

  /** The scopes of a role that grant the Management API, by id. Of a role with too many scopes to read, all may. */
  async grantingScopes(role: unknown, reads: Reads): Promise<readonly unknown[]> {
    const scopes = await this.#items('role', 'scope', role, reads);
    if (scopes === undefined) {
      throw new LogtoError({
        kind: 'permission',
        code: 'own_access',
        message: `The role ${String(role)} has more scopes than can be checked for the Management API. Nothing was sent.`,
        hint: 'A person can do it in the Logto console.',
      });
    }
    if (objectsIn(scopes).some(({ resource }) => !isObject(resource))) {
      await this.ownResource(reads);
    }
    return objectsIn(scopes)
      .filter((scope) => this.#isOwnScope(scope))
      .map(({ id }) => id);
  }

  /** Whether an application has a role. */
  async holdsRole(application: string, role: unknown, reads: Reads): Promise<boolean> {
    const roles = await this.#items('application', 'role', application, reads);
    return roles === undefined || objectsIn(roles).some(({ id }) => id === role);
  }

  /** The id of the Management API; undefined if the tenant has no resource with that indicator. */
  async ownResource(reads: Reads): Promise<string | undefined> {
    if (this.#resource === undefined) {
      const list = this.graph.keyed(entities.resource.list);
      this.#remember(objectsIn(await reads.items(list, list, {})));
    }
    return this.#resource;
  }

  /** Finds the id of the Management API among the resources, so that it is not looked up again. */
  #remember(resources: readonly Item[]): void {
    const id = resources.find(({ indicator }) => indicator === this.self.resource)?.['id'];
    this.#resource = typeof id === 'string' ? id : undefined;
  }

  #isOwnScope({ resource, resourceId }: Item): boolean {
    return (
      (isObject(resource) && resource['indicator'] === this.self.resource) ||
      (resourceId !== undefined && resourceId === this.#resource)
    );
  }

  /** Whether a scope belongs to the resource or amounts to it. */
  #isPrivileged(scope: Item): boolean {
    return this.isEquivalent(scope['name']) || this.#isOwnScope(scope);
  }

  /** Whether an entity holds the Management API; true also if that is unknown. */
  #holds(node: Node, walk: Walk): Promise<boolean> {
    const key = `${node.kind} ${node.by} ${node.value}`;
    const known = walk.seen.get(key);
    if (known !== undefined) {
      return known;
    }
    const held = this.#walk(node, walk).catch((error: unknown) => {
      walk.reads.signal.throwIfAborted();
      if (error instanceof LogtoError) {
        return true;
      }
      throw error;
    });
    walk.seen.set(key, held);
    return held;
  }

  async #walk(node: Node, walk: Walk): Promise<boolean> {
    if (node.kind === 'resource') {
      return node.value === (await this.ownResource(walk.reads));
    }
    if (node.kind === 'scope') {
      return this.#isPrivilegedScope(node, walk.reads);
    }
    const { privilege = [] } = entities[node.kind];
    if (privilege.length === 0) {
      return false;
    }
    const found = await this.#resolve(node, walk.reads);
    const steps = found?.flatMap((entity) =>
      privilege.map((edge) => this.#along(edge, node, entity, walk)),
    );
    return steps === undefined || (await Promise.all(steps)).includes(true);
  }

  /** No operation reads one scope by its id, so the resources are listed with their scopes. */
  async #isPrivilegedScope({ value, by, entity }: Node, reads: Reads): Promise<boolean> {
    if (entity !== undefined) {
      if (!isObject(entity['resource'])) {
        await this.ownResource(reads);
      }
      return this.#isPrivileged(entity);
    }
    const member = by === 'name' ? 'name' : 'id';
    const list = this.graph.keyed(entities.resource.list);
    const resources = await reads.items(list, list, {}, { includeScopes: true });
    if (resources === undefined) {
      return true;
    }
    this.#remember(objectsIn(resources));
    return objectsIn(resources).some(
      ({ scopes, ...resource }) =>
        // A resource that is answered without its scopes may have this one.
        !Array.isArray(scopes) ||
        objectsIn(scopes).some(
          (scope) => scope[member] === value && this.#isPrivileged({ ...scope, resource }),
        ),
    );
  }

  /**
   * The entities that a node names; undefined if there are too many to look up. An id alone is enough for edges with an
   * operation, so nothing is read for it.
   */
  async #resolve({ kind, by, value }: Node, reads: Reads): Promise<readonly Item[] | undefined> {
    const {
      privilege = [],
      read,
      argument = 'id',
      list: listName,
      search,
      id = 'id',
    } = entities[kind];
    if (by === 'id') {
      if (privilege.every((edge) => edge.operation !== undefined && edge.onlyIf === undefined)) {
        return [{ [id]: value }];
      }
      const body = (await reads.read(this.graph.keyed(read), { [argument]: value }))?.body;
      // An entity that does not exist holds nothing; Logto itself refuses the call.
      return isObject(body) ? [body] : [];
    }
    const list = this.graph.keyed(listName);
    const items = await reads.items(
      list,
      list,
      {},
      search === undefined ? {} : { [search]: value },
    );
    const wanted = value.toLowerCase();
    return (
      items &&
      objectsIn(items).filter((item) =>
        Object.values(item).some(
          (member) => typeof member === 'string' && member.toLowerCase() === wanted,
        ),
      )
    );
  }

  /** Whether one of the entities at the end of an edge holds it. */
  async #along(edge: PrivilegeEdge, node: Node, entity: Item, walk: Walk): Promise<boolean> {
    const { to, onlyIf } = edge;
    if (onlyIf !== undefined && valueAt(entity, onlyIf[0]) !== onlyIf[1]) {
      return false;
    }
    if (edge.operation === undefined) {
      return this.#anyHolds(to, [valueAt(entity, edge.member)].flat(), walk);
    }
    if (walk.reads.left === 0) {
      return true;
    }
    const { member } = edge;
    const items = await this.#listed(
      edge,
      valueAt(entity, entities[node.kind].id ?? 'id'),
      walk.reads,
    );
    return (
      items === undefined ||
      this.#anyHolds(
        to,
        member === undefined ? items : items.flatMap((item) => valueAt(item, member)),
        walk,
      )
    );
  }

  /** Whether one of these entities, ids, addresses or objects with an id, holds it. */
  async #anyHolds(kind: EntityKind, items: readonly unknown[], walk: Walk): Promise<boolean> {
    const held = items.flatMap((item) => {
      const value = isObject(item) ? item['id'] : item;
      const by = typeof value === 'string' && value.includes('@') ? 'address' : 'id';
      // A scope is listed with its resource, and cannot be read alone.
      const entity = isObject(item) && kind === 'scope' ? item : undefined;
      return typeof value === 'string' ? [this.#holds({ kind, by, value, entity }, walk)] : [];
    });
    return (await Promise.all(held)).includes(true);
  }
}
