/** A Logto that is older than the catalog: what its document lacks is refused before anything is sent. */
import { afterEach, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/index.js';
import { Whole } from '../../../src/catalog/operation.js';
import { probesOf } from '../../../src/catalog/probes.js';
import { requireKnown } from '../../../src/logto/served-check.js';
import { reduceDocument, ServedFacts } from '../../../src/logto/served-facts.js';
import type { Transport } from '../../../src/logto/transport.js';
import { extendOperation } from '../../../src/mcp/served/extended-operation.js';
import { createSandbox, type SandboxOptions } from '../../../src/sandbox/index.js';
import { type Connected, connectClient, type Setup, succeed, tools } from '../../support/client.js';
import { documentOf, pathsOf, pinnedFacts } from '../../support/openapi.js';

let connected: Connected | undefined;

afterEach(async () => {
  await connected?.close();
  connected = undefined;
});

/** A server on a sandbox of one release, with the requests that reach it. */
async function connect(options: SandboxOptions, setup: Partial<Setup> = {}) {
  const sandbox = createSandbox(options);
  const sent: string[] = [];
  const fetch: Transport = (url, init) => {
    const { pathname } = new URL(url);
    if (pathname.startsWith('/api/') && !pathname.startsWith('/api/.well-known/')) {
      sent.push(`${init.method} ${pathname}`);
    }
    return sandbox.fetch(url, init);
  };
  connected = await connectClient({ fetch, ...setup });
  return { call: connected.call, sent };
}

const notKnown = (subject: string, since: string) => ({
  ok: false,
  error: {
    message: `This Logto does not know ${subject} (since ${since}). Nothing was sent.`,
    hint: expect.stringMatching(/upgrade Logto/),
  },
});

describe('an older Logto', () => {
  it.each([
    [
      'list_users',
      { identityType: 'social', identityProvider: 'github', identityId: '1' },
      'identityType of list_users',
      '1.44',
    ],
    ['create_user', { username: 'new', id: 'chosen' }, 'id of create_user', '1.44'],
    ['list_user_trusted_devices', { userId: 'x' }, 'list_user_trusted_devices', '1.44'],
    [
      'update_sign_in_exp',
      { trustedDevice: { enabled: true } },
      'trustedDevice of update_sign_in_exp',
      '1.44',
    ],
    [
      'list_resources',
      { excludeManagementApis: true },
      'excludeManagementApis of list_resources',
      '1.45',
    ],
    ['get_system_license', {}, 'get_system_license', '1.45'],
    ['delete_logs', {}, 'delete_logs', 'a release after 1.46'],
  ])('is not sent what it does not know: %s', async (tool, values, subject, since) => {
    const { call, sent } = await connect({ release: '1.42' });
    expect(await call(tool, values)).toMatchObject(notKnown(subject, since));
    expect(sent).toEqual([]);
  });

  it('is not sent a value that it does not know', async () => {
    const { call, sent } = await connect({ release: '1.42' });
    const values = {
      name: 'Devices',
      events: ['PostRegister', 'TrustedDevice.Created'],
      config: { url: 'https://example.com/hook' },
    };
    expect(await call('create_hook', values)).toMatchObject(
      notKnown('the value "TrustedDevice.Created" of events in create_hook', '1.44'),
    );
    expect(sent).toEqual([]);
  });

  it('is protected the same way in runners, scripts and previews', async () => {
    const { call, sent } = await connect({ release: '1.42' });
    const identity = { identityType: 'social', identityProvider: 'github', identityId: '1' };
    const reads = { operation: 'list_users', arguments: identity };
    expect(await call('run_read_operation', reads)).toMatchObject({
      ok: false,
      error: { code: 'not_known_here' },
    });
    const write = { operation: 'create_user', arguments: { username: 'n', id: 'chosen' } };
    expect(await call('preview_operation', write)).toMatchObject({
      ok: false,
      error: { code: 'not_known_here' },
    });
    for (const code of [
      `return await logto.list_users(${JSON.stringify(identity)});`,
      "return await logto.create_user({ username: 'n', id: 'chosen' });",
    ]) {
      const outcome = await call('run_script', { code });
      expect(JSON.stringify(outcome)).toContain('This Logto does not know');
    }
    expect(sent).toEqual([]);
  });

  it('of 1.43 with development features has trusted devices and no other part of 1.44', async () => {
    const { call } = await connect({ release: '1.43', developmentFeatures: true });
    const { items = [] } = await succeed(call, 'list_users', {});
    await succeed(call, 'list_user_trusted_devices', { userId: items[0]?.['id'] });
    expect(await call('create_user', { username: 'n', id: 'chosen' })).toMatchObject({
      ok: false,
      error: { code: 'not_known_here' },
    });
    const { result } = await succeed(call, 'whoami', {});
    expect(result?.['logto']).toMatchObject({
      looks_like: '1.43',
      development_features: expect.arrayContaining(['GET /api/users/{userId}/trusted-devices']),
    });
  });

  it.each(['1.42', '1.43', '1.44', '1.45', '1.46'] as const)(
    'of %s is recognised as that release',
    async (release) => {
      const { call } = await connect({ release });
      const { result } = await succeed(call, 'whoami', {});
      expect(result?.['logto']).toMatchObject({
        looks_like: release === '1.42' ? expect.stringContaining('oldest') : release,
      });
    },
  );
});

describe('the pinned document', () => {
  const facts = new ServedFacts(reduceDocument(documentOf(pathsOf(pinnedFacts()))));
  const document = {
    read: async () => ({ kind: 'known' as const, facts, checkedAt: Date.now() }),
  };
  const operations = Object.values(catalog).flatMap((domain) => Object.values(domain.operations));
  const signal = new AbortController().signal;

  it('allows every operation that all releases have, with all arguments at once', async () => {
    let checked = 0;
    for (const { name, operation, newer } of tools) {
      const newerArguments = new Set(newer.map(({ argument }) => argument?.split('.')[0]));
      const { path, query = {}, body } = operation;
      const names = [
        ...Object.keys({ ...path, ...query }),
        ...(body instanceof Whole ? [body.argument] : Object.keys(body ?? {})),
      ];
      const values = Object.fromEntries(
        names
          .filter((argument) => !newerArguments.has(argument))
          .map((argument) => [argument, 'x']),
      );
      if (newer.every(({ argument }) => argument !== undefined)) {
        await requireKnown(document, { name, features: newer }, values, signal);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(270);
  });

  it('adds no part to any operation, even if it is wrong or the catalog omits a part', () => {
    const added = operations.flatMap((operation) => {
      const served = facts.at(operation.method, operation.url);
      const extension = served && extendOperation(operation, served);
      return extension === undefined
        ? []
        : extension.added.map((path) => `${operation.method} ${operation.url} ${path}`);
    });
    expect(added).toEqual([]);
  });

  it('gives an answer for every newer part that it describes', () => {
    const presences = operations.flatMap((operation) =>
      probesOf(operation).map(({ probe, since }) => ({ since, presence: facts.presenceOf(probe) })),
    );
    expect(presences.length).toBeGreaterThan(40);
    expect(
      presences.filter(({ since, presence }) => since > '1.43' && presence === 'present'),
    ).toEqual([]);
    expect(
      presences.filter(({ since, presence }) => since === '1.43' && presence === 'absent'),
    ).toEqual([]);
  });
});
