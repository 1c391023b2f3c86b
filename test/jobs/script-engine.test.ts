/** The interpreter of scripts by itself: its limits, its errors, and attempts to leave it. */
import { describe, expect, it } from 'vitest';
import { type CallAnswer, runScript } from '../../src/jobs/script-engine.js';
import type { ScriptLimits } from '../../src/jobs/script-protocol.js';

const echo = async (name: string, input: string): Promise<CallAnswer> => ({
  ok: true,
  body: JSON.stringify({ result: { name, input: JSON.parse(input) } }),
});

const run = (
  code: string,
  limits: Partial<ScriptLimits> = {},
  call: (name: string, input: string) => Promise<CallAnswer> = echo,
) => runScript({ code, names: ['list_users'], call, limits, signal: AbortSignal.timeout(20_000) });

const valueFrom = async (code: string): Promise<unknown> => {
  const { value, failure } = await run(code);
  expect(failure).toBeUndefined();
  return value === undefined ? undefined : JSON.parse(value);
};

describe('a script', () => {
  it('returns a value and logs', async () => {
    const { value, log } = await run("log('a', { b: 1 }); return { sum: 1 + 2 };");
    expect(JSON.parse(value ?? '')).toEqual({ sum: 3 });
    expect(log).toEqual(['a {"b":1}']);
  });

  it('calls a function of logto with arguments, several at a time', async () => {
    expect(
      await valueFrom(
        'const [a, b] = await Promise.all([logto.list_users({ page: 1 }), logto.list_users()]); return [a.input, b.input];',
      ),
    ).toEqual([{ page: 1 }, {}]);
  });

  it('reads a whole list by name or by function', async () => {
    expect(
      await valueFrom(
        "return [(await logto.all('list_users', {})).name, (await logto.all(logto.list_users)).name];",
      ),
    ).toEqual(['all list_users', 'all list_users']);
  });

  it('gets the error of a call as an exception with kind, code and hint', async () => {
    const { value } = await run(
      'try { await logto.list_users({}); } catch (e) { return [e.message, e.kind, e.code, e.hint]; }',
      {},
      async () => ({
        ok: false,
        body: JSON.stringify({ message: 'no', kind: 'input', code: 'x', hint: 'y' }),
      }),
    );
    expect(JSON.parse(value ?? '')).toEqual(['no', 'input', 'x', 'y']);
  });

  it('gets a list as an array with its page, and a single object as itself', async () => {
    const { value } = await run(
      `const list = await logto.list_users();
       return [list.length, list[0], list.items.length, list.page.total, [...list].length];`,
      {},
      async () => ({ ok: true, body: JSON.stringify({ items: ['a', 'b'], page: { total: 7 } }) }),
    );
    expect(JSON.parse(value ?? '')).toEqual([2, 'a', 2, 7, 2]);
    const outcome = await run(
      'const it = await logto.list_users(); return [it, it.result.id];',
      {},
      async () => ({
        ok: true,
        body: JSON.stringify({ result: { id: 'x' } }),
      }),
    );
    expect(JSON.parse(outcome.value ?? '')).toEqual([{ id: 'x' }, 'x']);
  });

  it('returns nothing when it has no return', async () => {
    expect(await valueFrom('await logto.list_users();')).toBeUndefined();
  });

  it.each([
    ['before it returned', 'logto.list_users(); return 1;'],
    [
      'after it returned',
      '(async () => { for (let i = 0; i < 20; i += 1) await null; logto.list_users(); })(); return 1;',
    ],
  ])('ends only after the calls that it did not wait for, made %s', async (_, code) => {
    let finished = 0;
    const { unawaited, value } = await run(code, {}, async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      finished += 1;
      return { ok: true, body: '1' };
    });
    expect(value).toBe('1');
    expect(unawaited).toBe(1);
    expect(finished).toBe(1);
  });
});

