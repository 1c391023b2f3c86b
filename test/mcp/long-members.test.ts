/** Manuals, forms and logos are in an answer only where they are asked for: a real Logto sends 30 KB of them for each list. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Connected, connectSandbox, succeed } from '../support/client.js';

let connected: Connected;
beforeEach(async () => {
  connected = await connectSandbox();
});
afterEach(() => connected.close());

const read = (tool: string, values: Readonly<Record<string, unknown>>) =>
  succeed(connected.call, tool, values);

it('leaves long members out of a list, and says so', async () => {
  const { items = [], notes = [] } = await read('list_connector_factories', {});
  expect(items.length).toBeGreaterThan(3);
  expect(items.filter((item) => 'readme' in item || 'formItems' in item)).toEqual([]);
  expect(notes.join(' ')).toContain('readme');
  expect(notes.join(' ')).toContain('fields');
});

it('shows them where fields names them, and finds them with collect_pages', async () => {
  const { items = [], notes } = await read('list_connector_factories', {
    fields: ['id', 'readme'],
  });
  expect(items.every(({ readme }) => typeof readme === 'string')).toBe(true);
  expect(notes).toBeUndefined();
  const collected = await read('collect_pages', {
    operation: 'list_connector_factories',
    where: [{ field: 'readme', is: 'contains', value: 'Google' }],
    fields: ['id', 'readme'],
  });
  expect(collected.items).toHaveLength(1);
});

it('shows the form of the settings of one factory, and of no connector', async () => {
  const factory = await read('get_connector_factory', { id: 'google-universal' });
  expect(factory.result).toHaveProperty('formItems');
  expect(factory.result).not.toHaveProperty('readme');
  for (const [tool, values] of [
    ['get_connector', { id: 'google' }],
    ['update_connector', { id: 'google', syncProfile: true }],
  ] as const) {
    const { result, notes = [] } = await read(tool, values);
    expect(result).toHaveProperty('connectorId', 'google-universal');
    expect(result).not.toHaveProperty('formItems');
    expect(notes.join(' ')).toMatch(/Left out because they are long: .*formItems/);
  }
});
