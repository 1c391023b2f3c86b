/** Entities that a policy can protect, and the members of answers and arguments that name them. */
import type { EntityKind } from './entities.js';

/** Kinds of entities that a policy can protect. */
export const protectableKinds = [
  'users',
  'roles',
  'applications',
  'organizations',
  'resources',
  'connectors',
] as const;

export type ProtectableKind = (typeof protectableKinds)[number];

/** The names that a policy uses for the kinds that it can protect. A SAML application is an application. */
export const protectable: Partial<Record<EntityKind, ProtectableKind>> = {
  user: 'users',
  role: 'roles',
  application: 'applications',
  'SAML application': 'applications',
  organization: 'organizations',
  resource: 'resources',
  connector: 'connectors',
};

/** Members of stored entities that contain ids, if no argument has that name. */
const memberKinds: readonly (readonly [RegExp, ProtectableKind])[] = [
  [/(^u|U)serIds?$|^inviterId$/, 'users'],
  [/(^o|O)rganizationIds?$/, 'organizations'],
  [/(^r|(?<!rganization)R)oleIds?$/, 'roles'],
  [/(^a|A)pplicationIds?$/, 'applications'],
  [/(^r|R)esourceIds?$/, 'resources'],
  [/^connectorIds?$|^socialSignInConnectorTargets$/, 'connectors'],
];

/** Members that hold an address of a person. */
export const addressMembers: ReadonlySet<string> = new Set([
  'email',
  'phone',
  'primaryEmail',
  'primaryPhone',
  'invitee',
  'targets',
  'identifier',
]);

/** The kind of the ids that a member of this name holds. */
export const kindOfMember = (name: string): ProtectableKind | undefined =>
  memberKinds.find(([pattern]) => pattern.test(name))?.[1];

/** Members by which an operator may name an entity. */
export const nameMembers = [
  'id',
  'name',
  'username',
  'primaryEmail',
  'primaryPhone',
  'indicator',
  'target',
  'connectorId',
] as const;
