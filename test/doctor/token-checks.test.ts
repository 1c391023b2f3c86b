/** The doctor on the token, the indicator, the role and the clock. */
import { afterEach, describe, expect, it } from 'vitest';
import type { TransportResponse } from '../../src/logto/transport.js';
import { answerOf } from '../support/faults.js';
import { examined } from './examine.js';
import {
  type Instead,
  json,
  page,
  type Running,
  refusals,
  serveLogto,
  standIn,
} from './stand-in.js';

let running: Running | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

/** The doctor on a server, with the settings of a test. */
async function at(instead: Instead, env: Record<string, string> = {}) {
  running = await serveLogto(instead);
  const { endpoint } = running;
  return { endpoint, ...(await examined({ env: { LOGTO_ENDPOINT: endpoint, ...env } })) };
}

const token = (answer: TransportResponse): Instead => ({ 'POST /oidc/token': answer });

describe('the token endpoint', () => {
  it.each([
    [
      'that fails',
      json(500, { message: 'Internal server error.' }),
      'answered 500: Internal',
      'the log of Logto',
    ],
    [
      'that answers a web page',
      page(),
      'answered 200 with something that is not JSON',
      'LOGTO_ENDPOINT',
    ],
    [
      'that gives out nothing',
      json(200, { ok: true }),
      'answered 200 with no access token',
      'LOGTO_ENDPOINT',
    ],
    [
      'whose tokens are used up',
      json(429, { code: 'auth.exceed_token_limit', message: 'Token limit exceeded.' }),
      'issues no more tokens',
      'change the plan',
    ],
    [
      'that is asked too often',
      json(429, { message: 'Too many requests' }),
      'answered 429: Too many requests.',
      'wait, then try again',
    ],
  ])('%s is a separate fault', async (_, answer, words, hint) => {
    const { line, failed, skipped } = await at(token(answer));
    expect(failed).toEqual(['token-endpoint']);
    expect(line('token-endpoint')).toContain(words);
    expect(line('token-endpoint')).toContain(hint);
    expect(skipped).toEqual(expect.arrayContaining(['credentials', 'role', 'access']));
  });
});

describe('the credentials', () => {
  it('with an unknown App ID', async () => {
    const { endpoint, line, failed, skipped } = await at({}, { LOGTO_APP_ID: 'nobody' });
    expect(failed).toEqual(['credentials']);
    expect(line('credentials')).toContain('Logto has no application with the App ID nobody.');
    expect(line('credentials')).toContain('copy its App ID again');
    expect(line('credentials')).toContain(`${endpoint} is another Logto`);
    expect(skipped).toEqual(expect.arrayContaining(['application-type', 'resource', 'role']));
  });

  it('with a wrong secret, which is distinguished from a wrong id', async () => {
    const { line, failed } = await at({}, { LOGTO_APP_SECRET: 'no-such-secret' });
    expect(failed).toEqual(['credentials']);
    expect(line('credentials')).toContain('does not accept the App secret of application sandbox');
    expect(line('credentials')).toContain('copy one of its App secrets again');
    expect(line('credentials')).not.toContain('no-such-secret');
  });

  it.each([
    ['an unknown application', refusals.unknownApplication, 'no application with the App ID'],
    ['a wrong secret', refusals.wrongSecret, 'does not accept the App secret'],
    [
      'an expired secret',
      refusals.expiredSecret,
      'has expired. In the Logto console open the application, add a new',
    ],
    [
      'neither in so many words',
      json(400, { error: 'invalid_client' }),
      'does not accept the credentials',
    ],
  ])('%s are recognized by the answers of a real Logto', async (_, answer, words) => {
    const { line, failed, check } = await at(token(answer));
    expect(failed).toEqual(['credentials']);
    expect(check('token-endpoint').status).toBe('ok');
    expect(line('credentials')).toContain(words);
  });

  it('are redacted where another program repeats them', async () => {
    const echo = json(400, {
      error: 'invalid_request',
      error_description:
        'got Authorization: Basic c2FuZGJveDpzYW5kYm94LXNlY3JldA== with sandbox-secret\u202e and Bearer eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJ4In0.c2ln',
    });
    // `examined` compares every output with the secret.
    const { line } = await at(token(echo));
    expect(line('token-endpoint')).toContain('[redacted]<U+202E> and [redacted]');
  });
});

