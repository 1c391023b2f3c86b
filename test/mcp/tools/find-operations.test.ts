import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/guard/policy/policy.js';
import { memberOf } from '../../../src/json.js';
import { propertiesOf } from '../../../src/mcp/operation-tools.js';
import { MAX_FOUND_BYTES } from '../../../src/mcp/search/answer.js';
import { answers as answerFacts } from '../../../src/mcp/search/answers.js';
import { shallowAnswer, typeNotation } from '../../../src/mcp/search/signature.js';
import { type Connected, connectSandbox, tools } from '../../support/client.js';
import type { Outcome } from '../../walks/walk.js';

/** With the selection `none`, for all tests: the index of the search is built by the first question of a connection. */
let connected: Connected;
beforeAll(async () => {
  connected = await connectSandbox({ registry: { selection: 'none' } });
});
afterAll(() => connected.close());

const questionsByName = new Map<string, Promise<Outcome>>();

/** The answer to the name of an operation alone: several tests check it, and it is asked for once. */
const askedByName = (words: string): Promise<Outcome> => {
  const answer = questionsByName.get(words) ?? connected.call('find_operations', { words });
  questionsByName.set(words, answer);
  return answer;
};

/**
 * The arguments of all operations, those with the same name and schema once: an answer about one argument has nothing
 * else of the operation, except that `fields` shows its answer.
 */
const distinctArguments = [
  ...new Map(
    tools.flatMap(({ name, listing }) =>
      Object.entries(propertiesOf(listing.inputSchema)).map(([argument, schema]) => [
        JSON.stringify([argument, schema, argument === 'fields' && answerFacts.get(name)]),
        { name, argument, schema },
      ]),
    ),
  ).values(),
];

describe('find_operations', () => {
  it('finds an operation by what it does, with its arguments', async () => {
    const answer = await connected.call('find_operations', { words: 'suspend a user' });
    expect(answer).toMatchObject({
      ok: true,
      answer: {
        items: expect.arrayContaining([
          expect.objectContaining({
            operation: 'update_user_is_suspended',
            run_with: 'run_write_operation',
            signature: expect.stringMatching(
              /^logto\.update_user_is_suspended\(\{ userId: string \/\* from list_users \*\/; isSuspended: boolean .*\): \{id, /,
            ),
          }),
        ]),
      },
    });
  });

  it('finds an exact name first, in any spelling', async () => {
    for (const words of ['delete_role', 'Delete role']) {
      const answer = await connected.call('find_operations', { words, limit: 1 });
      expect(answer).toMatchObject({ ok: true, answer: { items: [{ operation: 'delete_role' }] } });
    }
  });

  it('says so when nothing matches', async () => {
    const answer = await connected.call('find_operations', { words: 'xyzzy qqqq' });
    expect(answer).toMatchObject({ ok: true, answer: { items: [], notes: [expect.any(String)] } });
  });

  it('runs a read, a write and a removal, each with its own runner', async () => {
    const listed = await connected.call('run_read_operation', {
      operation: 'list_roles',
      arguments: { page_size: 2, fields: ['id'] },
    });
    expect(listed).toMatchObject({ ok: true, answer: { page: { page_size: 2 } } });
    const created = await connected.call('run_write_operation', {
      operation: 'create_role',
      arguments: { name: 'Found', description: 'By the finder' },
    });
    expect(created).toMatchObject({ ok: true });
    const id = created.ok ? created.answer.result?.id : undefined;
    const removed = await connected.call('run_destructive_operation', {
      operation: 'delete_role',
      arguments: { id },
    });
    expect(removed).toEqual({
      ok: true,
      answer: {
        done: true,
        did: { operation: 'delete_role', id },
        change: expect.stringMatching(/^c-/),
      },
    });
  });

  it('refuses the wrong runner with the right one, and sends nothing', async () => {
    const refused = await connected.call('run_read_operation', {
      operation: 'delete_role',
      arguments: { id: 'support' },
    });
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'wrong_runner', hint: expect.stringContaining('run_destructive_operation') },
    });
    const still = await connected.call('run_read_operation', {
      operation: 'get_role',
      arguments: { id: 'support' },
    });
    expect(still.ok).toBe(true);
  });

  it('checks arguments as the typed tool does', async () => {
    const refused = await connected.call('run_write_operation', {
      operation: 'create_role',
      arguments: { nmae: 'x', description: 'y' },
    });
    expect(refused).toMatchObject({ ok: false, error: { code: 'invalid_arguments' } });
    expect(JSON.stringify(refused)).toContain('inside arguments. Did you mean \\"name\\"');
  });

  it('says which of its arguments must be inside arguments, and what is wrong inside', async () => {
    const outside = await connected.call('run_read_operation', {
      operation: 'list_roles',
      page_size: 5,
      colour: 'red',
    });
    expect(outside).toMatchObject({
      ok: false,
      error: {
        details: [
          '"page_size" must be inside "arguments".',
          expect.stringContaining('There is no argument "colour".'),
        ],
      },
    });
    const inside = await connected.call('run_read_operation', {
      operation: 'list_roles',
      arguments: { page_size: 500 },
    });
    expect(JSON.stringify(inside)).toContain('arguments.page_size must be at most 100');
    const previewed = await connected.call('preview_operation', {
      operation: 'delete_role',
      id: 'support',
    });
    expect(JSON.stringify(previewed)).toContain('\\"id\\" must be inside \\"arguments\\".');
  });

  it('names the nearest operation for one that does not exist', async () => {
    const refused = await connected.call('run_read_operation', { operation: 'list_rolse' });
    expect(refused).toMatchObject({
      ok: false,
      error: { hint: expect.stringContaining('list_roles') },
    });
  });

  it('reaches every operation by its name', async () => {
    for (const { name } of tools) {
      const answer = await askedByName(name);
      expect(answer).toMatchObject({ ok: true, answer: { items: [{ operation: name }] } });
    }
  });
});

