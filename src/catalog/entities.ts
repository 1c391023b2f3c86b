/**
 * Kinds of entities: which operations read and list them, how a person recognises an entity, and how it can hold the
 * Management API. The schemas of an operation's arguments determine which entities a call names: `id()`, `ids()`,
 * `address()` and the like in fields.ts record the kind, and `entityArgumentsOf` finds them at every depth.
 */
import { definitionOf, type Schema, wrappedSchema } from './schemas.js';

/** Where the entities of a kind that hold the Management API get it from. */
export type PrivilegeEdge = {
  /** The kind that carries it: the entity holds the Management API if one of these does. */
  readonly to: EntityKind;
  /** Only entities whose member has this value can have any; the operation refuses others. */
  readonly onlyIf?: readonly [member: string, value: string];
} & (ListedEdge | MemberEdge);

/** An edge along a list. */
export interface ListedEdge {
  /** The operation that lists these, and its argument that takes the id of the entity. */
  readonly operation: string;
  readonly argument: string;
  /**
   * The member of each item that contains them, if they are not the items themselves: an id, an object with an id, or a
   * list.
   */
  readonly member?: string;
}

/** An edge to the content of a member of the entity itself: an id, an object with an id, or a list of either. */
interface MemberEdge {
  readonly operation?: undefined;
  readonly member: string;
}

/** How a kind is looked up and shown. Operations are named by their tools. */
export interface EntityFacts {
  /** What a person calls it, in the singular. */
  readonly title: string;
  /** Reads an entity by its id. */
  readonly read?: string;
  /** The argument of `read` and of removals that takes the id; of a kind inside another one, beside the id of that. */
  readonly argument?: string;
  /** Answers all of them, or all inside their parent entity. */
  readonly list?: string;
  /** The kind that each belongs to; its id is an argument of `read` and `list`. */
  readonly within?: EntityKind;
  /** The argument of `list` that finds some by a part of a name: `search` for Logto's advanced search, or a filter. */
  readonly search?: 'search' | 'q' | 'email' | 'invitee' | 'target';
  /** The member that contains the id, if it is not `id`. */
  readonly id?: string;
  /** Members by which a person recognises an entity, the best first. Anyone who may edit the entity can choose them. */
  readonly label: readonly string[];
  /** Members that Logto has verified or that are unique, shown apart from a label: an e-mail address, an indicator. */
  readonly addresses?: readonly string[];
  /** How an entity of this kind can hold the Management API. */
  readonly privilege?: readonly PrivilegeEdge[];
}

export type EntityKind =
  | 'user'
  | 'role'
  | 'application'
  | 'resource'
  | 'scope'
  | 'connector'
  | 'connector factory'
  | 'SSO provider'
  | 'log'
  | 'organization'
  | 'organization role'
  | 'organization scope'
  | 'invitation'
  | 'hook'
  | 'SSO connector'
  | 'SAML application'
  | 'domain'
  | 'email template'
  | 'one-time token'
  | 'OIDC key'
  | 'MFA verification'
  | 'trusted device'
  | 'session'
  | 'grant'
  | 'personal access token'
  | 'application secret'
  | 'SAML certificate'
  | 'SSO signing key'
  | 'profile field'
  | 'custom phrase'
  | 'token secret'
  | 'custom UI assets'
  | 'JIT email domain'
  | 'protected application domain';

const named = ['name'] as const;

