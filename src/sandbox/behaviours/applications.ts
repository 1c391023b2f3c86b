import { type Behaviours, type Call, list, pathValue } from '../call.js';
import { addConsents, consentsOf, removeConsent } from '../consent-scopes.js';
import {
  type Application,
  type ApplicationSecret,
  applicationSecrets,
  applications,
  applicationsRoles,
  type ConsentOrganization,
  consentOrganizations,
  type Json,
  managementApi,
  organizationApplicationRoles,
  organizationApplications,
  organizationRoles,
  organizations,
  organizationUsers,
  type Role,
  roles,
  tenantId,
  users,
} from '../entities.js';
import {
  created,
  createdWord,
  missing,
  noContent,
  notUnique,
  ok,
  okWord,
  refuse,
} from '../reply.js';
import { searched } from '../search.js';
import { type Row, singleton, type Tenant, table } from '../tenant.js';
import { invalidMember } from '../validation.js';

/** The sign-in experience of one application; its id is that of the application. */
interface OwnExperience extends Row {
  readonly shown: Json;
}

const applicationExperiences = table<OwnExperience>('application_sign_in_experiences', {
  id: applications,
});

interface AccessControl {
  readonly userIds: readonly string[];
  readonly userRoleIds: readonly string[];
  readonly organizationIds: readonly string[];
  readonly organizationRoleRules: readonly {
    readonly organizationId: string;
    readonly organizationRoleIds: readonly string[];
  }[];
}

const noRules: AccessControl = {
  userIds: [],
  userRoleIds: [],
  organizationIds: [],
  organizationRoleRules: [],
};

const distinct = (ids: readonly string[]): string[] => [...new Set(ids)];

/** The rules without repeated ids, as Logto stores them. */
const distinctRules = (rules: AccessControl): AccessControl => ({
  userIds: distinct(rules.userIds),
  userRoleIds: distinct(rules.userRoleIds),
  organizationIds: distinct(rules.organizationIds),
  organizationRoleRules: distinct(
    rules.organizationRoleRules.map(({ organizationId }) => organizationId),
  ).map((organizationId) => ({
    organizationId,
    organizationRoleIds: distinct(
      rules.organizationRoleRules
        .filter((rule) => rule.organizationId === organizationId)
        .flatMap((rule) => rule.organizationRoleIds),
    ),
  })),
});

const accessControls = singleton<Readonly<Record<string, AccessControl>>>(
  'application_access_controls',
  () => ({}),
);

const applicationOf = (call: Call, name = 'id'): Application => {
  const application = call.tenant.table(applications).get(pathValue(call, name));
  if (application === undefined) {
    throw missing('entity.not_exists_with_id', 'application');
  }
  return application;
};

const useSamlApi = () =>
  refuse(400, 'application.saml.use_saml_app_api', 'SAML applications have separate operations.');

const isAdmin = (tenant: Tenant, { id }: Application): boolean =>
  tenant.relation(applicationsRoles).has(id, managementApi.roleId);

interface ApplicationBody {
  readonly name?: string;
  readonly description?: string | null;
  readonly type?: Application['type'];
  readonly oidcClientMetadata?: { readonly redirectUris: readonly string[] } & Json;
  readonly customClientMetadata?: Json;
  readonly customData?: Json;
  readonly isThirdParty?: boolean;
  readonly protectedAppMetadata?: Json | null;
  readonly appLevelAccessControlEnabled?: boolean;
  readonly isAdmin?: boolean;
}

/**
 * Logto's rules for two settings that the catalog does not require, because our server completes them.
 *
 * @throws Rejected 400 `guard.invalid_input`
 */
const requireSettings = ({ oidcClientMetadata, customClientMetadata }: ApplicationBody): void => {
  for (const name of ['redirectUris', 'postLogoutRedirectUris']) {
    if (oidcClientMetadata !== undefined && !Array.isArray(oidcClientMetadata[name])) {
      throw invalidMember(['oidcClientMetadata', name], 'It is required.');
    }
  }
  const limits = { refreshTokenTtlInDays: 180, maxAllowedGrants: Number.MAX_SAFE_INTEGER };
  for (const [name, max] of Object.entries(limits)) {
    const value = customClientMetadata?.[name];
    const isValid = Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max;
    if (value !== undefined && !isValid) {
      throw invalidMember(['customClientMetadata', name], `It must be 1 to ${max}.`);
    }
  }
};