describe('an excluded operation', () => {
  it('is refused as excluded by every tool, and no other is recommended', async () => {
    const policy = defaultPolicy({ confirm: 'never', deny: ['delete_user'] });
    const { call, close } = await connectSandbox({ policy, registry: { selection: 'default' } });
    const runs = [
      call('delete_user', { userId: 'x' }),
      call('run_destructive_operation', { operation: 'delete_user', arguments: { userId: 'x' } }),
      call('preview_operation', { operation: 'delete_user', arguments: { userId: 'x' } }),
    ];
    for (const refused of await Promise.all(runs)) {
      expect(refused).toMatchObject({ ok: false, error: { code: 'forbidden_by_policy' } });
      expect(JSON.stringify(refused)).not.toContain('Did you mean');
    }
    const answer = await call('find_operations', { words: 'delete_user' });
    expect(JSON.stringify(answer)).toContain('The best match is delete_user.');
    await close();
  });

  it('is named by find_operations in read-only mode', async () => {
    const { call, close } = await connectSandbox({ registry: { readOnly: true } });
    const answer = await call('find_operations', { words: 'suspend a user' });
    expect(answer).toMatchObject({
      ok: true,
      answer: {
        notes: expect.arrayContaining([
          expect.stringContaining('excludes update_user_is_suspended'),
        ]),
      },
    });
    expect(await call('find_operations', { words: 'list users', limit: 1 })).toMatchObject({
      ok: true,
      answer: { items: [{ operation: 'list_users' }] },
    });
    await close();
  });

  it('is refused by collect_pages', async () => {
    const { call, close } = await connectSandbox({ registry: { selection: 'all,!list_users' } });
    expect(
      await call('collect_pages', { operation: 'list_users', count_only: true }),
    ).toMatchObject({ ok: false, error: { code: 'excluded' } });
    await close();
  });

  it('is not recommended when its runner is excluded', async () => {
    const selection = 'none,!run_destructive_operation';
    const { call, close } = await connectSandbox({ registry: { selection } });
    const answer = await call('find_operations', { words: 'delete role', limit: 1 });
    expect(answer).toMatchObject({
      ok: true,
      answer: { items: [{ cannot_run: expect.stringContaining('excludes') }] },
    });
    expect(JSON.stringify(answer)).not.toContain('run_with');
    expect(await call('run_destructive_operation', { operation: 'delete_role' })).toMatchObject({
      ok: false,
      error: { code: 'excluded' },
    });
    await close();
  });
});