describe('an aborted signal', () => {
  /** Runs a script with a signal that `abort` aborts. */
  const runAborted = (
    code: string,
    call: (abort: () => void) => Promise<CallAnswer>,
    atStart: (abort: () => void) => void = () => {},
  ) => {
    const controller = new AbortController();
    const abort = () => controller.abort(new Error('cancelled'));
    const outcome = runScript({
      code,
      names: [],
      call: () => call(abort),
      signal: controller.signal,
    });
    atStart(abort);
    return outcome;
  };

  it('ends a script whose thread was being taken', async () => {
    await valueFrom('return 1;');
    await expect(
      runAborted(
        'return 1;',
        () => echo('', '{}'),
        (abort) => abort(),
      ),
    ).rejects.toThrow('cancelled');
  });

  it('ends a script that waits for a call', async () => {
    await expect(
      runAborted('await logto.list_users();', (abort) => {
        abort();
        return new Promise(() => {});
      }),
    ).rejects.toThrow('cancelled');
  });

  it('rejects a script that has returned, while a call that it did not wait for runs', async () => {
    await expect(
      runAborted('logto.list_users(); return 1;', async (abort) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        abort();
        return { ok: true, body: '1' };
      }),
    ).rejects.toThrow('cancelled');
  });
});

describe('a mistake', () => {
  it.each([
    ['of syntax', 'let a = 1;\nlet b = ;', 'syntax', 2],
    ['in a name', 'const a = 1;\n\nreturn b;', 'thrown', 3],
    ['that closes the function', '}); await 1; (async () => {', 'syntax', 1],
    ['that throws a text', "throw 'x';", 'thrown', undefined],
    [
      'with a promise that nothing settles',
      'await new Promise(() => {});',
      'never-settled',
      undefined,
    ],
    ['with a value that is no JSON', 'const a = {}; a.a = a; return a;', 'not-json', undefined],
    ['with a bigint', 'return 1n;', 'not-json', undefined],
  ])('%s is reported with its kind and line', async (_, code, kind, line) => {
    const { failure } = await run(code);
    expect(failure?.kind).toBe(kind);
    expect(failure?.line).toBe(line);
  });

  it('in an uncaught call names the line of the call', async () => {
    const { failure } = await run('const x = 1;\nawait logto.list_users({});', {}, async () => ({
      ok: false,
      body: JSON.stringify({ message: 'refused', kind: 'input', code: 'x' }),
    }));
    expect(failure).toMatchObject({ kind: 'thrown', message: 'refused', line: 2 });
    expect(JSON.parse(failure?.cause ?? '')).toEqual({ kind: 'input', code: 'x' });
  });
});

/** Bytes that a script exhausts fast. `attacks.test.ts` exhausts the default limit. */
const SMALL_MEMORY_BYTES = 4 * 1024 * 1024;

