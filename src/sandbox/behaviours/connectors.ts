import { type Behaviours, type Call, pathValue } from '../call.js';
import {
  type ConnectorKind,
  connectorKinds,
  describeKind,
  invalidSettings,
} from '../connector-kinds.js';
import { type Connector, connectors, type Json } from '../entities.js';
import { signInExperience } from '../experience.js';
import { missing, noContent, ok, problem, refuse } from '../reply.js';
import type { Tenant } from '../tenant.js';
import { Rejected } from '../validation.js';

const kindOf = (connectorId: string): ConnectorKind | undefined =>
  connectorKinds.find(({ id }) => id === connectorId);

interface ConnectorMetadata {
  readonly target?: string;
  readonly name?: Json;
  readonly logo?: string;
  readonly logoDark?: string | null;
}

const connectorOf = (call: Call, name = 'id'): Connector => {
  const connector = call.tenant.table(connectors).get(pathValue(call, name));
  if (connector === undefined) {
    throw missing('entity.not_found', 'connector');
  }
  return connector;
};

/** A connector as Logto answers it: the description of its kind, overridden by its settings. */
const shown = ({
  id,
  connectorId,
  config,
  metadata,
  syncProfile,
  enableTokenStorage,
}: Connector) => {
  const kind = kindOf(connectorId);
  const { target, name, logo }: ConnectorMetadata = metadata;
  return {
    id,
    syncProfile,
    enableTokenStorage,
    config,
    metadata,
    connectorId,
    ...(kind && omitId(describeKind(kind))),
    ...(target !== undefined && { target }),
    ...(name !== undefined && { name }),
    ...(logo !== undefined && { logo }),
    extraInfo: {},
  };
};

const omitId = ({ id: _, ...rest }: ReturnType<typeof describeKind>) => rest;

export const targetOf = ({ connectorId, metadata }: Connector): string =>
  String((metadata as ConnectorMetadata).target ?? kindOf(connectorId)?.target ?? '');

const requireSettings = (kind: ConnectorKind, config: Json): void => {
  const issues = invalidSettings(kind, config).map((key) => ({
    code: 'invalid_type',
    path: [key],
    message: 'It is missing or of the wrong type.',
  }));
  if (issues.length > 0) {
    throw new Rejected(
      problem(400, {
        code: 'connector.invalid_config',
        message: 'The settings do not fit the kind of connector.',
        data: { name: 'ZodError', issues },
        details: issues
          .map(({ code, path, message }) => `Error in key path "${path}": (${code}) ${message}`)
          .join('\n'),
      }),
    );
  }
};

/** Logto lets a connector of a provider set its name, logo and target. @throws Refusal 400 */
const requireStandard = (kind: ConnectorKind | undefined, metadata: Json | undefined): void => {
  if (metadata !== undefined && kind?.isStandard !== true) {
    throw refuse(
      400,
      'connector.cannot_overwrite_metadata_for_non_standard_connector',
      'Only connectors of a protocol, such as OIDC, take metadata.',
    );
  }
};

/** A member that is null counts as missing. */
const withoutNull = (metadata: Json): Json =>
  Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null));

interface ConnectorBody {
  readonly connectorId: string;
  readonly config?: Json;
  readonly metadata?: Json;
  readonly syncProfile?: boolean;
  readonly enableTokenStorage?: boolean;
  readonly id?: string;
}

