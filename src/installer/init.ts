/** The command `init`: writes this server into the configuration of an MCP client, or updates its entry. */
import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from '../config/args.js';
import { type Config, clientSettings, type EntryOf } from '../config/config.js';
import type { ConfirmMode } from '../guard/confirm/confirm-mode.js';
import { valueAt } from '../json.js';
import { clients, isInstalled } from './clients.js';
import {
  addCopy,
  backUp,
  type CliContext,
  isSecretShared,
  type LoadedConfig,
  launchFor,
  loadConfig,
  showDiff,
  typedCommand,
  withRollback,
} from './context.js';
import {
  byteOrderMark,
  type FileCopy,
  missingFolder,
  sha256,
  withLock,
  writeFile,
} from './files.js';
import type { LaunchCommand } from './launch-command.js';
import { chooseClient, clientNotes, refuseUnreadable } from './placement.js';
import { credentialNames, type GatheredSettings, gatherSettings, type Serve } from './prompts.js';
import { entrySettings } from './read-entry.js';
import {
  entryIn,
  inputReference,
  missingContainers,
  refuseOtherServer,
  type ServerEntry,
  setEntry,
} from './server-entry.js';
import { type FileRecord, StateFile } from './state-file.js';

export type Init = Extract<Config, { command: 'init' }>;
type InitOf = Init & EntryOf;

/** Refuses values that the client would change. Values that are in the entry already are meant so. */
function refuseSubstituted(
  { client }: EntryOf,
  { command, args, env }: ServerEntry,
  allowed: readonly unknown[],
): void {
  const { title, substitutes } = clients[client];
  const value = [command, ...args, ...Object.values(env)].find(
    (word) => substitutes?.test(word) === true && !allowed.includes(word),
  );
  if (value !== undefined) {
    throw new ConfigError(
      `${title} would replace the $ in "${value}" with something else. Choose a path or a value without it.`,
    );
  }
}

/** The entry for the gathered settings. */
function entryFor(
  init: InitOf,
  { args, env, serve }: GatheredSettings,
  launch: LaunchCommand,
  secretFile: string,
  present: unknown,
): ServerEntry {
  const { typed = false, promptsForSecret = false } = clients[init.client];
  const isLive = serve.access.kind === 'live';
  const hasSecret = ['LOGTO_APP_SECRET', 'LOGTO_APP_SECRET_FILE'].some((name) => env[name]);
  const variables: Record<string, string> = { ...env };
  if (isLive && !hasSecret && promptsForSecret) {
    variables['LOGTO_APP_SECRET'] = inputReference(init.name);
  } else if (isLive && !hasSecret) {
    variables['LOGTO_APP_SECRET_FILE'] = secretFile;
  }
  // Many clients pass their own environment on. An empty variable is unset for the server, and hides one of the shell.
  for (const { name } of clientSettings) {
    if (isLive || !credentialNames.includes(name)) {
      variables[name] ??= '';
    }
  }
  const entry = {
    ...(typed && { type: 'stdio' as const }),
    command: launch.command,
    args: [...launch.args, ...args],
    env: variables,
  };
  const former = valueAt(present, ['env']);
  const allowed = typeof former === 'object' && former !== null ? Object.values(former) : [];
  refuseSubstituted(init, entry, [...allowed, inputReference(init.name)]);
  return entry;
}

/** @throws ConfigError when an entry of the same name elsewhere signs in as another application: they share a secret file */
function refuseSecondApplication(
  { name }: InitOf,
  { file }: LoadedConfig,
  records: readonly FileRecord[],
  appId: string | undefined,
): void {
  const other = records.find(
    (record) =>
      record.file !== file &&
      record.entries.some(
        (entry) => entry.name === name && entry.keepsSecret && entry.appId !== appId,
      ),
  );
  if (other !== undefined) {
    throw new ConfigError(
      `"${name}" in ${other.file} signs in as another application, and its secret is stored under that name. Choose another name with --name, or remove that entry first.`,
    );
  }
}

/** Whether the entry serves the sandbox. */
const isSandboxEntry = ({ args }: Pick<GatheredSettings, 'args'>): boolean =>
  args.includes('--sandbox');

/** How a write that must be confirmed is confirmed. */
const CONFIRMED: Readonly<Record<ConfirmMode, string>> = {
  auto: 'the answer to a question confirms where the client shows questions, else a second call of the agent',
  ask: 'only the answer to a question confirms',
  plan: 'a second call of the agent confirms',
};

