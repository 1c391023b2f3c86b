/**
 * How operations hang together, read off their routes: which one reads what another changes, which one takes back what
 * another does. The Management API is regular enough for that; where it is not, there is simply no answer.
 */
import { type Fields, type Method, type Outline, Whole } from '../catalog/operation.js';
import { isObject } from '../json.js';

/** An operation with its names. */
export interface NamedOperation {
  readonly name: string;
  readonly domain: string;
  readonly operation: Outline;
}

export type Values = Readonly<Record<string, unknown>>;

/** What a write does, with the operations that read it and take it back. */
export type Change =
  /** Changes members of an entity or of settings that exist once. */
  | {
      readonly kind: 'update';
      readonly read: NamedOperation;
      readonly fields: readonly string[];
      /** The field whose value alone is what `read` answers, where it has an operation of its own. */
      readonly alone: string | undefined;
    }
  /** Makes an entity that `remove` deletes, or several at once. */
  | { readonly kind: 'create'; readonly remove: NamedOperation }
  /** Makes a thing of a user that the answer does not name: what is in `read` afterwards and was not before. */
  | {
      readonly kind: 'attach';
      readonly read: NamedOperation;
      readonly remove: NamedOperation;
      /** The member of what `read` answers whose names they are; undefined for a list of them. */
      readonly member: string | undefined;
    }
  /** Adds relations that two names tell apart, such as a member and a role; the path of `remove` ends with both. */
  | { readonly kind: 'pair'; readonly read: NamedOperation; readonly remove: NamedOperation }
  /** Adds to a set; `field` holds what is added, by ids or names. */
  | {
      readonly kind: 'add';
      readonly read: NamedOperation;
      readonly remove: NamedOperation;
      readonly field: string;
    }
  /** Takes one out of a set; `add` puts it back. */
  | {
      readonly kind: 'take';
      readonly read: NamedOperation;
      readonly add: NamedOperation;
      readonly field: string;
    }
  /** Sets a whole set anew. */
  | { readonly kind: 'replace'; readonly read: NamedOperation; readonly field: string }
  /** Makes things of a collection or writes over those of the same name; `field` holds them. */
  | {
      readonly kind: 'upsert';
      readonly read: NamedOperation;
      readonly remove: NamedOperation;
      readonly field: string;
    }
  /** Deletes an entity, or what a query finds of a list. */
  | { readonly kind: 'remove'; readonly read: NamedOperation | undefined }
  | { readonly kind: 'other' };

const parameter = /\{(\w+)\}/g;

const shapeOf = (url: string): string => url.replaceAll(parameter, '{}');

/** The names of the parameters in a route, in order. */
export const parametersOf = (url: string): string[] =>
  [...url.matchAll(parameter)].map(([, name = '']) => name);

const parentOf = (url: string): string => url.slice(0, url.lastIndexOf('/'));
const lastOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

/** `custom-data` -> `customData` */
const camel = (segment: string): string =>
  segment.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Whether a body field adds to a set what the last parameter takes out. A name or an id is of a thing that is made. */
const isMember = (field: string, name: string): boolean =>
  (field === `${name}s` || field === name) && name !== 'id' && name !== 'name';

/** The PUT that finds nothing (404) where there is nothing yet. */
const onlyUpdates = 'update_custom_profile_field_by_name';

const bodyFields = ({ body }: Outline): Fields<unknown> =>
  body === undefined || body instanceof Whole ? {} : body;

export class OperationGraph {
  readonly #byRoute: ReadonlyMap<string, NamedOperation>;
  readonly #entries: readonly NamedOperation[];

