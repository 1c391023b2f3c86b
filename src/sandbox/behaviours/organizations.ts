/**
 * Organizations and their members, and the routes that organization roles and scopes share with them: Logto serves all of
 * them with one generic router.
 */
import { type Behaviour, type Behaviours, type Call, list, pathValue } from '../call.js';
import {
  type ApplicationMemberRole,
  applications,
  consentOrganizations,
  type MemberRole,
  type Organization,
  type OrganizationRole,
  organizationApplicationRoles,
  organizationApplications,
  organizationRoles,
  organizationRolesResourceScopes,
  organizationRolesScopes,
  organizationScopes,
  organizations,
  organizationUserRoles,
  organizationUsers,
  publicUser,
  scopes,
  ssoConnectors,
  tenantId,
  type User,
  type UserMemberRole,
  users,
} from '../entities.js';
import {
  created,
  createdWord,
  missing,
  noContent,
  notUnique,
  ok,
  refuse,
  type SandboxRefusal,
} from '../reply.js';
import {
  type RelationOf,
  type Row,
  relation,
  type TableOf,
  type Tenant,
  table,
} from '../tenant.js';

/** Just-in-time provisioning: an e-mail domain whose users join. Its id is `<organization>/<domain>`. */
interface JitEmailDomain {
  readonly id: string;
  readonly organizationId: string;
  readonly emailDomain: string;
}

const jitEmailDomains = table<JitEmailDomain>('organization_jit_email_domains', {
  organizationId: organizations,
});
/** organization - organization role of users who join */
const jitRoles = relation('organization_jit_roles', organizations, organizationRoles);
/** organization - SSO connector whose users join */
const jitSsoConnectors = relation('organization_jit_sso_connectors', organizations, ssoConnectors);

/** How many members of an organization its entry in a list shows. */
const featured = 3;

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const byId = (a: Row, b: Row): number => order(a.id, b.id);
export const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  order(a.name, b.name);

export const nothingToChange = (): SandboxRefusal =>
  refuse(422, 'entity.invalid_input', 'There is nothing to change.');

const foreignKey = (): SandboxRefusal =>
  refuse(
    422,
    'entity.relation_foreign_key_not_found',
    'Something that is referred to does not exist.',
  );

/** An unknown id violates a foreign key here: 422 instead of 404. */
export const requireRows = (tenant: Tenant, of: TableOf<Row>, ids: readonly string[]): void => {
  if (ids.some((id) => !tenant.table(of).has(id))) {
    throw foreignKey();
  }
};

export const requireFreeName = <R extends Row & { readonly name: string }>(
  tenant: Tenant,
  of: TableOf<R>,
  name: string | undefined,
  except?: string,
): void => {
  if (tenant.table(of).find((row) => row.name === name && row.id !== except)) {
    throw notUnique('entity.unique_integrity_violation', `The name ${name}`);
  }
};

/** Replacements insert without checking existing rows, so a repeated id violates the key. */
const requireDistinct = (ids: readonly string[]): void => {
  if (new Set(ids).size < ids.length) {
    throw notUnique('entity.unique_integrity_violation', 'An id of the list');
  }
};

/** Filters rows in which one of `fields` contains `q`, without case, with SQL wildcards. */
export function containing<R extends object>(
  { query }: Call,
  rows: readonly R[],
  fields: readonly (keyof R)[],
): R[] {
  const q = query.text('q');
  if (q === undefined) {
    return [...rows];
  }
  const source = q
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/%/g, '[\\s\\S]*')
    .replace(/_/g, '[\\s\\S]');
  const expression = new RegExp(source, 'i');
  return rows.filter((row) =>
    fields.some((field) => {
      const value = row[field];
      return typeof value === 'string' && expression.test(value);
    }),
  );
}

interface PlainRelation {
  readonly by: RelationOf;
  /** The name of the path value; the list in the body has the same name with an `s`. */
  readonly field: string;
  /** What Logto answers if the parent of the list does not exist. */
  readonly unknownParent: 'entity.not_found' | 'entity.not_exists_with_id';
}

