/** The members of each kind, derived from the fields of its operations in the catalog. */
import { type Schema, Whole } from '../catalog/operation.js';
import { definitionOf, unwrapped, wrappedSchema } from '../catalog/schemas.js';
import {
  type Catalog,
  type CatalogOperation,
  OperationGraph,
  parametersOf,
} from '../guard/operation-graph.js';
import type { Kind, KindName, WriteFacts } from './kind.js';
import { kinds } from './kinds.js';

/** A member of an item in a manifest. */
export interface Member {
  readonly name: string;
  /** What its value must be; undefined for a set of references. */
  readonly schema: Schema | undefined;
  /** Whether an item cannot be created without it. */
  readonly isRequired: boolean;
  /** Whether it can change; otherwise it is set only at the creation. */
  readonly canChange: boolean;
}

/** A kind with its operations and the facts derived from them. */
export interface KindFacts {
  readonly kind: Kind;
  readonly members: ReadonlyMap<string, Member>;
  /** Dotted paths of secrets in an item. */
  readonly secrets: readonly string[];
  readonly operations: {
    readonly list: CatalogOperation | undefined;
    readonly create: CatalogOperation | undefined;
    readonly update: CatalogOperation | undefined;
    readonly remove: CatalogOperation | undefined;
  };
}

/**
 * The members that a value of this schema can have, by name; for a union those of all its forms. Undefined for free data.
 */
export function declaredMembersOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  const definition = definitionOf(unwrapped(schema));
  if (definition.type === 'object') {
    return definition.shape;
  }
  if (definition.type === 'union') {
    const shapes = definition.options.map(declaredMembersOf).filter((shape) => shape !== undefined);
    return shapes.length === 0 ? undefined : Object.assign({}, ...shapes);
  }
  return undefined;
}

/** The schema at a path inside another one; undefined if the path leads into free data or nowhere. */
export function schemaAt(schema: Schema, path: readonly PropertyKey[]): Schema | undefined {
  const [first, ...rest] = path;
  if (first === undefined) {
    return schema;
  }
  const definition = definitionOf(unwrapped(schema));
  const next =
    definition.type === 'array'
      ? definition.element
      : definition.type === 'record'
        ? definition.valueType
        : declaredMembersOf(schema)?.[String(first)];
  return next === undefined ? undefined : schemaAt(next, rest);
}

/** Whether a value of this schema can be left out. */
const isOptional = (schema: Schema): boolean => {
  const { type } = definitionOf(schema);
  const inner = wrappedSchema(schema);
  return type === 'optional' || (inner !== undefined && isOptional(inner));
};

/** The schemas that a write takes, by the names that they have in a manifest. */
export function writeFieldsOf(
  { operation }: CatalogOperation,
  { wrap }: Pick<WriteFacts, 'wrap'>,
): Readonly<Record<string, Schema>> {
  const { body, path } = operation;
  const fields: Readonly<Record<string, Schema>> =
    body instanceof Whole ? { [body.argument]: body.schema } : (body ?? {});
  if (wrap === undefined) {
    return { ...path, ...fields };
  }
  const inside = 'whole' in wrap ? fields[wrap.whole] : fields[wrap.list];
  const element = inside !== undefined && 'list' in wrap ? schemaAt(inside, [0]) : inside;
  return { ...path, ...(element === undefined ? {} : declaredMembersOf(element)) };
}

function factsOf(kind: Kind, graph: OperationGraph): KindFacts {
  const entry = (key: string | undefined) => (key === undefined ? undefined : graph.keyed(key));
  const operations = {
    list: entry(kind.list),
    create: entry(kind.create?.operation),
    update: entry(kind.update?.operation),
    remove: entry(kind.remove),
  };
  const { create, update } = operations;
  const created = create === undefined ? {} : writeFieldsOf(create, kind.create ?? {});
  const updated = update === undefined ? {} : writeFieldsOf(update, kind.update ?? {});
  const settings = kind.settings ?? [];
  const grants = kind.grants ?? [];
  const excluded = new Set([
    ...Object.keys(kind.omit ?? {}),
    ...grants.flatMap(({ onCreate }) => onCreate ?? []),
    // Parameters of a route that are no part of the key are ids.
    ...[create, update]
      .flatMap((operation) =>
        operation === undefined ? [] : parametersOf(operation.operation.url),
      )
      .filter((name) => !kind.key.includes(name)),
  ]);
  const members = new Map<string, Member>();
  for (const [name, schema] of Object.entries({ ...created, ...updated })) {
    if (!excluded.has(name)) {
      const first = created[name];
      members.set(name, {
        name,
        schema,
        isRequired: kind.key.includes(name) || (first !== undefined && !isOptional(first)),
        canChange: Object.hasOwn(updated, name) && !kind.key.includes(name),
      });
    }
  }
  for (const { member, operation, list } of settings) {
    const wrapping = list === undefined ? {} : { wrap: { list } };
    const schema = writeFieldsOf(graph.keyed(operation), wrapping)[member];
    members.set(member, { name: member, schema, isRequired: false, canChange: true });
  }
  if (kind.of !== undefined) {
    const [name = ''] = kind.key;
    members.set(name, { name, schema: undefined, isRequired: true, canChange: false });
  }
  for (const { member } of grants) {
    members.set(member, { name: member, schema: undefined, isRequired: false, canChange: true });
  }
  const prefix = kind.recordIn === undefined ? '' : `${kind.recordIn}.`;
  const secrets = [
    ...(create?.operation.secrets ?? []),
    ...(update?.operation.secrets ?? []),
    ...(operations.list?.operation.secrets ?? []).map((path) =>
      path.startsWith(prefix) ? path.slice(prefix.length) : path,
    ),
  ];
  return { kind, members, operations, secrets: [...new Set(secrets)] };
}

/** The kinds over a catalog. */
export class KindTable {
  readonly graph: OperationGraph;
  readonly #facts: ReadonlyMap<KindName, KindFacts>;

  constructor(catalog: Catalog) {
    this.graph = new OperationGraph(catalog);
    this.#facts = new Map(kinds.map((kind) => [kind.name, factsOf(kind, this.graph)]));
  }

  /** @throws Error for a kind that the table does not have */
  facts(name: KindName): KindFacts {
    const facts = this.#facts.get(name);
    if (facts === undefined) {
      throw new Error(`There is no kind ${name}.`);
    }
    return facts;
  }
}
