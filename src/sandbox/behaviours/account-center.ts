import type { Behaviours } from '../call.js';
import { type AccountCenter, accountCenter, customProfileFields } from '../experience.js';
import { ok, refuse } from '../reply.js';

export const accountCenterBehaviours: Behaviours = {
  getAccountCenterSettings: ({ tenant }) => ok(tenant.get(accountCenter)),

  updateAccountCenterSettings({ tenant, body }) {
    const change = body<Partial<AccountCenter>>();
    if (Object.keys(change).length === 0) {
      throw refuse(422, 'entity.invalid_input', 'There is nothing to change.');
    }
    const fieldNames = new Set(
      tenant
        .table(customProfileFields)
        .all()
        .map(({ name }) => name),
    );
    return ok(
      tenant.set(accountCenter, {
        ...tenant.get(accountCenter),
        ...change,
        ...(change.webauthnRelatedOrigins && {
          webauthnRelatedOrigins: [...new Set(change.webauthnRelatedOrigins)],
        }),
        ...(change.profileFields && {
          profileFields: change.profileFields.filter(({ name }) => fieldNames.has(name)),
        }),
      }),
    );
  },
};