  constructor(entries: readonly NamedOperation[]) {
    this.#entries = entries;
    this.#byRoute = new Map(
      entries.map((entry) => [`${entry.operation.method} ${shapeOf(entry.operation.url)}`, entry]),
    );
  }

  #at(method: Method, url: string): NamedOperation | undefined {
    return this.#byRoute.get(`${method} ${shapeOf(url)}`);
  }

  /** The operation that reads one entity of a kind, such as `users`. */
  entity(kind: string): NamedOperation | undefined {
    return this.#at('GET', `/api/${kind}/{id}`);
  }

  /** The list of which the last parameter of a route names one. */
  collection({ operation: { url } }: NamedOperation): NamedOperation | undefined {
    return lastOf(url).startsWith('{') ? this.#at('GET', parentOf(url)) : undefined;
  }

  /** The operation that gives organization roles to one member, as a set of members is read by `list`. */
  givingRoles({ operation: { url } }: NamedOperation): NamedOperation | undefined {
    return this.#at('POST', `${url}/{}/roles`);
  }

  /** The operation that takes one out of the set that `entry` replaces. */
  singleOf({ operation: { url } }: NamedOperation): NamedOperation | undefined {
    return this.#removing(url);
  }

  /** The operation that sets anew what `entry` deletes, under the same address. */
  restoring({ operation: { method, url } }: NamedOperation): NamedOperation | undefined {
    const put = method === 'DELETE' ? this.#at('PUT', url) : undefined;
    // A collection is no one thing, and the settings of a profile field can be changed, but not set where there are none.
    return put === undefined || this.changeOf(put).kind !== 'update' || put.name === onlyUpdates
      ? undefined
      : put;
  }

  /** The operation that lets an application ask for a scope again that `entry` has taken from it. */
  allowing({ operation: { method, url } }: NamedOperation): NamedOperation | undefined {
    const [, base] = /^(.*-scopes)\/\{scopeType\}\/\{scopeId\}$/.exec(url) ?? [];
    return base === undefined || method !== 'DELETE' ? undefined : this.#at('POST', base);
  }

  /** The call that lets an application ask for a scope again: the kind of the scope stands in the path there, in the body here. */
  consenting(
    entry: NamedOperation,
    values: Values,
  ): { entry: NamedOperation; values: Values } | undefined {
    const add = this.allowing(entry);
    const { scopeType, scopeId } = values;
    return add === undefined
      ? undefined
      : {
          entry: add,
          values: { ...pathFor(add, entry, values), [camel(String(scopeType))]: [scopeId] },
        };
  }

  /** The operation that deletes what `entry` sets as a whole. */
  deleting({ operation: { method, url } }: NamedOperation): NamedOperation | undefined {
    return method === 'PUT' ? this.#at('DELETE', url) : undefined;
  }

  /** The operation that reads what `entry` deletes. */
  reading({ operation }: NamedOperation): NamedOperation | undefined {
    return this.#at('GET', operation.url);
  }

  /** The operation that reads the entity at the beginning of a route. */
  rootOf({ operation }: NamedOperation): NamedOperation | undefined {
    const [, root] = /^(\/api\/[^/]+\/\{\w+\})/.exec(operation.url) ?? [];
    return root === undefined ? undefined : this.#at('GET', root);
  }

  /** The lists directly below an entity: what goes along when it is deleted. */
  listsBelow({ operation: { url } }: NamedOperation): readonly NamedOperation[] {
    const own = `${shapeOf(url)}/`;
    return this.#entries.filter(({ operation }) => {
      const shape = shapeOf(operation.url);
      return (
        operation.method === 'GET' &&
        operation.answer === undefined &&
        shape.startsWith(own) &&
        !shape.slice(own.length).includes('{')
      );
    });
  }

  /** The operation below the same entity that replaces the member which `entry` merges into. */
  replacing({
    operation: { method, url },
  }: Pick<NamedOperation, 'operation'>): { entry: NamedOperation; field: string } | undefined {
    const field = camel(lastOf(url));
    const entry = method === 'PATCH' ? this.#at('PATCH', parentOf(url)) : undefined;
    return entry !== undefined && Object.hasOwn(bodyFields(entry.operation), field)
      ? { entry, field }
      : undefined;
  }

  /** What a write does. */
  changeOf({ operation }: NamedOperation): Change {
    const { method, url, effect } = operation;
    const read = this.#at('GET', url);
    const fields = Object.keys(bodyFields(operation));
    if (effect === 'reads') {
      return { kind: 'other' };
    }
    if (method === 'DELETE') {
      const collection = parentOf(url);
      const [name = ''] = parametersOf(lastOf(url));
      const add = this.#at('POST', collection);
      const list = this.#at('GET', collection);
      const taken = Object.keys(add === undefined ? {} : bodyFields(add.operation));
      const field = taken.find((one) => isMember(one, name));
      return add !== undefined && list !== undefined && field !== undefined
        ? { kind: 'take', read: list, add, field }
        : { kind: 'remove', read };
    }
    const pairs = method === 'POST' ? this.#unpairing(url) : undefined;
    const paired = pairs && this.#at('GET', lastOf(url) === 'roles' ? parentOf(url) : url);
    if (pairs !== undefined && paired !== undefined) {
      return { kind: 'pair', read: paired, remove: pairs };
    }
    const remove = this.#removing(lastOf(url) === 'batch' ? parentOf(url) : url);
    const [made = ''] = parametersOf(lastOf(remove?.operation.url ?? ''));
    // Of a second factor and of a linked identity Logto does not say which one it has made.
    const unnamed = made === 'verificationId' || made === 'target';
    const holder = read ?? this.#at('GET', parentOf(url));
    if (method === 'POST' && remove !== undefined && unnamed && holder !== undefined) {
      const member = read === undefined ? camel(lastOf(url)) : undefined;
      return { kind: 'attach', read: holder, remove, member };
    }
    if (method === 'POST' && remove !== undefined) {
      const [name = ''] = parametersOf(lastOf(remove.operation.url));
      const field = fields.find((one) => isMember(one, name));
      return field !== undefined && read !== undefined
        ? { kind: 'add', read, remove, field }
        : { kind: 'create', remove };
    }
    // Names may stand beside ids; both mean the same set, which is read by ids.
    const set = fields.find((one) => /Ids$|^emailDomains$/.test(one));
    if (method === 'PUT' && read !== undefined && set !== undefined && this.#isList(read)) {
      return { kind: 'replace', read, field: set };
    }
    const one = this.#removing(url);
    const [several] = fields;
    if (method === 'PUT' && read !== undefined && one !== undefined && several !== undefined) {
      return { kind: 'upsert', read, remove: one, field: several };
    }
    const named = operation.body instanceof Whole ? [operation.body.argument] : fields;
    if ((method === 'PATCH' || method === 'PUT') && named.length > 0) {
      const source = read ?? this.#at('GET', parentOf(url));
      const alone =
        read === undefined
          ? undefined
          : operation.body instanceof Whole
            ? operation.body.argument
            : this.replacing({ operation })?.field;
      return source === undefined
        ? { kind: 'other' }
        : { kind: 'update', read: source, fields: named, alone };
    }
    return { kind: 'other' };
  }

  /** The nearest operation up the route that reads what a write acts on; undefined when nothing does. */
  observing({ operation }: NamedOperation): NamedOperation | undefined {
    for (let { url } = operation; url !== '/api'; url = parentOf(url)) {
      const read = this.#at('GET', url);
      if (read !== undefined && read.operation.answer === undefined) {
        return read;
      }
    }
    return undefined;
  }

  /** The operation that takes back one of the relations that a POST adds many of: consent scopes, roles of several members. */
  #unpairing(url: string): NamedOperation | undefined {
    return (
      this.#at('DELETE', `${url}/{}/{}`) ??
      (lastOf(url) === 'roles' ? this.#at('DELETE', `${parentOf(url)}/{}/roles/{}`) : undefined)
    );
  }

  #isList({ name }: NamedOperation): boolean {
    return name.startsWith('list_');
  }

  /** The operation that deletes one thing of a collection. */
  #removing(collection: string): NamedOperation | undefined {
    return this.#entries.find(
      ({ operation: { method, url } }) =>
        method === 'DELETE' &&
        shapeOf(parentOf(url)) === shapeOf(collection) &&
        lastOf(url).startsWith('{'),
    );
  }
}