/** What the entry serves and the safeguards that are in effect, for a person. */
function guardSummary(serve: Serve, { args, env }: GatheredSettings): string {
  const policy = args.includes('--policy')
    ? args[args.indexOf('--policy') + 1]
    : env['LOGTO_MCP_POLICY'];
  const location = env['LOGTO_ENDPOINT'] || env['LOGTO_TENANT_ID'];
  const parts = [
    isSandboxEntry({ args }) ? 'sandbox' : location ? `tenant ${location}` : 'a tenant',
    serve.readOnly ? 'read-only' : 'reads and writes',
    policy === undefined ? 'no policy' : `policy ${policy}`,
    ...(serve.profile === undefined ? [] : [`profile ${serve.profile}`]),
    `tools ${serve.tools}`,
    CONFIRMED[serve.confirmMode],
    ...(serve.showSecrets ? ['secrets are shown in answers'] : []),
  ];
  return `In effect: ${parts.join('; ')}.`;
}

/** The secret that the entry holds itself. */
function literalSecret(entry: unknown): string | undefined {
  const secret = valueAt(entry, ['env', 'LOGTO_APP_SECRET']);
  return typeof secret === 'string' && secret !== '' && !secret.startsWith('$')
    ? secret
    : undefined;
}

/** The record of a file after this run. Another program's edit ends the validity of the original. */
function recordOf(
  config: LoadedConfig,
  former: FileRecord | undefined,
  copies: readonly FileCopy[],
  entry: { name: string; appId: string | undefined; keepsSecret: boolean },
  written: string | Buffer,
  copy: FileCopy | undefined,
): FileRecord {
  const { name, appId, keepsSecret } = entry;
  const isUntouched =
    former !== undefined && config.content && sha256(config.content.bytes) === former.written;
  const original = former === undefined ? copy : isUntouched ? former.original : undefined;
  const folder = former === undefined ? missingFolder(config.file) : former.folder;
  return {
    file: config.file,
    created: former?.created ?? config.content === undefined,
    ...(folder !== undefined && { folder }),
    containers: former?.containers ?? missingContainers(config),
    ...(original !== undefined && { original }),
    written: sha256(written),
    copies: addCopy(copies, copy),
    entries: [
      ...(former?.entries ?? []).filter((other) => other.name !== name),
      { name, ...(appId !== undefined && { appId }), keepsSecret },
    ],
  };
}

/** Writes the entry and everything that belongs to it. @returns lines for the person */
function writeEntry(
  init: InitOf,
  config: LoadedConfig,
  gathered: GatheredSettings,
  launch: LaunchCommand,
  context: CliContext,
): string[] {
  const { file, content } = config;
  const { title, rejects = [] } = clients[init.client];
  const state = new StateFile(context);
  const records = state.records();
  const secretFile = state.secretFile(init.name);
  const present = entryIn(config, init.name);
  const entry = entryFor(init, gathered, launch, secretFile, present);
  const appId = entry.env['LOGTO_APP_ID'] || undefined;
  const keepsSecret = entry.env['LOGTO_APP_SECRET_FILE'] === secretFile;
  if (keepsSecret) {
    refuseSecondApplication(init, config, records, appId);
  }
  const text = setEntry(config, init.name, entry);
  const { secret } = gathered;
  const formerSecret = state.secret(init.name);
  const usedSecret = formerSecret ?? literalSecret(present);
  const isReplaced = secret !== undefined && usedSecret !== undefined && usedSecret !== secret;
  if (init.dryRun) {
    showDiff(config, text, init.name, context);
    return [
      ...gathered.notes,
      keepsSecret
        ? `The app secret would be stored in ${secretFile}${isReplaced ? ', in place of the former one' : ''}. Nothing was written.`
        : 'Nothing was written.',
    ];
  }
  const isNewSecret = secret !== undefined && formerSecret !== secret;
  const dropsMark = content?.hasByteOrderMark === true && rejects.includes('byte order mark');
  const isChanged = text !== config.text || dropsMark || content === undefined;
  if (!isChanged && !isNewSecret) {
    return [
      `"${init.name}" in ${file} is up to date; nothing was changed.`,
      ...(isSandboxEntry(gathered) && init.options.sandbox !== true
        ? [
            'It still serves the sandbox. To connect your tenant, run init at a terminal, where it asks, or set LOGTO_ENDPOINT or LOGTO_TENANT_ID, LOGTO_APP_ID and LOGTO_APP_SECRET and run it again.',
          ]
        : []),
    ];
  }
  const bytes = `${content?.hasByteOrderMark === true && !dropsMark ? byteOrderMark : ''}${text}`;
  // Records of entries that a person has removed by hand do not describe the file any more.
  const former = records.find(
    (record) =>
      record.file === file &&
      record.entries.some(({ name }) => entryIn(config, name) !== undefined),
  );
  const others = records.filter((record) => record.file !== file);
  const copy = isChanged ? backUp(config, context) : undefined;
  // Copies from before are still this program's to remove.
  const copies = records.flatMap((other) => (other.file === file ? other.copies : []));
  const written = { name: init.name, appId, keepsSecret };
  const record = recordOf(config, former, copies, written, bytes, copy);
  withRollback(
    () => {
      if (isNewSecret) {
        state.writeSecret(init.name, secret);
      }
      state.write([...others, record]);
      if (isChanged) {
        writeFile(file, content, bytes);
      }
    },
    () => {
      if (isNewSecret) {
        state.writeSecret(init.name, formerSecret);
      }
      state.write(records);
    },
  );
  const ownsSecretFile = former?.entries.some(
    (other) => other.name === init.name && other.keepsSecret,
  );
  if (
    ownsSecretFile === true &&
    !keepsSecret &&
    !isSecretShared(secretFile, { ...config, text }, others, context)
  ) {
    state.writeSecret(init.name, undefined);
  }
  return [
    `"${init.name}" is in ${file}.${copy === undefined ? '' : ` A copy of the file from before is ${copy.path}; remove deletes it.`}`,
    ...(dropsMark
      ? [`The byte order mark of the file is removed: ${title} cannot read a file with one.`]
      : []),
    ...(keepsSecret
      ? [
          `The app secret is in ${secretFile}, readable to you alone; the entry names that file.${isReplaced ? ' It replaces the former one.' : ''}`,
        ]
      : []),
    ...(entry.env['LOGTO_APP_SECRET'] === inputReference(init.name)
      ? [
          `${title} asks for the app secret when it first starts the server, and stores it encrypted.`,
        ]
      : []),
    ...(copy !== undefined && literalSecret(present) !== undefined
      ? ['That copy holds the app secret that was in the entry; delete it when all is well.']
      : []),
    ...gathered.notes,
    ...(launch.note === undefined ? [] : [launch.note]),
  ];
}

