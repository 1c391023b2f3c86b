/** The README's first command: the main use, and the guard. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bareEnvironment, root } from '../support/process.js';

const demo = (...args: string[]): string =>
  execFileSync(process.execPath, ['--import', 'tsx', 'src/dev/demo.ts', ...args], {
    cwd: root,
    env: bareEnvironment(),
    encoding: 'utf8',
  });

const stepsOf = (output: string): string[] =>
  output.split('\n').filter((line) => /^[A-Z].*[.?!]$/.test(line));

it('shows the main use: pages, a search, a role created and assigned, and a mistake', () => {
  const output = demo();
  expect(output).toContain('"page":1,"page_size":5,"total":60');
  expect(output).toContain('"page":2,"page_size":5,"total":60');
  expect(output).toContain('addedRoleIds');
  expect(output).toMatch(/Customer .*\n\s+Order desk/);
  expect(output).toContain('invalid_arguments');
  // The picture in the README is made from a run; its steps must be those of today's.
  const picture = readFileSync(join(root, 'docs/demo.svg'), 'utf8');
  const pictured = [...picture.matchAll(/class="question"[^>]*>([^<]*)</g)].map(
    ([, text = '']) => text,
  );
  expect(pictured.length).toBeGreaterThan(4);
  expect(stepsOf(output)).toEqual(expect.arrayContaining(pictured));
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
