/** The built program on a real socket: the bundled part of undici is sufficient. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { memberOf } from '../../src/json.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { outcomeOf } from '../support/client.js';
import { bareEnvironment, program } from '../support/process.js';
import { type Listening, listeningProxy, listeningTenant } from '../support/tenant.js';

const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]);

let folder = '';
const opened: { close(): Promise<unknown> }[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'connection-'));
  writeFileSync(join(folder, 'logo.png'), png);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  // The client ends first: its connections would keep the servers waiting.
  for (const server of opened.splice(0).reverse()) {
    await server.close();
  }
});

const registered = <T extends Listening>(listening: T): T => {
  opened.push(listening);
  return listening;
};

async function connected(endpoint: string, env: Readonly<Record<string, string>> = {}) {
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [program],
      env: {
        ...bareEnvironment(),
        LOGTO_ENDPOINT: endpoint,
        LOGTO_APP_ID: sandboxSettings.appId,
        LOGTO_APP_SECRET: sandboxSettings.appSecret,
        LOGTO_UPLOAD_DIR: folder,
        LOGTO_MCP_STATE_DIR: folder,
        ...env,
      },
      stderr: 'ignore',
    }),
  );
  opened.push(client);
  return async (name: string, values: Readonly<Record<string, unknown>>) =>
    outcomeOf(await client.callTool({ name, arguments: values }));
}

describe('the built program', () => {
  it('reads, writes and uploads over HTTP past the proxy that NO_PROXY excludes, and reports that no server answers any more', async () => {
    const tenant = await listeningTenant();
    const proxy = registered(await listeningProxy());
    const call = await connected(tenant.origin, {
      LOGTO_MCP_TOOLS: 'default,user-assets',
      HTTP_PROXY: proxy.origin,
      NO_PROXY: '127.0.0.1',
    });
    expect(await call('list_roles', { page_size: 2 })).toMatchObject({
      ok: true,
      answer: { page: { page: 1, page_size: 2 } },
    });
    const created = await call('create_role', { name: 'Order desk', description: 'Ja, natürlich' });
    expect(created).toMatchObject({
      ok: true,
      answer: { result: { description: 'Ja, natürlich' } },
    });
    expect(await call('get_user', { userId: 'nobody' })).toMatchObject({
      ok: false,
      error: { kind: 'not_found', status: 404 },
    });
    expect(tenant.received.map(({ method, url }) => `${method} ${url}`)).toContain(
      'GET /api/roles?page=1&page_size=2',
    );
    const first = await call('create_user_asset', { file: 'logo.png' });
    expect(first).toMatchObject({ ok: true, answer: { result: { plan: expect.any(String) } } });
    const plan = memberOf(memberOf(memberOf(first, 'answer'), 'result'), 'plan');
    // As a multipart form.
    expect(await call('create_user_asset', { file: 'logo.png', plan })).toMatchObject({
      ok: true,
      answer: { result: { url: 'https://files.example.com/1' } },
    });
    const sent = tenant.received.find(({ url }) => url === '/api/user-assets');
    expect(sent?.type).toMatch(/^multipart\/form-data; boundary=/);
    expect(sent?.body.includes(png)).toBe(true);
    expect(sent?.body.toString('latin1')).toMatch(
      /name="file"; filename="logo.png"\r\nContent-Type: image\/png/i,
    );
    await tenant.close();
    expect(await call('list_roles', {})).toMatchObject({
      ok: false,
      error: { kind: 'unavailable' },
    });
    expect(proxy.tunnels).toEqual([]);
  });

  it('uses the proxy of the environment', async () => {
    const tenant = registered(await listeningTenant());
    const proxy = registered(await listeningProxy());
    const through = await connected(tenant.origin, { HTTP_PROXY: proxy.origin });
    expect(await through('list_roles', {})).toMatchObject({ ok: true });
    expect(proxy.tunnels).toContain(new URL(tenant.origin).host);
  });
});
