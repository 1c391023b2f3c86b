import * as z from 'zod';
import { isObject } from '../json.js';
import { samlApplicationCascades } from './cascades.js';
import { customData, fullUrl, id, idInside, orNull, text } from './fields.js';
import { domain, operation } from './operation.js';
import { since } from './releases.js';
import { changesField, type RiskCondition } from './risk.js';
import { anyOf, clears, gives, newHost, turnsOff, turnsOn } from './risk-rules.js';

const byId = { id: id('SAML application') };

/** What a SAML attribute can be filled with. */
const claims = [
  'sub',
  'name',
  'given_name',
  'family_name',
  'middle_name',
  'nickname',
  'preferred_username',
  'profile',
  'picture',
  'website',
  'email',
  'email_verified',
  'gender',
  'birthdate',
  'zoneinfo',
  'locale',
  'phone_number',
  'phone_number_verified',
  'address',
  'updated_at',
  'username',
  'created_at',
  'custom_data',
  'identities',
  'sso_identities',
  'roles',
  'organizations',
  'organization_data',
  'organization_roles',
] as const;

const attributeMapping = z
  .partialRecord(z.enum(claims), z.string())
  .optional()
  .describe(`name of the SAML attribute by claim: ${claims.join(', ')}`);

const entityId = z
  .string()
  .max(128)
  .nullable()
  .optional()
  .describe('of the service; at most 128 characters; null clears it');

const AcsUrl = z.strictObject({
  binding: z.enum(['urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST']),
  url: fullUrl,
});

const acsUrl = AcsUrl.nullable()
  .optional()
  .describe('full URL that answers are posted to; null clears it');

/** For an update, which is merged into the current value. */
const changedAcsUrl = AcsUrl.partial()
  .nullable()
  .optional()
  .describe('full URL that answers are posted to; null clears it');

const encryption = z
  .strictObject({
    encryptAssertion: z.boolean().optional().describe('needs the other two'),
    encryptThenSign: z.boolean().optional(),
    certificate: z.string().optional().describe('PEM of the service'),
  })
  .nullable()
  .optional()
  .describe('null: no encryption');

const authnRequestConfig = since(
  '1.44',
  z.strictObject({
    forceAuthn: z.boolean().optional().describe('default true: sign in anew at each request'),
    requireSignedAuthnRequests: z.boolean().optional().describe('needs signingCertificate'),
    signingCertificate: z.string().min(1).optional().describe('PEM of the service, RSA'),
  }),
).optional();

/** Every assertion holds them. Whether by name or as a list is stored nowhere that this catalog was written from. */
const staticAttributes = since(
  '1.46',
  z.union([z.record(z.string(), z.unknown()), z.array(z.record(z.string(), z.unknown()))]),
)
  .optional()
  .describe('fixed values in every assertion; the shape that get_saml_application shows');

/** A demand for signed requests names the certificate to verify them with. */
const lacksSigningCertificate = (config: unknown): boolean =>
  isObject(config) &&
  config['requireSignedAuthnRequests'] === true &&
  config['signingCertificate'] === undefined;

const nameIdFormat = z
  .enum([
    'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
    'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
    'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
  ])
  .optional();

const secretPath = {
  ...byId,
  secretId: idInside('SAML certificate', 'id, from list_saml_application_secrets'),
};

/** The encryption key for assertions changes. */
const changesCertificate: RiskCondition = (input) => changesField(input, 'encryption.certificate');

/** The key changes that the requests of the service are verified with. */
const changesRequestKey: RiskCondition = (input) =>
  changesField(input, 'authnRequestConfig.signingCertificate');