describe('a limit', () => {
  it.each([
    [['cpu'], 'while (true) {}', { cpuMs: 50 }],
    [['cpu'], 'for (;;) { await null; }', { cpuMs: 50 }],
    [['cpu'], "/(a+)+$/.test('a'.repeat(50) + 'b');", { cpuMs: 50 }],
    // A built-in function cannot be interrupted from inside: the thread is ended.
    [
      ['cpu'],
      'const a = []; for (;;) a.push(new Array(1e5).fill(1));',
      { cpuMs: 10, cpuGraceMs: 100 },
    ],
    [
      ['memory'],
      'const a = []; for (;;) a.push({ a: 1, b: [1, 2, 3] });',
      { memoryBytes: SMALL_MEMORY_BYTES },
    ],
    [['memory'], 'return new Array(1e9).fill(0);', { memoryBytes: SMALL_MEMORY_BYTES }],
    // The language has limits of its own below that of the memory.
    [['memory', 'thrown'], "let s = 'x'; for (;;) s += s + s;", {}],
    [['memory', 'thrown'], 'new ArrayBuffer(1e10);', {}],
    [['stack'], 'const f = () => f(); f();', {}],
    [['stack'], "JSON.parse('['.repeat(1e6));", {}],
    // A value that is nested too deep to become JSON ends the script by the stack, or by the time on a slow machine.
    [
      ['stack', 'not-json', 'cpu'],
      'let a = []; for (let i = 0; i < 2e4; i += 1) a = [a]; return a;',
      { cpuMs: 10, cpuGraceMs: 100 },
    ],
    [['output'], "return 'x'.repeat(50000);", {}],
    [['output'], "for (let i = 0; i < 100; i += 1) log('x'.repeat(1000));", {}],
  ])('of %s ends %s', async (kinds, code, limits) => {
    const { failure } = await run(code, limits);
    expect(kinds).toContain(failure?.kind);
  });

  it('of wall time ends a script whose call is never answered', async () => {
    const { failure } = await run(
      'await logto.list_users();',
      { wallMs: 200 },
      () => new Promise((resolve) => setTimeout(() => resolve({ ok: true, body: '1' }), 500)),
    );
    expect(failure?.kind).toBe('wall');
  });

  it('of output counts the value and what is logged after it', async () => {
    const { value, log } = await run(
      `(async () => { for (let i = 0; i < 20; i += 1) await null; log('x'.repeat(80)); })();
       return 'y'.repeat(80);`,
      { outputBytes: 100 },
    );
    expect(Buffer.byteLength([value, ...log].join(''))).toBeLessThanOrEqual(100);
  });

  it('ends a script before the calls that it has started end', async () => {
    const called: string[] = [];
    const { failure } = await run(
      `const quick = logto.quick();
       logto.slow();
       log('x'.repeat(200));
       await quick;
       await logto.late();`,
      { outputBytes: 100 },
      async (name) => {
        called.push(name);
        await new Promise((resolve) => setTimeout(resolve, name === 'slow' ? 100 : 0));
        return { ok: true, body: '1' };
      },
    );
    expect(failure?.kind).toBe('output');
    expect(called).toEqual(['quick', 'slow']);
  });

  it('does not affect the next script', async () => {
    await run('while (true) {}', { cpuMs: 50 });
    await run('const f = () => f(); f();');
    expect(await valueFrom('return 1;')).toBe(1);
  });
});

/**
 * What becomes of attempts that are made in one script, one after the other.
 *
 * @param attempts the body of a function, by a name
 * @returns the message of the exception by name; null where there is none
 */
async function messagesOf(
  attempts: readonly (readonly [name: string, code: string])[],
): Promise<Record<string, unknown>> {
  const messages = await valueFrom(`
    const messageOf = (attempt) =>
      attempt().then(() => null, (error) => String(error.message));
    return [${attempts.map(([, code]) => `await messageOf(async () => { ${code} })`).join(',\n')}];`);
  expect(messages).toHaveLength(attempts.length);
  return Object.fromEntries(
    attempts.map(([name], index) => [name, Array.isArray(messages) ? messages[index] : undefined]),
  );
}

/** The same expectation for each of some attempts. */
const each = (attempts: readonly (readonly [string, string])[], expected: unknown) =>
  Object.fromEntries(attempts.map(([name]) => [name, expected]));