export const entities: Readonly<Record<EntityKind, EntityFacts>> = {
  user: {
    title: 'user',
    read: 'get_user',
    argument: 'userId',
    list: 'list_users',
    search: 'search',
    label: ['name', 'username'],
    addresses: ['primaryEmail', 'primaryPhone', 'username'],
    privilege: [
      { to: 'role', operation: 'list_user_roles', argument: 'userId' },
      {
        to: 'organization role',
        operation: 'list_user_organizations',
        argument: 'userId',
        member: 'organizationRoles',
      },
    ],
  },
  role: {
    title: 'role',
    read: 'get_role',
    argument: 'id',
    list: 'list_roles',
    search: 'search',
    label: named,
    privilege: [{ to: 'scope', operation: 'list_role_scopes', argument: 'id' }],
  },
  application: {
    title: 'application',
    read: 'get_application',
    argument: 'id',
    list: 'list_applications',
    search: 'search',
    label: named,
    privilege: [
      {
        to: 'role',
        operation: 'list_application_roles',
        argument: 'applicationId',
        onlyIf: ['type', 'MachineToMachine'],
      },
      {
        to: 'organization role',
        operation: 'list_application_organizations',
        argument: 'id',
        member: 'organizationRoles',
        onlyIf: ['type', 'MachineToMachine'],
      },
    ],
  },
  resource: {
    title: 'API resource',
    read: 'get_resource',
    argument: 'id',
    list: 'list_resources',
    label: named,
    addresses: ['indicator'],
  },
  scope: {
    title: 'scope',
    list: 'list_resource_scopes',
    within: 'resource',
    search: 'search',
    label: named,
    // Logto has no operation that reads one scope by its id: the scopes of the Management API are listed instead.
    privilege: [{ to: 'resource', member: 'resourceId' }],
  },
  connector: {
    title: 'connector',
    read: 'get_connector',
    argument: 'id',
    list: 'list_connectors',
    search: 'target',
    label: ['metadata.name.en', 'name.en', 'metadata.target', 'target', 'connectorId'],
  },
  'connector factory': {
    title: 'connector factory',
    read: 'get_connector_factory',
    argument: 'id',
    list: 'list_connector_factories',
    label: ['name.en', 'id'],
  },
  'SSO provider': {
    title: 'SSO provider',
    list: 'list_sso_connector_providers',
    id: 'providerName',
    label: ['name', 'providerName'],
  },
  log: { title: 'log entry', read: 'get_log', argument: 'id', list: 'list_logs', label: ['key'] },
  organization: {
    title: 'organization',
    read: 'get_organization',
    argument: 'id',
    list: 'list_organizations',
    search: 'q',
    label: named,
    privilege: [
      { to: 'organization role', operation: 'list_organization_jit_roles', argument: 'id' },
    ],
  },
  'organization role': {
    title: 'organization role',
    read: 'get_organization_role',
    argument: 'id',
    list: 'list_organization_roles',
    search: 'q',
    label: named,
    privilege: [
      { to: 'scope', operation: 'list_organization_role_resource_scopes', argument: 'id' },
    ],
  },
  'organization scope': {
    title: 'organization scope',
    read: 'get_organization_scope',
    argument: 'id',
    list: 'list_organization_scopes',
    search: 'q',
    label: named,
  },
  invitation: {
    title: 'organization invitation',
    read: 'get_organization_invitation',
    argument: 'id',
    list: 'list_organization_invitations',
    search: 'invitee',
    label: ['invitee'],
    addresses: ['invitee'],
    privilege: [
      { to: 'organization role', member: 'organizationRoles' },
      { to: 'organization', member: 'organizationId' },
    ],
  },
  hook: {
    title: 'webhook',
    read: 'get_hook',
    argument: 'id',
    list: 'list_hooks',
    label: named,
    addresses: ['config.url'],
  },
  'SSO connector': {
    title: 'SSO connector',
    read: 'get_sso_connector',
    argument: 'id',
    list: 'list_sso_connectors',
    label: ['connectorName'],
    addresses: ['domains'],
  },
  'SAML application': {
    title: 'SAML application',
    read: 'get_saml_application',
    argument: 'id',
    list: 'list_applications',
    search: 'search',
    label: named,
    addresses: ['entityId'],
  },
  domain: {
    title: 'custom domain',
    read: 'get_domain',
    argument: 'id',
    list: 'list_domains',
    label: ['domain'],
    addresses: ['domain'],
  },
  'email template': {
    title: 'e-mail template',
    read: 'get_email_template',
    argument: 'id',
    list: 'list_email_templates',
    label: ['templateType', 'languageTag'],
  },
  'one-time token': {
    title: 'one-time token',
    read: 'get_one_time_token',
    argument: 'id',
    list: 'list_one_time_tokens',
    search: 'email',
    label: ['email'],
    addresses: ['email'],
    // What the holder of the link signs in as, or joins.
    privilege: [
      { to: 'user', member: 'email' },
      { to: 'organization', member: 'context.jitOrganizationIds' },
    ],
  },
  'OIDC key': {
    title: 'signing key',
    list: 'get_oidc_keys',
    argument: 'keyId',
    label: ['status', 'signingKeyAlgorithm'],
  },
  'MFA verification': {
    title: 'second factor',
    list: 'list_user_mfa_verifications',
    argument: 'verificationId',
    within: 'user',
    label: ['name', 'type', 'agent'],
  },
  'trusted device': {
    title: 'trusted device',
    list: 'list_user_trusted_devices',
    argument: 'trustedDeviceId',
    within: 'user',
    label: ['userAgent', 'country'],
  },
  session: {
    title: 'session',
    read: 'get_user_session',
    argument: 'sessionId',
    list: 'list_user_sessions',
    within: 'user',
    id: 'payload.uid',
    label: ['payload.uid'],
  },
  grant: {
    title: 'grant',
    list: 'list_user_grants',
    argument: 'grantId',
    within: 'user',
    label: ['payload.clientId'],
  },
  'personal access token': {
    title: 'personal access token',
    list: 'list_user_personal_access_tokens',
    argument: 'name',
    within: 'user',
    id: 'name',
    label: named,
  },
  'application secret': {
    title: 'secret of an application',
    list: 'list_application_secrets',
    argument: 'name',
    within: 'application',
    id: 'name',
    label: named,
  },
  'SAML certificate': {
    title: 'SAML signing certificate',
    list: 'list_saml_application_secrets',
    argument: 'secretId',
    within: 'SAML application',
    label: ['id'],
  },
  'SSO signing key': {
    title: 'signing key of an SSO connector',
    list: 'list_sso_connector_signing_keys',
    argument: 'keyId',
    within: 'SSO connector',
    label: ['id'],
  },
  'profile field': {
    title: 'profile field',
    read: 'get_custom_profile_field_by_name',
    argument: 'name',
    list: 'list_custom_profile_fields',
    id: 'name',
    label: ['label', 'name'],
  },
  'custom phrase': {
    title: 'custom phrases of a language',
    read: 'get_custom_phrase',
    argument: 'languageTag',
    list: 'list_custom_phrases',
    id: 'languageTag',
    label: ['languageTag'],
  },
  'token secret': { title: 'stored token of a provider', argument: 'id', label: ['id'] },
  'custom UI assets': { title: 'uploaded sign-in page', label: ['id'] },
  'JIT email domain': {
    title: 'e-mail domain of just-in-time provisioning',
    list: 'list_organization_jit_email_domains',
    argument: 'emailDomain',
    within: 'organization',
    id: 'emailDomain',
    label: ['emailDomain'],
  },
  'protected application domain': {
    title: 'custom domain of a protected application',
    list: 'list_protected_app_custom_domains',
    argument: 'domain',
    within: 'application',
    id: 'domain',
    label: ['domain'],
  },
};

