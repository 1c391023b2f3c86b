/**
 * The supported MCP clients: where each keeps its configuration, and how its entries differ.
 *
 * Four clients have their own command that adds a server. None is used, because none preserves the rest of the file.
 * Measured in November 2026: `codex mcp add` (0.169) drops comments in the tables of other servers; `gemini mcp add` (0.61)
 * and `claude mcp add-json` (2.1.330) rewrite the whole file with their own spacing, and the latter refuses an existing name;
 * `code --add-mcp` has no counterpart that removes, and is a batch file on Windows, which needs a shell. A running Claude
 * Code reads its file again before it writes, so an edit is not lost.
 */
import path from 'node:path';
import type { ClientName } from '../config/args.js';
import type { Format } from './config-format.js';
import { json } from './jsonc.js';
import { toml } from './toml.js';

/** What paths depend on. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

export interface ConfigLocation {
  readonly file: string;
  /** The location applies only if this folder exists; without a folder it always applies. */
  readonly ifFolder?: string;
}

export interface Client {
  /** Its name in messages. */
  readonly title: string;
  readonly format: Format;
  /** The object or table that lists the servers. */
  readonly servers: string;
  /** An entry states that its transport is stdio. */
  readonly typed?: true;
  /** The client prompts for secrets and stores them encrypted. */
  readonly promptsForSecret?: true;
  /** A desktop program: its PATH differs from the shell's, and under WSL it normally runs on Windows. */
  readonly desktop?: true;
  /**
   * What makes the file unreadable for the client. Measured with Claude Code 2.1.330 and Gemini CLI 0.61.0; reported of
   * Claude Desktop. Comments include trailing commas.
   */
  readonly rejects?: readonly ('byte order mark' | 'comments')[];
  /** What the client substitutes in the values of an entry. A value that matches would arrive changed. */
  readonly substitutes?: RegExp;
  /** Where a user's configuration is; the first location that applies counts. */
  locations(machine: Machine): readonly ConfigLocation[];
  /**
   * Whether it shows the questions of a server (elicitation): seen with each client for `true` and `false`. Undefined where it
   * is not known.
   */
  readonly showsQuestions?: boolean;
  /** The folder that the client creates when it is installed or first run. */
  folder(machine: Machine): string;
  /** How to make the client read its configuration again. */
  readonly restart: string;
  /** What else a person has to know before the server runs. */
  readonly note?: string;
}

/** Paths as the platform writes them. */
export const pathsOf = ({ platform }: Machine): path.PlatformPath =>
  platform === 'win32' ? path.win32 : path.posix;

/** A folder that an environment variable names. Relative paths are ignored, as the XDG specification demands. */
function folderIn(machine: Machine, variable: string): string | undefined {
  const folder = machine.env[variable];
  return folder !== undefined && pathsOf(machine).isAbsolute(folder) ? folder : undefined;
}

/** Where desktop programs keep their settings. */
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

/** Where command line programs keep their settings. Also on macOS, whose own folder has a space in its name. */
export function configFolder(machine: Machine): string {
  return machine.platform === 'win32'
    ? settingsFolder(machine)
    : (folderIn(machine, 'XDG_CONFIG_HOME') ?? pathsOf(machine).join(machine.home, '.config'));
}

const inHome = (machine: Machine, ...names: string[]): string =>
  pathsOf(machine).join(machine.home, ...names);

/** Windows redirects the files of a packaged app. The hash in the name identifies the publisher and never changes. */
function packagedClaude(machine: Machine): ConfigLocation[] {
  if (machine.platform !== 'win32') {
    return [];
  }
  const { join } = pathsOf(machine);
  const local = folderIn(machine, 'LOCALAPPDATA') ?? join(machine.home, 'AppData', 'Local');
  const ifFolder = join(local, 'Packages', 'Claude_pzs8sxrjxfjjc');
  const file = join(ifFolder, 'LocalCache', 'Roaming', 'Claude', 'claude_desktop_config.json');
  return [{ file, ifFolder }];
}

const codexFolder = (machine: Machine): string =>
  folderIn(machine, 'CODEX_HOME') ?? inHome(machine, '.codex');

const geminiFolder = (machine: Machine): string =>
  pathsOf(machine).join(folderIn(machine, 'GEMINI_CLI_HOME') ?? machine.home, '.gemini');

const newSession = (title: string): string => `Start a new session of ${title}`;

