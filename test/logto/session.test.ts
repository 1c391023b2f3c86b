/** What a session makes of answers, over a transport that a test controls. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { id } from '../../src/catalog/fields.js';
import { operation } from '../../src/catalog/operation.js';
import { type Failure, LogtoError } from '../../src/logto/errors.js';
import { createSession } from '../../src/logto/session.js';
import type { Transport } from '../../src/logto/transport.js';
import { answers, breaks, type Fault } from '../support/faults.js';

const json = { 'content-type': 'application/json' };
const text = { 'content-type': 'text/plain; charset=utf-8' };
const html = { 'content-type': 'text/html' };
const fromLogto = { ...text, 'logto-core-request-id': 'abc' };

const getUser = operation('GET /api/users/{userId}', {
  summary: 'Get a user.',
  path: { userId: id('user') },
});
const deleteUser = operation('DELETE /api/users/{userId}', {
  summary: 'Delete a user.',
  risk: [{ risk: 'destructive', because: 'the account is gone' }],
  path: { userId: id('user') },
});
const updateUser = operation('PATCH /api/users/{userId}', {
  summary: 'Change a user.',
  risk: 'none',
  path: { userId: id('user') },
  body: { name: z.string().optional() },
});

const appSecret = 'an-app-secret/with+signs';
const accessToken = 'header.payload.signature';

/** A session whose requests meet these answers, one after the other. */
function sessionWith(...faults: Fault[]) {
  const requests: string[] = [];
  const transport: Transport = (url, init) => {
    if (url.endsWith('/oidc/token')) {
      const body = JSON.stringify({ access_token: accessToken, expires_in: 3600, scope: 'all' });
      return answers(200, body, json)(url, init) as ReturnType<Transport>;
    }
    requests.push(init.method);
    return (faults.shift() ?? answers(200, '{}', json))(url, init) as ReturnType<Transport>;
  };
  const session = createSession({
    endpoint: 'https://auth.example.com',
    appId: 'app',
    appSecret,
    resource: 'https://default.logto.app/api',
    fetch: transport,
    clock: { now: Date.now, random: () => 0, sleep: async () => {} },
  });
  const send = (which: typeof getUser, values: Readonly<Record<string, unknown>> = {}) =>
    session.send(which, { userId: 'u1', ...values }, new AbortController().signal);
  const failure = async (
    which: typeof getUser,
    values?: Readonly<Record<string, unknown>>,
  ): Promise<Failure> => {
    const error = await send(which, values).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof LogtoError)) {
      throw new Error(`It did not fail: ${String(error)}`);
    }
    return error.failure;
  };
  return { session, send, failure, requests };
}

const notFound = answers(404, '{"code":"entity.not_found","message":"Not there."}', json);

describe('the number of attempts', () => {
  it.each([
    ['500', answers(500, '{"message":"Internal server error."}', json)],
    ['503', answers(503, '', text)],
  ])('is reported after a %s, when an earlier attempt may have had an effect', async (_, first) => {
    const { failure } = sessionWith(first, notFound);
    expect(await failure(deleteUser)).toMatchObject({ status: 404, attempts: 2 });
  });

  it.each([
    ['at once', []],
    ['after a connection that was not made', [breaks('ECONNREFUSED')]],
    ['after a 429', [answers(429, '{"code":"x.y","message":"slow"}', json)]],
    ['after a token that was refused', [answers(401, '{"code":"auth.x","message":"no"}', json)]],
  ])('is not reported for a 404 %s: no earlier attempt had an effect', async (_, faults) => {
    const { failure } = sessionWith(...faults, notFound);
    expect(await failure(deleteUser)).not.toHaveProperty('attempts');
  });

  it('is not reported for a request that is not repeated', async () => {
    const { failure, requests } = sessionWith(breaks('ECONNRESET'));
    expect(await failure(updateUser, { name: 'x' })).not.toHaveProperty('attempts');
    expect(requests).toEqual(['PATCH']);
  });
});

