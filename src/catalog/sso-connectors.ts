import * as z from 'zod';
import { ssoConnectorCascades } from './cascades.js';
import { naming } from './entities.js';
import { id, idInside, text } from './fields.js';
import { signInMethodLockout, ssoConnectorLockout, ssoConnectorUpdateLockout } from './lockouts.js';
import { domain, operation } from './operation.js';
import { openEnum, since } from './releases.js';
import {
  addressChangedWithKeptSecrets,
  anyOf,
  gainsEntries,
  losesEntries,
  overwritesSecrets,
  turnsOff,
  turnsOn,
} from './risk-rules.js';

const byId = { id: id('SSO connector') };

/** Documents do not type `config`, so its newer members are recognised by an operation of the same release. */
const SIGNING_KEYS = 'GET /api/sso-connectors/{id}/signing-keys';

const RequestSignature = openEnum([
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
]);

/** The settings of every provider together: which of them count follows from providerName. */
const Config = z
  .object({
    issuer: z.string().optional(),
    clientId: z.string().optional(),
    clientSecret: z.string().optional(),
    scope: z.string().optional().describe('separated by spaces'),
    trustUnverifiedEmail: z.boolean().optional(),
    metadata: z.string().optional().describe('SAML metadata XML of the provider'),
    metadataUrl: z.string().optional().describe('URL of that XML'),
    entityId: z.string().optional(),
    signInEndpoint: z.string().optional(),
    x509Certificate: z.string().optional(),
    attributeMapping: z
      .strictObject({
        id: z.string().optional(),
        email: z.string().optional(),
        name: z.string().optional(),
      })
      .optional()
      .describe('claims or SAML attributes by field'),
    signAuthnRequest: since('1.43', z.boolean(), SIGNING_KEYS).optional(),
    requestSignatureAlgorithm: since('1.43', RequestSignature, SIGNING_KEYS).optional(),
  })
  .catchall(z.unknown())
  .describe(
    'OIDC, GoogleWorkspace (without issuer), Okta, AzureAdOidc: issuer, clientId, clientSecret, scope; SAML, AzureAD: metadata, metadataUrl, or entityId with signInEndpoint and x509Certificate',
  );

const domains = z
  .array(z.string())
  .optional()
  .describe('e-mail domains sent to this provider, the whole list; stored in lower case');

const Branding = z
  .strictObject({
    displayName: z.string().optional(),
    logo: z.string().optional().describe('URL'),
    darkLogo: z.string().optional().describe('URL'),
  })
  .optional();

const syncProfile = z
  .boolean()
  .optional()
  .describe('take the profile at each sign-in, not only at the first');

const enableTokenStorage = z
  .boolean()
  .optional()
  .describe("keep the provider's tokens of each user; OIDC only");

const secrets = ['config.clientSecret', 'providerConfig.clientSecret'];

/** Logos of the provider, as data. */
const longMembers = ['providerLogo', 'providerLogoDark'];

/** The three forms of a SAML provider's configuration. */
const forms = {
  config: [['metadata'], ['metadataUrl'], ['entityId', 'signInEndpoint', 'x509Certificate']],
};

const keyPath = {
  ...byId,
  keyId: idInside('SSO signing key', 'id, from list_sso_connector_signing_keys'),
};

