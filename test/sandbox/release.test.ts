/** The sandbox as an older Logto: what it drops, what it refuses and what it does not serve. */
import { describe, expect, it } from 'vitest';
import { isObject } from '../../src/json.js';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { connectSandbox, succeed } from '../support/client.js';

type Send = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ readonly status: number; readonly type: string | null; readonly body: unknown }>;

async function tokenOf(sandbox: Sandbox): Promise<string> {
  const { appId, appSecret, endpoint, resource } = sandboxSettings;
  const response = await sandbox.fetch(`${endpoint}/oidc/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${appId}:${appSecret}`)}` },
    body: String(new URLSearchParams({ grant_type: 'client_credentials', resource, scope: 'all' })),
    signal: AbortSignal.timeout(10_000),
  });
  return JSON.parse(await response.text()).access_token;
}

async function open(options: SandboxOptions): Promise<Send> {
  const sandbox = createSandbox(options);
  const token = await tokenOf(sandbox);
  return async (method, path, body) => {
    const response = await sandbox.fetch(`${sandboxSettings.endpoint}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    const type = response.headers.get('content-type');
    const isJson = type?.startsWith('application/json') === true;
    return { status: response.status, type, body: isJson ? JSON.parse(text) : text };
  };
}

const codeOf = (body: unknown): unknown => (isObject(body) ? body['code'] : undefined);

describe('a sandbox of 1.42', () => {
  it('answers 404 in plain text to a route that it does not know', async () => {
    const send = await open({ release: '1.42' });
    for (const [method, path] of [
      ['GET', '/configs/cimd'],
      ['GET', '/systems/license'],
      ['GET', '/users/x/trusted-devices'],
      ['DELETE', '/cimd/user-consent-scopes/user-scopes/email'],
    ] as const) {
      const { status, type, body } = await send(method, path);
      expect([status, type, body]).toEqual([404, 'text/plain; charset=utf-8', 'Not Found']);
    }
  });

  it('drops an id in a create, and answers another one', async () => {
    const send = await open({ release: '1.42' });
    const { status, body } = await send('POST', '/users', { id: 'ann', username: 'ann_new' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ username: 'ann_new', id: expect.not.stringMatching(/^ann$/) });
    expect((await send('GET', '/users/ann')).status).toBe(404);
  });

  it('ignores a lookup by identity, and answers all users', async () => {
    const query = 'identityType=social&identityProvider=google&identityId=google-1001';
    const count = async (release: '1.42' | '1.46') => {
      const { body } = await (await open({ release }))('GET', `/users?${query}&page_size=100`);
      return Array.isArray(body) ? body.length : -1;
    };
    expect(await count('1.42')).toBeGreaterThan(50);
    expect(await count('1.46')).toBe(1);
  });

  it('refuses an unknown value of a list', async () => {
    const send = await open({ release: '1.42' });
    const hook = {
      name: 'x',
      config: { url: 'https://a.example' },
      events: ['TrustedDevice.Created'],
    };
    const keys = { siteKey: 'a', secretKey: 'b' };
    for (const [method, path, body] of [
      ['POST', '/hooks', hook],
      [
        'PUT',
        '/captcha-provider',
        { config: { type: 'Cap', endpoint: 'https://c.example', ...keys } },
      ],
      ['PUT', '/captcha-provider', { config: { type: 'Geetest', ...keys } }],
      [
        'POST',
        '/applications/shop-web/user-consent-scopes',
        { userScopes: ['urn:logto:scope:trusted_devices'] },
      ],
    ] as const) {
      const answer = await send(method, path, body);
      expect([answer.status, codeOf(answer.body)], path).toEqual([400, 'guard.invalid_input']);
    }
  });

  it('refuses an update with unknown fields only, and accepts one with known fields', async () => {
    const send = await open({ release: '1.42' });
    for (const [path, body] of [
      ['/sign-in-exp', { trustedDevice: { enabled: true } }],
      ['/organizations/alpine-rentals', { isTrustedDeviceAllowed: false }],
    ] as const) {
      const refused = await send('PATCH', path, body);
      expect([refused.status, codeOf(refused.body)], path).toEqual([422, 'entity.invalid_input']);
    }
    const { body } = await send('PATCH', '/organizations/alpine-rentals', {
      isTrustedDeviceAllowed: false,
      name: 'Alpine',
    });
    expect(body).toMatchObject({ name: 'Alpine' });
    expect(body).not.toHaveProperty('isTrustedDeviceAllowed');
  });

  it('drops newer members inside settings, and does not answer them', async () => {
    const send = await open({ release: '1.42' });
    const fields = { name: 'Edit', trustedDevice: 'Edit', personalAccessToken: 'Edit' };
    const { body: center } = await send('PATCH', '/account-center', { fields });
    expect(center).toMatchObject({ fields: { name: 'Edit' } });
    expect(JSON.stringify(center)).not.toMatch(/trustedDevice|personalAccessToken/);
    const { body: saml } = await send('POST', '/saml-applications', {
      name: 'Wiki',
      authnRequestConfig: { forceAuthn: false },
      staticAttributes: { role: 'x' },
    });
    expect(JSON.stringify(saml)).not.toMatch(/authnRequestConfig|staticAttributes/);
    expect(JSON.stringify((await send('GET', '/users')).body)).not.toContain('cimdClientId');
    expect(JSON.stringify((await send('GET', '/sign-in-exp')).body)).not.toContain('trustedDevice');
  });
});

