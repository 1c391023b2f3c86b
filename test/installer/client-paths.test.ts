/** The configuration file of each client on each platform. */
import { describe, expect, it } from 'vitest';
import { type ClientName, clientNames } from '../../src/config/args.js';
import { clients, configFileOf, configFolder } from '../../src/installer/clients.js';

const homes = { linux: '/home/ann', darwin: '/Users/ann', win32: 'C:\\Users\\ann' } as const;

type Platform = keyof typeof homes;

const machine = (platform: Platform, env: Readonly<Record<string, string>> = {}) => ({
  platform,
  env,
  home: homes[platform],
});

const place = (
  client: ClientName,
  platform: Platform,
  env: Readonly<Record<string, string>> = {},
  folders: readonly string[] = [],
) => configFileOf(clients[client], machine(platform, env), (folder) => folders.includes(folder));

const defaultPaths: Readonly<Record<ClientName, Readonly<Record<Platform, string>>>> = {
  'claude-desktop': {
    linux: '/home/ann/.config/Claude/claude_desktop_config.json',
    darwin: '/Users/ann/Library/Application Support/Claude/claude_desktop_config.json',
    win32: 'C:\\Users\\ann\\AppData\\Roaming\\Claude\\claude_desktop_config.json',
  },
  'claude-code': {
    linux: '/home/ann/.claude.json',
    darwin: '/Users/ann/.claude.json',
    win32: 'C:\\Users\\ann\\.claude.json',
  },
  cursor: {
    linux: '/home/ann/.cursor/mcp.json',
    darwin: '/Users/ann/.cursor/mcp.json',
    win32: 'C:\\Users\\ann\\.cursor\\mcp.json',
  },
  vscode: {
    linux: '/home/ann/.config/Code/User/mcp.json',
    darwin: '/Users/ann/Library/Application Support/Code/User/mcp.json',
    win32: 'C:\\Users\\ann\\AppData\\Roaming\\Code\\User\\mcp.json',
  },
  codex: {
    linux: '/home/ann/.codex/config.toml',
    darwin: '/Users/ann/.codex/config.toml',
    win32: 'C:\\Users\\ann\\.codex\\config.toml',
  },
  gemini: {
    linux: '/home/ann/.gemini/settings.json',
    darwin: '/Users/ann/.gemini/settings.json',
    win32: 'C:\\Users\\ann\\.gemini\\settings.json',
  },
  windsurf: {
    linux: '/home/ann/.codeium/windsurf/mcp_config.json',
    darwin: '/Users/ann/.codeium/windsurf/mcp_config.json',
    win32: 'C:\\Users\\ann\\.codeium\\windsurf\\mcp_config.json',
  },
};

describe.each(clientNames)('%s', (client) => {
  it.each(['linux', 'darwin', 'win32'] as const)('on %s', (platform) => {
    expect(place(client, platform)).toBe(defaultPaths[client][platform]);
  });
});

it.each([
  [
    'claude-desktop',
    'linux',
    { XDG_CONFIG_HOME: '/cfg' },
    '/cfg/Claude/claude_desktop_config.json',
  ],
  ['claude-desktop', 'linux', { XDG_CONFIG_HOME: 'cfg' }, defaultPaths['claude-desktop'].linux],
  [
    'claude-desktop',
    'win32',
    { APPDATA: 'D:\\Roaming' },
    'D:\\Roaming\\Claude\\claude_desktop_config.json',
  ],
  ['claude-code', 'linux', { CLAUDE_CONFIG_DIR: '/srv/claude' }, '/srv/claude/.claude.json'],
  ['codex', 'darwin', { CODEX_HOME: '/srv/codex' }, '/srv/codex/config.toml'],
  ['gemini', 'linux', { GEMINI_CLI_HOME: '/srv' }, '/srv/.gemini/settings.json'],
  ['vscode', 'linux', { XDG_CONFIG_HOME: '/cfg' }, '/cfg/Code/User/mcp.json'],
] as const)('%s on %s follows %j', (client, platform, env, file) => {
  expect(place(client, platform, env)).toBe(file);
});

it.each([
  [
    'a packaged Claude Desktop on Windows',
    'claude-desktop',
    'win32',
    'C:\\Users\\ann\\AppData\\Local\\Packages\\Claude_pzs8sxrjxfjjc',
    'C:\\Users\\ann\\AppData\\Local\\Packages\\Claude_pzs8sxrjxfjjc\\LocalCache\\Roaming\\Claude\\claude_desktop_config.json',
  ],
  [
    'Devin Desktop',
    'windsurf',
    'linux',
    '/home/ann/.config/devin',
    '/home/ann/.config/devin/mcp_config.json',
  ],
  [
    'Devin Desktop',
    'windsurf',
    'darwin',
    '/Users/ann/.config/devin',
    '/Users/ann/.config/devin/mcp_config.json',
  ],
  [
    'Devin Desktop on Windows',
    'windsurf',
    'win32',
    'C:\\Users\\ann\\AppData\\Roaming\\devin',
    'C:\\Users\\ann\\AppData\\Roaming\\devin\\mcp_config.json',
  ],
] as const)(
  '%s has another location when its folder exists',
  (_, client, platform, folder, file) => {
    expect(place(client, platform, {}, [folder])).toBe(file);
  },
);

it('keeps secrets below the folder for settings, in a path without a space on macOS', () => {
  expect(configFolder(machine('linux'))).toBe('/home/ann/.config');
  expect(configFolder(machine('darwin'))).toBe('/Users/ann/.config');
  expect(configFolder(machine('win32'))).toBe('C:\\Users\\ann\\AppData\\Roaming');
  expect(configFolder(machine('darwin', { XDG_CONFIG_HOME: '/cfg' }))).toBe('/cfg');
});
