/** The requests that one call of a session makes: headers, retries, limits of time, and what is reported of each. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { id } from '../../src/catalog/fields.js';
import { operation } from '../../src/catalog/operation.js';
import { type Failure, LogtoError } from '../../src/logto/errors.js';
import { createSession, type SessionOptions } from '../../src/logto/session.js';
import type { Transport, TransportRequest } from '../../src/logto/transport.js';
import { answerOf, answers, breaks, type Fault, hangs } from '../support/faults.js';

const json = { 'content-type': 'application/json', 'logto-core-request-id': 'req-1' };
const path = { userId: id('user') };
const getUser = operation('GET /api/users/{userId}', { summary: 'Get.', path });
const putUser = operation('PUT /api/users/{userId}', {
  summary: 'Set.',
  path,
  body: { name: z.string() },
  risk: 'none',
});
const patchUser = operation('PATCH /api/users/{userId}', {
  summary: 'Change.',
  path,
  body: { name: z.string() },
  risk: 'none',
});
const deleteUser = operation('DELETE /api/users/{userId}', {
  summary: 'Delete.',
  path,
  risk: [{ risk: 'destructive', because: 'it is gone' }],
});

const refusedToken = answers(401, '{"code":"auth.unauthorized","message":"no"}', json);
const notFound = answers(404, '{"code":"entity.not_found","message":"Not there."}', json);

function sessionWith(faults: readonly Fault[], options: Partial<SessionOptions> = {}) {
  const queue = [...faults];
  const sent: { readonly url: string; readonly init: TransportRequest }[] = [];
  const delays: number[] = [];
  const observed: object[] = [];
  let tokens = 0;
  let nowMs = 1_000_000;
  const transport: Transport = (url, init) => {
    if (url.endsWith('/oidc/token')) {
      tokens += 1;
      const body = { access_token: `token-${tokens}`, expires_in: 3600, scope: 'all' };
      return Promise.resolve(answerOf(200, JSON.stringify(body), json));
    }
    sent.push({ url, init });
    return queue.shift()?.(url, init) ?? Promise.resolve(answerOf(200, '{"id":"u1"}', json));
  };
  const session = createSession({
    endpoint: 'https://auth.example.com',
    appId: 'app',
    appSecret: 'an-app-secret',
    resource: 'https://default.logto.app/api',
    fetch: transport,
    clock: {
      now: () => nowMs,
      random: () => 0,
      sleep: async (ms) => {
        delays.push(ms);
        nowMs += ms;
      },
    },
    observe: (event) => void observed.push(event),
    ...options,
  });
  const send = (which: typeof getUser, values = {}, signal = new AbortController().signal) =>
    session.send(which, { userId: 'u1', ...values }, signal);
  const failure = async (which: typeof getUser, values = {}): Promise<Failure> => {
    const error = await send(which, values).catch((reason: unknown) => reason);
    if (!(error instanceof LogtoError)) {
      throw new Error(`It did not fail: ${JSON.stringify(error)}`);
    }
    return error.failure;
  };
  return { session, send, failure, sent, delays, observed };
}

describe('a request', () => {
  it('has the token, accepts JSON, and has no body where there is none', async () => {
    const { send, sent } = sessionWith([]);
    await send(getUser);
    expect(sent[0]).toMatchObject({ url: 'https://auth.example.com/api/users/u1' });
    expect(sent[0]?.init).toMatchObject({ method: 'GET' });
    expect(sent[0]?.init.headers).toEqual({
      authorization: 'Bearer token-1',
      accept: 'application/json',
    });
    expect(sent[0]?.init).not.toHaveProperty('body');
  });

  it('has a JSON body with its type', async () => {
    const { send, sent } = sessionWith([]);
    await send(patchUser, { name: 'Ada' });
    expect(sent[0]?.init.body).toBe('{"name":"Ada"}');
    expect(sent[0]?.init.headers).toEqual({
      authorization: 'Bearer token-1',
      accept: 'application/json',
      'content-type': 'application/json',
    });
  });
});

describe('a refused token', () => {
  it('is renewed once, for any method, and the renewal is no retry', async () => {
    const { send, sent, session, observed, delays } = sessionWith([refusedToken]);
    expect(await send(patchUser, { name: 'Ada' })).toMatchObject({ status: 200 });
    expect(sent.map(({ init }) => init.headers['authorization'])).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
    expect(session.tokenRequests).toBe(2);
    expect(delays).toEqual([]);
    expect(observed).toMatchObject([{ status: 200, retries: 0 }]);
  });

  it('that is refused again is an error, and no third one is requested', async () => {
    const { failure, session } = sessionWith([refusedToken, refusedToken]);
    expect(await failure(getUser)).toMatchObject({ status: 401 });
    expect(session.tokenRequests).toBe(2);
  });
});

describe('an attempt that failed', () => {
  it('is repeated after the delay that the server asks for, by a number or a date', async () => {
    const busy = (after: string) =>
      answers(429, '{"code":"x","message":"slow"}', { ...json, 'retry-after': after });
    const date = new Date(1_000_000 + 7_000 + 3_000).toUTCString();
    const { send, delays } = sessionWith([busy('3'), busy(date)]);
    await send(patchUser, { name: 'Ada' });
    expect(delays).toEqual([3_000, 7_000]);
  });

  it('is repeated for a write only if it was never sent', async () => {
    const never = sessionWith([breaks('ECONNREFUSED')]);
    expect(await never.send(patchUser, { name: 'Ada' })).toMatchObject({ status: 200 });
    const maybe = sessionWith([breaks('ECONNRESET')]);
    await maybe.failure(patchUser, { name: 'Ada' });
    expect(maybe.sent).toHaveLength(1);
  });

  it('with a status below 400 is not repeated', async () => {
    const { failure, sent } = sessionWith([
      answers(302, '', { location: 'https://other.example/' }),
      answers(302, '', { location: 'https://other.example/' }),
    ]);
    await failure(getUser);
    expect(sent).toHaveLength(1);
  });

  it('with status 400 is not repeated either', async () => {
    const { failure, sent } = sessionWith([answers(400, '{"code":"x","message":"no"}', json)]);
    expect(await failure(getUser)).toMatchObject({ status: 400 });
    expect(sent).toHaveLength(1);
  });

  it('is counted if it may have had an effect', async () => {
    const bad = answers(503, '', json);
    const { failure, observed } = sessionWith([bad, bad, bad]);
    expect(await failure(putUser, { name: 'Ada' })).toMatchObject({ status: 503, attempts: 3 });
    expect(observed).toEqual([
      {
        method: 'PUT',
        url: '/api/users/{userId}',
        status: 503,
        milliseconds: 1_500,
        retries: 2,
        requestId: 'req-1',
      },
    ]);
  });
});

describe('a removal', () => {
  it.each([
    ['a connection that broke', breaks('ECONNRESET')],
    ['a 502 of a gateway', answers(502, '', json)],
    ['a 504 of a gateway', answers(504, '', json)],
  ])(
    'whose first answer was lost is done when the second answers not found: %s',
    async (_, fault) => {
      const { send } = sessionWith([fault, notFound]);
      expect(await send(deleteUser)).toMatchObject({
        status: 204,
        note: expect.stringContaining('most likely by this call'),
      });
    },
  );

  it('is done after a second failure too, if Logto itself answered it', async () => {
    const { send } = sessionWith([breaks('ECONNRESET'), answers(503, '', json), notFound]);
    expect(await send(deleteUser)).toMatchObject({ status: 204 });
  });

  it.each([
    ['Logto answered a 503', answers(503, '', json)],
    ['the connection was never made', breaks('ECONNREFUSED')],
  ])('is not reported as done if %s first', async (_, first) => {
    expect(await sessionWith([first, notFound]).failure(deleteUser)).toMatchObject({ status: 404 });
  });

  it('is the only method for which a repeated attempt may end with not found', async () => {
    const { failure } = sessionWith([breaks('ECONNRESET'), notFound]);
    expect(await failure(putUser, { name: 'Ada' })).toMatchObject({ status: 404 });
  });

  it('fails on another error of the second attempt', async () => {
    const conflict = answers(422, '{"code":"x.y","message":"no"}', json);
    const { failure } = sessionWith([breaks('ECONNRESET'), conflict]);
    expect(await failure(deleteUser)).toMatchObject({ status: 422 });
  });
});

describe('an answer', () => {
  const MAX_ANSWER_BYTES = 16 * 2 ** 20;
  const ofLength = (length: number) => `"${'x'.repeat(length - 2)}"`;

  it('may have 16 MB', async () => {
    const { send } = sessionWith([answers(200, ofLength(MAX_ANSWER_BYTES), json)]);
    expect(await send(getUser)).toMatchObject({ status: 200 });
  });

  it('that is larger is refused with its status, and not requested again', async () => {
    const { failure, sent } = sessionWith([answers(200, ofLength(MAX_ANSWER_BYTES + 1), json)]);
    expect(await failure(getUser)).toMatchObject({
      code: 'answer_too_large',
      status: 200,
      message: expect.stringContaining('larger than 16 MB'),
    });
    expect(sent).toHaveLength(1);
  });
});

describe('the time of a call', () => {
  it('ends an attempt that hangs, and then repeats a read', async () => {
    const { send, sent } = sessionWith([hangs], { timeout: 20, deadline: 5_000 });
    expect(await send(getUser)).toMatchObject({ status: 200 });
    expect(sent).toHaveLength(2);
  });

  it('ends at the deadline, and nothing is repeated after it', async () => {
    const { failure, sent } = sessionWith([hangs, hangs], { timeout: 5_000, deadline: 20 });
    const { code, message } = await failure(getUser);
    expect({ code, sent: sent.length }).toEqual({ code: 'timeout', sent: 1 });
    expect(message).toContain('0.02 seconds');
  });

  it('that is over is reported with a possible effect for a write, and without one for a read', async () => {
    const limits = { timeout: 5_000, deadline: 20 };
    const write = await sessionWith([hangs], limits).failure(patchUser, { name: 'Ada' });
    const read = await sessionWith([hangs], limits).failure(getUser);
    expect(JSON.stringify(write)).toMatch(/whether|may have/);
    expect(JSON.stringify(read)).not.toMatch(/whether|may have/);
  });

  it('that is over before a token arrives is reported without a possible effect', async () => {
    const waits: Transport = (url, init) =>
      hangs(url, init) ?? Promise.resolve(answerOf(200, '', json));
    const { failure } = sessionWith([], { fetch: waits, timeout: 5_000, deadline: 20 });
    const error = await failure(patchUser, { name: 'Ada' });
    expect(error.code).toBe('timeout');
    expect(JSON.stringify(error)).not.toMatch(/whether|may have/);
  });
});

describe('a call that is aborted', () => {
  it('throws the reason, and is observed without a status', async () => {
    const controller = new AbortController();
    const { send, observed } = sessionWith([
      (url, init) => {
        setTimeout(() => controller.abort(new Error('given up')), 5);
        return hangs(url, init);
      },
    ]);
    await expect(send(getUser, {}, controller.signal)).rejects.toThrow('given up');
    expect(observed).toMatchObject([{ status: undefined, requestId: undefined, retries: 0 }]);
  });

  it('before it begins sends no request, not even for a token', async () => {
    const { send, session } = sessionWith([]);
    await expect(send(getUser, {}, AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
    expect(session.tokenRequests).toBe(0);
  });
});
