import { describe, expect, it } from 'vitest';
import { id } from '../../src/catalog/fields.js';
import { operation } from '../../src/catalog/operation.js';
import { lackingIn, servedRoutes, unknownTo } from '../../src/logto/openapi-routes.js';

const list = operation('GET /api/roles', { summary: 'List.' });
const remove = operation('DELETE /api/roles/{id}', {
  summary: 'Delete.',
  path: { id: id('role') },
  risk: 'none',
});

const document = {
  paths: {
    '/api/roles': { get: {}, parameters: [], summary: 'not a method' },
    '/api/Roles/{roleId}': { delete: {}, patch: {} },
  },
};

describe('the routes that a document has', () => {
  it('are told by method and path, whatever a parameter is called', () => {
    expect([...servedRoutes(document)]).toEqual([
      'GET /api/roles',
      'DELETE /api/roles/{}',
      'PATCH /api/roles/{}',
    ]);
  });

  it.each([[undefined], ['text'], [{}], [{ paths: 1 }], [{ paths: { '/api/roles': null } }]])(
    'are none in %j',
    (value) => {
      expect(servedRoutes(value).size).toBe(0);
    },
  );

  it('show what is lacking and what is not known', () => {
    const routes = servedRoutes(document);
    expect(lackingIn(routes, [{ operation: list }, { operation: remove }])).toEqual([]);
    expect(lackingIn(new Set(), [{ operation: list }])).toEqual([{ operation: list }]);
    expect(unknownTo([list, remove], routes)).toEqual(['PATCH /api/roles/{}']);
  });
});
