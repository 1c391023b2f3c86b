import { createHash } from 'node:crypto';
import { memberOf } from '../../json.js';
import { type Behaviours, type Call, list, pathValue, type Query } from '../call.js';
import {
  connectors,
  type Json,
  organizationRoles,
  organizations,
  organizationUserRoles,
  organizationUsers,
  publicUser,
  type Role,
  roles,
  tenantId,
  type User,
  users,
  usersRoles,
} from '../entities.js';
import { signInExperience } from '../experience.js';
import { isPhoneNumber } from '../phone-numbers.js';
import { created, missing, noContent, notUnique, ok, refuse, type SandboxReply } from '../reply.js';
import { searched } from '../search.js';
import { type Tenant, table } from '../tenant.js';
import { targetOf } from './connectors.js';

/** What Logto searches users by. */
export const userSearchFields = ['id', 'primaryEmail', 'primaryPhone', 'username', 'name'];

interface PersonalAccessToken {
  /** `<userId>/<name>` */
  readonly id: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly name: string;
  readonly value: string;
  readonly createdAt: number;
  /** Milliseconds since the epoch; null for never. */
  readonly expiresAt: number | null;
}

export const personalAccessTokens = table<PersonalAccessToken>('personal_access_tokens', {
  userId: users,
});

/** A browser session, or what a user has granted an application; both begin with a sign-in, so a trial has few. */
interface SignedIn {
  readonly id: string;
  readonly userId: string;
  readonly shown: Json;
}

export const sessions = table<SignedIn>('sessions', { userId: users });
export const grants = table<SignedIn>('grants', { userId: users });

/** A browser in which a user may skip the second factor. Times are milliseconds since the epoch. */
interface TrustedDevice {
  readonly id: string;
  readonly userId: string;
  readonly userAgent: string | null;
  readonly country: string | null;
  readonly city: string | null;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
}

export const trustedDevices = table<TrustedDevice>('trusted_devices', { userId: users });

const userOf = (call: Call, name = 'userId'): User => {
  const user = call.tenant.table(users).get(pathValue(call, name));
  if (user === undefined) {
    throw missing('entity.not_found', 'user');
  }
  return user;
};

const sameText = (a: string | null, b: string | null | undefined): boolean =>
  a !== null && a.toLowerCase() === b?.toLowerCase();

type Identifiers = Partial<Pick<User, 'username' | 'primaryEmail' | 'primaryPhone'>>;

const requireFree = (tenant: Tenant, input: Identifiers, except?: string): void => {
  const others = tenant.table(users).filter(({ id }) => id !== except);
  // User names differ by case unless the tenant says otherwise; addresses never do.
  if (input.username && others.some(({ username }) => username === input.username)) {
    throw notUnique('user.username_already_in_use', 'The username');
  }
  if (
    input.primaryEmail &&
    others.some(({ primaryEmail }) => sameText(primaryEmail, input.primaryEmail))
  ) {
    throw notUnique('user.email_already_in_use', 'The e-mail address');
  }
  if (
    input.primaryPhone &&
    others.some(({ primaryPhone }) => primaryPhone === input.primaryPhone)
  ) {
    throw notUnique('user.phone_already_in_use', 'The phone number');
  }
};

/** @throws Refusal 422 `user.invalid_phone` */
const requireValidPhone = ({ primaryPhone }: Identifiers): void => {
  if (primaryPhone && !isPhoneNumber(primaryPhone)) {
    throw refuse(422, 'user.invalid_phone', 'It is no phone number with a country calling code.');
  }
};

/** An empty string is stored as null. */
const orNull = (text: string | null | undefined): string | null => text || null;

const change = (call: Call, user: User, by: Partial<User>): User =>
  call.tenant.table(users).update(user.id, { ...by, updatedAt: call.now });

interface UserBody extends Identifiers {
  readonly id?: string;
  readonly name?: string | null;
  readonly avatar?: string | null;
  readonly password?: string;
  readonly passwordDigest?: string;
  readonly passwordAlgorithm?: string;
  readonly customData?: Json;
  readonly profile?: Json;
}

/** A digest of an older system: `["<hash function>", ["<argument>", ...], "<digest>"]`. */
const isLegacyDigest = (digest: string): boolean => {
  try {
    const [name, args, value]: unknown[] = JSON.parse(digest);
    return typeof name === 'string' && Array.isArray(args) && typeof value === 'string';
  } catch {
    return false;
  }
};