/**
 * Runs the doctor on an entry that was written. A failed check is reported, and the entry stays.
 *
 * @returns whether all checks passed
 */
async function checkEntry(
  { client, name, file }: InitOf,
  { runDoctor, say }: CliContext,
): Promise<boolean> {
  if (runDoctor === undefined) {
    return false;
  }
  try {
    const isPassed = await runDoctor(client, name, file);
    if (!isPassed) {
      say('The entry is written, but a check failed. After the fix, run init or doctor again.');
    }
    return isPassed;
  } catch (error) {
    if (error instanceof ConfigError) {
      say(`The connection was not checked. ${error.message}`);
      return false;
    }
    throw error;
  }
}

/**
 * Writes this server into the configuration of a client, or updates its entry there, and then checks the connection to a
 * live tenant. What the entry has stays, unless another value is given or `--reset` is.
 *
 * @throws ConfigError for everything that prevents it; then nothing has been written
 */
export async function init(config: Init, context: CliContext): Promise<void> {
  const { say } = context;
  const entry: InitOf = { ...config, client: config.client ?? (await chooseClient(context)) };
  const { restart } = clients[entry.client];
  const loaded = loadConfig(entry, context);
  refuseUnreadable(loaded, entry, context);
  refuseOtherServer(loaded, entry.name);
  const launch = launchFor(entry.client, context);
  const present = config.options.reset === true ? undefined : entrySettings(loaded, entry.name);
  const gathered = await gatherSettings({ ...context, ...entry, present });
  context.check(gathered.serve);
  // Taken before the file is written, which creates the client's folder.
  const wasInstalled =
    entry.file !== undefined || isInstalled(clients[entry.client], context, context);
  const folderExisted = context.isFolder(clients[entry.client].folder(context));

  const write = (): string[] => {
    // Another run, or another program, may have edited the file while the person answered.
    const current = loadConfig(entry, context);
    if (!isDeepStrictEqual(entryIn(current, entry.name), entryIn(loaded, entry.name))) {
      throw new ConfigError(
        `"${entry.name}" in ${current.file} was changed by another program in this moment, so it is left alone. Run this again.`,
      );
    }
    return writeEntry(entry, current, gathered, launch, context);
  };
  const lines = entry.dryRun
    ? write()
    : withLock(new StateFile(context).folder, context.now, write);
  const { confirmMode } = gathered.serve;
  const notes = clientNotes(
    { client: entry.client, wasInstalled, folderExisted, confirmMode },
    context,
  );
  [...lines, ...notes, guardSummary(gathered.serve, gathered)].forEach(say);
  if (entry.dryRun) {
    return;
  }
  const isLive = gathered.serve.access.kind === 'live';
  const isChecked = (isLive || config.client === undefined) && (await checkEntry(entry, context));
  say(`${restart}, and ask: who am I in Logto?`);
  if (!isChecked) {
    say(`To check the entry: ${typedCommand('doctor', entry, launch, loaded)}`);
  }
  say(`To undo: ${typedCommand('remove', entry, launch, loaded)}`);
}
