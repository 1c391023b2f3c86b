/** One phase of a run reads each thing once, and never answers from a failure or in the place of a write. */
import { expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { OperationGraph } from '../../src/guard/operation-graph.js';
import { ReadCache } from '../../src/guard/read-cache.js';
import type { Session } from '../../src/logto/session.js';

const graph = new OperationGraph(catalog);
const operation = (name: string) => graph.keyed(name).operation;
const { signal } = new AbortController();

/** A session that counts what it is asked, and fails on demand. */
function counting() {
  const asked: string[] = [];
  const state = { fails: false };
  const session: Session = {
    tokenRequests: 7,
    redact: (text) => text.replace('secret', '[redacted]'),
    check: async ({ url }) => {
      asked.push(`check ${url}`);
    },
    send: async ({ method, url }, values) => {
      asked.push(`${method} ${url} ${JSON.stringify(values)}`);
      if (state.fails) {
        throw new Error('broken');
      }
      return { status: 200, body: asked.length };
    },
  };
  return { asked, state, cache: new ReadCache(session) };
}

it('sends the same read once, also at the same time', async () => {
  const { asked, cache } = counting();
  const read = (userId: string) => cache.send(operation('get_user'), { userId }, signal);
  const replies = await Promise.all([read('a'), read('a'), read('b')]);
  expect(replies.map(({ body }) => body)).toEqual([1, 1, 2]);
  expect((await read('a')).body).toBe(1);
  expect(asked).toHaveLength(2);
});

it('tells operations of one name and arguments apart by their routes', async () => {
  const { asked, cache } = counting();
  await cache.send(operation('get_role'), { id: 'a' }, signal);
  await cache.send(operation('get_hook'), { id: 'a' }, signal);
  expect(asked).toHaveLength(2);
});

it('sends every write', async () => {
  const { asked, cache } = counting();
  await cache.send(operation('delete_user'), { userId: 'a' }, signal);
  await cache.send(operation('delete_user'), { userId: 'a' }, signal);
  expect(asked).toHaveLength(2);
});

it('tries a failed read again', async () => {
  const { asked, state, cache } = counting();
  const read = () => cache.send(operation('get_user'), { userId: 'a' }, signal);
  state.fails = true;
  await expect(read()).rejects.toThrow('broken');
  state.fails = false;
  expect((await read()).body).toBe(2);
  expect(asked).toHaveLength(2);
});

it('passes everything else to its session', async () => {
  const { asked, cache } = counting();
  expect(cache.tokenRequests).toBe(7);
  expect(cache.redact('a secret')).toBe('a [redacted]');
  await cache.check(operation('get_user'), {});
  expect(asked).toEqual(['check /api/users/{userId}']);
});
