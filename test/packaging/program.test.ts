/** What the bundled program contains, what it leaves out, and its licence notices. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type BundledProgram,
  bundleProgram,
  GROUPS,
  noticesFile,
  programFile,
  sbomFile,
} from '../../src/dev/bundle-program.js';
import { sbomOf } from '../../src/dev/sbom.js';
import { bundledPackages, noticesOf } from '../../src/dev/third-party-licenses.js';
import { readStoredManifest } from '../../src/mcp/stored-manifest.js';
import { toolManifest } from '../../src/mcp/tool-manifest.js';
import { root } from '../support/process.js';

let program: BundledProgram;
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

  it('stays under 3.6 million bytes, and under 0.45 for what only the command http loads', () => {
    // 0.5 million are the interpreter of scripts, which only a script loads, 1.2 million packages (the YAML of manifests among them), 0.34 the prepared tool lists, 0.15 data of the search, 0.17 each the catalog with its risks and
    // the sandbox. A jump means that something is bundled that nothing calls: look at the sizes in `program.inputs`.
    const sizeOf = (paths: readonly string[]) =>
      paths.reduce((sum, path) => sum + (program.files.get(path)?.length ?? 0), 0);
    const paths = [...program.files.keys()];
    expect(sizeOf(paths.filter((path) => !program.onlyHttp.has(path)))).toBeLessThan(3_600_000);
    // 0.19 million of it is OpenTelemetry, which is loaded only when traces or metrics are sent.
    const http = sizeOf([...program.onlyHttp]);
    expect(http).toBeGreaterThan(50_000);
    expect(http).toBeLessThan(450_000);
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
    [
      "OpenTelemetry's reader of the machine's id",
      /machine-id\/getMachineId-/,
      '@opentelemetry/resources/build/esm/detectors/platform/node/machine-id/getMachineId-linux.js',
    ],
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
    ['the members of answers', 'src/mcp/search/answers.tsv'],
    ['the signatures of operations', 'src/mcp/search/signature.ts'],
    ['the synonyms of the search', 'src/mcp/search/synonyms.ts'],
    ['the text index', 'node_modules/minisearch/dist/es/index.js'],
    ['the SVG parser', 'node_modules/sax/lib/sax.js'],
    ['the doctor', 'src/doctor/index.ts'],
    ['the installer', 'src/installer/index.ts'],
    ['the guard', 'src/guard/guard.ts'],
    ['the session', 'src/logto/session.ts'],
    ['the hints for errors of Logto', 'src/logto/hints-by-code.ts'],
    ['the reader of policies', 'src/guard/policy/policy-file.ts'],
    ['the scripts', 'src/jobs/execute-script.ts'],
    ['the registry with what runs', 'src/mcp/registry.ts'],
    ['the schemas of operations', 'src/mcp/operation-schemas.ts'],
    ['the server over HTTP', 'src/http/server.ts'],
    ['the rules for principals', 'src/guard/policy/principal-rules.ts'],
    ['the store in memory', 'src/store/memory.ts'],
    ['the store in PostgreSQL', 'src/store/postgres.ts'],
    ['the client of PostgreSQL', 'node_modules/postgres/src/index.js'],
    ['the verification of tokens', 'node_modules/jose/dist/webapi/jwt/verify.js'],
    ["the SDK's adapter for Node", 'node_modules/@modelcontextprotocol/node/dist/index.mjs'],
    ['the settings of the command http', 'src/config/http-settings.ts'],
    ['the validation of arguments', 'src/mcp/validate-arguments.ts'],
  ])('does not read %s at a start', (_, path) => {
    expect(paths).toContain(path);
    expect(program.atStart).not.toContain(path);
    expect(program.atStart).toContain('src/mcp/listing.ts');
  });

  it('does not read OpenTelemetry or the client of PostgreSQL at a start of the command http', () => {
    const lazy = /@opentelemetry|node_modules\/postgres\/|src\/http\/open-telemetry/;
    expect(paths.filter((path) => lazy.test(path)).length).toBeGreaterThan(20);
    expect([...program.atHttpStart].filter((path) => lazy.test(path))).toEqual([]);
    expect(program.atHttpStart).toContain('src/http/server.ts');
  });

  it('puts modules together that are loaded together, and no name of one hides that of another', async () => {
    for (const [group, sources] of Object.entries(GROUPS)) {
      const names = (
        await Promise.all(sources.map((source) => import(/* @vite-ignore */ `../../${source}`)))
      ).flatMap((module) => Object.keys(module));
      expect(names, group).toEqual([...new Set(names)]);
    }
    expect([...program.files.keys()].filter((path) => path.endsWith('.js')).length).toBeLessThan(
      45,
    );
  });

  it('reads two files and the manifest at a start, with less code than a bare server on the SDK', () => {
    const code = [...program.filesAtStart].map((path) => program.files.get(path)?.length ?? 0);
    expect(code).toHaveLength(2);
    // The bare server of the benchmark has 615,000 bytes, a tenth of which are a validator that the program leaves out.
    expect(code.reduce((sum, size) => sum + size)).toBeLessThan(585_000);
  });

  it('stores the manifest of tools in ASCII, and reads it back unchanged', () => {
    const text = String(program.files.get('dist/parts/tool-manifest.jsonl'));
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    const { operations, builtIns } = readStoredManifest(text);
    expect({
      operations: operations.map(
        ({ name, key, domain, operation, description, inputSchema, hint, newer }) => ({
          name,
          key,
          domain,
          operation,
          description,
          inputSchema,
          hint,
          newer,
        }),
      ),
      builtIns,
    }).toEqual(toolManifest);
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
      const section = sections.find((item) => item.includes(`${name} ${version} (`));
      expect(section, name).toMatch(
        /Permission is hereby granted|Permission to use, copy, modify|TERMS AND CONDITIONS|Blue Oak Model License|Redistribution and use in source and binary forms|free and unencumbered software/,
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
      .find((item) => item.includes(title) && item.includes(author));
    expect(section).toBeDefined();
  });

  it('are refused for a package whose licence is not installed', () => {
    const empty = mkdtempSync(join(tmpdir(), 'notices-'));
    expect(() => noticesOf(program, empty)).toThrow(/its licence is not installed/);
    rmSync(empty, { recursive: true });
  });
});

describe('the software bill of materials', () => {
  it('is next to the program, the same for the same sources', () => {
    const packages = bundledPackages(program, root);
    expect(readFileSync(join(root, sbomFile), 'utf8')).toBe(sbomOf(packages));
    expect(sbomOf(packages)).toBe(sbomOf(packages));
  });

  it('lists exactly the packages that have a notice', () => {
    const { components }: { components: { name: string; version: string }[] } = JSON.parse(
      sbomOf(bundledPackages(program, root)),
    );
    const noticed = noticesOf(program, root).matchAll(/^((?:@[\w.-]+\/)?[\w.-]+) (\d[\w.-]*) \(/gm);
    expect(components.map(({ name, version }) => `${name} ${version}`).sort()).toEqual(
      [...noticed].map(([, name, version]) => `${name} ${version}`).sort(),
    );
    expect(components.map(({ name }) => name)).toContain('zod');
  });
});
