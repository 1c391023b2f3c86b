import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Connected, connectSandbox } from '../support/client.js';

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

  it('answers from custom data, over all pages, with the members that were asked for', async () => {
    const found = await collect({
      operation: 'list_users',
      fields: ['username'],
      where: [
        { field: 'customData.batch', is: 'equals', value: 'Collected' },
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

  it('knows what exists and what is less', async () => {
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

  it('passes filters of the operation on', async () => {
    const found = await collect({
      operation: 'list_users',
      arguments: { search: 'collected_7' },
      fields: ['id'],
    });
    expect(found).toMatchObject({ ok: true, answer: { counts: { matching: 1, scanned: 1 } } });
  });

  it('is honest about a limit', async () => {
    const found = await collect({ operation: 'list_users', fields: ['id'], limit: 7 });
    expect(found).toMatchObject({ ok: true, answer: { complete: false } });
    expect(found.ok && found.answer.items).toHaveLength(7);
  });

  it('stays under the ceiling and says how many fitted', async () => {
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
    [{ operation: 'get_user', fields: ['id'] }, 'no list operation'],
    [{ operation: 'list_userz', fields: ['id'] }, 'list_users'],
    [
      { operation: 'list_users', fields: ['id'], where: [{ field: 'name', is: 'equals' }] },
      'needs a value',
    ],
    [{ operation: 'list_users', fields: ['id'], arguments: { searhc: 'x' } }, 'search'],
  ])('refuses %j', async (values, words) => {
    const refused = await collect(values);
    expect(refused.ok).toBe(false);
    expect(JSON.stringify(refused)).toContain(words);
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
