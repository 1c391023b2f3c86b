import * as z from 'zod';
import { domain, operation } from './operation.js';

/** Logto Cloud answers 501. */
const SELF_HOSTED = 'a self-hosted Logto';

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
      summary: 'Get the license of the installation: plan, limits, expiry, never its key.',
      notes: 'Without one: 404 license.not_installed.',
      needs: SELF_HOSTED,
    }),
    installSystemLicense: operation('PUT /api/systems/license', {
      since: '1.45',
      summary: 'Install a license key for the whole installation, replacing the one in use.',
      body: { license: z.string().min(1).describe('the key, a secret') },
      secretArguments: ['license'],
      needs: SELF_HOSTED,
      risk: [
        {
          risk: 'destructive',
          because: 'the limits of every tenant of the installation follow the new license at once',
        },
        {
          risk: 'irreversible',
          because: 'Logto never returns the key that was in use, so nothing can restore it',
        },
      ],
      // No operation removes a license either, so the first one cannot be undone.
      undo: { blocked: 'Logto never returns the key that was in use' },
    }),
  },
});
