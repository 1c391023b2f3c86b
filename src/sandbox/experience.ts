/** The settings of the sign-in page and the account center, which several domains share. */
import { type Json, tenantId } from './entities.js';
import type { PasswordPolicy } from './password-policy.js';
import { type Row, singleton, table } from './tenant.js';

export interface SignInMethod {
  readonly identifier: string;
  readonly password: boolean;
  readonly verificationCode: boolean;
  readonly isPasswordPrimary: boolean;
}

/** The members that rules read; the others are stored as they are. */
export interface SignInExperience extends Json {
  readonly languageInfo: { readonly autoDetect: boolean; readonly fallbackLanguage: string };
  readonly branding: Json;
  readonly color: Json;
  readonly customCss: string | null;
  readonly customUiCsp: Readonly<Record<string, readonly string[]>>;
  readonly signIn: { readonly methods: readonly SignInMethod[] };
  readonly signUp: {
    readonly identifiers: readonly string[];
    readonly password: boolean;
    readonly verify: boolean;
    readonly secondaryIdentifiers?: readonly {
      readonly identifier: string;
      readonly verify?: boolean;
    }[];
  };
  readonly mfa: { readonly factors: readonly string[]; readonly policy: string };
  readonly adaptiveMfa: { readonly enabled?: boolean };
  readonly usernamePolicy: { readonly caseSensitive: boolean } & Json;
  readonly passwordPolicy: PasswordPolicy;
  readonly passwordExpiration: {
    readonly enabled?: boolean;
    readonly validPeriodDays?: number;
    /** Milliseconds since the epoch. */
    readonly enabledAt?: number;
  };
  readonly singleSignOnEnabled: boolean;
  readonly socialSignInConnectorTargets: readonly string[];
  readonly captchaPolicy: Json;
  /** `null` means that the available connectors decide. */
  readonly forgotPasswordMethods: readonly string[] | null;
  readonly signUpProfileFields: readonly { readonly name: string }[] | null;
  /** Seconds, and tries. */
  readonly verificationCodePolicy: {
    readonly expirationDuration?: number;
    readonly maxRetryAttempts?: number;
  };
}

/** The defaults of a new tenant. */
export const signInExperience = singleton<SignInExperience>('sign_in_experience', () => ({
  tenantId,
  id: 'default',
  color: { primaryColor: '#6139F6', isDarkModeEnabled: false, darkPrimaryColor: '#8768F8' },
  branding: {
    logoUrl: 'https://logto.io/logo.svg',
    darkLogoUrl: 'https://logto.io/logo-dark.svg',
  },
  hideLogtoBranding: false,
  languageInfo: { autoDetect: true, fallbackLanguage: 'en' },
  termsOfUseUrl: null,
  privacyPolicyUrl: null,
  agreeToTermsPolicy: 'Automatic',
  signIn: {
    methods: [
      { identifier: 'username', password: true, verificationCode: false, isPasswordPrimary: true },
    ],
  },
  signUp: { identifiers: ['username'], password: true, verify: false },
  socialSignIn: {},
  socialSignInConnectorTargets: [],
  signInMode: 'SignInAndRegister',
  customCss: null,
  customContent: {},
  customUiAssets: null,
  customUiCsp: {},
  passwordPolicy: {},
  mfa: { factors: [], policy: 'UserControlled' },
  adaptiveMfa: {},
  trustedDevice: {},
  singleSignOnEnabled: false,
  supportEmail: null,
  supportWebsiteUrl: null,
  unknownSessionRedirectUrl: null,
  captchaPolicy: {},
  sentinelPolicy: {},
  emailBlocklistPolicy: {},
  verificationCodePolicy: {},
  forgotPasswordMethods: [],
  passkeySignIn: {},
  signUpProfileFields: null,
  passwordExpiration: {},
  usernamePolicy: {
    caseSensitive: true,
    minLength: 1,
    maxLength: 128,
    allowedChars: { lowercase: true, uppercase: true, numbers: true, underscore: true },
  },
}));

export interface AccountCenter extends Json {
  readonly webauthnRelatedOrigins: readonly string[];
  readonly profileFields: readonly { readonly name: string }[] | null;
}

export const accountCenter = singleton<AccountCenter>('account_center', () => ({
  tenantId,
  id: 'default',
  enabled: false,
  fields: {},
  webauthnRelatedOrigins: [],
  deleteAccountUrl: null,
  customCss: null,
  profileFields: null,
}));

export interface CustomProfileField extends Row {
  readonly tenantId: string;
  readonly name: string;
  readonly type: string;
  readonly label: string;
  readonly description: string | null;
  readonly required: boolean;
  readonly config: Json;
  readonly createdAt: number;
  readonly sieOrder: number;
}

export const customProfileFields = table<CustomProfileField>('custom_profile_fields');
