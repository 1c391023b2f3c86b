import { expect } from 'vitest';
import { textOf, type Walk } from './walk.js';

export const connectorFactoriesWalk: Walk = async (walker) => {
  const { items = [] } = await walker.call('list_connector_factories', { fields: ['id'] });
  expect(items.length).toBeGreaterThan(0);
  const id = textOf(items[0]);
  expect((await walker.call('get_connector_factory', { id })).result).toMatchObject({ id });
  await walker.refused(
    'get_connector_factory',
    { id: 'nope' },
    { status: 404, code: 'entity.not_found' },
  );
};
