/** Turns the command line and the environment into a typed configuration, or into a message for a person. Pure. */
import { CATALOG_RELEASE, SANDBOX_RELEASES, type Since } from '../catalog/release-names.js';
import {
  type ConfirmMode,
  confirmModes,
  DEFAULT_CONFIRM_MODE,
} from '../guard/confirm/confirm-mode.js';
import { type LogLevel, logLevels } from '../logger.js';
import { type Access, type AccessAndWarnings, type ReadFile, readAccess } from './access.js';
import {
  type ClientName,
  type Command,
  ConfigError,
  clientNames,
  type Options,
  parseCommandLine,
} from './args.js';
import { DEFAULT_ENTRY_NAME, DEFAULT_LOG_LEVEL, DEFAULT_SELECTION } from './defaults.js';
import {
  type Environment,
  fileProblemOf,
  JSON_FILE_LIKE,
  PATH_LIKE,
  readAll,
  readChoice,
  readOption,
  readSwitch,
  readVariable,
  repeatIfHarmless,
  type Sourced,
} from './environment.js';
import { type Setting, type SettingName, settings } from './settings.js';
import { checkVariableNames } from './variable-names.js';

export type { Access } from './access.js';
export { clientSettings, type Setting, settings } from './settings.js';

const allSettings: readonly Setting[] = settings;

/** An entry in the configuration of an MCP client. */
export interface EntryOf {
  readonly client: ClientName;
  readonly name: string;
  /** The configuration file, as it was typed; undefined for the client's default. */
  readonly file: string | undefined;
  /** Only show what would change. */
  readonly dryRun: boolean;
}

/** The option or variable that a value came from, for messages. */
export interface Sources {
  readonly tools: string;
  readonly policy: string;
  readonly profile: string;
  readonly logFile: string;
}

/** What a server needs to know. */
export interface Settings {
  readonly access: Access;
  /** Which tools are listed, as `--tools` takes it. */
  readonly tools: string;
  readonly readOnly: boolean;
  readonly uploadFolder: string | undefined;
  readonly secretsFolder: string | undefined;
  /** The folder of manifests for the tools; undefined where none is allowed. */
  readonly manifestFolder: string | undefined;
  /** Names of variables that a manifest may use in texts; a `*` at the end stands for any ending. */
  readonly manifestVariables: readonly string[];
  /** The same for its secrets. */
  readonly manifestSecrets: readonly string[];
  readonly showSecrets: boolean;
  /** The text of the policy; undefined when there is none. */
  readonly policy: string | undefined;
  /** The file of the policy. */
  readonly policyFile: string | undefined;
  readonly profile: string | undefined;
  readonly confirmMode: ConfirmMode;
  /** Names of arguments that are ignored in every call, because a client adds them. */
  readonly ignoredArguments: readonly string[];
  /** The folder of the journal; undefined for the default one. */
  readonly stateFolder: string | undefined;
  readonly logLevel: LogLevel;
  /** A file for the log; undefined for stderr. */
  readonly logFile: string | undefined;
  readonly sources: Sources;
  /** Warnings that do not stop the start; whole sentences. */
  readonly warnings: readonly string[];
}

/** One of the commands that deal with a manifest. */
export interface ManifestCommand {
  readonly command: 'export' | 'plan' | 'apply';
  readonly settings: Settings;
  /** The path of the manifest; undefined for an export, and for a comparison of two tenants. */
  readonly manifest: string | undefined;
  /** Where an export is written to; undefined for stdout. */
  readonly out: string | undefined;
  readonly kinds: readonly string[] | undefined;
  readonly prune: boolean;
  readonly json: boolean;
  /** The digest of the plan that is confirmed. */
  readonly yes: string | undefined;
  /** Another tenant to compare with, and the name of its profile. */
  readonly against: { readonly profile: string; readonly access: Access } | undefined;
}

/** Options of a command whose settings a file of its own reads. */
export interface UnreadSettings {
  readonly options: Options;
  readonly readServer: () => Settings;
}

