import { domain, operation } from './operation.js';

export const ssoConnectorProviders = domain({
  title: 'SSO connector providers',
  about: 'The kinds of enterprise SSO connectors.',
  operations: {
    listSsoConnectorProviders: operation('GET /api/sso-connector-providers', {
      summary: 'List the kinds of enterprise SSO connectors that can be set up.',
    }),
  },
});
