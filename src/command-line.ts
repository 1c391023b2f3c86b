/** The command line: which commands there are, what each takes, and the text of `--help`. Pure. */
import { parseArgs } from 'node:util';

/** A setting or a command line that cannot be used; the message says what to write instead and never repeats a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** What the program does, in the order of `--help`. Without a command it serves. */
export const commands = [
  { name: 'serve', what: 'Serve an MCP client over stdio; the same as no command.' },
] as const;

export type Command = (typeof commands)[number]['name'];

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
    of: ['serve'],
  },
  {
    name: 'tools',
    value: '<selection>',
    what: 'What is listed: default, all, none, domains, tool names and globs; ! excludes.',
    of: ['serve'],
  },
  { name: 'read-only', what: 'Leave out everything that changes something.', of: ['serve'] },
  {
    name: 'policy',
    value: '<file>',
    what: 'File that says what is allowed at all; see docs/safety.md.',
    of: ['serve'],
  },
  {
    name: 'profile',
    value: '<name>',
    what: 'Which profile of the policy counts.',
    of: ['serve'],
  },
  {
    name: 'show-secrets',
    what: 'Show secrets in answers instead of withholding them.',
    of: ['serve'],
  },
  {
    name: 'log-level',
    value: '<level>',
    what: 'silent, error, warn (default), info (one line for each call) or debug.',
    of: ['serve'],
  },
  {
    name: 'log-file',
    value: '<file>',
    what: 'Write the log there, as JSON lines, instead of to stderr.',
    of: ['serve'],
  },
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

/** The text of `--help`, with the environment variables that count. */
export function helpText(
  variables: readonly { readonly name: string; readonly what: string }[],
): string {
  const ofOne = ({ of, what }: Flag): string =>
    of === undefined || of.includes('serve') ? what : `${of.join(', ')}: ${what}`;
  const sections: [title: string, rows: string[][]][] = [
    ['Commands', commands.map(({ name, what }) => [name, what])],
    ['Options', every.map((flag) => [written(flag), ofOne(flag)])],
    ['Environment', variables.map(({ name, what }) => [name, what])],
  ];
  const width =
    Math.max(...sections.flatMap(([, rows]) => rows.map(([left = '']) => left.length))) + 4;
  return [
    'logto-management-mcp: gives AI agents the Logto Management API, over stdio.',
    'Usage: logto-management-mcp [command] [options]',
    'An MCP client starts it and talks to it; to try it without a tenant, start it with --sandbox.',
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
