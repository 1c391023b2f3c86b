/** The settings of the command setup-http: the address of the MCP endpoint, and the clients to register. Pure. */
import { nearestNames } from '../nearest.js';
import { ConfigError, type Options } from './args.js';
import type { Config, Settings } from './config.js';
import { DEFAULT_HOST, DEFAULT_PORT } from './defaults.js';
import { type Environment, readAll, readOption } from './environment.js';
import { isLoopback, readBasePath, readBaseUrl } from './http-settings.js';

/** A client to register: its name, and the redirect URIs that receive the code. */
export interface ClientToRegister {
  readonly name: string;
  readonly redirectUris: readonly string[];
}

export interface SetupSettings {
  /** The address of the MCP endpoint as clients know it, which is the resource indicator to the letter. */
  readonly resource: string;
  readonly baseUrl: string;
  readonly basePath: string;
  readonly clients: readonly ClientToRegister[];
  /** Leave dynamic clients as they are. */
  readonly registeredOnly: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  /** The digest of the plan that is confirmed. */
  readonly yes: string | undefined;
}

/**
 * Clients whose redirect URIs are known. Loopback URIs have no port: Logto compares those of native applications without it.
 * ChatGPT is missing, because each connection has a redirect URI of its own there.
 */
export const knownClients: ReadonlyMap<string, ClientToRegister> = new Map(
  Object.entries({
    claude: {
      name: 'Claude',
      redirectUris: [
        'https://claude.ai/api/mcp/auth_callback',
        'https://claude.com/api/mcp/auth_callback',
      ],
    },
    'claude-code': { name: 'Claude Code', redirectUris: ['http://localhost/callback'] },
    vscode: {
      name: 'VS Code',
      redirectUris: [
        'http://127.0.0.1/',
        'https://vscode.dev/redirect',
        'https://insiders.vscode.dev/redirect',
      ],
    },
    cursor: {
      name: 'Cursor',
      redirectUris: [
        'cursor://anysphere.cursor-mcp/oauth/callback',
        'http://localhost/callback',
        'https://www.cursor.com/agents/mcp/oauth/callback',
      ],
    },
    codex: { name: 'Codex', redirectUris: ['http://127.0.0.1/callback'] },
    gemini: { name: 'Gemini CLI', redirectUris: ['http://localhost/oauth/callback'] },
  }),
);

/** Other names of known clients. Claude Desktop signs in through claude.ai. */
const CLIENT_ALIASES: ReadonlyMap<string, string> = new Map([['claude-desktop', 'claude']]);

const CLIENT_NAME = /^[A-Za-z0-9][\w.-]{0,31}$/;

/** Schemes that run or read content instead of opening an application. */
const UNSAFE_SCHEMES = new Set(['javascript:', 'data:', 'file:', 'blob:', 'vbscript:', 'about:']);

/** @throws ConfigError for a redirect URI that Logto cannot or should not send a code to */
function checkRedirectUri(name: string, uri: string): string {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (
    url === undefined ||
    url.hash !== '' ||
    uri.includes('*') ||
    UNSAFE_SCHEMES.has(url.protocol)
  ) {
    throw new ConfigError(
      `--register: the redirect URI of ${name} must be an absolute URL without # and *, as the client shows it, such as ${name}=https://chatgpt.com/connector/oauth/abc.`,
    );
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new ConfigError(
      `--register: the redirect URI of ${name} must begin with https://, because the code is sent to it. Only localhost and 127.0.0.1 take http://.`,
    );
  }
  return uri;
}

/** `cursor,mine=https://app.example/callback`; a name that is repeated gets several redirect URIs. */
function readClients(value: string | undefined): readonly ClientToRegister[] {
  const knownNames = [...knownClients.keys()];
  const clients = new Map<string, ClientToRegister>();
  for (const word of (value ?? '').split(/[\s,]+/).filter((part) => part !== '')) {
    const at = word.indexOf('=');
    const typed = at === -1 ? word : word.slice(0, at);
    const name = CLIENT_ALIASES.get(typed) ?? typed;
    if (!CLIENT_NAME.test(name)) {
      throw new ConfigError(
        '--register takes names of clients, or name=redirect-uri, separated by commas. A name has at most 32 letters, digits, dots, hyphens and underscores.',
      );
    }
    const preset = knownClients.get(name);
    if (at === -1 && preset === undefined) {
      const [nearest] = nearestNames(name, knownNames);
      throw new ConfigError(
        `--register: the redirect URI of ${name} is not known. ${
          nearest === undefined
            ? `Write ${name}=<redirect URI that the client shows>.`
            : `Did you mean ${nearest}? Otherwise write ${name}=<redirect URI that the client shows>.`
        } These need none: ${knownNames.join(', ')}.`,
      );
    }
    const before = clients.get(name);
    const added =
      at === -1 ? (preset?.redirectUris ?? []) : [checkRedirectUri(name, word.slice(at + 1))];
    clients.set(name, {
      name: preset?.name ?? name,
      redirectUris: [...new Set([...(before?.redirectUris ?? []), ...added])],
    });
  }
  return [...clients.values()];
}

function readSetupSettings(options: Options, env: Environment): SetupSettings {
  const { baseUrl, ...rest } = readAll({
    baseUrl: () => readBaseUrl(readOption(options, 'base-url', env, 'LOGTO_MCP_BASE_URL')),
    basePath: () => readBasePath(readOption(options, 'base-path', env, 'LOGTO_MCP_BASE_PATH')),
    clients: () => readClients(options.register),
  });
  const origin =
    baseUrl ?? (options.sandbox === true ? `http://${DEFAULT_HOST}:${DEFAULT_PORT}` : undefined);
  if (origin === undefined) {
    throw new ConfigError(
      'setup-http needs --base-url: the origin under which clients reach the MCP server, such as https://mcp.example.com. To try it on this machine alone: --base-url http://127.0.0.1:8787.',
    );
  }
  return {
    ...rest,
    baseUrl: origin,
    resource: new URL(rest.basePath, origin).href,
    registeredOnly: options['registered-only'] === true,
    dryRun: options['dry-run'] === true,
    json: options.json === true,
    yes: options.yes,
  };
}

/**
 * Reads all settings of the command setup-http.
 *
 * @throws ConfigError with every problem in them
 */
export const readSetupConfig = (
  { options, readServer }: Extract<Config, { command: 'setup-http' }>,
  env: Environment,
): { readonly server: Settings; readonly setup: SetupSettings } =>
  readAll({ server: readServer, setup: () => readSetupSettings(options, env) });
