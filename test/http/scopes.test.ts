/** What the scopes of a token let through: lists, challenges, and everything that runs an operation by another way. */
import { afterEach, describe, expect, it } from 'vitest';
import { scopes, scopesOf } from '../../src/http/scopes.js';
import { memberOf, objectsIn } from '../../src/json.js';
import { policyFrom } from './policy.js';
import { clientHeaders, entries, type HttpSetup, type Serving, serveForTest } from './serve.js';

let serving: Serving | undefined;

const start = async (setup: HttpSetup = {}): Promise<Serving> => {
  serving = await serveForTest(setup);
  return serving;
};

afterEach(async () => {
  await serving?.close();
  serving = undefined;
});

const namesIn = (json: unknown): string[] =>
  objectsIn(memberOf(memberOf(json, 'result'), 'tools')).map(({ name }) => String(name));

const contentOf = (json: unknown): unknown =>
  memberOf(memberOf(json, 'result'), 'structuredContent');

const resultIn = (json: unknown): unknown => memberOf(contentOf(json), 'result');

const errorOf = (json: unknown): unknown => memberOf(contentOf(json), 'error');

const challengeOf = ({ headers }: { readonly headers: Readonly<Record<string, unknown>> }) =>
  String(headers['www-authenticate']);

describe('the scopes of operations', () => {
  it('follow from their effect over the whole catalog', () => {
    for (const { name, operation } of entries) {
      const needed = scopesOf(operation);
      expect(needed[0], name).toBe('logto:read');
      expect(needed.includes('logto:remove'), name).toBe(operation.effect === 'removes');
      expect(needed.includes('logto:write'), name).toBe(
        operation.effect === 'adds' || operation.effect === 'changes',
      );
    }
  });

  it('require logto:secrets if every call makes or sets a credential', () => {
    const names = entries
      .filter(({ operation }) => scopesOf(operation).includes('logto:secrets'))
      .map(({ name }) => name);
    for (const name of [
      'update_user_password',
      'create_user_personal_access_token',
      'create_application_secret',
      'create_subject_token',
      'add_one_time_tokens',
      'create_user_mfa_verification',
    ]) {
      expect(names).toContain(name);
    }
    expect(names).not.toContain('update_user');
    expect(names).not.toContain('list_applications');
  });
});

describe('a list', () => {
  it('has exactly what the scopes cover, for every combination', async () => {
    const http = await start();
    for (let bits = 0; bits < 8; bits += 1) {
      const granted = [
        'logto:read',
        ...scopes.slice(1).filter((_, index) => (bits & (1 << index)) !== 0),
      ];
      const token = http.token('Ada', { scope: granted.join(' ') });
      const names = namesIn((await http.post(token, 'tools/list')).json);
      const expected = entries
        .filter(
          ({ operation, domain }) =>
            domain !== 'documents' && scopesOf(operation).every((scope) => granted.includes(scope)),
        )
        .map(({ name }) => name);
      const operations = names.filter((name) => entries.some((entry) => entry.name === name));
      expect(operations.sort(), granted.join(' ')).toEqual(expected.sort());
    }
  });
});