describe('the type of the application', () => {
  it.each([
    ['Traditional', refusals.traditional],
    ['Traditional without redirect URIs', refusals.withoutRedirects],
    ['of another kind, by the book', refusals.unauthorized],
  ])('%s is a fault', async (_, answer) => {
    const { line, failed, check } = await at(token(answer));
    expect(failed).toEqual(['application-type']);
    expect(check('credentials').status).toBe('ok');
    expect(line('application-type')).toContain('its type is not Machine-to-machine');
    expect(line('application-type')).toContain('Create one of type Machine-to-machine');
  });
});

describe('the indicator', () => {
  const custom = 'https://login.acme.test';
  const selfHosted = 'https://default.logto.app/api';

  it.each([
    [
      'made of the endpoint, the classic mistake',
      { LOGTO_ENDPOINT: custom, LOGTO_API_RESOURCE: `${custom}/api` },
      /does not know the API resource https:\/\/login\.acme\.test\/api/,
      /is a name and not an address.*Leave LOGTO_API_RESOURCE out.*https:\/\/default\.logto\.app\/api.*set LOGTO_TENANT_ID/,
    ],
    [
      'of a self-hosted Logto, behind what may be a domain of Logto Cloud',
      { LOGTO_ENDPOINT: custom },
      /https:\/\/default\.logto\.app\/api/,
      /If this is Logto Cloud behind a domain of your own, set LOGTO_TENANT_ID/,
    ],
    [
      'of a tenant of Logto Cloud, on what may be a self-hosted Logto',
      { LOGTO_ENDPOINT: custom, LOGTO_TENANT_ID: 'abc123' },
      /https:\/\/abc123\.logto\.app\/api/,
      /Check the tenant id abc123.*remove LOGTO_TENANT_ID and LOGTO_API_RESOURCE/,
    ],
    [
      'of a self-hosted Logto, at an address of Logto Cloud',
      { LOGTO_TENANT_ID: 'abc123', LOGTO_API_RESOURCE: selfHosted },
      /https:\/\/default\.logto\.app\/api/,
      /At this address it is https:\/\/abc123\.logto\.app\/api\. Remove LOGTO_API_RESOURCE/,
    ],
    [
      'with a slash at its end',
      { LOGTO_TENANT_ID: 'abc123', LOGTO_API_RESOURCE: 'https://abc123.logto.app/api/' },
      /abc123\.logto\.app\/api\//,
      /[Rr]emove LOGTO_API_RESOURCE/,
    ],
  ])('%s', async (_, env, message, hint) => {
    const { check, failed } = await examined({
      env,
      fetch: standIn(token(refusals.unknownResource)),
    });
    expect(failed).toEqual(['resource']);
    expect(check('resource')).toMatchObject({ message, hint });
    // Logto itself says so: application and secret are correct.
    expect(check('credentials').status).toBe('ok');
    expect(check('role').status).toBe('skipped');
  });

  it('is known when the issuer reveals the tenant behind a custom domain', async () => {
    const { check } = await examined({
      env: { LOGTO_ENDPOINT: custom },
      fetch: standIn({
        ...token(refusals.unknownResource),
        '/oidc/.well-known/openid-configuration': json(200, {
          issuer: 'https://abc123.logto.app/oidc',
        }),
      }),
    });
    expect(check('resource').hint).toContain('set LOGTO_TENANT_ID=abc123');
  });

  it('of another API resource, with a token without a scope', async () => {
    const { check, failed } = await examined({
      env: { LOGTO_ENDPOINT: custom, LOGTO_API_RESOURCE: `${custom}/api` },
      fetch: standIn(
        token(json(200, { access_token: 'x', expires_in: 3600, token_type: 'Bearer' })),
      ),
    });
    expect(failed).toEqual(['resource']);
    expect(check('resource').message).toContain('is one of your own, not the Management API');
    expect(check('resource').hint).toContain('Remove LOGTO_API_RESOURCE');
  });

  it('of another API resource, with a token with a scope', async () => {
    const refused = json(401, {
      code: 'auth.unauthorized',
      message: 'Unauthorized. Please check credentials and its scope.',
      data: { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: 'aud', reason: 'check_failed' },
    });
    const { line, failed, skipped } = await examined({
      env: { LOGTO_ENDPOINT: custom, LOGTO_API_RESOURCE: `${custom}/api` },
      fetch: standIn({
        ...token(json(200, { access_token: 'x', expires_in: 3600, scope: 'all' })),
        '/api/users': refused,
      }),
    });
    expect(failed).toEqual(['access']);
    expect(line('access')).toContain('Another API resource cannot replace it');
    expect(skipped).toEqual(expect.arrayContaining(['reads', 'catalog']));
  });
});