const passwordOf = ({
  password,
  passwordDigest,
  passwordAlgorithm,
}: UserBody): User['password'] => {
  if (password && passwordDigest) {
    throw refuse(400, 'user.password_and_digest', 'Give a password or a digest, not both.');
  }
  if (passwordDigest) {
    if (passwordAlgorithm === undefined) {
      throw refuse(400, 'user.password_algorithm_required', 'A digest needs its algorithm.');
    }
    if (passwordAlgorithm === 'Legacy' && !isLegacyDigest(passwordDigest)) {
      throw refuse(
        400,
        'password.invalid_legacy_password_format',
        'A Legacy digest is a JSON array.',
      );
    }
    return { digest: passwordDigest, algorithm: passwordAlgorithm };
  }
  return password === undefined ? null : { plain: password };
};

const hashes: Readonly<Record<string, string>> = { MD5: 'md5', SHA1: 'sha1', SHA256: 'sha256' };

const isPassword = (stored: User['password'], candidate: string): boolean => {
  if (stored === null) {
    return false;
  }
  if ('plain' in stored) {
    return stored.plain === candidate;
  }
  const hash = hashes[stored.algorithm];
  return hash !== undefined && createHash(hash).update(candidate).digest('hex') === stored.digest;
};

export const insertUser = (
  tenant: Tenant,
  row: Partial<User> & { readonly createdAt: number },
): User =>
  tenant.table(users).insert({
    id: tenant.newId(12),
    username: null,
    primaryEmail: null,
    primaryPhone: null,
    name: null,
    avatar: null,
    customData: {},
    identities: {},
    lastSignInAt: null,
    updatedAt: row.createdAt,
    profile: {},
    applicationId: null,
    cimdClientId: null,
    isSuspended: false,
    password: null,
    passwordExpiredAt: null,
    logtoConfig: {},
    mfaVerifications: [],
    ...row,
  });

const rolesOf = (tenant: Tenant, userId: string): Role[] => {
  const roleIds = new Set(tenant.relation(usersRoles).rightsOf(userId));
  return tenant.table(roles).filter(({ id }) => roleIds.has(id));
};

const requireUserRoles = (
  tenant: Tenant,
  roleIds: readonly string[],
  code: 'user.invalid_role_type' | 'entity.db_constraint_violated',
): void => {
  for (const id of roleIds) {
    const role = tenant.table(roles).get(id);
    if (role === undefined) {
      throw missing('entity.not_exists_with_id', 'role', id);
    }
    if (role.type !== 'User') {
      throw refuse(422, code, 'The role is for machines.');
    }
  }
};

const logtoConfigsOf = ({ logtoConfig }: User) => {
  const { mfa, passkeySignIn }: { mfa?: Json; passkeySignIn?: Json } = logtoConfig;
  return {
    mfa: { skipped: false, skipMfaOnSignIn: false, ...mfa },
    passkeySignIn: { skipped: false, ...passkeySignIn },
  };
};

const withoutIgnored = (input: Json): Json =>
  Object.fromEntries(
    Object.entries(input).filter(([key]) => key !== 'additionalBindingSuggestionSkipped'),
  );

const tokensOf = (call: Call): PersonalAccessToken[] => {
  const { id } = userOf(call);
  return call.tenant
    .table(personalAccessTokens)
    .filter(({ userId }) => userId === id)
    .reverse();
};

const tokenOf = (
  call: Call,
  name: string,
  code: 'entity.not_found' | 'entity.not_exists',
): PersonalAccessToken => {
  const userId = pathValue(call, 'userId');
  const token = call.tenant
    .table(personalAccessTokens)
    .find((row) => row.userId === userId && row.name === name);
  if (token === undefined) {
    throw missing(code, 'personal access token');
  }
  return token;
};

const shownToken = ({ id: _, ...shown }: PersonalAccessToken) => shown;

const requireFreeTokenName = (call: Call, name: string): void => {
  if (tokensOf(call).some((token) => token.name === name)) {
    throw notUnique('user.personal_access_token_name_exists', 'The name');
  }
};

const renameToken = (call: Call, from: string): SandboxReply => {
  const { name } = call.body<{ name: string }>();
  const token = tokenOf(call, from, 'entity.not_exists');
  if (name !== from) {
    requireFreeTokenName(call, name);
  }
  return ok(shownToken(call.tenant.table(personalAccessTokens).update(token.id, { name })));
};

