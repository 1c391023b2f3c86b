/** Which access tokens are accepted, and that nothing is done for any other. */
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSigningKey } from '../../src/sandbox/signing-key.js';
import { type HttpSetup, issuer, type Serving, serveForTest } from './serve.js';

let serving: Serving | undefined;

const start = async (setup: HttpSetup = {}): Promise<Serving> => {
  serving = await serveForTest(setup);
  return serving;
};

afterEach(async () => {
  vi.useRealTimers();
  await serving?.close();
  serving = undefined;
});

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const challengeOf = ({ headers }: { readonly headers: Serving extends never ? never : object }) =>
  String((headers as Record<string, unknown>)['www-authenticate']);

const remove = { roleId: 'x', id: 'support' };

describe('a token', () => {
  it('that is missing is answered with 401, the least scope and the address of the metadata', async () => {
    const http = await start();
    const answer = await http.call(undefined, 'list_roles', {});
    expect(answer.status).toBe(401);
    expect(challengeOf(answer)).toContain('scope="logto:read"');
    expect(challengeOf(answer)).toContain(
      `resource_metadata="http://127.0.0.1:${http.port}/.well-known/oauth-protected-resource/mcp"`,
    );
  });

  it('of a person who may read is accepted, and verified once for a minute', async () => {
    let at = Date.now();
    const http = await start({ now: () => at });
    const token = http.token('Rio');
    const first = await http.call(token, 'list_roles', {});
    expect(first.status).toBe(200);
    expect(first.text).toContain('MCP reader');
    const requestCount = http.asked.length;
    expect((await http.call(token, 'list_roles', {})).status).toBe(200);
    expect(http.asked).toHaveLength(requestCount);
    at += 61_000;
    expect((await http.call(token, 'list_roles', {})).status).toBe(200);
  });

  const seconds = () => Math.floor(Date.now() / 1000);

  const refused: Readonly<Record<string, (http: Serving) => string>> = {
    'that has expired': (http) => http.token('Ada', { exp: seconds() - 60 }),
    'without an expiry': (http) => http.token('Ada', { exp: undefined }),
    'for another audience': (http) => http.token('Ada', { aud: 'https://default.logto.app/api' }),
    'for this and another audience': (http) =>
      http.token('Ada', { aud: [http.resource, 'https://default.logto.app/api'] }),
    'whose audience differs by a slash': (http) => http.token('Ada', { aud: `${http.resource}/` }),
    'of another issuer': (http) => http.token('Ada', { iss: 'https://evil.example/oidc' }),
    'of the wrong type': (http) => http.token('Ada', {}, 'JWT'),
    'that is an ID token': (http) => http.token('Ada', { aud: 'test-client' }, 'JWT'),
    'that is valid only later': (http) => http.token('Ada', { nbf: seconds() + 600 }),
    'that was issued in the future': (http) => http.token('Ada', { iat: seconds() + 600 }),
    'without a subject': (http) => http.token('Ada', { sub: undefined }),
    'with an empty subject': (http) => http.token('Ada', { sub: '' }),
    'without a client': (http) => http.token('Ada', { client_id: undefined }),
    'without a signature': (http) => http.token('Ada').replace(/[^.]+$/, ''),
    'with another signature': (http) => {
      const [head = '', , tail = ''] = http.token('Rio').split('.');
      const [, payload = ''] = http.token('Ada').split('.');
      return `${head}.${payload}.${tail}`;
    },
    'with alg none': (http) => {
      const [, payload = ''] = http.token('Ada').split('.');
      return `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`;
    },
    'signed with the public key as a secret': (http) => {
      const [, payload = ''] = http.token('Ada').split('.');
      const { kid, publicJwk } = http.authorization.key;
      const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${payload}`;
      const mac = createHmac('sha256', JSON.stringify(publicJwk)).update(input);
      return `${input}.${mac.digest('base64url')}`;
    },
    'signed with a key of its own': (http) => {
      const ownKey = createSigningKey();
      const iat = seconds();
      const claims = { iss: issuer, aud: http.resource, sub: 'x', client_id: 'x', iat };
      return ownKey.sign({ ...claims, exp: iat + 600, scope: 'logto:read' }, 'at+jwt');
    },
    'whose header brings its own key': (http) => {
      const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
      const [, payload = '', tail = ''] = http.token('Ada').split('.');
      const jwk = publicKey.export({ format: 'jwk' });
      return `${encode({ alg: 'ES384', typ: 'at+jwt', jwk })}.${payload}.${tail}`;
    },
    'of a megabyte': () => 'a'.repeat(12_000),
    'that is no JWT': () => 'opaque',
  };

  it.each(Object.entries(refused))(
    '%s is refused with 401 and nothing is done',
    async (_, make) => {
      const http = await start();
      const answer = await http.call(make(http), 'delete_role', remove);
      expect(answer.status).toBe(401);
      expect(challengeOf(answer)).toContain('error="invalid_token"');
      expect(http.writes).toEqual([]);
      expect(http.audited).toEqual([]);
    },
  );

  it('in the query or in another scheme counts as missing', async () => {
    const http = await start();
    const token = http.token('Ada');
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const type = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
    expect((await http.send('POST', `/mcp?access_token=${token}`, type, body)).status).toBe(401);
    const basic = { ...type, authorization: `Basic ${token}` };
    expect((await http.send('POST', '/mcp', basic, body)).status).toBe(401);
  });

  it('of a replaced key set is refused within two minutes, and one of the new key is accepted', async () => {
    let at = Date.now();
    const http = await start({ now: () => at });
    const old = http.token('Ada');
    expect((await http.call(old, 'list_roles', {})).status).toBe(200);
    http.authorization.rotateKey();
    at += 61_000;
    const fresh = http.token('Ada');
    // The library that fetches the keys has no clock of its own. It asks for them again after 5 seconds.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5_100 });
    expect((await http.call(fresh, 'list_roles', {})).status).toBe(200);
    expect((await http.call(old, 'list_roles', {})).status).toBe(401);
  });

  it.each(['suspended', 'deleted'])('of a %s person is refused within a minute', async (state) => {
    let at = Date.now();
    const http = await start({ now: () => at });
    const token = http.token('Ada');
    expect((await http.call(token, 'list_roles', {})).status).toBe(200);
    const userId = http.people[0]?.id ?? '';
    const name = state === 'deleted' ? 'delete_user' : 'update_user_is_suspended';
    const { operationOf } = await import('../../src/http/scopes.js');
    const { operations } = await import('./serve.js');
    const entry = operationOf(name, {}, operations);
    const values = { userId, ...(state === 'suspended' && { isSuspended: true }) };
    if (entry !== undefined) {
      await http.session.send(entry.operation, values, AbortSignal.timeout(5_000));
    }
    at += 61_000;
    const answer = await http.call(token, 'list_roles', {});
    expect(answer.status).toBe(401);
    expect(challengeOf(answer)).toContain('suspended');
  });

  it('cannot be verified while the issuer is unreachable: 503, and nothing is done', async () => {
    const http = await start();
    http.broken = true;
    const answer = await http.call(http.token('Ada'), 'delete_role', remove);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(http.writes).toEqual([]);
    http.broken = false;
    expect((await http.call(http.token('Ada'), 'list_roles', {})).status).toBe(200);
  });

  it('is neither in the audit nor sent to Logto', async () => {
    const requests: string[] = [];
    const http = await start({
      before: async (method, url) => void requests.push(`${method} ${url}`),
    });
    const token = http.token('Ada');
    await http.call(token, 'list_roles', {});
    expect(requests.length).toBeGreaterThan(0);
    expect(JSON.stringify([requests, http.audited])).not.toContain(token.split('.')[2]);
    expect(http.audited).toMatchObject([
      { sub: http.people[0]?.id, client_id: 'test-client', tool: 'list_roles', outcome: 'ok' },
    ]);
  });
});
