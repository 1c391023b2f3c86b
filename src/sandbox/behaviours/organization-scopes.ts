import { type Behaviours, type Call, list, pathValue } from '../call.js';
import { type OrganizationScope, organizationScopes, tenantId } from '../entities.js';
import { created, missing, noContent, ok } from '../reply.js';
import { byName, containing, nothingToChange, requireFreeName } from './organizations.js';

type ScopeInput = Pick<OrganizationScope, 'name'> & Partial<OrganizationScope>;

const exists = (call: Call): boolean =>
  call.tenant.table(organizationScopes).has(pathValue(call, 'id'));

export const organizationScopeBehaviours: Behaviours = {
  listOrganizationScopes(call) {
    const rows = call.tenant.table(organizationScopes).all().sort(byName);
    return list(call, containing(call, rows, ['name']));
  },

  createOrganizationScope({ tenant, body }) {
    const { name, description } = body<ScopeInput>();
    requireFreeName(tenant, organizationScopes, name);
    return created(
      tenant
        .table(organizationScopes)
        .insert({ tenantId, id: tenant.newId(), name, description: description || null }),
    );
  },

  getOrganizationScope(call) {
    const scope = call.tenant.table(organizationScopes).get(pathValue(call, 'id'));
    if (scope === undefined) {
      throw missing('entity.not_exists_with_id', 'organization scope');
    }
    return ok(scope);
  },

  updateOrganizationScope(call) {
    const id = pathValue(call, 'id');
    const { description, ...change } = call.body<Partial<ScopeInput>>();
    if (description === undefined && Object.keys(change).length === 0) {
      throw nothingToChange();
    }
    if (!exists(call)) {
      throw missing('entity.not_exists', 'organization scope');
    }
    requireFreeName(call.tenant, organizationScopes, change.name, id);
    return ok(
      call.tenant.table(organizationScopes).update(id, {
        ...change,
        ...(description !== undefined && { description: description || null }),
      }),
    );
  },

  deleteOrganizationScope(call) {
    if (!call.tenant.table(organizationScopes).delete(pathValue(call, 'id'))) {
      throw missing('entity.not_found', 'organization scope');
    }
    return noContent();
  },
};