/** The four operations that Logto generates for an ordinary relation. */
export function relationBehaviours({ by, field, unknownParent }: PlainRelation) {
  const idsOf = (call: Call) => call.body<Record<string, readonly string[]>>()[`${field}s`] ?? [];
  const requireBoth = ({ tenant }: Call, left: string, rights: readonly string[]) => {
    if (rights.length > 0) {
      requireRows(tenant, by.left, [left]);
    }
    requireRows(tenant, by.right, rights);
  };
  return {
    list(call) {
      const left = pathValue(call, 'id');
      if (!call.tenant.table(by.left).has(left)) {
        throw missing(unknownParent);
      }
      const rights = new Set(call.tenant.relation(by).rightsOf(left));
      const rows = call.tenant.table(by.right).filter(({ id }) => rights.has(id));
      return list(call, rows.sort(byId));
    },
    add(call) {
      const left = pathValue(call, 'id');
      const rights = idsOf(call);
      requireBoth(call, left, rights);
      for (const right of rights) {
        call.tenant.relation(by).add(left, right);
      }
      return createdWord();
    },
    replace(call) {
      const left = pathValue(call, 'id');
      const rights = idsOf(call);
      requireDistinct(rights);
      requireBoth(call, left, rights);
      call.tenant.relation(by).replace(left, rights);
      return noContent();
    },
    remove(call) {
      if (!call.tenant.relation(by).delete(pathValue(call, 'id'), pathValue(call, field))) {
        throw missing('entity.not_found', 'relation');
      }
      return noContent();
    },
  } satisfies Record<string, Behaviour>;
}

/** One of the two kinds of members of an organization, with the table of their roles. */
interface Membership<R extends MemberRole> {
  readonly members: RelationOf;
  readonly memberRoles: TableOf<R>;
  readonly field: 'userId' | 'applicationId';
  readonly kind: OrganizationRole['type'];
  readonly row: (role: MemberRole, member: string) => R;
}

const userMembership: Membership<UserMemberRole> = {
  members: organizationUsers,
  memberRoles: organizationUserRoles,
  field: 'userId',
  kind: 'User',
  row: (role, userId) => ({ ...role, userId }),
};

const applicationMembership: Membership<ApplicationMemberRole> = {
  members: organizationApplications,
  memberRoles: organizationApplicationRoles,
  field: 'applicationId',
  kind: 'MachineToMachine',
  row: (role, applicationId) => ({ ...role, applicationId }),
};

/** The ids of these rows begin with the organization and the member. */
const prefixOf = (organization: string, member: string): string => `${organization}/${member}/`;

const rolesOfMember = <R extends MemberRole>(
  tenant: Tenant,
  { memberRoles }: Membership<R>,
  organization: string,
  member: string,
): OrganizationRole[] => {
  const ids = new Set(
    tenant
      .table(memberRoles)
      .filter(({ id }) => id.startsWith(prefixOf(organization, member)))
      .map(({ organizationRoleId }) => organizationRoleId),
  );
  return tenant.table(organizationRoles).filter(({ id }) => ids.has(id));
};

const dropRoles = <R extends MemberRole>(
  tenant: Tenant,
  { memberRoles }: Membership<R>,
  organization: string,
  member: string,
): void => {
  for (const { id } of tenant.table(memberRoles).all()) {
    if (id.startsWith(prefixOf(organization, member))) {
      tenant.table(memberRoles).delete(id);
    }
  }
};

/** Removes a member together with the roles in the organization and the consents for it. */
const leave = <R extends MemberRole>(
  tenant: Tenant,
  membership: Membership<R>,
  organization: string,
  member: string,
): boolean => {
  dropRoles(tenant, membership, organization, member);
  for (const { id, organizationId, userId } of tenant.table(consentOrganizations).all()) {
    if (organizationId === organization && userId === member) {
      tenant.table(consentOrganizations).delete(id);
    }
  }
  return tenant.relation(membership.members).delete(organization, member);
};

