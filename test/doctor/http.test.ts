/** The checks of a running MCP endpoint: what is right, and each fault with its fix. */
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpTenant, runHttpDoctor } from '../../src/doctor/http-doctor.js';
import { metadataUrlsOf } from '../../src/doctor/http-metadata-checks.js';
import type { Check } from '../../src/doctor/runner.js';
import { memberOf, objectsIn } from '../../src/json.js';
import { createSession } from '../../src/logto/session.js';
import type { Transport, TransportRequest, TransportResponse } from '../../src/logto/transport.js';
import { createUndiciTransport } from '../../src/logto/undici-transport.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { operations, type Serving, serveForTest } from '../http/serve.js';
import { tools } from '../support/client.js';
import { answerOf } from '../support/faults.js';
import { runDoctor } from './run.js';
import { json, page, redirect } from './stand-in.js';

/** The origin of Logto, whose issuer is that of `serveForTest`. Nothing listens there. */
const LOGTO = 'http://127.0.0.1:9';
const ISSUER = `${LOGTO}/oidc`;

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) {
    await close();
  }
});

type Override = (
  url: string,
  init: TransportRequest,
) => TransportResponse | undefined | Promise<TransportResponse | undefined>;

interface Case {
  /** Answers instead of the server, of the issuer or of Logto. */
  readonly instead?: Override;
  readonly address?: (serving: Serving) => string;
  readonly http?: Parameters<typeof serveForTest>[0];
  /** Changes the tenant first. */
  readonly prepare?: (call: Call) => Promise<void>;
  readonly withoutTenant?: true;
}

