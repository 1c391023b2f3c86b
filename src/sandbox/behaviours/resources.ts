import { type Behaviours, type Call, list, pathValue } from '../call.js';
import {
  managementApi,
  type Resource,
  resources,
  type Scope,
  scopes,
  tenantId,
} from '../entities.js';
import { created, missing, noContent, notUnique, ok, refuse } from '../reply.js';
import { searched } from '../search.js';
import type { Tenant } from '../tenant.js';

const resourceOf = (
  call: Call,
  name = 'id',
  code: Parameters<typeof missing>[0] = 'entity.not_exists_with_id',
): Resource => {
  const resource = call.tenant.table(resources).get(pathValue(call, name));
  if (resource === undefined) {
    throw missing(code, 'resource');
  }
  return resource;
};

/** The database stores whole seconds only. @throws Refusal 422 */
const requireWholeSeconds = (seconds: number | undefined): void => {
  if (seconds !== undefined && !Number.isInteger(seconds)) {
    throw refuse(422, 'entity.invalid_input', 'accessTokenTtl must be a whole number.');
  }
};

/** Logto refuses changes of its Management API. */
const requireOwn = (resource: Resource, action: 'modify' | 'delete'): void => {
  if (resource.indicator === managementApi.indicator) {
    throw refuse(
      400,
      `resource.cannot_${action}_management_api`,
      'The Management API stays as it is.',
    );
  }
};

const scopesOf = (tenant: Tenant, resourceId: string): Scope[] =>
  tenant.table(scopes).filter((scope) => scope.resourceId === resourceId);

const requireScopeName = (
  tenant: Tenant,
  resourceId: string,
  name: string | undefined,
  except?: string,
): void => {
  if (name?.includes(' ')) {
    throw refuse(400, 'scope.name_with_space', 'The name of a scope holds no spaces.');
  }
  if (scopesOf(tenant, resourceId).some((scope) => scope.name === name && scope.id !== except)) {
    throw notUnique('scope.name_exists', `The scope name ${name}`);
  }
};

const scopeOf = (call: Call, code: 'entity.not_exists' | 'entity.not_found'): Scope => {
  const scope = call.tenant.table(scopes).get(pathValue(call, 'scopeId'));
  if (scope === undefined || scope.resourceId !== pathValue(call, 'resourceId')) {
    throw missing(code, 'scope');
  }
  return scope;
};

const nothingToChange = () => refuse(422, 'entity.invalid_input', 'There is nothing to change.');

export const resourceBehaviours: Behaviours = {
  listResources(call) {
    const rows = call.tenant
      .table(resources)
      .filter(
        ({ indicator }) =>
          !call.query.on('excludeManagementApis') || indicator !== managementApi.indicator,
      );
    return list(
      call,
      call.query.on('includeScopes')
        ? rows.map((row) => ({ ...row, scopes: scopesOf(call.tenant, row.id) }))
        : rows,
    );
  },

  createResource({ tenant, body }) {
    const { name, indicator, accessTokenTtl = 3600 } = body<Partial<Resource>>();
    requireWholeSeconds(accessTokenTtl);
    if (tenant.table(resources).find((row) => row.indicator === indicator)) {
      throw notUnique('resource.resource_identifier_in_use', `The indicator ${indicator}`);
    }
    const resource = tenant.table(resources).insert({
      tenantId,
      id: tenant.newId(),
      name: name ?? '',
      indicator: indicator ?? '',
      isDefault: false,
      accessTokenTtl,
    });
    return created({ ...resource, scopes: [] });
  },

  getResource: (call) => ok(resourceOf(call)),

  updateResource(call) {
    const resource = resourceOf(call);
    requireOwn(resource, 'modify');
    const change = call.body<Partial<Resource>>();
    if (Object.keys(change).length === 0) {
      throw nothingToChange();
    }
    requireWholeSeconds(change.accessTokenTtl);
    return ok(call.tenant.table(resources).update(resource.id, change));
  },

  deleteResource(call) {
    const resource = resourceOf(call);
    requireOwn(resource, 'delete');
    call.tenant.table(resources).delete(resource.id);
    return noContent();
  },

  updateResourceIsDefault(call) {
    const { id } = resourceOf(call, 'id', 'entity.not_exists');
    const { isDefault } = call.body<{ isDefault: boolean }>();
    const table = call.tenant.table(resources);
    if (isDefault) {
      for (const other of table.filter((row) => row.isDefault)) {
        table.update(other.id, { isDefault: false });
      }
    }
    return ok(table.update(id, { isDefault }));
  },

  listResourceScopes(call) {
    const rows = scopesOf(call.tenant, pathValue(call, 'resourceId'));
    return list(call, searched(call, rows, ['id', 'name', 'description']));
  },

  createResourceScope(call) {
    const resource = resourceOf(call, 'resourceId');
    requireOwn(resource, 'modify');
    const { name, description } = call.body<{ name: string; description?: string | null }>();
    requireScopeName(call.tenant, resource.id, name);
    return created(
      call.tenant.table(scopes).insert({
        tenantId,
        id: call.tenant.newId(),
        resourceId: resource.id,
        name,
        description: description || null,
        createdAt: call.now,
      }),
    );
  },

  updateResourceScope(call) {
    const resource = resourceOf(call, 'resourceId');
    requireOwn(resource, 'modify');
    const scope = scopeOf(call, 'entity.not_exists');
    const change = call.body<Partial<Scope>>();
    requireScopeName(call.tenant, resource.id, change.name, scope.id);
    if (Object.keys(change).length === 0) {
      throw nothingToChange();
    }
    return ok(call.tenant.table(scopes).update(scope.id, change));
  },

  deleteResourceScope(call) {
    requireOwn(resourceOf(call, 'resourceId'), 'modify');
    call.tenant.table(scopes).delete(scopeOf(call, 'entity.not_found').id);
    return noContent();
  },
};

/** The two APIs of the fictional company. */
export function seedResources(tenant: Tenant): void {
  const apis = [
    {
      id: 'orders-api',
      name: 'Orders API',
      scopes: [
        ['read:orders', 'See orders'],
        ['write:orders', 'Create and change orders'],
        ['refund:orders', 'Give money back'],
      ],
    },
    {
      id: 'inventory-api',
      name: 'Inventory API',
      scopes: [
        ['read:stock', 'See what is in stock'],
        ['write:stock', 'Book goods in and out'],
      ],
    },
  ] as const;
  for (const api of apis) {
    tenant.table(resources).insert({
      tenantId,
      id: api.id,
      name: api.name,
      indicator: `https://${api.id.replace('-api', '')}.northwind.example/api`,
      isDefault: false,
      accessTokenTtl: 3600,
    });
    for (const [name, description] of api.scopes) {
      tenant.table(scopes).insert({
        tenantId,
        id: name.replace(':', '-'),
        resourceId: api.id,
        name,
        description,
        createdAt: tenant.now() - 300 * 86_400_000,
      });
    }
  }
}
