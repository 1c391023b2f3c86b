/** The options of setup-http: the address of the endpoint, and the clients to register. */
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { readSetupConfig, type SetupSettings } from '../../src/config/setup-settings.js';

const BASE_URL = 'https://mcp.example.com';

function settingsOf(...args: readonly string[]): SetupSettings {
  const config = readConfig(
    ['setup-http', '--sandbox', ...args],
    {},
    () => '',
    () => true,
  );
  if (config.command !== 'setup-http') {
    throw new Error('another command');
  }
  return readSetupConfig(config, {}).setup;
}

describe('the settings of setup-http', () => {
  it.each([
    [[], 'http://127.0.0.1:8787/mcp'],
    [['--base-url', BASE_URL], `${BASE_URL}/mcp`],
    [['--base-url', `${BASE_URL}/`], `${BASE_URL}/mcp`],
    [['--base-url', 'https://MCP.example.com:443'], `${BASE_URL}/mcp`],
    [['--base-url', BASE_URL, '--base-path', '/team/mcp/'], `${BASE_URL}/team/mcp/`],
    [['--base-url', BASE_URL, '--base-path', '/'], `${BASE_URL}/`],
  ] as const)(
    '%j give the resource indicator %s, as the server advertises it',
    (args, expected) => {
      expect(settingsOf(...args).resource).toBe(expected);
    },
  );

  it('joins the redirect URIs of a client that is named several times', () => {
    const { clients } = settingsOf(
      ...['--register', 'gemini,mine=https://a.example/1 mine=http://localhost/2,gemini'],
    );
    expect(clients).toEqual([
      { name: 'Gemini CLI', redirectUris: ['http://localhost/oauth/callback'] },
      { name: 'mine', redirectUris: ['https://a.example/1', 'http://localhost/2'] },
    ]);
  });

  it('know Claude Desktop as claude', () => {
    const [byAlias] = settingsOf('--base-url', BASE_URL, '--register', 'claude-desktop').clients;
    expect(byAlias).toEqual(settingsOf('--base-url', BASE_URL, '--register', 'claude').clients[0]);
    expect(byAlias?.name).toBe('Claude');
  });

  it.each([
    [['--base-url', 'mcp.example.com'], /--base-url must be a URL/],
    [['--base-url', 'http://mcp.example.com'], /--base-url must begin with https/],
    [['--base-url', `${BASE_URL}/mcp`], /without a path[\s\S]*--base-path/],
    [['--base-url', BASE_URL, '--base-path', 'mcp'], /--base-path must be a path such as \/mcp/],
    [
      ['--base-url', BASE_URL, '--register', 'cursr'],
      /Did you mean cursor[\s\S]*These need none: claude, claude-code/,
    ],
    [
      ['--base-url', BASE_URL, '--register', 'constructor'],
      /redirect URI of constructor is not known/,
    ],
    [['--base-url', BASE_URL, '--register', 'mine=x'], /must be an absolute URL/],
    [['--base-url', BASE_URL, '--register', 'mine=https://*.a.example/cb'], /without # and \*/],
    [['--base-url', BASE_URL, '--register', 'mine=javascript:alert(1)'], /must be an absolute URL/],
    [['--base-url', BASE_URL, '--register', 'mine=http://a.example/cb'], /must begin with https/],
    [['--base-url', BASE_URL, '--register', 'a/b=https://a.example'], /takes names of clients/],
  ] as const)('refuse %j', (args, expected) => {
    expect(() => settingsOf(...args)).toThrow(expected);
  });
});
