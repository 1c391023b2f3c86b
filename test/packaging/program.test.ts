/** What the bundled program contains, what it leaves out, and its licence notices. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  bundleProgram,
  noticesFile,
  type Program,
  programFile,
} from '../../src/dev/bundle-program.js';
import { noticesOf } from '../../src/dev/third-party-licenses.js';
import { root } from '../support/process.js';

let program: Program;
let paths: readonly string[] = [];

beforeAll(async () => {
  program = await bundleProgram();
  paths = [...program.inputs.keys()];
});

describe('the program', () => {
  it('is the one that the build has written', () => {
    expect([...program.files.keys()]).toContain(programFile);
    for (const [path, contents] of program.files) {
      expect(readFileSync(join(root, path)).equals(contents), path).toBe(true);
    }
  });

  it('contains every layer', () => {
    for (const layer of ['catalog', 'logto', 'guard', 'mcp', 'sandbox', 'store', 'http']) {
      expect(paths.filter((path) => path.startsWith(`src/${layer}/`))).not.toEqual([]);
    }
    expect(paths.filter((path) => path.startsWith('src/dev/'))).toEqual([]);
  });

  it('stays under 3.0 million bytes, and under 0.25 for what only the command http loads', () => {
    // 0.5 million are the interpreter of scripts, which only a script loads, 1.0 million packages, 0.34 the prepared tool lists, 0.15 data of the search, 0.17 each the catalog with its risks and
    // the sandbox. A jump means that something is bundled that nothing calls: look at the sizes in `program.inputs`.
    const sizeOf = (paths: readonly string[]) =>
      paths.reduce((sum, path) => sum + (program.files.get(path)?.length ?? 0), 0);
    const paths = [...program.files.keys()];
    expect(sizeOf(paths.filter((path) => !program.onlyHttp.has(path)))).toBeLessThan(3_000_000);
    const http = sizeOf([...program.onlyHttp]);
    expect(http).toBeGreaterThan(50_000);
    expect(http).toBeLessThan(250_000);
  });

  it.each([
    [
      "zod's languages other than English",
      /zod\/v4\/locales\/(?!en\.js$|index\.js$)/,
      'zod/v4/locales/de.js',
    ],
    ['ajv', /ajv/, 'ajv/dist/ajv.js'],
    ["undici's mocks", /undici\/lib\/mock\//, 'undici/lib/mock/mock-agent.js'],
    ["undici's caches", /undici\/lib\/(web\/)?cache\//, 'undici/lib/web/cache/cache.js'],
    ["undici's fetch", /undici\/lib\/web\/fetch\/index\.js/, 'undici/lib/web/fetch/index.js'],
    ["undici's WebSocket", /websocket\//, 'undici/lib/web/websocket/websocket.js'],
  ])('leaves out %s', (_, pattern, example) => {
    expect(paths.filter((path) => pattern.test(path))).toEqual([]);
    // The pattern must match an existing file, or it proves nothing.
    expect(existsSync(join(root, 'node_modules', example))).toBe(true);
    expect(example).toMatch(pattern);
  });

  it.each([
    ['the catalog', 'src/catalog/users.ts'],
    ['the sandbox', 'src/sandbox/tenant.ts'],
    ['the HTTP client', 'node_modules/undici/lib/dispatcher/agent.js'],
    ['the phrases of the search', 'src/mcp/search/phrases.tsv'],
    ['the summary keys of the search', 'src/mcp/search/summary-keys.tsv'],
    ['the synonyms of the search', 'src/mcp/search/synonyms.ts'],
    ['the text index', 'node_modules/minisearch/dist/es/index.js'],
    ['the SVG parser', 'node_modules/sax/lib/sax.js'],
    ['the doctor', 'src/doctor/index.ts'],
    ['the installer', 'src/installer/index.ts'],
  ])('does not read %s at a start', (_, path) => {
    expect(paths).toContain(path);
    expect(program.atStart).not.toContain(path);
    expect(program.atStart).toContain('src/mcp/registry.ts');
  });

  it('calls no part of the SDK that needs the omitted validator', () => {
    const callers = readdirSync(join(root, 'src/mcp'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .filter((file) =>
        /\b(elicitInput|fromJsonSchema|McpServer)\b/.test(
          readFileSync(join(root, 'src/mcp', file), 'utf8'),
        ),
      );
    expect(callers).toEqual([]);
  });
});

describe('the notices', () => {
  it('are next to the program', () => {
    expect(readFileSync(join(root, noticesFile), 'utf8')).toBe(noticesOf(program, root));
  });

  it('name every bundled package, with its version and a licence text', () => {
    const sections = noticesOf(program, root).split(`\n${'-'.repeat(80)}\n`);
    const packages = new Set(
      paths.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
    );
    expect([...packages]).toEqual(
      expect.arrayContaining([
        '@modelcontextprotocol/core',
        '@modelcontextprotocol/server',
        'leven',
        'minisearch',
        'undici',
        'zod',
      ]),
    );
    for (const name of packages) {
      const { version } = JSON.parse(
        readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'),
      );
      const section = sections.find((one) => one.includes(`${name} ${version} (`));
      expect(section, name).toMatch(
        /Permission is hereby granted|TERMS AND CONDITIONS|Blue Oak Model License|Redistribution and use in source and binary forms|free and unencumbered software/,
      );
    }
  });

  it.each([
    ['what the SDK carries inside', 'content-type 1.0.5 (MIT)', 'Douglas Christopher Wilson'],
    ["undici's parser", 'llhttp', 'Fedor Indutny'],
    ["a folder of undici's with its own licence", 'undici/lib/web/fetch', 'Ethan Arrowood'],
    ['a comment', 'undici/lib/web/fetch/body.js', 'formdata-polyfill'],
  ])('name %s', (_, title, author) => {
    const section = noticesOf(program, root)
      .split(`\n${'-'.repeat(80)}\n`)
      .find((one) => one.includes(title) && one.includes(author));
    expect(section).toBeDefined();
  });

  it('are refused for a package whose licence is not installed', () => {
    const empty = mkdtempSync(join(tmpdir(), 'notices-'));
    expect(() => noticesOf(program, empty)).toThrow(/its licence is not installed/);
    rmSync(empty, { recursive: true });
  });
});
