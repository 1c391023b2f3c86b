/** How Logto is reached: its address, and the application to sign in with. Pure. */

import type { Since } from '../catalog/release-names.js';
import type { Credentials } from '../logto/credentials.js';
import type { Failure } from '../logto/errors.js';
import { cloudAddress, cloudTenantOf, managementApiOf, selfHostedTenant } from '../logto/tenant.js';
import { ConfigError } from './args.js';
import {
  type Environment,
  fileProblemOf,
  HOST_LIKE,
  PATH_LIKE,
  readAll,
  readVariable,
  repeatIfHarmless,
} from './environment.js';
import type { SettingName } from './settings.js';

/** How Logto is reached: the sandbox, a tenant with credentials, or not at all. */
export type Access =
  | { readonly kind: 'sandbox'; readonly release: Since }
  | {
      readonly kind: 'live';
      readonly credentials: Credentials;
      readonly tenant: string;
      /** The file that the App secret was read from; undefined when the environment contains it. */
      readonly secretFile?: string;
    }
  /** A setting is missing: tools are listed, and every call fails with this. */
  | {
      readonly kind: 'unconfigured';
      /** For a server in an MCP client. */
      readonly failure: Failure;
      /** The hint of the failure for a command in a shell. */
      readonly advice: string;
    };

/** Access, and warnings that do not stop the start. */
export interface AccessAndWarnings {
  readonly access: Access;
  readonly warnings: readonly string[];
}

/** Reads a text file. Throws when it cannot; the error's `code` is that of Node.js. */
export type ReadFile = (path: string) => string;

/** Tenants of a self-hosted Logto: users' and the console's. Logto Cloud has no address for them. */
const localTenants: readonly string[] = [selfHostedTenant, 'admin'];

/** What to write instead of an address of the console, which people copy from the browser. */
function consoleAdvice(url: URL): string | undefined {
  if (url.hostname === 'cloud.logto.io') {
    const tenant = /^\/([a-z0-9]+)/.exec(url.pathname)?.[1];
    return `LOGTO_ENDPOINT is the address of the Logto Cloud console. Remove it and set LOGTO_TENANT_ID${
      tenant === undefined ? ' to the name before .logto.app' : `=${tenant}`
    }.`;
  }
  return /^\/console(\/|$)/.test(url.pathname)
    ? 'LOGTO_ENDPOINT is the address of the console. Write the address that Logto was given as ENDPOINT; the console shows it with each application.'
    : undefined;
}

/** What to write instead of an address without a scheme. */
function schemelessAdvice(value: string): string {
  const lower = value.toLowerCase();
  const tenant = /^([a-z0-9]+)\.logto\.app\/?$/.exec(lower)?.[1];
  if (tenant !== undefined && !localTenants.includes(tenant)) {
    return `LOGTO_ENDPOINT is the address of the Logto Cloud tenant ${tenant} without https://. Remove it and set LOGTO_TENANT_ID=${tenant}.`;
  }
  return `LOGTO_ENDPOINT must be an address with its scheme, such as https://auth.example.com${repeatIfHarmless(
    value,
    HOST_LIKE,
    ', not ',
  )}.${/[.:/]/.test(value) ? '' : ' A tenant id of Logto Cloud belongs in LOGTO_TENANT_ID.'}`;
}

const localTenantAdvice = (name: SettingName, tenant: string): string =>
  `${name} is ${name === 'LOGTO_ENDPOINT' ? cloudAddress(tenant) : tenant}, which is part of the resource indicator of a self-hosted Logto and no address. Set LOGTO_ENDPOINT to the address where your Logto runs, such as https://auth.example.com.`;

interface EndpointSetting {
  readonly endpoint: string;
  readonly warnings: readonly string[];
}

/** `http://` is safe on this machine only. */
const isLoopback = ({ hostname }: URL): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);

function parseEndpoint(value: string): EndpointSetting {
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    throw new ConfigError(schemelessAdvice(value));
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ConfigError(
      'LOGTO_ENDPOINT must begin with https:// (or http:// on your own machine).',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new ConfigError(
      `LOGTO_ENDPOINT must contain no user name and no password: write ${url.protocol}//${url.host}.`,
    );
  }
  const advice = consoleAdvice(url);
  if (advice !== undefined) {
    throw new ConfigError(advice);
  }
  const cloudTenant = cloudTenantOf(url.origin);
  if (cloudTenant !== undefined && localTenants.includes(cloudTenant)) {
    throw new ConfigError(localTenantAdvice('LOGTO_ENDPOINT', cloudTenant));
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new ConfigError(
      `LOGTO_ENDPOINT must be the bare address of Logto: write ${url.origin}, without what follows it.`,
    );
  }
  return {
    endpoint: url.origin,
    warnings:
      url.protocol === 'http:' && !isLoopback(url)
        ? [
            `LOGTO_ENDPOINT is ${url.origin}: the App secret is sent unencrypted. Write https:// where Logto offers it.`,
          ]
        : [],
  };
}

