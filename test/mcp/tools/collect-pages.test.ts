import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secrets } from '../../../src/guard/secrets/secrets.js';
import { LogtoError } from '../../../src/logto/errors.js';
import { readPage } from '../../../src/logto/pagination.js';
import { collectPagesTool } from '../../../src/mcp/tools/collect-pages.js';
import { type Connected, connectSandbox, tools } from '../../support/client.js';

describe('collect_pages', () => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await connectSandbox();
    // More than one page of what is asked for.
    for (let number = 0; number < 60; number += 1) {
      await connected.call('create_user', {
        username: `collected_${number}`,
        customData: { batch: 'collected', number },
      });
    }
  });
  afterAll(() => connected.close());

  const collect = (values: Readonly<Record<string, unknown>>) =>
    connected.call('collect_pages', values);

  it('answers from custom data, over all pages, with the requested members', async () => {
    const found = await collect({
      operation: 'list_users',
      fields: ['username'],
      where: [
        { field: 'customData.batch', is: 'equals_ignore_case', value: 'Collected' },
        { field: 'customData.number', is: 'greater', value: 57 },
      ],
    });
    expect(found).toMatchObject({
      ok: true,
      answer: { counts: { matching: 2, scanned: 120 }, complete: true },
    });
    expect(found.ok && found.answer.items).toEqual(
      expect.arrayContaining([{ username: 'collected_58' }, { username: 'collected_59' }]),
    );
  });

  it.each([
    ['contains', 'ollected_1', 11],
    ['starts_with', 'collected_5', 11],
    ['ends_with', '_59', 1],
    ['not_equals', 'collected_1', 119],
  ])('compares with %s', async (is, value, matching) => {
    const found = await collect({
      operation: 'list_users',
      fields: ['id'],
      where: [{ field: 'username', is, value }],
      count_only: true,
    });
    expect(found).toMatchObject({ ok: true, answer: { counts: { matching }, complete: true } });
    expect(found.ok && found.answer.items).toBeUndefined();
  });

  it('supports exists and less', async () => {
    const without = await collect({
      operation: 'list_users',
      fields: ['id'],
      where: [{ field: 'customData.batch', is: 'exists', value: false }],
      count_only: true,
    });
    expect(without).toMatchObject({ ok: true, answer: { counts: { matching: 60 } } });
    const few = await collect({
      operation: 'list_users',
      fields: ['id'],
      where: [{ field: 'customData.number', is: 'less', value: 3 }],
      count_only: true,
    });
    expect(few).toMatchObject({ ok: true, answer: { counts: { matching: 3 } } });
  });

  it('passes on filters of the operation', async () => {
    const found = await collect({
      operation: 'list_users',
      arguments: { search: 'collected_7' },
      fields: ['id'],
    });
    expect(found).toMatchObject({ ok: true, answer: { counts: { matching: 1, scanned: 1 } } });
  });

  it('reports a limit', async () => {
    const found = await collect({ operation: 'list_users', fields: ['id'], limit: 7 });
    expect(found).toMatchObject({ ok: true, answer: { complete: false } });
    expect(found.ok && found.answer.items).toHaveLength(7);
  });

  it('stays under the size limit and says how many items fit', async () => {
    const found = await collect({
      operation: 'list_users',
      fields: [
        'id',
        'username',
        'name',
        'primaryEmail',
        'customData',
        'profile',
        'identities',
        'createdAt',
        'updatedAt',
        'isSuspended',
        'avatar',
        'primaryPhone',
        'lastSignInAt',
        'applicationId',
        'hasPassword',
      ],
    });
    expect(Buffer.byteLength(JSON.stringify(found))).toBeLessThan(41_000);
    expect(found).toMatchObject({ ok: true, answer: { complete: false } });
  });

  it.each([
    [{ operation: 'list_users', fields: ['nmae'] }, 'Did you mean name'],
    [{ operation: 'list_users' }, 'fields is required'],
    [{ operation: 'list_users', fields: ['nmae', 'usernam'] }, 'usernam: Did you mean username'],
    [{ operation: 'list_users', fields: ['absolutelyNothing'] }, 'no member'],
    [
      { operation: 'list_users', fields: ['id'], arguments: { page: 2 } },
      'which collect_pages sets itself',
    ],
    [
      {
        operation: 'list_users',
        count_only: true,
        where: [{ field: 'isSuspended', is: 'equals', value: 'yes' }],
      },
      'isSuspended is true or false',
    ],
    [{ operation: 'get_user', fields: ['id'] }, 'no list operation'],
    [{ operation: 'list_userz', fields: ['id'] }, 'list_users'],
    [
      { operation: 'list_users', fields: ['id'], where: [{ field: 'name', is: 'equals' }] },
      'needs a value',
    ],
    [
      { operation: 'list_users', fields: ['id'], arguments: { searhc: 'x' } },
      'There is no argument \\"searhc\\" inside arguments. Did you mean \\"search\\"?',
    ],
    [
      { operation: 'list_users', fields: ['id'], search: 'x' },
      '\\"search\\" must be inside \\"arguments\\".',
    ],
  ])('refuses %j', async (values, words) => {
    const refused = await collect(values);
    expect(refused.ok).toBe(false);
    expect(JSON.stringify(refused)).toContain(words);
  });

  it('counts without fields', async () => {
    expect(await collect({ operation: 'list_users', count_only: true })).toMatchObject({
      ok: true,
      answer: { counts: { matching: 120, scanned: 1 }, complete: true },
    });
  });

  it('says that no item has a member, with the existing names', async () => {
    for (const field of ['customData.bacth', 'profile.givnName']) {
      const found = await collect({
        operation: 'list_users',
        where: [{ field, is: 'exists' }],
        count_only: true,
      });
      expect(found).toMatchObject({
        ok: true,
        answer: {
          counts: { matching: 0 },
          notes: [expect.stringContaining(`No item has ${field}`)],
        },
      });
    }
  });

  it('reads a list that Logto does not page', async () => {
    const found = await collect({ operation: 'list_connectors', fields: ['id', 'target'] });
    expect(found).toMatchObject({ ok: true, answer: { complete: true } });
  });

  it('reports progress, and stops when it is cancelled', async () => {
    const heard: number[] = [];
    await connected.client.callTool(
      { name: 'collect_pages', arguments: { operation: 'list_users', fields: ['id'] } },
      { onprogress: ({ progress }) => heard.push(progress) },
    );
    expect(heard).toEqual([100, 120]);
    const controller = new AbortController();
    const stopped = connected.client.callTool(
      { name: 'collect_pages', arguments: { operation: 'list_users', fields: ['id'] } },
      { signal: controller.signal, onprogress: () => controller.abort() },
    );
    await expect(stopped).rejects.toThrow();
  });
});

