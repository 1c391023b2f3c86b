/**
 * The files that registries and clients read, derived from package.json, from the settings and from the tools that are listed
 * by default. `npm run docs` writes them and `npm run bundle` the manifest; a test fails when one on disk differs.
 */
import { Document } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { flags, type Options } from '../config/args.js';
import { clientSettings, type Setting } from '../config/config.js';
import { programFile } from './bundle-program.js';
import { listingsOf } from './docs-pages.js';

const { name, mcpName, version, description, keywords, license, engines, repository } = packageJson;

/** The address of the repository. It is written once, in `repository` of package.json. */
export const repositoryUrl = repository.url.replace(/^git\+|\.git$/g, '');

/** The name that people see; the same as the title that the server gives itself. */
const title = 'Logto Management API';

/** The holders of the copyright in LICENSE. */
const authors = 'The logto-management-mcp authors';

const allSettings = clientSettings.filter(({ sandbox }) => sandbox !== true);

/** The settings of the bundle: each value once. Claude Desktop keeps the secret itself, so that no file is needed. */
const bundleSettings = allSettings.filter(
  ({ insteadOf, inForms }) => insteadOf === undefined && inForms !== false,
);

/** The settings of a form that shows all that a client sets. */
const formSettings = allSettings.filter(({ inForms }) => inForms !== false);

/** Whether a setting must have a value: one that another setting can replace need not. */
const isRequired = ({ name: settingName, required }: Setting): boolean =>
  required === true && !allSettings.some(({ insteadOf }) => insteadOf === settingName);

/** `LOGTO_MCP_READ_ONLY` -> `read_only`: the key of a setting in a form. */
const keyOf = (setting: Setting): string =>
  setting.name.replace(/^LOGTO_(MCP_)?/, '').toLowerCase();

const camelKeyOf = (setting: Setting): string =>
  keyOf(setting).replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function optionDescription(option: keyof Options): string {
  const flag = flags.find((candidate) => candidate.name === option);
  if (flag === undefined) {
    throw new Error(`There is no option --${option}.`);
  }
  return flag.description;
}

/**
 * The description of a setting in a form: that of its option where it has one, since that of the variable describes the values
 * of a variable. A form shows no files, so pages of the documentation are named by their address.
 */
const describe = ({ option, description }: Setting): string =>
  (option === undefined ? description : optionDescription(option)).replaceAll(
    /\bdocs\/[\w.-]+\w/g,
    (page) => `${repositoryUrl}/blob/main/${page}`,
  );

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** https://github.com/modelcontextprotocol/registry, format of 2025-12-11. */
function serverJson(): string {
  const formats = { switch: 'boolean', file: 'filepath', folder: 'filepath' } as const;
  return json({
    $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
    name: mcpName,
    title,
    description,
    version,
    repository: { url: repositoryUrl, source: 'github' },
    packages: [
      {
        registryType: 'npm',
        identifier: name,
        version,
        runtimeHint: 'npx',
        transport: { type: 'stdio' },
        environmentVariables: allSettings.map((setting) => ({
          name: setting.name,
          description: describe(setting),
          format: setting.kind === undefined ? 'string' : formats[setting.kind],
          isRequired: isRequired(setting),
          isSecret: setting.secret === true,
          ...(setting.kind === 'switch'
            ? { default: 'false' }
            : setting.defaultValue !== undefined && { default: setting.defaultValue }),
          ...(setting.kind !== 'switch' &&
            setting.example !== '' && { placeholder: setting.example }),
        })),
      },
    ],
  });
}

const indented = (lines: readonly string[], by: number): string =>
  lines.map((line) => `${' '.repeat(by)}${line}`).join('\n');