function parseTenantId(value: string): string {
  if (!/^[a-z0-9]+$/.test(value)) {
    const tenant = /^(?:https?:\/\/)?([a-z0-9]+)\.logto\.app/.exec(value)?.[1];
    throw new ConfigError(
      `LOGTO_TENANT_ID must be the bare tenant id of lower-case letters and digits${
        tenant === undefined ? ', the name before .logto.app in its address' : `: write ${tenant}`
      }.`,
    );
  }
  return value;
}

function parseResource(value: string): string {
  if (!URL.canParse(value)) {
    throw new ConfigError(
      `LOGTO_API_RESOURCE must be a resource indicator such as ${managementApiOf(selfHostedTenant)}.`,
    );
  }
  return value;
}

/** Longest App ID in characters: the size of the column in Logto's database. */
const MAX_APP_ID_CHARS = 21;

function parseAppId(value: string): string {
  if (value.length > MAX_APP_ID_CHARS) {
    // The value may be the secret, so it is not repeated.
    throw new ConfigError(
      `LOGTO_APP_ID is longer than an App ID can be (${MAX_APP_ID_CHARS} characters). Perhaps it is the App secret.`,
    );
  }
  return value;
}

interface AppSecret {
  readonly secret: string;
  readonly source: 'LOGTO_APP_SECRET' | 'LOGTO_APP_SECRET_FILE';
  readonly file?: string;
}

function readSecretFile(path: string, readFile: ReadFile): AppSecret {
  const shown = repeatIfHarmless(path, PATH_LIKE, ', ');
  const problem = (text: string): ConfigError =>
    new ConfigError(
      `LOGTO_APP_SECRET_FILE must name a file that contains only the App secret. The file it names${shown}${shown === '' ? '' : ','} ${text}.`,
    );
  let content: string;
  try {
    content = readFile(path).trim();
  } catch (error) {
    throw problem(fileProblemOf(error));
  }
  if (content === '') {
    throw problem('is empty');
  }
  if (/\s/.test(content)) {
    throw problem('contains more than one word or line');
  }
  return { secret: content, source: 'LOGTO_APP_SECRET_FILE', file: path };
}

function readAppSecret(env: Environment, readFile: ReadFile): AppSecret | undefined {
  const secret = readVariable(env, 'LOGTO_APP_SECRET');
  const file = readVariable(env, 'LOGTO_APP_SECRET_FILE');
  if (secret !== undefined && file !== undefined) {
    throw new ConfigError('Set LOGTO_APP_SECRET or LOGTO_APP_SECRET_FILE, not both.');
  }
  if (file !== undefined) {
    return readSecretFile(file, readFile);
  }
  if (secret !== undefined && /\s/.test(secret)) {
    throw new ConfigError(
      'LOGTO_APP_SECRET must be the App secret alone, without blanks and line breaks.',
    );
  }
  return secret === undefined ? undefined : { secret, source: 'LOGTO_APP_SECRET' };
}

/** Refuses an App ID in place of the secret. */
function refuseSameAsId(appId: string | undefined, secret: AppSecret | undefined): void {
  if (secret !== undefined && secret.secret === appId) {
    const content = secret.source === 'LOGTO_APP_SECRET' ? 'is' : 'contains';
    throw new ConfigError(
      `${secret.source} ${content} the App ID. Give it the App secret, which the Logto console shows below the App ID.`,
    );
  }
}

interface TenantAddress {
  readonly endpoint: string | undefined;
  readonly resource: string;
  readonly tenant: string;
}

/**
 * Whether an address can be a custom domain on Logto Cloud: https, the default port and a public name. Any other address
 * beside a tenant id comes from elsewhere, such as the shell of a web application, and must not receive the secret.
 */
function canBeCustomDomain(endpoint: string): boolean {
  const { protocol, port, hostname } = new URL(endpoint);
  return (
    protocol === 'https:' &&
    port === '' &&
    /^([a-z0-9_-]+\.)+[a-z][a-z0-9-]*$/.test(hostname) &&
    !/\.(local|localhost|internal)$/.test(hostname)
  );
}

