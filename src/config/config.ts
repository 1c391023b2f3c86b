/** From the command line and the environment to a configuration, or to a message that a person can act on. Pure. */

import { type Level, levels } from '../logger.js';
import type { Credentials } from '../logto/credentials.js';
import type { Failure } from '../logto/errors.js';
import { cloudAddress, cloudTenantOf, managementApiOf, selfHostedTenant } from '../logto/tenant.js';
import {
  type ClientName,
  ConfigError,
  clientNames,
  type Options,
  readCommandLine,
} from './args.js';

/** How Logto is reached: with credentials, without any (the tools are listed, calls say what is missing), or not at all. */
export type Access =
  | { readonly kind: 'sandbox' }
  | { readonly kind: 'live'; readonly credentials: Credentials; readonly tenant: string }
  | { readonly kind: 'unconfigured'; readonly failure: Failure };

/** An entry in the configuration of an MCP client. */
export interface EntryOf {
  readonly client: ClientName;
  readonly name: string;
  /** The configuration file, as it was given; undefined for the client's usual one. */
  readonly file: string | undefined;
  /** Only show what would change. */
  readonly dryRun: boolean;
}

/** What a server needs to know. */
export interface Settings {
  readonly access: Access;
  /** What is listed, in the words of `--tools`. */
  readonly tools: string;
  readonly readOnly: boolean;
  readonly uploadFolder: string | undefined;
  readonly secretsFolder: string | undefined;
  readonly showSecrets: boolean;
  /** The text of the policy; undefined when there is none. */
  readonly policy: string | undefined;
  readonly profile: string | undefined;
  /** The folder of the journal; undefined for the usual one. */
  readonly stateFolder: string | undefined;
  readonly logLevel: Level;
  /** A file for the log; undefined for stderr. */
  readonly logFile: string | undefined;
  /** Things that a person should know and that stop nothing. */
  readonly warnings: readonly string[];
}

export type Config =
  | { readonly command: 'help' }
  | { readonly command: 'version' }
  | (Omit<EntryOf, 'client'> & {
      readonly command: 'init';
      /** Undefined when it is not given: `init` asks for it at a terminal. */
      readonly client: ClientName | undefined;
      /** Everything that was given, with what the server itself is to be started with. */
      readonly options: Options;
    })
  | (EntryOf & { readonly command: 'remove' })
  | ({ readonly command: 'serve' } & Settings)
  | {
      readonly command: 'doctor';
      readonly json: boolean;
      /** Or what is wrong with them: that is a finding, and no reason not to look at the rest. */
      readonly settings: Settings | ConfigError;
    }
  /** The doctor, with what an entry starts the server with. */
  | (EntryOf & { readonly command: 'doctor of an entry'; readonly json: boolean });

type Environment = Readonly<Record<string, string | undefined>>;

/** One thing that can be set. The packages for clients and registries are derived from it as well. */
export interface Setting {
  readonly name: `LOGTO_${string}`;
  /** Its name in a form. */
  readonly title: string;
  readonly what: string;
  readonly example: string;
  /** What a form should show instead of a line of text. */
  readonly kind?: 'switch' | 'file' | 'folder';
  /** Kept out of sight, and where the client keeps secrets. */
  readonly secret?: true;
  /** Without it no tenant can be reached. */
  readonly required?: true;
  /** The option that does the same. */
  readonly option?: keyof Options;
  /** The setting that it can stand for. A form asks for that one alone, since both together are refused. */
  readonly insteadOf?: string;
  /** What counts when it is not set; a switch is off. */
  readonly usual?: string;
}

const usualTools = 'default';
const usualLevel = 'warn';

