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

it('docs/safety.md is two pages, and every promise in it names its test', () => {
  const text = read('docs/safety.md');
  expect(text.trim().split(/\s+/).length).toBeLessThanOrEqual(1100);
  const [, promised = ''] = /## What is promised\n([\s\S]*?)\n## /.exec(text) ?? [];
  const promises = promised
    .trim()
    .split('\n\n')
    .filter((part) => part.startsWith('**'));
  expect(promises.length).toBeGreaterThan(7);
  for (const promise of promises) {
    expect(promise).toMatch(/`test\/[\w./-]+`/);
  }
});
