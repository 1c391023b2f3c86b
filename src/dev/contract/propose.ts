/** Catalog code for what a document has and the catalog does not, as a maintainer would begin it. */
import { type Domain, Whole } from '../../catalog/operation.js';
import { barePath } from '../../catalog/probes.js';
import { type OperationFacts, operationIdOf } from './facts.js';
import type { Shape } from './shape.js';

const limitsOf = ({ min, max }: Shape): string =>
  `${min === undefined ? '' : `.min(${min})`}${max === undefined ? '' : `.max(${max})`}`;

const quoted = (value: unknown): string =>
  typeof value === 'string'
    ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
    : String(value);

const isName = (text: string): boolean => /^[A-Za-z_$][\w$]*$/.test(text);

/** Object members as code, in one line. */
const membersOf = ({ properties = {}, required = [] }: Shape): string =>
  Object.entries(properties)
    .map(
      ([name, member]) =>
        `${isName(name) ? name : quoted(name)}: ${zodTextOf(member)}${required.includes(name) ? '' : '.optional()'}`,
    )
    .join(', ');

function plainZodOf(shape: Shape): string {
  const { type, enum: values, items, properties, values: mapValues, options } = shape;
  if (options !== undefined) {
    return `z.union([${options.map(zodTextOf).join(', ')}])`;
  }
  if (values !== undefined) {
    return values.every((value) => typeof value === 'string')
      ? `z.enum([${values.map(quoted).join(', ')}])`
      : `z.literal([${values.map(quoted).join(', ')}])`;
  }
  switch (type) {
    case 'string':
    case 'number':
      return `z.${type}()${limitsOf(shape)}`;
    case 'boolean':
    case 'null':
      return `z.${type}()`;
    case 'array':
      return `z.array(${items === undefined ? 'z.unknown()' : zodTextOf(items)})${limitsOf(shape)}`;
    case 'object':
      return properties !== undefined
        ? `z.strictObject({ ${membersOf(shape)} })`
        : `z.record(z.string(), ${mapValues === undefined ? 'z.unknown()' : zodTextOf(mapValues)})`;
    default:
      return 'z.unknown()';
  }
}

/** A shape as zod code. */
export const zodTextOf = (shape: Shape): string =>
  `${plainZodOf(shape)}${shape.nullable === true ? '.nullable()' : ''}`;

/** A new field as code: `name: since(NEXT_RELEASE, z.string()).optional(),`. */
export const fieldCode = (name: string, shape: Shape): string =>
  `${isName(name) ? name : quoted(name)}: since(NEXT_RELEASE, ${zodTextOf(shape)})${shape.optional === true ? '.optional()' : ''},`;

/** The kind of entity that a path parameter names, where another operation of the catalog has the same parameter. */
function kindOfParameter(
  catalog: Readonly<Record<string, Domain>>,
  pathUpToIt: string,
): string | undefined {
  const bare = barePath(pathUpToIt);
  for (const { operations } of Object.values(catalog)) {
    for (const { url, entities } of Object.values(operations)) {
      const parts = url.split('/');
      for (const [index, part] of parts.entries()) {
        const name = /^\{(\w+)\}$/.exec(part)?.[1];
        if (name !== undefined && barePath(parts.slice(0, index + 1).join('/')) === bare) {
          const entity = entities.find(({ path, inPath }) => inPath === true && path === name);
          if (entity !== undefined) {
            return entity.kind;
          }
        }
      }
    }
  }
  return undefined;
}

/** `RotateOidcKeys` -> `rotateOidcKeys` */
export const operationKeyOf = (operationId: string): string =>
  `${operationId.charAt(0).toLowerCase()}${operationId.slice(1)}`;

/** The path with the names of its parameters. */
function namedPath({ path, parameters }: OperationFacts): string {
  const names = [...parameters];
  return path.replaceAll('{}', () => `{${names.shift() ?? 'id'}}`);
}

/** A new operation as catalog code, with its summary and its risk left to the maintainer. */
export function operationCode(
  operationId: string,
  facts: OperationFacts,
  catalog: Readonly<Record<string, Domain>>,
): readonly string[] {
  const { method, query, body, encoding, paged, searched } = facts;
  const path = namedPath(facts);
  const parts = path.split('/');
  const parameters = facts.parameters.map((name, index) => {
    const end = parts.indexOf(`{${name}}`);
    const kind = kindOfParameter(catalog, parts.slice(0, end + 1).join('/'));
    const segment = facts.segments[index];
    return `${name}: ${
      kind !== undefined
        ? `id('${kind}')`
        : segment?.enum !== undefined
          ? zodTextOf(segment)
          : `idInside('${name.replace(/Id$/, '')}', 'id, from list_...')`
    }`;
  });
  const queries = membersOf(query);
  return [
    `${operationKeyOf(operationId)}: operation('${method} ${path}', {`,
    '  since: NEXT_RELEASE,',
    "  summary: '<one imperative sentence>',",
    ...(parameters.length > 0 ? [`  path: { ${parameters.join(', ')} },`] : []),
    ...(paged ? ["  paging: 'always',"] : []),
    ...(searched ? ["  search: ['<fields>'],"] : []),
    ...(queries === '' ? [] : [`  query: { ${queries} },`]),
    ...(body === undefined
      ? []
      : body.type === 'object' && body.properties !== undefined
        ? [`  body: { ${membersOf(body)} },`]
        : [`  body: whole('<argument>', ${zodTextOf(body)}),`]),
    ...(encoding === undefined ? [] : [`  encoding: '${encoding}',`]),
    ...(method === 'GET'
      ? []
      : ["  risk: [{ risk: '<destructive, credential ...>', because: '<what happens>' }],"]),
    ...(method === 'DELETE' ? ['  cascades: [],'] : []),
    '}),',
  ];
}

/** The file of a domain, by the tag of the document. */
export function fileOfTag(
  tag: string | undefined,
  catalog: Readonly<Record<string, Domain>>,
): string {
  const name = Object.entries(catalog).find(
    ([, { title }]) => title.toLowerCase() === tag?.toLowerCase(),
  )?.[0];
  return name === undefined
    ? `src/catalog/${(tag ?? 'unknown').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.ts (a new domain)`
    : `src/catalog/${name}.ts`;
}

/** Where an operation of the catalog is: its domain, and its key. */
export function fieldPlaceOf(
  operationId: string,
  catalog: Readonly<Record<string, Domain>>,
): { readonly domain: string; readonly key: string; readonly isWhole: boolean } | undefined {
  for (const [domain, { operations }] of Object.entries(catalog)) {
    for (const [key, { body }] of Object.entries(operations)) {
      if (operationIdOf(key) === operationId) {
        return { domain, key, isWhole: body instanceof Whole };
      }
    }
  }
  return undefined;
}
