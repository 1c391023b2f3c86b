import { expect } from 'vitest';
import type { Walk } from './walk.js';

export const ssoConnectorProvidersWalk: Walk = async (walker) => {
  const { items } = await walker.call('list_sso_connector_providers');
  expect(items).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ providerName: 'OIDC', providerType: 'oidc' }),
      expect.objectContaining({ providerName: 'SAML', providerType: 'saml' }),
    ]),
  );
};
