/** The journal is a file of its own: it follows no link, and only its owner can read it. */
import {
  linkSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileJournal } from '../../../src/guard/undo/journal-file.js';
import { type Connected, connectSandbox } from '../../support/client.js';

let folder: string;
let connected: Connected | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  connected = undefined;
});
afterEach(async () => {
  await connected?.close();
  rmSync(folder, { recursive: true });
});

it.each([
  ['a symbolic link', symlinkSync],
  ['a hard link', linkSync],
] as const)('is not written through %s, and then nothing is changed', async (_, link) => {
  const target = join(folder, 'target');
  writeFileSync(target, 'untouched\n', { mode: 0o644 });
  link(target, join(folder, 'changes.jsonl'));
  connected = await connectSandbox({ lines: fileJournal(join(folder, 'changes.jsonl')) });
  expect(
    await connected.call('update_role', { id: 'support', description: 'changed' }),
  ).toMatchObject({ ok: false, error: { code: 'journal_not_writable' } });
  expect(readFileSync(target, 'utf8')).toBe('untouched\n');
  expect(statSync(target).mode & 0o777).toBe(0o644);
});

it('is readable for its owner alone', async () => {
  const path = join(folder, 'changes.jsonl');
  connected = await connectSandbox({ lines: fileJournal(path) });
  await connected.call('update_role', { id: 'support', description: 'changed' });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});
