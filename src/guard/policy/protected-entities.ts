/** Protects the entities that a policy names from every write, whichever id, name or address names them. */
import {
  kindOfMember,
  nameMembers,
  type ProtectableKind,
  protectableKinds,
} from '../../catalog/protectable.js';
import type { Cascade, CascadeTarget, Item } from '../../catalog/write-facts.js';
import { isObject, objectsIn } from '../../json.js';
import { LogtoError } from '../../logto/errors.js';
import type { Change } from '../changes/change.js';
import { targetOf } from '../confirm/cascade.js';
import {
  addressesIn,
  addressesNamed,
  type EntityRef,
  refsInside,
  refsNamed,
  searchFor,
} from '../entity-refs.js';
import { forbiddenError } from '../errors.js';
import {
  bodyOf,
  type CatalogOperation,
  dropsUnnamed,
  type OperationGraph,
  pathOf,
  type Values,
} from '../operation-graph.js';
import type { Reads } from '../tenant-reader.js';
import type { Policy } from './policy.js';

/** In lower case, so that a capital letter does not end a protection. The name of a connector is a map of languages. */
const namesOf = (entity: Item): string[] =>
  nameMembers
    .flatMap((member) => {
      const value = entity[member];
      return isObject(value) ? Object.values(value) : [value];
    })
    .filter((name) => typeof name === 'string')
    .map((name) => name.toLowerCase());

const addressesOf = ({ primaryEmail, primaryPhone }: Item): string[] =>
  [primaryEmail, primaryPhone]
    .filter((address) => typeof address === 'string')
    .map((address) => address.toLowerCase());

/** A protected entity of the policy, as it was read from the tenant. */
interface ProtectedEntity {
  readonly kind: ProtectableKind;
  /** Its name in the policy. */
  readonly term: string;
  readonly id: string;
  /** In lower case, including the id. */
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

/** A write that is checked. */
export interface ProtectedCall {
  readonly change: Change;
  /** The arguments of the caller. */
  readonly values: Values;
  readonly before: unknown;
  /** What the write displaces, with its kind. */
  readonly displaced: readonly EntityRef[];
}

export class ProtectedEntities {
  #found: readonly ProtectedEntity[] | undefined;

  constructor(
    private readonly policy: Policy,
    private readonly graph: OperationGraph,
  ) {}

  /**
   * Looks up all entities of the policy in the tenant, once.
   *
   * @throws LogtoError of kind `configuration` for an entity that does not exist: the rule would protect nothing
   */
  async ready(reads: Reads): Promise<readonly ProtectedEntity[]> {
    if (this.#found !== undefined) {
      return this.#found;
    }
    const missing: string[] = [];
    const found: ProtectedEntity[] = [];
    for (const kind of protectableKinds) {
      for (const term of this.policy.protectedOf(kind)) {
        const entities = await this.#lookUp(kind, term, reads);
        if (entities.length === 0) {
          missing.push(`protect: ${kind} "${term}"`);
        }
        for (const entity of entities) {
          const [names, addresses] = [namesOf(entity), addressesOf(entity)];
          found.push({ kind, term, id: String(entity['id']), names, addresses });
        }
      }
    }
    for (const id of this.policy.organizations ?? []) {
      if ((await this.#entity('organizations', id, reads)) === undefined) {
        missing.push(`organizations: "${id}"`);
      }
    }
    if (missing.length > 0) {
      throw new LogtoError({
        kind: 'configuration',
        code: 'policy_names_nothing',
        message: `The policy of this server names what this tenant does not have (${missing.join('; ')}). Until that is fixed nothing is written.`,
        hint: 'The operator must correct the name in the policy, or remove it, and restart this server.',
      });
    }
    this.#found = found;
    return found;
  }

  async #entity(kind: ProtectableKind, id: string, reads: Reads): Promise<Item | undefined> {
    const read = this.graph.entity(kind);
    return read && reads.entity(read, read, pathOf(read, id));
  }

  async #lookUp(kind: ProtectableKind, term: string, reads: Reads): Promise<readonly Item[]> {
    const byId = await this.#entity(kind, term, reads);
    if (byId !== undefined) {
      return [byId];
    }
    const list = this.graph.at('GET', `/api/${kind}`);
    const items = list && (await reads.items(list, list, {}, searchFor(list, term)));
    return objectsIn(items).filter((entity) => namesOf(entity).includes(term.toLowerCase()));
  }

