/** The lines of the log. */
import { expect, it } from 'vitest';
import { Logger, type LoggerOptions } from '../src/logger.js';
import { createLogRedactor } from '../src/logto/redaction.js';

const exchange = (method: string, url: string, status: number) => ({
  method,
  url,
  status,
  milliseconds: 1,
  retries: 0,
  requestId: `${method} ${status}`,
});

function logTo(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const log = new Logger({
    level: 'info',
    human: false,
    write: (line) => lines.push(line),
    now: () => Date.UTC(2026, 10, 25, 9, 30),
    ...options,
  });
  return { lines, log };
}

async function lineOf(exchanges: readonly (readonly [string, string, number])[]) {
  const { lines, log } = logTo();
  await log.around(
    'update_role',
    1,
    async () => {
      for (const item of exchanges) {
        log.exchanged(exchange(...item));
      }
    },
    () => 'ok',
  );
  return JSON.parse(lines[0] ?? '');
}

it('the line of a call names its write, although the guard reads before and after it', async () => {
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

it('a line for people names its numbers, and omits retries when there were none', async () => {
  const { lines, log } = logTo({ human: true });
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

const call = (log: Logger, tool: string, id: string, outcome: string) =>
  log.around(
    tool,
    id,
    async () => undefined,
    () => outcome,
  );

it('nothing is logged at silent, and no call at warn', async () => {
  for (const [level, messages] of [
    ['silent', []],
    ['warn', ['careful']],
  ] as const) {
    const { lines, log } = logTo({ level });
    log.warn('careful');
    await call(log, 'list_roles', '1', 'ok');
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(messages);
    log.error(new Error('broken'));
    expect(lines).toHaveLength(level === 'silent' ? 0 : 2);
  }
});

it('values from outside are quoted for people, and cannot begin a line or imitate a value', async () => {
  const { lines, log } = logTo({ human: true });
  await call(log, 'a\n2026-11-25T09:30:00.000Z  delete_user  ok', 'x  y', 'o\u202ek');
  expect(lines).toEqual([
    '2026-11-25T09:30:00.000Z  "a\\n2026-11-25T09:30:00.000Z  delete_user  ok"  o<U+202E>k  0 ms  0 requests  call "x  y"',
  ]);
});

it('the lines of a stack are indented for people', () => {
  const { lines, log } = logTo({ human: true });
  log.error(new Error('first\n2026  error  second'));
  expect(lines).toHaveLength(1);
  const [first, ...rest] = (lines[0] ?? '').split('\n');
  expect(first).toBe('2026-11-25T09:30:00.000Z  error  Error: first');
  expect(rest.length).toBeGreaterThan(1);
  expect(rest.every((line) => line.startsWith('    '))).toBe(true);
});

it.each([true, false])('long values and messages are shortened (for people: %s)', async (human) => {
  const { lines, log } = logTo({ human });
  await call(log, 'x'.repeat(100_000), 'i'.repeat(100_000), 'o'.repeat(100_000));
  log.warn('w'.repeat(100_000));
  expect(lines.every((line) => line.length < 5000)).toBe(true);
  expect(lines.join()).toContain('(99800 more characters)');
});

it.each([true, false])(
  'secrets are redacted by value in every field (for people: %s)',
  async (human) => {
    const secrets = ['app-secret-value', 'opaque-access-token'];
    const redact = createLogRedactor(() => secrets);
    const { lines, log } = logTo({ human, level: 'debug', redact });
    // The end of the secret is beyond the limit of a value: half of it must not remain.
    await call(log, `${'x'.repeat(190)}app-secret-value`, 'app-secret-value', 'app-secret-value');
    log.warn('sent app-secret-value');
    log.warn('sent opaque-access-token');
    log.error(new Error('authorization: Bearer opaque-access-token'));
    log.exchanged({
      ...exchange('GET', '/api/users', 200),
      requestId: 'opaque-access-token',
    });
    expect(lines).toHaveLength(5);
    expect(lines.join('\n')).not.toMatch(/app-sec|opaque-access/);
    expect(lines.every((line) => line.includes('[redacted]'))).toBe(true);
  },
);