export const ssoConnectors = domain({
  title: 'SSO connectors',
  about:
    'Enterprise single sign-on: identity providers of customers, by OIDC or SAML, chosen by e-mail domain. Social sign-in is in the connectors domain.',
  operations: {
    listSsoConnectors: operation('GET /api/sso-connectors', {
      summary: 'List the enterprise SSO connectors of the tenant.',
      notes:
        'Slow: Logto fetches the address of each provider; providerConfig is missing where that fails.',
      paging: 'optional',
      secrets,
      longMembers,
    }),
    createSsoConnector: operation('POST /api/sso-connectors', {
      summary: 'Set up enterprise SSO with an identity provider.',
      notes:
        'It takes effect once singleSignOnEnabled is true (update_sign_in_exp). A used connectorName is refused (409).',
      body: {
        providerName: naming(
          z
            .string()
            .min(1)
            .max(128)
            .describe('providerName, from list_sso_connector_providers; at most 128 characters'),
          'SSO provider',
          'id',
        ),
        connectorName: text('unique', 128),
        config: Config.optional(),
        domains,
        branding: Branding,
        syncProfile,
        enableTokenStorage,
      },
      reaches: 'it fetches the address of the provider',
      reachesIf: 'config',
      secrets,
      longMembers,
      lockout: signInMethodLockout,
      risk: [
        { risk: 'trust', because: 'Logto trusts the identity provider about who its users are' },
      ],
    }),
    getSsoConnector: operation('GET /api/sso-connectors/{id}', {
      summary: 'Get one enterprise SSO connector.',
      path: byId,
      secrets,
      longMembers,
    }),
    updateSsoConnector: operation('PATCH /api/sso-connectors/{id}', {
      summary: 'Change the settings, domains, look or name of an enterprise SSO connector.',
      path: byId,
      body: {
        connectorName: text('unique', 128).optional(),
        config: Config.optional(),
        domains,
        branding: Branding,
        syncProfile,
        enableTokenStorage,
      },
      replaces: ['config', 'branding'],
      forms,
      reaches: 'it fetches the address of the provider',
      reachesIf: 'config',
      secrets,
      longMembers,
      risk: [
        {
          risk: 'trust',
          because: 'another identity provider, or other claims, decide who its users are',
          fields: [
            'config.issuer',
            'config.clientId',
            'config.metadata',
            'config.metadataUrl',
            'config.entityId',
            'config.signInEndpoint',
            'config.x509Certificate',
            'config.attributeMapping',
            'config.trustUnverifiedEmail',
            'config.signAuthnRequest',
            'config.requestSignatureAlgorithm',
          ],
        },
        {
          risk: 'trust',
          because: 'users of more e-mail domains are sent to the provider',
          when: gainsEntries('domains'),
        },
        {
          risk: 'destructive',
          because: 'users of the e-mail domains left out are not sent to the provider any more',
          when: losesEntries('domains'),
        },
        {
          risk: 'egress',
          because: 'the stored client secret is sent to the new address',
          when: addressChangedWithKeptSecrets('config'),
        },
        {
          risk: 'irreversible',
          because: 'the former keys in config are lost',
          when: overwritesSecrets('config'),
        },
      ],
      lockout: [...ssoConnectorUpdateLockout, ...signInMethodLockout],
    }),
    deleteSsoConnector: operation('DELETE /api/sso-connectors/{id}', {
      summary:
        'Delete an enterprise SSO connector with the links of users to it; they can no longer sign in by it.',
      path: byId,
      risk: [
        {
          risk: 'destructive',
          because: 'its users cannot sign in by it any more, and their links to it will be deleted',
        },
      ],
      cascades: ssoConnectorCascades,
      lockout: [...ssoConnectorLockout, ...signInMethodLockout],
    }),
    listSsoConnectorSigningKeys: operation('GET /api/sso-connectors/{id}/signing-keys', {
      since: '1.43',
      summary: 'List the keys with which a SAML connector signs its requests.',
      path: byId,
    }),
    createSsoConnectorSigningKey: operation('POST /api/sso-connectors/{id}/signing-keys', {
      since: '1.43',
      summary: 'Make a new key with which a SAML connector can sign its requests.',
      notes: 'Only for SAML connectors. A new active key replaces the active one.',
      path: byId,
      body: { active: z.boolean().optional().describe('use it at once; default false') },
      risk: [
        {
          risk: 'credential',
          because: 'a new active key deactivates the current one, and the provider must know it',
          when: turnsOn('active'),
        },
      ],
    }),
    updateSsoConnectorSigningKey: operation('PATCH /api/sso-connectors/{id}/signing-keys/{keyId}', {
      since: '1.43',
      summary: 'Activate or deactivate a signing key.',
      path: keyPath,
      body: { active: z.boolean() },
      risk: [
        {
          risk: 'credential',
          because: 'the other side must know the key that is active',
          when: anyOf(turnsOn('active'), turnsOff('active')),
        },
      ],
      undo: { leaves: 'The one that was active or default before is not set again.' },
    }),
    deleteSsoConnectorSigningKey: operation(
      'DELETE /api/sso-connectors/{id}/signing-keys/{keyId}',
      {
        since: '1.43',
        summary: 'Delete a signing key that is not active.',
        path: keyPath,
        risk: [{ risk: 'destructive', because: 'a deleted key cannot be restored' }],
        cascades: [],
      },
    ),
  },
});
