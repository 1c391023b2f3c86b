/** Gathers the settings of a server: from the options, the environment, the present entry, and answers at the terminal. */
import { resolve } from 'node:path';
import { type ClientName, ConfigError, type Options, serveArguments } from '../config/args.js';
import { type Config, clientSettings, readConfig, type Setting } from '../config/config.js';
import { checkVariableNames } from '../config/variable-names.js';
import { clients } from './clients.js';
import { type EntrySettings, substituted } from './read-entry.js';
import type { Terminal } from './terminal.js';

export type Serve = Extract<Config, { command: 'serve' }>;

type Variables = Readonly<Record<string, string>>;

const allSettings: readonly Setting[] = clientSettings;

/** The settings that identify the tenant. They are kept or replaced together. */
const locationNames: readonly string[] = [
  'LOGTO_ENDPOINT',
  'LOGTO_TENANT_ID',
  'LOGTO_API_RESOURCE',
];

const secretNames: readonly string[] = ['LOGTO_APP_SECRET', 'LOGTO_APP_SECRET_FILE'];

/** The settings of a tenant; the sandbox needs none of them. */
export const credentialNames: readonly string[] = [
  ...locationNames,
  'LOGTO_APP_ID',
  ...secretNames,
];

/** The settings whose values may be shown. */
export const publicNames: ReadonlySet<string> = new Set(
  clientSettings.map(({ name }) => name).filter((name) => name !== 'LOGTO_APP_SECRET'),
);

/** Replaces a secret that is unknown here, while the other settings are validated. */
const unknownSecret = 'unknown';

export interface SettingsRequest {
  readonly client: ClientName;
  /** The name of the entry. */
  readonly name: string;
  /** The options of `init`. */
  readonly options: Options;
  /** The settings of the present entry; undefined when there is none, or they are to be dropped. */
  readonly present: EntrySettings | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. */
  readonly cwd: string;
  readonly terminal: Terminal;
  /** Reads a text; throws when it cannot. */
  readonly readFile: (path: string) => string;
  /** Whether a path is that of an existing folder. */
  readonly isFolder: (path: string) => boolean;
  /** Shows why an answer is asked for again. */
  readonly say: (line: string) => void;
}

export interface GatheredSettings {
  /** The arguments of the server. */
  readonly args: readonly string[];
  /** Its LOGTO_ variables without a new secret; paths are absolute. */
  readonly env: Variables;
  /** The secret to store; undefined when there is none, the client asks for it, or it is in a file already. */
  readonly secret: string | undefined;
  /** The configuration that the server reads from these. */
  readonly serve: Serve;
  /** Facts that a person must know. */
  readonly notes: readonly string[];
}

/** The settings in the environment, with absolute paths. */
function environmentSettings({ env, cwd }: SettingsRequest): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { name, kind } of allSettings) {
    const value = env[name]?.trim() ?? '';
    if (value !== '') {
      values[name] = kind === 'file' || kind === 'folder' ? resolve(cwd, value) : value;
    }
  }
  return values;
}

const without = (variables: Variables, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => !names.includes(name)));

/** Validates a text that must be the secret and nothing else. */
function parseSecret(text: string, source: string): string {
  const secret = text.trim();
  if (secret === '' || /[\s\p{Cc}]/u.test(secret)) {
    throw new ConfigError(`${source} must give the app secret alone, on one line.`);
  }
  return secret;
}

/** Asks until the answer is valid. */
async function askValid<T>(
  { say }: SettingsRequest,
  ask: () => Promise<string>,
  parse: (answer: string) => T,
): Promise<T> {
  for (;;) {
    const answer = await ask();
    try {
      return parse(answer);
    } catch (error) {
      if (!(error instanceof ConfigError)) {
        throw error;
      }
      say(error.message);
    }
  }
}

const isLocated = (variables: Variables): boolean =>
  variables['LOGTO_ENDPOINT'] !== undefined || variables['LOGTO_TENANT_ID'] !== undefined;

const withDefault = (question: string, value: string | undefined): string =>
  value === undefined ? `${question}: ` : `${question} [${value}]: `;

/** Asks where Logto is. An empty answer keeps the present location, or the sandbox. */
function askLocation(request: SettingsRequest): Promise<Variables> {
  const { present, terminal, readFile, isFolder } = request;
  const current = present?.env['LOGTO_ENDPOINT'] ?? present?.env['LOGTO_TENANT_ID'];
  const isSandbox = present?.options.sandbox === true;
  return askValid(
    request,
    () =>
      terminal.ask(
        withDefault(
          'Tenant id on Logto Cloud, or the address of your own Logto',
          current ?? (isSandbox ? 'stay with the sandbox' : undefined),
        ),
      ),
    (answer) => {
      if (answer === '' && (current !== undefined || isSandbox)) {
        return {};
      }
      if (answer === '') {
        throw new ConfigError('Write abc123, or https://auth.example.com.');
      }
      const location: Variables = /[.:/]/.test(answer)
        ? { LOGTO_ENDPOINT: answer }
        : { LOGTO_TENANT_ID: answer };
      readConfig([], location, readFile, isFolder);
      return location;
    },
  );
}

