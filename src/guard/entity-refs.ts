/** Which entities a call names, by the kinds that the catalog records for its arguments, and how a person recognises them. */
import { type EntityKind, entities, type NamedEntity, namedEntities } from '../catalog/entities.js';
import {
  addressMembers,
  kindOfMember,
  type ProtectableKind,
  protectable,
} from '../catalog/protectable.js';
import { isObject, textsIn, valueAt } from '../json.js';
import type { CatalogOperation, OperationGraph, Values } from './operation-graph.js';
import { withoutSecrets } from './secrets/detection.js';
import type { Reads } from './tenant-reader.js';

/** An entity of a kind that a policy can protect. */
export interface EntityRef {
  readonly kind: ProtectableKind;
  /** An id, or another name where the argument takes one. */
  readonly id: string;
}

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

/** The texts in a list, or the text itself. */
const textsOf = (value: unknown) => textsIn([value].flat());

/** The e-mail addresses and phone numbers in a value, in lower case. */
export const addressesIn = (value: unknown): string[] =>
  [...membersIn(value)].flatMap(([name, member]) =>
    addressMembers.has(name) ? textsOf(member).map((address) => address.toLowerCase()) : [],
  );

/** The protectable entities that a call names, in its path and in its body, by id or name. */
export const refsNamed = (entry: CatalogOperation, values: Values): EntityRef[] =>
  entitiesNamed(entry, values).flatMap(({ kind, by, value: id }) => {
    const protectedKind = protectable[kind];
    return protectedKind === undefined || by === 'address' ? [] : [{ kind: protectedKind, id }];
  });

/** The addresses of accounts that a call names, in lower case. */
export const addressesNamed = (entry: CatalogOperation, values: Values): string[] =>
  entitiesNamed(entry, values).flatMap(({ by, value }) =>
    by === 'address' ? [value.toLowerCase()] : [],
  );

/**
 * The protectable entities whose ids are in a value, at any depth.
 *
 * @param entry the operation whose arguments have the same names, for members that only it knows
 */
export const refsInside = (value: unknown, entry?: CatalogOperation): EntityRef[] => [
  ...(entry === undefined || !isObject(value) ? [] : refsNamed(entry, value)),
  ...[...membersIn(value)].flatMap(([name, member]) => {
    const kind = kindOfMember(name);
    return kind === undefined ? [] : textsOf(member).map((id) => ({ kind, id }));
  }),
];

/** The arguments of a list that find an entity by its exact name, or by a part of it. */
export function searchFor({ operation, name }: CatalogOperation, term: string): Values {
  const { search, query } = operation;
  if (search !== undefined) {
    const kind = Object.values(entities).find(({ list, within }) => list === name && !within);
    const known = kind && new Set([...kind.label, ...(kind.addresses ?? [])]);
    const fields = search.filter((field) => known?.has(field) !== false);
    return { searchFields: fields.map((field) => ({ field, values: [term], mode: 'exact' })) };
  }
  return query !== undefined && Object.hasOwn(query, 'q') ? { q: term } : {};
}

/** An entity that can be read by its id alone; undefined where it is not there, or no operation reads it so. */
export async function readEntity(
  kind: EntityKind,
  id: string,
  graph: OperationGraph,
  reads: Reads,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { read, argument, within } = entities[kind];
  const entry = read === undefined || within !== undefined ? undefined : graph.named(read);
  if (entry === undefined || argument === undefined) {
    return undefined;
  }
  const body = (await reads.read(entry, { [argument]: id }))?.body;
  return isObject(body) ? body : undefined;
}

/** What a person calls an entity, and what tells it apart from others that are called the same. */
export interface EntityLabel {
  readonly name: string;
  /** Verified or unique members, such as an e-mail address. */
  readonly known_by?: Readonly<Record<string, string>>;
}

/** The name of an entity, and in parentheses the first member that tells it apart: `Ann (ann@example.com)`. */
export function fullLabelOf(kind: EntityKind, entity: unknown): string | undefined {
  const label = labelOf(kind, entity);
  const [known] = Object.values(label?.known_by ?? {});
  return label !== undefined && known !== undefined && known !== label.name
    ? `${label.name} (${known})`
    : label?.name;
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
