/** The data files of the search against the catalog. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { summaryKeyLines } from '../../../src/dev/contract/summary-keys.js';
import { phrasesText, summaryKeysText } from '../../../src/mcp/search/data.js';
import { parsePhrases, phrases } from '../../../src/mcp/search/phrases.js';
import { createSearch } from '../../../src/mcp/search/search.js';
import { tools } from '../../support/client.js';

const names = tools.map(({ name }) => name);

describe('phrases.tsv', () => {
  it('has a line for every operation of the catalog', () => {
    const missing = names.filter((name) => !Object.hasOwn(phrases, name));
    expect(
      missing,
      'Add a line to src/mcp/search/phrases.tsv for each: tool name, a tab, and what people say when they mean it, ' +
        'at least two phrases separated by " | "',
    ).toEqual([]);
  });

  it('has no line for an operation that does not exist', () => {
    const unknown = Object.keys(phrases).filter((name) => !names.includes(name));
    expect(unknown, 'Remove these lines from src/mcp/search/phrases.tsv').toEqual([]);
  });

  it('has at least two phrases a line, none twice', () => {
    for (const [name, list] of Object.entries(phrases)) {
      expect(list.length, name).toBeGreaterThanOrEqual(2);
      expect(new Set(list).size, name).toBe(list.length);
    }
  });

  it('has exactly one line per operation and ends with a line break', () => {
    expect(phrasesText.trimEnd().split('\n').length).toBe(names.length);
    expect(phrasesText.endsWith('\n')).toBe(true);
  });

  it.each([
    ['get_user', 'a line without phrases'],
    ['get_user\tone | ', 'an empty phrase'],
    ['get_user\tone\ttwo', 'a second tab'],
    ['get_user\tone\nget_user\ttwo', 'a second line of one operation'],
    ['get_user\tone\n\nget_role\ttwo', 'an empty line'],
  ])('is refused with %j: %s', (text) => {
    expect(() => parsePhrases(text)).toThrow(/phrases\.tsv:\d/);
  });
});

describe('summary-keys.tsv', () => {
  it('names operations of the catalog, each once', () => {
    const lines = summaryKeysText.trimEnd().split('\n');
    const keyed = lines.map((line) => line.split('\t')[0]);
    expect(lines.filter((line) => !/^[a-z0-9_]+\t[0-9a-f]{12}$/.test(line))).toEqual([]);
    expect(new Set(keyed).size).toBe(keyed.length);
    expect(keyed.filter((name) => !names.includes(name ?? ''))).toEqual([]);
  });

  it.each([
    ['Get users', 'list_users'],
    ['get users.', 'list_users'],
    ['Get applications', 'list_applications'],
    ['Create an application', 'create_application'],
  ])('finds %s first', (summary, operation) => {
    const search = createSearch(tools);
    expect(search(summary).operations[0]?.name).toBe(operation);
    expect(search(summary).exactCount).toBeGreaterThan(0);
  });

  it('finds both operations that share a summary', () => {
    const { operations, exactCount } = createSearch(tools)('remove role from user');
    expect(
      operations
        .slice(0, exactCount)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['delete_role_user', 'delete_user_role']);
  });

  it('has no key for an operation without a summary, and ignores the names of route parameters', () => {
    const document = {
      paths: {
        '/api/roles/{anything}': { get: { summary: 'One role' }, delete: {} },
        '/api/unknown': { get: { summary: 'Another' } },
      },
    };
    expect(summaryKeyLines(document, catalog)).toMatch(/^get_role\t[0-9a-f]{12}\n$/);
    // The key of an operation that is not in the document stays; that of one without a summary goes.
    const present = 'delete_role\t0123456789ab\nget_user\t0123456789ab\n';
    expect(summaryKeyLines(document, catalog, present)).toMatch(
      /^get_user\t0123456789ab\nget_role\t[0-9a-f]{12}\n$/,
    );
  });

  // The document is Logto's and not part of the project; where it is there, the file must be what --pin writes.
  const document = new URL('../../../../shared/logto/management.openapi.json', import.meta.url);
  it.runIf(existsSync(document))('is what `npm run contract -- --pin` writes', () => {
    const served: unknown = JSON.parse(readFileSync(document, 'utf8'));
    expect(summaryKeyLines(served, catalog, summaryKeysText)).toBe(summaryKeysText);
    // Lines of operations that this document does not have are from another one.
    expect(summaryKeysText).toContain('list_user_trusted_devices\t');
  });
});
