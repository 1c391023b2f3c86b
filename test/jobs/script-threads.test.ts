/** Which threads run another script, and which are ended. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { afterEach, expect, it, vi } from 'vitest';
import { runScript } from '../../src/jobs/script-engine.js';
import type { ScriptLimits } from '../../src/jobs/script-protocol.js';
import { ScriptThread } from '../../src/jobs/script-threads.js';

const run = (code: string, limits: Partial<ScriptLimits> = {}) =>
  runScript({
    code,
    names: [],
    call: async () => ({ ok: true, body: '1' }),
    limits,
    signal: AbortSignal.timeout(20_000),
  });

/** The thread that the next script gets. */
async function nextThread(): Promise<number> {
  const thread = await ScriptThread.take();
  await thread.keep();
  return thread.worker.threadId;
}

afterEach(() => {
  vi.useRealTimers();
});

it.each([
  ['returned', 'return 1;'],
  ['has thrown', 'throw new Error();'],
  ['has an error of syntax', 'let'],
  [
    'is in a loop at its end',
    '(async () => { for (let i = 0; i < 20; i += 1) await null; for (;;); })(); return 1;',
  ],
])('a thread whose script %s runs the next one', async (_, code) => {
  const before = await nextThread();
  await run(code);
  expect(await nextThread()).toBe(before);
});

it.each([
  ['exceeded its time', 'while (true) {}', { cpuMs: 50 }],
  ['used much memory', 'return new Uint8Array(2e7).length;', {}],
  [
    'cannot be interrupted at its end',
    '(async () => { for (let i = 0; i < 20; i += 1) await null; for (;;) new Array(1e5).fill(1); })(); return 1;',
    {},
  ],
] as const)('a thread whose script %s is ended', async (_, code, limits) => {
  const before = await nextThread();
  await run(code, limits);
  expect(await nextThread()).not.toBe(before);
});

it('a script finds nothing of the one before', async () => {
  const thread = await nextThread();
  await run(`
    globalThis.left = 1;
    Object.prototype.left = 1;
    Array.prototype.map = () => 'replaced';
    JSON.stringify = () => '"replaced"';
    return 1;`);
  expect(await nextThread()).toBe(thread);
  const { value } = await run('return [typeof left, typeof ({}).left, [1].map((n) => n + 1)];');
  expect(value).toBe('["undefined","undefined",[2]]');
});

it('the calls of a script belong to its request, also in the thread of another one', async () => {
  const request = new AsyncLocalStorage<string>();
  const callers: (string | undefined)[] = [];
  const runFor = (person: string) =>
    request.run(person, () =>
      runScript({
        code: 'return logto.list_users();',
        names: ['list_users'],
        call: async () => {
          callers.push(request.getStore());
          return { ok: true, body: '1' };
        },
        signal: AbortSignal.timeout(20_000),
      }),
    );
  await runFor('ada');
  const thread = await nextThread();
  await runFor('rio');
  expect(await nextThread()).toBe(thread);
  expect(callers).toEqual(['ada', 'rio']);
});

it('a thread that waits for too long is ended', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const thread = await ScriptThread.take();
  await thread.keep();
  const { threadId } = thread.worker;
  const ended = once(thread.worker, 'exit');
  vi.advanceTimersByTime(60_000);
  await ended;
  expect(await nextThread()).not.toBe(threadId);
});

it('a thread that has ended does not wait for a script', async () => {
  const thread = await ScriptThread.take();
  const { threadId } = thread.worker;
  await thread.worker.terminate();
  await thread.keep();
  expect(await nextThread()).not.toBe(threadId);
  expect((await run('return 1;', { wallMs: 5_000 })).value).toBe('1');
});
