/** The text of `--help`, of the program and of each command. Pure. */
import {
  type Command,
  commands,
  describeFlag,
  type Flag,
  flags,
  flagsOf,
  formatFlag,
} from './args.js';
import { clientSettings, type Setting, settings } from './settings.js';

interface HelpSection {
  readonly title: string;
  readonly rows: readonly (readonly [left: string, right: string])[];
}

/** Sections in two columns of one width. */
function formatSections(sections: readonly HelpSection[]): string[] {
  const longest = Math.max(...sections.flatMap(({ rows }) => rows.map(([left]) => left.length)));
  return sections
    .filter(({ rows }) => rows.length > 0)
    .map(
      ({ title, rows }) =>
        `${title}:\n${rows
          .map(([left, right]) => `  ${left}`.padEnd(longest + 4) + right)
          .join('\n')}`,
    );
}

const toText = (paragraphs: readonly string[]): string => paragraphs.join('\n\n').concat('\n');

const allSettings: readonly Setting[] = settings;

const environmentOf = (variables: readonly Setting[]): HelpSection => ({
  title: 'Environment',
  rows: variables.map(({ name, description }) => [name, description]),
});

/** Examples that can be copied as they are. */
const examples: Readonly<Record<Command, readonly string[]>> = {
  serve: ['--sandbox', '--tools default,hooks --read-only'],
  http: [
    'http --sandbox',
    'http --host 0.0.0.0 --base-url https://mcp.example.com --issuer https://auth.example.com/oidc',
  ],
  'setup-http': [
    'setup-http --base-url https://mcp.example.com --dry-run',
    'setup-http --base-url https://mcp.example.com --register cursor,gemini',
  ],
  doctor: ['doctor', 'doctor --client cursor', 'doctor --http https://mcp.example.com/mcp'],
  init: [
    'init --client claude-code',
    'init --client cursor --sandbox',
    'init --client codex --read-only',
  ],
  remove: ['remove --client claude-code'],
  export: ['export --out logto.yaml', 'export --kinds resources,roles --sandbox'],
  plan: ['plan --manifest logto.yaml', 'plan --against staging --json'],
  apply: ['apply --manifest logto.yaml', 'apply --manifest logto/ --prune --yes <digest>'],
};

/** The variables that a command reads. `remove` reads none. */
const variablesOf = (command: Command): readonly Setting[] =>
  command === 'remove' ? [] : command === 'http' ? allSettings : clientSettings;

/** The help of the whole program. */
function programHelp(): string {
  const all: readonly Flag[] = flags;
  return toText([
    'logto-management-mcp: gives AI agents the Logto Management API, over stdio.',
    'Usage: logto-management-mcp [command] [options]',
    'An MCP client starts this program and talks to it. To try it without a tenant, start it with --sandbox. When something does not work, run the command doctor. The command init adds the server to a client.',
    ...formatSections([
      {
        title: 'Commands',
        rows: [
          ...commands.map(({ name, description }) => [name, description] as const),
          ['help [command]', 'Show this help, or that of one command.'],
        ],
      },
      { title: 'Options', rows: all.map((flag) => [formatFlag(flag), describeFlag(flag)]) },
      environmentOf(allSettings),
    ]),
  ]);
}

/** The help of one command: only what it accepts. */
function commandHelp(command: Command): string {
  const description = commands.find(({ name }) => name === command)?.description ?? '';
  const examplesOfCommand = examples[command].map((words) => `  logto-management-mcp ${words}`);
  return toText([
    `logto-management-mcp ${command}: ${description}`,
    `Usage: logto-management-mcp ${command === 'serve' ? '[serve]' : command} [options]`,
    ...formatSections([
      {
        title: 'Options',
        rows: flagsOf(command).map((flag) => [formatFlag(flag), flag.description]),
      },
      // Options that a variable can replace are listed once, as options.
      environmentOf(variablesOf(command).filter(({ option }) => option === undefined)),
    ]),
    `Examples:\n${examplesOfCommand.join('\n')}`,
  ]);
}

/** @param topic the command to explain; undefined for the whole program */
export const helpText = (topic?: Command): string =>
  topic === undefined ? programHelp() : commandHelp(topic);