type Call = (tool: string, values: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** Runs the doctor on a server over the sandbox, whose people may request every scope. */
async function examined(options: Case = {}) {
  const serving = await serveForTest(options.http);
  closers.push(serving.close);
  const call: Call = async (tool, values) => {
    const entry = operations.get(tool);
    if (entry === undefined) {
      throw new Error(`no ${tool}`);
    }
    return (await serving.session.send(entry.operation, values, AbortSignal.timeout(5_000))).body;
  };
  const [resource] = objectsIn(await call('list_resources', { includeScopes: true })).filter(
    ({ indicator }) => indicator === serving.resource,
  );
  await call('update_cimd_config', { enabled: true });
  await call('assign_cimd_user_consent_scopes', {
    resourceScopes: objectsIn(resource?.['scopes']).map(({ id }) => id),
  });
  await options.prepare?.(call);
  const network = createUndiciTransport();
  const route: Transport = async (url, init) => {
    const answered = await options.instead?.(url, init);
    if (answered !== undefined) {
      return answered;
    }
    const { origin, pathname, search } = new URL(url);
    if (origin !== LOGTO) {
      return network(url, init);
    }
    if (pathname === '/oidc/token' && !String(init.body).includes('scope=')) {
      const token = serving.token('app', { aud: sandboxSettings.resource, scope: undefined });
      return json(200, { access_token: token, expires_in: 3600, token_type: 'Bearer' });
    }
    const document = await serving.authorization.handle({
      method: init.method,
      url: new URL(url),
      form: new URLSearchParams(),
    });
    return document === undefined || pathname === '/oidc/token'
      ? serving.sandbox.fetch(`${sandboxSettings.endpoint}${pathname}${search}`, init)
      : answerOf(document.status, document.body, { ...document.headers });
  };
  const credentials = { ...sandboxSettings, endpoint: LOGTO };
  const tenant: HttpTenant = {
    credentials,
    session: createSession({ ...credentials, fetch: route }),
  };
  const checks: Check[] = [];
  await runHttpDoctor(
    {
      address: options.address?.(serving) ?? serving.resource,
      fetch: route,
      tenant: options.withoutTenant === true ? undefined : tenant,
      tools,
      timeoutMs: 2_000,
    },
    (check) => void checks.push(check),
  );
  const having = (status: Check['status']) =>
    checks.filter((check) => check.status === status).map(({ id }) => id);
  return {
    checks,
    serving,
    failed: having('fail'),
    warned: having('warn'),
    skipped: having('skipped'),
  };
}

const pathIs =
  (path: string, answer: TransportResponse): Override =>
  (url) =>
    new URL(url).pathname === path ? answer : undefined;

/** An answer to the message without a token. */
const unauthenticated =
  (answer: TransportResponse): Override =>
  (url, { method, headers }) =>
    method === 'POST' && new URL(url).pathname === '/mcp' && headers['authorization'] === undefined
      ? answer
      : undefined;

const challenge = (value: string): TransportResponse =>
  json(401, {}, { 'www-authenticate': value });

const metadata = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/auth`,
  token_endpoint: `${ISSUER}/token`,
  jwks_uri: `${ISSUER}/jwks`,
  response_types_supported: ['code'],
  code_challenge_methods_supported: ['S256'],
  client_id_metadata_document_supported: true,
};

const issuerSays =
  (document: Readonly<Record<string, unknown>>): Override =>
  (url) =>
    url.startsWith(LOGTO) && url.includes('/.well-known/') ? json(200, document) : undefined;

const resourceSays = (document: object): Override =>
  pathIs('/.well-known/oauth-protected-resource/mcp', json(200, document));

describe('doctor --http', () => {
  it('finds nothing wrong with a server that is set up, and changes nothing', async () => {
    const { checks, serving, failed, warned, skipped } = await examined();
    expect([failed, warned, skipped], JSON.stringify(checks)).toEqual([[], [], []]);
    expect(checks.map(({ id }) => id)).toEqual([
      'address',
      'health',
      'readiness',
      'challenge',
      'metadata',
      'resource',
      'issuer',
      'keys',
      'unsigned-token',
      'tenant',
      'other-audience',
      'api-resource',
      'roles',
      'dynamic-clients',
    ]);
    expect(checks.find(({ id }) => id === 'other-audience')?.message).toContain('is refused');
    expect(serving.audited).toEqual([]);
  });

  it('checks the endpoint alone without a tenant', async () => {
    const { failed, skipped } = await examined({ withoutTenant: true });
    expect([failed, skipped]).toEqual([[], ['tenant']]);
  });

  it('sends no token that has a scope', async () => {
    const sent: string[] = [];
    const { skipped } = await examined({
      instead: (url, { method, headers, body }) => {
        sent.push(headers['authorization'] ?? '');
        return method === 'POST' && url === `${ISSUER}/token` && !String(body).includes('scope=')
          ? json(200, { access_token: 'powerful', scope: 'all', expires_in: 3600 })
          : undefined;
      },
    });
    expect(skipped).toEqual(['other-audience']);
    expect(sent).not.toContain('Bearer powerful');
  });

  it.each<[string, Case, string, RegExp, RegExp]>([
    [
      'an address that is none',
      { address: () => 'mcp' },
      'address',
      /not the address/,
      /whole address/,
    ],
    [
      'an address in clear',
      { address: () => 'http://mcp.example.com/mcp' },
      'address',
      /in clear/,
      /TLS/,
    ],
    [
      'an address with a query',
      { address: ({ resource }) => `${resource}?a=b` },
      'address',
      /a query/,
      /Give the address alone/,
    ],
    [
      'a port on which nothing listens',
      { address: () => 'http://127.0.0.1:1/mcp' },
      'health',
      /cannot be reached \(ECONNREFUSED\)/,
      /server runs/,
    ],
    ['a web page', { instead: pathIs('/healthz', page()) }, 'health', /web page/, /reverse proxy/],
    [
      'a sign-in page in front',
      { instead: pathIs('/healthz', redirect('https://sso.example.com/')) },
      'health',
      /redirects to https:\/\/sso/,
      /--base-url/,
    ],
    [
      'a proxy that does not reach the server',
      { instead: pathIs('/healthz', json(502, {})) },
      'health',
      /answered 502/,
      /port of the proxy/,
    ],
    [
      'keys that the server cannot read',
      { instead: pathIs('/readyz', json(503, { ready: false, checks: { keys: 'failed' } })) },
      'readiness.keys',
      /"keys" failed/,
      /--issuer/,
    ],
    [
      'an application that Logto refuses',
      { instead: pathIs('/readyz', json(503, { ready: false, checks: { logto: 'failed' } })) },
      'readiness.logto',
      /"logto" failed/,
      /doctor without --http/,
    ],
    [
      'a database that is away',
      { instead: pathIs('/readyz', json(503, { ready: false, checks: { store: 'failed' } })) },
      'readiness.store',
      /"store" failed/,
      /LOGTO_MCP_DATABASE_URL/,
    ],
    [
      'a proxy that does not forward /readyz',
      { instead: pathIs('/readyz', json(404, {})) },
      'readiness',
      /404/,
      /forward \/mcp/,
    ],
    [
      'a server without sign-in',
      { http: { http: { issuer: undefined } } },
      'challenge',
      /without a token/,
      /--issuer/,
    ],
    [
      'a Host that the server does not know',
      { instead: unauthenticated(json(403, { error: { message: 'This Host is not allowed' } })) },
      'challenge',
      /Host is not allowed/,
      /--base-url/,
    ],
    [
      'another path',
      { address: ({ resource }) => `${resource}/` },
      'challenge',
      /\/mcp\/ is not the path[\s\S]*MCP is at \/mcp/,
      /--base-path \/mcp\//,
    ],
    [
      'a method that a proxy refuses',
      { instead: unauthenticated(json(405, {})) },
      'challenge',
      /answered 405/,
      /reverse proxy/,
    ],
    [
      'a 401 without its header',
      { instead: unauthenticated(json(401, {})) },
      'challenge',
      /no WWW-Authenticate/,
      /pass WWW-Authenticate/,
    ],
    [
      'a password in front',
      { instead: unauthenticated(challenge('Basic realm="x"')) },
      'challenge',
      /another sign-in \(Basic\)/,
      /no sign-in of its own/,
    ],
    [
      'a challenge without metadata',
      { instead: unauthenticated(challenge('Bearer error="invalid_token"')) },
      'challenge',
      /no resource_metadata/,
      /this server itself/,
    ],
    [
      'a challenge of another origin',
      {
        instead: unauthenticated(
          challenge('Bearer scope="logto:read", resource_metadata="https://other.example/x"'),
        ),
      },
      'challenge',
      /points to https:\/\/other\.example/,
      /--base-url http:\/\/127\.0\.0\.1/,
    ],
    [
      'metadata that is not forwarded',
      { instead: pathIs('/.well-known/oauth-protected-resource/mcp', json(404, {})) },
      'metadata',
      /404 without the metadata/,
      /\/\.well-known\//,
    ],
    [
      'a resource at another address',
      {
        instead: resourceSays({
          resource: 'http://127.0.0.1/mcp/',
          authorization_servers: [ISSUER],
        }),
        address: ({ port }) => `http://127.0.0.1:${port}/mcp`,
      },
      'resource',
      /differ in the port, the path/,
      /Type http:\/\/127\.0\.0\.1\/mcp\/ into clients/,
    ],
    [
      'an issuer that cannot be reached',
      {
        instead: (url) =>
          url.includes('127.0.0.1:9/') && url.includes('.well-known') ? json(404, {}) : undefined,
      },
      'issuer',
      /has no metadata: not at/,
      /forward \/oidc/,
    ],
    [
      'an issuer with another name',
      { instead: issuerSays({ ...metadata, issuer: `${ISSUER}/` }) },
      'issuer',
      /calls itself http:\/\/127\.0\.0\.1:9\/oidc\//,
      /--issuer http:\/\/127\.0\.0\.1:9\/oidc\//,
    ],
    [
      'an issuer without endpoints',
      { instead: issuerSays({ issuer: ISSUER }) },
      'issuer',
      /lacks authorization_endpoint, token_endpoint, jwks_uri/,
      /is Logto/,
    ],
    [
      'an issuer without PKCE',
      { instead: issuerSays({ ...metadata, code_challenge_methods_supported: ['plain'] }) },
      'issuer',
      /PKCE/,
      /is Logto/,
    ],
    [
      'an issuer in clear',
      {
        instead: resourceSays({
          resource: 'x',
          authorization_servers: ['http://auth.example.com'],
        }),
      },
      'issuer',
      /neither https/,
      /https issuer/,
    ],
    [
      'keys that are not there',
      { instead: pathIs('/oidc/jwks', json(200, { keys: [] })) },
      'keys',
      /without keys/,
      /\/oidc\/jwks/,
    ],
    [
      'an unsigned token that is accepted',
      {
        instead: (_, { headers }) =>
          headers['authorization']?.endsWith('.') === true ? json(200, {}) : undefined,
      },
      'unsigned-token',
      /An unsigned token is not refused \(200\)/,
      /offline/,
    ],
    [
      'a token of another audience that is accepted',
      {
        instead: (url, { headers }) =>
          url.endsWith('/mcp') && /^Bearer .*[^.]$/.test(headers['authorization'] ?? '')
            ? json(403, {})
            : undefined,
      },
      'other-audience',
      /another API is not refused \(403\)/,
      /offline/,
    ],
    [
      'a server that does not reach its issuer',
      {
        instead: (_, { headers }) =>
          headers['authorization']?.startsWith('Bearer') ? json(503, {}) : undefined,
      },
      'unsigned-token',
      /does not reach its issuer/,
      /reach the issuer/,
    ],
  ])('names %s and its fix', async (_, options, id, message, hint) => {
    const { checks, failed } = await examined(options);
    expect(failed, JSON.stringify(checks)).toContain(id);
    const check = checks.find((item) => item.id === id);
    expect(check?.message).toMatch(message);
    expect(check?.hint).toMatch(hint);
  });

  it.each([
    ['/mcp/', 'a slash at the end'],
    ['/MCP', 'upper and lower case'],
  ])('says in what the resource %s differs from the address', async (path, difference) => {
    const { checks, failed } = await examined({
      instead: (url) => {
        const { origin, pathname } = new URL(url);
        return pathname === '/.well-known/oauth-protected-resource/mcp'
          ? json(200, { resource: `${origin}${path}`, authorization_servers: [ISSUER] })
          : undefined;
      },
    });
    expect(failed).toContain('resource');
    expect(checks.find(({ id }) => id === 'resource')?.message).toContain(
      `differ in ${difference}, and Logto compares to the letter`,
    );
  });

  it('names http in the place of https', async () => {
    const { checks } = await examined({
      instead: (url) =>
        url.includes('oauth-protected-resource')
          ? json(200, {
              resource: `https://${new URL(url).host}/mcp`,
              authorization_servers: [ISSUER],
            })
          : undefined,
    });
    expect(checks.find(({ id }) => id === 'resource')?.message).toContain('http or https');
  });
});

