/** How writes are confined to the organizations that a policy names, shared by operations. */
import type { OrganizationScopeFacts } from './write-facts.js';

/** A write below the organization that `id` names. */
export const inOrganization: OrganizationScopeFacts = { organization: 'id' };

export const admitsUsers: OrganizationScopeFacts = {
  organization: 'id',
  admits: {
    argument: 'userIds',
    members: 'listOrganizationUsers',
    memberships: 'listUserOrganizations',
  },
};

export const admitsApplications: OrganizationScopeFacts = {
  organization: 'id',
  admits: {
    argument: 'applicationIds',
    members: 'listOrganizationApplications',
    memberships: 'listApplicationOrganizations',
  },
};

export const opensToEmailDomains: OrganizationScopeFacts = {
  organization: 'id',
  opens: {
    arguments: ['emailDomain', 'emailDomains'],
    list: 'listOrganizationJitEmailDomains',
    member: 'emailDomain',
  },
};

export const opensToSsoConnectors: OrganizationScopeFacts = {
  organization: 'id',
  opens: {
    arguments: ['ssoConnectorIds'],
    list: 'listOrganizationJitSsoConnectors',
    member: 'id',
  },
};

const invitations = {
  read: 'getOrganizationInvitation',
  accepts: 'acceptedUserId',
  memberships: 'listUserOrganizations',
} as const;

export const newInvitation: OrganizationScopeFacts = { ...invitations, invitation: undefined };

export const ofInvitation: OrganizationScopeFacts = { ...invitations, invitation: 'id' };

/** A write on the account of the user that `argument` names. */
export const ofAccount = (argument: string): OrganizationScopeFacts => ({
  account: argument,
  memberships: 'listUserOrganizations',
  roles: 'listUserRoles',
});
