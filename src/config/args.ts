/** The command line: which commands there are, what each takes, and the text of `--help`. Pure. */
import { parseArgs } from 'node:util';

/** A setting or a command line that cannot be used; the message says what to write instead and never repeats a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** One message for each thing that is wrong. */
  readonly problems: readonly string[];

  constructor(...problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** What the program does, in the order of `--help`. Without a command it serves. */
export const commands = [
  { name: 'serve', what: 'Serve an MCP client over stdio; the same as no command.' },
  {
    name: 'doctor',
    what: 'Check everything from the settings to Logto, and say of each fault how to mend it.',
  },
  { name: 'init', what: 'Write this server into the configuration of an MCP client.' },
  { name: 'remove', what: 'Take it out of there again.' },
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

interface Flag {
  readonly name: string;
  readonly what: string;
  /** What stands behind it; a flag without is a switch. */
  readonly value?: string;
  /** The commands that take it; all of them when it is left out. */
  readonly of?: readonly Command[];
  readonly short?: string;
}

/** The options, in the order of `--help`. */
export const flags = [
  {
    name: 'sandbox',
    what: 'Serve a made-up tenant in memory: no credentials, nothing leaves the machine.',
    of: ['serve', 'doctor', 'init'],
  },
  {
    name: 'tools',
    value: '<selection>',
    what: 'What is listed: default, all, none, domains, tool names and globs; ! excludes.',
    of: ['serve', 'doctor', 'init'],
  },
  {
    name: 'read-only',
    what: 'Leave out everything that changes something.',
    of: ['serve', 'doctor', 'init'],
  },
  {
    name: 'policy',
    value: '<file>',
    what: 'File that says what is allowed at all; see docs/safety.md.',
    of: ['serve', 'doctor', 'init'],
  },
  {
    name: 'profile',
    value: '<name>',
    what: 'Which profile of the policy counts.',
    of: ['serve', 'doctor', 'init'],
  },
  {
    name: 'show-secrets',
    what: 'Show secrets in answers instead of withholding them.',
    of: ['serve', 'doctor'],
  },
  {
    name: 'log-level',
    value: '<level>',
    what: 'silent, error, warn (default), info (one line for each call) or debug.',
    of: ['serve', 'doctor', 'init'],
  },
  {
    name: 'log-file',
    value: '<file>',
    what: 'Write the log there, as JSON lines, instead of to stderr.',
    of: ['serve', 'doctor', 'init'],
  },
  {
    name: 'client',
    value: '<name>',
    what: `Which MCP client: ${clientNames.join(', ')}.`,
    of: ['doctor', 'init', 'remove'],
  },
  {
    name: 'name',
    value: '<name>',
    what: 'The name of the entry, logto unless given; another one stands beside it.',
    of: ['doctor', 'init', 'remove'],
  },
  {
    name: 'config',
    value: '<path>',
    what: "Another configuration file than the client's usual one, such as that of a project.",
    of: ['doctor', 'init', 'remove'],
  },
  {
    name: 'secret-stdin',
    what: 'Read the app secret from standard input.',
    of: ['init'],
  },
  {
    name: 'reset',
    what: 'Drop what the entry has: only what is given now counts.',
    of: ['init'],
  },
  {
    name: 'dry-run',
    what: 'Show what would change, and write nothing.',
    of: ['init', 'remove'],
  },
  { name: 'json', what: 'Answer in JSON: ok, and the checks.', of: ['doctor'] },
  { name: 'help', what: 'Show this help.', short: 'h' },
  { name: 'version', what: 'Show the version.', short: 'v' },
] as const satisfies readonly Flag[];

type AnyFlag = (typeof flags)[number];

/** The options of a command line, by name; a switch is true or missing. */
export type Options = {
  readonly [F in AnyFlag as F['name']]?: F extends { readonly value: string } ? string : boolean;
};

export interface CommandLine {
  readonly command: Command;
  readonly options: Options;
}

const every: readonly Flag[] = flags;

const takenBy = (command: Command): readonly Flag[] =>
  every.filter(({ of }) => of === undefined || of.includes(command));

const listed = (command: Command): string =>
  takenBy(command)
    .map(({ name }) => `--${name}`)
    .join(', ');

const isCommand = (word: string): word is Command => commands.some(({ name }) => name === word);

/**
 * Reads a command line.
 *
 * @param argv the arguments behind the program's name
 * @throws ConfigError for a command or an option that does not exist, with those that do
 */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const [first = ''] = argv;
  const named = !first.startsWith('-') && first !== '';
  if (named && !isCommand(first)) {
    throw new ConfigError(
      `There is no command "${first}". The commands are: ${commands
        .map(({ name }) => name)
        .join(', ')}; without one the server is started. Its options are: ${listed('serve')}.`,
    );
  }
  const command = named && isCommand(first) ? first : 'serve';
  const options = Object.fromEntries(
    takenBy(command).map(({ name, value, short }) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        ...(short !== undefined && { short }),
      },
    ]),
  );
  try {
    const { values } = parseArgs({ args: argv.slice(named ? 1 : 0), options });
    return { command, options: values };
  } catch (error) {
    // Node's message names the option; what it can be instead is ours to say.
    const message = error instanceof Error ? error.message.split('. ', 1)[0] : String(error);
    throw new ConfigError(`${message}. The options of ${command} are: ${listed(command)}.`);
  }
}

/** An option as it is written. */
export const written = ({ name, value }: Flag): string =>
  `--${name}${value === undefined ? '' : ` ${value}`}`;

/** What an option does, and of which commands it is where it is not one of the server's. */
export const explained = ({ of, what }: Flag): string =>
  of === undefined || of.includes('serve') ? what : `${of.join(', ')}: ${what}`;

/**
 * The options of an entry that the server takes, as they stand in the server's own command line.
 *
 * @param pathOf makes a path absolute: the server is started in a folder of the client's choice
 */
export function serveArguments(options: Options, pathOf: (path: string) => string): string[] {
  const handedOn = every.filter(({ of }) => of?.includes('serve'));
  return handedOn.flatMap(({ name, value }) => {
    const given = Object.entries(options).find(([option]) => option === name)?.[1];
    if (typeof given === 'string') {
      return [`--${name}`, value === '<file>' ? pathOf(given) : given];
    }
    return given === true ? [`--${name}`] : [];
  });
}

/** The text of `--help`, with the environment variables that count. */
export function helpText(
  variables: readonly { readonly name: string; readonly what: string }[],
): string {
  const sections: [title: string, rows: string[][]][] = [
    ['Commands', commands.map(({ name, what }) => [name, what])],
    ['Options', every.map((flag) => [written(flag), explained(flag)])],
    ['Environment', variables.map(({ name, what }) => [name, what])],
  ];
  const width =
    Math.max(...sections.flatMap(([, rows]) => rows.map(([left = '']) => left.length))) + 4;
  return [
    'logto-management-mcp: gives AI agents the Logto Management API, over stdio.',
    'Usage: logto-management-mcp [command] [options]',
    'An MCP client starts it and talks to it; to try it without a tenant, start it with --sandbox. When something does not work, run it as doctor.',
    ...sections.map(
      ([title, rows]) =>
        `${title}:\n${rows
          .map(([left = '', right = '']) => `  ${left}`.padEnd(width) + right)
          .join('\n')}`,
    ),
  ]
    .join('\n\n')
    .concat('\n');
}