describe('an answer of find_operations', () => {
  const finders = new Map<string, Connected>();
  let finder: Connected;
  /** The connection with a selection, made once. */
  const finderOf = async (selection: string): Promise<Connected> => {
    const finder = finders.get(selection) ?? (await connectSandbox({ registry: { selection } }));
    finders.set(selection, finder);
    return finder;
  };
  beforeAll(async () => {
    finder = await finderOf('script');
  });
  afterAll(async () => {
    await Promise.all([...finders.values()].map(({ close }) => close()));
  });

  const itemsOf = async (selection: string, words: string) => {
    const { call } = await finderOf(selection);
    const answer = await call('find_operations', { words });
    return (answer.ok ? (answer.answer.items ?? []) : []) as Record<string, unknown>[];
  };

  it('has signatures, complete in the best match, and none of a listed tool', async () => {
    const email = await itemsOf('default', 'create an email template');
    expect(email[0]?.['signature']).toMatch(/templates: \{.*\/\* /);
    expect(email.every(({ signature }) => /^logto\.\w+\(/.test(String(signature)))).toBe(true);
    expect(await itemsOf('default', 'rotate the secret of an application')).toContainEqual(
      expect.objectContaining({
        operation: 'update_application_secret',
        signature: expect.stringMatching(/\{ id: string.*; currentName: string/),
      }),
    );
    const suspend = await itemsOf('default', 'suspend a user');
    expect(suspend[0]).toMatchObject({
      run_with: 'update_user_is_suspended',
      answer: expect.stringMatching(/^\{id, username\?, .*isSuspended: boolean/),
    });
    expect(
      suspend.filter((item) => 'run_with' in item && item['run_with'] === item['operation']),
    ).not.toContainEqual(expect.objectContaining({ signature: expect.anything() }));
    expect(JSON.stringify(suspend).length).toBeLessThan(2500);
  });

  it('calls an operation as a function of logto only where scripts are listed', async () => {
    const [inScripts] = await itemsOf('script', 'list hooks');
    expect(inScripts).toMatchObject({
      signature: expect.stringMatching(/^logto\.list_hooks\(/),
      run_with: 'run_read_script',
    });
    const [deletion] = await itemsOf('script', 'delete hook');
    expect(deletion).toMatchObject({ operation: 'delete_hook', run_with: 'run_script' });
    const [withoutScripts] = await itemsOf('none,!run_script,!run_read_script', 'list hooks');
    expect(withoutScripts).toMatchObject({
      signature: expect.stringMatching(/^list_hooks\(/),
      run_with: 'run_read_operation',
    });
  });

  it('has the signature of each operation that is asked for by name', async () => {
    const names = ['create_hook', 'update_hook', 'list_organization_roles', 'delete_role_user'];
    const items = await itemsOf('script', names.join(', '));
    expect(items.map(({ operation }) => operation)).toEqual(names);
    for (const { signature } of items) {
      expect(signature).toMatch(/^logto\.\w+\(/);
    }
    const all = tools.map(({ name }) => name).slice(0, 60);
    const [some] = await Promise.all([itemsOf('script', all.join(' '))]);
    expect(some.length).toBeGreaterThan(1);
    expect(Buffer.byteLength(JSON.stringify(some))).toBeLessThan(3000);
  });

  it('has every operation that is asked for with two others, or names it as left out', async () => {
    const names = tools.map(({ name }) => name);
    const missing = await Promise.all(
      names.map(async (name, index) => {
        const others = [names[(index + 91) % names.length], names[(index + 187) % names.length]];
        const found = await finder.call('find_operations', {
          words: [others[0], name, others[1]].join(', '),
        });
        const answer = found.ok ? found.answer : { items: [], notes: [] };
        const shown = (answer.items ?? []).map(operationOf);
        const isNoted = (answer.notes ?? []).some((note) => note.split(/[\s,.]+/).includes(name));
        return shown.includes(name) || isNoted ? [] : [name];
      }),
    );
    expect(missing.flat()).toEqual([]);
  });

  it('names a name that does not exist among others, with the nearest one', async () => {
    const found = await finder.call('find_operations', {
      words: 'list_users, delete_role_usr and create_hook',
    });
    expect(found).toMatchObject({
      ok: true,
      answer: {
        items: [{ operation: 'list_users' }, { operation: 'create_hook' }],
        notes: expect.arrayContaining([
          expect.stringMatching(/^delete_role_usr is left out: .*delete_role_user/),
        ]),
      },
    });
  });

  it('answers several questions with the best match of each', async () => {
    const found = await finder.call('find_operations', {
      words: 'suspend a user; create a webhook; delete_application\nadd a secret to an application',
    });
    const answer = found.ok ? found.answer : { items: [], notes: [] };
    expect(answer.items?.map(operationOf).slice(0, 3)).toEqual([
      'update_user_is_suspended',
      'create_hook',
      'delete_application',
    ]);
    expect(JSON.stringify(answer)).toContain('create_application_secret');
    expect(answer.notes).toContainEqual(
      expect.stringMatching(/^"add a secret to an application" also matches: \w+, /),
    );
  });

  it('has every value of every long enum, or how to ask for it', async () => {
    /** The enums in a schema with more values than a signature always shows, with the argument that they are in. */
    const longEnumsIn = (schema: unknown): readonly (readonly unknown[])[] => {
      if (typeof schema !== 'object' || schema === null) {
        return [];
      }
      const values = memberOf(schema, 'enum');
      return [
        ...(Array.isArray(values) && values.length > 8 ? [values] : []),
        ...Object.values(schema).flatMap(longEnumsIn),
      ];
    };
    const having = tools.filter(({ listing }) => longEnumsIn(listing.inputSchema).length > 0);
    expect(having.length).toBeGreaterThan(5);
    for (const { name, listing } of having) {
      const [alone] = await itemsOf('script', name);
      for (const [argument, schema] of Object.entries(propertiesOf(listing.inputSchema))) {
        for (const value of longEnumsIn(schema).flat()) {
          const isShown = String(alone?.['signature']).includes(`'${String(value)}'`);
          expect(isShown || alone?.['shortened'] !== undefined, `${name}: ${String(value)}`).toBe(
            true,
          );
        }
        const [whole] = await itemsOf('script', `${name}.${argument}`);
        for (const value of longEnumsIn(schema).flat()) {
          expect(String(whole?.['type']), `${name}.${argument}`).toContain(`'${String(value)}'`);
        }
      }
    }
    const [events] = await itemsOf('script', 'create_hook');
    expect(events?.['shortened']).toBeUndefined();
  });

  it('names frequent mistakes', async () => {
    const trapsOf = async (words: string) => (await itemsOf('script', words))[0]?.['traps'];
    expect(await trapsOf('list_users')).toBe(
      "Paged: logto.all('list_users', {...}) reads to the end, without page.",
    );
    expect(await trapsOf('delete_role')).toBe('Can ask first (destructive).');
    expect(await trapsOf('update_hook')).toContain(
      'Merged into the present value unless replace_whole: config',
    );
    expect(await trapsOf('update_sign_in_exp')).toContain('Merged into the present value');
    expect(await trapsOf('get_user')).toBeUndefined();
  });
});

/** The operation that an item of an answer is of. */
const operationOf = (item: unknown): unknown =>
  typeof item === 'string' ? /^\w+/.exec(item)?.[0] : memberOf(item, 'operation');

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

describe('the size of an answer of find_operations', () => {
  const answers = async (calls: readonly Record<string, unknown>[]) =>
    Promise.all(
      calls.map(async (values) => ({
        values,
        found: await connected.call('find_operations', values),
      })),
    );
  /** The calls whose answer is too large. */
  const tooLarge = async (calls: readonly Record<string, unknown>[]): Promise<string[]> =>
    (await answers(calls))
      .filter(({ found }) => sizeOf(found.ok ? found.answer : found.error) > MAX_FOUND_BYTES)
      .map(({ values }) => JSON.stringify(values));

  it('is at most 3 KB for every operation, by name and as words', async () => {
    expect(MAX_FOUND_BYTES).toBeLessThanOrEqual(3000);
    const names = tools.map(({ name }) => name);
    for (const name of names) {
      const found = await askedByName(name);
      expect(sizeOf(found.ok ? found.answer : found.error), name).toBeLessThanOrEqual(
        MAX_FOUND_BYTES,
      );
    }
    const asWords = names.map((name) => ({ words: name.replaceAll('_', ' '), limit: 20 }));
    expect(await tooLarge(asWords)).toEqual([]);
    const urls = new Set(tools.map(({ operation: { url } }) => url));
    const routes = [...urls].map((words) => ({ words, limit: 20 }));
    expect(await tooLarge(routes)).toEqual([]);
  });

  it('is at most 3 KB for every domain', async () => {
    const domains = [...new Set(tools.map(({ domain }) => domain))];
    expect(await tooLarge(domains.map((domain) => ({ domain })))).toEqual([]);
    const narrowed = domains.map((domain) => ({ domain, words: 'update settings', limit: 20 }));
    expect(await tooLarge(narrowed)).toEqual([]);
  });

  it('is at most 3 KB for any words', async () => {
    const vocabulary = tools.flatMap(({ operation, name }) => [
      ...operation.summary.split(' '),
      ...name.split('_'),
    ]);
    // A fixed linear congruential sequence, so that a failure can be repeated.
    let state = 1;
    const next = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
    const calls = Array.from({ length: 300 }, () => ({
      words: Array.from({ length: 1 + next(7) }, () => vocabulary[next(vocabulary.length)]).join(
        ' ',
      ),
      limit: 1 + next(20),
    }));
    expect(await tooLarge(calls)).toEqual([]);
    const odd = [
      'x'.repeat(100_000),
      '用户'.repeat(5000),
      '"\\\u0007'.repeat(500),
      'a b '.repeat(9000),
    ];
    expect(await tooLarge(odd.map((words) => ({ words, limit: 20 })))).toEqual([]);
    expect(await tooLarge(odd.map((domain) => ({ domain })))).toEqual([]);
  });

  it('has every argument of every operation, and its description or how to ask for it', async () => {
    for (const { name, listing } of tools) {
      const found = await askedByName(name);
      const [item] = found.ok ? (found.answer.items ?? []) : [];
      const signature = String(memberOf(item, 'signature'));
      const { plan: _, ...properties } = propertiesOf(listing.inputSchema);
      for (const [argument, schema] of Object.entries(properties)) {
        expect(signature, name).toMatch(new RegExp(`[{;] ${argument}\\??: `));
        const description = memberOf(schema, 'description');
        if (description !== undefined && memberOf(item, 'shortened') === undefined) {
          expect(signature, name).toContain(`/* ${description} */`);
        }
      }
    }
  });

  it('names what every operation answers, unless its arguments leave no space for it', async () => {
    const without: string[] = [];
    for (const { name } of tools) {
      const found = await askedByName(name);
      const signature = String(memberOf(found.ok ? found.answer.items?.[0] : {}, 'signature'));
      const answer = answerFacts.get(name) ?? '';
      const isThere = [answer, shallowAnswer(answer)].some((text) =>
        signature.endsWith(`): ${text}`),
      );
      if (!isThere && answer !== 'void') {
        without.push(name);
      }
    }
    expect(without).toEqual(['update_sign_in_exp']);
  });

  it('has one argument in full, asked for by a dotted name', async () => {
    expect(distinctArguments.length).toBeGreaterThan(300);
    for (const { name, argument, schema } of distinctArguments) {
      const found = await connected.call('find_operations', { words: `${name}.${argument}` });
      expect(found, argument).toMatchObject({
        ok: true,
        answer: {
          items: [
            {
              operation: name,
              argument,
              type: typeNotation(schema, { depth: 9, comments: true, longEnums: 'all' }),
            },
          ],
        },
      });
      expect(sizeOf(found)).toBeLessThanOrEqual(MAX_FOUND_BYTES);
    }
    const { call, close } = await connectSandbox({ registry: { readOnly: true } });
    const refused = await call('find_operations', { words: 'delete_hook.id' });
    expect(JSON.stringify(refused)).toContain('excludes delete_hook');
    await close();
  });
});

describe('many names in one question', () => {
  const shuffled = (seed: number, count: number) => {
    // A fixed linear congruential sequence, so that a failure can be repeated.
    let state = seed;
    const left = [...tools];
    return Array.from({ length: count }, () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      const [tool] = left.splice(Math.floor((state / 2_147_483_648) * left.length), 1);
      if (tool === undefined) {
        throw new Error('More names than operations.');
      }
      return tool;
    });
  };

  it.each(['script', 'default', 'none', 'all'])(
    'are all answered with arguments and answers, up to 20 of them, under --tools %s',
    async (selection) => {
      const { call, client, close } = await connectSandbox({ registry: { selection } });
      const listed = new Set((await client.listTools()).tools.map(({ name }) => name));
      for (const count of [5, 10, 15, 20]) {
        for (let seed = 1; seed <= 15; seed += 1) {
          const names = shuffled(seed, count);
          const found = await call('find_operations', {
            words: names.map(({ name }) => name).join(seed % 2 === 0 ? ', ' : '\n'),
          });
          const items = found.ok ? (found.answer.items ?? []) : [];
          expect(items.map(operationOf)).toEqual(names.map(({ name }) => name));
          expect(sizeOf(found.ok && found.answer)).toBeLessThanOrEqual(MAX_FOUND_BYTES);
          for (const [index, { name, listing }] of names.entries()) {
            const item = items[index];
            if (typeof item !== 'string') {
              continue;
            }
            const required = listing.inputSchema['required'];
            for (const argument of Array.isArray(required) && !listed.has(name) ? required : []) {
              expect(item, name).toMatch(new RegExp(`[({ ]${argument}[:,}]|\\d more\\}`));
            }
            const answer = answerFacts.get(name);
            const ending = listed.has(name) ? /^\w+: / : /\): /;
            expect(ending.test(item), item).toBe(answer !== 'void' && answer !== undefined);
          }
        }
      }
      await close();
    },
  );

  it('are answered by a line without what the list has of a listed tool', async () => {
    const { call, close } = await connectSandbox({ registry: { selection: 'default' } });
    const names = shuffled(3, 12).map(({ name }) => name);
    const found = await call('find_operations', { words: ['list_users', ...names].join(' ') });
    expect(found.ok && found.answer.items?.[0]).toMatch(/^list_users: \{id, .* \[in your list, /);
    await close();
  });

  it('can have arguments and routes among them, in any punctuation', async () => {
    const { call, close } = await connectSandbox({ registry: { selection: 'script' } });
    const itemsOf = async (words: string) => {
      const found = await call('find_operations', { words });
      return found.ok ? (found.answer.items ?? []) : [];
    };
    const events = await itemsOf('create_hook.events');
    expect(memberOf(events[0], 'type')).toContain("'User.Created'");
    for (const between of [' ', ', ', '; ', '\n', ' and ']) {
      const items = await itemsOf(
        ['create_role', 'create_hook.events', 'GET /api/users', 'list_hooks'].join(between),
      );
      expect(items[0], between).toEqual(events[0]);
      expect(items.slice(1).map(operationOf), between).toEqual([
        'create_role',
        'list_users',
        'list_hooks',
      ]);
    }
    expect(await itemsOf('list_users.fields list_applications.fields create_role')).toMatchObject([
      { operation: 'list_users', argument: 'fields', answer: expect.stringMatching(/^\{id, /) },
      { operation: 'list_applications', argument: 'fields' },
      { operation: 'create_role', signature: expect.any(String) },
    ]);
    expect(await itemsOf('all values of create_hook.events')).toEqual(events);
    expect((await itemsOf('list_users.nope, create_role')).map(operationOf)).toEqual([
      'list_users',
      'create_role',
    ]);
    await close();
  });

  it('have every argument in full beside an operation', async () => {
    const { call, close } = await connectSandbox({ registry: { selection: 'script' } });
    for (const [index, { name, argument, schema }] of distinctArguments.entries()) {
      const other = tools[(index + 41) % tools.length]?.name ?? '';
      const found = await call('find_operations', { words: `${other} ${name}.${argument}` });
      expect(found, `${name}.${argument}`).toMatchObject({
        ok: true,
        answer: {
          items: expect.arrayContaining([
            expect.objectContaining({
              argument,
              type: typeNotation(schema, { depth: 9, comments: true, longEnums: 'all' }),
            }),
          ]),
        },
      });
      expect(sizeOf(found.ok && found.answer)).toBeLessThanOrEqual(MAX_FOUND_BYTES);
    }
    await close();
  });
});

describe('the domain of find_operations', () => {
  const items = async (values: Record<string, unknown>): Promise<readonly unknown[]> => {
    const found = await connected.call('find_operations', values);
    return found.ok ? (found.answer.items ?? []) : [];
  };

  it('answers every operation of the domain, one line each', async () => {
    for (const domain of new Set(tools.map((tool) => tool.domain))) {
      const lines = await items({ domain });
      const names = lines.map((line) => String(line).replace(/:.*/s, ''));
      expect(names, domain).toEqual(
        tools.filter((tool) => tool.domain === domain).map(({ name }) => name),
      );
    }
    expect(await items({ domain: 'captcha-provider' })).toContainEqual(
      expect.stringMatching(/^get_captcha_provider: [A-Z]/),
    );
  });

  it('says how to narrow a domain that fits as names only', async () => {
    const found = await connected.call('find_operations', { domain: 'users' });
    expect(JSON.stringify(found)).toContain('give words as well');
    const narrowed = await items({ domain: 'users', words: 'suspend' });
    expect(narrowed[0]).toMatchObject({ operation: 'update_user_is_suspended' });
    const members = new Set(
      tools.filter(({ domain }) => domain === 'users').map(({ name }) => name),
    );
    const outside = narrowed.filter((item) => !members.has(String(memberOf(item, 'operation'))));
    expect(outside).toEqual([]);
  });

  it.each(['Sign-in experience', 'sign_in_experience', 'SIGN-IN-EXPERIENCE'])(
    'is understood as %s',
    async (domain) => {
      expect(await items({ domain })).not.toEqual([]);
    },
  );

  it('names the nearest domain for one that does not exist, or all of them', async () => {
    expect(await connected.call('find_operations', { domain: 'user' })).toMatchObject({
      ok: false,
      error: { code: 'unknown_domain', hint: expect.stringContaining('users') },
    });
    expect(await connected.call('find_operations', { domain: 'qqq' })).toMatchObject({
      ok: false,
      error: { hint: expect.stringContaining('applications') },
    });
  });

  it('says how many operations of it are excluded', async () => {
    const { call, close } = await connectSandbox({ registry: { readOnly: true } });
    const found = await call('find_operations', { domain: 'hooks' });
    expect(JSON.stringify(found)).toContain('the configuration of this server excludes them');
    expect(JSON.stringify(found)).not.toContain('delete_hook');
    await close();
  });
});

describe('the words of find_operations', () => {
  it.each(['words', 'query', 'q', 'text', 'search', 'keywords', 'task'])(
    'are accepted as %s, as a text or a list',
    async (name) => {
      for (const words of ['suspend a user', ['suspend', 'a', 'user']]) {
        expect(await connected.call('find_operations', { [name]: words, limit: 1 })).toMatchObject({
          ok: true,
          answer: { items: [{ operation: 'update_user_is_suspended' }] },
        });
      }
    },
  );

  it('are refused under two names at once', async () => {
    for (const values of [
      { words: 'suspend a user', query: 'delete a role' },
      { q: 'suspend a user', task: 'delete a role' },
    ]) {
      expect(await connected.call('find_operations', values)).toMatchObject({
        ok: false,
        error: { code: 'invalid_arguments' },
      });
    }
  });

  it('are requested with an example and the domains when they are missing', async () => {
    for (const values of [{}, { words: '' }, { query: ' ' }, { words: '', domain: '' }]) {
      expect(await connected.call('find_operations', values)).toMatchObject({
        ok: false,
        error: { code: 'invalid_arguments', hint: expect.stringContaining('sign-in-experience') },
      });
    }
    expect(await connected.call('find_operations', { words: '', domain: 'hooks' })).toMatchObject({
      ok: true,
    });
  });

  it('that are a key are answered with only that operation', async () => {
    for (const words of ['delete_role', 'DeleteRole', 'DELETE /api/roles/{id}', '/roles/abc123']) {
      const found = await connected.call('find_operations', { words });
      const items = found.ok ? (found.answer.items ?? []) : [];
      expect(JSON.stringify(items), words).toContain('"operation":"delete_role"');
      expect(items.length, words).toBe(words === '/roles/abc123' ? 3 : 1);
    }
  });

  it('lead to a built-in tool only where it is listed', async () => {
    expect(await connected.call('find_operations', { words: 'who am i' })).toMatchObject({
      ok: true,
      answer: { notes: ['whoami answers this: call it.'] },
    });
    const { call, close } = await connectSandbox({ registry: { selection: 'none,!whoami' } });
    expect(JSON.stringify(await call('find_operations', { words: 'who am i' }))).not.toContain(
      'whoami',
    );
    await close();
  });
});

describe('the operation of a runner', () => {
  it.each([
    'list_roles',
    'ListRoles',
    'listRoles',
    'GET /api/roles',
    'get /roles',
    'https://example.logto.app/api/roles',
  ])('can be %s', async (operation) => {
    const method = operation.startsWith('https') ? 'GET ' : '';
    const listed = await connected.call('run_read_operation', {
      operation: `${method}${operation}`,
      arguments: { page_size: 1 },
    });
    expect(listed).toMatchObject({ ok: true, answer: { page: { page_size: 1 } } });
  });

  it('can be a route with parameters in braces', async () => {
    expect(
      await connected.call('run_read_operation', {
        operation: 'GET /api/roles/{roleId}',
        arguments: { id: 'support' },
      }),
    ).toMatchObject({ ok: true, answer: { result: { id: 'support' } } });
  });

  it('is checked like the name: its arguments, its runner, its exclusion', async () => {
    expect(
      await connected.call('run_read_operation', { operation: 'GET /roles', page_size: 5 }),
    ).toMatchObject({ ok: false, error: { code: 'invalid_arguments' } });
    expect(
      await connected.call('run_read_operation', {
        operation: 'DELETE /roles/{id}',
        arguments: { id: 'support' },
      }),
    ).toMatchObject({ ok: false, error: { code: 'wrong_runner' } });
    const { call, close } = await connectSandbox({ registry: { selection: 'none,!list_roles' } });
    expect(await call('run_read_operation', { operation: 'GET /roles' })).toMatchObject({
      ok: false,
      error: { code: 'excluded' },
    });
    await close();
  });

  it.each([
    ['GET /api/roles/support', 'Use operation "get_role" and give id in arguments.'],
    ['GET /api/roles?page=2', 'Use operation "list_roles".'],
    ['/api/roles', 'Use as operation: list_roles, create_role.'],
    ['PUT /api/roles', 'Use as operation: list_roles, create_role.'],
  ])('is not guessed from %s: the error names what to use', async (operation, hint) => {
    expect(await connected.call('run_read_operation', { operation })).toMatchObject({
      ok: false,
      error: { code: 'unknown_operation', hint },
    });
  });

  it('is named by the other tools that take one', async () => {
    for (const [tool, operation, name] of [
      ['collect_pages', 'GET /api/hooks', 'list_hooks'],
      ['preview_operation', 'DELETE /api/hooks/{id}', 'delete_hook'],
      ['preview_operation', 'DeleteHook', 'delete_hook'],
    ] as const) {
      const counted = tool === 'collect_pages' ? { count_only: true } : {};
      const refused = await connected.call(tool, { operation, ...counted });
      expect(JSON.stringify(refused), operation).toContain(name);
    }
  });
});

describe('a list that a filter leaves empty', () => {
  it('says where else to look, or how the filter compares', async () => {
    const { call, close } = await connectSandbox();
    const notes = async (tool: string, values: Record<string, unknown>) => {
      const found = await call(tool, values);
      return found.ok ? (found.answer.notes ?? []).join(' ') : '';
    };
    expect(await notes('list_logs', { logKey: 'SignIn' })).toContain('Interaction.SignIn.Submit');
    expect(await notes('list_roles', { search: 'dealer' })).toContain('list_organization_roles');
    expect(await notes('list_users', { search: 'nobody-has-this' })).toContain('collect_pages');
    expect(await notes('list_users', { page: 900 })).toBe('');
    expect(await notes('list_roles', {})).toBe('');
    await close();
  });
});

describe('an id that does not exist', () => {
  it('is answered with the argument and the list that it comes from', async () => {
    const { call, close } = await connectSandbox();
    const hint = async (tool: string, values: Record<string, unknown>) => {
      const refused = await call(tool, values);
      return refused.ok ? '' : refused.error.hint;
    };
    expect(await hint('get_user', { userId: 'nonexistent0' })).toContain(
      'userId (ids from list_users)',
    );
    expect(await hint('list_role_users', { id: 'admin' })).toContain('id (ids from list_roles)');
    await close();
  });
});
