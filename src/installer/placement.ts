/** Whether an entry would have an effect where `init` is about to write it, and which clients are installed. */
import { type ClientName, ConfigError, clientNames } from '../config/args.js';
import type { EntryOf } from '../config/config.js';
import type { ConfirmMode } from '../guard/confirm/confirm-mode.js';
import { clients, configFileOf, isInstalled, pathsOf } from './clients.js';
import type { CliContext, LoadedConfig } from './context.js';
import { refuseReadOnly } from './files.js';

/** Linux inside of Windows. */
const isWsl = ({ platform, env }: CliContext): boolean =>
  platform === 'linux' && [env['WSL_DISTRO_NAME'], env['WSL_INTEROP']].some(Boolean);

/**
 * Refuses a configuration file that the client would not read, or whose entry it could not start.
 *
 * Reported for others: tradesdontlie/tradingview-mcp#406 and slackapi/slack-cli#313 (WSL), anthropics/claude-code#24823
 * (byte order mark).
 *
 * @throws ConfigError
 */
export function refuseUnreadable(config: LoadedConfig, entry: EntryOf, context: CliContext): void {
  const { title, desktop = false, rejects = [] } = clients[config.client];
  if (desktop && isWsl(context)) {
    if (entry.file === undefined) {
      throw new ConfigError(
        `This is Linux inside of Windows (WSL), and ${title} normally runs on Windows, where it never reads ${config.file}. Run init in a terminal of Windows, with Node.js for Windows. For a Linux build of ${title} in WSL, add --config ${config.file}.`,
      );
    }
    if (/^\/mnt\/[a-z]\//i.test(config.file)) {
      throw new ConfigError(
        `${config.file} belongs to ${title} on Windows, which cannot start a program by a path of WSL. Run init in a terminal of Windows, with Node.js for Windows.`,
      );
    }
  }
  refuseReadOnly(config.file, config.content);
  if (rejects.includes('comments') && config.text.trim() !== '') {
    try {
      JSON.parse(config.text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ConfigError(
        `${config.file} is left alone: ${title} reads strict JSON, without comments and trailing commas, and cannot read this file (${reason}). Correct the file and run this again.`,
      );
    }
  }
}

/** What a person has to know about a client before the entry works. */
export interface ClientFacts {
  readonly client: ClientName;
  /** Whether the client was there before this run, which can create its folder. */
  readonly wasInstalled: boolean;
  /** Whether the client's folder existed before this run. */
  readonly folderExisted: boolean;
  readonly confirmMode: ConfirmMode;
}

/** What a person has to know about the client of an entry. Called after the entry was written. */
export function clientNotes(
  { client, wasInstalled, folderExisted, confirmMode }: ClientFacts,
  context: CliContext,
): string[] {
  const { title, note, showsQuestions } = clients[client];
  const folder = clients[client].folder(context);
  const reason = folderExisted
    ? `${folder} contains nothing of ${title}`
    : `${folder}, which it creates itself, ${context.isFolder(folder) ? 'was not there before this run' : 'is not there'}`;
  return [
    ...(wasInstalled
      ? []
      : [
          `${title} does not seem to be installed for this user: ${reason}. The entry takes effect once ${title} is installed.`,
        ]),
    ...(confirmMode === 'ask' && showsQuestions !== true
      ? [
          `${showsQuestions === false ? `${title} shows no questions` : `It is not known whether ${title} shows questions`}. With --confirm ask only the answer to a question confirms, so a change that must be confirmed is refused in a client without them. --confirm auto lets the agent confirm there, by a second call.`,
        ]
      : []),
    ...(note === undefined ? [] : [note]),
  ];
}

/**
 * Asks which client to configure, and offers those that are installed.
 *
 * @throws ConfigError without a terminal
 */
export async function chooseClient(context: CliContext): Promise<ClientName> {
  const { terminal, say, isFolder } = context;
  if (!terminal.attended) {
    throw new ConfigError(`init needs --client. It takes: ${clientNames.join(', ')}.`);
  }
  const installed = clientNames.filter((name) => isInstalled(clients[name], context, context));
  const offered = installed.length > 0 ? installed : clientNames;
  say(
    installed.length > 0
      ? 'These MCP clients are installed:'
      : 'No supported MCP client was found for this user. These are supported:',
  );
  offered.forEach((name, index) => {
    const file = configFileOf(clients[name], context, isFolder);
    say(`  ${index + 1}. ${clients[name].title} (${name}), ${pathsOf(context).normalize(file)}`);
  });
  const initial = offered.length === 1 ? offered[0] : undefined;
  for (;;) {
    const answer = await terminal.ask(
      `Which one? Its number or name${initial === undefined ? '' : ` [${initial}]`}: `,
    );
    const chosen =
      answer === ''
        ? initial
        : (offered[Number(answer) - 1] ??
          clientNames.find((name) => name === answer.toLowerCase()));
    if (chosen !== undefined) {
      return chosen;
    }
    say(`Write a number from 1 to ${offered.length}, or one of: ${clientNames.join(', ')}.`);
  }
}