/** If Logto inserts without checking for duplicates, its database fails. @throws Refusal 500 */
const requireDistinct = (ids: readonly string[]): void => {
  if (new Set(ids).size < ids.length) {
    throw refuse(500, 'internal', 'An id occurs twice.');
  }
};

const signsUsersIn = new Set(['Native', 'SPA', 'Traditional']);

/** Validates the fields of a new application against each other. */
const requireFitting = (input: ApplicationBody): void => {
  const {
    type = 'SPA',
    isThirdParty = false,
    customClientMetadata = {},
    protectedAppMetadata,
  } = input;
  if (type === 'SAML') {
    throw useSamlApi();
  }
  if (type === 'Protected') {
    throw protectedAppMetadata === undefined
      ? refuse(
          400,
          'application.protected_app_metadata_is_required',
          'protectedAppMetadata is required.',
        )
      : refuse(
          501,
          'application.protected_app_not_configured',
          'There is no provider for protected applications.',
        );
  }
  if (customClientMetadata['isDeviceFlow'] === true && type !== 'Native') {
    throw refuse(
      422,
      'application.device_flow_native_only',
      'The device flow is for Native applications.',
    );
  }
  if (isThirdParty && !signsUsersIn.has(type)) {
    throw refuse(
      400,
      'application.invalid_third_party_application_type',
      'Such an application cannot be a third party.',
    );
  }
  if (isThirdParty && customClientMetadata['allowTokenExchange'] === true) {
    throw refuse(
      422,
      'application.third_party_application_cannot_enable_token_exchange',
      'A third party may not exchange tokens.',
    );
  }
};

export const insertApplication = (
  tenant: Tenant,
  row: Pick<Application, 'name' | 'type'> & Partial<Application>,
): Application => {
  const application = tenant.table(applications).insert({
    tenantId,
    id: tenant.newId(),
    description: null,
    oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] },
    customClientMetadata: {},
    protectedAppMetadata: null,
    customData: {},
    isThirdParty: false,
    appLevelAccessControlEnabled: false,
    createdAt: tenant.now(),
    ...row,
  });
  if (holdsSecrets.has(application.type)) {
    insertSecret(tenant, application.id, 'Default secret', null);
  }
  return application;
};

const holdsSecrets = new Set<Application['type']>(['Traditional', 'MachineToMachine', 'Protected']);

const insertSecret = (
  tenant: Tenant,
  applicationId: string,
  name: string,
  expiresAt: number | null,
): ApplicationSecret =>
  tenant.table(applicationSecrets).insert({
    id: tenant.newId(),
    tenantId,
    applicationId,
    name,
    value: tenant.newId(32),
    createdAt: tenant.now(),
    expiresAt,
  });

const shownSecret = ({ id: _, ...shown }: ApplicationSecret) => shown;

const secretsOf = (call: Call): ApplicationSecret[] => {
  const { id } = applicationOf(call);
  return call.tenant
    .table(applicationSecrets)
    .filter(({ applicationId }) => applicationId === id)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
};

const secretOf = (
  call: Call,
  name: string,
  code: Parameters<typeof missing>[0] = 'entity.not_found',
): ApplicationSecret => {
  const secret = secretsOf(call).find((row) => row.name === name);
  if (secret === undefined) {
    throw missing(code, 'secret');
  }
  return secret;
};

const requireFreeSecretName = (call: Call, name: string): void => {
  if (secretsOf(call).some((row) => row.name === name)) {
    throw notUnique('application.secret_name_exists', 'The name');
  }
};

const rolesOf = (tenant: Tenant, id: string): Role[] => {
  const roleIds = new Set(tenant.relation(applicationsRoles).rightsOf(id));
  return tenant.table(roles).filter((role) => roleIds.has(role.id));
};