/** What was read for an update, under the names of its fields. */
export function imageOf(
  { operation }: NamedOperation,
  { alone, fields }: Extract<Change, { kind: 'update' }>,
  read: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (alone !== undefined) {
    return operation.body instanceof Whole && Object.hasOwn(read, alone) ? read : { [alone]: read };
  }
  // Some fields stand one level down, in a member that has the name of the address: an identity, details.
  const literal = operation.url.split('/').findLast((segment) => !segment.startsWith('{')) ?? '';
  const inner = read[camel(literal)] ?? read[camel(literal.replace(/ies$/, 'y'))];
  const isInner = isObject(inner) && !fields.some((field) => Object.hasOwn(read, field));
  return isInner ? inner : read;
}

/** What decides together whether anybody can sign in: the last of two ways must see that the other one has gone. */
const signIn: ReadonlySet<string> = new Set(['sign-in-exp', 'connectors', 'sso-connectors']);

/**
 * The entity or the settings that a call is about, by their address: `/api/users/x` for everything below a user. Two roads
 * to the same thing have the same.
 */
export function addressOf({ operation: { url } }: NamedOperation, values: Values): string {
  const [, first = '', second = ''] = /^\/api\/([^/]+)(?:\/([^/]+))?/.exec(url) ?? [];
  if (signIn.has(first)) {
    return 'sign-in';
  }
  const [name] = parametersOf(second);
  const id = name === undefined ? '' : String(values[name]);
  return `${first.replace(/^saml-/, '')}/${id}`;
}

