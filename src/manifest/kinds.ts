/**
 * The table of kinds, in the order in which they are created and changed. A kind refers only to kinds above it, so
 * everything that it needs exists; removals run in the opposite order.
 */
import type { Grant, Kind, KindName } from './kind.js';
import {
  builtInApplication,
  isLogtoApi,
  machinesOnly,
  notMachines,
  thirdPartiesOnly,
} from './kind-conditions.js';

/** The four sets of scopes that clients may ask users for, with the operations that read and change them. */
const consentGrants = (list: string, add: string, remove: string): readonly Grant[] =>
  (
    [
      ['organizationScopes', 'organizationScopes', 'organization-scopes'],
      ['resourceScopes', 'scopes', 'resource-scopes'],
      ['organizationResourceScopes', 'scopes', 'organization-resource-scopes'],
      ['userScopes', undefined, 'user-scopes'],
    ] as const
  ).map(([member, to, scopeType]) => ({
    member,
    ...(to !== undefined && { to }),
    list,
    add: { operation: add, field: member },
    remove: { operation: remove, values: { scopeType } },
  }));

export const kinds: readonly Kind[] = [
  {
    name: 'resources',
    title: 'API resource',
    about: 'APIs that Logto issues access tokens for, with their scopes.',
    form: 'list',
    key: ['indicator'],
    list: 'listResources',
    listValues: { includeScopes: true },
    create: { operation: 'createResource' },
    update: { operation: 'updateResource' },
    settings: [{ member: 'isDefault', operation: 'updateResourceIsDefault' }],
    remove: 'deleteResource',
    defaults: { accessTokenTtl: 3600 },
    builtIn: ({ indicator }, { resource }) =>
      indicator === resource || isLogtoApi(indicator)
        ? 'it is the Management API, or another API of Logto itself'
        : undefined,
  },
  {
    name: 'scopes',
    title: 'scope',
    about: 'Scopes (permissions) of an API resource.',
    form: 'list',
    key: ['name'],
    within: { kind: 'resources', member: 'scopes' },
    create: { operation: 'createResourceScope' },
    update: { operation: 'updateResourceScope' },
    remove: 'deleteResourceScope',
  },
  {
    name: 'organizationScopes',
    title: 'organization scope',
    about: 'Permissions inside organizations.',
    form: 'list',
    key: ['name'],
    list: 'listOrganizationScopes',
    create: { operation: 'createOrganizationScope' },
    update: { operation: 'updateOrganizationScope' },
    remove: 'deleteOrganizationScope',
  },
  {
    name: 'organizationRoles',
    title: 'organization role',
    about: 'Roles inside organizations, with the scopes that they grant.',
    form: 'list',
    key: ['name'],
    list: 'listOrganizationRoles',
    create: { operation: 'createOrganizationRole' },
    update: { operation: 'updateOrganizationRole' },
    remove: 'deleteOrganizationRole',
    defaults: { type: 'User' },
    grants: [
      {
        member: 'scopes',
        to: 'organizationScopes',
        inRecord: 'scopes',
        onCreate: 'organizationScopeIds',
        add: { operation: 'createOrganizationRoleScope', field: 'organizationScopeIds' },
        remove: { operation: 'deleteOrganizationRoleScope' },
      },
      {
        member: 'resourceScopes',
        to: 'scopes',
        inRecord: 'resourceScopes',
        onCreate: 'resourceScopeIds',
        carriesBuiltIn: true,
        add: { operation: 'createOrganizationRoleResourceScope', field: 'scopeIds' },
        remove: { operation: 'deleteOrganizationRoleResourceScope' },
      },
    ],
  },
  {
    name: 'roles',
    title: 'role',
    about: 'Roles of users or of machines, with the scopes that they grant.',
    form: 'list',
    key: ['name'],
    list: 'listRoles',
    create: { operation: 'createRole' },
    update: { operation: 'updateRole' },
    remove: 'deleteRole',
    defaults: { type: 'User' },
    grants: [
      {
        member: 'scopes',
        to: 'scopes',
        list: 'listRoleScopes',
        onCreate: 'scopeIds',
        carriesBuiltIn: true,
        add: { operation: 'createRoleScope', field: 'scopeIds' },
        remove: { operation: 'deleteRoleScope' },
      },
    ],
    builtIn: ({ name }) =>
      typeof name === 'string' && name.startsWith('#internal:')
        ? 'it is an internal role of Logto'
        : undefined,
  },
  {
    name: 'applications',
    title: 'application',
    about:
      'Applications that sign users in or call APIs, with the roles of machines. Secrets stay in Logto.',
    form: 'list',
    key: ['name'],
    list: 'listApplications',
    create: { operation: 'createApplication' },
    update: { operation: 'updateApplication' },
    remove: 'deleteApplication',
    omit: {
      protectedAppMetadata: 'only protected applications have it',
      appLevelAccessControlEnabled: 'access control names users and organizations',
      isAdmin: 'it grants the Management API',
    },
    fixed: ['customClientMetadata.isDeviceFlow'],
    grants: [
      {
        member: 'roles',
        to: 'roles',
        list: 'listApplicationRoles',
        onlyIf: machinesOnly,
        add: { operation: 'assignApplicationRoles', field: 'roleIds' },
        remove: { operation: 'deleteApplicationRole' },
      },
    ],
    builtIn: builtInApplication,
  },
  {
    name: 'consentScopes',
    title: 'set of consent scopes',
    about: 'The scopes that a third-party application may ask users for.',
    form: 'list',
    key: ['application'],
    of: 'applications',
    onlyIf: thirdPartiesOnly,
    grants: consentGrants(
      'listApplicationUserConsentScopes',
      'createApplicationUserConsentScope',
      'deleteApplicationUserConsentScope',
    ),
  },
  {
    name: 'dynamicClients',
    title: 'dynamic clients (CIMD)',
    about:
      'Clients that describe themselves by a client id metadata document (CIMD): whether they are allowed, and the scopes that they may ask users for.',
    form: 'one',
    key: [],
    list: 'getCimdConfig',
    update: { operation: 'updateCimdConfig' },
    // Logto answers addConsentPromptForOfflineAccess only if it was set.
    sparse: true,
    grants: consentGrants(
      'listCimdUserConsentScopes',
      'assignCimdUserConsentScopes',
      'deleteCimdUserConsentScope',
    ),
  },
  {
    name: 'applicationSignInExperiences',
    title: 'sign-in experience of the application',
    about: 'Name, logo, colours, CSS and links of one application at sign-in.',
    form: 'list',
    key: ['application'],
    of: 'applications',
    onlyIf: notMachines,
    read: 'getApplicationSignInExperience',
    create: { operation: 'replaceApplicationSignInExperience' },
    update: { operation: 'replaceApplicationSignInExperience' },
    remove: 'replaceApplicationSignInExperience',
    removeValues: {
      color: {},
      branding: {},
      customCss: null,
      displayName: null,
      termsOfUseUrl: null,
      privacyPolicyUrl: null,
    },
    texts: true,
  },
  {
    name: 'connectors',
    title: 'connector',
    about:
      'Social sign-in, e-mail and SMS. Connectors of a protocol, such as OIDC, are told apart by metadata.target.',
    form: 'list',
    key: ['connectorId', 'metadata.target'],
    list: 'listConnectors',
    create: { operation: 'createConnector' },
    update: { operation: 'updateConnector' },
    remove: 'deleteConnector',
    omit: { id: 'it differs from tenant to tenant' },
    replaces: { factories: 'listConnectorFactories', member: 'type', values: ['Email', 'Sms'] },
  },
  {
    name: 'ssoConnectors',
    title: 'SSO connector',
    about: 'Enterprise single sign-on with identity providers of customers.',
    form: 'list',
    key: ['connectorName'],
    list: 'listSsoConnectors',
    create: { operation: 'createSsoConnector' },
    update: { operation: 'updateSsoConnector' },
    remove: 'deleteSsoConnector',
    lowerCase: ['domains'],
  },
  {
    name: 'emailTemplates',
    title: 'e-mail template',
    about: 'Texts of the e-mails that Logto sends, by language and occasion.',
    form: 'list',
    key: ['languageTag', 'templateType'],
    list: 'listEmailTemplates',
    create: { operation: 'replaceEmailTemplates', wrap: { list: 'templates' } },
    update: { operation: 'replaceEmailTemplates', wrap: { list: 'templates' }, complete: true },
    remove: 'deleteEmailTemplate',
    texts: true,
  },
  {
    name: 'phrases',
    title: 'set of phrases',
    about: 'Texts of the sign-in page that override those of Logto, by language.',
    form: 'list',
    key: ['languageTag'],
    id: 'languageTag',
    list: 'listCustomPhrases',
    create: { operation: 'replaceCustomPhrase' },
    update: { operation: 'replaceCustomPhrase' },
    remove: 'deleteCustomPhrase',
    texts: true,
  },
  {
    name: 'profileFields',
    title: 'profile field',
    about:
      'Fields that users are asked for, in the order of sieOrder. signUpProfileFields of the sign-in experience selects those of the registration.',
    form: 'list',
    key: ['name'],
    id: 'name',
    list: 'listCustomProfileFields',
    create: { operation: 'createCustomProfileField', wrap: { whole: 'field' } },
    update: {
      operation: 'updateCustomProfileFieldByName',
      wrap: { whole: 'field' },
      complete: true,
    },
    settings: [
      {
        member: 'sieOrder',
        operation: 'updateCustomProfileFieldsSieOrder',
        list: 'order',
        isAssigned: true,
      },
    ],
    remove: 'deleteCustomProfileFieldByName',
  },
  {
    name: 'accountCenter',
    title: 'account center',
    about: 'What signed-in users may see and change in their account.',
    form: 'one',
    key: [],
    list: 'getAccountCenterSettings',
    update: { operation: 'updateAccountCenterSettings' },
    ordered: ['profileFields'],
    texts: true,
  },
  {
    name: 'captcha',
    title: 'captcha provider',
    about:
      'The captcha provider. Whether it is asked for is captchaPolicy of the sign-in experience.',
    form: 'one',
    key: [],
    list: 'getCaptchaProvider',
    create: { operation: 'updateCaptchaProvider' },
    update: { operation: 'updateCaptchaProvider' },
    remove: 'deleteCaptchaProvider',
    sparse: true,
  },
  {
    name: 'signInExperience',
    title: 'sign-in experience',
    about: 'How users register and sign in: look, texts, methods, MFA, password rules, languages.',
    form: 'one',
    key: [],
    list: 'getSignInExp',
    update: { operation: 'updateSignInExp' },
    omit: { customUiAssets: 'an uploaded page is a file of one tenant, which has no name' },
    ordered: ['socialSignInConnectorTargets', 'signUp.identifiers'],
    texts: true,
  },
  {
    name: 'sessionConfig',
    title: 'session settings',
    about: 'How long users stay signed in.',
    form: 'one',
    key: [],
    list: 'getOidcSessionConfig',
    update: { operation: 'updateOidcSessionConfig' },
    defaults: { ttl: 1_209_600 },
    sparse: true,
  },
  {
    name: 'idTokenConfig',
    title: 'ID token settings',
    about: 'Which extended claims ID tokens contain.',
    form: 'one',
    key: [],
    list: 'getIdTokenConfig',
    update: { operation: 'upsertIdTokenConfig' },
    sparse: true,
  },
  {
    name: 'tokenCustomizers',
    title: 'token customizer',
    about: 'Scripts that add claims to access tokens.',
    form: 'list',
    key: ['tokenTypePath'],
    id: 'tokenTypePath',
    list: 'listJwtCustomizers',
    recordIn: 'value',
    renamed: {
      tokenTypePath: {
        from: 'key',
        values: {
          'jwt.accessToken': 'access-token',
          'jwt.clientCredentials': 'client-credentials',
        },
      },
    },
    create: { operation: 'upsertJwtCustomizer' },
    update: { operation: 'upsertJwtCustomizer', complete: true },
    remove: 'deleteJwtCustomizer',
    sparse: true,
  },
  {
    name: 'actions',
    title: 'action',
    about: 'Scripts that run at sign-in.',
    form: 'list',
    key: ['actionType'],
    id: 'actionType',
    list: 'listActions',
    recordIn: 'value',
    renamed: { actionType: { from: 'key', values: {} } },
    create: { operation: 'upsertAction' },
    update: { operation: 'upsertAction', complete: true },
    remove: 'deleteAction',
    sparse: true,
  },
  {
    name: 'hooks',
    title: 'webhook',
    about: 'Webhooks. A new one is created disabled, and enabled when everything else is done.',
    form: 'list',
    key: ['name'],
    list: 'listHooks',
    create: { operation: 'createHook' },
    update: { operation: 'updateHook' },
    remove: 'deleteHook',
    omit: {
      event: 'the former form of events',
      createdAt: 'it is a time of one tenant',
    },
    defaults: { enabled: true },
    enableLast: 'enabled',
  },
];

