/**
 * Whether an entity holds the Management API, found by walking the edges that the catalog has for its kind: a user by roles,
 * a role by scopes, an organization by the roles that it gives to people who join. Where that cannot be found out, also
 * because it would take too many requests, the entity counts as one that holds it.
 */
import {
  type EntityKind,
  entities,
  type NamedBy,
  type PrivilegeEdge,
} from '../../catalog/entities.js';
import { valueAt } from '../../catalog/risk.js';
import { isObject, listIn, objectsIn } from '../../json.js';
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

/** Entities that one call may lead to. A call that leads to more counts as one that grants. */
const MAX_ENTITIES = 200;

type Item = Readonly<Record<string, unknown>>;

/** An entity on the way, with what is known of it already. */
interface Node {
  readonly kind: EntityKind;
  readonly by: NamedBy;
  readonly value: string;
  readonly entity?: Item | undefined;
}

/** One walk: what was looked at, and how many entities it may still look at. */
interface Walk {
  readonly reads: Reads;
  readonly seen: Map<string, Promise<boolean>>;
  left: number;
}

const ownOnly = (values: unknown): Node['value'][] =>
  listIn(values).flatMap((value) =>
    typeof value === 'string'
      ? [value]
      : isObject(value) && typeof value['id'] === 'string'
        ? [value['id']]
        : [],
  );

export class PrivilegeGrants {
  /** The id of the Management API among the resources, which stays the same as long as the tenant exists. */
  #resource: string | undefined;

  constructor(
    private readonly self: OwnAccess,
    private readonly graph: OperationGraph,
  ) {}

