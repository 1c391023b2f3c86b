import { domain, operation } from './operation.js';

export const systems = domain({
  title: 'Systems',
  about: 'Settings of the whole installation.',
  operations: {
    getSystemApplicationConfig: operation('GET /api/systems/application', {
      summary: 'Get the domains under which protected applications are served.',
      needs: 'a provider for protected applications, which Logto Cloud has',
    }),
    getSystemLicense: operation('GET /api/systems/license', {
      since: '1.45',
      summary:
        'Get the licence of the installation: plan, limits, expiry; the key is never returned.',
      notes: 'Without a licence: 404 license.not_installed.',
      needs: 'a self-hosted Logto',
    }),
  },
});
