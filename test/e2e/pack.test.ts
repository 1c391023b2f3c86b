/** What is published: the packed tarball, unpacked and started by npx from an empty cache. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { publint } from 'publint';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ClientName } from '../../src/config/args.js';
import { defaultFile, entryOf } from '../installer/machine.js';
import { runCommand } from '../support/command.js';
import { listedByDefault } from '../support/default-list.js';
import { bareEnvironment, root } from '../support/process.js';

/** The home of a person who has downloaded the tarball. */
let home = '';
let tarball = '';
/** The unpacked package. */
let copy = '';
/** A client of the server that npx has started. */
const client = new Client({ name: 'test', version: '1.0.0' });

/** The arguments of npx for the program in the tarball. */
const npxArguments = (): string[] => ['-y', `--package=${tarball}`, 'logto-management-mcp'];

const environment = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  ...bareEnvironment(),
  HOME: home,
  USERPROFILE: home,
  XDG_CONFIG_HOME: join(home, '.config'),
  CLAUDE_CONFIG_DIR: '',
  npm_config_cache: join(home, 'cache'),
  npm_config_offline: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
  ...more,
});

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'packed-'));
  // A path with a space, which the entry of a client must keep.
  const downloads = join(home, 'down loads');
  mkdirSync(downloads);
  // The build has just been made; packing with scripts would build again while other tests run.
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', downloads], {
    cwd: root,
    env: environment(),
    stdio: 'pipe',
  });
  tarball = join(downloads, readdirSync(downloads)[0] ?? '');
  await client.connect(
    new StdioClientTransport({
      command: 'npx',
      args: [...npxArguments(), '--sandbox'],
      env: environment(),
      // Another folder: npx must not depend on the current folder.
      cwd: tmpdir(),
      stderr: 'ignore',
    }),
  );
  const [unpacked = ''] = readdirSync(join(home, 'cache', '_npx'));
  copy = join(home, 'cache', '_npx', unpacked, 'node_modules/logto-management-mcp');
}, 60_000);

afterAll(async () => {
  await client.close();
  rmSync(home, { recursive: true, force: true });
});

it('starts with npx and answers', async () => {
  const listed = (await client.listTools()).tools.map(({ name }) => name);
  expect([...listed].sort()).toEqual([...listedByDefault].sort());
  expect(await client.callTool({ name: 'list_roles', arguments: {} })).not.toHaveProperty(
    'isError',
  );
});

it('is installed without dependencies, with the program, its licences and the documentation', () => {
  expect(readdirSync(dirname(copy)).filter((name) => !name.startsWith('.'))).toEqual([
    'logto-management-mcp',
  ]);
  const inside = readdirSync(copy, { recursive: true });
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
  const pages = readdirSync(copy, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^((README|CHANGELOG|SECURITY)\.md|docs[\\/].*\.md)$/.test(file),
  );
  const links = pages.flatMap((page) =>
    [...readFileSync(join(copy, page), 'utf8').matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => join(dirname(page), target)),
  );
  expect(links.length).toBeGreaterThan(50);
  expect(links.filter((path) => !existsSync(join(copy, path)))).toEqual([]);
});

it('has every file that its help names', async () => {
  const { out } = await runCommand(['--help']);
  const named = [...out.matchAll(/\bdocs\/[\w./-]+\w/g)].map(([path]) => path);
  expect(named).toContain('docs/safety.md');
  expect(named.filter((path) => !existsSync(join(copy, path)))).toEqual([]);
  expect(existsSync(join(copy, 'docs/policy.schema.json'))).toBe(true);
});

it('passes publint', async () => {
  const { messages } = await publint({
    strict: true,
    pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer },
  });
  expect(messages).toEqual([]);
});

it('writes entries that start npx as above, and for desktop programs the unpacked copy by path', async () => {
  const main = join(copy, 'dist/main.js');
  const entryFor = async (name: ClientName) => {
    const argv = ['init', '--client', name, '--sandbox'];
    expect(await runCommand(argv, environment(), home, main)).toMatchObject({ code: 0, err: '' });
    return entryOf(name, readFileSync(join(home, defaultFile[name]), 'utf8'));
  };
  expect(await entryFor('claude-code')).toMatchObject({
    command: 'npx',
    args: [...npxArguments(), '--sandbox'],
  });
  const { command = '', args = [], env = {} } = (await entryFor('cursor')) ?? {};
  expect(args).toEqual([main, '--sandbox']);
  const desktop = new Client({ name: 'test', version: '1.0.0' });
  await desktop.connect(
    new StdioClientTransport({
      command,
      args,
      cwd: tmpdir(),
      env: environment({ PATH: '/nowhere', ...env }),
      stderr: 'ignore',
    }),
  );
  expect((await desktop.listTools()).tools.length).toBeGreaterThan(0);
  await desktop.close();
});
