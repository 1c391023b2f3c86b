/** Entities that no write may touch, whatever name they are touched by. */

import { isObject } from '../../json.js';
import { LogtoError } from '../../logto/errors.js';
import {
  addressesIn,
  bodyOf,
  type Change,
  entitiesIn,
  entitiesOf,
  type Kind,
  kindOfField,
  kinds,
  type NamedOperation,
  type OperationGraph,
  pathOf,
  rootKindOf,
  type Values,
} from '../operation-graph.js';
import type { TenantReader } from '../tenant-reader.js';
import { forbiddenError, type Policy } from './policy.js';

/** Members by which an operator may name an entity. */
const nameMembers = [
  'id',
  'name',
  'username',
  'primaryEmail',
  'primaryPhone',
  'indicator',
  'target',
  'connectorId',
] as const;

/** In lower case: nobody should lose protection over a capital letter. A connector's name is a map of languages. */
const namesOf = (entity: Record<string, unknown>): string[] =>
  nameMembers
    .flatMap((member) => {
      const value = entity[member];
      return isObject(value) ? Object.values(value) : [value];
    })
    .filter((one) => typeof one === 'string')
    .map((one) => one.toLowerCase());

const addressesOf = ({ primaryEmail, primaryPhone }: Record<string, unknown>): string[] =>
  [primaryEmail, primaryPhone]
    .filter((one) => typeof one === 'string')
    .map((one) => one.toLowerCase());

/** Where the entities of a kind are looked up by name. */
const lookups: Readonly<Record<Kind, { list: string; narrowed?: (name: string) => Values }>> = {
  users: {
    list: 'list_users',
    narrowed: (name) => ({
      searchFields: ['username', 'primaryEmail', 'primaryPhone', 'name'].map((field) => ({
        field,
        values: [name],
        mode: 'exact',
      })),
    }),
  },
  roles: { list: 'list_roles', narrowed: (name) => exactName(name) },
  applications: { list: 'list_applications', narrowed: (name) => exactName(name) },
  organizations: { list: 'list_organizations', narrowed: (name) => ({ q: name }) },
  resources: { list: 'list_resources' },
  connectors: { list: 'list_connectors' },
};

const exactName = (name: string): Values => ({
  searchFields: [{ field: 'name', values: [name], mode: 'exact' }],
});

/** What a policy protects, as it was found on the tenant. */
interface Found {
  readonly kind: Kind;
  /** As the policy has it. */
  readonly term: string;
  /** As Logto has it; names are in lower case. */
  readonly id: string;
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

interface Touched {
  readonly kind: Kind;
  /** An id, or another name. */
  readonly id: string;
}

export class ProtectedEntities {
  #found: readonly Found[] | undefined;

  constructor(
    private readonly policy: Policy,
    private readonly routes: OperationGraph,
    private readonly state: TenantReader,
    private readonly named: (name: string) => NamedOperation,
  ) {}

  /**
   * Looks up, once, everything that the policy names on the tenant.
   *
   * @throws LogtoError of kind `configuration` for an entity that is not there: it would protect nothing
   */
  async ready(signal: AbortSignal): Promise<readonly Found[]> {
    if (this.#found !== undefined) {
      return this.#found;
    }
    const missing: string[] = [];
    const found: Found[] = [];
    for (const kind of kinds) {
      for (const term of this.policy.protectedOf(kind)) {
        const entities = await this.#lookUp(kind, term, signal);
        if (entities.length === 0) {
          missing.push(`protect: ${kind} "${term}"`);
        }
        for (const entity of entities) {
          found.push({
            kind,
            term,
            id: String(entity['id']),
            names: namesOf(entity),
            addresses: addressesOf(entity),
          });
        }
      }
    }
    const organization = this.named('get_organization');
    for (const id of this.policy.organizations ?? []) {
      const values = pathOf(organization, id);
      if ((await this.state.entity(organization, organization, values, signal)) === undefined) {
        missing.push(`organizations: "${id}"`);
      }
    }
    if (missing.length > 0) {
      throw new LogtoError({
        kind: 'configuration',
        code: 'policy_names_nothing',
        message: `The policy of this server names what this tenant does not have (${missing.join('; ')}). Until that is mended nothing is written.`,
        hint: 'The operator must correct the name in the policy, or take it out, and restart this server.',
      });
    }
    this.#found = found;
    return found;
  }

