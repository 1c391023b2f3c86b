/**
 * Which room may import which, derived from the sources at every run, so that no linter setting can weaken it. A room is a
 * file or a folder directly below `src`; folders inside a room are checked as part of it and among themselves.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = new URL('../src/', import.meta.url).pathname;

/**
 * Each room with the rooms and packages that it may import beside itself. A room may only import rooms that stand above it
 * in this table, so no import runs upwards. `catalog/operation.ts` allows that one file.
 */
const rooms: Readonly<Record<string, readonly string[]>> = {
  'json.ts': [],
  'nearest.ts': ['leven'],
  'plain-words.ts': [],
  view: ['@modelcontextprotocol/ext-apps', 'plain-words.ts'],
  catalog: ['json.ts', 'zod'],
  logto: ['json.ts', 'catalog', 'node:', 'undici', 'sax'],
  sandbox: ['json.ts', 'catalog', 'zod', 'node:'],
  store: ['json.ts', 'logto', 'postgres', 'node:'],
  guard: ['json.ts', 'nearest.ts', 'catalog', 'logto', 'store', 'zod', 'node:'],
  jobs: [
    'json.ts',
    'catalog',
    'logto',
    'guard',
    'node:',
    'quickjs-emscripten-core',
    '@jitl/quickjs-wasmfile-release-sync',
    'esbuild',
  ],
  manifest: ['json.ts', 'nearest.ts', 'catalog', 'logto', 'guard', 'jobs', 'zod', 'yaml', 'node:'],
  mcp: [
    'json.ts',
    'nearest.ts',
    'plain-words.ts',
    'catalog',
    'logto',
    'guard',
    'jobs',
    'manifest',
    '@modelcontextprotocol/server',
    'zod',
    'minisearch',
    'leven',
    'esbuild',
    'node:',
  ],
  'logger.ts': ['logto', 'guard', 'node:'],
  config: [
    'nearest.ts',
    'logger.ts',
    'catalog/release-names.ts',
    'guard/confirm/confirm-mode.ts',
    'logto',
    'node:',
  ],
  http: [
    'json.ts',
    'catalog',
    'logto',
    'store',
    'guard',
    'mcp',
    'config',
    '@modelcontextprotocol/server',
    '@modelcontextprotocol/node',
    '@opentelemetry',
    'jose',
    'node:',
  ],
  installer: [
    'json.ts',
    'guard/confirm/confirm-mode.ts',
    'config',
    'jsonc-parser',
    'toml-eslint-parser',
    'diff',
    'node:',
  ],
  doctor: ['json.ts', 'catalog', 'logto', 'guard', 'mcp', 'config', 'installer', 'node:'],
  cli: [
    'catalog',
    'logto',
    'sandbox',
    'guard',
    'jobs',
    'manifest',
    'store',
    'mcp',
    'logger.ts',
    'config',
    'http',
    'installer',
    'json.ts',
    'doctor',
    'node:',
    '../package.json',
  ],
  'main.ts': ['cli', 'config', 'node:', '../package.json'],
  dev: ['*'],
};

/** Packages that exactly one file, or files whose path begins so, may import; `dev`, which is never shipped, is exempt. */
const owners: Readonly<Record<string, string | readonly string[]>> = {
  undici: 'logto/undici-transport.ts',
  sax: 'logto/upload.ts',
  'jsonc-parser': 'installer/jsonc.ts',
  'toml-eslint-parser': 'installer/toml.ts',
  diff: 'installer/diff.ts',
  minisearch: 'mcp/search/',
  'quickjs-emscripten-core': 'jobs/script-worker.ts',
  esbuild: ['jobs/script-files.ts', 'mcp/view-page.ts'],
  yaml: 'manifest/yaml-files.ts',
  '@modelcontextprotocol/server': ['mcp/s', 'http/'],
  '@modelcontextprotocol/node': 'http/endpoint.ts',
  '@opentelemetry': 'http/open-telemetry.ts',
  jose: 'http/',
  postgres: 'store/postgres',
};

/** The largest source file in lines. Catalog, sandbox and data files are exempt: they grow with the API. */
const MAX_FILE_LINES = 450;

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'))
  .sort();

const textOf = (file: string): string => readFileSync(join(src, file), 'utf8');

/** The code of a file without its comments, which may name any module. */
const codeOf = (file: string): string =>
  textOf(file).replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '');

const roomOf = (file: string): string => file.split('/')[0] ?? '';

interface Import {
  readonly file: string;
  /** A package, or a path below `src`. */
  readonly target: string;
}

/** The imports in the code of a file: static and dynamic ones, of values and of types. */
const importsIn = (file: string, code: string): Import[] => {
  const pattern =
    /(?:^|\n)\s*(?:import|export)(?:\s+type)?\b[^;]*?\sfrom\s*'([^']+)'|(?:import|require)\(\s*'([^']+)'\s*\)|(?:^|\n)import\s*'([^']+)'/g;
  return [...code.matchAll(pattern)].map(([, from, lazy, bare]) => {
    const name = from ?? lazy ?? bare ?? '';
    const target = name.startsWith('.')
      ? normalize(join(dirname(file), name)).replace(/\.js$/, '.ts')
      : name;
    return { file, target };
  });
};

const imports = files.flatMap((file) => importsIn(file, codeOf(file)));
const isOurs = ({ target }: Import): boolean => files.includes(target);

const permits = (rule: string, target: string): boolean =>
  rule === '*' ||
  (rule.endsWith(':') ? target.startsWith(rule) : target === rule || target.startsWith(`${rule}/`));

