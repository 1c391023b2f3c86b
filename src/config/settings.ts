/** Every setting, as data. Help, documentation, the forms of clients and registries, and the check of names derive from it. */
import { CATALOG_RELEASE } from '../catalog/release-names.js';
import { DEFAULT_CONFIRM_MODE } from '../guard/confirm/confirm-mode.js';
import type { Options } from './args.js';
import {
  DEFAULT_BASE_PATH,
  DEFAULT_CALLS_PER_MINUTE,
  DEFAULT_HOST,
  DEFAULT_LOG_LEVEL,
  DEFAULT_PORT,
  DEFAULT_SELECTION,
} from './defaults.js';

/** One environment variable. */
export interface Setting {
  readonly name: `LOGTO_${string}`;
  /** Label in a form. */
  readonly title: string;
  readonly description: string;
  readonly example: string;
  /** How a form shows it; a line of text when absent. */
  readonly kind?: 'switch' | 'file' | 'folder';
  /** Kept where the client keeps secrets, and never shown. */
  readonly secret?: true;
  /** Whether no tenant can be reached without it. */
  readonly required?: true;
  /** Whether it says where Logto is or how this server signs in there. The sandbox ignores those. */
  readonly tenant?: true;
  /** Only the command http reads it; entries in MCP clients do not have it. */
  readonly http?: true;
  /** Whether it is for the sandbox alone, so that forms do not ask for it. */
  readonly sandbox?: true;
  /** The option that sets the same. */
  readonly option?: keyof Options;
  /** Set in CI rather than in a client: forms of clients and registries, which take few fields, leave it out. */
  readonly inForms?: false;
  /** The setting that it replaces. A form offers only that one, because both together are refused. */
  readonly insteadOf?: string;
  /** Value when it is not set; the default of a switch is off. */
  readonly defaultValue?: string;
  /** Names that other programs use for the same. */
  readonly aliases?: readonly string[];
}