  async #lookUp(
    kind: Kind,
    term: string,
    signal: AbortSignal,
  ): Promise<readonly Record<string, unknown>[]> {
    const read = this.routes.entity(kind);
    const byId = read && (await this.state.entity(read, read, pathOf(read, term), signal));
    if (byId !== undefined) {
      return [byId];
    }
    const { list, narrowed } = lookups[kind];
    const entry = this.named(list);
    const all = await this.state.items(entry, entry, {}, signal, narrowed?.(term));
    return (all ?? [])
      .filter(isObject)
      .filter((entity) => namesOf(entity).includes(term.toLowerCase()));
  }

  /**
   * Refuses a write that touches a protected entity: in its path or body, as a member of what it replaces, as the
   * person behind an address, or as the connector that a new one takes the place of.
   *
   * @param before what the write finds, as `State.before` answers it
   * @throws LogtoError of kind `permission`
   */
  async check(
    entry: NamedOperation,
    values: Values,
    change: Change,
    before: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    const found = await this.ready(signal);
    if (found.length === 0) {
      return;
    }
    const refuse = ({ kind, term }: Pick<Found, 'kind' | 'term'>) =>
      forbiddenError(entry.name, `protect: ${kind} ${term}`);
    const guards = (kind: Kind) => found.filter((one) => one.kind === kind);

    const owner = await this.#ownerOf(entry, values, signal);
    const addresses = new Set([...addressesIn(bodyOf(entry, values)), ...owner.addresses]);
    const addressed =
      addresses.size === 0 ? undefined : await this.#personAt(addresses, guards('users'), signal);
    if (addressed !== undefined) {
      throw refuse(addressed);
    }
    const [someone] = guards('users');
    if (entry.name === 'delete_secret' && someone !== undefined) {
      // No operation tells whose secret it is.
      throw refuse(someone);
    }
    const touched = [
      ...entitiesOf(entry, values),
      ...owner.entities,
      ...dropped(entry, values, change, before),
      ...(await this.#replacedConnectors(entry, values, signal)),
    ];
    for (const { kind, id } of touched) {
      const own = guards(kind);
      if (own.length === 0) {
        continue;
      }
      const read = this.routes.entity(kind);
      const entity = read && (await this.state.entity(read, read, pathOf(read, id), signal));
      const names = new Set([id.toLowerCase(), ...(entity === undefined ? [] : namesOf(entity))]);
      const hit = own.find(
        (one) => names.has(one.term.toLowerCase()) || isSame(one, id, entity !== undefined),
      );
      if (hit !== undefined) {
        throw refuse(hit);
      }
    }
    const along = await this.#goingAlong(entry, values, change, found, signal);
    if (along !== undefined) {
      throw refuse(along);
    }
    const [set] = change.kind === 'replace' && before === undefined ? [change.field] : [];
    const hidden = set === undefined ? undefined : kindOfField(set);
    const [guarded] = hidden === undefined ? [] : guards(hidden);
    if (guarded !== undefined) {
      // The set is too large to be read, and the protected one may be in it.
      throw refuse(guarded);
    }
  }

  /** The protected person whose address is among these, be it the one that was found or one that was given since. */
  async #personAt(
    addresses: ReadonlySet<string>,
    people: readonly Found[],
    signal: AbortSignal,
  ): Promise<Found | undefined> {
    const read = this.named('get_user');
    for (const person of people) {
      const now = await this.state.entity(read, read, pathOf(read, person.id), signal);
      const known = [...person.addresses, ...(now === undefined ? [] : addressesOf(now))];
      if (known.some((address) => addresses.has(address))) {
        return person;
      }
    }
    return undefined;
  }

