import type { Behaviour, Behaviours } from '../call.js';
import { beyond, refuse } from '../reply.js';
import { samlDetailsOf } from './saml-applications.js';

const authenticate: Behaviour = (call) => {
  if (samlDetailsOf(call).entityId === null) {
    throw refuse(400, 'application.saml.entity_id_required', 'The application has no entity id.');
  }
  throw beyond('a reader of SAML requests');
};

export const samlApplicationAuthFlowBehaviours: Behaviours = {
  getSamlAuthn: authenticate,
  createSamlAuthn: authenticate,
};