/** Validates that all roles can be assigned to all members. As in Logto, the type of the roles comes first. */
const requireAssignable = <R extends MemberRole>(
  tenant: Tenant,
  { members, kind }: Membership<R>,
  organization: string,
  memberIds: readonly string[],
  roleIds: readonly string[],
): void => {
  const roles = roleIds.map((id) => tenant.table(organizationRoles).get(id));
  if (memberIds.length > 0 && roles.some((role) => role !== undefined && role.type !== kind)) {
    throw refuse(422, 'entity.db_constraint_violated', 'A role is not for this kind of member.');
  }
  if (
    roles.includes(undefined) ||
    memberIds.some((id) => !tenant.relation(members).has(organization, id))
  ) {
    throw foreignKey();
  }
};

const giveRoles = <R extends MemberRole>(
  tenant: Tenant,
  { memberRoles, row }: Membership<R>,
  organization: string,
  memberIds: readonly string[],
  roleIds: readonly string[],
): void => {
  for (const member of memberIds) {
    for (const organizationRoleId of roleIds) {
      const id = `${prefixOf(organization, member)}${organizationRoleId}`;
      const role = { id, organizationId: organization, organizationRoleId };
      tenant.table(memberRoles).insert(row(role, member));
    }
  }
};

/** Adds members. Of applications only machine-to-machine ones are accepted. */
const join = <R extends MemberRole>(
  tenant: Tenant,
  { members, field }: Membership<R>,
  organization: string,
  memberIds: readonly string[],
): void => {
  if (
    field === 'applicationId' &&
    memberIds.some((id) => {
      const application = tenant.table(applications).get(id);
      return application !== undefined && application.type !== 'MachineToMachine';
    })
  ) {
    throw refuse(
      422,
      'entity.db_constraint_violated',
      'The application is no machine-to-machine application.',
    );
  }
  if (memberIds.length > 0) {
    requireRows(tenant, organizations, [organization]);
  }
  requireRows(tenant, members.right, memberIds);
  for (const id of memberIds) {
    tenant.relation(members).add(organization, id);
  }
};

/** The member named in the path. @throws Refusal 422 for others */
const memberOf = <R extends MemberRole>(
  call: Call,
  { members, field }: Membership<R>,
): { organization: string; member: string } => {
  const organization = pathValue(call, 'id');
  const member = pathValue(call, field);
  if (!call.tenant.relation(members).has(organization, member)) {
    throw refuse(422, 'organization.require_membership', `${member} is not in the organization.`);
  }
  return { organization, member };
};

/** The operations that users and applications share. */
function membershipBehaviours<R extends MemberRole>(membership: Membership<R>) {
  const { members, memberRoles, field } = membership;
  const idsOf = (call: Call) => call.body<Record<string, readonly string[]>>()[`${field}s`] ?? [];
  return {
    replace(call) {
      const { tenant } = call;
      const organization = pathValue(call, 'id');
      const memberIds = idsOf(call);
      join(tenant, membership, organization, memberIds);
      for (const id of tenant.relation(members).rightsOf(organization)) {
        if (!memberIds.includes(id)) {
          leave(tenant, membership, organization, id);
        }
      }
      return noContent();
    },
    remove(call) {
      if (!leave(call.tenant, membership, pathValue(call, 'id'), pathValue(call, field))) {
        throw missing('entity.not_found', 'member');
      }
      return noContent();
    },
    assignMany(call) {
      const organization = pathValue(call, 'id');
      const { organizationRoleIds } = call.body<{ organizationRoleIds: readonly string[] }>();
      requireAssignable(call.tenant, membership, organization, idsOf(call), organizationRoleIds);
      giveRoles(call.tenant, membership, organization, idsOf(call), organizationRoleIds);
      return createdWord();
    },
    listRoles(call) {
      const { organization, member } = memberOf(call, membership);
      return list(call, rolesOfMember(call.tenant, membership, organization, member).sort(byId));
    },
    removeRole(call) {
      const { organization, member } = memberOf(call, membership);
      const id = `${prefixOf(organization, member)}${pathValue(call, 'organizationRoleId')}`;
      if (!call.tenant.table(memberRoles).delete(id)) {
        throw missing('entity.not_found', 'role of this member');
      }
      return noContent();
    },
  } satisfies Record<string, Behaviour>;
}