describe('a refusal', () => {
  it.each([
    ['a 405 in plain text', answers(405, 'Method Not Allowed', text)],
    ['a 405 with an Allow header', answers(405, 'no', { ...text, allow: 'GET' })],
    ['a 405 as a web page', answers(405, '<html>', html)],
    ['a 403 as a web page', answers(403, '<html>blocked</html>', html)],
    ['a 403 in plain text', answers(403, 'Forbidden', text)],
    ['a 406 of a firewall', answers(406, '<html>', html)],
  ])('of a proxy is named as such, with the method: %s', async (_, fault) => {
    const failure = await sessionWith(fault).failure(updateUser, { name: 'x' });
    expect(failure).toMatchObject({ kind: 'configuration', code: 'refused_by_proxy' });
    expect(failure.message).toContain('refused PATCH');
    expect(failure.message).not.toContain('does not have the operation');
  });

  it.each([
    ['404', answers(404, 'Not Found', fromLogto)],
    ['404 of an older Logto', answers(404, 'Not Found', text)],
    ['405', answers(405, 'Method Not Allowed', { ...fromLogto, allow: 'GET' })],
  ])('of the router of Logto means that the operation is missing: %s', async (_, fault) => {
    expect(await sessionWith(fault).failure(updateUser, { name: 'x' })).toMatchObject({
      kind: 'unavailable',
      code: 'operation_not_served',
    });
  });

  it('with 404 in the words of another program means another address', async () => {
    expect(
      await sessionWith(answers(404, '404 page not found', text)).failure(getUser),
    ).toMatchObject({ code: 'unexpected_answer' });
  });

  it.each([
    [404, fromLogto],
    [413, html],
  ])('of a large body names its size: %i', async (status, headers) => {
    const { failure } = sessionWith(answers(status, 'Not Found', headers));
    const { kind, message } = await failure(updateUser, { name: 'x'.repeat(200_000) });
    expect(kind).toBe('input');
    expect(message).toContain('200011 bytes');
  });
});

describe('an answer', () => {
  it('nested deeper than 200 levels is refused and not retried', async () => {
    const deep = `${'['.repeat(4000)}${']'.repeat(4000)}`;
    const { failure, requests } = sessionWith(answers(200, deep, json));
    expect(await failure(getUser)).toMatchObject({
      code: 'answer_too_large',
      message: expect.stringContaining('200 levels'),
    });
    expect(requests).toHaveLength(1);
  });

  it('that is an error nested so deep is refused in the same way', async () => {
    const deep = `{"data":${'['.repeat(4000)}${']'.repeat(4000)}}`;
    expect(await sessionWith(answers(422, deep, json)).failure(getUser)).toMatchObject({
      code: 'answer_too_large',
    });
  });

  it('with a number beyond 2^53 has a note', async () => {
    const { send } = sessionWith(answers(200, '{"id":725653563933458432}', json));
    expect(await send(getUser)).toMatchObject({ note: expect.stringContaining('2^53') });
  });
});

describe('the secrets of the session', () => {
  const authorization = `Basic ${btoa(`app:${encodeURIComponent(appSecret)}`)}`;

  it.each([
    ['the message', { code: 'a.b', message: `got Bearer ${accessToken} and ${appSecret}` }],
    ['the details', { code: 'a.b', message: 'm', details: `x ${accessToken}\n${authorization}` }],
    ['data', { code: 'a.b', message: 'm', data: { message: encodeURIComponent(appSecret) } }],
    ['the code', { code: appSecret, message: 'm' }],
  ])('are not in an error that repeats them in %s', async (_, body) => {
    const failure = await sessionWith(answers(422, JSON.stringify(body), json)).failure(getUser);
    const shown = JSON.stringify(failure);
    expect(shown).toContain('[redacted]');
    for (const secret of [appSecret, encodeURIComponent(appSecret), accessToken, 'YXBw']) {
      expect(shown).not.toContain(secret);
    }
  });

  it('are not in an error about a redirect', async () => {
    const { failure } = sessionWith(
      answers(302, '', { location: `https://elsewhere.example/${accessToken}` }),
    );
    expect(JSON.stringify(await failure(getUser))).not.toContain(accessToken);
  });

  it('are redacted from any text, the token once there is one', async () => {
    const { session, send } = sessionWith();
    expect(session.redact(`${appSecret} ${accessToken}`)).toBe(`[redacted] ${accessToken}`);
    await send(getUser);
    expect(session.redact(`${appSecret} ${accessToken}`)).toBe('[redacted] [redacted]');
  });
});

describe('a call', () => {
  it('that is refused before sending makes no request', async () => {
    const { failure, requests } = sessionWith();
    expect(await failure(getUser, { userId: 'a/b' })).toMatchObject({ code: 'unsafe_path_value' });
    expect(await failure(updateUser, { name: 'x'.repeat(1_048_576) })).toMatchObject({
      code: 'body_too_large',
    });
    expect(requests).toEqual([]);
  });
});
