/** The doctor's checks of the connection, and of the server at its end. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { answerOf, breaks } from '../support/faults.js';
import { examined, expectNoSecret } from './examine.js';
import { runBuiltDoctor, runDoctor } from './run.js';
import {
  closedPort,
  type Instead,
  json,
  page,
  type Running,
  redirect,
  serveLogto,
  serveProxy,
  serveSecurely,
  serveSilence,
  standIn,
} from './stand-in.js';

const opened: Running[] = [];
const open = async (running: Promise<Running>): Promise<Running> => {
  const server = await running;
  opened.push(server);
  return server;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ close }) => close()));
});

/** The doctor on a server that answers some requests differently from Logto. */
async function at(instead: Instead) {
  const { endpoint } = await open(serveLogto(instead));
  return { endpoint, ...(await examined({ env: { LOGTO_ENDPOINT: endpoint } })) };
}

describe('a Logto without faults', () => {
  it('has no fault, over HTTP on this machine', async () => {
    const { endpoint, seen } = await open(serveLogto());
    const { ok, checks, check, warned } = await examined({ env: { LOGTO_ENDPOINT: endpoint } });
    expect(ok).toBe(true);
    expect(warned).toEqual([]);
    expect(check('endpoint').message).toBe(`${endpoint} can be reached.`);
    expect(check('proxy').message).toBe('None is set; the connection is direct.');
    // In the order in which faults occur most often.
    expect([...new Set(checks.map(({ id }) => id.split('.')[0]))]).toEqual([
      'node',
      'settings',
      'policy',
      'tools',
      'tenant',
      'proxy',
      'endpoint',
      'logto',
      'discovery',
      'token-endpoint',
      'credentials',
      'application-type',
      'resource',
      'role',
      'clock',
      'access',
      'reads',
      'catalog',
    ]);
    // Tokens are counted on some plans of Logto Cloud.
    expect(seen.filter((request) => request === 'POST /oidc/token')).toHaveLength(1);
    expect(seen.filter((request) => !/^(GET|POST \/oidc\/token)/.test(request))).toEqual([]);
  });
});

describe('an endpoint that cannot be reached', () => {
  it.each([
    ['ENOTFOUND', 'the host name has no address (ENOTFOUND)', 'LOGTO_TENANT_ID on Logto Cloud'],
    ['EAI_AGAIN', 'no name server answered (EAI_AGAIN)', 'the VPN'],
    ['EHOSTUNREACH', 'the connection cannot be made (EHOSTUNREACH)', 'A firewall'],
    ['UND_ERR_CONNECT_TIMEOUT', 'the connection cannot be made', 'set HTTPS_PROXY'],
  ])('by %s', async (code, words, hint) => {
    const { line, failed, skipped } = await examined({
      env: { LOGTO_ENDPOINT: 'https://auth.example.com' },
      fetch: (url, init) => breaks(code)(url, init) ?? Promise.reject(new Error('unreachable')),
    });
    expect(failed).toEqual(['endpoint']);
    expect(line('endpoint')).toContain(words);
    expect(line('endpoint')).toContain(hint);
    expect(skipped).toEqual(
      expect.arrayContaining(['logto', 'discovery', 'credentials', 'role', 'clock', 'reads']),
    );
  });

  it('because no server listens there', async () => {
    const endpoint = await closedPort();
    const { line } = await examined({ env: { LOGTO_ENDPOINT: endpoint } });
    expect(line('endpoint')).toContain(`No answer from ${endpoint}: nothing listens there`);
    expect(line('endpoint')).toContain('that Logto is running');
  });

  it('because it never answers', async () => {
    const { endpoint } = await open(serveSilence());
    const { line } = await examined({
      env: { LOGTO_ENDPOINT: endpoint },
      options: { timeoutMs: 200 },
    });
    expect(line('endpoint')).toContain('did not answer within 0.2 seconds');
  });

  it('with TLS where the server has none', async () => {
    const { endpoint } = await open(serveLogto());
    const { line } = await examined({
      env: { LOGTO_ENDPOINT: endpoint.replace('http:', 'https:') },
    });
    expect(line('endpoint')).toContain('no TLS is spoken there');
    expect(line('endpoint')).toContain('Write http:// in LOGTO_ENDPOINT');
  });

  it('without TLS where the server requires it', async () => {
    const { endpoint } = await open(serveSecurely('good.crt'));
    const { line } = await examined({
      env: { LOGTO_ENDPOINT: endpoint.replace('https:', 'http:') },
    });
    expect(line('endpoint')).toContain('the connection broke off');
    expect(line('endpoint')).toContain('LOGTO_ENDPOINT has http:// where https:// is needed');
  });
});

