/** Which calls carry which risk: the rules of the catalog, and the conditions they share. */
import { describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { toolName, Whole } from '../../src/catalog/operation.js';
import { matchingRules, type RiskInput, risks, rulesOf } from '../../src/catalog/risk.js';
import {
  addressChangedWithKeptSecrets,
  clears,
  gainsMembers,
  isAddressName,
  isPublicMailDomain,
  isSecretName,
  lastIdentifier,
  loadsFromElsewhere,
  loosensMfa,
  loosensPasswordPolicy,
  losesEntries,
  losesMembers,
  namesPublicMailDomain,
  newHost,
  overwritesMembers,
  overwritesSecrets,
  turnsOff,
  turnsOn,
  widensAccess,
  widensAccountFields,
} from '../../src/catalog/risk-rules.js';
import { isObject } from '../../src/json.js';

const operations = new Map(
  Object.values(catalog).flatMap((domain) =>
    Object.entries(domain.operations).map(
      ([key, operation]) => [toolName(key, operation), operation] as const,
    ),
  ),
);

const operationOf = (name: string) => {
  const operation = operations.get(name);
  if (operation === undefined) {
    throw new Error(`There is no ${name}.`);
  }
  return operation;
};

/** Merges as the guard does: objects by member, everything else replaced. */
const merged = (before: unknown, change: unknown): unknown =>
  isObject(before) && isObject(change)
    ? {
        ...before,
        ...Object.fromEntries(
          Object.entries(change).map(([name, value]) => [name, merged(before[name], value)]),
        ),
      }
    : change;

/** An update of `before` with these arguments. */
const update = (before: unknown, values: Record<string, unknown>): RiskInput => ({
  values,
  before,
  after: before === undefined ? undefined : merged(before ?? {}, values),
});

/** A replaced set, or a create that displaces nothing. */
const replace = (members: readonly unknown[], values: Record<string, unknown>): RiskInput => ({
  values,
  before: members,
  after: undefined,
});

/** The risks of a call, with a star if they depend on who has the Management API. */
const risksOfCall = (name: string, input: RiskInput): string[] => [
  ...new Set(
    matchingRules(operationOf(name).risk, input).map(
      ({ risk, ifPrivileged }) => `${risk}${ifPrivileged === undefined ? '' : '*'}`,
    ),
  ),
];

const writes = [...operations].filter(([, { effect }]) => effect !== 'reads');

describe('every write', () => {
  it('states its risk, and reads state none', () => {
    for (const [name, { effect, risk }] of operations) {
      expect(risk === undefined, name).toBe(effect === 'reads');
    }
    expect(writes.length).toBeGreaterThan(150);
  });

  it.each(writes)('%s has rules that can apply, over its arguments', (_, operation) => {
    const names = [
      ...Object.keys(operation.path),
      ...Object.keys(operation.query ?? {}),
      ...(operation.body instanceof Whole
        ? [operation.body.argument]
        : Object.keys(operation.body ?? {})),
    ];
    for (const { risk, because, fields, ifPrivileged } of rulesOf(operation.risk)) {
      expect(risks).toContain(risk);
      expect(because).toMatch(/^[a-z].*[^.]$/i);
      for (const path of [...(fields ?? []), ...(ifPrivileged ?? [])]) {
        expect(names).toContain(path.split('.')[0]);
      }
    }
  });

  it.each(writes)(
    '%s carries its worst risk when the current state could not be read',
    (_, operation) => {
      // Every field gets a value that no condition can consider harmless.
      const removes = operation.effect === 'removes';
      expect(removes ? operation.risks.includes('destructive') : true).toBe(true);
      expect(operation.asks === 'never').toBe(operation.risk === 'none');
    },
  );

  it.each(writes.filter(([, { method }]) => method === 'DELETE'))(
    '%s is destructive at every call',
    (_, { risk }) => {
      expect(
        matchingRules(risk, { values: {}, before: undefined, after: undefined }).map(
          ({ risk }) => risk,
        ),
      ).toContain('destructive');
    },
  );
});

const user = { id: 'u', username: 'olga', primaryEmail: 'olga@example.com', primaryPhone: null };
const application = {
  name: 'Shop',
  oidcClientMetadata: {
    redirectUris: ['https://shop.example.com/callback', 'http://localhost:3000/callback'],
    postLogoutRedirectUris: ['https://shop.example.com'],
  },
  customClientMetadata: { corsAllowedOrigins: ['https://shop.example.com'] },
};
const signIn = {
  color: { primaryColor: '#000000' },
  branding: {},
  signInMode: 'SignInAndRegister',
  mfa: { factors: ['Totp'], policy: 'PromptOnlyAtSignIn' },
  socialSignInConnectorTargets: ['google'],
  passwordPolicy: { length: { min: 8 }, rejects: { pwned: true } },
  captchaPolicy: { enabled: true },
  sentinelPolicy: { maxAttempts: 10, lockoutDuration: 60 },
  termsOfUseUrl: null,
  customCss: null,
};
const hook = {
  name: 'Audit',
  events: ['User.Created'],
  config: { url: 'https://hooks.example.com/in', headers: { Authorization: 'Bearer x' } },
  enabled: true,
};
const connector = {
  config: { clientId: 'c', clientSecret: 's', tokenEndpoint: 'https://login.example.com/token' },
  metadata: { target: 'example', name: { en: 'Example' } },
};

describe('everyday calls carry no risk', () => {
  const calls: [string, RiskInput][] = [
    ['update_user_is_suspended', update(user, { isSuspended: true })],
    ['update_user_is_suspended', update(user, { isSuspended: false })],
    ['create_user', replace([], { primaryEmail: 'new@example.com', password: 'x' })],
    ['update_user', update(user, { name: 'Olga' })],
    ['update_user', update(user, { customData: { plan: 'trial' } })],
    ['update_user_custom_data', update({}, { customData: { plan: 'trial' } })],
    ['update_user_profile', update({}, { profile: { nickname: 'O' } })],
    ['replace_user_roles', replace(['a'], { roleIds: ['a', 'b'] })],
    ['create_role_user', replace([], { userIds: ['u'] })],
    ['create_resource', replace([], { name: 'Orders', indicator: 'https://orders.example' })],
    ['create_resource_scope', replace([], { name: 'read:orders' })],
    [
      'create_application',
      replace([], {
        type: 'SPA',
        oidcClientMetadata: {
          redirectUris: ['http://localhost:5173/callback', 'http://127.0.0.1:8080/cb'],
          postLogoutRedirectUris: ['http://[::1]:3000'],
        },
      }),
    ],
    ['create_application', replace([], { name: 'Job', type: 'MachineToMachine' })],
    ['update_application', update(application, { name: 'Shop 2' })],
    [
      'update_application',
      update(application, {
        oidcClientMetadata: {
          redirectUris: [
            'https://shop.example.com/callback',
            'http://localhost:3000/callback',
            'https://shop.example.com/other',
            'http://localhost:9999/x',
          ],
        },
      }),
    ],
    [
      'update_application',
      update(application, { customClientMetadata: { refreshTokenTtlInDays: 30 } }),
    ],
    ['create_organization', replace([], { name: 'Acme' })],
    ['update_organization', update({ name: 'Acme' }, { name: 'Acme Ltd' })],
    ['update_organization', update({ isMfaRequired: false }, { isMfaRequired: true })],
    ['add_organization_users', replace([], { userIds: ['u'] })],
    [
      'create_organization_invitation',
      replace([], { invitee: 'a@b.example', messagePayload: false }),
    ],
    [
      'create_organization_jit_email_domain',
      replace(['old.example'], { id: 'o', emailDomain: 'acme.example' }),
    ],
    ['update_sign_in_exp', update(signIn, { color: { primaryColor: '#ff0000' } })],
    ['update_sign_in_exp', update(signIn, { branding: { logoUrl: 'https://cdn.example/x.png' } })],
    ['update_sign_in_exp', update(signIn, { termsOfUseUrl: 'https://example.com/terms' })],
    ['update_sign_in_exp', update(signIn, { hideLogtoBranding: true })],
    ['update_sign_in_exp', update(signIn, { mfa: { policy: 'Mandatory' } })],
    ['update_sign_in_exp', update(signIn, { mfa: { factors: ['Totp', 'WebAuthn'] } })],
    ['update_sign_in_exp', update(signIn, { passwordPolicy: { length: { min: 12 } } })],
    ['update_sign_in_exp', update(signIn, { customCss: '.logo { color: red }' })],
    ['update_connector', update(connector, { metadata: { name: { en: 'Our Example' } } })],
    ['update_connector', update(connector, { syncProfile: true })],
    ['update_hook', update(hook, { name: 'Audit log' })],
    ['update_hook', update(hook, { enabled: false })],
    ['replace_custom_phrase', update({}, { translation: { input: { username: 'Login' } } })],
    ['update_sso_connector', update({ connectorName: 'A' }, { connectorName: 'B' })],
  ];
  it.each(calls)('%s', (name, input) => {
    expect(risksOfCall(name, input).filter((risk) => !risk.endsWith('*'))).toEqual([]);
  });
});

describe('dangerous calls carry their risk', () => {
  const calls: [string, RiskInput, string][] = [
    ['update_user', update(user, { primaryEmail: 'evil@example.com' }), 'credential*'],
    ['update_user', update({ primaryEmail: 'a@b.example' }, { primaryEmail: null }), 'credential'],
    ['update_user_password', update(user, { password: 'x' }), 'credential'],
    ['verify_user_password', replace([], { password: 'x' }), 'credential'],
    [
      'update_user_logto_configs',
      update({ mfa: {} }, { mfa: { skipMfaOnSignIn: true } }),
      'credential',
    ],
    ['create_user_mfa_verification', replace([], {}), 'credential'],
    ['create_user_personal_access_token', replace([], { name: 'x' }), 'credential'],
    ['create_subject_token', replace([], { userId: 'u' }), 'credential'],
    ['replace_user_identity', update(null, { userId: 'x' }), 'credential'],
    ['add_one_time_tokens', replace([], { email: 'a@b.example' }), 'credential'],
    ['create_application_secret', replace([], { name: 'x' }), 'credential'],
    ['assign_user_roles', replace([], { roleIds: ['a'] }), 'privilege*'],
    ['replace_user_roles', replace(['a', 'b'], { roleIds: ['b'] }), 'destructive'],
    ['replace_organization_users', replace(['a'], { userIds: [] }), 'destructive'],
    [
      'replace_organization_user_roles',
      replace([{ id: 'a', name: 'Admin' }], { organizationRoleNames: ['Member'] }),
      'destructive',
    ],
    [
      'create_organization_jit_email_domain',
      replace([], { emailDomain: 'acme.example' }),
      'privilege*',
    ],
    ['create_organization_jit_email_domain', replace([], { emailDomain: 'gmail.com' }), 'trust'],
    ['create_organization_jit_role', replace([], { organizationRoleIds: ['a'] }), 'privilege*'],
    [
      'create_organization_jit_sso_connector',
      replace([], { ssoConnectorIds: ['a'] }),
      'privilege*',
    ],
    ['create_organization_invitation', replace([], { organizationRoleIds: ['a'] }), 'privilege*'],
    [
      'create_organization_invitation',
      replace([], { messagePayload: { link: 'x' } }),
      'irreversible',
    ],
    ['update_organization', update({ isMfaRequired: true }, { isMfaRequired: false }), 'trust'],
    ['update_application', update(application, { isAdmin: true }), 'privilege'],
    [
      'update_application',
      update(application, { oidcClientMetadata: { redirectUris: [] } }),
      'destructive',
    ],
    [
      'update_application',
      update(application, {
        oidcClientMetadata: {
          redirectUris: [
            ...application.oidcClientMetadata.redirectUris,
            'https://shop.example.com@evil.example/cb',
          ],
        },
      }),
      'trust',
    ],
    [
      'update_application',
      update(application, { customClientMetadata: { corsAllowedOrigins: ['*'] } }),
      'trust',
    ],
    [
      'update_application',
      update(application, {
        oidcClientMetadata: { backchannelLogoutUri: 'https://evil.example/logout' },
      }),
      'trust',
    ],
    [
      'create_application',
      replace([], { oidcClientMetadata: { redirectUris: ['https://evil.example/cb'] } }),
      'trust',
    ],
    [
      'update_application',
      update({ appLevelAccessControlEnabled: true }, { appLevelAccessControlEnabled: false }),
      'trust',
    ],
    ['create_hook', replace([], { config: { url: 'https://evil.example' } }), 'egress'],
    ['update_hook', update(hook, { config: { url: 'https://evil.example' } }), 'egress'],
    ['update_hook', update(hook, { events: [] }), 'destructive'],
    ['update_hook', update(hook, { config: { headers: { Authorization: 'y' } } }), 'irreversible'],
    ['create_hook_test', replace([], {}), 'egress'],
    ['create_connector', replace([], { connectorId: 'google' }), 'trust'],
    ['create_connector', replace([{ id: 'old' }], { connectorId: 'smtp' }), 'destructive'],
    [
      'update_connector',
      update(connector, { config: { tokenEndpoint: 'https://evil.example' } }),
      'egress',
    ],
    ['update_connector', update(connector, { config: { clientSecret: 'new' } }), 'irreversible'],
    ['create_sso_connector', replace([], { providerName: 'OIDC' }), 'trust'],
    [
      'update_sso_connector',
      update(
        { config: { issuer: 'https://a.example' } },
        { config: { issuer: 'https://b.example' } },
      ),
      'trust',
    ],
    ['update_sso_connector', update({ domains: [] }, { domains: ['acme.example'] }), 'trust'],
    ['update_sign_in_exp', update(signIn, { signInMode: 'SignIn' }), 'trust'],
    ['update_sign_in_exp', update(signIn, { mfa: { policy: 'NoPrompt' } }), 'trust'],
    ['update_sign_in_exp', update(signIn, { mfa: { factors: [] } }), 'trust'],
    ['update_sign_in_exp', update(signIn, { captchaPolicy: { enabled: false } }), 'trust'],
    ['update_sign_in_exp', update(signIn, { sentinelPolicy: { maxAttempts: 1000 } }), 'trust'],
    ['update_sign_in_exp', update(signIn, { passwordPolicy: { length: { min: 1 } } }), 'trust'],
    ['update_sign_in_exp', update(signIn, { socialSignInConnectorTargets: [] }), 'destructive'],
    [
      'update_sign_in_exp',
      update(signIn, { socialSignInConnectorTargets: ['google', 'evil'] }),
      'trust',
    ],
    ['update_sign_in_exp', update(signIn, { customContent: { '/': '<script>' } }), 'trust'],
    [
      'update_sign_in_exp',
      update(signIn, { customCss: 'input { background: url(https://evil.example) }' }),
      'trust',
    ],
    [
      'update_sign_in_exp',
      update(signIn, { removeUnusedDemoSocialConnector: true }),
      'destructive',
    ],
    [
      'update_account_center_settings',
      update({ webauthnRelatedOrigins: [] }, { webauthnRelatedOrigins: ['https://evil.example'] }),
      'trust',
    ],
    ['delete_logs', replace([], {}), 'irreversible'],
    ['delete_logs', replace([], {}), 'destructive'],
    ['install_system_license', update(null, { license: 'x' }), 'irreversible'],
    ['install_system_license', update(null, { license: 'x' }), 'destructive'],
    ['delete_user_trusted_device', replace([], { userId: 'u' }), 'destructive'],
    [
      'update_sign_in_exp',
      update({ trustedDevice: {} }, { trustedDevice: { enabled: true } }),
      'trust',
    ],
    [
      'update_sign_in_exp',
      update({ trustedDevice: { durationDays: 7 } }, { trustedDevice: { durationDays: 90 } }),
      'trust',
    ],
    [
      'update_organization',
      update({ isTrustedDeviceAllowed: false }, { isTrustedDeviceAllowed: true }),
      'trust',
    ],
    [
      'update_account_center_settings',
      update({ fields: {} }, { fields: { personalAccessToken: 'Edit' } }),
      'trust',
    ],
    [
      'update_captcha_provider',
      update(
        { config: { type: 'Cap', endpoint: 'https://cap.example', secretKey: 's' } },
        { config: { endpoint: 'https://evil.example' } },
      ),
      'egress',
    ],
    [
      'update_captcha_provider',
      update({ config: { scoreThreshold: 0.7 } }, { config: { scoreThreshold: 0.1 } }),
      'trust',
    ],
    [
      'update_saml_application',
      update(
        { authnRequestConfig: { requireSignedAuthnRequests: true } },
        { authnRequestConfig: { requireSignedAuthnRequests: false } },
      ),
      'trust',
    ],
    [
      'update_saml_application',
      update({ authnRequestConfig: null }, { authnRequestConfig: { forceAuthn: false } }),
      'trust',
    ],
    [
      'update_saml_application',
      update({ staticAttributes: null }, { staticAttributes: { role: 'admin' } }),
      'trust',
    ],
    ['upsert_jwt_customizer', update(null, { script: 'x' }), 'egress'],
    ['update_action', update({ enabled: true }, { enabled: false }), 'trust'],
    ['test_action', replace([], {}), 'egress'],
    ['update_cimd_config', update({ enabled: false }, { enabled: true }), 'trust'],
    ['rotate_oidc_keys', replace([], {}), 'irreversible'],
    ['replace_email_templates', replace([], {}), 'trust'],
    ['create_verification_code', replace([], {}), 'irreversible'],
    ['create_domain', replace([], {}), 'trust'],
    ['create_user_asset', replace([], {}), 'irreversible'],
    ['replace_organization_invitation_status', update({}, { status: 'Accepted' }), 'privilege*'],
    ['create_application_user_consent_scope', replace([], { resourceScopes: ['a'] }), 'privilege*'],
    [
      'update_saml_application',
      update(
        { acsUrl: { binding: 'x', url: 'https://a.example' } },
        { acsUrl: { binding: 'x', url: 'https://b.example' } },
      ),
      'trust',
    ],
  ];
  it.each(calls)('%s', (name, input, risk) => {
    expect(risksOfCall(name, input)).toContain(risk);
  });

  it.each(calls.filter(([name]) => operationOf(name).method === 'PATCH'))(
    '%s carries it also when the current state could not be read',
    (name, { values }, risk) => {
      expect(risksOfCall(name, update(undefined, { ...values }))).toContain(risk);
    },
  );
});

describe('conditions', () => {
  it('newHost compares scheme and host, and allows loopback', () => {
    const at = (before: string[], after: string[]) =>
      newHost('uris')(update({ uris: before }, { uris: after }));
    expect(at(['https://a.example/x'], ['https://a.example:8443/y'])).toBe(false);
    expect(at(['https://a.example'], ['https://A.example/y'])).toBe(false);
    expect(at(['https://a.example'], ['http://a.example'])).toBe(true);
    expect(at(['https://a.example'], ['https://*.example'])).toBe(true);
    expect(at(['https://a.example'], ['https://a.example.evil.example'])).toBe(true);
    expect(at([], ['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:1/x'])).toBe(false);
    expect(at([], ['http://localhost.evil.example'])).toBe(true);
    expect(at([], ['http://localhost:*/cb'])).toBe(false);
    expect(at([], ['com.example.app://callback'])).toBe(true);
    expect(at([], ['*'])).toBe(true);
    expect(newHost('uris')(update({ uris: ['https://a.example'] }, { uris: [] }))).toBe(false);
  });

  it('losesMembers reads ids and objects, and names where the set accepts names', () => {
    expect(losesMembers('ids')(replace(['a', 'b'], { ids: ['b', 'a'] }))).toBe(false);
    expect(losesMembers('ids')(replace([{ id: 'a' }], { ids: [] }))).toBe(true);
    expect(losesMembers('ids', 'names')(replace([{ id: 'a', name: 'A' }], { names: ['A'] }))).toBe(
      false,
    );
    expect(losesMembers('ids', 'names')(replace(['a'], { names: ['A'] }))).toBe(true);
    expect(
      losesMembers('ids')({ values: { ids: ['a'] }, before: undefined, after: undefined }),
    ).toBe(true);
    expect(gainsMembers('ids')(replace(['a'], { ids: ['a'] }))).toBe(false);
    expect(gainsMembers('ids', 'names')(replace(['a'], { names: ['A'] }))).toBe(true);
  });

  it('losesEntries ignores the order of entries', () => {
    const before = { list: [{ a: 1, b: 2 }, 'x'] };
    expect(losesEntries('list')(update(before, { list: ['x', { b: 2, a: 1 }, 'y'] }))).toBe(false);
    expect(losesEntries('list')(update(before, { list: ['x'] }))).toBe(true);
    expect(losesEntries('list')(update(before, { other: 1 }))).toBe(false);
  });

  it('addressChangedWithKeptSecrets needs a new address and an old secret', () => {
    const before = { config: { url: 'https://a.example', headers: { Authorization: 'x' } } };
    const check = addressChangedWithKeptSecrets('config');
    expect(check(update(before, { config: { url: 'https://b.example' } }))).toBe(true);
    expect(
      check(
        update(before, { config: { url: 'https://b.example', headers: { Authorization: 'y' } } }),
      ),
    ).toBe(false);
    expect(check(update(before, { config: { retries: 1 } }))).toBe(false);
    expect(
      check(
        update({ config: { url: 'https://a.example' } }, { config: { url: 'https://b.example' } }),
      ),
    ).toBe(false);
  });

  it('distinguishes secrets and addresses from other settings by name', () => {
    for (const name of [
      'clientSecret',
      'accessKeySecret',
      'authToken',
      'apiKey',
      'pass',
      'headers',
      'privateKey',
      'password',
    ]) {
      expect(isSecretName(name), name).toBe(true);
    }
    for (const name of [
      'clientId',
      'tokenEndpoint',
      'accountSid',
      'url',
      'enabled',
      'host',
      'from',
      'authorizationEndpoint',
      'appId',
    ]) {
      expect(isSecretName(name), name).toBe(false);
    }
    for (const name of ['tokenEndpoint', 'issuer', 'url', 'host', 'metadataUrl', 'endpoint']) {
      expect(isAddressName(name), name).toBe(true);
    }
  });

  it('overwritesSecrets applies to existing secrets only', () => {
    const before = { config: { clientSecret: 'a', scope: 'x' } };
    expect(overwritesSecrets('config')(update(before, { config: { scope: 'y' } }))).toBe(false);
    expect(overwritesSecrets('config')(update(before, { config: { clientSecret: 'b' } }))).toBe(
      true,
    );
    expect(
      overwritesSecrets('config')(update({ config: {} }, { config: { clientSecret: 'b' } })),
    ).toBe(false);
    expect(overwritesMembers('vars')(update({ vars: { A: '1' } }, { vars: { B: '2' } }))).toBe(
      false,
    );
    expect(overwritesMembers('vars')(update({ vars: { A: '1' } }, { vars: { A: '2' } }))).toBe(
      true,
    );
  });

  it('lastIdentifier counts username, e-mail, phone and identities', () => {
    const two = { username: 'a', primaryEmail: 'a@b.example' };
    expect(lastIdentifier(update(two, { primaryEmail: null }))).toBe(false);
    expect(lastIdentifier(update(two, { primaryEmail: null, username: '' }))).toBe(true);
    expect(
      lastIdentifier(update({ username: 'a', identities: { google: {} } }, { username: null })),
    ).toBe(false);
    expect(lastIdentifier(update({ username: 'a' }, { name: null }))).toBe(false);
    expect(lastIdentifier(update({}, { username: null }))).toBe(false);
  });

  it('loosensMfa orders the policies', () => {
    const mfa = (before: string, after: string) =>
      loosensMfa(update({ mfa: { policy: before, factors: [] } }, { mfa: { policy: after } }));
    expect(mfa('Mandatory', 'PromptAtSignInAndSignUpMandatory')).toBe(false);
    expect(mfa('Mandatory', 'UserControlled')).toBe(true);
    expect(mfa('UserControlled', 'NoPrompt')).toBe(true);
    expect(mfa('NoPrompt', 'PromptOnlyAtSignIn')).toBe(false);
  });

  it('loosensPasswordPolicy detects dropped rules', () => {
    const before = {
      passwordPolicy: { length: { min: 8 }, rejects: { pwned: true, words: ['acme'] } },
    };
    const check = (passwordPolicy: unknown) =>
      loosensPasswordPolicy({ values: { passwordPolicy }, before, after: { passwordPolicy } });
    expect(check({ length: { min: 9 }, rejects: { pwned: true, words: ['acme', 'x'] } })).toBe(
      false,
    );
    expect(check({ rejects: { pwned: true, words: ['acme'] } })).toBe(true);
    expect(check({ length: { min: 8 }, rejects: { words: ['acme'] } })).toBe(true);
    expect(check({ length: { min: 8 }, rejects: { pwned: true } })).toBe(true);
  });

  it('recognizes public mail domains', () => {
    expect(isPublicMailDomain('GMAIL.com')).toBe(true);
    expect(isPublicMailDomain('acme.example')).toBe(false);
    expect(
      namesPublicMailDomain('emailDomains')(
        replace([{ emailDomain: 'gmail.com' }], { emailDomains: ['gmail.com'] }),
      ),
    ).toBe(false);
  });

  it('loadsFromElsewhere detects addresses, imports and escapes', () => {
    const css = (customCss: string) =>
      loadsFromElsewhere('customCss')(update({ customCss: null }, { customCss }));
    expect(css('a { color: #fff; border-radius: 4px }')).toBe(false);
    expect(css('@import "//evil.example"')).toBe(true);
    expect(css('a { background: \\75rl(//evil.example) }')).toBe(true);
    expect(css('a { background: u/**/rl(x) }')).toBe(true);
  });

  it('widensAccess does not apply to the first rules', () => {
    const none = { userIds: [], userRoleIds: [], organizationIds: [], organizationRoleRules: [] };
    expect(widensAccess(update(none, { ...none, userIds: ['a'] }))).toBe(false);
    const some = { ...none, userIds: ['a'] };
    expect(
      widensAccess({ values: { ...some, userRoleIds: ['b'] }, before: some, after: undefined }),
    ).toBe(true);
    expect(widensAccess({ values: { ...some }, before: some, after: undefined })).toBe(false);
  });

  it('widensAccountFields orders Off, ReadOnly and Edit', () => {
    const fields = (before: string, after: string) =>
      widensAccountFields(update({ fields: { email: before } }, { fields: { email: after } }));
    expect(fields('ReadOnly', 'Edit')).toBe(true);
    expect(fields('Edit', 'Off')).toBe(false);
  });

  it('switches and clearing handle null, false and missing members', () => {
    expect(turnsOff('a.b')(update({ a: { b: true } }, { a: { b: false } }))).toBe(true);
    expect(
      turnsOff('a.b')({ values: { a: {} }, before: { a: { b: true } }, after: { a: {} } }),
    ).toBe(true);
    expect(turnsOff('a.b')(update({ a: { b: false } }, { a: { b: false } }))).toBe(false);
    expect(turnsOn('a.b')(update({}, { a: { b: true } }))).toBe(true);
    expect(clears('x')(update({ x: 'y' }, { x: '' }))).toBe(true);
    expect(clears('x')(update({ x: null }, { x: null }))).toBe(false);
  });
});