export type Config =
  | { readonly command: 'help'; readonly topic: Command | undefined }
  | { readonly command: 'version' }
  | (Omit<EntryOf, 'client'> & {
      readonly command: 'init';
      /** Undefined when it is not given: `init` asks for it at a terminal. */
      readonly client: ClientName | undefined;
      /** All options, among them those that the entry starts the server with. */
      readonly options: Options;
    })
  | (EntryOf & { readonly command: 'remove' })
  | ({ readonly command: 'serve' } & Settings)
  | ManifestCommand
  /** The server over HTTP, and its set-up. Files of their own read the rest: a start over stdio does not load them. */
  | ({ readonly command: 'http' } & UnreadSettings)
  | ({ readonly command: 'setup-http' } & UnreadSettings)
  | {
      readonly command: 'doctor';
      readonly json: boolean;
      /** The MCP endpoint to check; undefined to check the settings and the tenant. */
      readonly http: string | undefined;
      /** A ConfigError is a finding of the doctor, which checks the rest nevertheless. */
      readonly settings: Settings | ConfigError;
    }
  /** The doctor with the settings that a client's entry starts the server with. */
  | (EntryOf & { readonly command: 'doctor of an entry'; readonly json: boolean });

/** Names that every client accepts, and that can be part of a file name. */
const entryName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

/** The entry that `--client`, `--name` and `--config` mean. */
function readEntry(command: string, options: Options): EntryOf {
  const client = clientNames.find((name) => name === options.client);
  if (client === undefined) {
    throw new ConfigError(
      options.client === undefined
        ? `${command} needs --client. It takes: ${clientNames.join(', ')}.`
        : `There is no client "${options.client}". --client takes: ${clientNames.join(', ')}.`,
    );
  }
  const name = options.name ?? DEFAULT_ENTRY_NAME;
  if (!entryName.test(name)) {
    throw new ConfigError(
      `--name must be at most 32 letters, digits, hyphens and underscores and begin with a letter or a digit, such as logto-staging, not "${name}".`,
    );
  }
  return { client, name, file: options.config, dryRun: options['dry-run'] === true };
}

/** The options of `doctor --client`; all other settings come from the entry. */
const entryOptions: readonly string[] = [
  'client',
  'name',
  'config',
  'json',
] satisfies (keyof Options)[];

/** The entry whose settings the doctor checks; undefined when it checks its own environment. */
function readCheckedEntry(options: Options): EntryOf | undefined {
  const isForEntry = (['client', 'name', 'config'] as const).some(
    (name) => options[name] !== undefined,
  );
  if (!isForEntry) {
    return undefined;
  }
  const entry = readEntry('doctor', options);
  const other = Object.keys(options).find((name) => !entryOptions.includes(name));
  if (other !== undefined) {
    throw new ConfigError(
      `With --client the doctor takes all settings from the entry of that client. Remove --${other}.`,
    );
  }
  return entry;
}

/** The text of the policy. Its content is validated by code that has the catalog. */
function readPolicyFile({ value, source }: Sourced, readFile: ReadFile): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  try {
    return readFile(value);
  } catch (error) {
    throw new ConfigError(
      `The policy${repeatIfHarmless(value, JSON_FILE_LIKE, ' ')} of ${source} ${fileProblemOf(error)}. Give the path of a file that this user can read.`,
    );
  }
}

/** A folder that must exist now, not only at the first file. */
function readFolder(
  env: Environment,
  name: SettingName,
  isFolder: (path: string) => boolean,
): string | undefined {
  const value = readVariable(env, name);
  if (value !== undefined && !isFolder(value)) {
    throw new ConfigError(
      `${name} must be the path of a folder that exists${repeatIfHarmless(value, PATH_LIKE, ', not ')}.`,
    );
  }
  return value;
}

/** Argument names separated by commas or blanks. */
function readIgnoredArguments(env: Environment): readonly string[] {
  const name = 'LOGTO_MCP_IGNORE_ARGUMENTS';
  const names = (readVariable(env, name) ?? '').split(/[\s,]+/).filter((item) => item !== '');
  if (names.some((item) => !/^[\w$.-]{1,64}$/.test(item))) {
    throw new ConfigError(`${name} must be names of arguments, separated by commas.`);
  }
  return [...new Set(names)];
}

