/** Operations that a served document has and the catalog does not, as operations that the runners and the guard can handle. */
import {
  type EntityKind,
  type EntityReference,
  entityArgumentsOf,
  naming,
} from '../../catalog/entities.js';
import {
  type Effect,
  type Fields,
  type Method,
  type Operation,
  type Outline,
  Whole,
  whole,
} from '../../catalog/operation.js';
import { type ProtectableKind, protectable, protectableKinds } from '../../catalog/protectable.js';
import { asksOf, type RiskFacts, risks, risksOf } from '../../catalog/risk.js';
import type { LockoutRule } from '../../catalog/write-facts.js';
import type { ServedOperation, ServedParameter } from '../../logto/served-facts.js';
import type { ServedSchema } from '../../logto/served-schema.js';
import { kindNamed, servedMembersOf, zodOf } from './zod-schema.js';

const EFFECTS: Readonly<Record<Method, Effect>> = {
  GET: 'reads',
  POST: 'adds',
  PUT: 'changes',
  PATCH: 'changes',
  DELETE: 'removes',
};

/** The effect is not known, so the operation counts as carrying every risk. */
const unknownRisk: RiskFacts = [
  { risk: 'destructive', because: 'not known: it is not in the catalog' },
  ...risks
    .filter((risk) => risk !== 'destructive')
    .map((risk) => ({ risk, because: 'not known: it is not in the catalog' })),
];

/** Arguments that this server adds, and those that page a list. A body member of such a name is given inside `body`. */
const RESERVED: ReadonlySet<string> = new Set([
  'plan',
  'fields',
  'replace_whole',
  'page',
  'page_size',
]);

/** The argument that contains a body which is no flat object. */
const WHOLE_BODY = 'body';

const PAGE_PARAMETERS: readonly string[] = ['page', 'page_size'];

/** The kinds of entities that path parameters name, by the route up to and with the parameter. */
export type PathKinds = ReadonlyMap<string, EntityKind>;

const bare = (path: string): string => path.replaceAll(/\{[^}]*\}/g, '{}').toLowerCase();

/** The route up to and with a parameter. */
const routeTo = (url: string, parameter: string): string =>
  bare(url.slice(0, url.indexOf(`{${parameter}}`) + parameter.length + 2));

/** The kinds that the path parameters of the catalog name. */
export const pathKindsOf = (operations: readonly Outline[]): PathKinds =>
  new Map(
    operations.flatMap(({ url, entities }) =>
      entities
        .filter(({ inPath, by }) => inPath === true && by === 'id')
        .map(({ path, kind }) => [routeTo(url, path), kind] as const),
    ),
  );

/** Whether a value of a query can be written as text. */
const isPlainQuery = ({ schema }: ServedParameter): boolean =>
  schema.type !== 'object' && schema.items?.type !== 'object';

const isFlatObject = (schema: ServedSchema): boolean =>
  schema.type === 'object' &&
  schema.properties !== undefined &&
  schema.additionalProperties === undefined &&
  schema.nullable === undefined;

/** The body as flat arguments, or as one where names would collide or it is no flat object. */
function bodyOf(schema: ServedSchema, taken: ReadonlySet<string>): Fields | Whole {
  const members = isFlatObject(schema) ? servedMembersOf(schema) : undefined;
  const collides = Object.keys(members ?? {}).some((name) => taken.has(name) || RESERVED.has(name));
  return members === undefined || collides ? whole(WHOLE_BODY, zodOf(schema)) : members;
}