describe('doctor --http with a tenant', () => {
  const resourceIdOf = async (call: Call): Promise<string> =>
    String(
      objectsIn(await call('list_resources', {})).find(({ indicator }) =>
        String(indicator).endsWith('/mcp'),
      )?.['id'],
    );

  it.each<[string, (call: Call) => Promise<void>, string, 'fail' | 'warn', RegExp, RegExp]>([
    [
      'an API resource that differs in a slash',
      async (call) => {
        const id = await resourceIdOf(call);
        const indicator = memberOf(await call('get_resource', { id }), 'indicator');
        await call('delete_resource', { id });
        await call('create_resource', { name: 'Twin', indicator: `${String(indicator)}/` });
      },
      'api-resource',
      'fail',
      /only http:\/\/127\.0\.0\.1:\d+\/mcp\/, which is not the same to the letter/,
      /setup-http --base-url http:\/\/127\.0\.0\.1:\d+\./,
    ],
    [
      'a scope that is missing',
      async (call) => {
        const resourceId = await resourceIdOf(call);
        const scopes = objectsIn(
          await call('list_resource_scopes', { resourceId, page: 1, page_size: 20 }),
        );
        const scopeId = scopes.find(({ name }) => name === 'logto:remove')?.['id'];
        await call('delete_resource_scope', { resourceId, scopeId });
      },
      'api-resource',
      'fail',
      /lacks the scopes logto:remove/,
      /setup-http/,
    ],
    [
      'roles that grant nothing',
      async (call) => {
        for (const { id, name } of objectsIn(
          await call('list_roles', { page: 1, page_size: 100 }),
        )) {
          if (String(name).startsWith('MCP')) {
            await call('delete_role', { id });
          }
        }
      },
      'roles',
      'fail',
      /No role of people grants logto:read/,
      /assign one to each person/,
    ],
    [
      'roles that no user has',
      async (call) => {
        for (const { id, username } of objectsIn(
          await call('list_users', { page: 1, page_size: 100 }),
        )) {
          if (username === 'ada' || username === 'rio') {
            await call('delete_user', { userId: id });
          }
        }
      },
      'roles',
      'warn',
      /No user has a role/,
      /assign_user_roles/,
    ],
    [
      'dynamic clients that are off',
      async (call) => void (await call('update_cimd_config', { enabled: false })),
      'dynamic-clients',
      'warn',
      /switched off/,
      /setup-http/,
    ],
    [
      'dynamic clients that may not ask for the scopes',
      async (call) => {
        const allowed = await call('list_cimd_user_consent_scopes', {});
        const [consent] = objectsIn(memberOf(allowed, 'resourceScopes'));
        const scope = objectsIn(consent?.['scopes']).find(({ name }) => name === 'logto:write');
        await call('delete_cimd_user_consent_scope', {
          scopeType: 'resource-scopes',
          scopeId: scope?.['id'],
        });
      },
      'dynamic-clients',
      'fail',
      /may not ask for logto:write/,
      /setup-http/,
    ],
    [
      'refresh tokens that ChatGPT does not get',
      async (call) =>
        void (await call('update_cimd_config', { addConsentPromptForOfflineAccess: false })),
      'dynamic-clients',
      'warn',
      /no refresh token/,
      /add consent prompt/,
    ],
  ])('names %s', async (_, prepare, id, status, message, hint) => {
    const { checks } = await examined({ prepare });
    const check = checks.find((item) => item.id === id);
    expect(check?.status, JSON.stringify(checks)).toBe(status);
    expect(check?.message).toMatch(message);
    expect(check?.hint).toMatch(hint);
  });

  it('names an issuer of another tenant, and a Logto without dynamic clients', async () => {
    const other = await examined({
      instead: resourceSays({
        resource: 'x',
        authorization_servers: ['https://auth.example.com/oidc'],
      }),
    });
    expect(other.failed).toContain('issuer');
    const old = await examined({
      instead: (url) => {
        const { origin, pathname } = new URL(url);
        return origin === LOGTO && pathname.startsWith('/api/configs/cimd')
          ? answerOf(404, 'Not Found', { 'content-type': 'text/plain' })
          : undefined;
      },
    });
    const check = old.checks.find(({ id }) => id === 'dynamic-clients');
    expect(check?.status).toBe('warn');
    expect(check?.hint).toMatch(/--register cursor/);
  });
});

