/**
 * Goes over everything that not every release of Logto has, on a real tenant, and prints what became of each: refused before
 * it is sent where the document lacks it, and sent where it has it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { readConfig } from '../../src/config/config.js';
import { checkedSession, requireKnown } from '../../src/logto/served-check.js';
import { createServedDocument } from '../../src/logto/served-document.js';
import type { Session } from '../../src/logto/session.js';
import type { Transport } from '../../src/logto/transport.js';
import { createUndiciTransport } from '../../src/logto/undici-transport.js';
import { type Connected, connectClient, succeed, tools } from '../support/client.js';

const config = readConfig([], process.env, (path) => readFileSync(path, 'utf8'), existsSync);
const access = config.command === 'serve' ? config.access : undefined;
const credentials = access?.kind === 'live' ? access.credentials : undefined;

const signal = new AbortController().signal;

/** A value at a dotted path, where `*` is an item of a list. */
function valueAt(path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) {
    return value;
  }
  const inner = valueAt(rest, value);
  return name === '*' ? [inner] : { [name]: inner };
}

describe.runIf(credentials !== undefined)(`the tenant at ${credentials?.endpoint}`, () => {
  let connected: Connected;
  const requests: string[] = [];
  const rows: string[] = [];
  const transport = createUndiciTransport();
  const fetch: Transport = (url, init) => {
    const { pathname, search } = new URL(url);
    if (pathname.startsWith('/api/') && !pathname.startsWith('/api/.well-known/')) {
      requests.push(`${init.method} ${pathname}${search}`);
    }
    return transport(url, init);
  };
  // A slow machine is no reason for a test to fail.
  const timeoutMs = 90_000;
  const document = createServedDocument({
    endpoint: credentials?.endpoint ?? '',
    fetch,
    timeoutMs,
  });

  beforeAll(async () => {
    connected = await connectClient({ fetch, session: { ...credentials }, served: { timeoutMs } });
  });

  afterAll(async () => {
    await connected.close();
    process.stdout.write(`\n${rows.join('\n')}\n`);
  });

  it('serves its document, from which whoami names a release and its marks', async () => {
    const { result } = await succeed(connected.call, 'whoami', { details: true });
    rows.push(JSON.stringify(result?.['logto'], null, 2));
    expect(result?.['logto']).toMatchObject({ looks_like: expect.any(String) });
  });

  const features = tools.flatMap(({ name, operation, newer }) =>
    newer.map((feature) => ({
      name,
      operation,
      newer,
      feature,
      title: [name, feature.argument, feature.value].filter((part) => part !== undefined).join(' '),
    })),
  );

  it.each(features.map((row) => [row.title, row] as const))(
    'has %s, or refuses it before it is sent',
    async (title, { name, operation, newer, feature }) => {
      const state = await document.read(signal);
      if (state.kind !== 'known') {
        expect.fail(state.reason);
      }
      const presence = state.facts.presenceOf(feature.probe);
      const path = Object.fromEntries(Object.keys(operation.path).map((part) => [part, 'none']));
      const sentValue = valueAt(
        (feature.argument ?? '').split('.').filter(Boolean),
        feature.value ?? {},
      );
      const values = { ...path, ...(sentValue as object) };
      const before = requests.length;
      const sent: string[] = [];
      // Nothing but the check is under test here: what passes it is noted instead of being sent.
      const noted: Session = {
        check: async () => {},
        send: async ({ method, url }) => {
          sent.push(`${method} ${url}`);
          return { status: 200, body: undefined };
        },
        redact: (text) => text,
        tokenRequests: 0,
      };
      const session = checkedSession(noted, document, () => ({ name, features: newer }));
      const operationHere = state.facts.at(operation.method, operation.url);
      const outcome = await session.send(operation, values, signal).then(
        () => 'sent',
        (error: Error) => error.message,
      );
      expect(requests.length).toBe(before);
      const isRefused = presence === 'absent' || operationHere === undefined;
      rows.push(
        `${title.padEnd(70)} since ${feature.since.padEnd(5)} ${presence.padEnd(8)} ${outcome}`,
      );
      if (isRefused) {
        expect(outcome).toContain('This Logto does not know');
        expect(sent).toEqual([]);
        await expect(
          requireKnown(document, { name, features: newer }, values, signal),
        ).rejects.toThrow('Nothing was sent.');
      } else {
        expect(outcome).toBe('sent');
      }
    },
  );

  it('does not answer a lookup by identity with a list of all users', async () => {
    const state = await document.read(signal);
    const isKnown =
      state.kind === 'known' &&
      state.facts.at('GET', '/api/users')?.parameters.some(({ name }) => name === 'identityType');
    const before = requests.length;
    const outcome = await connected.call('list_users', {
      identityType: 'social',
      identityProvider: 'github',
      identityId: 'none',
    });
    rows.push(`list_users by identity: ${JSON.stringify(outcome).slice(0, 200)}`);
    if (isKnown === true) {
      expect(outcome.ok).toBe(true);
    } else {
      expect(outcome).toMatchObject({ ok: false, error: { code: 'not_known_here' } });
      expect(requests.length).toBe(before);
    }
  });

  it('has working trusted devices if the document has them', async () => {
    const state = await document.read(signal);
    const url = '/api/users/{userId}/trusted-devices';
    const isServed = state.kind === 'known' && state.facts.at('GET', url) !== undefined;
    const user = await succeed(connected.call, 'create_user', {
      username: `devices_${Date.now()}`,
    });
    const userId = user.result?.['id'];
    try {
      const outcome = await connected.call('list_user_trusted_devices', { userId });
      rows.push(`list_user_trusted_devices: ${JSON.stringify(outcome).slice(0, 200)}`);
      expect(outcome).toMatchObject(
        isServed
          ? { ok: true, answer: { items: [] } }
          : { error: { code: 'operation_not_served' } },
      );
      const organization = await connected.call('create_organization', {
        name: `devices_${Date.now()}`,
        isTrustedDeviceAllowed: false,
      });
      rows.push(`create_organization: ${JSON.stringify(organization).slice(0, 200)}`);
      expect(organization).toMatchObject(
        isServed
          ? { ok: true, answer: { result: { isTrustedDeviceAllowed: false } } }
          : { ok: false, error: { code: 'not_known_here' } },
      );
      if (organization.ok) {
        await succeed(connected.call, 'delete_organization', {
          id: organization.answer.result?.['id'],
        });
      }
    } finally {
      await succeed(connected.call, 'delete_user', { userId });
    }
  });

  it('serves operations that the catalog lacks, which the runners can run', async () => {
    const known = new Set(
      Object.values(catalog).flatMap(({ operations }) =>
        Object.values(operations).map(({ method, url }) => `${method} ${url}`),
      ),
    );
    const { result } = await succeed(connected.call, 'whoami', { details: true });
    const logto = result?.['logto'] as { operations_not_in_catalog?: string[] } | undefined;
    for (const operation of logto?.operations_not_in_catalog ?? []) {
      const { items = [] } = await succeed(connected.call, 'find_operations', { words: operation });
      rows.push(`beyond the catalog: ${JSON.stringify(items[0]).slice(0, 200)}`);
      expect(items[0]).toMatchObject({ operation, not_in_catalog: true });
      expect(known.has(String(items[0]?.['summary']))).toBe(false);
    }
  });
});

it.runIf(credentials === undefined)(
  'needs a tenant: SKIPPED, set LOGTO_ENDPOINT, LOGTO_APP_ID and LOGTO_APP_SECRET',
  (context) => {
    context.skip();
  },
);