  /**
   * Refuses a write that affects a protected entity: in its path or body, as a member of what it replaces, as the person
   * behind an address, as what it displaces, or as what it cascades to.
   *
   * @throws LogtoError of kind `permission`
   */
  async check(call: ProtectedCall, reads: Reads): Promise<void> {
    const found = await this.ready(reads);
    if (found.length === 0) {
      return;
    }
    const { entry } = call.change;
    const hit =
      (await this.#addressed(call, found, reads)) ??
      this.#ofUnknownOwner(entry, found) ??
      (await this.#named(call, found, reads)) ??
      (await this.#cascadedTo(call, found, reads)) ??
      this.#inUnreadSet(call, found);
    if (hit !== undefined) {
      throw forbiddenError(entry.name, `protect: ${hit.kind} ${hit.term}`);
    }
  }

  /** A protected person whose address the call names: an address that was read at the start, or a current one. */
  async #addressed(
    { change: { entry }, values }: ProtectedCall,
    found: readonly ProtectedEntity[],
    reads: Reads,
  ): Promise<ProtectedEntity | undefined> {
    const people = found.filter(({ kind }) => kind === 'users');
    if (people.length === 0) {
      return undefined;
    }
    const owner = await this.#owner(entry, values, reads);
    const addresses = new Set([
      ...addressesIn(bodyOf(entry, values)),
      ...addressesNamed(entry, values),
      ...addressesIn(owner),
    ]);
    if (addresses.size === 0) {
      return undefined;
    }
    for (const person of people) {
      const now = await this.#entity('users', person.id, reads);
      const known = [...person.addresses, ...(now === undefined ? [] : addressesOf(now))];
      if (known.some((address) => addresses.has(address))) {
        return person;
      }
    }
    return undefined;
  }

  /** No operation shows its owner, so it may belong to any protected user. */
  #ofUnknownOwner({ operation }: CatalogOperation, found: readonly ProtectedEntity[]) {
    return found.find(({ kind }) => kind === operation.unknownOwner);
  }

  /** The owner of an invitation, a one-time token or the like, if a call names only its id. */
  async #owner(entry: CatalogOperation, values: Values, reads: Reads): Promise<unknown> {
    const root = this.graph.rootOf(entry);
    const isProtectable = protectableKinds.some((kind) => this.graph.entity(kind) === root);
    return root === undefined || isProtectable ? undefined : reads.entity(root, entry, values);
  }

