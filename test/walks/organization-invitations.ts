import { expect } from 'vitest';
import { mockSender } from './verification-codes.js';
import { textOf, type Walk } from './walk.js';

const day = 86_400_000;

export const organizationInvitationsWalk: Walk = async (walker) => {
  const organization = await walker.create(
    'create_organization',
    { name: walker.name('Riders') },
    ({ id }) => ['delete_organization', { id }],
  );
  const role = await walker.create(
    'create_organization_role',
    { name: walker.name('Editor') },
    ({ id }) => ['delete_organization_role', { id }],
  );
  const inviter = await walker.create(
    'create_user',
    { username: walker.name('ann') },
    ({ id: userId }) => ['delete_user', { userId }],
  );
  const invitee = `${walker.name('Bob')}@example.com`;
  const organizationId = textOf(organization);
  const expiresAt = Date.now() + day;
  const invite = (values: object) =>
    walker.create(
      'create_organization_invitation',
      { organizationId, expiresAt, ...values },
      ({ id }) => ['delete_organization_invitation', { id }],
    );

  const invitation = await invite({
    invitee,
    inviterId: inviter.id,
    organizationRoleIds: [role.id],
  });
  const id = textOf(invitation);
  expect(invitation).toMatchObject({
    invitee,
    inviterId: inviter.id,
    organizationId,
    status: 'Pending',
    acceptedUserId: null,
    organizationRoles: [{ id: role.id, name: role['name'] }],
  });
  await walker.refused(
    'create_organization_invitation',
    { invitee, organizationId, expiresAt },
    { status: 422, code: 'entity.unique_integrity_violation' },
  );
  await walker.refused(
    'create_organization_invitation',
    { invitee, organizationId, expiresAt: Date.now() - day },
    { status: 400, code: 'request.invalid_input' },
  );
  await walker.refused(
    'create_organization_invitation',
    { invitee, organizationId: 'nope', expiresAt },
    { status: 422, code: 'entity.relation_foreign_key_not_found' },
  );

  const { items } = await walker.call('list_organization_invitations', { organizationId });
  expect(items).toMatchObject([{ id }]);
  const byAddress = await walker.call('list_organization_invitations', {
    invitee: invitee.toUpperCase(),
  });
  expect(byAddress.items).toMatchObject([{ id }]);
  const { result: read } = await walker.call('get_organization_invitation', { id });
  expect(read).toMatchObject({ id, status: 'Pending' });
  await walker.refused('get_organization_invitation', { id: 'nope' }, { status: 404 });

  await walker.refused(
    'replace_organization_invitation_status',
    { id, status: 'Accepted' },
    { status: 422, code: 'request.invalid_input' },
  );
  await walker.refused(
    'replace_organization_invitation_status',
    { id, status: 'Accepted', acceptedUserId: inviter.id },
    { status: 422, code: 'request.invalid_input' },
  );
  const guest = await walker.create(
    'create_user',
    { primaryEmail: invitee.toLowerCase() },
    ({ id: userId }) => ['delete_user', { userId }],
  );
  const { result: accepted } = await walker.call('replace_organization_invitation_status', {
    id,
    status: 'Accepted',
    acceptedUserId: guest.id,
  });
  expect(accepted).toMatchObject({ status: 'Accepted', acceptedUserId: guest.id });
  const members = await walker.call('list_organization_users', { id: organizationId });
  expect(members.items).toMatchObject([{ id: guest.id, organizationRoles: [{ id: role.id }] }]);
  await walker.refused(
    'replace_organization_invitation_status',
    { id, status: 'Revoked' },
    { status: 422, code: 'request.invalid_input' },
  );

  const other = textOf(await invite({ invitee: `${walker.name('eve')}@example.com` }));
  const { result: revoked } = await walker.call('replace_organization_invitation_status', {
    id: other,
    status: 'Revoked',
  });
  expect(revoked).toMatchObject({ status: 'Revoked', acceptedUserId: null });
  await walker.call('delete_organization_invitation', { id: other });
  await walker.refused('delete_organization_invitation', { id: other }, { status: 404 });

  const obstacle = await mockSender(walker, 'Email');
  if (obstacle !== undefined) {
    walker.skip('create_organization_invitation_message', obstacle);
    return;
  }
  const mailed = textOf(
    await invite({
      invitee: `${walker.name('dan')}@example.com`,
      messagePayload: { link: 'https://app.example/join', team: 'Riders' },
    }),
  );
  const again = await walker.call('create_organization_invitation_message', {
    id: mailed,
    messagePayload: { link: 'https://app.example/join' },
  });
  expect(again).toMatchObject({ done: true });
  await walker.refused(
    'create_organization_invitation_message',
    { id: 'nope', messagePayload: {} },
    { status: 404 },
  );
};
