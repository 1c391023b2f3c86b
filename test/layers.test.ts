/** Who may import whom, derived anew from the sources, so that no setting of a linter can weaken it. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundleProgram } from '../src/dev/bundle-program.js';

const src = new URL('../src/', import.meta.url).pathname;

interface Import {
  readonly file: string;
  /** A package, or a path below `src`. */
  readonly target: string;
}

/** The code of a file without its comments, which may name what they please. */
const codeOf = (file: string): string =>
  readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '');

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);

const importsOf = (file: string): Import[] => {
  const source = codeOf(file);
  const pattern =
    /(?:^|\n)\s*(?:import|export)[^;]*?from\s*'([^']+)'|(?:import|require)\(\s*'([^']+)'\s*\)|(?:^|\n)import\s*'([^']+)'/g;
  return [...source.matchAll(pattern)].map(([, from, dynamic, bare]) => {
    const name = from ?? dynamic ?? bare ?? '';
    return {
      file,
      target: name.startsWith('.')
        ? normalize(join(dirname(file), name)).replace(/\.js$/, '.ts')
        : name,
    };
  });
};

const imports = files.flatMap(importsOf);

/** What each layer may import; a name ending in `/` stands for everything below it. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'catalog/': ['catalog/', 'zod'],
  'logto/': ['logto/', 'catalog/operation.ts', 'catalog/fields.ts', 'node:'],
  'sandbox/': ['sandbox/', 'catalog/', 'zod', 'node:'],
  'mcp/': [
    'mcp/',
    'catalog/',
    'logto/',
    'guard/',
    '@modelcontextprotocol/server',
    'zod',
    'leven',
    'minisearch',
  ],
  'config.ts': ['command-line.ts', 'log.ts', 'logto/'],
  'log.ts': ['logto/', 'node:async_hooks'],
  'doctor/': [
    'doctor/',
    'catalog/',
    'logto/',
    'config.ts',
    'command-line.ts',
    'guard/policy.ts',
    'guard/text.ts',
    'mcp/documents.ts',
    'mcp/exposure.ts',
    'mcp/surface.ts',
    'mcp/tools.ts',
    'node:',
  ],
  'command-line.ts': ['node:util'],
  'clients/': ['clients/', 'command-line.ts', 'config.ts', 'node:'],
  'guard/': ['guard/', 'catalog/', 'logto/', 'zod', 'node:'],
};

/** Narrower than its layer, or wider where one file has the licence. */
const only: Readonly<Record<string, readonly string[]>> = {
  undici: ['logto/connect.ts'],
  sax: ['logto/upload.ts'],
  'jsonc-parser': ['clients/json.ts'],
  'toml-eslint-parser': ['clients/toml.ts'],
  diff: ['clients/difference.ts'],
  '@modelcontextprotocol/server': ['mcp/server.ts', 'mcp/stdio.ts'],
};

const permits = (rule: string, target: string): boolean =>
  rule.endsWith('/') || rule.endsWith(':')
    ? target.startsWith(rule)
    : target === rule || target.startsWith(`${rule}/`);

describe('the layers', () => {
  it.each(Object.entries(allowed))('%s imports nothing but what it may', (layer, rules) => {
    const own = imports.filter(({ file }) => file.startsWith(layer));
    expect(own.length, 'a layer without imports means that the walk found nothing').toBeGreaterThan(
      0,
    );
    const breaches = own.filter(
      ({ file, target }) =>
        !rules.some((rule) => permits(rule, target)) && !(only[target]?.includes(file) ?? false),
    );
    expect(breaches).toEqual([]);
  });

  it.each(Object.entries(only))('%s is imported by its own files alone', (name, places) => {
    const users = imports
      .filter(({ file, target }) => permits(name, target) && !file.startsWith('dev/'))
      .map(({ file }) => file);
    expect([...new Set(users)].sort()).toEqual([...places].sort());
  });

  it('leaves process to the command line', () => {
    const users = files.filter(
      (file) => !file.startsWith('dev/') && /\bprocess\.|from 'node:process'/.test(codeOf(file)),
    );
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter((file) => !file.startsWith('cli/'))).toEqual([]);
  });

  it('reads no part at a start that only a command or a call needs', async () => {
    const { atStart, inputs } = await bundleProgram();
    const late =
      /^src\/(sandbox\/(?!settings)|doctor\/|installer\/|cli\/(doctor|init)|config\/help|logto\/undici-transport|catalog\/(index|users))/;
    expect([...inputs.keys()].filter((path) => late.test(path)).length).toBeGreaterThan(30);
    expect([...atStart].filter((path) => late.test(path))).toEqual([]);
    expect(atStart).toContain('src/cli/serve.ts');
  });

  it('writes isError in one place', () => {
    const writers = files.filter((file) => /\bisError\b/.test(codeOf(file)));
    expect(writers.filter((file) => !file.startsWith('dev/'))).toEqual(['mcp/results.ts']);
  });

  it('finds every file that there is', () => {
    expect(files.length).toBeGreaterThan(30);
    expect(files).toContain('main.ts');
  });
});