  async #named(
    { change, values, before, displaced }: ProtectedCall,
    found: readonly ProtectedEntity[],
    reads: Reads,
  ): Promise<ProtectedEntity | undefined> {
    const { entry } = change;
    const touched = [
      ...refsNamed(entry, values),
      ...refsInside(await this.#owner(entry, values, reads)),
      ...this.#droppedRefs(change, values, before),
      ...displaced,
    ];
    for (const { kind, id } of touched) {
      const candidates = found.filter((entity) => entity.kind === kind);
      if (candidates.length === 0) {
        continue;
      }
      const entity = await this.#entity(kind, id, reads);
      const names = new Set([id.toLowerCase(), ...(entity === undefined ? [] : namesOf(entity))]);
      const hit = candidates.find(
        (candidate) =>
          names.has(candidate.term.toLowerCase()) ||
          // If an entity has this id, only the id counts: a name may be that of another one.
          (entity === undefined
            ? candidate.names.includes(id.toLowerCase())
            : candidate.id.toLowerCase() === id.toLowerCase()),
      );
      if (hit !== undefined) {
        return hit;
      }
    }
    return undefined;
  }

  /** Entities that are left out of the lists that a write replaces, at any depth. */
  #droppedRefs(change: Change, values: Values, before: unknown): EntityRef[] {
    const { entry } = change;
    const given = bodyOf(entry, values);
    const image = change.image(before);
    const fields =
      change.kind === 'update' && dropsUnnamed(entry.operation)
        ? Object.keys(isObject(image) ? image : {})
        : Object.keys(given);
    return fields.flatMap((field) => {
      const former =
        change.kind === 'replace' && change.setField === field
          ? before
          : isObject(image)
            ? image[field]
            : undefined;
      const old = refsInside({ [field]: former }, entry);
      const left = refsInside({ [field]: given[field] }, entry);
      return old.filter(
        ({ kind, id }) => !left.some((other) => other.kind === kind && other.id === id),
      );
    });
  }

  /**
   * A protected entity that a removal cascades to: a member or holder of what is deleted, what a deleted user is a member
   * or holder of, a role with a scope of a deleted resource. A list that is too long to be read may contain any entity of
   * its kind.
   */
  async #cascadedTo(
    { change, values, before }: ProtectedCall,
    found: readonly ProtectedEntity[],
    reads: Reads,
  ): Promise<ProtectedEntity | undefined> {
    const { entry } = change;
    for (const row of change.deletes ? (entry.operation.cascades ?? []) : []) {
      const target = await targetOf({ entry, values, before }, row, this.graph, reads);
      const hit =
        (await this.#below(row, entry, values, found, reads)) ??
        (await this.#holding(row, target, found, reads)) ??
        (target && (await this.#namedIn(row, target, found, reads)));
      if (hit !== undefined) {
        return hit;
      }
    }
    return undefined;
  }

  /**
   * One in a list below what is deleted. Every user has a default role, so deleting a user removes none of them from
   * anybody.
   */
  async #below(
    row: Cascade,
    entry: CatalogOperation,
    values: Values,
    found: readonly ProtectedEntity[],
    reads: Reads,
  ): Promise<ProtectedEntity | undefined> {
    const candidates = found.filter(({ kind }) => kind === row.kind);
    if (!('below' in row) || candidates.length === 0) {
      return undefined;
    }
    const items = await reads.items(this.graph.keyed(row.below), entry, values);
    const taken = objectsIn(items).filter(({ isDefault }) => isDefault !== true);
    return candidates.find(
      ({ id }) => items === undefined || taken.some((item) => item['id'] === id),
    );
  }

  /** One that holds what is deleted: a member of an organization with the role, a role with the scope. */
  async #holding(
    row: Cascade,
    target: CascadeTarget | undefined,
    found: readonly ProtectedEntity[],
    reads: Reads,
  ): Promise<ProtectedEntity | undefined> {
    const holders = (row.holders ?? []).map(({ kind, list, affects }) => {
      const holds = (body: unknown, removed: CascadeTarget) =>
        objectsIn([body].flat()).some((item) => affects(item, removed));
      return { kind, list, holds };
    });
    if ('per' in row && row.kind !== undefined) {
      const { kind, list, size } = row;
      holders.push({ kind, list, holds: (body, removed) => size(body, removed) > 0 });
    }
    for (const { kind, list: key, holds } of holders) {
      const list = this.graph.keyed(key);
      for (const candidate of found.filter((entity) => entity.kind === kind)) {
        const body = await reads.body(list, list, pathOf(list, candidate.id));
        // A list that is too long to be read may contain it.
        const isUnread = body === undefined && list.operation.paging !== undefined;
        if (target === undefined || isUnread || holds(body, target)) {
          return candidate;
        }
      }
    }
    return undefined;
  }

  /** One that something names which is deleted too: the organization of an invitation, or the invitee. */
  async #namedIn(
    row: Cascade,
    target: CascadeTarget,
    found: readonly ProtectedEntity[],
    reads: Reads,
  ): Promise<ProtectedEntity | undefined> {
    if (!('among' in row) || row.names === undefined) {
      return undefined;
    }
    const { among, names, where } = row;
    const list = this.graph.keyed(among);
    const named = objectsIn(await reads.items(list, list, {}))
      .filter((item) => where(item, target))
      .map((item) => Object.fromEntries(names.map((name) => [name, item[name]])));
    const refs = refsInside(named);
    const addresses = addressesIn(named);
    return found.find(
      (entity) =>
        refs.some(({ kind, id }) => kind === entity.kind && id === entity.id) ||
        entity.addresses.some((address) => addresses.includes(address)),
    );
  }

  /** A set that is too large to be read may contain a protected entity. */
  #inUnreadSet({ change, before }: ProtectedCall, found: readonly ProtectedEntity[]) {
    if (change.kind !== 'replace' || before !== undefined) {
      return undefined;
    }
    const unread = kindOfMember(change.setField ?? '');
    return found.find(({ kind }) => kind === unread);
  }
}
