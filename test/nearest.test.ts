/** Suggestions for misspelt names. */
import { describe, expect, it } from 'vitest';
import { didYouMean, nearestNames, similarNames } from '../src/nearest.js';

const settings = ['LOGTO_MCP_TOOLS', 'LOGTO_MCP_READ_ONLY'];

describe('a suggestion', () => {
  it.each([
    ['serv', ['serve', 'doctor'], ['serve']],
    ['SERVE', ['serve', 'doctor'], ['serve']],
    ['dcotor', ['serve', 'doctor'], ['doctor']],
    ['xyz', ['serve', 'doctor'], []],
    ['id', ['q', 'page'], []],
    ['', ['serve'], []],
  ])('for %j among %j is %j', (name, candidates, expected) => {
    expect(nearestNames(name, candidates)).toEqual(expected);
  });

  it('compares names as they are normalized', () => {
    const letters = (name: string) => name.replaceAll(/[_-]/g, '').toLowerCase();
    expect(nearestNames('logto-mcp-readonly', settings, letters)).toEqual(['LOGTO_MCP_READ_ONLY']);
  });

  it('names at most three, the nearest first', () => {
    expect(
      nearestNames('list_userz', ['list_user', 'list_users', 'last_users', 'lost_users']),
    ).toEqual(['list_user', 'list_users', 'last_users']);
  });

  it('finds a name by a part of it or inside a longer text, for tools and arguments only', () => {
    const tools = ['update_user', 'delete_hook', 'id'];
    expect(similarNames('logto_update_user_now', tools)).toEqual(['update_user']);
    expect(similarNames('hook', tools)).toEqual(['delete_hook']);
    expect(similarNames('idle_connections', tools)).toEqual([]);
    expect(nearestNames('hook', tools)).toEqual([]);
  });

  it.each([
    [[], undefined],
    [['a'], 'Did you mean a?'],
    [['a', 'b'], 'Did you mean a or b?'],
    [['a', 'b', 'c'], 'Did you mean a, b or c?'],
  ])('is a question about %j', (names, question) => {
    expect(didYouMean(names)).toBe(question);
  });
});
