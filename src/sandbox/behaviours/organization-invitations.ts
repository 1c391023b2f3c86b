import { type Behaviours, type Call, list, pathValue } from '../call.js';
import {
  organizationRoles,
  organizations,
  organizationUserRoles,
  organizationUsers,
  tenantId,
  users,
} from '../entities.js';
import { requireSender, withinLimit } from '../messages.js';
import { created, missing, noContent, ok, refuse } from '../reply.js';
import { relation, type Tenant, table } from '../tenant.js';

export interface OrganizationInvitation {
  readonly id: string;
  readonly tenantId: string;
  readonly inviterId: string | null;
  readonly invitee: string;
  readonly acceptedUserId: string | null;
  readonly organizationId: string;
  /** The stored status: still `Pending` after the invitation has expired. */
  readonly status: 'Pending' | 'Accepted' | 'Expired' | 'Revoked';
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly expiresAt: number;
}

export const organizationInvitations = table<OrganizationInvitation>('organization_invitations', {
  organizationId: organizations,
  inviterId: users,
  acceptedUserId: users,
});

/** invitation - organization role */
export const organizationInvitationRoles = relation(
  'organization_invitation_role_relations',
  organizationInvitations,
  organizationRoles,
);

const invalid = (message: string, status = 422) => refuse(status, 'request.invalid_input', message);

const foreignKey = () =>
  refuse(422, 'entity.relation_foreign_key_not_found', 'One of the ids does not exist.');

const sameText = (left: string, right: string): boolean =>
  left.toLowerCase() === right.toLowerCase();

/** An invitation as Logto answers it: with its roles, and as `Expired` after its time. */
const shown = (tenant: Tenant, invitation: OrganizationInvitation) => {
  const { status, expiresAt } = invitation;
  return {
    ...invitation,
    status: status === 'Pending' && expiresAt < tenant.now() ? ('Expired' as const) : status,
    organizationRoles: tenant
      .relation(organizationInvitationRoles)
      .rightsOf(invitation.id)
      .flatMap((id) => {
        const role = tenant.table(organizationRoles).get(id);
        return role === undefined ? [] : [{ id, name: role.name }];
      })
      .sort((a, b) => a.name.localeCompare(b.name)),
  };
};

const invitationOf = (call: Call): OrganizationInvitation => {
  const invitation = call.tenant.table(organizationInvitations).get(pathValue(call, 'id'));
  if (invitation === undefined) {
    throw missing('entity.not_found', 'invitation');
  }
  return invitation;
};

/** Logto checks for a connector before it checks the limit. */
const sendTo = (call: Call, invitee: string): void => {
  requireSender(call.tenant, 'Email');
  withinLimit(call, 'OrganizationInvitationSend', invitee);
};

/** Makes the user a member with the roles of the invitation; existing roles are kept. */
function accept(tenant: Tenant, invitation: OrganizationInvitation, userId: string): void {
  const user = tenant.table(users).get(userId);
  if (user === undefined) {
    throw missing('entity.not_found', 'user');
  }
  if (!sameText(user.primaryEmail ?? '', invitation.invitee)) {
    throw invalid('The primary e-mail of the user is not the address that was invited.');
  }
  const { organizationId } = invitation;
  tenant.relation(organizationUsers).add(organizationId, userId);
  for (const organizationRoleId of tenant
    .relation(organizationInvitationRoles)
    .rightsOf(invitation.id)) {
    tenant.table(organizationUserRoles).insert({
      id: `${organizationId}/${userId}/${organizationRoleId}`,
      organizationId,
      userId,
      organizationRoleId,
    });
  }
}