const deleteToken = (call: Call, name: string): SandboxReply => {
  call.tenant.table(personalAccessTokens).delete(tokenOf(call, name, 'entity.not_found').id);
  return noContent();
};

const identityOf = (call: Call): { user: User; target: string; identity: Json } => {
  const user = userOf(call);
  const target = pathValue(call, 'target');
  const identity = user.identities[target] as Json | undefined;
  if (identity === undefined) {
    throw refuse(404, 'user.identity_not_exist', 'The user has no such identity.');
  }
  return { user, target, identity };
};

/** A secret for an authenticator app: base32, of the length that Logto accepts. */
const totpSecret = /^[A-Z2-7]{16,}$/;

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const madeUpTotp = (tenant: Tenant): string =>
  [...tenant.newId(32)].map((letter) => base32[letter.charCodeAt(0) % 32]).join('');

/** A one-pixel image in place of a QR code. */
const noPicture =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII=';

const signedIn = (call: Call, of: typeof sessions | typeof grants, name: string): SignedIn => {
  const row = call.tenant.table(of).get(pathValue(call, name));
  if (row === undefined || row.userId !== pathValue(call, 'userId')) {
    throw of === sessions
      ? refuse(404, 'oidc.session_not_found', 'The user has no such session.')
      : refuse(404, 'oidc.invalid_grant', 'The user has no such grant.');
  }
  return row;
};

/** The test for users with an identity at a provider; undefined without the three parameters. @throws Refusal 400 */
function identityIn(query: Query): ((user: User) => boolean) | undefined {
  const [type, provider, id] = ['identityType', 'identityProvider', 'identityId'].map((name) =>
    query.text(name),
  );
  const count = [type, provider, id].filter((value) => value !== undefined).length;
  if (count === 0) {
    return undefined;
  }
  if (count < 3 || provider === undefined) {
    throw refuse(400, 'guard.invalid_input', 'The three identity parameters go together.');
  }
  // The sandbox has no users of enterprise SSO.
  return ({ identities }) =>
    type === 'social' && memberOf(memberOf(identities, provider), 'userId') === id;
}

/** @throws Refusal 404 for an unknown user or device */
const deviceOf = (call: Call): TrustedDevice => {
  const user = userOf(call);
  const device = call.tenant.table(trustedDevices).get(pathValue(call, 'trustedDeviceId'));
  if (device?.userId !== user.id) {
    throw missing('entity.not_found', 'trusted device');
  }
  return device;
};