/** Lists of any length and any members, straight from a made-up tenant. */
describe('collect_pages over thousands of items', () => {
  const collectOver = async (
    items: readonly unknown[],
    values: Readonly<Record<string, unknown>>,
    failsOn = Number.POSITIVE_INFINITY,
  ) => {
    let reads = 0;
    const tool = collectPagesTool(
      tools,
      async ({ operation }, { values: { page, page_size } }) => {
        reads += 1;
        const [number, size] = [Number(page), Number(page_size)];
        if (number === failsOn) {
          throw new LogtoError({ kind: 'unavailable', message: 'Logto is away.' });
        }
        const body = items.slice((number - 1) * size, number * size);
        return {
          kind: 'done',
          notes: [],
          reply: {
            status: 200,
            body,
            page: readPage({
              page: number,
              pageSize: size,
              count: body.length,
              total: String(items.length),
              capped: null,
              totalIgnoresFilters: operation.totalIgnoresFilters === true,
            }),
          },
        };
      },
      new Secrets(true, undefined),
    );
    const answer = await tool.run(
      { operation: 'list_users', ...values },
      {
        signal: new AbortController().signal,
        client: 'test',
        confirmVia: 'plan',
        answer: undefined,
        progress: () => {},
      },
    );
    return { answer, reads };
  };

  const many = Array.from({ length: 3000 }, (_, number) => ({
    id: `u${number}`,
    customData: { plan: number % 2 === 0 ? 'trial' : 'paid' },
    ...(number >= 100 && { lateField: number }),
  }));

  it('counts to the end without a limit', async () => {
    const where = [{ field: 'customData.plan', is: 'equals', value: 'trial' }];
    const { answer } = await collectOver(many, { where, count_only: true });
    expect(answer).toMatchObject({ counts: { matching: 1500, scanned: 3000 }, complete: true });
  });

  it('takes the total count from the header of one page', async () => {
    const { answer, reads } = await collectOver(many, { count_only: true });
    expect(answer).toMatchObject({ counts: { matching: 3000 }, complete: true });
    expect(reads).toBe(1);
  });

  it('stops a count at a requested limit', async () => {
    const { answer } = await collectOver(many, { count_only: true, limit: 10 });
    expect(answer).toMatchObject({ counts: { matching: 10 }, complete: false });
  });

  it('finds a member that the first page lacks', async () => {
    const where = [{ field: 'lateField', is: 'greater', value: 2997 }];
    const { answer } = await collectOver(many, { fields: ['id', 'lateField'], where });
    expect(answer).toMatchObject({
      items: [
        { id: 'u2998', lateField: 2998 },
        { id: 'u2999', lateField: 2999 },
      ],
      complete: true,
    });
  });

  it('cuts inside an item that is too long, and continues', async () => {
    const items = [
      { id: 'long', customData: { log: 'x'.repeat(60_000), plan: 'a' } },
      ...many.slice(0, 60),
    ];
    const { answer } = await collectOver(items, { fields: ['id', 'customData'] });
    expect(answer.items).toHaveLength(61);
    expect(answer.items?.[0]).toMatchObject({
      id: 'long',
      customData: { plan: 'a', log: expect.stringContaining('… (60000 characters)') },
    });
    expect(answer).toMatchObject({
      complete: false,
      notes: [expect.stringContaining('customData.log')],
    });
  });

  it('returns the read items when a later page fails', async () => {
    const { answer } = await collectOver(many, { fields: ['id'] }, 3);
    expect(answer.items).toHaveLength(200);
    expect(answer).toMatchObject({
      complete: false,
      notes: [expect.stringContaining('after 200 items: Logto is away.')],
    });
    await expect(collectOver(many, { fields: ['id'] }, 1)).rejects.toThrow('Logto is away.');
  });
});
