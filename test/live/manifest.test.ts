/**
 * Configuration as code on two real tenants, whose configuration it replaces: LOGTO_ENDPOINT, LOGTO_APP_ID and
 * LOGTO_APP_SECRET, and the same for the second one with LOGTO_SECOND_.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { memoryJournal } from '../../src/guard/undo/journal.js';
import { createUndiciTransport } from '../../src/logto/undici-transport.js';
import { inlineFile } from '../../src/manifest/source.js';
import { fullManifest, planted, values } from '../manifest/full.js';
import {
  differencesOf,
  exportOf,
  filesOf,
  type TenantUnderTest,
  tenantOf,
} from '../manifest/harness.js';
import {
  contentOf,
  dyingAt,
  empty,
  proveApply,
  proveDifferences,
  proveExport,
  secretsFor,
} from '../manifest/proofs.js';

function credentialsOf(env: Readonly<Record<string, string | undefined>>) {
  const config = readConfig(
    [],
    env,
    (path) => readFileSync(path, 'utf8'),
    () => true,
  );
  const access = config.command === 'serve' ? config.access : undefined;
  return access?.kind === 'live' ? access.credentials : undefined;
}

const first = credentialsOf(process.env);
const second = credentialsOf({
  LOGTO_ENDPOINT: process.env['LOGTO_SECOND_ENDPOINT'],
  LOGTO_APP_ID: process.env['LOGTO_SECOND_APP_ID'],
  LOGTO_APP_SECRET: process.env['LOGTO_SECOND_APP_SECRET'],
});

/** Requests after which an apply is killed, one run for each step. */
const KILL_STEP = 10;

/** Milliseconds for a test that applies a whole manifest many times. */
const TIMEOUT_MS = 600_000;

describe.runIf(first !== undefined && second !== undefined)('two real tenants', () => {
  const fetch = createUndiciTransport();
  const lines = memoryJournal();
  const one = (): TenantUnderTest => tenantOf({ fetch, session: { ...first }, lines, ...values });

  beforeAll(async () => {
    await empty(one());
    await empty(tenantOf({ fetch, session: { ...second } }));
  }, TIMEOUT_MS);

  afterAll(async () => {
    await empty(one());
    await empty(tenantOf({ fetch, session: { ...second } }));
  }, TIMEOUT_MS);

  it(
    'apply a manifest with every kind, and then nothing differs',
    async () => {
      await proveApply(one(), await fullManifest());
    },
    TIMEOUT_MS,
  );

  it(
    'export their configuration',
    async () => {
      await proveExport(one());
    },
    TIMEOUT_MS,
  );

  it(
    'get the configuration of the other one',
    async () => {
      const files = await filesOf(one());
      const other = tenantOf({
        fetch,
        session: { ...second },
        secrets: await secretsFor(one()),
      });
      await proveApply(other, files);
      expect(await contentOf(other)).toEqual(await contentOf(one()));
      expect(await differencesOf(one(), await filesOf(other))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'report each deliberate difference that is made through the API, and no other',
    async () => {
      await empty(one());
      await proveApply(one(), await fullManifest());
      await proveDifferences(one());
    },
    TIMEOUT_MS,
  );

  it(
    'converge after a kill at every tenth request',
    async () => {
      const files = await fullManifest();
      for (let last = KILL_STEP; ; last += KILL_STEP) {
        await empty(one());
        const killed = tenantOf({ fetch: dyingAt(fetch, last), session: { ...first }, ...values });
        const isDone = await killed.apply(files).then(
          ({ left }) => left.length === 0,
          () => false,
        );
        await proveApply(one(), files);
        if (isDone) {
          break;
        }
      }
    },
    TIMEOUT_MS,
  );

  it(
    'show no planted secret',
    async () => {
      const shown = JSON.stringify([
        await exportOf(one()),
        await one().configuration.compare(
          { files: [inlineFile({ kinds: [] })] },
          AbortSignal.timeout(60_000),
        ),
        lines.read(),
      ]);
      expect(Object.values(planted).filter((secret) => shown.includes(secret))).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

it.runIf(first === undefined || second === undefined)(
  'needs two tenants: SKIPPED, set LOGTO_ENDPOINT, LOGTO_APP_ID, LOGTO_APP_SECRET and the same with LOGTO_SECOND_',
  (context) => {
    context.skip();
  },
);