export const userBehaviours: Behaviours = {
  listUsers(call) {
    const { tenant, query } = call;
    const role = query.text('excludeRoleId');
    const organization = query.text('excludeOrganizationId');
    if (role !== undefined && organization !== undefined) {
      throw refuse(
        400,
        'request.invalid_input',
        'Exclude by role or by organization, not by both.',
      );
    }
    const identity = identityIn(query);
    const excluded = new Set([
      ...tenant.relation(usersRoles).leftsOf(role ?? ''),
      ...tenant.relation(organizationUsers).rightsOf(organization ?? ''),
    ]);
    const rows = tenant
      .table(users)
      .newestFirst()
      .filter((user) => !excluded.has(user.id) && (identity?.(user) ?? true));
    const shown = searched(call, rows, userSearchFields).map((user) => withHash(call, user));
    return list(call, shown);
  },

  createUser(call) {
    const { tenant, now } = call;
    const input = call.body<UserBody>();
    requireValidPhone(input);
    requireFree(tenant, input);
    if (input.id !== undefined && tenant.table(users).has(input.id)) {
      throw notUnique('user.id_already_in_use', 'The id');
    }
    const user = insertUser(tenant, {
      ...(input.id !== undefined && { id: input.id }),
      username: orNull(input.username),
      primaryEmail: orNull(input.primaryEmail),
      primaryPhone: orNull(input.primaryPhone),
      name: orNull(input.name),
      avatar: orNull(input.avatar),
      customData: input.customData ?? {},
      profile: input.profile ?? {},
      password: passwordOf(input),
      createdAt: now,
    });
    for (const role of tenant
      .table(roles)
      .filter(({ isDefault, type }) => isDefault && type === 'User')) {
      tenant.relation(usersRoles).add(user.id, role.id);
    }
    return ok(publicUser(user));
  },

  getUser(call) {
    const user = userOf(call);
    return ok({
      ...withHash(call, user),
      ...(call.query.on('includeSsoIdentities') && { ssoIdentities: [] }),
    });
  },

  updateUser(call) {
    const user = userOf(call);
    const input = call.body<UserBody>();
    if (Object.keys(input).length === 0) {
      throw refuse(422, 'entity.invalid_input', 'There is nothing to change.');
    }
    requireValidPhone(input);
    requireFree(call.tenant, input, user.id);
    const texts = Object.fromEntries(
      (['username', 'primaryEmail', 'primaryPhone', 'name', 'avatar'] as const)
        .filter((key) => input[key] !== undefined)
        .map((key) => [key, orNull(input[key])]),
    );
    const { customData, profile } = input;
    return ok(
      publicUser(
        change(call, user, {
          ...texts,
          ...(customData !== undefined && { customData }),
          ...(profile !== undefined && { profile }),
        }),
      ),
    );
  },

  deleteUser(call) {
    call.tenant.table(users).delete(userOf(call).id);
    return noContent();
  },

  listUserCustomData: (call) => ok(userOf(call).customData),

  updateUserCustomData(call) {
    const user = userOf(call);
    const { customData } = call.body<{ customData: Json }>();
    return ok(change(call, user, { customData: { ...user.customData, ...customData } }).customData);
  },

  updateUserProfile(call) {
    const user = userOf(call);
    const { profile } = call.body<{ profile: Json }>();
    return ok(change(call, user, { profile: { ...user.profile, ...profile } }).profile);
  },

  listUserLogtoConfigs: (call) => ok(logtoConfigsOf(userOf(call))),

  updateUserLogtoConfigs(call) {
    const user = userOf(call);
    const { mfa = {}, passkeySignIn = {} } = call.body<{ mfa?: Json; passkeySignIn?: Json }>();
    const before = logtoConfigsOf(user);
    const after = change(call, user, {
      logtoConfig: {
        mfa: { ...before.mfa, ...withoutIgnored(mfa) },
        passkeySignIn: { ...before.passkeySignIn, ...passkeySignIn },
      },
    });
    return ok(logtoConfigsOf(after));
  },

  updateUserPassword(call) {
    const user = userOf(call);
    const { password } = call.body<{ password: string }>();
    return ok(
      publicUser(change(call, user, { password: { plain: password }, passwordExpiredAt: null })),
    );
  },

  updateUserPasswordExpiration(call) {
    const user = userOf(call);
    const { isExpired } = call.body<{ isExpired: boolean }>();
    const policy = call.tenant.get(signInExperience)['passwordExpiration'] as { enabled?: boolean };
    if (isExpired && policy.enabled !== true) {
      throw refuse(
        400,
        'sign_in_experiences.password_expiration_not_enabled',
        'Passwords do not expire in this tenant.',
      );
    }
    return ok(publicUser(change(call, user, { passwordExpiredAt: isExpired ? call.now : null })));
  },

  verifyUserPassword(call) {
    if (!isPassword(userOf(call).password, call.body<{ password: string }>().password)) {
      throw refuse(422, 'session.invalid_credentials', 'It is not the password of this user.');
    }
    return noContent();
  },

  getUserHasPassword: (call) => ok({ hasPassword: userOf(call).password !== null }),

  updateUserIsSuspended(call) {
    const user = userOf(call);
    const { isSuspended } = call.body<{ isSuspended: boolean }>();
    if (isSuspended) {
      for (const { id } of call.tenant.table(sessions).filter(({ userId }) => userId === user.id)) {
        call.tenant.table(sessions).delete(id);
      }
    }
    return ok(publicUser(change(call, user, { isSuspended })));
  },

  listUserRoles(call) {
    const { id } = userOf(call);
    return list(call, searched(call, rolesOf(call.tenant, id), ['id', 'name', 'description']));
  },

  assignUserRoles(call) {
    const { id } = userOf(call);
    const { roleIds } = call.body<{ roleIds: string[] }>();
    requireUserRoles(call.tenant, roleIds, 'user.invalid_role_type');
    const relation = call.tenant.relation(usersRoles);
    const added = [...new Set(roleIds)].filter((role) => !relation.has(id, role));
    for (const role of added) {
      relation.add(id, role);
    }
    return created({ roleIds, addedRoleIds: added });
  },

  replaceUserRoles(call) {
    const { id } = userOf(call);
    const { roleIds } = call.body<{ roleIds: string[] }>();
    requireUserRoles(call.tenant, roleIds, 'entity.db_constraint_violated');
    call.tenant.relation(usersRoles).replace(id, roleIds);
    return ok({ roleIds });
  },

  deleteUserRole(call) {
    const { id } = userOf(call);
    if (!call.tenant.relation(usersRoles).delete(id, pathValue(call, 'roleId'))) {
      throw missing('entity.not_found', 'role of this user');
    }
    return noContent();
  },

  listUserOrganizations(call) {
    const { tenant } = call;
    const { id } = userOf(call);
    const organizationIds = new Set(tenant.relation(organizationUsers).leftsOf(id));
    return ok(
      tenant
        .table(organizations)
        .filter((organization) => organizationIds.has(organization.id))
        .map((organization) => ({
          ...organization,
          organizationRoles: tenant
            .table(organizationUserRoles)
            .filter((row) => row.organizationId === organization.id && row.userId === id)
            .map((row) => tenant.table(organizationRoles).get(row.organizationRoleId))
            .filter((role) => role !== undefined)
            .map((role) => ({ id: role.id, name: role.name })),
        })),
    );
  },

  listUserAllIdentities(call) {
    const { identities } = userOf(call);
    return ok({
      socialIdentities: Object.entries(identities).map(([target, identity]) => ({
        identity,
        target,
      })),
      // A link to an enterprise provider comes with a sign-in there, which takes a browser.
      ssoIdentities: [],
    });
  },

  getUserIdentity: (call) => ok({ identity: identityOf(call).identity }),

  getUserSsoIdentity(call) {
    userOf(call);
    throw refuse(
      404,
      'user.enterprise_sso_identity_not_exists',
      'The user has no identity of this SSO connector.',
    );
  },

  createUserIdentity(call) {
    const user = userOf(call);
    const { connectorId, connectorData } = call.body<{
      connectorId: string;
      connectorData: Json;
    }>();
    const connector = call.tenant.table(connectors).get(connectorId);
    if (connector === undefined) {
      throw missing('entity.not_found', 'connector');
    }
    if (connector.connectorId !== 'mock-social-connector') {
      throw refuse(400, 'connector.general', 'The provider cannot be asked from the sandbox.');
    }
    const { userId: accountId = call.tenant.newId(), ...rest } = connectorData;
    const texts = ['email', 'phone', 'name', 'avatar', 'userId'].map((key) => connectorData[key]);
    if (
      typeof connectorData['code'] !== 'string' ||
      texts.some((text) => text !== undefined && typeof text !== 'string')
    ) {
      throw refuse(400, 'connector.invalid_response', 'The data of the connector is invalid.');
    }
    const target = targetOf(connector);
    const details = {
      id: accountId,
      ...Object.fromEntries(
        Object.entries(rest).filter(([key]) => ['email', 'phone', 'name', 'avatar'].includes(key)),
      ),
      rawData: connectorData,
    };
    const identities = { ...user.identities, [target]: { userId: accountId, details } };
    return ok(change(call, user, { identities }).identities);
  },

  replaceUserIdentity(call) {
    const user = userOf(call, 'id');
    const target = pathValue(call, 'target');
    const existed = user.identities[target] !== undefined;
    const identity = call.body<{ userId: string; details?: Json }>();
    const holder = call.tenant
      .table(users)
      .find(
        (other) =>
          other.id !== user.id &&
          (other.identities[target] as Json | undefined)?.['userId'] === identity.userId,
      );
    if (holder !== undefined) {
      throw notUnique('user.identity_already_in_use', 'The account');
    }
    const { identities } = change(call, user, {
      identities: { ...user.identities, [target]: identity },
    });
    return existed ? ok(identities) : created(identities);
  },

  deleteUserIdentity(call) {
    const { user, target } = identityOf(call);
    const { [target]: _, ...identities } = user.identities;
    return ok(publicUser(change(call, user, { identities })));
  },

  listUserMfaVerifications(call) {
    return ok(
      userOf(call).mfaVerifications.map(({ id, createdAt, type, codes }) => ({
        id,
        createdAt,
        type,
        ...(Array.isArray(codes) && { remainCodes: codes.length }),
      })),
    );
  },

  createUserMfaVerification(call) {
    const { tenant, now } = call;
    const user = userOf(call);
    const { type, secret, codes } = call.body<{
      type: string;
      secret?: string;
      codes?: string[];
    }>();
    const keep = (verification: Json): void => {
      const added = {
        id: tenant.newId(),
        createdAt: new Date(now).toISOString(),
        type,
        ...verification,
      };
      change(call, user, { mfaVerifications: [...user.mfaVerifications, added] });
    };
    if (type === 'Totp') {
      if (secret !== undefined && !totpSecret.test(secret)) {
        throw refuse(422, 'user.totp_secret_invalid', 'It is no base32 secret.');
      }
      if (user.mfaVerifications.some((factor) => factor['type'] === 'Totp')) {
        throw refuse(422, 'user.totp_already_in_use', 'The user has an authenticator app already.');
      }
      const shared = secret ?? madeUpTotp(tenant);
      keep({ secret: shared });
      return ok({ type, secret: shared, secretQrCode: noPicture });
    }
    if (user.mfaVerifications.length === 0) {
      throw refuse(
        422,
        'session.mfa.backup_code_can_not_be_alone',
        'Backup codes need another second factor first.',
      );
    }
    if (user.mfaVerifications.some((factor) => factor['type'] === 'BackupCode')) {
      throw refuse(422, 'user.backup_code_already_in_use', 'The user has backup codes already.');
    }
    const backupCodes = codes ?? Array.from({ length: 10 }, () => tenant.newId(10));
    keep({ codes: backupCodes });
    return ok({ type, codes: backupCodes });
  },

  deleteUserMfaVerification(call) {
    const user = userOf(call);
    const id = pathValue(call, 'verificationId');
    const remaining = user.mfaVerifications.filter((factor) => factor['id'] !== id);
    if (remaining.length === user.mfaVerifications.length) {
      throw missing('entity.not_found', 'second factor');
    }
    change(call, user, { mfaVerifications: remaining });
    return noContent();
  },

  listUserTrustedDevices(call) {
    const { id } = userOf(call);
    const rows = call.tenant
      .table(trustedDevices)
      .newestFirst()
      .filter(({ userId, expiresAt }) => userId === id && expiresAt > call.now);
    return ok(rows.map(({ userId: _, ...shown }) => shown));
  },

  deleteUserTrustedDevice(call) {
    call.tenant.table(trustedDevices).delete(deviceOf(call).id);
    return noContent();
  },

  listUserPersonalAccessTokens: (call) => ok(tokensOf(call).map(shownToken)),

  createUserPersonalAccessToken(call) {
    const user = call.tenant.table(users).get(pathValue(call, 'userId'));
    if (user === undefined) {
      throw refuse(404, 'entity.relation_foreign_key_not_found', 'There is no such user.');
    }
    const { name, expiresAt = null } = call.body<{ name: string; expiresAt?: number | null }>();
    if (expiresAt !== null && expiresAt <= call.now) {
      throw refuse(400, 'request.invalid_input', 'expiresAt must be in the future.');
    }
    requireFreeTokenName(call, name);
    const token = call.tenant.table(personalAccessTokens).insert({
      id: call.tenant.newId(),
      tenantId,
      userId: user.id,
      name,
      value: `pat_${call.tenant.newId(32)}`,
      createdAt: call.now,
      expiresAt,
    });
    return created(shownToken(token));
  },

  updateUserPersonalAccessToken: (call) => renameToken(call, pathValue(call, 'currentName')),

  updatePersonalAccessTokenName: (call) =>
    renameToken(call, call.body<{ currentName: string }>().currentName),

  deleteUserPersonalAccessToken: (call) => deleteToken(call, pathValue(call, 'name')),

  deletePersonalAccessTokenPost: (call) => deleteToken(call, call.body<{ name: string }>().name),

  listUserSessions(call) {
    const id = pathValue(call, 'userId');
    const rows = call.tenant.table(sessions).filter(({ userId }) => userId === id);
    return ok({ sessions: rows.map(({ shown }) => shown) });
  },

  getUserSession: (call) => ok(signedIn(call, sessions, 'sessionId').shown),

  deleteUserSession(call) {
    call.tenant.table(sessions).delete(signedIn(call, sessions, 'sessionId').id);
    return noContent();
  },

  listUserGrants(call) {
    const id = pathValue(call, 'userId');
    const rows = call.tenant.table(grants).filter(({ userId }) => userId === id);
    // All applications of the fictional company are first-party.
    return ok({
      grants: call.query.text('appType') === 'thirdParty' ? [] : rows.map(({ shown }) => shown),
    });
  },

  deleteUserGrant(call) {
    call.tenant.table(grants).delete(signedIn(call, grants, 'grantId').id);
    return noContent();
  },
};