const requireMachineRoles = (tenant: Tenant, roleIds: readonly string[]): void => {
  for (const id of roleIds) {
    const role = tenant.table(roles).get(id);
    if (role === undefined) {
      throw missing('entity.not_exists_with_id', 'role', id);
    }
    if (role.type !== 'MachineToMachine') {
      throw refuse(422, 'application.invalid_role_type', 'The role is for users.');
    }
  }
};

const machineOf = (call: Call): Application => {
  const application = applicationOf(call, 'applicationId');
  if (application.type !== 'MachineToMachine') {
    throw refuse(
      422,
      'application.invalid_type',
      'Only machine-to-machine applications hold roles.',
    );
  }
  return application;
};

const thirdPartyOf = (call: Call, name: string): Application => {
  const application = applicationOf(call, name);
  if (!application.isThirdParty) {
    throw refuse(
      422,
      'application.third_party_application_only',
      'It is no third-party application.',
    );
  }
  return application;
};

const protectedOnly = (call: Call) => {
  applicationOf(call);
  return refuse(422, 'application.protected_application_only', 'It is no protected application.');
};

const requireUser = (call: Call): void => {
  if (!call.tenant.table(users).has(pathValue(call, 'userId'))) {
    throw missing('entity.not_found', 'user');
  }
};

const organizationConsents = (call: Call): ConsentOrganization[] => {
  const application = pathValue(call, 'id');
  const user = pathValue(call, 'userId');
  return call.tenant
    .table(consentOrganizations)
    .filter((row) => row.applicationId === application && row.userId === user);
};

const addConsentOrganizations = (call: Call, organizationIds: readonly string[]): void => {
  requireUser(call);
  const applicationId = pathValue(call, 'id');
  const userId = pathValue(call, 'userId');
  for (const organizationId of organizationIds) {
    if (!call.tenant.relation(organizationUsers).has(organizationId, userId)) {
      throw refuse(
        422,
        'organization.require_membership',
        'The user is no member of the organization.',
      );
    }
  }
  const consented = new Set(organizationConsents(call).map((row) => row.organizationId));
  for (const organizationId of organizationIds.filter((id) => !consented.has(id))) {
    call.tenant
      .table(consentOrganizations)
      .insert({ id: call.tenant.newId(), applicationId, userId, organizationId });
  }
};

/** The defaults of an application's sign-in experience. */
const noExperience = {
  color: {},
  branding: {},
  customCss: null,
  termsOfUseUrl: null,
  privacyPolicyUrl: null,
  displayName: null,
};