/** Everything that can be set, in the order in which help, documentation and forms show it. */
export const settings = [
  {
    name: 'LOGTO_ENDPOINT',
    title: 'Endpoint',
    what: 'Address of a self-hosted Logto, or of a custom domain on Logto Cloud.',
    example: 'https://auth.example.com',
  },
  {
    name: 'LOGTO_TENANT_ID',
    title: 'Tenant id',
    what: 'Tenant id on Logto Cloud. Alone it is enough for a Cloud tenant.',
    example: 'abc123',
  },
  {
    name: 'LOGTO_APP_ID',
    title: 'App ID',
    what: 'App ID of a machine-to-machine application that has the Management API role.',
    example: 'ym2z6xqmd3b8ifmzjl5vn',
    required: true,
  },
  {
    name: 'LOGTO_APP_SECRET',
    title: 'App secret',
    what: 'App secret of that application.',
    example: '',
    required: true,
    secret: true,
  },
  {
    name: 'LOGTO_APP_SECRET_FILE',
    title: 'File of the app secret',
    what: 'A file that holds the app secret, instead of LOGTO_APP_SECRET.',
    example: '/run/secrets/logto',
    kind: 'file',
    insteadOf: 'LOGTO_APP_SECRET',
  },
  {
    name: 'LOGTO_API_RESOURCE',
    title: 'Resource indicator',
    what: 'Indicator of the Management API, where it cannot be derived.',
    example: 'https://default.logto.app/api',
  },
  {
    name: 'LOGTO_MCP_TOOLS',
    title: 'Tools',
    what: 'Which tools are listed; the same as --tools.',
    example: 'default,hooks,!delete_*',
    option: 'tools',
    usual: usualTools,
  },
  {
    name: 'LOGTO_MCP_READ_ONLY',
    title: 'Read-only',
    what: 'true leaves out everything that changes something; the same as --read-only.',
    example: 'true',
    kind: 'switch',
    option: 'read-only',
  },
  {
    name: 'LOGTO_UPLOAD_DIR',
    title: 'Folder for uploads',
    what: 'The only folder that files may be uploaded from. Without it uploads are off.',
    example: '/home/ann/logto-assets',
    kind: 'folder',
  },
  {
    name: 'LOGTO_SECRETS_DIR',
    title: 'Folder for saved secrets',
    what: 'The only folder that save_secret may write to. Without it no secret can be saved.',
    example: '/home/ann/project',
    kind: 'folder',
  },
  {
    name: 'LOGTO_MCP_SHOW_SECRETS',
    title: 'Show secrets',
    what: 'true shows secrets in answers; the same as --show-secrets.',
    example: 'false',
    kind: 'switch',
    option: 'show-secrets',
  },
  {
    name: 'LOGTO_MCP_POLICY',
    title: 'Policy',
    what: 'File with the policy; the same as --policy.',
    example: '/home/ann/logto-policy.json',
    kind: 'file',
    option: 'policy',
  },
  {
    name: 'LOGTO_MCP_PROFILE',
    title: 'Profile of the policy',
    what: 'Profile of the policy; the same as --profile.',
    example: 'production',
    option: 'profile',
  },
  {
    name: 'LOGTO_MCP_STATE_DIR',
    title: 'Folder of the journal',
    what: 'Folder of the journal of changes.',
    example: '/home/ann/.local/state/logto-management-mcp',
    kind: 'folder',
  },
  {
    name: 'LOGTO_MCP_LOG_LEVEL',
    title: 'Log level',
    what: 'How much is logged; the same as --log-level.',
    example: 'info',
    option: 'log-level',
    usual: usualLevel,
  },
  {
    name: 'LOGTO_MCP_LOG_FILE',
    title: 'Log file',
    what: 'File for the log; the same as --log-file.',
    example: '/home/ann/.local/state/logto-management-mcp/calls.jsonl',
    option: 'log-file',
  },
] as const satisfies readonly Setting[];

const where =
  'In the Logto console open Applications, create one of type Machine-to-machine, give it the role "Logto Management API access", and copy';