/** The settings, in the order of help, documentation and forms. */
export const settings = [
  {
    name: 'LOGTO_ENDPOINT',
    title: 'Endpoint',
    description: 'Address of a self-hosted Logto, or of a custom domain on Logto Cloud.',
    example: 'https://auth.example.com',
    tenant: true,
    aliases: ['LOGTO_URL', 'LOGTO_HOST'],
  },
  {
    name: 'LOGTO_TENANT_ID',
    title: 'Tenant id',
    description: 'Tenant id on Logto Cloud. No LOGTO_ENDPOINT is needed with it.',
    example: 'abc123',
    tenant: true,
  },
  {
    name: 'LOGTO_APP_ID',
    title: 'App ID',
    description: 'App ID of a machine-to-machine application that has the Management API role.',
    example: 'ym2z6xqmd3b8ifmzjl5vn',
    required: true,
    tenant: true,
    aliases: ['LOGTO_CLIENT_ID'],
  },
  {
    name: 'LOGTO_APP_SECRET',
    title: 'App secret',
    description: 'App secret of that application.',
    example: '',
    required: true,
    secret: true,
    tenant: true,
    aliases: ['LOGTO_CLIENT_SECRET'],
  },
  {
    name: 'LOGTO_APP_SECRET_FILE',
    title: 'File of the app secret',
    description: 'File that contains the app secret, instead of LOGTO_APP_SECRET.',
    example: '/run/secrets/logto',
    kind: 'file',
    insteadOf: 'LOGTO_APP_SECRET',
    tenant: true,
  },
  {
    name: 'LOGTO_API_RESOURCE',
    title: 'Resource indicator',
    description: 'Resource indicator of the Management API, where it cannot be derived.',
    example: 'https://default.logto.app/api',
    tenant: true,
  },
  {
    name: 'LOGTO_MCP_TOOLS',
    title: 'Tools',
    description: 'Which tools are listed; the same as --tools.',
    example: 'default,hooks,!delete_*',
    option: 'tools',
    defaultValue: DEFAULT_SELECTION,
  },
  {
    name: 'LOGTO_MCP_READ_ONLY',
    title: 'Read-only',
    description: 'true excludes every operation that changes something; the same as --read-only.',
    example: 'true',
    kind: 'switch',
    option: 'read-only',
  },
  {
    name: 'LOGTO_MCP_SANDBOX_RELEASE',
    title: 'Release of the sandbox',
    description: 'Which Logto the sandbox is; the same as --sandbox-release. Only with --sandbox.',
    example: '1.42',
    option: 'sandbox-release',
    defaultValue: CATALOG_RELEASE,
    sandbox: true,
  },
  {
    name: 'LOGTO_UPLOAD_DIR',
    title: 'Folder for uploads',
    description: 'The only folder that files may be uploaded from. Without it uploads are off.',
    example: '/home/ann/logto-assets',
    kind: 'folder',
  },
  {
    name: 'LOGTO_SECRETS_DIR',
    title: 'Folder for saved secrets',
    description:
      'The only folder that save_secret may write to. Without it no secret can be saved.',
    example: '/home/ann/project',
    kind: 'folder',
  },
  {
    name: 'LOGTO_MCP_MANIFEST_DIR',
    title: 'Folder of manifests',
    description:
      'The only folder that the configuration tools may read manifests from and write them to. Without it they take manifests inline.',
    example: '/home/ann/logto',
    kind: 'folder',
  },
  {
    name: 'LOGTO_MCP_MANIFEST_VARIABLES',
    title: 'Variables of manifests',
    description:
      'Names of environment variables that texts of a manifest may use, separated by commas; * at the end of one stands for any ending.',
    example: 'APP_URL,API_*',
    inForms: false,
  },
  {
    name: 'LOGTO_MCP_MANIFEST_SECRETS',
    title: 'Secrets of manifests',
    description:
      'Names of environment variables that a manifest may use for secrets, separated by commas; * at the end of one stands for any ending.',
    example: 'CONNECTOR_*,WEBHOOK_*',
    inForms: false,
  },
  {
    name: 'LOGTO_MCP_SHOW_SECRETS',
    title: 'Show secrets',
    description: 'true shows secrets in answers; the same as --show-secrets.',
    example: 'false',
    kind: 'switch',
    option: 'show-secrets',
  },
  {
    name: 'LOGTO_MCP_POLICY',
    title: 'Policy',
    description: 'File with the policy; the same as --policy.',
    example: '/home/ann/logto-policy.json',
    kind: 'file',
    option: 'policy',
  },
  {
    name: 'LOGTO_MCP_PROFILE',
    title: 'Profile of the policy',
    description: 'Profile of the policy; the same as --profile.',
    example: 'production',
    option: 'profile',
  },
  {
    name: 'LOGTO_MCP_CONFIRM',
    title: 'Confirmation',
    description:
      'How writes are confirmed: auto, ask (by a person alone) or plan; the same as --confirm.',
    example: 'plan',
    option: 'confirm',
    defaultValue: DEFAULT_CONFIRM_MODE,
  },
  {
    name: 'LOGTO_MCP_IGNORE_ARGUMENTS',
    title: 'Ignored arguments',
    description:
      'Names of arguments that the client adds to every call, separated by commas; they are ignored.',
    example: 'sessionId,toolCallId',
  },
  {
    name: 'LOGTO_MCP_STATE_DIR',
    title: 'Folder of the journal',
    description: 'Folder of the journal of changes.',
    example: '/home/ann/.local/state/logto-management-mcp',
    kind: 'folder',
  },
  {
    name: 'LOGTO_MCP_LOG_LEVEL',
    title: 'Log level',
    description: 'How much is logged; the same as --log-level.',
    example: 'info',
    option: 'log-level',
    defaultValue: DEFAULT_LOG_LEVEL,
  },
  {
    name: 'LOGTO_MCP_LOG_FILE',
    title: 'Log file',
    description: 'File for the log; the same as --log-file.',
    example: '/home/ann/.local/state/logto-management-mcp/calls.jsonl',
    option: 'log-file',
  },
  {
    name: 'LOGTO_MCP_PORT',
    title: 'Port',
    description: 'Port of the command http; the same as --port.',
    example: '8787',
    option: 'port',
    defaultValue: DEFAULT_PORT,
    http: true,
  },
  {
    name: 'LOGTO_MCP_HOST',
    title: 'Address to listen on',
    description: 'Address that the command http listens on; the same as --host.',
    example: '0.0.0.0',
    option: 'host',
    defaultValue: DEFAULT_HOST,
    http: true,
  },
  {
    name: 'LOGTO_MCP_BASE_URL',
    title: 'Base URL',
    description: 'Origin under which clients reach the command http; the same as --base-url.',
    example: 'https://mcp.example.com',
    option: 'base-url',
    http: true,
  },
  {
    name: 'LOGTO_MCP_BASE_PATH',
    title: 'Path of the endpoint',
    description: 'Path of the MCP endpoint; the same as --base-path.',
    example: '/mcp',
    option: 'base-path',
    defaultValue: DEFAULT_BASE_PATH,
    http: true,
  },
  {
    name: 'LOGTO_MCP_ISSUER',
    title: 'Issuer',
    description: 'Issuer whose access tokens the command http accepts; the same as --issuer.',
    example: 'https://auth.example.com/oidc',
    option: 'issuer',
    http: true,
  },
  {
    name: 'LOGTO_MCP_TRUST_PROXY',
    title: 'Behind a proxy',
    description:
      'true takes the address of a client from X-Forwarded-For; the same as --trust-proxy.',
    example: 'true',
    kind: 'switch',
    option: 'trust-proxy',
    http: true,
  },
  {
    name: 'LOGTO_MCP_STATE_KEY',
    title: 'Key for sealed state',
    description:
      'At least 32 random bytes as base64 or hex, the same for all processes of the command http. Without it only one process can serve.',
    example: 'openssl rand -base64 32',
    secret: true,
    http: true,
  },
  {
    name: 'LOGTO_MCP_DATABASE_URL',
    title: 'PostgreSQL',
    description:
      'Connection string of the database that several processes of the command http share: journal, plans, ceilings and locks.',
    example: 'postgres://mcp@db.example.com/mcp?sslmode=verify-full',
    secret: true,
    http: true,
  },
  {
    name: 'LOGTO_MCP_CALLS_PER_MINUTE',
    title: 'Calls per minute',
    description:
      'Requests that one person may make per minute, to all processes that share a database.',
    example: '600',
    defaultValue: DEFAULT_CALLS_PER_MINUTE,
    http: true,
  },
] as const satisfies readonly Setting[];

/** The settings of a server that a client starts: without those of the command http. */
export const clientSettings: readonly Setting[] = (settings as readonly Setting[]).filter(
  ({ http }) => http !== true,
);

/** The name of a setting. */
export type SettingName = (typeof settings)[number]['name'];