/** A user as lists answer it, with the password digest on request. Our tools never request it. */
function withHash(call: Call, user: User) {
  const shown = publicUser(user);
  if (!call.query.on('includePasswordHash')) {
    return shown;
  }
  const stored = user.password;
  return {
    ...shown,
    passwordDigest:
      stored === null ? null : 'digest' in stored ? stored.digest : '$argon2i$sandbox',
    passwordAlgorithm:
      stored === null ? null : 'algorithm' in stored ? stored.algorithm : 'Argon2i',
  };
}

const people = [
  'Amara Okafor',
  'Liam Byrne',
  'Sofia Rossi',
  'Kenji Tanaka',
  'Fatima Zahra',
  'Lukas Weber',
  'Priya Nair',
  'Mateo Garcia',
  'Ingrid Larsen',
  'Omar Haddad',
  'Chloe Martin',
  'Wei Zhang',
  'Nadia Petrova',
  'Tom Becker',
  'Aisha Bello',
  'Diego Torres',
  'Hanna Virtanen',
  'Rahul Mehta',
  'Elena Popescu',
  'Samuel Mensah',
  'Greta Lindqvist',
  'Yusuf Demir',
  'Camille Dubois',
  'Arjun Patel',
  'Marta Kowalska',
  'Jonas Fischer',
  'Leila Rahimi',
  'Pedro Almeida',
  'Ana Novak',
  'David Cohen',
  'Zainab Yusuf',
  'Oliver Smith',
  'Mei Lin',
  'Viktor Horvat',
  'Rosa Jimenez',
  'Finn Murphy',
  'Kavya Rao',
  'Emil Jensen',
  'Thandi Nkosi',
  'Hugo Lefevre',
  'Ivana Markovic',
  'Noah Schmidt',
  'Salma Idrissi',
  'Carlos Vega',
  'Astrid Berg',
  'Bao Nguyen',
  'Clara Conti',
  'Mikhail Orlov',
  'Ruth Adeyemi',
  'Pablo Ruiz',
  'Signe Holm',
  'Tariq Aziz',
  'Julia Wagner',
  'Anil Kapoor',
  'Beatriz Costa',
  'Erik Nilsson',
  'Hiba Saleh',
  'Marco Bianchi',
  'Olga Kuznetsova',
  'Peter Muller',
] as const;

