import type { Behaviours, Call } from '../call.js';
import { connectors, users } from '../entities.js';
import {
  customProfileFields,
  type SignInExperience,
  type SignInMethod,
  signInExperience,
} from '../experience.js';
import { canSend } from '../messages.js';
import { type PasswordPolicy, passwordIssues } from '../password-policy.js';
import { missing, ok, refuse } from '../reply.js';
import type { Tenant } from '../tenant.js';
import { invalidMember } from '../validation.js';
import { targetOf } from './connectors.js';
import { phraseIn } from './custom-phrases.js';
import { license } from './systems.js';

/** The languages of Logto's built-in phrases. */
const builtIn = new Set(
  'ar cs de en es fr it ja ko pl-PL pt-BR pt-PT ru th tr-TR uk-UA zh-CN zh-HK zh-TW'.split(' '),
);

/** MFA policies that require adaptive MFA. */
const adaptivePolicies = new Set([
  'PromptAtSignInAndSignUpMandatory',
  'PromptOnlyAtSignInMandatory',
]);

/**
 * Settings that Logto replaces as a whole, with the members that it requires. The catalog's schema may require fewer,
 * because our server completes them from the current settings before it sends.
 */
const requiredMembers: Readonly<Record<string, readonly string[]>> = {
  color: ['primaryColor', 'isDarkModeEnabled', 'darkPrimaryColor'],
  languageInfo: ['autoDetect', 'fallbackLanguage'],
  signIn: ['methods'],
  signUp: ['identifiers', 'password', 'verify'],
  mfa: ['factors', 'policy'],
  usernamePolicy: ['caseSensitive', 'minLength', 'maxLength', 'allowedChars'],
};

/** @throws Rejected 400 `guard.invalid_input` for a setting without a required member */
function requireMembers(change: Readonly<Record<string, unknown>>): void {
  for (const [setting, members] of Object.entries(requiredMembers)) {
    const value = change[setting];
    const absent =
      typeof value === 'object' && value !== null
        ? members.find((member) => Reflect.get(value, member) === undefined)
        : undefined;
    if (absent !== undefined) {
      throw invalidMember([setting, absent], 'It is required.');
    }
  }
}

const bad = (code: string, message: string, status = 400) =>
  refuse(status, `sign_in_experiences.${code}`, message);

/** Usernames that differ by case alone, in the form in which Logto reports them. */
function caseConflicts(tenant: Tenant, limit: number) {
  const idsByName = new Map<string, string[]>();
  for (const { id, username } of tenant.table(users).all()) {
    const lower = username?.toLowerCase();
    if (lower !== undefined) {
      idsByName.set(lower, [...(idsByName.get(lower) ?? []), id]);
    }
  }
  const conflicts = [...idsByName].filter(([, ids]) => ids.length > 1);
  return {
    totalConflicts: conflicts.length,
    samples: conflicts
      .slice(0, limit)
      .map(([usernameLower, userIds]) => ({ usernameLower, userIds })),
  };
}

const requireConnector = (tenant: Tenant, kind: 'Email' | 'Sms'): void => {
  if (!canSend(tenant, kind)) {
    throw bad('enabled_connector_not_found', `The tenant has no ${kind} connector.`);
  }
};

function checkSignUp(tenant: Tenant, signUp: SignInExperience['signUp']): void {
  const { identifiers, secondaryIdentifiers = [], verify } = signUp;
  if (secondaryIdentifiers.length > 0 && identifiers.length === 0) {
    throw bad('missing_sign_up_identifiers', 'Secondary identifiers need a first one.');
  }
  const secondary = secondaryIdentifiers.map(({ identifier }) => identifier);
  const all = [...identifiers, ...secondary].flatMap((identifier) =>
    identifier === 'emailOrPhone' ? ['email', 'phone'] : [identifier],
  );
  if (new Set(all).size !== all.length) {
    throw bad('duplicated_sign_up_identifiers', 'An identifier is named twice.');
  }
  const reachable = all.some((identifier) => identifier !== 'username');
  const unverified = secondaryIdentifiers.some(
    (secondary) => secondary.identifier !== 'username' && secondary.verify !== true,
  );
  if ((reachable && !verify) || unverified) {
    throw bad('passwordless_requires_verify', 'email and phone need verify.');
  }
  if (all.includes('email')) {
    requireConnector(tenant, 'Email');
  }
  if (all.includes('phone')) {
    requireConnector(tenant, 'Sms');
  }
}

const byCode = (methods: readonly SignInMethod[], identifier: string): boolean =>
  methods.some((method) => method.identifier === identifier && method.verificationCode);

