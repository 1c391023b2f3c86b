/** What clients may ask users for: of one third-party application, or of all clients that describe themselves. */
import { applications, organizationScopes, resources, scopes } from './entities.js';
import { missing, refuse } from './reply.js';
import { type Row, type Tenant, table } from './tenant.js';

/** `kind` and the id of a scope, or the name of a user scope. */
interface ConsentScope extends Row {
  /** Of an application; or `cimd` for the clients that describe themselves. */
  readonly applicationId: string;
  readonly kind: string;
  readonly scopeId: string;
}

const consentScopes = table<ConsentScope>('user_consent_scopes', { applicationId: applications });

/** The kinds of scopes, as the path and as the body name them. */
const kinds = {
  'organization-scopes': 'organizationScopes',
  'resource-scopes': 'resourceScopes',
  'organization-resource-scopes': 'organizationResourceScopes',
  'user-scopes': 'userScopes',
} as const;

const brief = ({
  id,
  name,
  description,
}: {
  id: string;
  name: string;
  description: string | null;
}) => ({ id, name, description });

/** Scopes of APIs, each below its resource. */
const byResource = (tenant: Tenant, ids: readonly string[]) => {
  const wanted = tenant.table(scopes).filter(({ id }) => ids.includes(id));
  return tenant
    .table(resources)
    .filter(({ id }) => wanted.some(({ resourceId }) => resourceId === id))
    .map(({ id, name, indicator }) => ({
      resource: { id, name, indicator },
      scopes: wanted.filter(({ resourceId }) => resourceId === id).map(brief),
    }));
};

const rowId = (owner: string, kind: string, scopeId: string): string =>
  `${owner}/${kind}/${scopeId}`;

/** The scopes of `owner`, as Logto answers them. */
export function consentsOf(tenant: Tenant, owner: string) {
  const of = (kind: string): string[] =>
    tenant
      .table(consentScopes)
      .filter((one) => one.applicationId === owner && one.kind === kind)
      .map(({ scopeId }) => scopeId);
  const ofOrganizations = of('organizationScopes');
  return {
    organizationScopes: tenant
      .table(organizationScopes)
      .filter(({ id }) => ofOrganizations.includes(id))
      .map(brief),
    resourceScopes: byResource(tenant, of('resourceScopes')),
    organizationResourceScopes: byResource(tenant, of('organizationResourceScopes')),
    userScopes: of('userScopes'),
  };
}

/** Lets `owner` ask for more; what it has already is accepted again. */
export function addConsents(
  tenant: Tenant,
  owner: string,
  given: Readonly<Partial<Record<string, readonly string[]>>>,
): void {
  const known = (kind: string, scopeId: string): boolean =>
    kind === 'userScopes' ||
    (kind === 'organizationScopes'
      ? tenant.table(organizationScopes).has(scopeId)
      : tenant.table(scopes).has(scopeId));
  const pairs = Object.entries(given).flatMap(([kind, ids = []]) =>
    ids.map((scopeId) => ({ kind, scopeId })),
  );
  if (!pairs.every(({ kind, scopeId }) => known(kind, scopeId))) {
    throw refuse(422, 'entity.relation_foreign_key_not_found', 'One of the scopes is not there.');
  }
  for (const { kind, scopeId } of pairs) {
    tenant
      .table(consentScopes)
      .insert({ id: rowId(owner, kind, scopeId), applicationId: owner, kind, scopeId });
  }
}

/** @throws Refusal 404 when `owner` may not ask for it anyway */
export function removeConsent(
  tenant: Tenant,
  owner: string,
  scopeType: string,
  scopeId: string,
): void {
  const kind = String(Reflect.get(kinds, scopeType));
  if (!tenant.table(consentScopes).delete(rowId(owner, kind, scopeId))) {
    throw missing('entity.not_found', 'scope among those that may be asked for');
  }
}