describe('an attempt to leave the interpreter', () => {
  const textToCode = [
    ['eval', "eval('1')"],
    ['indirect eval', "(0, eval)('1')"],
    ['Function', "new Function('return 1')()"],
    ['the constructor of a function', "(() => {}).constructor('return 1')()"],
    ['the constructor of log', "log.constructor('return 1')()"],
    ['the constructor of a logto function', "logto.list_users.constructor('return 1')()"],
    ['the constructor of an async function', "(async () => {}).constructor('return 1')()"],
    ['the constructor of a generator', "(function* () {}).constructor('return 1')()"],
    ['the constructor of an async generator', "(async function* () {}).constructor('return 1')()"],
    ['Reflect.construct', "Reflect.construct((() => {}).constructor, ['return 1'])()"],
    [
      'the prototype of an async constructor',
      "Object.getPrototypeOf(async () => {}).constructor('1')",
    ],
  ] as const;

  it('by turning text into code is refused', async () => {
    expect(await messagesOf(textToCode)).toEqual(
      each(textToCode, expect.stringContaining('cannot turn text into code')),
    );
    const { failure } = await run("return eval('1');");
    expect(failure?.message).toContain('cannot turn text into code');
  });

  const foreign = [
    ['import', "await import('node:fs')"],
    ['require', "require('fs')"],
    ['process', 'process.env'],
    ['fetch', "await fetch('http://127.0.0.1')"],
    ['setTimeout', 'setTimeout(() => {}, 1)'],
    ['WebAssembly', 'new WebAssembly.Memory({ initial: 1 })'],
    ['Worker', "new Worker('x')"],
    ['the host functions', 'send(1, 2, 3)'],
  ] as const;

  it('by what Node.js has finds nothing there', async () => {
    expect(await messagesOf(foreign)).toEqual(each(foreign, expect.any(String)));
    expect((await run('return process.env;')).failure?.kind).toBe('thrown');
  });

  it('finds nothing but the language on the global object', async () => {
    const names = await valueFrom('return Object.getOwnPropertyNames(globalThis);');
    expect(names).not.toContain('require');
    expect(names).not.toContain('process');
    expect(names).not.toContain('fetch');
    expect(names).not.toContain('console');
    expect(names).not.toContain('std');
    expect(names).not.toContain('os');
    expect(names).not.toContain('bjson');
  });

  it('by replaced built-in functions does not change what is sent', async () => {
    const calls: string[] = [];
    await run(
      `JSON.stringify = () => '{"id":"evil"}';
       Object.prototype.toJSON = () => ({ id: 'evil' });
       Array.prototype.push = () => { throw 1; };
       Promise.prototype.then = () => {};
       RegExp.prototype.exec = () => null;
       await logto.list_users({ id: 'good' });`,
      { wallMs: 2000 },
      async (name, input) => {
        calls.push(input);
        return echo(name, input);
      },
    );
    // toJSON is part of what JSON means: what it answers is what is recorded, shown and sent.
    expect(calls).toEqual(['{"id":"evil"}']);
  });

  it('by a getter that changes sends the value that was read once', async () => {
    const calls: string[] = [];
    await run(
      "let n = 0; await logto.list_users({ get id() { n += 1; return 'v' + n; } });",
      {},
      async (name, input) => {
        calls.push(input);
        return echo(name, input);
      },
    );
    expect(calls).toEqual(['{"id":"v1"}']);
  });

  it('by a change after the call sends the original arguments', async () => {
    const calls: string[] = [];
    await run(
      "const a = { id: 'good' }; const p = logto.list_users(a); a.id = 'evil'; await p;",
      {},
      async (name, input) => {
        calls.push(input);
        return echo(name, input);
      },
    );
    expect(calls).toEqual(['{"id":"good"}']);
  });

  const changes = [
    ['assignment', "'use strict'; logto.list_users = () => 1;"],
    ['definition', "Object.defineProperty(logto, 'x', { value: 1 });"],
    ['removal', "'use strict'; delete logto.list_users;"],
    ['another prototype', 'Object.setPrototypeOf(logto, {});'],
    ['a member of a function', "'use strict'; logto.list_users.call = 1;"],
  ] as const;

  it('by a change of logto is refused', async () => {
    expect(await messagesOf(changes)).toEqual(each(changes, expect.any(String)));
  });

  it('by answering a call instead of the host fails', async () => {
    expect(
      await valueFrom('return [typeof settle, typeof waiting, typeof names, typeof code];'),
    ).toEqual(['undefined', 'undefined', 'undefined', 'undefined']);
  });

  it('by an endless number of promises ends at a limit', async () => {
    const { failure } = await run(
      'const f = () => Promise.resolve().then(() => { f(); f(); }); f(); await new Promise(() => {});',
      { cpuMs: 100 },
    );
    expect(['cpu', 'memory']).toContain(failure?.kind);
  });
});
