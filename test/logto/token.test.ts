import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/logto/clock.js';
import { LogtoError } from '../../src/logto/errors.js';
import { createTokenSource } from '../../src/logto/token.js';
import type { TransportResponse } from '../../src/logto/transport.js';

const credentials = {
  endpoint: 'https://auth.example.com',
  appId: 'app',
  appSecret: 's3cret/+',
  resource: 'https://default.logto.app/api',
};

const answer = (status: number, body: unknown, type = 'application/json'): TransportResponse => ({
  status,
  headers: { get: (name) => (name === 'content-type' ? type : null) },
  text: async () => (typeof body === 'string' ? body : JSON.stringify(body)),
});

/** A new signal for each caller, as in a server. */
const newSignal = () => new AbortController().signal;

/** A token endpoint whose answers the test releases one by one. */
function endpoint() {
  let time = 0;
  const pendingReplies: ((reply: TransportResponse | Error) => void)[] = [];
  const requests: { url: string; headers: Readonly<Record<string, string>>; body: unknown }[] = [];
  const clock: Clock = { now: () => time, random: () => 0, sleep: async () => {} };
  const source = createTokenSource(
    credentials,
    (url, { headers, body }) => {
      requests.push({ url, headers, body });
      return new Promise((resolve, reject) =>
        pendingReplies.push((reply) => (reply instanceof Error ? reject(reply) : resolve(reply))),
      );
    },
    clock,
  );
  return {
    source,
    requests,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    reply: async (reply: TransportResponse | Error) => {
      pendingReplies.shift()?.(reply);
      await new Promise((resolve) => setImmediate(resolve));
    },
    token: (name: string, seconds = 3600) =>
      answer(200, { access_token: name, expires_in: seconds, token_type: 'Bearer', scope: 'all' }),
  };
}

