import { type Behaviours, pathValue } from '../call.js';
import { connectors, ssoConnectors } from '../entities.js';
import { beyond, missing, ok, refuse } from '../reply.js';
import { providerOf } from './sso-connector-providers.js';

export const authnBehaviours: Behaviours = {
  getHasuraAuth({ query, caller }) {
    const role = query.text('unauthorizedRole');
    return ok({
      ...(caller !== undefined && { 'X-Hasura-User-Id': caller }),
      ...(role !== undefined && { 'X-Hasura-Role': role }),
    });
  },

  assertSaml(call) {
    const id = pathValue(call, 'connectorId');
    if (!call.tenant.table(connectors).has(id)) {
      throw refuse(422, 'session.invalid_connector_id', `There is no connector ${id}.`);
    }
    throw beyond('a browser in the middle of a SAML sign-in');
  },

  assertSingleSignOnSaml(call) {
    const id = pathValue(call, 'connectorId');
    const connector = call.tenant.table(ssoConnectors).get(id);
    if (connector === undefined) {
      throw missing('entity.not_exists_with_id', 'SSO connector', id);
    }
    if (providerOf(connector.providerName)?.providerType !== 'saml') {
      throw Object.keys(connector.config).length === 0
        ? refuse(400, 'connector.invalid_config', 'The connector has no settings yet.')
        : refuse(400, 'connector.unexpected_type', 'The connector does not speak SAML.');
    }
    if (!call.body<{ RelayState?: string }>().RelayState) {
      throw refuse(
        404,
        'session.connector_validation_session_not_found',
        'Without a RelayState there is no sign-in that the answer belongs to.',
      );
    }
    throw beyond('a browser in the middle of a SAML sign-in');
  },
};