export const connectorBehaviours: Behaviours = {
  listConnectors({ tenant, query }) {
    const target = query.text('target');
    return ok(
      tenant
        .table(connectors)
        .filter((connector) => target === undefined || targetOf(connector) === target)
        .map(shown),
    );
  },

  createConnector({ tenant, body, now }) {
    const {
      connectorId,
      config,
      metadata,
      syncProfile = false,
      enableTokenStorage = false,
      id = tenant.newId(12),
    } = body<ConnectorBody>();
    const kind = kindOf(connectorId);
    if (kind === undefined) {
      throw refuse(
        422,
        'connector.not_found_with_connector_id',
        'There is no such kind of connector.',
      );
    }
    const table = tenant.table(connectors);
    const { target }: ConnectorMetadata = metadata ?? {};
    if (kind.type === 'Social') {
      if (kind.isStandard && !target) {
        throw refuse(400, 'connector.should_specify_target', 'metadata.target is required.');
      }
      requireStandard(kind, metadata);
      const twin = table.find((other) => targetOf(other) === (target ?? kind.target));
      if (twin !== undefined) {
        throw kind.isStandard
          ? refuse(422, 'connector.multiple_target_with_same_platform', 'The target is taken.')
          : refuse(422, 'connector.multiple_instances_not_supported', 'There is one already.');
      }
    }
    if (config !== undefined) {
      requireSettings(kind, config);
    }
    if (kind.type !== 'Social') {
      // A tenant has one e-mail and one SMS connector: a new one replaces the other connector of its type.
      for (const old of table.filter((row) => kindOf(row.connectorId)?.type === kind.type)) {
        table.delete(old.id);
      }
    }
    const connector = table.insert({
      id,
      connectorId,
      config: config ?? {},
      metadata: withoutNull(metadata ?? {}),
      syncProfile,
      enableTokenStorage,
      createdAt: now,
    });
    return ok(shown(connector));
  },

  getConnector: (call) => ok(shown(connectorOf(call))),

  updateConnector(call) {
    const connector = connectorOf(call);
    const change = call.body<Partial<ConnectorBody>>();
    const kind = kindOf(connector.connectorId);
    if (Object.keys(change).length === 0) {
      throw refuse(422, 'entity.invalid_input', 'There is nothing to change.');
    }
    const { target }: ConnectorMetadata = change.metadata ?? {};
    if (change.metadata !== undefined && kind?.isStandard && target !== targetOf(connector)) {
      throw refuse(
        400,
        'connector.can_not_modify_target',
        'metadata.target must be the target that the connector has.',
      );
    }
    requireStandard(kind, change.metadata);
    if (change.config !== undefined && kind !== undefined) {
      requireSettings(kind, change.config);
    }
    const { config, metadata, syncProfile, enableTokenStorage } = change;
    return ok(
      shown(
        call.tenant.table(connectors).update(connector.id, {
          ...(config !== undefined && { config }),
          ...(metadata !== undefined && { metadata: withoutNull(metadata) }),
          ...(syncProfile !== undefined && { syncProfile }),
          ...(enableTokenStorage !== undefined && { enableTokenStorage }),
        }),
      ),
    );
  },

  deleteConnector(call) {
    const connector = connectorOf(call);
    const { tenant } = call;
    tenant.table(connectors).delete(connector.id);
    // The sign-in experience loses the target; users keep the identities they have linked.
    const experience = tenant.get(signInExperience);
    const target = targetOf(connector);
    tenant.set(signInExperience, {
      ...experience,
      socialSignInConnectorTargets: experience.socialSignInConnectorTargets.filter(
        (other) => other !== target,
      ),
    });
    return noContent();
  },

  createConnectorTest(call) {
    const { phone, email, config } = call.body<{ phone?: string; email?: string; config: Json }>();
    const kind = kindOf(pathValue(call, 'factoryId'));
    if (phone === undefined && email === undefined) {
      throw refuse(400, 'guard.invalid_input', 'phone or email is required.');
    }
    if (kind?.type !== (phone === undefined ? 'Email' : 'Sms')) {
      throw refuse(
        400,
        'connector.not_found',
        'There is no such kind of connector for this message.',
      );
    }
    requireSettings(kind, config);
    if (Array.isArray(config['templates']) && config['templates'].length === 0) {
      throw refuse(400, 'connector.template_not_found', 'There is no template to send.');
    }
    return noContent();
  },

  createConnectorAuthorizationUri(call) {
    const connector = connectorOf(call, 'connectorId');
    const { state, redirectUri } = call.body<{ state: string; redirectUri: string }>();
    if (state === '' || redirectUri === '') {
      throw refuse(400, 'session.insufficient_info', 'state and redirectUri are required.');
    }
    const query = new URLSearchParams({ state, redirect_uri: redirectUri });
    return ok({ redirectTo: `http://${targetOf(connector)}.invalid/?${query}` });
  },
};

/** E-mail that goes nowhere, and sign-in with Google and GitHub. */
export function seedConnectors(tenant: Tenant): void {
  const createdAt = tenant.now() - 400 * 86_400_000;
  const social = { clientId: 'northwind-web', clientSecret: 'kept-by-the-sandbox' };
  const rows: readonly Pick<Connector, 'id' | 'connectorId' | 'config'>[] = [
    { id: 'google', connectorId: 'google-universal', config: social },
    { id: 'github', connectorId: 'github-universal', config: social },
    {
      id: 'mail',
      connectorId: 'mock-email-service',
      config: { ...kindOf('mock-email-service')?.template, apiKey: 'kept-by-the-sandbox' },
    },
  ];
  for (const row of rows) {
    tenant
      .table(connectors)
      .insert({ ...row, metadata: {}, syncProfile: false, enableTokenStorage: false, createdAt });
  }
  tenant.set(signInExperience, {
    ...tenant.get(signInExperience),
    socialSignInConnectorTargets: ['google', 'github'],
  });
}