describe('a call', () => {
  it.each([
    ['update_role', { id: 'support', description: 'x' }, 'logto:read logto:write'],
    ['delete_role', { id: 'support' }, 'logto:read logto:remove'],
    [
      'update_user_password',
      { userId: 'x', password: 'y' },
      'logto:read logto:write logto:secrets',
    ],
    [
      'run_write_operation',
      { operation: 'create_application_secret', arguments: {} },
      'logto:read logto:write logto:secrets',
    ],
    [
      'run_destructive_operation',
      { operation: 'delete_user', arguments: {} },
      'logto:read logto:remove',
    ],
    ['run_read_operation', { operation: 'delete_user', arguments: {} }, 'logto:read logto:remove'],
    ['preview_operation', { operation: 'delete_user', arguments: {} }, 'logto:read logto:remove'],
    ['run_script', { code: 'return 1' }, 'logto:read logto:write'],
    ['undo_change', { change: 'c-1' }, 'logto:read logto:write'],
  ])(
    '%s without its scope is answered with 403 and all that it needs',
    async (tool, input, needed) => {
      const http = await start();
      const answer = await http.call(http.token('Rio'), tool, input);
      expect(answer.status).toBe(403);
      expect(challengeOf(answer)).toContain('error="insufficient_scope"');
      expect(challengeOf(answer)).toContain(`scope="${needed}"`);
      expect(challengeOf(answer)).toContain('resource_metadata="');
      expect(http.writes).toEqual([]);
    },
  );

  it('without the least scope is answered with 403', async () => {
    const http = await start();
    const answer = await http.post(http.token('Ada', { scope: 'openid' }), 'tools/list');
    expect(answer.status).toBe(403);
    expect(challengeOf(answer)).toContain('scope="logto:read"');
  });

  it('in a batch is challenged like a single one', async () => {
    const http = await start();
    const { clientHeaders } = await import('./serve.js');
    const call = (id: number, name: string) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name, arguments: {} },
    });
    const body = JSON.stringify([call(1, 'list_roles'), call(2, 'delete_role')]);
    const answer = await http.send('POST', '/mcp', clientHeaders(http.token('Rio')), body);
    expect(answer.status).toBe(403);
    expect(http.writes).toEqual([]);
  });

  it('that the operator forbids is not challenged, because more scopes would not help', async () => {
    const http = await start({ policy: policyFrom({ deny: ['delete_role'] }) });
    const answer = await http.call(http.token('Rio'), 'delete_role', { id: 'support' });
    expect(answer.status).toBe(200);
    expect(errorOf(answer.json)).toMatchObject({ kind: 'permission' });
  });

  it('inside a script obeys the scopes too', async () => {
    const http = await start();
    const token = http.token('Ada', { scope: 'logto:read logto:write' });
    const code = "await logto.delete_role({ id: 'support' }); return 1;";
    const answer = await http.call(token, 'run_script', { code });
    expect(answer.status).toBe(200);
    expect(JSON.stringify(errorOf(answer.json))).toContain('delete_role');
    expect(http.writes).toEqual([]);
  });

  it('of a tool that saves secrets on the machine of the server is not possible', async () => {
    const http = await start();
    const token = http.token('Ada');
    const answer = await http.call(token, 'save_secret', { secret: 's', file: 'x.txt' });
    expect(memberOf(memberOf(answer.json, 'result'), 'isError')).toBe(true);
  });
});

describe('a secret', () => {
  it.each([
    [true, 'logto:read logto:secrets', true],
    [true, 'logto:read', false],
    [undefined, 'logto:read logto:secrets', false],
  ] as const)(
    "with the operator's setting %s and %s is shown: %s",
    async (showSecrets, scope, isShown) => {
      const http = await start(showSecrets === true ? { showSecrets } : {});
      const token = http.token('Ada', { scope });
      // The secret of the server's own application is never shown.
      const { json } = await http.call(token, 'list_applications', { page_size: 100 });
      const others = objectsIn(memberOf(contentOf(json), 'items')).filter(
        ({ id, type }) => id !== 'sandbox' && type === 'MachineToMachine',
      );
      const { json: list } = await http.call(token, 'run_read_operation', {
        operation: 'list_application_secrets',
        arguments: { id: others[0]?.['id'] },
      });
      const [first] = objectsIn(memberOf(contentOf(list), 'items') ?? resultIn(list));
      expect(typeof first?.['value']).toBe('string');
      expect(String(first?.['value']).startsWith('[')).toBe(!isShown);
    },
  );
});

it('the guess of the release is the same for every scope', async () => {
  const http = await start();
  const guesses = [];
  for (const person of ['Ada', 'Rio']) {
    const { json } = await http.call(http.token(person), 'whoami', {});
    guesses.push(memberOf(memberOf(resultIn(json), 'logto'), 'looks_like'));
  }
  expect(guesses).toEqual(['1.46', '1.46']);
});

