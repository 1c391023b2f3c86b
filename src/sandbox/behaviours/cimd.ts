import { type Behaviours, pathValue } from '../call.js';
import { addConsents, consentsOf, removeConsent } from '../consent-scopes.js';
import { createdWord, noContent, ok } from '../reply.js';

/** All clients with a metadata document share one set of scopes. */
const owner = 'cimd';

export const cimdBehaviours: Behaviours = {
  listCimdUserConsentScopes: ({ tenant }) => ok(consentsOf(tenant, owner)),

  assignCimdUserConsentScopes({ tenant, body }) {
    addConsents(tenant, owner, body());
    return createdWord();
  },

  deleteCimdUserConsentScope(call) {
    removeConsent(call.tenant, owner, pathValue(call, 'scopeType'), pathValue(call, 'scopeId'));
    return noContent();
  },
};