/** The first cycle that is reachable in a graph, as the path that leads back to its start. */
function cycleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(node)) {
      return [...path.slice(path.indexOf(node)), node];
    }
    if (done.has(node)) {
      return undefined;
    }
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle !== undefined) {
        return cycle;
      }
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle !== undefined) {
      return cycle;
    }
  }
  return undefined;
}

describe('the rooms of src', () => {
  it('contain every source file, and none of them is empty', () => {
    const actual = [...new Set(files.map(roomOf))].sort();
    expect(actual).toEqual(Object.keys(rooms).sort());
  });

  it('have no empty folder at any depth', () => {
    const folders = readdirSync(src, { recursive: true, withFileTypes: true }).filter((item) =>
      item.isDirectory(),
    );
    const empty = folders.filter(
      ({ parentPath, name }) => readdirSync(join(parentPath, name)).length === 0,
    );
    expect(empty.map(({ name }) => name)).toEqual([]);
  });

  it.each(Object.entries(rooms))('%s imports only what its row allows', (room, allowed) => {
    const breaches = imports
      .filter(({ file }) => roomOf(file) === room)
      .filter(({ target }) => ![...allowed, room].some((rule) => permits(rule, target)));
    expect(breaches.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });

  it.each(Object.entries(rooms).filter(([room]) => room !== 'dev'))(
    '%s allows no room below it in the table, and none that it does not use',
    (room, allowed) => {
      const order = Object.keys(rooms);
      const others = allowed.filter((rule) => order.includes(rule));
      expect(others.filter((rule) => order.indexOf(rule) > order.indexOf(room))).toEqual([]);
      const used = (rule: string) =>
        imports.some(({ file, target }) => roomOf(file) === room && permits(rule, target));
      expect(allowed.filter((rule) => !used(rule))).toEqual([]);
    },
  );

  it('have no circular import between files, imports of types and dynamic ones included', () => {
    const graph = new Map(
      files.map((file) => [
        file,
        imports.filter((item) => item.file === file && isOurs(item)).map(({ target }) => target),
      ]),
    );
    expect(cycleIn(graph)).toBeUndefined();
  });

  it('resolve every relative import to a file that exists', () => {
    const broken = imports.filter(
      (item) => !isOurs(item) && /\.ts$/.test(item.target) && roomOf(item.file) !== 'dev',
    );
    expect(broken).toEqual([]);
  });

  it.each(Object.entries(owners))('%s is imported by %j alone', (name, owner) => {
    const users = imports
      .filter(({ file, target }) => permits(name, target) && roomOf(file) !== 'dev')
      .map(({ file }) => file);
    expect(users.length).toBeGreaterThan(0);
    const places = [owner].flat();
    expect(users.filter((file) => !places.some((place) => file.startsWith(place)))).toEqual([]);
  });

  it('use process only in cli and main.ts', () => {
    // The computing time of a script is no state of the process.
    const users = files.filter((file) =>
      /\bprocess\.(?!cpuUsage\b)|from 'node:process'/.test(codeOf(file)),
    );
    const others = users.map(roomOf).filter((room) => !['cli', 'main.ts', 'dev'].includes(room));
    expect(users.length).toBeGreaterThan(0);
    expect(others).toEqual([]);
  });

  it(`have files of at most ${MAX_FILE_LINES} lines, except catalog and sandbox`, () => {
    const large = files
      .filter((file) => !['catalog', 'sandbox'].includes(roomOf(file)))
      .map((file) => ({ file, lines: textOf(file).split('\n').length - 1 }))
      .filter(({ lines }) => lines > MAX_FILE_LINES);
    expect(large).toEqual([]);
  });
});

/** Names that a pattern finds in more than one file, with the files. */
function repeatedNames(pattern: RegExp, among: readonly string[]): readonly string[] {
  const places = new Map<string, string[]>();
  for (const file of among) {
    for (const [, name = ''] of codeOf(file).matchAll(pattern)) {
      places.set(name, [...(places.get(name) ?? []), file]);
    }
  }
  return [...places]
    .filter(([, where]) => where.length > 1)
    .map(([name, where]) => `${name}: ${where.join(', ')}`);
}

describe('one name means one thing', () => {
  it('declares each type in one file', () => {
    const declaration = /^(?:export )?(?:interface|type|class|enum) (\w+)/gm;
    expect(files.some((file) => declaration.test(codeOf(file)))).toBe(true);
    expect(repeatedNames(declaration, files)).toEqual([]);
  });

  it('exports each function and constant from one file', () => {
    // The sandbox has the collections of the catalog's domains; dev replaces modules by bundled ones.
    const among = files.filter((file) => !['sandbox', 'dev', 'view'].includes(roomOf(file)));
    expect(repeatedNames(/^export (?:async )?(?:const|function\*?) (\w+)/gm, among)).toEqual([]);
  });

  it('finds a name that two files declare', () => {
    expect(repeatedNames(/^export (const) /gm, files)).toHaveLength(1);
  });
});

describe('the check of cycles', () => {
  it('finds a cycle and names its path', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
    ]);
    expect(cycleIn(graph)).toEqual(['b', 'c', 'b']);
    expect(cycleIn(new Map([['a', ['b']]]))).toBeUndefined();
  });

  it('counts imports of types and dynamic imports', () => {
    const code = [
      "import { a } from './a.js';",
      "import type { B } from './b.js';",
      "export { c } from './c.js';",
      "const { d } = await import('./d.js');",
    ].join('\n');
    expect(importsIn('room/x.ts', code).map(({ target }) => target)).toEqual([
      'room/a.ts',
      'room/b.ts',
      'room/c.ts',
      'room/d.ts',
    ]);
  });
});