function checkSignIn(
  tenant: Tenant,
  { methods }: SignInExperience['signIn'],
  { signUp, mfa }: Pick<SignInExperience, 'signUp' | 'mfa'>,
): void {
  if (byCode(methods, 'email')) {
    requireConnector(tenant, 'Email');
  }
  if (byCode(methods, 'phone')) {
    requireConnector(tenant, 'Sms');
  }
  if (methods.some((method) => !method.password && !method.verificationCode)) {
    throw bad('at_least_one_authentication_factor', 'A method has neither password nor code.');
  }
  const onlyByCode = signUp.verify && !signUp.password;
  if (
    onlyByCode &&
    methods.some((method) => method.identifier !== 'username' && !method.verificationCode)
  ) {
    throw bad(
      'code_sign_in_must_be_enabled',
      'Users who register by code must be able to sign in by code.',
    );
  }
  for (const [identifier, factor] of [
    ['email', 'EmailVerificationCode'],
    ['phone', 'PhoneVerificationCode'],
  ] as const) {
    if (byCode(methods, identifier) && mfa.factors.includes(factor)) {
      throw bad(
        `${identifier}_verification_code_cannot_be_used_for_sign_in`,
        'A code is the first factor or the second, not both.',
      );
    }
  }
}

function checkMfa(mfa: SignInExperience['mfa'], { methods }: SignInExperience['signIn']): void {
  if (new Set(mfa.factors).size !== mfa.factors.length) {
    throw bad('duplicated_mfa_factors', 'A factor is named twice.');
  }
  if (mfa.factors.includes('BackupCode') && mfa.factors.length === 1) {
    throw bad('backup_code_cannot_be_enabled_alone', 'Backup codes need another factor.');
  }
  for (const [identifier, factor] of [
    ['email', 'EmailVerificationCode'],
    ['phone', 'PhoneVerificationCode'],
  ] as const) {
    if (mfa.factors.includes(factor) && byCode(methods, identifier)) {
      throw bad(
        `${identifier}_verification_code_cannot_be_used_for_mfa`,
        'A code is the first factor or the second, not both.',
      );
    }
  }
}

/** Adaptive MFA and the policies that ask without a way to skip belong together. */
function checkAdaptive(
  change: Partial<SignInExperience>,
  { mfa, adaptiveMfa }: Pick<SignInExperience, 'mfa' | 'adaptiveMfa'>,
): void {
  const insistent = adaptivePolicies.has(mfa.policy);
  const enabled = mfa.factors.length > 0;
  if (change.adaptiveMfa?.enabled === true && !enabled) {
    throw bad('adaptive_mfa_requires_mfa', 'Adaptive MFA needs factors.', 422);
  }
  if (change.adaptiveMfa === undefined && (change.mfa === undefined || !enabled)) {
    return;
  }
  if (adaptiveMfa.enabled === true && !insistent) {
    throw bad(
      'adaptive_mfa_requires_non_skippable_policy',
      'Adaptive MFA needs a Mandatory prompt policy.',
      422,
    );
  }
  if (adaptiveMfa.enabled !== true && insistent) {
    throw bad(
      'non_adaptive_mfa_requires_skippable_policy',
      'This MFA policy is for adaptive MFA only.',
      422,
    );
  }
}

function expiration(
  call: Call,
  change: NonNullable<SignInExperience['passwordExpiration']>,
  settings: SignInExperience,
): SignInExperience['passwordExpiration'] {
  const { passwordExpiration: before } = call.tenant.get(signInExperience);
  if (change.enabled === false) {
    return { enabled: false };
  }
  const after = { ...before, ...change };
  if (after.enabled !== true) {
    return after;
  }
  const methods = settings.forgotPasswordMethods ?? ['EmailVerificationCode'];
  const reachable =
    (methods.includes('EmailVerificationCode') && canSend(call.tenant, 'Email')) ||
    (methods.includes('PhoneVerificationCode') && canSend(call.tenant, 'Sms'));
  if (!reachable) {
    throw bad(
      'password_expiration_requires_forgot_password',
      'A user whose password has expired must be able to set a new one.',
      422,
    );
  }
  return { ...after, enabledAt: (before.enabled && before.enabledAt) || call.now };
}

