import { type Behaviours, type Call, list, pathValue } from '../call.js';
import { type Certificate, newCertificate, shownCertificate } from '../certificates.js';
import { type Application, applications, type Json, tenantId } from '../entities.js';
import { beyond, created, document, missing, noContent, ok, refuse } from '../reply.js';
import { type Row, type Tenant, table } from '../tenant.js';
import { invalidMember } from '../validation.js';
import { license } from './systems.js';

/** The settings that only SAML applications have; its id is that of the application. */
interface SamlSettings extends Row {
  readonly attributeMapping: Json;
  readonly entityId: string | null;
  readonly acsUrl: { readonly binding: string; readonly url: string } | null;
  readonly encryption: Json | null;
  readonly nameIdFormat: string;
  readonly authnRequestConfig: Json | null;
  readonly staticAttributes: unknown;
}

const settings = table<SamlSettings>('saml_application_configs', { id: applications });

interface SamlSecret extends Certificate {
  readonly applicationId: string;
}

const secrets = table<SamlSecret>('saml_application_secrets', { applicationId: applications });

/** The most SAML applications that Logto allows without a license. */
const limit = 3;

/** The validity of the first certificate in years. */
const lifetime = 3;

type SamlApplicationChange = Partial<SamlSettings> &
  Partial<Pick<Application, 'description' | 'customData' | 'appLevelAccessControlEnabled'>> & {
    readonly name?: string;
  };

const applicationOf = (call: Call): Application => {
  const id = pathValue(call, 'id');
  const application = call.tenant.table(applications).get(id);
  if (application === undefined) {
    throw missing('entity.not_exists_with_id', 'application', id);
  }
  if (application.type !== 'SAML') {
    throw refuse(422, 'application.saml.saml_application_only', 'It is no SAML application.');
  }
  return application;
};

/** The settings of an application; @throws Error for an application that was not created here */
function samlSettingsOf(tenant: Tenant, id: string): SamlSettings {
  const samlSettings = tenant.table(settings).get(id);
  if (samlSettings === undefined) {
    throw new Error(`The SAML application ${id} has no settings.`);
  }
  return samlSettings;
}

const shown = (tenant: Tenant, application: Application) => {
  const {
    id,
    name,
    description,
    type,
    customData,
    isThirdParty,
    appLevelAccessControlEnabled,
    createdAt,
  } = application;
  const { id: _, ...samlSettings } = samlSettingsOf(tenant, id);
  return {
    tenantId,
    id,
    name,
    description,
    type,
    customData,
    isThirdParty,
    appLevelAccessControlEnabled,
    createdAt,
    ...samlSettings,
  };
};

/** The entity id may be used by another application too. */
function check({ acsUrl, encryption, authnRequestConfig }: SamlApplicationChange): void {
  if (
    authnRequestConfig?.['requireSignedAuthnRequests'] === true &&
    authnRequestConfig['signingCertificate'] === undefined
  ) {
    throw invalidMember(['authnRequestConfig', 'signingCertificate'], 'It is required.');
  }
  const encrypts = encryption?.['encryptAssertion'] === true;
  if (encrypts && (encryption['encryptThenSign'] === undefined || !encryption['certificate'])) {
    throw invalidMember(['encryption'], 'encryptThenSign and certificate are missing');
  }
  if (acsUrl && !acsUrl.binding.endsWith('HTTP-POST')) {
    throw refuse(
      422,
      'application.saml.acs_url_binding_not_supported',
      'Answers are posted and nothing else.',
    );
  }
}

const settingsIn = ({
  attributeMapping,
  entityId,
  acsUrl,
  encryption,
  nameIdFormat,
  authnRequestConfig,
  staticAttributes,
}: SamlApplicationChange) => ({
  ...(attributeMapping !== undefined && { attributeMapping }),
  ...(entityId !== undefined && { entityId }),
  ...(acsUrl !== undefined && { acsUrl }),
  ...(encryption !== undefined && { encryption }),
  ...(nameIdFormat !== undefined && { nameIdFormat }),
  ...(authnRequestConfig !== undefined && { authnRequestConfig }),
  ...(staticAttributes !== undefined && { staticAttributes }),
});

const secretsOf = (call: Call): SamlSecret[] =>
  call.tenant
    .table(secrets)
    .newestFirst()
    .filter(({ applicationId }) => applicationId === pathValue(call, 'id'));

const secretOf = (call: Call): SamlSecret => {
  const id = pathValue(call, 'secretId');
  const secret = secretsOf(call).find((row) => row.id === id);
  if (secret === undefined) {
    throw missing('entity.not_found', 'certificate', id);
  }
  return secret;
};

const insertSecret = (tenant: Tenant, applicationId: string, years: number, active: boolean) =>
  tenant.table(secrets).insert({ ...newCertificate(tenant, years, active), applicationId });

/**
 * What an application shows to services and browsers. Logto reads the settings together with the active certificate and
 * answers 404 when either is missing.
 */
export function samlDetailsOf(call: Call): SamlSettings & Pick<Certificate, 'certificate'> {
  const samlSettings = call.tenant.table(settings).get(pathValue(call, 'id'));
  const active = secretsOf(call).find((secret) => secret.active);
  if (samlSettings === undefined || active === undefined) {
    throw missing('entity.not_found', 'SAML application with an active certificate');
  }
  return { ...samlSettings, certificate: active.certificate };
}

