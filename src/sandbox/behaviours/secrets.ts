import { type Behaviours, pathValue } from '../call.js';
import { type Json, users } from '../entities.js';
import { missing, noContent } from '../reply.js';
import { table } from '../tenant.js';

/** The provider tokens stored with an identity. Only a sign-in stores them, and the sandbox has no sign-in. */
interface Secret {
  readonly id: string;
  readonly userId: string;
  readonly type: 'federated_token_set';
  readonly metadata: Json;
}

export const secrets = table<Secret>('secrets', { userId: users });

export const secretBehaviours: Behaviours = {
  deleteSecret(call) {
    if (!call.tenant.table(secrets).delete(pathValue(call, 'id'))) {
      throw missing('entity.not_found', 'secret');
    }
    return noContent();
  },
};