/** What of the change is stored. @throws Refusal as Logto refuses it */
function checked(call: Call, change: Partial<SignInExperience>): Partial<SignInExperience> {
  const { tenant } = call;
  const before = tenant.get(signInExperience);
  const after = { ...before, ...change };
  const language = change.languageInfo?.fallbackLanguage;
  if (language !== undefined && !builtIn.has(language) && !phraseIn(tenant, language)) {
    throw bad('unsupported_default_language', `There are no texts in ${language}.`);
  }
  if (change.usernamePolicy?.caseSensitive === false && before.usernamePolicy.caseSensitive) {
    const conflicts = caseConflicts(tenant, 20);
    if (conflicts.totalConflicts > 0) {
      throw refuse(
        409,
        'sign_in_experiences.username_policy_case_conflicts_exist',
        'Some usernames differ by case alone.',
        conflicts,
      );
    }
  }
  if (change.signUp) {
    checkSignUp(tenant, change.signUp);
  }
  if (change.signIn) {
    checkSignIn(tenant, change.signIn, after);
  }
  if (change.mfa) {
    checkMfa(change.mfa, after.signIn);
  }
  checkAdaptive(change, after);
  for (const [method, kind] of [
    ['EmailVerificationCode', 'Email'],
    ['PhoneVerificationCode', 'Sms'],
  ] as const) {
    if (change.forgotPasswordMethods?.includes(method) && !canSend(tenant, kind)) {
      throw bad('forgot_password_method_requires_connector', `There is no ${kind} connector.`);
    }
  }
  const hosted = Object.values(change['customUiCsp'] ?? {}).some((sources) => sources.length > 0);
  if ((change['hideLogtoBranding'] === true || hosted) && tenant.get(license) === undefined) {
    throw refuse(400, 'request.invalid_input', 'That needs a license, or the hosted service.');
  }
  const targets = new Set(tenant.table(connectors).all().map(targetOf));
  const fields = new Set(
    tenant
      .table(customProfileFields)
      .all()
      .map(({ name }) => name),
  );
  return {
    ...change,
    ...(change.socialSignInConnectorTargets && {
      socialSignInConnectorTargets: change.socialSignInConnectorTargets.filter((target) =>
        targets.has(target),
      ),
    }),
    ...(change.signUpProfileFields && {
      signUpProfileFields: change.signUpProfileFields.filter(({ name }) => fields.has(name)),
    }),
    ...(change.passwordPolicy?.rejects && {
      passwordPolicy: {
        ...change.passwordPolicy,
        rejects: {
          pwned: true,
          repetitionAndSequence: true,
          userInfo: true,
          words: [],
          ...change.passwordPolicy.rejects,
        },
      },
    }),
    ...(change.passwordExpiration && {
      passwordExpiration: expiration(call, change.passwordExpiration, after),
    }),
    ...(change.mfa?.factors.length === 0 &&
      change.adaptiveMfa === undefined && { adaptiveMfa: { enabled: false } }),
  };
}

export const signInExperienceBehaviours: Behaviours = {
  getSignInExp: ({ tenant }) => ok(tenant.get(signInExperience)),

  updateSignInExp(call) {
    const { tenant } = call;
    const change = call.body<Partial<SignInExperience>>();
    requireMembers(change);
    if (Object.keys(change).length === 0) {
      throw refuse(422, 'entity.invalid_input', 'There is nothing to change.');
    }
    return ok(
      tenant.set(signInExperience, { ...tenant.get(signInExperience), ...checked(call, change) }),
    );
  },

  checkPasswordWithDefaultSignInExperience({ tenant, body }) {
    const { password, userId } = body<{ password: string; userId?: string }>();
    const policy: PasswordPolicy = tenant.get(signInExperience).passwordPolicy;
    const user = userId ? tenant.table(users).get(userId) : undefined;
    if (userId && user === undefined) {
      throw missing('entity.not_found', 'user', userId);
    }
    if (user === undefined && policy.rejects?.userInfo !== false) {
      throw refuse(400, 'request.invalid_input', 'The policy looks at the user: give userId.', {
        message: 'The policy rejects user information, and there is no user.',
      });
    }
    const { name, username, primaryEmail, primaryPhone } = user ?? {};
    const personal = [
      ...(name ? [name, name.replace(/\s/g, ''), ...name.split(/\s+/)] : []),
      username ?? '',
      ...(primaryEmail ? [primaryEmail, primaryEmail.split('@', 1)[0] ?? ''] : []),
      primaryPhone ?? '',
    ];
    const issues = passwordIssues(password, policy, personal);
    return issues.length === 0
      ? ok({ result: true })
      : { ...ok({ result: false, issues }), status: 400 };
  },

  uploadCustomUiAssets() {
    throw refuse(400, 'storage.not_configured', 'There is no storage provider.');
  },

  getUsernameCaseSensitivityConflicts: ({ tenant, query }) =>
    ok(caseConflicts(tenant, Number(query.text('limit') ?? 20))),
};
