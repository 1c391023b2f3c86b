/** The command line: commands, options and how they are parsed. Pure. */
import { parseArgs } from 'node:util';
import { CATALOG_RELEASE, SANDBOX_RELEASES } from '../catalog/release-names.js';
import { DEFAULT_CONFIRM_MODE } from '../guard/confirm/confirm-mode.js';
import { didYouMean, nearestNames } from '../nearest.js';
import {
  DEFAULT_BASE_PATH,
  DEFAULT_ENTRY_NAME,
  DEFAULT_HOST,
  DEFAULT_LOG_LEVEL,
  DEFAULT_PORT,
} from './defaults.js';

/** A setting or a command line that cannot be used. The message says what to write instead and never repeats a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** One message per problem. */
  readonly problems: readonly string[];

  constructor(...problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** The commands, in the order of `--help`. Without a command the program serves. */
export const commands = [
  { name: 'serve', description: 'Serve an MCP client over stdio. This is the default command.' },
  {
    name: 'http',
    description: 'Serve several people over Streamable HTTP, who sign in with Logto.',
  },
  {
    name: 'setup-http',
    description: 'Make in Logto what http needs: API resource, scopes, roles and clients.',
  },
  {
    name: 'doctor',
    description: 'Check everything from the settings to Logto, and say how to fix each fault.',
  },
  {
    name: 'export',
    description: 'Write the configuration of the tenant as a manifest, to files or to stdout.',
  },
  {
    name: 'plan',
    description:
      'Compare a manifest with the tenant and change nothing. Exits with 0 for no changes, 2 for changes, 1 for errors.',
  },
  { name: 'apply', description: 'Make the tenant what a manifest says.' },
  { name: 'init', description: 'Add this server to the configuration of an MCP client.' },
  { name: 'remove', description: 'Remove this server from the configuration of an MCP client.' },
] as const;

export type Command = (typeof commands)[number]['name'];

/** The MCP clients that `init` knows. */
export const clientNames = [
  'claude-desktop',
  'claude-code',
  'cursor',
  'vscode',
  'codex',
  'gemini',
  'windsurf',
] as const;

export type ClientName = (typeof clientNames)[number];

export interface Flag {
  readonly name: string;
  readonly description: string;
  /** Placeholder of its value; a flag without one is a switch. */
  readonly value?: string;
  /** The commands that accept it; undefined for all of them. */
  readonly commands?: readonly Command[];
  readonly short?: string;
}

/** The commands that deal with a manifest. */
const manifestCommands = ['export', 'plan', 'apply'] as const;

/** The commands that read settings of a tenant, beside those that serve. */
const tenantCommands = [
  'serve',
  'http',
  'setup-http',
  'doctor',
  'init',
  ...manifestCommands,
] as const;

/** The options, in the order of `--help`. */
export const flags = [
  {
    name: 'sandbox',
    description: 'Serve a simulated tenant in memory: no credentials, nothing leaves this machine.',
    commands: tenantCommands,
  },
  {
    name: 'sandbox-release',
    value: '<release>',
    description: `Which Logto the sandbox is: ${SANDBOX_RELEASES.join(', ')} (default ${CATALOG_RELEASE}).`,
    commands: ['serve', 'doctor', 'init', ...manifestCommands],
  },
  {
    name: 'tools',
    value: '<selection>',
    description:
      'Which tools are listed: default, all, none, script, configuration, domains, tool names and globs; ! excludes.',
    commands: ['serve', 'http', 'doctor', 'init'],
  },
  {
    name: 'read-only',
    description: 'Exclude every operation that changes something.',
    commands: ['serve', 'http', 'doctor', 'init', ...manifestCommands],
  },
  {
    name: 'policy',
    value: '<file>',
    description:
      'JSON file with the policy: which operations are allowed, and which ask first; see docs/safety.md.',
    commands: tenantCommands,
  },
  {
    name: 'profile',
    value: '<name>',
    description: 'Which profile of the policy applies.',
    commands: tenantCommands,
  },
  {
    name: 'confirm',
    value: '<mode>',
    description: `How writes are confirmed: ask (only by a question to the person; refused where the client shows none), plan (a second call of the agent), or auto (a question where the client can ask, else a plan). The default is ${DEFAULT_CONFIRM_MODE}.`,
    commands: ['serve', 'http', 'doctor', 'init'],
  },
  {
    name: 'show-secrets',
    description: 'Show secrets in answers instead of redacting them.',
    commands: ['serve', 'http', 'doctor'],
  },
  {
    name: 'log-level',
    value: '<level>',
    description: `silent, error, warn, info (one line per call) or debug (default: ${DEFAULT_LOG_LEVEL}).`,
    commands: tenantCommands,
  },
  {
    name: 'log-file',
    value: '<file>',
    description: 'Write the log to this file, as JSON lines, instead of stderr.',
    commands: tenantCommands,
  },
  {
    name: 'port',
    value: '<port>',
    description: `Port to listen on (default: ${DEFAULT_PORT}).`,
    commands: ['http'],
  },
  {
    name: 'host',
    value: '<address>',
    description: `Address to listen on (default: ${DEFAULT_HOST}). Another one needs --base-url with https, and --issuer.`,
    commands: ['http'],
  },
  {
    name: 'base-url',
    value: '<url>',
    description: 'Origin under which clients reach this server, such as https://mcp.example.com.',
    commands: ['http', 'setup-http'],
  },
  {
    name: 'base-path',
    value: '<path>',
    description: `Path of the MCP endpoint (default: ${DEFAULT_BASE_PATH}).`,
    commands: ['http', 'setup-http'],
  },
  {
    name: 'issuer',
    value: '<url>',
    description:
      'Issuer whose access tokens are accepted, such as https://auth.example.com/oidc. Without it there is no sign-in, on loopback only.',
    commands: ['http'],
  },
  {
    name: 'trust-proxy',
    description: 'Take the address of a client from X-Forwarded-For, behind one reverse proxy.',
    commands: ['http'],
  },
  {
    name: 'http',
    value: '<url>',
    description:
      'Check a running MCP endpoint as a client would, such as https://mcp.example.com/mcp.',
    commands: ['doctor'],
  },
  {
    name: 'client',
    value: '<name>',
    description: `Which MCP client: ${clientNames.join(', ')}.`,
    commands: ['doctor', 'init', 'remove'],
  },
  {
    name: 'name',
    value: '<name>',
    description: `Name of the entry (default: ${DEFAULT_ENTRY_NAME}). Another name adds a second entry.`,
    commands: ['doctor', 'init', 'remove'],
  },
  {
    name: 'config',
    value: '<path>',
    description: "Another configuration file than the client's default, such as a project's.",
    commands: ['doctor', 'init', 'remove'],
  },
  {
    name: 'secret-stdin',
    description: 'Read the app secret from standard input.',
    commands: ['init'],
  },
  {
    name: 'reset',
    description: 'Drop what the entry has: only the values given now count.',
    commands: ['init'],
  },
  {
    name: 'dry-run',
    description: 'Show what would change, and write nothing.',
    commands: ['setup-http', 'init', 'remove'],
  },
  {
    name: 'manifest',
    value: '<path>',
    description: 'The manifest: a YAML or JSON file, or a folder of them.',
    commands: ['plan', 'apply'],
  },
  {
    name: 'out',
    value: '<path>',
    description:
      'Write the manifest to this file, or to a folder (a path that ends with /). What is there is updated.',
    commands: ['export'],
  },
  {
    name: 'kinds',
    value: '<names>',
    description: 'Only these kinds, separated by commas, such as resources,roles.',
    commands: ['export', 'plan', 'apply'],
  },
  {
    name: 'prune',
    description: 'Remove what is in the tenant and not in the manifest.',
    commands: ['plan', 'apply'],
  },
  {
    name: 'against',
    value: '<profile>',
    description:
      'Compare with another tenant instead of a manifest: with LOGTO_<PROFILE>_ENDPOINT, LOGTO_<PROFILE>_APP_ID and so on.',
    commands: ['plan'],
  },
  {
    name: 'yes',
    value: '<digest>',
    description: 'Apply the plan with this digest without a question, in CI.',
    commands: ['apply', 'setup-http'],
  },
  {
    name: 'register',
    value: '<clients>',
    description:
      'Register clients without a metadata document: claude, claude-code, vscode, cursor, codex, gemini, or name=redirect-uri; separated by commas.',
    commands: ['setup-http'],
  },
  {
    name: 'registered-only',
    description: 'Leave dynamic clients (CIMD) as they are.',
    commands: ['setup-http'],
  },
  {
    name: 'json',
    description: 'Print JSON.',
    commands: ['setup-http', 'doctor', 'export', 'plan', 'apply'],
  },
  {
    name: 'help',
    description: 'Show help; after a command, the help of that command.',
    short: 'h',
  },
  { name: 'version', description: 'Show the version.', short: 'v' },
] as const satisfies readonly Flag[];

type AnyFlag = (typeof flags)[number];

/** Parsed options by name; a switch is true or absent. */
export type Options = {
  readonly [F in AnyFlag as F['name']]?: F extends { readonly value: string } ? string : boolean;
};

/** A parsed command line. `help` without a command is the help of the whole program. */
export type CommandLine =
  | { readonly command: Command; readonly options: Options }
  | { readonly command: 'help'; readonly topic: Command | undefined }
  | { readonly command: 'version' };

const allFlags: readonly Flag[] = flags;

/** The options that a command accepts. */
export const flagsOf = (command: Command): readonly Flag[] =>
  allFlags.filter((flag) => flag.commands === undefined || flag.commands.includes(command));

const flagList = (command: Command): string =>
  flagsOf(command)
    .map(({ name }) => `--${name}`)
    .join(', ');

const commandNames: readonly string[] = commands.map(({ name }) => name);

const isCommand = (word: string): word is Command => commandNames.includes(word);

const isHelpFlag = (word: string): boolean => word === '--help' || word === '-h';

function unknownCommand(word: string): ConfigError {
  const suggestion = didYouMean(nearestNames(word, [...commandNames, 'help', 'version']));
  return new ConfigError(
    `There is no command "${word}". ${
      suggestion ??
      `The commands are: ${commandNames.join(', ')}, help. Without a command the server starts; its options are: ${flagList('serve')}.`
    }`,
  );
}

/** The command line after a command, or after none. @throws ConfigError */
function parseOptions(command: Command, args: readonly string[]): Options {
  const options = Object.fromEntries(
    flagsOf(command).map(({ name, value, short }) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        ...(short !== undefined && { short }),
      },
    ]),
  );
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    // Node.js names the option or the argument in quotes. What to write instead is added here.
    const message = error instanceof Error ? error.message.split('. ', 1)[0] : String(error);
    throw new ConfigError(`${message}. ${adviceFor(command, message ?? '')}`);
  }
}

