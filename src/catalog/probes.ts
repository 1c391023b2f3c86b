/**
 * What a served OpenAPI document contains if that Logto has an operation, a field or a value: derived from the `since`
 * facts. Logto does not publish its release, so each newer part is looked for separately.
 */
import { type Method, type Operation, type Schema, Whole } from './operation.js';
import { knownValuesOf, type Since, sinceFactOf } from './releases.js';
import { definitionOf, wrappedSchema } from './schemas.js';

/**
 * What to look for in a document. `path` has `{}` for each parameter, because the catalog renames some of them. `member` is a
 * dotted path into the request body, in which `*` stands for each item of a list or each value of a map; it is empty for
 * the body itself. A member may be in any form of a union.
 */
export type Probe =
  | { readonly kind: 'operation'; readonly method: Method; readonly path: string }
  | {
      readonly kind: 'parameter';
      readonly method: Method;
      readonly path: string;
      readonly name: string;
    }
  | {
      readonly kind: 'member';
      readonly method: Method;
      readonly path: string;
      readonly member: string;
    }
  | {
      readonly kind: 'value';
      readonly method: Method;
      readonly path: string;
      /** The value is one of a parameter (a query or path value) or of a body member. */
      readonly of: { readonly parameter: string } | { readonly member: string };
      /** As the document has it in an `enum`, or as a literal in `format`: `"\"Cap\""`. */
      readonly value: string;
    };

/** Where a value is in a request. */
export type RequestPart = 'path' | 'query' | 'body';

/** A member of a request at any depth. */
export interface RequestMember {
  readonly part: RequestPart;
  /** A dotted path inside the part, in which `*` stands for each item or value; empty for a body as a whole. */
  readonly member: string;
  /** The same as an argument of the tool, which differs where one argument holds the whole body. */
  readonly argument: string;
  readonly schema: Schema;
}

/** Something that not every release has. */
export interface Feature {
  readonly since: Since;
  /** The argument of the tool, as in `RequestMember`; undefined for the operation as a whole. */
  readonly argument?: string;
  /** The value of the argument; undefined where the argument itself is newer. */
  readonly value?: string;
  /** Where the argument is in the request; undefined for the operation as a whole. */
  readonly at?: Pick<RequestMember, 'part' | 'member'>;
  readonly probe: Probe;
}

/** A path without the names of its parameters. */
export const barePath = (path: string): string => path.replace(/\{[^}]*\}/g, '{}');

/** A schema inside another one, with its dotted path. */
interface MemberSchema {
  readonly path: string;
  readonly schema: Schema;
}

const joined = (...parts: readonly string[]): string =>
  parts.filter((part) => part !== '').join('.');

/** The schemas of a value at every depth, with the value itself first. Wrappers are looked through. */
function* memberSchemasIn(schema: Schema, path: string): Generator<MemberSchema> {
  const inner = wrappedSchema(schema);
  if (inner !== undefined) {
    yield* memberSchemasIn(inner, path);
    return;
  }
  const def = definitionOf(schema);
  switch (def.type) {
    case 'union':
      for (const option of def.options) {
        yield* memberSchemasIn(option, path);
      }
      return;
    case 'array':
      yield { path, schema };
      yield* memberSchemasIn(def.element, joined(path, '*'));
      return;
    case 'record':
      yield { path, schema };
      yield* memberSchemasIn(def.valueType, joined(path, '*'));
      return;
    case 'object':
      yield { path, schema };
      for (const [name, member] of Object.entries(def.shape)) {
        yield* membersIn(member, joined(path, name));
      }
      return;
    default:
      yield { path, schema };
  }
}

/** A member with its own facts first, which may be recorded on a wrapper, and then what is inside it. */
function* membersIn(schema: Schema, path: string): Generator<MemberSchema> {
  yield { path, schema };
  for (const inner of memberSchemasIn(schema, path)) {
    if (inner.path !== path || inner.schema !== schema) {
      yield inner;
    }
  }
}

const isMethod = (word: string): word is Method =>
  ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(word);

/** The probe for the route in a `seenBy` fact. */
function operationProbe(route: string): Probe {
  const [method = '', path = ''] = route.split(' ');
  if (!isMethod(method)) {
    throw new Error(`${route} is not a route.`);
  }
  return { kind: 'operation', method, path: barePath(path) };
}

/** Every member of a request at every depth, each form of a union included. */
export function* requestMembers({ path, query, body }: Operation): Generator<RequestMember> {
  for (const [part, fields] of [
    ['path', path],
    ['query', query ?? {}],
    ['body', body instanceof Whole ? {} : (body ?? {})],
  ] as const) {
    for (const [name, schema] of Object.entries(fields)) {
      for (const { path: memberPath, schema: inner } of membersIn(schema, name)) {
        yield { part, member: memberPath, argument: memberPath, schema: inner };
      }
    }
  }
  if (body instanceof Whole) {
    for (const { path: memberPath, schema } of membersIn(body.schema, '')) {
      yield {
        part: 'body',
        member: memberPath,
        argument: joined(body.argument, memberPath),
        schema,
      };
    }
  }
}

/** The newer parts of one member. */
function* featuresOf({ method, url }: Operation, location: RequestMember): Generator<Feature> {
  const { part, member, argument, schema } = location;
  const path = barePath(url);
  const at = { part, member };
  const [name = ''] = member.split('.');
  const fact = sinceFactOf(schema);
  if (fact !== undefined) {
    const { since, seenBy } = fact;
    const probe: Probe =
      seenBy !== undefined
        ? operationProbe(seenBy)
        : part === 'body'
          ? { kind: 'member', method, path, member }
          : { kind: 'parameter', method, path, name };
    yield { since, argument, at, probe };
  }
  for (const [value, since] of knownValuesOf(schema) ?? []) {
    if (since !== undefined) {
      const of = part === 'body' ? { member } : { parameter: name };
      yield { since, argument, value, at, probe: { kind: 'value', method, path, of, value } };
    }
  }
}

const keyOf = ({ argument, value, since }: Feature): string =>
  JSON.stringify([argument, value, since]);

/** Everything of an operation that is newer than the base, each part once: the operation itself, arguments and values. */
export function probesOf(operation: Operation): readonly Feature[] {
  const { method, url, since } = operation;
  const features: Feature[] = [
    ...(since === undefined
      ? []
      : [{ since, probe: { kind: 'operation', method, path: barePath(url) } as const }]),
    ...[...requestMembers(operation)].flatMap((member) => [...featuresOf(operation, member)]),
  ];
  // Forms of a union, and a wrapper and the schema inside it, have the same fact.
  return [...new Map(features.map((feature) => [keyOf(feature), feature])).values()];
}
