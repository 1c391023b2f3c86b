/** The settings of the command http: where it listens, who may sign in, and what its processes share. Pure. */
import { isIP } from 'node:net';
import { ConfigError, type Options } from './args.js';
import type { Config, Settings } from './config.js';
import {
  DEFAULT_BASE_PATH,
  DEFAULT_CALLS_PER_MINUTE,
  DEFAULT_HOST,
  DEFAULT_PORT,
} from './defaults.js';
import {
  type Environment,
  readAll,
  readOption,
  readSwitch,
  readVariable,
  repeatIfHarmless,
  type Sourced,
} from './environment.js';
import { readTelemetrySettings, type TelemetrySettings } from './telemetry-settings.js';

export interface HttpSettings {
  readonly port: number;
  readonly host: string;
  /** Origin under which clients reach this server; undefined for the address that it listens on. */
  readonly baseUrl: string | undefined;
  /** Path of the MCP endpoint, with a leading slash. */
  readonly basePath: string;
  /** Issuer whose tokens are accepted; undefined for a server without sign-in, on loopback only. */
  readonly issuer: string | undefined;
  readonly trustProxy: boolean;
  /** The key that seals state for the client; undefined for one of this process alone. */
  readonly stateKey: Uint8Array | undefined;
  /** Connection string of PostgreSQL; undefined for the memory and files of this server. */
  readonly databaseUrl: string | undefined;
  /** Requests that one person may make per minute. */
  readonly callsPerMinute: number;
}

/** Bytes of the key that seals state. */
const MIN_STATE_KEY_BYTES = 32;

const URL_LIKE = /^[\w:/.[\]-]*$/i;

/** Whether an address can be reached from this machine alone. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' ||
  host === '::1' ||
  host === '[::1]' ||
  (isIP(host) === 4 && host.startsWith('127.'));

/** An address without the parts that people often get wrong: scheme, letter case, and a slash at the end. */
const looseForm = (address: string): string =>
  address
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '');

/** Whether two addresses differ only in those parts. */
export const isSimilarAddress = (a: string, b: string): boolean => looseForm(a) === looseForm(b);

function readNumber(
  { value, source }: Sourced,
  fallback: string,
  [min, max]: readonly [number, number],
): number {
  const number = Number(value ?? fallback);
  if (!Number.isInteger(number) || number < min || number > max) {
    throw new ConfigError(
      `${source} must be a whole number from ${min} to ${max}${repeatIfHarmless(value ?? '', /^[\w.-]+$/, ', not ')}.`,
    );
  }
  return number;
}

function parseUrl(value: string, source: string, example: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (
    url === undefined ||
    !['http:', 'https:'].includes(url.protocol) ||
    `${url.username}${url.password}${url.search}${url.hash}` !== ''
  ) {
    throw new ConfigError(
      `${source} must be a URL without a query, such as ${example}${repeatIfHarmless(value, URL_LIKE, ', not ')}.`,
    );
  }
  return url;
}

/** An origin: scheme, host and port. @throws ConfigError */
export function readBaseUrl({ value, source }: Sourced): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  const url = parseUrl(value, source, 'https://mcp.example.com');
  if (url.pathname !== '/') {
    throw new ConfigError(
      `${source} must be an origin without a path, such as ${url.origin}. Give the path to --base-path.`,
    );
  }
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    throw new ConfigError(`${source} must begin with https://: access tokens are sent to it.`);
  }
  return url.origin;
}

/** @throws ConfigError for a path that cannot be that of the MCP endpoint */
export function readBasePath({ value = DEFAULT_BASE_PATH, source }: Sourced): string {
  if (!/^\/([\w.-]+\/)*[\w.-]*$/.test(value) || value.split('/').includes('..')) {
    throw new ConfigError(
      `${source} must be a path such as /mcp${repeatIfHarmless(value, URL_LIKE, ', not ')}.`,
    );
  }
  if (['/healthz', '/readyz'].includes(value) || value.startsWith('/.well-known')) {
    throw new ConfigError(`${source} must not be ${value}, which this server uses itself.`);
  }
  return value;
}

function readIssuer({ value, source }: Sourced): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  const url = parseUrl(value, source, 'https://auth.example.com/oidc');
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    throw new ConfigError(`${source} must begin with https://: its keys decide who may sign in.`);
  }
  // Compared with the token to the letter, so a slash at the end is neither added nor removed.
  return value;
}