export const organizationInvitationBehaviours: Behaviours = {
  listOrganizationInvitations(call) {
    const { tenant, query } = call;
    const organizationId = query.text('organizationId');
    const inviterId = query.text('inviterId');
    const invitee = query.text('invitee');
    return list(
      call,
      tenant
        .table(organizationInvitations)
        .newestFirst()
        .filter(
          (row) =>
            (organizationId === undefined || row.organizationId === organizationId) &&
            (inviterId === undefined || row.inviterId === inviterId) &&
            (invitee === undefined || sameText(row.invitee, invitee)),
        )
        .map((row) => shown(tenant, row)),
    );
  },

  createOrganizationInvitation(call) {
    const { tenant, now } = call;
    const {
      invitee,
      organizationId,
      expiresAt,
      inviterId = null,
      organizationRoleIds = [],
      messagePayload = false,
    } = call.body<
      Pick<OrganizationInvitation, 'invitee' | 'organizationId' | 'expiresAt'> & {
        inviterId?: string | null;
        organizationRoleIds?: string[];
        messagePayload?: object | false;
      }
    >();
    if (expiresAt <= now) {
      throw invalid('expiresAt must be in the future.', 400);
    }
    const memberIds = tenant.relation(organizationUsers).rightsOf(organizationId);
    if (memberIds.some((id) => tenant.table(users).get(id)?.primaryEmail === invitee)) {
      throw invalid('The address belongs to a member of the organization.');
    }
    const invitations = tenant.table(organizationInvitations);
    const rivals = invitations.filter(
      (row) =>
        row.organizationId === organizationId &&
        row.status === 'Pending' &&
        sameText(row.invitee, invitee),
    );
    for (const { id } of rivals.filter((row) => row.expiresAt < now)) {
      invitations.update(id, { status: 'Expired' });
    }
    // The index of the real server compares the address as it was written.
    if (rivals.some((row) => row.expiresAt >= now && row.invitee === invitee)) {
      throw refuse(
        422,
        'entity.unique_integrity_violation',
        'The address has a pending invitation.',
      );
    }
    if (
      !tenant.table(organizations).has(organizationId) ||
      (inviterId !== null && !tenant.table(users).has(inviterId)) ||
      organizationRoleIds.some((id) => !tenant.table(organizationRoles).has(id))
    ) {
      throw foreignKey();
    }
    // An invitation that cannot be sent is not stored.
    if (messagePayload) {
      sendTo(call, invitee);
    }
    const invitation = invitations.insert({
      tenantId,
      id: tenant.newId(),
      inviterId,
      invitee,
      acceptedUserId: null,
      organizationId,
      status: 'Pending',
      createdAt: now,
      updatedAt: now,
      expiresAt,
    });
    tenant.relation(organizationInvitationRoles).replace(invitation.id, organizationRoleIds);
    return created(shown(tenant, invitation));
  },

  getOrganizationInvitation: (call) => ok(shown(call.tenant, invitationOf(call))),

  deleteOrganizationInvitation(call) {
    call.tenant.table(organizationInvitations).delete(invitationOf(call).id);
    return noContent();
  },

  createOrganizationInvitationMessage(call) {
    sendTo(call, invitationOf(call).invitee);
    return noContent();
  },

  replaceOrganizationInvitationStatus(call) {
    const { tenant, now } = call;
    const { status, acceptedUserId } = call.body<{
      status: 'Accepted' | 'Revoked';
      acceptedUserId?: string | null;
    }>();
    if (status === 'Accepted' && !acceptedUserId) {
      throw invalid('acceptedUserId is required to accept an invitation.');
    }
    const invitation = invitationOf(call);
    if (shown(tenant, invitation).status !== 'Pending') {
      throw invalid('The status of the invitation is final.');
    }
    if (status === 'Revoked' || !acceptedUserId) {
      const revoked = tenant
        .table(organizationInvitations)
        .update(invitation.id, { status, updatedAt: now });
      return ok(shown(tenant, revoked));
    }
    accept(tenant, invitation, acceptedUserId);
    const accepted = tenant
      .table(organizationInvitations)
      .update(invitation.id, { status, acceptedUserId, updatedAt: now });
    return ok(shown(tenant, accepted));
  },
};

const day = 86_400_000;

/** One pending and one expired invitation per organization. */
export function seedOrganizationInvitations(tenant: Tenant): void {
  const now = tenant.now();
  const inviter = tenant.table(users).all()[0];
  for (const { id: organizationId } of tenant.table(organizations).all()) {
    for (const [invitee, age] of [
      ['mechanic@partner.example', 9 * day],
      ['buyer@partner.example', 2 * day],
    ] as const) {
      tenant.table(organizationInvitations).insert({
        tenantId,
        id: tenant.newId(),
        inviterId: inviter?.id ?? null,
        invitee,
        acceptedUserId: null,
        organizationId,
        status: 'Pending',
        createdAt: now - age,
        updatedAt: now - age,
        expiresAt: now - age + 7 * day,
      });
    }
  }
}
