import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/guard/policy/policy.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { type Connected, connectClient, connectSandbox } from '../support/client.js';

const templates = [
  ['logto://users/{id}', 'list_users'],
  ['logto://applications/{id}', 'list_applications'],
  ['logto://organizations/{id}', 'list_organizations'],
  ['logto://roles/{id}', 'list_roles'],
] as const;

let connected: Connected;
beforeAll(async () => {
  connected = await connectSandbox();
});
afterAll(() => connected.close());

const complete = async (uri: string, value: string, by = connected) =>
  (
    await by.client.complete({
      ref: { type: 'ref/resource', uri },
      argument: { name: 'id', value },
    })
  ).completion.values;

const textOf = async (uri: string, by = connected): Promise<string> => {
  const [content] = (await by.client.readResource({ uri })).contents;
  return content !== undefined && 'text' in content ? content.text : '';
};

describe('resource templates', () => {
  it('are listed', async () => {
    const { resourceTemplates } = await connected.client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual(
      templates.map(([uri]) => uri),
    );
  });

  it.each(templates)('%s reads what its completion offers', async (uri, list) => {
    const offered = await complete(uri, '');
    expect(offered.length).toBeGreaterThan(1);
    const listed = await connected.call(list, { page_size: 20 });
    const ids = listed.ok ? (listed.answer['items'] as { id: string }[]).map(({ id }) => id) : [];
    for (const value of offered.slice(0, 3)) {
      const text = await textOf(uri.replace('{id}', encodeURIComponent(value)));
      expect(ids).toContain((JSON.parse(text) as { result: { id: string } }).result.id);
    }
  });

  it('accept a reference as it is typed, without encoding', async () => {
    const [email = ''] = await complete('logto://users/{id}', 'anna');
    expect(email).toMatch(/^email:.*anna/);
    expect(await textOf(`logto://users/${email}`)).toBe(
      await textOf(`logto://users/${encodeURIComponent(email)}`),
    );
  });

  it('offer the id if several entities have the name', async () => {
    for (const _ of [1, 2]) {
      await connected.call('create_organization', { name: 'Twin' });
    }
    const offered = await complete('logto://organizations/{id}', 'Twin');
    expect(offered).toHaveLength(2);
    expect(offered.filter((value) => value.startsWith('name:'))).toEqual([]);
  });

  it('answer an unknown template with an error, and an unknown entity with not found', async () => {
    await expect(connected.client.readResource({ uri: 'logto://users/none' })).rejects.toThrow(
      /no such user/,
    );
    await expect(connected.client.readResource({ uri: 'logto://users/' })).rejects.toThrow();
    await expect(connected.client.readResource({ uri: 'logto://hooks/x' })).rejects.toThrow(
      'hooks/x',
    );
  });

  it('are left out if the policy forbids the read', async () => {
    const limited = await connectClient({
      fetch: createSandbox().fetch,
      policy: defaultPolicy({ deny: ['users'] }),
    });
    const { resourceTemplates } = await limited.client.listResourceTemplates();
    expect(resourceTemplates.map(({ name }) => name)).not.toContain('user');
    await expect(limited.client.readResource({ uri: 'logto://users/none' })).rejects.toThrow();
    expect(await complete('logto://users/{id}', 'anna', limited)).toEqual([]);
    await limited.close();
  });

  it('complete to nothing while Logto does not answer', async () => {
    const down = { status: 501, headers: new Headers(), text: async () => 'down' };
    const sandbox = createSandbox();
    const broken = await connectClient({
      fetch: async (url, init) => (url.includes('/api/users') ? down : sandbox.fetch(url, init)),
    });
    expect(await complete('logto://users/{id}', 'anna', broken)).toEqual([]);
    await broken.close();
  });
});