/** The values of the path of `source`, under the names that the path of `target` has for them. */
export function pathFor(
  target: NamedOperation,
  source: NamedOperation,
  values: Values,
): Record<string, unknown> {
  const names = parametersOf(source.operation.url);
  return Object.fromEntries(
    parametersOf(target.operation.url).map((name, index) => [name, values[names[index] ?? '']]),
  );
}

/** The arguments of a call that travel in its body. */
export const bodyOf = ({ operation }: NamedOperation, values: Values): Values => {
  const { body } = operation;
  const names = body instanceof Whole ? [body.argument] : Object.keys(body ?? {});
  return Object.fromEntries(
    names.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]),
  );
};

/** `userScopes` -> `user-scopes` */
const kebab = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Two names that tell a relation apart, in the order in which the path of its removal has them. */
export type Pair = readonly [string, string];

const isText = (value: unknown): value is string => typeof value === 'string';
const textsIn = (value: unknown): string[] => (Array.isArray(value) ? value.filter(isText) : []);

/** Whether a thing has every plain member of another: for a template its language and its type. */
export const isNamesake = (thing: unknown, wanted: unknown): boolean =>
  isObject(thing) &&
  isObject(wanted) &&
  Object.entries(wanted).every(([name, value]) => isObject(value) || thing[name] === value);

/** The relations that a call adds: kinds with scopes, or members with roles. */
export function pairsWanted(entry: NamedOperation, values: Values): Pair[] {
  const { organizationRoleIds, ...members } = bodyOf(entry, values);
  const roles = textsIn(organizationRoleIds);
  return organizationRoleIds === undefined
    ? Object.entries(members).flatMap(([kind, ids]) =>
        textsIn(ids).map((id): Pair => [kebab(kind), id]),
      )
    : textsIn(Object.values(members).flat()).flatMap((member) =>
        roles.map((role): Pair => [member, role]),
      );
}

/** The relations in what was read: in the scopes of an application by their kinds, or in a list of members with roles. */
export function pairsIn(read: unknown): Pair[] {
  const idOf = (one: unknown): unknown =>
    typeof one === 'object' && one !== null && 'id' in one ? one.id : one;
  const pair = (left: unknown, right: unknown): Pair[] =>
    isText(left) && isText(right) ? [[left, right]] : [];
  if (Array.isArray(read)) {
    return read.flatMap((member) => {
      const { id, organizationRoles } = Object(member);
      const roles: unknown[] = Array.isArray(organizationRoles) ? organizationRoles : [];
      return roles.flatMap((role) => pair(id, idOf(role)));
    });
  }
  return Object.entries(Object(read)).flatMap(([kind, scopes]) =>
    (Array.isArray(scopes) ? scopes : []).flatMap((one: unknown) => {
      const inside: unknown = Object(one).scopes;
      const all: unknown[] = Array.isArray(inside) ? inside : [one];
      return all.flatMap((scope) => pair(kebab(kind), idOf(scope)));
    }),
  );
}

