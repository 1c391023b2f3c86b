/**
 * The files that registries, clients and engines read, derived from package.json, from the settings and from what is listed
 * by default. `npm run docs` writes them and `npm run bundle` the manifest; a test fails when one on disk differs.
 */
import { Document } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { flags, type Options } from '../config/args.js';
import { type Setting, settings } from '../config/config.js';
import { programFile, programFolder } from './bundle-program.js';
import { listingsOf } from './docs-pages.js';

const { name, mcpName, version, description, keywords, license, engines } = packageJson;

/** As a person reads it; the same as the title that the server gives itself. */
const title = 'Logto Management API';

/** As the licence has it. */
const authors = 'The logto-management-mcp authors';

/** What a form asks for: each thing once. */
const asked: readonly Setting[] = (settings as readonly Setting[]).filter(
  ({ insteadOf }) => insteadOf === undefined,
);

/** `LOGTO_MCP_READ_ONLY` -> `read_only`: what a setting is called among the values of a form. */
const keyOf = (setting: Setting): string =>
  setting.name.replace(/^LOGTO_(MCP_)?/, '').toLowerCase();

const camelKeyOf = (setting: Setting): string =>
  keyOf(setting).replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function wordsOf(option: keyof Options): string {
  const flag = flags.find((one) => one.name === option);
  if (flag === undefined) {
    throw new Error(`There is no option --${option}.`);
  }
  return flag.description;
}

/** An option's words fit a checkbox or a picker, the variable's only a variable. */
const aboutOf = ({ option, description }: Setting): string =>
  option === undefined ? description : wordsOf(option);

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
    packages: [
      {
        registryType: 'npm',
        identifier: name,
        version,
        runtimeHint: 'npx',
        transport: { type: 'stdio' },
        environmentVariables: asked.map((setting) => ({
          name: setting.name,
          description: aboutOf(setting),
          format: setting.kind === undefined ? 'string' : formats[setting.kind],
          isRequired: setting.required === true,
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

/** https://smithery.ai: the stdio form, and the two words that its command line reads. */
function smitheryYaml(): string {
  const property = (setting: Setting) =>
    setting.kind === 'switch'
      ? { type: 'boolean', title: setting.title, description: aboutOf(setting), default: false }
      : {
          type: 'string',
          title: setting.title,
          description: aboutOf(setting),
          ...(setting.defaultValue !== undefined && { default: setting.defaultValue }),
        };
  const commandFunction = `(config) => ({
  command: 'npx',
  args: ['-y', '${name}', ...(config.sandbox ? ['--sandbox'] : [])],
  env: Object.fromEntries(
    Object.entries({
${indented(
  asked.map((setting) => `${setting.name}: config.${camelKeyOf(setting)},`),
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
          ...Object.fromEntries(asked.map((setting) => [camelKeyOf(setting), property(setting)])),
          sandbox: {
            type: 'boolean',
            title: 'Sandbox',
            description: `${wordsOf('sandbox')} Needs none of the above.`,
            default: false,
          },
        },
      },
      commandFunction,
      exampleConfig: { tenantId: 'abc123', appId: 'your app id', appSecret: 'your app secret' },
    },
  });
  document.commentBefore =
    ' How Smithery starts the server, and what it asks for first. Written by `npm run docs` from the code.';
  return document.toString({ lineWidth: 0, singleQuote: true });
}

/** The image, with Node 22 in it. The labels are those of the OCI, and the one by which the MCP registry knows an image. */
function dockerfile(): string {
  const labels = {
    'org.opencontainers.image.title': name,
    'org.opencontainers.image.description': description,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.licenses': license,
    'io.modelcontextprotocol.server.name': mcpName,
  };
  const image = 'node:22-alpine';
  return `# Written by \`npm run docs\` from src/dev/package-metadata.ts.
# docker build -t ${name} . && docker run --rm -i ${name} --sandbox

FROM ${image} AS build
WORKDIR /build
COPY package.json package-lock.json tsconfig.json ./
RUN ["npm", "ci", "--ignore-scripts"]
COPY src ./src
RUN ["npm", "run", "build"]

FROM ${image}
LABEL ${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(' \\\n      ')}
ENV NODE_ENV=production
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=build /build/${programFolder} ./${programFolder}
USER node
ENTRYPOINT ["node", "/app/${programFile}"]
`;
}

/** What the build of the image may see: nothing else can get into it. */
const dockerignore = (): string =>
  `# Written by \`npm run docs\` from src/dev/package-metadata.ts.
*
!package.json
!package-lock.json
!tsconfig.json
!src
!LICENSE
`;

/** What stands beside the program in the bundle for Claude Desktop. */
export const bundled = {
  manifest: 'manifest.json',
  icon: 'icon.png',
  /** Tells Node that the program is a module. */
  package: 'package.json',
  licence: 'LICENSE',
} as const;

export const bundleName = `${name}-${version}.mcpb`;

/** The manifest of the bundle, in the newest form (0.3) that its tool does not call an experiment. */
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
      'It runs on this machine and talks to your Logto alone. Removals and what cannot be undone are asked for twice, and secrets are kept out of the conversation.',
    ].join('\n'),
    author: { name: authors },
    icon: bundled.icon,
    server: {
      type: 'node',
      entry_point: programFile,
      mcp_config: {
        command: 'node',
        args: [`\${__dirname}/${programFile}`],
        env: Object.fromEntries(
          asked.map((setting) => [setting.name, `\${user_config.${keyOf(setting)}}`]),
        ),
      },
    },
    tools: listingsOf('default').map((listing) => ({
      name: listing.name,
      description: listing.description.split(/(?<=\.) /, 1)[0],
    })),
    // The field for the tools can list others, and prompts are made for their arguments.
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
      asked.map((setting) => [
        keyOf(setting),
        {
          type: setting.kind === undefined ? 'string' : types[setting.kind],
          title: setting.title,
          description: aboutOf(setting),
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

/** Every file for registries and engines by its path from the root of the project. */
export const packageFiles = (): ReadonlyMap<string, string> =>
  new Map([
    ['smithery.yaml', smitheryYaml()],
    ['server.json', serverJson()],
    ['Dockerfile', dockerfile()],
    ['.dockerignore', dockerignore()],
  ]);