describe('the role', () => {
  it('that is missing is recognized by the token', async () => {
    const { line, failed, check } = await at(
      token(json(200, { access_token: 'x', expires_in: 3600, token_type: 'Bearer' })),
    );
    expect(failed).toEqual(['role']);
    expect(check('resource').status).toBe('ok');
    expect(line('role')).toContain('its token has no scope');
    expect(line('role')).toContain('assign the role "Logto Management API access"');
  });
});

describe('the access', () => {
  it.each([
    [
      'forbidden',
      json(403, { code: 'auth.forbidden', message: 'Forbidden.' }),
      'assign "Logto Management API access"',
    ],
    [
      'taken away by a proxy',
      json(401, { code: 'auth.authorization_header_missing', message: 'Missing.' }),
      'removes the Authorization header',
    ],
    [
      'refused for another issuer',
      json(401, { code: 'auth.unauthorized', message: 'No.', data: { claim: 'iss' } }),
      'need the same ENDPOINT',
    ],
  ])('that is %s is a fault, reported once', async (_, answer, words) => {
    const { line, failed, skipped } = await at({ '/api/users': answer, '/api/roles': answer });
    expect(failed).toEqual(['access']);
    expect(line('access')).toContain(words);
    expect(skipped).toContain('reads');
  });
});

describe('the clock', () => {
  const minute = 60_000;
  const there = (shift: number): Instead => {
    const date = new Date(Date.now() + shift).toUTCString();
    return { '/api/status': answerOf(204, '', { date }), '/': page(), ...dated(date) };
  };
  /** All answers that would otherwise show the time of this machine. */
  const dated = (date: string): Instead => ({
    'POST /oidc/token': json(200, { access_token: 'x', expires_in: 3600, scope: 'all' }, { date }),
    '/oidc/.well-known/openid-configuration': (url) =>
      json(200, { issuer: `${new URL(url).origin}/oidc` }, { date }),
  });

  it.each([
    [30_000, 'ok', 'agrees'],
    [-30_000, 'ok', 'agrees'],
    [5 * minute, 'warn', '5 minutes behind Logto'],
    [-5 * minute, 'warn', '5 minutes ahead of Logto'],
    [3 * 60 * minute, 'fail', '3 hours behind Logto'],
    [-3 * 60 * minute, 'fail', '3 hours ahead of Logto'],
  ] as const)('that differs by %d milliseconds is %s', async (shift, status, words) => {
    const { check } = await examined({
      env: { LOGTO_ENDPOINT: 'https://auth.example.com' },
      fetch: standIn(there(shift)),
    });
    expect(check('clock')).toMatchObject({ status, message: expect.stringContaining(words) });
    if (status !== 'ok') {
      expect(check('clock').hint).toContain('NTP');
    }
  });

  it('is checked even when the application is unknown', async () => {
    const { check, failed } = await examined({
      env: { LOGTO_ENDPOINT: 'https://auth.example.com' },
      fetch: standIn({ ...there(5 * minute), ...token(refusals.unknownApplication) }),
    });
    expect(failed).toEqual(['credentials']);
    expect(check('clock').status).toBe('warn');
  });
});
