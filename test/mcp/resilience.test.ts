/** What an agent sees when the way to Logto, or Logto, misbehaves: through a real MCP client, in both protocol eras. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/logto/clock.js';
import { createSandbox, type SandboxOptions } from '../../src/sandbox/index.js';
import { type Connected, connectClient, type Era, type Setup } from '../support/client.js';
import { answers, breaks, breaksInBody, type Fault, faulty, hangs } from '../support/faults.js';

const json = { 'content-type': 'application/json; charset=utf-8' };

describe.each<Era>(['legacy', 'modern'])('in the %s era', (era) => {
  const opened: Connected[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((connected) => connected.close()));
  });

  /** A client over a sandbox, with faults in between; waits are recorded instead of waited. */
  async function connect(
    faults: readonly Fault[] = [],
    options: { sandbox?: SandboxOptions; session?: Setup['session'] } = {},
  ) {
    const sandbox = createSandbox(options.sandbox);
    const waits: number[] = [];
    const clock: Clock = {
      now: options.sandbox?.now ?? Date.now,
      random: () => 0,
      sleep: async (milliseconds) => {
        waits.push(milliseconds);
      },
    };
    const { fetch, seen } = faulty(sandbox.fetch, faults);
    const connected = await connectClient({ fetch, era, session: { clock, ...options.session } });
    opened.push(connected);
    return { ...connected, sandbox, waits, seen };
  }

  it('asks for one token for 50 calls at once', async () => {
    const { call, session } = await connect();
    const all = await Promise.all(Array.from({ length: 50 }, () => call('list_roles', {})));
    expect(all.every((outcome) => outcome.ok)).toBe(true);
    expect(session.tokenRequests).toBe(1);
  });

  it('reads a list to its end by next_page', async () => {
    const { call } = await connect();
    const ids: unknown[] = [];
    for (let page: number | null = 1; page !== null; ) {
      const outcome = await call('list_users', { page, page_size: 7 });
      if (!outcome.ok) {
        expect.fail(outcome.error.message);
      }
      ids.push(...(outcome.answer.items ?? []).map((item) => item.id));
      page = outcome.answer.page?.next_page ?? null;
    }
    const whole = await call('list_users', { page_size: 1 });
    expect(whole).toMatchObject({ answer: { page: { total: ids.length } } });
    expect(ids.length).toBeGreaterThan(50);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('renews an expired token in the middle of use', async () => {
    let time = Date.now();
    const { call, session } = await connect([], { sandbox: { now: () => time } });
    expect(await call('list_roles', {})).toMatchObject({ ok: true });
    time += 3_700_000;
    expect(await call('list_roles', {})).toMatchObject({ ok: true });
    expect(session.tokenRequests).toBe(2);
  });

  it('renews once for many calls whose token is refused, a write among them', async () => {
    const { call, session, sandbox } = await connect();
    await call('list_roles', {});
    sandbox.revokeTokens();
    const all = await Promise.all([
      ...Array.from({ length: 20 }, () => call('list_roles', {})),
      call('create_role', { name: 'Auditor', description: 'Reads' }),
    ]);
    expect(all.filter((outcome) => !outcome.ok)).toEqual([]);
    expect(session.tokenRequests).toBe(2);
  });

  it('gives up when a new token is refused too, and says what to check', async () => {
    const refusal = answers(401, '{"code":"auth.unauthorized","message":"no"}', json);
    const { call, seen } = await connect([refusal, refusal]);
    expect(await call('list_roles', {})).toMatchObject({
      ok: false,
      error: { kind: 'configuration', status: 401, code: 'auth.unauthorized' },
    });
    expect(seen.filter((line) => line === 'GET /api/roles')).toHaveLength(2);
  });

  it.each(['create_role', 'list_roles'])(
    'waits as long as a 429 asks before it repeats %s',
    async (tool) => {
      const busy = answers(429, '{"code":"request.rate_limited","message":"slow down"}', {
        ...json,
        'retry-after': '4',
      });
      const { call, waits } = await connect([busy]);
      const values = tool === 'create_role' ? { name: 'Patient', description: 'Waits' } : {};
      expect(await call(tool, values)).toMatchObject({ ok: true });
      expect(waits).toEqual([4000]);
    },
  );

  it('reports a long Retry-After to the agent instead of waiting', async () => {
    const busy = answers(429, '{"code":"request.rate_limited","message":"slow down"}', {
      ...json,
      'retry-after': '600',
    });
    const { call, waits } = await connect([busy]);
    expect(await call('list_roles', {})).toMatchObject({
      ok: false,
      error: { kind: 'rate_limit', status: 429, retry_after: 600 },
    });
    expect(waits).toEqual([]);
  });

  it.each([
    ['breaks in the middle of a body', breaksInBody],
    ['is reset', breaks('ECONNRESET')],
    ['answers 502', answers(502, 'Bad Gateway', { 'content-type': 'text/html' })],
  ])('repeats a read when the connection %s', async (_, fault) => {
    const { call, seen } = await connect([fault]);
    expect(await call('list_roles', {})).toMatchObject({ ok: true });
    expect(seen.filter((line) => line === 'GET /api/roles')).toHaveLength(2);
  });

  it('never repeats a POST that may have arrived, and says that it may have', async () => {
    const { call, seen } = await connect([breaksInBody]);
    const outcome = await call('create_role', { name: 'Once', description: 'Only' });
    expect(outcome).toMatchObject({
      ok: false,
      error: { kind: 'unavailable', code: 'ECONNRESET' },
    });
    expect(JSON.stringify(outcome)).toContain('may have been made');
    expect(seen.filter((line) => line === 'POST /api/roles')).toHaveLength(1);
  });

  it('repeats a POST that was never sent', async () => {
    const { call, seen } = await connect([breaks('ECONNREFUSED')]);
    expect(await call('create_role', { name: 'Twice', description: 'Tried' })).toMatchObject({
      ok: true,
    });
    expect(seen.filter((line) => line === 'POST /api/roles')).toHaveLength(2);
  });

  it('ends a call on a server that hangs', async () => {
    const { call } = await connect([hangs, hangs, hangs], { session: { timeout: 20 } });
    expect(await call('list_roles', {})).toMatchObject({
      ok: false,
      error: { kind: 'unavailable', code: 'timeout' },
    });
  });

  it('recognizes a 413 of a proxy in HTML', async () => {
    const html = { 'content-type': 'text/html' };
    const { call } = await connect([answers(413, '<html>too large</html>', html)]);
    expect(await call('list_roles', {})).toMatchObject({
      error: { kind: 'input', status: 413, hint: expect.stringContaining('too large') },
    });
  });

  it('ends a call with all its attempts at one deadline, before the timeout of the client', async () => {
    const { call, seen } = await connect([hangs, hangs, hangs], {
      session: { timeout: 200, deadline: 300 },
    });
    expect(await call('list_roles', {})).toMatchObject({
      ok: false,
      error: { code: 'timeout', message: expect.stringContaining('within 0.3 seconds') },
    });
    expect(seen.filter((line) => line === 'GET /api/roles')).toHaveLength(2);
  });

  it('includes the token request in that deadline, and reports that the call was not sent', async () => {
    const connected = await connectClient({
      era,
      fetch: (url, init) => hangs(url, init) ?? Promise.reject(new Error('It must hang.')),
      session: { deadline: 100 },
    });
    opened.push(connected);
    const outcome = await connected.call('create_role', { name: 'Late', description: 'Late' });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'timeout' } });
    expect(JSON.stringify(outcome)).not.toContain('may have been made');
  });

  it('reports after a write that hung that the change may have been made', async () => {
    const { call } = await connect([hangs], { session: { timeout: 50, deadline: 20 } });
    expect(await call('create_role', { name: 'Late', description: 'Late' })).toMatchObject({
      error: { code: 'timeout', message: expect.stringContaining('may have been made') },
    });
  });

  it('treats a removal as done when the first answer is lost and the retry answers not found', async () => {
    const notFound = answers(404, '{"code":"entity.not_found","message":"Not there"}', json);
    /** What a removal answers when its tries meet these faults. */
    const remove = async (...faults: Fault[]) => {
      const onRemovals: Fault = (url, init) =>
        init.method === 'DELETE' ? faults.shift()?.(url, init) : undefined;
      const { call } = await connect(Array.from({ length: 20 }, () => onRemovals));
      return call('delete_role_scope', { id: 'a-role', scopeId: 'a-scope' });
    };
    for (const lostAnswer of [
      breaks('ECONNRESET'),
      answers(502, 'x', { 'content-type': 'text/html' }),
    ]) {
      expect(await remove(lostAnswer, notFound)).toMatchObject({
        ok: true,
        answer: { done: true, notes: [expect.stringContaining('The answer to the first attempt')] },
      });
    }
    for (const faults of [[notFound], [breaks('ECONNREFUSED'), notFound]]) {
      expect(await remove(...faults)).toMatchObject({ ok: false, error: { kind: 'not_found' } });
    }
  });

  it.each([
    [
      'a web page',
      answers(200, '<html>sign in</html>', { 'content-type': 'text/html' }),
      'a web page',
    ],
    ['half of a JSON', answers(200, '[{"id":', json), 'breaks off'],
    [
      'a redirect',
      answers(301, '', { location: 'https://other.example/api/roles?token=x' }),
      'a redirect to https://other.example/api/roles ',
    ],
  ])('reports %s as a wrong address', async (_, fault, words) => {
    const { call } = await connect([fault, fault, fault]);
    const outcome = await call('list_roles', {});
    expect(outcome).toMatchObject({
      ok: false,
      error: { kind: 'configuration', code: 'unexpected_answer' },
    });
    expect(JSON.stringify(outcome)).toContain(words);
    expect(JSON.stringify(outcome)).not.toContain('sign in');
  });

  it('distinguishes a missing route from a missing entity', async () => {
    const { call } = await connect([answers(404, 'Not Found', { 'content-type': 'text/plain' })]);
    expect(await call('get_role', { id: 'x' })).toMatchObject({
      error: { kind: 'unavailable', code: 'operation_not_served' },
    });
    expect(await call('get_role', { id: 'x' })).toMatchObject({
      error: { kind: 'not_found', code: 'entity.not_exists_with_id' },
    });
  });

  it('aborts the request of a cancelled call', async () => {
    let aborted: unknown;
    const watched: Fault = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = signal.reason;
          reject(signal.reason);
        });
      });
    const { client } = await connect([watched]);
    const controller = new AbortController();
    const result = client.callTool(
      { name: 'list_roles', arguments: {} },
      { signal: controller.signal },
    );
    setTimeout(() => controller.abort('no longer needed'), 30);
    await expect(result).rejects.toThrow();
    await expect.poll(() => aborted).toBeDefined();
  });
});
