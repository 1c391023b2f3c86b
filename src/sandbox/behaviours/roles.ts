import { type Behaviours, type Call, list, pathValue } from '../call.js';
import {
  type Application,
  applications,
  applicationsRoles,
  managementApi,
  publicUser,
  type Role,
  resources,
  roles,
  rolesScopes,
  type Scope,
  scopes,
  tenantId,
  users,
  usersRoles,
} from '../entities.js';
import { created, createdWord, missing, noContent, notUnique, ok, refuse } from '../reply.js';
import { searched } from '../search.js';
import type { RelationOf, Row, TableOf, Tenant } from '../tenant.js';

/** Roles with this prefix belong to Logto and are not listed. */
export const internalPrefix = '#internal:';

/** How many holders of a role a list shows. */
const featured = 3;

const roleOf = (call: Call): Role => {
  const role = call.tenant.table(roles).get(pathValue(call, 'id'));
  if (role === undefined) {
    throw missing('entity.not_exists_with_id', 'role');
  }
  return role;
};

const requireFreeName = (tenant: Tenant, name: string, except?: string): void => {
  if (tenant.table(roles).find((role) => role.name === name && role.id !== except)) {
    throw notUnique('role.name_in_use', `The role name ${name}`);
  }
};

/** Logto's code for an unknown scope or application; an unknown user is `entity.not_found`. */
const requireAll = (
  tenant: Tenant,
  of: TableOf<Row>,
  ids: readonly string[],
  subject: string,
): void => {
  const unknown = ids.find((id) => !tenant.table(of).has(id));
  if (unknown !== undefined) {
    throw missing(
      of === users ? 'entity.not_found' : 'entity.not_exists_with_id',
      subject,
      unknown,
    );
  }
};

/** Logto's insert into a relation fails in the database when an id is repeated. @throws Refusal 500 */
const requireDistinct = (ids: readonly string[]): void => {
  if (new Set(ids).size < ids.length) {
    throw refuse(500, 'internal', 'An id occurs twice.');
  }
};

/** Only roles for machines can grant the Management API. @throws Refusal 400 */
const requireGrantable = (
  tenant: Tenant,
  type: Role['type'],
  scopeIds: readonly string[],
): void => {
  const isManagementApi = (id: string): boolean =>
    tenant.table(scopes).get(id)?.resourceId === managementApi.resourceId;
  if (type === 'User' && scopeIds.some(isManagementApi)) {
    throw refuse(
      400,
      'role.management_api_scopes_not_assignable_to_user_role',
      'A role for users cannot have scopes of the Management API.',
    );
  }
};

/** The rows of `of` that have the role, in the order of `of`. */
const holders = <R extends Row>(
  tenant: Tenant,
  of: TableOf<R>,
  by: RelationOf,
  role: string,
): R[] => {
  const ids = new Set(tenant.relation(by).leftsOf(role));
  return tenant
    .table(of)
    .newestFirst()
    .filter((row) => ids.has(row.id));
};

const scopesOf = (tenant: Tenant, role: string): Scope[] => {
  const ids = new Set(tenant.relation(rolesScopes).rightsOf(role));
  return tenant.table(scopes).filter((scope) => ids.has(scope.id));
};

/** A role as the list answers it: with counts and the first few holders. */
const listed = (tenant: Tenant, role: Role) => {
  const byUsers = holders(tenant, users, usersRoles, role.id);
  const byApplications = holders(tenant, applications, applicationsRoles, role.id);
  return {
    ...role,
    usersCount: byUsers.length,
    featuredUsers: byUsers.slice(0, featured).map(({ id, avatar, name }) => ({ id, avatar, name })),
    applicationsCount: byApplications.length,
    featuredApplications: byApplications
      .slice(0, featured)
      .map(({ id, name, type }) => ({ id, name, type })),
  };
};

/** Assigns the role to holders of the matching type that do not have it yet. */
const assign = (
  call: Call,
  {
    of,
    by,
    ids,
    kind,
    already,
    subject,
  }: {
    of: TableOf<Row>;
    by: RelationOf;
    ids: readonly string[];
    kind: Role['type'];
    already: string;
    subject: string;
  },
) => {
  const role = roleOf(call);
  const relation = call.tenant.relation(by);
  const holder = ids.find((id) => relation.has(id, role.id));
  if (holder !== undefined) {
    throw refuse(422, already, `The ${subject} ${holder} has the role already.`);
  }
  requireAll(call.tenant, of, ids, subject);
  if (role.type !== kind) {
    throw refuse(422, 'entity.db_constraint_violated', 'The role is not for this kind of holder.');
  }
  for (const id of ids) {
    relation.add(id, role.id);
  }
  return createdWord();
};

const removeHolder = (call: Call, by: RelationOf, name: string) => {
  if (!call.tenant.relation(by).delete(pathValue(call, name), pathValue(call, 'id'))) {
    throw missing('entity.not_found', 'assignment');
  }
  return noContent();
};

const isMachine = (application: Application): boolean => application.type === 'MachineToMachine';