describe('a certificate', () => {
  const fixtures = join(import.meta.dirname, 'fixtures');

  /** Node.js reads certificate authorities at its start, so each case that names one is a separate process. */
  async function diagnosed(certificate: string, env: Record<string, string>) {
    const { endpoint } = await open(serveSecurely(certificate));
    const run = 'NODE_EXTRA_CA_CERTS' in env ? runBuiltDoctor : runDoctor;
    const { out, code } = await run([], {
      LOGTO_ENDPOINT: endpoint,
      LOGTO_APP_ID: sandboxSettings.appId,
      LOGTO_APP_SECRET: sandboxSettings.appSecret,
      ...env,
    });
    expectNoSecret(out, sandboxSettings.appSecret);
    const line = (title: string) =>
      out.split('\n').find((one) => one.slice(6).startsWith(title)) ?? '';
    return { line, code, out };
  }

  const trusting = { NODE_EXTRA_CA_CERTS: join(fixtures, 'authority.crt') };

  it.each([
    [
      'that has signed itself',
      'self-signed.crt',
      {},
      'the certificate is not trusted',
      'NODE_EXTRA_CA_CERTS',
    ],
    [
      'of an unknown authority',
      'good.crt',
      {},
      'the certificate is not trusted',
      'NODE_EXTRA_CA_CERTS',
    ],
    ['that has expired', 'expired.crt', trusting, 'the certificate has expired', 'Renew'],
    [
      'that is not valid yet',
      'not-yet-valid.crt',
      trusting,
      'is not valid yet',
      'Correct the clock',
    ],
    [
      'for another name',
      'other-name.crt',
      trusting,
      'the certificate is for another name (DNS:auth.example.com)',
      'Set LOGTO_ENDPOINT to a name that the certificate was issued for',
    ],
  ])('%s is reported with what to do', async (_, certificate, env, words, hint) => {
    const { line, code } = await diagnosed(certificate, env);
    expect(line('Endpoint')).toMatch(/^FAIL/);
    expect(line('Endpoint')).toContain(words);
    expect(line('Endpoint')).toContain(hint);
    expect(line('12 checks')).toContain('Skipped: fix Endpoint first. (Logto, ');
    expect(code).toBe(1);
  });

  it('of a private authority is trusted once NODE_EXTRA_CA_CERTS names it', async () => {
    const { line, code, out } = await diagnosed('good.crt', trusting);
    expect(line('Endpoint')).toMatch(/^ok/);
    expect(out).toContain('authority.crt (NODE_EXTRA_CA_CERTS)');
    expect(code).toBe(0);
  });

  it('that is no longer verified is a warning', async () => {
    const { line, code } = await diagnosed('self-signed.crt', {
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    });
    expect(line('Proxy')).toMatch(/^warn/);
    expect(line('Proxy')).toContain('NODE_TLS_REJECT_UNAUTHORIZED is 0');
    expect(code).toBe(0);
  });
});

