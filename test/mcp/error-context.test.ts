/** Errors that name the existing thing, or where its id comes from. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runnerOf } from '../../src/mcp/runners.js';
import { type Connected, connectSandbox, succeed, tools } from '../support/client.js';

let connected: Connected;
beforeAll(async () => {
  connected = await connectSandbox();
});
afterAll(() => connected.close());

const hintOf = async (tool: string, values: Readonly<Record<string, unknown>>) => {
  const outcome = await connected.call(tool, values);
  return outcome.ok ? expect.fail(`${tool} went well`) : (outcome.error.hint ?? '');
};

describe('a name that is taken', () => {
  it.each([
    ['create_role', { name: 'Taken role', description: 'x' }, 'list_roles'],
    [
      'create_resource',
      { name: 'Taken', indicator: 'https://taken.example.com' },
      'list_resources',
    ],
    ['create_user', { username: 'taken_name' }, 'list_users'],
    ['create_user', { primaryEmail: 'taken@example.com' }, 'list_users'],
    ['create_user', { primaryPhone: '15550100888' }, 'list_users'],
    ['create_organization_role', { name: 'taken org role' }, 'list_organization_roles'],
  ])('is answered with the id of its holder: %s %j', async (tool, values, list) => {
    const { result } = await succeed(connected.call, tool, values);
    expect(await hintOf(tool, values)).toContain(`${String(result?.['id'])} (${list})`);
  });

  it('is answered with that id by an update too', async () => {
    const first = await succeed(connected.call, 'create_role', { name: 'First', description: 'x' });
    const other = await succeed(connected.call, 'create_role', { name: 'Other', description: 'x' });
    expect(await hintOf('update_role', { id: other.result?.['id'], name: 'First' })).toContain(
      String(first.result?.['id']),
    );
  });

  it('is mentioned in a note if Logto accepts duplicates', async () => {
    const values = {
      name: 'Twin',
      type: 'SPA',
      oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] },
    };
    const first = await succeed(connected.call, 'create_application', values);
    expect(JSON.stringify(first.notes ?? [])).not.toContain('in use before');
    const second = await succeed(connected.call, 'create_application', values);
    expect(JSON.stringify(second.notes)).toContain(String(first.result?.['id']));
  });
});

describe('a name in place of an id', () => {
  it.each([
    ['get_role', { id: 'Support desk' }, 'id (ids from list_roles)'],
    ['assign_user_roles', { roleIds: ['Returns desk'] }, 'roleIds (ids from list_roles)'],
    ['add_organization_users', { userIds: ['Ann'] }, 'userIds (ids from list_users)'],
  ])('is answered with the tool that lists the ids: %s %j', async (tool, values, words) => {
    const { result: user } = await succeed(connected.call, 'create_user', {
      username: `u_${tool}`,
    });
    const { result: organization } = await succeed(connected.call, 'create_organization', {
      name: tool,
    });
    const ids = {
      assign_user_roles: { userId: user?.['id'] },
      add_organization_users: { id: organization?.['id'] },
    };
    expect(await hintOf(tool, { ...ids[tool as keyof typeof ids], ...values })).toContain(words);
  });

  it.each([
    ['get_user', { userId: 'Peter Muller' }, 'userId also takes "name:Peter Muller"'],
    ['delete_user', { userId: 'Peter Muller' }, 'userId also takes "name:Peter Muller"'],
    [
      'update_user_is_suspended',
      { userId: 'Peter Muller', isSuspended: true },
      'userId also takes "name:Peter Muller"',
    ],
    ['get_user', { userId: 'ann@example.com' }, 'userId also takes "email:ann@example.com"'],
    ['get_role', { id: 'Support desk' }, 'id also takes "name:Support desk"'],
    ['get_organization', { id: 'Acme' }, 'id also takes "name:Acme"'],
  ])('is answered with its reference: %s %j', async (tool, values, words) => {
    const { operation } = tools.find(({ name }) => name === tool) ?? expect.fail(tool);
    const { answer, error } = Object(
      await connected.call(runnerOf({ operation }), { operation: tool, arguments: values }),
    );
    expect(answer).toBeUndefined();
    expect(error.hint).toContain(words);
  });

  it('is no reference where it has the form of an id', async () => {
    expect(await hintOf('get_role', { id: 'abcdefghijklmnopqrstu' })).not.toContain('name:');
  });
});
