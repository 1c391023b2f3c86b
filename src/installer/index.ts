/** The commands `init` and `remove`: this server in the configuration of an MCP client. */
import { resolve } from 'node:path';
import { ConfigError } from '../config/args.js';
import { type Config, type EntryOf, settings } from '../config/config.js';
import { clients, fileOf, type Machine } from './clients.js';
import { at, same, type Trace } from './config-format.js';
import { diffText } from './diff.js';
import {
  type FoundFile,
  find,
  isLink,
  keep,
  missingFolder,
  refuseChanged,
  remove as removeFile,
  write,
} from './files.js';
import { commandOf, type LaunchCommand, type Program } from './launch-command.js';
import { type Answers, gather, type Serve } from './prompts.js';
import { type EntryLaunch, launchOf } from './read-entry.js';
import {
  entryIn,
  inputReference,
  isEmptied,
  put,
  refuseOthers,
  type ServerEntry,
  type Source,
  shownOf,
  take,
} from './server-entry.js';
import { StateFile, type StateRecord } from './state-file.js';
import type { Terminal } from './terminal.js';

/** Everything around the commands. */
export interface CliContext extends Machine {
  readonly cwd: string;
  readonly program: Program;
  readonly terminal: Terminal;
  /** Reads a text; throws when it cannot. */
  readonly readFile: (path: string) => string;
  /** Whether a path is that of a folder that exists. */
  readonly isFolder: (path: string) => boolean;
  /** One line for the person. */
  readonly say: (line: string) => void;
  readonly now: () => Date;
  /** Throws for a selection of tools or a policy that the server would not start with. */
  readonly check: (serve: Serve) => void;
}

export type Init = Extract<Config, { command: 'init' }>;
export type Remove = Extract<Config, { command: 'remove' }>;

/** The variables whose values may be shown. */
const harmless: ReadonlySet<string> = new Set(
  settings.map(({ name }) => name).filter((name) => name !== 'LOGTO_APP_SECRET'),
);

/** A configuration file as it is. */
interface Place {
  readonly source: Source;
  readonly found: FoundFile | undefined;
}

function placeOf(config: EntryOf, around: CliContext): Place {
  const client = clients[config.client];
  const file =
    config.file === undefined
      ? fileOf(client, around, around.isFolder)
      : resolve(around.cwd, config.file.replace(/^~(?=[\\/])/, around.home));
  const found = find(file);
  return { source: { client: config.client, file, text: found?.text ?? '' }, found };
}

/** Values that a client would not hand over as they are written. */
function refuseReplaced(
  { client }: EntryOf,
  { command, args, env }: ServerEntry,
  own: string,
): void {
  const { title, replaces } = clients[client];
  const value = [command, ...args, ...Object.values(env ?? {})].find(
    (one) => one !== own && replaces?.test(one) === true,
  );
  if (value !== undefined) {
    throw new ConfigError(
      `${title} would put something else in the place of the $ in "${value}". Choose a path or a value without it.`,
    );
  }
}

/** The entry, and whether its secret is kept in the file of its name. */
function entryOf(
  config: Init,
  { args, env, serve }: Answers,
  command: LaunchCommand,
  secretFile: string,
): { entry: ServerEntry; keepsSecret: boolean } {
  const { typed = false, asks = false } = clients[config.client];
  const needsSecret = serve.access.kind === 'live' && env['LOGTO_APP_SECRET_FILE'] === undefined;
  const keepsSecret = needsSecret && !asks;
  const own = inputReference(config.name);
  const variables = {
    ...env,
    ...(keepsSecret && { LOGTO_APP_SECRET_FILE: secretFile }),
    ...(needsSecret && asks && { LOGTO_APP_SECRET: own }),
  };
  const entry = {
    ...(typed && ({ type: 'stdio' } as const)),
    command: command.command,
    args: [...command.args, ...args],
    ...(Object.keys(variables).length > 0 && { env: variables }),
  };
  refuseReplaced(config, entry, own);
  return { entry, keepsSecret };
}

const isOf =
  ({ file }: Source, name: string) =>
  (note: StateRecord): boolean =>
    note.file === file && note.name === name;

/** Whether another entry than ours names the file of a secret. */
function isShared(
  secretFile: string,
  { file }: Source,
  text: string,
  notes: readonly StateRecord[],
  around: CliContext,
): boolean {
  // JSON and TOML write a backslash as two.
  const escaped = JSON.stringify(secretFile).slice(1, -1);
  const names = (one: string): boolean => one.includes(secretFile) || one.includes(escaped);
  const usual = Object.values(clients).map((client) => fileOf(client, around, around.isFolder));
  const others = new Set([...usual, ...notes.map((note) => note.file)]);
  others.delete(file);
  return (
    names(text) ||
    [...others].some((other) => {
      try {
        return names(find(other)?.text ?? '');
      } catch {
        // What cannot be read may name it.
        return true;
      }
    })
  );
}