/**
 * By what a value names an entity: its id, its name, or an address of an account: an e-mail address or phone number, or, of
 * a social connector, the name of its provider.
 */
export type NamedBy = 'id' | 'name' | 'address' | 'target' | 'indicator';

/** The entity that the values of a schema name. */
export interface EntityReference {
  readonly kind: EntityKind;
  readonly by: NamedBy;
}

/** An argument that names entities. */
export interface EntityArgument extends EntityReference {
  /** A dotted path into the arguments; `*` stands for each item of a list or each member of a map. */
  readonly path: string;
  /** Whether it is a part of the path of the request, and so names the target of the call. */
  readonly inPath?: true;
}

const references = new WeakMap<Schema, EntityReference>();

/** Records the kind of entity that the values of a schema name. Derived schemas (`describe`, `min`, `optional`) keep it. */
export function naming<S extends Schema>(schema: S, kind: EntityKind, by: NamedBy = 'id'): S {
  references.set(schema, { kind, by });
  return schema;
}

/**
 * The kind of entity that the values of a schema name, also if it was recorded on the schema that this one was made from.
 */
function referenceOf(schema: Schema): EntityReference | undefined {
  const parent = schema._zod.parent;
  return references.get(schema) ?? (parent === undefined ? undefined : referenceOf(parent));
}

/** The schemas inside a schema, each with the name under which its value is. */
function* partsOf(schema: Schema): Generator<readonly [name: string | undefined, Schema]> {
  const inner = wrappedSchema(schema);
  if (inner !== undefined) {
    yield [undefined, inner];
    return;
  }
  const def = definitionOf(schema);
  switch (def.type) {
    case 'object':
      for (const [name, member] of Object.entries(def.shape)) {
        yield [name, member];
      }
      break;
    case 'array':
      yield ['*', def.element];
      break;
    case 'record':
      yield ['*', def.valueType];
      break;
    case 'union':
      for (const option of def.options) {
        yield [undefined, option];
      }
      break;
    default:
  }
}

function* argumentsIn(schema: Schema, path: string): Generator<EntityArgument> {
  const reference = referenceOf(schema);
  if (reference !== undefined) {
    yield { path, ...reference };
    return;
  }
  for (const [name, part] of partsOf(schema)) {
    yield* argumentsIn(part, name === undefined ? path : `${path}.${name}`);
  }
}

/**
 * The arguments of an operation that name entities, at every depth, in the order of the fields. Arguments in the path of
 * the request come first, so that the first of them is the entity that the call acts on or in.
 */
export function entityArgumentsOf(
  path: Readonly<Record<string, Schema>>,
  others: Readonly<Record<string, Schema>>,
): readonly EntityArgument[] {
  const items = [
    ...Object.entries(path).flatMap(([name, schema]) =>
      [...argumentsIn(schema, name)].map((item) => ({ ...item, inPath: true as const })),
    ),
    ...Object.entries(others).flatMap(([name, schema]) => [...argumentsIn(schema, name)]),
  ];
  // The forms of a union name the same member once each.
  return [...new Map(items.map((item) => [`${item.path} ${item.kind} ${item.by}`, item])).values()];
}

/** The texts at a path, where `*` goes into each item or member. A list at the end of the path counts item by item. */
function textsAt(value: unknown, path: readonly string[]): readonly string[] {
  const [name, ...rest] = path;
  if (name === undefined) {
    return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
  }
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  if (name === '*') {
    return Object.values(value).flatMap((member) => textsAt(member, rest));
  }
  const member = Object.entries(value).find(([memberName]) => memberName === name)?.[1];
  return textsAt(member, rest);
}

/** One entity that a call names. */
export interface NamedEntity extends EntityArgument {
  /** The id, name or address itself. */
  readonly value: string;
}

/** The entities that a call names by its arguments. Empty texts name nothing. */
export const namedEntities = (
  argumentsNaming: readonly EntityArgument[],
  values: Readonly<Record<string, unknown>>,
): readonly NamedEntity[] =>
  argumentsNaming.flatMap((argument) =>
    textsAt(values, argument.path.split('.'))
      .filter((value) => value !== '')
      .map((value) => ({ ...argument, value })),
  );