  /**
   * The protected entity that a removal takes out of something, or something out of it: a member or holder of what is
   * deleted, what a deleted user or application is a member or holder of, a role with scopes of a deleted resource. Of a
   * list that is too long to be read, anything of its kind.
   */
  async #goingAlong(
    entry: NamedOperation,
    values: Values,
    change: Change,
    found: readonly Found[],
    signal: AbortSignal,
  ): Promise<Found | undefined> {
    if (change.kind !== 'remove') {
      return undefined;
    }
    const { read } = change;
    for (const list of read === undefined ? [] : this.routes.listsBelow(read)) {
      // `roles` below an organization is below its `jit`, and is of another kind.
      const [parent, below] = list.operation.url.split('/').slice(-2);
      if (parent?.startsWith('{') !== true) {
        continue;
      }
      const guarded = found.filter(({ kind }) => kind === below);
      if (guarded.length === 0) {
        continue;
      }
      const items = await this.state.items(list, entry, values, signal);
      // Everybody holds a default role: none of them takes anything from it.
      const ids = new Set(
        items
          ?.filter(isObject)
          .filter(({ isDefault }) => isDefault !== true)
          .map(({ id }) => id),
      );
      const hit = items === undefined ? guarded[0] : guarded.find(({ id }) => ids.has(id));
      if (hit !== undefined) {
        return hit;
      }
    }
    return this.#losingScopes(entry, values, found, signal);
  }

  /** The protected role that would lose a scope with a resource, or with the scope itself. */
  async #losingScopes(
    entry: NamedOperation,
    values: Values,
    found: readonly Found[],
    signal: AbortSignal,
  ): Promise<Found | undefined> {
    if (entry.name !== 'delete_resource' && entry.name !== 'delete_resource_scope') {
      return undefined;
    }
    const list = this.named('list_role_scopes');
    for (const role of found.filter(({ kind }) => kind === 'roles')) {
      const scopes = await this.state.items(list, list, pathOf(list, role.id), signal);
      const lost = scopes
        ?.filter(isObject)
        .some((scope) =>
          entry.name === 'delete_resource'
            ? scope['resourceId'] === values['id']
            : scope['id'] === values['scopeId'],
        );
      if (lost !== false) {
        return role;
      }
    }
    return undefined;
  }

  /** What an invitation or a one-time token belongs to, where a call names only its id. */
  async #ownerOf(entry: NamedOperation, values: Values, signal: AbortSignal) {
    const read = this.routes.rootOf(entry);
    const isBearer = /^(organization-invitations|one-time-tokens)$/.test(rootKindOf(entry));
    const entity =
      isBearer && read !== undefined
        ? await this.state.entity(read, entry, values, signal)
        : undefined;
    const organization = entity?.['organizationId'];
    const entities: Touched[] =
      typeof organization === 'string' ? [{ kind: 'organizations', id: organization }] : [];
    return { addresses: entity === undefined ? [] : addressesIn(entity), entities };
  }

  /** A tenant has one e-mail and one SMS connector: a new one deletes the old one. */
  async #replacedConnectors(
    entry: NamedOperation,
    values: Values,
    signal: AbortSignal,
  ): Promise<readonly Touched[]> {
    if (entry.name !== 'create_connector') {
      return [];
    }
    return (await this.state.replacedBy(this.named, values['connectorId'], signal)).map(
      ({ id }) => ({ kind: 'connectors', id: String(id) }),
    );
  }
}

/** Whether an id, or where there is no entity of this id another name, is one of what was found. */
const isSame = ({ names }: Found, id: string, isId: boolean): boolean =>
  isId ? names[0] === id.toLowerCase() : names.includes(id.toLowerCase());

/** What a write leaves out of the lists that it replaces, at whatever depth they stand. */
function dropped(
  entry: NamedOperation,
  values: Values,
  change: Change,
  before: unknown,
): Touched[] {
  const given = bodyOf(entry, values);
  const { method, partial } = entry.operation;
  const fields =
    change.kind === 'update' && method === 'PUT' && partial !== true
      ? change.fields
      : Object.keys(given);
  const former = (field: string): unknown =>
    change.kind === 'replace' && change.field === field
      ? before
      : isObject(before)
        ? before[field]
        : undefined;
  return fields.flatMap((field) => {
    const [old, left] = [former(field), given[field]].map((value) =>
      field === 'socialSignInConnectorTargets'
        ? entitiesIn({ connectorId: value })
        : entitiesIn({ [field]: value }),
    );
    return (old ?? []).filter(
      ({ kind, id }) => left?.some((one) => one.kind === kind && one.id === id) !== true,
    );
  });
}
