import { domain, operation } from './operation.js';

export const systems = domain({
  title: 'Systems',
  about: 'Settings of the whole installation.',
  operations: {
    getSystemApplicationConfig: operation('GET /api/systems/application', {
      summary: 'Get the domains under which protected applications are served.',
      needs: 'a provider for protected applications, which Logto Cloud has',
    }),
  },
});
