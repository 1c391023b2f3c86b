/** Signing in as a client does: metadata, client id, PKCE code, scopes; then calls, questions and answers. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { serveSandboxSignIn } from '../../src/cli/sandbox-sign-in.js';
import { memberOf } from '../../src/json.js';
import type { Transport } from '../../src/logto/transport.js';
import { onFreePort } from '../support/free-port.js';
import { type RunningHttp, startHttp } from '../support/http-program.js';
import { signIn } from './oauth-client.js';
import { type Serving, serveForTest } from './serve.js';

const closers: (() => unknown)[] = [];

// The SDK's client says on stderr what a provider in memory does not keep.
const warned = vi.spyOn(console, 'warn').mockReturnValue();

afterAll(() => warned.mockRestore());

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

describe('the program with --sandbox', () => {
  let running: RunningHttp;
  let resource = '';
  beforeAll(async () => {
    running = await startHttp(['--sandbox']);
    resource = `http://127.0.0.1:${running.port}/mcp`;
  });
  afterAll(() => running.stop());

  it('lets a client sign in as two people with different scopes, and writes an audit line', async () => {
    const rio = await signIn(resource, { person: 'Rio', clientId: 'sandbox-client' });
    closers.push(rio.close);
    expect(rio.asked).toEqual(['logto:read']);
    expect(rio.tokens()?.scope).toBe('logto:read');
    const listed = (await rio.client.listTools()).tools.map(({ name }) => name);
    expect(listed).toContain('list_users');
    expect(listed).not.toContain('delete_user');
    expect((await rio.call('list_users', {})).ok).toBe(true);
    const [line = ''] = running.stdout().split('\n');
    expect(JSON.parse(line)).toMatchObject({ tool: 'list_users', client_id: 'sandbox-client' });
    expect(running.stdout()).not.toContain(rio.tokens()?.access_token.split('.')[2]);
  });

  it('signs in again for the scopes of a write, makes it, and names the scope that its undo needs', async () => {
    const ada = await signIn(resource, { person: 'Ada', clientId: 'sandbox-client' });
    closers.push(ada.close);
    expect(ada.asked).toEqual(['logto:read']);
    const role = { name: 'Temporary', description: 'for a test' };
    const created = await ada.call('create_role', role);
    expect(created.ok).toBe(true);
    expect(ada.asked.at(-1)).toContain('logto:write');
    const changes = await ada.call('list_changes', {});
    const [change] = changes.ok ? (changes.answer.items ?? []) : [];
    expect(change).toMatchObject({ operation: 'create_role', by: { client_id: 'sandbox-client' } });
    const undo = await ada.call('undo_change', { change: String(memberOf(change, 'id')) });
    expect(JSON.stringify(undo)).toContain('logto:remove');
  });

  it('allows a second process on another port with its own sign-in, and ends with 0 on a signal', async () => {
    const second = await startHttp(['--sandbox']);
    closers.push(() => second.stop());
    const ada = await signIn(resource, { person: 'Ada', clientId: 'sandbox-client' });
    closers.push(ada.close);
    const list = async (port: number): Promise<number> => {
      const { status } = await fetch(`http://127.0.0.1:${port}/mcp`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${ada.tokens()?.access_token}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
      });
      return status;
    };
    expect(await list(running.port)).toBe(200);
    expect(await list(second.port)).toBe(401);
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);
  });
});

describe('a client with a metadata document', () => {
  const documentUrl = 'https://client.example/metadata.json';

  /** The server in this process with its sign-in on a real port; documents are answered from memory. */
  async function serving(documents: Readonly<Record<string, unknown>>): Promise<Serving> {
    const documentsOnly: Transport = async (url) => ({
      status: documents[url] === undefined ? 404 : 200,
      headers: { get: () => null },
      text: async () => JSON.stringify(documents[url]),
    });
    const { http, server } = await onFreePort(async (port) => {
      const issuer = `http://127.0.0.1:${port}/oidc`;
      const http = await serveForTest({ issuer });
      closers.push(http.close);
      const { resource, people } = http;
      const { server, close } = await serveSandboxSignIn(issuer, resource, people, documentsOnly);
      closers.push(close);
      return { http, server };
    });
    http.useAuthorization(server);
    return http;
  }

  const document = {
    client_id: documentUrl,
    client_name: 'A client',
    redirect_uris: ['http://127.0.0.1/callback'],
    token_endpoint_auth_method: 'none',
  };

  it('signs in by its address, and gets a question about a write over HTTP', async () => {
    const http = await serving({ [documentUrl]: document });
    const questions: string[] = [];
    const ada = await signIn(http.resource, {
      person: 'Ada',
      clientMetadataUrl: documentUrl,
      elicit: (message) => {
        questions.push(message);
        return { action: 'accept', content: { name: 'Temporary' } };
      },
    });
    closers.push(ada.close);
    const created = await ada.call('create_role', { name: 'Temporary', description: 'x' });
    const id = created.ok ? String(memberOf(created.answer.result, 'id')) : '';
    const removed = await ada.call('delete_role', { id });
    expect(questions).toHaveLength(1);
    expect(removed.ok).toBe(true);
    expect(http.writes.at(-1)).toBe(`DELETE /api/roles/${id}`);
    expect(http.audited.at(-1)).toMatchObject({
      client_id: documentUrl,
      client: 'test',
      operation: 'delete_role',
      target: { id },
      decision: 'allowed',
      outcome: 'ok',
    });
    expect(http.audited.map(({ decision }) => decision)).toContain('asked');
  });

  it.each([
    ['that names another client', { ...document, client_id: 'https://other.example/x.json' }],
    ['without its redirect URI', { ...document, redirect_uris: ['https://evil.example/cb'] }],
    ['that is no object', 'text'],
  ])('%s cannot sign in', async (_, sent) => {
    const http = await serving({ [documentUrl]: sent });
    await expect(
      signIn(http.resource, { person: 'Ada', clientMetadataUrl: documentUrl }),
    ).rejects.toThrow(/answers 400/);
  });
});

describe('discovery', () => {
  it('names the resource to the letter, its issuer and its scopes, and passes the metadata on', async () => {
    const http = await serveForTest();
    closers.push(http.close);
    const metadata = await http.send('GET', '/.well-known/oauth-protected-resource/mcp');
    expect(metadata.json).toMatchObject({
      resource: http.resource,
      authorization_servers: ['http://127.0.0.1:9/oidc'],
      scopes_supported: ['logto:read', 'logto:write', 'logto:remove', 'logto:secrets'],
    });
    const passed = await http.send('GET', '/.well-known/oauth-authorization-server');
    expect(passed.json).toMatchObject({
      issuer: 'http://127.0.0.1:9/oidc',
      client_id_metadata_document_supported: true,
    });
    http.broken = true;
  });

  it('answers 503 for the metadata of an issuer that is unreachable', async () => {
    const http = await serveForTest();
    closers.push(http.close);
    http.broken = true;
    expect((await http.send('GET', '/.well-known/oauth-authorization-server')).status).toBe(503);
  });
});
