import { id } from './fields.js';
import { domain, operation } from './operation.js';

export const connectorFactories = domain({
  title: 'Connector factories',
  about: 'The kinds of connectors that this Logto can set up.',
  operations: {
    listConnectorFactories: operation('GET /api/connector-factories', {
      summary: 'List the kinds of social, e-mail and SMS connectors that can be set up.',
      longMembers: ['logo', 'logoDark', 'readme', 'formItems', 'configTemplate'],
    }),
    getConnectorFactory: operation('GET /api/connector-factories/{id}', {
      summary: 'Get one connector factory with the settings that create_connector must give it.',
      path: { id: id('connector factory') },
      longMembers: ['logo', 'logoDark', 'readme'],
    }),
  },
});
