import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { operation } from '../../src/catalog/operation.js';
import { NEXT_RELEASE } from '../../src/catalog/release-names.js';
import { createSandbox } from '../../src/sandbox/index.js';
import { type Connected, connectClient, tools } from '../support/client.js';
import { type GuardWatch, watchGuard } from '../support/guard-watch.js';
import { walks } from './index.js';
import { type State, Walker } from './walk.js';

const getStatus = operation('GET /api/status', { summary: 'Check that Logto is up.' });

/** Refusals that do not come from Logto: of the sandbox for operations that need a running Logto, and of this server. */
const nonLogtoRefusals = new Set(['sandbox.not_available', 'upload_refused', 'invalid_arguments']);

describe('the sandbox', () => {
  let connected: Connected;
  let uploads: string;
  let watch: GuardWatch;
  const states = new Map<string, { state: State; reason?: string }>();

  beforeAll(async () => {
    uploads = await mkdtemp(join(tmpdir(), 'logto-uploads-'));
    // The newest one has every operation of the catalog.
    watch = watchGuard(createSandbox({ release: NEXT_RELEASE }).fetch);
    connected = await connectClient({ fetch: watch.fetch, session: { uploadFolder: uploads } });
  });
  afterAll(async () => {
    watch.restore();
    await connected.close();
    await rm(uploads, { recursive: true });
  });

  it('has a walk for each domain of the catalog', () => {
    expect(Object.keys(walks).sort()).toEqual(Object.keys(catalog).sort());
  });

  it.each(Object.entries(walks))('passes the walk through %s', async (domain, walk) => {
    const walker = new Walker(connected.call, 'sandbox', uploads);
    try {
      await walk(walker);
    } finally {
      const failures = await walker.cleanUp();
      for (const [tool, outcome] of walker.states) {
        if (states.get(tool)?.state !== 'answered') {
          states.set(tool, outcome);
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

  it('receives requests from the guard only', async () => {
    expect(watch.inside()).toBeGreaterThan(tools.length);
    expect(watch.outside).toEqual([]);
    // The watch detects a request without the guard.
    await connected.session.send(getStatus, {}, AbortSignal.timeout(10_000));
    expect(watch.outside).toEqual(['GET /api/status']);
  });

  it('answers at least 265 operations as Logto does, with success or with the same refusal', () => {
    const asLogto = [...states].filter(
      ([, { state, reason }]) =>
        state === 'answered' ||
        (state === 'refused as expected' && !nonLogtoRefusals.has(reason ?? '')),
    );
    expect(asLogto.length).toBeGreaterThanOrEqual(265);
  });
});
