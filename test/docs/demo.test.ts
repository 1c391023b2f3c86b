/** The README's first command: the main use, and the guard. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { bareEnvironment, root } from '../support/process.js';

/** Three processes start one after the other. */
vi.setConfig({ testTimeout: 60_000 });

const demo = (...args: string[]): string =>
  execFileSync(process.execPath, ['--import', 'tsx', 'src/dev/demo.ts', ...args], {
    cwd: root,
    env: bareEnvironment(),
    encoding: 'utf8',
  });

/** What the person says, in the output and in the picture. */
const saidIn = (output: string): string[] =>
  [...output.matchAll(/^You: {4}(?!\[)(.*)$/gm)].map(([, text = '']) => text);

it('shows the main use: a search, a reason, a job for many with one confirmation, its undo, a refusal', () => {
  const output = demo();
  expect(output).toContain('viktor.horvat@example.com (page 1 of 1, 1 in total)');
  expect(output).toContain('the account is suspended');
  expect(output).toMatch(/You: {4}\[change 23, remove 22\]\nAgent: {2}45 writes sent, 0 left\./);
  expect(output).toContain('45 of 45 writes are undone.');
  expect(output).toContain('delete_application is refused');
  // The picture in the README is made from a run; what the person says in it must be what is said today.
  const picture = readFileSync(join(root, 'docs/demo.svg'), 'utf8')
    .replaceAll(/<\/text>\n\s*<text[^>]*class="person[^>]*>/g, ' ')
    .matchAll(/class="person text"[^>]*>([^<]*)</g);
  const pictured = [...picture].map(([, text = '']) => text);
  expect(pictured.length).toBeGreaterThan(3);
  expect(pictured).toEqual(saidIn(output));
});

it('shows the guard: a preview, a refused removal, a confirmed one, and an undo', () => {
  const output = demo('safety');
  expect(output).toContain('"plan_refused"');
  expect(output).toContain('"own_access"');
  expect(output).toMatch(/"value": "\[withheld: s-/);
  expect(output).toMatch(/c-\w+ is undone/);
});

it('names its parts when another is requested', () => {
  expect(() => demo('nonsense')).toThrow();
});
