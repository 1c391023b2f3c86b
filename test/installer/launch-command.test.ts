/** How a client starts the program, for every way in which it comes onto a machine. */
import { describe, expect, it } from 'vitest';
import { launchCommandOf } from '../../src/installer/launch-command.js';

const machine = (platform: NodeJS.Platform) => ({ platform, env: {}, home: '/home/ann' });

const noFile = (): string => {
  throw new Error('there is no file');
};

const command = (
  platform: NodeJS.Platform,
  main: string,
  node: string,
  readFile: (path: string) => string = noFile,
  isDesktop = false,
) => launchCommandOf({ main, node, version: '1.2.3' }, machine(platform), isDesktop, readFile);

describe('Node and the file, both absolute,', () => {
  it.each([
    ['a checkout', 'linux', '/home/ann/logto-management-mcp/dist/main.js', '/usr/bin/node'],
    [
      'a global install',
      'linux',
      '/usr/lib/node_modules/logto-management-mcp/dist/main.js',
      '/usr/bin/node',
    ],
    [
      'a project',
      'darwin',
      '/Users/ann/shop/node_modules/logto-management-mcp/dist/main.js',
      '/Users/ann/.nvm/versions/node/v22.1.0/bin/node',
    ],
    [
      'a global install',
      'win32',
      'C:\\Users\\ann\\AppData\\Roaming\\npm\\node_modules\\logto-management-mcp\\dist\\main.js',
      'C:\\Program Files\\nodejs\\node.exe',
    ],
  ] as const)('start %s on %s', (_, platform, main, node) => {
    expect(command(platform, main, node)).toEqual({ command: node, args: [main] });
  });

  it.each([
    ['/opt/homebrew/Cellar/node/24.1.0/bin/node', '/opt/homebrew/opt/node/bin/node'],
    ['/usr/local/Cellar/node@22/22.12.0_1/bin/node', '/usr/local/opt/node@22/bin/node'],
  ])('of Homebrew, %s, survives its next update', (node, lasting) => {
    expect(command('darwin', '/x/dist/main.js', node).command).toBe(lasting);
  });
});

describe('npx again', () => {
  const cache = '/home/ann/.npm/_npx/0123456789abcdef';
  const noted =
    (spec: string, folder = cache, separator = '/') =>
    (path: string): string => {
      expect(path).toBe(`${folder}${separator}package.json`);
      return JSON.stringify({ dependencies: { 'logto-management-mcp': spec }, _npx: {} });
    };
  /** A packed file is named apart from the program in it: by its path alone npx would start the file. */
  const wordsOf = (started: string): string[] =>
    started.endsWith('.tgz') && !started.startsWith('https:')
      ? [`--package=${started}`, 'logto-management-mcp']
      : [started];
  const main = `${cache}/node_modules/logto-management-mcp/dist/main.js`;

  it.each([
    ['a range of the registry', '^1.2.3', 'logto-management-mcp@1.2.3'],
    ['a version', '1.2.3', 'logto-management-mcp@1.2.3'],
    ['a tag', 'next', 'logto-management-mcp@1.2.3'],
    [
      'a packed file',
      'file:../../../down loads/logto-1.2.3.tgz',
      '/home/ann/down loads/logto-1.2.3.tgz',
    ],
    ['a packed file by its absolute path', 'file:/srv/logto-1.2.3.tgz', '/srv/logto-1.2.3.tgz'],
    [
      'a repository',
      'github:acme/logto-management-mcp#main',
      'github:acme/logto-management-mcp#main',
    ],
    [
      'a repository over ssh',
      'git+ssh://git@github.com/acme/logto.git',
      'git+ssh://git@github.com/acme/logto.git',
    ],
    ['an address', 'https://example.com/logto-1.2.3.tgz', 'https://example.com/logto-1.2.3.tgz'],
  ])('starts %s', (_, spec, started) => {
    for (const platform of ['linux', 'darwin'] as const) {
      expect(command(platform, main, '/usr/bin/node', noted(spec))).toEqual({
        command: 'npx',
        args: ['-y', ...wordsOf(started)],
      });
    }
  });

  it('is not used for desktop programs on macOS and Linux, which often do not find it', () => {
    for (const platform of ['linux', 'darwin'] as const) {
      expect(command(platform, main, '/usr/bin/node', noFile, true)).toEqual({
        command: '/usr/bin/node',
        args: [main],
        note: expect.stringContaining(`the copy that npx keeps in ${cache}`),
      });
    }
    expect(
      command('win32', windowsMain, 'C:\\node.exe', noted('^1.2.3', windows, '\\'), true).command,
    ).toBe('cmd');
  });

  const windows = 'C:\\Users\\ann\\AppData\\Local\\npm-cache\\_npx\\0123456789abcdef';
  const windowsMain = `${windows}\\node_modules\\logto-management-mcp\\dist\\main.js`;

  it.each([
    ['a range of the registry', '^1.2.3', 'logto-management-mcp@1.2.3'],
    [
      'a packed file',
      'file:../../../../../down loads/logto.tgz',
      'C:\\Users\\ann\\down loads\\logto.tgz',
    ],
    ['one on another disk', 'file:D:/logto.tgz', 'D:\\logto.tgz'],
  ])('starts %s by cmd on Windows', (_, spec, started) => {
    expect(command('win32', windowsMain, 'C:\\node.exe', noted(spec, windows, '\\'))).toEqual({
      command: 'cmd',
      args: ['/c', 'npx', '-y', ...wordsOf(started)],
    });
  });

  it.each([
    [
      'a name that cmd interprets',
      'win32',
      windowsMain,
      noted('file:D:/a&b.tgz', windows, '\\'),
      'the command line of Windows interprets',
    ],
    [
      'a token in the address',
      'linux',
      main,
      noted('git+https://ghp_0123@github.com/acme/logto.git'),
      'npm install -g',
    ],
    [
      'a password in the address',
      'linux',
      main,
      noted('https://ann:pass@example.com/logto.tgz'),
      'npm install -g',
    ],
    ['no note of npm', 'linux', main, noFile, 'npm install -g'],
    [
      'another runner',
      'linux',
      '/home/ann/.cache/pnpm/dlx/3f/node_modules/logto-management-mcp/dist/main.js',
      noFile,
      'npm install -g',
    ],
    [
      'yet another one',
      'linux',
      '/tmp/xfs-1/dlx-77/node_modules/logto-management-mcp/dist/main.js',
      noFile,
      'npm install -g',
    ],
  ] as const)('is refused for %s', (_, platform, file, readFile, words) => {
    const start = () => command(platform, file, '/usr/bin/node', readFile);
    expect(start).toThrow(words);
    expect(start).not.toThrow(/ghp_0123|pass@/);
  });
});
