/** The guides name files and folders of the repository that exist, and the map in docs/design.md has every room. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/process.js';

const pages = [
  'README.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

/** The paths of all files and folders below a folder, from the root of the repository. */
const pathsIn = (folder: string): string[] => [
  folder,
  ...readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
    (path) => `${folder}/${path.replaceAll('\\', '/')}`,
  ),
];

const paths = ['src', 'test', 'docs', 'deploy'].flatMap(pathsIn);

/** The texts in backticks, outside code blocks. */
const codeIn = (text: string): string[] =>
  [...text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, code = '']) => code,
  );

/** Whether a text is the path of a source file, or of anything in a folder of the repository. */
const isPath = (code: string): boolean =>
  /^(?:src|test|docs|deploy)\/[\w<>./-]*$/.test(code) || /^[\w<>/-][\w<>./-]*\.tsv?$/.test(code);

/**
 * The paths in a text that do not exist. A page may name a file by the end of its path, such as `policy/policy.ts`, and
 * any domain by `<domain>`.
 *
 * @param folder the folder that must contain them; any folder without it
 */
function missingPaths(text: string, folder = ''): string[] {
  return codeIn(text)
    .filter(isPath)
    .filter((code) => {
      const path = code.replaceAll('<domain>', 'users').replace(/\/$/, '');
      return !paths.some(
        (existing) =>
          existing === path ||
          (existing.startsWith(folder) && existing.endsWith(`/${path}`)) ||
          existing === `src/${path}`,
      );
    });
}

describe('the paths', () => {
  it.each(pages)('in %s exist', (page) => {
    expect(missingPaths(textOf(page))).toEqual([]);
  });

  it('that do not exist are found', () => {
    const text = '`src/catalog/<domain>.ts` `src/nothing/` `policy/nothing.ts` `policy/policy.ts`';
    expect(missingPaths(text)).toEqual(['src/nothing/', 'policy/nothing.ts']);
    expect(missingPaths('`retry.ts`', 'src/mcp/')).toEqual(['retry.ts']);
  });
});

describe('the map in docs/design.md', () => {
  const [, map = ''] = /## Map\n([\s\S]*?)\n## /.exec(textOf('docs/design.md')) ?? [];
  const rows = [...map.matchAll(/^\| `(src\/[^`]+)` \| (.*) \|$/gm)].map(
    ([, room = '', text = '']) => ({ room, text }),
  );

  it('has every room of src, each once', () => {
    const rooms = readdirSync(join(root, 'src'), { withFileTypes: true }).map((entry) =>
      entry.isDirectory() ? `src/${entry.name}/` : `src/${entry.name}`,
    );
    expect(rows.map(({ room }) => room).sort()).toEqual(rooms.sort());
  });

  it.each(rows)('names only files of $room, or by a path from src', ({ room, text }) => {
    const folders = codeIn(text)
      .filter((code) => /^[\w-]+\/$/.test(code))
      .filter((code) => !existsSync(join(root, room, code)));
    expect([...missingPaths(text, room), ...folders]).toEqual([]);
  });
});

it('docs/adding-an-operation.md names only identifiers that the code has', () => {
  const code = paths
    .filter((path) => /^(?:src|test)\/.*\.ts$/.test(path))
    .map(textOf)
    .join('\n');
  const words = new Set(code.match(/\w+/g));
  const names = codeIn(textOf('docs/adding-an-operation.md')).flatMap(
    (span) => /^'?([A-Za-z_]\w*)'?(?:\(.*\)|: .*)?$/.exec(span)?.[1] ?? [],
  );
  expect(names.length).toBeGreaterThan(15);
  expect(names.filter((name) => !words.has(name))).toEqual([]);
});