export const samlApplications = domain({
  title: 'SAML applications',
  about:
    'Services that sign users in through Logto by SAML. They are listed in list_applications, type SAML.',
  operations: {
    createSamlApplication: operation('POST /api/saml-applications', {
      summary: 'Create a SAML application: a service that signs users in through Logto by SAML.',
      notes: 'Open source Logto allows three.',
      body: {
        name: text('shown in the console', 256),
        description: orNull(z.string()),
        customData: customData('your data').optional(),
        entityId,
        acsUrl,
        nameIdFormat,
        attributeMapping,
        encryption,
        authnRequestConfig,
        staticAttributes,
      },
      risk: [
        {
          risk: 'trust',
          because: 'the owner of this host receives the proof of who signed in',
          when: newHost('acsUrl.url'),
        },
        {
          risk: 'trust',
          because: 'the service believes what every assertion says of its users',
          when: gives('staticAttributes'),
        },
        {
          risk: 'trust',
          because: 'a user who is signed in already is not asked again',
          when: turnsOff('authnRequestConfig.forceAuthn'),
        },
      ],
      refuses: ({ authnRequestConfig: config }) =>
        lacksSigningCertificate(config)
          ? 'authnRequestConfig.requireSignedAuthnRequests needs signingCertificate'
          : undefined,
    }),
    getSamlApplication: operation('GET /api/saml-applications/{id}', {
      summary: 'Get one SAML application.',
      path: byId,
    }),
    updateSamlApplication: operation('PATCH /api/saml-applications/{id}', {
      summary: 'Change the addresses, attributes, encryption or name of a SAML application.',
      path: byId,
      body: {
        name: text('shown in the console', 256).optional(),
        description: z.string().nullable().optional().describe('null clears it'),
        customData: customData('your data').optional(),
        appLevelAccessControlEnabled: z
          .boolean()
          .optional()
          .describe('only users that replace_application_access_control allows can sign in'),
        entityId,
        acsUrl: changedAcsUrl,
        nameIdFormat,
        attributeMapping,
        encryption,
        authnRequestConfig,
        staticAttributes,
      },
      replaces: [
        'attributeMapping',
        'acsUrl',
        'encryption',
        'authnRequestConfig',
        'staticAttributes',
      ],
      wire: { acsUrl },
      refuses: ({ replace_whole: whole, acsUrl: input, authnRequestConfig: config }) =>
        whole === true && !acsUrl.safeParse(input).success
          ? 'with replace_whole, acsUrl needs both binding and url'
          : whole === true && lacksSigningCertificate(config)
            ? 'with replace_whole, requireSignedAuthnRequests needs signingCertificate'
            : undefined,
      joins: ['customData'],
      risk: [
        {
          risk: 'destructive',
          because: 'the service cannot sign people in without its address or entity id',
          when: anyOf(clears('acsUrl'), clears('entityId')),
        },
        {
          risk: 'trust',
          because: 'the owner of the new host receives the proof of who signed in',
          when: newHost('acsUrl.url'),
        },
        {
          risk: 'trust',
          because: 'users that the access rules exclude can sign in',
          when: turnsOff('appLevelAccessControlEnabled'),
        },
        {
          risk: 'trust',
          because: 'assertions to the service are encrypted less, or for another key',
          when: anyOf(
            clears('encryption'),
            turnsOff('encryption.encryptAssertion'),
            changesCertificate,
          ),
        },
        {
          risk: 'trust',
          because: 'sign-in requests of the service are verified less, or with another key',
          when: anyOf(turnsOff('authnRequestConfig.requireSignedAuthnRequests'), changesRequestKey),
        },
        {
          risk: 'trust',
          because: 'a user who is signed in already is not asked again',
          when: turnsOff('authnRequestConfig.forceAuthn'),
        },
        {
          risk: 'trust',
          because: 'the service believes what every assertion says of its users',
          fields: ['staticAttributes'],
        },
      ],
    }),
    deleteSamlApplication: operation('DELETE /api/saml-applications/{id}', {
      summary:
        'Delete a SAML application with its certificates; users can no longer sign in to the service.',
      path: byId,
      risk: [{ risk: 'destructive', because: 'users cannot sign in to the service any more' }],
      cascades: samlApplicationCascades,
    }),
    listSamlApplicationSecrets: operation('GET /api/saml-applications/{id}/secrets', {
      summary: 'List the signing certificates of a SAML application.',
      notes:
        'An unknown application answers with an empty list, not 404. expiresAt is in epoch milliseconds.',
      path: byId,
    }),
    createSamlApplicationSecret: operation('POST /api/saml-applications/{id}/secrets', {
      summary: 'Make a new signing certificate for a SAML application; it is not active yet.',
      path: byId,
      body: { lifeSpanInYears: z.int().min(1).describe('at least 1') },
      risk: 'none',
    }),
    updateSamlApplicationSecret: operation('PATCH /api/saml-applications/{id}/secrets/{secretId}', {
      summary: 'Activate or deactivate a signing certificate of a SAML application.',
      notes: 'Only one is active. Setting active to its current value answers 500.',
      path: secretPath,
      body: { active: z.boolean() },
      risk: [
        {
          risk: 'credential',
          because: 'the other side must know the certificate that is active',
          when: anyOf(turnsOn('active'), turnsOff('active')),
        },
      ],
      undo: { leaves: 'The one that was active or default before is not set again.' },
    }),
    deleteSamlApplicationSecret: operation(
      'DELETE /api/saml-applications/{id}/secrets/{secretId}',
      {
        summary: 'Delete a signing certificate of a SAML application that is not active.',
        path: secretPath,
        risk: [{ risk: 'destructive', because: 'a deleted certificate cannot be restored' }],
        cascades: [],
      },
    ),
    listSamlApplicationMetadata: operation('GET /api/saml-applications/{id}/metadata', {
      summary: 'Get the SAML metadata (XML) of Logto as identity provider, to give to the service.',
      path: byId,
      answer: 'xml',
    }),
    getSamlApplicationCallback: operation('GET /api/saml-applications/{id}/callback', {
      summary: 'Finish a SAML sign-in; only a browser in the middle of one has the code for it.',
      path: byId,
      query: {
        code: z.string().optional(),
        state: z.string().optional(),
        redirectUri: z.string().optional(),
        error: z.string().optional(),
        error_description: z.string().optional(),
      },
      answer: 'html',
      needs: 'a browser in the middle of a SAML sign-in',
    }),
  },
});