const ofUsers = membershipBehaviours(userMembership);
const ofApplications = membershipBehaviours(applicationMembership);

interface RolesInput {
  readonly organizationRoleIds?: readonly string[];
  readonly organizationRoleNames?: readonly string[];
}

/** The roles that a request names by id, by name, or both. */
const rolesNamed = (call: Call): string[] => {
  const { organizationRoleIds = [], organizationRoleNames = [] } = call.body<RolesInput>();
  const byNames = organizationRoleNames.map((name) => {
    const role = call.tenant.table(organizationRoles).find((row) => row.name === name);
    if (role === undefined) {
      throw refuse(
        422,
        'organization.role_names_not_found',
        `There is no organization role ${name}.`,
      );
    }
    return role.id;
  });
  return [...new Set([...organizationRoleIds, ...byNames])];
};

const briefly = (roles: readonly OrganizationRole[]) =>
  [...roles].sort(byName).map(({ id, name }) => ({ id, name }));

/** A user as the list of members answers it. */
const memberUser = (tenant: Tenant, organization: string, user: User) => {
  const { hasPassword, ...shown } = publicUser(user);
  return {
    ...shown,
    organizationRoles: briefly(rolesOfMember(tenant, userMembership, organization, user.id)),
  };
};

/** The members of an organization, none if it does not exist. */
const membersOf = <R extends Row>(
  tenant: Tenant,
  by: RelationOf,
  of: TableOf<R>,
  organization: string,
) => {
  const ids = new Set(tenant.relation(by).rightsOf(organization));
  return tenant
    .table(of)
    .filter(({ id }) => ids.has(id))
    .sort(byId);
};

const withFeatured = (tenant: Tenant, organization: Organization) => {
  const members = membersOf(tenant, organizationUsers, users, organization.id);
  return {
    ...organization,
    usersCount: members.length,
    featuredUsers: members.slice(0, featured).map(({ id, avatar, name }) => ({ id, avatar, name })),
  };
};

const jitEmailDomain = (organizationId: string, emailDomain: string): JitEmailDomain => ({
  id: `${organizationId}/${emailDomain}`,
  organizationId,
  emailDomain,
});

const jitDomainsOf = (tenant: Tenant, organization: string): JitEmailDomain[] =>
  tenant.table(jitEmailDomains).filter(({ organizationId }) => organizationId === organization);

const jitRolesOf = relationBehaviours({
  by: jitRoles,
  field: 'organizationRoleId',
  unknownParent: 'entity.not_exists_with_id',
});
const jitSsoConnectorsOf = relationBehaviours({
  by: jitSsoConnectors,
  field: 'ssoConnectorId',
  unknownParent: 'entity.not_exists_with_id',
});

type OrganizationInput = Pick<Organization, 'name'> & Partial<Organization>;

