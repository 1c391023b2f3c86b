import * as z from 'zod';
import { oidcKeyCascades } from './cascades.js';
import { customData, id } from './fields.js';
import { dynamicClientsLockout, signInScriptLockout, tokenScriptLockout } from './lockouts.js';
import { domain, operation, whole } from './operation.js';
import { since } from './releases.js';
import type { RiskFacts } from './risk.js';
import { losesEntries, overwritesMembers, turnsOff, turnsOn } from './risk-rules.js';
import {
  SampleApplication,
  SampleInteraction,
  SampleOrganization,
  SampleUser,
} from './token-samples.js';

const keyType = z
  .enum(['private-keys', 'cookie-keys'])
  .describe('private-keys sign tokens, cookie-keys sign the cookies of the sign-in page');

const tokenTypePath = z
  .enum(['access-token', 'client-credentials'])
  .describe('access-token: tokens of users; client-credentials: tokens of machines');

const environmentVariables = z
  .record(z.string(), z.string())
  .optional()
  .describe('texts by name, which the script reads');

const jwtScript = z
  .string()
  .describe(
    'JavaScript: const getCustomJwtClaims = async ({ token, context, environmentVariables, api }) => ({ ...claims })',
  );

const jwtSettings = {
  script: jwtScript,
  environmentVariables,
  contextSample: customData('for tests in the console').optional(),
  tokenSample: customData('for tests in the console').optional(),
  blockIssuanceOnError: z.boolean().optional().describe('no token when the script fails'),
};

const actionType = z
  .enum(['action.postFirstFactorVerification', 'action.postSignIn'])
  .describe('when it runs: after the first factor, or after sign-in');

const actionScript = z
  .string()
  .describe(
    'JavaScript: const runAction = async ({ event, environmentVariables, api }) => { ... }',
  );

const actionSettings = {
  environmentVariables,
  contextSample: customData('for tests in the console').optional(),
  enabled: z.boolean().optional(),
  onExecutionError: z
    .enum(['block', 'allow'])
    .optional()
    .describe('result of the sign-in when the script fails'),
};

/** The claims of a token that a script is tried on. */
const machineToken = {
  jti: z.string().optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  scope: z.string().optional(),
  clientId: z.string().optional(),
};

const JwtTest = z.discriminatedUnion('tokenType', [
  z.strictObject({
    tokenType: z.literal('access-token'),
    script: jwtScript,
    environmentVariables,
    token: z.strictObject({
      ...machineToken,
      accountId: z.string().optional(),
      expiresWithSession: z.boolean().optional(),
      grantId: z.string().optional(),
      gty: z.string().optional(),
      sessionUid: z.string().optional(),
      sid: z.string().optional(),
      kind: z.literal('AccessToken').optional(),
    }),
    context: z.strictObject({
      user: SampleUser,
      grant: z
        .strictObject({
          type: z.literal('urn:ietf:params:oauth:grant-type:token-exchange').optional(),
          subjectTokenContext: customData('of create_subject_token').optional(),
        })
        .optional(),
      interaction: SampleInteraction.optional(),
      application: SampleApplication.optional(),
      organization: SampleOrganization.optional(),
    }),
  }),
  z.strictObject({
    tokenType: z.literal('client-credentials'),
    script: jwtScript,
    environmentVariables,
    token: z.strictObject({ ...machineToken, kind: z.literal('ClientCredentials').optional() }),
    context: z
      .strictObject({ application: SampleApplication.optional() })
      .describe('required, also when empty'),
  }),
]);

const scripted = ['environmentVariables.*'];
const listed = ['value.environmentVariables.*'];

const script = ['script', 'environmentVariables'];

const formerVariables = {
  risk: 'irreversible',
  because: 'the former variables are lost',
  when: overwritesMembers('environmentVariables'),
} as const;

const customizerRisk: RiskFacts = [
  {
    risk: 'trust',
    because: 'the script decides the content of the access tokens of the tenant',
    fields: script,
  },
  { risk: 'egress', because: 'the script can send data of users to any address', fields: script },
  {
    risk: 'trust',
    because: 'tokens are issued although the script fails',
    when: turnsOff('blockIssuanceOnError'),
  },
  formerVariables,
];

const actionRisk: RiskFacts = [
  {
    risk: 'trust',
    because: 'the script decides who can sign in',
    fields: [...script, 'enabled', 'onExecutionError'],
  },
  { risk: 'egress', because: 'the script can send data of users to any address', fields: script },
  formerVariables,
];