function adviceFor(command: Command, message: string): string {
  const list = `The options of ${command} are: ${flagList(command)}.`;
  const argument = /^Unexpected argument '(.*)'/.exec(message)?.[1];
  if (argument !== undefined) {
    return clientNames.some((name) => name === argument) && command !== 'serve'
      ? `Write --client ${argument}.`
      : list;
  }
  const option = /^Unknown option '--(.*)'/.exec(message)?.[1];
  if (option === undefined) {
    return list;
  }
  const elsewhere = allFlags.find(({ name }) => name === option)?.commands;
  if (elsewhere !== undefined) {
    return `It is an option of ${elsewhere.join(', ')}. ${list}`;
  }
  const names = flagsOf(command).map(({ name }) => name);
  const similar = nearestNames(option, names, (name) => name.toLowerCase().replace(/[-_]/g, ''));
  const suggestion = didYouMean(similar.map((name) => `--${name}`));
  return suggestion ?? list;
}

/**
 * Parses a command line.
 *
 * @param argv the arguments after the program's name
 * @throws ConfigError for a command or an option that does not exist, with the nearest and with all that do
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const [first = '', ...rest] = argv;
  if (first === 'version') {
    return { command: 'version' };
  }
  if (first === 'help') {
    const topic = rest.find((word) => !isHelpFlag(word));
    if (topic !== undefined && !isCommand(topic)) {
      throw unknownCommand(topic);
    }
    return { command: 'help', topic };
  }
  const isNamed = !first.startsWith('-') && first !== '';
  if (isNamed && !isCommand(first)) {
    throw unknownCommand(first);
  }
  // Before the options are validated: a person who asks for help may not know them.
  if (argv.some(isHelpFlag) || (isNamed && rest[0] === 'help')) {
    return { command: 'help', topic: isNamed && isCommand(first) ? first : undefined };
  }
  const command = isNamed && isCommand(first) ? first : 'serve';
  const options = parseOptions(command, isNamed ? rest : argv);
  return options.version === true ? { command: 'version' } : { command, options };
}

/** An option with the placeholder of its value: `--tools <selection>`. */
export const formatFlag = ({ name, value }: Flag): string =>
  `--${name}${value === undefined ? '' : ` ${value}`}`;

/** What an option does, after the names of its commands where it is none of the server's. */
export const describeFlag = (flag: Flag): string =>
  flag.commands === undefined || flag.commands.includes('serve')
    ? flag.description
    : `${flag.commands.join(', ')}: ${flag.description}`;

/**
 * The arguments for the server among the options of `init`, as they are written into a client's configuration.
 *
 * @param pathOf makes a path absolute, because the client chooses the working directory of the server
 */
export function serveArguments(options: Options, pathOf: (path: string) => string): string[] {
  // Also those that only the server takes: an entry may have got them from a person.
  const shared = allFlags.filter((flag) => flag.commands?.includes('serve'));
  return shared.flatMap(({ name, value }) => {
    const input = Object.entries(options).find(([option]) => option === name)?.[1];
    if (typeof input === 'string') {
      return [`--${name}`, value === '<file>' ? pathOf(input) : input];
    }
    return input === true ? [`--${name}`] : [];
  });
}
