import { type Behaviours, type Call, list, pathValue } from '../call.js';
import { type Certificate, newCertificate, shownCertificate } from '../certificates.js';
import { type Application, applications, type Json, tenantId } from '../entities.js';
import { beyond, created, document, missing, noContent, ok, refuse } from '../reply.js';
import { type Row, type Tenant, table } from '../tenant.js';

/** What a SAML application has beyond any other application; its id is that of the application. */
interface SamlSettings extends Row {
  readonly attributeMapping: Json;
  readonly entityId: string | null;
  readonly acsUrl: { readonly binding: string; readonly url: string } | null;
  readonly encryption: Json | null;
  readonly nameIdFormat: string;
}

const settings = table<SamlSettings>('saml_application_configs', { id: applications });

interface SamlSecret extends Certificate {
  readonly applicationId: string;
}

const secrets = table<SamlSecret>('saml_application_secrets', { applicationId: applications });

/** Open source Logto has room for so many. */
const limit = 3;

/** Years that the first certificate is good for. */
const lifetime = 3;

type Change = Partial<SamlSettings> &
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

/** The settings of an application; @throws Error for one that was never made here */
export function samlSettingsOf(tenant: Tenant, id: string): SamlSettings {
  const own = tenant.table(settings).get(id);
  if (own === undefined) {
    throw new Error(`The SAML application ${id} has no settings.`);
  }
  return own;
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
  const { attributeMapping, entityId, acsUrl, encryption, nameIdFormat } = samlSettingsOf(
    tenant,
    id,
  );
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
    attributeMapping,
    entityId,
    acsUrl,
    encryption,
    nameIdFormat,
  };
};

function check(tenant: Tenant, { acsUrl, entityId }: Change, own?: string): void {
  if (acsUrl && !acsUrl.binding.endsWith('HTTP-POST')) {
    throw refuse(
      422,
      'application.saml.acs_url_binding_not_supported',
      'Answers are posted and nothing else.',
    );
  }
  if (
    entityId &&
    tenant.table(settings).find((one) => one.entityId === entityId && one.id !== own)
  ) {
    throw refuse(422, 'application.saml.entity_id_in_use', 'The entity id is taken.');
  }
}

const settingsIn = ({ attributeMapping, entityId, acsUrl, encryption, nameIdFormat }: Change) => ({
  ...(attributeMapping !== undefined && { attributeMapping }),
  ...(entityId !== undefined && { entityId }),
  ...(acsUrl !== undefined && { acsUrl }),
  ...(encryption !== undefined && { encryption }),
  ...(nameIdFormat !== undefined && { nameIdFormat }),
});

const secretsOf = (call: Call): SamlSecret[] =>
  call.tenant
    .table(secrets)
    .newestFirst()
    .filter(({ applicationId }) => applicationId === pathValue(call, 'id'));

const secretOf = (call: Call): SamlSecret => {
  const id = pathValue(call, 'secretId');
  const secret = secretsOf(call).find((one) => one.id === id);
  if (secret === undefined) {
    throw missing('entity.not_found', 'certificate', id);
  }
  return secret;
};

const insertSecret = (tenant: Tenant, applicationId: string, years: number, active: boolean) =>
  tenant.table(secrets).insert({ ...newCertificate(tenant, years, active), applicationId });

/** The body of a certificate without its frame. */
const bare = (certificate: string): string => certificate.replaceAll(/-----[^-]+-----|\s/g, '');

const signIn = (origin: string, id: string) => `${origin}/api/saml/${id}/authn`;

/** What Logto tells a service about itself, as SAML metadata. */
function metadata(call: Call, id: string): string {
  const { origin } = new URL(call.linkBase);
  const active = secretsOf(call).find((secret) => secret.active);
  const { nameIdFormat } = samlSettingsOf(call.tenant, id);
  const binding = (name: string) =>
    `<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:${name}" Location="${signIn(origin, id)}"/>`;
  return [
    `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${origin}/saml/${id}">`,
    '<IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">',
    active &&
      `<KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${bare(active.certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>`,
    `<NameIDFormat>${nameIdFormat}</NameIDFormat>`,
    binding('HTTP-Redirect'),
    binding('HTTP-POST'),
    '</IDPSSODescriptor></EntityDescriptor>',
  ]
    .filter(Boolean)
    .join('');
}

export const samlApplicationBehaviours: Behaviours = {
  createSamlApplication(call) {
    const { tenant } = call;
    const given = call.body<Change & { name: string }>();
    if (tenant.table(applications).filter(({ type }) => type === 'SAML').length >= limit) {
      throw refuse(403, 'application.saml.reach_oss_limit', `There are ${limit} already.`);
    }
    check(tenant, given);
    const application = tenant.table(applications).insert({
      tenantId,
      id: tenant.newId(),
      name: given.name,
      description: given.description ?? null,
      type: 'SAML',
      oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] },
      customClientMetadata: {},
      protectedAppMetadata: null,
      customData: given.customData ?? {},
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
      ...settingsIn(given),
    });
    insertSecret(tenant, application.id, lifetime, true);
    return created(shown(tenant, application));
  },

  getSamlApplication: (call) => ok(shown(call.tenant, applicationOf(call))),

  updateSamlApplication(call) {
    const { tenant } = call;
    const { id, customData } = applicationOf(call);
    const change = call.body<Change>();
    check(tenant, change, id);
    const { name, description, appLevelAccessControlEnabled } = change;
    tenant.table(settings).update(id, settingsIn(change));
    return ok(
      shown(
        tenant,
        tenant.table(applications).update(id, {
          ...(name !== undefined && { name }),
          ...(description !== undefined && { description }),
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
    const { id } = applicationOf(call);
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
    const { id } = applicationOf(call);
    return document('text/xml;charset=utf-8', metadata(call, id));
  },

  getSamlApplicationCallback(call) {
    const { query } = call;
    if (query.text('code') === undefined && query.text('error') === undefined) {
      throw refuse(400, 'guard.invalid_input', 'There is neither a code nor an error.');
    }
    applicationOf(call);
    throw beyond('a browser in the middle of a SAML sign-in');
  },
};
