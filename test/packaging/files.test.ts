/** The files that registries and container engines read follow from the code and are valid. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/server/validators/ajv';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import packageLock from '../../package-lock.json' with { type: 'json' };
import { clientSettings, readConfig, type Setting } from '../../src/config/config.js';
import { packageFiles, repositoryUrl } from '../../src/dev/package-metadata.js';
import { root } from '../support/process.js';
import schema from './server.schema.json' with { type: 'json' };

const onDisk = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

/** Forms and registries ask for those that are not for the sandbox alone. */
const allSettings: readonly Setting[] = clientSettings.filter(({ sandbox }) => sandbox !== true);
const settingNames = allSettings.map(({ name }) => name);

/** Those that a form of a client shows. */
const formNames = allSettings.filter(({ inForms }) => inForms !== false).map(({ name }) => name);

describe('the package files', () => {
  it.each([...packageFiles()])('%s is what `npm run docs` writes', (path, text) => {
    expect(onDisk(path)).toBe(text);
  });

  it('carry the version of package.json, as the lock file does', () => {
    const { version } = packageJson;
    expect(packageLock.version).toBe(version);
    expect(packageLock.packages[''].version).toBe(version);
    expect(onDisk('Dockerfile')).toContain(`image.version="${version}"`);
    const server = JSON.parse(onDisk('server.json'));
    expect([server.version, server.packages[0].version]).toEqual([version, version]);
  });

  it('have the version that the documentation names', () => {
    const guides = readdirSync(`${root}docs`).filter((file) => file.endsWith('.md'));
    const named = ['README.md', ...guides.map((file) => `docs/${file}`)].flatMap((file) =>
      [...onDisk(file).matchAll(/logto-management-mcp[-@](\d+\.\d+\.\d+)/g)].map(
        ([, version]) => version,
      ),
    );
    expect(new Set(named)).toEqual(new Set([packageJson.version]));
  });

  it('list every setting that another one replaces', () => {
    const names = new Set<string>(settingNames);
    const replaceable = allSettings.flatMap(({ insteadOf }) => insteadOf ?? []);
    expect(replaceable).toContain('LOGTO_APP_SECRET');
    for (const name of replaceable) {
      expect(names).toContain(name);
    }
  });
});

describe('server.json', () => {
  const server = JSON.parse(onDisk('server.json'));
  const conforms = new AjvJsonSchemaValidator().getValidator(schema);

  it('conforms to the schema of the registry', () => {
    expect(conforms(server)).toMatchObject({ valid: true });
  });

  it.each([
    ['a name without a namespace', { name: 'logto-management-mcp' }],
    ['a description of more than 100 characters', { description: 'x'.repeat(101) }],
    ['a package without a transport', { packages: [{ registryType: 'npm', identifier: 'x' }] }],
  ])('does not conform with %s', (_, change) => {
    expect(conforms({ ...server, ...change })).toMatchObject({ valid: false });
  });

  it('has the name that the package proves with mcpName', () => {
    expect(server.name).toBe(packageJson.mcpName);
    expect(server.packages[0].identifier).toBe(packageJson.name);
  });

  it('asks for every setting and marks the secret one', () => {
    const variables: { name: string; isRequired: boolean; isSecret: boolean }[] =
      server.packages[0].environmentVariables;
    expect(variables.map(({ name }) => name)).toEqual(settingNames);
    expect(variables.filter(({ isSecret }) => isSecret).map(({ name }) => name)).toEqual([
      'LOGTO_APP_SECRET',
    ]);
  });

  it('requires the App ID, and the secret neither as a value nor as a file', () => {
    const variables: { name: string; isRequired: boolean }[] =
      server.packages[0].environmentVariables;
    expect(variables.filter(({ isRequired }) => isRequired).map(({ name }) => name)).toEqual([
      'LOGTO_APP_ID',
    ]);
    expect(variables.map(({ name }) => name)).toContain('LOGTO_APP_SECRET_FILE');
  });
});

describe('the address of the repository', () => {
  it('belongs to the owner of the name in the MCP registry', () => {
    const [, owner] = /^io\.github\.([\w-]+)\//.exec(packageJson.mcpName) ?? [];
    expect(repositoryUrl).toBe(`https://github.com/${owner}/${packageJson.name}`);
  });

  it('is the same in every file', () => {
    expect(JSON.parse(onDisk('server.json')).repository).toEqual({
      url: repositoryUrl,
      source: 'github',
    });
    expect(onDisk('Dockerfile')).toContain(`image.source="${repositoryUrl}"`);
  });

  it('completes each page of the documentation that a form names', () => {
    for (const file of ['server.json', 'smithery.yaml']) {
      const pages = [...onDisk(file).matchAll(/\S*\bdocs\/[\w.-]+\w/g)].map(([page]) => page);
      expect(pages.length).toBeGreaterThan(0);
      for (const page of pages) {
        expect(page).toContain(`${repositoryUrl}/blob/main/docs/`);
        expect(() => onDisk(page.slice(page.indexOf('docs/')))).not.toThrow();
      }
    }
  });
});