/** One file for the secret of a name is enough only while all entries of that name are one application's. */
function refuseSecondApplication(
  config: Init,
  source: Source,
  notes: readonly StateRecord[],
  appId: string | undefined,
): void {
  const other = notes.find(
    (note) =>
      note.name === config.name &&
      note.keepsSecret &&
      note.appId !== appId &&
      !isOf(source, config.name)(note),
  );
  if (other !== undefined) {
    throw new ConfigError(
      `"${config.name}" in ${other.file} signs in as another application, and its secret is kept under that name. Choose another name with --name, or remove that entry first.`,
    );
  }
}

/** A word as a person types it. */
const worded = (word: string): string => (/\s/.test(word) ? `"${word}"` : word);

/** The command that starts this program, for a person to type. */
const typedAs = ({ command, args }: LaunchCommand): string =>
  [command, ...args].map(worded).join(' ');

/** How an entry is named on the command line. */
const named = ({ client, name, file: given }: EntryOf, { file }: Source): string =>
  [
    `--client ${client}`,
    ...(name === 'logto' ? [] : [`--name ${name}`]),
    ...(given === undefined ? [] : [`--config ${worded(file)}`]),
  ].join(' ');

function showDifference(source: Source, after: string, name: string, around: CliContext): void {
  const { format } = clients[source.client];
  const shown = {
    before: shownOf(source, name, format.read(source.text), harmless),
    after: shownOf(source, name, format.read(after), harmless),
  };
  around.say(source.file);
  for (const line of diffText(source.text, after, format, shown)) {
    around.say(line);
  }
}

/** One of several steps, and what takes it back. */
interface Step {
  readonly take: () => void;
  readonly back: () => void;
}

/** Takes all steps or none: when one fails, those before it are taken back, the last first. */
function together(steps: readonly Step[]): void {
  const taken: Step[] = [];
  try {
    for (const step of steps) {
      step.take();
      taken.push(step);
    }
  } catch (error) {
    for (const { back } of taken.reverse()) {
      back();
    }
    throw error;
  }
}

/** Keeps a secret in the file of its name. */
function keeping(store: StateFile, name: string, secret: string): Step {
  const former = store.secret(name);
  return {
    take: () => store.keepSecret(name, secret),
    back: () => (former === undefined ? store.dropSecret(name) : store.keepSecret(name, former)),
  };
}

const noting = (
  store: StateFile,
  former: readonly StateRecord[],
  notes: readonly StateRecord[],
): Step => ({
  take: () => store.write(notes),
  back: () => store.write(former),
});

/** A step that is the last one has nothing to take back. */
const last = (step: () => void): Step => ({ take: step, back: () => undefined });

/** Keeps a file as it is before it is changed; says nothing of one that was not there. */
function backup({ source, found }: Place, around: CliContext): string | undefined {
  return found === undefined || found.bytes.length === 0
    ? undefined
    : keep(source.file, found, around.now());
}

/** What to say of a backup. */
const backedUp = (kept: string | undefined): string =>
  kept === undefined ? '' : ` As it was before, it is in ${kept}.`;

/**
 * Writes this server into the configuration of a client, or brings its entry there up to date.
 *
 * @throws ConfigError for everything that keeps it from that; then nothing has been written
 */
export async function init(config: Init, around: CliContext): Promise<void> {
  const { say } = around;
  const { title, restart } = clients[config.client];
  const place = placeOf(config, around);
  const { source, found } = place;
  refuseOthers(source, config.name);
  const command = commandOf(around.program, around, around.readFile);
  const answers = await gather({ ...around, ...config });
  around.check(answers.serve);

  const store = new StateFile(around);
  const notes = store.notes();
  const secretFile = store.secretFile(config.name);
  const { entry, keepsSecret } = entryOf(config, answers, command, secretFile);
  const appId = entry.env?.['LOGTO_APP_ID'];
  if (keepsSecret) {
    refuseSecondApplication(config, source, notes, appId);
  }
  // Notes of an entry that somebody has taken out by hand say nothing of the one that comes now.
  const former =
    entryIn(source, config.name) === undefined ? undefined : notes.find(isOf(source, config.name));
  const { text, traces } = put(source, config.name, entry, former?.traces ?? []);

  if (config.dryRun) {
    showDifference(source, text, config.name, around);
    say(
      keepsSecret
        ? `The app secret would be kept in ${secretFile}. Nothing was written.`
        : 'Nothing was written.',
    );
    return;
  }

  const { secret } = answers;
  const isNewSecret = secret !== undefined && store.secret(config.name) !== secret;
  if (text === source.text && !isNewSecret) {
    say(`"${config.name}" in ${source.file} is as it should be; nothing was changed.`);
    return;
  }
  const folder = former === undefined ? missingFolder(source.file) : former.folder;
  const note: StateRecord = {
    file: source.file,
    name: config.name,
    client: config.client,
    ...(appId !== undefined && { appId }),
    keepsSecret,
    traces: [...(former?.traces ?? []), ...traces],
    made: former?.made ?? found === undefined,
    ...(folder !== undefined && { folder }),
  };
  const others = notes.filter((one) => !isOf(source, config.name)(one));
  const kept = text === source.text ? undefined : backup(place, around);
  together([
    ...(isNewSecret ? [keeping(store, config.name, secret)] : []),
    noting(store, notes, [...others, note]),
    last(() => write(source.file, found, text)),
  ]);
  if (former?.keepsSecret === true && !isShared(secretFile, source, text, others, around)) {
    store.dropSecret(config.name);
  }

  say(`"${config.name}" is in ${source.file}.${backedUp(kept)}`);
  if (keepsSecret) {
    say(`The app secret is in ${secretFile}, for you alone to read; the entry names that file.`);
  } else if (entry.env?.['LOGTO_APP_SECRET'] !== undefined) {
    say(
      `${title} asks for the app secret when it first starts the server, and keeps it encrypted.`,
    );
  }
  if (kept !== undefined && hadSecret(source, config.name)) {
    say('The app secret that stood in the entry is in that backup; delete it when all is well.');
  }
  answers.notes.forEach(say);
  say(`${restart}, and ask: who am I in Logto?`);
  say(`To see what is wrong if something is: ${typedAs(command)} doctor ${named(config, source)}`);
  say(`To undo: ${typedAs(command)} remove ${named(config, source)}`);
}

