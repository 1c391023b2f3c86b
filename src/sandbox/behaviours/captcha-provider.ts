import type { Behaviours } from '../call.js';
import { type Json, tenantId } from '../entities.js';
import { signInExperience } from '../experience.js';
import { missing, noContent, ok } from '../reply.js';
import { singleton } from '../tenant.js';

interface CaptchaProvider {
  readonly tenantId: string;
  readonly id: string;
  readonly config: Json;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export const captchaProvider = singleton<CaptchaProvider | undefined>(
  'captcha_provider',
  () => undefined,
);

export const captchaProviderBehaviours: Behaviours = {
  getCaptchaProvider({ tenant }) {
    const provider = tenant.get(captchaProvider);
    if (provider === undefined) {
      throw missing('entity.not_found', 'captcha provider');
    }
    return ok(provider);
  },

  updateCaptchaProvider({ tenant, now, body }) {
    const { config } = body<{ config: Json }>();
    const provider = tenant.get(captchaProvider) ?? {
      tenantId,
      id: tenant.newId(),
      createdAt: now,
      updatedAt: now,
    };
    return ok(tenant.set(captchaProvider, { ...provider, config }));
  },

  deleteCaptchaProvider({ tenant }) {
    tenant.set(captchaProvider, undefined);
    tenant.set(signInExperience, {
      ...tenant.get(signInExperience),
      captchaPolicy: { enabled: false },
    });
    return noContent();
  },
};
