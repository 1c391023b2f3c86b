/** Reads what an entry starts the server with: for the doctor, and for `init` to keep it. */
import { ConfigError, type Options, parseCommandLine } from '../config/args.js';
import type { EntryOf } from '../config/config.js';
import { isObject, valueAt } from '../json.js';
import { clients, type Machine } from './clients.js';
import { type ConfigText, entryIn, refuseOtherServer } from './server-entry.js';
import type { Terminal } from './terminal.js';

export interface EntryLaunch {
  /** The arguments of the server. */
  readonly args: readonly string[];
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The settings of an entry. */
export interface EntrySettings {
  readonly options: Options;
  /** Its LOGTO_ variables, as they are written; without empty ones. */
  readonly env: Readonly<Record<string, string>>;
}

/** The word of a command line that names this program; the arguments of the server follow it. */
const programWord = /[\\/]main\.js$|(^|[\\/:])logto-management-mcp([@#.-][^\\/]*)?$/;

/** A variable that a client substitutes from its own environment: `${NAME}`, `${env:NAME}`, `$NAME`. */
const variable = /^\$(?:\{(?:env:)?([A-Za-z_]\w*)\}|([A-Za-z_]\w*))$/;

/** A value that the client prompts for. */
const prompted = /^\$\{input:/;

const secretVariables = ['LOGTO_APP_SECRET', 'LOGTO_APP_SECRET_FILE'] as const;

function serverArguments(entry: unknown): string[] {
  const args = valueAt(entry, ['args']);
  const words = Array.isArray(args) ? args.map(String) : [];
  return words.slice(words.findLastIndex((word) => programWord.test(word)) + 1);
}

function entryVariables(entry: unknown): [name: string, value: string][] {
  const env = valueAt(entry, ['env']);
  return Object.entries(isObject(env) ? env : {}).map(([name, value]) => [name, String(value)]);
}

/** A value after the client's substitution. A variable that is not set stays as it is written. */
export function substituted(
  value: string,
  substitutes: RegExp | undefined,
  env: Machine['env'],
): string {
  const [, braced, bare] = variable.exec(value) ?? [];
  const name = substitutes?.test(value) === true ? (braced ?? bare) : undefined;
  return (name === undefined ? undefined : env[name]) ?? value;
}

/**
 * The settings of an entry, for `init` to keep.
 *
 * @returns undefined when there is no entry
 * @throws ConfigError when its arguments cannot be understood
 */
export function entrySettings(config: ConfigText, name: string): EntrySettings | undefined {
  const entry = entryIn(config, name);
  if (entry === undefined) {
    return undefined;
  }
  try {
    const line = parseCommandLine(serverArguments(entry));
    const options = 'options' in line ? line.options : {};
    const env = entryVariables(entry).filter(
      ([variableName, value]) => variableName.startsWith('LOGTO_') && value.trim() !== '',
    );
    return { options, env: Object.fromEntries(env) };
  } catch (error) {
    if (error instanceof ConfigError) {
      throw new ConfigError(
        `The arguments of "${name}" in ${config.file} cannot be used: ${error.message} Correct them there, or add --reset to write the entry anew.`,
      );
    }
    throw error;
  }
}

/** The secret that a client stores itself: from the environment of this command, or from the person at the terminal. */
async function readStoredSecret(
  title: string,
  env: Machine['env'],
  terminal: Terminal,
): Promise<Readonly<Record<string, string>>> {
  for (const name of secretVariables) {
    const value = env[name];
    if (value !== undefined && value !== '') {
      return { [name]: value };
    }
  }
  if (!terminal.attended) {
    throw new ConfigError(
      `${title} stores the app secret itself. Set LOGTO_APP_SECRET_FILE for this command, or run it at a terminal, where it asks.`,
    );
  }
  return {
    LOGTO_APP_SECRET: await terminal.askSecret(
      `The app secret, which ${title} stores itself; it is not shown: `,
    ),
  };
}

/**
 * Reads an entry as its client does. LOGTO_ variables of this command's environment do not count: a desktop client never
 * sees them.
 *
 * @throws ConfigError when there is no such entry, or it is another server's
 */
export async function launchOf(
  { client, name }: EntryOf,
  config: ConfigText,
  { env, terminal }: Pick<Machine, 'env'> & { readonly terminal: Terminal },
): Promise<EntryLaunch> {
  const { title, substitutes } = clients[client];
  const entry = entryIn(config, name);
  if (entry === undefined) {
    throw new ConfigError(
      `There is no "${name}" in ${config.file}. init --client ${client} writes it; --config names another file.`,
    );
  }
  refuseOtherServer(config, name);
  const variables = entryVariables(entry);
  const isPrompted = variables.some(
    ([variableName, value]) => variableName === 'LOGTO_APP_SECRET' && prompted.test(value),
  );
  const substitutedVariables = variables
    .filter(([variableName]) => !(isPrompted && variableName === 'LOGTO_APP_SECRET'))
    .map(([variableName, value]) => [variableName, substituted(value, substitutes, env)]);
  const inherited = Object.entries(env).filter(
    ([variableName]) => !variableName.startsWith('LOGTO_'),
  );
  return {
    args: serverArguments(entry),
    env: {
      ...Object.fromEntries([...inherited, ...substitutedVariables]),
      ...(isPrompted && (await readStoredSecret(title, env, terminal))),
    },
  };
}
