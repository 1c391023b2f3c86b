/**
 * Claude Code over HTTP: it signs in to `http --sandbox` by a client id metadata document on this machine, in a terminal, and
 * works as the person who was chosen. Its model is scripted. The document is served with a certificate for tests, because
 * Claude Code takes https addresses only; its own document on claude.ai needs the internet.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { memberOf } from '../../src/json.js';
import { startHttp } from '../support/http-program.js';
import { messages } from './anthropic-messages.js';
import { packages } from './packages.js';
import { type Home, runToEnd } from './programs.js';
import { startAgent } from './scripted-agent.js';
import { answerOf, type RealClient, withPackage } from './suite.js';

const fixtures = join(import.meta.dirname, '..', 'doctor', 'fixtures');

/** Opens the address of an authorization, chooses Ada, and follows the redirect back to the client. */
const BROWSER = `#!/usr/bin/env node
import { writeFileSync } from 'node:fs';
const url = new URL(process.argv[2]);
writeFileSync(new URL('asked.txt', import.meta.url), url.href);
const html = await (await fetch(url)).text();
const request = /name="request" value="([^"]+)"/.exec(html)[1];
const person = /value="([^"]*)">Ada/.exec(html)[1];
const answer = await fetch(new URL(url.pathname, url), {
  method: 'POST',
  redirect: 'manual',
  body: new URLSearchParams({ request, person }),
});
await fetch(answer.headers.get('location'));
`;

/** Settings of Claude Code for a test, for the address of its model. */
const settings = (model: string): Readonly<Record<string, string>> => ({
  ANTHROPIC_BASE_URL: model,
  ANTHROPIC_API_KEY: 'none',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  CLAUDE_CODE_MAX_RETRIES: '0',
  DISABLE_AUTOUPDATER: '1',
  ENABLE_TOOL_SEARCH: 'false',
  MCP_CONNECTION_NONBLOCKING: 'false',
});

describe(`Claude Code ${packages.claude.version} over HTTP`, () => {
  const closers: (() => Promise<unknown> | unknown)[] = [];
  let client: RealClient | undefined;
  let documentUrl = '';
  let resource = '';
  let authorizationUrl = new URL('http://127.0.0.1');
  let fetched = 0;
  let output = { login: '', list: '' };
  let audit = (): string => '';

  afterAll(async () => {
    for (const close of closers.reverse()) {
      await close();
    }
  });

  /** A server with the metadata document of the client. */
  async function serveDocument(): Promise<void> {
    const server = createServer(
      {
        key: readFileSync(join(fixtures, 'server.key')),
        cert: readFileSync(join(fixtures, 'good.crt')),
      },
      (_, response) => {
        fetched += 1;
        const document = {
          client_id: documentUrl,
          client_name: 'Claude Code',
          redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
          token_endpoint_auth_method: 'none',
        };
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(document));
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    documentUrl = `https://127.0.0.1:${port}/client.json`;
    closers.push(() => {
      server.closeAllConnections();
      server.close();
    });
  }

  async function serveSandbox(): Promise<void> {
    const running = await startHttp(['--sandbox'], {
      NODE_EXTRA_CA_CERTS: join(fixtures, 'authority.crt'),
    });
    closers.push(running.stop);
    resource = `http://127.0.0.1:${running.port}/mcp`;
    audit = running.stdout;
  }

  /** Adds the server and signs in, as a person does at a terminal. */
  async function configure(entry: string, home: Home): Promise<void> {
    const browser = join(home.folder, 'browser.mjs');
    writeFileSync(browser, BROWSER, { mode: 0o755 });
    const env = {
      ...home.env,
      TERM: 'dumb',
      BROWSER: browser,
      MCP_OAUTH_CLIENT_METADATA_URL: documentUrl,
    };
    const run = (command: string, args: readonly string[]) =>
      runToEnd(command, args, { env, cwd: home.folder });
    const mcp = [entry, 'mcp'];
    await run(process.execPath, [...mcp, 'add', '--transport', 'http', 'logto', resource]);
    // It signs in at a terminal only.
    const line = [process.execPath, ...mcp, 'login', 'logto'].map((word) => `'${word}'`).join(' ');
    const login = await run('script', ['-qec', line, '/dev/null']);
    output = { login: `${login.stdout}${login.stderr}`, list: '' };
    const list = await run(process.execPath, [...mcp, 'list']);
    output = { ...output, list: list.stdout };
    authorizationUrl = new URL(readFileSync(join(home.folder, 'asked.txt'), 'utf8'));
  }

  withPackage('claude', async (folder) => {
    const entry = join(folder, packages.claude.entry);
    if ((await runToEnd('script', ['--version'], { env: process.env, cwd: '.' })).code !== 0) {
      return;
    }
    await serveDocument();
    await serveSandbox();
    client = await startAgent({
      dialect: messages,
      entry,
      args: ['-p', 'Go on.', '--allowedTools', 'mcp__logto'],
      env: settings,
      configure: (home) => configure(entry, home),
    });
    closers.push(() => client?.close());
  });

  beforeEach(({ skip }) => {
    if (client === undefined) {
      skip('script, which makes a terminal, is not there');
    }
  });

  const connected = (): RealClient => client ?? expect.fail('there is no client');

  it('signs in by its document, with PKCE and the resource to the letter', () => {
    expect(output.login).toContain('Authenticated with "logto"');
    expect(output.list).toMatch(/logto: .* Connected/);
    expect(fetched).toBeGreaterThan(0);
    expect(Object.fromEntries(authorizationUrl.searchParams)).toMatchObject({
      client_id: documentUrl,
      code_challenge_method: 'S256',
      resource,
      scope: expect.stringContaining('logto:read'),
    });
  });

  it('lists tools and calls one as the person who was chosen', async () => {
    expect(await connected().list()).toContain('list_roles');
    const answer = answerOf(await connected().call('list_roles', { fields: ['name'] }));
    expect(JSON.stringify(answer)).toContain('MCP administrator');
    const lines = audit()
      .split('\n')
      .filter((line) => line !== '')
      .map((line): unknown => JSON.parse(line));
    expect(lines.map((line) => memberOf(line, 'client_id'))).toContain(documentUrl);
  });
});
