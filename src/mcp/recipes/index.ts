/** All recipes, in the order of the documentation. */
import { addWebhook } from './add-webhook.js';
import { endSessionsOfSuspended } from './end-sessions-of-suspended.js';
import { exportUsers } from './export-users.js';
import { findOrphans } from './find-orphans.js';
import { importUsers } from './import-users.js';
import { membersWithoutMfa } from './members-without-mfa.js';
import { moveMembers } from './move-members.js';
import { onboardOrganization } from './onboard-organization.js';
import type { Recipe } from './recipe.js';
import { removeUnusedApplications } from './remove-unused-applications.js';
import { replaceRole } from './replace-role.js';
import { reportFailedSignIns } from './report-failed-sign-ins.js';
import { reviewManagementApi } from './review-management-api.js';
import { reviewPowerfulRoles } from './review-powerful-roles.js';
import { rotateSecrets } from './rotate-secrets.js';
import { setUpApi } from './set-up-api.js';
import { setUpJitDomain } from './set-up-jit-domain.js';
import { suspendStaleAccounts } from './suspend-stale-accounts.js';
import { suspendUsers } from './suspend-users.js';
import { usersWithoutEmail } from './users-without-email.js';
import { whoCan } from './who-can.js';

export const recipes: readonly Recipe[] = [
  reviewPowerfulRoles,
  suspendUsers,
  importUsers,
  setUpApi,
  replaceRole,
  exportUsers,
  suspendStaleAccounts,
  rotateSecrets,
  onboardOrganization,
  addWebhook,
  whoCan,
  membersWithoutMfa,
  findOrphans,
  removeUnusedApplications,
  moveMembers,
  setUpJitDomain,
  endSessionsOfSuspended,
  usersWithoutEmail,
  reviewManagementApi,
  reportFailedSignIns,
];
