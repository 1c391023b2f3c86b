/** What `init` and `remove` share: their context, the configuration file of a client, and words for a person to type. */

import { resolve } from 'node:path';
import type { ClientName } from '../config/args.js';
import type { EntryOf } from '../config/config.js';
import { DEFAULT_ENTRY_NAME } from '../config/defaults.js';
import { clients, configFileOf, type Folders, type Machine } from './clients.js';
import { diffText } from './diff.js';
import { copyFile, type FileContent, type FileCopy, readFile } from './files.js';
import { type LaunchCommand, launchCommandOf, type RunningProgram } from './launch-command.js';
import { publicNames, type Serve } from './prompts.js';
import { type ConfigText, configIn, visibleParts } from './server-entry.js';
import type { FileRecord } from './state-file.js';
import type { Terminal } from './terminal.js';

/** Everything outside the commands. */
export interface CliContext extends Machine, Folders {
  readonly cwd: string;
  readonly program: RunningProgram;
  readonly terminal: Terminal;
  /** Reads a text; throws when it cannot. */
  readonly readFile: (path: string) => string;
  /** Shows one line. */
  readonly say: (line: string) => void;
  readonly now: () => Date;
  /** Throws for a selection of tools or a policy that the server would not start with. */
  readonly check: (serve: Serve) => void;
  /**
   * Runs the doctor on an entry and shows its checks. Without it `init` ends without them. Throws ConfigError when the secret
   * is not known here.
   *
   * @param file the configuration file as it was given; undefined for the client's default one
   * @returns whether everything is in order
   */
  readonly runDoctor?: (
    client: ClientName,
    name: string,
    file: string | undefined,
  ) => Promise<boolean>;
}

/** A configuration file as it is on disk. */
export interface LoadedConfig extends ConfigText {
  /** Undefined when the file does not exist. */
  readonly content: FileContent | undefined;
}

/** Reads the configuration file of an entry. @throws ConfigError */
export function loadConfig(entry: EntryOf, context: CliContext): LoadedConfig {
  const file =
    entry.file === undefined
      ? configFileOf(clients[entry.client], context, context.isFolder)
      : resolve(context.cwd, entry.file.replace(/^~(?=[\\/])/, context.home));
  const content = readFile(file);
  return { client: entry.client, file, text: content?.text ?? '', content };
}

/** Whether a configuration file other than `config`, or its text, names a secret file. */
export function isSecretShared(
  secretFile: string,
  config: ConfigText,
  records: readonly FileRecord[],
  context: CliContext,
): boolean {
  // JSON and TOML write a backslash as two.
  const escaped = JSON.stringify(secretFile).slice(1, -1);
  const namesFile = (text: string): boolean => text.includes(secretFile) || text.includes(escaped);
  const files = new Set([
    ...Object.values(clients).map((client) => configFileOf(client, context, context.isFolder)),
    ...records.map(({ file }) => file),
  ]);
  files.delete(config.file);
  return (
    namesFile(config.text) ||
    [...files].some((file) => {
      try {
        return namesFile(readFile(file)?.text ?? '');
      } catch {
        // A file that cannot be read may name it.
        return true;
      }
    })
  );
}

/** Shows what an edit changes in a configuration file. */
export function showDiff(
  config: ConfigText,
  text: string,
  name: string,
  { say }: CliContext,
): void {
  const after = { ...config, text };
  const isVisible = {
    before: visibleParts(config, name, configIn(config), publicNames),
    after: visibleParts(config, name, configIn(after), publicNames),
  };
  say(config.file);
  diffText(config.text, text, clients[config.client].format, isVisible).forEach(say);
}

/** Copies a file before it is changed; undefined when it does not exist. */
export const backUp = (
  { file, content }: LoadedConfig,
  { now }: CliContext,
): FileCopy | undefined => (content === undefined ? undefined : copyFile(file, content, now()));

export const addCopy = (
  copies: readonly FileCopy[],
  copy: FileCopy | undefined,
): readonly FileCopy[] =>
  copy === undefined || copies.some(({ path }) => path === copy.path) ? copies : [...copies, copy];

/** Runs several writes. When one fails, `undo` restores what those before it have changed. */
export function withRollback(writes: () => void, undo: () => void): void {
  try {
    writes();
  } catch (error) {
    undo();
    throw error;
  }
}

const quotedWord = (word: string): string => (/\s/.test(word) ? `"${word}"` : word);

/** A command of this program for an entry, as a person types it. */
export function typedCommand(
  command: 'doctor' | 'remove',
  { client, name, file }: EntryOf,
  launch: LaunchCommand,
  config: ConfigText,
): string {
  return [
    ...[launch.command, ...launch.args].map(quotedWord),
    `${command} --client ${client}`,
    ...(name === DEFAULT_ENTRY_NAME ? [] : [`--name ${name}`]),
    ...(file === undefined ? [] : [`--config ${quotedWord(config.file)}`]),
  ].join(' ');
}

/** The command that starts this program from a client. @throws ConfigError */
export const launchFor = (client: ClientName, context: CliContext): LaunchCommand =>
  launchCommandOf(context.program, context, clients[client].desktop === true, context.readFile);
