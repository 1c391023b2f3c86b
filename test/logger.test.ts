/** The line that a call leaves. */
import { expect, it } from 'vitest';
import { Logger } from '../src/logger.js';

const exchange = (method: string, url: string, status: number) => ({
  method,
  url,
  status,
  milliseconds: 1,
  retries: 0,
  requestId: `${method} ${status}`,
});

async function lineOf(exchanges: readonly (readonly [string, string, number])[]) {
  const lines: string[] = [];
  const log = new Logger({ level: 'info', human: false, write: (line) => lines.push(line) });
  await log.around(
    'update_role',
    1,
    async () => {
      for (const one of exchanges) {
        log.exchanged(exchange(...one));
      }
    },
    () => 'ok',
  );
  return JSON.parse(lines[0] ?? '');
}

it('a call is told by its write, though the guard reads before it and after it', async () => {
  const read = ['GET', '/api/roles/{id}', 200] as const;
  expect(await lineOf([read, ['PATCH', '/api/roles/{id}', 500], read])).toMatchObject({
    operation: 'PATCH /api/roles/{id}',
    status: 500,
    request_id: 'PATCH 500',
    requests: 3,
  });
  expect(await lineOf([read, ['GET', '/api/roles', 200]])).toMatchObject({
    operation: 'GET /api/roles',
  });
  expect(await lineOf([])).not.toHaveProperty('operation');
});

it('a line for a person says what its numbers count, and is silent of retries that were none', async () => {
  const lines: string[] = [];
  const log = new Logger({
    level: 'info',
    human: true,
    write: (line) => lines.push(line),
    now: () => Date.UTC(2026, 10, 25, 9, 30),
  });
  const run = (id: number, ...exchanges: ReturnType<typeof exchange>[]) =>
    log.around(
      'update_role',
      id,
      async () => exchanges.forEach(log.exchanged),
      () => 'ok',
    );
  await run(1);
  await run(2, exchange('GET', '/api/roles/{id}', 200), {
    ...exchange('PATCH', '/api/roles/{id}', 200),
    retries: 2,
  });
  expect(lines).toEqual([
    '2026-11-25T09:30:00.000Z  update_role  ok  0 ms  0 requests  call 1',
    expect.stringMatching(
      / {2}PATCH \/api\/roles\/\{id\} {2}200 {2}ok {2}0 ms {2}2 requests {2}2 retries {2}.*call 2$/,
    ),
  ]);
});