describe('a sandbox of 1.46', () => {
  it('is the default, and accepts new members', async () => {
    const send = await open({});
    expect((await send('POST', '/users', { id: 'ann@shop:1' })).body).toMatchObject({
      id: 'ann@shop:1',
    });
    const again = await send('POST', '/users', { id: 'ann@shop:1' });
    expect([again.status, codeOf(again.body)]).toEqual([422, 'user.id_already_in_use']);
    const { body: saml } = await send('POST', '/saml-applications', {
      name: 'Wiki',
      authnRequestConfig: { forceAuthn: false },
      staticAttributes: [{ name: 'role', value: 'x' }],
    });
    expect(saml).toMatchObject({
      authnRequestConfig: { forceAuthn: false },
      staticAttributes: [{ name: 'role', value: 'x' }],
    });
    const unsigned = await send('POST', '/saml-applications', {
      name: 'Wiki',
      authnRequestConfig: { requireSignedAuthnRequests: true },
    });
    expect([unsigned.status, codeOf(unsigned.body)]).toEqual([400, 'guard.invalid_input']);
    const { body: all } = await send('GET', '/resources');
    const { body: withoutManagementApi } = await send(
      'GET',
      '/resources?excludeManagementApis=true',
    );
    expect(
      Array.isArray(all) &&
        Array.isArray(withoutManagementApi) &&
        all.length - withoutManagementApi.length,
    ).toBe(1);
  });

  it('lists and deletes trusted devices', async () => {
    const { call, close } = await connectSandbox();
    try {
      const { items: people = [] } = await succeed(call, 'list_users', { page_size: 100 });
      const lists = await Promise.all(
        people.map(async ({ id }) => ({
          userId: id,
          devices: (await succeed(call, 'list_user_trusted_devices', { userId: id })).items ?? [],
        })),
      );
      const owner = lists.find(({ devices }) => devices.length > 0);
      const [device] = owner?.devices ?? [];
      expect(Object.keys(device ?? {}).sort()).toEqual(
        ['city', 'country', 'createdAt', 'expiresAt', 'id', 'lastUsedAt', 'userAgent'].sort(),
      );
      const path = { userId: owner?.userId, trustedDeviceId: device?.id };
      await succeed(call, 'delete_user_trusted_device', path);
      expect((await call('delete_user_trusted_device', path)).ok).toBe(false);
    } finally {
      await close();
    }
  });

  it('allows more than three SAML applications with a license', async () => {
    const send = await open({});
    const create = () => send('POST', '/saml-applications', { name: 'Wiki' });
    const first = [await create(), await create(), await create(), await create()];
    expect(first.map(({ status }) => status).slice(-1)).toEqual([403]);
    expect((await send('PUT', '/systems/license', { license: 'wrong' })).status).toBe(400);
    expect((await send('PUT', '/systems/license', { license: 'sandbox' })).status).toBe(204);
    expect((await create()).status).toBe(201);
  });
});

describe('a sandbox of the release after the catalog', () => {
  it('deletes the logs', async () => {
    const send = await open({ release: 'next' });
    expect((await send('DELETE', '/logs')).status).toBe(204);
    expect(await (await open({}))('DELETE', '/logs')).toMatchObject({ status: 405 });
  });
});

describe('the document of a sandbox', () => {
  const documentOf = async (options: SandboxOptions): Promise<Record<string, unknown>> => {
    const response = await createSandbox(options).fetch(
      `${sandboxSettings.endpoint}/api/.well-known/management.openapi.json`,
      { method: 'GET', headers: {}, signal: AbortSignal.timeout(10_000) },
    );
    expect(response.status).toBe(200);
    return JSON.parse(await response.text()).paths;
  };

  it('is served without a token, and describes its release', async () => {
    const [old, current] = await Promise.all([
      documentOf({ release: '1.42' }),
      documentOf({ release: '1.46' }),
    ]);
    expect(Object.keys(old)).not.toContain('/api/configs/cimd');
    expect(Object.keys(current)).toEqual(
      expect.arrayContaining(['/api/configs/cimd', '/api/systems/license']),
    );
    expect(JSON.stringify(old['/api/users'])).not.toContain('identityType');
    expect(JSON.stringify(current['/api/users'])).toContain('identityType');
    // A literal as Logto writes it.
    expect(JSON.stringify(current['/api/captcha-provider'])).toContain(
      JSON.stringify({ type: 'string', format: '"Geetest"' }),
    );
    expect(JSON.stringify(old['/api/captcha-provider'])).not.toMatch(/Cap\b|Geetest/);
  });

  it('flags the trusted devices while they are in development, and gives them pages', async () => {
    const path = '/api/users/{userId}/trusted-devices';
    const flagged = await documentOf({ release: '1.43', developmentFeatures: true });
    expect(flagged[path]).toMatchObject({ get: { tags: ['Users', 'Dev feature'] } });
    expect(JSON.stringify(flagged[path])).toContain('page_size');
    const released = await documentOf({ release: '1.44' });
    expect(released[path]).toMatchObject({ get: { tags: ['Users'] } });
    expect(JSON.stringify(released[path])).not.toContain('page_size');
    expect(Object.keys(await documentOf({ release: '1.43' }))).not.toContain(path);
  });
});
