/**
 * Deliberate differences, made directly in a tenant that has the full manifest: through the API, not through a manifest.
 * They are of every kind.
 */
import { isObject, objectsIn } from '../../src/json.js';
import type { KindName } from '../../src/manifest/kind.js';
import type { Step } from '../../src/manifest/steps.js';
import type { TenantUnderTest, Values } from './harness.js';

type Send = TenantUnderTest['send'];

/** Things of the tenant by their names. */
interface Api {
  readonly send: Send;
  /** The record of a list with these values. */
  find(
    list: string,
    values: Values,
    arguments_?: Values,
  ): Promise<Values & { readonly id: string }>;
}

interface Deliberate {
  readonly kind: KindName;
  readonly key: string;
  /** Members that differ then, or what an apply would do about the whole thing. */
  readonly found: readonly string[] | 'create' | 'unmanaged';
  readonly make: (api: Api) => Promise<unknown>;
}

const BIKES = 'https://bikes.example/api';
const PARTS = 'https://bikes.example/parts';

const member = (value: unknown, name: string): Values => {
  const inner = isObject(value) ? value[name] : undefined;
  return isObject(inner) ? inner : {};
};

/** Changes a thing that a list has under a name. */
const change =
  (list: string, name: Values, update: string, values: Values, path = 'id') =>
  async ({ find, send }: Api): Promise<unknown> =>
    send(update, { [path]: (await find(list, name)).id, ...values });

const resource = (indicator: string, values: Values) =>
  change('listResources', { indicator }, 'updateResource', values);

const scope = (name: string, values: Values) => async (api: Api) => {
  const { id: resourceId } = await api.find('listResources', { indicator: BIKES });
  const { id: scopeId } = await api.find('listResourceScopes', { name }, { resourceId });
  return api.send('updateResourceScope', { resourceId, scopeId, ...values });
};

const scopeId = async (api: Api, name: string): Promise<string> => {
  const { id: resourceId } = await api.find('listResources', { indicator: BIKES });
  return (await api.find('listResourceScopes', { name }, { resourceId })).id;
};

const role = (name: string, values: Values) => change('listRoles', { name }, 'updateRole', values);

const application = (name: string, values: Values) =>
  change('listApplications', { name }, 'updateApplication', values);

const branding = (name: string, values: Values) =>
  change(
    'listApplications',
    { name },
    'replaceApplicationSignInExperience',
    values,
    'applicationId',
  );

/** Changes members of the settings of a connector, which an update replaces as a whole. */
const connectorConfig =
  (connectorId: string, values: Values) =>
  async ({ find, send }: Api) => {
    const { id, config } = await find('listConnectors', { connectorId });
    return send('updateConnector', { id, config: { ...member({ config }, 'config'), ...values } });
  };

const experience =
  (values: Values) =>
  ({ send }: Api) =>
    send('updateSignInExp', values);

/** Changes members of an object of the sign-in experience, which an update replaces as a whole. */
const experiencePart =
  (name: string, values: Values) =>
  async ({ send }: Api) => {
    const current = member(await send('getSignInExp'), name);
    return send('updateSignInExp', { [name]: { ...current, ...values } });
  };

const send =
  (operation: string, values: Values) =>
  ({ send: call }: Api) =>
    call(operation, values);

const field = (name: string, values: Values) => async (api: Api) => {
  const { type, label, required, config } = await api.find('listCustomProfileFields', { name });
  const current = { name, type, label, required, config };
  return api.send('updateCustomProfileFieldByName', {
    name,
    field: { ...current, ...values },
  });
};

const SHOP = 'Bike shop';
const ACTION = 'action.postSignIn';

