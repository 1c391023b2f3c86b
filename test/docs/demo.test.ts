/** The README's first command: the main use, and the guard. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { runDemo } from '../../src/dev/demo-parts.js';
import { picture as draw } from '../../src/dev/picture.js';
import type { Speaker, StoryLine } from '../../src/dev/story.js';
import { bareEnvironment, root } from '../support/process.js';

/** Programs start one after the other. */
vi.setConfig({ testTimeout: 60_000 });

/** A part of the demo in this process. */
async function demoPart(part: string): Promise<{ output: string; code: number }> {
  const lines: string[] = [];
  const code = await runDemo(part, (line) => lines.push(line));
  return { output: lines.join('\n'), code };
}

/** How the demo begins each line, by speaker; the first match counts. */
const BEGINNINGS: readonly (readonly [RegExp, Speaker])[] = [
  [/^You: {4}\[(.*)\]$/, 'typed'],
  [/^You: {4}(.*)$/, 'person'],
  [/^Agent: {2}→ (.*)$/, 'call'],
  [/^Agent: {2}(.*)$/, 'answer'],
  [/^ {8}│ (.*)$/, 'question'],
  [/^ {8}✗ (.*)$/, 'refused'],
];

/** The conversation that the demo printed. */
const conversationOf = (output: string): StoryLine[] =>
  output.split('\n').flatMap((line) =>
    BEGINNINGS.flatMap(([beginning, by]) => {
      const text = beginning.exec(line)?.[1];
      return text === undefined ? [] : [{ by, text }];
    }).slice(0, 1),
  );

/** The id of a run differs each time and has the same length. */
const withoutIds = (text: string): string => text.replaceAll(/run-[0-9a-f]{10}/g, 'run-0000000000');

it('shows the main use: a search, a reason, a job for many with one confirmation, its undo, a refusal', async () => {
  const { output, code } = await demoPart('story');
  expect(code).toBe(0);
  expect(output).toContain('viktor.horvat@example.com (page 1 of 1, 1 in total)');
  expect(output).toContain('the account is suspended');
  expect(output).toMatch(/You: {4}\[change 23, remove 22\]\nAgent: {2}45 writes sent, 0 left\./);
  expect(output).toContain('45 of 45 writes are undone.');
  expect(output).toContain('delete_application is refused');
  const conversation = conversationOf(output);
  expect(new Set(conversation.map(({ by }) => by)).size).toBe(BEGINNINGS.length);
  // The picture in the README shows the current conversation exactly; `npm run picture` draws it again.
  const picture = readFileSync(join(root, 'docs/demo.svg'), 'utf8');
  expect(withoutIds(picture)).toBe(withoutIds(draw(conversation)));
});

it('shows the guard: a preview, a refused removal, a confirmed one, and an undo', async () => {
  const { output, code } = await demoPart('safety');
  expect(code).toBe(0);
  expect(output).toContain('"plan_refused"');
  expect(output).toContain('"own_access"');
  expect(output).toMatch(/"value": "\[redacted: s-/);
  expect(output).toMatch(/c-\w+ is undone/);
});

it('names its parts when another is requested, as a process of its own', () => {
  // What `npm run demo -- nonsense` runs.
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'src/dev/demo.ts', 'nonsense'],
    { cwd: root, env: bareEnvironment(), encoding: 'utf8' },
  );
  expect(status).toBe(2);
  expect(stdout).toContain('the parts are story and safety');
});
