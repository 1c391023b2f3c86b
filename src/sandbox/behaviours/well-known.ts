import type { Behaviours, Call } from '../call.js';
import { connectors, type Json, organizations } from '../entities.js';
import {
  accountCenter,
  customProfileFields,
  type SignInExperience,
  signInExperience,
} from '../experience.js';
import { canSend } from '../messages.js';
import { ok } from '../reply.js';
import type { Tenant } from '../tenant.js';
import { captchaProvider } from './captcha-provider.js';
import { phraseIn, type Section, type Texts } from './custom-phrases.js';

/** A few English texts for each section: Logto has some 600, in many languages. */
const phrases: Readonly<Record<Section, Texts>> = {
  input: { username: 'Username', password: 'Password', email: 'Email', code: 'Code' },
  secondary: { social_bind_with: 'Do you have an account? Sign in to connect it.' },
  action: { sign_in: 'Sign in', create_account: 'Create account', continue: 'Continue' },
  description: { or: 'or', and: 'and', username_character: { number: 'a digit' } },
  error: {
    username_required: 'Enter a username.',
    password_rejected: { too_short: 'Too short.', restricted: { sequence: 'No sequences.' } },
  },
  list: { or: 'or', and: 'and', separator: ',' },
  mfa: { totp: 'Authenticator app', backup_code: 'Backup code' },
  development_tenant: { notification: 'For trials only.' },
  user_scopes: { descriptions: { email: 'Your email', phone: 'Your phone' } },
  profile: { name: 'Name', address: { locality: 'Town', country: 'Country' } },
  account_center: { home: { title: 'Your account' }, password: { title: 'Set a password' } },
  passkey_sign_in: { setup_page: { title: 'Add a passkey' } },
};

/** Deep-merges `over` into `base`. */
const merged = (base: Json, over: Json): Json => ({
  ...base,
  ...Object.fromEntries(
    Object.entries(over).map(([key, value]) => {
      const before = base[key];
      return [key, isJson(before) && isJson(value) ? merged(before, value) : value];
    }),
  ),
});

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The settings of an organization that override the tenant's; empty for an unknown organization. */
function organizationOverride(tenant: Tenant, id: string | undefined): Json {
  const organization = tenant.table(organizations).get(id ?? '');
  return organization === undefined
    ? {}
    : {
        branding: organization.branding,
        color: organization.color,
        ...(organization.customCss && { customCss: organization.customCss }),
      };
}

/** The captcha settings without the secret key, as browsers get them. */
function publicCaptcha(tenant: Tenant, { captchaPolicy }: SignInExperience): Json | undefined {
  const config = tenant.get(captchaProvider)?.config;
  if (captchaPolicy['enabled'] !== true || config === undefined) {
    return undefined;
  }
  const { type, siteKey, domain, mode } = config;
  return {
    type,
    siteKey,
    ...(domain !== undefined && { domain }),
    ...(mode !== undefined && { mode }),
  };
}

/** The social connectors of the sign-in page. */
const socialConnectors = (tenant: Tenant, { socialSignInConnectorTargets }: SignInExperience) =>
  socialSignInConnectorTargets.flatMap((target) =>
    tenant
      .table(connectors)
      .filter(({ metadata }) => metadata['target'] === target)
      .map(({ id, metadata }) => ({ ...metadata, id })),
  );

const forgotPassword = (tenant: Tenant, { forgotPasswordMethods }: SignInExperience) => {
  const offers = (method: string) => forgotPasswordMethods?.includes(method) ?? true;
  return {
    phone: offers('PhoneVerificationCode') && canSend(tenant, 'Sms'),
    email: offers('EmailVerificationCode') && canSend(tenant, 'Email'),
  };
};

/** The settings with everything that a sign-in page needs around them. */
function experience({ tenant, query }: Call) {
  const settings = tenant.get(signInExperience);
  const {
    emailBlocklistPolicy: _blocklist,
    forgotPasswordMethods: _methods,
    ...shown
  } = merged(settings, organizationOverride(tenant, query.text('organizationId')));
  const catalogue = tenant
    .table(customProfileFields)
    .all()
    .sort((a, b) => a.sieOrder - b.sieOrder);
  return ok({
    ...shown,
    socialConnectors: socialConnectors(tenant, settings),
    ssoConnectors: [],
    forgotPassword: forgotPassword(tenant, settings),
    isDevelopmentTenant: false,
    captchaConfig: publicCaptcha(tenant, settings),
    customProfileFields:
      settings.signUpProfileFields?.flatMap(
        ({ name }) => catalogue.find((field) => field.name === name) ?? [],
      ) ?? catalogue,
    customProfileFieldCatalog: catalogue,
  });
}

export const wellKnownBehaviours: Behaviours = {
  getWellKnownExperience: experience,
  getSignInExperienceConfig: experience,

  getSignInExperiencePhrases({ tenant, query }) {
    const { fallbackLanguage } = tenant.get(signInExperience).languageInfo;
    const asked = (query.text('lng') ?? '').split(/\s+/);
    // The sandbox has texts in English only; other languages are English with the tenant's custom texts merged in.
    const language =
      asked.find((tag) => tag === 'en' || phraseIn(tenant, tag) !== undefined) ?? fallbackLanguage;
    const custom = phraseIn(tenant, language);
    // Logto merges the whole row into its texts, so the answer has its id and its tag too.
    return ok(
      { ...custom, translation: merged(phrases, custom?.translation ?? {}) },
      { 'content-language': language },
    );
  },

  getWellKnownAccountCenter: ({ tenant }) => ok(tenant.get(accountCenter)),
};
