import { type Behaviours, type Call, list, pathValue } from '../call.js';
import {
  type OrganizationRole,
  organizationRoles,
  organizationRolesResourceScopes,
  organizationRolesScopes,
  organizationScopes,
  resources,
  scopes,
  tenantId,
} from '../entities.js';
import { created, missing, noContent, ok } from '../reply.js';
import type { Tenant } from '../tenant.js';
import {
  byId,
  byName,
  containing,
  nothingToChange,
  relationBehaviours,
  requireFreeName,
  requireRows,
} from './organizations.js';

interface RoleInput extends Partial<OrganizationRole> {
  readonly name: string;
  readonly organizationScopeIds?: readonly string[];
  readonly resourceScopeIds?: readonly string[];
}

/** A role as the list answers it: with what it grants, by name. */
const listed = (tenant: Tenant, role: OrganizationRole) => {
  const scopeIds = new Set(tenant.relation(organizationRolesScopes).rightsOf(role.id));
  const ofApis = new Set(tenant.relation(organizationRolesResourceScopes).rightsOf(role.id));
  return {
    ...role,
    scopes: tenant
      .table(organizationScopes)
      .filter(({ id }) => scopeIds.has(id))
      .sort(byId)
      .map(({ id, name }) => ({ id, name })),
    resourceScopes: tenant
      .table(scopes)
      .filter(({ id }) => ofApis.has(id))
      .sort(byId)
      .map(({ id, name, resourceId }) => ({
        id,
        name,
        resource: { id: resourceId, name: tenant.table(resources).get(resourceId)?.name },
      })),
  };
};

const roleOf = (call: Call): OrganizationRole => {
  const role = call.tenant.table(organizationRoles).get(pathValue(call, 'id'));
  if (role === undefined) {
    throw missing('entity.not_found', 'organization role');
  }
  return role;
};

const scopesOfRole = relationBehaviours({
  by: organizationRolesScopes,
  field: 'organizationScopeId',
  unknownParent: 'entity.not_found',
});
const apiScopesOfRole = relationBehaviours({
  by: organizationRolesResourceScopes,
  field: 'scopeId',
  unknownParent: 'entity.not_found',
});

export const organizationRoleBehaviours: Behaviours = {
  listOrganizationRoles(call) {
    const rows = call.tenant.table(organizationRoles).all().sort(byName);
    return list(
      call,
      containing(call, rows, ['id', 'name', 'description']).map((role) =>
        listed(call.tenant, role),
      ),
    );
  },

  createOrganizationRole({ tenant, body }) {
    const {
      name,
      description,
      type = 'User',
      organizationScopeIds = [],
      resourceScopeIds = [],
    } = body<RoleInput>();
    requireFreeName(tenant, organizationRoles, name);
    requireRows(tenant, organizationScopes, organizationScopeIds);
    requireRows(tenant, scopes, resourceScopeIds);
    const role = tenant.table(organizationRoles).insert({
      tenantId,
      id: tenant.newId(),
      name,
      description: description || null,
      type,
    });
    tenant.relation(organizationRolesScopes).replace(role.id, organizationScopeIds);
    tenant.relation(organizationRolesResourceScopes).replace(role.id, resourceScopeIds);
    return created(role);
  },

  getOrganizationRole: (call) => ok(roleOf(call)),

  updateOrganizationRole(call) {
    const id = pathValue(call, 'id');
    const { description, ...change } = call.body<Partial<OrganizationRole>>();
    if (description === undefined && Object.keys(change).length === 0) {
      throw nothingToChange();
    }
    if (!call.tenant.table(organizationRoles).has(id)) {
      throw missing('entity.not_exists', 'organization role');
    }
    requireFreeName(call.tenant, organizationRoles, change.name, id);
    return ok(
      call.tenant.table(organizationRoles).update(id, {
        ...change,
        ...(description !== undefined && { description: description || null }),
      }),
    );
  },

  deleteOrganizationRole(call) {
    if (!call.tenant.table(organizationRoles).delete(pathValue(call, 'id'))) {
      throw missing('entity.not_found', 'organization role');
    }
    return noContent();
  },

  listOrganizationRoleScopes: scopesOfRole.list,
  createOrganizationRoleScope: scopesOfRole.add,
  replaceOrganizationRoleScopes: scopesOfRole.replace,
  deleteOrganizationRoleScope: scopesOfRole.remove,

  listOrganizationRoleResourceScopes: apiScopesOfRole.list,
  createOrganizationRoleResourceScope: apiScopesOfRole.add,
  replaceOrganizationRoleResourceScopes: apiScopesOfRole.replace,
  deleteOrganizationRoleResourceScope: apiScopesOfRole.remove,
};