describe('the scripts of package.json', () => {
  it('has none that npm runs at installation', () => {
    const scripts = Object.keys(packageJson.scripts);
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish']) {
      expect(scripts).not.toContain(name);
    }
  });

  it('builds before each command that starts the program from a checkout', () => {
    const scripts: Readonly<Record<string, string>> = packageJson.scripts;
    for (const name of ['prepack', 'prestart', 'predemo', 'prepicture']) {
      expect(scripts[name]).toBe('npm run build');
    }
  });
});

describe('smithery.yaml', () => {
  const smithery = parse(onDisk('smithery.yaml'));
  const { type, configSchema, commandFunction, exampleConfig } = smithery.startCommand;
  const properties: Record<string, { type: string; default?: unknown }> = configSchema.properties;

  interface Command {
    readonly command: string;
    readonly args: string[];
    readonly env: Record<string, string>;
  }
  /** The command that Smithery starts. Copied, since objects of another context have other prototypes. */
  const commandOf = (config: Readonly<Record<string, unknown>>): Command =>
    JSON.parse(JSON.stringify(runInNewContext(`(${commandFunction})(config)`, { config })));
  const configOf = ({ args, env }: Command) =>
    readConfig(
      args.slice(2),
      env,
      () => {
        throw new Error('there is no file');
      },
      () => true,
    );

  it('has the fields that the command line of Smithery reads', () => {
    expect(smithery.name).toMatch(/^[a-zA-Z][a-zA-Z0-9-_]{2,38}$/);
    expect(smithery.target).toBe('local');
    expect(type).toBe('stdio');
  });

  it('has at most 20 fields, of types that a form can show', () => {
    expect(Object.keys(properties)).toHaveLength(formNames.length + 1);
    expect(Object.keys(properties).length).toBeLessThanOrEqual(20);
    for (const property of Object.values(properties)) {
      expect(['string', 'boolean']).toContain(property.type);
    }
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(exampleConfig)));
  });

  it('starts the package with the values of the form', () => {
    const command = commandOf({
      tenantId: 'abc123',
      appId: 'app',
      appSecret: 'hush',
      tools: 'all',
      readOnly: true,
      profile: '',
    });
    expect(command).toMatchObject({ command: 'npx', args: ['-y', packageJson.name] });
    expect(command.env).toEqual({
      LOGTO_TENANT_ID: 'abc123',
      LOGTO_APP_ID: 'app',
      LOGTO_APP_SECRET: 'hush',
      LOGTO_MCP_TOOLS: 'all',
      LOGTO_MCP_READ_ONLY: 'true',
    });
    expect(configOf(command)).toMatchObject({
      access: { kind: 'live' },
      tools: 'all',
      readOnly: true,
    });
  });

  it('passes on every field', () => {
    const filled = Object.fromEntries(Object.keys(properties).map((key) => [key, 'x']));
    expect(Object.keys(commandOf(filled).env)).toEqual(formNames);
  });

  it('starts with its defaults, and in the sandbox', () => {
    const defaults = Object.fromEntries(
      Object.entries(properties).map(([key, property]) => [key, property.default]),
    );
    expect(configOf(commandOf(defaults))).toMatchObject({
      access: { kind: 'unconfigured' },
      tools: 'default',
      readOnly: false,
      showSecrets: false,
    });
    expect(configOf(commandOf({ ...defaults, sandbox: true }))).toMatchObject({
      access: { kind: 'sandbox' },
    });
  });
});

describe('the Dockerfile', () => {
  const text = onDisk('Dockerfile');
  const instructions = text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));
  const ignored = onDisk('.dockerignore').split('\n');

  it('passes the linter', () => {
    expect(validate(text)).toEqual([]);
    expect(validate(text.replace('USER node', 'USERS node'))).not.toEqual([]);
  });

  it('starts the program without a shell, and not as root', () => {
    expect(last).toContain('USER node');
    expect(last.at(-1)).toBe('ENTRYPOINT ["node", "/app/dist/main.js"]');
    for (const line of instructions.filter((instruction) =>
      /^(RUN|CMD|ENTRYPOINT) /.test(instruction),
    )) {
      expect(line).toMatch(/^\w+ \["/);
    }
  });

  it('is based on one major version of Node that package.json allows', () => {
    const images = instructions.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);
    expect(new Set(images)).toEqual(new Set(['node:22-alpine']));
  });

  it('copies files that exist and that the build context includes', () => {
    const sources = instructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(sources).toContain('package.json');
    expect(ignored).toContain('*');
    for (const source of sources) {
      expect(ignored).toContain(`!${source.replace('./', '')}`);
      expect(existsSync(`${root}${source}`), source).toBe(true);
    }
  });

  it('has the label that identifies the image in the registry', () => {
    expect(text).toContain(`io.modelcontextprotocol.server.name="${packageJson.mcpName}"`);
  });
});