export const deliberate: readonly Deliberate[] = [
  {
    kind: 'resources',
    key: BIKES,
    found: ['name', 'accessTokenTtl'],
    make: resource(BIKES, { name: 'Cycles API', accessTokenTtl: 7200 }),
  },
  {
    kind: 'resources',
    key: BIKES,
    found: ['isDefault'],
    make: change('listResources', { indicator: BIKES }, 'updateResourceIsDefault', {
      isDefault: false,
    }),
  },
  {
    kind: 'resources',
    key: PARTS,
    found: ['name', 'accessTokenTtl'],
    make: resource(PARTS, { name: 'Pieces', accessTokenTtl: 601 }),
  },
  {
    kind: 'resources',
    key: 'https://extra.example',
    found: 'unmanaged',
    make: send('createResource', { name: 'Extra', indicator: 'https://extra.example' }),
  },
  {
    kind: 'scopes',
    key: `${BIKES} read:bikes`,
    found: ['description'],
    make: scope('read:bikes', { description: 'Changed' }),
  },
  {
    kind: 'scopes',
    key: `${BIKES} write:bikes`,
    found: ['description'],
    make: scope('write:bikes', { description: 'Set by hand' }),
  },
  {
    kind: 'scopes',
    key: `${BIKES} drive:bikes`,
    found: 'unmanaged',
    make: async ({ find, send: call }) =>
      call('createResourceScope', {
        resourceId: (await find('listResources', { indicator: BIKES })).id,
        name: 'drive:bikes',
      }),
  },
  {
    kind: 'scopes',
    key: `${PARTS} read:parts`,
    found: 'create',
    make: async ({ find, send: call }) => {
      const { id: resourceId } = await find('listResources', { indicator: PARTS });
      const { id } = await find('listResourceScopes', { name: 'read:parts' }, { resourceId });
      return call('deleteResourceScope', { resourceId, scopeId: id });
    },
  },
  {
    kind: 'organizationScopes',
    key: 'invite:member',
    found: ['description'],
    make: change('listOrganizationScopes', { name: 'invite:member' }, 'updateOrganizationScope', {
      description: 'Changed',
    }),
  },
  {
    kind: 'organizationScopes',
    key: 'see:bills',
    found: ['description'],
    make: change('listOrganizationScopes', { name: 'see:bills' }, 'updateOrganizationScope', {
      description: 'Set by hand',
    }),
  },
  {
    kind: 'organizationScopes',
    key: 'extra:scope',
    found: 'unmanaged',
    make: send('createOrganizationScope', { name: 'extra:scope' }),
  },
  {
    kind: 'organizationRoles',
    key: 'Owner',
    found: ['description'],
    make: change('listOrganizationRoles', { name: 'Owner' }, 'updateOrganizationRole', {
      description: 'Changed',
    }),
  },
  {
    kind: 'organizationRoles',
    key: 'Owner',
    found: ['scopes'],
    make: async ({ find, send: call }) =>
      call('deleteOrganizationRoleScope', {
        id: (await find('listOrganizationRoles', { name: 'Owner' })).id,
        organizationScopeId: (await find('listOrganizationScopes', { name: 'see:bills' })).id,
      }),
  },
  {
    kind: 'organizationRoles',
    key: 'Owner',
    found: ['resourceScopes'],
    make: async (api) =>
      api.send('createOrganizationRoleResourceScope', {
        id: (await api.find('listOrganizationRoles', { name: 'Owner' })).id,
        scopeIds: [await scopeId(api, 'write:bikes')],
      }),
  },
  {
    kind: 'organizationRoles',
    key: 'Robot',
    found: ['description'],
    make: change('listOrganizationRoles', { name: 'Robot' }, 'updateOrganizationRole', {
      description: 'Set by hand',
    }),
  },
  {
    kind: 'organizationRoles',
    key: 'Extra',
    found: 'unmanaged',
    make: send('createOrganizationRole', { name: 'Extra' }),
  },
  {
    kind: 'roles',
    key: 'Bike reader',
    found: ['description'],
    make: role('Bike reader', { description: 'Changed' }),
  },
  {
    kind: 'roles',
    key: 'Bike reader',
    found: ['scopes'],
    make: async (api) =>
      api.send('createRoleScope', {
        id: (await api.find('listRoles', { name: 'Bike reader' })).id,
        scopeIds: [await scopeId(api, 'write:bikes')],
      }),
  },
  {
    kind: 'roles',
    key: 'Bike robot',
    found: ['scopes'],
    make: async (api) =>
      api.send('deleteRoleScope', {
        id: (await api.find('listRoles', { name: 'Bike robot' })).id,
        scopeId: await scopeId(api, 'write:bikes'),
      }),
  },
  {
    kind: 'roles',
    key: 'Everyone',
    found: ['description', 'isDefault'],
    make: role('Everyone', { description: 'Changed', isDefault: false }),
  },
  {
    kind: 'roles',
    key: 'Extra',
    found: 'unmanaged',
    make: send('createRole', { name: 'Extra', description: 'Made by hand' }),
  },
  {
    kind: 'applications',
    key: SHOP,
    found: [
      'description',
      'oidcClientMetadata.redirectUris',
      'customClientMetadata.refreshTokenTtlInDays',
      'customClientMetadata.corsAllowedOrigins',
      'customData.team',
      'customData.extra',
    ],
    make: application(SHOP, {
      description: 'Changed',
      oidcClientMetadata: {
        redirectUris: ['https://bikes.example/callback'],
        postLogoutRedirectUris: ['https://bikes.example/'],
      },
      customClientMetadata: {
        corsAllowedOrigins: ['https://other.example'],
        refreshTokenTtlInDays: 31,
      },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a text that looks like a variable
      customData: { team: 'app', price: '${PRICE} is no variable', extra: 1 },
    }),
  },
  {
    kind: 'applications',
    key: 'Bike sync',
    found: ['description'],
    make: application('Bike sync', { description: 'Set by hand' }),
  },
  {
    kind: 'applications',
    key: 'Bike sync',
    found: ['roles'],
    make: async ({ find, send: call }) =>
      call('deleteApplicationRole', {
        applicationId: (await find('listApplications', { name: 'Bike sync' })).id,
        roleId: (await find('listRoles', { name: 'Bike robot' })).id,
      }),
  },
  {
    kind: 'applications',
    key: 'Dealers',
    found: ['description'],
    make: application('Dealers', { description: 'Set by hand' }),
  },
  {
    kind: 'applications',
    key: 'Extra',
    found: 'unmanaged',
    make: send('createApplication', { name: 'Extra', type: 'SPA' }),
  },
  {
    kind: 'consentScopes',
    key: 'Dealers',
    found: ['organizationScopes', 'organizationResourceScopes', 'userScopes'],
    make: async (api) =>
      api.send('createApplicationUserConsentScope', {
        applicationId: (await api.find('listApplications', { name: 'Dealers' })).id,
        organizationScopes: [
          (await api.find('listOrganizationScopes', { name: 'invite:member' })).id,
        ],
        organizationResourceScopes: [await scopeId(api, 'read:bikes')],
        userScopes: ['phone'],
      }),
  },
  {
    kind: 'consentScopes',
    key: 'Dealers',
    found: ['resourceScopes'],
    make: async (api) =>
      api.send('deleteApplicationUserConsentScope', {
        applicationId: (await api.find('listApplications', { name: 'Dealers' })).id,
        scopeType: 'resource-scopes',
        scopeId: await scopeId(api, 'read:bikes'),
      }),
  },
  {
    kind: 'dynamicClients',
    key: '',
    found: ['organizationResourceScopes', 'userScopes'],
    make: async (api) =>
      api.send('assignCimdUserConsentScopes', {
        organizationResourceScopes: [await scopeId(api, 'read:bikes')],
        userScopes: ['phone'],
      }),
  },
  {
    kind: 'dynamicClients',
    key: '',
    found: ['resourceScopes'],
    make: async (api) =>
      api.send('deleteCimdUserConsentScope', {
        scopeType: 'resource-scopes',
        scopeId: await scopeId(api, 'read:bikes'),
      }),
  },
  {
    kind: 'applicationSignInExperiences',
    key: SHOP,
    found: [
      'displayName',
      'color.primaryColor',
      'branding.logoUrl',
      'termsOfUseUrl',
      'privacyPolicyUrl',
    ],
    make: branding(SHOP, {
      displayName: 'Cycles',
      color: { primaryColor: '#111111', isDarkModeEnabled: false },
      branding: { logoUrl: 'https://bikes.example/other.png' },
      termsOfUseUrl: 'https://bikes.example/new-terms',
      privacyPolicyUrl: 'https://bikes.example/privacy',
    }),
  },
  {
    kind: 'applicationSignInExperiences',
    key: 'Dealers',
    found: ['displayName', 'customCss'],
    make: branding('Dealers', { displayName: 'Changed', customCss: 'body { color: red; }' }),
  },
  {
    kind: 'connectors',
    key: 'google-universal',
    found: ['config.clientId', 'config.clientSecret'],
    make: connectorConfig('google-universal', {
      clientId: 'other',
      clientSecret: 'changed-by-hand',
    }),
  },
  {
    kind: 'connectors',
    key: 'oidc acme',
    found: ['config.scope'],
    make: connectorConfig('oidc', { scope: 'openid email' }),
  },
  {
    kind: 'connectors',
    key: 'oidc acme',
    found: ['syncProfile'],
    make: change('listConnectors', { connectorId: 'oidc' }, 'updateConnector', {
      syncProfile: false,
    }),
  },
  {
    kind: 'connectors',
    key: 'simple-mail-transfer-protocol',
    found: ['config.fromEmail'],
    make: connectorConfig('simple-mail-transfer-protocol', { fromEmail: 'other@bikes.example' }),
  },
  {
    kind: 'ssoConnectors',
    key: 'Dealer group',
    found: ['domains', 'branding.displayName'],
    make: change('listSsoConnectors', { connectorName: 'Dealer group' }, 'updateSsoConnector', {
      domains: ['dealers.example', 'other.example'],
      branding: { displayName: 'Changed' },
    }),
  },
  {
    kind: 'ssoConnectors',
    key: 'Dealer group',
    found: ['syncProfile'],
    make: change('listSsoConnectors', { connectorName: 'Dealer group' }, 'updateSsoConnector', {
      syncProfile: true,
    }),
  },
  {
    kind: 'emailTemplates',
    key: 'en SignIn',
    found: ['details.subject', 'details.content'],
    make: change(
      'listEmailTemplates',
      { languageTag: 'en', templateType: 'SignIn' },
      'updateEmailTemplateDetails',
      { subject: 'Changed', content: 'Code: {{code}}' },
    ),
  },
  {
    kind: 'emailTemplates',
    key: 'de Register',
    found: ['details.subject'],
    make: change(
      'listEmailTemplates',
      { languageTag: 'de', templateType: 'Register' },
      'updateEmailTemplateDetails',
      { subject: 'Hallo' },
    ),
  },
  {
    kind: 'phrases',
    key: 'fr',
    found: ['translation.input.username'],
    make: send('replaceCustomPhrase', {
      languageTag: 'fr',
      translation: { input: { username: 'Nom', password: 'Mot de passe' } },
    }),
  },
  {
    kind: 'phrases',
    key: 'de',
    found: 'unmanaged',
    make: send('replaceCustomPhrase', {
      languageTag: 'de',
      translation: { input: { username: 'Name' } },
    }),
  },
  {
    kind: 'profileFields',
    key: 'shoeSize',
    found: ['label', 'config.maxValue'],
    make: field('shoeSize', { label: 'Size', config: { minValue: 20, maxValue: 70 } }),
  },
  {
    kind: 'profileFields',
    key: 'nickname2',
    found: ['required'],
    make: field('nickname2', { required: false }),
  },
  {
    kind: 'profileFields',
    key: 'shoeSize',
    found: ['sieOrder'],
    make: send('updateCustomProfileFieldsSieOrder', { order: [{ name: 'shoeSize', sieOrder: 5 }] }),
  },
  {
    kind: 'accountCenter',
    key: '',
    found: ['fields.email', 'fields.name', 'profileFields'],
    make: send('updateAccountCenterSettings', {
      fields: { name: 'ReadOnly', email: 'Edit', password: 'Edit' },
      profileFields: [{ name: 'shoeSize' }, { name: 'nickname2' }],
    }),
  },
  {
    kind: 'captcha',
    key: '',
    found: ['config.siteKey', 'config.secretKey'],
    make: send('updateCaptchaProvider', {
      config: { type: 'Turnstile', siteKey: 'other', secretKey: 'changed-by-hand' },
    }),
  },
  {
    kind: 'signInExperience',
    key: '',
    found: ['color.primaryColor'],
    make: experiencePart('color', { primaryColor: '#654321' }),
  },
  {
    kind: 'signInExperience',
    key: '',
    found: ['branding.logoUrl'],
    make: experiencePart('branding', { logoUrl: 'https://bikes.example/new.png' }),
  },
  {
    kind: 'signInExperience',
    key: '',
    found: ['supportEmail', 'termsOfUseUrl'],
    make: experience({
      supportEmail: 'other@bikes.example',
      termsOfUseUrl: 'https://bikes.example/terms',
    }),
  },
  {
    kind: 'signInExperience',
    key: '',
    found: ['socialSignInConnectorTargets'],
    make: experience({ socialSignInConnectorTargets: ['google', 'acme'] }),
  },
  {
    kind: 'signInExperience',
    key: '',
    found: ['passwordPolicy.length.min'],
    make: async ({ send: call }) => {
      const policy = member(await call('getSignInExp'), 'passwordPolicy');
      return call('updateSignInExp', {
        passwordPolicy: { ...policy, length: { ...member(policy, 'length'), min: 13 } },
      });
    },
  },
  {
    kind: 'signInExperience',
    key: '',
    found: ['mfa.policy'],
    make: experiencePart('mfa', { policy: 'Mandatory' }),
  },
  {
    kind: 'signInExperience',
    key: '',
    found: ['sentinelPolicy.maxAttempts'],
    make: experiencePart('sentinelPolicy', { maxAttempts: 21 }),
  },
  {
    kind: 'signInExperience',
    key: '',
    found: ['languageInfo.autoDetect'],
    make: experiencePart('languageInfo', { autoDetect: false }),
  },
  {
    kind: 'signInExperience',
    key: '',
    found: ['singleSignOnEnabled'],
    make: experience({ singleSignOnEnabled: false }),
  },
  {
    kind: 'signInExperience',
    key: '',
    found: ['customCss'],
    make: experience({ customCss: 'body { color: blue; }' }),
  },
  {
    kind: 'sessionConfig',
    key: '',
    found: ['ttl'],
    make: send('updateOidcSessionConfig', { ttl: 3600 }),
  },
  {
    kind: 'idTokenConfig',
    key: '',
    found: ['enabledExtendedClaims'],
    make: send('upsertIdTokenConfig', { enabledExtendedClaims: ['roles'] }),
  },
  {
    kind: 'tokenCustomizers',
    key: 'access-token',
    found: ['script', 'environmentVariables.LICENSE'],
    make: send('upsertJwtCustomizer', {
      tokenTypePath: 'access-token',
      script: 'const getCustomJwtClaims = async () => ({});',
      environmentVariables: { LICENSE: 'changed-by-hand' },
    }),
  },
  {
    kind: 'actions',
    key: ACTION,
    found: ['enabled', 'onExecutionError'],
    make: send('updateAction', { actionType: ACTION, enabled: false, onExecutionError: 'block' }),
  },
  {
    kind: 'hooks',
    key: 'Signups',
    found: ['events', 'enabled'],
    make: change('listHooks', { name: 'Signups' }, 'updateHook', {
      events: ['User.Created'],
      enabled: false,
    }),
  },
  {
    kind: 'hooks',
    key: 'Asleep',
    found: ['config.url', 'enabled'],
    make: change('listHooks', { name: 'Asleep' }, 'updateHook', {
      config: { url: 'https://bikes.example/awake' },
      enabled: true,
    }),
  },
  {
    kind: 'hooks',
    key: 'Extra',
    found: 'unmanaged',
    make: send('createHook', {
      name: 'Extra',
      events: ['User.Deleted'],
      config: { url: 'https://bikes.example/extra' },
    }),
  },
];

