/** The promises about the guard name their tests. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');

it('docs/safety.md shows the policy that is published as the example', () => {
  const [, shown = ''] = /```json\n([\s\S]*?)```/.exec(read('docs/safety.md')) ?? [];
  const { $schema: _, ...published } = JSON.parse(read('docs/policy.example.json'));
  expect(JSON.parse(shown)).toEqual(published);
});

it('docs/safety.md names existing tests', () => {
  const named = [...read('docs/safety.md').matchAll(/`(test\/[\w./-]+)`/g)].map(([, file]) => file);
  expect(named.length).toBeGreaterThan(8);
  for (const file of named) {
    expect(existsSync(new URL(file ?? '', root)), file).toBe(true);
  }
});

it('docs/safety.md is two pages, and its table at the end names the tests of every promise', () => {
  const [text = '', table = ''] = read('docs/safety.md').split('## The tests of the promises\n');
  const words = text.split(/\s+/).filter((word) => /\w/.test(word));
  expect(words.length).toBeLessThanOrEqual(1100);
  const [, promised = ''] = /## What is promised\n([\s\S]*?)\n## /.exec(text) ?? [];
  const promises = promised
    .trim()
    .split('\n\n')
    .map((part) => /^\*\*(.+?)[.:]?\*\*/.exec(part)?.[1]);
  expect(promises.length).toBeGreaterThan(7);
  const rows = [...table.matchAll(/^\| (.+?) \| (.+) \|$/gm)].slice(2);
  expect(rows.map(([, promise]) => promise)).toEqual(promises);
  for (const [, promise, tests] of rows) {
    expect(tests, promise).toMatch(/^`test\/[\w./-]+`(?:, `test\/[\w./-]+`)*$/);
  }
});
