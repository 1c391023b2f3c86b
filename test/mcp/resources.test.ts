import { existsSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEXT_RELEASE } from '../../src/catalog/release-names.js';
import { type Connected, connectClient, connectSandbox, tools } from '../support/client.js';
import { answers, faulty } from '../support/faults.js';

describe('the OpenAPI documents', () => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await connectSandbox();
  });
  afterAll(() => connected.close());

  it('are resources', async () => {
    const { resources } = await connected.client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual([
      'logto://openapi/management.json',
      'logto://openapi/experience.json',
      'logto://openapi/account.json',
      'logto://openapi/all.json',
    ]);
    for (const { uri } of resources) {
      const { contents } = await connected.client.readResource({ uri });
      expect(contents).toMatchObject([{ uri, mimeType: 'application/json' }]);
    }
  });

  it('state their size, because one of them can fill a conversation', async () => {
    const { resources } = await connected.client.listResources();
    for (const { uri, description } of resources) {
      const [, stated] = /about (\d+) KB\.$/.exec(description ?? '') ?? [];
      expect(stated ?? description, uri).toMatch(/^\d+$|as long as the others together/);
      const recorded = new URL(
        `../../../shared/logto/${uri.split('/').at(-1)?.replace('account', 'user').replace('.json', '.openapi.json')}`,
        import.meta.url,
      );
      if (existsSync(recorded)) {
        const kilobytes = statSync(recorded).size / 1000;
        expect(Math.abs(kilobytes - Number(stated)) / kilobytes, uri).toBeLessThan(0.1);
      }
    }
  });

  it('describe the routes of the tools', async () => {
    const { contents } = await connected.client.readResource({
      uri: 'logto://openapi/management.json',
    });
    const [content] = contents;
    const document: { paths: Record<string, Record<string, unknown>> } = JSON.parse(
      content !== undefined && 'text' in content ? content.text : '',
    );
    const served = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map(
        (method) => `${method.toUpperCase()} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`,
      ),
    );
    const routesOf = (all: typeof tools) =>
      all.map(
        ({ operation: { method, url } }) => `${method} ${url.replaceAll(/\{[^}]*\}/g, '{}')}`,
      );
    const missing = routesOf(tools).filter((route) => !served.includes(route));
    // The sandbox is the newest release with a number.
    expect(missing).toEqual(
      routesOf(tools.filter(({ operation }) => operation.since === NEXT_RELEASE)),
    );
    expect(missing).toContain('DELETE /api/logs');
  });

  it('are not found under another URI', async () => {
    await expect(
      connected.client.readResource({ uri: 'logto://openapi/none.json' }),
    ).rejects.toThrow('none.json');
  });

  it('say why they cannot be read', async () => {
    const page = answers(200, '<html>', { 'content-type': 'text/html' });
    const { fetch } = faulty(() => Promise.reject(new Error('unused')), []);
    const broken = await connectClient({
      fetch: async (url, init) =>
        url.endsWith('/oidc/token')
          ? fetch(url, init)
          : ((await page(url, init)) ?? fetch(url, init)),
    });
    await expect(broken.client.readResource({ uri: 'logto://openapi/all.json' })).rejects.toThrow(
      /No answer from/,
    );
    await broken.close();
  });
});