describe('a proxy', () => {
  it('is reported and used', async () => {
    const { endpoint } = await open(serveLogto());
    const proxy = await open(serveProxy());
    const address = proxy.endpoint.replace('//', '//ann:s3cretOfTheProxy@');
    const { ok, check, checks } = await examined({
      env: { LOGTO_ENDPOINT: endpoint, HTTP_PROXY: address },
    });
    expect(ok).toBe(true);
    expect(check('proxy').message).toBe(`Requests go through ${proxy.endpoint} (HTTP_PROXY).`);
    expect(JSON.stringify(checks)).not.toContain('s3cretOfTheProxy');
    expect(proxy.seen).toContain(`CONNECT ${new URL(endpoint).host} with a password`);
  });

  it('is reported and not used where NO_PROXY excludes the host', async () => {
    const { endpoint } = await open(serveLogto());
    const proxy = await open(serveProxy(502));
    const { ok, check } = await examined({
      env: { LOGTO_ENDPOINT: endpoint, HTTP_PROXY: proxy.endpoint, NO_PROXY: 'a.test, 127.0.0.1' },
    });
    expect(ok).toBe(true);
    expect(check('proxy').message).toContain('HTTP_PROXY is set, but NO_PROXY excludes this host');
    expect(proxy.seen).toEqual([]);
  });

  it.each([
    [407, 'asks for a password', 'Write user and password into HTTPS_PROXY'],
    [403, 'does not allow it', 'Have the host of Logto allowed at the proxy'],
    [502, 'answered 502 instead of connecting', 'The proxy does not reach Logto'],
  ])('that answers %d is distinguished from Logto', async (status, words, hint) => {
    const { endpoint, seen } = await open(serveLogto());
    const proxy = await open(serveProxy(status));
    const { line, failed } = await examined({
      env: { LOGTO_ENDPOINT: endpoint, HTTP_PROXY: proxy.endpoint },
    });
    expect(failed).toEqual(['endpoint']);
    expect(line('endpoint')).toContain(`the proxy ${proxy.endpoint} ${words}`);
    expect(line('endpoint')).toContain(hint);
    expect(seen).toEqual([]);
  });

  it('that cannot be reached is distinguished from an unreachable endpoint', async () => {
    const { endpoint } = await open(serveLogto());
    const proxy = await closedPort();
    const { line } = await examined({ env: { LOGTO_ENDPOINT: endpoint, HTTP_PROXY: proxy } });
    expect(line('endpoint')).toContain(`the proxy ${proxy} cannot be reached (ECONNREFUSED)`);
    expect(line('endpoint')).toContain('Check HTTPS_PROXY and HTTP_PROXY');
  });

  it('without a scheme is a fault, and its password is not shown', async () => {
    const { check, failed } = await examined({
      env: {
        LOGTO_ENDPOINT: 'https://auth.example.com',
        HTTPS_PROXY: 'ann:s3cretOfTheProxy@proxy:3128',
      },
    });
    expect(failed).toEqual(['proxy']);
    expect(check('proxy').message).toBe('HTTPS_PROXY is not the address of a proxy.');
    expect(check('proxy').hint).toContain('http://proxy.example.com:3128');
    expect(JSON.stringify(check('proxy'))).not.toContain('s3cretOfTheProxy');
  });
});