export const clients: Readonly<Record<ClientName, Client>> = {
  'claude-desktop': {
    title: 'Claude Desktop',
    format: json,
    servers: 'mcpServers',
    desktop: true,
    rejects: ['byte order mark', 'comments'],
    folder: (machine) => pathsOf(machine).join(settingsFolder(machine), 'Claude'),
    locations: (machine) => [
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
    showsQuestions: true,
    format: json,
    servers: 'mcpServers',
    typed: true,
    substitutes: /\$\{/,
    rejects: ['comments'],
    folder: (machine) => folderIn(machine, 'CLAUDE_CONFIG_DIR') ?? inHome(machine, '.claude'),
    locations: (machine) => [
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
    showsQuestions: true,
    format: json,
    servers: 'mcpServers',
    substitutes: /\$\{/,
    desktop: true,
    folder: (machine) => inHome(machine, '.cursor'),
    locations: (machine) => [{ file: inHome(machine, '.cursor', 'mcp.json') }],
    restart: 'Switch the server on in the MCP settings of Cursor, or restart Cursor',
  },
  vscode: {
    title: 'VS Code',
    showsQuestions: true,
    format: json,
    servers: 'servers',
    typed: true,
    promptsForSecret: true,
    substitutes: /\$\{/,
    desktop: true,
    folder: (machine) => pathsOf(machine).join(settingsFolder(machine), 'Code'),
    locations: (machine) => [
      { file: pathsOf(machine).join(settingsFolder(machine), 'Code', 'User', 'mcp.json') },
    ],
    restart: 'Run "MCP: List Servers" in VS Code and start the server',
  },
  codex: {
    title: 'Codex',
    showsQuestions: true,
    format: toml,
    servers: 'mcp_servers',
    folder: codexFolder,
    locations: (machine) => [
      {
        file: pathsOf(machine).join(codexFolder(machine), 'config.toml'),
      },
    ],
    restart: newSession('Codex'),
  },
  gemini: {
    title: 'Gemini CLI',
    showsQuestions: false,
    format: json,
    servers: 'mcpServers',
    substitutes: /\$[A-Za-z_{]/,
    rejects: ['byte order mark'],
    folder: geminiFolder,
    locations: (machine) => [
      {
        file: pathsOf(machine).join(geminiFolder(machine), 'settings.json'),
      },
    ],
    restart: newSession('Gemini CLI'),
    note: 'Gemini CLI starts servers only in folders that you trust. In any other folder the server stays disabled; /permissions in Gemini CLI changes that.',
  },
  windsurf: {
    // Devin Desktop since June 2026, which has its own configuration folder.
    title: 'Windsurf',
    format: json,
    servers: 'mcpServers',
    substitutes: /\$\{/,
    desktop: true,
    folder: (machine) => inHome(machine, '.codeium', 'windsurf'),
    locations: (machine) => {
      const ifFolder =
        machine.platform === 'win32'
          ? pathsOf(machine).join(settingsFolder(machine), 'devin')
          : inHome(machine, '.config', 'devin');
      return [
        { file: pathsOf(machine).join(ifFolder, 'mcp_config.json'), ifFolder },
        { file: inHome(machine, '.codeium', 'windsurf', 'mcp_config.json') },
      ];
    },
    restart: 'Refresh the servers in the MCP settings of Windsurf, or restart it',
  },
};

/**
 * The user's configuration file of a client.
 *
 * @param isFolder whether a path is that of an existing folder
 */
export function configFileOf(
  client: Client,
  machine: Machine,
  isFolder: (path: string) => boolean,
): string {
  const location = client
    .locations(machine)
    .find(({ ifFolder }) => ifFolder === undefined || isFolder(ifFolder));
  if (location === undefined) {
    throw new Error(`${client.title} has no unconditional location.`);
  }
  return location.file;
}

/** What is asked of the file system to find out whether a client is installed. */
export interface Folders {
  /** Whether a path is that of an existing folder. */
  readonly isFolder: (path: string) => boolean;
  /** The names in a folder; none when it does not exist or cannot be read. */
  readonly namesIn: (path: string) => readonly string[];
}

/** Whether a folder contains anything besides a configuration file, its backups and the folders on the path to it. */
function containsMoreThan(
  file: string,
  folder: string,
  machine: Machine,
  namesIn: Folders['namesIn'],
): boolean {
  const { join, relative, sep } = pathsOf(machine);
  const [next = '', ...rest] = relative(folder, file).split(sep);
  return namesIn(folder).some((name) =>
    rest.length === 0
      ? !name.includes(next)
      : name !== next || containsMoreThan(file, join(folder, name), machine, namesIn),
  );
}

/**
 * Whether a client seems to be installed: the folder that it creates contains more than its configuration file, which `init`
 * may have written, or a conditional location exists, in which `init` never creates the folder.
 */
export const isInstalled = (client: Client, machine: Machine, folders: Folders): boolean =>
  client
    .locations(machine)
    .some(({ ifFolder }) => ifFolder !== undefined && folders.isFolder(ifFolder)) ||
  containsMoreThan(
    configFileOf(client, machine, folders.isFolder),
    client.folder(machine),
    machine,
    folders.namesIn,
  );
