import { type Behaviours, type Call, list, pathValue } from '../call.js';
import { type Certificate, newCertificate, shownCertificate } from '../certificates.js';
import { type Json, type SsoConnector, ssoConnectors, tenantId } from '../entities.js';
import { created, missing, noContent, ok, refuse } from '../reply.js';
import { type Tenant, table } from '../tenant.js';
import { describeProvider, type Provider, providerOf } from './sso-connector-providers.js';

interface SigningCertificate extends Certificate {
  readonly ssoConnectorId: string;
}

const signingKeys = table<SigningCertificate>('sso_connector_signing_keys', {
  ssoConnectorId: ssoConnectors,
});

/** Domains of public mail providers, which Logto refuses for SSO. */
const publicDomains = new Set(
  (
    'gmail.com yahoo.com hotmail.com outlook.com live.com icloud.com aol.com yandex.com mail.com protonmail.com ' +
    'yanex.com gmx.com mail.ru zoho.com qq.com 163.com 126.com sina.com sohu.com'
  ).split(' '),
);

const oidcSettings = ['issuer', 'clientId', 'clientSecret', 'scope', 'trustUnverifiedEmail'];
const samlSettings = [
  'metadata',
  'metadataUrl',
  'entityId',
  'signInEndpoint',
  'x509Certificate',
  'attributeMapping',
  'signAuthnRequest',
  'requestSignatureAlgorithm',
];

const lowered = (domains: readonly string[]): string[] =>
  domains.map((domain) => domain.toLowerCase());

/** The validity of a signing key in years. */
const lifetime = 3;

type SsoConnectorChange = Partial<
  Pick<
    SsoConnector,
    'connectorName' | 'config' | 'domains' | 'branding' | 'syncProfile' | 'enableTokenStorage'
  >
>;

const connectorOf = (call: Call): SsoConnector => {
  const id = pathValue(call, 'id');
  const connector = call.tenant.table(ssoConnectors).get(id);
  if (connector === undefined) {
    throw missing('entity.not_exists_with_id', 'SSO connector', id);
  }
  return connector;
};

/**
 * A connector with its provider. What Logto reads from the provider's address is left out, as Logto does when the
 * address does not answer; the service's side of SAML is known without asking.
 */
const shown = (call: Call, connector: SsoConnector) => ({
  ...connector,
  ...describeProvider(connector.providerName),
  ...(providerOf(connector.providerName)?.providerType === 'saml' && {
    providerConfig: {
      defaultAttributeMapping: { id: 'nameID', email: 'email', name: 'name' },
      serviceProvider: {
        entityId: `${new URL(call.linkBase).origin}/enterprise-sso/${connector.id}`,
        assertionConsumerServiceUrl: `${new URL(call.linkBase).origin}/api/authn/single-sign-on/saml/${connector.id}`,
      },
    },
  }),
});

const isAddress = (text: unknown): boolean => typeof text === 'string' && URL.canParse(text);

/** Whether a text can be a certificate; its content is not read. */
const canBeCertificate = (text: unknown): boolean =>
  typeof text === 'string' &&
  /^[A-Za-z0-9+/=]{100,}$/.test(text.replaceAll(/-----[^-]+-----|\s/g, ''));

/** Refuses incomplete settings. @throws Refusal 400 */
function requireComplete({ providerName, providerType, required }: Provider, config: Json): void {
  const hasAll = (...names: string[]) => names.every((name) => config[name] !== undefined);
  const oneOf =
    hasAll('metadataUrl') ||
    hasAll('metadata') ||
    hasAll('entityId', 'signInEndpoint', 'x509Certificate');
  if (!hasAll(...required) || (providerType === 'saml' && !oneOf)) {
    const needed =
      providerType === 'saml'
        ? 'metadataUrl, metadata, or entityId with signInEndpoint and x509Certificate'
        : required.join(', ');
    throw refuse(
      400,
      'connector.invalid_config',
      `The settings of ${providerName} need ${needed}.`,
    );
  }
}

/** The details of a provider that are known without a request to it. */
function requirePossible({ providerType }: Provider, config: Json): void {
  const { issuer, metadata, metadataUrl, x509Certificate } = config;
  if (providerType === 'oidc') {
    if (issuer !== undefined && !isAddress(issuer)) {
      throw refuse(400, 'connector.invalid_config', 'The issuer is no address.');
    }
  } else if (metadataUrl !== undefined) {
    if (!isAddress(metadataUrl)) {
      throw refuse(400, 'connector.invalid_metadata', 'There is no metadata at that address.');
    }
  } else {
    const certificate =
      typeof metadata === 'string'
        ? /<(?:\w+:)?X509Certificate[^>]*>([^<]*)</.exec(metadata)?.[1]
        : x509Certificate;
    if (!canBeCertificate(certificate)) {
      throw refuse(400, 'connector.invalid_certificate', "The provider's certificate is missing.");
    }
  }
}

/** The settings as Logto stores them: without the members that the kind of provider does not have. */
function storedConfig({ providerType }: Provider, config: Json): Json {
  const supported = new Set(providerType === 'oidc' ? oidcSettings : samlSettings);
  return {
    ...(providerType === 'oidc' && { trustUnverifiedEmail: false }),
    ...Object.fromEntries(Object.entries(config).filter(([name]) => supported.has(name))),
  };
}

