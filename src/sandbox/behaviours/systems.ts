import type { Behaviours } from '../call.js';
import { refuse } from '../reply.js';

export const systemBehaviours: Behaviours = {
  getSystemApplicationConfig() {
    throw refuse(
      501,
      'application.protected_app_not_configured',
      'There is no provider for protected applications.',
    );
  },
};
