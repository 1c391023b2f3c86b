import type { Behaviours } from '../call.js';
import { users } from '../entities.js';
import { created, refuse } from '../reply.js';

/** Seconds. */
const lifetime = 600;

export const subjectTokenBehaviours: Behaviours = {
  // Not stored: the sandbox does not exchange subject tokens.
  createSubjectToken({ tenant, body }) {
    const { userId } = body<{ userId: string }>();
    if (!tenant.table(users).has(userId)) {
      throw refuse(404, 'entity.relation_foreign_key_not_found', 'There is no such user.');
    }
    return created({ subjectToken: `sub_${tenant.newId()}`, expiresIn: lifetime });
  },
};