/** Collections in which any entity may be what this server signs in with or depends on. */
const OWN_COLLECTIONS = /^\/api\/(?:applications|resources|roles)(?:\/[^{]*)?$/i;

/** Scripts that issue tokens, including this server's token. */
const TOKEN_SCRIPTS = /^\/api\/configs\/jwt-customizer(?:\/|$)/i;

const ownAccess = 'this server may lose its access to Logto, and what it does is not known.';

/** Rules that protect what this server signs in with or depends on from an unknown write. */
function lockoutOf(
  method: Method,
  url: string,
  named: readonly (EntityReference & { readonly name: string })[],
): readonly LockoutRule[] {
  const rules: LockoutRule[] = [{ touches: 'named', because: ownAccess }];
  if ((OWN_COLLECTIONS.test(url) && method !== 'POST') || TOKEN_SCRIPTS.test(url)) {
    rules.push({ touches: 'anything', because: ownAccess });
  }
  for (const { kind, name } of named) {
    if (kind === 'domain') {
      rules.push({ touches: 'domain', list: 'listDomains', argument: name, because: ownAccess });
    }
  }
  return rules;
}

/** The protectable kind that a write below a collection acts on without naming an entity of it: `/api/users/merge`. */
function unknownOwnerOf(url: string, hasKind: (kind: ProtectableKind) => boolean) {
  const [, first = ''] = /^\/api\/(?:saml-)?([^/]+)/.exec(url) ?? [];
  return protectableKinds.find((kind) => kind === first && !hasKind(kind));
}

/** The sentence that replaces the summary of an operation: the texts of the document are not used. */
export const routeSentence = ({ method, url }: Pick<Outline, 'method' | 'url'>): string =>
  `${method} ${url}: not in the catalog.`;

/**
 * The operation of a document as the catalog describes operations. Every write asks, has no undo, and is kept away from what
 * this server depends on.
 *
 * @returns undefined for one that cannot be called by its facts alone
 */
export function unknownOperation(served: ServedOperation, kinds: PathKinds): Operation | undefined {
  const { method, url, parameters, body, isComplete } = served;
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = parameters.filter(
    (parameter) => parameter.in === 'query' && !PAGE_PARAMETERS.includes(parameter.name),
  );
  const query = inQuery.filter(isPlainQuery);
  const names = [...inPath, ...query].map(({ name }) => name);
  const taken = new Set(names);
  if (
    !isComplete ||
    taken.size < names.length ||
    names.some((name) => RESERVED.has(name) || name === WHOLE_BODY) ||
    inQuery.some((parameter) => parameter.required && !isPlainQuery(parameter)) ||
    (method === 'GET' && body !== undefined)
  ) {
    return undefined;
  }
  const named = inPath.flatMap(({ name }) => {
    const kind = kinds.get(routeTo(url, name)) ?? kindNamed(name);
    return kind === undefined ? [] : [{ name, kind, by: 'id' as const }];
  });
  const pathFields = Object.fromEntries(
    inPath.map(({ name, schema }) => {
      const kind = named.find((item) => item.name === name)?.kind;
      const value = zodOf({ ...schema, type: schema.type ?? 'string' });
      return [name, kind === undefined ? value : naming(value, kind)];
    }),
  );
  const queryFields = servedMembersOf({
    properties: Object.fromEntries(query.map(({ name, schema }) => [name, schema])),
    required: query.filter(({ required }) => required).map(({ name }) => name),
  });
  const content = body === undefined ? undefined : bodyOf(body, taken);
  const effect = EFFECTS[method];
  const risk = effect === 'reads' ? undefined : unknownRisk;
  const protectedKinds = new Set(named.map(({ kind }) => protectable[kind]));
  const owner =
    effect === 'reads' ? undefined : unknownOwnerOf(url, (kind) => protectedKinds.has(kind));
  return {
    summary: routeSentence({ method, url }),
    method,
    url,
    path: pathFields,
    query: queryFields,
    ...(content !== undefined && { body: content }),
    ...(parameters.some(({ name }) => name === 'page') &&
      method === 'GET' && { paging: 'optional' as const }),
    effect,
    notInCatalog: true,
    entities: entityArgumentsOf(pathFields, {
      ...queryFields,
      ...(content instanceof Whole ? { [content.argument]: content.schema } : content),
    }),
    asks: asksOf(risk),
    risks: risksOf(risk),
    ...(risk !== undefined && {
      risk,
      undo: { blocked: 'its operation is not in the catalog, so nothing is known to reverse it' },
      lockout: lockoutOf(method, url, named),
    }),
    ...(owner !== undefined && { unknownOwner: owner }),
  };
}

/** Words with which names of reads begin; a write must not look like one to a rule over names. */
const READING = /^(?:get|list|count|find|search|check|read|export|describe|show|query)(?:_|$)/;

const MAX_NAME_CHARS = 64;

const snakeCase = (id: string): string =>
  id
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();

/** A name made from method and route: `delete_api_widgets_by_id`. */
const nameOfRoute = ({ method, url }: ServedOperation): string =>
  `${method} ${url}`
    .replaceAll(/\{(\w+)\}/g, 'by $1')
    .replace('/api/', ' ')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map(snakeCase)
    .join('_');

/** The name of the tool of an operation: its operationId, where that is free and does not claim another effect. */
export function toolNameOf(served: ServedOperation, isTaken: (name: string) => boolean): string {
  const { method, id } = served;
  const own = id === undefined ? nameOfRoute(served) : snakeCase(id);
  const isMisleading = method === 'GET' ? /^(?:delete|remove)_/.test(own) : READING.test(own);
  const candidates = [
    ...(isMisleading ? [] : [own]),
    `${method.toLowerCase()}_${own}`,
    nameOfRoute(served),
  ].map((name) => name.slice(0, MAX_NAME_CHARS));
  const free = candidates.find((name) => !isTaken(name));
  if (free !== undefined) {
    return free;
  }
  const [base = 'operation'] = candidates;
  for (let number = 2; ; number += 1) {
    const name = `${base.slice(0, MAX_NAME_CHARS - 4)}_${number}`;
    if (!isTaken(name)) {
      return name;
    }
  }
}
