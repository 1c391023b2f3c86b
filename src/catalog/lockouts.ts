/** Rules by which a write could end this server's own access, or every way to sign in, shared by operations. */
import { isObject } from '../json.js';
import type { LockoutRule } from './write-facts.js';

/** The reads that show whether users can sign in. */
export const signInReads = {
  settings: 'getSignInExp',
  connectors: 'listConnectors',
  ssoConnectors: 'listSsoConnectors',
} as const;

const lostAccess = 'this server would lose its access to Logto at once.';
const noSignIn = 'no way to sign in would be left, for any user.';

export const ownApplicationLockout: readonly LockoutRule[] = [
  {
    touches: 'application',
    argument: 'id',
    because: `it is the application that this server signs in with; ${lostAccess}`,
  },
];

export const legacySecretLockout: readonly LockoutRule[] = [
  {
    touches: 'application',
    argument: 'id',
    because: `it may be the secret that this server signs in with; ${lostAccess}`,
  },
];

export const secretLockout: readonly LockoutRule[] = [
  {
    touches: 'secret',
    argument: 'id',
    list: 'listApplicationSecrets',
    secret: 'name',
    because: `it is the secret that this server signs in with; ${lostAccess}`,
  },
];

export const applicationUpdateLockout: readonly LockoutRule[] = [
  {
    touches: 'application',
    argument: 'id',
    when: ({ isAdmin }) => isAdmin === false,
    because: `it would take the Management API from this server; ${lostAccess}`,
  },
  {
    touches: 'anything',
    when: ({ isAdmin }) => isAdmin === true,
    because:
      'isAdmin would grant the Management API; to do that, assign_application_roles gives a role that grants it, and asks first.',
  },
  {
    // Seen on a real Logto: it stores an address there that it refuses when the token is requested.
    touches: 'application',
    argument: 'id',
    when: ({ oidcClientMetadata, customClientMetadata }) =>
      oidcClientMetadata !== undefined || customClientMetadata !== undefined,
    because: `with a wrong address in oidcClientMetadata or customClientMetadata Logto issues no token to this application, and an application of this kind needs none; ${lostAccess}`,
  },
];

export const applicationRolesLockout: readonly LockoutRule[] = [
  {
    touches: 'application',
    argument: 'applicationId',
    because: `it could take the Management API role from this server; ${lostAccess}`,
  },
];

const throughRole = `this server holds its access through this role; ${lostAccess}`;

/** A role is removed from an application. */
export const takenRoleLockout = (role: string): readonly LockoutRule[] => [
  { touches: 'role', argument: role, application: 'applicationId', because: throughRole },
];

export const roleLockout: readonly LockoutRule[] = [
  { touches: 'role', argument: 'id', because: throughRole },
];

export const roleScopeLockout: readonly LockoutRule[] = [
  {
    touches: 'role',
    argument: 'id',
    scope: 'scopeId',
    because: `this server holds its access through this scope; ${lostAccess}`,
  },
];

export const resourceLockout = (argument: string): readonly LockoutRule[] => [
  {
    touches: 'resource',
    argument,
    because: 'it is the Management API itself, which this server depends on.',
  },
];

const unreachable =
  'this server reaches Logto by that custom domain, and could no longer reach it.';

export const domainLockout: readonly LockoutRule[] = [
  { touches: 'domain', list: 'listDomains', argument: 'id', because: unreachable },
];

/** A cleanup does not affect working domains. */
export const domainCleanupLockout: readonly LockoutRule[] = [
  { touches: 'domain', list: 'listDomains', because: unreachable },
];

/**
 * Scripts for the tokens of applications, including this server's token. The effect of a script does not follow from its
 * text. As observed on a real Logto, a script that denies nothing and returns a claim `nbf` makes tokens that Logto itself
 * refuses, and with a comment as its last line Logto calls another function.
 */
export const tokenScriptLockout: readonly LockoutRule[] = [
  {
    touches: 'anything',
    when: ({ tokenTypePath }) => tokenTypePath === 'client-credentials',
    because:
      'this server’s own token is made with that script, and would be useless if the script denies it, never ends, or sets a claim such as nbf; that cannot be told from its text.',
  },
  {
    // Logto sets sub, scope, aud and client_id after the script, so the script grants no rights. From the source of 1.42.
    touches: 'people',
    when: ({ tokenTypePath }) => tokenTypePath === 'access-token',
    because:
      'the tokens with which people use this server are made with that script, which could deny them to all users.',
  },
];

export const signInSettingsLockout: readonly LockoutRule[] = [
  {
    touches: 'sign-in',
    strict: true,
    after: (state, { after }) => ({ ...state, settings: isObject(after) ? after : state.settings }),
    because: noSignIn,
  },
];

export const connectorLockout: readonly LockoutRule[] = [
  {
    touches: 'sign-in',
    after: (state, { values }) => ({
      ...state,
      connectors: state.connectors.filter(({ id }) => id !== values['id']),
    }),
    because: noSignIn,
  },
];

/** The new connector has the type of the one it replaces, but it has not sent anything yet. */
export const newConnectorLockout: readonly LockoutRule[] = [
  {
    touches: 'sign-in',
    after: (state, { displaced }) => {
      const displacedIds = new Set(displaced.map(({ id }) => id));
      return { ...state, connectors: state.connectors.filter(({ id }) => !displacedIds.has(id)) };
    },
    because:
      'it deletes the only connector by which anybody can sign in, before the new one has sent anything.',
  },
];

export const ssoConnectorLockout: readonly LockoutRule[] = [
  {
    touches: 'sign-in',
    after: (state, { values }) => ({
      ...state,
      ssoConnectors: state.ssoConnectors.filter(({ id }) => id !== values['id']),
    }),
    because: noSignIn,
  },
];

export const ssoConnectorUpdateLockout: readonly LockoutRule[] = [
  {
    touches: 'sign-in',
    when: ({ domains }) => domains !== undefined,
    after: (state, { values }) => ({
      ...state,
      ssoConnectors: state.ssoConnectors.map((item) =>
        item['id'] === values['id'] ? { ...item, domains: values['domains'] } : item,
      ),
    }),
    because: noSignIn,
  },
];

/**
 * Writes by which an operator could take over the sign-in of an administrator of this server, or grant it to any client.
 */
export const dynamicClientsLockout: readonly LockoutRule[] = [
  {
    touches: 'people',
    because:
      'it decides which clients people can sign in to this server with, and what those may ask for.',
  },
];

export const signInMethodLockout: readonly LockoutRule[] = [
  {
    touches: 'people',
    because:
      'people sign in to this server through these connectors, so that who changes one could sign in as somebody else.',
  },
];

export const signInScriptLockout: readonly LockoutRule[] = [
  { touches: 'people', because: 'the script runs when people sign in to this server.' },
];