export const configs = domain({
  title: 'Configs',
  about:
    'Settings of the tenant: signing keys, sessions, claims of tokens (JWT customizers), scripts at sign-in (actions), the console.',
  operations: {
    getAdminConsoleConfig: operation('GET /api/configs/admin-console', {
      summary: 'Get the state that the console stores: steps done, notices read.',
    }),
    updateAdminConsoleConfig: operation('PATCH /api/configs/admin-console', {
      summary: 'Change the state that the console stores; users do not see it.',
      notes: 'Merged at the top level; nested objects are replaced.',
      body: {
        signInExperienceCustomized: z.boolean().optional(),
        organizationCreated: z.boolean().optional(),
        developmentTenantMigrationNotification: z
          .strictObject({
            isPaidTenant: z.boolean(),
            tag: z.string(),
            readAt: z.number().optional().describe('epoch milliseconds'),
          })
          .optional(),
        checkedChargeNotification: z
          .strictObject({
            token: z.boolean().optional(),
            apiResource: z.boolean().optional(),
            machineToMachineApp: z.boolean().optional(),
            tenantMember: z.boolean().optional(),
          })
          .optional(),
      },
      risk: 'none',
    }),

    // Sessions and keys
    getOidcSessionConfig: operation('GET /api/configs/oidc/session', {
      summary: 'Get how long users stay signed in.',
      notes: 'ttl is in seconds.',
    }),
    updateOidcSessionConfig: operation('PATCH /api/configs/oidc/session', {
      summary: 'Set how long users stay signed in.',
      body: {
        ttl: z
          .int()
          .min(1)
          .max(31_536_000)
          .optional()
          .describe('seconds, 1 to 31536000; default 1209600, which is 14 days'),
      },
      risk: 'none',
    }),
    getOidcKeys: operation('GET /api/configs/oidc/{keyType}', {
      summary: 'List the signing keys of the tenant; private parts are never shown.',
      notes: 'createdAt is in seconds, effectiveAt of a Next key in milliseconds.',
      path: { keyType },
    }),
    rotateOidcKeys: operation('POST /api/configs/oidc/{keyType}/rotate', {
      summary: 'Rotate the signing keys: make a new key and answer all; old tokens stay valid.',
      notes:
        'Refused (422) while a private key is not yet active. rotationGracePeriod is for private-keys only.',
      path: { keyType },
      body: {
        signingKeyAlgorithm: z.enum(['RSA', 'EC']).optional(),
        rotationGracePeriod: z
          .int()
          .min(0)
          .optional()
          .describe('seconds until the new key signs, so that verifiers learn of it; 0: at once'),
      },
      effect: 'changes',
      risk: [
        { risk: 'irreversible', because: 'the former key cannot be made current again' },
        {
          risk: 'trust',
          because: 'a new key signs the tokens, and every verifier must fetch it',
        },
      ],
    }),
    deleteOidcKey: operation('DELETE /api/configs/oidc/{keyType}/{keyId}', {
      summary:
        'Delete a previous signing key; tokens or cookies that it signed become invalid at once.',
      notes: 'Of private-keys only a Previous one; never the only one (422).',
      path: { keyType, keyId: id('OIDC key') },
      risk: [
        {
          risk: 'destructive',
          because: 'tokens or cookies that the key signed become invalid at once',
        },
        { risk: 'irreversible', because: 'a deleted key cannot be restored' },
      ],
      cascades: oidcKeyCascades,
    }),

    // JWT customizers
    listJwtCustomizers: operation('GET /api/configs/jwt-customizer', {
      summary:
        'List the scripts that add claims to access tokens (JWT customizers), as {key, value}.',
      secrets: listed,
    }),
    getJwtCustomizer: operation('GET /api/configs/jwt-customizer/{tokenTypePath}', {
      summary:
        'Get the script that adds claims to one kind of access token; 404 when there is none.',
      path: { tokenTypePath },
      secrets: scripted,
    }),
    upsertJwtCustomizer: operation('PUT /api/configs/jwt-customizer/{tokenTypePath}', {
      summary: 'Set the script that adds claims to one kind of access token, as a whole.',
      notes: 'Runs at each token from then on: try it with test_jwt_customizer first.',
      path: { tokenTypePath },
      body: jwtSettings,
      secrets: scripted,
      risk: customizerRisk,
      lockout: tokenScriptLockout,
    }),
    updateJwtCustomizer: operation('PATCH /api/configs/jwt-customizer/{tokenTypePath}', {
      summary:
        'Change parts of the script that adds claims to access tokens; script is always needed.',
      path: { tokenTypePath },
      body: jwtSettings,
      replaces: ['environmentVariables', 'contextSample', 'tokenSample'],
      secrets: scripted,
      risk: customizerRisk,
      lockout: tokenScriptLockout,
    }),
    deleteJwtCustomizer: operation('DELETE /api/configs/jwt-customizer/{tokenTypePath}', {
      summary: 'Delete the script that adds claims to one kind of access token.',
      path: { tokenTypePath },
      risk: [
        { risk: 'destructive', because: 'access tokens lose the claims that the script adds' },
      ],
      cascades: [],
    }),
    testJwtCustomizer: operation('POST /api/configs/jwt-customizer/test', {
      summary: 'Run a script for token claims on a sample and get the claims; nothing is stored.',
      notes: 'A script that fails answers 422 jwt_customizer.general.',
      body: whole('test', JwtTest),
      reaches: 'Logto runs the script, which can call any address',
      risk: [
        {
          risk: 'egress',
          because: 'Logto runs the script, which can send its input to any address',
        },
      ],
    }),

    // ID tokens
    getIdTokenConfig: operation('GET /api/configs/id-token', {
      summary: 'Get which extended claims ID tokens hold.',
    }),
    upsertIdTokenConfig: operation('PUT /api/configs/id-token', {
      summary: 'Set which extended claims ID tokens hold, the whole list.',
      body: {
        enabledExtendedClaims: z
          .array(
            z.enum([
              'custom_data',
              'identities',
              'sso_identities',
              'roles',
              'organizations',
              'organization_data',
              'organization_roles',
            ]),
          )
          .optional(),
      },
      risk: [
        {
          risk: 'destructive',
          because: 'claims not in the list leave all ID tokens',
          when: losesEntries('enabledExtendedClaims'),
        },
      ],
    }),

    // Actions
    listActions: operation('GET /api/configs/actions', {
      summary: 'List the scripts that run at sign-in (actions), as {key, value}.',
      secrets: listed,
    }),
    getAction: operation('GET /api/configs/actions/{actionType}', {
      summary: 'Get one script that runs at sign-in (action); 404 when there is none.',
      path: { actionType },
      secrets: scripted,
    }),
    upsertAction: operation('PUT /api/configs/actions/{actionType}', {
      summary: 'Set a script that runs at sign-in (action), as a whole.',
      notes: 'A faulty one can lock users out: try it with test_action first.',
      path: { actionType },
      body: { script: actionScript, ...actionSettings },
      secrets: scripted,
      lockout: signInScriptLockout,
      risk: actionRisk,
    }),
    updateAction: operation('PATCH /api/configs/actions/{actionType}', {
      summary: 'Change parts of a script that runs at sign-in (action), or switch it on or off.',
      path: { actionType },
      body: { script: actionScript.optional(), ...actionSettings },
      replaces: ['environmentVariables', 'contextSample'],
      secrets: scripted,
      lockout: signInScriptLockout,
      risk: actionRisk,
    }),
    deleteAction: operation('DELETE /api/configs/actions/{actionType}', {
      summary: 'Delete a script that runs at sign-in (action).',
      path: { actionType },
      lockout: signInScriptLockout,
      risk: [
        {
          risk: 'destructive',
          because: 'the script no longer runs at sign-in, nor prevents anything',
        },
      ],
      cascades: [],
    }),
    testAction: operation('POST /api/configs/actions/test', {
      summary:
        'Run a script for sign-in on a sample event and get what it returns; nothing is stored.',
      notes: 'A script that fails answers 422 action.general.',
      body: {
        script: actionScript,
        actionType,
        event: customData('input of the script'),
        environmentVariables,
      },
      reaches: 'Logto runs the script, which can call any address',
      risk: [
        {
          risk: 'egress',
          because: 'Logto runs the script, which can send its input to any address',
        },
      ],
    }),

    // Clients that describe themselves
    getCimdConfig: operation('GET /api/configs/cimd', {
      since: '1.43',
      summary: 'Tell whether clients that describe themselves (CIMD) are allowed.',
    }),
    updateCimdConfig: operation('PATCH /api/configs/cimd', {
      since: '1.43',
      summary:
        'Allow or refuse clients that describe themselves by a document at their URL (CIMD).',
      body: {
        enabled: z.boolean().optional(),
        addConsentPromptForOfflineAccess: since('1.44', z.boolean())
          .optional()
          .describe('ask for consent where they want refresh tokens'),
      },
      lockout: dynamicClientsLockout,
      risk: [
        {
          risk: 'trust',
          because: 'such clients get refresh tokens without a prompt for consent',
          when: turnsOff('addConsentPromptForOfflineAccess'),
        },
        {
          risk: 'trust',
          because: 'any client in the world can ask users to sign in',
          when: turnsOn('enabled'),
        },
      ],
    }),
  },
});