  /**
   * Whether one of the entities that a call names in these arguments holds the Management API.
   *
   * @param paths dotted paths of arguments
   */
  async anyHolds(
    entry: CatalogOperation,
    values: Values,
    paths: readonly string[],
    reads: Reads,
  ): Promise<boolean> {
    const named = entitiesNamed(entry, values).filter(({ path }) =>
      paths.some((wanted) => path === wanted || path.startsWith(`${wanted}.`)),
    );
    const walk: Walk = { reads, seen: new Map(), left: MAX_ENTITIES };
    const held = await Promise.all(named.map((entity) => this.#holds(entity, walk)));
    return held.includes(true);
  }

  /** Whether one of the entities that a call names anywhere in its arguments holds the resource. */
  async anyNamedHolds(entry: CatalogOperation, values: Values, reads: Reads): Promise<boolean> {
    const walk: Walk = { reads, seen: new Map(), left: MAX_ENTITIES };
    const named = entitiesNamed(entry, values);
    return (await Promise.all(named.map((entity) => this.#holds(entity, walk)))).includes(true);
  }

  /** The scopes of a role that grant the Management API, by id. Of a role with too many scopes to read, all may. */
  async grantingScopes(role: unknown, reads: Reads): Promise<readonly unknown[]> {
    const [edge] = entities.role.privilege ?? [];
    const list = edge?.operation === undefined ? undefined : this.graph.named(edge.operation);
    if (edge?.argument === undefined || list === undefined) {
      return [];
    }
    const scopes = await reads.items(list, list, { [edge.argument]: role });
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
    const edge = entities.application.privilege?.find(({ to }) => to === 'role');
    const list = edge?.operation === undefined ? undefined : this.graph.named(edge.operation);
    if (edge?.argument === undefined || list === undefined) {
      return true;
    }
    const roles = await reads.items(list, list, { [edge.argument]: application });
    return roles === undefined || objectsIn(roles).some(({ id }) => id === role);
  }

  /** The id of the Management API; undefined where the tenant has no resource of that indicator. */
  async ownResource(reads: Reads): Promise<string | undefined> {
    if (this.#resource === undefined) {
      const list = this.graph.named(entities.resource.list ?? '');
      const all = list && (await reads.items(list, list, {}));
      const own = objectsIn(all).find(({ indicator }) => indicator === this.self.resource);
      this.#resource = typeof own?.['id'] === 'string' ? own['id'] : undefined;
    }
    return this.#resource;
  }

  #isOwnScope({ resource, resourceId }: Item): boolean {
    return (
      (isObject(resource) && resource['indicator'] === this.self.resource) ||
      (resourceId !== undefined && resourceId === this.#resource)
    );
  }

  /** Whether an entity holds the Management API; true also where that cannot be found out. */
  #holds(node: Node, walk: Walk): Promise<boolean> {
    const key = `${node.kind} ${node.by} ${node.value}`;
    const known = walk.seen.get(key);
    if (known !== undefined) {
      return known;
    }
    if (walk.left === 0) {
      return Promise.resolve(true);
    }
    walk.left -= 1;
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
      return this.#isScopeOfOwn(node, walk.reads);
    }
    const { privilege } = entities[node.kind];
    if (privilege === undefined) {
      return false;
    }
    const found = node.entity === undefined ? await this.#resolve(node, walk.reads) : [node.entity];
    for (const entity of found) {
      const steps = await Promise.all(
        privilege.map((edge) => this.#along(edge, node, entity, walk)),
      );
      if (steps.includes(true)) {
        return true;
      }
    }
    return false;
  }

  /** No operation reads one scope by its id, so the scopes of the Management API are listed. */
  async #isScopeOfOwn({ value, by, entity }: Node, reads: Reads): Promise<boolean> {
    if (isObject(entity?.['resource'])) {
      return this.#isOwnScope(entity);
    }
    const own = await this.ownResource(reads);
    if (entity !== undefined) {
      return this.#isOwnScope(entity);
    }
    const list = this.graph.named(entities.scope.list ?? '');
    const [argument] = Object.keys(list?.operation.path ?? {});
    if (own === undefined || list === undefined || argument === undefined) {
      return false;
    }
    const scopes = await reads.items(list, list, { [argument]: own });
    return (
      scopes === undefined ||
      objectsIn(scopes).some(({ id, name }) => (by === 'name' ? name === value : id === value))
    );
  }

  /** The entities that a node names. An id alone is enough for edges with an operation, so that nothing is read for it. */
  async #resolve({ kind, by, value }: Node, reads: Reads): Promise<readonly Item[]> {
    const { privilege = [], list: key, search, id = 'id' } = entities[kind];
    const needsEntity = privilege.some(
      ({ operation, onlyIf }) => operation === undefined || onlyIf !== undefined,
    );
    if (by === 'id' && !needsEntity) {
      return [{ [id]: value }];
    }
    if (by === 'id') {
      const { read, argument = 'id' } = entities[kind];
      const entry = this.graph.named(read ?? '');
      const body = entry && (await reads.read(entry, { [argument]: value }))?.body;
      // What is not there holds nothing; Logto refuses the call itself.
      return isObject(body) ? [body] : [];
    }
    const list = this.graph.named(key ?? '');
    if (list === undefined) {
      return [];
    }
    const query =
      search === 'search'
        ? { search: value }
        : search !== undefined && search !== 'target'
          ? { [search]: value }
          : {};
    const items = await reads.items(list, list, {}, query);
    if (items === undefined) {
      throw new LogtoError({ kind: 'unavailable', message: 'Too many to look through.' });
    }
    const wanted = value.toLowerCase();
    return objectsIn(items).filter((item) =>
      Object.values(item).some(
        (member) => typeof member === 'string' && member.toLowerCase() === wanted,
      ),
    );
  }

  /** Whether one of the entities at the end of an edge holds it. */
  async #along(edge: PrivilegeEdge, node: Node, entity: Item, walk: Walk): Promise<boolean> {
    if (edge.onlyIf !== undefined && valueAt(entity, edge.onlyIf[0]) !== edge.onlyIf[1]) {
      return false;
    }
    const { id = 'id' } = entities[node.kind];
    const next = (value: string, item?: Item): Node => ({
      kind: edge.to,
      by: value.includes('@') ? 'address' : 'id',
      value,
      // A scope is listed with its resource, and cannot be read alone.
      ...(item !== undefined && edge.to === 'scope' && { entity: item }),
    });
    const holdsAny = async (nodes: readonly Node[]): Promise<boolean> =>
      (await Promise.all(nodes.map((other) => this.#holds(other, walk)))).includes(true);
    if (edge.operation === undefined) {
      const value = edge.member === undefined ? undefined : valueAt(entity, edge.member);
      return holdsAny(ownOnly([value].flat()).map((other) => next(other)));
    }
    const list = this.graph.named(edge.operation);
    if (list === undefined || edge.argument === undefined) {
      return true;
    }
    if (walk.reads.left === 0) {
      return true;
    }
    const items = await walk.reads.items(list, list, { [edge.argument]: valueAt(entity, id) });
    if (items === undefined) {
      return true;
    }
    const { member } = edge;
    return holdsAny(
      objectsIn(items).flatMap((item) =>
        member === undefined
          ? ownOnly([item]).map((other) => next(other, item))
          : ownOnly([valueAt(item, member)].flat()).map((other) => next(other)),
      ),
    );
  }
}
