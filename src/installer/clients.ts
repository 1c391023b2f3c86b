/**
 * The MCP clients that an entry can be written for, and where each keeps it.
 *
 * Four of them have a command of their own that adds a server, and none of these is used, since none keeps the rest of the
 * file. Measured in November 2026: `codex mcp add` (0.169) drops the comments in the tables of other servers,
 * `gemini mcp add` (0.61) and `claude mcp add-json` (2.1.330) write the whole file anew with their own spacing, and the latter
 * refuses a name that exists; `code --add-mcp` has no counterpart that removes, and is a batch file on Windows, which cannot
 * be started without a shell. A running Claude Code reads its file again before it writes, so an edit is not lost to it.
 */
import path from 'node:path';
import type { ClientName } from '../config/args.js';
import type { Format } from './config-format.js';
import { json } from './jsonc.js';
import { toml } from './toml.js';

/** The machine, as far as places depend on it. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

export interface ConfigLocation {
  readonly file: string;
  /** The file is this one where this folder exists; without a folder it is this one. */
  readonly where?: string;
}

export interface Client {
  /** Its name as people know it. */
  readonly title: string;
  readonly format: Format;
  /** The table or object in which the file lists servers. */
  readonly servers: string;
  /** Whether an entry says that it is started over stdio. */
  readonly typed?: true;
  /** Whether the client asks for secrets and keeps them encrypted. */
  readonly asks?: true;
  /** What the client replaces in the values of an entry; a value that holds it would not arrive as it was written. */
  readonly replaces?: RegExp;
  /** Where a user's own configuration is; the first place that applies counts. */
  places(machine: Machine): readonly ConfigLocation[];
  /** What to do for the client to read its configuration anew. */
  readonly restart: string;
}

/** Paths as the platform writes them. */
export const pathsOf = ({ platform }: Machine): path.PlatformPath =>
  platform === 'win32' ? path.win32 : path.posix;

/** A folder out of the environment; a relative one is none, as the XDG specification has it for its own. */
function folderIn(machine: Machine, variable: string): string | undefined {
  const folder = machine.env[variable];
  return folder !== undefined && pathsOf(machine).isAbsolute(folder) ? folder : undefined;
}

/** Where programs with a window keep their settings. */
export function settingsFolder(machine: Machine): string {
  const { join } = pathsOf(machine);
  switch (machine.platform) {
    case 'win32':
      return folderIn(machine, 'APPDATA') ?? join(machine.home, 'AppData', 'Roaming');
    case 'darwin':
      return join(machine.home, 'Library', 'Application Support');
    default:
      return configFolder(machine);
  }
}

/** Where programs of the command line keep their settings; on macOS too, whose own folder has a blank in its name. */
export function configFolder(machine: Machine): string {
  return machine.platform === 'win32'
    ? settingsFolder(machine)
    : (folderIn(machine, 'XDG_CONFIG_HOME') ?? pathsOf(machine).join(machine.home, '.config'));
}

const inHome = (machine: Machine, ...names: string[]): string =>
  pathsOf(machine).join(machine.home, ...names);

/** Windows keeps the files of a packaged app apart; the hash in the name stands for the publisher and never changes. */
function packagedClaude(machine: Machine): ConfigLocation[] {
  if (machine.platform !== 'win32') {
    return [];
  }
  const { join } = pathsOf(machine);
  const local = folderIn(machine, 'LOCALAPPDATA') ?? join(machine.home, 'AppData', 'Local');
  const where = join(local, 'Packages', 'Claude_pzs8sxrjxfjjc');
  const file = join(where, 'LocalCache', 'Roaming', 'Claude', 'claude_desktop_config.json');
  return [{ file, where }];
}

const newSession = (title: string): string => `Start a new session of ${title}`;

export const clients: Readonly<Record<ClientName, Client>> = {
  'claude-desktop': {
    title: 'Claude Desktop',
    format: json,
    servers: 'mcpServers',
    places: (machine) => [
      ...packagedClaude(machine),
      {
        file: pathsOf(machine).join(
          settingsFolder(machine),
          'Claude',
          'claude_desktop_config.json',
        ),
      },
    ],
    restart: 'Quit Claude Desktop and open it again',
  },
  'claude-code': {
    title: 'Claude Code',
    format: json,
    servers: 'mcpServers',
    typed: true,
    replaces: /\$\{/,
    places: (machine) => [
      {
        file: pathsOf(machine).join(
          folderIn(machine, 'CLAUDE_CONFIG_DIR') ?? machine.home,
          '.claude.json',
        ),
      },
    ],
    restart: newSession('Claude Code'),
  },
  cursor: {
    title: 'Cursor',
    format: json,
    servers: 'mcpServers',
    replaces: /\$\{/,
    places: (machine) => [{ file: inHome(machine, '.cursor', 'mcp.json') }],
    restart: 'Switch the server on in the MCP settings of Cursor, or restart Cursor',
  },
  vscode: {
    title: 'VS Code',
    format: json,
    servers: 'servers',
    typed: true,
    asks: true,
    replaces: /\$\{/,
    places: (machine) => [
      { file: pathsOf(machine).join(settingsFolder(machine), 'Code', 'User', 'mcp.json') },
    ],
    restart: 'Run "MCP: List Servers" in VS Code and start the server',
  },
  codex: {
    title: 'Codex',
    format: toml,
    servers: 'mcp_servers',
    places: (machine) => [
      {
        file: pathsOf(machine).join(
          folderIn(machine, 'CODEX_HOME') ?? inHome(machine, '.codex'),
          'config.toml',
        ),
      },
    ],
    restart: newSession('Codex'),
  },
  gemini: {
    title: 'Gemini CLI',
    format: json,
    servers: 'mcpServers',
    replaces: /\$[A-Za-z_{]/,
    places: (machine) => [
      {
        file: pathsOf(machine).join(
          folderIn(machine, 'GEMINI_CLI_HOME') ?? machine.home,
          '.gemini',
          'settings.json',
        ),
      },
    ],
    restart: newSession('Gemini CLI'),
  },
  windsurf: {
    // Devin Desktop since June 2026, which keeps its servers in a folder of its own.
    title: 'Windsurf',
    format: json,
    servers: 'mcpServers',
    replaces: /\$\{/,
    places: (machine) => {
      const where =
        machine.platform === 'win32'
          ? pathsOf(machine).join(settingsFolder(machine), 'devin')
          : inHome(machine, '.config', 'devin');
      return [
        { file: pathsOf(machine).join(where, 'mcp_config.json'), where },
        { file: inHome(machine, '.codeium', 'windsurf', 'mcp_config.json') },
      ];
    },
    restart: 'Refresh the servers in the MCP settings of Windsurf, or restart it',
  },
};

/**
 * The file in which a user's own servers of a client are listed.
 *
 * @param exists whether there is such a folder
 */
export function fileOf(
  client: Client,
  machine: Machine,
  exists: (folder: string) => boolean,
): string {
  const place = client.places(machine).find(({ where }) => where === undefined || exists(where));
  if (place === undefined) {
    throw new Error(`${client.title} has no place without a condition.`);
  }
  return place.file;
}
