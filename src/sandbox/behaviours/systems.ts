import type { Behaviours } from '../call.js';
import type { Json } from '../entities.js';
import { noContent, ok, refuse } from '../reply.js';
import { singleton } from '../tenant.js';

/** The license as Logto shows it, without its key; undefined while none is installed. */
export const license = singleton<Json | undefined>('license', () => undefined);

const DAY_MS = 86_400_000;

export const systemBehaviours: Behaviours = {
  getSystemApplicationConfig() {
    throw refuse(
      501,
      'application.protected_app_not_configured',
      'There is no provider for protected applications.',
    );
  },

  getSystemLicense({ tenant }) {
    const installed = tenant.get(license);
    if (installed === undefined) {
      throw refuse(404, 'license.not_installed', 'No license is installed.');
    }
    return ok(installed);
  },

  /** Logto verifies the signature of a key. The sandbox accepts every key that begins with `sandbox`. */
  installSystemLicense({ tenant, now, body }) {
    if (!body<{ license: string }>().license.startsWith('sandbox')) {
      throw refuse(400, 'license.invalid_key', 'It is no license key.');
    }
    const day = (days: number): string => new Date(now + days * DAY_MS).toISOString();
    tenant.set(license, {
      plan: 'sandbox',
      env: 'non-production',
      quota: {
        hideLogtoBranding: true,
        bringYourUi: true,
        idpInitiatedSso: false,
        consoleCollaboration: false,
        mandatoryMfa: true,
        hostedEmail: false,
        samlApplicationsLimit: null,
      },
      expiresAt: day(365),
      installedAt: day(0),
      lastRefreshedAt: day(0),
      graceEndsAt: day(379),
    });
    return noContent();
  },
};