describe('the addresses of the metadata of an issuer', () => {
  it('are tried in the order of the specification', () => {
    expect(metadataUrlsOf('https://auth.example.com/oidc')).toEqual([
      'https://auth.example.com/.well-known/oauth-authorization-server/oidc',
      'https://auth.example.com/.well-known/openid-configuration/oidc',
      'https://auth.example.com/oidc/.well-known/openid-configuration',
    ]);
    expect(metadataUrlsOf('https://auth.example.com')).toHaveLength(2);
  });
});

describe('the program', () => {
  it('checks an endpoint without settings, and answers 1 for a fault', async () => {
    const serving = await serveForTest();
    closers.push(serving.close);
    const { out, code } = await runDoctor(['--http', serving.resource, '--json']);
    const { ok, checks } = JSON.parse(out);
    // No server listens at the address of its issuer.
    expect([ok, code]).toEqual([false, 1]);
    expect(objectsIn(checks).find(({ id }) => id === 'challenge')).toMatchObject({ status: 'ok' });
    expect(objectsIn(checks).find(({ id }) => id === 'issuer')).toMatchObject({ status: 'fail' });
  });

  it('is not mixed with the check of an entry', async () => {
    const { err, code } = await runDoctor([
      '--http',
      'https://a.example/mcp',
      '--client',
      'cursor',
    ]);
    expect(code).toBe(2);
    expect(err).toContain('Remove --http');
  });
});