function askAppId(request: SettingsRequest, current: string | undefined): Promise<string> {
  const { terminal, readFile, isFolder } = request;
  return askValid(
    request,
    () => terminal.ask(withDefault('App ID of the machine-to-machine application', current)),
    (answer) => {
      const appId = answer === '' ? current : answer;
      if (appId === undefined) {
        throw new ConfigError('The Logto console shows it on the page of the application.');
      }
      if (appId !== current) {
        readConfig([], { LOGTO_APP_ID: appId }, readFile, isFolder);
      }
      return appId;
    },
  );
}

/** The source of the secret: an option or a variable. @throws ConfigError when there is more than one */
function secretSource(shellSettings: Variables, options: Options): string | undefined {
  const sources = [
    ...(options['secret-stdin'] === true ? ['--secret-stdin'] : []),
    ...secretNames.filter((name) => shellSettings[name] !== undefined),
  ];
  if (sources.length > 1) {
    throw new ConfigError(`${sources.join(' and ')} give the app secret. Leave one of them out.`);
  }
  return sources[0];
}

/** Reads a new secret. @returns undefined when the present one stays, or none is needed here */
async function readSecret(
  request: SettingsRequest,
  source: string | undefined,
  variable: string | undefined,
  hasSecret: boolean,
): Promise<string | undefined> {
  const { client, options, terminal } = request;
  if (source === 'LOGTO_APP_SECRET') {
    return parseSecret(variable ?? '', source);
  }
  const isNeeded =
    source === '--secret-stdin' || (source === undefined && !clients[client].promptsForSecret);
  if (!isNeeded || options['dry-run'] === true) {
    return undefined;
  }
  if (source === '--secret-stdin' && !terminal.attended) {
    return parseSecret(await terminal.piped(), source);
  }
  if (hasSecret && !terminal.attended) {
    return undefined;
  }
  return askValid(
    request,
    () =>
      terminal.askSecret(
        `Its app secret, which is not shown${hasSecret ? ' (press Enter to keep the present one)' : ''}: `,
      ),
    (answer) => (hasSecret && answer === '' ? undefined : parseSecret(answer, 'The answer')),
  );
}

/** The settings from the environment, for a person: LOGTO_ variables are also common in shells of web applications. */
function environmentNotes(shellSettings: Variables, present: Variables): string[] {
  const items = Object.entries(shellSettings).map(([name, value]) => {
    const former = present[name];
    const shown = publicNames.has(name) ? `=${value}` : ' (not shown)';
    const replaced =
      former !== undefined && former !== value && publicNames.has(name)
        ? `, which replaces ${former}`
        : '';
    return `${name}${shown}${replaced}`;
  });
  return items.length === 0 ? [] : [`Taken from the environment: ${items.join('; ')}.`];
}

/** @throws ConfigError when a value that is needed is missing and cannot be asked for */
function refuseMissing(variables: Variables, needsSecret: boolean): void {
  const missing = [
    ...(isLocated(variables)
      ? []
      : ['LOGTO_TENANT_ID (on Logto Cloud) or LOGTO_ENDPOINT (your own Logto)']),
    ...(variables['LOGTO_APP_ID'] === undefined ? ['LOGTO_APP_ID'] : []),
    ...(needsSecret ? ['the app secret (LOGTO_APP_SECRET_FILE, or --secret-stdin)'] : []),
  ];
  if (missing.length > 0) {
    throw new ConfigError(
      `init needs to know: ${missing.join('; ')}. Set it in the environment, or run init at a terminal, where it asks. To try without a tenant, add --sandbox.`,
    );
  }
}

/** Settings for the sandbox: everything but those of a tenant. */
function sandboxSettings(request: SettingsRequest, shellSettings: Variables): GatheredSettings {
  const args = argumentsOf(request, true);
  const used = without(shellSettings, credentialNames);
  const present = without(request.present?.env ?? {}, credentialNames);
  const env = { ...present, ...used };
  const serve = readServe(args, env, request);
  const notes = [...environmentNotes(used, present), ...serve.warnings];
  return { args, env, secret: undefined, serve, notes };
}

/** The arguments of the server: those of the entry, replaced by the options that are given. */
const argumentsOf = ({ present, options, cwd }: SettingsRequest, isSandbox: boolean): string[] =>
  serveArguments({ ...present?.options, ...options, sandbox: isSandbox }, (path) =>
    resolve(cwd, path),
  );