const byName = new Map(kinds.map((kind) => [kind.name, kind]));

/** The kind of this name. @throws Error for a name that the table does not have */
export function kindOf(name: KindName): Kind {
  const kind = byName.get(name);
  if (kind === undefined) {
    throw new Error(`There is no kind ${name}.`);
  }
  return kind;
}

/** Whether a word is the name of a kind. */
export const isKindName = (word: string): word is KindName =>
  kinds.some(({ name }) => name === word);

/** The kinds at the top level of a manifest; the others are inside one of these. */
export const topLevelKinds: readonly Kind[] = kinds.filter(({ within }) => within === undefined);

/** The kinds that a kind refers to. */
export const referencesOf = ({ grants = [], within, of }: Kind): readonly KindName[] => [
  ...new Set(
    [within?.kind, of, ...grants.map(({ to }) => to)].filter((name) => name !== undefined),
  ),
];

/** These kinds with everything that they refer to and contain, in the order of the table. */
export function withReferencedKinds(names: Iterable<KindName>): readonly Kind[] {
  const included = new Set(names);
  const waiting = [...included];
  const visit = (name: KindName): void => {
    if (!included.has(name)) {
      included.add(name);
      waiting.push(name);
    }
  };
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const parent = name;
    referencesOf(kindOf(parent)).forEach(visit);
    for (const inner of kinds.filter(({ within }) => within?.kind === parent)) {
      visit(inner.name);
    }
  }
  return kinds.filter(({ name }) => included.has(name));
}
