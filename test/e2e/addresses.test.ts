/** Which addresses the built program connects to: the configured Logto, and none in the sandbox (docs/privacy.md). */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { bareEnvironment, program } from '../support/process.js';
import { listeningTenant } from '../support/tenant.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'addresses-'));
  // Records every connection of the process before it is made: TCP, TLS, sockets, DNS lookups, datagrams.
  writeFileSync(
    join(folder, 'record.mjs'),
    `import net from 'node:net';
import dns from 'node:dns';
import dgram from 'node:dgram';
import { appendFileSync } from 'node:fs';
const record = (text) => appendFileSync(process.env.RECORDED, text + '\\n');
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  record(typeof options === 'object' ? (options.path ?? options.host + ':' + options.port) : String(options));
  return connect.apply(this, args);
};
for (const name of ['lookup', 'resolve', 'resolve4']) {
  const original = dns[name];
  dns[name] = (host, ...rest) => { record('look-up ' + host); return original(host, ...rest); };
}
const { send } = dgram.Socket.prototype;
dgram.Socket.prototype.send = function (...args) { record('datagram'); return send.apply(this, args); };
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Uses the program for a while. @returns the addresses that it connected to, each once */
async function addressesOf(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const recorded = join(folder, `${name}.txt`);
  writeFileSync(recorded, '');
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: ['--import', pathToFileURL(join(folder, 'record.mjs')).href, program, ...args],
      env: { ...bareEnvironment(), ...env, RECORDED: recorded, LOGTO_MCP_STATE_DIR: folder },
      stderr: 'ignore',
    }),
  );
  for (const [tool, values] of [
    ['whoami', {}],
    ['list_users', { page_size: 5 }],
    ['find_operations', { words: 'webhook' }],
    ['create_role', { name: 'Privacy', description: 'Made by a test' }],
    ['run_read_script', { code: 'return (await logto.list_roles()).length;' }],
  ] as const) {
    const { isError } = await client.callTool({ name: tool, arguments: values });
    expect(isError, tool).not.toBe(true);
  }
  await client.close();
  return [...new Set(readFileSync(recorded, 'utf8').split('\n').filter(Boolean))];
}

it('connects to the configured Logto only', async () => {
  const tenant = await listeningTenant();
  const { host } = new URL(tenant.origin);
  const addresses = await addressesOf('live', [], {
    LOGTO_ENDPOINT: tenant.origin,
    LOGTO_APP_ID: sandboxSettings.appId,
    LOGTO_APP_SECRET: sandboxSettings.appSecret,
  });
  expect(addresses).toEqual([host]);
  await tenant.close();
}, 60_000);

it('connects to nothing in the sandbox', async () => {
  expect(await addressesOf('sandbox', ['--sandbox'], {})).toEqual([]);
}, 60_000);