/** Settings for a tenant. `answered` is the location that was asked for. */
async function tenantSettings(
  request: SettingsRequest,
  shellSettings: Variables,
  answered: Variables,
): Promise<GatheredSettings> {
  const { client, name, options, terminal } = request;
  const { promptsForSecret = false, title } = clients[client];
  const old = request.present?.env ?? {};
  const source = secretSource(shellSettings, options);
  const location = { ...shellSettings, ...answered };
  const isMoved = ['LOGTO_ENDPOINT', 'LOGTO_TENANT_ID'].some(
    (variable) => location[variable] !== undefined && location[variable] !== old[variable],
  );
  const appId =
    shellSettings['LOGTO_APP_ID'] ??
    (terminal.attended ? await askAppId(request, old['LOGTO_APP_ID']) : old['LOGTO_APP_ID']);
  // A secret is never sent to a tenant, or for an application, other than the one that it was entered for.
  const isSameAccess = !isMoved && appId === old['LOGTO_APP_ID'];
  const oldName = isSameAccess ? secretNames.find((variable) => old[variable]) : undefined;
  const oldSecret = oldName === undefined ? undefined : old[oldName];
  const settled = {
    ...without(old, [...secretNames, ...(isMoved ? locationNames : [])]),
    ...without(location, ['LOGTO_APP_SECRET']),
    ...(appId !== undefined && { LOGTO_APP_ID: appId }),
  };
  const needsSecret =
    source === undefined &&
    oldSecret === undefined &&
    !promptsForSecret &&
    options['dry-run'] !== true;
  refuseMissing(settled, needsSecret && !terminal.attended);
  const newSecret = await readSecret(
    request,
    source,
    shellSettings['LOGTO_APP_SECRET'],
    oldSecret !== undefined,
  );
  const retainedSecret = source === undefined && newSecret === undefined ? oldSecret : undefined;
  // A secret that the entry itself holds moves into the secret file. A file and a reference stay.
  const isLiteral = oldName === 'LOGTO_APP_SECRET' && retainedSecret?.startsWith('$') === false;
  const env: Record<string, string> = {
    ...settled,
    ...(retainedSecret !== undefined &&
      oldName !== undefined &&
      !isLiteral && { [oldName]: retainedSecret }),
  };
  const secret = newSecret ?? (isLiteral ? retainedSecret : undefined);
  const isComplete = secretNames.some((variable) => env[variable] !== undefined);
  const args = argumentsOf(request, false);
  const serve = readServe(
    args,
    { ...env, ...(!isComplete && { LOGTO_APP_SECRET: secret ?? unknownSecret }) },
    request,
  );
  const notes = [
    ...environmentNotes(shellSettings, old),
    ...(promptsForSecret && secret !== undefined
      ? [`${title} asks for the app secret itself; the one given here is not stored.`]
      : []),
    ...(request.present?.options.sandbox === true
      ? [`"${name}" was an entry for the sandbox; it now serves your tenant.`]
      : []),
    ...serve.warnings,
  ];
  return { args, env, secret: promptsForSecret ? undefined : secret, serve, notes };
}

/**
 * Gathers the settings of a server and validates them by the server's own rules. A value is taken from the options, the
 * environment, the answers, or the present entry, in this order.
 *
 * @throws ConfigError for an invalid value, and for a missing one when there is no terminal
 */
export async function gatherSettings(request: SettingsRequest): Promise<GatheredSettings> {
  const { options, present, terminal } = request;
  refuseUnknownNames(request);
  const shellSettings = environmentSettings(request);
  if (options.sandbox === true) {
    refuseReplacingTenant(request);
    return sandboxSettings(request, shellSettings);
  }
  secretSource(shellSettings, options);
  const answered = !isLocated(shellSettings) && terminal.attended ? await askLocation(request) : {};
  const isSandbox =
    present?.options.sandbox === true && !isLocated({ ...shellSettings, ...answered });
  return isSandbox
    ? sandboxSettings(request, shellSettings)
    : tenantSettings(request, shellSettings, answered);
}

/**
 * Refuses names that the server refuses. They are not dropped silently: `LOGTO_MCP_READONLY` was meant as a safeguard.
 *
 * @throws ConfigError for a LOGTO_MCP_ variable that is no setting, in the entry or in the environment
 */
function refuseUnknownNames({ name, present, env }: SettingsRequest): void {
  const inEntry = checkVariableNames(present?.env ?? {}, false).errors.map(
    (problem) =>
      `The entry "${name}" stops the server. ${problem} Rename or remove it in the entry, or add --reset to drop what the entry has.`,
  );
  const inEnvironment = checkVariableNames(env, false).errors.map(
    (problem) => `In the environment: ${problem}`,
  );
  if (inEntry.length + inEnvironment.length > 0) {
    throw new ConfigError(...inEntry, ...inEnvironment);
  }
}

/** @throws ConfigError when an entry of a tenant would silently become one of the sandbox */
function refuseReplacingTenant({ name, present }: SettingsRequest): void {
  if (credentialNames.some((variable) => present?.env[variable] !== undefined)) {
    throw new ConfigError(
      `"${name}" is an entry of a tenant, and --sandbox would replace its settings. Choose another name, such as --name ${name}-sandbox, or add --reset to replace it.`,
    );
  }
}

function readServe(args: readonly string[], env: Variables, request: SettingsRequest): Serve {
  const { substitutes } = clients[request.client];
  const arriving = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      /^\$\{input:/.test(value) ? unknownSecret : substituted(value, substitutes, request.env),
    ]),
  );
  const serve = readConfig(args, arriving, request.readFile, request.isFolder);
  if (serve.command !== 'serve' || serve.access.kind === 'unconfigured') {
    throw new Error('A setting is missing that was asked for.');
  }
  return serve;
}
