import * as z from 'zod';
import { connectorCascades } from './cascades.js';
import { naming } from './entities.js';
import { customData, emailAddress, id, phoneNumber, text } from './fields.js';
import { connectorLockout, newConnectorLockout, signInMethodLockout } from './lockouts.js';
import { domain, operation } from './operation.js';
import { addressChangedWithKeptSecrets, displaces, overwritesSecrets } from './risk-rules.js';

const config = customData(
  'settings of the provider; its form is formItems and configTemplate of get_connector_factory',
);

const Metadata = z
  .strictObject({
    target: z.string().optional().describe('provider name of a social connector, e.g. google'),
    name: z
      .record(z.string(), z.string())
      .optional()
      .describe('label by language tag; "en" at least'),
    logo: z.string().optional().describe('URL'),
    logoDark: z.string().nullable().optional().describe('URL; null for none'),
  })
  .describe('label and logo; for standard connectors (OIDC, OAuth, SAML) target too');

const syncProfile = z
  .boolean()
  .optional()
  .describe('take name and avatar from the provider at each sign-in, not only at the first');

const enableTokenStorage = z
  .boolean()
  .optional()
  .describe("keep the provider's access and refresh tokens of each user");

/**
 * Secret members of the settings of Logto's connectors. The factory decides which of them exist; addresses, ids and
 * switches are no secrets. `isSecretName` in risk-rules.ts detects those of other factories by their names.
 */
export const connectorSecrets: readonly string[] = [
  'accessKeySecret',
  'apiKey',
  'apiSecret',
  'apiToken',
  'appSecret',
  'authToken',
  'authorization',
  'clientSecret',
  'encPrivateKey',
  'encPrivateKeyPass',
  'headers.*',
  'password',
  'privateKey',
  'privateKeyPass',
  'serverToken',
  'auth.accessToken',
  'auth.clientSecret',
  'auth.pass',
  'auth.privateKey',
  'auth.refreshToken',
].map((member) => `config.${member}`);

/** What a connector repeats of its factory. */
const longMembers = ['logo', 'logoDark', 'readme', 'formItems', 'configTemplate'];

export const connectors = domain({
  title: 'Connectors',
  about:
    'Connections to providers: social sign-in, e-mail and SMS, each an instance of a connector factory. Enterprise SSO has separate connectors (SSO connectors).',
  operations: {
    listConnectors: operation('GET /api/connectors', {
      summary: 'List the social, e-mail and SMS connectors of the tenant.',
      query: {
        target: naming(z.string(), 'connector', 'target')
          .optional()
          .describe('only social connectors of this provider, e.g. google'),
      },
      longMembers,
      secrets: connectorSecrets,
    }),
    createConnector: operation('POST /api/connectors', {
      summary: 'Set up social sign-in, e-mail or SMS from a connector factory.',
      notes:
        'A new e-mail or SMS connector replaces the present one of its kind. Social sign-in shows up only once its target is in socialSignInConnectorTargets (update_sign_in_exp).',
      body: {
        connectorId: naming(
          z
            .string()
            .min(1)
            .max(128)
            .describe('factory id, from list_connector_factories; at most 128 characters'),
          'connector factory',
        ),
        config: config.optional(),
        metadata: Metadata.optional(),
        syncProfile,
        enableTokenStorage,
        id: text('id that you choose for the new connector', 128).optional(),
      },
      longMembers,
      secrets: connectorSecrets,
      risk: [
        {
          risk: 'trust',
          because:
            'users are sent to, or messages with their codes go through, the provider of these settings',
        },
        {
          risk: 'destructive',
          because: 'an e-mail or SMS connector deletes the one in its place',
          when: displaces,
        },
      ],
      displaces: {
        kind: 'connectors',
        read: 'getConnectorFactory',
        argument: 'connectorId',
        among: 'listConnectors',
        // A tenant has one connector for e-mail and one for SMS.
        matches: ({ type }, item) => (type === 'Email' || type === 'Sms') && item['type'] === type,
      },
      lockout: [...newConnectorLockout, ...signInMethodLockout],
    }),
    getConnector: operation('GET /api/connectors/{id}', {
      summary: 'Get one connector with its settings.',
      path: { id: id('connector') },
      longMembers,
      secrets: connectorSecrets,
    }),
    updateConnector: operation('PATCH /api/connectors/{id}', {
      summary: 'Change the settings, label or options of a connector.',
      replaces: ['config', 'metadata'],
      // SMTP: a password, or one of the ways of OAuth.
      forms: { 'config.auth': 'type' },
      path: { id: id('connector') },
      body: {
        config: config.optional(),
        metadata: Metadata.optional(),
        syncProfile,
        enableTokenStorage,
      },
      longMembers,
      secrets: connectorSecrets,
      lockout: signInMethodLockout,
      risk: [
        {
          risk: 'trust',
          because:
            'the new settings decide where users are redirected, or which service gets messages with codes',
          fields: ['config', 'metadata.target'],
        },
        {
          risk: 'egress',
          because: 'stored secrets of the connector are sent to the new address',
          when: addressChangedWithKeptSecrets('config'),
        },
        {
          risk: 'irreversible',
          because: 'the former keys in config are lost',
          when: overwritesSecrets('config'),
        },
      ],
    }),
    deleteConnector: operation('DELETE /api/connectors/{id}', {
      summary: 'Delete a connector: users can no longer sign in or get messages through it.',
      notes: 'Social identities of users stay; the target leaves the sign-in page.',
      path: { id: id('connector') },
      risk: [
        {
          risk: 'destructive',
          because: 'sign-in and messages through it stop',
        },
      ],
      cascades: connectorCascades,
      lockout: [...connectorLockout, ...signInMethodLockout],
    }),
    createConnectorTest: operation('POST /api/connectors/{factoryId}/test', {
      summary:
        'Send a test message through an e-mail or SMS factory with given settings; nothing is stored.',
      notes: 'Pass phone or email, as the factory needs.',
      path: { factoryId: id('connector factory') },
      body: {
        phone: phoneNumber.optional().describe('digits only, with country code, no +'),
        email: emailAddress.optional().describe('e-mail address'),
        config,
        locale: z.string().optional().describe('language tag of the message'),
      },
      secretArguments: connectorSecrets,
      reaches: 'it sends a message, which may cost money',
      risk: [
        { risk: 'irreversible', because: 'a message sent cannot be called back' },
        {
          risk: 'egress',
          because: 'the settings, with their secrets, are used at the addresses that they name',
        },
      ],
    }),
    createConnectorAuthorizationUri: operation(
      'POST /api/connectors/{connectorId}/authorization-uri',
      {
        summary:
          'Get the address at a social provider where a user links an account by hand; nothing is stored.',
        path: { connectorId: id('connector') },
        body: {
          state: z
            .string()
            .describe('random text that the provider returns, for the caller to check'),
          redirectUri: z.string().describe('URL that the provider redirects the user to'),
        },
        effect: 'reads',
      },
    ),
  },
});
