import type { Behaviours } from '../call.js';
import { ok, refuse } from '../reply.js';

export const userAssetBehaviours: Behaviours = {
  // The answer of a plain installation, which has no storage provider.
  getUserAssetServiceStatus: () =>
    ok({ status: 'not_configured', isExperienceAvatarUploadEnabled: true }),

  createUserAsset() {
    throw refuse(400, 'storage.not_configured', 'There is no storage provider.');
  },
};
