/** Searches that find what is meant, or say why they may not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phoneDigits } from '../../src/mcp/search-fallback.js';
import { type Connected, connectSandbox, succeed } from '../support/client.js';

let connected: Connected;
beforeAll(async () => {
  connected = await connectSandbox();
  const { call } = connected;
  await succeed(call, 'create_user', {
    username: 'olga_s',
    name: 'Olga  Searched',
    primaryPhone: '15550100999',
  });
  await succeed(call, 'create_user', { username: 'percent', name: '100% sure' });
  await succeed(call, 'create_user', { username: 'zoe', name: 'Zo\u00eb Composed' });
});
afterAll(() => connected.close());

const usernames = (answer: { items?: readonly { username?: unknown }[] }) =>
  answer.items?.map(({ username }) => username);

describe('a search', () => {
  it.each([
    ['blanks around', { search: '  olga_s ' }, 'olga_s'],
    ['wildcards around', { search: '%olga_s%' }, 'olga_s'],
    ['a phone number with +', { search: '+15550100999' }, 'olga_s'],
    ['a phone number with punctuation', { search: '+1 (555) 010-0999' }, 'olga_s'],
    ['a phone number in its national form', { search: '0555 010 0999' }, 'olga_s'],
    ['a phone number with 00', { search: '0015550100999' }, 'olga_s'],
    [
      'a phone number of one field',
      { searchFields: [{ field: 'primaryPhone', values: ['+1 555 0100 999'], mode: 'exact' }] },
      'olga_s',
    ],
    ['decomposed letters', { search: 'Zoe\u0308 Comp' }, 'zoe'],
  ])('finds the intended value for %s, with a note', async (_, sent, username) => {
    const answer = await succeed(connected.call, 'list_users', sent);
    expect(usernames(answer as never)).toEqual([username]);
    expect(JSON.stringify(answer.notes)).toContain('as it is written; this is for');
  });

  it('finds the exact text first, without a note', async () => {
    const answer = await succeed(connected.call, 'list_users', { search: '100%' });
    expect(usernames(answer as never)).toEqual(['percent']);
    expect(answer.notes).toBeUndefined();
  });

  it('works in collect_pages too', async () => {
    const answer = await succeed(connected.call, 'collect_pages', {
      operation: 'list_users',
      fields: ['username'],
      arguments: { search: '+1 555 010 0999' },
    });
    expect(answer.items).toEqual([{ username: 'olga_s' }]);
  });

  it.each([
    [{ search: 'no%body' }, 'searchMode \\"like\\"'],
    [{ search: '+99 999 999 999' }, 'digits with the country code'],
    [{ search: 'OLGA_S', isCaseSensitive: true }, 'case must match'],
    [{ search: 'olg', searchMode: 'exact' }, 'compares the whole value'],
  ])('without matches states the likely reason: %j', async (sent, words) => {
    const answer = await succeed(connected.call, 'list_users', sent);
    expect(answer.items).toEqual([]);
    expect(JSON.stringify(answer.notes)).toContain(words);
  });
});

describe('the digits of a phone number', () => {
  it.each([
    ['+44 (0)20 7946 0958', '442079460958'],
    ['020 7946 0958', '2079460958'],
    ['olga', undefined],
    ['12345', undefined],
    ['2026-01-01x', undefined],
  ])('of %s are %s', (text, digits) => {
    expect(phoneDigits(text)).toBe(digits);
  });
});