export const applicationBehaviours: Behaviours = {
  listApplications(call) {
    const { tenant, query } = call;
    const types = query.list('types');
    const party = query.text('isThirdParty');
    if (party !== undefined && party !== 'true' && party !== 'false') {
      throw refuse(400, 'guard.invalid_input', 'isThirdParty is true or false.');
    }
    const role = query.text('excludeRoleId');
    const organization = query.text('excludeOrganizationId');
    if (role !== undefined && organization !== undefined) {
      throw refuse(
        400,
        'request.invalid_input',
        'Exclude by role or by organization, not by both.',
      );
    }
    const excluded = new Set([
      ...tenant.relation(applicationsRoles).leftsOf(role ?? ''),
      ...tenant.relation(organizationApplications).rightsOf(organization ?? ''),
    ]);
    const rows = tenant
      .table(applications)
      .newestFirst()
      .filter(
        ({ id, type, isThirdParty }) =>
          !excluded.has(id) &&
          (types.length === 0 || types.includes(type)) &&
          (party === undefined || String(isThirdParty) === party),
      );
    return list(call, searchedOrBroken(call, rows));
  },

  createApplication({ tenant, body }) {
    const input = body<ApplicationBody>();
    requireSettings(input);
    requireFitting(input);
    // Only a protected application stores them, and none can be created here.
    const { name = '', type = 'SPA', isAdmin: _, protectedAppMetadata: __, ...rest } = input;
    return ok(insertApplication(tenant, { ...(rest as Partial<Application>), name, type }));
  },

  getApplication(call) {
    const application = applicationOf(call);
    return ok({ ...application, isAdmin: isAdmin(call.tenant, application) });
  },

  updateApplication(call) {
    const application = applicationOf(call);
    if (application.type === 'SAML') {
      throw useSamlApi();
    }
    const { isAdmin: admin, type: _, ...change } = call.body<ApplicationBody>();
    requireSettings(change);
    if (change.protectedAppMetadata !== undefined && change.protectedAppMetadata !== null) {
      throw refuse(
        400,
        'application.protected_application_only',
        'Only protected applications have protectedAppMetadata.',
      );
    }
    const wasDevice = application.customClientMetadata['isDeviceFlow'] === true;
    const { isDeviceFlow } = change.customClientMetadata ?? {};
    if (isDeviceFlow !== undefined && isDeviceFlow !== wasDevice) {
      throw refuse(
        422,
        'application.device_flow_not_changeable',
        'The device flow is chosen when creating.',
      );
    }
    const rules = call.tenant.get(accessControls)[application.id] ?? noRules;
    if (
      change.appLevelAccessControlEnabled === true &&
      JSON.stringify(rules) === JSON.stringify(noRules)
    ) {
      throw refuse(422, 'request.invalid_input', 'No rule allows anyone to sign in yet.');
    }
    const relation = call.tenant.relation(applicationsRoles);
    if (admin === true) {
      relation.add(application.id, managementApi.roleId);
    } else if (admin === false) {
      relation.delete(application.id, managementApi.roleId);
    }
    return ok(
      call.tenant.table(applications).update(application.id, change as Partial<Application>),
    );
  },

  deleteApplication(call) {
    const application = applicationOf(call);
    if (application.type === 'SAML') {
      throw useSamlApi();
    }
    call.tenant.table(applications).delete(application.id);
    return noContent();
  },

  updateApplicationCustomData(call) {
    const { id, customData } = applicationOf(call, 'applicationId');
    const merged = { ...customData, ...call.body<Json>() };
    return ok(call.tenant.table(applications).update(id, { customData: merged }).customData);
  },

  getApplicationAccessControl(call) {
    const { id } = applicationOf(call, 'applicationId');
    return ok(call.tenant.get(accessControls)[id] ?? noRules);
  },

  replaceApplicationAccessControl(call) {
    const { tenant } = call;
    const { id } = applicationOf(call, 'applicationId');
    const input = distinctRules(call.body<AccessControl>());
    const allExist =
      input.userIds.every((userId) => tenant.table(users).has(userId)) &&
      input.userRoleIds.every((roleId) => tenant.table(roles).has(roleId)) &&
      input.organizationIds.every((organizationId) =>
        tenant.table(organizations).has(organizationId),
      ) &&
      input.organizationRoleRules.every(
        (rule) =>
          tenant.table(organizations).has(rule.organizationId) &&
          rule.organizationRoleIds.every((roleId) => tenant.table(organizationRoles).has(roleId)),
      );
    if (!allExist) {
      throw refuse(404, 'entity.relation_foreign_key_not_found', 'One of the ids is not there.');
    }
    tenant.set(accessControls, { ...tenant.get(accessControls), [id]: input });
    return ok(input);
  },

  listApplicationRoles(call) {
    const { id } = machineOf(call);
    return list(call, searched(call, rolesOf(call.tenant, id), ['id', 'name', 'description']));
  },

  assignApplicationRoles(call) {
    const { id } = machineOf(call);
    const { roleIds } = call.body<{ roleIds: string[] }>();
    requireMachineRoles(call.tenant, roleIds);
    const assigned = call.tenant.relation(applicationsRoles);
    const added = [...new Set(roleIds)].filter((role) => !assigned.has(id, role));
    for (const role of added) {
      assigned.add(id, role);
    }
    return created({ roleIds, addedRoleIds: added });
  },

  replaceApplicationRoles(call) {
    const { id } = machineOf(call);
    const { roleIds } = call.body<{ roleIds: string[] }>();
    requireMachineRoles(call.tenant, roleIds);
    const assigned = call.tenant.relation(applicationsRoles);
    const added = roleIds.filter((role) => !assigned.has(id, role));
    requireDistinct(added);
    assigned.replace(id, roleIds);
    if (added.length === 0) {
      // As in Logto: the other roles are removed, although the response is an error.
      throw refuse(422, 'entity.invalid_input', 'No role was added.');
    }
    return okWord();
  },

  deleteApplicationRole(call) {
    const { id } = machineOf(call);
    if (!call.tenant.relation(applicationsRoles).delete(id, pathValue(call, 'roleId'))) {
      throw missing('entity.not_found', 'role of this application');
    }
    return noContent();
  },

  listApplicationOrganizations(call) {
    const { tenant } = call;
    const { id } = applicationOf(call);
    const organizationIds = new Set(tenant.relation(organizationApplications).leftsOf(id));
    const rows = tenant
      .table(organizations)
      .filter((organization) => organizationIds.has(organization.id))
      .map((organization) => ({
        ...organization,
        organizationRoles: tenant
          .table(organizationApplicationRoles)
          .filter((row) => row.organizationId === organization.id && row.applicationId === id)
          .map((row) => tenant.table(organizationRoles).get(row.organizationRoleId))
          .filter((role) => role !== undefined)
          .map((role) => ({ id: role.id, name: role.name })),
      }));
    return list(call, rows);
  },

  deleteApplicationLegacySecret(call) {
    applicationOf(call);
    throw refuse(
      400,
      'application.no_legacy_secret_found',
      'The application has no old-style secret.',
    );
  },

  listApplicationSecrets: (call) => ok(secretsOf(call).map(shownSecret)),

  createApplicationSecret(call) {
    const { id, type } = applicationOf(call);
    const { name, expiresAt = null } = call.body<{ name: string; expiresAt?: number | null }>();
    if (expiresAt !== null && expiresAt <= call.now) {
      throw refuse(400, 'request.invalid_input', 'expiresAt must be in the future.');
    }
    requireFreeSecretName(call, name);
    if (!holdsSecrets.has(type)) {
      throw refuse(
        422,
        'entity.db_constraint_violated',
        'This type of application has no secrets.',
      );
    }
    return created(shownSecret(insertSecret(call.tenant, id, name, expiresAt)));
  },

  updateApplicationSecret(call) {
    const secret = secretOf(call, pathValue(call, 'currentName'), 'entity.not_exists');
    const { name } = call.body<{ name: string }>();
    if (name !== secret.name) {
      requireFreeSecretName(call, name);
    }
    return ok(shownSecret(call.tenant.table(applicationSecrets).update(secret.id, { name })));
  },

  deleteApplicationSecret(call) {
    const { id } = secretOf(call, pathValue(call, 'name'));
    call.tenant.table(applicationSecrets).delete(id);
    return noContent();
  },

  listApplicationUserConsentScopes(call) {
    const { id } = applicationOf(call, 'applicationId');
    return ok(consentsOf(call.tenant, id));
  },

  createApplicationUserConsentScope(call) {
    const { id } = thirdPartyOf(call, 'applicationId');
    addConsents(call.tenant, id, call.body());
    return createdWord();
  },

  deleteApplicationUserConsentScope(call) {
    const { id } = applicationOf(call, 'applicationId');
    removeConsent(call.tenant, id, pathValue(call, 'scopeType'), pathValue(call, 'scopeId'));
    return noContent();
  },

  listApplicationUserConsentOrganizations(call) {
    thirdPartyOf(call, 'id');
    requireUser(call);
    const rows = organizationConsents(call).map((row) =>
      call.tenant.table(organizations).get(row.organizationId),
    );
    return list(call, rows, { wrap: (page) => ({ organizations: page }) });
  },

  createApplicationUserConsentOrganization(call) {
    thirdPartyOf(call, 'id');
    addConsentOrganizations(call, call.body<{ organizationIds: string[] }>().organizationIds);
    return createdWord();
  },

  replaceApplicationUserConsentOrganizations(call) {
    thirdPartyOf(call, 'id');
    const { organizationIds } = call.body<{ organizationIds: string[] }>();
    addConsentOrganizations(call, organizationIds);
    requireDistinct(organizationIds);
    for (const consent of organizationConsents(call).filter(
      ({ organizationId }) => !organizationIds.includes(organizationId),
    )) {
      call.tenant.table(consentOrganizations).delete(consent.id);
    }
    return noContent();
  },

  deleteApplicationUserConsentOrganization(call) {
    thirdPartyOf(call, 'id');
    const consent = organizationConsents(call).find(
      (row) => row.organizationId === pathValue(call, 'organizationId'),
    );
    if (consent === undefined) {
      throw missing('entity.not_found', 'consent');
    }
    call.tenant.table(consentOrganizations).delete(consent.id);
    return noContent();
  },

  getApplicationSignInExperience(call) {
    const { id } = applicationOf(call, 'applicationId');
    const stored = call.tenant.table(applicationExperiences).get(id);
    if (stored === undefined) {
      throw missing('entity.not_exists_with_id', 'sign-in experience of the application');
    }
    return ok(stored.shown);
  },

  replaceApplicationSignInExperience(call) {
    const { id } = applicationOf(call, 'applicationId');
    const stored = call.tenant.table(applicationExperiences).get(id);
    const input = Object.fromEntries(
      Object.entries(call.body<Json>()).map(([key, value]) => [key, value === '' ? null : value]),
    );
    if (stored !== undefined && Object.keys(input).length === 0) {
      throw refuse(422, 'entity.invalid_input', 'There is nothing to change.');
    }
    const shown = { tenantId, applicationId: id, ...noExperience, ...stored?.shown, ...input };
    call.tenant.table(applicationExperiences).insert({ id, shown });
    return stored === undefined ? created(shown) : ok(shown);
  },

  listApplicationProtectedAppMetadataCustomDomains(call) {
    throw protectedOnly(call);
  },
  createApplicationProtectedAppMetadataCustomDomain(call) {
    throw protectedOnly(call);
  },
  deleteApplicationProtectedAppMetadataCustomDomain(call) {
    throw protectedOnly(call);
  },
};

