/**
 * Random calls of the writes of the catalog, generated from the listed schemas, so that a new operation is covered by
 * itself. Arguments that name entities are chosen when the call is made, among those that exist by then.
 */
import fc from 'fast-check';
import type { EntityArgument } from '../../src/catalog/entities.js';
import { isObject } from '../../src/json.js';
import type { Tool } from '../../src/mcp/operation-tools.js';
import { tools } from './client.js';
import type { ObservedTenant } from './tenant-state.js';

/** Stands for an existing entity. */
class Choice {
  constructor(
    readonly argument: EntityArgument,
    readonly index: number,
  ) {}
}

export interface GeneratedCall {
  /** Its name. */
  readonly tool: string;
  /** The arguments, with a `Choice` for each entity. */
  readonly recipe: unknown;
}

export type Arguments = Readonly<Record<string, unknown>>;

/** Stands in every generated secret. No answer, journal or log may contain it. */
export const PLANTED = 'Planted-Secret';

/** The writes of the catalog. */
export const writes = tools.filter(({ operation }) => operation.effect !== 'reads');

/** Names of arguments and members whose values are secret, by their meaning; apart from the lists of the source. */
const secretName =
  /^(password|passwordDigest|currentPassword|clientSecret|secret|privateKey|accessToken|refreshToken|idToken|apiKey|signingKey|authorization|code|verificationCode|environmentVariables)$/i;

const planted = fc.integer({ min: 0, max: 9 }).map((digit) => `${PLANTED}-${digit}x!`);

const texts = fc.constantFrom(
  'Alpha',
  'beta_two',
  'name@gamma.example',
  'other@northwind.example',
  '31612345678',
  'https://shop.example/callback',
  'https://elsewhere.example',
  'delta.example',
  'en',
  'de',
  'urn:example:api',
  '123456',
  '{{code}} is the code',
);

const freeData = fc.oneof(
  fc.constantFrom({}, { plan: 'gold' }, { plan: 'trial', nested: { note: 'kept' } }),
  planted.map((secret) => ({ clientId: 'client', clientSecret: secret, note: 'beside it' })),
  planted.map((secret) => ({ nested: { idToken: secret, apiKey: secret } })),
  planted.map((secret) => ({ headers: { authorization: secret }, accessToken: secret })),
);

type Schema = Readonly<Record<string, unknown>>;

const stringOf = ({ pattern, minLength, maxLength, format }: Schema): fc.Arbitrary<string> => {
  const [min, max] = [Number(minLength ?? 0), Number(maxLength ?? 1000)];
  const matches = typeof pattern === 'string' ? new RegExp(pattern, 'u') : /^/;
  const isFitting = (text: string) =>
    matches.test(text) && text.length >= min && text.length <= max;
  const dated = format === 'date-time' ? fc.constant('2031-01-01T00:00:00.000Z') : undefined;
  const fitting = [
    'Alpha',
    'beta_two',
    'name@gamma.example',
    '31612345678',
    'delta.example',
    'https://shop.example/callback',
    'en',
    '#5d34f2',
  ].filter(isFitting);
  return dated ?? (pattern === undefined ? texts : fc.constantFrom(...fitting, 'unfitting'));
};

const absent = fc.constant(undefined);

const numberOf = ({ minimum, maximum }: Schema): fc.Arbitrary<number> =>
  fc
    .constantFrom(1, 5, 3600, 2_000_000_000_000)
    .map((value) =>
      Math.min(Math.max(value, Number(minimum ?? 0)), Number(maximum ?? Number.MAX_SAFE_INTEGER)),
    );

