/**
 * Requests that Logto refuses and that the sandbox must refuse with the same status and code. Each row was observed on a
 * running Logto 1.42.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { Whole } from '../../src/catalog/operation.js';
import { NEXT_RELEASE } from '../../src/catalog/release-names.js';
import { managementApi } from '../../src/sandbox/entities.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';

let sandbox: Sandbox;
let token: string;

beforeEach(async () => {
  // The newest one has every operation of the catalog.
  sandbox = createSandbox({ release: NEXT_RELEASE });
  const { appId, appSecret, endpoint, resource } = sandboxSettings;
  const response = await sandbox.fetch(`${endpoint}/oidc/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${appId}:${appSecret}`)}` },
    body: String(new URLSearchParams({ grant_type: 'client_credentials', resource, scope: 'all' })),
    signal: AbortSignal.timeout(10_000),
  });
  token = JSON.parse(await response.text()).access_token;
});

async function send(method: string, path: string, body?: unknown) {
  const response = await sandbox.fetch(`${sandboxSettings.endpoint}/api${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
}

type Row = readonly [
  name: string,
  method: string,
  path: string,
  body: unknown,
  status: number,
  code?: string,
];

const [userId, application, organization] = ['support', 'shop-web', 'alpine-rentals'] as const;
const grantsAll = { scopeIds: [managementApi.scopeId] };
const role = { name: 'New role', description: 'x' };

const rows: readonly Row[] = [
  ...['0412345678', '999999999999', '0', '1'.repeat(30)].map(
    (primaryPhone): Row => [
      `the phone number ${primaryPhone}`,
      'POST',
      '/users',
      { primaryPhone },
      422,
      'user.invalid_phone',
    ],
  ),
  ...['username', 'primaryEmail', 'name'].map(
    (field): Row => [
      `a ${field} that is too long for the database`,
      'POST',
      '/users',
      { [field]: field === 'primaryEmail' ? `${'x'.repeat(120)}@example.com` : 'x'.repeat(129) },
      422,
      'entity.value_too_long',
    ],
  ),
  [
    'a legacy digest that is not JSON',
    'POST',
    '/users',
    { username: 'new', passwordDigest: 'x', passwordAlgorithm: 'Legacy' },
    400,
    'password.invalid_legacy_password_format',
  ],
  [
    'a role for users with a scope of the Management API',
    'POST',
    '/roles',
    { ...role, ...grantsAll },
    400,
    'role.management_api_scopes_not_assignable_to_user_role',
  ],
  [
    'a scope of the Management API for a role of users',
    'POST',
    `/roles/${userId}/scopes`,
    grantsAll,
    400,
    'role.management_api_scopes_not_assignable_to_user_role',
  ],
  ...['GET', 'DELETE'].map(
    (method): Row => [
      `${method} of the roles of an application that cannot hold any`,
      method,
      `/applications/${application}/roles${method === 'GET' ? '' : '/support'}`,
      undefined,
      422,
      'application.invalid_type',
    ],
  ),
  [
    'a secret for a single-page application',
    'POST',
    `/applications/${application}/secrets`,
    { name: 'new' },
    422,
    'entity.db_constraint_violated',
  ],
  ...(
    [
      ['an unknown scope', 'nope', 'application.user_consent_scopes_not_found'],
      [
        'a scope of the Management API',
        managementApi.scopeId,
        'application.consent_management_api_scopes_not_allowed',
      ],
    ] as const
  ).flatMap(([what, scopeId, code]) =>
    ['resourceScopes', 'organizationResourceScopes'].map(
      (field): Row => [
        `${what} as ${field} of self-describing clients`,
        'POST',
        '/cimd/user-consent-scopes',
        { [field]: [scopeId] },
        422,
        code,
      ],
    ),
  ),
  [
    'a lifetime of refresh tokens over 180 days',
    'PATCH',
    `/applications/${application}`,
    { customClientMetadata: { refreshTokenTtlInDays: 181 } },
    400,
    'guard.invalid_input',
  ],
  [
    'incomplete client metadata',
    'PATCH',
    `/applications/${application}`,
    { oidcClientMetadata: { redirectUris: [] } },
    400,
    'guard.invalid_input',
  ],
  [
    'an incomplete setting that is replaced as a whole',
    'PATCH',
    '/sign-in-exp',
    { mfa: { policy: 'Mandatory' } },
    400,
    'guard.invalid_input',
  ],
  [
    'a label for the connector of a provider',
    'PATCH',
    '/connectors/google',
    { metadata: { name: { en: 'Work account' } } },
    400,
    'connector.cannot_overwrite_metadata_for_non_standard_connector',
  ],
  [
    'a connector setting of the wrong type',
    'PATCH',
    '/connectors/google',
    { config: { clientId: 5, clientSecret: 'x' } },
    400,
    'connector.invalid_config',
  ],
  ['the id of another tenant', 'PATCH', `/organizations/${organization}`, { tenantId: 'x' }, 500],
  [
    'a repeated scope',
    'POST',
    '/roles',
    { ...role, scopeIds: ['read-orders', 'read-orders'] },
    500,
  ],
  ['a repeated page', 'GET', '/users?page=1&page=2', undefined, 400, 'guard.invalid_pagination'],
  [
    'a window of time that ends before it starts',
    'GET',
    '/logs?start_time=2000&end_time=1000',
    undefined,
    400,
    'log.invalid_time_window',
  ],
];

describe('the sandbox refuses', () => {
  it.each(rows.map(([name, ...request]) => ({ name, request })))('$name', async ({ request }) => {
    const [method, path, body, status, code] = request;
    const response = await send(method, path, body);
    expect(response).toMatchObject({ status, body: code === undefined ? {} : { code } });
  });
});

describe('the sandbox accepts, as Logto does,', () => {
  it.each([
    ['phone numbers with a calling code', 'POST', '/users', { primaryPhone: '61412345678' }, 200],
    [
      'the id of the current tenant',
      'PATCH',
      '/roles/support',
      { tenantId: 'default', name: 'S' },
      200,
    ],
    [
      'a role for machines with the Management API',
      'POST',
      '/roles',
      { ...role, ...grantsAll, type: 'MachineToMachine' },
      200,
    ],
    ['an empty window of time', 'GET', '/logs?start_time=1000&end_time=1000', undefined, 200],
    [
      'a fractional page that skips whole rows',
      'GET',
      '/users?page=1.5&page_size=20',
      undefined,
      200,
    ],
  ] satisfies readonly Row[])('%s', async (...[, method, path, body, status]) => {
    expect(await send(method, path, body)).toMatchObject({ status });
  });
});

it('creates a role even when its scopes are refused', async () => {
  await send('POST', '/roles', { ...role, ...grantsAll });
  expect(await send('POST', '/roles', role)).toMatchObject({
    status: 422,
    body: { code: 'role.name_in_use' },
  });
});

it('drops unknown members at every depth', async () => {
  const { body } = await send('POST', '/users', {
    username: 'dropped',
    unknown: 1,
    profile: { givenName: 'A', unknown: 1, address: { country: 'NZ', unknown: 1 } },
  });
  expect(body.profile).toEqual({ givenName: 'A', address: { country: 'NZ' } });
  expect(body).not.toHaveProperty('unknown');
});

const parameterized = Object.values(catalog)
  .flatMap(({ operations }) => Object.values(operations))
  .filter(({ url, method, body }) => url.includes('{') && method === 'GET' && body === undefined)
  .filter(({ url }) => !/^\/api\/(domains|\.well-known|saml|authn|configs)/.test(url));

describe('the sandbox answers 500 to a NUL, which PostgreSQL cannot store,', () => {
  it.each(parameterized)('in the path of GET $url', async ({ url }) => {
    const path = url.slice('/api'.length).replace(/\{\w+\}/g, 'a%00b');
    expect(await send('GET', path)).toEqual({
      status: 500,
      body: { message: 'Internal server error.' },
    });
  });

  it.each([
    ['POST', '/users', { name: 'a\0b' }],
    ['PATCH', '/roles/support', { description: 'a\0b' }],
    ['PATCH', '/users/x/custom-data', { customData: { deep: [{ 'a\0b': 1 }] } }],
  ])('in the body of %s %s', async (method, path, body) => {
    expect((await send(method, path, body)).status).toBe(500);
  });

  it('in a search', async () => {
    expect((await send('GET', '/users?search=a%00b')).status).toBe(500);
  });
});

it('answers every body of a wrong type without an internal failure', async () => {
  const writes = Object.values(catalog)
    .flatMap(({ operations }) => Object.values(operations))
    .filter(({ body, encoding }) => body !== undefined && encoding === undefined);
  const values = [null, '', 5, true, [], {}, [null], [''], 'x'.repeat(300)];
  for (const { method, url, body } of writes) {
    const path = url.slice('/api'.length).replace(/\{\w+\}/g, 'nope');
    const bodies =
      body instanceof Whole
        ? values.filter((value) => typeof value === 'object' && value !== null)
        : Object.keys(body ?? {}).flatMap((name) => values.map((value) => ({ [name]: value })));
    for (const item of bodies) {
      const request = `${method} ${path} ${JSON.stringify(item)}`;
      await expect(send(method, path, item), request).resolves.toHaveProperty('status');
    }
  }
});