function check(
  tenant: Tenant,
  providerName: string,
  change: SsoConnectorChange,
  currentId?: string,
): Provider {
  const { connectorName, config, domains = [] } = change;
  const provider = providerOf(providerName);
  if (provider === undefined) {
    throw refuse(422, 'connector.not_found', `There is no provider ${providerName}.`);
  }
  const names = lowered(domains);
  const open = names.filter((domain) => publicDomains.has(domain));
  if (open.length > 0) {
    throw refuse(422, 'single_sign_on.forbidden_domains', 'Public mail domains are not allowed.', {
      data: open,
    });
  }
  const twice = names.filter((domain, index) => names.indexOf(domain) !== index);
  if (twice.length > 0) {
    throw refuse(422, 'single_sign_on.duplicated_domains', 'A domain is there twice.', {
      data: twice,
    });
  }
  if (config !== undefined) {
    requireComplete(provider, config);
  }
  const signs =
    currentId !== undefined &&
    tenant.table(signingKeys).find((key) => key.ssoConnectorId === currentId && key.active);
  if (config?.['signAuthnRequest'] === true && provider.providerType === 'saml' && !signs) {
    throw refuse(
      400,
      'single_sign_on.active_signing_key_required',
      'Requests can be signed once the connector has an active signing key.',
    );
  }
  const sameName = tenant
    .table(ssoConnectors)
    .find((other) => other.connectorName === connectorName && other.id !== currentId);
  if (sameName !== undefined) {
    throw refuse(409, 'single_sign_on.duplicate_connector_name', 'The name is taken.');
  }
  if (config !== undefined) {
    requirePossible(provider, config);
  }
  if (change.enableTokenStorage === true && provider.providerType === 'saml') {
    throw refuse(400, 'connector.token_storage_not_supported', 'SAML has no tokens to keep.');
  }
  return provider;
}

const keysOf = (call: Call): SigningCertificate[] => {
  const { id, providerName } = connectorOf(call);
  if (providerOf(providerName)?.providerType !== 'saml') {
    throw refuse(404, 'connector.not_found', 'Only SAML connectors sign their requests.');
  }
  return call.tenant
    .table(signingKeys)
    .newestFirst()
    .filter(({ ssoConnectorId }) => ssoConnectorId === id);
};

const keyOf = (call: Call): SigningCertificate => {
  const id = pathValue(call, 'keyId');
  const key = keysOf(call).find((row) => row.id === id);
  if (key === undefined) {
    throw missing('entity.not_found', 'signing key', id);
  }
  return key;
};

/** At most one key is active: activating one deactivates the others. */
const putAside = (call: Call): void => {
  for (const { id } of keysOf(call)) {
    call.tenant.table(signingKeys).update(id, { active: false });
  }
};

export const ssoConnectorBehaviours: Behaviours = {
  listSsoConnectors: (call) =>
    list(
      call,
      call.tenant
        .table(ssoConnectors)
        .all()
        .map((connector) => shown(call, connector)),
    ),

  createSsoConnector({ tenant, now, body }) {
    const input = body<Pick<SsoConnector, 'providerName' | 'connectorName'> & SsoConnectorChange>();
    const provider = check(tenant, input.providerName, input);
    const {
      providerName,
      connectorName,
      config,
      domains = [],
      branding = {},
      syncProfile = false,
      enableTokenStorage = false,
    } = input;
    return ok(
      tenant.table(ssoConnectors).insert({
        tenantId,
        id: tenant.newId(12),
        providerName,
        connectorName,
        config: config === undefined ? {} : storedConfig(provider, config),
        domains: lowered(domains),
        branding,
        syncProfile,
        enableTokenStorage,
        createdAt: now,
      }),
    );
  },

  getSsoConnector: (call) => ok(shown(call, connectorOf(call))),

  updateSsoConnector(call) {
    const { id, providerName } = connectorOf(call);
    const change = call.body<SsoConnectorChange>();
    const provider = check(call.tenant, providerName, change, id);
    const after = call.tenant.table(ssoConnectors).update(id, {
      ...change,
      ...(change.config && { config: storedConfig(provider, change.config) }),
      ...(change.domains && { domains: lowered(change.domains) }),
    });
    return ok(shown(call, after));
  },

  deleteSsoConnector(call) {
    call.tenant.table(ssoConnectors).delete(connectorOf(call).id);
    return noContent();
  },

  listSsoConnectorSigningKeys: (call) => list(call, keysOf(call).map(shownCertificate)),

  createSsoConnectorSigningKey(call) {
    const { active = false } = call.body<{ active?: boolean }>();
    if (active) {
      putAside(call);
    } else {
      keysOf(call);
    }
    const certificate = newCertificate(call.tenant, lifetime, active);
    const row = { ...certificate, ssoConnectorId: pathValue(call, 'id') };
    return created(shownCertificate(call.tenant.table(signingKeys).insert(row)));
  },

  updateSsoConnectorSigningKey(call) {
    const { id, active: before } = keyOf(call);
    const { active } = call.body<{ active: boolean }>();
    if (before && !active && connectorOf(call).config['signAuthnRequest'] === true) {
      throw refuse(
        400,
        'single_sign_on.can_not_deactivate_signing_key_in_use',
        'The connector signs its requests with this key.',
      );
    }
    if (active) {
      putAside(call);
    }
    return ok(shownCertificate(call.tenant.table(signingKeys).update(id, { active })));
  },

  deleteSsoConnectorSigningKey(call) {
    const { id, active } = keyOf(call);
    if (active) {
      throw refuse(
        400,
        'single_sign_on.can_not_delete_active_signing_key',
        'The key that signs cannot be deleted.',
      );
    }
    call.tenant.table(signingKeys).delete(id);
    return noContent();
  },
};
