/** What an entry starts the server with, for the doctor to look at the same. */
import { ConfigError } from '../config/args.js';
import type { EntryOf } from '../config/config.js';
import { clients, type Machine } from './clients.js';
import { at, isObject } from './config-format.js';
import { entryIn, refuseOthers, type Source } from './server-entry.js';
import type { Terminal } from './terminal.js';

export interface EntryLaunch {
  /** The arguments of the server. */
  readonly args: readonly string[];
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The word of a command line that leads to this program; the arguments of the server stand behind it. */
const programWord = /[\\/]main\.js$|(^|[\\/:])logto-management-mcp([@#.-][^\\/]*)?$/;

/** A variable that a client looks up in its own environment: `${NAME}`, `${env:NAME}`, `$NAME`. */
const variable = /^\$(?:\{(?:env:)?([A-Za-z_]\w*)\}|([A-Za-z_]\w*))$/;

/** A question that the client asks. */
const question = /^\$\{input:/;

const secretVariables = ['LOGTO_APP_SECRET', 'LOGTO_APP_SECRET_FILE'] as const;

/** The secret that a client keeps to itself: from the environment of this command, or from whoever sits before it. */
async function secretFor(
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
      `${title} keeps the app secret to itself. Set LOGTO_APP_SECRET_FILE for this command, or run it on a terminal, where it asks.`,
    );
  }
  return {
    LOGTO_APP_SECRET: await terminal.askSecret(
      `The app secret, which ${title} keeps to itself; it is not shown: `,
    ),
  };
}

/** A value as it arrives; a variable that is not set is left as it stands, for the doctor to tell. */
function arriving(value: string, replaces: RegExp | undefined, env: Machine['env']): string {
  const [, braced, bare] = variable.exec(value) ?? [];
  const name = replaces?.test(value) === true ? (braced ?? bare) : undefined;
  return (name === undefined ? undefined : env[name]) ?? value;
}

/**
 * Reads an entry as its client does. Settings that are in the environment of this command do not count: a client with a
 * window never sees them.
 *
 * @throws ConfigError when there is no such entry, or when it leads elsewhere
 */
export async function launchOf(
  config: EntryOf,
  source: Source,
  { env, terminal }: Pick<Machine, 'env'> & { readonly terminal: Terminal },
): Promise<EntryLaunch> {
  const { title, replaces } = clients[config.client];
  const entry = entryIn(source, config.name);
  if (entry === undefined) {
    throw new ConfigError(
      `There is no "${config.name}" in ${source.file}. init --client ${config.client} writes it; --config names another file.`,
    );
  }
  refuseOthers(source, config.name);
  const given = at(entry, ['args']);
  const args = Array.isArray(given) ? given.map(String) : [];
  const block = at(entry, ['env']);
  const own = Object.entries(isObject(block) ? block : {}).map(
    ([name, value]): [string, string] => [name, arriving(String(value), replaces, env)],
  );
  const isAsked = own.some(([name, value]) => name === 'LOGTO_APP_SECRET' && question.test(value));
  const kept = own.filter(([name]) => !(isAsked && name === 'LOGTO_APP_SECRET'));
  const around = Object.entries(env).filter(([name]) => !name.startsWith('LOGTO_'));
  return {
    args: args.slice(args.findLastIndex((word) => programWord.test(word)) + 1),
    env: {
      ...Object.fromEntries([...around, ...kept]),
      ...(isAsked && (await secretFor(title, env, terminal))),
    },
  };
}