const readSandboxRelease = (options: Options, env: Environment): Since =>
  readChoice(
    readOption(options, 'sandbox-release', env, 'LOGTO_MCP_SANDBOX_RELEASE'),
    SANDBOX_RELEASES,
    CATALOG_RELEASE,
  );

/** The access to a tenant, which no option of the sandbox changes. @throws ConfigError */
function readAccessBeside(
  options: Options,
  env: Environment,
  readFile: ReadFile,
): AccessAndWarnings {
  if (options['sandbox-release'] !== undefined) {
    throw new ConfigError(
      '--sandbox-release needs --sandbox: a tenant has the release that it has.',
    );
  }
  return readAccess(env, readFile);
}

/** Names of environment variables, separated by commas or blanks; a `*` may stand at the end. */
function readNames(env: Environment, name: SettingName): readonly string[] {
  const names = (readVariable(env, name) ?? '').split(/[\s,]+/).filter((item) => item !== '');
  if (names.some((item) => !/^[A-Za-z_]\w*\*?$/.test(item))) {
    throw new ConfigError(
      `${name} must be names of environment variables, separated by commas; a * may stand at the end of one.`,
    );
  }
  return [...new Set(names)];
}

/** The environment of another tenant: its variables have the name of the profile after LOGTO_. */
function environmentOf(env: Environment, profile: string): Environment {
  const prefix = `LOGTO_${profile.toUpperCase().replaceAll('-', '_')}_`;
  return Object.fromEntries(
    allSettings
      .filter(({ tenant }) => tenant === true)
      .map(({ name }) => [name, env[name.replace(/^LOGTO_/, prefix)]]),
  );
}

/** @throws ConfigError for a profile without a connection */
function readOtherAccess(env: Environment, profile: string, readFile: ReadFile): Access {
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,31}$/.test(profile)) {
    throw new ConfigError(
      '--against takes the name of a profile: letters, digits, hyphens and underscores, such as staging.',
    );
  }
  const { access } = readAccess(environmentOf(env, profile), readFile);
  if (access.kind === 'live') {
    return access;
  }
  const prefix = `LOGTO_${profile.toUpperCase().replaceAll('-', '_')}_`;
  throw new ConfigError(
    `There is no connection for the profile "${profile}". Set ${prefix}ENDPOINT (or ${prefix}TENANT_ID), ${prefix}APP_ID and ${prefix}APP_SECRET.`,
  );
}

/** What a command on a manifest needs. @throws ConfigError */
function readManifestCommand(
  command: ManifestCommand['command'],
  options: Options,
  env: Environment,
  readFile: ReadFile,
  isFolder: (path: string) => boolean,
): ManifestCommand {
  const { manifest, out, kinds, against, yes } = options;
  if (command === 'apply' && manifest === undefined) {
    throw new ConfigError('apply needs --manifest.');
  }
  if (command === 'plan' && (manifest === undefined) === (against === undefined)) {
    throw new ConfigError('plan needs either --manifest or --against.');
  }
  return {
    command,
    settings: readSettings(options, env, readFile, isFolder),
    manifest,
    out,
    kinds: kinds?.split(/[\s,]+/).filter((name) => name !== ''),
    prune: options.prune === true,
    json: options.json === true,
    yes,
    against:
      against === undefined
        ? undefined
        : { profile: against, access: readOtherAccess(env, against, readFile) },
  };
}

/** @throws ConfigError for unknown names of this server */
function readNameWarnings(env: Environment, isSandbox: boolean): readonly string[] {
  const { errors, warnings } = checkVariableNames(env, isSandbox);
  if (errors.length > 0) {
    throw new ConfigError(...errors);
  }
  return warnings;
}