/** The path of an operation on one entity. */
export const pathOf = ({ operation }: NamedOperation, id: string): Record<string, unknown> => {
  const [name = 'id'] = parametersOf(operation.url);
  return { [name]: id };
};

/** Kinds of entities by the segment of a route that holds them. */
export const kinds = [
  'users',
  'roles',
  'applications',
  'organizations',
  'resources',
  'connectors',
] as const;

export type Kind = (typeof kinds)[number];

/** Segments behind which an id stands, by its kind; a SAML application is an application. */
const kindOfSegment = (segment: string): Kind | undefined =>
  segment === 'saml-applications' || segment === 'saml'
    ? 'applications'
    : kinds.find((kind) => kind === segment);

/** Body fields that hold ids. */
const idFields: ReadonlyMap<string, Kind> = new Map([
  ['userId', 'users'],
  ['userIds', 'users'],
  ['acceptedUserId', 'users'],
  ['inviterId', 'users'],
  ['roleId', 'roles'],
  ['roleIds', 'roles'],
  ['userRoleIds', 'roles'],
  ['applicationId', 'applications'],
  ['applicationIds', 'applications'],
  ['organizationId', 'organizations'],
  ['organizationIds', 'organizations'],
  ['resourceId', 'resources'],
  ['connectorId', 'connectors'],
]);

/** The kind of the entities whose ids a body field holds. */
export const kindOfField = (field: string): Kind | undefined => idFields.get(field);

/** The segment with which a route begins: `users`, `organization-invitations`. */
export const rootKindOf = ({ operation }: NamedOperation): string =>
  operation.url.split('/')[2] ?? '';

/** Every member of a value, at every depth, with its name. */
function* membersIn(value: unknown): Generator<readonly [name: string, value: unknown]> {
  if (Array.isArray(value)) {
    for (const item of value) {
      yield* membersIn(item);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      yield [name, member];
      yield* membersIn(member);
    }
  }
}

/** The entities whose ids stand in a value, at any depth, under the names of the fields that hold such. */
export const entitiesIn = (value: unknown): { kind: Kind; id: string }[] =>
  [...membersIn(value)].flatMap(([name, member]) => {
    const kind = kindOfField(name);
    return kind === undefined
      ? []
      : [member].flat().flatMap((id) => (typeof id === 'string' ? [{ kind, id }] : []));
  });

/** Members that hold an address of a person. */
const addressFields: ReadonlySet<string> = new Set([
  'email',
  'phone',
  'primaryEmail',
  'primaryPhone',
  'invitee',
  'targets',
]);

/** The e-mail addresses and phone numbers in a value, in lower case. */
export const addressesIn = (value: unknown): string[] =>
  [...membersIn(value)].flatMap(([name, member]) =>
    addressFields.has(name)
      ? [member]
          .flat()
          .filter((one) => typeof one === 'string')
          .map((one) => one.toLowerCase())
      : [],
  );

/** The entities that a call names, in its path and in its body, by kind and id. */
export function entitiesOf(entry: NamedOperation, values: Values): { kind: Kind; id: string }[] {
  const segments = entry.operation.url.split('/');
  const inPath = segments.flatMap((segment, index) => {
    const [name] = parametersOf(segment);
    const kind = kindOfSegment(segments[index - 1] ?? '');
    // A connector factory is no connector, and a role of organizations is none of the tenant's.
    return name !== undefined &&
      name !== 'factoryId' &&
      name !== 'organizationRoleId' &&
      kind !== undefined &&
      typeof values[name] === 'string'
      ? [{ kind, id: values[name] }]
      : [];
  });
  const { connectorId, ...others } = bodyOf(entry, values);
  const isFactory = entry.domain === 'connectors';
  return [...inPath, ...entitiesIn({ ...others, ...(!isFactory && { connectorId }) })];
}
