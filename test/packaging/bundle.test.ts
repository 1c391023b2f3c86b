/** The bundle for Claude Desktop: unpacked by the tool of the format, configured as the tool does, and started. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getMcpConfigForManifest, MANIFEST_SCHEMAS, unpackExtension } from '@anthropic-ai/mcpb';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { readConfig } from '../../src/config/config.js';
import { makeBundle } from '../../src/dev/mcpb.js';
import { bundled, manifest } from '../../src/dev/package-metadata.js';
import { outcomeOf } from '../support/client.js';
import { bareEnvironment, root } from '../support/process.js';

let folder = '';
let unpacked = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bundled-'));
  unpacked = join(folder, 'unpacked');
  // The tool prints what it finds.
  const output = vi.spyOn(console, 'log').mockReturnValue();
  const path = await makeBundle(folder, true);
  expect(output.mock.calls.flat().join('\n')).toContain('Manifest schema validation passes!');
  expect(path).toBe(join(folder, `logto-management-mcp-${packageJson.version}.mcpb`));
  expect(await unpackExtension({ mcpbPath: path, outputDir: unpacked, silent: true })).toBe(true);
  output.mockRestore();
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const parsed = () =>
  MANIFEST_SCHEMAS['0.3'].parse(JSON.parse(readFileSync(join(unpacked, 'manifest.json'), 'utf8')));

/** The command that the client starts for these values of the form. */
const started = (userConfig: Readonly<Record<string, string | boolean>>) =>
  getMcpConfigForManifest({
    manifest: parsed(),
    extensionPath: unpacked,
    systemDirs: {},
    userConfig: { ...userConfig },
    pathSeparator: '/',
  });

const isFolder = (): boolean => true;

const noFile = (): string => {
  throw new Error('there is no file');
};

describe('the bundle', () => {
  it('contains the program, its licence files and the manifest, and nothing else', () => {
    const inside = readdirSync(unpacked, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name, parentPath }) => join(parentPath, name).slice(unpacked.length + 1));
    const built = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.includes('.'))
      .map((path) => join('dist', path));
    expect(inside.sort()).toEqual([...Object.values<string>(bundled), ...built].sort());
  });

  it('has the manifest derived from the code, with the version of package.json', () => {
    expect(parsed()).toEqual(manifest());
    expect(parsed().version).toBe(packageJson.version);
    expect(existsSync(join(unpacked, parsed().server.entry_point))).toBe(true);
  });

  it('marks the secret, so that the client stores it safely', () => {
    const fields = Object.entries(parsed().user_config ?? {});
    expect(fields.filter(([, { sensitive }]) => sensitive === true).map(([key]) => key)).toEqual([
      'app_secret',
    ]);
  });

  it('passes exactly the fields of its form to the program', () => {
    const { user_config = {}, server } = parsed();
    const templates = Object.values(server.mcp_config.env ?? {});
    expect(templates).toEqual(Object.keys(user_config).map((key) => `\${user_config.${key}}`));
  });
});

describe('a client that starts it', () => {
  it('waits for the required fields', async () => {
    expect(await started({ app_id: 'app' })).toBeUndefined();
    expect(await started({ app_id: 'app', app_secret: 'hush' })).toBeDefined();
  });

  it('passes the template of an empty field, which counts as unset', async () => {
    const config = await started({ tenant_id: 'abc123', app_id: 'app', app_secret: 'hush' });
    expect(config?.env?.['LOGTO_MCP_POLICY']).toBe(`\${user_config.policy}`);
    expect(readConfig([], config?.env ?? {}, noFile, isFolder)).toEqual(
      readConfig(
        [],
        { LOGTO_TENANT_ID: 'abc123', LOGTO_APP_ID: 'app', LOGTO_APP_SECRET: 'hush' },
        noFile,
        isFolder,
      ),
    );
  });

  it('passes on the values of the form', async () => {
    const config = await started({
      endpoint: 'https://auth.example.com',
      app_id: 'app',
      app_secret: 'hush',
      tools: 'users,roles',
      read_only: true,
      upload_dir: '/home/ann/assets',
      policy: '/home/ann/policy.json',
    });
    expect(readConfig([], config?.env ?? {}, (path) => `read ${path}`, isFolder)).toMatchObject({
      access: { kind: 'live', credentials: { endpoint: 'https://auth.example.com' } },
      tools: 'users,roles',
      readOnly: true,
      showSecrets: false,
      uploadFolder: '/home/ann/assets',
      policy: 'read /home/ann/policy.json',
    });
  });

  it('lists the tools that the manifest names, and names the missing setting', async () => {
    const config = await started({ app_id: 'app', app_secret: 'hush' });
    const client = new Client({ name: 'test', version: '1.0.0' });
    await client.connect(
      new StdioClientTransport({
        command: config?.command ?? '',
        args: config?.args ?? [],
        env: { ...bareEnvironment(), ...config?.env },
        stderr: 'ignore',
      }),
    );
    const listed = (await client.listTools()).tools.map(({ name }) => name);
    expect(listed).toEqual(parsed().tools?.map(({ name }) => name));
    expect(listed).toContain('list_users');
    const outcome = outcomeOf(await client.callTool({ name: 'list_roles', arguments: {} }));
    expect(outcome).toMatchObject({ ok: false, error: { kind: 'configuration' } });
    expect(JSON.stringify(outcome)).toContain('LOGTO_ENDPOINT (or LOGTO_TENANT_ID) is not set');
    await client.close();
  });
});
