import * as z from 'zod';
import { isObject } from '../json.js';
import { userCascades, userGrantCascades, userIdentityCascades } from './cascades.js';
import { naming } from './entities.js';
import {
  Address,
  address,
  brief,
  customData,
  emailAddress,
  flag,
  fullUrl,
  id,
  idInside,
  ids,
  MAX_USER_ID_CHARS,
  nameOf,
  orNull,
  phoneNumber,
  text,
} from './fields.js';
import { longMembersOf } from './long-members.js';
import { domain, operation, whole } from './operation.js';
import { ofAccount } from './organization-limits.js';
import { since } from './releases.js';
import {
  gainsMembers,
  lastIdentifier,
  losesMembers,
  overwrites,
  turnsOff,
  turnsOn,
} from './risk-rules.js';

const userId = { userId: id('user') };

const username = address(
  z
    .string()
    .regex(/^[A-Za-z_]\w*$/, 'must be letters, digits and _, not beginning with a digit')
    .describe('unique; letters, digits and _, no digit first'),
);

/**
 * The pattern of Logto, without the two names of directories, which a path cannot hold. It is no pattern of the schema, because the
 * words say the same in fewer tokens.
 */
const isUserId = (text: string): boolean =>
  /^[\w.@:+=|-]+$/.test(text) && text !== '.' && text !== '..';

/** Logto Cloud does not take it. */
const newUserId = z
  .string()
  .max(MAX_USER_ID_CHARS)
  .refine(isUserId, { message: 'must be letters, digits and _-.@:+=|, and not "." or ".."' })
  .describe(
    `self-hosted only; letters, digits, _-.@:+=|; at most ${MAX_USER_ID_CHARS} characters; default random`,
  );

const primaryEmail = emailAddress.describe('e-mail address, unique in any case');

const primaryPhone = phoneNumber.describe('unique; digits only, with country code, no +');

const displayName = z.string().max(128).describe('at most 128 characters');

const avatar = fullUrl.describe('full URL of a picture');

const ownData = customData('your data; the user cannot see it in the sign-in page');

const Profile = z
  .strictObject({
    familyName: z.string().optional(),
    givenName: z.string().optional(),
    middleName: z.string().optional(),
    nickname: z.string().optional(),
    preferredUsername: z.string().optional(),
    profile: z.string().optional().describe('URL of a profile page'),
    website: z.string().optional(),
    gender: z.string().optional(),
    birthdate: z.string().optional().describe('YYYY-MM-DD or YYYY'),
    zoneinfo: z.string().optional().describe('e.g. Europe/Berlin'),
    locale: z.string().optional().describe('e.g. de-DE'),
    address: Address.optional(),
  })
  .describe('standard OpenID Connect claims');

/** The same beside much else; `update_user_profile` shows it to its depth. */
const profileInBrief = brief(
  Profile,
  'givenName, familyName, middleName, nickname, preferredUsername, profile, website, gender, birthdate (YYYY-MM-DD), zoneinfo, locale, address {formatted, streetAddress, locality, region, postalCode, country}',
);

const password = z.string().min(1).describe('plain text; the password policy is not applied');

const target = naming(
  z.string().describe('provider name, a key of identities in get_user, e.g. google'),
  'connector',
  'target',
);

const tokenName = text('unique among the tokens of the user', 256);

const includeTokenSecret = flag(
  'add details of the stored provider tokens, never the tokens; expiresAt in seconds',
);

/** The arguments that find a user by an account at another provider. */
const IDENTITY_ARGUMENTS = ['identityType', 'identityProvider', 'identityId'];

const searchable = ['id', 'primaryEmail', 'primaryPhone', 'username', 'name'];

