import { expect } from 'vitest';
import type { Walk } from './walk.js';

export const authnWalk: Walk = async (walker) => {
  await walker.refused(
    'assert_saml',
    { connectorId: 'nope', assertion: {} },
    { status: 422, code: 'session.invalid_connector_id' },
  );
  await walker.refused(
    'assert_single_sign_on_saml',
    { connectorId: 'nope', SAMLResponse: 'x' },
    { status: 404, code: 'entity.not_exists_with_id' },
  );
  const connector = await walker.create(
    'create_sso_connector',
    { providerName: 'SAML', connectorName: walker.name('Assert') },
    ({ id }) => ['delete_sso_connector', { id }],
  );
  await walker.refused(
    'assert_single_sign_on_saml',
    { connectorId: connector.id, SAMLResponse: 'x' },
    { status: 404, code: 'session.connector_validation_session_not_found' },
  );
  const { result } = await walker.call('get_hasura_auth', {
    resource: 'https://default.logto.app/api',
    unauthorizedRole: 'guest',
  });
  expect(result).toMatchObject({ 'X-Hasura-Role': expect.any(String) });
};
