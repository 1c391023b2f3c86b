/** Which entities a call names, by the kinds that the catalog records for its arguments, and how a person recognises them. */
import { type EntityKind, entities, type NamedEntity, namedEntities } from '../catalog/entities.js';
import { valueAt } from '../catalog/risk.js';
import type { ProtectableKind } from '../catalog/write-facts.js';
import { isObject } from '../json.js';
import type { CatalogOperation, OperationGraph, Values } from './operation-graph.js';
import { withoutSecrets } from './secrets/detection.js';
import type { Reads } from './tenant-reader.js';

/** An entity of a kind that a policy can protect. */
export interface EntityRef {
  readonly kind: ProtectableKind;
  /** An id, or another name where the argument takes one. */
  readonly id: string;
}

/** How a policy calls the kinds that it can protect. A SAML application is an application. */
const protectable: Partial<Record<EntityKind, ProtectableKind>> = {
  user: 'users',
  role: 'roles',
  application: 'applications',
  'SAML application': 'applications',
  organization: 'organizations',
  resource: 'resources',
  connector: 'connectors',
};

/** Members of stored entities that hold ids, where no argument has that name. */
const memberKinds: readonly (readonly [RegExp, ProtectableKind])[] = [
  [/(^u|U)serIds?$|^inviterId$/, 'users'],
  [/(^o|O)rganizationIds?$/, 'organizations'],
  [/(^r|(?<!rganization)R)oleIds?$/, 'roles'],
  [/(^a|A)pplicationIds?$/, 'applications'],
  [/(^r|R)esourceIds?$/, 'resources'],
  [/^connectorIds?$|^socialSignInConnectorTargets$/, 'connectors'],
];

/** Members that hold an address of a person. */
const addressMembers: ReadonlySet<string> = new Set([
  'email',
  'phone',
  'primaryEmail',
  'primaryPhone',
  'invitee',
  'targets',
  'identifier',
]);

/** The entities that a call names, of every kind. */
export const entitiesNamed = (entry: CatalogOperation, values: Values): readonly NamedEntity[] =>
  namedEntities(entry.operation.entities, values);

/** Every member of a value, at every depth, with its name. */
function* membersIn(value: unknown): Generator<readonly [name: string, value: unknown]> {
  if (Array.isArray(value)) {
    for (const item of value) {
      yield* membersIn(item);
    }
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      yield [name, member];
      yield* membersIn(member);
    }
  }
}

const textsIn = (value: unknown): string[] =>
  [value].flat().filter((item) => typeof item === 'string');

/** The e-mail addresses and phone numbers in a value, in lower case. */
export const addressesIn = (value: unknown): string[] =>
  [...membersIn(value)].flatMap(([name, member]) =>
    addressMembers.has(name) ? textsIn(member).map((address) => address.toLowerCase()) : [],
  );

/** The kind of the ids that a member of this name holds. */
const kindOfMember = (name: string): ProtectableKind | undefined =>
  memberKinds.find(([pattern]) => pattern.test(name))?.[1];

export class EntityRefs {
  constructor(private readonly graph: OperationGraph) {}

  /** The protectable entities that a call names, in its path and in its body, by id or name. */
  of(entry: CatalogOperation, values: Values): EntityRef[] {
    return entitiesNamed(entry, values).flatMap(({ kind, by, value }) => {
      const protectedKind = protectable[kind];
      return protectedKind === undefined || by === 'address'
        ? []
        : [{ kind: protectedKind, id: value }];
    });
  }

  /** The addresses of accounts that a call names. */
  addresses(entry: CatalogOperation, values: Values): string[] {
    return entitiesNamed(entry, values)
      .filter(({ by }) => by === 'address')
      .map(({ value }) => value.toLowerCase());
  }

  /**
   * The protectable entities whose ids are in a value, at any depth.
   *
   * @param entry the operation whose arguments have the same names, for members that only it knows
   */
  inside(value: unknown, entry?: CatalogOperation): EntityRef[] {
    const known = entry === undefined || !isObject(value) ? [] : this.of(entry, value);
    const found = [...membersIn(value)].flatMap(([name, member]) => {
      const kind = kindOfMember(name);
      return kind === undefined ? [] : textsIn(member).map((id) => ({ kind, id }));
    });
    return [...known, ...found];
  }

  /** The kind of the ids that a field holds. */
  kindsOf(field: string): ProtectableKind[] {
    const kind = kindOfMember(field);
    return kind === undefined ? [] : [kind];
  }

  /** The arguments of a list that find an entity by its exact name, or by a part of it. */
  searchFor({ operation, name }: CatalogOperation, term: string): Values {
    const kind = Object.values(entities).find(({ list, within }) => list === name && !within);
    if (operation.search !== undefined) {
      const fields = kind === undefined ? operation.search : [...new Set(searchable(kind))];
      const usable = fields.filter((field) => operation.search?.includes(field));
      return {
        searchFields: usable.map((field) => ({ field, values: [term], mode: 'exact' })),
      };
    }
    return operation.query !== undefined && Object.hasOwn(operation.query, 'q') ? { q: term } : {};
  }

  /** What reads an entity of a kind by its id alone; undefined where nothing does. */
  async read(
    kind: EntityKind,
    id: string,
    reads: Reads,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { read, argument, within } = entities[kind];
    const entry = read === undefined || within !== undefined ? undefined : this.graph.named(read);
    if (entry === undefined || argument === undefined) {
      return undefined;
    }
    const body = (await reads.read(entry, { [argument]: id }))?.body;
    return isObject(body) ? body : undefined;
  }
}

/** Members by which one can search for an entity of a kind. */
const searchable = ({
  label,
  addresses = [],
}: (typeof entities)[EntityKind]): readonly string[] => [...label, ...addresses];

/** What a person calls an entity, and what tells it apart from others that are called the same. */
export interface EntityLabel {
  readonly name: string;
  /** Verified or unique members, such as an e-mail address. */
  readonly known_by?: Readonly<Record<string, string>>;
}

/** The label of an entity; undefined where nothing in it names it. */
export function labelOf(kind: EntityKind, entity: unknown): EntityLabel | undefined {
  const { label, addresses = [], id = 'id' } = entities[kind];
  const textAt = (path: string): string | undefined => {
    // An address can hold a key, and a label is shown.
    const value = withoutSecrets(valueAt(entity, path));
    return typeof value === 'string' && value.trim() !== '' ? value : undefined;
  };
  const known = Object.fromEntries(
    addresses.flatMap((path) => {
      const value = textAt(path);
      return value === undefined ? [] : [[path.replace(/^.*\./, ''), value]];
    }),
  );
  const labels =
    kind === 'email template' ? label.map(textAt).filter(Boolean).join(' ') : undefined;
  const name =
    (labels === '' ? undefined : labels) ??
    label.map(textAt).find((text) => text !== undefined) ??
    Object.values(known)[0] ??
    textAt(id);
  return name === undefined
    ? undefined
    : { name, ...(Object.keys(known).length > 0 && { known_by: known }) };
}