export const users = domain({
  title: 'Users',
  about:
    'User accounts: who they are, how they sign in, what they may do, and where they are signed in.',
  operations: {
    listUsers: operation('GET /api/users', {
      longMembers: longMembersOf.user,
      summary: 'List or search the users of the tenant, newest first.',
      whenEmpty:
        'search looks into id, e-mail, phone, username and name alone; for any other member, such as customData, take collect_pages with where.',
      paging: 'always',
      search: searchable,
      query: {
        excludeRoleId: id('role').optional().describe('leave out users who hold this role'),
        excludeOrganizationId: id('organization')
          .optional()
          .describe('leave out its members; not together with excludeRoleId'),
        identityType: since('1.44', z.enum(['social', 'sso'])).optional(),
        identityProvider: since('1.44', z.string())
          .optional()
          .describe('target of the connector, or SSO issuer'),
        identityId: since('1.44', z.string())
          .optional()
          .describe('id of the user there, exact; all three identity arguments together'),
      },
      refuses: ({ excludeRoleId, excludeOrganizationId, ...values }) => {
        if (excludeRoleId !== undefined && excludeOrganizationId !== undefined) {
          return 'excludeRoleId and excludeOrganizationId cannot go together: ask with one of them';
        }
        // With only one of them the answer could be about every user.
        const missing = IDENTITY_ARGUMENTS.filter((name) => values[name] === undefined);
        return missing.length > 0 && missing.length < IDENTITY_ARGUMENTS.length
          ? `identityType, identityProvider and identityId go together: add ${missing.join(' and ')}`
          : undefined;
      },
    }),
    createUser: operation('POST /api/users', {
      summary: 'Create a user account; nothing is sent to the person.',
      notes:
        'Without username, e-mail or phone the user cannot sign in. Default roles are assigned.',
      body: {
        id: since('1.44', newUserId).optional(),
        username: username.optional(),
        primaryEmail: primaryEmail.optional(),
        primaryPhone: primaryPhone.optional(),
        name: displayName.optional(),
        avatar: orNull(avatar),
        password: password.optional(),
        passwordDigest: z
          .string()
          .max(256)
          .optional()
          .describe(
            'hash from another system instead of password, with passwordAlgorithm; at most 256 characters',
          ),
        passwordAlgorithm: z
          .enum(['Argon2i', 'Argon2id', 'Argon2d', 'SHA1', 'SHA256', 'MD5', 'Bcrypt', 'Legacy'])
          .optional(),
        customData: ownData.optional(),
        profile: profileInBrief.optional(),
      },
      risk: 'none',
    }),
    getUser: operation('GET /api/users/{userId}', {
      summary: 'Get one user; roles and organizations have separate tools.',
      path: userId,
      query: { includeSsoIdentities: flag('add enterprise SSO identities') },
    }),
    updateUser: operation('PATCH /api/users/{userId}', {
      summary: 'Change identifiers, name, avatar, custom data or profile of a user.',
      notes: 'null or an empty text clears a field.',
      path: userId,
      body: {
        username: username.nullable().optional(),
        primaryEmail: primaryEmail.nullable().optional(),
        primaryPhone: primaryPhone.nullable().optional(),
        name: displayName.nullable().optional(),
        avatar: avatar.nullable().optional(),
        customData: ownData.optional(),
        profile: profileInBrief.optional(),
      },
      replaces: ['customData', 'profile'],
      risk: [
        {
          risk: 'credential',
          because: 'the account has nothing left to sign in with',
          when: lastIdentifier,
        },
        {
          risk: 'credential',
          because:
            'the account holds the Management API, directly or through an MCP server, and anyone who owns the new identifier can take it over',
          fields: ['username', 'primaryEmail', 'primaryPhone'],
          ifPrivileged: ['userId'],
        },
      ],
      organizationScope: ofAccount('userId'),
    }),
    deleteUser: operation('DELETE /api/users/{userId}', {
      summary:
        'Delete a user for good, with roles, memberships, identities and sessions; to block the sign-in only, use update_user_is_suspended.',
      path: userId,
      risk: [
        {
          risk: 'destructive',
          because:
            'the account will be deleted with its roles, memberships, identities and sessions',
        },
        { risk: 'irreversible', because: 'Logto cannot restore a deleted account' },
      ],
      cascades: userCascades,
      organizationScope: ofAccount('userId'),
    }),

    // Data
    listUserCustomData: operation('GET /api/users/{userId}/custom-data', {
      summary: 'Get the custom data of a user alone.',
      path: userId,
    }),
    updateUserCustomData: operation('PATCH /api/users/{userId}/custom-data', {
      summary: 'Merge keys into the custom data of a user; to replace it all take update_user.',
      notes: 'null stays as a value, no top-level key is removed.',
      path: userId,
      body: { customData: ownData },
      joins: ['customData'],
      risk: 'none',
      organizationScope: ofAccount('userId'),
    }),
    updateUserProfile: operation('PATCH /api/users/{userId}/profile', {
      summary: 'Merge claims into the profile of a user (names, birthdate, address ...).',
      path: userId,
      body: { profile: Profile },
      joins: ['profile'],
      risk: 'none',
      organizationScope: ofAccount('userId'),
    }),
    listUserLogtoConfigs: operation('GET /api/users/{userId}/logto-configs', {
      summary: 'Get which MFA and passkey prompts a user has skipped.',
      path: userId,
    }),
    updateUserLogtoConfigs: operation('PATCH /api/users/{userId}/logto-configs', {
      summary: 'Change which MFA and passkey prompts a user skips, or exempt the user from MFA.',
      path: userId,
      body: {
        mfa: z
          .strictObject({
            enabled: z.boolean().optional(),
            skipped: z.boolean().optional().describe('has skipped the setup'),
            additionalBindingSuggestionSkipped: z
              .boolean()
              .optional()
              .describe('ignored by the server'),
            skipMfaOnSignIn: z.boolean().optional().describe('signs in without a second factor'),
          })
          .optional(),
        passkeySignIn: z
          .strictObject({ skipped: z.boolean().optional().describe('has skipped the setup') })
          .optional(),
      },
      risk: [
        {
          risk: 'credential',
          because: 'the user signs in without a second factor',
          when: turnsOn('mfa.skipMfaOnSignIn'),
        },
        {
          risk: 'credential',
          because: 'the user is not asked for a second factor any more',
          when: turnsOff('mfa.enabled'),
        },
        {
          risk: 'credential',
          because:
            'the account holds the Management API, directly or through an MCP server, and is not asked to set up a second factor any more',
          when: turnsOn('mfa.skipped'),
          ifPrivileged: ['userId'],
        },
      ],
      organizationScope: ofAccount('userId'),
    }),

    // Password and access
    updateUserPassword: operation('PATCH /api/users/{userId}/password', {
      summary: 'Set the password of a user; nothing is sent to the person.',
      path: userId,
      body: { password },
      risk: [
        {
          risk: 'credential',
          because: 'anyone who knows the new password can sign in as the user',
        },
        { risk: 'irreversible', because: 'the old password cannot be restored' },
        {
          risk: 'privilege',
          because:
            'the account holds the Management API, directly or through an MCP server, so anyone who uses this holds it too',
          ifPrivileged: ['userId'],
        },
      ],
      organizationScope: ofAccount('userId'),
    }),
    updateUserPasswordExpiration: operation('PATCH /api/users/{userId}/password/expiration', {
      summary: 'Make a user change the password at the next sign-in, or take that back.',
      notes: 'Only while passwordExpiration is enabled (update_sign_in_exp).',
      path: userId,
      body: { isExpired: z.boolean() },
      risk: [
        {
          risk: 'irreversible',
          because: 'Logto does not tell whether the password was marked as expired before',
        },
      ],
      organizationScope: ofAccount('userId'),
    }),
    verifyUserPassword: operation('POST /api/users/{userId}/password/verify', {
      summary: 'Check whether a password is the one of a user; nothing is changed.',
      notes: 'A wrong one answers 422 session.invalid_credentials.',
      path: userId,
      body: { password: z.string().min(1) },
      risk: [
        {
          risk: 'credential',
          because:
            'it shows whether a guess of the password is right, and Logto does not limit the guesses',
        },
      ],
      limit: { calls: 5, windowMs: 15 * 60_000, per: ['userId'] },
      organizationScope: ofAccount('userId'),
    }),
    getUserHasPassword: operation('GET /api/users/{userId}/has-password', {
      summary: 'Tell whether a user has a password.',
      path: userId,
    }),
    updateUserIsSuspended: operation('PATCH /api/users/{userId}/is-suspended', {
      summary:
        'Suspend (block, ban) a user, who is signed out and cannot sign in, or lift the suspension.',
      path: userId,
      body: { isSuspended: z.boolean().describe('true blocks, false lifts it') },
      risk: 'none',
      undo: { leaves: 'Sessions and tokens that a suspension ended are not restored.' },
      organizationScope: ofAccount('userId'),
    }),

    // Roles and organizations
    listUserRoles: operation('GET /api/users/{userId}/roles', {
      summary:
        'List the roles of a user; roles inside organizations are in list_user_organizations.',
      paging: 'always',
      search: ['id', 'name', 'description'],
      path: userId,
    }),
    assignUserRoles: operation('POST /api/users/{userId}/roles', {
      summary: 'Give roles to one user; roles that the user already has stay.',
      notes: 'Only roles of type User.',
      path: userId,
      body: { roleIds: ids('role', 0) },
      risk: [
        {
          risk: 'privilege',
          because: 'it grants the Management API, directly or through an MCP server',
          ifPrivileged: ['roleIds'],
        },
      ],
    }),
    replaceUserRoles: operation('PUT /api/users/{userId}/roles', {
      summary: 'Set the whole list of roles of a user; to add some take assign_user_roles.',
      path: userId,
      body: { roleIds: ids('role', 0) },
      risk: [
        {
          risk: 'destructive',
          because: 'roles that are not in the list are removed; an empty list removes all',
          when: losesMembers('roleIds'),
        },
        {
          risk: 'privilege',
          because: 'it grants the Management API, directly or through an MCP server',
          when: gainsMembers('roleIds'),
          ifPrivileged: ['roleIds'],
        },
      ],
    }),
    deleteUserRole: operation('DELETE /api/users/{userId}/roles/{roleId}', {
      summary: 'Take one role from a user.',
      path: { ...userId, roleId: id('role') },
      risk: [{ risk: 'destructive', because: 'the user loses what the role grants' }],
      cascades: [],
    }),
    listUserOrganizations: operation('GET /api/users/{userId}/organizations', {
      longMembers: longMembersOf.organization,
      summary: 'List the organizations of a user, each with the organization roles held there.',
      path: userId,
    }),

    // Identities at other providers
    listUserAllIdentities: operation('GET /api/users/{userId}/all-identities', {
      summary: 'List the social and enterprise SSO identities linked to a user.',
      path: userId,
      query: { includeTokenSecret },
    }),
    getUserIdentity: operation('GET /api/users/{userId}/identities/{target}', {
      summary: 'Get the identity of a user at one social provider.',
      path: { ...userId, target },
      query: { includeTokenSecret },
    }),
    getUserSsoIdentity: operation('GET /api/users/{userId}/sso-identities/{ssoConnectorId}', {
      summary: 'Get the identity of a user at one enterprise SSO connector.',
      path: { ...userId, ssoConnectorId: id('SSO connector') },
      query: { includeTokenSecret },
    }),
    createUserIdentity: operation('POST /api/users/{userId}/identities', {
      summary:
        'Link a social identity from the answer of the provider to your page; returns all identities.',
      notes:
        'The flow begins with create_connector_authorization_uri. With a known provider id take replace_user_identity.',
      path: userId,
      body: {
        connectorId: id('connector'),
        connectorData: customData('query parameters of the redirect: code, state, redirectUri ...'),
      },
      secretArguments: ['connectorData.*'],
      reaches: 'it asks the provider for the account',
      risk: [
        {
          risk: 'credential',
          because: 'anyone who owns the linked account can sign in as the user',
        },
        {
          risk: 'privilege',
          because:
            'the account holds the Management API, directly or through an MCP server, so anyone who uses this holds it too',
          ifPrivileged: ['userId'],
        },
      ],
      organizationScope: ofAccount('userId'),
    }),
    replaceUserIdentity: operation('PUT /api/users/{id}/identities/{target}', {
      summary:
        'Link a social identity by its id at the provider, unverified, or replace the one linked.',
      path: { id: id('user'), target },
      body: {
        userId: z.string().describe('id of the account at the provider'),
        details: customData('details of the account at the provider').optional(),
      },
      risk: [
        {
          risk: 'credential',
          because:
            'anyone who owns the linked account can sign in as the user, and Logto does not verify who that is',
        },
        { risk: 'irreversible', because: 'the identity linked before is lost', when: overwrites },
        {
          risk: 'privilege',
          because:
            'the account holds the Management API, directly or through an MCP server, so anyone who uses this holds it too',
          ifPrivileged: ['id'],
        },
      ],
      organizationScope: ofAccount('id'),
    }),
    deleteUserIdentity: operation('DELETE /api/users/{userId}/identities/{target}', {
      summary: 'Unlink a social identity from a user, who can no longer sign in with it.',
      path: { ...userId, target },
      risk: [
        { risk: 'destructive', because: 'the user cannot sign in with that account any more' },
      ],
      cascades: userIdentityCascades,
      organizationScope: ofAccount('userId'),
    }),

    // Second factors
    listUserMfaVerifications: operation('GET /api/users/{userId}/mfa-verifications', {
      summary:
        'List the second factors (MFA) of a user: authenticator app, passkeys, backup codes.',
      notes: 'createdAt is an ISO text.',
      path: userId,
    }),
    createUserMfaVerification: operation('POST /api/users/{userId}/mfa-verifications', {
      summary: 'Set up an authenticator app (TOTP) or backup codes for a user; shown this once.',
      notes: 'Backup codes need another factor first.',
      path: userId,
      body: whole(
        'verification',
        z.discriminatedUnion('type', [
          z.strictObject({
            type: z.literal('Totp'),
            secret: z.string().optional().describe('base32; made up when left out'),
          }),
          z.strictObject({
            type: z.literal('BackupCode'),
            codes: z.array(z.string()).optional().describe('made up when left out'),
          }),
        ]),
      ),
      secrets: ['secret', 'secretQrCode', 'codes'],
      risk: [
        { risk: 'credential', because: 'anyone who holds the new factor passes MFA as the user' },
        {
          risk: 'privilege',
          because:
            'the account holds the Management API, directly or through an MCP server, so anyone who uses this holds it too',
          ifPrivileged: ['userId'],
        },
      ],
      organizationScope: ofAccount('userId'),
      shownOnce: {
        what: 'the secret of the authenticator app, or the backup codes',
        unless: ({ verification }) =>
          isObject(verification) &&
          (verification['secret'] !== undefined || verification['codes'] !== undefined),
      },
    }),
    deleteUserMfaVerification: operation(
      'DELETE /api/users/{userId}/mfa-verifications/{verificationId}',
      {
        summary: 'Remove (reset) one second factor of a user.',
        path: {
          ...userId,
          verificationId: idInside('MFA verification', 'id, from list_user_mfa_verifications'),
        },
        risk: [
          {
            risk: 'destructive',
            because: 'the factor cannot be restored; the user has to set it up again',
          },
          { risk: 'credential', because: 'the account is protected by one factor less' },
        ],
        cascades: [],
        organizationScope: ofAccount('userId'),
      },
    ),

    // Browsers that need no second factor
    listUserTrustedDevices: operation('GET /api/users/{userId}/trusted-devices', {
      since: '1.44',
      summary: 'List the browsers in which a user may skip MFA (trusted devices).',
      path: userId,
    }),
    deleteUserTrustedDevice: operation(
      'DELETE /api/users/{userId}/trusted-devices/{trustedDeviceId}',
      {
        since: '1.44',
        summary: 'Revoke a trusted device: the next sign-in of the user in it asks for MFA.',
        path: {
          ...userId,
          trustedDeviceId: idInside('trusted device', 'id, from list_user_trusted_devices'),
        },
        risk: [
          {
            risk: 'destructive',
            because: 'the user has to pass MFA in that browser again, and it cannot be restored',
          },
        ],
        cascades: [],
        organizationScope: ofAccount('userId'),
      },
    ),

    // Personal access tokens
    listUserPersonalAccessTokens: operation('GET /api/users/{userId}/personal-access-tokens', {
      summary: 'List the personal access tokens of a user.',
      path: userId,
      secrets: ['value'],
    }),
    createUserPersonalAccessToken: operation('POST /api/users/{userId}/personal-access-tokens', {
      summary: 'Create a personal access token, with which a program acts as the user.',
      path: userId,
      body: {
        name: tokenName,
        expiresAt: z
          .number()
          .nullable()
          .optional()
          .describe('epoch milliseconds, in the future; null or left out: never'),
      },
      secrets: ['value'],
      risk: [
        { risk: 'credential', because: 'anyone who holds the token can act as the user' },
        {
          risk: 'privilege',
          because:
            'the account holds the Management API, directly or through an MCP server, so anyone who uses this holds it too',
          ifPrivileged: ['userId'],
        },
      ],
      organizationScope: ofAccount('userId'),
    }),
    updateUserPersonalAccessToken: operation(
      'PATCH /api/users/{userId}/personal-access-tokens/{currentName}',
      {
        summary: 'Rename a personal access token.',
        path: {
          ...userId,
          currentName: nameOf(
            'personal access token',
            'name, from list_user_personal_access_tokens',
          ),
        },
        body: { name: tokenName },
        secrets: ['value'],
        risk: 'none',
        organizationScope: ofAccount('userId'),
      },
    ),
    updatePersonalAccessTokenName: operation('PATCH /api/users/{userId}/personal-access-tokens', {
      summary: 'Rename a personal access token whose name cannot be part of a URL, such as "..".',
      notes: 'For ordinary names take update_user_personal_access_token.',
      path: userId,
      body: {
        currentName: nameOf('personal access token', 'name, from list_user_personal_access_tokens'),
        name: tokenName,
      },
      secrets: ['value'],
      risk: 'none',
      organizationScope: ofAccount('userId'),
    }),
    deleteUserPersonalAccessToken: operation(
      'DELETE /api/users/{userId}/personal-access-tokens/{name}',
      {
        summary: 'Delete a personal access token; programs that use it lose access.',
        path: {
          ...userId,
          name: nameOf('personal access token', 'from list_user_personal_access_tokens'),
        },
        risk: [{ risk: 'destructive', because: 'programs that use the token lose access' }],
        cascades: [],
        organizationScope: ofAccount('userId'),
      },
    ),
    deletePersonalAccessTokenPost: operation(
      'POST /api/users/{userId}/personal-access-tokens/delete',
      {
        summary: 'Delete a personal access token whose name cannot be part of a URL, such as "..".',
        notes: 'For ordinary names take delete_user_personal_access_token.',
        path: userId,
        body: { name: nameOf('personal access token', 'from list_user_personal_access_tokens') },
        effect: 'removes',
        risk: [{ risk: 'destructive', because: 'programs that use the token lose access' }],
        cascades: [],
        organizationScope: ofAccount('userId'),
      },
    ),

    // Where the user is signed in
    listUserSessions: operation('GET /api/users/{userId}/sessions', {
      summary: 'List where a user is signed in (browser sessions).',
      notes:
        'An unknown user answers with an empty list, not 404. payload.exp and iat are in seconds.',
      items: 'sessions',
      path: userId,
      secrets: ['payload.jti'],
    }),
    getUserSession: operation('GET /api/users/{userId}/sessions/{sessionId}', {
      summary: 'Get one session of a user.',
      notes: 'payload.iat and payload.exp are in seconds.',
      path: { ...userId, sessionId: idInside('session', 'payload.uid in list_user_sessions') },
      secrets: ['payload.jti'],
    }),
    deleteUserSession: operation('DELETE /api/users/{userId}/sessions/{sessionId}', {
      summary: 'Sign a user out of one session.',
      notes: 'Without revokeGrantsTarget applications keep the tokens that they have.',
      path: { ...userId, sessionId: idInside('session', 'payload.uid in list_user_sessions') },
      query: {
        revokeGrantsTarget: z
          .enum(['all', 'firstParty'])
          .optional()
          .describe('also revoke grants of applications in it'),
      },
      risk: [{ risk: 'destructive', because: 'the user is signed out there' }],
      cascades: [],
      organizationScope: ofAccount('userId'),
    }),
    listUserGrants: operation('GET /api/users/{userId}/grants', {
      summary: 'List the applications that a user has granted access to, with scopes.',
      notes:
        'An unknown user answers with an empty list, not 404. payload.iat and payload.exp are in seconds.',
      items: 'grants',
      path: userId,
      query: { appType: z.enum(['firstParty', 'thirdParty']).optional() },
    }),
    deleteUserGrant: operation('DELETE /api/users/{userId}/grants/{grantId}', {
      summary: 'Revoke the grants of a user to one application, with its tokens.',
      path: { ...userId, grantId: idInside('grant', 'id, from list_user_grants') },
      risk: [{ risk: 'destructive', because: 'the application loses its tokens for this user' }],
      cascades: userGrantCascades,
      organizationScope: ofAccount('userId'),
    }),
  },
});
