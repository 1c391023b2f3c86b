import * as z from 'zod';
import { naming } from './entities.js';
import { brief, emailAddress, flag, fullUrl, hexColor, id, urlOrEmpty } from './fields.js';
import { signInSettingsLockout } from './lockouts.js';
import { domain, operation } from './operation.js';
import { since } from './releases.js';
import { changesField, type RiskCondition } from './risk.js';
import {
  anyOf,
  gainsEntries,
  loadsFromElsewhere,
  loosensMfa,
  loosensPasswordPolicy,
  losesEntries,
  lowers,
  newHost,
  raises,
  turnsOff,
  turnsOn,
} from './risk-rules.js';

const Identifier = z.enum(['username', 'email', 'phone']);

const optionalUrl = urlOrEmpty.nullable().optional();

// Rules without a pattern in what a model is shown: this is the largest tool, and its words say the same.
const optionalEmail = z
  .string()
  .refine((value) => value === '' || emailAddress.safeParse(value).success, {
    message: 'must be an e-mail address',
  })
  .nullable()
  .optional();

const Color = z.string().refine((value) => hexColor.safeParse(value).success, {
  message: 'must be a colour as #rgb or #rrggbb',
});

const Factor = z.enum([
  'Totp',
  'WebAuthn',
  'BackupCode',
  'EmailVerificationCode',
  'PhoneVerificationCode',
]);

/** An update is merged into the current value, so the policy can be sent without the factors, and the factors without it. */
const Mfa = z.strictObject({
  factors: z.array(Factor),
  policy: z
    .enum([
      'UserControlled',
      'Mandatory',
      'PromptOnlyAtSignIn',
      'PromptAtSignInAndSignUp',
      'NoPrompt',
      'PromptAtSignInAndSignUpMandatory',
      'PromptOnlyAtSignInMandatory',
    ])
    .describe('…Mandatory: must; NoPrompt never asks; others may be skipped'),
  organizationRequiredMfaPolicy: z.enum(['NoPrompt', 'Mandatory']).optional(),
});

const Colors = z.strictObject({
  primaryColor: Color,
  isDarkModeEnabled: z.boolean(),
  darkPrimaryColor: Color,
});

const Languages = z.strictObject({
  autoDetect: z.boolean(),
  fallbackLanguage: z.string(),
});

const SignIn = z.strictObject({
  methods: z.array(
    z.strictObject({
      identifier: Identifier,
      password: z.boolean(),
      verificationCode: z.boolean().describe('needs a connector'),
      isPasswordPrimary: z.boolean(),
    }),
  ),
});

const SignUp = z.strictObject({
  identifiers: z.array(Identifier),
  password: z.boolean(),
  verify: z.boolean().describe('true for email or phone'),
  secondaryIdentifiers: z
    .array(
      z.strictObject({
        identifier: z.enum(['username', 'email', 'phone', 'emailOrPhone']),
        verify: z.boolean().optional(),
      }),
    )
    .optional(),
});

/** A parameter of the query, not one of the settings. */
const removesDemoConnectors: RiskCondition = ({ values }) =>
  values['removeUnusedDemoSocialConnector'] === true;

/** The limits against guessing, robots and throw-away addresses become weaker. */
const loosensAbuseProtection: RiskCondition = anyOf(
  turnsOff('captchaPolicy.enabled'),
  raises('sentinelPolicy.maxAttempts'),
  lowers('sentinelPolicy.lockoutDuration'),
  raises('verificationCodePolicy.expirationDuration'),
  raises('verificationCodePolicy.maxRetryAttempts'),
  turnsOff('emailBlocklistPolicy.blockDisposableAddresses'),
  turnsOff('emailBlocklistPolicy.blockSubaddressing'),
  losesEntries('emailBlocklistPolicy.customBlocklist'),
  gainsEntries('emailBlocklistPolicy.customAllowlist'),
);

/** Custom HTML, scripts or a whole custom page, where users type their passwords. */
const changesCustomPage: RiskCondition = (input) =>
  ['customContent', 'customUiAssets', 'customUiCsp'].some((field) => changesField(input, field));

