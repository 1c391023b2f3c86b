/** Arguments as clients really send them, by example; `catalog.test.ts` covers every operation. */
import { describe, expect, it } from 'vitest';
import { LogtoError } from '../../../src/logto/errors.js';
import { tools } from '../../support/client.js';

async function check(name: string, sent: unknown) {
  const tool = tools.find((item) => item.name === name);
  if (tool === undefined) {
    return expect.fail(`There is no ${name}.`);
  }
  return tool.check(sent);
}

/** The sentences with which a call is refused. */
async function refusal(name: string, sent: unknown): Promise<string> {
  try {
    await check(name, sent);
  } catch (error) {
    if (error instanceof LogtoError) {
      return [error.failure.message, ...(error.failure.details ?? [])].join(' ');
    }
    throw error;
  }
  return expect.fail(`${name} took ${JSON.stringify(sent)}`);
}

describe('null', () => {
  it('means "absent" for an argument that cannot be null', async () => {
    expect(
      await check('list_users', { search: 'olga', page: null, page_size: null, fields: null }),
    ).toEqual({ values: { search: 'olga' } });
    expect(await check('update_user', { userId: 'u', name: 'New', customData: null })).toEqual({
      values: { userId: 'u', name: 'New' },
      notes: ['Ignored null for customData: not a value there.'],
    });
  });

  it('means "absent" inside nested objects and unions too', async () => {
    expect(
      await check('update_user', { userId: 'u', profile: { givenName: 'Ann', website: null } }),
    ).toMatchObject({ values: { userId: 'u', profile: { givenName: 'Ann' } } });
    expect(
      await check('update_captcha_provider', {
        config: { type: 'Turnstile', siteKey: 'a', secretKey: 'b', domain: null },
      }),
    ).toMatchObject({ values: { config: { type: 'Turnstile', siteKey: 'a', secretKey: 'b' } } });
  });

  it('clears a nullable argument', async () => {
    expect(await check('update_user', { userId: 'u', primaryEmail: null })).toEqual({
      values: { userId: 'u', primaryEmail: null },
    });
  });

  it('clears nothing in a call that fills arguments with null', async () => {
    const { values, notes } = await check('update_user', {
      userId: 'u',
      name: 'New',
      username: null,
      primaryEmail: null,
      primaryPhone: null,
      avatar: null,
      customData: null,
      profile: null,
    });
    expect(values).toEqual({ userId: 'u', name: 'New' });
    expect(notes?.[0]).toMatch(/Ignored null for username, primaryEmail, primaryPhone, avatar:/);
  });

  it('stays in free data', async () => {
    const customData = { plan: null, note: '', tags: [], nested: { a: null } };
    expect(await check('update_user', { userId: 'u', customData })).toEqual({
      values: { userId: 'u', customData },
    });
  });

  it('is refused for a required argument', async () => {
    expect(await refusal('get_user', { userId: null })).toContain('userId is required');
  });
});

describe('an empty text', () => {
  it('clears nothing, with a note', async () => {
    const { values, notes } = await check('update_user', {
      userId: 'u',
      username: 'x',
      name: '',
      primaryPhone: '',
    });
    expect(values).toEqual({ userId: 'u', username: 'x' });
    expect(notes).toEqual([
      'Ignored because empty: name, primaryPhone. An empty text clears nothing; null does, where the argument takes it.',
    ]);
  });

  it('does not filter', async () => {
    expect(
      await check('list_users', {
        search: 'olga',
        excludeRoleId: '',
        excludeOrganizationId: '',
        searchFields: [],
        page: 0,
      }),
    ).toEqual({
      values: { search: 'olga' },
      notes: ['Ignored because empty: excludeRoleId, excludeOrganizationId, searchFields, page.'],
    });
  });
});

describe('an empty list', () => {
  it('is kept in a write, so that the guard can ask', async () => {
    const oidcClientMetadata = { redirectUris: [], postLogoutRedirectUris: [] };
    expect(await check('update_application', { id: 'a', oidcClientMetadata })).toEqual({
      values: { id: 'a', oidcClientMetadata },
    });
  });
});

describe('a text', () => {
  it.each([
    ['assign_user_roles', { userId: 'u', roleIds: '["support"]' }, { roleIds: ['support'] }],
    [
      'update_user',
      { userId: 'u', customData: '{"plan":"trial"}' },
      { customData: { plan: 'trial' } },
    ],
    ['list_users', { page: '1', page_size: ' 2 ' }, { page: 1, page_size: 2 }],
    ['update_user_is_suspended', { userId: 'u', isSuspended: 'True' }, { isSuspended: true }],
    ['list_logs', { start_time: '2026-01-01T00:00:00Z' }, { start_time: Date.UTC(2026, 0, 1) }],
    ['list_logs', { start_time: '2026-01-01' }, { start_time: Date.UTC(2026, 0, 1) }],
    ['list_logs', { start_time: '2026-01-01T02:00+02:00' }, { start_time: Date.UTC(2026, 0, 1) }],
    ['list_logs', { start_time: '2026-01-01 00:00' }, { start_time: Date.UTC(2026, 0, 1) }],
    ['list_logs', { start_time: '1767225600000' }, { start_time: Date.UTC(2026, 0, 1) }],
  ])('is read as the value that it represents: %s %j', async (name, sent, expected) => {
    expect((await check(name, sent)).values).toMatchObject(expected);
  });

  it('with a time from an answer is accepted in every argument for such a time', async () => {
    const { values } = await check('test_jwt_customizer', {
      test: {
        tokenType: 'access-token',
        script: 'x',
        token: {},
        context: { user: { id: 'u', createdAt: '2026-01-01T00:00:00.000Z' } },
      },
    });
    expect(JSON.stringify(values)).toContain(String(Date.UTC(2026, 0, 1)));
  });

  it.each([
    ['update_user', { userId: 'u', name: '[1]', customData: { a: '{"b":1}', c: '5' } }],
    ['update_user', { userId: 'u', name: 'true' }],
  ])('stays a text if a text is allowed: %s %j', async (name, sent) => {
    expect((await check(name, sent)).values).toEqual(sent);
  });

  it.each([
    ['list_users', { page_size: 'many' }, 'page_size must be a number'],
    ['list_users', { page_size: '1.5' }, 'page_size must be a whole number'],
    ['assign_user_roles', { userId: 'u', roleIds: 'support' }, 'roleIds must be a list'],
    ['update_user', { userId: 'u', customData: '[1]' }, 'customData must be an object'],
    ['update_user_is_suspended', { userId: 'u', isSuspended: 'yes' }, 'must be true or false'],
    ['list_logs', { start_time: 'yesterday' }, 'start_time must be a number'],
  ])('is refused if it cannot be read as the right type: %s %j', async (name, sent, words) => {
    expect(await refusal(name, sent)).toContain(words);
  });
});

