import { describe, expect, it } from 'vitest';
import { LogtoError } from '../../src/logto/errors.js';
import { searchQuery } from '../../src/logto/search.js';

describe('a search', () => {
  it('finds any part of the value unless a mode is given', () => {
    expect(searchQuery({ search: 'ali' })).toEqual([
      ['search', '%ali%'],
      ['mode', 'like'],
    ]);
  });

  it('escapes the wildcards of SQL where it adds its own', () => {
    expect(searchQuery({ search: '50%_\\' })[0]).toEqual(['search', '%50\\%\\_\\\\%']);
  });

  it.each(['exact', 'like', 'posix'] as const)('sends the value as it is for %s', (searchMode) => {
    expect(searchQuery({ search: 'a%', searchMode })).toEqual([
      ['search', 'a%'],
      ['mode', searchMode],
    ]);
  });

  it('searches single fields, each with its own mode', () => {
    expect(
      searchQuery({
        searchFields: [
          { field: 'username', values: ['alice', 'bob'], mode: 'exact' },
          { field: 'primaryEmail', values: ['@example.com'] },
        ],
        joint: 'and',
        isCaseSensitive: true,
      }),
    ).toEqual([
      ['search.username', 'alice'],
      ['search.username', 'bob'],
      ['mode.username', 'exact'],
      ['search.primaryEmail', '%@example.com%'],
      ['mode.primaryEmail', 'like'],
      ['joint', 'and'],
      ['isCaseSensitive', 'true'],
    ]);
  });

  it('sends nothing without a search', () => {
    expect(searchQuery({ joint: 'and', isCaseSensitive: true })).toEqual([]);
  });

  it('leaves case sensitivity out when it is off', () => {
    expect(searchQuery({ search: 'a', isCaseSensitive: false })).not.toContainEqual([
      'isCaseSensitive',
      'false',
    ]);
  });

  it.each([
    [
      'a field twice',
      {
        searchFields: [
          { field: 'name', values: ['a'] },
          { field: 'name', values: ['b'] },
        ],
      },
      'twice',
    ],
    [
      'similar_to without case',
      { search: '(a|b)%', searchMode: 'similar_to' as const },
      'isCaseSensitive: true',
    ],
    ['a mode without a value', { searchMode: 'exact' as const }, 'Give search too'],
  ])('refuses %s and says what to write', (_, input, words) => {
    let refused: unknown;
    try {
      searchQuery(input);
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(LogtoError);
    const { message, hint } = refused instanceof LogtoError ? refused.failure : {};
    expect(`${message} ${hint}`).toContain(words);
    expect(message).toContain('Nothing was sent.');
    expect(hint).toBeTruthy();
  });
});