/** Values for a schema. `path` is where they are in the arguments, as the catalog writes it. */
function valuesOf(
  schema: unknown,
  path: string,
  entities: readonly EntityArgument[],
): fc.Arbitrary<unknown> {
  const name = path.split('.').at(-1) ?? '';
  const around = path.split('.').at(-2) ?? '';
  if (!isObject(schema)) {
    return fc.constant('x');
  }
  const entity = entities.find((argument) => argument.path === path);
  const { type, enum: constants, anyOf, items, properties, required, const: single } = schema;
  if (entity !== undefined && type !== 'array' && type !== 'object' && anyOf === undefined) {
    return fc.nat({ max: 40 }).map((index) => new Choice(entity, index));
  }
  if (single !== undefined) {
    return fc.constant(single);
  }
  if (Array.isArray(constants)) {
    return fc.constantFrom(...constants);
  }
  if (Array.isArray(anyOf)) {
    return fc.oneof(...anyOf.map((option: unknown) => valuesOf(option, path, entities)));
  }
  switch ([type].flat()[0]) {
    case 'string':
      return secretName.test(name) || around === 'headers' || around === 'environmentVariables'
        ? planted
        : stringOf(schema);
    case 'integer':
    case 'number':
      return numberOf(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      const inner = entities.find((argument) => argument.path === path);
      const item =
        inner === undefined
          ? valuesOf(items, `${path}.*`, entities)
          : fc.nat({ max: 40 }).map((index) => new Choice(inner, index));
      return fc.array(item, { minLength: Number(schema['minItems'] ?? 0), maxLength: 3 });
    }
    case 'object': {
      const members = isObject(properties) ? properties : {};
      if (Object.keys(members).length === 0) {
        const { additionalProperties } = schema;
        return isObject(additionalProperties)
          ? fc.dictionary(
              fc.constantFrom('en', 'authorization', 'first'),
              valuesOf(additionalProperties, `${path}.*`, entities),
              { maxKeys: 2 },
            )
          : freeData;
      }
      const must: unknown[] = Array.isArray(required) ? required : [];
      return fc
        .record(
          Object.fromEntries(
            Object.entries(members).map(([member, inner]) => {
              const inside = path === '' ? member : `${path}.${member}`;
              const values = valuesOf(inner, inside, entities);
              // One optional member in three: a call with all of them is refused for one of them.
              return [member, must.includes(member) ? values : fc.oneof(absent, absent, values)];
            }),
          ),
        )
        .map((value) =>
          Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)),
        );
    }
    default:
      return fc.constant('x');
  }
}

/** Arguments that this server adds, and one that pins the times of others. */
const UNGENERATED: ReadonlySet<string> = new Set(['plan', 'createdAt']);

function callsOf(tool: Tool): fc.Arbitrary<GeneratedCall> {
  const { entities } = tool.operation;
  const { properties, ...schema } = tool.listing.inputSchema;
  const generated = Object.fromEntries(
    Object.entries(isObject(properties) ? properties : {}).filter(
      ([name]) => !UNGENERATED.has(name),
    ),
  );
  return valuesOf({ ...schema, properties: generated }, '', entities).map((recipe) => ({
    tool: tool.name,
    recipe,
  }));
}

/** A call of any write of the catalog. */
export const anyCall: fc.Arbitrary<GeneratedCall> = fc.oneof(...writes.map(callsOf));

/** The table with the entities of a kind: `organization role` is `organization_roles`. */
function tableOf(kind: string, tenant: ObservedTenant): string | undefined {
  const name = `${kind.toLowerCase().replaceAll(/[ -]/g, '_')}s`;
  return (
    tenant.tableNames.find((table) => table === name) ??
    tenant.tableNames.find((table) => table.endsWith(`_${name}`))
  );
}

const memberFor: Readonly<Record<EntityArgument['by'], string>> = {
  id: 'id',
  name: 'name',
  address: 'primaryEmail',
  target: 'target',
  indicator: 'indicator',
};

/**
 * The arguments of a call on the tenant as it is. Half of the choices prefer what belongs to the entities that the call has
 * named before: a member of the organization, a scope of the resource.
 */
export function argumentsOf({ recipe }: GeneratedCall, tenant: ObservedTenant): Arguments {
  const named: string[] = [];
  const choose = ({ argument: { kind, by }, index }: Choice): string => {
    const table = tableOf(kind, tenant);
    const all = table === undefined ? [] : tenant.rowsOf(table);
    const related = new Set(named.flatMap((id) => [...tenant.relatedTo(id)]));
    const near = all.filter(
      (row) =>
        related.has(String(row['id'])) ||
        Object.entries(row).some(
          ([member, value]) => member !== 'id' && named.includes(String(value)),
        ),
    );
    const pool = near.length > 0 && index % 4 !== 0 ? near : all;
    const row = pool[index % Math.max(1, pool.length)];
    const value = String(row?.[memberFor[by]] ?? row?.['id'] ?? 'not-there');
    named.push(String(row?.['id'] ?? ''));
    return value;
  };
  const resolve = (value: unknown): unknown =>
    value instanceof Choice
      ? choose(value)
      : Array.isArray(value)
        ? [...new Set(value.map(resolve))]
        : isObject(value)
          ? Object.fromEntries(
              Object.entries(value).map(([name, member]) => [name, resolve(member)]),
            )
          : value;
  const values = resolve(recipe);
  return isObject(values) ? values : {};
}