/** https://smithery.ai: the form for stdio, and the two fields that its command line reads. */
function smitheryYaml(): string {
  const property = (setting: Setting) =>
    setting.kind === 'switch'
      ? { type: 'boolean', title: setting.title, description: describe(setting), default: false }
      : {
          type: 'string',
          title: setting.title,
          description: describe(setting),
          ...(setting.defaultValue !== undefined && { default: setting.defaultValue }),
        };
  const commandFunction = `(config) => ({
  command: 'npx',
  args: ['-y', '${name}', ...(config.sandbox ? ['--sandbox'] : [])],
  env: Object.fromEntries(
    Object.entries({
${indented(
  formSettings.map((setting) => `${setting.name}: config.${camelKeyOf(setting)},`),
  6,
)}
    })
      .filter(([, value]) => value !== undefined && value !== '' && value !== false)
      .map(([name, value]) => [name, String(value)]),
  ),
})`;
  const document = new Document({
    name,
    target: 'local',
    startCommand: {
      type: 'stdio',
      configSchema: {
        type: 'object',
        properties: {
          ...Object.fromEntries(
            formSettings.map((setting) => [camelKeyOf(setting), property(setting)]),
          ),
          sandbox: {
            type: 'boolean',
            title: 'Sandbox',
            description: `${optionDescription('sandbox')} Needs none of the above.`,
            default: false,
          },
        },
      },
      commandFunction,
      exampleConfig: { tenantId: 'abc123', appId: 'your app id', appSecret: 'your app secret' },
    },
  });
  document.commentBefore =
    ' How Smithery starts the server, and which settings it asks for. Written by `npm run docs` from the code.';
  return document.toString({ lineWidth: 0, singleQuote: true });
}

/** The files beside the program in the bundle for Claude Desktop. */
export const bundled = {
  manifest: 'manifest.json',
  icon: 'icon.png',
  /** Tells Node that the program is a module. */
  package: 'package.json',
  licence: 'LICENSE',
} as const;

export const bundleName = `${name}-${version}.mcpb`;

/** The manifest of the bundle, in the newest version (0.3) that its tool does not call experimental. */
export function manifest(): Record<string, unknown> {
  const types = { switch: 'boolean', file: 'file', folder: 'directory' } as const;
  return {
    manifest_version: '0.3',
    name,
    display_name: title,
    version,
    description,
    long_description: [
      'Look up users, set up roles, API resources, applications and organizations, and read the audit log of your own Logto, on Logto Cloud or self-hosted.',
      '',
      'You need a machine-to-machine application with the role **Logto Management API access**: its App ID and its App secret, and either the tenant id (Logto Cloud) or the endpoint (self-hosted; with a custom domain on Logto Cloud both).',
      '',
      'It runs on this machine and connects to your Logto only. Removals and changes that cannot be undone need a confirmation, and secrets are kept out of the conversation.',
    ].join('\n'),
    author: { name: authors },
    repository: { type: 'git', url: repositoryUrl },
    icon: bundled.icon,
    server: {
      type: 'node',
      entry_point: programFile,
      mcp_config: {
        command: 'node',
        args: [`\${__dirname}/${programFile}`],
        env: Object.fromEntries(
          bundleSettings.map((setting) => [setting.name, `\${user_config.${keyOf(setting)}}`]),
        ),
      },
    },
    tools: listingsOf('default').map((listing) => ({
      name: listing.name,
      description: listing.description.split(/(?<=\.) /, 1)[0],
    })),
    // Settings can add tools to the list, and prompts are built from their arguments.
    tools_generated: true,
    prompts_generated: true,
    keywords,
    license,
    // Of Logto Cloud. A self-hosted Logto is the user's own.
    privacy_policies: ['https://logto.io/terms/privacy-policy'],
    compatibility: {
      platforms: ['darwin', 'win32', 'linux'],
      runtimes: { node: engines.node },
    },
    user_config: Object.fromEntries(
      bundleSettings.map((setting) => [
        keyOf(setting),
        {
          type: setting.kind === undefined ? 'string' : types[setting.kind],
          title: setting.title,
          description: describe(setting),
          required: setting.required === true,
          ...(setting.secret === true && { sensitive: true }),
          ...(setting.kind === 'switch'
            ? { default: false }
            : setting.defaultValue !== undefined && { default: setting.defaultValue }),
        },
      ]),
    ),
  };
}

/** Every file for registries by its path from the root of the project. */
export const packageFiles = (): ReadonlyMap<string, string> =>
  new Map([
    ['smithery.yaml', smitheryYaml()],
    ['server.json', serverJson()],
  ]);