describe('another server at the address', () => {
  it('is a web page', async () => {
    const { endpoint, line, failed } = await at({
      '/api/status': page(),
      '/oidc/.well-known/openid-configuration': page(),
      '/.well-known/openid-configuration': page(),
    });
    expect(failed).toEqual(['logto']);
    expect(line('logto')).toContain(`${endpoint} answered 200 with a web page`);
    expect(line('logto')).toContain('not that of the console or of a proxy in front of it');
  });

  it('is the console of a self-hosted Logto', async () => {
    const { line, warned } = await at({ '/': redirect('/console/welcome') });
    expect(warned).toEqual(['logto']);
    expect(line('logto')).toContain('seems to be the console of a self-hosted Logto');
    expect(line('logto')).toContain('not ADMIN_ENDPOINT');
  });

  it('is another OpenID provider', async () => {
    const { line } = await at({
      '/api/status': answerOf(404, 'nothing', { 'content-type': 'text/plain' }),
      '/oidc/.well-known/openid-configuration': page(404),
      '/.well-known/openid-configuration': json(200, { issuer: 'https://idp.example.com/' }),
    });
    expect(line('logto')).toContain('is an OpenID provider, but not Logto');
    expect(line('logto')).toContain('https://idp.example.com/');
  });

  it('is another OpenID provider that answers everything', async () => {
    const { line, failed } = await at({
      '/oidc/.well-known/openid-configuration': json(200, { issuer: 'https://idp.example.com' }),
    });
    expect(failed).toEqual(['discovery']);
    expect(line('discovery')).toContain('another OpenID provider (its issuer is https://idp');
  });

  it('is a proxy that passes /oidc on and not /api', async () => {
    const { line } = await at({ '/api/status': page(404) });
    expect(line('logto')).toContain('its API is not reachable there (404 for /api/status)');
    expect(line('logto')).toContain('forward /api as well as /oidc');
  });

  it('is Logto whose API is not ready, not a proxy that blocks it', async () => {
    const { line } = await at({ '/api/status': page(503) });
    expect(line('logto')).toContain('answered 503. Logto is not ready at the moment');
  });

  it('is a proxy that passes /api on and not /oidc', async () => {
    const { line, failed } = await at({ '/oidc/.well-known/openid-configuration': page(404) });
    expect(failed).toEqual(['discovery']);
    expect(line('discovery')).toContain('404 with a web page for /oidc/.well-known');
    expect(line('discovery')).toContain('forward /oidc as well as /api');
  });

  const noDiscovery = {
    '/oidc/.well-known/openid-configuration': page(404),
    '/.well-known/openid-configuration': page(404),
  };

  it.each([
    [
      'redirects elsewhere',
      redirect('https://login.example.com/start?next=%2F'),
      'redirects to https://login.example.com.',
      'write https://login.example.com in LOGTO_ENDPOINT',
    ],
    [
      'redirects to a separate sign-in',
      redirect('/sign-in'),
      'redirects to http://127',
      'asks for a separate sign-in',
    ],
    [
      'wants TLS',
      answerOf(400, 'The plain HTTP request was sent to HTTPS port', {
        'content-type': 'text/html',
      }),
      'accepts only TLS',
      'Write https://127.0.0.1',
    ],
    [
      'wants a password',
      page(401),
      'refuses requests to http://127.0.0.1',
      'exempt /oidc and /api of Logto',
    ],
    ['is closed to us', page(403), '(403)', 'at least for this machine'],
    [
      'gets no answer from Logto',
      page(502),
      'answered 502',
      'The proxy in front of Logto gets no answer',
    ],
    [
      'is Logto without the tenant',
      answerOf(404, 'Not Found', { 'logto-core-request-id': 'x' }),
      'has no tenant at',
      'Check LOGTO_TENANT_ID',
    ],
  ])('%s', async (_, status, words, hint) => {
    const { line, failed, skipped } = await at({ ...noDiscovery, '/api/status': status });
    expect(failed).toEqual(['logto']);
    expect(line('logto')).toContain(words);
    expect(line('logto')).toContain(hint);
    expect(skipped).toContain('credentials');
  });

  it('is Logto Cloud without the tenant', async () => {
    const { line } = await examined({
      env: { LOGTO_TENANT_ID: 'abc123' },
      fetch: standIn({ ...noDiscovery, '/api/status': answerOf(404, 'Not Found') }),
    });
    expect(line('logto')).toContain('has no tenant at https://abc123.logto.app');
  });
});

describe('a Logto that was started with another ENDPOINT', () => {
  it('is a warning, and the other checks run', async () => {
    const { endpoint, line, warned, check } = await at({
      '/oidc/.well-known/openid-configuration': json(200, {
        issuer: 'https://auth.example.com/oidc',
      }),
    });
    expect(warned).toEqual(['discovery']);
    expect(line('discovery')).toContain(`names itself https://auth.example.com, not ${endpoint}`);
    expect(line('discovery')).toContain('start Logto with the right ENDPOINT');
    expect(check('reads').status).toBe('ok');
  });
});