/** An invalid search is 400 in other lists and 500 in this one, as in Logto. */
function searchedOrBroken(call: Call, rows: readonly Application[]): Application[] {
  try {
    return searched(call, rows, ['id', 'name', 'description']);
  } catch {
    throw refuse(500, 'internal', 'Internal server error.');
  }
}

/** The applications of the fictional company. */
export function seedApplications(tenant: Tenant): void {
  const createdAt = tenant.now() - 500 * 86_400_000;
  const web = (host: string) => ({
    redirectUris: [`https://${host}.northwind.example/callback`],
    postLogoutRedirectUris: [`https://${host}.northwind.example/`],
  });
  insertApplication(tenant, {
    id: 'shop-web',
    name: 'Northwind shop',
    description: 'The web shop',
    type: 'SPA',
    oidcClientMetadata: web('shop'),
    customClientMetadata: { corsAllowedOrigins: ['https://shop.northwind.example'] },
    customData: { team: 'shop' },
    createdAt,
  });
  insertApplication(tenant, {
    id: 'admin-console',
    name: 'Back office',
    description: 'Orders and stock, for the staff',
    type: 'Traditional',
    oidcClientMetadata: web('office'),
    createdAt: createdAt + 1,
  });
  insertApplication(tenant, {
    id: 'mobile-app',
    name: 'Northwind rides',
    description: 'The app for phones',
    type: 'Native',
    oidcClientMetadata: {
      redirectUris: ['com.northwind.rides://callback'],
      postLogoutRedirectUris: ['com.northwind.rides://signed-out'],
    },
    createdAt: createdAt + 2,
  });
  insertApplication(tenant, {
    id: 'partner-portal',
    name: 'Dealer portal',
    description: "A dealer's shop, which asks for consent",
    type: 'Traditional',
    isThirdParty: true,
    oidcClientMetadata: web('dealer'),
    createdAt: createdAt + 3,
  });
  insertApplication(tenant, {
    id: 'warehouse-sync',
    name: 'Warehouse sync',
    description: 'Books goods in and out each night',
    type: 'MachineToMachine',
    createdAt: createdAt + 4,
  });
}