describe('the token', () => {
  it('is requested with Basic authentication, the resource and the scope', async () => {
    const { source, requests, reply, token } = endpoint();
    const got = source.get(newSignal());
    await reply(token('one'));
    expect(await got).toBe('one');
    expect(requests[0]?.url).toBe('https://auth.example.com/oidc/token');
    expect(requests[0]?.headers['authorization']).toBe(`Basic ${btoa('app:s3cret%2F%2B')}`);
    expect(Object.fromEntries(new URLSearchParams(String(requests[0]?.body)))).toEqual({
      grant_type: 'client_credentials',
      resource: 'https://default.logto.app/api',
      scope: 'all',
    });
  });

  it('is requested once, however many callers wait', async () => {
    const { source, requests, reply, token } = endpoint();
    const all = Promise.all(Array.from({ length: 50 }, () => source.get(newSignal())));
    await reply(token('one'));
    expect(new Set(await all)).toEqual(new Set(['one']));
    expect(requests).toHaveLength(1);
    expect(source.requests).toBe(1);
  });

  it('is renewed a minute before its end', async () => {
    const { source, requests, reply, token, pass } = endpoint();
    expect(source.life).toBeUndefined();
    const first = source.get(newSignal());
    await reply(token('one'));
    await first;
    expect(source.life).toBe(3600_000);
    pass(3539_000);
    expect(await source.get(newSignal())).toBe('one');
    pass(2_000);
    const second = source.get(newSignal());
    await reply(token('two'));
    expect(await second).toBe('two');
    expect(requests).toHaveLength(2);
  });

  it('is used in its last minute when the token endpoint fails', async () => {
    const { source, reply, token, pass } = endpoint();
    const first = source.get(newSignal());
    await reply(token('one'));
    await first;
    pass(3545_000);
    const second = source.get(newSignal());
    await reply(answer(400, { error: 'invalid_client' }));
    expect(await second).toBe('one');
  });

  it('is dropped once, however many callers report it', async () => {
    const { source, requests, reply, token } = endpoint();
    const first = source.get(newSignal());
    await reply(token('one'));
    await first;
    source.drop('one');
    const renewed = source.get(newSignal());
    source.drop('one');
    await reply(token('two'));
    expect(await renewed).toBe('two');
    source.drop('one');
    expect(await source.get(newSignal())).toBe('two');
    expect(requests).toHaveLength(2);
  });

  it('is not replaced by an older one that arrives late', async () => {
    const { source, requests, reply, token, pass } = endpoint();
    const first = source.get(newSignal());
    await reply(token('one'));
    await first;
    pass(3545_000);
    const early = source.get(newSignal());
    source.drop('one');
    const late = source.get(newSignal());
    expect(requests).toHaveLength(3);
    await reply(token('early'));
    await reply(token('late'));
    expect(await early).toBe('early');
    expect(await late).toBe('late');
    expect(await source.get(newSignal())).toBe('late');
  });

  it('stays the newer one when the older one arrives last', async () => {
    const replies: ((reply: TransportResponse) => void)[] = [];
    let time = 0;
    const source = createTokenSource(
      credentials,
      () => new Promise((resolve) => replies.push(resolve)),
      { now: () => time, random: () => 0, sleep: async () => {} },
    );
    const body = (name: string) =>
      answer(200, { access_token: name, expires_in: 3600, scope: 'all' });
    const first = source.get(newSignal());
    replies[0]?.(body('one'));
    await first;
    time += 3545_000;
    const early = source.get(newSignal());
    source.drop('one');
    const late = source.get(newSignal());
    // A request of the former generation that ends must leave the pending one to other callers.
    replies[1]?.(body('early'));
    expect(await early).toBe('early');
    const other = source.get(newSignal());
    replies[2]?.(body('late'));
    expect(await Promise.all([late, other])).toEqual(['late', 'late']);
    expect(source.current).toBe('late');
    expect(source.requests).toBe(3);
    expect(source.issued).toEqual(['late', 'early', 'one']);
  });

  it('keeps the last four for redaction, and none before the first', async () => {
    const { source, reply, token } = endpoint();
    expect(source.issued).toEqual([]);
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      const next = source.get(newSignal());
      await reply(token(name));
      source.drop(await next);
    }
    expect(source.issued).toEqual(['five', 'four', 'three', 'two']);
  });

  it.each([
    [30, 14_999, 15_000],
    [3600, 3539_999, 3540_000],
  ])('of %i seconds is used until %i ms and not at %i ms', async (seconds, lastUse, end) => {
    const { source, reply, token, pass } = endpoint();
    const first = source.get(newSignal());
    await reply(token('one', seconds));
    await first;
    pass(lastUse);
    expect(source.current).toBe('one');
    pass(end - lastUse);
    expect(source.current).toBeUndefined();
  });

  it('that has ended is not used when the token endpoint fails', async () => {
    const { source, reply, token, pass } = endpoint();
    const first = source.get(newSignal());
    await reply(token('one'));
    await first;
    pass(3600_000);
    const second = source.get(newSignal()).catch((failure: unknown) => failure);
    await reply(answer(400, { error: 'invalid_client' }));
    expect(await second).toBeInstanceOf(LogtoError);
  });

  it('is an error when the connection breaks three times, with the cause', async () => {
    const { source, reply, requests } = endpoint();
    const got = source.get(newSignal()).catch((failure: unknown) => failure);
    const broken = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    for (let tries = 0; tries < 3; tries += 1) {
      await reply(broken);
    }
    expect(await got).toMatchObject({ failure: { kind: 'unavailable' }, cause: broken });
    expect(requests).toHaveLength(3);
  });

  it('arrives for the other callers when one is cancelled', async () => {
    const { source, reply, token } = endpoint();
    const cancelled = new AbortController();
    const aborted = source.get(cancelled.signal);
    const other = source.get(newSignal());
    cancelled.abort(new Error('cancelled'));
    await expect(aborted).rejects.toThrow('cancelled');
    await reply(token('one'));
    expect(await other).toBe('one');
  });

  it('is requested again after a broken connection and a 503', async () => {
    const { source, requests, reply, token } = endpoint();
    const got = source.get(newSignal());
    await reply(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    await reply(answer(503, 'down', 'text/plain'));
    await reply(token('one'));
    expect(await got).toBe('one');
    expect(requests).toHaveLength(3);
  });

  it.each([
    ['invalid_client', 401, 'configuration', 'LOGTO_APP_SECRET'],
    ['invalid_target', 400, 'configuration', 'LOGTO_TENANT_ID'],
    ['unauthorized_client', 400, 'configuration', 'Machine-to-machine'],
    ['invalid_scope', 400, 'permission', 'Management API access'],
    ['something_else', 400, 'configuration', 'LOGTO_APP_ID'],
  ])('that is refused with %s names the setting', async (error, status, kind, words) => {
    const { source, reply } = endpoint();
    const got = source.get(newSignal()).catch((failure: unknown) => failure);
    await reply(answer(status, { error, error_description: 'x' }));
    const failure = await got;
    expect(failure).toBeInstanceOf(LogtoError);
    expect(failure).toMatchObject({ failure: { kind } });
    expect(JSON.stringify(failure)).toContain(words);
    expect(JSON.stringify(failure)).not.toContain('s3cret');
  });

  // What Logto 1.42 was seen to answer, word for word.
  it.each([
    [400, 'invalid_client', 'invalid client app', 'unknown_application'],
    [401, 'invalid_client', 'client authentication failed', 'wrong_secret'],
    [400, 'invalid_request', 'client secret has expired', 'secret_expired'],
    [
      400,
      'invalid_request',
      'requested grant type is not allowed for this client',
      'wrong_application_type',
    ],
    [400, 'invalid_redirect_uri', 'redirect_uris must contain members', 'wrong_application_type'],
    [400, 'invalid_request', 'no client authentication mechanism provided', 'invalid_request'],
  ])('that is refused with %d %s (%s) has the code %s', async (status, error, text, code) => {
    const { source, reply } = endpoint();
    const got = source.get(newSignal()).catch((failure: unknown) => failure);
    await reply(answer(status, { code: `oidc.${error}`, error, error_description: text }));
    expect(await got).toMatchObject({ failure: { kind: 'configuration', code, status } });
  });

  it('that is refused because the quota is used up is a rate limit', async () => {
    const { source, reply } = endpoint();
    const got = source.get(newSignal()).catch((failure: unknown) => failure);
    for (let tries = 0; tries < 3; tries += 1) {
      await reply(answer(429, { code: 'auth.exceed_token_limit', message: 'Exceeded.' }));
    }
    expect(await got).toMatchObject({ failure: { kind: 'rate_limit' } });
  });

  it.each([
    ['without the scope', { access_token: 'x', expires_in: 3600 }, 'management_api_role_missing'],
    [
      'with another scope',
      { access_token: 'x', expires_in: 3600, scope: 'allies' },
      'management_api_role_missing',
    ],
    ['as a web page', '<!doctype html>', 'unexpected_answer'],
    ['without a token', { ok: true, expires_in: 3600, scope: 'all' }, 'unexpected_answer'],
    ['without an end', { access_token: 'x', scope: 'all' }, 'unexpected_answer'],
    ['as JSON that is no object', 'null', 'unexpected_answer'],
    ['as a JSON text', '"x"', 'unexpected_answer'],
  ])(
    'that is answered %s is refused, and the next call requests another',
    async (_, body, code) => {
      const { source, requests, reply, token } = endpoint();
      const got = source.get(newSignal()).catch((failure: unknown) => failure);
      await reply(answer(200, body));
      expect(await got).toMatchObject({ failure: { code } });
      const next = source.get(newSignal());
      await reply(token('one'));
      expect(await next).toBe('one');
      expect(requests).toHaveLength(2);
    },
  );
});
