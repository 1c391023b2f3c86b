import { type Behaviours, pathValue } from '../call.js';
import { connectorKinds, describeKind } from '../connector-kinds.js';
import { missing, ok } from '../reply.js';

export const connectorFactoryBehaviours: Behaviours = {
  listConnectorFactories: () => ok(connectorKinds.map(describeKind)),

  getConnectorFactory(call) {
    const kind = connectorKinds.find(({ id }) => id === pathValue(call, 'id'));
    if (kind === undefined) {
      throw missing('entity.not_found', 'connector factory');
    }
    return ok(describeKind(kind));
  },
};
