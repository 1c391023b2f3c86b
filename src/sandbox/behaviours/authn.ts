import { type Behaviours, pathValue } from '../call.js';
import { connectors, ssoConnectors } from '../entities.js';
import { beyond, missing, ok, refuse } from '../reply.js';

export const authnBehaviours: Behaviours = {
  getHasuraAuth({ query, caller }) {
    const role = query.text('unauthorizedRole');
    if (caller === undefined && role === undefined) {
      throw refuse(401, 'auth.unauthorized', 'There is no token, and no role for such a case.');
    }
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
    if (!call.tenant.table(ssoConnectors).has(id)) {
      throw missing('entity.not_exists_with_id', 'SSO connector', id);
    }
    throw beyond('a browser in the middle of a SAML sign-in');
  },
};