/** A difference as a text: `roles "Bike reader" description`. */
const textOf = (kind: string, key: string, what: string): string => `${kind} "${key}" ${what}`;

/** What a comparison must find, sorted. */
export const expected: readonly string[] = deliberate
  .flatMap(({ kind, key, found }) =>
    (typeof found === 'string' ? [found] : found).map((what) => textOf(kind, key, what)),
  )
  .sort();

/** What a comparison has found, in the same form. */
export const foundIn = (steps: readonly Step[]): readonly string[] =>
  steps
    .flatMap(({ kind, key, action, fields = [] }) =>
      action === 'change'
        ? fields.map((item) => textOf(kind, key, item.member))
        : [textOf(kind, key, action)],
    )
    .sort();

/** Makes every difference in a tenant that has the full manifest, one after the other. */
export async function makeDifferences({
  send: call,
}: Pick<TenantUnderTest, 'send'>): Promise<void> {
  const api: Api = {
    send: call,
    async find(list, values, arguments_ = {}) {
      const record = objectsIn(await call(list, arguments_)).find((item) =>
        Object.entries(values).every(([name, value]) => item[name] === value),
      );
      const id = record?.['id'];
      if (record === undefined || typeof id !== 'string') {
        throw new Error(`${list} has no ${JSON.stringify(values)}.`);
      }
      return { ...record, id };
    },
  };
  for (const { make } of deliberate) {
    await make(api);
  }
}