const plans = ['free', 'trial', 'team', 'trial', 'enterprise'];

const day = 86_400_000;

/** Some 60 customers and colleagues of the fictional company, over the last two years. */
export function seedUsers(tenant: Tenant): void {
  const now = tenant.now();
  for (const [index, name] of people.entries()) {
    const username = name.toLowerCase().replace(' ', '_');
    const isStaff = index % 12 === 0;
    const createdAt = now - Math.round((1 - index / people.length) * 730) * day - 3_600_000;
    const user = insertUser(tenant, {
      username: index % 4 === 3 ? null : username,
      primaryEmail:
        index % 7 === 6
          ? null
          : `${username.replace('_', '.')}@${isStaff ? 'northwind.example' : 'example.com'}`,
      primaryPhone: index % 5 === 2 ? `1555010${String(index).padStart(4, '0')}` : null,
      name,
      customData: isStaff
        ? { staff: true }
        : { plan: plans[index % plans.length], seats: (index % 6) + 1 },
      profile: { givenName: name.split(' ')[0], familyName: name.split(' ')[1] },
      identities:
        index % 8 === 1
          ? {
              google: {
                userId: `google-${1000 + index}`,
                details: { id: `google-${1000 + index}`, name },
              },
            }
          : {},
      lastSignInAt: index % 6 === 5 ? null : now - (index % 29) * day,
      applicationId: 'shop-web',
      isSuspended: index % 20 === 13,
      password: index % 8 === 1 ? null : { plain: `${username}-Sandbox-1` },
      createdAt,
    });
    if (index % 15 === 4) {
      tenant.table(trustedDevices).insert({
        id: tenant.newId(),
        userId: user.id,
        userAgent: 'Mozilla/5.0 (Windows NT 10.0) Chrome/142.0',
        country: 'DE',
        city: 'Berlin',
        createdAt: now - 9 * day,
        lastUsedAt: now - day,
        expiresAt: now + 21 * day,
      });
    }
  }
}
