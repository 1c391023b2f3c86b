/** What is published: the packed tarball, installed in an empty folder and started. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { publint } from 'publint';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listedByDefault } from '../support/default-list.js';
import { bareEnvironment, root } from '../support/process.js';

let folder = '';
let tarball = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packed-'));
  // The build has just been made; packing with scripts would build again while other tests run.
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  tarball = readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? '';
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${tarball}`], {
    cwd: folder,
  });
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('is installed without dependencies, with the program, its licences and the documentation', () => {
  expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(
    ['logto-management-mcp'],
  );
  const inside = readdirSync(join(folder, 'node_modules/logto-management-mcp'), {
    recursive: true,
  });
  const files = inside.map((file) => String(file).replaceAll('\\', '/'));
  // Parts of the program that a start does not read; their names carry a hash.
  const parts = files.filter((file) => /^dist\/parts\/[a-z-]+-[0-9A-Z]+\.js$/.test(file));
  expect(parts.length).toBeGreaterThan(2);
  const rest = files.filter((file) => !parts.includes(file) && !file.startsWith('docs/'));
  expect(rest.sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'SECURITY.md',
    'dist',
    'dist/THIRD-PARTY-LICENSES.txt',
    'dist/main.js',
    'dist/parts',
    'dist/parts/quickjs.wasm',
    'dist/parts/script-worker.js',
    'dist/parts/tool-manifest.jsonl',
    'dist/parts/view.html',
    'dist/sbom.cdx.json',
    'docs',
    'package.json',
  ]);
});

it('has every file that its README and its documentation link to', () => {
  const home = join(folder, 'node_modules/logto-management-mcp');
  const pages = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^((README|CHANGELOG|SECURITY)\.md|docs[\\/].*\.md)$/.test(file),
  );
  const links = pages.flatMap((page) =>
    [...readFileSync(join(home, page), 'utf8').matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => join(dirname(page), target)),
  );
  expect(links.length).toBeGreaterThan(50);
  expect(links.filter((path) => !existsSync(join(home, path)))).toEqual([]);
});

it('has every file that its help names', () => {
  const home = join(folder, 'node_modules/logto-management-mcp');
  const help = execFileSync(process.execPath, [join(home, 'dist/main.js'), '--help'], {
    encoding: 'utf8',
    env: bareEnvironment(),
  });
  const named = [...help.matchAll(/\bdocs\/[\w./-]+\w/g)].map(([path]) => path);
  expect(named).toContain('docs/safety.md');
  expect(named.filter((path) => !existsSync(join(home, path)))).toEqual([]);
  expect(existsSync(join(home, 'docs/policy.schema.json'))).toBe(true);
});

it('passes publint', async () => {
  const { messages } = await publint({
    strict: true,
    pack: { tarball: new Uint8Array(readFileSync(join(folder, tarball))).buffer },
  });
  expect(messages).toEqual([]);
});

it('starts and answers', async () => {
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(
    new StdioClientTransport({
      command: join(folder, 'node_modules/.bin/logto-management-mcp'),
      args: ['--sandbox'],
      env: bareEnvironment(),
      stderr: 'ignore',
    }),
  );
  const listed = (await client.listTools()).tools.map(({ name }) => name);
  expect([...listed].sort()).toEqual([...listedByDefault].sort());
  expect(await client.callTool({ name: 'list_roles', arguments: {} })).not.toHaveProperty(
    'isError',
  );
  await client.close();
});
