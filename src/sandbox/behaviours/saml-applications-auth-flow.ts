import { type Behaviour, type Behaviours, pathValue } from '../call.js';
import { applications } from '../entities.js';
import { beyond, missing, refuse } from '../reply.js';
import { samlSettingsOf } from './saml-applications.js';

const authenticate: Behaviour = (call) => {
  const id = pathValue(call, 'id');
  if (call.tenant.table(applications).get(id)?.type !== 'SAML') {
    throw missing('entity.not_exists_with_id', 'SAML application', id);
  }
  if (samlSettingsOf(call.tenant, id).entityId === null) {
    throw refuse(400, 'application.saml.entity_id_required', 'The application has no entity id.');
  }
  throw beyond('a reader of SAML requests');
};

export const samlApplicationAuthFlowBehaviours: Behaviours = {
  getSamlAuthn: authenticate,
  createSamlAuthn: authenticate,
};
