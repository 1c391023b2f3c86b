/** The scopes that users can be asked to consent to: of a third-party application, or of all clients with a metadata document (CIMD). */
import { applications, managementApi, organizationScopes, resources, scopes } from './entities.js';
import { missing, refuse } from './reply.js';
import { type Row, type Tenant, table } from './tenant.js';

/** One consent scope. */
interface ConsentScope extends Row {
  /** The id of an application, or `cimd`. */
  readonly applicationId: string;
  readonly kind: string;
  readonly scopeId: string;
}

const consentScopes = table<ConsentScope>('user_consent_scopes', { applicationId: applications });

/** The kinds of scopes by their name in the path, with their name in the body. */
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

/** Scopes of API resources, grouped by resource. */
const byResource = (tenant: Tenant, ids: readonly string[]) => {
  const consented = tenant.table(scopes).filter(({ id }) => ids.includes(id));
  return tenant
    .table(resources)
    .filter(({ id }) => consented.some(({ resourceId }) => resourceId === id))
    .map(({ id, name, indicator }) => ({
      resource: { id, name, indicator },
      scopes: consented.filter(({ resourceId }) => resourceId === id).map(brief),
    }));
};

const rowId = (owner: string, kind: string, scopeId: string): string =>
  `${owner}/${kind}/${scopeId}`;

/** The consent scopes of `owner`, as Logto answers them. */
export function consentsOf(tenant: Tenant, owner: string) {
  const of = (kind: string): string[] =>
    tenant
      .table(consentScopes)
      .filter((row) => row.applicationId === owner && row.kind === kind)
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

/** Logto's names for the unknown scopes of each kind. */
const invalid = {
  organizationScopes: 'invalidOrganizationScopes',
  resourceScopes: 'invalidResourceScopes',
  organizationResourceScopes: 'invalidOrganizationResourceScopes',
} as const;

/**
 * Adds scopes to those of `owner`; repeating one is accepted.
 *
 * @throws Refusal 422 for an unknown scope, or one of the Management API
 */
export function addConsents(
  tenant: Tenant,
  owner: string,
  added: Readonly<Partial<Record<string, readonly string[]>>>,
): void {
  const exists = (kind: string, scopeId: string): boolean =>
    kind === 'userScopes' ||
    (kind === 'organizationScopes'
      ? tenant.table(organizationScopes).has(scopeId)
      : tenant.table(scopes).has(scopeId));
  const pairs = Object.entries(added).flatMap(([kind, ids = []]) =>
    ids.map((scopeId) => ({ kind, scopeId })),
  );
  if (!pairs.every(({ kind, scopeId }) => exists(kind, scopeId))) {
    const unknown = Object.entries(invalid).map(([kind, name]) => [
      name,
      (added[kind] ?? []).filter((scopeId) => !exists(kind, scopeId)),
    ]);
    throw refuse(
      422,
      'application.user_consent_scopes_not_found',
      'One of the scopes does not exist.',
      Object.fromEntries(unknown),
    );
  }
  const isManagementApi = (id: string): boolean =>
    tenant.table(scopes).get(id)?.resourceId === managementApi.resourceId;
  if (pairs.some(({ kind, scopeId }) => kind !== 'userScopes' && isManagementApi(scopeId))) {
    throw refuse(
      422,
      'application.consent_management_api_scopes_not_allowed',
      'Users cannot consent to scopes of the Management API.',
    );
  }
  for (const { kind, scopeId } of pairs) {
    tenant
      .table(consentScopes)
      .insert({ id: rowId(owner, kind, scopeId), applicationId: owner, kind, scopeId });
  }
}

/** @throws Refusal 404 when `owner` has no such scope, 400 for an unknown type */
export function removeConsent(
  tenant: Tenant,
  owner: string,
  scopeType: string,
  scopeId: string,
): void {
  if (!Object.hasOwn(kinds, scopeType)) {
    throw refuse(400, 'guard.invalid_input', 'There is no such type of scope.');
  }
  const kind = String(Reflect.get(kinds, scopeType));
  if (!tenant.table(consentScopes).delete(rowId(owner, kind, scopeId))) {
    throw missing('entity.not_found', 'consent scope');
  }
}