export const roleBehaviours: Behaviours = {
  listRoles(call) {
    const { tenant, query } = call;
    const type = query.text('type');
    const excluded = new Set([
      ...tenant.relation(usersRoles).rightsOf(query.text('excludeUserId') ?? ''),
      ...tenant.relation(applicationsRoles).rightsOf(query.text('excludeApplicationId') ?? ''),
    ]);
    const rows = tenant
      .table(roles)
      .filter(
        (role) =>
          !role.name.startsWith(internalPrefix) &&
          !excluded.has(role.id) &&
          (type === undefined || role.type === type),
      );
    return list(
      call,
      searched(call, rows, ['id', 'name', 'description']).map((role) => listed(tenant, role)),
    );
  },

  createRole({ tenant, body }) {
    const {
      name,
      description,
      type = 'User',
      isDefault = false,
      scopeIds = [],
    } = body<Pick<Role, 'name' | 'description'> & Partial<Role> & { scopeIds?: string[] }>();
    requireFreeName(tenant, name);
    const role = tenant
      .table(roles)
      .insert({ tenantId, id: tenant.newId(), name, description, type, isDefault });
    // As in Logto, the role already exists when its scopes are checked, and stays when they are refused.
    requireGrantable(tenant, type, scopeIds);
    requireAll(tenant, scopes, scopeIds, 'scope');
    requireDistinct(scopeIds);
    tenant.relation(rolesScopes).replace(role.id, scopeIds);
    return ok(role);
  },

  getRole: (call) => ok(roleOf(call)),

  updateRole(call) {
    const { id } = roleOf(call);
    const change = call.body<Partial<Role>>();
    if (change.name !== undefined) {
      requireFreeName(call.tenant, change.name, id);
    }
    if (Object.keys(change).length === 0) {
      throw refuse(422, 'entity.invalid_input', 'There is nothing to change.');
    }
    return ok(call.tenant.table(roles).update(id, change));
  },

  deleteRole(call) {
    call.tenant.table(roles).delete(roleOf(call).id);
    return noContent();
  },

  listRoleUsers(call) {
    const { id } = roleOf(call);
    const rows = holders(call.tenant, users, usersRoles, id);
    const fields = ['id', 'primaryEmail', 'primaryPhone', 'username', 'name'];
    return list(call, searched(call, rows, fields).map(publicUser));
  },

  createRoleUser: (call) =>
    assign(call, {
      of: users,
      by: usersRoles,
      ids: call.body<{ userIds: string[] }>().userIds,
      kind: 'User',
      already: 'role.user_exists',
      subject: 'user',
    }),

  deleteRoleUser: (call) => removeHolder(call, usersRoles, 'userId'),

  listRoleApplications(call) {
    const { id } = roleOf(call);
    const rows = holders(call.tenant, applications, applicationsRoles, id).filter(isMachine);
    return list(call, searched(call, rows, ['id', 'name', 'description']));
  },

  createRoleApplication: (call) =>
    assign(call, {
      of: applications,
      by: applicationsRoles,
      ids: call.body<{ applicationIds: string[] }>().applicationIds,
      kind: 'MachineToMachine',
      already: 'role.application_exists',
      subject: 'application',
    }),

  deleteRoleApplication: (call) => removeHolder(call, applicationsRoles, 'applicationId'),

  listRoleScopes(call) {
    const { id } = roleOf(call);
    const rows = searched(call, scopesOf(call.tenant, id), ['id', 'name', 'description']);
    return list(
      call,
      rows.map((scope) => ({
        ...scope,
        resource: call.tenant.table(resources).get(scope.resourceId),
      })),
    );
  },

  createRoleScope(call) {
    const { id, type } = roleOf(call);
    const { scopeIds } = call.body<{ scopeIds: string[] }>();
    const relation = call.tenant.relation(rolesScopes);
    const already = scopeIds.find((scope) => relation.has(id, scope));
    if (already !== undefined) {
      throw refuse(422, 'role.scope_exists', `The role has the scope ${already} already.`);
    }
    requireGrantable(call.tenant, type, scopeIds);
    requireAll(call.tenant, scopes, scopeIds, 'scope');
    requireDistinct(scopeIds);
    for (const scope of scopeIds) {
      relation.add(id, scope);
    }
    return created(scopesOf(call.tenant, id));
  },

  deleteRoleScope(call) {
    const id = pathValue(call, 'id');
    if (!call.tenant.relation(rolesScopes).delete(id, pathValue(call, 'scopeId'))) {
      throw missing('entity.not_found', 'scope of this role');
    }
    return noContent();
  },
};

/** The roles of the fictional company. */
export function seedRoles(tenant: Tenant): void {
  const rows = [
    {
      id: 'support',
      name: 'Support',
      description: 'Answers customers and gives money back',
      type: 'User',
      grants: ['read-orders', 'refund-orders'],
    },
    {
      id: 'shop-manager',
      name: 'Shop manager',
      description: 'Runs the shop',
      type: 'User',
      grants: ['read-orders', 'write-orders', 'refund-orders', 'read-stock'],
    },
    {
      id: 'customer',
      name: 'Customer',
      description: 'Sees their own orders',
      type: 'User',
      grants: ['read-orders'],
    },
    {
      id: 'stock-keeper',
      name: 'Stock keeper',
      description: 'Books goods in and out',
      type: 'MachineToMachine',
      grants: ['read-stock', 'write-stock'],
    },
  ] as const;
  for (const { id, name, description, type, grants } of rows) {
    tenant
      .table(roles)
      .insert({ tenantId, id, name, description, type, isDefault: id === 'customer' });
    tenant.relation(rolesScopes).replace(id, grants);
  }
  for (const [index, user] of tenant.table(users).all().entries()) {
    const role = index % 24 === 0 ? 'shop-manager' : index % 12 === 0 ? 'support' : 'customer';
    tenant.relation(usersRoles).add(user.id, role);
  }
  tenant.relation(applicationsRoles).add('warehouse-sync', 'stock-keeper');
}