describe('the audit', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';

  it.each([
    [`00-${trace}-00f067aa0ba902b7-01`, trace],
    [`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, undefined],
    ['a text', undefined],
  ])('names the trace of the caller in %s as %s', async (traceparent, expected) => {
    const http = await start();
    await http.post(http.token('Ada'), 'tools/call', {
      name: 'list_roles',
      arguments: {},
      _meta: { traceparent },
    });
    expect(http.audited).toHaveLength(1);
    expect(http.audited[0]?.trace_id).toBe(expected);
  });

  it.each([
    ['get_user', (userId: string) => ({ userId })],
    ['update_user_is_suspended', (userId: string) => ({ userId, isSuspended: false })],
    ['run_read_operation', (userId: string) => ({ operation: 'get_user', arguments: { userId } })],
  ])('has the id that a reference stands for, in a call of %s', async (tool, inputOf) => {
    const http = await start();
    const answer = await http.call(http.token('Ada'), 'list_users', { page_size: 1 });
    const [user] = objectsIn(memberOf(contentOf(answer.json), 'items'));
    await http.call(http.token('Ada'), tool, inputOf(`username:${user?.['username']}`));
    expect(http.audited.at(-1)?.target).toEqual({ userId: user?.['id'] });
    await http.call(http.token('Ada'), tool, inputOf('username:nobody-has-this'));
    expect(http.audited.at(-1)?.target).toEqual({ userId: '(not an id)' });
    expect(JSON.stringify(http.audited)).not.toContain('username:');
  });

  it('names a client of the 2025 era as it named itself in initialize, for the same person', async () => {
    const http = await start();
    const calls = async (person: 'Ada' | 'Rio') => {
      await http.call(http.token(person), 'list_roles', {});
      return http.audited.at(-1)?.client;
    };
    expect(await calls('Ada')).toBe('unknown');
    await http.post(http.token('Ada'), 'initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'An agent', version: '1' },
    });
    expect(await calls('Ada')).toBe('An agent');
    expect(await calls('Rio')).toBe('unknown');
    const params = { name: 'list_roles', arguments: {} };
    await http.send(
      'POST',
      '/mcp',
      { ...clientHeaders(http.token('Rio')), 'user-agent': 'agent/1.2 (Linux)' },
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    );
    expect(http.audited.at(-1)?.client).toBe('agent/1.2');
  });

  it('contains no name and no address instead of an id', async () => {
    const http = await start();
    await http.call(http.token('Ada'), 'get_user', { userId: 'ann@example.com' });
    expect(http.audited[0]?.target).toEqual({ userId: '(not an id)' });
    expect(JSON.stringify(http.audited)).not.toContain('ann@');
  });
});

describe('one person', () => {
  const plannedBy = async (http: Serving, token: string) => {
    const answer = await http.call(token, 'delete_role', { id: 'support' });
    return String(memberOf(memberOf(contentOf(answer.json), 'result'), 'plan'));
  };

  it('can neither use nor consume the plan of another', async () => {
    const http = await start();
    const ada = http.token('Ada');
    const other = http.token('Ada', { sub: http.people[1]?.id });
    const role = await http.call(ada, 'create_role', {
      name: 'Temporary',
      description: 'x',
    });
    const id = String(memberOf(memberOf(contentOf(role.json), 'result'), 'id'));
    const planned = await http.call(ada, 'delete_role', { id });
    const plan = memberOf(memberOf(contentOf(planned.json), 'result'), 'plan');
    expect(typeof plan).toBe('string');
    const before = http.writes.length;
    const stolen = await http.call(other, 'delete_role', { id, plan });
    expect(errorOf(stolen.json)).toMatchObject({ code: 'plan_refused' });
    const byOtherClient = await http.call(
      http.token('Ada', { client_id: 'other-client' }),
      'delete_role',
      { id, plan },
    );
    expect(errorOf(byOtherClient.json)).toMatchObject({ code: 'plan_refused' });
    expect(http.writes).toHaveLength(before);
    const used = await http.call(ada, 'delete_role', { id, plan });
    expect(errorOf(used.json)).toBeUndefined();
    expect(http.writes).toHaveLength(before + 1);
    expect(http.audited.map(({ decision, outcome }) => [decision, outcome])).toEqual([
      ['allowed', 'ok'],
      ['asked', 'ok'],
      ['refused', 'plan_refused'],
      ['refused', 'plan_refused'],
      ['allowed', 'ok'],
    ]);
  });

  it('is named in the journal with the client', async () => {
    const http = await start();
    const ada = http.token('Ada');
    await http.call(ada, 'create_role', {
      name: 'Temporary',
      description: 'x',
    });
    const { json } = await http.call(ada, 'list_changes', {});
    expect(contentOf(json)).toMatchObject({
      items: [{ by: { sub: http.people[0]?.id, client_id: 'test-client' } }],
    });
    await plannedBy(http, ada);
  });
});