/** The body of a certificate without its BEGIN and END lines. */
const bare = (certificate: string): string => certificate.replaceAll(/-----[^-]+-----|\s/g, '');

const signIn = (origin: string, id: string) => `${origin}/api/saml/${id}/authn`;

/** The SAML metadata that Logto serves about itself. */
function metadata(call: Call): string {
  const { origin } = new URL(call.linkBase);
  const { id, certificate, nameIdFormat } = samlDetailsOf(call);
  const binding = (name: string) =>
    `<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:${name}" Location="${signIn(origin, id)}"/>`;
  return [
    `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${origin}/saml/${id}">`,
    '<IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">',
    `<KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${bare(certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>`,
    `<NameIDFormat>${nameIdFormat}</NameIDFormat>`,
    binding('HTTP-Redirect'),
    binding('HTTP-POST'),
    '</IDPSSODescriptor></EntityDescriptor>',
  ].join('');
}

export const samlApplicationBehaviours: Behaviours = {
  createSamlApplication(call) {
    const { tenant } = call;
    const input = call.body<SamlApplicationChange & { name: string }>();
    const count = tenant.table(applications).filter(({ type }) => type === 'SAML').length;
    if (count >= limit && tenant.get(license) === undefined) {
      throw refuse(403, 'application.saml.reach_oss_limit', `There are ${limit} already.`);
    }
    check(input);
    const application = tenant.table(applications).insert({
      tenantId,
      id: tenant.newId(),
      name: input.name,
      description: input.description || null,
      type: 'SAML',
      oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] },
      customClientMetadata: {},
      protectedAppMetadata: null,
      customData: input.customData ?? {},
      isThirdParty: false,
      appLevelAccessControlEnabled: false,
      createdAt: call.now,
    });
    tenant.table(settings).insert({
      id: application.id,
      attributeMapping: {},
      entityId: null,
      acsUrl: null,
      encryption: null,
      nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
      authnRequestConfig: null,
      staticAttributes: null,
      ...settingsIn(input),
    });
    insertSecret(tenant, application.id, lifetime, true);
    return created(shown(tenant, application));
  },

  getSamlApplication: (call) => ok(shown(call.tenant, applicationOf(call))),

  updateSamlApplication(call) {
    const { tenant } = call;
    const { id, customData } = applicationOf(call);
    const change = call.body<SamlApplicationChange>();
    check(change);
    const { name, description, appLevelAccessControlEnabled } = change;
    tenant.table(settings).update(id, settingsIn(change));
    return ok(
      shown(
        tenant,
        tenant.table(applications).update(id, {
          ...(name !== undefined && { name }),
          ...(description !== undefined && { description: description || null }),
          ...(appLevelAccessControlEnabled !== undefined && { appLevelAccessControlEnabled }),
          customData: { ...customData, ...change.customData },
        }),
      ),
    );
  },

  deleteSamlApplication(call) {
    call.tenant.table(applications).delete(applicationOf(call).id);
    return noContent();
  },

  listSamlApplicationSecrets: (call) => list(call, secretsOf(call).map(shownCertificate)),

  createSamlApplicationSecret(call) {
    const id = pathValue(call, 'id');
    const application = call.tenant.table(applications).get(id);
    if (application === undefined) {
      throw refuse(404, 'entity.relation_foreign_key_not_found', `There is no application ${id}.`);
    }
    if (application.type !== 'SAML') {
      throw refuse(422, 'entity.db_constraint_violated', 'It is no SAML application.');
    }
    const { lifeSpanInYears } = call.body<{ lifeSpanInYears: number }>();
    return created(shownCertificate(insertSecret(call.tenant, id, lifeSpanInYears, false)));
  },

  updateSamlApplicationSecret(call) {
    const { id, active: before } = secretOf(call);
    const { active } = call.body<{ active: boolean }>();
    if (active === before) {
      throw refuse(500, 'internal', 'Logto breaks down over a change to what is so already.');
    }
    for (const other of active ? secretsOf(call) : []) {
      call.tenant.table(secrets).update(other.id, { active: false });
    }
    return ok(shownCertificate(call.tenant.table(secrets).update(id, { active })));
  },

  deleteSamlApplicationSecret(call) {
    const { id, active } = secretOf(call);
    if (active) {
      throw refuse(
        400,
        'application.saml.can_not_delete_active_secret',
        'The certificate in use cannot be deleted.',
      );
    }
    call.tenant.table(secrets).delete(id);
    return noContent();
  },

  listSamlApplicationMetadata(call) {
    return document('text/xml;charset=utf-8', metadata(call));
  },

  getSamlApplicationCallback(call) {
    const { query } = call;
    const isPresent = (name: string): boolean => query.text(name) !== undefined;
    const failed = isPresent('error') || isPresent('error_description');
    const alone = !isPresent('state') && !isPresent('redirectUri');
    if (isPresent('code') ? failed : !isPresent('error') || !alone) {
      throw refuse(400, 'guard.invalid_input', 'There must be a code, or an error alone.');
    }
    if (failed) {
      throw refuse(400, 'oidc.invalid_request', 'The sign-in has failed.');
    }
    samlDetailsOf(call);
    throw beyond('a browser in the middle of a SAML sign-in');
  },
};