/** The settings from options and environment. @throws ConfigError with every problem in them */
function readSettings(
  options: Options,
  env: Environment,
  readFile: ReadFile,
  isFolder: (path: string) => boolean,
): Settings {
  const isSandbox = options.sandbox === true;
  const { reached, names, selection, policy, profile, log, ...rest } = readAll({
    names: () => readNameWarnings(env, isSandbox),
    reached: (): AccessAndWarnings =>
      isSandbox
        ? { access: { kind: 'sandbox', release: readSandboxRelease(options, env) }, warnings: [] }
        : readAccessBeside(options, env, readFile),
    selection: () => readOption(options, 'tools', env, 'LOGTO_MCP_TOOLS'),
    readOnly: () => options['read-only'] === true || readSwitch(env, 'LOGTO_MCP_READ_ONLY'),
    uploadFolder: () => readFolder(env, 'LOGTO_UPLOAD_DIR', isFolder),
    secretsFolder: () => readFolder(env, 'LOGTO_SECRETS_DIR', isFolder),
    manifestFolder: () => readFolder(env, 'LOGTO_MCP_MANIFEST_DIR', isFolder),
    manifestVariables: () => readNames(env, 'LOGTO_MCP_MANIFEST_VARIABLES'),
    manifestSecrets: () => readNames(env, 'LOGTO_MCP_MANIFEST_SECRETS'),
    showSecrets: () =>
      options['show-secrets'] === true || readSwitch(env, 'LOGTO_MCP_SHOW_SECRETS'),
    policy: () => {
      const file = readOption(options, 'policy', env, 'LOGTO_MCP_POLICY');
      return { file, text: readPolicyFile(file, readFile) };
    },
    profile: () => readOption(options, 'profile', env, 'LOGTO_MCP_PROFILE'),
    confirmMode: () =>
      readChoice(
        readOption(options, 'confirm', env, 'LOGTO_MCP_CONFIRM'),
        confirmModes,
        DEFAULT_CONFIRM_MODE,
      ),
    ignoredArguments: () => readIgnoredArguments(env),
    stateFolder: () => readVariable(env, 'LOGTO_MCP_STATE_DIR'),
    logLevel: () =>
      readChoice(
        readOption(options, 'log-level', env, 'LOGTO_MCP_LOG_LEVEL'),
        logLevels,
        DEFAULT_LOG_LEVEL,
      ),
    log: () => readOption(options, 'log-file', env, 'LOGTO_MCP_LOG_FILE'),
  });
  return {
    ...rest,
    access: reached.access,
    tools: selection.value ?? DEFAULT_SELECTION,
    policy: policy.text,
    policyFile: policy.file.value,
    profile: profile.value,
    logFile: log.value,
    sources: {
      tools: selection.source,
      policy: policy.file.source,
      profile: profile.source,
      logFile: log.source,
    },
    warnings: [...reached.warnings, ...names],
  };
}

/**
 * Reads the configuration.
 *
 * @param argv the arguments after the program's name
 * @param readFile reads the files of the secret and the policy; throws when it cannot
 * @param isFolder whether a path is that of an existing folder
 * @throws ConfigError for a command line that cannot be used, and for settings that cannot be used, unless the doctor or http
 * reads them
 */
export function readConfig(
  argv: readonly string[],
  env: Environment,
  readFile: ReadFile,
  isFolder: (path: string) => boolean,
): Config {
  const line = parseCommandLine(argv);
  if (line.command === 'help' || line.command === 'version') {
    return line;
  }
  const { command, options } = line;
  if (command === 'init') {
    // The name of a client that is not chosen yet does not matter for the other values.
    const entry = readEntry(command, { ...options, client: options.client ?? clientNames[0] });
    const client = options.client === undefined ? undefined : entry.client;
    return { command, ...entry, client, options };
  }
  if (command === 'remove') {
    return { command, ...readEntry(command, options) };
  }
  if (command === 'serve') {
    return { command, ...readSettings(options, env, readFile, isFolder) };
  }
  if (command === 'export' || command === 'plan' || command === 'apply') {
    return readManifestCommand(command, options, env, readFile, isFolder);
  }
  if (command === 'http' || command === 'setup-http') {
    return {
      command,
      options,
      readServer: () => readSettings(options, env, readFile, isFolder),
    };
  }
  const json = options.json === true;
  const { http } = options;
  const entry = readCheckedEntry(options);
  if (entry !== undefined) {
    return { command: 'doctor of an entry', ...entry, json };
  }
  try {
    // The doctor has its own check of folders, and runs the other checks when one is missing.
    return { command, json, http, settings: readSettings(options, env, readFile, () => true) };
  } catch (error) {
    if (error instanceof ConfigError) {
      return { command, json, http, settings: error };
    }
    throw error;
  }
}
