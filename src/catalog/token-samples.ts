/**
 * The data that a script for token claims gets about a user, a sign-in, an application and an organization, as test_jwt_customizer
 * takes it. Members are typed to their depth for the check; a model is shown the outline, since the tools that answer these
 * things show the rest.
 */
import * as z from 'zod';
import { TemplateType } from './email-templates.js';
import { Address, brief, MAX_USER_ID_CHARS, protectedAppScope } from './fields.js';
import { since } from './releases.js';

const sampleId = z.string().min(1).max(21);

const userId = z.string().min(1).max(MAX_USER_ID_CHARS);

const anyMembers = z.record(z.string(), z.unknown());

const Profile = z.strictObject({
  familyName: z.string().optional(),
  givenName: z.string().optional(),
  middleName: z.string().optional(),
  nickname: z.string().optional(),
  preferredUsername: z.string().optional(),
  profile: z.string().optional(),
  website: z.string().optional(),
  gender: z.string().optional(),
  birthdate: z.string().optional(),
  zoneinfo: z.string().optional(),
  locale: z.string().optional(),
  address: Address.optional(),
});

const Role = z.strictObject({
  id: sampleId,
  name: z.string().min(1).max(128),
  description: z.string().min(1).max(128),
  scopes: z.array(
    z.strictObject({
      id: sampleId,
      name: z.string().min(1).max(256),
      description: z.string().nullable(),
      resourceId: sampleId,
      // Loose: the server wants the tenant of the resource too, which no other operation of the catalog sends.
      resource: z.looseObject({
        id: sampleId,
        name: z.string().min(1),
        indicator: z.string().min(1),
        isDefault: z.boolean(),
        accessTokenTtl: z.number(),
      }),
    }),
  ),
});

export const SampleUser = brief(
  z.strictObject({
    id: userId.optional(),
    username: z.string().max(128).nullable().optional(),
    primaryEmail: z.string().max(128).nullable().optional(),
    primaryPhone: z.string().max(128).nullable().optional(),
    name: z.string().max(128).nullable().optional(),
    avatar: z.string().max(2048).nullable().optional(),
    customData: anyMembers.optional(),
    identities: z
      .record(z.string(), z.strictObject({ userId: z.string(), details: anyMembers.optional() }))
      .optional(),
    lastSignInAt: z.number().nullable().optional(),
    createdAt: z.number().optional(),
    updatedAt: z.number().optional(),
    profile: Profile.optional(),
    applicationId: z.string().max(21).nullable().optional(),
    cimdClientId: since('1.43', z.string().max(2048)).nullable().optional(),
    isSuspended: z.boolean().optional(),
    hasPassword: z.boolean().optional(),
    // Loose: get_user returns more of an identity than a script gets.
    ssoIdentities: z
      .array(
        z.looseObject({
          issuer: z.string().min(1).max(256),
          identityId: z.string().min(1).max(128),
          detail: anyMembers,
        }),
      )
      .optional(),
    mfaVerificationFactors: z
      .array(
        z.enum([
          'Totp',
          'WebAuthn',
          'BackupCode',
          'EmailVerificationCode',
          'PhoneVerificationCode',
        ]),
      )
      .optional(),
    roles: z.array(Role).optional(),
    organizations: z
      .array(
        z.strictObject({
          id: sampleId,
          name: z.string().min(1).max(128),
          description: z.string().max(256).nullable(),
        }),
      )
      .optional(),
    organizationRoles: z
      .array(
        z.strictObject({
          organizationId: z.string(),
          roleId: z.string(),
          roleName: z.string(),
        }),
      )
      .optional(),
  }),
  'as get_user answers it; also mfaVerificationFactors, roles, organizations, organizationRoles',
);

const identifier = <T extends z.ZodType>(type: T) => z.strictObject({ type, value: z.string() });

const Event = z.enum(['SignIn', 'Register', 'ForgotPassword']);

const anyIdentifier = z.enum(['username', 'email', 'phone']);

const code = <T extends string>(type: T, of: 'email' | 'phone') =>
  z.strictObject({
    type: z.literal(type),
    id: z.string(),
    templateType: TemplateType,
    verified: z.boolean(),
    identifier: identifier(z.literal(of)),
  });

const AtProvider = z.strictObject({
  id: z.string(),
  email: z.string().optional(),
  phone: z.string().optional(),
  name: z.string().optional(),
  avatar: z.string().optional(),
  rawData: z.unknown().optional(),
});