export const signInExperience = domain({
  title: 'Sign-in experience',
  about:
    'How users register and sign in: look, texts, methods, MFA, password rules, languages. One set for the tenant; applications and organizations can override its branding.',
  operations: {
    getSignInExp: operation('GET /api/sign-in-exp', {
      summary:
        'Get the sign-in experience: look, sign-in methods, MFA, password policy, languages, social targets.',
    }),
    updateSignInExp: operation('PATCH /api/sign-in-exp', {
      summary:
        'Change how users register and sign in: look, methods, MFA, password policy, languages.',
      query: {
        removeUnusedDemoSocialConnector: flag('see above'),
      },
      body: {
        color: Colors.partial().optional().describe('#rrggbb'),
        branding: brief(
          z.strictObject({
            logoUrl: fullUrl.optional(),
            darkLogoUrl: fullUrl.optional(),
            favicon: fullUrl.optional(),
            darkFavicon: fullUrl.optional(),
          }),
          'full image URLs: logoUrl, darkLogoUrl, favicon, darkFavicon',
        ).optional(),
        hideLogtoBranding: z.boolean().optional(),
        customCss: z.string().nullable().optional(),
        customContent: z.record(z.string(), z.string()).optional().describe('HTML by path'),
        customUiAssets: z
          .strictObject({
            id: naming(z.string(), 'custom UI assets'),
            createdAt: z.number(),
          })
          .nullable()
          .optional()
          .describe('from upload_custom_ui_assets; null: built-in page'),
        customUiCsp: z
          .strictObject({
            scriptSrc: z.array(z.string()).optional(),
            connectSrc: z.array(z.string()).optional(),
          })
          .optional(),
        languageInfo: Languages.partial().optional(),
        signInMode: z
          .enum(['SignIn', 'Register', 'SignInAndRegister'])
          .optional()
          .describe('SignIn closes registration'),
        signIn: SignIn.partial().optional().describe('with every sign-up identifier'),
        signUp: SignUp.partial().optional(),
        signUpProfileFields: z
          .array(z.strictObject({ name: naming(z.string(), 'profile field', 'name') }))
          .nullable()
          .optional()
          .describe('from list_custom_profile_fields'),
        socialSignIn: z
          .strictObject({
            automaticAccountLinking: z.boolean().optional(),
            skipRequiredIdentifiers: z.boolean().optional(),
          })
          .optional(),
        socialSignInConnectorTargets: z
          .array(naming(z.string(), 'connector', 'target'))
          .optional()
          .describe('from list_connectors, in order'),
        singleSignOnEnabled: z.boolean().optional(),
        mfa: Mfa.partial().optional(),
        adaptiveMfa: z.strictObject({ enabled: z.boolean().optional() }).optional(),
        trustedDevice: since(
          '1.44',
          z.strictObject({
            enabled: z.boolean().optional(),
            durationDays: z.int().min(1).max(365).optional().describe('1 to 365; default 30'),
          }),
        )
          .optional()
          .describe('skips MFA'),
        passkeySignIn: z
          .strictObject({
            enabled: z.boolean().optional(),
            showPasskeyButton: z.boolean().optional(),
            allowAutofill: z.boolean().optional(),
          })
          .optional(),
        forgotPasswordMethods: z
          .array(z.enum(['EmailVerificationCode', 'PhoneVerificationCode']))
          .nullable()
          .optional(),
        passwordPolicy: z
          .strictObject({
            length: z
              .strictObject({ min: z.number().optional(), max: z.number().optional() })
              .optional(),
            characterTypes: z
              .strictObject({ min: z.number().optional().describe('1 to 4') })
              .optional(),
            rejects: z
              .strictObject({
                pwned: z.boolean().optional(),
                repetitionAndSequence: z.boolean().optional(),
                userInfo: z.boolean().optional(),
                words: z.array(z.string()).optional(),
              })
              .optional(),
          })
          .optional(),
        passwordExpiration: z
          .strictObject({
            enabled: z.boolean().optional(),
            validPeriodDays: z.number().optional().describe('needed when enabled'),
            enabledAt: z.number().optional(),
          })
          .optional(),
        usernamePolicy: z
          .strictObject({
            caseSensitive: z.boolean(),
            minLength: z.number(),
            maxLength: z.number(),
            allowedChars: z
              .strictObject({
                lowercase: z.boolean(),
                uppercase: z.boolean(),
                numbers: z.boolean(),
                underscore: z.boolean(),
              })
              .partial(),
          })
          .partial()
          .optional()
          .describe('see get_username_case_conflicts'),
        captchaPolicy: z
          .strictObject({ enabled: z.boolean().optional() })
          .optional()
          .describe('needs update_captcha_provider'),
        sentinelPolicy: z
          .strictObject({
            maxAttempts: z.number().optional(),
            lockoutDuration: z.number().optional().describe('minutes'),
          })
          .optional(),
        verificationCodePolicy: z
          .strictObject({
            expirationDuration: z.number().optional().describe('seconds'),
            maxRetryAttempts: z.number().optional(),
          })
          .optional(),
        emailBlocklistPolicy: z
          .strictObject({
            blockDisposableAddresses: z.boolean().optional(),
            blockSubaddressing: z.boolean().optional().describe('a+b@c.com'),
            customAllowlist: z.array(z.string()).optional(),
            customBlocklist: z.array(z.string()).optional(),
          })
          .optional(),
        agreeToTermsPolicy: z.enum(['Automatic', 'ManualRegistrationOnly', 'Manual']).optional(),
        termsOfUseUrl: optionalUrl,
        privacyPolicyUrl: optionalUrl,
        supportEmail: optionalEmail,
        supportWebsiteUrl: optionalUrl,
        unknownSessionRedirectUrl: optionalUrl,
      },
      refuses: ({ replace_whole: whole, mfa }) =>
        whole === true && !Mfa.optional().safeParse(mfa).success
          ? 'with replace_whole, mfa needs both factors and policy'
          : undefined,
      replaces: [
        'color',
        'branding',
        'customContent',
        'customUiCsp',
        'languageInfo',
        'signIn',
        'signUp',
        'socialSignIn',
        'mfa',
        'adaptiveMfa',
        'trustedDevice',
        'passkeySignIn',
        'passwordPolicy',
        'passwordExpiration',
        'usernamePolicy',
        'captchaPolicy',
        'sentinelPolicy',
        'verificationCodePolicy',
        'emailBlocklistPolicy',
      ],
      wire: {
        color: Colors.optional(),
        languageInfo: Languages.optional(),
        signIn: SignIn.optional(),
        signUp: SignUp.optional(),
        mfa: Mfa.optional(),
      },
      forms: { passwordExpiration: 'enabled' },
      risk: [
        {
          risk: 'destructive',
          because: 'demo connectors are deleted',
          when: removesDemoConnectors,
        },
        {
          risk: 'destructive',
          because: 'social targets left out end',
          when: losesEntries('socialSignInConnectorTargets'),
        },
        {
          risk: 'trust',
          because: 'it changes who can register and by which methods people sign in',
          fields: [
            'signInMode',
            'signIn',
            'signUp.identifiers',
            'signUp.password',
            'signUp.verify',
            'signUp.secondaryIdentifiers',
          ],
        },
        {
          risk: 'trust',
          because: 'more providers or methods let people sign in or take over accounts',
          when: anyOf(
            gainsEntries('socialSignInConnectorTargets', 'forgotPasswordMethods'),
            turnsOn('singleSignOnEnabled'),
            turnsOn('passkeySignIn.enabled'),
            turnsOn('socialSignIn.automaticAccountLinking'),
            turnsOn('socialSignIn.skipRequiredIdentifiers'),
          ),
        },
        {
          risk: 'trust',
          because: 'multi-factor authentication asks for less',
          when: anyOf(loosensMfa, turnsOff('adaptiveMfa.enabled')),
        },
        {
          risk: 'trust',
          because: 'people skip multi-factor authentication in more browsers, or for longer',
          when: anyOf(turnsOn('trustedDevice.enabled'), raises('trustedDevice.durationDays')),
        },
        {
          risk: 'trust',
          because: 'passwords may be weaker, or older',
          when: anyOf(loosensPasswordPolicy, turnsOff('passwordExpiration.enabled')),
        },
        {
          risk: 'trust',
          because: 'guessing, robots or unwanted addresses are held off less',
          when: loosensAbuseProtection,
        },
        {
          risk: 'trust',
          because: 'content of the sign-in page is loaded from elsewhere or replaced',
          when: anyOf(loadsFromElsewhere('customCss'), changesCustomPage),
        },
        {
          risk: 'trust',
          because: 'people whose session is unknown are redirected to this host',
          when: newHost('unknownSessionRedirectUrl'),
        },
      ],
      lockout: signInSettingsLockout,
    }),
    checkPasswordWithDefaultSignInExperience: operation(
      'POST /api/sign-in-exp/default/check-password',
      {
        name: 'check_password_policy',
        summary: 'Check a password against the password policy; nothing is stored.',
        notes: 'Answers result, and issues when it is refused.',
        reaches: 'with the pwned rule it asks an outside service',
        body: {
          password: z.string(),
          userId: id('user')
            .optional()
            .describe('user id, from list_users; needed while the policy rejects user information'),
        },
        effect: 'reads',
      },
    ),
    uploadCustomUiAssets: operation('POST /api/sign-in-exp/default/custom-ui-assets', {
      summary: 'Upload the archive of a custom sign-in page; update_sign_in_exp then activates it.',
      encoding: 'multipart',
      uploads: 'archive',
      body: {
        file: z
          .string()
          .min(1)
          .describe('path of a .zip inside the folder that the operator allowed, LOGTO_UPLOAD_DIR'),
      },
      reaches: 'it stores the file at the storage provider',
      needs: 'a storage provider',
      risk: [{ risk: 'irreversible', because: 'no operation deletes an upload' }],
    }),
    getUsernameCaseSensitivityConflicts: operation(
      'GET /api/sign-in-exp/username-policy/case-sensitivity-conflicts',
      {
        name: 'get_username_case_conflicts',
        summary:
          'List usernames that differ by case alone, which must be resolved before case can be ignored.',
        query: { limit: z.int().min(1).max(100).optional().describe('1 to 100; default 20') },
      },
    ),
  },
});
