/** What docs/troubleshooting.md says that the program says, the program must say. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(root, 'src', file), 'utf8'))
  .join('\n');

/** Messages of others, which no source of ours holds. */
const foreign = ['spawn node ENOENT', 'command not found', 'Unexpected token'];

/** The first cells of the tables, and in them what stands in code. */
const quoted = page
  .split('\n')
  .map((line) => /^\| ([^|]+) \|/.exec(line)?.[1] ?? '')
  .filter((cell) => cell.startsWith('`'))
  .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text))
  .filter((text) => !foreign.includes(text));

describe('the page on troubleshooting', () => {
  it('quotes many messages', () => {
    expect(quoted.length).toBeGreaterThan(40);
  });

  it.each(quoted)('quotes a message of the program: %s', (text) => {
    for (const part of text.split('…').map((piece) => piece.trim())) {
      if (part !== '') {
        expect(sources).toContain(part);
      }
    }
  });

  it('names existing options and variables', () => {
    const names = page.match(/--[a-z-]+|LOGTO_[A-Z_]+/g) ?? [];
    for (const name of new Set(names)) {
      if (name !== '--use-system-ca' && name !== '--debug') {
        expect(sources).toContain(name.replace(/^--/, ''));
      }
    }
  });
});