export const organizationBehaviours: Behaviours = {
  listOrganizations(call) {
    const rows = containing(call, call.tenant.table(organizations).all(), ['id', 'name']);
    return list(
      call,
      call.query.on('showFeatured') ? rows.map((row) => withFeatured(call.tenant, row)) : rows,
    );
  },

  createOrganization({ tenant, body, now }) {
    const {
      name,
      description,
      customData = {},
      isMfaRequired = false,
      isTrustedDeviceAllowed = true,
      color = {},
      branding = {},
      customCss,
    } = body<OrganizationInput>();
    return created(
      tenant.table(organizations).insert({
        tenantId,
        id: tenant.newId(12),
        name,
        description: description || null,
        customData,
        isMfaRequired,
        isTrustedDeviceAllowed,
        color,
        branding,
        customCss: customCss || null,
        createdAt: now,
      }),
    );
  },

  getOrganization(call) {
    const organization = call.tenant.table(organizations).get(pathValue(call, 'id'));
    if (organization === undefined) {
      throw missing('entity.not_exists_with_id', 'organization');
    }
    return ok(organization);
  },

  updateOrganization(call) {
    const id = pathValue(call, 'id');
    const { description, customCss, ...change } = call.body<Partial<OrganizationInput>>();
    if (description === undefined && customCss === undefined && Object.keys(change).length === 0) {
      throw nothingToChange();
    }
    if (!call.tenant.table(organizations).has(id)) {
      throw missing('entity.not_exists', 'organization');
    }
    return ok(
      call.tenant.table(organizations).update(id, {
        ...change,
        ...(description !== undefined && { description: description || null }),
        ...(customCss !== undefined && { customCss: customCss || null }),
      }),
    );
  },

  deleteOrganization(call) {
    if (!call.tenant.table(organizations).delete(pathValue(call, 'id'))) {
      throw missing('entity.not_found', 'organization');
    }
    return noContent();
  },

  listOrganizationUsers(call) {
    const { tenant, query } = call;
    const organization = pathValue(call, 'id');
    const role = query.text('organizationRoleId');
    const rows = membersOf(tenant, organizationUsers, users, organization).filter(
      ({ id }) =>
        role === undefined ||
        tenant.table(organizationUserRoles).has(`${prefixOf(organization, id)}${role}`),
    );
    return list(
      call,
      containing(call, rows, ['id', 'primaryEmail', 'primaryPhone', 'username', 'name']).map(
        (user) => memberUser(tenant, organization, user),
      ),
    );
  },

  addOrganizationUsers(call) {
    const { userIds } = call.body<{ userIds: readonly string[] }>();
    join(call.tenant, userMembership, pathValue(call, 'id'), userIds);
    return created({ userIds });
  },

  replaceOrganizationUsers: ofUsers.replace,
  deleteOrganizationUser: ofUsers.remove,
  assignOrganizationRolesToUsers: ofUsers.assignMany,
  listOrganizationUserRoles: ofUsers.listRoles,

  assignOrganizationRolesToUser(call) {
    const { organization, member } = memberOf(call, userMembership);
    const organizationRoleIds = rolesNamed(call);
    requireAssignable(call.tenant, userMembership, organization, [member], organizationRoleIds);
    giveRoles(call.tenant, userMembership, organization, [member], organizationRoleIds);
    return created({ organizationRoleIds });
  },

  replaceOrganizationUserRoles(call) {
    const { organization, member } = memberOf(call, userMembership);
    const roleIds = rolesNamed(call);
    requireAssignable(call.tenant, userMembership, organization, [member], roleIds);
    dropRoles(call.tenant, userMembership, organization, member);
    giveRoles(call.tenant, userMembership, organization, [member], roleIds);
    return noContent();
  },

  deleteOrganizationUserRole: ofUsers.removeRole,

  listOrganizationUserScopes(call) {
    const memberRoles = rolesOfMember(
      call.tenant,
      userMembership,
      pathValue(call, 'id'),
      pathValue(call, 'userId'),
    );
    const ids = new Set(
      memberRoles.flatMap((role) =>
        call.tenant.relation(organizationRolesScopes).rightsOf(role.id),
      ),
    );
    const rows = call.tenant.table(organizationScopes).filter(({ id }) => ids.has(id));
    return list(call, rows.sort(byId));
  },

  listOrganizationApplications(call) {
    const organization = pathValue(call, 'id');
    const rows = membersOf(call.tenant, organizationApplications, applications, organization);
    return list(
      call,
      containing(call, rows, ['id', 'name', 'description']).map((application) => ({
        ...application,
        organizationRoles: briefly(
          rolesOfMember(call.tenant, applicationMembership, organization, application.id),
        ),
      })),
    );
  },

  addOrganizationApplications(call) {
    const { applicationIds } = call.body<{ applicationIds: readonly string[] }>();
    join(call.tenant, applicationMembership, pathValue(call, 'id'), applicationIds);
    return createdWord();
  },

  replaceOrganizationApplications: ofApplications.replace,
  deleteOrganizationApplication: ofApplications.remove,
  assignOrganizationRolesToApplications: ofApplications.assignMany,
  listOrganizationApplicationRoles: ofApplications.listRoles,

  assignOrganizationRolesToApplication(call) {
    const { organization, member } = memberOf(call, applicationMembership);
    const { organizationRoleIds } = call.body<{ organizationRoleIds: readonly string[] }>();
    requireAssignable(
      call.tenant,
      applicationMembership,
      organization,
      [member],
      organizationRoleIds,
    );
    giveRoles(call.tenant, applicationMembership, organization, [member], organizationRoleIds);
    return createdWord();
  },

  replaceOrganizationApplicationRoles(call) {
    const { organization, member } = memberOf(call, applicationMembership);
    const { organizationRoleIds } = call.body<{ organizationRoleIds: readonly string[] }>();
    requireDistinct(organizationRoleIds);
    requireAssignable(
      call.tenant,
      applicationMembership,
      organization,
      [member],
      organizationRoleIds,
    );
    dropRoles(call.tenant, applicationMembership, organization, member);
    giveRoles(call.tenant, applicationMembership, organization, [member], organizationRoleIds);
    return noContent();
  },

  deleteOrganizationApplicationRole: ofApplications.removeRole,

  listOrganizationJitEmailDomains(call) {
    const rows = jitDomainsOf(call.tenant, pathValue(call, 'id'));
    return list(
      call,
      rows.map(({ organizationId, emailDomain }) => ({ tenantId, organizationId, emailDomain })),
    );
  },

  createOrganizationJitEmailDomain(call) {
    const organizationId = pathValue(call, 'id');
    const { emailDomain } = call.body<{ emailDomain: string }>();
    const row = jitEmailDomain(organizationId, emailDomain);
    if (call.tenant.table(jitEmailDomains).has(row.id)) {
      throw notUnique('entity.unique_integrity_violation', `The domain ${emailDomain}`);
    }
    requireRows(call.tenant, organizations, [organizationId]);
    call.tenant.table(jitEmailDomains).insert(row);
    return created({ tenantId, organizationId, emailDomain });
  },

  replaceOrganizationJitEmailDomains(call) {
    const organizationId = pathValue(call, 'id');
    const { emailDomains } = call.body<{ emailDomains: readonly string[] }>();
    requireDistinct(emailDomains);
    if (emailDomains.length > 0) {
      requireRows(call.tenant, organizations, [organizationId]);
    }
    for (const { id } of jitDomainsOf(call.tenant, organizationId)) {
      call.tenant.table(jitEmailDomains).delete(id);
    }
    for (const emailDomain of emailDomains) {
      call.tenant.table(jitEmailDomains).insert(jitEmailDomain(organizationId, emailDomain));
    }
    return noContent();
  },

  deleteOrganizationJitEmailDomain(call) {
    const { id } = jitEmailDomain(pathValue(call, 'id'), pathValue(call, 'emailDomain'));
    if (!call.tenant.table(jitEmailDomains).delete(id)) {
      throw missing('entity.not_found', 'e-mail domain');
    }
    return noContent();
  },

  listOrganizationJitRoles: jitRolesOf.list,
  createOrganizationJitRole: jitRolesOf.add,
  replaceOrganizationJitRoles: jitRolesOf.replace,
  deleteOrganizationJitRole: jitRolesOf.remove,

  listOrganizationJitSsoConnectors: jitSsoConnectorsOf.list,
  createOrganizationJitSsoConnector: jitSsoConnectorsOf.add,
  replaceOrganizationJitSsoConnectors: jitSsoConnectorsOf.replace,
  deleteOrganizationJitSsoConnector: jitSsoConnectorsOf.remove,
};

