/** The command setup-http, on the sandbox and on tenants behind a socket. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memberOf, objectsIn, textsIn } from '../../src/json.js';
import type { Transport } from '../../src/logto/transport.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { sandboxSettings } from '../../src/sandbox/settings.js';
import { runCommand } from '../support/command.js';
import { listeningTenant } from '../support/tenant.js';

/** Milliseconds for a test that starts the program several times, on a machine that does other things too. */
const TIMEOUT_MS = 120_000;

const BASE_URL = 'https://mcp.example.com';
const RESOURCE = `${BASE_URL}/mcp`;
const SCOPES = ['logto:read', 'logto:write', 'logto:remove', 'logto:secrets'];

let folder = '';
const closers: (() => Promise<void>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'setup-http-'));
});

afterEach(async () => {
  for (const close of closers.splice(0)) {
    await close();
  }
  rmSync(folder, { recursive: true, force: true });
});

/** A tenant, the command on it, and its API. */
async function tenantOf(fetch: Transport = createSandbox().fetch) {
  const { origin, close, received } = await listeningTenant(undefined, undefined, { fetch });
  closers.push(close);
  const env = {
    LOGTO_ENDPOINT: origin,
    LOGTO_APP_ID: sandboxSettings.appId,
    LOGTO_APP_SECRET: sandboxSettings.appSecret,
    LOGTO_MCP_STATE_DIR: folder,
  };
  const token = async (): Promise<string> => {
    const answer = await globalThis.fetch(`${origin}/oidc/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${sandboxSettings.appId}:${sandboxSettings.appSecret}`).toString('base64')}`,
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        resource: sandboxSettings.resource,
        scope: 'all',
      }),
    });
    return String(memberOf(await answer.json(), 'access_token'));
  };
  return {
    run: (...args: string[]) => runCommand(['setup-http', ...args], env),
    /** Shows the plan, and applies it with its digest. */
    async setUp(...args: string[]) {
      const planned = await runCommand(['setup-http', ...args, '--dry-run', '--json'], env);
      const digest = String(memberOf(JSON.parse(planned.out), 'digest'));
      return runCommand(['setup-http', ...args, '--yes', digest], env);
    },
    /** Writes that arrived, without requests for tokens. */
    writes: () =>
      received
        .filter(({ method, url }) => method !== 'GET' && url !== '/oidc/token')
        .map(({ method, url }) => `${method} ${url}`),
    async api(method: string, path: string, body?: unknown): Promise<unknown> {
      const answer = await globalThis.fetch(`${origin}/api${path}`, {
        method,
        headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return /^[[{]/.test(text) ? JSON.parse(text) : text;
    },
  };
}

const names = (items: unknown): readonly string[] =>
  objectsIn(items).map(({ name }) => String(name));

describe('setup-http', () => {
  it(
    'creates the resource, its scopes and the roles, turns dynamic clients on, and a second run writes nothing',
    async () => {
      const tenant = await tenantOf();
      const planned = await tenant.run('--base-url', BASE_URL, '--dry-run');
      expect(planned.code).toBe(2);
      expect(planned.err).toMatch(/^Whether this Logto lets dynamic clients .* tried: .*\n$/);
      expect(planned.out).toMatch(
        /^\+ API resource "https:\/\/mcp\.example\.com\/mcp"\n[\s\S]*~ dynamic clients \(CIMD\)\n[\s\S]*8 to create, 1 to change; 0 unchanged\.\nDigest: [0-9a-f]{32}\n$/,
      );
      expect(tenant.writes()).toEqual([]);
      const done = await tenant.setUp('--base-url', BASE_URL);
      expect(done.code, done.err).toBe(0);
      expect(done.out).toMatch(/8 created, 1 changed, 0 removed, 0 unchanged/);
      expect(done.out).toMatch(
        /http --host 0\.0\.0\.0 --base-url https:\/\/mcp\.example\.com --issuer http:\/\/127\.0\.0\.1:\d+\/oidc\n.*doctor --http https:\/\/mcp\.example\.com\/mcp/,
      );
      const resource = objectsIn(await tenant.api('GET', '/resources?includeScopes=true')).find(
        ({ indicator }) => indicator === RESOURCE,
      );
      expect([...names(resource?.['scopes'])].sort()).toEqual([...SCOPES].sort());
      const roles = objectsIn(await tenant.api('GET', '/roles?page_size=100'));
      const granted = async (role: string) => {
        const id = roles.find(({ name }) => name === role)?.['id'];
        return [...names(await tenant.api('GET', `/roles/${id}/scopes`))].sort();
      };
      expect(await granted('MCP reader')).toEqual(['logto:read']);
      expect(await granted('MCP operator')).toEqual(['logto:read', 'logto:write']);
      expect(await granted('MCP administrator')).toEqual([...SCOPES].sort());
      expect(await tenant.api('GET', '/configs/cimd')).toMatchObject({ enabled: true });
      const before = tenant.writes().length;
      const again = await tenant.run('--base-url', BASE_URL);
      expect([again.code, tenant.writes().length]).toEqual([0, before]);
      expect(again.out).toMatch(/0 created, 0 changed, 0 removed, 9 unchanged/);
    },
    TIMEOUT_MS,
  );

  it(
    'registers clients with their redirect URIs, prints their App IDs, and adds to them later',
    async () => {
      const tenant = await tenantOf();
      const uri = 'https://chatgpt.com/connector/oauth/abc';
      const options = ['--base-url', BASE_URL, '--registered-only'];
      const first = await tenant.setUp(...options, '--register', `cursor,chatgpt=${uri}`, '--json');
      expect(first.code, first.err).toBe(0);
      const { clients, resource } = JSON.parse(first.out);
      expect(resource).toBe(RESOURCE);
      const cursor = await tenant.api('GET', `/applications/${clients.Cursor}`);
      expect(cursor).toMatchObject({ type: 'Native', isThirdParty: true });
      const consent = await tenant.api(
        'GET',
        `/applications/${clients.chatgpt}/user-consent-scopes`,
      );
      const [consentScope] = objectsIn(memberOf(consent, 'resourceScopes'));
      expect([...names(consentScope?.['scopes'])].sort()).toEqual([...SCOPES].sort());
      expect(await tenant.api('GET', '/configs/cimd')).toMatchObject({ enabled: false });
      const second = 'https://chatgpt.com/connector/oauth/def';
      const later = await tenant.setUp(...options, '--register', `chatgpt=${second}`);
      expect(later.out).toMatch(/0 created, 1 changed[\s\S]*App ID for chatgpt: \w+\n/);
      const chatgpt = await tenant.api('GET', `/applications/${clients.chatgpt}`);
      expect(textsIn(memberOf(memberOf(chatgpt, 'oidcClientMetadata'), 'redirectUris'))).toEqual([
        uri,
        second,
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    'keeps changed names and other scopes of dynamic clients, and names a similar resource',
    async () => {
      const tenant = await tenantOf();
      const created = await tenant.api('POST', '/resources', { name: 'Ours', indicator: RESOURCE });
      const id = String(memberOf(created, 'id'));
      await tenant.api('POST', `/resources/${id}/scopes`, {
        name: 'logto:read',
        description: 'Look',
      });
      const twin = { name: 'Slash', indicator: `${RESOURCE}/` };
      const other = await tenant.api('POST', '/resources', twin);
      const scope = await tenant.api('POST', `/resources/${memberOf(other, 'id')}/scopes`, {
        name: 'other',
      });
      await tenant.api('POST', '/cimd/user-consent-scopes', {
        resourceScopes: [memberOf(scope, 'id')],
      });
      const done = await tenant.setUp('--base-url', BASE_URL);
      expect(done.code, done.err).toBe(0);
      expect(done.err).toContain(`"${RESOURCE}/", which is not "${RESOURCE}" to the letter`);
      expect(await tenant.api('GET', `/resources/${id}`)).toMatchObject({ name: 'Ours' });
      const scopes = objectsIn(await tenant.api('GET', `/resources/${id}/scopes`));
      expect(scopes.find(({ name }) => name === 'logto:read')).toMatchObject({
        description: 'Look',
      });
      const ceiling = memberOf(
        await tenant.api('GET', '/cimd/user-consent-scopes'),
        'resourceScopes',
      );
      expect(
        objectsIn(ceiling)
          .map((entry) => names(entry['scopes']).length)
          .sort(),
      ).toEqual([1, 4]);
    },
    TIMEOUT_MS,
  );

  it(
    'on an older Logto says what it leaves out, and how to register a client instead',
    async () => {
      const tenant = await tenantOf(createSandbox({ release: '1.42' }).fetch);
      const done = await tenant.setUp('--base-url', BASE_URL, '--register', 'vscode');
      expect(done.code, done.err).toBe(0);
      expect(done.err).toMatch(
        /Dynamic clients \(CIMD\) are left out: this Logto does not have them[\s\S]*--register/,
      );
      expect(done.out).toMatch(/App ID for VS Code: \w+/);
      const again = await tenant.run('--base-url', BASE_URL, '--json');
      expect(again.code).toBe(0);
      expect(JSON.parse(again.out)).toMatchObject({
        created: [],
        changed: [],
        left_out: [expect.stringContaining('are left out')],
      });
    },
    TIMEOUT_MS,
  );

  it(
    'does the rest if Logto refuses dynamic clients, and says what to do instead',
    async () => {
      const { fetch } = createSandbox();
      const tenant = await tenantOf(async (url, init) =>
        init.method === 'PATCH' && url.endsWith('/api/configs/cimd')
          ? {
              status: 422,
              headers: {
                get: (name) => (name.toLowerCase() === 'content-type' ? 'application/json' : null),
              },
              text: async () =>
                JSON.stringify({
                  code: 'request.invalid_input',
                  message: 'Input is invalid.',
                  data: { details: 'CIMD requires the OIDC provider SSRF protection.' },
                }),
            }
          : fetch(url, init),
      );
      const done = await tenant.setUp('--base-url', BASE_URL);
      expect(done.code).toBe(1);
      expect(done.out).toMatch(
        /Failed:\n {2}dynamic clients \(CIMD\) \(update_cimd_config\): [\s\S]*OIDC_PROVIDER_SSRF_PROTECTION_DISABLED[\s\S]*--registered-only/,
      );
      expect(done.out).not.toContain('again to do the rest');
      expect(done.out).toMatch(/Next:\n1\. Assign a role/);
      const roles = await tenant.api('GET', '/roles?page_size=100');
      expect(names(roles)).toContain('MCP administrator');
    },
    TIMEOUT_MS,
  );

  it(
    'works on the sandbox with the address that http --sandbox has',
    async () => {
      const { code, out, err } = await runCommand(['setup-http', '--sandbox', '--dry-run']);
      expect([code, out.split('\n')[0]]).toEqual([2, '+ API resource "http://127.0.0.1:8787/mcp"']);
      expect(err).toContain('sandbox');
      const result = await runCommand(['setup-http', '--sandbox']);
      expect(result.code).toBe(1);
      expect(result.err).toMatch(/Digest: [\s\S]*no terminal to ask at[\s\S]*--yes <digest>/);
    },
    TIMEOUT_MS,
  );

  it(
    'refuses a digest of another plan',
    async () => {
      const { code, err } = await runCommand(['setup-http', '--sandbox', '--yes', 'wrong']);
      expect(code).toBe(1);
      expect(err).toMatch(/has changed since the comparison/);
    },
    TIMEOUT_MS,
  );

  it('needs the address of the server', async () => {
    const { code, err } = await runCommand(['setup-http']);
    expect(code).toBe(1);
    expect(err).toMatch(/needs --base-url: the origin/);
  });

  it(
    'refuses the address of the Management API',
    async () => {
      const { code, err } = await runCommand(
        ['setup-http', '--base-url', 'https://default.logto.app', '--base-path', '/api'],
        {
          LOGTO_ENDPOINT: 'https://auth.example.com',
          LOGTO_APP_ID: 'app',
          LOGTO_APP_SECRET: 'secret',
        },
      );
      expect(code).toBe(1);
      expect(err).toContain('is the Management API itself');
    },
    TIMEOUT_MS,
  );
});
