/** Manuals, forms and logos are in an answer only where they are asked for: a real Logto sends 30 KB of them for each list. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { answers } from '../../src/mcp/search/answers.js';
import { type Connected, connectSandbox, succeed, tools } from '../support/client.js';

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

it('shows them if fields names them, and finds them with collect_pages', async () => {
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

it('leaves free data, settings and parts of events out of every list of users, applications, organizations and logs', () => {
  const without = tools.flatMap(({ name, operation }) => {
    const answer = answers.get(name) ?? '';
    const large = ['customData', 'payload', 'translation'].filter((member) =>
      new RegExp(`[{ ]${member}\\??: `).test(answer),
    );
    const isList = operation.method === 'GET' && answer.endsWith('}[]');
    const paths = operation.longMembers ?? [];
    return isList && !large.every((member) => paths.some((path) => path.startsWith(member)))
      ? [name]
      : [];
  });
  // Sessions and grants of one user are few, and their payload is what they are read for. Connectors have no custom data of a
  // person: the member is a setting of the provider's form.
  expect(without).toEqual([
    'list_user_sessions',
    'list_user_grants',
    'list_connectors',
    'list_connector_factories',
  ]);
});

it('answers short items of lists, and all members with fields ["*"]', async () => {
  const short = await read('list_users', {});
  expect(short.items?.every((user) => !('customData' in user) && !('profile' in user))).toBe(true);
  expect(short.items?.every((user) => 'primaryEmail' in user && 'lastSignInAt' in user)).toBe(true);
  expect(short.notes?.join(' ')).toContain('fields ["*"] for all');
  const all = await read('list_users', { fields: ['*'] });
  expect(all.items?.every((user) => 'customData' in user && 'profile' in user)).toBe(true);
  expect(all.notes).toBeUndefined();
  const logs = await read('list_logs', {});
  expect(JSON.stringify(logs.items)).not.toContain('"userAgentParsed"');
  expect(logs.items?.every(({ payload }) => Object.hasOwn(Object(payload), 'key'))).toBe(true);
});

it('takes "*" in collect_pages too, and shows scripts every member', async () => {
  const collected = await read('collect_pages', {
    operation: 'list_users',
    fields: ['*'],
    limit: 2,
  });
  expect(collected.items?.every((user) => 'customData' in user)).toBe(true);
  const script = await read('run_read_script', {
    code: "return (await logto.all('list_users')).filter((user) => user.customData !== undefined).length;",
  });
  expect(script.result).toBeGreaterThan(3);
});
