/** Exact keys over the whole catalog. */
import { describe, expect, it } from 'vitest';
import type { Tool } from '../../../src/mcp/operation-tools.js';
import { operationKeys } from '../../../src/mcp/search/operation-keys.js';
import { createSearch } from '../../../src/mcp/search/search.js';
import { tools } from '../../support/client.js';

const search = createSearch(tools);

/** Names of the operations that a text does not find first and exactly. */
const misses = (textOf: (tool: Tool) => string): string[] =>
  tools
    .filter((tool) => {
      const { operations, exactCount } = search(textOf(tool));
      return exactCount === 0 || operations[0] !== tool;
    })
    .map((tool) => `${textOf(tool)} -> ${search(textOf(tool)).operations[0]?.name}`);

const route = ({ operation }: Tool): string => `${operation.method} ${operation.url}`;
const pascal = ({ key }: Tool): string => `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
/** An id like Logto's: no segment of a route is written so. */
const ID = 'f3k9x2m7q1zt';

describe('an exact key', () => {
  it.each<[string, (tool: Tool) => string]>([
    ['METHOD /api/path', route],
    ['METHOD /path', (tool) => route(tool).replace('/api/', '/')],
    ['METHOD api/path', (tool) => route(tool).replace(' /api/', ' api/')],
    ['method in lower case', (tool) => route(tool).replace(/^[A-Z]+/, (m) => m.toLowerCase())],
    ['other parameter names', (tool) => route(tool).replaceAll(/\{\w+\}/g, '{x}')],
    ['parameters with a colon', (tool) => route(tool).replaceAll(/\{(\w+)\}/g, ':$1')],
    ['parameters in angle brackets', (tool) => route(tool).replaceAll(/\{(\w+)\}/g, '<$1>')],
    ['concrete ids', (tool) => route(tool).replaceAll(/\{\w+\}/g, ID)],
    ['a trailing slash', (tool) => `${route(tool)}/`],
    ['a query', (tool) => `${route(tool)}?page=1&page_size=20`],
    ['a full URL', (tool) => route(tool).replace(' ', ' https://abc.logto.app')],
    ['backticks', (tool) => `\`${route(tool)}\``],
    ['words around it', (tool) => `call ${route(tool)}, please`],
    ['the tool name', ({ name }) => name],
    ['the tool name with spaces', ({ name }) => name.replaceAll('_', ' ')],
    ['the tool name with hyphens', ({ name }) => name.replaceAll('_', '-')],
    ['the tool name in upper case', ({ name }) => name.toUpperCase()],
    ['operationId in lowerCamel', ({ key }) => key],
    ['operationId in PascalCase', pascal],
    ['operationId with spaces', (tool) => pascal(tool).replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')],
  ])('finds each operation first by %s', (_, textOf) => {
    expect(misses(textOf)).toEqual([]);
  });

  it('finds by a bare path every operation of that path, and no other', () => {
    for (const { operation } of tools) {
      const { operations, exactCount } = search(operation.url);
      const expected = tools.filter((other) => other.operation.url === operation.url);
      expect(operations.slice(0, exactCount), operation.url).toEqual(expected);
      expect(exactCount).toBe(operations.length);
    }
  });

  it('prefers a fixed segment to a parameter', () => {
    const keys = operationKeys([
      { name: 'get_thing', key: 'getThing', operation: { method: 'GET', url: '/api/things/{id}' } },
      { name: 'get_best', key: 'getBest', operation: { method: 'GET', url: '/api/things/best' } },
    ]);
    const namesAt = (text: string) => keys.byRoute(text)?.operations.map(({ name }) => name);
    expect(namesAt('GET /things/best')).toEqual(['get_best']);
    expect(namesAt('GET /things/worst')).toEqual(['get_thing']);
    expect(namesAt('GET /things/{id}')).toEqual(['get_thing']);
  });

  it('names the operations of a path that lacks the method', () => {
    const { operations, notes } = search('PUT /api/hooks');
    expect(operations.map(({ name }) => name)).toEqual(['list_hooks', 'create_hook']);
    expect(notes.join(' ')).toContain('does not have that method');
  });

  it('says that a route does not exist', () => {
    const { operations, exactCount, notes } = search('GET /api/users/all/suspended');
    expect(notes.join(' ')).toContain('no such route');
    expect(exactCount).toBe(0);
    expect(operations.slice(0, 5).map(({ name }) => name)).toContain('list_users');
  });

  it.each([
    'add the redirect URI https://app.example.com/callback',
    'a webhook to https://example.com/api/hooks',
    'set the redirect path to /callback',
    'and/or',
    'delete a user',
    'GET users by email',
  ])('is not detected in %s', (text) => {
    expect(operationKeys(tools).byRoute(text)).toBeUndefined();
  });
});
