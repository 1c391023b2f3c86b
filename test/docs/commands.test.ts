/** Every command in the README and the guides: it is run here or in a test that is named, or it is marked as needing more. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bareEnvironment, root } from '../support/process.js';

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

interface Shown {
  readonly page: string;
  readonly command: string;
  /** What the page says around it. */
  readonly said: string;
}

/** The lines of the shell blocks, continued lines put together and remarks left out. */
const shown: readonly Shown[] = pages.flatMap((page) => {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^ *```(?:sh|bash|console|powershell)\n([\s\S]*?)^ *```/gm)].flatMap(
    ({ 1: block = '', index }) =>
      block
        .replaceAll(/\\\n\s*/g, '')
        .split('\n')
        .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
        .filter((line) => line !== '')
        .map((command) => ({ page, command, said: text.slice(Math.max(0, index - 700), index) })),
  );
});

/** How each kind of command is held: by a test, by this file, or by what the page says that it needs. */
const held: readonly (readonly [pattern: RegExp, by: string | ((command: string) => void)])[] = [
  [/^npm ci && npm (run demo|test)$/, 'test/docs/demo.test.ts'],
  [/^npm (ci|test|run (check|docs|demo))\b/, 'test/docs/demo.test.ts'],
  [/^npm run (bench|picture|bundle|build)\b/, 'test/docs/scripts'],
  [/^npx -y \.\/logto-management-mcp-[\d.]+\.tgz init\b/, 'test/installer'],
  [/^npm pack$/, 'test/e2e/pack.test.ts'],
  [/^npm install -g \.\/logto-management-mcp-[\d.]+\.tgz/, 'test/e2e/pack.test.ts'],
  [/^(node \S*dist\/main\.js|logto-management-mcp) (init|remove)\b/, 'test/installer'],
  [/^(node \S*dist\/main\.js|logto-management-mcp) doctor\b/, 'test/doctor'],
  [
    /^(node \S*dist\/main\.js|logto-management-mcp) --(help|version)$/,
    (command) => {
      const args = command.split(' ').slice(-1);
      const output = execFileSync(process.execPath, [join(root, 'dist/main.js'), ...args], {
        env: bareEnvironment(),
        encoding: 'utf8',
      });
      expect(output).not.toBe('');
    },
  ],
];

describe('the commands in the docs', () => {
  it('are found', () => {
    expect(shown.length).toBeGreaterThan(5);
    expect(shown.map(({ page }) => page)).toContain('README.md');
  });

  it.each(shown)('$page: $command', ({ command, said }) => {
    const [, by] = held.find(([pattern]) => pattern.test(command)) ?? [];
    if (typeof by === 'function') {
      by(command);
    } else if (by === 'test/docs/scripts') {
      const [, , script = ''] = command.split(' ');
      const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
      expect(Object.keys(scripts)).toContain(script);
    } else if (by !== undefined) {
      expect(existsSync(join(root, by)), `${by} holds it`).toBe(true);
    } else {
      // What cannot be run here says so where it stands.
      expect(said, 'no test holds it, and the page does not say what it needs').toMatch(
        /needs a tenant|not run here|your client|in the client|registry|by hand|maintainer/i,
      );
    }
  });
});