const day = 24 * 60 * 60 * 1000;

/** The permissions that matter to a dealer of Northwind Cycles. */
const seededScopes = [
  { id: 'view-invoices', name: 'view:invoices', description: 'See the invoices of the dealer' },
  { id: 'place-orders', name: 'place:orders', description: 'Order bicycles and parts' },
  { id: 'manage-members', name: 'manage:members', description: 'Invite and remove members' },
];

const seededRoles = [
  {
    id: 'dealer-admin',
    name: 'Dealer admin',
    description: 'Runs the dealer account',
    type: 'User',
    grants: ['view-invoices', 'place-orders', 'manage-members'],
  },
  {
    id: 'dealer-buyer',
    name: 'Dealer buyer',
    description: 'Orders bicycles and parts',
    type: 'User',
    grants: ['place-orders'],
  },
  {
    id: 'dealer-accountant',
    name: 'Dealer accountant',
    description: 'Pays the bills',
    type: 'User',
    grants: ['view-invoices'],
  },
  {
    id: 'dealer-sync',
    name: 'Dealer sync',
    description: 'Keeps stock levels in step',
    type: 'MachineToMachine',
    grants: ['place-orders'],
  },
] as const;

/** `members` are indexes in the list of users. */
const seededOrganizations = [
  {
    id: 'alpine-rentals',
    name: 'Alpine Rentals',
    city: 'Innsbruck',
    ageDays: 640,
    members: [0, 9],
  },
  {
    id: 'harbour-wheels',
    name: 'Harbour Wheels',
    city: 'Rotterdam',
    ageDays: 410,
    members: [7, 14],
  },
  { id: 'pedal-and-post', name: 'Pedal & Post', city: 'Bristol', ageDays: 95, members: [14, 18] },
] as const;

