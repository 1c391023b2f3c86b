/** Calls every operation of the catalog on a real tenant, with entities that it creates itself, and prints the outcomes. */

import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { createUndiciTransport } from '../../src/logto/undici-transport.js';
import { type Connected, connectClient, tools } from '../support/client.js';
import { walks } from '../walks/index.js';
import { Walker } from '../walks/walk.js';

const config = readConfig([], process.env, (path) => readFileSync(path, 'utf8'), existsSync);
const access = config.command === 'serve' ? config.access : undefined;
const credentials = access?.kind === 'live' ? access.credentials : undefined;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

describe.runIf(credentials !== undefined)(`the tenant at ${credentials?.endpoint}`, () => {
  let connected: Connected;
  let uploads: string;
  const outcomes = new Map<string, { state: string; reason?: string }>();

  beforeAll(async () => {
    uploads = await mkdtemp(join(tmpdir(), 'logto-uploads-'));
    connected = await connectClient({
      fetch: createUndiciTransport(),
      session: { ...credentials, uploadFolder: uploads },
    });
  });

  afterAll(async () => {
    await connected.close();
    await rm(uploads, { recursive: true });
    const rows = tools.map(({ name, domain }) => ({
      name,
      domain,
      state: outcomes.get(name)?.state ?? 'NOT CALLED',
      reason: outcomes.get(name)?.reason ?? '',
    }));
    print('');
    for (const { name, domain, state, reason } of rows) {
      print(`${domain.padEnd(29)}${name.padEnd(47)}${state}${reason === '' ? '' : `: ${reason}`}`);
    }
    const count = (state: string) => rows.filter((row) => row.state === state).length;
    print(
      `\n${rows.length} operations: ${count('answered')} answered, ${count('refused as expected')} refused as expected, ${count('not tried')} not tried, ${count('NOT CALLED')} not called.`,
    );
  });

  it.each(Object.entries(walks))('passes the walk through %s', async (domain, walk) => {
    const walker = new Walker(connected.call, 'live', uploads);
    try {
      await walk(walker);
    } finally {
      const failures = await walker.cleanUp();
      for (const [tool, outcome] of walker.states) {
        if (outcomes.get(tool)?.state !== 'answered') {
          outcomes.set(tool, outcome);
        }
      }
      expect(failures, 'not removed').toEqual([]);
    }
    const ofDomain = tools.filter((tool) => tool.domain === domain).map((tool) => tool.name);
    expect(
      ofDomain.filter((name) => !walker.states.has(name)),
      'operations that the walk does not call',
    ).toEqual([]);
  });

  it('answers at least 245 operations with success', () => {
    const answered = [...outcomes.values()].filter(({ state }) => state === 'answered');
    expect(answered.length).toBeGreaterThanOrEqual(245);
  });

  it('requests one token for the whole run', () => {
    expect(connected.session.tokenRequests).toBe(1);
  });
});

it.runIf(credentials === undefined)(
  'needs a tenant: SKIPPED, set LOGTO_ENDPOINT, LOGTO_APP_ID and LOGTO_APP_SECRET',
  (context) => {
    context.skip();
  },
);