/** The address of Logto, and the resource indicator of its Management API. @throws ConfigError for two different tenants */
function resolveAddress(
  endpoint: string | undefined,
  tenantId: string | undefined,
  resource: string | undefined,
): TenantAddress {
  const cloudTenant = endpoint === undefined ? undefined : cloudTenantOf(endpoint);
  if (cloudTenant !== undefined && tenantId !== undefined && cloudTenant !== tenantId) {
    throw new ConfigError(
      `LOGTO_ENDPOINT is the address of the tenant ${cloudTenant}, and LOGTO_TENANT_ID is ${tenantId}. Remove one of them.`,
    );
  }
  if (tenantId !== undefined && localTenants.includes(tenantId)) {
    if (endpoint === undefined) {
      throw new ConfigError(localTenantAdvice('LOGTO_TENANT_ID', tenantId));
    }
  } else if (
    tenantId !== undefined &&
    cloudTenant === undefined &&
    endpoint !== undefined &&
    !canBeCustomDomain(endpoint)
  ) {
    throw new ConfigError(
      `LOGTO_ENDPOINT is ${endpoint}, which cannot be a custom domain of the Logto Cloud tenant ${tenantId}. Remove LOGTO_TENANT_ID for a self-hosted Logto, or LOGTO_ENDPOINT for Logto Cloud; if LOGTO_ENDPOINT comes from your shell, set it to an empty value in the entry of your MCP client.`,
    );
  }
  const cloud = tenantId ?? cloudTenant;
  return {
    endpoint: endpoint ?? (cloud === undefined ? undefined : cloudAddress(cloud)),
    resource: resource ?? managementApiOf(cloud ?? selfHostedTenant),
    tenant: cloud ?? selfHostedTenant,
  };
}

const APPLICATION_STEPS =
  'In the Logto console open Applications, create one of type Machine-to-machine, give it the role "Logto Management API access", and copy';

/**
 * The failure of every call while something is missing.
 *
 * @param names of the missing settings
 * @param advice where their values are found
 */
const notConfigured = (names: readonly string[], advice: readonly string[]): Failure => ({
  kind: 'configuration',
  code: 'not_configured',
  message: `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not set, so this server cannot reach Logto.`,
  hint: `${advice.join(' ')} Set ${names.length === 1 ? 'it' : 'them'} in the env block of this server in your MCP client and restart it. To try without a tenant, start the server with --sandbox.`,
});

function missingAccess(
  endpoint: string | undefined,
  appId: string | undefined,
  appSecret: AppSecret | undefined,
): Access {
  const missing = [
    ...(appId === undefined ? [{ name: 'LOGTO_APP_ID', value: 'its App ID' }] : []),
    ...(appSecret === undefined
      ? [{ name: 'LOGTO_APP_SECRET (or LOGTO_APP_SECRET_FILE)', value: 'its App secret' }]
      : []),
  ];
  const names = [
    ...(endpoint === undefined ? ['LOGTO_ENDPOINT (or LOGTO_TENANT_ID)'] : []),
    ...missing.map(({ name }) => name),
  ];
  const advice = [
    ...(endpoint === undefined
      ? [
          'LOGTO_ENDPOINT is the address of your Logto, such as https://auth.example.com. On Logto Cloud set LOGTO_TENANT_ID instead: the name before .logto.app in the address of your tenant.',
        ]
      : []),
    ...(missing.length > 0
      ? [`${APPLICATION_STEPS} ${missing.map(({ value }) => value).join(' and ')}.`]
      : []),
  ];
  const variables = names.map((name) => name.replace(/ .*/, ''));
  return {
    kind: 'unconfigured',
    failure: notConfigured(names, advice),
    advice: `${advice.join(' ')} In the shell: ${variables.map((name) => `export ${name}=...`).join('; ')}. To try without a tenant, add --sandbox.`,
  };
}

/** Reads the settings of the tenant. @throws ConfigError with every problem in them */
export function readAccess(env: Environment, readFile: ReadFile): AccessAndWarnings {
  const parsed = <T>(name: SettingName, parse: (value: string) => T): (() => T | undefined) => {
    return () => {
      const value = readVariable(env, name);
      return value === undefined ? undefined : parse(value);
    };
  };
  const { address, tenantId, resource, appId, appSecret } = readAll({
    address: parsed('LOGTO_ENDPOINT', parseEndpoint),
    tenantId: parsed('LOGTO_TENANT_ID', parseTenantId),
    resource: parsed('LOGTO_API_RESOURCE', parseResource),
    appId: parsed('LOGTO_APP_ID', parseAppId),
    appSecret: () => readAppSecret(env, readFile),
  });
  refuseSameAsId(appId, appSecret);
  const resolved = resolveAddress(address?.endpoint, tenantId, resource);
  const { endpoint, tenant } = resolved;
  const warnings = address?.warnings ?? [];
  if (endpoint === undefined || appId === undefined || appSecret === undefined) {
    return { access: missingAccess(endpoint, appId, appSecret), warnings };
  }
  const { secret, file } = appSecret;
  return {
    access: {
      kind: 'live',
      credentials: { endpoint, appId, appSecret: secret, resource: resolved.resource },
      tenant,
      ...(file !== undefined && { secretFile: file }),
    },
    warnings,
  };
}