/** Whether the entry held the secret itself. */
function hadSecret(source: Source, name: string): boolean {
  const secret = at(entryIn(source, name), ['env', 'LOGTO_APP_SECRET']);
  return typeof secret === 'string' && secret !== '' && !secret.startsWith('${');
}

/**
 * Hands on what a note that goes knows of a file, where another entry of ours stays in it: which containers and folders
 * were made, and what white space was there.
 */
function inherited(
  gone: StateRecord | undefined,
  others: readonly StateRecord[],
): readonly StateRecord[] {
  const heir = others.find(({ file }) => file === gone?.file);
  if (gone === undefined || heir === undefined) {
    return others;
  }
  const traces = heir.traces.map((trace): Trace => {
    const around = trace.path.slice(0, -1);
    // What was inherited stands first, and may know of no white space.
    const gap = gone.traces.find(
      (one) => one.gap !== undefined && same(one.path.slice(0, -1), around),
    )?.gap;
    return gap === undefined ? trace : { gap, ...trace };
  });
  const richer: StateRecord = {
    ...heir,
    traces: [...gone.traces, ...traces],
    made: heir.made || gone.made,
    ...(gone.folder !== undefined && { folder: gone.folder }),
  };
  return others.map((note) => (note === heir ? richer : note));
}

/**
 * Reads what an entry starts the server with.
 *
 * @throws ConfigError when there is no such entry
 */
export const started = (config: EntryOf, around: CliContext): Promise<EntryLaunch> =>
  launchOf(config, placeOf(config, around).source, around);

/**
 * Takes this server out of the configuration of a client, and what was made for it: the secret when no other entry names
 * its file, the file and its folders when nothing else is in them.
 *
 * @throws ConfigError for everything that keeps it from that; then nothing has been changed
 */
export function remove(config: Remove, around: CliContext): void {
  const { say } = around;
  const place = placeOf(config, around);
  const { source, found } = place;
  const store = new StateFile(around);
  const notes = store.notes();
  const note = notes.find(isOf(source, config.name));
  const others = notes.filter((one) => one !== note);
  const secretFile = store.secretFile(config.name);
  const present = entryIn(source, config.name);
  const { text } = take(source, config.name, note?.traces ?? []);
  const dropsSecret =
    (note?.keepsSecret === true || at(present, ['env', 'LOGTO_APP_SECRET_FILE']) === secretFile) &&
    store.secret(config.name) !== undefined &&
    !isShared(secretFile, source, text, others, around);
  const dropsFile =
    found !== undefined && note?.made === true && isEmptied(text) && !isLink(source.file);

  if (config.dryRun) {
    if (present !== undefined) {
      showDifference(source, text, config.name, around);
    }
    if (dropsFile) {
      say(`${source.file} would be removed, since nothing else is in it.`);
    }
    if (dropsSecret) {
      say(`${secretFile} would be removed.`);
    }
    say('Nothing was changed.');
    return;
  }

  const kept = text === source.text || dropsFile ? undefined : backup(place, around);
  together([
    ...(note === undefined ? [] : [noting(store, notes, inherited(note, others))]),
    last(() => {
      if (dropsFile) {
        refuseChanged(source.file, found);
        removeFile(source.file, note.folder);
      } else if (text !== source.text) {
        write(source.file, found, text);
      }
    }),
  ]);
  if (dropsSecret) {
    store.dropSecret(config.name);
  }

  if (dropsFile) {
    say(`${source.file} is removed; there was nothing but "${config.name}" in it.`);
  } else {
    say(
      present === undefined
        ? `There is no "${config.name}" in ${source.file}.`
        : `"${config.name}" is out of ${source.file}.${backedUp(kept)}`,
    );
  }
  if (dropsSecret) {
    say(`Its app secret, ${secretFile}, is removed.`);
  }
}
