import { type Behaviours, type Call, list, pathValue } from '../call.js';
import { type Certificate, newCertificate, shownCertificate } from '../certificates.js';
import { type Json, type SsoConnector, ssoConnectors, tenantId } from '../entities.js';
import { created, missing, noContent, ok, refuse } from '../reply.js';
import { type Tenant, table } from '../tenant.js';
import { describeProvider, providerOf } from './sso-connector-providers.js';

interface SigningKey extends Certificate {
  readonly ssoConnectorId: string;
}

const signingKeys = table<SigningKey>('sso_connector_signing_keys', {
  ssoConnectorId: ssoConnectors,
});

/** Where everybody can have an address, so that it says nothing about whom somebody works for. */
const publicDomains = new Set(
  'gmail.com yahoo.com hotmail.com outlook.com live.com icloud.com aol.com proton.me protonmail.com qq.com 163.com'.split(
    ' ',
  ),
);

/** Years that a signing key is good for. */
const lifetime = 3;

type Change = Partial<
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
 * A connector with its provider. What Logto reads at the provider's own address is left out, as Logto does when the
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

function check(tenant: Tenant, providerName: string, change: Change, own?: string): void {
  const { connectorName, config, domains = [] } = change;
  const provider = providerOf(providerName);
  if (provider === undefined) {
    throw refuse(422, 'connector.not_found', `There is no provider ${providerName}.`);
  }
  const open = domains.filter((domain) => publicDomains.has(domain.toLowerCase()));
  if (open.length > 0) {
    throw refuse(422, 'single_sign_on.forbidden_domains', 'Anybody can have an address there.', {
      data: open,
    });
  }
  const given: Json = config ?? {};
  if (
    Object.keys(given).length > 0 &&
    provider.required.some((name) => given[name] === undefined)
  ) {
    throw refuse(
      400,
      'connector.invalid_config',
      `The settings of ${providerName} need ${provider.required.join(', ')}.`,
    );
  }
  const taken = tenant
    .table(ssoConnectors)
    .find((one) => one.connectorName === connectorName && one.id !== own);
  if (taken !== undefined) {
    throw refuse(409, 'single_sign_on.duplicate_connector_name', 'The name is taken.');
  }
}

const lowered = (domains: readonly string[]): string[] =>
  domains.map((domain) => domain.toLowerCase());

const keysOf = (call: Call): SigningKey[] => {
  const { id, providerName } = connectorOf(call);
  if (providerOf(providerName)?.providerType !== 'saml') {
    throw refuse(404, 'connector.not_found', 'Only SAML connectors sign their requests.');
  }
  return call.tenant
    .table(signingKeys)
    .newestFirst()
    .filter(({ ssoConnectorId }) => ssoConnectorId === id);
};

const keyOf = (call: Call): SigningKey => {
  const id = pathValue(call, 'keyId');
  const key = keysOf(call).find((one) => one.id === id);
  if (key === undefined) {
    throw missing('entity.not_found', 'signing key', id);
  }
  return key;
};

/** At most one key signs: a new active one puts the others aside. */
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
    const given = body<Pick<SsoConnector, 'providerName' | 'connectorName'> & Change>();
    check(tenant, given.providerName, given);
    const {
      providerName,
      connectorName,
      config = {},
      domains = [],
      branding = {},
      syncProfile = false,
      enableTokenStorage = false,
    } = given;
    return ok(
      tenant.table(ssoConnectors).insert({
        tenantId,
        id: tenant.newId(12),
        providerName,
        connectorName,
        config,
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
    const change = call.body<Change>();
    check(call.tenant, providerName, change, id);
    const after = call.tenant.table(ssoConnectors).update(id, {
      ...change,
      ...(change.domains && { domains: lowered(change.domains) }),
    });
    return ok(shown(call, after));
  },

  deleteSsoConnector(call) {
    const id = pathValue(call, 'id');
    if (!call.tenant.table(ssoConnectors).delete(id)) {
      throw missing('entity.not_found', 'SSO connector', id);
    }
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
    const { id } = keyOf(call);
    const { active } = call.body<{ active: boolean }>();
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
