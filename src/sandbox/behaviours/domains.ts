import { type Behaviour, type Behaviours, list, pathValue } from '../call.js';
import { missing, refuse } from '../reply.js';

/** Without a provider of host names, as on a plain installation, there are no domains and none can be added. */
const notConfigured: Behaviour = () => {
  throw refuse(400, 'domain.not_configured', 'There is no provider of host names.');
};

const notThere: Behaviour = (call) => {
  throw missing('entity.not_exists_with_id', 'domain', pathValue(call, 'id'));
};

export const domainBehaviours: Behaviours = {
  listDomains: (call) => list(call, []),
  createDomain: notConfigured,
  getDomain: notThere,
  deleteDomain: notConfigured,
  cleanupDomains: notConfigured,
  listDomainVerificationFiles: notThere,
  replaceDomainVerificationFiles: notThere,
};