const VerificationRecord = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('Password'),
    id: z.string(),
    identifier: identifier(z.enum(['username', 'email', 'phone', 'userId'])),
    verified: z.boolean(),
  }),
  code('EmailVerificationCode', 'email'),
  code('PhoneVerificationCode', 'phone'),
  code('MfaEmailVerificationCode', 'email'),
  code('MfaPhoneVerificationCode', 'phone'),
  z.strictObject({
    type: z.literal('Social'),
    id: z.string(),
    connectorId: z.string(),
    socialUserInfo: AtProvider.optional(),
  }),
  z.strictObject({
    type: z.literal('EnterpriseSso'),
    id: z.string(),
    connectorId: z.string(),
    enterpriseSsoUserInfo: AtProvider.optional(),
    issuer: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('Totp'),
    id: z.string(),
    userId: z.string(),
    verified: z.boolean(),
  }),
  z.strictObject({
    type: z.literal('BackupCode'),
    id: z.string(),
    userId: z.string(),
    code: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('WebAuthn'),
    id: z.string(),
    verified: z.boolean(),
    registrationRpId: z.string().optional(),
    userId: z.string(),
  }),
  z.strictObject({
    type: z.literal('SignInPasskey'),
    id: z.string(),
    verified: z.boolean(),
    registrationRpId: z.string().optional(),
    userId: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('OneTimeToken'),
    id: z.string(),
    verified: z.boolean(),
    identifier: identifier(z.literal('email')),
    oneTimeTokenContext: z
      .strictObject({
        jitOrganizationIds: z.array(z.string()).optional(),
        interactionEvent: Event.optional(),
      })
      .optional(),
  }),
  z.strictObject({
    type: z.literal('NewPasswordIdentity'),
    id: z.string(),
    identifier: identifier(anyIdentifier),
  }),
]);

export const SampleInteraction = brief(
  z.strictObject({
    interactionEvent: Event.optional(),
    userId: z.string().optional(),
    verificationRecords: z.array(VerificationRecord).optional(),
    signInContext: z.record(z.string(), z.string()).optional(),
  }),
  'how the user signed in: interactionEvent, userId, verificationRecords [{type, id ...}], signInContext',
);

const Domain = z.strictObject({
  domain: z.string(),
  status: z.enum(['PendingVerification', 'PendingSsl', 'Active', 'Error']),
  errorMessage: z.string().nullable(),
  dnsRecords: z.array(z.strictObject({ name: z.string(), type: z.string(), value: z.string() })),
  cloudflareData: z
    .strictObject({
      id: z.string(),
      status: z.string(),
      ssl: z.strictObject({
        status: z.string(),
        validation_errors: z.array(z.strictObject({ message: z.string() })).optional(),
      }),
      verification_errors: z.array(z.string()).optional(),
    })
    .nullable(),
});

export const SampleApplication = brief(
  // Loose: get_application returns more than a script gets.
  z.looseObject({
    id: sampleId.optional(),
    name: z.string().min(1).max(256).optional(),
    description: z.string().nullable().optional(),
    type: z
      .enum(['Native', 'SPA', 'Traditional', 'MachineToMachine', 'Protected', 'SAML'])
      .optional(),
    oidcClientMetadata: z
      .strictObject({
        redirectUris: z.array(z.string()),
        postLogoutRedirectUris: z.array(z.string()),
        backchannelLogoutUri: z.string().optional(),
        backchannelLogoutSessionRequired: z.boolean().optional(),
        logoUri: z.string().optional(),
      })
      .optional(),
    customClientMetadata: z
      .strictObject({
        corsAllowedOrigins: z.array(z.string().min(1)).optional(),
        idTokenTtl: z.number().optional(),
        refreshTokenTtl: z.number().optional(),
        refreshTokenTtlInDays: z.number().optional(),
        alwaysIssueRefreshToken: z.boolean().optional(),
        rotateRefreshToken: z.boolean().optional(),
        allowTokenExchange: z.boolean().optional(),
        isDeviceFlow: z.boolean().optional(),
        maxAllowedGrants: z.number().optional(),
      })
      .optional(),
    protectedAppMetadata: z
      .strictObject({
        host: z.string(),
        origin: z.string(),
        sessionDuration: z.number(),
        pageRules: z.array(z.strictObject({ path: z.string() })),
        additionalScopes: z.array(protectedAppScope).optional(),
        customDomains: z.array(Domain).optional(),
      })
      .nullable()
      .optional(),
    customData: anyMembers.optional(),
    isThirdParty: z.boolean().optional(),
    appLevelAccessControlEnabled: z.boolean().optional(),
    createdAt: z.number().optional(),
  }),
  'as get_application answers it',
);

export const SampleOrganization = brief(
  z.strictObject({
    id: sampleId.optional(),
    name: z.string().min(1).max(128).optional(),
    description: z.string().max(256).nullable().optional(),
    customData: anyMembers.optional(),
  }),
  'id, name, description and customData, as get_organization answers them',
);