/** The failure of every call while something is missing. `found` says where it is found. */
const missing = (names: readonly string[], found: readonly string[]): Failure => ({
  kind: 'configuration',
  code: 'not_configured',
  message: `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not set, so this server cannot reach Logto.`,
  hint: `${found.join(' ')} Set ${names.length === 1 ? 'it' : 'them'} in the env block of this server in your MCP client and restart it. To try without a tenant, start the server with --sandbox.`,
});

/** Some clients hand over a template whose value was never filled in. */
const placeholder = /^(\$\{.*\}|<.*>|your[-_ ].*)$/i;

/** What Claude Desktop passes for a field of a bundle that was left empty: the template of the manifest, as it stands. */
const leftEmpty = /^\$\{user_config\.[^}]*\}$/;

function read(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  if (value === undefined || value === '' || leftEmpty.test(value)) {
    return undefined;
  }
  if (placeholder.test(value)) {
    throw new ConfigError(`${name} still holds a placeholder. Put the real value in its place.`);
  }
  if (/^(["']).*\1$/.test(value)) {
    throw new ConfigError(
      `${name} holds quotation marks. Leave them out: they become a part of it.`,
    );
  }
  return value;
}

/**
 * A value as a message may repeat it, behind `before`: a host, a word, a path, and nothing where it may be a secret that was
 * put into the wrong setting. What a message says goes into the log of the client.
 */
const repeated = (value: string, harmless: RegExp, before: string): string =>
  value.length <= 80 && harmless.test(value) ? `${before}"${value}"` : '';

const aHost = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+(:\d+)?$/i;
const aWord = /^[a-z]{1,8}$/i;
const aPath = /^(\.{0,2}|~|[a-z]:)[\\/][^\n]*$/i;

function readSwitch(env: Environment, name: string): boolean {
  const value = read(env, name)?.toLowerCase();
  if (value === undefined || value === 'false' || value === '0') {
    return false;
  }
  if (value === 'true' || value === '1') {
    return true;
  }
  throw new ConfigError(`${name} must be true or false${repeated(value, aWord, ', not ')}.`);
}

function readSelection(value: string | undefined): string {
  if (value?.trim() === '') {
    throw new ConfigError(
      '--tools names nothing. Write default, all, none, or the domains and tools to list.',
    );
  }
  return value ?? 'default';
}

function readLevel(value: string | undefined): Level {
  const level = levels.find((one) => one === (value ?? usualLevel));
  if (level === undefined) {
    throw new ConfigError(
      `--log-level must be one of ${levels.join(', ')}${repeated(value ?? '', aWord, ', not ')}.`,
    );
  }
  return level;
}

/** Names that every client takes, and that can be a part of a file's name. */
const entryName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

/** Which entry of which client is meant. */
function readEntry(command: string, options: Options): EntryOf {
  if (options.client === undefined) {
    throw new ConfigError(`${command} needs --client. It takes: ${clientNames.join(', ')}.`);
  }
  const client = clientNames.find((name) => name === options.client);
  if (client === undefined) {
    throw new ConfigError(
      `There is no client "${options.client}". --client takes: ${clientNames.join(', ')}.`,
    );
  }
  const name = options.name ?? 'logto';
  if (!entryName.test(name)) {
    throw new ConfigError(
      `--name must be at most 32 letters, digits, hyphens and underscores and begin with a letter or a digit, such as logto-staging, not "${name}".`,
    );
  }
  return { client, name, file: options.config, dryRun: options['dry-run'] === true };
}

/** The options that say whose entry the doctor is to look at, and how to answer; all others the entry has itself. */
const aboutEntry: readonly string[] = [
  'client',
  'name',
  'config',
  'json',
] satisfies (keyof Options)[];

/** The entry whose settings the doctor is to take; undefined when those around it count. */
function readExamined(options: Options): EntryOf | undefined {
  const isAsked = (['client', 'name', 'config'] as const).some(
    (name) => options[name] !== undefined,
  );
  if (!isAsked) {
    return undefined;
  }
  const entry = readEntry('doctor', options);
  const other = Object.keys(options).find((name) => !aboutEntry.includes(name));
  if (other !== undefined) {
    throw new ConfigError(
      `With --client the doctor takes everything from the entry of that client. Leave --${other} out.`,
    );
  }
  return entry;
}

/** The text of the policy; what stands in it is checked where the catalog is known. */
function readPolicyFile(
  file: string | undefined,
  readFile: (path: string) => string,
): string | undefined {
  if (file === undefined) {
    return undefined;
  }
  try {
    return readFile(file);
  } catch {
    throw new ConfigError(
      `The policy${repeated(file, /^[^\n]*\.json$/i, ' ')} cannot be read. Give the path of a file that this user can read.`,
    );
  }
}

/** The console has addresses of its own, which people copy from the browser. */
function consoleAt(url: URL): string | undefined {
  if (url.hostname === 'cloud.logto.io') {
    const tenant = /^\/([a-z0-9]+)/.exec(url.pathname)?.[1];
    return `LOGTO_ENDPOINT names the console of Logto Cloud. Leave it out and set LOGTO_TENANT_ID${
      tenant === undefined ? ', which stands before .logto.app' : `=${tenant}`
    }.`;
  }
  return /^\/console(\/|$)/.test(url.pathname)
    ? 'LOGTO_ENDPOINT names the console. Write the address that Logto was given as ENDPOINT; the console shows it with each application.'
    : undefined;
}

function readEndpoint(value: string): { endpoint: string; warnings: string[] } {
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    throw new ConfigError(
      `LOGTO_ENDPOINT must be an address with its scheme, such as https://auth.example.com${repeated(value, aHost, ', not ')}.`,
    );
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ConfigError(
      `LOGTO_ENDPOINT must begin with https:// (or http:// on your own machine).`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new ConfigError(
      `LOGTO_ENDPOINT must hold no user name and no password: write ${url.protocol}//${url.host}.`,
    );
  }
  const itsConsole = consoleAt(url);
  if (itsConsole !== undefined) {
    throw new ConfigError(itsConsole);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new ConfigError(
      `LOGTO_ENDPOINT must be the bare address of Logto: write ${url.origin}, without what follows it.`,
    );
  }
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  return {
    endpoint: url.origin,
    warnings:
      url.protocol === 'http:' && !local
        ? [`LOGTO_ENDPOINT is ${url.origin}: the app secret travels unencrypted.`]
        : [],
  };
}

function readTenant(value: string): string {
  if (!/^[a-z0-9]+$/.test(value)) {
    const inside = /^(?:https?:\/\/)?([a-z0-9]+)\.logto\.app/.exec(value)?.[1];
    throw new ConfigError(
      `LOGTO_TENANT_ID must be the bare tenant id of lower-case letters and digits${
        inside === undefined
          ? ", as it stands before .logto.app in your tenant's address"
          : `: write ${inside}`
      }.`,
    );
  }
  return value;
}

function readResource(value: string): string {
  if (!URL.canParse(value)) {
    throw new ConfigError(
      `LOGTO_API_RESOURCE must be an indicator such as ${managementApiOf(selfHostedTenant)}.`,
    );
  }
  return value;
}

/** Longer than this no id can be: Logto's database has no room for it. */
const longestId = 21;

function readAppId(value: string): string {
  if (value.length > longestId) {
    // It may be the secret, so it is not repeated.
    throw new ConfigError(
      `LOGTO_APP_ID is longer than an App ID can be (${longestId} characters). Perhaps it is the App secret, and the two are mixed up.`,
    );
  }
  return value;
}

function readSecret(env: Environment, readFile: (path: string) => string): string | undefined {
  const direct = read(env, 'LOGTO_APP_SECRET');
  const file = read(env, 'LOGTO_APP_SECRET_FILE');
  if (direct !== undefined && file !== undefined) {
    throw new ConfigError('Set LOGTO_APP_SECRET or LOGTO_APP_SECRET_FILE, not both.');
  }
  if (file === undefined) {
    if (direct !== undefined && /\s/.test(direct)) {
      throw new ConfigError(
        'LOGTO_APP_SECRET must be the app secret alone, without blanks and line breaks.',
      );
    }
    return direct;
  }
  const named = 'LOGTO_APP_SECRET_FILE must name a file with the app secret alone, on one line';
  const given = repeated(file, aPath, ', ');
  let content: string;
  try {
    content = readFile(file).trim();
  } catch {
    throw new ConfigError(`${named}; the file it names${given} cannot be read.`);
  }
  if (content === '' || /\s/.test(content)) {
    throw new ConfigError(`${named}; the file it names${given} holds something else.`);
  }
  return content;
}

/** A folder that the operator names. One that is missing is refused now, not at the first file. */
function readFolder(
  env: Environment,
  name: string,
  isFolder: (path: string) => boolean,
): string | undefined {
  const value = read(env, name);
  if (value !== undefined && !isFolder(value)) {
    throw new ConfigError(
      `${name} must be the path of a folder that exists${repeated(value, aPath, ', not ')}.`,
    );
  }
  return value;
}

/** A reader for each setting. */
type Readers<T> = { readonly [K in keyof T]: () => T[K] };

/** Reads them all, so that a person learns of every mistake at once. @throws ConfigError */
function readAll<T extends object>(readers: Readers<T>): T {
  const problems: string[] = [];
  const values = Object.entries<() => unknown>(readers).map(([name, reader]) => {
    try {
      return [name, reader()];
    } catch (error) {
      if (!(error instanceof ConfigError)) {
        throw error;
      }
      problems.push(...error.problems);
      return [name, undefined];
    }
  });
  if (problems.length > 0) {
    throw new ConfigError(...problems);
  }
  // Each reader has answered for its own key.
  return Object.fromEntries(values) as T;
}

const optional =
  <T>(env: Environment, name: string, parse: (value: string) => T) =>
  (): T | undefined => {
    const value = read(env, name);
    return value === undefined ? undefined : parse(value);
  };

interface Place {
  readonly endpoint: string | undefined;
  readonly resource: string;
  readonly tenant: string;
}

/** Where Logto is, and under which indicator its Management API goes there. */
function placeOf(
  own: string | undefined,
  tenantId: string | undefined,
  resource: string | undefined,
): Place {
  const inHost = own && cloudTenantOf(own);
  if (inHost !== undefined && tenantId !== undefined && inHost !== tenantId) {
    throw new ConfigError(
      `LOGTO_ENDPOINT names the tenant ${inHost} and LOGTO_TENANT_ID the tenant ${tenantId}. Leave one of them out.`,
    );
  }
  const cloud = tenantId ?? inHost;
  return {
    endpoint: own ?? (cloud === undefined ? undefined : cloudAddress(cloud)),
    resource: resource ?? managementApiOf(cloud ?? selfHostedTenant),
    tenant: cloud ?? selfHostedTenant,
  };
}

function readAccess(
  env: Environment,
  readFile: (path: string) => string,
): { access: Access; warnings: readonly string[] } {
  const { given, tenantId, resource, appId, appSecret } = readAll({
    given: optional(env, 'LOGTO_ENDPOINT', readEndpoint),
    tenantId: optional(env, 'LOGTO_TENANT_ID', readTenant),
    resource: optional(env, 'LOGTO_API_RESOURCE', readResource),
    appId: optional(env, 'LOGTO_APP_ID', readAppId),
    appSecret: () => readSecret(env, readFile),
  });
  const place = placeOf(given?.endpoint, tenantId, resource);
  const { endpoint } = place;
  const warnings = given?.warnings ?? [];
  if (endpoint !== undefined && appId !== undefined && appSecret !== undefined) {
    const credentials = { endpoint, appId, appSecret, resource: place.resource };
    return { access: { kind: 'live', credentials, tenant: place.tenant }, warnings };
  }
  const ofApplication = [
    ...(appId === undefined ? [{ name: 'LOGTO_APP_ID', what: 'its App ID' }] : []),
    ...(appSecret === undefined
      ? [{ name: 'LOGTO_APP_SECRET (or LOGTO_APP_SECRET_FILE)', what: 'its App secret' }]
      : []),
  ];
  const failure = missing(
    [
      ...(endpoint === undefined ? ['LOGTO_ENDPOINT'] : []),
      ...ofApplication.map(({ name }) => name),
    ],
    [
      ...(endpoint === undefined
        ? [
            'LOGTO_ENDPOINT is the address of your Logto, such as https://auth.example.com; on Logto Cloud set LOGTO_TENANT_ID instead, which stands before .logto.app in the address of your tenant.',
          ]
        : []),
      ...(ofApplication.length > 0
        ? [`${where} ${ofApplication.map(({ what }) => what).join(' and ')}.`]
        : []),
    ],
  );
  return { access: { kind: 'unconfigured', failure }, warnings };
}

/** The settings that the options and the environment make together. @throws ConfigError with every mistake in them */
function readSettings(
  options: Options,
  env: Environment,
  readFile: (path: string) => string,
  isFolder: (path: string) => boolean,
): Settings {
  const { reached, ...others } = readAll({
    reached: () =>
      options.sandbox === true
        ? { access: { kind: 'sandbox' } as const, warnings: [] }
        : readAccess(env, readFile),
    tools: () => readSelection(options.tools ?? read(env, 'LOGTO_MCP_TOOLS')),
    readOnly: () => options['read-only'] === true || readSwitch(env, 'LOGTO_MCP_READ_ONLY'),
    uploadFolder: () => readFolder(env, 'LOGTO_UPLOAD_DIR', isFolder),
    secretsFolder: () => readFolder(env, 'LOGTO_SECRETS_DIR', isFolder),
    showSecrets: () =>
      options['show-secrets'] === true || readSwitch(env, 'LOGTO_MCP_SHOW_SECRETS'),
    policy: () => readPolicyFile(options.policy ?? read(env, 'LOGTO_MCP_POLICY'), readFile),
    profile: () => options.profile ?? read(env, 'LOGTO_MCP_PROFILE'),
    stateFolder: () => read(env, 'LOGTO_MCP_STATE_DIR'),
    logLevel: () => readLevel(options['log-level'] ?? read(env, 'LOGTO_MCP_LOG_LEVEL')),
    logFile: () => options['log-file'] ?? read(env, 'LOGTO_MCP_LOG_FILE'),
  });
  return { ...reached, ...others };
}

/**
 * Reads the configuration.
 *
 * @param argv the arguments behind the program's name
 * @param readFile reads the secret's file; throws when it cannot
 * @param isFolder whether a path is that of a folder that exists
 * @throws ConfigError for a command line that cannot be used; for settings, too, unless it is the doctor who asks
 */
export function readConfig(
  argv: readonly string[],
  env: Environment,
  readFile: (path: string) => string,
  isFolder: (path: string) => boolean,
): Config {
  const { command, options } = readCommandLine(argv);
  if (options.help === true) {
    return { command: 'help' };
  }
  if (options.version === true) {
    return { command: 'version' };
  }
  if (command === 'init') {
    // The name of a client that is not given yet does not matter for the other values.
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
  const json = options.json === true;
  const entry = readExamined(options);
  if (entry !== undefined) {
    return { command: 'doctor of an entry', ...entry, json };
  }
  try {
    // The doctor looks at the folders itself, and at the rest besides.
    return { command, json, settings: readSettings(options, env, readFile, () => true) };
  } catch (error) {
    if (error instanceof ConfigError) {
      return { command, json, settings: error };
    }
    throw error;
  }
}