function readStateKey(env: Environment): Uint8Array | undefined {
  const name = 'LOGTO_MCP_STATE_KEY';
  const value = readVariable(env, name);
  if (value === undefined) {
    return undefined;
  }
  const bytes = /^([0-9a-f]{2})+$/i.test(value)
    ? Buffer.from(value, 'hex')
    : Buffer.from(value, 'base64');
  if (!/^[\w+/=-]+$/.test(value) || bytes.length < MIN_STATE_KEY_BYTES) {
    throw new ConfigError(
      `${name} must be at least ${MIN_STATE_KEY_BYTES} random bytes as base64 or hex, such as the output of: openssl rand -base64 32`,
    );
  }
  return bytes;
}

function readDatabaseUrl(env: Environment): string | undefined {
  const name = 'LOGTO_MCP_DATABASE_URL';
  const value = readVariable(env, name);
  if (value !== undefined && !/^postgres(ql)?:\/\//.test(value)) {
    throw new ConfigError(`${name} must begin with postgres://.`);
  }
  return value;
}

/**
 * Reads the settings of the command http.
 *
 * @throws ConfigError with every problem in them, and for an address beyond loopback without https and sign-in
 */
export function readHttpSettings(options: Options, env: Environment): HttpSettings {
  const isSandbox = options.sandbox === true;
  const settings = readAll({
    port: () =>
      readNumber(readOption(options, 'port', env, 'LOGTO_MCP_PORT'), DEFAULT_PORT, [0, 65_535]),
    host: () => readOption(options, 'host', env, 'LOGTO_MCP_HOST').value ?? DEFAULT_HOST,
    baseUrl: () => readBaseUrl(readOption(options, 'base-url', env, 'LOGTO_MCP_BASE_URL')),
    basePath: () => readBasePath(readOption(options, 'base-path', env, 'LOGTO_MCP_BASE_PATH')),
    issuer: () => readIssuer(readOption(options, 'issuer', env, 'LOGTO_MCP_ISSUER')),
    trustProxy: () => options['trust-proxy'] === true || readSwitch(env, 'LOGTO_MCP_TRUST_PROXY'),
    stateKey: () => readStateKey(env),
    databaseUrl: () => readDatabaseUrl(env),
    callsPerMinute: () =>
      readNumber(
        {
          value: readVariable(env, 'LOGTO_MCP_CALLS_PER_MINUTE'),
          source: 'LOGTO_MCP_CALLS_PER_MINUTE',
        },
        DEFAULT_CALLS_PER_MINUTE,
        [1, 1_000_000],
      ),
  });
  const { host, baseUrl, issuer } = settings;
  const isPublic =
    !isLoopback(host) || (baseUrl !== undefined && !isLoopback(new URL(baseUrl).hostname));
  if (isPublic && isSandbox) {
    throw new ConfigError(
      'The sandbox is served on loopback only: its sign-in asks for no password. Leave --host and --base-url out.',
    );
  }
  if (isPublic && (baseUrl === undefined || issuer === undefined)) {
    throw new ConfigError(
      `Beyond loopback people must sign in over https: set ${[
        ...(baseUrl === undefined ? ['--base-url (https://...)'] : []),
        ...(issuer === undefined ? ['--issuer (https://.../oidc)'] : []),
      ].join(' and ')}.`,
    );
  }
  if (isPublic && baseUrl?.startsWith('https://') !== true) {
    throw new ConfigError('Beyond loopback --base-url must begin with https://.');
  }
  if (isSandbox && issuer !== undefined) {
    throw new ConfigError('The sandbox has its own issuer. Leave --issuer out.');
  }
  return settings;
}

/**
 * Reads all settings of the command http.
 *
 * @throws ConfigError with every problem in them
 */
export const readHttpConfig = (
  { options, readServer }: Extract<Config, { command: 'http' }>,
  env: Environment,
): {
  readonly server: Settings;
  readonly http: HttpSettings;
  /** Undefined where neither traces nor metrics are sent. */
  readonly telemetry: TelemetrySettings | undefined;
} =>
  readAll({
    server: readServer,
    http: () => readHttpSettings(options, env),
    telemetry: () => readTelemetrySettings(env),
  });