/**
 * Three dealers of Northwind Cycles with members, roles and a joining e-mail domain. Runs after the seeds of users, applications
 * and resources, because it refers to their rows.
 */
export function seedOrganizations(tenant: Tenant): void {
  for (const scope of seededScopes) {
    tenant.table(organizationScopes).insert({ tenantId, ...scope });
  }
  for (const { grants, ...role } of seededRoles) {
    tenant.table(organizationRoles).insert({ tenantId, ...role });
    tenant.relation(organizationRolesScopes).replace(role.id, grants);
  }
  const readOrders = tenant.table(scopes).find(({ resourceId }) => resourceId === 'orders-api');
  if (readOrders !== undefined) {
    tenant.relation(organizationRolesResourceScopes).add('dealer-buyer', readOrders.id);
  }
  const people = tenant.table(users).all();
  for (const { id, name, city, ageDays, members } of seededOrganizations) {
    tenant.table(organizations).insert({
      tenantId,
      id,
      name,
      description: `Dealer in ${city}`,
      customData: { city },
      isMfaRequired: false,
      isTrustedDeviceAllowed: true,
      color: {},
      branding: {},
      customCss: null,
      createdAt: tenant.now() - ageDays * day,
    });
    const memberIds = people.slice(...members).map((user) => user.id);
    join(tenant, userMembership, id, memberIds);
    giveRoles(tenant, userMembership, id, memberIds.slice(0, 1), ['dealer-admin']);
    giveRoles(tenant, userMembership, id, memberIds.slice(1, 4), ['dealer-buyer']);
    giveRoles(tenant, userMembership, id, memberIds.slice(3, 5), ['dealer-accountant']);
  }
  tenant.table(jitEmailDomains).insert(jitEmailDomain('alpine-rentals', 'alpine-rentals.example'));
  tenant.relation(jitRoles).add('alpine-rentals', 'dealer-buyer');
  const job = tenant
    .table(applications)
    .find(({ type, name }) => type === 'MachineToMachine' && /warehouse|sync/i.test(name));
  if (job !== undefined) {
    join(tenant, applicationMembership, 'harbour-wheels', [job.id]);
    giveRoles(tenant, applicationMembership, 'harbour-wheels', [job.id], ['dealer-sync']);
  }
}