describe('seconds', () => {
  it.each([
    ['list_logs', { start_time: 1_767_225_600 }],
    ['list_logs', { end_time: '1767225600' }],
    ['list_hook_recent_logs', { id: 'h', start_time: 1_767_225_600 }],
    ['create_user_personal_access_token', { userId: 'u', name: 'n', expiresAt: 1_767_225_600 }],
    ['update_organization', { id: 'o', createdAt: 1_767_225_600 }],
  ])('are detected for a time in milliseconds: %s %j', async (name, sent) => {
    expect(await refusal(name, sent)).toMatch(
      /looks like seconds: write 1767225600000 or "2026-01-01T00:00:00.000Z"/,
    );
  });

  it('are not suspected in free data', async () => {
    const customData = { createdAt: 1_767_225_600 };
    expect((await check('update_user', { userId: 'u', customData })).values).toEqual({
      userId: 'u',
      customData,
    });
  });
});

describe('a value that cannot be sent', () => {
  it.each([
    [
      'create_user',
      JSON.parse('{"customData":{"discord":725653563933458432}}'),
      'customData.discord is a whole number beyond 2^53',
    ],
    [
      'create_user',
      { customData: '{"discord":725653563933458432}' },
      'customData.discord is a whole number beyond 2^53',
    ],
    ['create_user', JSON.parse('{"customData":{"a":[1e999]}}'), 'customData.a[0] is too large'],
    ['update_user', { userId: 'u', name: 'a\u0000b' }, 'name holds the character U+0000'],
    ['get_user', { userId: '\ud800' }, 'userId holds half of a character'],
    [
      'update_user',
      { userId: 'u', customData: { 'a\udc00': 1 } },
      'A name inside customData holds half',
    ],
  ])('is refused before sending: %s %j', async (name, sent, words) => {
    expect(await refusal(name, sent)).toContain(words);
  });

  it('is refused if it is nested too deeply', async () => {
    let deep: unknown = 1;
    for (let level = 0; level < 300; level += 1) {
      deep = { a: deep };
    }
    expect(await refusal('update_user', { userId: 'u', customData: { deep } })).toContain(
      'more than 200 levels',
    );
  });

  it('does not include emoji and other pairs of surrogates', async () => {
    expect((await check('update_user', { userId: 'u', name: '👩‍🚀 𝒳' })).values['name']).toBe(
      '👩‍🚀 𝒳',
    );
  });
});

describe('a name that is not declared', () => {
  it.each(['wait_for_previous', 'toolCallId', 'sessionId', 'action', 'chatInput'])(
    'is dropped silently if clients add it to every call: %s',
    async (name) => {
      expect(await check('list_users', { page_size: 1, [name]: 'call_1' })).toEqual({
        values: { page_size: 1 },
      });
    },
  );

  it('is kept if the operation declares it', async () => {
    expect((await check('delete_user_session', { userId: 'u', sessionId: 's' })).values).toEqual({
      userId: 'u',
      sessionId: 's',
    });
  });

  it.each([
    ['list_users', { limit: 2 }, 'Did you mean "page_size"?'],
    ['list_users', { per_page: 2 }, 'Did you mean "page_size"?'],
    ['list_users', { pageSize: 2 }, 'Did you mean "page_size"?'],
    ['list_users', { count: 2 }, 'Did you mean "page_size"?'],
    ['list_users', { offset: 40 }, 'offset 40 is page 3'],
    ['list_users', { cursor: 'x' }, 'next_page'],
    ['get_user', { id: 'u' }, 'Did you mean "userId"?'],
    ['get_user', { user_id: 'u' }, 'Did you mean "userId"?'],
    ['get_role', { roleId: 'r' }, 'Did you mean "id"?'],
    ['assign_user_roles', { userId: 'u', roles: ['r'] }, 'Did you mean "roleIds"'],
    ['list_logs', { since: 1 }, 'Did you mean "start_time"?'],
    [
      'list_users',
      { isSuspended: true },
      'Call collect_pages with operation "list_users", fields, and where [{"field":"isSuspended","is":"equals","value":true}]',
    ],
    ['list_users', { includePasswordHash: true }, 'left out on purpose'],
    ['get_user', { userId: 'u', includePasswordHash: true }, 'left out on purpose'],
    ['list_users', { serach: 'x' }, 'Did you mean "search"'],
  ])('is answered with the correct name: %s %j', async (name, sent, words) => {
    expect(await refusal(name, sent)).toContain(words);
  });
});
